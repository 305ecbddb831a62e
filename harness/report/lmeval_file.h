/* lmeval_file.h - what the two files of lm-eval share: samples and results of one model.
 *
 * report_lmeval.c fills the writer and saves; lmeval_samples.c and lmeval_results.c lay
 * out one file each. Everything composed lives in the writer's arena.
 */
#ifndef OREO_REPORT_LMEVAL_FILE_H
#define OREO_REPORT_LMEVAL_FILE_H

#include "base/clock.h"
#include "report/table.h"
#include "task/lmeval.h"

/* One suite as lm-eval sees it: a task with one filter. */
struct lmeval_suite {
  const struct suite_report *suite;
  const struct lmeval_task *task; /* NULL: run with the suite's own prompt */
  const char *filter;             /* NUL-terminated, in the arena */
  const struct item **items;      /* by row; NULL: unknown */
};

struct lmeval_writer {
  const struct report *report;
  struct arena arena;
  struct lmeval_suite *suites; /* those with items */
  size_t n_suites;
  size_t model;
  char time[CLOCK_TEXT_SIZE];
  struct sha256_hex *task_hash; /* per suite, of the model at hand */
  double *values;               /* scratch: 1 or 0 a row */
};

/* Is there a row for this item? Errors and unknown items have none. */
bool lmeval_has_row(const struct lmeval_writer *w, const struct lmeval_suite *suite,
                    size_t row);
/* The samples of suite number `number`; sets its task_hash. */
void lmeval_put_samples(struct lmeval_writer *w, struct buf *out, size_t number);
/* The results of all suites; `folder` is the model's. Comes after the samples. */
void lmeval_put_results(struct lmeval_writer *w, struct buf *out, struct str folder);

#endif
