/* modular.c - the fields, and trees in them. */
#include "grade/modular.h"

#include "grade/limits.h"
#include "grade/rational.h"

__extension__ typedef unsigned __int128 wide;

/* p = 2^61 - offset; both are 3 mod 4. */
static const uint64_t offsets[MODULAR_PRIMES] = { 1, 45 };
static const uint64_t TWO_61 = (uint64_t)1 << 61;

/* p - 1, phi(p - 1), phi(phi(p - 1)), ...: what exponents of exponents are reduced by. */
enum { TOTIENTS = 8 };
static const uint64_t totients[MODULAR_PRIMES][TOTIENTS] = {
  { 2305843009213693950ull, 406467072000000000ull, 98537472000000000ull,
    23887872000000000ull, 6370099200000000ull, 1698693120000000ull, 452984832000000ull,
    120795955200000ull },
  { 2305843009213693906ull, 1035477824094013440ull, 207876096471859200ull,
    41316323740876800ull, 8581344657408000ull, 2226511046246400ull, 593736278999040ull,
    158329674399744ull },
};

uint64_t modular_prime(size_t index)
{
  return TWO_61 - offsets[index];
}

/* ---- integers modulo p ---- */

static uint64_t multiply(uint64_t a, uint64_t b, size_t prime)
{
  /* 2^61 = offset modulo p: fold the upper half onto the lower one, twice */
  wide product = (wide)a * b;
  wide folded = (product >> 61) * offsets[prime] + (uint64_t)(product & (TWO_61 - 1));
  uint64_t result =
      (uint64_t)(folded >> 61) * offsets[prime] + (uint64_t)(folded & (TWO_61 - 1));
  uint64_t p = modular_prime(prime);
  return result >= p ? result - p : result;
}

static uint64_t add(uint64_t a, uint64_t b, size_t prime)
{
  uint64_t sum = a + b, p = modular_prime(prime);
  return sum >= p ? sum - p : sum;
}

static uint64_t negate(uint64_t a, size_t prime)
{
  return a ? modular_prime(prime) - a : 0;
}

static uint64_t power(uint64_t base, uint64_t exponent, size_t prime)
{
  uint64_t result = 1;
  for (; exponent; exponent >>= 1) {
    if (exponent & 1)
      result = multiply(result, base, prime);
    base = multiply(base, base, prime);
  }
  return result;
}

/* ---- a + b i ---- */

struct residue residue_multiply(struct residue a, struct residue b, size_t prime)
{
  uint64_t re = multiply(a.re, b.re, prime);
  if (a.im == 0 && b.im == 0)
    return (struct residue){ re, 0 };
  re = add(re, negate(multiply(a.im, b.im, prime), prime), prime);
  uint64_t im = add(multiply(a.re, b.im, prime), multiply(a.im, b.re, prime), prime);
  return (struct residue){ re, im };
}

struct residue residue_inverse(struct residue a, size_t prime)
{
  uint64_t norm = add(multiply(a.re, a.re, prime), multiply(a.im, a.im, prime), prime);
  uint64_t inverse = power(norm, modular_prime(prime) - 2, prime);
  return (struct residue){ multiply(a.re, inverse, prime),
                           negate(multiply(a.im, inverse, prime), prime) };
}

static struct residue residue_power(struct residue base, uint64_t exponent, size_t prime)
{
  if (base.im == 0)
    return (struct residue){ power(base.re, exponent, prime), 0 };
  struct residue result = { 1, 0 };
  for (; exponent; exponent >>= 1) {
    if (exponent & 1)
      result = residue_multiply(result, base, prime);
    base = residue_multiply(base, base, prime);
  }
  return result;
}

/* a^((p+1)/4) squares to a or to -a, as p is 3 mod 4. */
static struct residue root_of_prime_factor(int64_t q, size_t prime)
{
  uint64_t p = modular_prime(prime);
  uint64_t a = (uint64_t)q % p;
  uint64_t root = power(a, (p + 1) / 4, prime);
  bool real = multiply(root, root, prime) == a;
  return real ? (struct residue){ root, 0 } : (struct residue){ 0, root };
}

