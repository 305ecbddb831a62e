/* relation.c - equations and inequalities against each other and against values. */
#include "grade/compare.h"

#include "grade/evaluate.h"

/* ---- "name = value" ---- */

static bool is_only_symbols(const struct node *node)
{
  unsigned traits = node_traits(node);
  return (traits & TRAIT_VARIABLE) && !(traits & (TRAIT_OPERATOR | TRAIT_STRUCTURE));
}

static bool all_are_names(const struct node *node)
{
  for (size_t i = 0; i < node->count; i++)
    if (!is_only_symbols(node->children[i]))
      return false;
  return node->count > 0;
}

/* Something one would give a value to: x, f(x), AB, |AB|, NO/BO, A:B, sin A, (x, y). */
static bool is_name(const struct node *node, bool loosely)
{
  switch ((enum node_kind)node->kind) {
  case NODE_CALL:
  case NODE_SUM: return true;
  case NODE_FUNCTION:
  case NODE_RATIO:
  case NODE_DIVIDE:
  case NODE_BRACKETED:
  case NODE_DEGREE: return all_are_names(node);
  case NODE_ADD: return loosely && all_are_names(node);
  case NODE_POWER: return loosely && is_only_symbols(node->children[0]);
  case NODE_QUANTITY: /* "length = 5" */ return true;
  default: return is_only_symbols(node);
  }
}

static bool all_relations(const struct node *chain, enum relation relation)
{
  for (size_t i = 0; i + 1 < chain->count; i++)
    if (chain->relations[i] != relation)
      return false;
  return true;
}

const struct node *chain_value(struct comparison *comparison, const struct node *chain,
                               bool loosely)
{
  const struct node *first = chain->children[0];
  const struct node *last = chain->children[chain->count - 1];
  if (chain->count == 2 && chain->relations[0] == RELATION_IN)
    return last;
  if (!all_relations(chain, RELATION_EQUAL))
    return NULL;
  if (is_name(first, loosely))
    return last;
  if (first->kind != NODE_SYMBOL && last->kind == NODE_SYMBOL)
    return first;
  bool calculation = node_is_expression(first) && node_is_expression(last) &&
                     !((node_traits(first) | node_traits(last)) & TRAIT_VARIABLE);
  return calculation && compare_values(comparison, first, last) ? last : NULL;
}

/* ---- two relations ---- */

static const struct node *difference(struct comparison *comparison, const struct node *a,
                                     const struct node *b)
{
  struct forest *forest = &comparison->forest;
  /* nodes are never changed, so sharing them under a new parent is fine */
  struct node *negated = node_unary(forest, NODE_NEGATE, (struct node *)(uintptr_t)b);
  return node_binary(forest, NODE_ADD, (struct node *)(uintptr_t)a, negated);
}

/* Is p/q the same constant wherever both have a value? Its sign goes to `*positive`. */
static bool proportional(struct comparison *comparison, const struct node *p,
                         const struct node *q, bool *positive)
{
  struct setting setting = { .budget = comparison->budget };
  struct value first_p = { 0 }, first_q = { 0 };
  int points = 0;
  for (setting.point = 0; setting.point < EVALUATE_POINTS; setting.point++) {
    struct value x = evaluate(p, &setting), y = evaluate(q, &setting);
    if (x.undefined || y.undefined || x.left_reals || y.left_reals || x.im != 0 ||
        y.im != 0 || x.re == 0 || y.re == 0)
      continue;
    if (points++ == 0) {
      first_p = x;
      first_q = y;
      *positive = (x.re > 0) == (y.re > 0);
      continue;
    }
    /* x / y = first_p / first_q, without a division */
    long double left = x.re * first_q.re, right = y.re * first_p.re;
    long double size = left < 0 ? -left : left;
    long double gap = left - right < 0 ? right - left : left - right;
    if (gap > 1e-14L * size)
      return false;
  }
  return points >= 3;
}

static bool is_greater(enum relation relation)
{
  return relation == RELATION_GREATER || relation == RELATION_GREATER_EQUAL;
}

static enum relation mirrored(enum relation relation)
{
  switch (relation) {
  case RELATION_GREATER: return RELATION_LESS;
  case RELATION_GREATER_EQUAL: return RELATION_LESS_EQUAL;
  default: return relation;
  }
}

