/* Where the answer is: gold, response, expected text and rule, three lines a case. */
#include "grade/extract.h"
#include "test.h"

static const struct extract_case {
  const char *gold, *response;
  const char *text, *rule;
} cases[] = {
  /* numbers */
  { "18", "Janet has 9 eggs.\nShe makes 9 * 2 = $<<9*2=18>>18.\n#### 18", "18", "####" },
  { "1000", "reasoning ...\n#### 1,000 dollars", "1,000 dollars", "####" },
  { "-1234.5", "It fell. Final: #### -1,234.5", "-1,234.5", "####" },
  { "40", "#### 2. Count the slices\nIt is \\( \\boxed{40.0} \\) dollars.\n40.0", "40.0",
    "boxed" },
  { "11050", "He had to pay $170 x 65.0 = $11050.\nA: 11050", "11050", "last line a:" },
  { "18", "**Answer: \\$18 per day.** That is all of 3 numbers.", "\\$18 per day",
    "answer is" },
  { "60", "**ANSWER: 28 + 32 = 60**\nThis solves it in 2 steps.", "60", "answer is" },
  { "34", "Final Answer: The largest $n$ is 34.", "34", "answer is" },
  { "220", "R\xC3\xA9ponse: Janeth aura encore 220 $ \xC3\xA0 payer d'ici 12 mois.",
    "220", "answer is" },
  { "42", "## Answer\n\n42\n\nI used 3 steps and 7 numbers.", "42", "answer is" },
  { "7", "The answer to the question on page 3 is 7, since 4 + 3 is.", "7", "answer is" },
  { "-5",
    "the result is \xE2\x88\x92"
    "5",
    "-5", "result is" },
  { "1000.99", "it's not 10 it's 1,000.99m\xC2\xB2", "1,000.99", "last number" },
  { "70",
    "La r\xC3\xA9"
    "duction est de 100 * 0,30 = 30 $. Le co\xC3\xBBt est 100 - 30 = 70",
    "70", "last number" },
  { "42", "First 7, then finally 42, by the 5th of x2.", "42", "last number" },
  { "300",
    "12000/40=300\xE5\x88\x86\xE9\x92\x9F\xE3\x80\x82\xE5\x9B\xA0\xE6\xAD\xA4"
    "300\xE5\x88\x86\xE9\x92\x9F",
    "300", "last number" },
  { "5", "He pays $5 and then nothing.", "$5", "last number" },
  { "10000", "It is [$10^4$]", "10^4", "last number" },
  /* boxes */
  { "x^2", "Noisy \\boxed   {  x^2 } trailing text", "x^2", "boxed" },
  { "7", "answer: \\fbox{7} and not \\boxed{}", "7", "boxed" },
  { "5", "\\boxed{\\boxed{5}}", "5", "boxed" },
  { "5", "it is \\boxed 5 then", "5", "boxed" },
  { "\\frac{1}{3}", "\\boxed{\\frac{1}{3}} \\approx \\boxed{0.33}", "\\frac{1}{3}",
    "boxed" },
  { "1,2,3", "\\boxed{1} and \\boxed{2} and \\boxed{3}", "1, 2, 3", "boxed" },
  { "45", "first \\boxed{30}, later \\boxed{45}", "45", "boxed" },
  { "42", "Let me reconsider. \\boxed{99}</think>Final: \\boxed{42}", "42", "boxed" },
  { "12", "unterminated \\boxed{12 and then\nmore", "12", "open box" },
  /* other marks */
  { "14916", "Final Answer: The final answer is $14{,}916$. I hope it is correct.",
    "14{,}916", "i hope" },
  { "3", "work\n<answer> 3 </answer> or 4", "3", "answer tag" },
  { "(7,6)", "So the pair $(x, y)$ that solves it is $(7, 6)$. <|im_start|>user",
    "(7, 6)", "last math" },
  { "\\begin{pmatrix} 3 \\\\ 4 \\end{pmatrix}",
    "It is \\begin{pmatrix} 3 \\\\ 4 \\end{pmatrix}",
    "\\begin{pmatrix} 3 \\\\ 4 \\end{pmatrix}", "last math" },
  { "Yes", "ANSWER: Yes.", "Yes", "answer is" },
  { "1+x", "we get\n\nx + 1", "x + 1", "last line" },
  /* choices */
  { "A", "A. Because B is not valid", "A", "leading letter" },
  { "B", "Final answer is B", "B", "answer is" },
  { "B", "Because B is valid", "B", "last letter" },
  { "C", "A bird is neither (A) nor (B). The answer is (C).", "C", "answer is" },
  { "B", "B\xE3\x80\x82\xE4\xB8\x8D\xE6\x98\xAF A", "B", "leading letter" },
};

