/* approximate.c - numbers with error bounds. */
#include "grade/approximate.h"

#include <complex.h>
#include <float.h>
#include <math.h>

typedef long double real;
typedef long double _Complex complex_real;
#define EPSILON LDBL_EPSILON

/* ---- values ---- */

real value_size(struct value v)
{
  return v.im == 0 ? fabsl(v.re) : hypotl(v.re, v.im);
}

/* Adds the rounding error of the operation that just produced `v`. */
struct value value_rounded(struct value v, real ulps)
{
  v.undefined = v.undefined || !isfinite(v.re) || !isfinite(v.im) || !isfinite(v.error);
  bool exact = v.error == 0 && v.im == 0 && fabsl(v.re) < 0x1p62L && v.re == rintl(v.re);
  if (!exact)
    v.error += ulps * EPSILON * value_size(v);
  return v;
}

struct value value_exactly(real re)
{
  return (struct value){ re, 0, 0, false, false };
}

static complex_real complex_of(struct value v)
{
  union {
    real parts[2];
    complex_real z;
  } u = { { v.re, v.im } };
  return u.z;
}

static struct value value_of(complex_real z, real error, struct value from)
{
  return (struct value){ creall(z), cimagl(z), error, from.undefined, from.left_reals };
}

/* Flags of both operands. */
static struct value marked(struct value v, struct value a, struct value b)
{
  v.undefined = v.undefined || a.undefined || b.undefined;
  v.left_reals = a.left_reals || b.left_reals;
  return v;
}

struct value value_add(struct value a, struct value b)
{
  struct value v = { a.re + b.re, a.im + b.im, a.error + b.error, false, false };
  return value_rounded(marked(v, a, b), 1);
}

struct value value_multiply(struct value a, struct value b)
{
  struct value v = { a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re, 0, false,
                     false };
  v.error = value_size(a) * b.error + value_size(b) * a.error + a.error * b.error;
  if (value_size(v) == 0 && value_size(a) > 0 && value_size(b) > 0)
    v.undefined = a.im == 0 && b.im == 0; /* too small to hold */
  return value_rounded(marked(v, a, b), a.im == 0 && b.im == 0 ? 1 : 4);
}

struct value value_negate(struct value a)
{
  a.re = -a.re;
  a.im = a.im == 0 ? 0 : -a.im;
  return a;
}

struct value value_inverse(struct value a)
{
  real size = value_size(a);
  if (a.undefined || size <= a.error || size == 0)
    return VALUE_UNDEFINED;
  struct value v = { a.re / size / size, -a.im / size / size, a.error / size / size,
                     false, a.left_reals };
  if (a.im == 0)
    v.re = 1 / a.re;
  v.undefined = value_size(v) == 0;
  return value_rounded(v, 3);
}

/* ---- powers ---- */

struct value value_exp(struct value x)
{
  struct value v;
  if (x.im == 0) {
    v = value_exactly(expl(x.re));
    v.undefined = v.re == 0;
  } else {
    v = value_of(cexpl(complex_of(x)), 0, x);
  }
  v.error = value_size(v) * x.error;
  return value_rounded(marked(v, x, x), 3 + value_size(x));
}

struct value value_log(struct value x)
{
  if (x.undefined || value_size(x) <= x.error)
    return VALUE_UNDEFINED;
  if (x.im == 0 && x.re > 0) {
    struct value v = value_exactly(logl(x.re));
    v.error = x.error / x.re;
    v.left_reals = x.left_reals;
    return value_rounded(v, 2);
  }
  struct value v = value_of(clogl(complex_of(x)), x.error / value_size(x), x);
  v.left_reals = true;
  return value_rounded(v, 3);
}

struct value value_power(struct value base, int64_t n)
{
  uint64_t size = n < 0 ? -(uint64_t)n : (uint64_t)n;
  if (base.im == 0) {
    struct value v = value_exactly(powl(base.re, (real)size));
    real b = fabsl(base.re);
    v.undefined = v.re == 0 && b > 0;
    if (b > 0)
      v.error = fabsl(v.re) * (real)size * base.error / b;
    if (fabsl(v.re) >= 0x1p53L)
      v.error += EPSILON * fabsl(v.re);
    v = value_rounded(marked(v, base, base), 2);
    return n < 0 ? value_inverse(v) : v;
  }
  struct value result = value_exactly(1);
  for (; size; size >>= 1) {
    if (size & 1)
      result = value_multiply(result, base);
    base = value_multiply(base, base);
  }
  return n < 0 ? value_inverse(result) : result;
}

