/* math_truth.h - MATH-style items against a second method, one check a family.
 *
 * For the test_math_truth_*.c files, which define `checks` and `subjects` of their own. A
 * check knows the drawn numbers and the text, and uses none of the generator's solving.
 */
#ifndef OREO_TESTS_MATH_TRUTH_H
#define OREO_TESTS_MATH_TRUTH_H

#include "test.h"

#include "math_eval.h"

typedef bool check_fn(const struct math_item *it);

struct check {
  const char *family;
  check_fn *check;
};

static inline double ans(const struct math_item *it)
{
  return creal(eval_text(it->answer));
}

static inline bool is(const struct math_item *it, double value)
{
  return near(ans(it), value);
}

/* Numbers without sign in the statement, in order. */
static inline size_t numbers(const struct math_item *it, int64_t *out, size_t max)
{
  size_t n = 0;
  for (size_t i = 0; i < it->problem.len; i++)
    if (char_is_digit(it->problem.ptr[i]) && n < max) {
      out[n] = 0;
      for (; i < it->problem.len && char_is_digit(it->problem.ptr[i]); i++)
        out[n] = 10 * out[n] + it->problem.ptr[i] - '0';
      n++;
    }
  return n;
}

/* The longest piece of the statement has the value of the answer, at several points. */
static inline bool same_expression(const struct math_item *it)
{
  struct str longest = segment(it->problem, 0);
  for (size_t k = 1; str_present(segment(it->problem, k)); k++)
    if (segment(it->problem, k).len > longest.len)
      longest = segment(it->problem, k);
  for (double at = 0.5; at < 3; at += 0.75) {
    struct eval left = { .at = longest.ptr, .end = longest.ptr + longest.len };
    struct eval right = { .at = it->answer.ptr, .end = it->answer.ptr + it->answer.len };
    for (int c = 'j'; c <= 'z'; c++)
      left.vars[c] = right.vars[c] = at;
    left.vars['i'] = right.vars['i'] = I;
    if (!near(eval_sum(&left), eval_sum(&right)))
      return false;
  }
  return true;
}

static inline check_fn *check_of(const struct check *checks, const char *family)
{
  for (; checks->family; checks++)
    if (!strcmp(checks->family, family))
      return checks->check;
  return NULL;
}

/* Items 0 .. n-1 of a split, those of one subject; how many of them are wrong. */
static inline size_t check_split(const struct check *checks, size_t subject,
                                 const char *split, size_t n)
{
  struct arena arena = { 0 };
  size_t wrong = 0;
  for (size_t i = subject; i < n; i += MATH_SUBJECTS) {
    struct math_item item;
    math_item_make(&item, &arena, str_from(split), i);
    assert_int_equal(item.subject, subject);
    if (!check_of(checks, item.family)(&item)) {
      print_error("%s %zu (%s): %.*s gives %.*s\n", split, i, item.family,
                  STR_ARG(item.problem), STR_ARG(item.answer));
      wrong++;
    }
    arena_reset(&arena);
  }
  arena_release(&arena);
  return wrong;
}

/* Every family of the subject has a check, and the items pass it. */
static inline void check_subject(const struct check *checks, size_t subject)
{
  for (int level = 1; level <= MATH_LEVELS; level++)
    for (size_t i = 0; i < math_family_count(subject, level); i++)
      if (!check_of(checks, math_family_name(subject, level, i)))
        fail_msg("no second method for '%s'", math_family_name(subject, level, i));
  assert_int_equal(check_split(checks, subject, "test", 700), 0);
  assert_int_equal(check_split(checks, subject, "rl", 4200), 0);
}

#endif
