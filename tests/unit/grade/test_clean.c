/* One spelling of digits, signs and spaces, and the way back to the bytes given. */
#include "grade/clean.h"
#include "grade/scan.h"
#include "test.h"

/* raw, cleaned */
static const char *const answers[][2] = {
  { " 42. ", "42" },
  { "**42**", "42" },
  { "$42$", "42" },
  { "$$ x+1 $$", "x+1" },
  { "\\( \\boxed{7} \\)", "7" },
  { "\\boxed{\\boxed{7}}", "7" },
  { "\\boxed{1}+\\boxed{2}", "\\boxed{1}+\\boxed{2}" },
  { "\"12 $ and $13\"", "12   and  13" },
  { "$12 $ and $13 $", "12   and  13" },
  { "$18", "$18" },
  { "5!", "5!" },
  { "correct!", "correct" },
  { "42,\n", "42" },
  { "42<|im_end|>", "42" },
  { "<|begin|>42", "42" },
  { "42</s> and more", "42" },
  { "\\\\left(3,\\\\frac{1}{2}\\\\right)", "\\left(3,\\frac{1}{2}\\right)" },
  { "\\begin{pmatrix}1\\\\x\\end{pmatrix}", "\\begin{pmatrix}1\\\\x\\end{pmatrix}" },
  { "\xE2\x88\x92"
    "5",
    "-5" },
  { "\xEF\xBC\x91\xEF\xBC\x92", "12" },
  { "\xE4\xB8\x89\xE5\x8D\x81\xE4\xBA\x8C", "32" },
  { "\xE4\xB8\x89\xE9\xB8\x9F", "\xE4\xB8\x89\xE9\xB8\x9F" },
  { "", "" },
};

static void answers_lose_what_surrounds_them(void **state)
{
  (void)state;
  struct arena arena = { 0 };
  for (size_t i = 0; i < COUNT(answers); i++) {
    struct str got = clean_answer(&arena, str_from(answers[i][0]));
    if (!str_equal(got, str_from(answers[i][1])))
      fail_msg("'%s': expected '%s', got '%.*s'", answers[i][0], answers[i][1],
               STR_ARG(got));
  }
  arena_release(&arena);
}

static void cleaned_bytes_lead_back(void **state)
{
  (void)state;
  struct arena arena = { 0 };
  /* full-width 5, zero-width space, minus, 3, pi */
  struct str raw = STR("\xEF\xBC\x95\xE2\x80\x8B\xE2\x88\x92"
                       "3\xCF\x80!");
  struct clean_text text = clean_text(&arena, raw);
  assert_str_equal(text.s, "5-3\xCF\x80!");
  const size_t origin[] = { 0, 6, 9, 10, 11, 12, 13 };
  for (size_t i = 0; i < COUNT(origin); i++)
    assert_int_equal(clean_origin(&text, i), origin[i]);
  struct clean_text ascii = clean_text(&arena, STR("plain"));
  assert_null(ascii.map);
  assert_int_equal(clean_origin(&ascii, 3), 3);
  arena_release(&arena);
}

static void thoughts_do_not_count(void **state)
{
  (void)state;
  assert_str_equal(clean_thoughts(STR("a</think>b</think> c")), " c");
  assert_str_equal(clean_thoughts(STR("a <b> c")), "a <b> c");
}

static void next_questions_are_found(void **state)
{
  (void)state;
  assert_int_equal(clean_next_question(STR("18.\nQuestion: and now?")), 3);
  assert_int_equal(clean_next_question(STR("18<|im_start|>user")), 2);
  assert_int_equal(clean_next_question(STR("18 <b> [1] \nQuit: 3")), 19);
  assert_int_equal(clean_next_question(STR("")), 0);
}

static void scanning_back_finds_every_byte(void **state)
{
  (void)state;
  char text[100];
  memset(text, '.', sizeof text);
  const size_t places[] = { 99, 92, 91, 50, 7, 0 };
  for (size_t i = 0; i < COUNT(places); i++)
    text[places[i]] = 'x';
  struct scan scan = scan_from_end((struct str){ text, sizeof text }, SCAN_NEAR);
  for (size_t i = 0; i < COUNT(places); i++)
    assert_int_equal(scan_back(&scan, 'x'), places[i]);
  assert_int_equal(scan_back(&scan, 'x'), -1);
  scan = scan_from_end((struct str){ text, sizeof text }, 10);
  assert_int_equal(scan_back(&scan, 'x'), 99);
  assert_int_equal(scan_back(&scan, 'x'), 92);
  assert_int_equal(scan_back(&scan, 'x'), 91);
  assert_int_equal(scan_back(&scan, 'x'), -1);
}

static void floods_end_a_scan(void **state)
{
  (void)state;
  struct arena arena = { 0 };
  char *text = arena_alloc(&arena, 20000);
  memset(text, 'x', 20000);
  struct scan scan = scan_from_end((struct str){ text, 20000 }, SCAN_FAR);
  size_t n = 0;
  while (scan_back(&scan, 'x') >= 0)
    n++;
  assert_int_equal(n, 10000);
  arena_release(&arena);
}

static void braces_are_matched(void **state)
{
  (void)state;
  assert_int_equal(scan_brace(STR("{a{b}\\}c}d"), 0), 9);
  assert_int_equal(scan_brace(STR("{a{b}"), 0), 0);
  assert_true(scan_word_ends(STR("the Answer"), 10, STR("answer")));
  assert_false(scan_word_ends(STR("reanswer"), 8, STR("answer")));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(answers_lose_what_surrounds_them),
    cmocka_unit_test(cleaned_bytes_lead_back),
    cmocka_unit_test(thoughts_do_not_count),
    cmocka_unit_test(next_questions_are_found),
    cmocka_unit_test(scanning_back_finds_every_byte),
    cmocka_unit_test(floods_end_a_scan),
    cmocka_unit_test(braces_are_matched),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
