/* cmd_run.c - oreo-bench run: the loop of run/, from the command line. */
#include <stdint.h>

#include "cli/cli.h"
#include "run/run.h"

/* No checkpoint ships with this version, so a bare `run gsm8k` says what can be run. */
static int explain(const char *suite, struct err *err)
{
  struct buf out;
  buf_init(&out, BUF_CAP_OWN);
  buf_printf(
      &out,
      "No checkpoint ships with this version yet: name with --model what answers. Try:\n"
      "  oreo-bench tasks generate %s --split sft > students.jsonl\n"
      "  oreo-bench run %s --split sft --model replay:students.jsonl --model null:42\n"
      "The first line writes problems with the answers of simulated students, the second\n"
      "grades and compares them. Your own: --data ITEMS.jsonl --model replay:ANSWERS.jsonl\n",
      suite, suite);
  int rc = cli_print(&out, err);
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
    return explain(settings->suites.at[0], err);
  struct run_call start = { .settings = settings, .json = call->json,
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
