/* evaluate.c - numeric values with error bounds. */
#include "grade/evaluate.h"

#include <complex.h>
#include <float.h>
#include <math.h>

#include "grade/limits.h"
#include "grade/rational.h"

typedef long double real;
typedef long double _Complex complex_real;
#define EPSILON LDBL_EPSILON
#define PI      3.14159265358979323846264338327950288L

struct binding {
  struct str name;
  real value;
  const struct binding *outer;
};

/* ---- values ---- */

static const struct value UNDEFINED = { 0, 0, 0, true, false };

static real size_of(struct value v)
{
  return v.im == 0 ? fabsl(v.re) : hypotl(v.re, v.im);
}

/* Adds the rounding error of the operation that just produced `v`. */
static struct value rounded(struct value v, real ulps)
{
  v.undefined = v.undefined || !isfinite(v.re) || !isfinite(v.im) || !isfinite(v.error);
  bool exact = v.error == 0 && v.im == 0 && fabsl(v.re) < 0x1p62L && v.re == rintl(v.re);
  if (!exact)
    v.error += ulps * EPSILON * size_of(v);
  return v;
}

static struct value exactly(real re)
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

static struct value add(struct value a, struct value b)
{
  struct value v = { a.re + b.re, a.im + b.im, a.error + b.error, false, false };
  return rounded(marked(v, a, b), 1);
}

static struct value multiply(struct value a, struct value b)
{
  struct value v = { a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re, 0, false,
                     false };
  v.error = size_of(a) * b.error + size_of(b) * a.error + a.error * b.error;
  if (size_of(v) == 0 && size_of(a) > 0 && size_of(b) > 0)
    v.undefined = a.im == 0 && b.im == 0; /* too small to hold */
  return rounded(marked(v, a, b), a.im == 0 && b.im == 0 ? 1 : 4);
}

static struct value negate(struct value a)
{
  a.re = -a.re;
  a.im = a.im == 0 ? 0 : -a.im;
  return a;
}

static struct value inverse(struct value a)
{
  real size = size_of(a);
  if (a.undefined || size <= a.error || size == 0)
    return UNDEFINED;
  struct value v = { a.re / size / size, -a.im / size / size, a.error / size / size,
                     false, a.left_reals };
  if (a.im == 0)
    v.re = 1 / a.re;
  v.undefined = size_of(v) == 0;
  return rounded(v, 3);
}

/* ---- names ---- */

static uint64_t scramble(uint64_t x)
{
  x ^= x >> 30;
  x *= 0xBF58476D1CE4E5B9ull;
  x ^= x >> 27;
  x *= 0x94D049BB133111EBull;
  return x ^ x >> 31;
}

static uint64_t hash_bytes(uint64_t hash, struct str s)
{
  for (size_t i = 0; i < s.len; i++)
    hash = (hash ^ (unsigned char)s.ptr[i]) * 0x100000001B3ull;
  return scramble(hash + s.len);
}

/* Uniform in [0, 1), 53 bits: exact in every format we compute in. */
static real unit_of(uint64_t hash)
{
  return (real)(scramble(hash) >> 11) * 0x1p-53L;
}

static struct value variable(struct str name, const struct setting *setting)
{
  static const struct {
    double low, high;
  } ranges[EVALUATE_POINTS] = { { 0.30, 0.95 }, { 1.1, 2.9 }, { 3.1, 7.9 },
                                { 0.6, 1.7 },   { 2.2, 4.4 }, { 0.05, 0.3 },
                                { 0.2, 0.6 },   { 8, 20 },    { 20, 60 },
                                { -0.9, -0.2 }, { -4, -1.2 } };
  for (const struct binding *b = setting->bindings; b; b = b->outer)
    if (str_equal(b->name, name))
      return exactly(b->value);
  int point = setting->point;
  uint64_t hash = hash_bytes(0xCBF29CE484222325ull, name);
  if (setting->integers && name.len == 1 && strchr("nkmN", name.ptr[0]))
    return exactly((real)(1 + (hash + (uint64_t)point * 5) % 17));
  real at = unit_of(hash + (uint64_t)point * 0x9E3779B97F4A7C15ull);
  return exactly(ranges[point].low + (ranges[point].high - ranges[point].low) * at);
}

