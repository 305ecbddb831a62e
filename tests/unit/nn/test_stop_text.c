/* Stop strings: across pieces, overlapping, and the same wherever a text is cut. */
#include "base/rng.h"
#include "nn/stop_text.h"
#include "test.h"

/* What of `text` is left when it comes in pieces of `step` bytes, or -1: all of it. */
static ptrdiff_t cut_by(const struct str *strings, size_t n, struct str text, size_t step)
{
  struct stop_text stop = { .strings = strings, .n_strings = n };
  size_t cut, len = 0;
  while (len < text.len) {
    len = len + step < text.len ? len + step : text.len;
    if (stop_text_find(&stop, str_slice(text, 0, len), &cut))
      return (ptrdiff_t)cut;
  }
  return -1;
}

static void expect(const struct str *strings, size_t n, const char *text, ptrdiff_t cut)
{
  for (size_t step = 1; step <= strlen(text) + 1; step++)
    if (cut_by(strings, n, str_from(text), step) != cut)
      fail_msg("'%s' in pieces of %zu: %td, not %td", text, step,
               cut_by(strings, n, str_from(text), step), cut);
}

static void test_one(void **state)
{
  (void)state;
  const struct str stop[] = { STR("\n\nQ:") };
  expect(stop, 1, "42\n\nQ: next", 2);
  expect(stop, 1, "\n\nQ:", 0);
  expect(stop, 1, "42\n\n\nQ: next", 3);
  expect(stop, 1, "42\nQ: \n\nQ", -1);
  expect(stop, 1, "", -1);
  expect(NULL, 0, "anything", -1);
}

static void test_several(void **state)
{
  (void)state;
  /* the one that is complete first, though the other begins before it */
  const struct str inside[] = { STR("abcdef"), STR("cd") };
  expect(inside, 2, "xxabcdefyy", 4);
  /* two that end together: the longer */
  const struct str ends[] = { STR("</s>"), STR("\n</s>"), STR("/s>") };
  expect(ends, 2, "42\n</s>", 2);
  expect(ends + 1, 2, "42\n</s>", 2);
  expect(ends, 3, "42 </s>", 3);
  const struct str twice[] = { STR("aa"), STR("a") };
  expect(twice, 2, "baa", 1);
  /* an empty one stops nothing */
  const struct str empty[] = { STR(""), STR("b") };
  expect(empty, 2, "aab", 2);
}

/* Random texts of few letters, against the plain search; cut anywhere. */
static void test_random(void **state)
{
  (void)state;
  struct rng rng;
  rng_init(&rng, 1, "stop-text", 0);
  for (int round = 0; round < 3000; round++) {
    char text[40], needle[4];
    size_t n = (size_t)rng_below(&rng, sizeof text);
    size_t len = 1 + (size_t)rng_below(&rng, sizeof needle);
    for (size_t i = 0; i < n; i++)
      text[i] = (char)('a' + rng_below(&rng, 2));
    for (size_t i = 0; i < len; i++)
      needle[i] = (char)('a' + rng_below(&rng, 2));
    struct str whole = { text, n }, stop = { needle, len };
    ptrdiff_t cut = str_find(whole, stop);
    size_t step = 1 + (size_t)rng_below(&rng, 7);
    assert_int_equal(cut_by(&stop, 1, whole, step), cut);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_one),
    cmocka_unit_test(test_several),
    cmocka_unit_test(test_random),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
