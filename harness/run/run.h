/* run.h - one run: every suite's items to every model, graded, journalled, reported.
 *
 * run_start does the whole: it makes the plan (all inputs are read and checked before the
 * first answer is asked for), opens or continues the folder, walks the loop, and writes
 * the reports from the journal. What a kill leaves behind is continued by --resume with
 * nothing lost or done twice; reports are the same bytes either way. ERR_INTERRUPTED
 * after Ctrl-C or SIGTERM, ERR_REMOTE when more than --max-error-rate of a model's
 * answers are errors (the reports are written and say so), ERR_ENV when the journal
 * cannot be written.
 */
#ifndef OREO_RUN_RUN_H
#define OREO_RUN_RUN_H

#include "base/buf.h"
#include "run/settings.h"

/* A response that is longer becomes an error record: no model is meant to write it. */
#define RUN_RESPONSE_MAX ((size_t)8 << 20)

struct run_call {
  const struct run_settings *settings; /* checked */
  bool json;                           /* the result as report.json instead of a table */
  bool quiet;                          /* no progress line */
  const char *trajectories; /* write these instead of reports (run/rollout.h), or NULL */
};

/* Appends what belongs on standard output to `out`, also where it returns -1. */
NODISCARD int run_start(const struct run_call *call, struct buf *out, struct err *err);

/* With --resume and nothing else said, the settings are those of the folder's manifest;
 * otherwise `settings` as they are. */
NODISCARD int run_recall(struct run_settings *settings, struct arena *arena,
                         struct err *err);

#endif