/* A value from values: the same arguments, up to rounding, give the same result. */
static struct value opaque(uint64_t hash, const struct node *node,
                           const struct setting *setting)
{
  struct value v = exactly(0);
  for (size_t i = 0; i < node->count; i++) {
    if (node_is_infinite(node->children[i])) {
      hash = scramble(hash + node->children[i]->kind);
      continue;
    }
    struct value argument = evaluate(node->children[i], setting);
    if (argument.undefined)
      return UNDEFINED;
    real parts[2] = { argument.re, argument.im };
    for (size_t k = 0; k < 2; k++) {
      int exponent = 0;
      real mantissa = frexpl(parts[k], &exponent);
      if (fabsl(parts[k]) <= 1e-12L)
        mantissa = exponent = 0;
      hash = scramble(hash ^ (uint64_t)llrintl(mantissa * 0x1p36L)) + (uint64_t)exponent;
    }
    v.left_reals = v.left_reals || argument.left_reals;
  }
  v.re = 0.5L + unit_of(hash);
  return v;
}

/* ---- literals and constants ---- */

static struct value literal(const struct number *number, const struct setting *setting)
{
  struct value v = exactly(0);
  setting->budget->ticks -= (int64_t)number->digits.len / 8;
  if (number->small >= 0)
    v.re = (real)number->small;
  else
    for (size_t i = 0; i < number->digits.len; i++)
      v.re = v.re * 10 + (real)(number->digits.ptr[i] - '0');
  if (number->small < 0)
    v.error = v.re * EPSILON * (real)number->digits.len;
  if (number->exponent)
    v = rounded(multiply(v, exactly(powl(10, (real)number->exponent))), 2);
  if (setting->rounded && number->places >= 0 && number->digits.len >= 4)
    v.error += 0.5L * powl(10, (real)number->exponent) +
               (number->digits.len >= 15 ? 4.5e-16L * v.re : 0); /* a printed double */
  return v;
}

static struct value constant(enum constant constant_, const struct setting *setting)
{
  /* "i" may be the index of a sum around it */
  for (const struct binding *b = setting->bindings; b; b = b->outer)
    if (constant_ == CONSTANT_I && str_equal(b->name, STR("i")))
      return exactly(b->value);
  switch (constant_) {
  case CONSTANT_PI: return rounded(exactly(PI), 1);
  case CONSTANT_E: return rounded(exactly(expl(1)), 1);
  case CONSTANT_I: return (struct value){ 0, 1, 0, false, false };
  default: return UNDEFINED;
  }
}

/* ---- powers ---- */

static struct value exponential(struct value x)
{
  struct value v;
  if (x.im == 0) {
    v = exactly(expl(x.re));
    v.undefined = v.re == 0;
  } else {
    v = value_of(cexpl(complex_of(x)), 0, x);
  }
  v.error = size_of(v) * x.error;
  return rounded(marked(v, x, x), 3 + size_of(x));
}

static struct value logarithm(struct value x)
{
  if (x.undefined || size_of(x) <= x.error)
    return UNDEFINED;
  if (x.im == 0 && x.re > 0) {
    struct value v = exactly(logl(x.re));
    v.error = x.error / x.re;
    v.left_reals = x.left_reals;
    return rounded(v, 2);
  }
  struct value v = value_of(clogl(complex_of(x)), x.error / size_of(x), x);
  v.left_reals = true;
  return rounded(v, 3);
}

static struct value integer_power(struct value base, int64_t n)
{
  uint64_t size = n < 0 ? -(uint64_t)n : (uint64_t)n;
  if (base.im == 0) {
    struct value v = exactly(powl(base.re, (real)size));
    real b = fabsl(base.re);
    v.undefined = v.re == 0 && b > 0;
    if (b > 0)
      v.error = fabsl(v.re) * (real)size * base.error / b;
    if (fabsl(v.re) >= 0x1p53L)
      v.error += EPSILON * fabsl(v.re);
    v = rounded(marked(v, base, base), 2);
    return n < 0 ? inverse(v) : v;
  }
  struct value result = exactly(1);
  for (; size; size >>= 1) {
    if (size & 1)
      result = multiply(result, base);
    base = multiply(base, base);
  }
  return n < 0 ? inverse(result) : result;
}

/* A root with an odd index of a negative number is real, as it is at school. */
static struct value odd_root_power(struct value base, struct ratio exponent)
{
  struct value positive = base;
  positive.re = -base.re;
  struct value e = exactly((real)exponent.num / (real)exponent.den);
  e.error = fabsl(e.re) * EPSILON;
  struct value v = exponential(multiply(logarithm(positive), e));
  if (exponent.num % 2 != 0)
    v.re = -v.re;
  return v;
}