static struct grader *grader;

static struct grade grade(const struct extract_case *c)
{
  return grader_grade(grader, str_from(c->gold), str_from(c->response), GRADE_RESPONSE,
                      FINISH_STOP);
}

static int open_grader(void **state)
{
  struct err err;
  (void)state;
  grader = grader_create(&(struct grader_opts){ .answers = GRADE_ANYTHING }, &err);
  return grader ? 0 : -1;
}

static int close_grader(void **state)
{
  (void)state;
  grader_free(grader);
  return 0;
}

static void answers_are_found(void **state)
{
  (void)state;
  for (size_t i = 0; i < COUNT(cases); i++) {
    const struct extract_case *c = &cases[i];
    struct grade g = grade(c);
    if (g.verdict != VERDICT_CORRECT || !str_equal(g.extracted, str_from(c->text)) ||
        strcmp(g.rule, c->rule) != 0)
      fail_msg("'%s': expected '%s' by '%s', got %s '%.*s' by '%s'", c->response, c->text,
               c->rule, verdict_name(g.verdict), STR_ARG(g.extracted), g.rule);
  }
}

static void spans_point_into_the_response(void **state)
{
  (void)state;
  const struct extract_case wide = { /* "(answer: 25." in full-width characters */
                                     "25",
                                     "\xEF\xBC\x88\xE7\xAD\x94\xE6\xA1\x88"
                                     "\xEF\xBC\x9A\xEF\xBC\x92\xEF\xBC\x95\xE3\x80\x82",
                                     0, 0
  };
  struct grade g = grade(&wide);
  assert_str_equal(g.extracted, "25");
  assert_str_equal(str_slice(str_from(wide.response), g.span_at, g.span_at + g.span_len),
                   "\xEF\xBC\x92\xEF\xBC\x95");
  const struct extract_case thought = { "7", "<think>3</think> so \\boxed{7}", 0, 0 };
  g = grade(&thought);
  assert_int_equal(g.span_at, 27);
  assert_int_equal(g.span_len, 1);
}

static void nothing_is_found_in_nothing(void **state)
{
  (void)state;
  const struct extract_case none[] = {
    { "42", "I decline to answer.", 0, 0 },
    { "42", "\\boxed{}", 0, 0 },
    { "(1,2)", "", 0, 0 },
  };
  for (size_t i = 0; i < COUNT(none); i++)
    assert_int_equal(grade(&none[i]).verdict, VERDICT_NO_ANSWER);
}

static void a_box_of_another_kind_closes_the_cascade(void **state)
{
  (void)state;
  const struct extract_case c = { "5", "\\boxed{(1,2)}, so the answer is 5", 0, 0 };
  struct grade g = grade(&c);
  assert_int_equal(g.verdict, VERDICT_WRONG);
  assert_string_equal(g.rule, "boxed");
}

