/* Tokens and cost: sums, what is not said, prices, warnings. */
#include "test.h"

#include "report/tokens.h"
#include "toy_run.h"

static const struct report *build(struct toy_run *toy)
{
  struct report *report;
  struct err err;
  assert_ok(report_build(&report, &toy->arena, &toy->input, &err), err);
  return report;
}

static const struct token_report *tokens_of(struct toy_run *toy, size_t model)
{
  return &build(toy)->suites[0].models[model].tokens;
}

static void assert_near(double a, double b)
{
  assert_true(fabs(a - b) < 1e-12);
}

static const struct report_warning *find_warning(const struct report *report,
                                                 const char *id)
{
  for (size_t i = 0; i < report->n_warnings; i++)
    if (strcmp(report->warnings[i].id, id) == 0)
      return &report->warnings[i];
  return NULL;
}

static void without_tokens_there_is_nothing(void **state)
{
  (void)state;
  struct toy_run toy;
  struct buf out;
  toy_begin(&toy);
  buf_init(&out, 1 << 16);
  const struct report *report = build(&toy);
  assert_false(tokens_known_in_suite(&report->suites[0]));
  tokens_write_lines(&out, &report->suites[0]);
  assert_int_equal(out.len, 0);
  buf_release(&out);
  toy_end(&toy);
}

static void sums_are_over_all_samples(void **state)
{
  (void)state;
  struct toy_run toy;
  toy_begin(&toy);
  toy_spend(&toy);
  const struct token_report *left = tokens_of(&toy, 0);
  assert_int_equal(left->n_records, 18);
  assert_int_equal(left->n_answers, 17);
  assert_int_equal(left->n_silent, 2); /* the first, and the error */
  assert_int_equal(left->in.n, 16);
  assert_int_equal(left->in.sum, 1600);
  /* three samples of items 0 to 5 without one of 0 and one of 5 */
  assert_int_equal(left->out.sum, 16 * 20 + 3 * (0 + 1 + 2 + 3 + 4 + 5) - 5);
  assert_int_equal(left->reasoning.sum, 16 * 8);
  assert_near(left->mean_out, 360.0 / 16);
  assert_int_equal(left->n_cut, 0);
  assert_int_equal(left->n_correct, 10);
  assert_near(left->cost, (1600 * 2.5 + 360 * 10) / 1e6);
  assert_near(left->per_correct, left->cost / 10);
  const struct token_report *right = tokens_of(&toy, 1);
  assert_int_equal(right->n_silent, 2);
  assert_int_equal(right->reasoning.n, 0);
  assert_int_equal(right->n_cut, 2);
  assert_int_equal(right->n_answers, 16);
  toy_end(&toy);
}

static void an_error_is_paid_for_and_is_no_answer(void **state)
{
  (void)state;
  struct toy_run toy;
  toy_begin(&toy);
  toy_spend(&toy);
  struct record *error = &toy.journal.records[5 * TOY_SAMPLES];
  assert_int_equal(error->verdict, VERDICT_ERROR);
  error->tokens_in = 1000;
  error->tokens_out = 7000;
  error->finish = FINISH_LENGTH;
  const struct token_report *left = tokens_of(&toy, 0);
  assert_int_equal(left->in.sum, 2600);
  assert_int_equal(left->out.sum, 7360);
  assert_int_equal(left->n_silent, 1);
  assert_near(left->mean_out, 360.0 / 16);
  assert_int_equal(left->n_cut, 0);
  toy_end(&toy);
}

static void what_is_not_said_is_at_least(void **state)
{
  (void)state;
  struct toy_run toy;
  struct buf out;
  toy_begin(&toy);
  toy_spend(&toy);
  buf_init(&out, 1 << 16);
  tokens_show(&out, tokens_of(&toy, 0), TOKENS_IN, "at least ");
  assert_str_equal(buf_str(&out), "at least 1600");
  buf_reset(&out);
  tokens_show_silent(&out, tokens_of(&toy, 0));
  assert_str_equal(buf_str(&out), "2 of 18 records do not say their tokens");
  for (size_t i = 0; i < toy.journal.n_records; i++)
    toy.journal.records[i].tokens_in = toy.journal.records[i].tokens_out = 10;
  buf_reset(&out);
  tokens_show(&out, tokens_of(&toy, 0), TOKENS_IN, "at least ");
  tokens_show_silent(&out, tokens_of(&toy, 1));
  assert_str_equal(buf_str(&out), "180");
  buf_reset(&out);
  tokens_show_silent(&out, tokens_of(&toy, 0));
  assert_str_equal(buf_str(&out), "2 of 18 records do not say how many were reasoning");
  buf_release(&out);
  toy_end(&toy);
}

static void half_said_is_silent(void **state)
{
  (void)state;
  struct toy_run toy;
  toy_begin(&toy);
  toy_spend(&toy);
  toy.journal.records[1].tokens_in = -1;
  toy.journal.records[2].tokens_out = -1;
  const struct token_report *left = tokens_of(&toy, 0);
  assert_int_equal(left->n_silent, 4);
  assert_int_equal(left->in.n, 15);
  assert_int_equal(left->out.n, 15);
  toy_end(&toy);
}

