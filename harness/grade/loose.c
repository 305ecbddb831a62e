#include "grade/loose.h"

#include <math.h>

#include "grade/rewrite.h"
#include "grade/scan.h"

enum { LIMIT_PARTS = 64, LIMIT_DEPTH = 4 };

/* Words that stand for units in the scripts; single letters among them, which is why
 * "(a+5)(b+2)" loses its a there. */
static const char *const unit_words[] = {
  "east",         "degree", "mph",    "kmph",  "ft",        "m sqaure", " m east",
  "sq m",         "deg",    "mile",   "q .",   "monkey",    "prime",    "ratio",
  "profit of rs", "rd",     "o",      "gm",    "p . m",     "lb",       "tile",
  "per",          "dm",     "lt",     "gain",  "ab",        "way",      "west",
  "a .",          "b .",    "c .",    "d .",   "e .",       "f .",      "g .",
  "h .",          "t",      "a",      "h",     "no change", "men",      "soldier",
  "pie",          "bc",     "excess", "st",    "inches",    "noon",     "percent",
  "by",           "gal",    "kmh",    "c",     "acre",      "rise",     "a . m",
  "th",           "sq",     "mark",   "l",     "toy",       "coin",     "sq . m",
  "gallon",       "minute", "hour",   "day",   "week",      "month",    "year",
  "foot",         "feet",   "inch",   "yard",  "meter",     "cm",       "km",
  "dollar",       "cent",   "unit",   "point", "hr",        "kg",       "s",
  "second",       "sec",    "min",    "rs",
};

static bool word_char(char c)
{
  return char_is_alnum(c) || c == '_';
}

static struct str drop_word(struct arena *arena, struct str s, struct str word)
{
  for (size_t i = 0; i + word.len <= s.len; i++) {
    if (memcmp(s.ptr + i, word.ptr, word.len) != 0)
      continue;
    bool before = i == 0 || !word_char(s.ptr[i - 1]);
    bool after = i + word.len == s.len || !word_char(s.ptr[i + word.len]);
    if (before && after && s.len > word.len)
      s = arena_printf(arena, "%.*s%.*s", (int)i, s.ptr,
                       STR_ARG(str_slice(s, i + word.len, s.len)));
  }
  return s;
}

static struct str drop_units(struct arena *arena, struct str s)
{
  for (size_t i = 0; i < COUNT(unit_words); i++) {
    struct str word = str_from(unit_words[i]);
    if (str_find(s, word) < 0)
      continue;
    s = drop_word(arena, s, word);
    s = drop_word(arena, s, arena_printf(arena, "%.*ss", STR_ARG(word)));
  }
  return s;
}

/* A unit as text at the end, unless it is all there is. */
static struct str drop_final_text(struct str s)
{
  ptrdiff_t at = str_find_last(s, STR("\\text{"));
  if (at <= 0 || s.ptr[s.len - 1] != '}')
    return s;
  ptrdiff_t close = str_find_char(str_slice(s, (size_t)at, s.len), '}');
  return (size_t)(at + close) + 1 == s.len ? str_trim(str_slice(s, 0, (size_t)at)) : s;
}

/* "2.00" and "2.0x" lose their zeros. */
static struct str drop_zeros(struct arena *arena, struct str s)
{
  char *out = arena_alloc(arena, s.len + 1);
  size_t n = 0;
  for (size_t i = 0; i < s.len; i++) {
    if (s.ptr[i] == '.' && i > 0 && char_is_digit(s.ptr[i - 1])) {
      size_t end = i + 1;
      while (end < s.len && s.ptr[end] == '0')
        end++;
      if (end == s.len || !char_is_digit(s.ptr[end])) {
        i = end - 1;
        continue;
      }
    }
    out[n++] = s.ptr[i];
  }
  return (struct str){ out, n };
}

