/* region.c - sets of real numbers: intervals, unions, inequalities, single points.
 *
 * Both sides become a sorted list of disjoint segments; then ends and their kind are
 * compared. Ends are constants, so their values are known to 18 digits.
 */
#include "grade/compare.h"

#include <math.h>

#include "grade/evaluate.h"

enum { SEGMENTS = 32 };

struct segment {
  struct value low, high; /* infinite ends have re = +-INFINITY */
  bool low_closed, high_closed;
};

struct region {
  struct segment at[SEGMENTS];
  size_t count;
  struct str variable; /* absent: none was named */
};

/* ---- ends ---- */

static bool end_value(struct comparison *comparison, const struct node *node,
                      struct value *out)
{
  if (node_is_infinite(node)) {
    *out = (struct value){ 0 };
    out->re = node->kind == NODE_NEGATE ? -INFINITY : INFINITY;
    return true;
  }
  if (!node_is_expression(node) || (node_traits(node) & TRAIT_VARIABLE))
    return false;
  struct setting setting = { .budget = comparison->budget };
  *out = evaluate(node, &setting);
  return !out->undefined && out->im == 0;
}

static int order_of(struct value a, struct value b)
{
  if (isinf(a.re) || isinf(b.re))
    return (a.re > b.re) - (a.re < b.re);
  if (value_agreement(a, b) != AGREEMENT_DIFFERENT)
    return 0;
  return a.re < b.re ? -1 : 1;
}

/* ---- segments ---- */

static struct value infinite(int sign)
{
  struct value v = { 0 };
  v.re = sign * INFINITY;
  return v;
}

static bool push(struct region *region, struct segment segment)
{
  int order = order_of(segment.low, segment.high);
  if (order > 0 || (order == 0 && !(segment.low_closed && segment.high_closed)))
    return true; /* empty */
  if (region->count == SEGMENTS)
    return false;
  region->at[region->count++] = segment;
  return true;
}

static bool starts_before(const struct segment *a, const struct segment *b)
{
  int order = order_of(a->low, b->low);
  return order < 0 || (order == 0 && a->low_closed && !b->low_closed);
}

/* Sorts by insertion and joins what touches. */
static void normalise(struct region *region)
{
  for (size_t i = 1; i < region->count; i++)
    for (size_t j = i; j > 0 && starts_before(&region->at[j], &region->at[j - 1]); j--) {
      struct segment swap = region->at[j];
      region->at[j] = region->at[j - 1];
      region->at[j - 1] = swap;
    }
  size_t kept = 0;
  for (size_t i = 1; i < region->count; i++) {
    struct segment *last = &region->at[kept];
    const struct segment *next = &region->at[i];
    int gap = order_of(last->high, next->low);
    if (gap < 0 || (gap == 0 && !last->high_closed && !next->low_closed)) {
      region->at[++kept] = *next;
      continue;
    }
    int longer = order_of(next->high, last->high);
    if (longer > 0) {
      last->high = next->high;
      last->high_closed = next->high_closed;
    } else if (longer == 0) {
      last->high_closed = last->high_closed || next->high_closed;
    }
  }
  if (region->count)
    region->count = kept + 1;
}

static bool intersect(struct region *a, const struct region *b)
{
  struct region out = { .variable = a->variable };
  for (size_t i = 0; i < a->count; i++)
    for (size_t j = 0; j < b->count; j++) {
      struct segment x = a->at[i], y = b->at[j];
      int low = order_of(x.low, y.low), high = order_of(x.high, y.high);
      struct segment both = x;
      if (low < 0 || (low == 0 && !y.low_closed)) {
        both.low = y.low;
        both.low_closed = y.low_closed;
      }
      if (high > 0 || (high == 0 && !y.high_closed)) {
        both.high = y.high;
        both.high_closed = y.high_closed;
      }
      if (!push(&out, both))
        return false;
    }
  *a = out;
  return true;
}