struct residue residue_root(int64_t n, size_t prime)
{
  struct residue root = { 1, 0 };
  uint64_t rest = n < 0 ? -(uint64_t)n : (uint64_t)n;
  for (uint64_t q = 2; q * q <= rest && q < 1000; q += q == 2 ? 1 : 2)
    for (; rest % q == 0; rest /= q)
      root = residue_multiply(root, root_of_prime_factor((int64_t)q, prime), prime);
  int64_t square, single;
  square_part((int64_t)rest, &square, &single);
  root = residue_multiply(root, (struct residue){ (uint64_t)square, 0 }, prime);
  root = residue_multiply(root, root_of_prime_factor(single, prime), prime);
  return n < 0 ? residue_multiply(root, (struct residue){ 0, 1 }, prime) : root;
}

/* ---- exponents ---- */

/* A positive integer that may be too large to write: exact, or only modulo the totient of
 * a level and known to exceed every logarithm in question. */
struct exponent {
  bool exact;
  uint64_t value;
};

static uint64_t power_modulo(uint64_t base, uint64_t exponent, uint64_t modulus)
{
  wide result = 1 % modulus, square = base % modulus;
  for (; exponent; exponent >>= 1) {
    if (exponent & 1)
      result = result * square % modulus;
    square = square * square % modulus;
  }
  return (uint64_t)result;
}

static bool small_positive(const struct node *node, uint64_t *value,
                           struct budget *budget)
{
  struct ratio ratio;
  if (rational_value(node, &ratio, budget) != RATIONAL_OK || ratio.den != 1 ||
      ratio.num < 0)
    return false;
  *value = (uint64_t)ratio.num;
  return true;
}

/* node modulo totients[prime][level], for towers b^c^d^... of positive integers. */
static bool exponent_value(const struct node *node, size_t prime, size_t level,
                           struct exponent *out, struct budget *budget)
{
  out->exact = small_positive(node, &out->value, budget);
  if (out->exact)
    return true;
  struct exponent above;
  uint64_t base;
  budget->ticks -= 300;
  if (node->kind != NODE_POWER || level + 1 >= TOTIENTS || budget->ticks <= 0 ||
      !small_positive(node->children[0], &base, budget) || base < 2 ||
      !exponent_value(node->children[1], prime, level + 1, &above, budget))
    return false;
  /* Euler: b^e = b^(e mod phi + phi) for every e >= log2 of the modulus */
  uint64_t modulus = totients[prime][level], phi = totients[prime][level + 1];
  uint64_t exponent = above.exact ? above.value : above.value % phi + phi;
  out->value = power_modulo(base, exponent, modulus);
  return true;
}

/* ---- trees ---- */

static uint64_t scramble(uint64_t x)
{
  x ^= x >> 30;
  x *= 0xBF58476D1CE4E5B9ull;
  x ^= x >> 27;
  x *= 0x94D049BB133111EBull;
  return x ^ x >> 31;
}

/* A fixed pseudo-random residue for a name. */
static struct residue residue_of_name(struct str name, size_t prime)
{
  uint64_t hash = 0xCBF29CE484222325ull + prime;
  for (size_t i = 0; i < name.len; i++)
    hash = (hash ^ (unsigned char)name.ptr[i]) * 0x100000001B3ull;
  return (struct residue){ scramble(hash) % modular_prime(prime), 0 };
}

static struct residue residue_of_literal(const struct number *number, size_t prime)
{
  uint64_t p = modular_prime(prime), value = 0;
  for (size_t i = 0; i < number->digits.len; i++)
    value =
        add(multiply(value, 10, prime), (uint64_t)(number->digits.ptr[i] - '0'), prime);
  int64_t exponent = number->exponent;
  uint64_t scale = power(10, (uint64_t)(exponent < 0 ? -exponent : exponent), prime);
  if (exponent < 0)
    scale = power(scale, p - 2, prime);
  return (struct residue){ multiply(value, scale, prime), 0 };
}

