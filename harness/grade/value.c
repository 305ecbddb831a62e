/* value.c - two expressions: exact rationals, then primes, then points. */
#include "grade/compare.h"

#include <math.h>

#include "grade/evaluate.h"
#include "grade/modular.h"
#include "grade/rational.h"

/* ---- modulo primes ---- */

static enum agreement modular_agreement(struct comparison *comparison,
                                        const struct node *a, const struct node *b)
{
  for (size_t prime = 0; prime < MODULAR_PRIMES; prime++) {
    struct residue x, y;
    if (fingerprint(a, prime, &x, comparison->budget) != FINGERPRINT_OK ||
        fingerprint(b, prime, &y, comparison->budget) != FINGERPRINT_OK)
      return AGREEMENT_UNKNOWN;
    if (x.re != y.re || x.im != y.im)
      return AGREEMENT_DIFFERENT;
  }
  return AGREEMENT_EQUAL;
}

/* ---- at points ---- */

/* Points that must agree before that means anything, when there are variables. */
enum { POINTS_NEEDED = 3 };

static enum agreement agreement_at_points(const struct node *a, const struct node *b,
                                          struct setting *setting, bool variables,
                                          bool whole_plane)
{
  int equal = 0;
  for (int point = 0; point < (variables ? EVALUATE_POINTS : 1); point++) {
    setting->point = point;
    struct value x = evaluate(a, setting), y = evaluate(b, setting);
    if (!whole_plane && (x.left_reals || y.left_reals))
      continue;
    enum agreement agreement = value_agreement(x, y);
    if (agreement == AGREEMENT_DIFFERENT)
      return AGREEMENT_DIFFERENT;
    equal += agreement == AGREEMENT_EQUAL;
  }
  return equal >= (variables ? POINTS_NEEDED : 1) ? AGREEMENT_EQUAL : AGREEMENT_UNKNOWN;
}

/* First where everything is real; where too few points are, everywhere. */
static enum agreement numeric_agreement(const struct node *a, const struct node *b,
                                        struct setting *setting, bool variables)
{
  enum agreement agreement = agreement_at_points(a, b, setting, variables, false);
  if (agreement == AGREEMENT_UNKNOWN)
    agreement = agreement_at_points(a, b, setting, variables, true);
  return agreement;
}

/* The readings of an expression that its text leaves open; both sides share one. */
static enum agreement agreement_in_some_setting(struct comparison *comparison,
                                                const struct node *a,
                                                const struct node *b, unsigned either,
                                                unsigned both)
{
  struct setting plain = { .budget = comparison->budget };
  bool variables = (either & TRAIT_VARIABLE) != 0;
  enum agreement first = numeric_agreement(a, b, &plain, variables);
  if (first == AGREEMENT_EQUAL)
    return first;
  struct setting settings[3] = { plain, plain, plain };
  settings[0].degrees = true;
  settings[1].log_ten = true;
  settings[2].integers = true;
  bool wanted[3] = { (either & TRAIT_DEGREE) && !(both & TRAIT_DEGREE),
                     (either & TRAIT_LOG) != 0, (either & TRAIT_DISCRETE) && variables };
  for (size_t i = 0; i < COUNT(settings); i++)
    if (wanted[i] && numeric_agreement(a, b, &settings[i], variables) == AGREEMENT_EQUAL)
      return AGREEMENT_EQUAL;
  return first;
}

/* ---- rounded decimals ---- */

static const struct node *without_sign(const struct node *node)
{
  while (node->kind == NODE_NEGATE)
    node = node->children[0];
  return node;
}

static bool is_integer_valued(struct comparison *comparison, const struct node *node)
{
  struct ratio ratio;
  return rational_value(node, &ratio, comparison->budget) == RATIONAL_OK &&
         ratio.den == 1;
}

/* Is `exact`, at every point, within half a unit of the last digit of `decimal`? */
static bool rounds_to(struct comparison *comparison, const struct node *exact,
                      const struct node *decimal, bool variables)
{
  struct setting setting = { .budget = comparison->budget };
  struct setting loose = setting;
  loose.rounded = true;
  int equal = 0;
  for (int point = 0; point < (variables ? EVALUATE_POSITIVE : 1); point++) {
    setting.point = loose.point = point;
    struct value x = evaluate(exact, &setting), y = evaluate(decimal, &loose);
    if (x.undefined || y.undefined || y.error > 1e-3L * hypotl(y.re, y.im))
      continue;
    if (hypotl(x.re - y.re, x.im - y.im) > y.error * (1 + 1e-9L) + 8 * x.error)
      return false;
    equal++;
  }
  return equal >= (variables ? POINTS_NEEDED : 1);
}

/* Two literals are compared exactly, and so is everything against an integer. */
static bool is_rounded(struct comparison *comparison, const struct node *a,
                       const struct node *b)
{
  unsigned traits_a = node_traits(a), traits_b = node_traits(b);
  bool variables = ((traits_a | traits_b) & TRAIT_VARIABLE) != 0;
  if (!((traits_a | traits_b) & TRAIT_DECIMAL) ||
      (without_sign(a)->kind == NODE_NUMBER && without_sign(b)->kind == NODE_NUMBER) ||
      is_integer_valued(comparison, a) || is_integer_valued(comparison, b))
    return false;
  return ((traits_b & TRAIT_DECIMAL) && rounds_to(comparison, a, b, variables)) ||
         ((traits_a & TRAIT_DECIMAL) && rounds_to(comparison, b, a, variables));
}

/* ---- the decision ---- */

static bool different(struct comparison *comparison, const struct node *a,
                      const struct node *b, enum grade_reason reason)
{
  if (is_rounded(comparison, a, b))
    return compare_decided(comparison, true, GRADE_ROUNDED);
  bool decimal = (node_traits(a) | node_traits(b)) & TRAIT_DECIMAL;
  bool literals =
      without_sign(a)->kind == NODE_NUMBER && without_sign(b)->kind == NODE_NUMBER;
  if (comparison->budget->ticks <= 0)
    reason = GRADE_OVER_BUDGET;
  else if (decimal && !literals)
    reason = GRADE_NOT_ROUNDED_RIGHT;
  return compare_decided(comparison, false, reason);
}

bool compare_values(struct comparison *comparison, const struct node *a,
                    const struct node *b)
{
  int order;
  if (node_identical(a, b))
    return compare_decided(comparison, true, GRADE_SAME_VALUE);
  if (rational_compare(a, b, comparison->budget, &order) == RATIONAL_OK)
    return order == 0 ? compare_decided(comparison, true, GRADE_SAME_NUMBER)
                      : different(comparison, a, b, GRADE_DIFFERENT_NUMBER);
  unsigned traits_a = node_traits(a), traits_b = node_traits(b);
  unsigned either = traits_a | traits_b, both = traits_a & traits_b;
  enum agreement primes = modular_agreement(comparison, a, b);
  if (primes == AGREEMENT_DIFFERENT) /* a proof */
    return different(comparison, a, b, GRADE_DIFFERENT_VALUE);
  enum agreement points = agreement_in_some_setting(comparison, a, b, either, both);
  if (comparison->budget->ticks <= 0)
    return compare_decided(comparison, false, GRADE_OVER_BUDGET);
  if (points == AGREEMENT_EQUAL ||
      (points == AGREEMENT_UNKNOWN && primes == AGREEMENT_EQUAL))
    return compare_decided(comparison, true, GRADE_SAME_VALUE);
  return different(comparison, a, b, GRADE_DIFFERENT_VALUE);
}
