/* The first row that fits answers; a mistyped row is an error with its line. */
#include "mock/script.h"
#include "test.h"

static int parse(struct script *script, struct arena *arena, const char *text,
                 struct err *err)
{
  return script_parse(script, arena, str_from(text), "s.jsonl", err);
}

static void first_fitting_row_answers(void **state)
{
  (void)state;
  struct arena arena = { 0 };
  struct script script;
  struct err err = { 0 };
  assert_ok(parse(&script, &arena,
                  "{\"contains\":\"apple\",\"turn\":0,\"content\":\"one\"}\n"
                  "\n"
                  "{\"contains\":\"apple\",\"content\":\"two\",\"reasoning_content\":"
                  "\"hm\",\"finish_reason\":\"length\",\"latency_ms\":7}\n"
                  "{\"turn\":2,\"status\":503,\"error\":\"busy\"}\n"
                  "{\"turn\":3,\"error\":\"broken\"}\n"
                  "{\"content\":\"\"}",
                  &err),
            err);
  assert_int_equal(script.n_rows, 5);
  assert_str_equal(script_find(&script, STR("an apple"), 0)->content, "one");
  const struct script_row *two = script_find(&script, STR("an apple"), 2);
  assert_str_equal(two->content, "two");
  assert_str_equal(two->reasoning, "hm");
  assert_str_equal(two->finish_reason, "length");
  assert_int_equal(two->latency_ms, 7);
  assert_int_equal(two->status, 200);
  const struct script_row *busy = script_find(&script, STR("a pear"), 2);
  assert_int_equal(busy->status, 503);
  assert_str_equal(busy->error, "busy");
  assert_int_equal(script_find(&script, STR("a pear"), 3)->status, 500);
  const struct script_row *rest = script_find(&script, STR("a pear"), 9);
  assert_str_equal(rest->content, "");
  assert_str_equal(rest->finish_reason, "stop");
  assert_int_equal(rest->latency_ms, -1);
  assert_false(str_present(rest->reasoning));
  arena_release(&arena);
}

static void nothing_fits(void **state)
{
  (void)state;
  struct arena arena = { 0 };
  struct script script;
  struct err err = { 0 };
  assert_ok(parse(&script, &arena, "{\"contains\":\"x\",\"content\":\"a\"}", &err), err);
  assert_null(script_find(&script, STR("y"), 0));
  arena_release(&arena);
}

static void mistakes_have_a_line(void **state)
{
  (void)state;
  static const struct {
    const char *row, *words;
  } cases[] = {
    { "{\"contents\":\"x\"}", "unknown key 'contents'" },
    { "{\"content\":7}", "'content' is a number, must be a string" },
    { "{\"content\":\"x\",\"turn\":-1}", "'turn' is -1, must be from 0" },
    { "{\"status\":200}", "'status' is 200, must be from 400 to 599" },
    { "{\"turn\":1}", "neither an answer nor an error" },
    { "{\"content\":\"x\",\"status\":500}", "both an answer and an error" },
    { "[]", "not an object" },
    { "{", "s.jsonl:2" },
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct arena arena = { 0 };
    struct script script;
    struct err err = { 0 };
    char text[200];
    snprintf(text, sizeof text, "{\"content\":\"fine\"}\n%s\n", cases[i].row);
    assert_int_equal(parse(&script, &arena, text, &err), -1);
    assert_int_equal(err.code, ERR_DATA);
    assert_non_null(strstr(err.msg, "s.jsonl:2"));
    if (!strstr(err.msg, cases[i].words))
      fail_msg("%s", err.msg);
    arena_release(&arena);
  }
}

static void an_empty_script_is_an_error(void **state)
{
  (void)state;
  struct arena arena = { 0 };
  struct script script;
  struct err err = { 0 };
  assert_int_equal(parse(&script, &arena, "\n \n", &err), -1);
  arena_release(&arena);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(first_fitting_row_answers),
    cmocka_unit_test(nothing_fits),
    cmocka_unit_test(mistakes_have_a_line),
    cmocka_unit_test(an_empty_script_is_an_error),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