static enum fingerprint_status root(const struct node *radicand, size_t prime,
                                    struct residue *out, struct budget *budget)
{
  struct ratio ratio;
  if (rational_value(radicand, &ratio, budget) != RATIONAL_OK)
    return FINGERPRINT_NOT;
  budget->ticks -= 400;
  int64_t square, above, under;
  square_part(ratio.num < 0 ? -ratio.num : ratio.num, &square, &above);
  square_part(ratio.den, &square, &under);
  /* beyond this, what is left may be a product of two primes that the other side writes
   * apart, and the sign of its root would be anyone's */
  if (above > 1000000 || under > 1000000)
    return FINGERPRINT_NOT;
  struct residue below = { (uint64_t)ratio.den % modular_prime(prime), 0 };
  /* sqrt(a/b) = sqrt(a) sqrt(b) / b */
  *out = residue_multiply(residue_root(ratio.num, prime), residue_root(ratio.den, prime),
                          prime);
  *out = residue_multiply(*out, residue_inverse(below, prime), prime);
  return FINGERPRINT_OK;
}

static enum fingerprint_status power_of(const struct node *node, size_t prime,
                                        struct residue *out, struct budget *budget)
{
  const struct node *exponent = node->children[1];
  bool negative = exponent->kind == NODE_NEGATE;
  struct ratio ratio;
  struct exponent value = { 0 };
  if (rational_value(exponent, &ratio, budget) == RATIONAL_OK && ratio.den == 2) {
    if (root(node->children[0], prime, out, budget) != FINGERPRINT_OK)
      return FINGERPRINT_NOT;
    negative = ratio.num < 0;
    value.value = (uint64_t)(negative ? -ratio.num : ratio.num);
    value.exact = true;
  } else {
    if (fingerprint(node->children[0], prime, out, budget) != FINGERPRINT_OK ||
        !exponent_value(negative ? exponent->children[0] : exponent, prime, 0, &value,
                        budget))
      return FINGERPRINT_NOT;
    if (out->im != 0 && !value.exact)
      return FINGERPRINT_NOT; /* the order of such an element is no totient of ours */
  }
  bool zero = out->re == 0 && out->im == 0;
  if (zero && (negative || (value.exact && value.value == 0)))
    return FINGERPRINT_NOT;
  budget->ticks -= out->im ? 200 : 60;
  *out = residue_power(*out, value.value, prime);
  if (negative)
    *out = residue_inverse(*out, prime);
  return FINGERPRINT_OK;
}

static enum fingerprint_status factorial(const struct node *n, int step, size_t prime,
                                         struct residue *out, struct budget *budget)
{
  uint64_t value;
  if (!small_positive(n, &value, budget) || value > LIMIT_FACTORIAL)
    return FINGERPRINT_NOT;
  budget->ticks -= (int64_t)value;
  uint64_t product = 1;
  for (int64_t i = (int64_t)value; i > 1; i -= step)
    product = multiply(product, (uint64_t)i, prime);
  *out = (struct residue){ product, 0 };
  return FINGERPRINT_OK;
}

/* n (n-1) ... (n-k+1) / k! for a fixed small k; n may be an expression. */
static enum fingerprint_status binomial(const struct node *node, size_t prime,
                                        struct residue *out, struct budget *budget)
{
  struct residue n;
  uint64_t k;
  if (fingerprint(node->children[0], prime, &n, budget) != FINGERPRINT_OK ||
      !small_positive(node->children[1], &k, budget) || k > LIMIT_FACTORIAL)
    return FINGERPRINT_NOT;
  budget->ticks -= (int64_t)k * 3;
  struct residue above = { 1, 0 }, below = { 1, 0 };
  for (uint64_t i = 0; i < k; i++) {
    struct residue factor = { add(n.re, negate(i, prime), prime), n.im };
    above = residue_multiply(above, factor, prime);
    below = residue_multiply(below, (struct residue){ i + 1, 0 }, prime);
  }
  *out = residue_multiply(above, residue_inverse(below, prime), prime);
  return FINGERPRINT_OK;
}

