/* table.h - the records of one or several runs as one table a suite.
 *
 * For: the union of shards, of models run apart, and of what a resumed run wrote; every
 * later step reads records through (model, row, sample) and never searches. Refuses to
 * unite what cannot be compared: other data, another grader, one label for two models,
 * two different records under one key. Borrows records; tables live in the arena given.
 */
#ifndef OREO_REPORT_TABLE_H
#define OREO_REPORT_TABLE_H

#include "report/report.h"

struct table_row {
  size_t index; /* of the item in its data */
  struct str id;
};

/* One suite. The records of cell c = model * n_rows + row are
 * records[start[c] .. start[c + 1]), ordered by sample. */
struct table {
  const struct manifest_suite *suite;
  struct table_row *rows; /* ordered by (index, id) */
  size_t n_rows, n_models;
  const struct record **records;
  size_t *start; /* n_models * n_rows + 1 */
};

/* The manifest that the sources have in common: suites and models united, n_run summed
 * over shards. One source gives a copy. */
NODISCARD int table_unite(struct manifest *out, struct arena *arena,
                          const struct report_input *input, struct err *err);

/* One table a suite of `manifest` (from table_unite), in its order. ERR_DATA for a record
 * whose suite or model the manifest does not name. */
NODISCARD int table_build(struct table **out, struct arena *arena,
                          const struct manifest *manifest,
                          const struct report_input *input, struct err *err);

/* Sample 0 of a cell, or NULL. */
const struct record *table_first(const struct table *table, size_t model, size_t row);

#endif