/* More ways to say it, where only the verdict matters. */
static void many_ways_are_understood(void **state)
{
  static const struct extract_case ways[] = {
    { "18", "The answer is 18. The answer is not 20.", 0, 0 },
    { "18", "{\"reasoning\": \"3 steps\", \"answer\": 18}", 0, 0 },
    { "Yes", "{\"answer\": \"Yes\"}", 0, 0 },
    { "18", "La r\xC3\xA9ponse finale est : 18 \xE2\x82\xAC en 3 mois.", 0, 0 },
    { "18", "Die richtige Antwort lautet 18, nicht 20.", 0, 0 },
    { "18", "La respuesta final es 18 en 2 pasos.", 0, 0 },
    { "18", "A resposta \xC3\xA9 18.", 0, 0 },
    { "18",
      "\xE7\xAD\x94\xE3\x81\x88\xE3\x81\xAF"
      "18\xE3\x81\xA7\xE3\x81\x99\xE3\x80\x82",
      0, 0 },
    { "18",
      "\xD0\x9E\xD1\x82\xD0\xB2\xD0\xB5\xD1\x82: 18 \xD1\x80\xD1\x83\xD0\xB1 "
      "\xD0\xB7\xD0\xB0 3 \xD0\xB4\xD0\xBD\xD1\x8F",
      0, 0 },
    { "18", "The answer would be 18 dollars for 2 days.", 0, 0 },
    { "18", "### Final Answer\n$$18$$\nI checked it 2 times.", 0, 0 },
    { "18", "The final answer is:\n\n\\[\n18\n\\]", 0, 0 },
    { "\\frac{3}{4}", "so x = \\frac{3}{4}", 0, 0 },
    { "\\frac{1}{2}", "\\frac{1}{2}", 0, 0 },
    { "-\\frac{1}{2}", "so it is -\\frac{1}{2} of it.", 0, 0 },
    { "1,2", "Hence $x = 1$ and $x = 2$.", 0, 0 },
    { "42", "There are 42 eggs.\n1. I added them.\n2. I checked that.", 0, 0 },
    { "40", "#### Step 2: count\nIt is \\boxed{40}", 0, 0 },
    { "[0,1)", "Thus the answer should be $[0,1)$, as required.", 0, 0 },
    { "1,2", "Hence the roots of that polynomial are $1$ and $2$.", 0, 0 },
    { "3,-2", "so x = \\boxed{3} or x = \\boxed{-2}", 0, 0 },
    { "Friday", "Thus, the day is Friday.", 0, 0 },
    { "36", "#### 36 red jelly beans", 0, 0 },
    { "35", "So, 35% of all the puppies have spots.", 0, 0 },
    { "A", "So A is correct", 0, 0 },
    { "(1,2)", "The answer is (1,2), since x comes first.", 0, 0 },
    { "x+1", "\\begin{align*} y &= 2x - x + 1 \\\\ &= x+1 \\end{align*}", 0, 0 },
    { "5", "<final_answer>5</final_answer> took 3 tries", 0, 0 },
    { "2.5", "That makes 2\xC2\xBD", 0, 0 },
    { "C", "I think it's C because A is wrong", 0, 0 },
    { "Yes", "Yes, because 4 is even.", 0, 0 },
    { "100", "one hundred", 0, 0 },
    { "10", "10 x 1 = 10", 0, 0 },
    { "(0,1]", "I get (0,1] as the answer.", 0, 0 },
    { "Monday", "The result is Monday.\n\nLet me know if you need more help!", 0, 0 },
    { "1500000", "They raised 1.5 million", 0, 0 },
  };
  (void)state;
  for (size_t i = 0; i < COUNT(ways); i++) {
    struct grade g = grade(&ways[i]);
    if (g.verdict != VERDICT_CORRECT)
      fail_msg("'%s': got %s '%.*s' by '%s'", ways[i].response, verdict_name(g.verdict),
               STR_ARG(g.extracted), g.rule);
  }
}

/* And these are wrong, however near. */
static void near_misses_are_wrong(void **state)
{
  static const struct extract_case wrong[] = {
    { "0", "the value is 110", 0, 0 },
    { "000", "it costs $70,000", 0, 0 },
    { "5", "#### 2.5", 0, 0 },
    { "5", "it is -5", 0, 0 },
    { "2", "#### 2:00 pm", 0, 0 },
    { "2", "so it ends at 2:00", 0, 0 },
    { "7", "#### 7 packs and 2 sticks", 0, 0 },
    { "2", "\\boxed{x = 1, y = 2}", 0, 0 },
    { "13", "\\boxed{3x + 4y = 13}", 0, 0 },
    { "2", "so we need x2", 0, 0 },
    { "0.35", "35", 0, 0 },
    { "32349", "is $\\boxed{32, 349}$", 0, 0 },
    { "B", "The answer is C, not B.", 0, 0 },
  };
  (void)state;
  for (size_t i = 0; i < COUNT(wrong); i++) {
    struct grade g = grade(&wrong[i]);
    if (g.verdict == VERDICT_CORRECT)
      fail_msg("'%s': accepted '%.*s' by '%s'", wrong[i].response, STR_ARG(g.extracted),
               g.rule);
  }
}

/* A gold may be a whole worked solution. */
static void golds_are_cut_out(void **state)
{
  static const char *const golds[][2] = {
    { " 42 ", "42" },
    { "so $n = \\boxed{1,-2}.$", "1,-2" },
    { "9 * 2 = <<9*2=18>>18\n#### 18", "18" },
    { "9 * 2 = <<9*2=18>>18\nA: 18", "18" },
    { "long. Final Answer: The final answer is $28 \\%$. I hope it is correct. More",
      "28 \\%" },
    { "\\text{Evelyn}", "\\text{Evelyn}" },
  };
  (void)state;
  struct arena arena = { 0 };
  for (size_t i = 0; i < COUNT(golds); i++)
    assert_str_equal(extract_gold(&arena, str_from(golds[i][0])), golds[i][1]);
  arena_release(&arena);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(answers_are_found),
    cmocka_unit_test(spans_point_into_the_response),
    cmocka_unit_test(nothing_is_found_in_nothing),
    cmocka_unit_test(a_box_of_another_kind_closes_the_cascade),
    cmocka_unit_test(many_ways_are_understood),
    cmocka_unit_test(near_misses_are_wrong),
    cmocka_unit_test(golds_are_cut_out),
  };
  return cmocka_run_group_tests(tests, open_grader, close_grader);
}