static void money_has_four_digits(void **state)
{
  (void)state;
  static const struct {
    double cost;
    const char *text;
  } cases[] = { { 0, "0.00" },
                { 1234.5, "1234.50" },
                { 12.3456, "12.35" },
                { 0.0076, "0.007600" },
                { 0.00012345, "0.0001234" },
                { NAN, "-" },
                { 1e-30, "0.000000000000" } };
  struct buf out;
  buf_init(&out, 1 << 10);
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct token_report t = { .cost = cases[i].cost };
    buf_reset(&out);
    tokens_show(&out, &t, TOKENS_COST, "at least ");
    assert_str_equal(buf_str(&out), cases[i].text);
  }
  buf_release(&out);
}

static void prices_that_are_none_cost_nothing(void **state)
{
  (void)state;
  static const char *const bad[] = { "", "x", "-1", "nan", "inf" };
  struct toy_run toy;
  toy_begin(&toy);
  toy_spend(&toy);
  toy.manifest.options[0].name = STR("other");
  assert_near(tokens_of(&toy, 0)->cost, 360 * 10 / 1e6); /* price-out alone */
  for (size_t i = 0; i < COUNT(bad); i++) {
    toy.manifest.options[1].value = str_from(bad[i]);
    if (strcmp(bad[i], "x") != 0) /* is zero to strtod */
      assert_true(isnan(tokens_of(&toy, 0)->cost));
  }
  toy_end(&toy);
}

/* Parts at one price add up; parts at two have no price together. */
static void prices_of_parts_must_agree(void **state)
{
  (void)state;
  struct toy_run toy;
  toy_begin(&toy);
  toy_spend(&toy);
  struct manifest m[2] = { toy.manifest, toy.manifest };
  struct manifest_option dear[2] = { toy.manifest.options[0], toy.manifest.options[1] };
  struct journal j[2] = { { .records = toy.journal.records, .n_records = 17 },
                          { .records = toy.journal.records + 17, .n_records = 19 } };
  struct report_source sources[] = { { &m[0], &j[0] }, { &m[1], &j[1] } };
  toy.input.sources = sources;
  toy.input.n_sources = 2;
  assert_near(tokens_of(&toy, 0)->cost, (1600 * 2.5 + 360 * 10) / 1e6);
  dear[0].value = STR("3");
  m[1].options = dear;
  assert_true(isnan(tokens_of(&toy, 0)->cost));
  assert_int_equal(tokens_of(&toy, 0)->in.sum, 1600);
  toy_end(&toy);
}

static void sums_do_not_overflow(void **state)
{
  (void)state;
  struct toy_run toy;
  toy_begin(&toy);
  for (size_t i = 0; i < toy.journal.n_records; i++)
    toy.journal.records[i].tokens_in = INT64_MAX / 2;
  assert_true(tokens_of(&toy, 0)->in.sum == INT64_MAX);
  toy_end(&toy);
}

static void cut_answers_warn(void **state)
{
  (void)state;
  struct toy_run toy;
  toy_begin(&toy);
  toy_spend(&toy);
  const struct report *report = build(&toy);
  const struct report_warning *cut = find_warning(report, "cut-at-limit");
  assert_non_null(cut);
  assert_true(str_find(cut->text, STR("2 of 16 answers (12.5 %)")) >= 0);
  assert_non_null(strstr(cut->next, "--max-tokens"));
  assert_null(find_warning(report, "truncated")); /* the same thing, said once */
  toy.manifest.models[1].kind = STR("replay");    /* has no limit to raise */
  report = build(&toy);
  assert_null(find_warning(report, "cut-at-limit"));
  assert_non_null(find_warning(report, "truncated"));
  toy_end(&toy);
}

static void reasoning_without_an_answer_warns(void **state)
{
  (void)state;
  struct toy_run toy;
  toy_begin(&toy);
  toy_spend(&toy);
  const struct report *report = build(&toy);
  const struct report_warning *only = find_warning(report, "only-reasoning");
  assert_non_null(only);
  assert_true(str_find(only->text, STR("1 of 16 answers")) >= 0);
  assert_null(find_warning(report, "empty-answers"));
  toy.journal.records[TOY_ITEMS * TOY_SAMPLES + 6].reasoning = STR_NONE;
  report = build(&toy);
  assert_null(find_warning(report, "only-reasoning"));
  assert_non_null(find_warning(report, "empty-answers"));
  toy_end(&toy);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(without_tokens_there_is_nothing),
    cmocka_unit_test(sums_are_over_all_samples),
    cmocka_unit_test(an_error_is_paid_for_and_is_no_answer),
    cmocka_unit_test(what_is_not_said_is_at_least),
    cmocka_unit_test(half_said_is_silent),
    cmocka_unit_test(money_has_four_digits),
    cmocka_unit_test(prices_that_are_none_cost_nothing),
    cmocka_unit_test(prices_of_parts_must_agree),
    cmocka_unit_test(sums_do_not_overflow),
    cmocka_unit_test(cut_answers_warn),
    cmocka_unit_test(reasoning_without_an_answer_warns),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