/* First and last side of a chain of two or more with one relation, greater turned round.
 */
struct simple {
  const struct node *left, *right;
  enum relation relation;
};

static bool simple_of(const struct node *chain, struct simple *simple)
{
  enum relation relation = (enum relation)chain->relations[0];
  if (chain->count > 2 && !all_relations(chain, RELATION_EQUAL))
    return false;
  const struct node *first = chain->children[0];
  const struct node *last = chain->children[chain->count - 1];
  bool turn = is_greater(relation);
  *simple =
      (struct simple){ turn ? last : first, turn ? first : last, mirrored(relation) };
  return true;
}

static bool compare_simple(struct comparison *comparison, const struct simple *a,
                           const struct simple *b)
{
  bool positive = false;
  if (a->relation != b->relation)
    return compare_decided(comparison, false, GRADE_DIFFERENT_BRACKET);
  if (!node_is_expression(a->left) || !node_is_expression(a->right) ||
      !node_is_expression(b->left) || !node_is_expression(b->right))
    return compare_nodes(comparison, a->left, b->left) &&
           compare_nodes(comparison, a->right, b->right);
  const struct node *p = difference(comparison, a->left, a->right);
  const struct node *q = difference(comparison, b->left, b->right);
  bool direction = a->relation == RELATION_LESS || a->relation == RELATION_LESS_EQUAL;
  bool same = proportional(comparison, p, q, &positive) && (positive || !direction);
  return compare_decided(comparison, same,
                         same ? GRADE_SAME_STRUCTURE : GRADE_DIFFERENT_VALUE);
}

/* "f(x) = ..." and "y = ..." name the same thing twice. */
static bool names_may_differ(const struct node *a, const struct node *b)
{
  bool call_a = a->kind == NODE_CALL, call_b = b->kind == NODE_CALL;
  bool y_a = a->kind == NODE_SYMBOL && str_equal(a->name, STR("y"));
  bool y_b = b->kind == NODE_SYMBOL && str_equal(b->name, STR("y"));
  return (call_a && y_b) || (y_a && call_b);
}

static bool compare_side_by_side(struct comparison *comparison, const struct node *gold,
                                 const struct node *other)
{
  if (gold->count != other->count ||
      memcmp(gold->relations, other->relations, gold->count - 1u) != 0)
    return compare_decided(comparison, false, GRADE_DIFFERENT_TYPE);
  return compare_ordered(comparison, gold, other);
}

static bool compare_two(struct comparison *comparison, const struct node *gold,
                        const struct node *other)
{
  struct simple a, b;
  if (region_is(gold) && region_is(other)) {
    enum region_verdict verdict = region_compare(comparison, gold, other);
    if (verdict != REGION_NOT)
      return verdict == REGION_SAME;
  }
  if (!simple_of(gold, &a) || !simple_of(other, &b))
    return compare_side_by_side(comparison, gold, other);
  if (compare_simple(comparison, &a, &b))
    return true;
  const struct node *value_a = chain_value(comparison, gold, false);
  const struct node *value_b = chain_value(comparison, other, false);
  if (value_a && value_b && names_may_differ(a.left, b.left))
    return compare_nodes(comparison, value_a, value_b);
  /* "|AB| = 5" twice: names no evaluation can tell apart, and values */
  return value_a && value_b && node_identical(a.left, b.left) &&
         compare_nodes(comparison, value_a, value_b);
}

bool compare_chains(struct comparison *comparison, const struct node *gold,
                    const struct node *other)
{
  if (gold->kind == NODE_CHAIN && other->kind == NODE_CHAIN)
    return compare_two(comparison, gold, other);
  bool gold_is_chain = gold->kind == NODE_CHAIN;
  const struct node *chain = gold_is_chain ? gold : other;
  const struct node *value = chain_value(comparison, chain, !gold_is_chain);
  if (!value)
    return compare_decided(comparison, false, GRADE_DIFFERENT_TYPE);
  return gold_is_chain ? compare_nodes(comparison, value, other)
                       : compare_nodes(comparison, gold, value);
}
