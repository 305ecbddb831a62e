#include "report/tokens.h"

#include <math.h>
#include <stdlib.h>

#include "report/show.h"

/* ---- sums ---- */

/* Prices are for so many tokens. */
#define PRICE_UNIT 1e6

static void add_tokens(struct token_count *count, int64_t tokens)
{
  if (tokens < 0)
    return;
  count->n++;
  count->sum = tokens > INT64_MAX - count->sum ? INT64_MAX : count->sum + tokens;
}

static void add_record(struct token_report *t, const struct record *r)
{
  bool answer = r->verdict != VERDICT_ERROR;
  t->n_records++;
  t->n_answers += answer;
  t->n_correct += r->verdict == VERDICT_CORRECT;
  t->n_cut += answer && r->finish == FINISH_LENGTH;
  t->n_silent += r->tokens_in < 0 || r->tokens_out < 0;
  add_tokens(&t->in, r->tokens_in);
  add_tokens(&t->out, r->tokens_out);
  add_tokens(&t->reasoning, r->tokens_reasoning);
  if (answer)
    add_tokens(&t->answered, r->tokens_out);
}

/* ---- prices ---- */

/* A price as the manifest has it; NAN: none, or no number that a price can be. */
static double price(const struct manifest *manifest, const char *name)
{
  for (size_t i = 0; i < manifest->n_options; i++) {
    const struct manifest_option *option = &manifest->options[i];
    if (!str_equal(option->name, str_from(name)) || !option->value.len)
      continue;
    double value = strtod(option->value.ptr, NULL);
    return isfinite(value) && value >= 0 ? value : NAN;
  }
  return NAN;
}

static bool names_model(const struct manifest *manifest, struct str label)
{
  for (size_t i = 0; i < manifest->n_models; i++)
    if (str_equal(manifest->models[i].label, label))
      return true;
  return false;
}

static bool same_price(double a, double b)
{
  return (isnan(a) && isnan(b)) || fabs(a - b) <= 0;
}

/* The prices that the model was run at; parts at different prices have none together. */
static void find_prices(struct token_report *t, struct str label,
                        const struct report_input *input)
{
  bool found = false;
  t->price_in = t->price_out = NAN;
  for (size_t i = 0; i < input->n_sources; i++) {
    const struct manifest *m = input->sources[i].manifest;
    if (!names_model(m, label))
      continue;
    double in = price(m, "price-in"), out = price(m, "price-out");
    if (found && (!same_price(in, t->price_in) || !same_price(out, t->price_out))) {
      t->price_in = t->price_out = NAN;
      return;
    }
    found = true;
    t->price_in = in;
    t->price_out = out;
  }
}

static double part_cost(const struct token_count *count, double price)
{
  return isnan(price) ? 0 : (double)count->sum * price / PRICE_UNIT;
}

void tokens_model(struct model_report *out, const struct table *table, size_t index,
                  const struct report_input *input)
{
  struct token_report *t = &out->tokens;
  size_t first = index * table->n_rows;
  for (size_t i = table->start[first]; i < table->start[first + table->n_rows]; i++)
    add_record(t, table->records[i]);
  t->mean_out = t->answered.n ? (double)t->answered.sum / (double)t->answered.n : NAN;
  t->cost = t->per_correct = NAN;
  find_prices(t, out->label, input);
  if (!tokens_known(t) || (isnan(t->price_in) && isnan(t->price_out)))
    return;
  t->cost = part_cost(&t->in, t->price_in) + part_cost(&t->out, t->price_out);
  t->per_correct = t->n_correct ? t->cost / (double)t->n_correct : NAN;
}

/* ---- what there is to show ---- */

bool tokens_known(const struct token_report *t)
{
  return t->in.n || t->out.n || t->reasoning.n;
}

bool tokens_known_in_suite(const struct suite_report *suite)
{
  for (size_t m = 0; m < suite->n_models; m++)
    if (tokens_known(&suite->models[m].tokens))
      return true;
  return false;
}

bool tokens_have_reasoning(const struct suite_report *suite)
{
  for (size_t m = 0; m < suite->n_models; m++)
    if (suite->models[m].tokens.reasoning.n)
      return true;
  return false;
}

bool tokens_have_cost(const struct suite_report *suite)
{
  for (size_t m = 0; m < suite->n_models; m++)
    if (!isnan(suite->models[m].tokens.cost))
      return true;
  return false;
}

/* ---- for readers ---- */

const char *tokens_heading(enum tokens_column column)
{
  static const char *const headings[TOKENS_COLUMN_COUNT] = {
    [TOKENS_IN] = "prompt",
    [TOKENS_OUT] = "completion",
    [TOKENS_REASONING] = "reasoning",
    [TOKENS_MEAN] = "mean",
    [TOKENS_CUT] = "cut, %",
    [TOKENS_COST] = "cost",
    [TOKENS_PER_CORRECT] = "cost / correct",
  };
  return headings[column];
}

