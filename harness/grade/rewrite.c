#include "grade/rewrite.h"

#include <math.h>
#include <stdlib.h>

#include "base/buf.h"
#include "grade/scan.h"

struct str rewrite_all(struct arena *arena, struct str s, const char *from,
                       const char *to)
{
  struct str f = str_from(from), t = str_from(to);
  s = str_slice(s, 0,
                4 * LIMIT_PEER); /* replacements may grow a text, but not for ever */
  size_t n = 0;
  for (size_t i = 0; i + f.len <= s.len; i++) {
    if (memcmp(s.ptr + i, f.ptr, f.len) == 0) {
      n++;
      i += f.len - 1;
    }
  }
  if (!n)
    return s;
  char *out = arena_alloc(arena, s.len + n * t.len + 1);
  size_t len = 0;
  for (size_t i = 0; i < s.len;) {
    if (i + f.len <= s.len && memcmp(s.ptr + i, f.ptr, f.len) == 0) {
      memcpy(out + len, t.ptr, t.len);
      len += t.len;
      i += f.len;
    } else {
      out[len++] = s.ptr[i++];
    }
  }
  return (struct str){ out, len };
}

struct str rewrite_table(struct arena *arena, struct str s,
                         const struct replacement *rows)
{
  for (; rows->from; rows++)
    s = rewrite_all(arena, s, rows->from, rows->to);
  return s;
}

struct str rewrite_without(struct arena *arena, struct str s, const char *set)
{
  char *out = arena_alloc(arena, s.len + 1);
  size_t n = 0;
  for (size_t i = 0; i < s.len; i++) {
    if (!s.ptr[i] || !strchr(set, s.ptr[i]))
      out[n++] = s.ptr[i];
  }
  return (struct str){ out, n };
}

struct str rewrite_lower(struct arena *arena, struct str s)
{
  char *out = arena_alloc(arena, s.len + 1);
  for (size_t i = 0; i < s.len; i++)
    out[i] = char_lower(s.ptr[i]);
  return (struct str){ out, s.len };
}

struct str rewrite_last_boxed(struct str s)
{
  struct scan scan = scan_from_end(s, SCAN_FAR);
  for (ptrdiff_t at; (at = scan_back(&scan, '\\')) >= 0;) {
    struct str rest = str_slice(s, (size_t)at, s.len);
    size_t word = str_starts(rest, STR("\\boxed"))  ? 6
                  : str_starts(rest, STR("\\fbox")) ? 5
                                                    : 0;
    if (!word)
      continue;
    if (word == 6 && rest.len > 7 && rest.ptr[6] == ' ') { /* "\boxed 5$" */
      ptrdiff_t end = str_find_char(str_slice(rest, 7, 7 + LIMIT_PEER), '$');
      return end < 0 ? str_slice(rest, 7, 7 + LIMIT_PEER)
                     : str_slice(rest, 7, 7 + (size_t)end);
    }
    if (word >= rest.len || rest.ptr[word] != '{')
      return STR_NONE;
    size_t end = scan_brace(rest, word);
    return end ? str_slice(rest, word + 1, end - 1) : STR_NONE;
  }
  return STR_NONE;
}

bool rewrite_number(struct str s, double *value)
{
  char text[64];
  size_t n = 0;
  s = str_trim(s);
  for (size_t i = 0; i < s.len; i++) {
    if (s.ptr[i] == ',')
      continue;
    if (n + 1 >= sizeof text || !(char_is_digit(s.ptr[i]) || strchr("+-.eE", s.ptr[i])))
      return false;
    text[n++] = s.ptr[i];
  }
  text[n] = '\0';
  char *end;
  *value = strtod(text, &end);
  return n > 0 && end == text + n && isfinite(*value);
}

/* ---- the MATH authors' normal form ---- */

