/* hendrycks/math and openai/prm800k: the last box, normal forms of strings. */
#include "grade/profile.h"
#include "grade/rewrite.h"

static struct str boxed_answer(const struct grade_case *c)
{
  return c->kind == GRADE_BARE ? str_trim(c->response) : rewrite_last_boxed(c->response);
}

static struct str gold_answer(const struct grade_case *c)
{
  struct str box = rewrite_last_boxed(c->gold);
  return str_present(box) ? box : str_trim(c->gold);
}

static struct grade hendrycks_grade(const struct grade_case *c)
{
  struct str found = boxed_answer(c);
  bool same = str_present(found) && found.len <= LIMIT_PEER &&
              str_equal(hendrycks_normal(c->arena, found),
                        hendrycks_normal(c->arena, gold_answer(c)));
  return profile_verdict(c, found, "boxed", same);
}

/* ---- prm800k ---- */

static const char *const prm_units[] = {
  "degree", "cm",   "centimeter", "meter", "mile", "second", "minute", "hour",
  "day",    "week", "month",      "year",  "foot", "feet",   "inch",   "yard",
};

static struct str drop_units(struct arena *arena, struct str s)
{
  for (size_t u = 0; u < COUNT(prm_units); u++) {
    struct str unit = str_from(prm_units[u]);
    ptrdiff_t at;
    while ((at = str_find(s, unit)) >= 0) {
      size_t end = (size_t)at + unit.len;
      if (str_starts(str_slice(s, end, s.len), STR("es")))
        end += 2;
      if (end < s.len && s.ptr[end] == 's')
        end++;
      size_t power = end;
      while (power < s.len && s.ptr[power] == ' ')
        power++;
      if (power + 1 < s.len && s.ptr[power] == '^' && char_is_digit(s.ptr[power + 1])) {
        for (end = power + 1; end < s.len && char_is_digit(s.ptr[end]); end++)
          ;
      }
      s = arena_printf(arena, "%.*s%.*s", (int)at, s.ptr,
                       STR_ARG(str_slice(s, end, s.len)));
    }
  }
  return s;
}

/* "7 3/4" is read as 7+3/4. */
static struct str mixed_number(struct arena *arena, struct str s)
{
  for (size_t i = 1; i + 1 < s.len; i++) {
    if (s.ptr[i] == ' ' && char_is_digit(s.ptr[i - 1]) && char_is_digit(s.ptr[i + 1]))
      s = arena_printf(arena, "%.*s+%.*s", (int)i, s.ptr,
                       STR_ARG(str_slice(s, i + 1, s.len)));
  }
  return s;
}

static bool is_wrapped(struct str s, char open, char close)
{
  return s.len >= 2 && s.ptr[0] == open && s.ptr[s.len - 1] == close;
}

static struct str prm_normal(struct arena *arena, struct str s)
{
  static const struct replacement rows[] = {
    { "\\%", "%" },
    { "\\$", "$" },
    { "$", "" },
    { "%", "" },
    { " or ", " , " },
    { " and ", " , " },
    { "million", "*10^6" },
    { "billion", "*10^9" },
    { "trillion", "*10^12" },
    { NULL, NULL },
  };
  static const struct replacement spaces[] = {
    { "^{\\circ}", "" }, { "^\\circ", "" }, { ",\\!", "" }, { "- ", "-" }, { NULL, NULL },
  };
  s = str_trim(str_slice(s, 0, LIMIT_PEER));
  if (str_starts(s, STR("\\text{")) && str_ends(s, STR("}")))
    s = str_slice(s, 6, s.len - 1);
  s = drop_units(arena, rewrite_table(arena, s, rows));
  s = rewrite_table(arena, s, spaces);
  if (is_wrapped(s, '{', '}'))
    s = str_slice(s, 1, s.len - 1);
  s = mixed_number(arena, str_trim(s));
  /* LaTeX commands stay: evaluation reads them; braces only matter beside one */
  bool latex = str_find_char(s, '\\') >= 0;
  s = rewrite_lower(arena, rewrite_without(arena, s, latex ? " " : " {}"));
  double value;
  if (rewrite_number(s, &value) && value > -1e15 && value < 1e15 &&
      value == (double)(int64_t)value)
    s = arena_printf(arena, "%lld", (long long)value);
  return s;
}

