/* settings_manifest.c - a run's settings to and from its manifest. */
#include "run/settings.h"

/* Rows that go into the manifest as options: they shape results and have no member. */
static const char *const listed[] = {
  "limit",  "num-fewshot",    "fewshot-data", "fewshot-file", "compat",
  "grader", "max-error-rate", "api",          "temperature",  "top-p",
  "top-k",  "min-p",          "max-tokens",   "stop",         "logprobs",
  "param",  "omit",           "price-in",     "price-out",    "samples-per-request",
  "dtype",  "chat-template",  "context",
};

/* Rows that have a member of the manifest. */
static const char *const members[] = {
  "model", "data",  "split",      "samples",    "seed",
  "shard", "tasks", "model-args", "gen-kwargs",
};

static bool is_among(const char *name, const char *const *names, size_t n)
{
  for (size_t i = 0; i < n; i++)
    if (strcmp(name, names[i]) == 0)
      return true;
  return false;
}

static bool is_listed(const struct option *row)
{
  return is_among(row->name, listed, COUNT(listed));
}

bool settings_of_process(const struct option *row)
{
  return !is_listed(row) && !is_among(row->name, members, COUNT(members));
}

/* ---- into the manifest ---- */

static void add_option(struct manifest *manifest, const char *name, struct str value,
                       struct arena *arena)
{
  manifest->options[manifest->n_options++] =
      (struct manifest_option){ str_from(name), arena_str(arena, value) };
}

static const struct texts *texts_of(const struct option *row,
                                    const struct run_settings *settings)
{
  return (const struct texts *)((const char *)settings + row->offset);
}

/* A text may hold any byte, so each has an entry of its own. */
static size_t count_texts(const struct run_settings *settings)
{
  size_t n = 0;
  for (const struct option *row = run_options; row->name; row++)
    if (row->type == OPTION_TEXTS && is_listed(row))
      n += texts_of(row, settings)->count;
  return n;
}

static void list_row(const struct option *row, const struct run_settings *settings,
                     struct manifest *manifest, struct arena *arena)
{
  struct str value;
  if (row->type == OPTION_TEXTS) {
    const struct texts *texts = texts_of(row, settings);
    for (size_t i = 0; i < texts->count; i++)
      add_option(manifest, row->name, str_from(texts->at[i]), arena);
  } else if (option_changed(row, settings, arena, &value)) {
    add_option(manifest, row->name, value, arena);
  }
}

void settings_list(const struct run_settings *settings, struct manifest *manifest,
                   struct arena *arena)
{
  size_t most = COUNT(listed) + 1 + count_texts(settings);
  manifest->n_options = 0;
  manifest->options = ARENA_NEW(arena, struct manifest_option, most);
  for (const struct option *row = run_options; row->name; row++)
    if (is_listed(row))
      list_row(row, settings, manifest, arena);
  /* "--seed 1234" and lm-eval's four may have the same first seed */
  if (settings->fewshot_seed != SETTINGS_FEWSHOT_SEED)
    add_option(manifest, "fewshot-seed",
               arena_printf(arena, "%u", settings->fewshot_seed), arena);
}

static int restore_option(struct run_settings *s, const struct manifest_option *option,
                          struct arena *arena, struct err *err)
{
  if (str_equal(option->name, STR("fewshot-seed")))
    return 0; /* part of the seed */
  struct str word =
      arena_printf(arena, "--%.*s=%.*s", STR_ARG(option->name), STR_ARG(option->value));
  char *argv[] = { arena_cstr(arena, word) };
  struct arguments arguments;
  return options_parse(run_options, s, 1, argv, &arguments, arena, err);
}

static void restore_suite(struct run_settings *s, const struct manifest_suite *suite,
                          struct arena *arena)
{
  texts_add(&s->suites, arena_cstr(arena, suite->name), arena);
  struct str data = arena_printf(arena, "%.*s=%.*s", STR_ARG(suite->name),
                                 suite->builtin ? 7 : (int)suite->data_path.len,
                                 suite->builtin ? "builtin" : suite->data_path.ptr);
  texts_add(&s->data, data.ptr, arena);
  if (suite->builtin)
    s->split = arena_cstr(arena, suite->split);
}

/* The seed as it would be typed: four where the few-shot draw has its own. */
static const char *restore_seed(const struct manifest *m, struct arena *arena)
{
  unsigned long long seed = (unsigned long long)m->seed;
  for (size_t i = 0; i < m->n_options; i++)
    if (str_equal(m->options[i].name, STR("fewshot-seed")))
      return arena_printf(arena, "%llu,0,0,%.*s", seed, STR_ARG(m->options[i].value)).ptr;
  return arena_printf(arena, "%llu,0,0,%d", seed, SETTINGS_FEWSHOT_SEED).ptr;
}

int settings_from_manifest(struct run_settings *s, const struct manifest *m,
                           struct arena *arena, struct err *err)
{
  *s = (struct run_settings){ 0 };
  options_default(run_options, s, arena);
  for (size_t i = 0; i < m->n_options; i++)
    if (restore_option(s, &m->options[i], arena, err) < 0)
      return err_wrap(err, "the manifest's options");
  for (size_t i = 0; i < m->n_suites; i++)
    restore_suite(s, &m->suites[i], arena);
  for (size_t i = 0; i < m->n_models; i++) {
    texts_add(&s->models, arena_cstr(arena, m->models[i].spec), arena);
    texts_add(&s->labels, arena_cstr(arena, m->models[i].label), arena);
  }
  s->samples = m->samples;
  s->seed = restore_seed(m, arena);
  s->shard = arena_printf(arena, "%zu/%zu", m->shard_index + 1, m->n_shards).ptr;
  struct arguments none = { 0 };
  return settings_check(s, &none, arena, err);
}

/* ---- what a continued run may say anew ---- */

static const size_t field_sizes[] = {
  [OPTION_FLAG] = sizeof(bool),          [OPTION_INT] = sizeof(int64_t),
  [OPTION_REAL] = sizeof(double),        [OPTION_TEXT] = sizeof(const char *),
  [OPTION_TEXTS] = sizeof(struct texts),
};

void settings_take_process(struct run_settings *settings, const struct run_settings *said)
{
  for (const struct option *row = run_options; row->name; row++)
    if (settings_of_process(row))
      memcpy((char *)settings + row->offset, (const char *)said + row->offset,
             field_sizes[row->type]);
}