/* "\sqrt3" has the root of its next character. */
static struct str fix_roots(struct arena *arena, struct str s)
{
  struct buf out;
  buf_init(&out, 8 * LIMIT_PEER);
  for (size_t i = 0; i < s.len; i++) {
    bool root = str_starts(str_slice(s, i, s.len), STR("\\sqrt"));
    if (root && i + 5 < s.len && s.ptr[i + 5] != '{') {
      buf_printf(&out, "\\sqrt{%c}", s.ptr[i + 5]);
      i += 5;
    } else {
      buf_add_char(&out, s.ptr[i]);
    }
  }
  struct str fixed = arena_str(arena, buf_str(&out));
  buf_release(&out);
  return fixed;
}

/* "\frac12" and "\frac1{72}"; a fraction cut short leaves the whole text as it was. */
static struct str fix_fractions(struct arena *arena, struct str s)
{
  struct buf out;
  buf_init(&out, 8 * LIMIT_PEER);
  for (size_t i = 0; i < s.len; i++) {
    if (!str_starts(str_slice(s, i, s.len), STR("\\frac"))) {
      buf_add_char(&out, s.ptr[i]);
      continue;
    }
    buf_add_cstr(&out, "\\frac");
    i += 4;
    if (i + 1 < s.len && s.ptr[i + 1] == '{')
      continue;
    if (i + 2 >= s.len) {
      buf_release(&out);
      return s;
    }
    if (s.ptr[i + 2] == '{')
      buf_printf(&out, "{%c}", s.ptr[i + 1]);
    else
      buf_printf(&out, "{%c}{%c}", s.ptr[i + 1], s.ptr[i + 2]);
    i += s.ptr[i + 2] == '{' ? 1 : 2;
  }
  struct str fixed = arena_str(arena, buf_str(&out));
  buf_release(&out);
  return fixed;
}

static bool is_integer(struct str s)
{
  size_t i = s.len && s.ptr[0] == '-';
  if (i == s.len || s.len > 18 || (s.len - i > 1 && s.ptr[i] == '0'))
    return false;
  for (; i < s.len; i++) {
    if (!char_is_digit(s.ptr[i]))
      return false;
  }
  return true;
}

static struct str fix_slash(struct arena *arena, struct str s)
{
  ptrdiff_t bar = str_find_char(s, '/');
  if (bar < 0)
    return s;
  struct str a = str_slice(s, 0, (size_t)bar), b = str_slice(s, (size_t)bar + 1, s.len);
  if (!is_integer(a) || !is_integer(b))
    return s;
  return arena_printf(arena, "\\frac{%.*s}{%.*s}", STR_ARG(a), STR_ARG(b));
}

struct str hendrycks_normal(struct arena *arena, struct str s)
{
  static const struct replacement spellings[] = {
    { "\n", "" },        { "\\!", "" },    { "\\\\", "\\" },  { "tfrac", "frac" },
    { "dfrac", "frac" }, { "\\left", "" }, { "\\right", "" }, { "^{\\circ}", "" },
    { "^\\circ", "" },   { "\\$", "" },    { NULL, NULL },
  };
  static const struct replacement marks[] = {
    { "\\%", "" }, { "%", "" }, { " .", " 0." }, { "{.", "{0." }, { NULL, NULL },
  };
  s = rewrite_table(arena, str_slice(s, 0, LIMIT_PEER), spellings);
  ptrdiff_t unit = str_find(s, STR("\\text{ "));
  if (unit >= 0)
    s = str_slice(s, 0, (size_t)unit);
  s = rewrite_table(arena, s, marks);
  if (s.len && s.ptr[0] == '.')
    s = arena_printf(arena, "0%.*s", STR_ARG(s));
  ptrdiff_t equals = str_find_char(s, '=');
  if (equals >= 0 && equals <= 2 && str_find_last(s, STR("=")) == equals)
    s = str_slice(s, (size_t)equals + 1, s.len);
  s = rewrite_all(arena, fix_roots(arena, s), " ", "");
  s = fix_fractions(arena, s);
  if (str_equal(s, STR("0.5")))
    return STR("\\frac{1}{2}");
  return fix_slash(arena, s);
}
