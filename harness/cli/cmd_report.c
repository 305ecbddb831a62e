/* cmd_report.c - oreo-bench report: all reports again, from journals. */
#include <stdint.h>

#include "cli/cli.h"
#include "base/fs.h"
#include "run/results.h"

struct report_settings {
  const char *out;
};

static const struct option options[] = {
  { "out", 'o', "output-path", "DIR", NULL,
    "write the reports here; default: into DIR when there is one, else nowhere",
    OPTION_TEXT, offsetof(struct report_settings, out), 0, 0 },
  OPTION_END,
};

static int run(struct command_call *call, struct err *err)
{
  const struct report_settings *settings = call->settings;
  struct results *results;
  if (results_open(&results, call->arguments.at, call->arguments.count, NULL, 0, err) < 0)
    return -1;
  const struct report *report = results_report(results);
  const char *dir = settings->out;
  if (!dir && call->arguments.count == 1)
    dir = call->arguments.at[0];
  int rc = dir ? fs_make_dir(dir, err) : 0;
  if (rc == 0 && dir)
    rc = report_write_all(dir, report, err);
  if (rc == 0) {
    struct buf out;
    buf_init(&out, BUF_CAP_OWN);
    if (call->json)
      report_write_json(&out, report);
    else
      report_write_table(&out, report);
    rc = cli_print(&out, err);
    buf_release(&out);
  }
  if (rc == 0 && report_unfinished(report))
    rc =
        err_set(err, ERR_GATE,
                "the run is unfinished: %zu of %zu answers; the reports say so; continue "
                "with 'oreo-bench run --resume %s'",
                report->n_answered, report->n_asked,
                call->arguments.count == 1 ? call->arguments.at[0] : "DIR");
  for (size_t i = 0; i < report->n_gates && rc == 0; i++)
    if (!report->gates[i].passed)
      rc = err_set(err, ERR_GATE,
                   "gate failed: %.*s: %.*s; the reports are complete and "
                   "say so",
                   STR_ARG(report->gates[i].name), STR_ARG(report->gates[i].message));
  results_close(results);
  return rc;
}

const struct command command_report = {
  .name = "report",
  .synopsis = "DIR... [--out DIR]",
  .about = "write all reports again from the journals of one or more runs",
  .detail =
      "Several folders are united: shards of a run, or models run on the same data.\n"
      "Other data or graders are refused. A report depends on manifests and journals\n"
      "alone, so it is the same bytes wherever and whenever it is written.\n"
      "\n"
      "Examples:\n"
      "  oreo-bench report results/runs/a\n"
      "  oreo-bench report shard-1 shard-2 shard-3 --out whole\n"
      "  oreo-bench report sft oreo --out sft-against-oreo",
  .options = options,
  .settings_size = sizeof(struct report_settings),
  .min_arguments = 1,
  .max_arguments = SIZE_MAX,
  .run = run,
};
