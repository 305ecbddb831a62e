/* plan_print.c - what a dry run says: all that would happen, and that nothing has. */
#include "base/buf.h"
#include "policy/openai.h"
#include "run/folder.h"
#include "run/plan.h"

static void print_suite(struct buf *out, const struct manifest_suite *s)
{
  buf_printf(out, "suite   %.*s: %zu of %zu items of %.*s, split %.*s, sha256 %.12s\n",
             STR_ARG(s->name), s->n_run, s->n_items, STR_ARG(s->data_source),
             STR_ARG(s->split), s->data_sha256.ptr);
  buf_printf(out, "        prompts: %.*s, grader: %.*s\n", STR_ARG(s->prompt_style),
             STR_ARG(s->grader));
}

/* Every token of a prompt has a byte of it at least. */
static size_t prompt_bound(const struct prompt *prompt)
{
  size_t bound = OPENAI_MESSAGE_TOKENS;
  for (size_t i = 0; i < prompt->n_messages; i++)
    bound += prompt->messages[i].content.len + OPENAI_MESSAGE_TOKENS;
  return prompt->text.len > bound ? prompt->text.len : bound;
}

/* What one model behind a server would be sent for one suite, at most. */
struct bound {
  size_t n_requests;
  double tokens_in, tokens_out;
};

static struct bound bound_of(const struct run_suite *s, const struct policy *policy,
                             const struct run_settings *settings)
{
  struct bound bound = { 0 };
  struct arena scratch = { 0 };
  size_t group = (size_t)policy_group(policy), n_samples = (size_t)settings->samples;
  size_t n_groups = (n_samples + group - 1) / group;
  int64_t max_tokens = settings->endpoint.shape.max_tokens;
  for (size_t i = 0; i < s->n_chosen; i++) {
    arena_reset(&scratch);
    struct prompt prompt = prompt_make(s->maker, s->chosen[i], &scratch);
    int64_t most = max_tokens > 0 ? max_tokens : prompt.max_tokens;
    bound.n_requests += n_groups;
    bound.tokens_in += (double)(n_groups * prompt_bound(&prompt));
    bound.tokens_out += (double)n_samples * (double)most;
  }
  arena_release(&scratch);
  return bound;
}

static void print_bound(struct buf *out, const struct bound *bound,
                        const struct ledger *ledger)
{
  buf_printf(out,
             "        %zu requests, at most %.0f prompt and %.0f completion tokens\n",
             bound->n_requests, bound->tokens_in, bound->tokens_out);
  double cost =
      (bound->tokens_in * ledger->price_in + bound->tokens_out * ledger->price_out) / 1e6;
  if (cost > 0)
    buf_printf(out, "        at most %.2f by --price-in and --price-out\n", cost);
}

static void print_first(struct buf *out, const struct run_suite *s,
                        const struct policy *policy, uint64_t seed)
{
  struct arena scratch = { 0 };
  struct prompt prompt = prompt_make(s->maker, s->chosen[0], &scratch);
  struct ask ask = { .item = s->chosen[0],
                     .prompt = &prompt,
                     .n_samples = policy_group(policy),
                     .seed = seed };
  buf_add(out, STR("\nthe first request:\n"));
  policy_preview(policy, &ask, out);
  buf_add(out, STR("\n\n"));
  arena_release(&scratch);
}

static void print_engine(struct buf *out, const struct manifest_engine *engine)
{
  buf_printf(out, "        on %.*s, %.*s\n", STR_ARG(engine->device),
             STR_ARG(engine->driver));
  buf_printf(out, "        weights %.*s, context %zu, chat template %.*s\n",
             STR_ARG(engine->dtype), engine->context, STR_ARG(engine->chat_template));
}

static void print_model(struct buf *out, const struct plan *plan, size_t m,
                        const struct run_settings *settings)
{
  const struct manifest_model *model = &plan->manifest.models[m];
  bool first = true;
  buf_printf(out, "model   %.*s: %.*s\n", STR_ARG(model->label), STR_ARG(model->spec));
  if (model->engine)
    print_engine(out, model->engine);
  for (size_t s = 0; s < plan->n_suites; s++) {
    const struct policy *policy = plan->suites[s].policies[m];
    if (!policy_is_live(policy) || !plan->suites[s].n_chosen)
      continue;
    struct bound bound = bound_of(&plan->suites[s], policy, settings);
    print_bound(out, &bound, &plan->ledger);
    if (first)
      print_first(out, &plan->suites[s], policy, settings->seed_value);
    first = false;
  }
}

static int check_folder(const char *dir, const struct plan *plan, bool resume,
                        struct arena *arena, struct err *err)
{
  struct run_folder folder;
  if (resume)
    return folder_resume(&folder, arena, dir, &plan->manifest, err);
  return folder_check_new(dir, err);
}

int plan_print(const struct plan *plan, const struct run_settings *settings,
               struct buf *out, struct err *err)
{
  struct arena arena = { 0 };
  const struct manifest *m = &plan->manifest;
  const char *dir = settings->resume ? settings->resume : settings->out;
  if (!dir)
    dir = folder_default_name(&arena, m);
  int rc = check_folder(dir, plan, settings->resume != NULL, &arena, err);
  for (size_t i = 0; rc == 0 && i < m->n_suites; i++)
    print_suite(out, &m->suites[i]);
  for (size_t i = 0; rc == 0 && i < m->n_models; i++)
    print_model(out, plan, i, settings);
  if (rc == 0)
    buf_printf(out, "answers %zu, %d to an item\nfolder  %s\nnothing was run\n",
               plan->n_answers, m->samples, dir);
  arena_release(&arena);
  return rc;
}
