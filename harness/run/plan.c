#include "run/plan.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "config/version.h"
#include "task/lmeval.h"

/* ---- a suite ---- */

/* --data FILE means the only suite; SUITE=FILE one of several. A file whose name has a
 * '=' in it is still found, since the part before it must be the suite's name. */
static int data_of(const struct run_settings *settings, const char *suite,
                   const char **data, struct err *err)
{
  size_t len = strlen(suite);
  *data = NULL;
  for (size_t i = 0; i < settings->data.count; i++) {
    const char *text = settings->data.at[i];
    bool named = strncmp(text, suite, len) == 0 && text[len] == '=';
    if (named)
      text += len + 1;
    else if (settings->suites.count > 1 && strchr(text, '='))
      continue; /* another suite's */
    else if (settings->suites.count > 1 && strcmp(text, DATASET_BUILTIN) != 0)
      return err_set(err, ERR_USAGE,
                     "--data: with several suites, write SUITE=FILE, as in %s=%s", suite,
                     text);
    if (*data)
      return err_set(err, ERR_USAGE, "--data: suite '%s' has two files, '%s' and '%s'",
                     suite, *data, text);
    *data = text;
  }
  return 0;
}

struct compat {
  bool lm_eval;
  struct str task; /* absent: by suite */
};

/* "lm-eval" or "lm-eval/TASK" */
static int parse_compat(const char *text, struct compat *compat, struct err *err)
{
  *compat = (struct compat){ 0 };
  if (!text)
    return 0;
  struct str rest = str_from(text), prefix = STR("lm-eval");
  compat->lm_eval = str_starts(rest, prefix);
  rest = str_slice(rest, prefix.len, rest.len);
  if (compat->lm_eval && rest.len > 1 && rest.ptr[0] == '/')
    compat->task = str_slice(rest, 1, rest.len);
  else if (!compat->lm_eval || rest.len)
    return err_set(err, ERR_USAGE,
                   "--compat: '%.100s' is not known; write lm-eval, or lm-eval/TASK",
                   text);
  return 0;
}

struct str plan_prompt_style(const struct run_settings *settings, struct arena *arena)
{
  return settings->compat ? arena_str(arena, str_from(settings->compat)) : STR("suite");
}

static int open_prompts(struct run_suite *s, struct arena *arena,
                        const struct run_settings *settings, const struct compat *compat,
                        struct err *err)
{
  struct prompt_opts opts = {
    .lm_eval = compat->lm_eval,
    .lm_eval_task = compat->task,
    .num_fewshot = (int)settings->num_fewshot,
    .fewshot_seed = settings->fewshot_seed,
    .fewshot = s->data.fewshot,
    .fewshot_file = settings->fewshot_file,
  };
  return prompt_maker_create(&s->maker, arena, s->data.items, &opts, err);
}

static struct grader *open_grader(const struct run_settings *settings,
                                  const struct suite *suite, struct err *err)
{
  struct grader_opts opts = {
    .profile = settings->grader ? str_from(settings->grader) : suite->grader,
    .answers = suite->answer_kind == ANSWER_NUMBER ? GRADE_NUMBERS : GRADE_ANYTHING,
    .answer_pattern = suite->answer_pattern,
  };
  return grader_create(&opts, err);
}

/* The first N of --limit, and of those every n-th for a shard: so shards are alike, and
 * together they are the run without --shard. */
static void choose_items(struct run_suite *s, struct arena *arena,
                         const struct run_settings *settings)
{
  const struct item_set *set = s->data.items;
  size_t n = settings_limit(settings, set->n_items);
  s->chosen = ARENA_NEW(arena, const struct item *, n + 1);
  for (size_t i = settings->shard_index; i < n; i += settings->n_shards)
    s->chosen[s->n_chosen++] = &set->items[i];
}

