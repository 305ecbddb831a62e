/* session.h - what one process of a run holds open: the plan, the folder, the journal,
 * and the reasons to stop.
 *
 * session_open makes or finds the folder and takes the journal's lock; from then on
 * session_close must be called. run.c walks the loop in between. A session stops on a
 * signal, and as soon as more of a live model's items have failed than --max-error-rate
 * allows: going on could only cost more. It then asks nothing new, and waits for a while
 * for the answers that are on their way, which are paid for. Every stop leaves a run that
 * --resume continues.
 */
#ifndef OREO_RUN_SESSION_H
#define OREO_RUN_SESSION_H

#include "run/folder.h"
#include "run/plan.h"
#include "run/progress.h"

struct session {
  const struct run_settings *settings;
  const char *command; /* what continues it: "run" */
  struct plan plan;
  struct run_folder folder;
  struct journal done; /* what earlier processes have finished */
  struct journal_writer *writer;
  struct progress progress;
  struct arena arena, scratch; /* of the whole session; of one answer */
  size_t n_errors, max_errors; /* of the model at hand; items, as the report counts */
  char last_error[400];        /* why the last of them failed */
  bool stops;                  /* nothing more is asked ... */
  struct err why;              /* ... because of this */
  int64_t patience_ns;         /* when to stop waiting for what is on its way */
};

/* After plan_make into session->plan. */
NODISCARD int session_open(struct session *session, struct err *err);
/* The answers that follow are of this model. */
struct answer_key;
void session_model(struct session *session, const struct answer_key *key);
/* One of them is in the journal: found there, or written now. */
void session_count(struct session *session, const struct record *record, bool found);
/* The model's last answer is in: says what its errors were, if it had any. */
void session_model_end(const struct session *session, const struct answer_key *key);
/* Is it to stop? Looks whether a signal came. */
bool session_stops(struct session *session);
bool session_is_out_of_patience(const struct session *session);
/* 0, or -1 with the reason to stop. */
NODISCARD int session_why(const struct session *session, struct err *err);

/* Closes the journal. `rc` and `err` are the loop's outcome, which is kept when closing
 * goes well, with the command that continues the run added to it. */
NODISCARD int session_close(struct session *session, int rc, struct err *err);

#endif
