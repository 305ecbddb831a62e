#include "report/report.h"

#include <stdlib.h>

#include "report/extent.h"
#include "report/lint.h"
#include "report/metrics.h"
#include "report/paired.h"
#include "report/table.h"

/* ---- pairs ---- */

static struct pair_report pair_of(const struct table *table, size_t a, size_t b)
{
  size_t n = 0, wins = 0, losses = 0;
  for (size_t row = 0; row < table->n_rows; row++) {
    const struct record *x = table_first(table, a, row), *y = table_first(table, b, row);
    if (!x || !y || x->verdict == VERDICT_ERROR || y->verdict == VERDICT_ERROR)
      continue;
    bool x_right = x->verdict == VERDICT_CORRECT, y_right = y->verdict == VERDICT_CORRECT;
    n++;
    wins += x_right && !y_right;
    losses += !x_right && y_right;
  }
  struct paired paired = paired_of(n, wins, losses);
  return (struct pair_report){
    .a = a,
    .b = b,
    .n = n,
    .wins = wins,
    .losses = losses,
    .difference = paired.difference,
    .ci = paired.ci,
    .p = paired.p,
    .p_holm = paired.p,
    .min_detectable = paired.min_detectable,
  };
}

static void compare_models(struct suite_report *suite, const struct table *table,
                           struct arena *arena)
{
  size_t n = suite->n_models;
  suite->pairs = ARENA_NEW(arena, struct pair_report, n * n / 2 + 1);
  double *p = ARENA_NEW(arena, double, n *n / 2 + 1);
  for (size_t a = 0; a < n; a++)
    for (size_t b = a + 1; b < n; b++) {
      suite->pairs[suite->n_pairs] = pair_of(table, a, b);
      p[suite->n_pairs] = suite->pairs[suite->n_pairs].p;
      suite->n_pairs++;
    }
  stats_holm(p, suite->n_pairs);
  for (size_t i = 0; i < suite->n_pairs; i++)
    suite->pairs[i].p_holm = p[i];
}

/* ---- suites ---- */

static const struct item_set *find_items(const struct report_input *input,
                                         const struct manifest_suite *suite)
{
  for (size_t i = 0; i < input->n_items; i++) {
    const struct item_set *set = input->items[i];
    if (set && str_equal(set->suite->name, suite->name) &&
        str_equal(str_from(set->sha256.text), suite->data_sha256))
      return set;
  }
  return NULL;
}

static void build_suite(struct suite_report *out, const struct table *table,
                        const struct manifest *manifest, const struct report_input *input,
                        struct arena *arena)
{
  size_t n_cells = table->n_models * table->n_rows;
  out->suite = table->suite;
  out->table = table;
  out->items = find_items(input, table->suite);
  out->n_models = table->n_models;
  out->n_items = table->n_rows;
  out->models = ARENA_NEW(arena, struct model_report, table->n_models + 1);
  out->records = ARENA_NEW(arena, const struct record *, n_cells + 1);
  for (size_t m = 0; m < table->n_models; m++) {
    out->models[m].model = &manifest->models[m];
    out->models[m].label = manifest->models[m].label;
    metrics_model(&out->models[m], table, m, input, arena);
    extent_model(&out->models[m], table, m, input);
    for (size_t row = 0; row < table->n_rows; row++)
      out->records[m * table->n_rows + row] = table_first(table, m, row);
  }
  metrics_groups(out->models, table, arena);
  compare_models(out, table, arena);
}

/* ---- gates ---- */

static double max_error_rate(const struct manifest *manifest)
{
  for (size_t i = 0; i < manifest->n_options; i++)
    if (str_equal(manifest->options[i].name, STR("max-error-rate")))
      return strtod(manifest->options[i].value.ptr, NULL);
  return REPORT_MAX_ERROR_RATE;
}

