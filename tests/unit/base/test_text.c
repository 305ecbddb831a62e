/* str, buf, arena, err, nearest, clock: the small parts. */
#include "test.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/nearest.h"
#include "base/types.h"

static void slices_and_searches(void **state)
{
  (void)state;
  struct str s = STR("  one two one\t");
  assert_str_equal(str_trim(s), "one two one");
  assert_int_equal(str_find(s, STR("one")), 2);
  assert_int_equal(str_find_last(s, STR("one")), 10);
  assert_int_equal(str_find(s, STR("three")), -1);
  assert_int_equal(str_find_last(STR("a"), STR("aa")), -1);
  assert_str_equal(str_slice(s, 100, 200), "");
  assert_true(str_ends(s, STR("one\t")));
  assert_true(str_equal_nocase(STR("AbC"), STR("aBc")));
  assert_true(str_compare(STR("ab"), STR("abc")) < 0);
}

static void lines(void **state)
{
  (void)state;
  struct str rest = STR("a\r\n\nlast");
  assert_str_equal(str_next_line(&rest), "a");
  assert_str_equal(str_next_line(&rest), "");
  assert_str_equal(str_next_line(&rest), "last");
  assert_false(str_present(str_next_line(&rest)));
}

static void utf8(void **state)
{
  (void)state;
  size_t bad = 0;
  assert_true(str_is_utf8(STR("plain, caf\xc3\xa9, \xe2\x82\xac, \xf0\x9f\x98\x80"), &bad));
  assert_false(str_is_utf8(STR("12345678\xc0\xaf"), &bad)); /* overlong '/' */
  assert_int_equal(bad, 8);
  assert_false(str_is_utf8(STR("\xed\xa0\x80"), &bad)); /* a surrogate */
  assert_false(str_is_utf8(STR("\xf4\x90\x80\x80"), &bad)); /* above U+10FFFF */
  assert_false(str_is_utf8(STR("\xe2\x82"), &bad)); /* cut off */
}

static void a_full_buffer_says_so(void **state)
{
  (void)state;
  struct buf buf;
  buf_init(&buf, 8);
  buf_add(&buf, STR("12345"));
  buf_printf(&buf, "%d", 6789);
  assert_true(buf_failed(&buf));
  assert_str_equal(buf_str(&buf), "12345");
  buf_add(&buf, STR("6"));
  assert_str_equal(buf_str(&buf), "12345"); /* stays closed: no holes in the text */
  buf_reset(&buf);
  buf_add(&buf, STR("12345678"));
  assert_false(buf_failed(&buf));
  buf_release(&buf);
}

static void arenas_reuse_their_blocks(void **state)
{
  (void)state;
  struct arena arena;
  arena_init(&arena, 1000);
  char *first = arena_alloc(&arena, 100);
  memset(first, 1, 100);
  assert_null(arena_try(&arena, 990));
  arena_reset(&arena);
  char *again = arena_try(&arena, 990);
  assert_ptr_equal(again, first);
  for (size_t i = 0; i < 990; i++)
    assert_int_equal(again[i], 0);
  assert_non_null(arena_alloc(&arena, 1 << 20)); /* larger than a block */
  assert_str_equal(arena_printf(&arena, "%d-%s", 3, "x"), "3-x");
  arena_release(&arena);
}

static void errors_gather_context(void **state)
{
  (void)state;
  struct err err = { 0 };
  assert_int_equal(err_set(&err, ERR_DATA, "bad '%s'", "x"), -1);
  assert_int_equal(err_wrap(&err, "line %d", 3), -1);
  assert_string_equal(err.msg, "line 3: bad 'x'");
  assert_int_equal(err_exit_status(err.code), 4);
  assert_int_equal(err_exit_status(ERR_INTERRUPTED), 130);
}

static const char *name_at(size_t index)
{
  static const char *const names[] = { "gsm8k", "math", "alfworld", NULL };
  return names[index];
}

static void nearest(void **state)
{
  (void)state;
  assert_string_equal(name_nearest(STR("gms8k"), name_at), "gsm8k");
  assert_string_equal(name_nearest(STR("alf"), name_at), "alfworld");
  assert_null(name_nearest(STR("zzzzzz"), name_at));
}

static void dates(void **state)
{
  (void)state;
  char text[CLOCK_TEXT_SIZE];
  clock_format_iso(1700000000123456, text);
  assert_string_equal(text, "2023-11-14T22:13:20Z");
  clock_format_file(1700000000123456, text);
  assert_string_equal(text, "2023-11-14T22-13-20.123456");
  setenv("SOURCE_DATE_EPOCH", "86400", 1);
  assert_true(clock_wall_us() == 86400000000);
  setenv("SOURCE_DATE_EPOCH", "soon", 1);
  assert_true(clock_wall_us() > 1600000000000000);
  unsetenv("SOURCE_DATE_EPOCH");
}

static void names_round_trip(void **state)
{
  (void)state;
  for (int v = 0; v < VERDICT_COUNT; v++)
    assert_int_equal(verdict_from_name(str_from(verdict_name((enum verdict)v))), v);
  assert_int_equal(verdict_from_name(STR("maybe")), -1);
  assert_int_equal(finish_from_name(STR("length")), FINISH_LENGTH);
  assert_int_equal(finish_from_name(STR("tired")), FINISH_UNKNOWN);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(slices_and_searches),
    cmocka_unit_test(lines),
    cmocka_unit_test(utf8),
    cmocka_unit_test(a_full_buffer_says_so),
    cmocka_unit_test(arenas_reuse_their_blocks),
    cmocka_unit_test(errors_gather_context),
    cmocka_unit_test(nearest),
    cmocka_unit_test(dates),
    cmocka_unit_test(names_round_trip),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
