/* math_tex.c - numbers and expressions as LaTeX that a person would write. */
#include "gen/math_work.h"

#include <assert.h>

const char *tex_format(struct work *w, const char *format, ...)
{
  struct buf text;
  buf_init(&text, BUF_CAP_OWN);
  va_list args;
  va_start(args, format);
  buf_vprintf(&text, format, args);
  va_end(args);
  struct str kept = arena_str(w->arena, buf_str(&text));
  buf_release(&text);
  return kept.ptr;
}

static const char *kept(struct work *w, struct buf *text)
{
  struct str copy = arena_str(w->arena, buf_str(text));
  buf_release(text);
  return copy.ptr;
}

const char *tex(struct work *w, int64_t v)
{
  return tex_format(w, "%lld", (long long)v);
}

const char *tex_frac(struct work *w, struct frac q)
{
  if (q.d == 1)
    return tex(w, q.n);
  return tex_format(w, "%s\\frac{%lld}{%lld}", q.n < 0 ? "-" : "",
                    (long long)(q.n < 0 ? -q.n : q.n), (long long)q.d);
}

const char *tex_paren(struct work *w, int64_t v)
{
  return tex_format(w, v < 0 ? "(%lld)" : "%lld", (long long)v);
}

const char *tex_frac_paren(struct work *w, struct frac q)
{
  return q.n < 0 ? tex_format(w, "\\left(%s\\right)", tex_frac(w, q)) : tex_frac(w, q);
}

const char *tex_plus(struct work *w, int64_t v)
{
  return tex_format(w, "%c %lld", v < 0 ? '-' : '+', (long long)(v < 0 ? -v : v));
}

const char *tex_coef(struct work *w, int64_t v)
{
  if (v == 1)
    return "";
  return v == -1 ? "-" : tex(w, v);
}

/* " - 3x^2" or, for the first term, "-3x^2"; `thing` is empty for a constant. */
static void add_term(struct buf *out, int64_t coef, const char *thing)
{
  if (coef == 0)
    return;
  int64_t size = coef < 0 ? -coef : coef;
  if (out->len)
    buf_add_cstr(out, coef < 0 ? " - " : " + ");
  else if (coef < 0)
    buf_add_char(out, '-');
  if (size != 1 || !*thing)
    buf_printf(out, "%lld", (long long)size);
  buf_add_cstr(out, thing);
}

const char *tex_poly(struct work *w, const char *x, size_t n, const int64_t *coefs)
{
  struct buf out;
  buf_init(&out, BUF_CAP_OWN);
  for (size_t i = 0; i < n; i++) {
    size_t power = n - 1 - i;
    const char *thing = power == 0   ? ""
                        : power == 1 ? x
                        : power < 10 ? tex_format(w, "%s^%zu", x, power)
                                     : tex_format(w, "%s^{%zu}", x, power);
    add_term(&out, coefs[i], thing);
  }
  if (!out.len)
    buf_add_char(&out, '0');
  return kept(w, &out);
}

const char *tex_linear(struct work *w, const char *names, const int64_t *coefs)
{
  struct buf out;
  buf_init(&out, BUF_CAP_OWN);
  for (size_t i = 0; names[i]; i++)
    add_term(&out, coefs[i], (const char[]){ names[i], '\0' });
  if (!out.len)
    buf_add_char(&out, '0');
  return kept(w, &out);
}

const char *tex_complex(struct work *w, struct frac re, struct frac im)
{
  if (im.n == 0)
    return tex_frac(w, re);
  struct frac size = { im.n < 0 ? -im.n : im.n, im.d };
  const char *unit =
      size.n == 1 && size.d == 1 ? "i" : tex_format(w, "%si", tex_frac(w, size));
  if (re.n == 0)
    return tex_format(w, "%s%s", im.n < 0 ? "-" : "", unit);
  return tex_format(w, "%s %c %s", tex_frac(w, re), im.n < 0 ? '-' : '+', unit);
}

const char *tex_root(struct work *w, int64_t k, int64_t n, int64_t d)
{
  if (n == 0 || k == 0)
    return "0";
  int64_t rest;
  struct frac q = math_frac_of(k * math_square_part(n, &rest), d);
  if (rest == 1)
    return tex_frac(w, q);
  int64_t size = q.n < 0 ? -q.n : q.n;
  const char *root = tex_format(w, "%s\\sqrt{%lld}", tex_coef(w, size), (long long)rest);
  const char *sign = q.n < 0 ? "-" : "";
  if (q.d == 1)
    return tex_format(w, "%s%s", sign, root);
  return tex_format(w, "%s\\frac{%s}{%lld}", sign, root, (long long)q.d);
}

