/* Values at points, and error bounds that are neither too small nor useless. */
#include <math.h>

#include "answer_tree.h"
#include "grade/evaluate.h"
#include "test.h"

static struct arena arena;

static struct value value_of(const char *text)
{
  struct budget budget = { LIMIT_TICKS };
  struct setting setting = { .budget = &budget };
  return evaluate(tree_of(&arena, text), &setting);
}

static enum agreement agree(const char *a, const char *b)
{
  return value_agreement(value_of(a), value_of(b));
}

static void functions_have_their_values(void **state)
{
  (void)state;
  assert_int_equal(agree("\\sin\\frac{\\pi}{6}", "\\frac12"), AGREEMENT_EQUAL);
  assert_int_equal(agree("\\tan 45^\\circ", "1"), AGREEMENT_EQUAL);
  assert_int_equal(agree("\\sin\\pi", "0"), AGREEMENT_EQUAL);
  assert_int_equal(agree("\\arccos(-1)", "\\pi"), AGREEMENT_EQUAL);
  assert_int_equal(agree("e^{i\\pi}", "-1"), AGREEMENT_EQUAL);
  assert_int_equal(agree("\\log_2 8", "3"), AGREEMENT_EQUAL);
  assert_int_equal(agree("\\sqrt[3]{-8}", "-2"), AGREEMENT_EQUAL);
  assert_int_equal(agree("(-8)^{2/3}", "4"), AGREEMENT_EQUAL);
  assert_int_equal(agree("\\sum_{i=1}^{10} i^2", "385"), AGREEMENT_EQUAL);
  assert_int_equal(agree("\\prod_{k=1}^{5} k", "120"), AGREEMENT_EQUAL);
  assert_int_equal(agree("f(1+1)", "f(2)"), AGREEMENT_EQUAL);
  assert_int_equal(agree("f(2)", "f(3)"), AGREEMENT_DIFFERENT);
  assert_int_equal(agree("f(2)", "g(2)"), AGREEMENT_DIFFERENT);
}

static void small_differences_are_seen(void **state)
{
  (void)state;
  assert_int_equal(agree("1", "1+10^{-15}"), AGREEMENT_DIFFERENT);
  assert_int_equal(agree("2^{-98}", "2^{-99}"), AGREEMENT_DIFFERENT);
  assert_int_equal(agree("\\pi", "3.14159265358979"), AGREEMENT_DIFFERENT);
  assert_int_equal(agree("e^{-2000}", "0"), AGREEMENT_DIFFERENT);
}

static void lost_digits_are_admitted(void **state)
{
  (void)state;
  /* what cancels leaves only its error; what overflows leaves nothing */
  assert_int_equal(agree("\\sin(10^{20}) - \\sin(10^{20})", "10^{-25}"),
                   AGREEMENT_UNKNOWN);
  assert_int_equal(agree("e^{e^{20}}", "e^{e^{20}}"), AGREEMENT_UNKNOWN);
  assert_int_equal(agree("\\tan\\frac{\\pi}{2}", "1"), AGREEMENT_UNKNOWN);
  assert_true(value_of("1/0").undefined);
  assert_true(value_of("\\ln 0").undefined);
}

static void leaving_the_reals_is_noted(void **state)
{
  (void)state;
  assert_true(value_of("\\sqrt{-2}").left_reals);
  assert_true(value_of("\\ln(-2)").left_reals);
  assert_false(value_of("\\sqrt{2}").left_reals);
  assert_false(value_of("(-8)^{1/3}").left_reals);
}

static void points_differ_and_repeat(void **state)
{
  (void)state;
  struct budget budget = { LIMIT_TICKS };
  struct setting setting = { .budget = &budget };
  const struct node *x = tree_of(&arena, "x");
  for (int a = 0; a < EVALUATE_POINTS; a++)
    for (int b = 0; b < EVALUATE_POINTS; b++) {
      setting.point = a;
      struct value first = evaluate(x, &setting);
      setting.point = b;
      struct value second = evaluate(x, &setting);
      assert_int_equal(first.re == second.re, a == b);
      assert_true((second.re > 0) == (b < EVALUATE_POSITIVE));
    }
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
    cmocka_unit_test(functions_have_their_values),
    cmocka_unit_test(small_differences_are_seen),
    cmocka_unit_test(lost_digits_are_admitted),
    cmocka_unit_test(leaving_the_reals_is_noted),
    cmocka_unit_test(points_differ_and_repeat),
  };
  return cmocka_run_group_tests(tests, NULL, release);
}
