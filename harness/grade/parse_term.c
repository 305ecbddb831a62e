/* parse_term.c - sums and products. */
#include "grade/parse.h"

#include "grade/limits.h"

/* ---- sums ---- */

static bool take_sign(struct parser *parser, bool *minus, int *plus_minus)
{
  const struct token *token = parser_token(parser, 0);
  bool sign = token->kind == TOKEN_PLUS || token->kind == TOKEN_MINUS ||
              token->kind == TOKEN_PLUSMINUS;
  if (!sign)
    return false;
  if (token->kind == TOKEN_MINUS)
    *minus = !*minus;
  if (token->kind == TOKEN_PLUSMINUS)
    *plus_minus = token->what;
  parser->at++;
  return true;
}

static bool is_space_of_numbers(const struct node *node)
{
  return node->kind == NODE_CONSTANT && node->what >= CONSTANT_REALS;
}

static bool is_addable(const struct node *node)
{
  return node_is_expression(node) || node->kind == NODE_MATRIX ||
         node->kind == NODE_BASE || node->kind == NODE_BRACKETED;
}

/* "R - {0}" takes a set away. */
static struct node *difference_of_sets(struct parser *parser, const struct items *terms)
{
  if (terms->count != 2 || !is_space_of_numbers(terms->at[0]) ||
      terms->at[1]->kind != NODE_NEGATE || terms->at[1]->children[0]->kind != NODE_SET)
    return NULL;
  struct node *node =
      node_binary(&parser->forest, NODE_UNION, terms->at[0], terms->at[1]->children[0]);
  node->what = SET_DIFFERENCE;
  return node;
}

struct node *parse_sum(struct parser *parser)
{
  struct items terms = { 0 };
  do {
    bool minus = false;
    int plus_minus = -1;
    size_t before = parser->at;
    while (take_sign(parser, &minus, &plus_minus))
      ;
    if (terms.count && parser->at == before)
      break;
    struct node *term = parse_term(parser);
    if (!term)
      return NULL;
    if (minus)
      term = node_unary(&parser->forest, NODE_NEGATE, term);
    if (plus_minus >= 0) {
      term = node_unary(&parser->forest, NODE_PLUSMINUS, term);
      term->what = (uint8_t)plus_minus;
    }
    if (!items_add(parser, &terms, term))
      return NULL;
  } while (parser->budget->ticks > 0);
  struct node *difference = difference_of_sets(parser, &terms);
  if (difference)
    return difference;
  for (size_t i = 0; terms.count > 1 && i < terms.count; i++)
    if (!is_addable(terms.at[i]))
      return NULL;
  return items_node(parser, NODE_ADD, &terms);
}

/* ---- products ---- */

struct product {
  struct items above, below;
  bool numeric;  /* only numbers so far */
  bool dividing; /* the last operator was "/" */
};

/* "3\frac18" and "3 1/8": a whole number with a proper fraction. */
static struct node *mixed_number(struct parser *parser, const struct node *whole)
{
  const struct token *next = parser_token(parser, 0);
  size_t before = parser->at;
  struct node *fraction = NULL;
  if (!node_is_integer_literal(whole))
    return NULL;
  if (next->kind == TOKEN_FRACTION) {
    fraction = parse_primary(parser);
  } else if (next->kind == TOKEN_NUMBER &&
             parser_token(parser, 1)->kind == TOKEN_DIVIDE &&
             parser_token(parser, 2)->kind == TOKEN_NUMBER) {
    struct node *top = parse_primary(parser);
    parser->at++;
    struct node *bottom = parse_primary(parser);
    if (top && bottom)
      fraction = node_binary(&parser->forest, NODE_DIVIDE, top, bottom);
  }
  bool proper = fraction && fraction->kind == NODE_DIVIDE &&
                node_is_integer_literal(fraction->children[0]) &&
                node_is_integer_literal(fraction->children[1]) &&
                fraction->children[0]->number.small >= 0 &&
                fraction->children[0]->number.small < fraction->children[1]->number.small;
  if (proper)
    return fraction;
  parser->at = before;
  return NULL;
}

static struct node *last_above(const struct product *product)
{
  return product->above.count ? product->above.at[product->above.count - 1] : NULL;
}

static bool is_scalar(const struct node *node)
{
  return node_is_expression(node) || node->kind == NODE_BASE;
}

