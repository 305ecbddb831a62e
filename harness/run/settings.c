#include "run/settings.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* lm-eval's own default for the draw of few-shot examples. */
enum { FEWSHOT_SEED = 1234 };

#define AT(field) offsetof(struct run_settings, field)

const struct option run_options[] = {
  { "model", 'm', NULL, "M", NULL,
    "what answers: replay:FILE[#field] or null:TEXT, with LABEL= in front to name it; "
    "several are compared",
    OPTION_TEXTS, AT(models), 0, 0 },
  { "data", 0, NULL, "FILE", NULL,
    "the publisher's items (SUITE=FILE for one of several suites), or 'builtin'",
    OPTION_TEXTS, AT(data), 0, 0 },
  { "split", 0, NULL, "NAME", NULL,
    "split of the fetched or built-in items (default: test)", OPTION_TEXT, AT(split), 0,
    0 },
  { "samples", 0, NULL, "K", "1", "answers to each item, for pass@k and maj@k",
    OPTION_INT, AT(samples), 1, 65536 },
  { "limit", 'L', NULL, "N", "0",
    "only the first N items of each suite, or that share of them if below 1; 0: all",
    OPTION_REAL, AT(limit), 0, 1e9 },
  { "num-fewshot", 'f', NULL, "N", "-1", "examples in the prompt; -1: as the suite says",
    OPTION_INT, AT(num_fewshot), -1, 1024 },
  { "fewshot-data", 0, NULL, "FILE", NULL, "where the examples are drawn from",
    OPTION_TEXT, AT(fewshot_data), 0, 0 },
  { "fewshot-file", 0, NULL, "FILE", NULL,
    "these examples, in order, instead of drawn ones (docs/DATA.md has the form)",
    OPTION_TEXT, AT(fewshot_file), 0, 0 },
  { "compat", 0, NULL, "NAME", NULL,
    "prompts of another tool, byte for byte: lm-eval, or lm-eval/TASK", OPTION_TEXT,
    AT(compat), 0, 0 },
  { "grader", 0, NULL, "PROFILE", NULL, "the rule of grading (default: the suite's)",
    OPTION_TEXT, AT(grader), 0, 0 },
  { "seed", 0, NULL, "S", NULL,
    "of every random draw (default: 0, few-shot draws 1234); lm-eval's list of four works "
    "too",
    OPTION_TEXT, AT(seed), 0, 0 },
  { "shard", 0, NULL, "I/N", "1/1", "only part I of N, to split a run over machines",
    OPTION_TEXT, AT(shard), 0, 0 },
  { "max-error-rate", 0, NULL, "X", "0.05",
    "a run with a larger share of errors is invalid (exit 5)", OPTION_REAL,
    AT(max_error_rate), 0, 1 },
  { "out", 'o', "output-path", "DIR", NULL,
    "the run folder (default: results/runs/SUITE-TIME)", OPTION_TEXT, AT(out), 0, 0 },
  { "resume", 0, NULL, "DIR", NULL,
    "continue the run in that folder; its own settings need not be repeated", OPTION_TEXT,
    AT(resume), 0, 0 },
  { "retry-errors", 0, NULL, NULL, NULL,
    "with --resume: ask again what ended in an error", OPTION_FLAG, AT(retry_errors), 0,
    0 },
  { "dry-run", 0, NULL, NULL, NULL, "check everything, print the plan, and stop",
    OPTION_FLAG, AT(dry_run), 0, 0 },
  { "tasks", 't', NULL, "NAMES", NULL, "lm-eval's way to name the suites", OPTION_TEXT,
    AT(tasks), 0, 0 },
  { "model-args", 'a', NULL, "ARGS", NULL,
    "lm-eval's way to configure the model: path=FILE,field=NAME or text=TEXT",
    OPTION_TEXT, AT(model_args), 0, 0 },
  { "gen-kwargs", 0, NULL, "ARGS", NULL,
    "lm-eval's generation settings: kept in the manifest; recorded answers are what they are",
    OPTION_TEXT, AT(gen_kwargs), 0, 0 },
  { "log-samples", 's', NULL, NULL, NULL,
    "accepted for lm-eval; samples are always written", OPTION_FLAG, AT(log_samples), 0,
    0 },
  OPTION_END
};

