/* results.h - the report of one or more run folders: the only place that loads them.
 *
 * Manifests and journals say what happened; the items are loaded again, for the
 * questions, and are used only when they are still the very same (sha256). Everything is
 * a function of those files: the same journals give the same bytes, whenever and
 * wherever.
 */
#ifndef OREO_RUN_RESULTS_H
#define OREO_RUN_RESULTS_H

#include "report/report.h"

struct results; /* owns everything that the report borrows */

/* Several folders are shards of one run, or models on the same data. `gates` may be NULL.
 */
NODISCARD int results_open(struct results **out, const char *const *dirs, size_t n_dirs,
                           const struct report_gate *gates, size_t n_gates,
                           struct err *err);
void results_close(struct results *results);
const struct report *results_report(const struct results *results);

/* The end of a run: writes all reports of the folder into it and appends the table (or
 * report.json) to `out`. ERR_REMOTE, naming the first, when a gate does not hold. */
NODISCARD int results_write(const char *dir, bool json, struct buf *out, struct err *err);

#endif
