/* lm-eval's rules with their quirks. */
#include "base/arena.h"
#include "profile_case.h"

static void strict_takes_the_first_mark(void **state)
{
  static const struct profile_case cases[] = {
    { "18", "so\n#### 18", "18", true },
    { "18", "#### 18.", "18.", true },
    { "1800", "#### 1,800", "1,800", true },
    { "7", "#### 18\n#### 7", "18", false },
    { "18", "#### $18", NULL, false },
    { "18", "#### 18.0", "18.0", false },
    { "18", "\\boxed{18}", NULL, false },
    { "-3", "#### -3", "-3", true },
    { "9*2 = 18\n#### 18", "#### 18", "18", true },
  };
  (void)state;
  check_profile("lm-eval/gsm8k-strict", GRADE_NUMBERS, GRADE_RESPONSE, cases,
                COUNT(cases));
  check_profile("lm-eval/gsm8k-strict@3.0", GRADE_NUMBERS, GRADE_RESPONSE, cases, 1);
}

static void flexible_takes_the_last_number(void **state)
{
  static const struct profile_case cases[] = {
    { "18", "It is 18.", "18.", true },
    { "18", "It is $18.00", "$18.00", false },
    { "18", "so 18 eggs...", "...", false },
    { "18", "It is 18 dollars, and 0 cents", "0", false },
    { "18", "\\boxed{18}", "18", true },
    { "18", "eighteen", NULL, false },
  };
  (void)state;
  check_profile("lm-eval/gsm8k-flexible", GRADE_NUMBERS, GRADE_RESPONSE, cases,
                COUNT(cases));
}

static void cot_wants_its_sentence(void **state)
{
  static const struct profile_case cases[] = {
    { "18", "The answer is 18.", "18", true },
    { "18", "The answer is 18", "1", false }, /* the last dot stands for any character */
    { "18", "The answer is $18.", NULL, false },
  };
  (void)state;
  check_profile("lm-eval/gsm8k-cot", GRADE_NUMBERS, GRADE_RESPONSE, cases, COUNT(cases));
}

static void minerva_wants_its_ending(void **state)
{
  static const struct profile_case cases[] = {
    { "24", "Final Answer: The final answer is $24$. I hope it is correct.", "$24$",
      true },
    { "24", "Final Answer: The final answer is $24$.", NULL, false },
    { "24", "\\boxed{24}", NULL, false },
    { "\\frac{1}{2}",
      "Final Answer: The final answer is $x=\\frac12$. I hope it is correct.",
      "$x=\\frac12$", true },
    { "10000",
      "Final Answer: The final answer is $10,000$ dollars. I hope it is correct.",
      "$10,000$ dollars", true },
    /* what sympy's reader cannot read equals nothing */
    { "(1,2)", "Final Answer: The final answer is $(1,2)$. I hope it is correct.",
      "$(1,2)$", false },
    { "\\text{even}", "Final Answer: The final answer is even. I hope it is correct.",
      "even", false },
  };
  (void)state;
  check_profile("lm-eval/minerva", GRADE_ANYTHING, GRADE_RESPONSE, cases, COUNT(cases));
}

static void hendrycks_math_reads_between_dollars(void **state)
{
  static const struct profile_case cases[] = {
    { "\\frac{1}{2}", "so $1/2$.", "1/2", true },
    { "5", "5", "5", true },
    { "5", "from $3$ we get $5$", "3$ we get $5", false },
    { "5", "so \\[\\boxed{5}\\]", "so \\[\\boxed{5}\\]", false },
    { "so \\boxed{5}", "$5$", "5", true },
  };
  (void)state;
  check_profile("lm-eval/hendrycks", GRADE_ANYTHING, GRADE_RESPONSE, cases, COUNT(cases));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(strict_takes_the_first_mark),
    cmocka_unit_test(flexible_takes_the_last_number),
    cmocka_unit_test(cot_wants_its_sentence),
    cmocka_unit_test(minerva_wants_its_ending),
    cmocka_unit_test(hendrycks_math_reads_between_dollars),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
