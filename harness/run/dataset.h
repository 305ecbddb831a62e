/* dataset.h - which items are run: given, fetched, or our own.
 *
 * In this order: the file of --data; the publisher's file of that split in the data
 * folder
 * ($OREO_DATA_DIR, else data/), if `tasks fetch` has put it there, checked against its
 * pin or the lock; the built-in items. Real and built-in items are never mixed: few-shot
 * examples of built-in items come from the built-in `dev` split, those of real items from
 * the publisher's train split or --fewshot-data. Memory: the arena given.
 */
#ifndef OREO_RUN_DATASET_H
#define OREO_RUN_DATASET_H

#include "task/item.h"

/* What --data calls our own items. */
#define DATASET_BUILTIN "builtin"

struct dataset_opts {
  const char *data;    /* a path, DATASET_BUILTIN, or NULL: choose */
  const char *split;   /* NULL: "test" */
  bool want_fewshot;   /* else none are loaded */
  const char *fewshot; /* a path, or NULL: choose */
};

struct dataset {
  struct item_set *items;
  struct item_set *fewshot; /* NULL: there is none to draw from */
  struct str path;          /* of the file; absent for built-in items */
};

NODISCARD int dataset_load(struct dataset *dataset, struct arena *arena,
                           const struct suite *suite, const struct dataset_opts *opts,
                           struct err *err);

/* "gsm8k: test.jsonl, split test, 1319 items, sha256 3730d312f6e3", for the screen. */
struct str dataset_line(const struct dataset *dataset, struct arena *arena);

#endif
