#include "task/minerva.h"

#include "base/buf.h"

/* ---- the box ---- */

struct str minerva_boxed(struct str solution)
{
  struct str bare = STR("\\boxed "), mark = STR("\\boxed{");
  ptrdiff_t at = str_find_last(solution, bare);
  if (at >= 0) {
    struct str rest = str_slice(solution, (size_t)at + bare.len, solution.len);
    ptrdiff_t end = str_find_char(rest, '$');
    return end < 0 ? rest : str_slice(rest, 0, (size_t)end);
  }
  at = str_find_last(solution, mark);
  if (at < 0)
    return STR_NONE;
  struct str rest = str_slice(solution, (size_t)at + mark.len, solution.len);
  int open = 1;
  for (size_t i = 0; i < rest.len; i++) {
    open += rest.ptr[i] == '{';
    open -= rest.ptr[i] == '}';
    if (!open)
      return str_slice(rest, 0, i);
  }
  return STR_NONE;
}

/* ---- what is replaced and removed, in this order ---- */

static const struct {
  struct str from, to;
} substitutions[] = {
  { { "an ", 3 }, { "", 0 } },           { { "a ", 2 }, { "", 0 } },
  { { ".$", 2 }, { "$", 1 } },           { { "\\$", 2 }, { "", 0 } },
  { { "\\ ", 2 }, { "", 0 } },           { { " ", 1 }, { "", 0 } },
  { { "mbox", 4 }, { "text", 4 } },      { { ",\\text{and}", 11 }, { ",", 1 } },
  { { "\\text{and}", 10 }, { ",", 1 } }, { { "\\text{m}", 8 }, { "\\text{}", 7 } },
};

static const char *const removed[] = {
  "square",       "ways",
  "integers",     "dollars",
  "mph",          "inches",
  "ft",           "hours",
  "km",           "units",
  "\\ldots",      "sue",
  "points",       "feet",
  "minutes",      "digits",
  "cents",        "degrees",
  "cm",           "gm",
  "pounds",       "meters",
  "meals",        "edges",
  "students",     "childrentickets",
  "multiples",    "\\text{s}",
  "\\text{.}",    "\\text{\ns}",
  "\\text{}^2",   "\\text{}^3",
  "\\text{\n}",   "\\text{}",
  "\\mathrm{th}", "^\\circ",
  "^{\\circ}",    "\\;",
  ",\\!",         "{,}",
  "\"",           "\\dots",
};

/* ---- passes over the text: each reads `in` and appends to `out` ---- */

/* Bytes above ASCII belong to letters in any answer that we know. */
static bool is_word(char c)
{
  return char_is_alnum(c) || c == '_' || (c & 0x80);
}

static bool is_word_at(struct str s, size_t at)
{
  return at < s.len && is_word(s.ptr[at]);
}

static bool is_here(struct str s, size_t at, struct str what)
{
  return s.len - at >= what.len && memcmp(s.ptr + at, what.ptr, what.len) == 0;
}

/* Length of the character at `at` in valid UTF-8. */
static size_t sign_len(struct str s, size_t at)
{
  size_t n = 1;
  while (at + n < s.len && ((unsigned char)s.ptr[at + n] & 0xc0) == 0x80)
    n++;
  return n;
}

static void replace(struct buf *out, struct str in, struct str from, struct str to)
{
  for (ptrdiff_t at; (at = str_find(in, from)) >= 0;) {
    buf_add(out, str_slice(in, 0, (size_t)at));
    buf_add(out, to);
    in = str_slice(in, (size_t)at + from.len, in.len);
  }
  buf_add(out, in);
}

/* A unit that stands by itself and is no LaTeX command. */
static void remove_word(struct buf *out, struct str in, struct str word)
{
  for (size_t at = 0; at < in.len;) {
    bool begins = at == 0 || (!is_word(in.ptr[at - 1]) && in.ptr[at - 1] != '\\');
    if (begins && is_here(in, at, word) && !is_word_at(in, at + word.len))
      at += word.len;
    else
      buf_add_char(out, in.ptr[at++]);
  }
}

