/* cmd_compare.c - oreo-bench compare: is B better than A, item by item? */
#include "cli/cli.h"
#include "report/compare.h"

struct compare_settings {
  bool items, fail_if_worse;
  struct texts gates;
};

#define AT(field) offsetof(struct compare_settings, field)

static const struct option options[] = {
  { "items", 0, NULL, NULL, NULL, "list what is newly broken and newly fixed",
    OPTION_FLAG, AT(items), 0, 0 },
  { "gate", 'g', NULL, "NAME=VALUE", NULL,
    "exit 1 unless this holds; may be repeated, see below", OPTION_TEXTS, AT(gates), 0,
    0 },
  { "fail-if-worse", 0, NULL, NULL, NULL, "exit 1 when B is worse with p < 0.05",
    OPTION_FLAG, AT(fail_if_worse), 0, 0 },
  OPTION_END,
};

/* Gates as asked for; how many, or -1. */
static int make_gates(struct report_gate **out, struct command_call *call,
                      const struct comparisons *comparisons, struct err *err)
{
  const struct compare_settings *settings = call->settings;
  struct report_gate *gates =
      ARENA_NEW(call->arena, struct report_gate, settings->gates.count + 1);
  size_t n = 0;
  for (size_t i = 0; i < settings->gates.count; i++)
    if (compare_gate(&gates[n++], call->arena, settings->gates.at[i], comparisons, err) <
        0)
      return -1;
  if (settings->fail_if_worse)
    gates[n++] = compare_gate_worse(call->arena, comparisons);
  *out = gates;
  return (int)n;
}

static void write_gates(struct buf *out, const struct report_gate *gates, int n)
{
  if (n)
    buf_add_char(out, '\n');
  for (int i = 0; i < n; i++)
    buf_printf(out, "gate %s: %.*s: %.*s\n", gates[i].passed ? "holds" : "FAILED",
               STR_ARG(gates[i].name), STR_ARG(gates[i].message));
}

static int run(struct command_call *call, struct err *err)
{
  const struct compare_settings *settings = call->settings;
  struct comparisons comparisons;
  struct report_gate *gates;
  struct buf out;
  if (compare_load(&comparisons, call->arena, call->arguments.at[0],
                   call->arguments.at[1], err) < 0)
    return -1;
  int n_gates = make_gates(&gates, call, &comparisons, err);
  if (n_gates < 0)
    return -1;
  buf_init(&out, BUF_CAP_OWN);
  if (call->json) {
    compare_write_json(&out, &comparisons, gates, (size_t)n_gates);
  } else {
    compare_write_text(&out, &comparisons, settings->items);
    write_gates(&out, gates, n_gates);
  }
  int rc = cli_print(&out, err);
  buf_release(&out);
  for (int i = 0; i < n_gates && rc == 0; i++)
    if (!gates[i].passed)
      rc = err_set(err, ERR_GATE, "gate failed: %.*s: %.*s", STR_ARG(gates[i].name),
                   STR_ARG(gates[i].message));
  return rc;
}

const struct command command_compare = {
  .name = "compare",
  .synopsis = "A B [options]",
  .about = "is B better than A? Paired statistics on the items that both answered",
  .detail =
      "A and B are each a run folder, a journal, or a samples file of lm-eval (or the\n"
      "folder it stands in). Behind '#' stands what of it: RUN#MODEL, SAMPLES#FILTER.\n"
      "\n"
      "Examples:\n"
      "  oreo-bench compare results/runs/a results/runs/b --fail-if-worse\n"
      "  oreo-bench compare results/runs/a#sft results/runs/a#oreo --items\n"
      "  oreo-bench compare old/samples_gsm8k_T.jsonl new/samples_gsm8k_U.jsonl\n"
      "\n"
      "A gate is NAME=VALUE; exit 1 when it does not hold for every suite compared:\n"
      "  min-diff=-1.0      B - A is at least -1.0 points\n"
      "  min-low=-1.0       even the low end of its interval is (B is not worse)\n"
      "  min-accuracy=55    B answers at least 55 % right\n"
      "  max-broken=10      at most 10 items that A has right are wrong in B",
  .options = options,
  .settings_size = sizeof(struct compare_settings),
  .min_arguments = 2,
  .max_arguments = 2,
  .run = run,
};
