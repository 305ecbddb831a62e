/* What a model said, made fit for a journal; and the progress line. */
#include "run/answer.h"
#include "run/progress.h"
#include "test.h"

#define SIGN "\xEF\xBF\xBD"

static void good_text_is_left_alone(void **state)
{
  (void)state;
  struct arena arena = { 0 };
  struct str text = STR("caf\xC3\xA9 \\frac{1}{2}");
  assert_ptr_equal(answer_clean(text, &arena).ptr, text.ptr);
  assert_int_equal(answer_clean(STR(""), &arena).len, 0);
  arena_release(&arena);
}

static void bad_bytes_are_replaced(void **state)
{
  (void)state;
  struct arena arena = { 0 };
  assert_str_equal(answer_clean(STR("a\0b"), &arena), "a" SIGN "b");
  assert_str_equal(answer_clean(STR("\xFF"), &arena), SIGN);
  assert_str_equal(answer_clean(STR("\0\0x\xC3"), &arena), SIGN SIGN "x" SIGN);
  assert_str_equal(answer_clean(STR("\xC3\xA9\xED\xA0\x80z"), &arena),
                   "\xC3\xA9" SIGN SIGN SIGN "z");
  arena_release(&arena);
}

static void the_line_says_how_far_and_how_long(void **state)
{
  (void)state;
  struct progress p = { .n_total = 400, .n_found = 100, .started_ns = 0 };
  char line[200];
  progress_model(&p, STR("gsm8k"), STR("big"));
  for (int i = 0; i < 100; i++)
    progress_add(&p, i % 4 ? VERDICT_WRONG : VERDICT_CORRECT, false);
  progress_format(&p, INT64_C(2000000000), line, sizeof line);
  assert_string_equal(line, "200/400  50%  50/s  ETA 0:04  accuracy 0.250  gsm8k big");
  progress_add(&p, VERDICT_ERROR, true); /* counts as found, not in the accuracy */
  progress_format(&p, INT64_C(2000000000), line, sizeof line);
  assert_non_null(strstr(line, "201/400"));
  assert_non_null(strstr(line, "accuracy 0.250"));
  progress_model(&p, STR("gsm8k"), STR("small"));
  progress_format(&p, 0, line, sizeof line);
  assert_non_null(strstr(line, "accuracy -"));
  assert_non_null(strstr(line, "ETA ?"));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(good_text_is_left_alone),
    cmocka_unit_test(bad_bytes_are_replaced),
    cmocka_unit_test(the_line_says_how_far_and_how_long),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