/* A unit anywhere but in a LaTeX command. */
static void remove_glued(struct buf *out, struct str in, struct str word)
{
  for (size_t at = 0; at < in.len;) {
    size_t end = at;
    if (in.ptr[at] == '\\' && at + 1 < in.len && char_is_alpha(in.ptr[at + 1])) {
      for (end++; end < in.len && char_is_alpha(in.ptr[end]);)
        end++;
      buf_add(out, str_slice(in, at, end));
    } else {
      do
        end++;
      while (end < in.len && !(in.ptr[end] == '\\' && end + 1 < in.len &&
                               char_is_alpha(in.ptr[end + 1])));
      replace(out, str_slice(in, at, end), word, STR(""));
    }
    at = end;
  }
}

/* Each line with two dollar signs becomes what stands between them, dollars included. */
static void keep_dollars(struct buf *out, struct str in)
{
  for (;;) {
    ptrdiff_t end = str_find_char(in, '\n');
    struct str line = end < 0 ? in : str_slice(in, 0, (size_t)end);
    ptrdiff_t a = str_find_char(line, '$');
    struct str rest = a < 0 ? STR("") : str_slice(line, (size_t)a + 1, line.len);
    ptrdiff_t b = str_find_char(rest, '$');
    buf_add(out, b < 0 ? line : str_slice(line, (size_t)a, (size_t)(a + b) + 2));
    if (end < 0)
      return;
    buf_add_char(out, '\n');
    in = str_slice(in, (size_t)end + 1, in.len);
  }
}

/* Takes `open` and its closing brace on the same line away: the first one, or the last.
 */
static void unwrap(struct buf *out, struct str in, struct str open, bool greedy)
{
  for (size_t at = 0; at < in.len;) {
    struct str inner =
        is_here(in, at, open) ? str_slice(in, at + open.len, in.len) : STR("");
    ptrdiff_t newline = str_find_char(inner, '\n');
    if (newline >= 0)
      inner.len = (size_t)newline;
    ptrdiff_t close = greedy ? str_find_last(inner, STR("}")) : str_find_char(inner, '}');
    if (close < 0) {
      buf_add_char(out, in.ptr[at++]);
      continue;
    }
    buf_add(out, str_slice(inner, 0, (size_t)close));
    at += open.len + (size_t)close + 1;
  }
}

/* \frac12 becomes \frac{1}{2} */
static void brace_frac(struct buf *out, struct str in)
{
  struct str frac = STR("frac");
  for (size_t at = 0; at < in.len;) {
    size_t a = at + frac.len;
    bool found = is_here(in, at, frac) && a < in.len && in.ptr[a] != '{';
    size_t b = found ? a + sign_len(in, a) : 0;
    if (!found || b >= in.len || in.ptr[b] == '\n') {
      buf_add_char(out, in.ptr[at++]);
      continue;
    }
    size_t end = b + sign_len(in, b);
    buf_printf(out, "frac{%.*s}{%.*s}", STR_ARG(str_slice(in, a, b)),
               STR_ARG(str_slice(in, b, end)));
    at = end;
  }
}

/* \sqrt2 becomes \sqrt{2}; with `indexed`, \sqrt[3]2 becomes \sqrt[3]{2} instead. */
static void brace_sqrt(struct buf *out, struct str in, bool indexed)
{
  struct str sqrt = STR("sqrt");
  for (size_t at = 0; at < in.len;) {
    size_t a = at + sqrt.len;
    bool found = is_here(in, at, sqrt) && a < in.len && (in.ptr[a] == '[') == indexed;
    if (found && indexed) {
      ptrdiff_t close = str_find_char(str_slice(in, a, in.len), ']');
      a += close < 0 ? 0 : (size_t)close + 1;
      found = close >= 0 && is_word_at(in, a);
    } else if (found) {
      found = in.ptr[a] != '{';
    }
    if (!found) {
      buf_add_char(out, in.ptr[at++]);
      continue;
    }
    size_t end = a + sign_len(in, a);
    buf_printf(out, "%.*s{%.*s}", STR_ARG(str_slice(in, at, a)),
               STR_ARG(str_slice(in, a, end)));
    at = end;
  }
}

