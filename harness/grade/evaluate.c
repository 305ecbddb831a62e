/* evaluate.c - values of trees at points. */
#include "grade/evaluate.h"

#include <float.h>
#include <math.h>

#include "grade/limits.h"
#include "grade/rational.h"

typedef long double real;
#define EPSILON LDBL_EPSILON

struct binding {
  struct str name;
  real value;
  const struct binding *outer;
};

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
      return value_exactly(b->value);
  int point = setting->point;
  uint64_t hash = hash_bytes(0xCBF29CE484222325ull, name);
  if (setting->integers && name.len == 1 && strchr("nkmN", name.ptr[0]))
    return value_exactly((real)(1 + (hash + (uint64_t)point * 5) % 17));
  real at = unit_of(hash + (uint64_t)point * 0x9E3779B97F4A7C15ull);
  return value_exactly(ranges[point].low + (ranges[point].high - ranges[point].low) * at);
}

/* A value from values: the same arguments, up to rounding, give the same result. */
static struct value opaque(uint64_t hash, const struct node *node,
                           const struct setting *setting)
{
  struct value v = value_exactly(0);
  for (size_t i = 0; i < node->count; i++) {
    if (node_is_infinite(node->children[i])) {
      hash = scramble(hash + node->children[i]->kind);
      continue;
    }
    struct value argument = evaluate(node->children[i], setting);
    if (argument.undefined)
      return VALUE_UNDEFINED;
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
  struct value v = value_exactly(0);
  setting->budget->ticks -= (int64_t)number->digits.len / 8;
  if (number->small >= 0)
    v.re = (real)number->small;
  else
    for (size_t i = 0; i < number->digits.len; i++)
      v.re = v.re * 10 + (real)(number->digits.ptr[i] - '0');
  if (number->small < 0)
    v.error = v.re * EPSILON * (real)number->digits.len;
  if (number->exponent)
    v = value_rounded(value_multiply(v, value_exactly(powl(10, (real)number->exponent))),
                      2);
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
      return value_exactly(b->value);
  switch (constant_) {
  case CONSTANT_PI: return value_rounded(value_exactly(VALUE_PI), 1);
  case CONSTANT_E: return value_rounded(value_exactly(expl(1)), 1);
  case CONSTANT_I: return (struct value){ 0, 1, 0, false, false };
  default: return VALUE_UNDEFINED;
  }
}

/* ---- powers ---- */

static struct value power(struct value base, const struct node *exponent_node,
                          const struct setting *setting)
{
  struct ratio ratio;
  bool rational = rational_value(exponent_node, &ratio, setting->budget) == RATIONAL_OK;
  if (base.undefined)
    return base;
  if (rational && ratio.den == 1)
    return value_power(base, ratio.num);
  if (rational && ratio.den == 2)
    return value_power(value_sqrt(base), ratio.num);
  if (value_size(base) == 0 && rational && ratio.num > 0)
    return base;
  if (rational && ratio.den % 2 == 1 && base.im == 0 && base.re < 0)
    return value_odd_root(base, ratio);
  struct value exponent = evaluate(exponent_node, setting);
  if (exponent.im == 0 && exponent.re == rintl(exponent.re) && exponent.error == 0 &&
      fabsl(exponent.re) < 0x1p31L)
    return value_power(base, (int64_t)exponent.re);
  return value_exp(value_multiply(value_log(base), exponent));
}

static struct value root(struct value x, const struct node *index,
                         const struct setting *setting)
{
  struct ratio ratio;
  if (rational_value(index, &ratio, setting->budget) == RATIONAL_OK && ratio.den == 1 &&
      ratio.num > 0) {
    struct ratio exponent = { 1, ratio.num };
    if (ratio.num == 1 || value_size(x) == 0)
      return x;
    if (ratio.num == 2)
      return value_sqrt(x);
    if (ratio.num % 2 == 1 && x.im == 0 && x.re < 0)
      return value_odd_root(x, exponent);
  }
  struct value n = value_inverse(evaluate(index, setting));
  return value_exp(value_multiply(value_log(x), n));
}

static struct value extreme(const struct node *node, const struct setting *setting)
{
  struct value best = evaluate(node->children[0], setting);
  for (size_t i = 1; i < node->count; i++) {
    struct value next = evaluate(node->children[i], setting);
    if (next.undefined || next.im != 0 || best.im != 0)
      return VALUE_UNDEFINED;
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
      return VALUE_UNDEFINED;
    real x = fabsl(next.re), common = i ? whole_gcd(total, x) : x;
    total = i && node->what == FUNCTION_LCM && common > 0 ? total / common * x : common;
  }
  return value_exactly(total);
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
  case FUNCTION_LN: return value_log(x);
  case FUNCTION_LOG:
    return setting->log_ten
               ? value_multiply(value_log(x), value_inverse(value_log(value_exactly(10))))
               : value_log(x);
  case FUNCTION_LOG_BASE:
    return value_multiply(value_log(x),
                          value_inverse(value_log(evaluate(node->children[1], setting))));
  case FUNCTION_ROOT: return root(x, node->children[1], setting);
  case FUNCTION_FLOOR:
  case FUNCTION_CEIL: return value_floor(x, function == FUNCTION_CEIL);
  case FUNCTION_FACTORIAL:
  case FUNCTION_DOUBLE_FACTORIAL:
    setting->budget->ticks -= 500; /* a loop of up to 1800 products */
    return value_factorial(x, function == FUNCTION_FACTORIAL ? 1 : 2);
  case FUNCTION_BINOMIAL:
    return value_binomial(x, evaluate(node->children[1], setting), setting->budget);
  case FUNCTION_MOD: return value_modulo(x, evaluate(node->children[1], setting));
  case FUNCTION_ABS:
  case FUNCTION_RE:
  case FUNCTION_IM:
  case FUNCTION_ARG:
  case FUNCTION_SIGN:
  case FUNCTION_CONJUGATE: return value_part(x, function);
  default: return value_trigonometric(function, x, setting->degrees);
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
  struct value total = value_exactly(node->what == BIG_PRODUCT);
  for (int64_t i = from.num; i <= to.num && setting->budget->ticks > 0; i++) {
    setting->budget->ticks -= 15;
    struct binding binding = { node->name, (real)i, setting->bindings };
    struct setting inner = *setting;
    inner.bindings = &binding;
    struct value term = evaluate(node->children[2], &inner);
    total =
        node->what == BIG_PRODUCT ? value_multiply(total, term) : value_add(total, term);
  }
  return total;
}

/* ---- trees ---- */

static struct value fold(const struct node *node, const struct setting *setting)
{
  struct value total = evaluate(node->children[0], setting);
  for (size_t i = 1; i < node->count; i++) {
    struct value next = evaluate(node->children[i], setting);
    total = node->kind == NODE_ADD ? value_add(total, next) : value_multiply(total, next);
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
    return VALUE_UNDEFINED;
  switch ((enum node_kind)node->kind) {
  case NODE_NUMBER: return literal(&node->number, setting);
  case NODE_CONSTANT: return constant((enum constant)node->what, setting);
  case NODE_SYMBOL: return variable(node->name, setting);
  case NODE_ADD:
  case NODE_MULTIPLY: return fold(node, setting);
  case NODE_DIVIDE:
    return value_multiply(evaluate(node->children[0], setting),
                          value_inverse(evaluate(node->children[1], setting)));
  case NODE_POWER:
    return power(evaluate(node->children[0], setting), node->children[1], setting);
  case NODE_NEGATE: return value_negate(evaluate(node->children[0], setting));
  case NODE_FUNCTION: return function_value(node, setting);
  case NODE_CALL:
    return opaque(hash_bytes(0xC3A5C85C97CB3127ull, node->name), node, setting);
  case NODE_SUM: return big_value(node, setting);
  case NODE_DEGREE:
    if (setting->degrees)
      return evaluate(node->children[0], setting);
    return value_multiply(value_rounded(value_exactly(VALUE_PI / 180), 1),
                          evaluate(node->children[0], setting));
  case NODE_PERCENT:
    return value_multiply(value_rounded(value_exactly(0.01L), 1),
                          evaluate(node->children[0], setting));
  default: return VALUE_UNDEFINED;
  }
}