static struct report_gate errors_gate(const struct suite_report *suite,
                                      const struct model_report *model, double limit,
                                      struct arena *arena)
{
  size_t errors = model->count[VERDICT_ERROR];
  double rate = model->n_items ? (double)errors / (double)model->n_items : 0;
  return (struct report_gate){
    arena_printf(arena, "%.*s %.*s: errors", STR_ARG(suite->suite->name),
                 STR_ARG(model->label)),
    rate <= limit,
    arena_printf(arena, "%zu of %zu items failed (%.2f %%, at most %g %% allowed)",
                 errors, model->n_items, 100 * rate, 100 * limit),
  };
}

static struct report_gate complete_gate(const struct suite_report *suite,
                                        const struct model_report *model,
                                        struct arena *arena)
{
  bool complete = model->n_answered >= model->n_asked;
  return (struct report_gate){
    arena_printf(arena, "%.*s %.*s: complete", STR_ARG(suite->suite->name),
                 STR_ARG(model->label)),
    complete,
    complete ? arena_printf(arena, "%zu of %zu items answered", model->n_items,
                            suite->suite->n_run)
             : arena_printf(arena, "unfinished: %zu of %zu answers", model->n_answered,
                            model->n_asked),
  };
}

/* A condition says nothing of data that are not all there. */
static struct report_gate given_gate(const struct report *report,
                                     const struct report_gate *gate, struct arena *arena)
{
  if (!report_unfinished(report))
    return *gate;
  return (struct report_gate){
    gate->name,
    false,
    arena_printf(arena, "the run is unfinished (%zu of %zu answers); so far: %.*s",
                 report->n_answered, report->n_asked, STR_ARG(gate->message)),
  };
}

static void add_gates(struct report *report, struct arena *arena)
{
  double limit = max_error_rate(report->manifest);
  size_t n = report->input->n_gates;
  for (size_t s = 0; s < report->n_suites; s++)
    n += 2 * report->suites[s].n_models;
  report->gates = ARENA_NEW(arena, struct report_gate, n + 1);
  for (size_t s = 0; s < report->n_suites; s++) {
    const struct suite_report *suite = &report->suites[s];
    for (size_t m = 0; m < suite->n_models; m++) {
      const struct model_report *model = &suite->models[m];
      if (!model->n_asked && !model->n_answered)
        continue; /* runs of other models and other suites were united */
      report->gates[report->n_gates++] = errors_gate(suite, model, limit, arena);
      report->gates[report->n_gates++] = complete_gate(suite, model, arena);
    }
  }
  for (size_t i = 0; i < report->input->n_gates; i++)
    report->gates[report->n_gates++] =
        given_gate(report, &report->input->gates[i], arena);
}

bool report_passed(const struct report *report)
{
  for (size_t i = 0; i < report->n_gates; i++)
    if (!report->gates[i].passed)
      return false;
  return true;
}

/* ---- the whole ---- */

int report_build(struct report **out, struct arena *arena,
                 const struct report_input *input, struct err *err)
{
  struct report *report = arena_alloc(arena, sizeof *report);
  struct manifest *manifest = arena_alloc(arena, sizeof *manifest);
  struct report_input *kept = arena_alloc(arena, sizeof *kept);
  struct table *tables;
  if (input->n_sources == 0)
    return err_set(err, ERR_USAGE, "nothing to report on; name a run folder");
  if (table_unite(manifest, arena, input, err) < 0 ||
      table_build(&tables, arena, manifest, input, err) < 0)
    return -1;
  *kept = *input;
  report->input = kept;
  report->manifest = manifest;
  report->n_suites = manifest->n_suites;
  report->suites = ARENA_NEW(arena, struct suite_report, manifest->n_suites + 1);
  struct warnings warnings = { .arena = arena };
  for (size_t s = 0; s < manifest->n_suites; s++) {
    build_suite(&report->suites[s], &tables[s], manifest, input, arena);
    lint_suite(&warnings, &report->suites[s], &tables[s]);
  }
  report->warnings = warnings.list;
  report->n_warnings = warnings.n;
  extent_report(report);
  add_gates(report, arena);
  *out = report;
  return 0;
}