/* ---- texts ---- */

static void texts_add(struct texts *texts, const char *text, struct arena *arena)
{
  const char **grown = ARENA_NEW(arena, const char *, texts->count + 1);
  if (texts->count)
    memcpy(grown, texts->at, texts->count * sizeof *grown);
  grown[texts->count] = text;
  *texts = (struct texts){ grown, texts->count + 1 };
}

static bool texts_have(const struct texts *texts, struct str text)
{
  for (size_t i = 0; i < texts->count; i++)
    if (str_equal(text, str_from(texts->at[i])))
      return true;
  return false;
}

/* "a,b" into its parts; what stands twice is kept once. */
static void texts_split(struct texts *texts, const char *list, struct arena *arena)
{
  struct str rest = str_from(list);
  while (rest.len) {
    ptrdiff_t comma = str_find_char(rest, ',');
    size_t end = comma < 0 ? rest.len : (size_t)comma;
    struct str part = str_trim(str_slice(rest, 0, end));
    if (part.len && !texts_have(texts, part))
      texts_add(texts, arena_cstr(arena, part), arena);
    rest = str_slice(rest, end + 1, rest.len);
  }
}

/* ---- what the texts mean ---- */

static int parse_u64(const char **text, uint64_t *out)
{
  char *end;
  if (!char_is_digit(**text))
    return -1;
  errno = 0;
  *out = strtoull(*text, &end, 10);
  *text = end;
  return errno ? -1 : 0;
}

/* One seed for everything, or lm-eval's four (Python, NumPy, Torch, few-shot): of those
 * the first is ours and the fourth draws the examples. "None" stands for "not set". */
static int parse_seed(struct run_settings *s, struct err *err)
{
  s->seed_value = 0;
  s->fewshot_seed = FEWSHOT_SEED;
  if (!s->seed)
    return 0;
  uint64_t seeds[4];
  size_t n = 0;
  const char *at = s->seed;
  for (;; at++) {
    if (strncmp(at, "None", 4) == 0) {
      seeds[n++] = 0;
      at += 4;
    } else if (parse_u64(&at, &seeds[n]) == 0) {
      n++;
    } else {
      n = 0;
      break;
    }
    if (*at != ',' || n == COUNT(seeds))
      break;
  }
  if ((n != 1 && n != COUNT(seeds)) || *at)
    return err_set(err, ERR_USAGE,
                   "--seed: '%.100s' is neither a whole number nor lm-eval's four",
                   s->seed);
  s->seed_value = seeds[0];
  uint64_t fewshot = seeds[n - 1];
  if (fewshot > UINT32_MAX)
    return err_set(err, ERR_USAGE,
                   "--seed: '%.100s' is above %u, the largest seed that "
                   "few-shot examples can be drawn with",
                   s->seed, UINT32_MAX);
  s->fewshot_seed = (uint32_t)fewshot;
  return 0;
}

static int parse_shard(struct run_settings *s, struct err *err)
{
  uint64_t index, count;
  const char *at = s->shard;
  bool good = parse_u64(&at, &index) == 0 && *at == '/';
  at += good;
  good = good && parse_u64(&at, &count) == 0 && !*at;
  if (!good || index < 1 || index > count || count > 1000000)
    return err_set(err, ERR_USAGE,
                   "--shard: '%.100s' is not I/N with I from 1 to N, as in 1/4",
                   s->shard);
  s->shard_index = (size_t)index - 1;
  s->n_shards = (size_t)count;
  return 0;
}

/* The value of `key` in "a=b,key=value", or absent. The last key takes the rest, so that
 * a text with commas in it can stand there. */
static struct str model_arg(const char *args, const char *key)
{
  struct str rest = str_from(args), wanted = str_from(key);
  while (rest.len) {
    ptrdiff_t comma = str_find_char(rest, ',');
    struct str part = str_slice(rest, 0, comma < 0 ? rest.len : (size_t)comma);
    if (str_starts(part, wanted) && part.len > wanted.len && part.ptr[wanted.len] == '=')
      return str_slice(part, wanted.len + 1, part.len);
    rest = str_slice(rest, part.len + 1, rest.len);
  }
  return STR_NONE;
}

