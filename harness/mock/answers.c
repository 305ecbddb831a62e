#include "mock/answers.h"

#include "policy/join.h"

struct answers {
  const struct item_set *set;
  struct policy *policy;
  struct script script;
  struct join *join; /* NULL without a set */
  int *n_recorded;   /* by item; 0 = not counted yet, -1 = none */
};

int answers_open(struct answers **out, const struct mock_opts *opts, struct arena *arena,
                 struct err *err)
{
  struct answers *answers = ARENA_NEW(arena, struct answers, 1);
  answers->set = opts->set;
  answers->policy = opts->policy;
  if (!opts->script && !opts->policy)
    return err_set(err, ERR_USAGE,
                   "nothing to answer with; give --model replay:FILE, --model null:TEXT "
                   "or --script FILE");
  if (opts->script && script_load(&answers->script, arena, opts->script, err) < 0)
    return -1;
  if (opts->set) {
    answers->join = join_open(arena, opts->set);
    answers->n_recorded = ARENA_NEW(arena, int, opts->set->n_items + 1);
  }
  *out = answers;
  return 0;
}

void answers_close(struct answers *answers)
{
  if (answers && answers->join)
    join_close(answers->join);
}

/* ---- the policy ---- */

/* False: it has no answer at once; `reply` says nothing then. */
static bool ask_policy(struct answers *answers, const struct asked *asked,
                       const struct item *item, int sample, struct arena *arena,
                       struct reply *reply)
{
  struct message message = { STR("user"), asked->question };
  struct prompt prompt = { .text = asked->question,
                           .messages = &message,
                           .n_messages = 1 };
  struct ask ask = { .item = item, .prompt = &prompt, .sample = sample, .n_samples = 1 };
  struct answered answered;
  struct err err = { 0 };
  policy_ask(answers->policy, &ask);
  if (policy_next(answers->policy, &answered, 0, arena, &err) != 1)
    return false;
  *reply = answered.reply;
  return !reply->failed;
}

/* How many recordings the item has, at least 1 for a policy without a limit. */
static int count_recorded(struct answers *answers, const struct asked *asked,
                          const struct item *item, struct arena *arena)
{
  int most = policy_max_samples(answers->policy), n = 0;
  if (most == 0)
    return ASKED_CHOICES_MAX;
  int *known = item ? &answers->n_recorded[item - answers->set->items] : NULL;
  if (known && *known)
    return *known < 0 ? 0 : *known;
  struct reply reply;
  while (n < most && ask_policy(answers, asked, item, n, arena, &reply))
    n++;
  if (known)
    *known = n ? n : -1;
  return n;
}

static struct choice choice_of(const struct reply *reply)
{
  return (struct choice){
    .content = reply->response,
    .reasoning = reply->reasoning,
    .finish_reason = reply->finish == FINISH_UNKNOWN
                         ? STR("stop")
                         : str_from(finish_name(reply->finish)),
  };
}

static bool answer_from_policy(struct answers *answers, const struct asked *asked,
                               struct answer *answer, struct arena *arena,
                               struct refusal *refusal)
{
  int n = count_recorded(answers, asked, answer->item, arena);
  struct choice *choices = ARENA_NEW(arena, struct choice, (size_t)asked->n);
  for (int i = 0; i < asked->n; i++) {
    struct reply reply;
    int sample = n ? (int)((asked->seed + (uint64_t)i) % (uint64_t)n) : 0;
    if (!n || !ask_policy(answers, asked, answer->item, sample, arena, &reply))
      return refusal_set(refusal, 400, "no_recorded_answer", NULL,
                         "no recorded answer to this question");
    choices[i] = choice_of(&reply);
  }
  answer->choices = choices;
  answer->n_choices = (size_t)asked->n;
  return true;
}

/* ---- the script ---- */

static bool answer_from_row(const struct script_row *row, const struct asked *asked,
                            struct answer *answer, struct arena *arena,
                            struct refusal *refusal)
{
  answer->latency_ms = row->latency_ms;
  if (row->status != 200) {
    struct str error = str_present(row->error) ? row->error : STR("failed as scripted");
    return refusal_set(refusal, row->status, NULL, NULL, "%.*s",
                       STR_ARG(str_slice(error, 0, REFUSAL_TEXT_SIZE - 1)));
  }
  struct choice *choices = ARENA_NEW(arena, struct choice, (size_t)asked->n);
  for (int i = 0; i < asked->n; i++)
    choices[i] = (struct choice){ row->content, row->reasoning, row->finish_reason };
  answer->choices = choices;
  answer->n_choices = (size_t)asked->n;
  return true;
}

bool answers_find(struct answers *answers, const struct asked *asked,
                  struct answer *answer, struct arena *arena, struct refusal *refusal)
{
  struct recorded_answer as_recorded = { .prompt = asked->question, .doc_id = -1 };
  *answer = (struct answer){ .latency_ms = -1 };
  if (answers->join)
    answer->item = join_find(answers->join, &as_recorded, arena);
  const struct script_row *row =
      script_find(&answers->script, asked->question, asked->turn);
  if (row)
    return answer_from_row(row, asked, answer, arena, refusal);
  if (!answers->policy)
    return refusal_set(refusal, 400, "no_scripted_answer", NULL,
                       "no row of the script fits this question at turn %d", asked->turn);
  if (answers->join && !answer->item)
    return refusal_set(refusal, 400, "no_recorded_answer", NULL,
                       "no recorded answer: the question is none of the items");
  return answer_from_policy(answers, asked, answer, arena, refusal);
}