int run_suite_open(struct run_suite *s, struct arena *arena,
                   const struct run_settings *settings, const char *name, struct err *err)
{
  struct compat compat;
  *s = (struct run_suite){ 0 };
  if (suite_find(&s->suite, arena, str_from(name), err) < 0 ||
      parse_compat(settings->compat, &compat, err) < 0)
    return -1;
  struct dataset_opts opts = { .split = settings->split,
                               .fewshot = settings->fewshot_data };
  opts.want_fewshot = !settings->fewshot_file &&
                      (compat.lm_eval || settings->num_fewshot > 0 ||
                       (settings->num_fewshot < 0 && s->suite->num_fewshot > 0));
  if (data_of(settings, name, &opts.data, err) < 0 ||
      dataset_load(&s->data, arena, s->suite, &opts, err) < 0 ||
      open_prompts(s, arena, settings, &compat, err) < 0)
    return err_wrap(err, "suite '%s'", name);
  s->grader = open_grader(settings, s->suite, err);
  if (!s->grader)
    return err_wrap(err, "suite '%s'", name);
  choose_items(s, arena, settings);
  return 0;
}

void run_suite_close(struct run_suite *s)
{
  grader_free(s->grader);
  s->grader = NULL;
}

/* ---- models ---- */

/* "LABEL=SPEC": a '=' before any ':' or '/', which a spec without a label has first. */
static void split_model(struct str text, struct str *label, struct str *spec)
{
  *label = STR_NONE;
  *spec = text;
  for (size_t i = 0; i < text.len; i++) {
    if (text.ptr[i] == ':' || text.ptr[i] == '/')
      return;
    if (text.ptr[i] == '=' && i > 0) {
      *label = str_slice(text, 0, i);
      *spec = str_slice(text, i + 1, text.len);
      return;
    }
  }
}

/* The label as it will stand in every file: valid UTF-8 on one line. */
static int check_label(struct str label, struct err *err)
{
  enum { LABEL_MAX = 200 };
  bool good = label.len > 0 && label.len <= LABEL_MAX && str_is_utf8(label, NULL);
  for (size_t i = 0; good && i < label.len; i++)
    good = (unsigned char)label.ptr[i] >= ' ';
  if (good)
    return 0;
  return err_set(err, ERR_USAGE,
                 "--model: '%.*s' is no label; at most %d bytes of text on one line",
                 STR_ARG(str_slice(label, 0, 60)), LABEL_MAX);
}

/* Two recordings may bear one name; the second becomes "name (2)". */
static struct str unique_label(const struct plan *plan, struct str wanted,
                               struct arena *arena)
{
  struct str label = wanted;
  for (size_t copy = 2, i = 0; i < plan->n_models; i++) {
    if (!str_equal(plan->models[i].label, label))
      continue;
    label = arena_printf(arena, "%.*s (%zu)", STR_ARG(wanted), copy++);
    i = SIZE_MAX; /* look through all of them again */
  }
  return label;
}

static void show_warnings(const struct policy *policy)
{
  const char *warning;
  for (size_t i = 0; (warning = policy_warning_at(policy, i)); i++)
    log_warn("%s", warning);
}

static int check_samples(const struct policy *policy, struct str spec,
                         const struct run_settings *settings, struct err *err)
{
  int most = policy_max_samples(policy);
  if (most == 0 || settings->samples <= most)
    return 0;
  return err_set(err, ERR_USAGE,
                 "--samples %lld: model '%.*s' has at most %d answers to an item",
                 (long long)settings->samples, STR_ARG(spec), most);
}

static int open_model(struct plan *plan, struct arena *arena,
                      const struct run_settings *settings, size_t at, struct err *err)
{
  struct str label, spec = str_from(settings->models.at[at]);
  if (settings->labels.count)
    label = str_from(settings->labels.at[at]);
  else
    split_model(spec, &label, &spec);
  for (size_t s = 0; s < plan->n_suites; s++) {
    struct run_suite *suite = &plan->suites[s];
    struct policy_opts opts = { .set = suite->data.items,
                                .endpoint = &settings->endpoint,
                                .local = &settings->local,
                                .host = &plan->host,
                                .ledger = &plan->ledger,
                                .offline = settings->dry_run };
    struct policy *policy = policy_open(spec, &opts, err);
    if (!policy)
      return -1;
    suite->policies[plan->n_models] = policy;
    show_warnings(policy);
    if (check_samples(policy, spec, settings, err) < 0)
      return -1;
    if (!str_present(label))
      label = arena_str(arena, policy_label(policy));
  }
  if (check_label(label, err) < 0)
    return -1;
  plan->models[plan->n_models] =
      (struct run_model){ spec, unique_label(plan, label, arena) };
  plan->n_models++;
  return 0;
}

