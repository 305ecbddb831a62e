/* The MATH authors' strings and prm800k's stricter elements. */
#include "base/arena.h"
#include "grade/rewrite.h"
#include "profile_case.h"

static void strings_get_their_normal_form(void **state)
{
  static const char *const forms[][2] = {
    { "\\frac12", "\\frac{1}{2}" },
    { "\\frac1{72}", "\\frac{1}{72}" },
    { "\\frac{1}{2}", "\\frac{1}{2}" },
    { "\\frac", "\\frac" },
    { "1/2", "\\frac{1}{2}" },
    { "0.5", "\\frac{1}{2}" },
    { ".5", "\\frac{1}{2}" },
    { "\\sqrt3", "\\sqrt{3}" },
    { "x = 3", "3" },
    { "abc=3", "abc=3" },
    { "90^\\circ", "90" },
    { "5 \\text{ cm}", "5" },
    { "25\\%", "25" },
    { "\\$7.50", "7.50" },
    { "\\left( 3, \\dfrac{1}{2} \\right)", "(3,\\frac{1}{2})" },
    { "", "" },
  };
  (void)state;
  struct arena arena = { 0 };
  for (size_t i = 0; i < COUNT(forms); i++) {
    struct str got = hendrycks_normal(&arena, str_from(forms[i][0]));
    if (!str_equal(got, str_from(forms[i][1])))
      fail_msg("'%s': expected '%s', got '%.*s'", forms[i][0], forms[i][1], STR_ARG(got));
  }
  arena_release(&arena);
}

static void hendrycks_compares_strings(void **state)
{
  static const struct profile_case cases[] = {
    { "\\frac{1}{2}", "so \\boxed{0.5}", "0.5", true },
    { "\\frac{1}{2}", "so \\boxed{2/4}", "2/4", false },
    { "5", "\\fbox{5}", "5", true },
    { "5", "5", NULL, false },
    { "5", "\\boxed{5", NULL, false },
  };
  (void)state;
  check_profile("hendrycks", GRADE_ANYTHING, GRADE_RESPONSE, cases, COUNT(cases));
}

static void prm800k_is_strict_about_fractions(void **state)
{
  static const struct profile_case cases[] = {
    { "1/3", "\\boxed{2/6}", "2/6", false },
    { "1/3", "\\boxed{1/3}", "1/3", true },
    { "\\sqrt{8}", "\\boxed{2\\sqrt{2}}", "2\\sqrt{2}", true },
    { "2", "\\boxed{4/2}", "4/2", false },
    { "2", "\\boxed{2.0}", "2.0", true },
    { "(1,2)", "\\boxed{(1, 2)}", "(1, 2)", true },
    { "(1,2)", "\\boxed{[1,2]}", "[1,2]", false },
    { "(1,2)", "\\boxed{[1,2)}", "[1,2)", false },
    { "(1,2)", "\\boxed{(1,2]}", "(1,2]", false },
    { "(1,2)", "\\boxed{(1,2,3)}", "(1,2,3)", false },
    { "5", "\\boxed{5 meters}", "5 meters", true },
    { "5", "the answer is 5", NULL, false },
  };
  (void)state;
  check_profile("prm800k", GRADE_ANYTHING, GRADE_RESPONSE, cases, COUNT(cases));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(strings_get_their_normal_form),
    cmocka_unit_test(hendrycks_compares_strings),
    cmocka_unit_test(prm800k_is_strict_about_fractions),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