struct str loose_normal(struct arena *arena, struct str s)
{
  static const struct replacement spellings[] = {
    { "\n", "" },        { "\\!", "" },       { "bmatrix", "pmatrix" },
    { "tfrac", "frac" }, { "dfrac", "frac" }, { "\\neq", "\\ne" },
    { "\\leq", "\\le" }, { "\\geq", "\\ge" }, { "\\left", "" },
    { "\\right", "" },   { "\\{", "{" },      { "\\}", "}" },
    { NULL, NULL },
  };
  static const struct replacement marks[] = {
    { "^{\\circ}", "" },
    { "^\\circ", "" },
    { "\\$", "" },
    { "$", "" },
    { "\\(", "" },
    { "\\)", "" },
    { "\\text", "" },
    { "x=", "" },
    { "y=", "" },
    { "z=", "" },
    { "x\\in", "" },
    { "y\\in", "" },
    { "\\emptyset", "{}" },
    { "(-\\infty,\\infty)", "\\mathbb{R}" },
    { "\\%", "" },
    { "%", "" },
    { " .", " 0." },
    { "{.", "{0." },
    { "infinity", "\\infty" },
    { "and", "" },
    { "\\mathbf", "" },
    { "'", "" },
    { "\"", "" },
    { NULL, NULL },
  };
  s = str_trim(str_slice(s, 0, LIMIT_PEER));
  while (s.len && s.ptr[s.len - 1] == '.')
    s.len--;
  s = rewrite_table(arena, s, spellings);
  s = drop_units(arena, drop_final_text(s));
  s = drop_zeros(arena, rewrite_table(arena, s, marks));
  if (str_find_char(s, 'j') >= 0 && str_find_char(s, 'i') < 0)
    s = rewrite_all(arena, s, "j", "i");
  return hendrycks_normal(arena, str_trim(s));
}

/* ---- the ladder ---- */

struct str loose_minerva(struct str response)
{
  ptrdiff_t from = str_find(response, STR("final answer is $"));
  if (from < 0)
    return STR_NONE;
  struct str rest = str_slice(response, (size_t)from + 17, response.len);
  ptrdiff_t end = str_find(rest, STR("$. I hope"));
  return end < 0 ? STR_NONE : str_trim(str_slice(rest, 0, (size_t)end));
}

struct str loose_behind(struct str response, const char *phrase)
{
  ptrdiff_t at = str_find_last(response, str_from(phrase));
  return at < 0
             ? STR_NONE
             : str_trim(str_slice(response, (size_t)at + strlen(phrase), response.len));
}

struct str loose_last_number(struct arena *arena, struct str s)
{
  size_t end = s.len;
  while (end > 0 && !char_is_digit(s.ptr[end - 1]))
    end--;
  if (!end)
    return STR_NONE;
  size_t from = end;
  bool point = false;
  while (from > 0 && end - from < LIMIT_PEER) {
    char c = s.ptr[from - 1];
    if (c == '.' && !point)
      point = true;
    else if (!char_is_digit(c) && c != ',')
      break;
    from--;
  }
  if (from > 0 && s.ptr[from - 1] == '-')
    from--;
  while (from < end && s.ptr[from] == ',')
    from++;
  struct str found = str_slice(s, from, end);
  return str_find_char(found, ',') < 0 ? found : rewrite_all(arena, found, ",", "");
}

struct str loose_trim(struct str s)
{
  s = str_trim(s);
  ptrdiff_t line = str_find_char(s, '\n');
  if (line >= 0)
    s = str_slice(s, 0, (size_t)line);
  while (s.len && s.ptr[0] == ':')
    s = str_slice(s, 1, s.len);
  while (s.len && s.ptr[s.len - 1] == '.')
    s.len--;
  while (s.len && s.ptr[s.len - 1] == '/')
    s.len--;
  return str_trim(s);
}

struct str loose_box(struct str response, size_t at)
{
  struct str rest = str_slice(response, at, response.len);
  if (rest.len == 0)
    return STR("");
  if (rest.ptr[0] != '{') {
    ptrdiff_t end = str_find_char(rest, '$');
    return str_trim(end < 0 ? rest : str_slice(rest, 0, (size_t)end));
  }
  size_t depth = 0;
  for (size_t i = 0; i < rest.len; i++) {
    depth += rest.ptr[i] == '{';
    depth -= rest.ptr[i] == '}';
    if (depth == 0)
      return str_slice(rest, 1, i);
  }
  return str_slice(rest, 1, rest.len);
}

/* ---- equality ---- */

static bool is_close(double a, double b, struct tolerance t)
{
  double d = fabs(a - b);
  return d <= t.relative * fmax(fabs(a), fabs(b)) || d < t.absolute;
}

