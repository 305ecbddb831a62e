/* cmd_rollout.c - oreo-bench rollout: sampled answers, graded, as trajectories. */
#include <stdint.h>

#include "base/fs.h"
#include "base/log.h"
#include "cli/cli.h"
#include "run/folder.h"
#include "run/run.h"

/* The run's settings come first: its rows point into them. What means something else
 * here has a row and a member of its own. */
struct rollout_settings {
  struct run_settings run;
  const char *out, *split;
  int64_t samples;
  double temperature;
};

#define AT(field) offsetof(struct rollout_settings, field)
#define SUFFIX    ".run"

static const struct option options[] = {
  { "out", 'o', NULL, "FILE", NULL,
    "the trajectories; the run's folder is FILE" SUFFIX
    ", and is continued where it is there already",
    OPTION_TEXT, AT(out), 0, 0 },
  { "samples", 'k', NULL, "K", "10", "answers to each item", OPTION_INT, AT(samples), 1,
    65536 },
  { "temperature", 0, NULL, "T", "1",
    "of sampling; -1: not sent (to a server; here it means 0)", OPTION_REAL,
    AT(temperature), -1, 100 },
  { "split", 0, NULL, "NAME", "rl", "split of the fetched or built-in items", OPTION_TEXT,
    AT(split), 0, 0 },
  { "resume", 0, NULL, "DIR", NULL,
    "continue FILE" SUFFIX "; its own settings need not be repeated", OPTION_TEXT,
    AT(run.resume), 0, 0 },
  OPTION_END
};

/* ---- where it goes ---- */

static int file_of_folder(struct rollout_settings *s, struct arena *arena,
                          struct err *err)
{
  struct str dir = str_from(s->run.resume), suffix = STR(SUFFIX);
  while (dir.len > 1 && dir.ptr[dir.len - 1] == '/')
    dir.len--;
  if (!str_ends(dir, suffix) || dir.len == suffix.len)
    return err_set(err, ERR_USAGE,
                   "--resume: '%s' is no folder of a rollout, which ends in " SUFFIX,
                   s->run.resume);
  s->out = arena_cstr(arena, str_slice(dir, 0, dir.len - suffix.len));
  return 0;
}

static int folder_of_file(struct rollout_settings *s, struct arena *arena,
                          struct err *err)
{
  const char *dir = arena_printf(arena, "%s" SUFFIX, s->out).ptr;
  const char *manifest = arena_printf(arena, "%s/manifest.json", dir).ptr;
  if (fs_exists(manifest)) {
    s->run.resume = dir;
    return 0;
  }
  if (fs_exists(s->out))
    return err_set(err, ERR_USAGE,
                   "'%s' is there already, and '%s', the run that it is of, is not; give "
                   "another file with --out",
                   s->out, dir);
  s->run.out = dir;
  return 0;
}

static int choose_place(struct rollout_settings *s, struct arena *arena, struct err *err)
{
  if (s->out && s->run.resume)
    return err_set(err, ERR_USAGE,
                   "--out and --resume cannot go together; --out FILE continues what is "
                   "there too");
  if (s->run.resume)
    return file_of_folder(s, arena, err);
  if (s->out)
    return folder_of_file(s, arena, err);
  return err_set(err, ERR_USAGE, "--out FILE is missing: where the trajectories go");
}

/* ---- what is asked ---- */

/* What the folder's manifest says is not said again. */
static int refuse_own(const struct rollout_settings *s, struct arena *arena,
                      struct err *err)
{
  struct str value;
  for (const struct option *row = options; row->name; row++)
    if (strcmp(row->name, "resume") != 0 && strcmp(row->name, "out") != 0 &&
        option_changed(row, s, arena, &value))
      return err_set(err, ERR_USAGE,
                     "--resume %s: the settings are those that it was begun with; leave "
                     "out --%s",
                     s->run.resume, row->name);
  return 0;
}

static int settle(struct rollout_settings *s, bool recalled, struct arena *arena,
                  struct err *err)
{
  if (!recalled) {
    s->run.samples = s->samples;
    s->run.endpoint.shape.temperature = s->temperature;
    s->run.split = s->split;
    return 0;
  }
  /* as a run of which nothing is said */
  s->run.samples = 1;
  s->run.endpoint.shape.temperature = 0;
  return refuse_own(s, arena, err);
}

static int prepare(struct command_call *call, struct err *err)
{
  struct rollout_settings *s = call->settings;
  bool recalled = s->run.resume && !s->run.models.count;
  if (settle(s, recalled, call->arena, err) < 0 ||
      settings_check(&s->run, &call->arguments, call->arena, err) < 0 ||
      choose_place(s, call->arena, err) < 0 || run_recall(&s->run, call->arena, err) < 0)
    return -1;
  if (!s->run.suites.count || !s->run.models.count)
    return err_set(err, ERR_USAGE,
                   "a suite or a model is missing; write: oreo-bench rollout SUITE "
                   "--model M --out FILE");
  if (!recalled && !s->run.data.count && strcmp(s->split, "test") == 0)
    log_warn("these are the items that evaluation asks: what is trained on them is not "
             "to be measured on them");
  return 0;
}

static int run(struct command_call *call, struct err *err)
{
  struct rollout_settings *s = call->settings;
  if (prepare(call, err) < 0)
    return -1;
  struct run_call start = {
    .settings = &s->run, .json = call->json, .quiet = call->quiet, .trajectories = s->out
  };
  struct buf out;
  buf_init(&out, BUF_CAP_OWN);
  int rc = run_start(&start, &out, err);
  struct err print_err;
  if (cli_print(&out, rc < 0 ? &print_err : err) < 0)
    rc = -1;
  buf_release(&out);
  return rc;
}

const struct command command_rollout = {
  .name = "rollout",
  .synopsis = "SUITE --model M --samples K --out FILE [options]",
  .about = "sample answers to a suite's items and write them as trajectories to train on",
  .detail =
      "Examples:\n"
      "  oreo-bench rollout gsm8k --model baselines/gsm8k/sft --out rl.jsonl\n"
      "  oreo-bench rollout math --model M --samples 16 --top-p 0.95 -o rl.jsonl\n"
      "  oreo-bench rollout --resume rl.jsonl.run\n"
      "\n"
      "A line of the file is {\"prompt\",\"response\",\"reward\"} with suite, item, sample\n"
      "and policy; the reward is 1 for an answer that the suite's grader takes as\n"
      "correct, else 0. Errors and empty answers are left out and counted. The file is\n"
      "written at the end, from the journal, whole or not at all; a rollout that was\n"
      "stopped in any way goes on when the same command is given again. 'oreo-bench\n"
      "report FILE.run' shows accuracies.",
  .options = options,
  .shared = run_options,
  .settings_size = sizeof(struct rollout_settings),
  .min_arguments = 0,
  .max_arguments = SIZE_MAX,
  .run = run,
};
