/* Thoughts are cut from answers: the table of reasoning.h, row by row, and worse. */
#include "policy/reasoning.h"
#include "test.h"

static const struct {
  const char *text, *reasoning, *answer; /* reasoning NULL: there is none */
} rows[] = {
  { "<think>a</think>b", "a", "b" },
  { "a</think>b", "a", "b" },
  { "<think>a 12", "a 12", "" },
  { "<think>a</think><think>b</think>c", "a</think><think>b", "c" },
  { "<think>a</think>\n\n<think>b 7", "a</think>\n\n<think>b 7", "" },
  { "a<think>b</think>c", "a<think>b", "c" },
  { "a <think>b</think>\n", "b", "a" },
  { "a<think>b", NULL, "a<think>b" },
  { "<think>a</think>b</think>", "a", "b</think>" },
  { "<think>\n\n</think>\n\nb", NULL, "b" },
  { "<think>a</think>b<think>c</think>", "a</think>b<think>c</think>", "b" },
  { "<think>a</think>b<think>c</think>d", "a</think>b<think>c", "d" },
  { "a<think>b</think>c<think>d</think>", "a<think>b</think>c<think>d</think>", "c" },
  { "<think>a</think>use <think> here", "a", "use <think> here" },
  { " \n<think>\n a \n</think>\n\n b \n", "a", "b \n" },
  { "<think>a</think>", "a", "" },
  { "a</think>", "a", "" },
  { "<think>", NULL, "" },
  { "</think>", NULL, "" },
  { "", NULL, "" },
  { "no thoughts, 3 < 4", NULL, "no thoughts, 3 < 4" },
  { " kept as it is ", NULL, " kept as it is " },
  { "<thinking>a</thinking>b", "a", "b" },
  { "<thought>a</thought>b", "a", "b" },
  { "[THINK]a[/THINK]b", "a", "b" },
  { "<thinking>is </think> the tag?</thinking>b", "is </think> the tag?", "b" },
  { "<|channel|>analysis<|message|>a<|channel|>final<|message|>b", "a", "b" },
  { "<|channel|>final<|message|>b", NULL, "b" },
  { "<Think>a</Think>b", NULL, "<Think>a</Think>b" },
};

static void thoughts_are_cut_from_answers(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct str reasoning, answer, text = str_from(rows[i].text);
    reasoning_split(text, &reasoning, &answer);
    if (!str_equal(answer, str_from(rows[i].answer)) ||
        str_present(reasoning) != (rows[i].reasoning != NULL) ||
        !str_equal(reasoning, str_from(rows[i].reasoning)))
      fail_msg("'%s': '%.*s' | '%.*s'", rows[i].text, STR_ARG(reasoning),
               STR_ARG(answer));
    /* slices of the text itself */
    assert_true(answer.ptr >= text.ptr && answer.ptr + answer.len <= text.ptr + text.len);
  }
}

static void nothing_in_nothing_out(void **state)
{
  (void)state;
  struct str reasoning, answer;
  reasoning_split(STR_NONE, &reasoning, &answer);
  assert_false(str_present(reasoning) || str_present(answer));
}

/* Many tags take no more than linear time: a quadratic walk would not end here. */
static void many_tags_are_walked_once(void **state)
{
  (void)state;
  enum { TIMES = 200000 };
  static const char piece[] = "<think>x</think>";
  size_t len = TIMES * (sizeof piece - 1);
  char *text = malloc(len + 2);
  assert_non_null(text);
  for (size_t i = 0; i < TIMES; i++)
    memcpy(text + i * (sizeof piece - 1), piece, sizeof piece - 1);
  text[len] = '5';
  struct str reasoning, answer;
  reasoning_split((struct str){ text, len + 1 }, &reasoning, &answer);
  assert_str_equal(answer, "5");
  assert_int_equal(reasoning.len, len - strlen("<think>") - strlen("</think>"));
  free(text);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(thoughts_are_cut_from_answers),
    cmocka_unit_test(nothing_in_nothing_out),
    cmocka_unit_test(many_tags_are_walked_once),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