/* ---- the manifest ---- */

static struct str grader_name(const struct run_settings *settings,
                              const struct suite *suite, struct arena *arena)
{
  struct str name = settings->grader ? str_from(settings->grader) : suite->grader;
  if (!name.len)
    name = STR("robust");
  const struct grade_profile_info *info;
  for (size_t i = 0; (info = grader_profile_at(i)); i++)
    if (str_equal(name, str_from(info->name)))
      return arena_printf(arena, "%s@%s", info->name, info->version);
  return arena_str(arena, name);
}

static int num_fewshot(const struct run_suite *s, const struct run_settings *settings)
{
  struct compat compat;
  struct err ignored;
  if (settings->num_fewshot >= 0)
    return (int)settings->num_fewshot;
  if (parse_compat(settings->compat, &compat, &ignored) < 0 || !compat.lm_eval)
    return s->suite->num_fewshot;
  const struct lmeval_task *task = str_present(compat.task)
                                       ? lmeval_task_find(compat.task)
                                       : lmeval_task_of_suite(s->suite->name);
  return task ? task->num_fewshot : -1;
}

static struct manifest_suite describe_suite(const struct run_suite *s,
                                            const struct run_settings *settings,
                                            struct arena *arena)
{
  const struct item_set *set = s->data.items;
  struct sha256_hex prompts = prompt_maker_hash(s->maker);
  return (struct manifest_suite){
    .name = s->suite->name,
    .title = s->suite->title,
    .version = s->suite->version,
    .definition_sha256 = s->suite->sha256,
    .data_source = set->source,
    .data_path = s->data.path,
    .data_sha256 = arena_str(arena, str_from(set->sha256.text)),
    .split = set->split,
    .builtin = set->builtin,
    .n_items = set->n_items,
    .n_run = s->n_chosen,
    .prompt_sha256 = arena_str(arena, str_from(prompts.text)),
    .prompt_style = plan_prompt_style(settings, arena),
    .num_fewshot = num_fewshot(s, settings),
    .grader = grader_name(settings, s->suite, arena),
  };
}

static struct manifest_model describe_model(const struct plan *plan, size_t m)
{
  const struct policy *policy = plan->suites[0].policies[m];
  return (struct manifest_model){ .label = plan->models[m].label,
                                  .spec = plan->models[m].spec,
                                  .kind = str_from(policy_kind(policy)),
                                  .sha256 = policy_sha256(policy),
                                  .served = policy_served(policy),
                                  .engine = policy_engine(policy) };
}

static void describe(struct plan *plan, struct arena *arena,
                     const struct run_settings *settings)
{
  struct manifest *m = &plan->manifest;
  *m = (struct manifest){
    .program_version = str_from(version_program()),
    .commit = str_from(version_commit()),
    .started_us = clock_wall_us(),
    .seed = settings->seed_value,
    .samples = (int)settings->samples,
    .shard_index = settings->shard_index,
    .n_shards = settings->n_shards,
    .n_suites = plan->n_suites,
    .n_models = plan->n_models,
  };
  m->suites = ARENA_NEW(arena, struct manifest_suite, plan->n_suites);
  m->models = ARENA_NEW(arena, struct manifest_model, plan->n_models);
  for (size_t s = 0; s < plan->n_suites; s++)
    m->suites[s] = describe_suite(&plan->suites[s], settings, arena);
  for (size_t i = 0; i < plan->n_models; i++)
    m->models[i] = describe_model(plan, i);
  settings_list(settings, m, arena);
}

/* ---- the whole ---- */

enum { ITEM_PROBLEMS_SHOWN = 3 };

