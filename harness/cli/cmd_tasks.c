#include "cli/tasks.h"

#include <stdlib.h>

#include "base/env.h"
#include "base/nearest.h"

#define AT(member) offsetof(struct tasks_settings, member)

static const struct option options[] = {
  { "split", 0, NULL, "NAME", NULL,
    "only this split (show, generate: test where not given)", OPTION_TEXT, AT(split), 0,
    0 },
  { "data-dir", 0, NULL, "DIR", NULL,
    "list, fetch, verify: folder of fetched files (default: $OREO_DATA_DIR, else data)",
    OPTION_TEXT, AT(data_dir), 0, 0 },
  { "data", 0, NULL, "FILE", NULL,
    "show: items of this file or folder; builtin means our own", OPTION_TEXT, AT(data), 0,
    0 },
  { "count", 'n', "n", "N", NULL,
    "show: so many items (default 3; with --prompts all); generate: so many (default: as "
    "the suite says)",
    OPTION_INT, AT(n), 1, 1000000 },
  { "item", 0, NULL, "ID", NULL, "show: this item", OPTION_TEXT, AT(item), 0, 0 },
  { "prompts", 0, NULL, NULL, NULL, "show: the prompts that a model gets", OPTION_FLAG,
    AT(prompts), 0, 0 },
  { "compat", 0, NULL, "TOOL", NULL,
    "show --prompts: as lm-eval makes them, byte for byte; TOOL is lm-eval", OPTION_TEXT,
    AT(compat), 0, 0 },
  { "lm-eval-task", 0, NULL, "NAME", NULL,
    "with --compat: gsm8k, gsm8k_cot or minerva_math (default: by suite)", OPTION_TEXT,
    AT(lm_eval_task), 0, 0 },
  { "num-fewshot", 'f', NULL, "N", "-1",
    "show --prompts: examples in a prompt; -1 takes the suite's number", OPTION_INT,
    AT(num_fewshot), -1, 1024 },
  { "fewshot-seed", 0, NULL, "N", "1234", "show --prompts: seed of their choice",
    OPTION_INT, AT(fewshot_seed), 0, 4294967295.0 },
  { "fewshot-data", 0, NULL, "FILE", NULL,
    "show --prompts: where they are drawn from (default: the fetched train split)",
    OPTION_TEXT, AT(fewshot_data), 0, 0 },
  { "fewshot-file", 0, NULL, "FILE", NULL,
    "show --prompts: these examples, in order, instead of drawn ones", OPTION_TEXT,
    AT(fewshot_file), 0, 0 },
  { "out", 'o', NULL, "FILE", NULL,
    "generate: write to FILE, whole or not at all; - is standard output", OPTION_TEXT,
    AT(out), 0, 0 },
  { "mirror", 0, NULL, "URL", NULL,
    "fetch: take URL/gsm8k/test.jsonl and so on; file:///DIR works too", OPTION_TEXT,
    AT(mirror), 0, 0 },
  { "url", 0, NULL, "URL", NULL, "fetch: take the one chosen file from URL", OPTION_TEXT,
    AT(url), 0, 0 },
  { "proxy", 0, NULL, "URL", NULL,
    "fetch: through this proxy (default: the environment's, as curl reads it)",
    OPTION_TEXT, AT(proxy), 0, 0 },
  { "ca-file", 0, NULL, "FILE", NULL, "fetch: trust the certificates in FILE (PEM)",
    OPTION_TEXT, AT(ca_file), 0, 0 },
  { "force", 0, NULL, NULL, NULL, "fetch: again, though the file is here", OPTION_FLAG,
    AT(force), 0, 0 },
  OPTION_END
};

/* Which options mean something to which action: bits of this table's rows. */
enum { LIST = 1, SHOW = 2, GENERATE = 4, FETCH = 8, VERIFY = 16 };

static const struct action {
  const char *name;
  int bit;
  bool needs_suite; /* else all of them */
  int (*run)(struct tasks_call *call, struct err *err);
} actions[] = {
  { "list", LIST, false, tasks_list },
  { "show", SHOW, true, tasks_show },
  { "generate", GENERATE, true, tasks_generate },
  { "fetch", FETCH, true, tasks_fetch },
  { "verify", VERIFY, false, tasks_verify },
};

/* Options that are not for every action. */
static const struct scope {
  const char *option;
  int actions;
} scopes[] = {
  { "split", SHOW | GENERATE | FETCH | VERIFY },
  { "data-dir", LIST | FETCH | VERIFY },
  { "data", SHOW },
  { "count", SHOW | GENERATE },
  { "item", SHOW },
  { "prompts", SHOW },
  { "compat", SHOW },
  { "lm-eval-task", SHOW },
  { "num-fewshot", SHOW },
  { "fewshot-seed", SHOW },
  { "fewshot-data", SHOW },
  { "fewshot-file", SHOW },
  { "out", GENERATE },
  { "mirror", FETCH },
  { "url", FETCH },
  { "proxy", FETCH },
  { "ca-file", FETCH },
  { "force", FETCH },
};