/* lm-eval's "--model replay --model_args path=FILE,field=NAME". */
static int join_model_args(struct run_settings *s, struct arena *arena, struct err *err)
{
  if (!s->model_args)
    return 0;
  const char *name = s->models.count == 1 ? s->models.at[0] : "";
  struct str spec;
  if (strcmp(name, "replay") == 0) {
    struct str path = model_arg(s->model_args, "path");
    struct str field = model_arg(s->model_args, "field");
    spec = arena_printf(arena, "replay:%.*s%s%.*s", STR_ARG(path),
                        str_present(field) ? "#" : "", (int)field.len,
                        field.ptr ? field.ptr : "");
  } else if (strcmp(name, "null") == 0) {
    spec = arena_printf(arena, "null:%.*s", STR_ARG(model_arg(s->model_args, "text")));
  } else {
    return err_set(
        err, ERR_USAGE,
        "--model-args belongs to one '--model replay' or '--model null', not to "
        "'%.100s'",
        name);
  }
  s->models = (struct texts){ 0 };
  texts_add(&s->models, arena_cstr(arena, spec), arena);
  s->model_args = NULL;
  return 0;
}

static int refuse_clashes(const struct run_settings *s, struct err *err)
{
  if (s->out && s->resume)
    return err_set(
        err, ERR_USAGE,
        "--out and --resume cannot go together; --resume DIR continues in DIR");
  if (s->retry_errors && !s->resume)
    return err_set(err, ERR_USAGE, "--retry-errors needs --resume DIR");
  if (s->limit > 1 && s->limit != floor(s->limit))
    return err_set(err, ERR_USAGE, "--limit: %g is neither a number of items nor a share",
                   s->limit);
  return 0;
}

int settings_check(struct run_settings *s, const struct arguments *arguments,
                   struct arena *arena, struct err *err)
{
  for (size_t i = 0; i < arguments->count; i++)
    texts_split(&s->suites, arguments->at[i], arena);
  if (s->tasks)
    texts_split(&s->suites, s->tasks, arena);
  if (join_model_args(s, arena, err) < 0 || parse_seed(s, err) < 0 ||
      parse_shard(s, err) < 0)
    return -1;
  return refuse_clashes(s, err);
}

/* ---- to and from a manifest ---- */

/* Rows that go into the manifest as options: they shape results and have no member. */
static bool is_listed(const struct option *row)
{
  static const char *const listed[] = { "limit",          "num-fewshot", "fewshot-data",
                                        "fewshot-file",   "compat",      "grader",
                                        "max-error-rate", "gen-kwargs" };
  for (size_t i = 0; i < COUNT(listed); i++)
    if (strcmp(row->name, listed[i]) == 0)
      return true;
  return false;
}

static void add_option(struct manifest *manifest, const char *name, struct str value,
                       struct arena *arena)
{
  manifest->options[manifest->n_options++] =
      (struct manifest_option){ str_from(name), arena_str(arena, value) };
}

void settings_list(const struct run_settings *settings, struct manifest *manifest,
                   struct arena *arena)
{
  manifest->n_options = 0;
  manifest->options = ARENA_NEW(arena, struct manifest_option, COUNT(run_options) + 1);
  for (const struct option *row = run_options; row->name; row++) {
    struct str value;
    if (is_listed(row) && option_changed(row, settings, arena, &value))
      add_option(manifest, row->name, value, arena);
  }
  /* "--seed 1234" and lm-eval's four may have the same first seed */
  if (settings->fewshot_seed != FEWSHOT_SEED)
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
  return arena_printf(arena, "%llu,0,0,%d", seed, FEWSHOT_SEED).ptr;
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

size_t settings_limit(const struct run_settings *settings, size_t n)
{
  if (settings->limit <= 0)
    return n;
  double count =
      settings->limit < 1 ? ceil(settings->limit * (double)n) : settings->limit;
  return count < (double)n ? (size_t)count : n;
}
