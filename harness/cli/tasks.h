/* tasks.h - the actions of `oreo-bench tasks`, a file each (tasks_<action>.c).
 *
 * Every action gets the same settings; those that mean nothing to it are refused by
 * cmd_tasks.c before it runs. Results go to standard output through cli_print.
 */
#ifndef OREO_CLI_TASKS_H
#define OREO_CLI_TASKS_H

#include "cli/cli.h"
#include "run/dataset.h"
#include "task/lock.h"

struct tasks_settings {
  const char *split;        /* NULL: all, or "test" where one is needed */
  const char *data;         /* show: a file, a folder or "builtin"; NULL: what is here */
  const char *data_dir;     /* NULL: $OREO_DATA_DIR, else "data" */
  const char *mirror, *url; /* fetch: other addresses */
  const char *proxy, *ca_file;
  bool force;
  const char *out;  /* generate: NULL = standard output */
  const char *item; /* show: one item */
  int64_t n;        /* show, generate: how many; 0 = by the action */
  bool prompts;
  const char *compat, *lm_eval_task, *fewshot_data, *fewshot_file;
  int64_t num_fewshot, fewshot_seed;
};

/* What an action gets: its suites are parsed, at least one. */
struct tasks_call {
  struct command_call *call;
  const struct tasks_settings *settings;
  struct suite **suites;
  size_t n_suites;
  const char *data_dir; /* never NULL */
};

NODISCARD int tasks_list(struct tasks_call *call, struct err *err);
NODISCARD int tasks_show(struct tasks_call *call, struct err *err);
NODISCARD int tasks_show_prompts(struct tasks_call *call, const struct dataset *dataset,
                                 struct err *err);
NODISCARD int tasks_generate(struct tasks_call *call, struct err *err);
NODISCARD int tasks_fetch(struct tasks_call *call, struct err *err);
NODISCARD int tasks_verify(struct tasks_call *call, struct err *err);

/* "data_dir/file" in the arena. */
const char *tasks_path(struct arena *arena, const char *data_dir, struct str file);
/* Is it the split that --split asks for, or was none asked for? */
bool tasks_wants_split(const struct tasks_call *call, struct str split);

#endif
