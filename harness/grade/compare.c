/* compare.c - which comparison fits two trees. */
#include "grade/compare.h"

#include "grade/limits.h"
#include "grade/numeral.h"
#include "grade/unit.h"

bool compare_decided(struct comparison *comparison, bool same, enum grade_reason reason)
{
  comparison->reason = reason;
  return same;
}

/* ---- percent ---- */

static struct node *negated(struct comparison *comparison, const struct node *node)
{
  return node_unary(&comparison->forest, NODE_NEGATE, (struct node *)(uintptr_t)node);
}

/* The number in front of a percent sign, or NULL. */
static const struct node *percentage(struct comparison *comparison,
                                     const struct node *node)
{
  if (node->kind == NODE_PERCENT)
    return node->children[0];
  if (node->kind == NODE_NEGATE && node->children[0]->kind == NODE_PERCENT)
    return negated(comparison, node->children[0]->children[0]);
  return NULL;
}

static bool compare_expressions(struct comparison *comparison, const struct node *gold,
                                const struct node *other)
{
  const struct node *a = percentage(comparison, gold);
  const struct node *b = a ? percentage(comparison, other) : NULL;
  if (b)
    return compare_values(comparison, a, b);
  /* a gold of 25% takes 25 as well as 1/4 */
  return (a && compare_values(comparison, a, other)) ||
         compare_values(comparison, gold, other);
}

/* ---- quantities ---- */

/* What the number counts: a unit, percent or degrees. Labels count nothing. */
static bool measure_of(const struct node *node, struct unit *unit)
{
  while (node->kind == NODE_NEGATE)
    node = node->children[0];
  *unit = UNIT_ONE;
  if (node->kind == NODE_PERCENT)
    return true;
  if (node->kind == NODE_DEGREE)
    unit->dimension[DIMENSION_ANGLE] = 1;
  else if (node->kind == NODE_QUANTITY && node->unit->known)
    *unit = *node->unit;
  else
    return false;
  return true;
}

/* 30% is not 30 degrees, and neither is 30 feet. */
static bool measures_clash(const struct node *gold, const struct node *other)
{
  struct unit a, b;
  return measure_of(gold, &a) && measure_of(other, &b) && !unit_same_dimension(&a, &b);
}

static bool compare_quantities(struct comparison *comparison, const struct node *gold,
                               const struct node *other)
{
  const struct unit *a = gold->kind == NODE_QUANTITY ? gold->unit : NULL;
  const struct unit *b = other->kind == NODE_QUANTITY ? other->unit : NULL;
  const struct node *x = a ? gold->children[0] : gold;
  const struct node *y = b ? other->children[0] : other;
  bool both = a && b && a->known && b->known;
  if (both && (a->numerator != b->numerator || a->denominator != b->denominator)) {
    bool same = compare_values(comparison, unit_scaled(&comparison->forest, gold),
                               unit_scaled(&comparison->forest, other));
    return compare_decided(comparison, same,
                           same ? GRADE_CONVERTED : GRADE_DIFFERENT_UNIT);
  }
  return compare_nodes(comparison, x, y);
}

/* ---- numerals with a base ---- */

static const struct node *base_of(const struct node *node, bool *negative)
{
  *negative = node->kind == NODE_NEGATE;
  const struct node *inner = *negative ? node->children[0] : node;
  return inner->kind == NODE_BASE ? inner : NULL;
}

static struct str without_zeros(struct str digits)
{
  while (digits.len > 1 && digits.ptr[0] == '0' && digits.ptr[1] != '.')
    digits = str_slice(digits, 1, digits.len);
  return digits;
}

static bool compare_bases(struct comparison *comparison, const struct node *gold,
                          const struct node *other)
{
  bool minus_a, minus_b;
  const struct node *a = base_of(gold, &minus_a), *b = base_of(other, &minus_b);
  if (a && b) {
    if (a->columns != b->columns)
      return compare_decided(comparison, false, GRADE_DIFFERENT_BASE);
    bool same = minus_a == minus_b &&
                str_equal_nocase(without_zeros(a->name), without_zeros(b->name));
    return compare_decided(comparison, same,
                           same ? GRADE_SAME_TEXT : GRADE_DIFFERENT_NUMBER);
  }
  if (!a) /* a suffix the gold does not have changes the value */
    return compare_decided(comparison, false, GRADE_DIFFERENT_BASE);
  for (size_t i = 0; i < a->name.len; i++)
    if (char_is_alpha(a->name.ptr[i]))
      return compare_decided(comparison, false, GRADE_DIFFERENT_TYPE);
  const struct node *digits = numeral_node(&comparison->forest, a->name);
  if (!digits || !node_is_expression(other))
    return compare_decided(comparison, false, GRADE_DIFFERENT_TYPE);
  return compare_values(comparison, minus_a ? negated(comparison, digits) : digits,
                        other);
}