static bool complement(struct region *region)
{
  struct region out = { .variable = region->variable };
  struct segment gap = { infinite(-1), infinite(1), false, false };
  normalise(region);
  for (size_t i = 0; i < region->count; i++) {
    gap.high = region->at[i].low;
    gap.high_closed = !region->at[i].low_closed && isfinite(gap.high.re);
    if (!push(&out, gap))
      return false;
    gap.low = region->at[i].high;
    gap.low_closed = !region->at[i].high_closed && isfinite(gap.low.re);
  }
  gap.high = infinite(1);
  gap.high_closed = false;
  bool ended = region->count && isinf(gap.low.re);
  if (!ended && !push(&out, gap))
    return false;
  *region = out;
  return true;
}

static bool unite(struct region *a, const struct region *b)
{
  for (size_t i = 0; i < b->count; i++)
    if (!push(a, b->at[i]))
      return false;
  normalise(a);
  return true;
}

/* ---- trees as regions ---- */

static bool region_of(struct comparison *comparison, const struct node *node,
                      struct region *out);

static bool name_variable(struct region *region, const struct node *symbol)
{
  if (str_present(region->variable) && !str_equal(region->variable, symbol->name))
    return false;
  region->variable = symbol->name;
  return true;
}

/* The half line {x : x relation end}; `turned` for {x : end relation x}. */
static bool half_line(enum relation relation, bool turned, struct value end,
                      struct region *out)
{
  bool less = relation == RELATION_LESS || relation == RELATION_LESS_EQUAL;
  bool closed = (relation == RELATION_LESS_EQUAL || relation == RELATION_GREATER_EQUAL) &&
                isfinite(end.re);
  struct segment segment = { infinite(-1), infinite(1), false, false };
  switch (relation) {
  case RELATION_EQUAL: segment = (struct segment){ end, end, true, true }; break;
  case RELATION_NOT_EQUAL:
    segment.high = end;
    if (!push(out, segment))
      return false;
    segment.high = infinite(1);
    segment.low = end;
    break;
  case RELATION_LESS:
  case RELATION_LESS_EQUAL:
  case RELATION_GREATER:
  case RELATION_GREATER_EQUAL:
    if (less != turned) {
      segment.high = end;
      segment.high_closed = closed;
    } else {
      segment.low = end;
      segment.low_closed = closed;
    }
    break;
  default: return false;
  }
  return push(out, segment);
}

/* The end that "a x + b relation c" gives to x, and whether a is negative. */
static bool solve_linear(struct comparison *comparison, const struct node *side,
                         struct value other, struct region *out, struct value *end,
                         bool *negative)
{
  struct setting setting = { .budget = comparison->budget };
  if (side->kind == NODE_SYMBOL) {
    *negative = false;
    *end = other;
    return name_variable(out, side);
  }
  /* find the one variable by walking down; its value at a point is its own evaluation */
  const struct node *name = side;
  while (name->kind != NODE_SYMBOL) {
    const struct node *next = NULL;
    for (size_t i = 0; i < name->count; i++)
      if (node_traits(name->children[i]) & TRAIT_VARIABLE) {
        if (next)
          return false;
        next = name->children[i];
      }
    if (!next || name->kind == NODE_CALL || name->kind == NODE_SUM)
      return false;
    name = next;
  }
  struct value x[3], f[3];
  for (setting.point = 0; setting.point < 3; setting.point++) {
    x[setting.point] = evaluate(name, &setting);
    f[setting.point] = evaluate(side, &setting);
    if (f[setting.point].undefined || f[setting.point].im != 0)
      return false;
  }
  long double slope = (f[1].re - f[0].re) / (x[1].re - x[0].re);
  long double third = f[0].re + slope * (x[2].re - x[0].re);
  if (fabsl(third - f[2].re) > 1e-15L * (1 + fabsl(third)) || slope == 0 ||
      isinf(other.re))
    return false;
  *end = (struct value){ 0 };
  end->re = x[0].re + (other.re - f[0].re) / slope;
  end->error = 1e-16L * (1 + fabsl(end->re) + fabsl(f[0].re / slope));
  *negative = slope < 0;
  return name_variable(out, name);
}

