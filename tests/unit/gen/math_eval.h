/* math_eval.h - a second opinion on MATH-style items: LaTeX evaluated in floating point.
 *
 * For tests only: reads the statement and the boxed answer as a person would, with none
 * of the generator's code. Complex doubles; unknowns are single letters. What it cannot
 * read gives NaN, which fails every comparison. No memory is owned.
 */
#ifndef OREO_TESTS_MATH_EVAL_H
#define OREO_TESTS_MATH_EVAL_H

#include <complex.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "gen/math.h"

struct eval {
  const char *at, *end;
  double complex vars[128];
  bool mixed; /* a number before \frac is added, not multiplied */
};

static inline double complex eval_sum(struct eval *e);

static inline void eval_space(struct eval *e)
{
  static const char *const blanks[] = { " ",   "\\left",  "\\right", "\\$",
                                        "\\%", "^\\circ", "\\text",  "\n" };
  for (size_t i = 0; i < COUNT(blanks); i++) {
    size_t n = strlen(blanks[i]);
    bool longer = !strcmp(blanks[i], "\\left") && e->end - e->at > 5 && e->at[5] == '\\';
    if ((size_t)(e->end - e->at) >= n && !memcmp(e->at, blanks[i], n) && !longer) {
      e->at += n;
      i = (size_t)-1;
    }
  }
}

static inline bool eval_take(struct eval *e, const char *token)
{
  eval_space(e);
  size_t n = strlen(token);
  if ((size_t)(e->end - e->at) < n || memcmp(e->at, token, n))
    return false;
  e->at += n;
  return true;
}

static inline double complex eval_group(struct eval *e)
{
  if (eval_take(e, "{")) {
    double complex value = eval_sum(e);
    return eval_take(e, "}") ? value : NAN;
  }
  eval_space(e);
  return e->at < e->end && char_is_digit(*e->at) ? *e->at++ - '0' : NAN;
}

static inline double complex eval_number(struct eval *e)
{
  double value = 0, unit = 1;
  while (e->at < e->end && char_is_digit(*e->at))
    value = 10 * value + (*e->at++ - '0');
  if (e->at + 1 < e->end && *e->at == '.' && char_is_digit(e->at[1]))
    for (e->at++; e->at < e->end && char_is_digit(*e->at); e->at++)
      value += (unit /= 10) * (*e->at - '0');
  return value;
}

static inline double complex eval_primary(struct eval *e)
{
  double complex value;
  if (eval_take(e, "\\cfrac") || eval_take(e, "\\frac")) {
    value = eval_group(e);
    return value / eval_group(e);
  }
  if (eval_take(e, "\\sqrt"))
    return csqrt(eval_group(e));
  if (eval_take(e, "\\pi"))
    return acos(-1);
  if (eval_take(e, "\\log_")) {
    value = clog(eval_group(e));
    return clog(eval_primary(e)) / value;
  }
  if (eval_take(e, "(")) {
    value = eval_sum(e);
    return eval_take(e, ")") ? value : NAN;
  }
  if (eval_take(e, "|")) {
    value = eval_sum(e);
    return eval_take(e, "|") ? cabs(value) : NAN;
  }
  eval_space(e);
  if (e->at < e->end && char_is_digit(*e->at))
    return eval_number(e);
  if (e->at < e->end && char_is_alpha(*e->at))
    return e->vars[(unsigned char)*e->at++];
  e->at = e->end;
  return NAN;
}

static inline double complex eval_power(struct eval *e)
{
  double complex base = eval_primary(e);
  eval_space(e);
  if (!eval_take(e, "^"))
    return base;
  long n = lround(creal(eval_group(e)));
  double complex value = 1;
  for (long i = 0; i < labs(n); i++)
    value *= base;
  return n < 0 ? 1 / value : value;
}

static inline bool eval_more(struct eval *e)
{
  eval_space(e);
  if (e->at >= e->end)
    return false;
  static const char *const starts[] = { "\\frac", "\\cfrac", "\\sqrt", "\\pi", "\\log" };
  for (size_t i = 0; i < COUNT(starts); i++)
    if ((size_t)(e->end - e->at) >= strlen(starts[i]) &&
        !memcmp(e->at, starts[i], strlen(starts[i])))
      return true;
  return char_is_alnum(*e->at) || *e->at == '(';
}

static inline double complex eval_product(struct eval *e)
{
  eval_space(e);
  bool number = e->at < e->end && char_is_digit(*e->at);
  double complex value = eval_power(e);
  for (;;) {
    eval_space(e);
    bool fraction = e->end - e->at > 5 && !memcmp(e->at, "\\frac", 5);
    if (eval_take(e, "\\cdot") || eval_take(e, "\\times"))
      value *= eval_power(e);
    else if (eval_take(e, "\\div"))
      value /= eval_power(e);
    else if (e->mixed && number && fraction)
      value += eval_power(e);
    else if (eval_more(e))
      value *= eval_power(e);
    else
      return value;
  }
}