/* ---- ratios and times ---- */

static struct node *product(struct comparison *comparison, struct node *a, struct node *b)
{
  return node_binary(&comparison->forest, NODE_MULTIPLY, a, b);
}

static bool compare_ratios(struct comparison *comparison, const struct node *gold,
                           const struct node *other)
{
  if (gold->kind != other->kind) {
    const struct node *ratio = gold->kind == NODE_RATIO ? gold : other;
    const struct node *value = gold->kind == NODE_RATIO ? other : gold;
    if (ratio->count != 2 || !node_is_expression(value))
      return compare_decided(comparison, false, GRADE_DIFFERENT_TYPE);
    return compare_values(comparison,
                          node_binary(&comparison->forest, NODE_DIVIDE,
                                      ratio->children[0], ratio->children[1]),
                          value);
  }
  if (gold->count != other->count)
    return compare_decided(comparison, false, GRADE_DIFFERENT_LENGTH);
  for (size_t i = 1; i < gold->count; i++)
    if (!compare_values(comparison,
                        product(comparison, gold->children[i], other->children[0]),
                        product(comparison, other->children[i], gold->children[0])))
      return compare_decided(comparison, false, GRADE_DIFFERENT_ELEMENT);
  return compare_decided(comparison, true, GRADE_SAME_STRUCTURE);
}

/* Minutes of "16:30", which looks like a ratio; -1 = no time. */
static int32_t minutes_of(const struct node *node)
{
  if (node->kind == NODE_TIME)
    return node->columns;
  if (node->kind != NODE_RATIO || node->count != 2 ||
      !node_is_integer_literal(node->children[0]) ||
      !node_is_integer_literal(node->children[1]))
    return -1;
  int64_t hours = node->children[0]->number.small;
  int64_t minutes = node->children[1]->number.small;
  bool valid = hours >= 0 && hours <= 24 && minutes >= 0 && minutes <= 59;
  return valid ? (int32_t)(hours * 60 + minutes) : -1;
}

static bool compare_times(struct comparison *comparison, const struct node *gold,
                          const struct node *other)
{
  const struct node *time = gold->kind == NODE_TIME ? gold : other;
  const struct node *rest = time == gold ? other : gold;
  if (node_is_expression(rest)) { /* "9 a.m." and 9 */
    bool hour_only = time->what == 2 && node_is_integer_literal(rest);
    int64_t hour = time->columns / 60 % 12;
    bool same = hour_only && rest->number.small == (hour ? hour : 12);
    return compare_decided(comparison, same,
                           same ? GRADE_SAME_NUMBER : GRADE_DIFFERENT_TYPE);
  }
  int32_t a = time->columns, b = minutes_of(rest);
  /* without a.m. or p.m. the clock may be one of twelve hours */
  bool same = b >= 0 &&
              (a == b || (rest->kind == NODE_RATIO && b < 13 * 60 && a % 720 == b % 720));
  return compare_decided(comparison, same,
                         same ? GRADE_SAME_VALUE : GRADE_DIFFERENT_VALUE);
}

/* ---- brackets, lists, matrices ---- */

/* Not with one end open and the other closed: that can only be an interval. */
static bool is_tuple(const struct node *node)
{
  return node->kind == NODE_BRACKETED && node->what != 1 && node->what != 2;
}

static bool is_vector(const struct node *matrix)
{
  return matrix->what == 'p' &&
         (matrix->columns == 1 || matrix->columns == matrix->count);
}

static bool compare_bracketed(struct comparison *comparison, const struct node *gold,
                              const struct node *other)
{
  bool angle = gold->what == BRACKET_ANGLE || other->what == BRACKET_ANGLE;
  bool open_ends = (gold->what | other->what) & 3;
  if (gold->what == other->what || (angle && (!open_ends || gold->count != 2)))
    return compare_ordered(comparison, gold, other);
  /* infinity takes either bracket */
  enum region_verdict verdict = region_compare(comparison, gold, other);
  if (verdict != REGION_NOT)
    return verdict == REGION_SAME;
  return compare_decided(comparison, false, GRADE_DIFFERENT_BRACKET);
}

