/* Bare answers: what is the same, what differs, why, and that nothing hangs. */
#include "answer_cases.h"
#include "grade/answer.h"
#include "grade/limits.h"
#include "test.h"

struct verdict_of {
  bool same;
  enum grade_reason reason;
  int64_t ticks; /* spent, parsing included */
};

static struct verdict_of verdict(struct arena *arena, struct str gold, struct str other)
{
  struct verdict_of out;
  struct budget parse = { 2 * LIMIT_TICKS }, compare = { LIMIT_TICKS };
  struct answer *a = answer_parse(arena, gold, &parse);
  struct answer *b = answer_parse(arena, other, &parse);
  out.same = answer_same(a, b, arena, &compare, &out.reason);
  out.ticks = 3 * LIMIT_TICKS - parse.ticks - compare.ticks;
  arena_reset(arena);
  return out;
}

static void check_cases(const struct answer_case *cases, size_t count, bool same,
                        bool mirrored)
{
  struct arena arena = { 0 };
  for (size_t i = 0; i < count; i++) {
    struct str a = str_from(cases[i].gold), b = str_from(cases[i].other);
    struct verdict_of got = mirrored ? verdict(&arena, b, a) : verdict(&arena, a, b);
    if (got.same != same)
      fail_msg("'%s' and '%s'%s: said %s (reason %d)", cases[i].gold, cases[i].other,
               mirrored ? " turned round" : "", got.same ? "same" : "different",
               (int)got.reason);
  }
  arena_release(&arena);
}

static void same_answers_are_same(void **state)
{
  (void)state;
  check_cases(same_cases, COUNT(same_cases), true, false);
  check_cases(same_cases, COUNT(same_cases), true, true);
}

static void different_answers_differ(void **state)
{
  (void)state;
  check_cases(different_cases, COUNT(different_cases), false, false);
  check_cases(different_cases, COUNT(different_cases), false, true);
}

static void the_gold_decides_conventions(void **state)
{
  (void)state;
  check_cases(one_way_cases, COUNT(one_way_cases), true, false);
  check_cases(one_way_cases, COUNT(one_way_cases), false, true);
}

static void every_answer_equals_itself(void **state)
{
  (void)state;
  struct arena arena = { 0 };
  for (size_t i = 0; i < COUNT(same_cases); i++) {
    struct str gold = str_from(same_cases[i].gold);
    assert_true(verdict(&arena, gold, gold).same);
  }
  arena_release(&arena);
}

/* gold, other, reason */
static const struct {
  const char *gold, *other;
  enum grade_reason reason;
} reasons[] = {
  { "7", "7", GRADE_SAME_NUMBER },
  { "7", "8", GRADE_DIFFERENT_NUMBER },
  { "\\frac{1}{2}", "0.5", GRADE_SAME_NUMBER },
  { "\\frac{1}{2}", "\\frac{1}{3}", GRADE_DIFFERENT_NUMBER },
  { "\\frac{1}{3}", "0.3333", GRADE_ROUNDED },
  { "\\frac{1}{3}", "0.3334", GRADE_NOT_ROUNDED_RIGHT },
  { "x+1", "1+x", GRADE_SAME_VALUE },
  { "x+1", "x+2", GRADE_DIFFERENT_VALUE },
  { "\\text{even}", "Even", GRADE_SAME_TEXT },
  { "\\text{even}", "odd", GRADE_DIFFERENT_TEXT },
  { "(C)", "C", GRADE_SAME_CHOICE },
  { "1 \\text{ m}", "100 \\text{ cm}", GRADE_CONVERTED },
  { "1 \\text{ m}", "1 \\text{ kg}", GRADE_DIFFERENT_UNIT },
  { "(1,2)", "(1, 2.0)", GRADE_SAME_STRUCTURE },
  { "1,2,3", "1,2", GRADE_DIFFERENT_LENGTH },
  { "1,2,3", "1,2,4", GRADE_DIFFERENT_ELEMENT },
  { "(0,1)\\cup(2,3)", "(0,1]\\cup(2,3)", GRADE_DIFFERENT_BRACKET },
  { "(0,1)", "5", GRADE_DIFFERENT_TYPE },
  { "52_8", "52_9", GRADE_DIFFERENT_BASE },
  { "5", "\\frac{{{", GRADE_UNPARSABLE },
};

static void reasons_are_given(void **state)
{
  (void)state;
  struct arena arena = { 0 };
  for (size_t i = 0; i < COUNT(reasons); i++) {
    struct verdict_of got =
        verdict(&arena, str_from(reasons[i].gold), str_from(reasons[i].other));
    if (got.reason != reasons[i].reason)
      fail_msg("'%s' and '%s': reason %d, expected %d", reasons[i].gold, reasons[i].other,
               (int)got.reason, (int)reasons[i].reason);
  }
  arena_release(&arena);
}