static struct value square_root(struct value x)
{
  if (x.undefined)
    return x;
  real size = size_of(x);
  real error = size > 0 ? x.error / sqrtl(size) : sqrtl(x.error);
  if (x.im == 0 && x.re >= 0) {
    struct value v = exactly(sqrtl(x.re));
    v.error = error;
    v.left_reals = x.left_reals;
    return rounded(v, 1);
  }
  struct value v = x.im == 0 ? (struct value){ 0, sqrtl(-x.re), 0, false, false }
                             : value_of(csqrtl(complex_of(x)), 0, x);
  v.error = error;
  v.left_reals = true;
  return rounded(v, 2);
}

static struct value power(struct value base, const struct node *exponent_node,
                          const struct setting *setting)
{
  struct ratio ratio;
  bool rational = rational_value(exponent_node, &ratio, setting->budget) == RATIONAL_OK;
  if (base.undefined)
    return base;
  if (rational && ratio.den == 1)
    return integer_power(base, ratio.num);
  if (rational && ratio.den == 2)
    return integer_power(square_root(base), ratio.num);
  if (size_of(base) == 0 && rational && ratio.num > 0)
    return base;
  if (rational && ratio.den % 2 == 1 && base.im == 0 && base.re < 0)
    return odd_root_power(base, ratio);
  struct value exponent = evaluate(exponent_node, setting);
  if (exponent.im == 0 && exponent.re == rintl(exponent.re) && exponent.error == 0 &&
      fabsl(exponent.re) < 0x1p31L)
    return integer_power(base, (int64_t)exponent.re);
  return exponential(multiply(logarithm(base), exponent));
}

