#include "report/show.h"

#include <math.h>

void show_percent(struct buf *out, double fraction)
{
  if (isnan(fraction))
    buf_add_char(out, '-');
  else
    buf_printf(out, "%.1f", 100 * fraction);
}

void show_interval(struct buf *out, struct interval fractions)
{
  buf_printf(out, "[%.1f, %.1f]", 100 * fractions.low, 100 * fractions.high);
}

void show_points(struct buf *out, double difference)
{
  double points = 100 * difference;
  /* no "-0.0" */
  if (fabs(points) < 0.05)
    buf_add(out, STR("0.0"));
  else
    buf_printf(out, "%+.1f", points);
}

void show_points_interval(struct buf *out, struct interval differences)
{
  buf_add_char(out, '[');
  show_points(out, differences.low);
  buf_add(out, STR(", "));
  show_points(out, differences.high);
  buf_add_char(out, ']');
}

/* One decimal without a plus sign, and never "-0.0". */
static void show_plain(struct buf *out, double difference)
{
  double points = 100 * difference;
  buf_printf(out, "%.1f", fabs(points) < 0.05 ? 0.0 : points);
}

void show_lead(struct buf *out, double difference, struct interval ci)
{
  bool turned = difference < 0;
  show_plain(out, fabs(difference));
  buf_add(out, STR(" points ["));
  show_plain(out, turned ? -ci.high : ci.low);
  buf_add(out, STR(", "));
  show_plain(out, turned ? -ci.low : ci.high);
  buf_add_char(out, ']');
}

static int p_decimals(double p)
{
  return p < 0.01 ? 4 : p < 0.1 ? 3 : 2;
}

void show_p(struct buf *out, double p)
{
  if (p < 0.0001)
    buf_add(out, STR("<0.0001"));
  else
    buf_printf(out, "%.*f", p_decimals(p), p);
}

void show_p_equation(struct buf *out, double p)
{
  if (p < 0.0001)
    buf_add(out, STR("p < 0.0001"));
  else
    buf_printf(out, "p = %.*f", p_decimals(p), p);
}

const char *show_verdict(enum verdict verdict)
{
  return verdict == VERDICT_NO_ANSWER ? "no answer" : verdict_name(verdict);
}

struct str show_cut(struct arena *arena, struct str s, size_t max)
{
  if (s.len <= max)
    return s;
  while (max && ((unsigned char)s.ptr[max] & 0xC0) == 0x80)
    max--;
  return arena_printf(arena, "%.*s ...", (int)max, s.ptr);
}

static struct str last_part(struct str path)
{
  while (path.len > 1 && path.ptr[path.len - 1] == '/')
    path.len--;
  ptrdiff_t slash = str_find_last(path, STR("/"));
  return slash < 0 ? path : str_slice(path, (size_t)slash + 1, path.len);
}

struct str show_engine(struct arena *arena, const struct manifest_engine *engine)
{
  return arena_printf(
      arena, "%.*s, driver %.*s; weights %.*s, context %zu, chat template %.*s",
      STR_ARG(engine->device), STR_ARG(engine->driver), STR_ARG(engine->dtype),
      engine->context, STR_ARG(engine->chat_template));
}

struct str show_spec(struct arena *arena, const struct manifest_model *model)
{
  if (str_equal(model->kind, STR("local")))
    return last_part(model->spec);
  ptrdiff_t slash = str_find_last(model->spec, STR("/"));
  ptrdiff_t colon = str_find_char(model->spec, ':');
  if (!str_equal(model->kind, STR("replay")) || slash < 0 || colon < 0 || slash < colon)
    return model->spec;
  struct str kind = str_slice(model->spec, 0, (size_t)colon + 1);
  struct str file = str_slice(model->spec, (size_t)slash + 1, model->spec.len);
  return arena_printf(arena, "%.*s%.*s", STR_ARG(kind), STR_ARG(file));
}

/* ---- escapes ---- */

/* What stands for a byte in one of the formats; the tables end with a NUL byte. */
struct escape {
  char byte;
  const char *text;
};

static void add_escaped(struct buf *out, struct str s, const struct escape *escapes)
{
  size_t plain = 0;
  for (size_t i = 0; i < s.len; i++) {
    const struct escape *e = escapes;
    while (e->text && e->byte != s.ptr[i])
      e++;
    if (!e->text)
      continue;
    buf_add(out, str_slice(s, plain, i));
    buf_add_cstr(out, e->text);
    plain = i + 1;
  }
  buf_add(out, str_slice(s, plain, s.len));
}

#define REPLACEMENT "\xEF\xBF\xBD"

/* Tab, newline and carriage return are the only C0 controls that XML 1.0 and HTML allow.
 */
static bool is_control(char c)
{
  return ((unsigned char)c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7F;
}

/* The length of the well-formed character that `s` begins with; 0: there is none. */
static size_t character_length(struct str s)
{
  unsigned char c = (unsigned char)s.ptr[0];
  size_t n = c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
  return n <= s.len && str_is_utf8(str_slice(s, 0, n), NULL) ? n : 0;
}

/* U+FFFE and U+FFFF are characters to UTF-8 but not to XML. */
static bool is_noncharacter(struct str s)
{
  return s.len == 3 && memcmp(s.ptr, "\xEF\xBF", 2) == 0 &&
         (unsigned char)s.ptr[2] >= 0xBE;
}

static void add_markup(struct buf *out, struct str s)
{
  static const struct escape markup[] = {
    { '<', "&lt;" },   { '>', "&gt;" },   { '&', "&amp;" },
    { '"', "&quot;" }, { '\'', "&#39;" }, { 0, NULL },
  };
  for (size_t i = 0; i < s.len;) {
    size_t n = character_length(str_slice(s, i, s.len));
    struct str one = str_slice(s, i, i + (n ? n : 1));
    if (!n || is_control(s.ptr[i]) || is_noncharacter(one))
      buf_add(out, STR(REPLACEMENT));
    else
      add_escaped(out, one, markup);
    i += one.len;
  }
}

void show_md(struct buf *out, struct str s)
{
  static const struct escape md[] = {
    { '|', "\\|" },  { '\n', " " },    { '\r', " " },    { '\t', " " },
    { '<', "&lt;" }, { '&', "&amp;" }, { '\\', "\\\\" }, { '*', "\\*" },
    { '`', "\\`" },  { '[', "\\[" },   { 0, NULL },
  };
  for (size_t i = 0; i < s.len; i++) {
    if (is_control(s.ptr[i])) /* would move the cursor of a terminal */
      buf_add(out, STR(REPLACEMENT));
    else
      add_escaped(out, str_slice(s, i, i + 1), md);
  }
}

void show_html(struct buf *out, struct str s)
{
  add_markup(out, s);
}
void show_xml(struct buf *out, struct str s)
{
  add_markup(out, s);
}

void show_csv(struct buf *out, struct str s)
{
  static const struct escape quotes[] = { { '"', "\"\"" }, { 0, NULL } };
  bool plain = true;
  for (size_t i = 0; i < s.len && plain; i++)
    plain = s.ptr[i] != '"' && s.ptr[i] != ',' && s.ptr[i] != '\n' && s.ptr[i] != '\r';
  if (plain) {
    buf_add(out, s);
    return;
  }
  buf_add_char(out, '"');
  add_escaped(out, s, quotes);
  buf_add_char(out, '"');
}
