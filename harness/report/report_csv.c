/* report_csv.c - one tidy table: a number a row, with its n and interval, for
 * spreadsheets and data frames. docs/REPORT.md lists the columns. */
#include <math.h>
#include <stdio.h>

#include "report/report.h"
#include "report/show.h"
#include "report/tokens.h"

struct csv_row {
  const struct suite_report *suite;
  struct str model, other; /* other: the second of a pair */
  const char *metric;
  struct str group, name;
  size_t n;
  double n_correct, value, low, high, p, p_holm; /* NAN: an empty cell */
};

static const struct csv_row blank = {
  .n_correct = NAN,
  .value = NAN,
  .low = NAN,
  .high = NAN,
  .p = NAN,
  .p_holm = NAN,
};

static void put_cell(struct buf *out, struct str s)
{
  show_csv(out, s);
  buf_add_char(out, ',');
}

/* Six decimals tell k / n apart from (k + 1) / n up to a million items. */
static void put_number(struct buf *out, double value, const char *end)
{
  if (!isnan(value))
    buf_printf(out, "%.6f", value);
  buf_add_cstr(out, end);
}

static void put_row(struct buf *out, const struct csv_row *row)
{
  put_cell(out, row->suite->suite->name);
  put_cell(out, row->model);
  put_cell(out, row->other);
  put_cell(out, str_from(row->metric));
  put_cell(out, row->group);
  put_cell(out, row->name);
  buf_printf(out, "%zu,", row->n);
  if (!isnan(row->n_correct))
    buf_printf(out, "%.0f", row->n_correct);
  buf_add_char(out, ',');
  put_number(out, row->value, ",");
  put_number(out, row->low, ",");
  put_number(out, row->high, ",");
  put_number(out, row->p, ",");
  put_number(out, row->p_holm, "\n");
}

static struct csv_row score_row(const struct suite_report *suite, struct str model,
                                const struct score *score)
{
  struct csv_row row = blank;
  row.suite = suite;
  row.model = model;
  row.metric = "accuracy";
  row.n = score->n;
  row.n_correct = (double)score->n_correct;
  row.value = score->accuracy;
  row.low = score->wilson.low;
  row.high = score->wilson.high;
  return row;
}

static void put_verdicts(struct buf *out, const struct suite_report *suite,
                         const struct model_report *model)
{
  for (enum verdict v = 0; v < VERDICT_COUNT; v++) {
    double n = (double)model->n_items, k = (double)model->count[v];
    struct interval ci = stats_wilson(model->count[v], model->n_items, STATS_Z95);
    struct csv_row row = blank;
    row.suite = suite;
    row.model = model->label;
    row.metric = "rate";
    row.group = STR("verdict");
    row.name = str_from(verdict_name(v));
    row.n = model->n_items;
    row.n_correct = k;
    row.value = n > 0 ? k / n : NAN;
    row.low = ci.low;
    row.high = ci.high;
    put_row(out, &row);
  }
}

static void put_at_k(struct buf *out, struct csv_row row, const char *metric,
                     const struct at_k *at, size_t n)
{
  row.metric = metric;
  row.group = STR("k");
  for (size_t i = 0; i < n; i++) {
    char k[16];
    snprintf(k, sizeof k, "%d", at[i].k);
    row.name = str_from(k);
    row.n = at[i].n;
    row.value = at[i].value;
    row.low = at[i].ci.low;
    row.high = at[i].ci.high;
    put_row(out, &row);
  }
}

static void put_sum(struct buf *out, struct csv_row row, struct str name,
                    const struct token_count *count, size_t n_records)
{
  if (!count->n)
    return;
  row.name = name;
  row.n = count->n;
  row.value = row.low = (double)count->sum;
  row.high = count->n < n_records ? NAN : row.value;
  put_row(out, &row);
}

static void put_cost(struct buf *out, struct csv_row row, struct str name, double cost,
                     bool all)
{
  if (isnan(cost))
    return;
  row.name = name;
  row.value = row.low = cost;
  row.high = all ? cost : NAN;
  put_row(out, &row);
}

