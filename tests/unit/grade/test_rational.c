/* Exact values: 64 bits where they fit, GMP beyond, and no third answer. */
#include "answer_tree.h"
#include "grade/rational.h"
#include "test.h"

static struct arena arena;

static void check(const char *text, int64_t num, int64_t den)
{
  struct budget budget = { LIMIT_TICKS };
  struct ratio ratio = { 0, 0 };
  assert_int_equal(rational_value(tree_of(&arena, text), &ratio, &budget), RATIONAL_OK);
  assert_int_equal(ratio.num, num);
  assert_int_equal(ratio.den, den);
}

static void values_are_exact(void **state)
{
  (void)state;
  check("\\frac{6}{-4}", -3, 2);
  check("0.125", 1, 8);
  check("3\\frac18", 25, 8);
  check("0.1\\overline{6}", 1, 6);
  check("0.142857142857...", 1, 7);
  check("2^{-3}", 1, 8);
  check("(-1)^{2025}", -1, 1);
  check("\\binom{10}{3}", 120, 1);
  check("7!!", 105, 1);
  check("\\sqrt{\\frac{9}{4}}", 3, 2);
  check("\\sqrt[3]{-27}", -3, 1);
  check("\\lfloor -2.5 \\rfloor", -3, 1);
  check("\\gcd(12,18)", 6, 1);
  check("25\\%", 1, 4);
}

static enum rational_status status_of(const char *text)
{
  struct budget budget = { LIMIT_TICKS };
  struct ratio ratio;
  return rational_value(tree_of(&arena, text), &ratio, &budget);
}

static void what_is_not_rational_says_so(void **state)
{
  (void)state;
  assert_int_equal(status_of("\\sqrt2"), RATIONAL_NOT);
  assert_int_equal(status_of("x"), RATIONAL_NOT);
  assert_int_equal(status_of("1/0"), RATIONAL_NOT);
  assert_int_equal(status_of("0^0"), RATIONAL_NOT);
  assert_int_equal(status_of("10^{30}"), RATIONAL_TOO_BIG);
  assert_int_equal(status_of("40!"), RATIONAL_TOO_BIG);
}

static int order_of(const char *a, const char *b)
{
  struct budget budget = { LIMIT_TICKS };
  int order = 99;
  enum rational_status status =
      rational_compare(tree_of(&arena, a), tree_of(&arena, b), &budget, &order);
  return status == RATIONAL_OK ? order : 99;
}

static void big_values_are_ordered(void **state)
{
  (void)state;
  assert_int_equal(order_of("2^{1000}", "2^{1000}+1"), -1);
  assert_int_equal(order_of("2^{1000}-1", "2^{1000}-2"), 1);
  assert_int_equal(order_of("100!/98!", "9900"), 0);
  assert_int_equal(order_of("10^{-400}", "0"), 1);
  assert_int_equal(order_of("12345678901234567890123", "12345678901234567890124"), -1);
  assert_int_equal(order_of("1/3", "0.3333333333333333333333333333"), 1);
  assert_int_equal(order_of("2^{100000}", "1"), 99);
}

static void squares_are_taken_out(void **state)
{
  (void)state;
  int64_t square, rest;
  square_part(72, &square, &rest);
  assert_int_equal(square, 6);
  assert_int_equal(rest, 2);
  square_part((int64_t)1000003 * 1000003, &square, &rest);
  assert_int_equal(square, 1000003);
  assert_int_equal(rest, 1);
}

static int release(void **state)
{
  (void)state;
  arena_release(&arena);
  return 0;
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(values_are_exact),
    cmocka_unit_test(what_is_not_rational_says_so),
    cmocka_unit_test(big_values_are_ordered),
    cmocka_unit_test(squares_are_taken_out),
  };
  return cmocka_run_group_tests(tests, NULL, release);
}
