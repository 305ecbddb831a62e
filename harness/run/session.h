/* session.h - what one process of a run holds open: the plan, the folder, the journal.
 *
 * session_open makes or finds the folder and takes the journal's lock; from then on
 * session_close must be called. run.c walks the loop in between.
 */
#ifndef OREO_RUN_SESSION_H
#define OREO_RUN_SESSION_H

#include "run/folder.h"
#include "run/plan.h"
#include "run/progress.h"

struct session {
  const struct run_settings *settings;
  struct plan plan;
  struct run_folder folder;
  struct journal done; /* what earlier processes have finished */
  struct journal_writer *writer;
  struct progress progress;
  struct arena arena, scratch; /* of the whole session; of one answer */
};

/* After plan_make into session->plan. */
NODISCARD int session_open(struct session *session, struct err *err);
/* Closes the journal. `rc` and `err` are the loop's outcome, which is kept when closing
 * goes well; an interruption gets the command that continues it. */
NODISCARD int session_close(struct session *session, int rc, struct err *err);

#endif