static inline double complex eval_sum(struct eval *e)
{
  double sign = eval_take(e, "-") ? -1 : 1;
  double complex value = sign * eval_product(e);
  for (;;) {
    if (eval_take(e, "+"))
      value += eval_product(e);
    else if (eval_take(e, "-"))
      value -= eval_product(e);
    else
      return value;
  }
}

/* The value of `text` with the unknown `name` at `x`. */
static inline double complex eval_at(struct str text, char name, double complex x)
{
  struct eval e = { .at = text.ptr, .end = text.ptr + text.len };
  e.vars['i'] = I;
  e.vars[(unsigned char)name] = x;
  double complex value = eval_sum(&e);
  eval_space(&e);
  return e.at == e.end ? value : NAN;
}

static inline double complex eval_text(struct str text)
{
  return eval_at(text, 'i', I);
}

static inline bool near(double complex a, double complex b)
{
  return cabs(a - b) <= 1e-9 * (1 + cabs(a) + cabs(b));
}

/* The k-th piece of the statement between dollar signs, from 0; absent past the last. */
static inline struct str segment(struct str problem, size_t k)
{
  size_t from = 0, n = 0;
  bool inside = false;
  for (size_t i = 0; i < problem.len; i++) {
    if (problem.ptr[i] != '$' || (i && problem.ptr[i - 1] == '\\'))
      continue;
    if (inside && n++ == k)
      return str_slice(problem, from, i);
    inside = !inside;
    from = i + 1;
  }
  return STR_NONE;
}

/* The first piece that contains `token`. */
static inline struct str segment_with(struct str problem, const char *token)
{
  for (size_t k = 0;; k++) {
    struct str piece = segment(problem, k);
    if (!str_present(piece) || str_find(piece, str_from(token)) >= 0)
      return piece;
  }
}

/* The part of `text` before / behind the first `token`. */
static inline struct str before(struct str text, const char *token)
{
  ptrdiff_t at = str_find(text, str_from(token));
  return at < 0 ? text : str_slice(text, 0, (size_t)at);
}

static inline struct str behind(struct str text, const char *token)
{
  ptrdiff_t at = str_find(text, str_from(token));
  return at < 0 ? STR_NONE : str_slice(text, (size_t)at + strlen(token), text.len);
}

/* Numbers of a list, tuple, set or matrix, in order; how many. */
static inline size_t parts_of(struct str text, double *out, size_t max)
{
  static const char *const wraps[] = {
    "\\begin{pmatrix}", "\\end{pmatrix}", "\\left(", "\\right)", "\\{", "\\}"
  };
  char clean[512];
  size_t n = 0, from = 0, count = 0;
  for (size_t i = 0; i < text.len && n + 1 < sizeof clean;) {
    bool skipped = false;
    for (size_t k = 0; k < COUNT(wraps); k++)
      if (str_starts(str_slice(text, i, text.len), str_from(wraps[k]))) {
        i += strlen(wraps[k]);
        skipped = true;
        break;
      }
    if (skipped)
      continue;
    bool row = text.ptr[i] == '\\' && i + 1 < text.len && text.ptr[i + 1] == '\\';
    bool bracket =
        (i == 0 && text.ptr[i] == '(') || (i + 1 == text.len && text.ptr[i] == ')');
    clean[n++] = row || text.ptr[i] == '&' ? ',' : bracket ? ' ' : text.ptr[i];
    i += row ? 2 : 1;
  }
  for (size_t i = 0; i <= n && count < max; i++)
    if (i == n || clean[i] == ',') {
      out[count++] = creal(eval_text(str_trim((struct str){ clean + from, i - from })));
      from = i + 1;
    }
  return count;
}

/* Is x in an interval or a union of intervals? */
static inline bool is_member(struct str text, double x)
{
  while (str_present(text)) {
    struct str one = str_trim(before(text, "\\cup"));
    text = behind(text, "\\cup");
    struct str low = before(str_slice(one, 1, one.len), ",");
    struct str high = str_slice(behind(one, ","), 0, behind(one, ",").len - 1);
    bool all_low = str_find(low, STR("\\infty")) >= 0;
    bool all_high = str_find(high, STR("\\infty")) >= 0;
    double a = all_low ? -INFINITY : creal(eval_text(str_trim(low)));
    double b = all_high ? INFINITY : creal(eval_text(str_trim(high)));
    bool above = one.ptr[0] == '[' ? x >= a - 1e-12 : x > a + 1e-12;
    bool below = one.ptr[one.len - 1] == ']' ? x <= b + 1e-12 : x < b - 1e-12;
    if (above && below)
      return true;
  }
  return false;
}

#endif