/* A number, a number with a percent sign, or a fraction of two numbers. */
static bool plain_value(struct str s, double *value, bool *is_fraction)
{
  double a, b;
  *is_fraction = false;
  if (rewrite_number(s, value))
    return true;
  if (s.len > 1 && s.ptr[s.len - 1] == '%') {
    size_t end = s.len > 2 && s.ptr[s.len - 2] == '\\' ? s.len - 2 : s.len - 1;
    if (!rewrite_number(str_slice(s, 0, end), &a))
      return false;
    *value = a / 100;
    return true;
  }
  bool minus = str_starts(s, STR("-\\frac{"));
  struct str f = str_slice(s, minus, s.len);
  ptrdiff_t middle = str_find(f, STR("}{"));
  if (!str_starts(f, STR("\\frac{")) || middle < 0 || f.ptr[f.len - 1] != '}')
    return false;
  if (!rewrite_number(str_slice(f, 6, (size_t)middle), &a) ||
      !rewrite_number(str_slice(f, (size_t)middle + 2, f.len - 1), &b) || b == 0)
    return false;
  *is_fraction = true;
  *value = minus ? -a / b : a / b;
  return true;
}

/* 1: equal, 0: different, -1: not two numbers. */
static int same_number(struct str gold, struct str answer, struct tolerance t)
{
  double g, a;
  bool fraction_g, fraction_a;
  if (!plain_value(gold, &g, &fraction_g) || !plain_value(answer, &a, &fraction_a))
    return -1;
  if (is_close(a, g, t))
    return 1;
  /* percent only between two numerals: a fraction goes to the algebra system */
  return !fraction_g && !fraction_a &&
         (is_close(a, g / 100, t) || is_close(a, g * 100, t));
}

static struct str bare_of_brackets(struct arena *arena, struct str s)
{
  return rewrite_lower(arena, rewrite_without(arena, s, "{}()[] "));
}

static bool is_bracketed(struct str s)
{
  return s.len > 2 && (s.ptr[0] == '(' || s.ptr[0] == '[') &&
         (s.ptr[s.len - 1] == ')' || s.ptr[s.len - 1] == ']');
}

static size_t split(struct str s, char separator, struct str *out)
{
  size_t n = 0, from = 0;
  for (size_t i = 0; i <= s.len && n < LIMIT_PARTS; i++) {
    if (i == s.len || s.ptr[i] == separator) {
      out[n++] = str_trim(str_slice(s, from, i));
      from = i + 1;
    }
  }
  return n;
}

static bool same_text(const struct grade_case *c, struct str gold, struct str answer,
                      struct tolerance t, int depth);

static bool same_parts(const struct grade_case *c, struct str gold, struct str answer,
                       struct tolerance t, int depth)
{
  struct str golds[LIMIT_PARTS], answers[LIMIT_PARTS];
  size_t n = split(str_slice(gold, 1, gold.len - 1), ',', golds);
  if (split(str_slice(answer, 1, answer.len - 1), ',', answers) != n)
    return false;
  for (size_t i = 0; i < n; i++) {
    if (!same_text(c, golds[i], answers[i], t, depth + 1))
      return false;
  }
  return true;
}

static bool same_text(const struct grade_case *c, struct str gold, struct str answer,
                      struct tolerance t, int depth)
{
  gold = str_trim(gold);
  answer = str_trim(answer);
  if (str_equal_nocase(gold, answer))
    return true;
  if (answer.len == 0 || gold.len == 0 || depth > LIMIT_DEPTH)
    return false;
  int number = same_number(gold, answer, t);
  if (number >= 0)
    return number;
  if (str_equal(bare_of_brackets(c->arena, gold), bare_of_brackets(c->arena, answer)))
    return true;
  if (is_bracketed(gold) && is_bracketed(answer) && same_parts(c, gold, answer, t, depth))
    return true;
  ptrdiff_t eg = str_find_char(gold, '='), ea = str_find_char(answer, '=');
  if (ea >= 0 && ea <= 2 && eg < 0)
    return same_text(c, gold, str_slice(answer, (size_t)ea + 1, answer.len), t,
                     depth + 1);
  if (eg >= 0 && eg <= 2 && ea < 0)
    return same_text(c, str_slice(gold, (size_t)eg + 1, gold.len), answer, t, depth + 1);
  return profile_same_value(c, gold, answer);
}

bool loose_same(const struct grade_case *c, struct str gold, struct str answer,
                struct tolerance t)
{
  if (gold.len > LIMIT_PEER || answer.len > LIMIT_PEER)
    return false;
  return same_text(c, loose_normal(c->arena, gold), loose_normal(c->arena, answer), t, 0);
}
