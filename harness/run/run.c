#include "run/run.h"

#include "run/asking.h"
#include "run/results.h"
#include "run/rollout.h"
#include "run/session.h"

/*  suite -> item -> prompt -> policy -> answer -> grade -> journal -> report  */

/* How long the loop sleeps when no answer comes; a signal wakes it. */
enum { WAIT_MS = 500 };

static void note_found(void *context, const struct record *record)
{
  session_count(context, record, true);
}

/* Asks as much as the policy takes; false when everything has been asked. */
static bool ask_more(struct session *run, struct asking *asking)
{
  while (policy_has_room(asking->key.policy)) {
    if (!asking_next(asking, note_found, run))
      return false;
    arena_reset(&run->scratch);
    asking_ask(asking, &run->scratch);
  }
  return true;
}

static int take_answer(struct session *run, struct asking *asking, struct err *err)
{
  struct answered answered;
  struct record record;
  arena_reset(&run->scratch);
  int rc = policy_next(asking->key.policy, &answered, WAIT_MS, &run->scratch, err);
  if (rc <= 0 || !asking_settle(asking, &answered, &record, &run->scratch))
    return rc < 0 ? -1 : 0;
  if (journal_append(run->writer, &record, err) < 0)
    return -1;
  session_count(run, &record, false);
  return 0;
}

static int run_model(struct session *run, const struct run_suite *suite, size_t m,
                     struct err *err)
{
  struct asking asking;
  struct answer_key key = { .suite = suite,
                            .policy = suite->policies[m],
                            .model = run->plan.models[m].label };
  int rc = 0;
  asking_begin(&asking, &key, &run->done, (int)run->settings->samples,
               run->settings->seed_value);
  session_model(run, &key);
  for (bool more = true; rc == 0;) {
    more = more && !session_stops(run) && ask_more(run, &asking);
    if ((!more && !asking.n_waiting) || session_is_out_of_patience(run))
      break;
    rc = take_answer(run, &asking, err);
  }
  /* a reason to stop that came with the last answer stops nothing */
  bool all = rc == 0 && !asking.n_waiting && !asking_next(&asking, note_found, run);
  asking_end(&asking);
  if (all)
    session_model_end(run, &key);
  if (rc < 0 || all)
    return rc;
  return session_why(run, err);
}

static int run_suites(struct session *run, struct err *err)
{
  for (size_t s = 0; s < run->plan.n_suites; s++)
    for (size_t m = 0; m < run->plan.n_models; m++)
      if (run_model(run, &run->plan.suites[s], m, err) < 0)
        return -1;
  return 0;
}

static int run_journal(struct session *run, bool quiet, struct err *err)
{
  if (session_open(run, err) < 0)
    return -1;
  progress_begin(&run->progress, run->plan.n_answers, quiet);
  int rc = run_suites(run, err);
  progress_end(&run->progress);
  return session_close(run, rc, err);
}

static int run_all(struct session *run, const struct run_call *call, struct buf *out,
                   struct err *err)
{
  if (plan_make(&run->plan, &run->arena, run->settings, err) < 0)
    return -1;
  if (run->settings->dry_run)
    return plan_print(&run->plan, run->settings, out, err);
  if (run_journal(run, call->quiet, err) < 0)
    return -1;
  if (call->trajectories) {
    struct rollout rollout = { .plan = &run->plan,
                               .settings = run->settings,
                               .journal = run->folder.journal_path,
                               .path = call->trajectories };
    return rollout_write(&rollout, call->json, out, err);
  }
  return results_write(run->folder.dir, call->json, out, err);
}

int run_start(const struct run_call *call, struct buf *out, struct err *err)
{
  struct session run = { .settings = call->settings,
                         .command = call->trajectories ? "rollout" : "run" };
  int rc = run_all(&run, call, out, err);
  plan_close(&run.plan);
  arena_release(&run.scratch);
  arena_release(&run.arena);
  return rc;
}