const char *tex_surd(struct work *w, int64_t a, int64_t k, int64_t n, int64_t d)
{
  int64_t rest;
  k *= math_square_part(n, &rest);
  int64_t g = math_gcd(math_gcd(a, k), d);
  a /= g;
  k /= g;
  d /= g;
  if (a == 0 || k == 0 || rest == 1)
    return rest == 1 ? tex_frac(w, math_frac_of(a + k, d))
                     : (k ? tex_root(w, k, rest, d) : tex_frac(w, math_frac_of(a, d)));
  const char *top =
      tex_format(w, "%lld %c %s\\sqrt{%lld}", (long long)a, k < 0 ? '-' : '+',
                 tex_coef(w, k < 0 ? -k : k), (long long)rest);
  return d == 1 ? top : tex_format(w, "\\frac{%s}{%lld}", top, (long long)d);
}

const char *tex_pi(struct work *w, struct frac q)
{
  if (q.n == 0)
    return "0";
  int64_t size = q.n < 0 ? -q.n : q.n;
  const char *sign = q.n < 0 ? "-" : "";
  if (q.d == 1)
    return tex_format(w, "%s%s\\pi", sign, tex_coef(w, size));
  return tex_format(w, "%s\\frac{%s\\pi}{%lld}", sign, tex_coef(w, size), (long long)q.d);
}

const char *tex_matrix(struct work *w, size_t rows, size_t columns, const struct frac *m)
{
  struct buf out;
  buf_init(&out, BUF_CAP_OWN);
  buf_add_cstr(&out, "\\begin{pmatrix} ");
  for (size_t i = 0; i < rows * columns; i++) {
    buf_add_cstr(&out, tex_frac(w, m[i]));
    bool ends_row = (i + 1) % columns == 0;
    buf_add_cstr(&out, i + 1 == rows * columns ? " " : ends_row ? " \\\\ " : " & ");
  }
  buf_add_cstr(&out, "\\end{pmatrix}");
  return kept(w, &out);
}

const char *tex_int_matrix(struct work *w, size_t rows, size_t columns, const int64_t *m)
{
  struct frac *entries = ARENA_NEW(w->arena, struct frac, rows * columns);
  for (size_t i = 0; i < rows * columns; i++)
    entries[i] = (struct frac){ m[i], 1 };
  return tex_matrix(w, rows, columns, entries);
}

const char *tex_list(struct work *w, size_t n, const int64_t *v)
{
  struct buf out;
  buf_init(&out, BUF_CAP_OWN);
  for (size_t i = 0; i < n; i++)
    buf_printf(&out, "%s%lld", i ? ", " : "", (long long)v[i]);
  return kept(w, &out);
}

const char *tex_mixed(struct work *w, struct frac q)
{
  int64_t size = q.n < 0 ? -q.n : q.n;
  if (q.d == 1 || size < q.d)
    return tex_frac(w, q);
  return tex_format(w, "%s%lld%s", q.n < 0 ? "-" : "", (long long)(size / q.d),
                    tex_frac(w, (struct frac){ size % q.d, q.d }));
}

const char *tex_money(struct work *w, int64_t cents)
{
  const char *sign = cents < 0 ? "-" : "";
  if (cents < 0)
    cents = -cents;
  if (cents % 100 == 0)
    return tex_format(w, "%s\\$%lld", sign, (long long)(cents / 100));
  return tex_format(w, "%s\\$%lld.%02lld", sign, (long long)(cents / 100),
                    (long long)(cents % 100));
}

const char *tex_decimal(struct work *w, int64_t v, int places)
{
  while (places > 0 && v % 10 == 0) {
    v /= 10;
    places--;
  }
  if (places == 0)
    return tex(w, v);
  int64_t unit = math_power(10, places), size = v < 0 ? -v : v;
  return tex_format(w, "%s%lld.%0*lld", v < 0 ? "-" : "", (long long)(size / unit),
                    places, (long long)(size % unit));
}

const char *tex_base_digits(struct work *w, int64_t n, int64_t base)
{
  char digits[72];
  size_t at = sizeof digits;
  digits[--at] = '\0';
  assert(n >= 0 && base >= 2 && base <= 10);
  do
    digits[--at] = (char)('0' + n % base);
  while ((n /= base) > 0);
  return tex_format(w, "%s", digits + at);
}

const char *tex_degrees(struct work *w, struct frac q)
{
  return tex_format(w, "%s^\\circ", tex_frac(w, q));
}