static const char *const categories[][2] = {
  { "42", "integer" },
  { "-3", "integer" },
  { "1,234", "integer" },
  { "0.5", "decimal" },
  { "\\frac{3}{4}", "fraction" },
  { "3\\frac18", "fraction" },
  { "25\\%", "percent" },
  { "39^\\circ", "degrees" },
  { "\\$40", "quantity" },
  { "25\\text{ ft}", "quantity" },
  { "2\\sqrt3", "radical" },
  { "3\\pi", "multiple of pi" },
  { "2+3i", "complex" },
  { "2^{2005}", "constant expression" },
  { "x^2-1", "expression" },
  { "2112_6", "base numeral" },
  { "3:1", "ratio" },
  { "\\text{4:30 p.m.}", "time" },
  { "(3,4)", "tuple" },
  { "1,2", "list" },
  { "\\{1,2\\}", "set" },
  { "[0,1)", "interval" },
  { "(-\\infty,2)", "interval" },
  { "x\\in[1,2]", "interval" },
  { "(0,1)\\cup(2,3)", "union" },
  { "x<3", "inequality" },
  { "y=2x", "equation" },
  { "\\begin{pmatrix}1\\\\2\\end{pmatrix}", "matrix" },
  { "\\text{(C)}", "choice" },
  { "yes", "boolean" },
  { "\\text{Evelyn}", "text" },
};

static void categories_are_named(void **state)
{
  (void)state;
  struct arena arena = { 0 };
  for (size_t i = 0; i < COUNT(categories); i++) {
    struct budget budget = { LIMIT_TICKS };
    struct answer *answer = answer_parse(&arena, str_from(categories[i][0]), &budget);
    assert_string_equal(answer_category(answer), categories[i][1]);
  }
  arena_release(&arena);
}

static bool fits(struct arena *arena, const char *gold, const char *candidate)
{
  struct budget budget = { LIMIT_TICKS };
  return answer_fits(answer_parse(arena, str_from(gold), &budget),
                     answer_parse(arena, str_from(candidate), &budget));
}

static void candidates_fit_by_type(void **state)
{
  (void)state;
  struct arena arena = { 0 };
  assert_true(fits(&arena, "5", "\\frac{1}{2}"));
  assert_true(fits(&arena, "5", "x = 5"));
  assert_false(fits(&arena, "5", "(1,2)"));
  assert_false(fits(&arena, "5", "none of these"));
  assert_true(fits(&arena, "1,2", "3,4"));
  assert_false(fits(&arena, "(1,2)", "7"));
  assert_true(fits(&arena, "(C)", "B"));
  assert_true(fits(&arena, "\\text{even}", "odd"));
  arena_release(&arena);
}

/* ---- hostile input ---- */

static struct str repeated(struct arena *arena, const char *piece, size_t times,
                           const char *end)
{
  size_t len = strlen(piece), tail = strlen(end);
  char *text = arena_alloc(arena, len * times + tail + 1);
  for (size_t i = 0; i < times; i++)
    memcpy(text + i * len, piece, len);
  memcpy(text + len * times, end, tail);
  return (struct str){ text, len * times + tail };
}

static const char *const hostile[] = {
  "\\frac{",
  "(",
  "[",
  "\\{",
  "\\sqrt{2+",
  "5^{",
  "10^",
  "1+",
  "1,",
  "-",
  "x!",
  "|x",
  "\\sin",
  "\\sin(",
  "a(",
  "(1,2)\\cup",
  "x<",
  "2/",
  "\\pm 1",
  "\\pm 1,",
  "\\text{",
  "a_{",
  "\\sqrt[",
  "20000!+",
  "\\binom{20000}{10000}+",
  "\\sum_{i=1}^{500}",
  "1:",
  "f(x,",
  "\\sqrt2+",
  "\\begin{pmatrix}1&",
  "1\\\\",
  "\xE2\x88\x9A",
  "\\ln x+",
  "1/x",
};

static void hostile_input_stays_within_its_budget(void **state)
{
  (void)state;
  static const size_t times[] = { 5, 63, 64, 65, 300, 1300, 100000 };
  struct arena texts = { 0 }, arena = { 0 };
  for (size_t i = 0; i < COUNT(hostile); i++)
    for (size_t k = 0; k < COUNT(times); k++) {
      struct str a = repeated(&texts, hostile[i], times[k], "1");
      struct str b = repeated(&texts, hostile[i], times[k], "2");
      struct verdict_of got = verdict(&arena, a, b);
      assert_true(got.ticks < 4 * LIMIT_TICKS);
      assert_true(verdict(&arena, a, a).same);
      if (times[k] == 100000)
        assert_false(got.same);
      arena_reset(&texts);
    }
  arena_release(&texts);
  arena_release(&arena);
}

static void a_million_digits_are_over_budget(void **state)
{
  (void)state;
  struct arena texts = { 0 }, arena = { 0 };
  struct str a = repeated(&texts, "9", 1000000, "1");
  struct str b = repeated(&texts, "9", 1000000, "2");
  struct verdict_of got = verdict(&arena, a, b);
  assert_false(got.same);
  assert_int_equal(got.reason, GRADE_OVER_BUDGET);
  assert_true(verdict(&arena, a, a).same);
  arena_release(&texts);
  arena_release(&arena);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(same_answers_are_same),
    cmocka_unit_test(different_answers_differ),
    cmocka_unit_test(the_gold_decides_conventions),
    cmocka_unit_test(every_answer_equals_itself),
    cmocka_unit_test(reasons_are_given),
    cmocka_unit_test(categories_are_named),
    cmocka_unit_test(candidates_fit_by_type),
    cmocka_unit_test(hostile_input_stays_within_its_budget),
    cmocka_unit_test(a_million_digits_are_over_budget),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