/* A root with an odd index of a negative number is real, as it is at school. */
struct value value_odd_root(struct value base, struct ratio exponent)
{
  struct value positive = base;
  positive.re = -base.re;
  struct value e = value_exactly((real)exponent.num / (real)exponent.den);
  e.error = fabsl(e.re) * EPSILON;
  struct value v = value_exp(value_multiply(value_log(positive), e));
  if (exponent.num % 2 != 0)
    v.re = -v.re;
  return v;
}

struct value value_sqrt(struct value x)
{
  if (x.undefined)
    return x;
  real size = value_size(x);
  real error = size > 0 ? x.error / sqrtl(size) : sqrtl(x.error);
  if (x.im == 0 && x.re >= 0) {
    struct value v = value_exactly(sqrtl(x.re));
    v.error = error;
    v.left_reals = x.left_reals;
    return value_rounded(v, 1);
  }
  struct value v = x.im == 0 ? (struct value){ 0, sqrtl(-x.re), 0, false, false }
                             : value_of(csqrtl(complex_of(x)), 0, x);
  v.error = error;
  v.left_reals = true;
  return value_rounded(v, 2);
}

/* ---- trigonometric functions and their relatives ---- */

static complex_real trigonometric(enum function function, complex_real z)
{
  switch (function) {
  case FUNCTION_SIN: return csinl(z);
  case FUNCTION_COS: return ccosl(z);
  case FUNCTION_TAN: return csinl(z) / ccosl(z);
  case FUNCTION_COT: return ccosl(z) / csinl(z);
  case FUNCTION_SEC: return 1 / ccosl(z);
  case FUNCTION_CSC: return 1 / csinl(z);
  case FUNCTION_ASIN: return casinl(z);
  case FUNCTION_ACOS: return cacosl(z);
  case FUNCTION_ATAN: return catanl(z);
  case FUNCTION_ACOT: return VALUE_PI / 2 - catanl(z);
  case FUNCTION_ASEC: return cacosl(1 / z);
  case FUNCTION_ACSC: return casinl(1 / z);
  case FUNCTION_SINH: return csinhl(z);
  case FUNCTION_COSH: return ccoshl(z);
  case FUNCTION_TANH: return csinhl(z) / ccoshl(z);
  case FUNCTION_COTH: return ccoshl(z) / csinhl(z);
  case FUNCTION_SECH: return 1 / ccoshl(z);
  case FUNCTION_CSCH: return 1 / csinhl(z);
  case FUNCTION_ASINH: return casinhl(z);
  case FUNCTION_ACOSH: return cacoshl(z);
  case FUNCTION_ATANH: return catanhl(z);
  default: return 0;
  }
}

/* For real arguments with real values: ten times as fast. False: not one of them. */
static bool trigonometric_real(enum function function, real x, real *out)
{
  switch (function) {
  case FUNCTION_SIN: *out = sinl(x); return true;
  case FUNCTION_COS: *out = cosl(x); return true;
  case FUNCTION_TAN: *out = tanl(x); return true;
  case FUNCTION_COT: *out = 1 / tanl(x); return true;
  case FUNCTION_SEC: *out = 1 / cosl(x); return true;
  case FUNCTION_CSC: *out = 1 / sinl(x); return true;
  case FUNCTION_ATAN: *out = atanl(x); return true;
  case FUNCTION_ASIN: *out = asinl(x); return fabsl(x) <= 1;
  case FUNCTION_ACOS: *out = acosl(x); return fabsl(x) <= 1;
  case FUNCTION_SINH: *out = sinhl(x); return true;
  case FUNCTION_COSH: *out = coshl(x); return true;
  case FUNCTION_TANH: *out = tanhl(x); return true;
  default: return false;
  }
}

/* How much an error of the argument grows, to first order, from x and f(x). */
static real derivative(enum function function, real x, real f)
{
  switch (function) {
  case FUNCTION_SIN:
  case FUNCTION_COS:
  case FUNCTION_ATAN:
  case FUNCTION_ACOT: return 1;
  case FUNCTION_TAN:
  case FUNCTION_COT:
  case FUNCTION_SEC:
  case FUNCTION_CSC: return 1 + f * f;
  case FUNCTION_ASIN:
  case FUNCTION_ACOS:
  case FUNCTION_ATANH: return 1 + 1 / (fabsl(1 - x * x) + 1e-9L);
  default: return 1 + f + f * f;
  }
}

