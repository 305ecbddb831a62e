#include "run/session.h"

#include <math.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/log.h"
#include "run/answer.h"
#include "run/interrupt.h"

/* What is on its way is waited for so long; a second signal ends the process at once.
 * Shorter than the half minute that schedulers leave between SIGTERM and SIGKILL. */
enum { PATIENCE_S = 20 };

static int open_folder(struct session *s, struct err *err)
{
  const struct run_settings *settings = s->settings;
  const struct manifest *manifest = &s->plan.manifest;
  if (settings->resume)
    return folder_resume(&s->folder, &s->arena, settings->resume, manifest, err);
  const char *dir =
      settings->out ? settings->out : folder_default_name(&s->arena, manifest);
  return folder_create(&s->folder, &s->arena, dir, manifest, err);
}

static int drop_errors(const char *path, struct err *err)
{
  size_t dropped;
  if (journal_drop_errors(path, &dropped, err) < 0)
    return -1;
  log_note("%zu answers that ended in an error are asked again", dropped);
  return 0;
}

static int open_journal(struct session *s, struct err *err)
{
  const char *path = s->folder.journal_path;
  if (s->settings->retry_errors && drop_errors(path, err) < 0)
    return -1;
  if (journal_load(&s->done, &s->arena, path, err) < 0)
    return -1;
  if (s->done.torn)
    log_note("the last record of the journal was cut off by a crash; it is done again");
  s->writer = journal_writer_open(path, s->done.valid_bytes, err);
  return s->writer ? 0 : -1;
}

/* What earlier processes of the run have spent counts towards its budget. */
static void add_spent(struct session *s)
{
  for (size_t i = 0; i < s->done.n_records; i++)
    ledger_add(&s->plan.ledger, s->done.records[i].tokens_in,
               s->done.records[i].tokens_out);
}

int session_open(struct session *s, struct err *err)
{
  if (open_folder(s, err) < 0)
    return -1;
  log_note("writing to %s", s->folder.dir);
  if (open_journal(s, err) < 0)
    return -1;
  add_spent(s);
  interrupt_begin();
  return 0;
}

/* ---- the reasons to stop ---- */

void session_model(struct session *s, const struct answer_key *key)
{
  progress_model(&s->progress, key->suite->suite->name, key->model);
  s->n_errors = 0;
  s->stops = false; /* an interruption is seen again */
  /* a recording costs nothing: there the report says what was missing */
  s->max_errors = SIZE_MAX;
  if (policy_is_live(key->policy))
    s->max_errors =
        (size_t)floor(s->settings->max_error_rate * (double)key->suite->n_chosen);
}

static void stop(struct session *s)
{
  s->stops = true;
  s->patience_ns = clock_monotonic_ns() + PATIENCE_S * INT64_C(1000000000);
  progress_end(&s->progress);
}

static void stop_for_errors(struct session *s, struct str model)
{
  stop(s);
  err_set(
      &s->why, ERR_REMOTE,
      "model '%.*s': %zu items failed, more than --max-error-rate %g allows; the last "
      "one: %s; --retry-errors asks them again",
      STR_ARG(str_slice(model, 0, 100)), s->n_errors, s->settings->max_error_rate,
      s->last_error);
}

static void note_error(struct session *s, const struct record *record)
{
  s->n_errors++;
  snprintf(s->last_error, sizeof s->last_error, "%.*s", STR_ARG(record->reason));
  if (!s->stops && s->n_errors > s->max_errors)
    stop_for_errors(s, record->model);
}

void session_count(struct session *s, const struct record *record, bool found)
{
  progress_add(&s->progress, record->verdict, found);
  if (record->verdict == VERDICT_ERROR && record->sample == 0)
    note_error(s, record);
}

void session_model_end(const struct session *s, const struct answer_key *key)
{
  if (s->n_errors && policy_is_live(key->policy))
    log_warn("model '%.*s': %zu of %zu items failed, the last one: %s",
             STR_ARG(str_slice(key->model, 0, 100)), s->n_errors, key->suite->n_chosen,
             s->last_error);
}

bool session_stops(struct session *s)
{
  if (s->stops || !interrupt_came())
    return s->stops;
  stop(s);
  err_set(&s->why, ERR_INTERRUPTED, "interrupted");
  return true;
}

bool session_is_out_of_patience(const struct session *s)
{
  return s->stops && clock_monotonic_ns() > s->patience_ns;
}

int session_why(const struct session *s, struct err *err)
{
  if (!s->stops)
    return 0;
  *err = s->why;
  return -1;
}

/* ---- the end ---- */

int session_close(struct session *s, int rc, struct err *err)
{
  struct err close_err;
  if (journal_writer_close(s->writer, &close_err) < 0 && rc == 0) {
    *err = close_err;
    rc = -1;
  }
  s->writer = NULL;
  interrupt_end();
  if (rc == 0)
    return 0;
  struct err why = *err;
  size_t n = s->progress.n_found + s->progress.n_done;
  return err_set(err, why.code,
                 "%s; stopped after %zu of %zu answers, continue with: oreo-bench %s "
                 "--resume %s%s",
                 why.msg, n, s->plan.n_answers, s->command, s->folder.dir,
                 n ? "" : ", or begin anew in another folder to ask otherwise");
}
