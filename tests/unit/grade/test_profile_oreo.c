/* The OREO authors' rules for GSM8K and for MATH. */
#include "base/arena.h"
#include "profile_case.h"

static void gsm8k_takes_the_last_of_its_ladder(void **state)
{
  static const struct profile_case cases[] = {
    { "18", "\\boxed{17} no, \\boxed{18}", "18", true },
    { "18", "so\n#### 18", "18", true },
    { "18", "The answer is 18 eggs", "18 eggs", false },
    { "18", "```output\n18.0\n```", "18.0", true },
    { "18", "about 18.0005", "18.0005", true }, /* absolute 1e-3 */
    { "18", "about 18.01", "18.01", false },
    { "9+9\n#### 18", "18", "18", true },
    { "18", "none", NULL, false },
  };
  (void)state;
  check_profile("oreo", GRADE_NUMBERS, GRADE_RESPONSE, cases, COUNT(cases));
}

static void math_compares_sets_of_boxes(void **state)
{
  static const struct profile_case cases[] = {
    { "\\boxed{1} and \\boxed{2}", "\\boxed{2} or \\boxed{1}", "1", true },
    { "\\boxed{1} and \\boxed{2}", "\\boxed{2}", "2", false },
    { "\\boxed{1} and \\boxed{1}", "\\boxed{1} or \\boxed{2}", "2", false },
    { "5", "first \\boxed{4}, then \\boxed{5}", "5", true },
    { "5", "first \\boxed{5}, then \\boxed{4}", "4", false },
    { "3 \\text{ and } 4", "\\boxed{4 \\text{ and } 3}", "3", true },
    { "\\frac{1}{2}", "\\boxed{0.5}", "0.5", true },
  };
  (void)state;
  check_profile("oreo", GRADE_ANYTHING, GRADE_RESPONSE, cases, COUNT(cases));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(gsm8k_takes_the_last_of_its_ladder),
    cmocka_unit_test(math_compares_sets_of_boxes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