struct value value_trigonometric(enum function function, struct value x, bool in_degrees)
{
  if (x.undefined)
    return x;
  if (in_degrees && function <= FUNCTION_CSC)
    x = value_multiply(x, value_rounded(value_exactly(VALUE_PI / 180), 1));
  struct value v = x;
  real f;
  if (x.im == 0 && trigonometric_real(function, x.re, &f)) {
    v.re = f;
  } else {
    v = value_of(trigonometric(function, complex_of(x)), 0, x);
    v.left_reals = v.left_reals || (x.im == 0 && v.im != 0);
  }
  v.error = derivative(function, value_size(x), value_size(v)) * x.error;
  v.undefined = v.undefined || value_size(v) > 1e15L; /* a pole */
  /* the true value may be 0 where the computed one is a rounding error */
  if (x.error > 0)
    v.error += EPSILON;
  return value_rounded(v, 4);
}

/* ---- other functions ---- */

struct value value_factorial(struct value n, int step)
{
  if (n.undefined || n.im != 0 || n.re < -0.999L)
    return VALUE_UNDEFINED;
  bool whole = n.re == rintl(n.re);
  struct value v = value_exactly(1);
  if (step == 2 && !whole)
    return VALUE_UNDEFINED;
  if (whole && n.re <= 1800) {
    for (real i = n.re; i > 1; i -= step)
      v.re *= i;
    return value_rounded(v, n.re);
  }
  if (step == 2 || n.re > 1800)
    return VALUE_UNDEFINED;
  v.re = tgammal(n.re + 1);
  v.error = v.re * n.error * (1 + n.re);
  v.left_reals = n.left_reals;
  return value_rounded(v, 64);
}

struct value value_binomial(struct value n, struct value k, struct budget *budget)
{
  if (n.undefined || k.undefined || k.im != 0)
    return VALUE_UNDEFINED;
  if (k.re == rintl(k.re) && k.re >= 0 && k.re <= 400) {
    struct value v = value_exactly(1);
    budget->ticks -= 30 * (int64_t)k.re;
    for (real i = 0; i < k.re; i++) {
      v = value_multiply(v, value_add(n, value_exactly(-i)));
      v = value_multiply(v, value_inverse(value_exactly(i + 1)));
    }
    return v;
  }
  struct value rest = value_add(n, value_multiply(k, value_exactly(-1)));
  return value_multiply(value_factorial(n, 1),
                        value_multiply(value_inverse(value_factorial(k, 1)),
                                       value_inverse(value_factorial(rest, 1))));
}

/* Floors jump: near a whole number the nearest one is meant. */
struct value value_floor(struct value x, bool up)
{
  real near = rintl(x.re);
  if (x.undefined || x.im != 0 || fabsl(x.re) > 1e15L)
    return VALUE_UNDEFINED;
  if (fabsl(x.re - near) <= 4 * x.error)
    return value_exactly(near);
  return value_exactly(up ? ceill(x.re) : floorl(x.re));
}

struct value value_part(struct value x, enum function function)
{
  struct value v = value_exactly(0);
  v.undefined = x.undefined;
  v.left_reals = x.left_reals;
  v.error = x.error;
  switch (function) {
  case FUNCTION_ABS: v.re = value_size(x); break;
  case FUNCTION_RE: v.re = x.re; break;
  case FUNCTION_IM: v.re = x.im; break;
  case FUNCTION_ARG:
    v.re = atan2l(x.im, x.re);
    v.undefined = v.undefined || value_size(x) <= x.error;
    v.error = v.undefined ? 0 : x.error / value_size(x);
    break;
  case FUNCTION_SIGN:
    v.re = (x.re > 0) - (x.re < 0);
    v.undefined = v.undefined || x.im != 0;
    v.error = 0;
    break;
  default: v.re = x.re; v.im = -x.im;
  }
  return value_rounded(v, 1);
}

struct value value_modulo(struct value a, struct value b)
{
  if (a.undefined || b.undefined || a.im != 0 || b.im != 0 || b.re <= 0 || b.error > 0)
    return VALUE_UNDEFINED;
  return value_add(a, value_exactly(-b.re * floorl(a.re / b.re)));
}

/* ---- comparison ---- */

enum agreement value_agreement(struct value a, struct value b)
{
  if (a.undefined || b.undefined)
    return AGREEMENT_UNKNOWN;
  real difference = hypotl(a.re - b.re, a.im - b.im);
  real tolerance = 8 * (a.error + b.error);
  if (difference > tolerance)
    return AGREEMENT_DIFFERENT;
  real scale = value_size(a) > value_size(b) ? value_size(a) : value_size(b);
  bool precise = tolerance <= 1e-11L * scale;
  /* two values that are nothing but error are both zero; a small one is not */
  bool zero =
      value_size(a) <= 8 * a.error && value_size(b) <= 8 * b.error && tolerance <= 1e-13L;
  return precise || zero ? AGREEMENT_EQUAL : AGREEMENT_UNKNOWN;
}
