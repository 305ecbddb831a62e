/* rational.c - exact rational values. */
#include "grade/rational.h"

#include <gmp.h>

#include "grade/limits.h"

__extension__ typedef __int128 wide;

/* ---- 64-bit fractions ---- */

static uint64_t gcd64(uint64_t a, uint64_t b)
{
  while (b) {
    uint64_t rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

static wide gcd_wide(wide a, wide b)
{
  while (b > UINT64_MAX || a > UINT64_MAX) {
    if (b == 0)
      return a;
    wide rest = a % b;
    a = b;
    b = rest;
  }
  return (wide)gcd64((uint64_t)a, (uint64_t)b);
}

static enum rational_status reduce(wide num, wide den, struct ratio *out)
{
  if (den == 0)
    return RATIONAL_NOT;
  if (den < 0) {
    num = -num;
    den = -den;
  }
  wide divisor = den == 1 ? 1 : gcd_wide(num < 0 ? -num : num, den);
  num /= divisor;
  den /= divisor;
  if (num > INT64_MAX || num < -INT64_MAX || den > INT64_MAX)
    return RATIONAL_TOO_BIG;
  *out = (struct ratio){ (int64_t)num, (int64_t)den };
  return RATIONAL_OK;
}

static enum rational_status add(struct ratio a, struct ratio b, struct ratio *out)
{
  wide num;
  if (__builtin_add_overflow((wide)a.num * b.den, (wide)b.num * a.den, &num))
    return RATIONAL_TOO_BIG;
  return reduce(num, (wide)a.den * b.den, out);
}

static enum rational_status multiply(struct ratio a, struct ratio b, struct ratio *out)
{
  return reduce((wide)a.num * b.num, (wide)a.den * b.den, out);
}

static enum rational_status divide(struct ratio a, struct ratio b, struct ratio *out)
{
  return reduce((wide)a.num * b.den, (wide)a.den * b.num, out);
}

static enum rational_status power(struct ratio base, struct ratio exponent,
                                  struct ratio *out)
{
  int64_t n = exponent.num < 0 ? -exponent.num : exponent.num;
  if (exponent.den != 1 || (base.num == 0 && exponent.num <= 0))
    return RATIONAL_NOT;
  struct ratio result = { 1, 1 };
  bool unit = base.den == 1 && (base.num == 1 || base.num == -1 || base.num == 0);
  if (unit)
    n = n == 0 ? 0 : 2 - n % 2;
  if (n > 64)
    return RATIONAL_TOO_BIG;
  for (int64_t i = 0; i < n; i++)
    if (multiply(result, base, &result) != RATIONAL_OK)
      return RATIONAL_TOO_BIG;
  if (exponent.num < 0)
    return reduce(result.den, result.num, out);
  *out = result;
  return RATIONAL_OK;
}

static enum rational_status literal(const struct number *number, struct ratio *out)
{
  if (number->small < 0 || number->exponent > 18 || number->exponent < -18)
    return RATIONAL_TOO_BIG;
  wide scale = 1;
  for (int32_t i = number->exponent; i != 0; i += i < 0 ? 1 : -1)
    scale *= 10;
  return number->exponent < 0 ? reduce(number->small, scale, out)
                              : reduce(number->small * scale, 1, out);
}

void square_part(int64_t n, int64_t *square, int64_t *rest)
{
  *square = 1;
  *rest = 1;
  for (int64_t p = 2; p <= 1000 && p * p <= n; p += p == 2 ? 1 : 2)
    while (n % p == 0) {
      n /= p;
      if (n % p == 0) {
        n /= p;
        *square *= p;
      } else {
        *rest *= p;
      }
    }
  int64_t root = 1;
  for (int64_t step = (int64_t)1 << 31; step; step >>= 1)
    if ((wide)(root + step) * (root + step) <= n)
      root += step;
  if (n > 0 && root * root == n)
    *square *= root;
  else
    *rest *= n;
}

static bool perfect_root(int64_t n, int64_t index, int64_t *root)
{
  int64_t low = 0, high = index == 2 ? 3037000499 : 2097151;
  while (low < high) {
    int64_t middle = low + (high - low + 1) / 2;
    wide product = 1;
    for (int64_t i = 0; i < index && product <= n; i++)
      product *= middle;
    if (product <= n)
      low = middle;
    else
      high = middle - 1;
  }
  wide product = 1;
  for (int64_t i = 0; i < index; i++)
    product *= low;
  *root = low;
  return product == n;
}

static enum rational_status root_of(struct ratio x, struct ratio index, struct ratio *out)
{
  bool negative = x.num < 0;
  if (index.den != 1 || index.num < 2 || index.num > 3 || (negative && index.num == 2))
    return RATIONAL_NOT;
  if (!perfect_root(negative ? -x.num : x.num, index.num, &out->num) ||
      !perfect_root(x.den, index.num, &out->den))
    return RATIONAL_NOT;
  if (negative)
    out->num = -out->num;
  return RATIONAL_OK;
}

static enum rational_status factorial(struct ratio n, int step, struct ratio *out)
{
  if (n.den != 1 || n.num < 0)
    return RATIONAL_NOT;
  if (n.num > 33)
    return RATIONAL_TOO_BIG;
  struct ratio result = { 1, 1 };
  for (int64_t i = n.num; i > 1; i -= step)
    if (multiply(result, (struct ratio){ i, 1 }, &result) != RATIONAL_OK)
      return RATIONAL_TOO_BIG;
  *out = result;
  return RATIONAL_OK;
}

static enum rational_status binomial(struct ratio n, struct ratio k, struct ratio *out)
{
  if (n.den != 1 || k.den != 1 || k.num < 0 || n.num < 0)
    return RATIONAL_NOT;
  int64_t terms = k.num > n.num - k.num && k.num <= n.num ? n.num - k.num : k.num;
  if (terms > 64)
    return RATIONAL_TOO_BIG;
  struct ratio result = { 1, 1 };
  for (int64_t i = 0; i < terms; i++) {
    struct ratio step = { n.num - i, 1 };
    if (multiply(result, step, &result) != RATIONAL_OK ||
        divide(result, (struct ratio){ i + 1, 1 }, &result) != RATIONAL_OK)
      return RATIONAL_TOO_BIG;
  }
  *out = result;
  return RATIONAL_OK;
}

static int64_t floor_of(struct ratio x)
{
  return x.num / x.den - (x.num < 0 && x.num % x.den != 0);
}

static bool is_less(struct ratio a, struct ratio b)
{
  return (wide)a.num * b.den < (wide)b.num * a.den;
}

static enum rational_status common(enum function function, struct ratio a, struct ratio b,
                                   struct ratio *out)
{
  int64_t x = a.num < 0 ? -a.num : a.num, y = b.num < 0 ? -b.num : b.num;
  if (function == FUNCTION_MAX || function == FUNCTION_MIN) {
    *out = is_less(a, b) == (function == FUNCTION_MIN) ? a : b;
    return RATIONAL_OK;
  }
  if (a.den != 1 || b.den != 1)
    return RATIONAL_NOT;
  int64_t divisor = (int64_t)gcd64((uint64_t)x, (uint64_t)y);
  if (function == FUNCTION_GCD)
    return reduce(divisor, 1, out);
  if (function == FUNCTION_LCM)
    return divisor ? reduce((wide)x / divisor * y, 1, out) : RATIONAL_NOT;
  if (b.num <= 0)
    return RATIONAL_NOT;
  return reduce(((wide)a.num % b.num + b.num) % b.num, 1, out);
}

static enum rational_status function_value(const struct node *node,
                                           const struct ratio *args, struct ratio *out)
{
  struct ratio x = args[0];
  switch ((enum function)node->what) {
  case FUNCTION_ABS: return reduce(x.num < 0 ? -x.num : x.num, x.den, out);
  case FUNCTION_ROOT: return root_of(x, args[1], out);
  case FUNCTION_FLOOR: return reduce(floor_of(x), 1, out);
  case FUNCTION_CEIL: return reduce(-floor_of((struct ratio){ -x.num, x.den }), 1, out);
  case FUNCTION_FACTORIAL: return factorial(x, 1, out);
  case FUNCTION_DOUBLE_FACTORIAL: return factorial(x, 2, out);
  case FUNCTION_BINOMIAL: return binomial(x, args[1], out);
  case FUNCTION_GCD:
  case FUNCTION_LCM:
  case FUNCTION_MAX:
  case FUNCTION_MIN:
  case FUNCTION_MOD: return common((enum function)node->what, x, args[1], out);
  default: return RATIONAL_NOT;
  }
}

/* Sums and products of any length, folded from the left. */
static enum rational_status fold(const struct node *node, struct ratio *out,
                                 struct budget *budget)
{
  struct ratio total = { node->kind == NODE_MULTIPLY, 1 };
  for (size_t i = 0; i < node->count; i++) {
    struct ratio next;
    enum rational_status status = rational_value(node->children[i], &next, budget);
    if (status == RATIONAL_OK)
      status = node->kind == NODE_ADD ? add(total, next, &total)
                                      : multiply(total, next, &total);
    if (status != RATIONAL_OK)
      return status;
  }
  *out = total;
  return RATIONAL_OK;
}

enum rational_status rational_value(const struct node *node, struct ratio *out,
                                    struct budget *budget)
{
  budget->ticks--;
  if (node->kind == NODE_NUMBER)
    return literal(&node->number, out);
  if (node->kind == NODE_ADD || node->kind == NODE_MULTIPLY)
    return fold(node, out, budget);
  if (node->count == 0 || node->count > 2 || !node_is_expression(node))
    return RATIONAL_NOT;
  struct ratio args[2];
  for (size_t i = 0; i < node->count; i++) {
    enum rational_status status = rational_value(node->children[i], &args[i], budget);
    if (status != RATIONAL_OK)
      return status;
  }
  switch ((enum node_kind)node->kind) {
  case NODE_NEGATE:
    *out = (struct ratio){ -args[0].num, args[0].den };
    return RATIONAL_OK;
  case NODE_DIVIDE: return divide(args[0], args[1], out);
  case NODE_POWER: return power(args[0], args[1], out);
  case NODE_PERCENT: return divide(args[0], (struct ratio){ 100, 1 }, out);
  case NODE_FUNCTION: return function_value(node, args, out);
  default: return RATIONAL_NOT;
  }
}

/* ---- GMP ---- */

static bool fits(const mpq_t x)
{
  return mpz_sizeinbase(mpq_numref(x), 2) <= LIMIT_BITS &&
         mpz_sizeinbase(mpq_denref(x), 2) <= LIMIT_BITS;
}

static void charge(struct budget *budget, const mpq_t x)
{
  budget->ticks -= 8 + 4 * (int64_t)(mpz_size(mpq_numref(x)) + mpz_size(mpq_denref(x)));
}

/* 10^exponent into x, upside down when negative. */
static enum rational_status scale_by_ten(mpq_t x, int32_t exponent)
{
  uint32_t n = (uint32_t)(exponent < 0 ? -exponent : exponent);
  if (n > LIMIT_BITS / 4)
    return RATIONAL_TOO_BIG;
  mpz_t scale;
  mpz_init(scale);
  mpz_ui_pow_ui(scale, 10, n);
  if (exponent < 0)
    mpz_mul(mpq_denref(x), mpq_denref(x), scale);
  else
    mpz_mul(mpq_numref(x), mpq_numref(x), scale);
  mpz_clear(scale);
  mpq_canonicalize(x);
  return RATIONAL_OK;
}

static enum rational_status big_literal(const struct number *number, mpq_t out)
{
  char digits[LIMIT_DIGITS + 1];
  if (number->digits.len > LIMIT_DIGITS)
    return RATIONAL_TOO_BIG;
  memcpy(digits, number->digits.ptr, number->digits.len);
  digits[number->digits.len] = '\0';
  mpz_set_str(mpq_numref(out), digits, 10);
  mpz_set_ui(mpq_denref(out), 1);
  return scale_by_ten(out, number->exponent);
}

static enum rational_status big_power(mpq_t base, const mpq_t exponent)
{
  if (mpz_cmp_ui(mpq_denref(exponent), 1) != 0)
    return RATIONAL_NOT;
  if (!mpz_fits_slong_p(mpq_numref(exponent)))
    return RATIONAL_TOO_BIG;
  long n = mpz_get_si(mpq_numref(exponent));
  unsigned long size = n < 0 ? -(unsigned long)n : (unsigned long)n;
  size_t bits = mpz_sizeinbase(mpq_numref(base), 2);
  size_t below = mpz_sizeinbase(mpq_denref(base), 2);
  if (size > LIMIT_BITS || (bits > below ? bits : below) * size > 2 * LIMIT_BITS)
    return RATIONAL_TOO_BIG;
  if (n <= 0 && mpq_sgn(base) == 0)
    return RATIONAL_NOT;
  mpz_pow_ui(mpq_numref(base), mpq_numref(base), size);
  mpz_pow_ui(mpq_denref(base), mpq_denref(base), size);
  if (n < 0)
    mpq_inv(base, base);
  return RATIONAL_OK;
}

static enum rational_status big_function(enum function function, mpq_t x, const mpq_t y)
{
  mpz_ptr n = mpq_numref(x);
  if (function == FUNCTION_ABS) {
    mpq_abs(x, x);
    return RATIONAL_OK;
  }
  bool small = mpz_cmp_ui(mpq_denref(x), 1) == 0 && mpz_sgn(n) >= 0;
  if (!small)
    return RATIONAL_NOT;
  if (mpz_cmp_ui(n, 600) > 0)
    return RATIONAL_TOO_BIG;
  unsigned long value = mpz_get_ui(n);
  if (function == FUNCTION_FACTORIAL)
    mpz_fac_ui(n, value);
  else if (function == FUNCTION_DOUBLE_FACTORIAL)
    mpz_2fac_ui(n, value);
  else if (function == FUNCTION_BINOMIAL && mpz_cmp_ui(mpq_denref(y), 1) == 0 &&
           mpz_sgn(mpq_numref(y)) >= 0 && mpz_cmp_ui(mpq_numref(y), 600) <= 0)
    mpz_bin_uiui(n, value, mpz_get_ui(mpq_numref(y)));
  else
    return RATIONAL_NOT;
  return RATIONAL_OK;
}

static enum rational_status combine(const struct node *node, mpq_t x, mpq_t y)
{
  switch ((enum node_kind)node->kind) {
  case NODE_ADD: mpq_add(x, x, y); return RATIONAL_OK;
  case NODE_MULTIPLY: mpq_mul(x, x, y); return RATIONAL_OK;
  case NODE_NEGATE: mpq_neg(x, x); return RATIONAL_OK;
  case NODE_DIVIDE:
    if (mpq_sgn(y) == 0)
      return RATIONAL_NOT;
    mpq_div(x, x, y);
    return RATIONAL_OK;
  case NODE_POWER: return big_power(x, y);
  case NODE_PERCENT: return scale_by_ten(x, -2);
  case NODE_FUNCTION: return big_function((enum function)node->what, x, y);
  default: return RATIONAL_NOT;
  }
}

static enum rational_status big_value(const struct node *node, mpq_t out,
                                      struct budget *budget)
{
  if (budget->ticks <= 0)
    return RATIONAL_TOO_BIG;
  if (node->kind == NODE_NUMBER) {
    budget->ticks -= (int64_t)node->number.digits.len / 4;
    return big_literal(&node->number, out);
  }
  bool flat = node->kind == NODE_ADD || node->kind == NODE_MULTIPLY;
  if (node->count == 0 || (node->count > 2 && !flat) || !node_is_expression(node))
    return RATIONAL_NOT;
  enum rational_status status = big_value(node->children[0], out, budget);
  mpq_t next;
  mpq_init(next);
  for (size_t i = 1; i < node->count && status == RATIONAL_OK; i++) {
    status = big_value(node->children[i], next, budget);
    if (status == RATIONAL_OK && flat)
      status = combine(node, out, next);
    if (status == RATIONAL_OK && !fits(out))
      status = RATIONAL_TOO_BIG;
    charge(budget, out);
  }
  if (status == RATIONAL_OK && !flat)
    status = combine(node, out, next);
  if (status == RATIONAL_OK && !fits(out))
    status = RATIONAL_TOO_BIG;
  charge(budget, out);
  mpq_clear(next);
  return status;
}

enum rational_status rational_compare(const struct node *a, const struct node *b,
                                      struct budget *budget, int *order)
{
  struct ratio x, y;
  enum rational_status left = rational_value(a, &x, budget);
  if (left == RATIONAL_NOT)
    return RATIONAL_NOT;
  enum rational_status right = rational_value(b, &y, budget);
  if (right == RATIONAL_NOT)
    return RATIONAL_NOT;
  if (left == RATIONAL_OK && right == RATIONAL_OK) {
    *order = is_less(x, y) ? -1 : is_less(y, x);
    return RATIONAL_OK;
  }
  mpq_t big_x, big_y;
  mpq_inits(big_x, big_y, NULL);
  left = big_value(a, big_x, budget);
  right = left == RATIONAL_OK ? big_value(b, big_y, budget) : left;
  if (right == RATIONAL_OK)
    *order = mpq_cmp(big_x, big_y);
  mpq_clears(big_x, big_y, NULL);
  return right;
}