static enum fingerprint_status function_of(const struct node *node, size_t prime,
                                           struct residue *out, struct budget *budget)
{
  struct ratio index;
  switch ((enum function)node->what) {
  case FUNCTION_ROOT:
    if (rational_value(node->children[1], &index, budget) != RATIONAL_OK ||
        index.den != 1 || index.num != 2)
      return FINGERPRINT_NOT;
    return root(node->children[0], prime, out, budget);
  case FUNCTION_FACTORIAL: return factorial(node->children[0], 1, prime, out, budget);
  case FUNCTION_DOUBLE_FACTORIAL:
    return factorial(node->children[0], 2, prime, out, budget);
  case FUNCTION_BINOMIAL: return binomial(node, prime, out, budget);
  default: return FINGERPRINT_NOT;
  }
}

static enum fingerprint_status constant(enum constant constant_, size_t prime,
                                        struct residue *out)
{
  switch (constant_) {
  case CONSTANT_PI:
    *out = residue_of_name(STR("constant pi"), prime);
    return FINGERPRINT_OK;
  case CONSTANT_E:
    *out = residue_of_name(STR("constant e"), prime);
    return FINGERPRINT_OK;
  case CONSTANT_I: *out = (struct residue){ 0, 1 }; return FINGERPRINT_OK;
  default: return FINGERPRINT_NOT;
  }
}

static enum fingerprint_status fold(const struct node *node, size_t prime,
                                    struct residue *out, struct budget *budget)
{
  *out = (struct residue){ node->kind == NODE_MULTIPLY, 0 };
  for (size_t i = 0; i < node->count; i++) {
    struct residue next;
    if (fingerprint(node->children[i], prime, &next, budget) != FINGERPRINT_OK)
      return FINGERPRINT_NOT;
    *out = node->kind == NODE_MULTIPLY ? residue_multiply(*out, next, prime)
                                       : (struct residue){ add(out->re, next.re, prime),
                                                           add(out->im, next.im, prime) };
  }
  return FINGERPRINT_OK;
}

static enum fingerprint_status quotient(struct residue above, struct residue below,
                                        size_t prime, struct residue *out)
{
  if (below.re == 0 && below.im == 0)
    return FINGERPRINT_NOT;
  *out = residue_multiply(above, residue_inverse(below, prime), prime);
  return FINGERPRINT_OK;
}

enum fingerprint_status fingerprint(const struct node *node, size_t prime,
                                    struct residue *out, struct budget *budget)
{
  struct residue a, b;
  if (--budget->ticks <= 0)
    return FINGERPRINT_NOT;
  switch ((enum node_kind)node->kind) {
  case NODE_NUMBER:
    budget->ticks -= (int64_t)node->number.digits.len / 2 + 4;
    *out = residue_of_literal(&node->number, prime);
    return FINGERPRINT_OK;
  case NODE_CONSTANT: return constant((enum constant)node->what, prime, out);
  case NODE_SYMBOL: *out = residue_of_name(node->name, prime); return FINGERPRINT_OK;
  case NODE_ADD:
  case NODE_MULTIPLY: return fold(node, prime, out, budget);
  case NODE_NEGATE:
    if (fingerprint(node->children[0], prime, &a, budget) != FINGERPRINT_OK)
      return FINGERPRINT_NOT;
    *out = (struct residue){ negate(a.re, prime), negate(a.im, prime) };
    return FINGERPRINT_OK;
  case NODE_DIVIDE:
    budget->ticks -= 40;
    if (fingerprint(node->children[0], prime, &a, budget) != FINGERPRINT_OK ||
        fingerprint(node->children[1], prime, &b, budget) != FINGERPRINT_OK)
      return FINGERPRINT_NOT;
    return quotient(a, b, prime, out);
  case NODE_PERCENT:
    if (fingerprint(node->children[0], prime, &a, budget) != FINGERPRINT_OK)
      return FINGERPRINT_NOT;
    return quotient(a, (struct residue){ 100, 0 }, prime, out);
  case NODE_POWER: return power_of(node, prime, out, budget);
  case NODE_FUNCTION: return function_of(node, prime, out, budget);
  default: return FINGERPRINT_NOT;
  }
}