/* "-12,345,678" and the like */
static bool is_grouped(struct str s)
{
  size_t at = str_starts(s, STR("-")), digits = 0;
  while (digits <= 3 && at + digits < s.len && char_is_digit(s.ptr[at + digits]))
    digits++;
  at += digits;
  if (digits < 1 || digits > 3 || at == s.len || (s.len - at) % 4)
    return false;
  for (; at < s.len; at += 4)
    if (s.ptr[at] != ',' || !char_is_digit(s.ptr[at + 1]) ||
        !char_is_digit(s.ptr[at + 2]) || !char_is_digit(s.ptr[at + 3]))
      return false;
  return true;
}

/* ---- the whole ---- */

/* Two buffers that take turns. */
struct passes {
  struct buf text[2];
  int now;
};

static struct str current(const struct passes *p)
{
  return buf_str(&p->text[p->now]);
}

static struct buf *next(struct passes *p)
{
  buf_reset(&p->text[!p->now]);
  return &p->text[!p->now];
}

#define PASS(p, call) ((call), (p)->now = !(p)->now)

static bool is_letters(struct str s)
{
  for (size_t i = 0; i < s.len; i++)
    if (!char_is_alpha(s.ptr[i]))
      return false;
  return true;
}

static void remove_units(struct passes *p)
{
  for (size_t i = 0; i < COUNT(removed); i++)
    if (is_letters(str_from(removed[i])))
      PASS(p, remove_word(next(p), current(p), str_from(removed[i])));
  for (size_t i = 0; i < COUNT(substitutions); i++)
    PASS(p, replace(next(p), current(p), substitutions[i].from, substitutions[i].to));
  for (size_t i = 0; i < COUNT(removed); i++) {
    struct str what = str_from(removed[i]);
    if (is_letters(what))
      PASS(p, remove_glued(next(p), current(p), what));
    else
      PASS(p, replace(next(p), current(p), what, STR("")));
  }
}

static void normal_latex(struct passes *p)
{
  PASS(p, keep_dollars(next(p), current(p)));
  PASS(p, unwrap(next(p), current(p), STR("\\text{"), false));
  PASS(p, unwrap(next(p), current(p), STR("\\textbf{"), false));
  PASS(p, unwrap(next(p), current(p), STR("\\overline{"), false));
  PASS(p, unwrap(next(p), current(p), STR("\\boxed{"), true));
  PASS(p, brace_frac(next(p), current(p)));
  PASS(p, brace_sqrt(next(p), current(p), true));
  PASS(p, brace_sqrt(next(p), current(p), false));
  PASS(p, replace(next(p), current(p), STR("$"), STR("")));
}

struct str minerva_normalise(struct arena *arena, struct str answer)
{
  struct passes p = { .now = 0 };
  buf_init(&p.text[0], BUF_CAP_OWN);
  buf_init(&p.text[1], BUF_CAP_OWN);
  ptrdiff_t equals = str_find_last(answer, STR("="));
  buf_add(&p.text[0], str_slice(answer, (size_t)(equals + 1), answer.len));
  remove_units(&p);
  normal_latex(&p);
  if (is_grouped(current(&p)))
    PASS(&p, replace(next(&p), current(&p), STR(","), STR("")));
  struct str result = arena_str(arena, current(&p));
  buf_release(&p.text[0]);
  buf_release(&p.text[1]);
  return result;
}
