/* Tests of gen/exact and gen/formula. */
#include "test.h"

#include "gen/formula.h"

static struct values some_values(void)
{
  struct values values = { 0 };
  values.of['a' - 'a'] = exact_int(12);
  values.of['b' - 'a'] = exact_int(5);
  values.of['c' - 'a'] = exact_make(-5, 2);
  values.of['p' - 'a'] = exact_make(11, 4);
  return values;
}

static void check(const char *formula, int64_t num, int64_t den)
{
  struct values values = some_values();
  struct exact got = formula_eval(formula, &values);
  if (got.num != num || got.den != den)
    fail_msg("%s gives %ld/%ld", formula, (long)got.num, (long)got.den);
}

static void formulas_are_exact(void **state)
{
  (void)state;
  check("a*b", 60, 1);
  check("a-b-2", 5, 1);
  check("a/b/2", 6, 5);
  check("2+3*4", 14, 1);
  check("(2+3)*4", 20, 1);
  check("a*p", 33, 1);
  check("0.25+1.5", 7, 4);
  check("a/(b-5)", 0, 0);
  check("b+v", 0, 0);
}

static void what_does_not_fit_is_undefined(void **state)
{
  (void)state;
  struct exact big = exact_int(INT64_MAX / 2);
  assert_false(exact_defined(exact_mul(big, exact_int(3))));
  assert_false(exact_defined(exact_add(exact_add(big, big), big)));
  assert_false(exact_defined(exact_make(1, 0)));
  assert_false(exact_defined(exact_sub(exact_make(1, 0), exact_int(1))));
  assert_false(exact_equal(exact_make(1, 0), exact_make(1, 0)));
}

static void rounding(void **state)
{
  (void)state;
  assert_true(exact_equal(exact_ceil(exact_make(7, 2)), exact_int(4)));
  assert_true(exact_equal(exact_floor(exact_make(7, 2)), exact_int(3)));
  assert_true(exact_equal(exact_ceil(exact_make(-7, 2)), exact_int(-3)));
  assert_true(exact_equal(exact_floor(exact_make(-7, 2)), exact_int(-4)));
  assert_true(exact_equal(exact_ceil(exact_int(3)), exact_int(3)));
  assert_true(exact_equal(exact_round2(exact_make(1, 3)), exact_make(33, 100)));
  assert_true(exact_equal(exact_round2(exact_make(1, 8)), exact_make(13, 100)));
  assert_true(exact_equal(exact_round2(exact_make(-2, 3)), exact_make(-67, 100)));
  assert_true(exact_has2(exact_make(3, 4)) && !exact_has2(exact_make(1, 8)));
}

static void numbers_are_written_as_people_do(void **state)
{
  (void)state;
  static const struct {
    int64_t num, den;
    const char *plain, *cents;
  } rows[] = { { 12, 1, "12", "12" },     { 5, 2, "2.5", "2.50" },
               { 11, 4, "2.75", "2.75" }, { -1, 2, "-0.5", "-0.50" },
               { 1, 20, "0.05", "0.05" }, { 0, 1, "0", "0" } };
  struct buf out;
  buf_init(&out, 64);
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    buf_reset(&out);
    exact_write(&out, exact_make(rows[i].num, rows[i].den), false);
    assert_str_equal(buf_str(&out), rows[i].plain);
    buf_reset(&out);
    exact_write(&out, exact_make(rows[i].num, rows[i].den), true);
    assert_str_equal(buf_str(&out), rows[i].cents);
  }
  buf_release(&out);
}

static void conditions(void **state)
{
  (void)state;
  struct values values = some_values();
  assert_true(formula_holds(NULL, &values));
  assert_true(formula_holds("a>b", &values));
  assert_true(formula_holds("a>b, a<=12, b!4, b=5, a>=12", &values));
  assert_false(formula_holds("a>b, a<12", &values));
  assert_false(formula_holds("b!5", &values));
  assert_false(formula_holds("a>v", &values));
}

static void formulas_are_told_in_numbers(void **state)
{
  (void)state;
  struct values values = some_values();
  struct buf out;
  buf_init(&out, 256);
  formula_write(&out, "(a+b)*p", &values, false);
  buf_add_char(&out, '|');
  formula_write(&out, "a*60/b", &values, true);
  buf_add_char(&out, '|');
  formula_write(&out, "c-b", &values, false);
  buf_add_char(&out, '|');
  formula_write(&out, "b-c", &values, false);
  assert_str_equal(buf_str(&out), "(12+5)*2.75|12 * 60 / 5|-2.5-5|5-(-2.5)");
  buf_release(&out);
}

static void check_inline(const char *outer, const char *inner, const char *want)
{
  char formula[FORMULA_SIZE];
  snprintf(formula, sizeof formula, "%s", outer);
  assert_true(formula_inline(formula, 't', inner));
  assert_string_equal(formula, want);
}

static void steps_are_put_into_each_other(void **state)
{
  (void)state;
  check_inline("t+c", "a*b", "a*b+c");
  check_inline("t+c", "a+b", "a+b+c");
  check_inline("t*c", "a+b", "(a+b)*c");
  check_inline("t*c", "a*b", "a*b*c");
  check_inline("c-t", "a-b", "c-(a-b)");
  check_inline("c-t", "a*b", "c-a*b");
  check_inline("c/t", "a*b", "c/(a*b)");
  check_inline("t/c", "a*b", "a*b/c");
  char full[FORMULA_SIZE];
  memset(full, '1', sizeof full);
  full[0] = 't';
  full[FORMULA_SIZE - 1] = '\0';
  assert_false(formula_inline(full, 't', "a+b"));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(formulas_are_exact),
    cmocka_unit_test(what_does_not_fit_is_undefined),
    cmocka_unit_test(rounding),
    cmocka_unit_test(numbers_are_written_as_people_do),
    cmocka_unit_test(conditions),
    cmocka_unit_test(formulas_are_told_in_numbers),
    cmocka_unit_test(steps_are_put_into_each_other),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
