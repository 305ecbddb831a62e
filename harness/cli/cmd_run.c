/* cmd_run.c - oreo-bench run: the loop of run/, from the command line. */
#include <stdint.h>
#include <unistd.h>

#include "cli/cli.h"
#include "run/run.h"
#include "task/suite.h"

/* How this program was reached, so that what is printed works as it stands: its own path,
 * from here if it lies below, or just its name where everybody finds it. */
static void own_name(struct buf *name)
{
  char path[4096], here[4096];
  ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
  struct str exe = { path, n > 0 ? (size_t)n : 0 };
  struct str base = STR("oreo-bench"), rest = exe;
  bool plain = !exe.len || str_equal(exe, STR("/usr/bin/oreo-bench")) ||
               str_equal(exe, STR("/usr/local/bin/oreo-bench"));
  if (getcwd(here, sizeof here) && str_starts(exe, str_from(here)))
    rest = str_slice(exe, strlen(here), exe.len);
  if (plain)
    buf_add(name, base);
  else if (rest.len < exe.len && rest.ptr[0] == '/')
    buf_printf(name, ".%.*s", STR_ARG(rest));
  else
    buf_add(name, exe);
}

/* No checkpoint ships with this version, so a bare `run gsm8k` says what can be run. */
static int explain(const char *suite_name, struct arena *arena, struct err *err)
{
  struct buf out, name;
  struct suite *suite;
  if (suite_find(&suite, arena, str_from(suite_name), err) < 0)
    return -1;
  buf_init(&out, BUF_CAP_OWN);
  buf_init(&name, BUF_CAP_OWN);
  own_name(&name);
  buf_printf(
      &out,
      "No checkpoint ships with this version yet: name with --model what answers. Try:\n"
      "  %s tasks generate %s --split sft > students.jsonl\n"
      "  %s run %s --split sft --limit 1000 --model replay:students.jsonl#%.*s --model null:0\n"
      "The first line writes problems with the answers of simulated students, the second\n"
      "grades and compares them. Your own: --data ITEMS.jsonl --model replay:ANSWERS.jsonl\n",
      name.ptr, suite_name, name.ptr, suite_name, STR_ARG(suite->formats[0].solution));
  int rc = cli_print(&out, err);
  buf_release(&name);
  buf_release(&out);
  return rc;
}

static int run(struct command_call *call, struct err *err)
{
  struct run_settings *settings = call->settings;
  if (settings_check(settings, &call->arguments, call->arena, err) < 0 ||
      run_recall(settings, call->arena, err) < 0)
    return -1;
  if (!settings->suites.count)
    return err_set(err, ERR_USAGE,
                   "no suite is named; write: oreo-bench run SUITE --model M, or "
                   "'oreo-bench tasks list' for the suites");
  if (!settings->models.count)
    return explain(settings->suites.at[0], call->arena, err);
  struct run_call start = { .settings = settings,
                            .json = call->json,
                            .quiet = call->quiet };
  struct buf out;
  buf_init(&out, BUF_CAP_OWN);
  int rc = run_start(&start, &out, err);
  struct err print_err;
  if (cli_print(&out, rc < 0 ? &print_err : err) < 0)
    rc = -1;
  buf_release(&out);
  return rc;
}

const struct command command_run = {
  .name = "run",
  .synopsis = "SUITE[,SUITE...] --model M [--model M]... [options]",
  .about = "put a suite's items to models, grade, compare and report",
  .detail =
      "Examples:\n"
      "  oreo-bench run gsm8k --model null:42\n"
      "  oreo-bench run gsm8k --data test.jsonl --model replay:answers.jsonl\n"
      "  oreo-bench run gsm8k --model models/Qwen2.5-0.5B-Instruct\n"
      "  oreo-bench run gsm8k --model http://localhost:8000/v1#NAME --dry-run\n"
      "  oreo-bench run --resume results/runs/gsm8k-20261123T203105Z\n"
      "\n"
      "The items are those of --data, else the publisher's if 'tasks fetch' has got them,\n"
      "else the built-in ones. The run folder holds the manifest, the journal and the\n"
      "reports; a run that was stopped in any way is continued with --resume DIR.",
  .options = run_options,
  .settings_size = sizeof(struct run_settings),
  .min_arguments = 0,
  .max_arguments = SIZE_MAX,
  .run = run,
};