static void put_tokens(struct buf *out, const struct suite_report *suite,
                       const struct model_report *model)
{
  const struct token_report *t = &model->tokens;
  struct csv_row row = blank;
  if (!tokens_known(t))
    return;
  row.suite = suite;
  row.model = model->label;
  row.metric = "tokens";
  put_sum(out, row, STR("prompt"), &t->in, t->n_records);
  put_sum(out, row, STR("completion"), &t->out, t->n_records);
  put_sum(out, row, STR("reasoning"), &t->reasoning, t->n_records);
  row.name = STR("mean_completion");
  row.n = t->answered.n;
  row.value = t->mean_out;
  put_row(out, &row);
  struct interval ci = stats_wilson(t->n_cut, t->n_answers, STATS_Z95);
  row.metric = "rate";
  row.group = STR("finish");
  row.name = STR("length");
  row.n = t->n_answers;
  row.n_correct = (double)t->n_cut;
  row.value = t->n_answers ? (double)t->n_cut / (double)t->n_answers : NAN;
  row.low = ci.low;
  row.high = ci.high;
  put_row(out, &row);
  row = blank;
  row.suite = suite;
  row.model = model->label;
  row.metric = "cost";
  row.n = t->n_records - t->n_silent;
  put_cost(out, row, STR("total"), t->cost, !t->n_silent);
  row.n_correct = (double)t->n_correct;
  put_cost(out, row, STR("per_correct"), t->per_correct, !t->n_silent);
}

/* First of all rows: how much is there of what was asked. */
static void put_extent(struct buf *out, const struct suite_report *suite,
                       const struct model_report *model)
{
  struct csv_row row = blank;
  row.suite = suite;
  row.model = model->label;
  row.metric = "answered";
  row.group = STR("unfinished");
  row.n = model->n_asked;
  row.n_correct = (double)model->n_answered;
  row.value = model->n_asked ? row.n_correct / (double)model->n_asked : NAN;
  put_row(out, &row);
}

static void put_model(struct buf *out, const struct suite_report *suite,
                      const struct model_report *model)
{
  struct csv_row row = score_row(suite, model->label, &model->first);
  put_row(out, &row);
  put_verdicts(out, suite, model);
  row = blank;
  row.suite = suite;
  row.model = model->label;
  put_at_k(out, row, "pass@k", model->pass, model->n_pass);
  put_at_k(out, row, "maj@k", model->maj, model->n_maj);
  put_tokens(out, suite, model);
  for (enum grouping g = 0; g < GROUP_COUNT; g++)
    for (size_t i = 0; i < model->n_groups[g]; i++) {
      row = score_row(suite, model->label, &model->groups[g][i].score);
      row.group = str_from(grouping_name(g));
      row.name = model->groups[g][i].name;
      put_row(out, &row);
    }
}

void report_write_csv(struct buf *out, const struct report *report)
{
  buf_add(out, STR("suite,model,other,metric,group,name,n,k,value,low,high,p,p_holm\n"));
  for (size_t s = 0; s < report->n_suites && report_unfinished(report); s++)
    for (size_t m = 0; m < report->suites[s].n_models; m++)
      put_extent(out, &report->suites[s], &report->suites[s].models[m]);
  for (size_t s = 0; s < report->n_suites; s++) {
    const struct suite_report *suite = &report->suites[s];
    for (size_t m = 0; m < suite->n_models; m++)
      put_model(out, suite, &suite->models[m]);
    for (size_t i = 0; i < suite->n_pairs; i++) {
      const struct pair_report *pair = &suite->pairs[i];
      struct csv_row row = blank;
      row.suite = suite;
      row.model = suite->models[pair->a].label;
      row.other = suite->models[pair->b].label;
      row.metric = "difference";
      row.n = pair->n;
      row.value = pair->difference;
      row.low = pair->ci.low;
      row.high = pair->ci.high;
      row.p = pair->p;
      row.p_holm = pair->p_holm;
      put_row(out, &row);
    }
  }
}
