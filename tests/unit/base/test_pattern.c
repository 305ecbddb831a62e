/* Expressions: groups, the last match, and limits that hold. */
#include "base/arena.h"
#include "base/pattern.h"
#include "test.h"

static struct pattern *compile(const char *source, unsigned options)
{
  struct err err = { 0 };
  struct pattern *p = pattern_create(str_from(source), options, &err);
  if (!p)
    fail_msg("'%s': %s", source, err.msg);
  return p;
}

static void groups_are_captured(void **state)
{
  (void)state;
  struct pattern *p = compile("a(b)?(c+)", PATTERN_PLAIN);
  struct pattern_match m;
  assert_true(pattern_find(p, STR("xxaccabc"), 0, &m));
  assert_int_equal(m.at, 2);
  assert_str_equal(m.groups[0], "acc");
  assert_false(str_present(m.groups[1]));
  assert_str_equal(m.groups[2], "cc");
  assert_true(pattern_find(p, STR("xxaccabc"), 3, &m));
  assert_str_equal(m.groups[1], "b");
  assert_false(pattern_find(p, STR("xxaccabc"), 6, &m));
  assert_false(m.limit_reached);
  pattern_free(p);
}

static void last_match_is_the_last_of_findall(void **state)
{
  (void)state;
  struct pattern *p = compile("(-?[$0-9.,]{2,})|(-?[0-9]+)", PATTERN_PLAIN);
  struct pattern_match m;
  assert_true(pattern_find_last(p, STR("It is 18 dollars, and 0 cents"), &m));
  assert_str_equal(m.groups[0], "0");
  assert_true(pattern_find_last(p, STR("so 18 eggs..."), &m));
  assert_str_equal(m.groups[0], "...");
  assert_false(pattern_find_last(p, STR("none"), &m));
  pattern_free(p);
}

static void matches_follow_one_another(void **state)
{
  (void)state;
  struct pattern *p = compile("ab|b", PATTERN_PLAIN);
  struct pattern_match m;
  assert_true(pattern_find_last(p, STR("abab"), &m));
  assert_str_equal(m.groups[0], "ab");
  pattern_free(p);
}

static void empty_matches_end(void **state)
{
  (void)state;
  struct pattern *p = compile("x*", PATTERN_PLAIN);
  struct pattern_match m;
  assert_true(pattern_find_last(p, STR("axxb"), &m));
  assert_int_equal(m.groups[0].len, 0);
  pattern_free(p);
}

static void options_matter(void **state)
{
  (void)state;
  struct pattern_match m;
  struct pattern *plain = compile("A.B", PATTERN_PLAIN);
  struct pattern *loose = compile("A.B", PATTERN_NOCASE | PATTERN_DOTALL);
  assert_false(pattern_find(plain, STR("a\nb"), 0, &m));
  assert_true(pattern_find(loose, STR("a\nb"), 0, &m));
  pattern_free(plain);
  pattern_free(loose);
}

static void endless_backtracking_stops(void **state)
{
  (void)state;
  struct pattern *p = compile("(a+)+$", PATTERN_PLAIN);
  char text[64];
  memset(text, 'a', sizeof text);
  text[63] = '!';
  struct pattern_match m;
  assert_false(pattern_find(p, (struct str){ text, sizeof text }, 0, &m));
  assert_true(m.limit_reached);
  assert_false(pattern_find_last(p, (struct str){ text, sizeof text }, &m));
  assert_true(m.limit_reached);
  pattern_free(p);
}

static void bytes_that_are_no_utf8_are_searched(void **state)
{
  (void)state;
  struct pattern *p = compile("b(.)", PATTERN_PLAIN);
  struct pattern_match m;
  assert_true(pattern_find(p, STR("\xFF\xC3 b1"), 0, &m));
  assert_str_equal(m.groups[1], "1");
  pattern_free(p);
}

static void errors_say_where(void **state)
{
  (void)state;
  struct err err = { 0 };
  assert_null(pattern_create(STR("a(b"), PATTERN_PLAIN, &err));
  assert_int_equal(err.code, ERR_DATA);
  assert_non_null(strstr(err.msg, "'a(b'"));
  assert_non_null(strstr(err.msg, "offset 3"));
  char *large = mem_alloc(5000);
  memset(large, 'a', 5000);
  assert_null(pattern_create((struct str){ large, 5000 }, PATTERN_PLAIN, &err));
  assert_non_null(strstr(err.msg, "4096"));
  free(large);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(groups_are_captured),
    cmocka_unit_test(last_match_is_the_last_of_findall),
    cmocka_unit_test(matches_follow_one_another),
    cmocka_unit_test(empty_matches_end),
    cmocka_unit_test(options_matter),
    cmocka_unit_test(endless_backtracking_stops),
    cmocka_unit_test(bytes_that_are_no_utf8_are_searched),
    cmocka_unit_test(errors_say_where),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
