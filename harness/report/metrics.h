/* metrics.h - what one model scored on one suite: counts, intervals, groups, votes.
 *
 * Pure functions of a table (table.h); results live in the arena given. Errors are left
 * out of every n and bounded instead (report.h).
 */
#ifndef OREO_REPORT_METRICS_H
#define OREO_REPORT_METRICS_H

#include "report/table.h"

struct score score_of(size_t n_correct, size_t n);

/* Everything of `out` but label and model, from the records of model number `model`. */
void metrics_model(struct model_report *out, const struct table *table, size_t model,
                   const struct report_input *input, struct arena *arena);

/* The scores of every model by level, subject, steps and type of the gold: each grouping
 * has the same rows in the same order for all models. A grouping that no item has, or
 * that has one group only, stays empty. */
void metrics_groups(struct model_report *models, const struct table *table,
                    struct arena *arena);

#endif
