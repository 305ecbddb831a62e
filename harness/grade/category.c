/* category.c - trees by kind. */
#include "grade/category.h"

#include "grade/compare.h"

const char *category_name(enum category category)
{
  static const char *const names[] = {
#define XX(id, name) name,
    CATEGORY_MAP(XX)
#undef XX
  };
  return names[category];
}

static enum category category_of_bracketed(const struct node *node)
{
  bool ends = node->count == 2 && node->what != BRACKET_ANGLE;
  bool infinite = ends && (node_is_infinite(node->children[0]) ||
                           node_is_infinite(node->children[1]));
  return ends && (node->what != BRACKET_ROUND || infinite) ? CATEGORY_INTERVAL
                                                           : CATEGORY_TUPLE;
}

static bool is_fraction(const struct node *node)
{
  return node->kind == NODE_DIVIDE && node->children[0]->kind == NODE_NUMBER &&
         node->children[1]->kind == NODE_NUMBER;
}

static enum category category_of_expression(const struct node *node)
{
  unsigned traits = node_traits(node);
  while (node->kind == NODE_NEGATE)
    node = node->children[0];
  bool mixed = node->kind == NODE_ADD && node->count == 2 &&
               node->children[0]->kind == NODE_NUMBER && is_fraction(node->children[1]);
  if (node->kind == NODE_NUMBER)
    return node->number.places < 0 ? CATEGORY_INTEGER : CATEGORY_DECIMAL;
  if (node->kind == NODE_PERCENT)
    return CATEGORY_PERCENT;
  if (node->kind == NODE_DEGREE)
    return CATEGORY_DEGREES;
  if (is_fraction(node) || mixed)
    return CATEGORY_FRACTION;
  return traits & TRAIT_VARIABLE  ? CATEGORY_EXPRESSION
         : traits & TRAIT_I       ? CATEGORY_COMPLEX
         : traits & TRAIT_PI      ? CATEGORY_PI
         : traits & TRAIT_RADICAL ? CATEGORY_RADICAL
                                  : CATEGORY_CONSTANT;
}

enum category category_of(const struct node *node)
{
  switch ((enum node_kind)node->kind) {
  case NODE_BRACKETED: return category_of_bracketed(node);
  case NODE_LIST: return region_is(node) ? CATEGORY_INEQUALITY : CATEGORY_LIST;
  case NODE_SET: return CATEGORY_SET;
  case NODE_UNION: return CATEGORY_UNION;
  case NODE_CHAIN:
    return node->relations[0] == RELATION_IN ? category_of(node->children[1])
           : region_is(node)                 ? CATEGORY_INEQUALITY
                                             : CATEGORY_EQUATION;
  case NODE_MATRIX: return CATEGORY_MATRIX;
  case NODE_BASE: return CATEGORY_BASE;
  case NODE_RATIO: return CATEGORY_RATIO;
  case NODE_TIME: return CATEGORY_TIME;
  case NODE_QUANTITY: return CATEGORY_QUANTITY;
  case NODE_NEGATE:
    if (node->children[0]->kind == NODE_BASE)
      return CATEGORY_BASE;
    break;
  default: break;
  }
  return node_is_expression(node) ? category_of_expression(node) : CATEGORY_TEXT;
}

bool category_is_value(enum category category)
{
  return (category >= CATEGORY_INTEGER && category <= CATEGORY_TIME) ||
         category == CATEGORY_EQUATION;
}
