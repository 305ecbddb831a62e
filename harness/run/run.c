#include "run/run.h"

#include "run/answer.h"
#include "run/interrupt.h"
#include "run/results.h"
#include "run/session.h"

/*  suite -> item -> prompt -> policy -> answer -> grade -> journal -> report  */

static int run_sample(struct session *run, const struct answer_key *key, struct err *err)
{
  struct record record = answer_record(key);
  const struct record *found = journal_find(&run->done, &record);
  if (!found) {
    arena_reset(&run->scratch);
    struct prompt prompt = prompt_make(key->suite->maker, key->item, &run->scratch);
    struct reply reply = policy_reply(key->policy, key->item, &prompt, key->sample,
                                      run->settings->seed_value, &run->scratch);
    answer_grade(&record, key, &prompt, &reply, &run->scratch);
    if (journal_append(run->writer, &record, err) < 0)
      return -1;
  }
  progress_add(&run->progress, found ? found->verdict : record.verdict, found != NULL);
  return interrupt_came() ? err_set(err, ERR_INTERRUPTED, "interrupted") : 0;
}

static int run_model(struct session *run, const struct run_suite *suite, size_t m,
                     struct err *err)
{
  struct answer_key key = { .suite = suite,
                            .policy = suite->policies[m],
                            .model = run->plan.models[m].label };
  progress_model(&run->progress, suite->suite->name, key.model);
  for (size_t i = 0; i < suite->n_chosen; i++) {
    key.item = suite->chosen[i];
    for (key.sample = 0; key.sample < run->settings->samples; key.sample++)
      if (run_sample(run, &key, err) < 0)
        return -1;
  }
  return 0;
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
  interrupt_begin();
  progress_begin(&run->progress, run->plan.n_answers, quiet);
  int rc = run_suites(run, err);
  progress_end(&run->progress);
  rc = session_close(run, rc, err);
  interrupt_end();
  return rc;
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
  return results_write(run->folder.dir, call->json, out, err);
}

int run_start(const struct run_call *call, struct buf *out, struct err *err)
{
  struct session run = { .settings = call->settings };
  int rc = run_all(&run, call, out, err);
  plan_close(&run.plan);
  arena_release(&run.scratch);
  arena_release(&run.arena);
  return rc;
}