/* scalar * matrix, cell by cell; a fraction of matrices is nothing. */
static struct node *scale_structure(struct parser *parser, const struct product *product)
{
  struct node *structure = NULL, *scalar;
  struct items factors = { 0 };
  for (size_t i = 0; i < product->above.count; i++) {
    struct node *factor = product->above.at[i];
    if (is_scalar(factor) ? !items_add(parser, &factors, factor) : structure != NULL)
      return NULL;
    if (!is_scalar(factor))
      structure = factor;
  }
  if (!structure || (structure->kind != NODE_MATRIX && structure->kind != NODE_BRACKETED))
    return NULL;
  for (size_t i = 0; i < product->below.count; i++)
    if (!is_scalar(product->below.at[i]))
      return NULL;
  scalar = factors.count ? items_node(parser, NODE_MULTIPLY, &factors)
                         : node_integer(&parser->forest, 1);
  if (product->below.count)
    scalar = node_binary(&parser->forest, NODE_DIVIDE, scalar,
                         items_node(parser, NODE_MULTIPLY, &product->below));
  struct node *scaled = node_new(&parser->forest, structure->kind, structure->count);
  struct node **children = scaled->children;
  *scaled = *structure;
  scaled->children = children;
  for (size_t i = 0; i < structure->count; i++) {
    if (!node_is_expression(structure->children[i]))
      return NULL;
    children[i] =
        node_binary(&parser->forest, NODE_MULTIPLY, scalar, structure->children[i]);
  }
  return scaled;
}

static struct node *finish_product(struct parser *parser, const struct product *product)
{
  size_t factors = product->above.count + product->below.count;
  for (size_t i = 0; factors > 1 && i < factors; i++) {
    const struct node *factor = i < product->above.count
                                    ? product->above.at[i]
                                    : product->below.at[i - product->above.count];
    if (!is_scalar(factor))
      return scale_structure(parser, product);
  }
  struct node *above = items_node(parser, NODE_MULTIPLY, &product->above);
  if (product->below.count == 0)
    return above;
  return node_binary(&parser->forest, NODE_DIVIDE, above,
                     items_node(parser, NODE_MULTIPLY, &product->below));
}

/* A factor behind an operator may carry a sign: "2*-3". */
static struct node *signed_factor(struct parser *parser)
{
  bool minus = false;
  int plus_minus = -1;
  while (take_sign(parser, &minus, &plus_minus))
    ;
  struct node *factor = plus_minus < 0 ? parse_factor(parser) : NULL;
  return factor && minus ? node_unary(&parser->forest, NODE_NEGATE, factor) : factor;
}

/* The sum takes the place of its whole part; "33\frac13\%" is a percentage of it. */
static bool add_mixed(struct parser *parser, struct product *product,
                      struct node *fraction)
{
  struct node **whole = &product->above.at[product->above.count - 1];
  *whole =
      parse_postfixes(parser, node_binary(&parser->forest, NODE_ADD, *whole, fraction));
  return *whole != NULL;
}

/* A factor with nothing in front of it; false ends the product, `*failed` ends all. */
static bool implied_factor(struct parser *parser, struct product *product, bool *failed)
{
  struct node *last = last_above(product);
  if (!starts_factor(parser) || stops_for_unit(parser, last, product->numeric))
    return false;
  struct node *fraction = product->dividing ? NULL : mixed_number(parser, last);
  if (fraction) {
    *failed = !add_mixed(parser, product, fraction);
    return !*failed;
  }
  const struct token *token = parser_token(parser, 0);
  bool after_number =
      parser->at > 0 && parser->tokens.at[parser->at - 1].kind == TOKEN_NUMBER;
  if (token->kind == TOKEN_NUMBER && after_number) {
    *failed = true; /* "3 4" is no product */
    return false;
  }
  bool tight = product->dividing && !token->space && token->kind != TOKEN_OPEN;
  if (tight)
    parser->tokens.ambiguous |= READING_TIGHT;
  struct node *factor = parse_factor(parser);
  product->numeric = product->numeric && factor && factor->kind == NODE_NUMBER;
  struct items *into =
      tight && (parser->reading & READING_TIGHT) ? &product->below : &product->above;
  *failed = !items_add(parser, into, factor);
  return !*failed;
}

static bool is_number_like(const struct node *node)
{
  return !(node_traits(node) & (TRAIT_VARIABLE | TRAIT_STRUCTURE));
}

struct node *parse_term(struct parser *parser)
{
  struct product product = { .numeric = true };
  struct node *first = parse_factor(parser);
  if (!items_add(parser, &product.above, first))
    return NULL;
  product.numeric = is_number_like(first);
  bool failed = false;
  while (!failed && parser->budget->ticks > 0) {
    parser->budget->ticks -= 4;
    if (parser_take(parser, TOKEN_TIMES, -1)) {
      product.dividing = false;
      failed = !items_add(parser, &product.above, signed_factor(parser));
    } else if (parser_take(parser, TOKEN_DIVIDE, -1)) {
      product.dividing = true;
      failed = !items_add(parser, &product.below, signed_factor(parser));
    } else if (parser_take(parser, TOKEN_FUNCTION, FUNCTION_MOD)) {
      struct node *right = parse_factor(parser);
      struct node *left = finish_product(parser, &product);
      return left && right ? node_function(&parser->forest, FUNCTION_MOD, left, right)
                           : NULL;
    } else if (!implied_factor(parser, &product, &failed)) {
      break;
    }
  }
  return failed || parser->forest.failed ? NULL : finish_product(parser, &product);
}
