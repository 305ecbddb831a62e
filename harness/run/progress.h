/* progress.h - one line on a terminal: how far, how right, how fast, how long yet.
 *
 * Silent when standard error is no terminal. It counts what this process does; what a
 * resumed run finds done is only the starting point. Nothing here reaches a result.
 */
#ifndef OREO_RUN_PROGRESS_H
#define OREO_RUN_PROGRESS_H

#include <stddef.h>
#include <stdint.h>

#include "base/types.h"

struct progress {
  bool on;
  size_t n_total, n_found, n_done; /* answers: all, found in the journal, done now */
  size_t n_graded, n_correct;      /* of the model at hand */
  struct str suite, model;
  int64_t started_ns, shown_ns;
};

/* `quiet` keeps it silent on a terminal too. */
void progress_begin(struct progress *progress, size_t n_total, bool quiet);
/* The answers that follow are of this model: its accuracy is counted anew. */
void progress_model(struct progress *progress, struct str suite, struct str model);
void progress_add(struct progress *progress, enum verdict verdict, bool found);
/* Takes the line off the screen, before anything else is printed there. */
void progress_end(struct progress *progress);

/* The line as it stands, cut to `size`; for tests. `now_ns` as of clock_monotonic_ns. */
void progress_format(const struct progress *progress, int64_t now_ns, char *line,
                     size_t size);

#endif