static void show_item_problems(const struct item_set *set)
{
  for (size_t i = 0; i < set->n_problems && i < ITEM_PROBLEMS_SHOWN; i++)
    log_warn("%.*s:%zu: %.*s", STR_ARG(set->source), set->problems[i].line,
             STR_ARG(set->problems[i].what));
  if (set->n_problems > ITEM_PROBLEMS_SHOWN)
    log_warn("%.*s: %zu rows in all could not be used; 'oreo-bench tasks verify' lists "
             "them",
             STR_ARG(set->source), set->n_problems);
}

static int open_suites(struct plan *plan, struct arena *arena,
                       const struct run_settings *settings, struct err *err)
{
  plan->suites = ARENA_NEW(arena, struct run_suite, settings->suites.count);
  for (size_t i = 0; i < settings->suites.count; i++) {
    struct run_suite *s = &plan->suites[i];
    plan->n_suites++; /* counted first: closing it is safe however far it came */
    if (run_suite_open(s, arena, settings, settings->suites.at[i], err) < 0)
      return -1;
    s->policies = ARENA_NEW(arena, struct policy *, settings->models.count);
    log_note("%.*s", STR_ARG(dataset_line(&s->data, arena)));
    show_item_problems(s->data.items);
    plan->n_answers += s->n_chosen * settings->models.count * (size_t)settings->samples;
  }
  return 0;
}

/* Does a server get another temperature than that of the option? */
static bool says_temperature(const struct endpoint_shape *shape)
{
  for (size_t i = 0; i < shape->param.count; i++)
    if (str_starts(str_from(shape->param.at[i]), STR("temperature=")))
      return true;
  for (size_t i = 0; i < shape->omit.count; i++)
    if (str_equal(str_from(shape->omit.at[i]), STR("temperature")))
      return true;
  return false;
}

static void warn_of_equal_samples(const struct plan *plan,
                                  const struct run_settings *settings)
{
  double temperature = settings->endpoint.shape.temperature;
  bool equal = false;
  for (size_t m = 0; m < plan->n_models; m++) {
    const struct policy *policy = plan->suites[0].policies[m];
    bool here = policy_engine(policy) != NULL;
    equal |= here ? temperature <= 0
                  : policy_is_live(policy) && temperature == 0 &&
                        !says_temperature(&settings->endpoint.shape);
  }
  if (equal && settings->samples > 1)
    log_warn("--samples %lld at temperature 0: the answers to an item will be the same; "
             "give --temperature too",
             (long long)settings->samples);
}

static int open_all(struct plan *plan, struct arena *arena,
                    const struct run_settings *settings, struct err *err)
{
  if (!settings->suites.count)
    return err_set(err, ERR_USAGE,
                   "no suite is named; 'oreo-bench tasks list' lists them");
  plan->max_models = settings->models.count;
  plan->models = ARENA_NEW(arena, struct run_model, plan->max_models);
  if (open_suites(plan, arena, settings, err) < 0)
    return -1;
  for (size_t i = 0; i < settings->models.count; i++)
    if (open_model(plan, arena, settings, i, err) < 0)
      return -1;
  if (!plan->n_answers)
    return err_set(err, ERR_USAGE, "nothing is left to run after --limit and --shard");
  warn_of_equal_samples(plan, settings);
  describe(plan, arena, settings);
  return 0;
}

int plan_make(struct plan *plan, struct arena *arena, const struct run_settings *settings,
              struct err *err)
{
  *plan =
      (struct plan){ .ledger = { .price_in = settings->endpoint.price_in,
                                 .price_out = settings->endpoint.price_out,
                                 .max_cost = settings->endpoint.max_cost,
                                 .max_tokens = settings->endpoint.max_tokens_total } };
  if (open_all(plan, arena, settings, err) == 0)
    return 0;
  plan_close(plan);
  return -1;
}

void plan_close(struct plan *plan)
{
  for (size_t s = 0; s < plan->n_suites; s++) {
    struct run_suite *suite = &plan->suites[s];
    for (size_t m = 0; suite->policies && m < plan->max_models; m++)
      policy_close(suite->policies[m]);
    run_suite_close(suite);
  }
  local_host_close(&plan->host);
  plan->n_suites = 0;
}