static const char *action_name_at(size_t index)
{
  return index < COUNT(actions) ? actions[index].name : NULL;
}

static const struct action *find_action(const char *name, struct err *err)
{
  for (size_t i = 0; i < COUNT(actions); i++)
    if (strcmp(name, actions[i].name) == 0)
      return &actions[i];
  const char *nearest = name_nearest(str_from(name), action_name_at);
  err_set(err, ERR_USAGE, "'tasks' does not know '%.60s'; %s%s%s", name,
          nearest ? "the nearest is '" : "it does list, show, generate, fetch and verify",
          nearest ? nearest : "", nearest ? "'" : "");
  return NULL;
}

const char *tasks_path(struct arena *arena, const char *data_dir, struct str file)
{
  return arena_printf(arena, "%s/%.*s", data_dir, STR_ARG(file)).ptr;
}

bool tasks_wants_split(const struct tasks_call *call, struct str split)
{
  return !call->settings->split || str_equal(split, str_from(call->settings->split));
}

/* An option that would do nothing is a mistake worth hearing of. */
static int check_scope(const struct action *action, struct command_call *call,
                       struct err *err)
{
  for (const struct option *row = options; row->name; row++) {
    struct str value;
    if (!option_changed(row, call->settings, call->arena, &value))
      continue;
    for (size_t i = 0; i < COUNT(scopes); i++)
      if (strcmp(scopes[i].option, row->name) == 0 && !(scopes[i].actions & action->bit))
        return err_set(err, ERR_USAGE, "'tasks %s' does nothing with --%s; leave it out",
                       action->name, row->name);
  }
  return 0;
}

/* The suites named, or all; "gsm8k,math" is two. */
static int find_suites(struct tasks_call *tasks, struct arguments names, struct err *err)
{
  struct arena *arena = tasks->call->arena;
  size_t capacity = 0;
  struct suite **suites = NULL;
  int rc = 0;
  for (size_t i = 0; i < names.count && rc == 0; i++) {
    struct str rest = str_from(names.at[i]);
    while (rest.len && rc == 0) {
      ptrdiff_t comma = str_find_char(rest, ',');
      size_t end = comma < 0 ? rest.len : (size_t)comma;
      ARRAY_RESERVE(suites, tasks->n_suites, capacity);
      rc = suite_find(&suites[tasks->n_suites++], arena, str_slice(rest, 0, end), err);
      rest = str_slice(rest, end + 1, rest.len);
    }
  }
  bool all = names.count == 0;
  for (size_t i = 0; all && str_present(suite_name_at(i)) && rc == 0; i++) {
    ARRAY_RESERVE(suites, tasks->n_suites, capacity);
    rc = suite_find(&suites[tasks->n_suites++], arena, suite_name_at(i), err);
  }
  tasks->suites = ARENA_NEW(arena, struct suite *, tasks->n_suites);
  for (size_t i = 0; i < tasks->n_suites; i++)
    tasks->suites[i] = suites[i];
  free(suites);
  return rc;
}

static int run(struct command_call *call, struct err *err)
{
  const struct tasks_settings *settings = call->settings;
  struct tasks_call tasks = { .call = call, .settings = settings };
  struct arguments rest = { call->arguments.at + 1, call->arguments.count - 1 };
  const struct action *action = find_action(call->arguments.at[0], err);
  if (!action || check_scope(action, call, err) < 0)
    return -1;
  if (action->needs_suite && rest.count == 0)
    return err_set(
        err, ERR_USAGE,
        "'tasks %s' needs a suite; 'oreo-bench tasks list' shows what there is",
        action->name);
  tasks.data_dir = settings->data_dir ? settings->data_dir : env_get(ENV_DATA_DIR);
  if (!tasks.data_dir)
    tasks.data_dir = "data";
  if (find_suites(&tasks, rest, err) < 0)
    return -1;
  return action->run(&tasks, err);
}

const struct command command_tasks = {
  .name = "tasks",
  .synopsis = "list|show|generate|fetch|verify [SUITE]... [options]",
  .about = "list, show, generate, fetch and verify the questions of suites",
  .detail = "  list      the suites, and which of their data is here\n"
            "  show      one suite: its definition and a few items\n"
            "  generate  our own items as JSON lines, the same bytes on every machine\n"
            "  fetch     the publisher's files: checked, resumed, never half a file\n"
            "  verify    every file that is here: hashes, rows, gold answers\n"
            "\n"
            "Examples:\n"
            "  oreo-bench tasks show gsm8k -n 1\n"
            "  oreo-bench tasks generate math --split dev -n 100 --out dev.jsonl\n"
            "  oreo-bench tasks fetch gsm8k\n"
            "  oreo-bench tasks fetch gsm8k --mirror file:///mnt/data",
  .options = options,
  .settings_size = sizeof(struct tasks_settings),
  .min_arguments = 1,
  .max_arguments = 64,
  .run = run,
};