static struct value root(struct value x, const struct node *index,
                         const struct setting *setting)
{
  struct ratio ratio;
  if (rational_value(index, &ratio, setting->budget) == RATIONAL_OK && ratio.den == 1 &&
      ratio.num > 0) {
    struct ratio exponent = { 1, ratio.num };
    if (ratio.num == 1 || size_of(x) == 0)
      return x;
    if (ratio.num == 2)
      return square_root(x);
    if (ratio.num % 2 == 1 && x.im == 0 && x.re < 0)
      return odd_root_power(x, exponent);
  }
  struct value n = inverse(evaluate(index, setting));
  return exponential(multiply(logarithm(x), n));
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
  case FUNCTION_ACOT: return PI / 2 - catanl(z);
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

static struct value trigonometric_value(enum function function, struct value x,
                                        bool in_degrees)
{
  if (x.undefined)
    return x;
  if (in_degrees && function <= FUNCTION_CSC)
    x = multiply(x, rounded(exactly(PI / 180), 1));
  struct value v = x;
  real f;
  if (x.im == 0 && trigonometric_real(function, x.re, &f)) {
    v.re = f;
  } else {
    v = value_of(trigonometric(function, complex_of(x)), 0, x);
    v.left_reals = v.left_reals || (x.im == 0 && v.im != 0);
  }
  v.error = derivative(function, size_of(x), size_of(v)) * x.error;
  v.undefined = v.undefined || size_of(v) > 1e15L; /* a pole */
  /* the true value may be 0 where the computed one is a rounding error */
  v.error += EPSILON;
  return rounded(v, 4);
}

/* ---- other functions ---- */

static struct value factorial(struct value n, int step)
{
  if (n.undefined || n.im != 0 || n.re < -0.999L)
    return UNDEFINED;
  bool whole = n.re == rintl(n.re);
  struct value v = exactly(1);
  if (step == 2 && !whole)
    return UNDEFINED;
  if (whole && n.re <= 1800) {
    for (real i = n.re; i > 1; i -= step)
      v.re *= i;
    return rounded(v, n.re);
  }
  if (step == 2 || n.re > 1800)
    return UNDEFINED;
  v.re = tgammal(n.re + 1);
  v.error = v.re * n.error * (1 + n.re);
  v.left_reals = n.left_reals;
  return rounded(v, 64);
}

static struct value binomial(struct value n, struct value k, struct budget *budget)
{
  if (n.undefined || k.undefined || k.im != 0)
    return UNDEFINED;
  if (k.re == rintl(k.re) && k.re >= 0 && k.re <= 400) {
    struct value v = exactly(1);
    budget->ticks -= 30 * (int64_t)k.re;
    for (real i = 0; i < k.re; i++) {
      v = multiply(v, add(n, exactly(-i)));
      v = multiply(v, inverse(exactly(i + 1)));
    }
    return v;
  }
  struct value rest = add(n, multiply(k, exactly(-1)));
  return multiply(factorial(n, 1),
                  multiply(inverse(factorial(k, 1)), inverse(factorial(rest, 1))));
}

/* Floors jump: near a whole number the nearest one is meant. */
static struct value floor_value(struct value x, bool up)
{
  real near = rintl(x.re);
  if (x.undefined || x.im != 0 || fabsl(x.re) > 1e15L)
    return UNDEFINED;
  if (fabsl(x.re - near) <= 4 * x.error)
    return exactly(near);
  return exactly(up ? ceill(x.re) : floorl(x.re));
}

static struct value real_part(struct value x, enum function function)
{
  struct value v = exactly(0);
  v.undefined = x.undefined;
  v.left_reals = x.left_reals;
  v.error = x.error;
  switch (function) {
  case FUNCTION_ABS: v.re = size_of(x); break;
  case FUNCTION_RE: v.re = x.re; break;
  case FUNCTION_IM: v.re = x.im; break;
  case FUNCTION_ARG:
    v.re = atan2l(x.im, x.re);
    v.undefined = v.undefined || size_of(x) <= x.error;
    v.error = v.undefined ? 0 : x.error / size_of(x);
    break;
  case FUNCTION_SIGN:
    v.re = (x.re > 0) - (x.re < 0);
    v.undefined = v.undefined || x.im != 0;
    v.error = 0;
    break;
  default: v.re = x.re; v.im = -x.im;
  }
  return rounded(v, 1);
}

static struct value extreme(const struct node *node, const struct setting *setting)
{
  struct value best = evaluate(node->children[0], setting);
  for (size_t i = 1; i < node->count; i++) {
    struct value next = evaluate(node->children[i], setting);
    if (next.undefined || next.im != 0 || best.im != 0)
      return UNDEFINED;
    if ((next.re > best.re) == (node->what == FUNCTION_MAX))
      best = next;
  }
  return best;
}

static real whole_gcd(real a, real b)
{
  for (int n = 0; b > 0.5L && n < 200; n++) {
    real rest = fmodl(a, b);
    a = b;
    b = rest;
  }
  return a;
}

static struct value divisor(const struct node *node, const struct setting *setting)
{
  real total = 0;
  for (size_t i = 0; i < node->count; i++) {
    struct value next = evaluate(node->children[i], setting);
    if (next.undefined || next.im != 0 || next.re != rintl(next.re) ||
        fabsl(next.re) > 1e15L)
      return UNDEFINED;
    real x = fabsl(next.re), common = i ? whole_gcd(total, x) : x;
    total = i && node->what == FUNCTION_LCM && common > 0 ? total / common * x : common;
  }
  return exactly(total);
}

static struct value modulo(struct value a, struct value b)
{
  if (a.undefined || b.undefined || a.im != 0 || b.im != 0 || b.re <= 0 || b.error > 0)
    return UNDEFINED;
  return add(a, exactly(-b.re * floorl(a.re / b.re)));
}

static struct value function_value(const struct node *node, const struct setting *setting)
{
  enum function function = (enum function)node->what;
  if (function == FUNCTION_MAX || function == FUNCTION_MIN)
    return extreme(node, setting);
  if (function == FUNCTION_GCD || function == FUNCTION_LCM)
    return divisor(node, setting);
  struct value x = evaluate(node->children[0], setting);
  switch (function) {
  case FUNCTION_LN: return logarithm(x);
  case FUNCTION_LOG:
    return setting->log_ten ? multiply(logarithm(x), inverse(logarithm(exactly(10))))
                            : logarithm(x);
  case FUNCTION_LOG_BASE:
    return multiply(logarithm(x),
                    inverse(logarithm(evaluate(node->children[1], setting))));
  case FUNCTION_ROOT: return root(x, node->children[1], setting);
  case FUNCTION_FLOOR:
  case FUNCTION_CEIL: return floor_value(x, function == FUNCTION_CEIL);
  case FUNCTION_FACTORIAL:
  case FUNCTION_DOUBLE_FACTORIAL:
    setting->budget->ticks -= 500; /* a loop of up to 1800 products */
    return factorial(x, function == FUNCTION_FACTORIAL ? 1 : 2);
  case FUNCTION_BINOMIAL:
    return binomial(x, evaluate(node->children[1], setting), setting->budget);
  case FUNCTION_MOD: return modulo(x, evaluate(node->children[1], setting));
  case FUNCTION_ABS:
  case FUNCTION_RE:
  case FUNCTION_IM:
  case FUNCTION_ARG:
  case FUNCTION_SIGN:
  case FUNCTION_CONJUGATE: return real_part(x, function);
  default: return trigonometric_value(function, x, setting->degrees);
  }
}

/* ---- sums and products that can be written out ---- */

static struct value big_value(const struct node *node, const struct setting *setting)
{
  struct ratio from, to;
  bool ends = rational_value(node->children[0], &from, setting->budget) == RATIONAL_OK &&
              rational_value(node->children[1], &to, setting->budget) == RATIONAL_OK &&
              from.den == 1 && to.den == 1 && from.num <= to.num &&
              to.num - from.num < LIMIT_SUM_TERMS;
  if (!ends || node->what > BIG_PRODUCT || node->name.len == 0) {
    /* nobody knows its value; equal terms still give equal sums */
    struct binding any = { node->name, 0.640625L, setting->bindings };
    struct setting inside = *setting;
    inside.bindings = &any;
    return opaque(hash_bytes(0x9AE16A3B2F90404Full + node->what, STR("big")), node,
                  &inside);
  }
  struct value total = exactly(node->what == BIG_PRODUCT);
  for (int64_t i = from.num; i <= to.num && setting->budget->ticks > 0; i++) {
    setting->budget->ticks -= 15;
    struct binding binding = { node->name, (real)i, setting->bindings };
    struct setting inner = *setting;
    inner.bindings = &binding;
    struct value term = evaluate(node->children[2], &inner);
    total = node->what == BIG_PRODUCT ? multiply(total, term) : add(total, term);
  }
  return total;
}

/* ---- trees ---- */

static struct value fold(const struct node *node, const struct setting *setting)
{
  struct value total = evaluate(node->children[0], setting);
  for (size_t i = 1; i < node->count; i++) {
    struct value next = evaluate(node->children[i], setting);
    total = node->kind == NODE_ADD ? add(total, next) : multiply(total, next);
  }
  return total;
}

/* Ticks of one node: what it costs on average, in units of 10 ns. */
static int64_t cost_of(const struct node *node)
{
  return node->kind == NODE_FUNCTION || node->kind == NODE_POWER ? 60 : 10;
}

struct value evaluate(const struct node *node, const struct setting *setting)
{
  setting->budget->ticks -= cost_of(node);
  if (setting->budget->ticks <= 0)
    return UNDEFINED;
  switch ((enum node_kind)node->kind) {
  case NODE_NUMBER: return literal(&node->number, setting);
  case NODE_CONSTANT: return constant((enum constant)node->what, setting);
  case NODE_SYMBOL: return variable(node->name, setting);
  case NODE_ADD:
  case NODE_MULTIPLY: return fold(node, setting);
  case NODE_DIVIDE:
    return multiply(evaluate(node->children[0], setting),
                    inverse(evaluate(node->children[1], setting)));
  case NODE_POWER:
    return power(evaluate(node->children[0], setting), node->children[1], setting);
  case NODE_NEGATE: return negate(evaluate(node->children[0], setting));
  case NODE_FUNCTION: return function_value(node, setting);
  case NODE_CALL:
    return opaque(hash_bytes(0xC3A5C85C97CB3127ull, node->name), node, setting);
  case NODE_SUM: return big_value(node, setting);
  case NODE_DEGREE:
    if (setting->degrees)
      return evaluate(node->children[0], setting);
    return multiply(rounded(exactly(PI / 180), 1), evaluate(node->children[0], setting));
  case NODE_PERCENT:
    return multiply(rounded(exactly(0.01L), 1), evaluate(node->children[0], setting));
  default: return UNDEFINED;
  }
}

enum agreement value_agreement(struct value a, struct value b)
{
  if (a.undefined || b.undefined)
    return AGREEMENT_UNKNOWN;
  real difference = hypotl(a.re - b.re, a.im - b.im);
  real tolerance = 8 * (a.error + b.error);
  if (difference > tolerance)
    return AGREEMENT_DIFFERENT;
  real scale = size_of(a) > size_of(b) ? size_of(a) : size_of(b);
  bool precise = tolerance <= 1e-11L * scale;
  bool zero = scale <= tolerance && tolerance <= 1e-13L;
  return precise || zero ? AGREEMENT_EQUAL : AGREEMENT_UNKNOWN;
}