static bool is_literal_fraction(struct str s)
{
  size_t bars = 0;
  for (size_t i = 0; i < s.len; i++) {
    if (s.ptr[i] == '/')
      bars++;
    else if (!char_is_digit(s.ptr[i]) && !(s.ptr[i] == '-' && (i == 0)))
      return false;
  }
  return bars == 1;
}

static bool is_integer(struct str s)
{
  double value;
  return rewrite_number(s, &value) && value > -1e15 && value < 1e15 &&
         value == (double)(int64_t)value;
}

/* What its authors let the algebra system see. */
static bool may_evaluate(struct str s)
{
  bool letters[26] = { false };
  int n = 0;
  if (str_find(s, STR("^{")) >= 0 || str_find(s, STR("^(")) >= 0)
    return false;
  for (size_t i = 0; i < s.len; i++) {
    bool power = s.ptr[i] == '^' && i + 2 < s.len && char_is_digit(s.ptr[i + 1]) &&
                 char_is_digit(s.ptr[i + 2]);
    if (power)
      return false;
    bool command = i > 0 && (s.ptr[i - 1] == '\\' || char_is_alpha(s.ptr[i - 1]));
    bool single = i + 1 >= s.len || !char_is_alpha(s.ptr[i + 1]);
    if (char_is_lower(s.ptr[i]) && !command && single && !letters[s.ptr[i] - 'a']) {
      letters[s.ptr[i] - 'a'] = true;
      n++;
    }
  }
  return n <= 2;
}

static bool prm_element(const struct grade_case *c, struct str gold, struct str answer)
{
  if (is_literal_fraction(gold) && is_literal_fraction(answer))
    return str_equal(gold, answer);
  if (is_integer(gold) != is_integer(answer))
    return false;
  return may_evaluate(gold) && may_evaluate(answer) &&
         profile_same_value(c, gold, answer);
}

/* A comma list in brackets is compared element by element; n stays 1 for all else. */
static size_t split_tuple(struct str s, struct str *out, size_t max)
{
  bool bracketed = is_wrapped(s, '(', ')') || is_wrapped(s, '[', ']') ||
                   is_wrapped(s, '(', ']') || is_wrapped(s, '[', ')');
  struct str inside = bracketed ? str_slice(s, 1, s.len - 1) : s;
  if (!bracketed || str_find_char(inside, '(') >= 0 || str_find_char(inside, '[') >= 0) {
    out[0] = s;
    return 1;
  }
  size_t n = 0, from = 0;
  for (size_t i = 0; i <= inside.len && n < max; i++) {
    if (i == inside.len || inside.ptr[i] == ',') {
      out[n++] = str_trim(str_slice(inside, from, i));
      from = i + 1;
    }
  }
  return n;
}

static bool prm_same(const struct grade_case *c, struct str gold, struct str answer)
{
  struct str golds[64], answers[64];
  if (str_equal(hendrycks_normal(c->arena, gold), hendrycks_normal(c->arena, answer)))
    return true;
  gold = prm_normal(c->arena, gold);
  answer = prm_normal(c->arena, answer);
  if (str_equal(gold, answer))
    return true;
  if (answer.len == 0 || gold.len == 0)
    return false;
  size_t n = split_tuple(gold, golds, COUNT(golds));
  if (split_tuple(answer, answers, COUNT(answers)) != n)
    return false;
  if (n > 1 && (gold.ptr[0] != answer.ptr[0] ||
                gold.ptr[gold.len - 1] != answer.ptr[answer.len - 1]))
    return false;
  for (size_t i = 0; i < n; i++) {
    if (!prm_element(c, golds[i], answers[i]))
      return false;
  }
  return true;
}

static struct grade prm800k_grade(const struct grade_case *c)
{
  struct str found = boxed_answer(c);
  bool same =
      str_present(found) && found.len <= LIMIT_PEER && prm_same(c, gold_answer(c), found);
  return profile_verdict(c, found, "boxed", same);
}

const struct profile profile_hendrycks = {
  .info = { "hendrycks", "1", "math_equivalence.py", "the last box, string normal form" },
  .grade = hendrycks_grade,
};

const struct profile profile_prm800k = {
  .info = { "prm800k", "1", "prm800k/grading/grader.py",
            "the last box, strict fractions and integers" },
  .grade = prm800k_grade,
};
