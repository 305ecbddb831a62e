/* MATH answers in lm-eval's normal form: each row was computed by lm-eval 0.4.13 itself
 * (lm_eval.tasks.minerva_math.utils.normalize_final_answer). */
#include "test.h"

#include "task/minerva.h"

static const char *const cases[][2] = {
  { "x=5", "5" },
  { "2\\pi cm", "2\\pi" },
  { "\\left(1,2\\right)", "\\left(1,2\\right)" },
  { "18 dollars", "18" },
  { "$5$ and $6$", "5" },
  { "\\text{a and } $x$.", "x" },
  { "\\frac12", "\\frac{1}{2}" },
  { "\\frac{1}2", "\\frac{1}2" },
  { "\\frac1{2}", "\\frac{1}{{}2}" },
  { "\\sqrt2", "\\sqrt{2}" },
  { "\\sqrt[3]8", "\\sqrt[3]{8}" },
  { "\\sqrt[3]{8}", "\\sqrt[3]{8}" },
  { "1,234,567", "1234567" },
  { "-12,345", "-12345" },
  { "0,1", "0,1" },
  { "12,34", "12,34" },
  { "10^{\\circ}", "10" },
  { "30^\\circ", "30" },
  { "5\\text{ m}", "5" },
  { "\\text{m}3", "3" },
  { "\\mbox{cm}^2", "" },
  { "\\boxed{\\frac{3}{4}}", "\\frac{3}{4}" },
  { "\\textbf{(A)}", "(A)" },
  { "an apple a day", "appleday" },
  { "1,\\!000", "1000" },
  { "100{,}000", "100000" },
  { "a\\text{and}b", "a,b" },
  { "1,\\text{and}2", "1,2" },
  { "\\overline{AB}", "AB" },
  { "\\$5.00", "5.00" },
  { "squareft", "" },
  { "ft\\left", "\\left" },
  { "\\frac\xc3\xa9\xc3\xa9" "3", "\\frac{\xc3\xa9}{\xc3\xa9}3" },
  { "5\\ \\text{inches}", "5" },
  { "\\text{east}", "east" },
  { "3\\;4", "34" },
  { "\\ldots,\\dots", "," },
  { "\\text{s}\\text{.}", "" },
  { "unit units unitss", "units" },
  { "x\n$y$z$\n$w$", "x\ny\nw" },
  { "\\text{a\nb}", "\\text{a\nb}" },
  { "\\boxed{1}\\boxed{2}", "1}\\boxed{2" },
  { "\\sqrt", "\\sqrt" },
  { "\\frac1", "\\frac1" },
  { "\\frac", "\\frac" },
  { "\\mathrm{th}5^{\\mathrm{th}}", "5^{}" },
  { "\"q\"", "q" },
  { "", "" },
  { "=", "" },
  { "$", "" },
  { "$$", "" },
  { "a=", "" },
  { "\\sqrt[3", "\\sqrt[3" },
  { "\\text{}^2x", "x" },
  { "1234", "1234" },
  { "123,456,78", "123,456,78" },
  { "\\text{\n}5", "5" },
  { "degreesdegrees", "" },
  { "\\cm cm", "\\cm" },
  { "5\\%", "5\\%" },};

static void normal_forms(void **state)
{
  (void)state;
  struct arena arena = { 0 };
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct str got = minerva_normalise(&arena, str_from(cases[i][0]));
    if (!str_equal(got, str_from(cases[i][1])))
      fail_msg("'%s' gave '%.*s', not '%s'", cases[i][0], STR_ARG(got), cases[i][1]);
  }
  arena_release(&arena);
}

static void boxes(void **state)
{
  (void)state;
  assert_str_equal(minerva_boxed(STR("a \\boxed{1} b \\boxed{x_{2}} c")), "x_{2}");
  assert_str_equal(minerva_boxed(STR("a $\\boxed 17$ b")), "17");
  assert_str_equal(minerva_boxed(STR("\\boxed{\\{1\\}}")), "\\{1\\}");
  assert_false(str_present(minerva_boxed(STR("none"))));
  assert_false(str_present(minerva_boxed(STR("\\boxed{open"))));
}

/* Units, braces and signs at the very ends, where a pass could read beyond. */
static void ends_of_text(void **state)
{
  (void)state;
  struct arena arena = { 0 };
  static const char text[] = "\\text{\\sqrt[frac\\frac1\\boxed{cm\xe2\x88";
  for (size_t n = 0; n < sizeof text; n++) {
    char *exact = malloc(n ? n : 1); /* so that the sanitizer sees a byte too many */
    memcpy(exact, text, n);
    minerva_normalise(&arena, (struct str){ exact, n });
    minerva_boxed((struct str){ exact, n });
    free(exact);
  }
  arena_release(&arena);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(normal_forms),
    cmocka_unit_test(boxes),
    cmocka_unit_test(ends_of_text),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
