/* tree.c - making, copying and describing nodes. */
#include "grade/tree.h"

#include "grade/limits.h"

static const struct {
  const char *name;
  int arity;
} functions[] = {
#define XX(id, name, args) { name, args },
  FUNCTION_MAP(XX)
#undef XX
};

const char *function_name(enum function function)
{
  return functions[function].name;
}
int function_arity(enum function function)
{
  return functions[function].arity;
}

struct node *node_new(struct forest *forest, enum node_kind kind, size_t children)
{
  if (++forest->nodes > LIMIT_NODES)
    forest->failed = true;
  /* one allocation: the children stand right behind the node */
  struct node *node =
      arena_alloc(forest->arena, sizeof *node + children * sizeof(struct node *));
  node->kind = (uint8_t)kind;
  node->count = (uint16_t)children;
  node->children = children ? (struct node **)(node + 1) : NULL;
  return node;
}

struct node *node_unary(struct forest *forest, enum node_kind kind, struct node *a)
{
  struct node *node = node_new(forest, kind, 1);
  node->children[0] = a;
  return node;
}

struct node *node_binary(struct forest *forest, enum node_kind kind, struct node *a,
                         struct node *b)
{
  struct node *node = node_new(forest, kind, 2);
  node->children[0] = a;
  node->children[1] = b;
  return node;
}

struct node *node_function(struct forest *forest, enum function function, struct node *a,
                           struct node *b)
{
  struct node *node =
      b ? node_binary(forest, NODE_FUNCTION, a, b) : node_unary(forest, NODE_FUNCTION, a);
  node->what = (uint8_t)function;
  return node;
}

struct node *node_constant(struct forest *forest, enum constant constant)
{
  struct node *node = node_new(forest, NODE_CONSTANT, 0);
  node->what = (uint8_t)constant;
  return node;
}

struct node *node_symbol(struct forest *forest, struct str name)
{
  struct node *node = node_new(forest, NODE_SYMBOL, 0);
  node->name = name;
  return node;
}

struct node *node_integer(struct forest *forest, int64_t value)
{
  struct node *node = node_new(forest, NODE_NUMBER, 0);
  uint64_t size = value < 0 ? -(uint64_t)value : (uint64_t)value;
  node->number.small = (int64_t)size;
  node->number.digits = arena_printf(forest->arena, "%llu", (unsigned long long)size);
  node->number.places = -1;
  return value < 0 ? node_unary(forest, NODE_NEGATE, node) : node;
}

/* Copies everything: asking each subtree whether it has a sign would be quadratic. */
static struct node *copy_with_sign(struct forest *forest, struct node *node, bool lower)
{
  if (forest->failed)
    return node;
  struct node *copy = node_new(forest, node->kind, node->count);
  struct node **children = copy->children;
  *copy = *node;
  copy->children = children;
  for (size_t i = 0; i < node->count; i++)
    children[i] = copy_with_sign(forest, node->children[i], lower);
  if (node->kind != NODE_PLUSMINUS)
    return copy;
  bool minus = lower != (node->what == 1);
  return minus ? node_unary(forest, NODE_NEGATE, children[0]) : children[0];
}

struct node *node_choose_sign(struct forest *forest, struct node *node, bool lower)
{
  return node_traits(node) & TRAIT_PLUSMINUS ? copy_with_sign(forest, node, lower) : node;
}

bool node_is_expression(const struct node *node)
{
  return node->kind <= NODE_LAST_EXPRESSION;
}

bool node_is_integer_literal(const struct node *node)
{
  return node->kind == NODE_NUMBER && node->number.places < 0 &&
         node->number.exponent == 0;
}

bool node_is_infinite(const struct node *node)
{
  if (node->kind == NODE_NEGATE)
    node = node->children[0];
  return node->kind == NODE_CONSTANT && node->what == CONSTANT_INFINITY;
}

static bool payload_identical(const struct node *a, const struct node *b)
{
  switch ((enum node_kind)a->kind) {
  case NODE_NUMBER:
    return a->number.exponent == b->number.exponent &&
           str_equal(a->number.digits, b->number.digits);
  case NODE_SYMBOL:
  case NODE_CALL:
  case NODE_SUM:
  case NODE_BASE:
  case NODE_TEXT: return str_equal(a->name, b->name);
  case NODE_QUANTITY: return a->unit == b->unit;
  case NODE_CHAIN: return memcmp(a->relations, b->relations, a->count - 1u) == 0;
  default: return true;
  }
}

bool node_identical(const struct node *a, const struct node *b)
{
  if (a == b)
    return true;
  if (a->kind != b->kind || a->what != b->what || a->count != b->count ||
      a->columns != b->columns || !payload_identical(a, b))
    return false;
  for (size_t i = 0; i < a->count; i++)
    if (!node_identical(a->children[i], b->children[i]))
      return false;
  return true;
}

static unsigned function_traits(enum function function)
{
  if (function <= FUNCTION_CSC)
    return TRAIT_TRIG | TRAIT_DISCRETE;
  switch (function) {
  case FUNCTION_LOG: return TRAIT_LOG | TRAIT_BRANCH;
  case FUNCTION_LN:
  case FUNCTION_LOG_BASE: return TRAIT_BRANCH;
  case FUNCTION_ROOT: return TRAIT_RADICAL | TRAIT_BRANCH;
  case FUNCTION_FACTORIAL:
  case FUNCTION_DOUBLE_FACTORIAL:
  case FUNCTION_BINOMIAL: return TRAIT_DISCRETE;
  case FUNCTION_ASIN:
  case FUNCTION_ACOS:
  case FUNCTION_ATAN:
  case FUNCTION_ACOT:
  case FUNCTION_ASEC:
  case FUNCTION_ACSC:
  case FUNCTION_ASINH:
  case FUNCTION_ACOSH:
  case FUNCTION_ATANH:
  case FUNCTION_ARG: return TRAIT_BRANCH;
  default: return 0;
  }
}

static unsigned own_traits(const struct node *node)
{
  switch ((enum node_kind)node->kind) {
  case NODE_NUMBER:
    return TRAIT_OPERATOR |
           (node->number.places >= 0 && node->number.digits.len >= 4 ? TRAIT_DECIMAL
                                                                     : 0u);
  case NODE_CONSTANT:
    return node->what == CONSTANT_PI  ? TRAIT_PI | TRAIT_OPERATOR
           : node->what == CONSTANT_I ? TRAIT_I
                                      : 0u;
  case NODE_SYMBOL: return TRAIT_VARIABLE;
  case NODE_MULTIPLY: return 0;
  case NODE_POWER:
    return TRAIT_OPERATOR |
           (node_is_integer_literal(node->children[1]) ? 0u : TRAIT_BRANCH) |
           (node->children[0]->kind == NODE_NEGATE ? TRAIT_DISCRETE : 0u);
  case NODE_PLUSMINUS: return TRAIT_OPERATOR | TRAIT_PLUSMINUS;
  case NODE_FUNCTION: return TRAIT_OPERATOR | function_traits((enum function)node->what);
  case NODE_CALL: return TRAIT_OPERATOR | TRAIT_VARIABLE;
  case NODE_DEGREE: return TRAIT_OPERATOR | TRAIT_DEGREE;
  default: return TRAIT_OPERATOR | (node_is_expression(node) ? 0u : TRAIT_STRUCTURE);
  }
}

unsigned node_traits(const struct node *node)
{
  unsigned traits = own_traits(node);
  for (size_t i = 0; i < node->count; i++)
    traits |= node_traits(node->children[i]);
  return traits;
}