const char *tokens_note(const struct suite_report *suite)
{
  if (tokens_have_cost(suite))
    return "Tokens of all samples, errors included. Reasoning is a part of completion; "
           "mean: completion tokens an answer; cut: answers that ended at the token "
           "limit; cost: by --price-in and --price-out, for a million tokens.";
  return "Tokens of all samples, errors included. Reasoning is a part of completion; "
         "mean: completion tokens an answer; cut: answers that ended at the token limit.";
}

bool tokens_column_shown(const struct suite_report *suite, enum tokens_column column)
{
  if (column == TOKENS_REASONING)
    return tokens_have_reasoning(suite);
  return column < TOKENS_COST || tokens_have_cost(suite);
}

static void show_sum(struct buf *out, const struct token_count *count, size_t n_records,
                     const char *at_least)
{
  if (!count->n)
    buf_add_char(out, '-');
  else
    buf_printf(out, "%s%lld", count->n < n_records ? at_least : "",
               (long long)count->sum);
}

/* Four significant digits and two decimals at least: money, and parts of a cent. */
static void show_money(struct buf *out, double value, const char *at_least)
{
  if (isnan(value)) {
    buf_add_char(out, '-');
    return;
  }
  int decimals = value > 0 ? 3 - (int)floor(log10(value)) : 2;
  decimals = decimals < 2 ? 2 : decimals > 12 ? 12 : decimals;
  buf_printf(out, "%s%.*f", at_least, decimals, value);
}

void tokens_show(struct buf *out, const struct token_report *t, enum tokens_column column,
                 const char *at_least)
{
  const char *cost_at_least = t->n_silent ? at_least : "";
  switch (column) {
  case TOKENS_IN: show_sum(out, &t->in, t->n_records, at_least); break;
  case TOKENS_OUT: show_sum(out, &t->out, t->n_records, at_least); break;
  case TOKENS_REASONING: show_sum(out, &t->reasoning, t->n_records, at_least); break;
  case TOKENS_MEAN:
    if (isnan(t->mean_out))
      buf_add_char(out, '-');
    else
      buf_printf(out, "%.1f", t->mean_out);
    break;
  case TOKENS_CUT:
    show_percent(out, t->n_answers ? (double)t->n_cut / (double)t->n_answers : NAN);
    break;
  case TOKENS_COST: show_money(out, t->cost, cost_at_least); break;
  case TOKENS_PER_CORRECT: show_money(out, t->per_correct, cost_at_least); break;
  case TOKENS_COLUMN_COUNT: break;
  }
}

void tokens_show_silent(struct buf *out, const struct token_report *t)
{
  if (!tokens_known(t))
    return;
  size_t thoughtless = t->reasoning.n ? t->n_records - t->reasoning.n : 0;
  if (t->n_silent)
    buf_printf(out, "%zu of %zu records do not say their tokens", t->n_silent,
               t->n_records);
  if (thoughtless > t->n_silent)
    buf_printf(out, "%s%zu of %zu records do not say how many were reasoning",
               t->n_silent ? ", " : "", thoughtless, t->n_records);
}

static void write_line(struct buf *out, const struct token_report *t)
{
  tokens_show(out, t, TOKENS_IN, "at least ");
  buf_add(out, STR(" prompt tokens, "));
  tokens_show(out, t, TOKENS_OUT, "at least ");
  buf_add(out, STR(" completion tokens"));
  if (t->reasoning.n) {
    buf_add(out, STR(" (reasoning: "));
    tokens_show(out, t, TOKENS_REASONING, "at least ");
    buf_add_char(out, ')');
  }
  buf_add(out, STR(", "));
  tokens_show(out, t, TOKENS_MEAN, "at least ");
  buf_add(out, STR(" an answer, "));
  tokens_show(out, t, TOKENS_CUT, "at least ");
  buf_add(out, STR(" % cut at the limit"));
  if (!isnan(t->cost)) {
    buf_add(out, STR("; cost "));
    tokens_show(out, t, TOKENS_COST, "at least ");
    buf_add(out, STR(", "));
    tokens_show(out, t, TOKENS_PER_CORRECT, "at least ");
    buf_add(out, STR(" a correct answer"));
  }
  struct buf silent;
  buf_init(&silent, BUF_CAP_OWN);
  tokens_show_silent(&silent, t);
  if (silent.len)
    buf_printf(out, " (%.*s)", STR_ARG(buf_str(&silent)));
  buf_release(&silent);
  buf_add_char(out, '\n');
}

void tokens_write_lines(struct buf *out, const struct suite_report *suite)
{
  if (!tokens_known_in_suite(suite))
    return;
  buf_add_char(out, '\n');
  for (size_t m = 0; m < suite->n_models; m++) {
    if (!tokens_known(&suite->models[m].tokens))
      continue;
    show_md(out, suite->models[m].label);
    buf_add(out, STR(": "));
    write_line(out, &suite->models[m].tokens);
  }
}