static bool compare_matrices(struct comparison *comparison, const struct node *gold,
                             const struct node *other)
{
  if (gold->kind == NODE_MATRIX && other->kind == NODE_MATRIX) {
    if (gold->what != other->what || gold->columns != other->columns)
      return compare_decided(comparison, false, GRADE_DIFFERENT_TYPE);
    return compare_ordered(comparison, gold, other);
  }
  const struct node *matrix = gold->kind == NODE_MATRIX ? gold : other;
  const struct node *tuple = matrix == gold ? other : gold;
  if (!is_tuple(tuple) || !is_vector(matrix))
    return compare_decided(comparison, false, GRADE_DIFFERENT_TYPE);
  return compare_ordered(comparison, gold, other);
}

static bool is_collection(const struct node *node)
{
  return node->kind == NODE_LIST || node->kind == NODE_SET;
}

static bool compare_collections(struct comparison *comparison, const struct node *gold,
                                const struct node *other)
{
  if (is_collection(gold) && is_collection(other))
    return compare_unordered(comparison, gold, other);
  const struct node *collection = is_collection(gold) ? gold : other;
  const struct node *rest = collection == gold ? other : gold;
  bool list = collection->kind == NODE_LIST;
  if (list && is_tuple(rest)) /* the brackets were left out */
    return compare_ordered(comparison, gold, other);
  if (rest->kind == NODE_CHAIN) {
    const struct node *value = chain_value(comparison, rest, collection == gold);
    if (value)
      return rest == gold ? compare_nodes(comparison, value, other)
                          : compare_nodes(comparison, gold, value);
  }
  if (!list && collection->count == 1 && rest->kind != NODE_CHAIN)
    return collection == gold ? compare_nodes(comparison, gold->children[0], other)
                              : compare_nodes(comparison, gold, other->children[0]);
  return compare_decided(comparison, false,
                         node_is_expression(rest) ? GRADE_DIFFERENT_LENGTH
                                                  : GRADE_DIFFERENT_TYPE);
}

/* ---- dispatch ---- */

static bool either(const struct node *a, const struct node *b, enum node_kind kind)
{
  return a->kind == kind || b->kind == kind;
}

static bool dispatch(struct comparison *comparison, const struct node *gold,
                     const struct node *other)
{
  bool ignored;
  if (region_is(gold) || region_is(other)) {
    enum region_verdict verdict = region_compare(comparison, gold, other);
    if (verdict != REGION_NOT)
      return verdict == REGION_SAME;
  }
  if (is_collection(gold) || is_collection(other))
    return compare_collections(comparison, gold, other);
  if (either(gold, other, NODE_CHAIN))
    return compare_chains(comparison, gold, other);
  if (measures_clash(gold, other))
    return compare_decided(comparison, false, GRADE_DIFFERENT_UNIT);
  if (either(gold, other, NODE_QUANTITY))
    return compare_quantities(comparison, gold, other);
  if (either(gold, other, NODE_MATRIX))
    return compare_matrices(comparison, gold, other);
  if (base_of(gold, &ignored) || base_of(other, &ignored))
    return compare_bases(comparison, gold, other);
  if (either(gold, other, NODE_TIME))
    return compare_times(comparison, gold, other);
  if (either(gold, other, NODE_RATIO))
    return compare_ratios(comparison, gold, other);
  if (node_is_expression(gold) && node_is_expression(other))
    return compare_expressions(comparison, gold, other);
  if (gold->kind != other->kind)
    return compare_decided(comparison, false, GRADE_DIFFERENT_TYPE);
  if (gold->kind == NODE_BRACKETED)
    return compare_bracketed(comparison, gold, other);
  if (gold->kind == NODE_UNION && gold->what == other->what)
    return compare_ordered(comparison, gold, other);
  return compare_decided(comparison, false, GRADE_DIFFERENT_TYPE);
}

bool compare_nodes(struct comparison *comparison, const struct node *gold,
                   const struct node *other)
{
  comparison->budget->ticks -= 10;
  if (comparison->budget->ticks <= 0 || comparison->depth > LIMIT_NESTING)
    return compare_decided(comparison, false, GRADE_OVER_BUDGET);
  comparison->depth++;
  bool same = node_identical(gold, other)
                  ? compare_decided(comparison, true, GRADE_SAME_STRUCTURE)
                  : dispatch(comparison, gold, other);
  comparison->depth--;
  return same;
}