/* {x : |f| relation c}: between -c and c, or outside. */
static bool absolute_region(struct comparison *comparison, const struct node *inner,
                            enum relation relation, struct value end, struct region *out)
{
  bool less = relation == RELATION_LESS || relation == RELATION_LESS_EQUAL;
  bool greater = relation == RELATION_GREATER || relation == RELATION_GREATER_EQUAL;
  struct region other = { .variable = out->variable };
  struct value minus = end, solved;
  bool negative;
  minus.re = -end.re;
  if ((!less && !greater) || end.re < 0 ||
      !solve_linear(comparison, inner, end, out, &solved, &negative) ||
      !half_line(relation, negative, solved, out) ||
      !solve_linear(comparison, inner, minus, &other, &solved, &negative) ||
      !half_line(relation, !negative, solved, &other))
    return false;
  return less ? intersect(out, &other) : unite(out, &other);
}

static bool is_absolute(const struct node *node)
{
  return node->kind == NODE_FUNCTION && node->what == FUNCTION_ABS;
}

/* One step "left relation right" of a chain. */
static bool step_region(struct comparison *comparison, const struct node *left,
                        enum relation relation, const struct node *right,
                        struct region *out)
{
  struct value end, solved;
  bool negative;
  if (relation == RELATION_IN)
    return left->kind == NODE_SYMBOL && name_variable(out, left) &&
           region_of(comparison, right, out);
  bool turned = end_value(comparison, left, &end);
  if (!turned && !end_value(comparison, right, &end))
    return false;
  if (!turned && is_absolute(left))
    return absolute_region(comparison, left->children[0], relation, end, out);
  if (!solve_linear(comparison, turned ? right : left, end, out, &solved, &negative))
    return false;
  return half_line(relation, turned != negative, solved, out);
}

static bool chain_region(struct comparison *comparison, const struct node *chain,
                         struct region *out)
{
  for (size_t i = 0; i + 1 < chain->count; i++) {
    struct region step = { .variable = out->variable };
    if (!step_region(comparison, chain->children[i], (enum relation)chain->relations[i],
                     chain->children[i + 1], &step))
      return false;
    if (i == 0)
      *out = step;
    else if (!intersect(out, &step))
      return false;
  }
  return true;
}

static bool interval_region(struct comparison *comparison, const struct node *node,
                            struct region *out)
{
  struct segment segment;
  if (node->count != 2 || node->what > BRACKET_SQUARE ||
      !end_value(comparison, node->children[0], &segment.low) ||
      !end_value(comparison, node->children[1], &segment.high))
    return false;
  if (order_of(segment.low, segment.high) > 0)
    return false; /* a point, or nothing anybody would write */
  /* whatever the bracket says, infinity is not in the set */
  segment.low_closed = (node->what & 1) && isfinite(segment.low.re);
  segment.high_closed = (node->what & 2) && isfinite(segment.high.re);
  return push(out, segment);
}

static bool points_region(struct comparison *comparison, const struct node *set,
                          struct region *out)
{
  for (size_t i = 0; i < set->count; i++) {
    struct segment point = { .low_closed = true, .high_closed = true };
    if (!end_value(comparison, set->children[i], &point.low) || isinf(point.low.re))
      return false;
    point.high = point.low;
    if (!push(out, point))
      return false;
  }
  return true;
}

static bool binary_region(struct comparison *comparison, const struct node *node,
                          struct region *out)
{
  struct region right = { 0 };
  if (!region_of(comparison, node->children[0], out) ||
      !region_of(comparison, node->children[1], &right))
    return false;
  if (node->what == SET_UNION)
    return unite(out, &right);
  if (node->what == SET_DIFFERENCE && !complement(&right))
    return false;
  return intersect(out, &right);
}

