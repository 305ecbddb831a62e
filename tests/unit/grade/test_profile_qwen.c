/* Qwen's ladder and its generous equality. */
#include "base/arena.h"
#include "profile_case.h"

static void the_ladder_is_climbed_in_order(void **state)
{
  static const struct profile_case cases[] = {
    { "7", "final answer is $7$. I hope. \\boxed{8}", "7", true },
    { "8", "he answer is 7, \\boxed{8} dollars", "8", true },
    { "7", "The answer is 7.", "7.", true },
    { "7",
      "\xE7\xAD\x94\xE6\xA1\x88\xE6\x98\xAF"
      "7",
      "7", true },
    { "1234", "so 12 and 1,234 it is", "1234", true },
    { "-3", "it is -3", "-3", true },
    { "5", "\\boxed{5 of {6}", "5 of {6}", false }, /* never closed: all there is */
    { "3", "none", NULL, false },
  };
  (void)state;
  check_profile("qwen", GRADE_ANYTHING, GRADE_RESPONSE, cases, COUNT(cases));
}

static void equality_is_generous(void **state)
{
  static const struct profile_case cases[] = {
    { "1", "100", "100", true }, /* a hundredfold counts as percent */
    { "1", "0.01", "0.01", true },
    { "1", "10", "10", false },
    { "10000", "10000.9", "10000.9", true }, /* relative 1e-4 */
    { "10000", "10002", "10002", false },
    { "[1,2)", "(1,2]", "(1,2]", true }, /* brackets do not count */
    { "(1,2)", "(1,3)", "(1,3)", false },
    { "x=5", "5", "5", true },
    { "\\frac{1}{3}", "0.33333", "0.33333", true },
    { "\\frac{1}{3}", "33.333", "33.333", false }, /* percent is for numerals only */
    { "B", "(B)", "(B)", true },
    { "2.00", "2", "2", true },
  };
  (void)state;
  check_profile("qwen", GRADE_ANYTHING, GRADE_BARE, cases, COUNT(cases));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_ladder_is_climbed_in_order),
    cmocka_unit_test(equality_is_generous),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