/* "x < 1 or x > 3", "x > 1 and x < 3"; a comma joins as "or" does, except for "x != a".
 */
static bool list_region(struct comparison *comparison, const struct node *list,
                        struct region *out)
{
  for (size_t i = 0; i < list->count; i++) {
    const struct node *chain = list->children[i];
    struct region next = { .variable = out->variable };
    if ((chain->kind != NODE_CHAIN && chain->kind != NODE_BRACKETED &&
         chain->kind != NODE_UNION) ||
        !region_of(comparison, chain, &next))
      return false;
    bool excludes =
        chain->kind == NODE_CHAIN && chain->relations[0] == RELATION_NOT_EQUAL;
    bool both = list->what == JOIN_AND || excludes;
    if (i == 0)
      *out = next;
    else if (!(both ? intersect(out, &next) : unite(out, &next)))
      return false;
  }
  return true;
}

static bool region_of(struct comparison *comparison, const struct node *node,
                      struct region *out)
{
  comparison->budget->ticks -= 50;
  if (comparison->budget->ticks <= 0)
    return false;
  switch ((enum node_kind)node->kind) {
  case NODE_BRACKETED: return interval_region(comparison, node, out);
  case NODE_SET: return points_region(comparison, node, out);
  case NODE_UNION: return binary_region(comparison, node, out);
  case NODE_CHAIN: return chain_region(comparison, node, out);
  case NODE_LIST: return list_region(comparison, node, out);
  case NODE_CONSTANT:
    if (node->what == CONSTANT_REALS)
      return push(out, (struct segment){ infinite(-1), infinite(1), false, false });
    return node->what == CONSTANT_EMPTY;
  default: return false;
  }
}

/* ---- comparison ---- */

static bool is_inequality(const struct node *chain)
{
  return chain->kind == NODE_CHAIN && chain->relations[0] != RELATION_EQUAL &&
         chain->relations[0] <= RELATION_IN;
}

bool region_is(const struct node *node)
{
  if (node->kind == NODE_LIST) {
    for (size_t i = 0; i < node->count; i++)
      if (!is_inequality(node->children[i]))
        return false;
    return true;
  }
  return node->kind == NODE_UNION || is_inequality(node) ||
         (node->kind == NODE_CONSTANT &&
          (node->what == CONSTANT_REALS || node->what == CONSTANT_EMPTY));
}

static bool same_ends(const struct region *a, const struct region *b)
{
  for (size_t i = 0; i < a->count; i++)
    if (order_of(a->at[i].low, b->at[i].low) != 0 ||
        order_of(a->at[i].high, b->at[i].high) != 0)
      return false;
  return true;
}

static bool same_brackets(const struct region *a, const struct region *b)
{
  for (size_t i = 0; i < a->count; i++)
    if (a->at[i].low_closed != b->at[i].low_closed ||
        a->at[i].high_closed != b->at[i].high_closed)
      return false;
  return true;
}

enum region_verdict region_compare(struct comparison *comparison, const struct node *gold,
                                   const struct node *other)
{
  struct region a = { 0 }, b = { 0 };
  if (!region_of(comparison, gold, &a) || !region_of(comparison, other, &b))
    return REGION_NOT;
  normalise(&a);
  normalise(&b);
  bool named = str_present(a.variable) && str_present(b.variable);
  if ((named && !str_equal(a.variable, b.variable)) || a.count != b.count ||
      !same_ends(&a, &b)) {
    compare_decided(comparison, false, GRADE_DIFFERENT_VALUE);
    return REGION_DIFFERENT;
  }
  if (!same_brackets(&a, &b)) {
    compare_decided(comparison, false, GRADE_DIFFERENT_BRACKET);
    return REGION_BRACKET;
  }
  compare_decided(comparison, true, GRADE_SAME_STRUCTURE);
  return REGION_SAME;
}
