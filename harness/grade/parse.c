/* parse.c - lists, relations, sums and products. */
#include "grade/parse.h"

#include "grade/limits.h"

bool parser_enter(struct parser *parser)
{
  parser->budget->ticks -= 4;
  if (++parser->depth <= LIMIT_NESTING && parser->budget->ticks > 0)
    return true;
  parser->forest.failed = true;
  return false;
}

void parser_leave(struct parser *parser)
{
  parser->depth--;
}

struct token *parser_token(struct parser *parser, size_t ahead)
{
  size_t last = parser->tokens.count - 1;
  size_t at = parser->at + ahead;
  return &parser->tokens.at[at < last ? at : last];
}

bool parser_take(struct parser *parser, enum token_kind kind, int what)
{
  const struct token *token = parser_token(parser, 0);
  if (token->kind != kind || (what >= 0 && token->what != what))
    return false;
  parser->at++;
  return true;
}

bool items_add(struct parser *parser, struct items *items, struct node *node)
{
  if (!node || parser->forest.failed)
    return false;
  if (items->count == items->capacity) {
    size_t capacity = items->capacity ? 4 * items->capacity : 4;
    struct node **at = ARENA_NEW(parser->forest.arena, struct node *, capacity);
    if (items->count)
      memcpy(at, items->at, items->count * sizeof *at);
    items->at = at;
    items->capacity = capacity;
  }
  items->at[items->count++] = node;
  return true;
}

struct node *items_node(struct parser *parser, enum node_kind kind,
                        const struct items *items)
{
  if (items->count == 1)
    return items->at[0];
  struct node *node = node_new(&parser->forest, kind, items->count);
  for (size_t i = 0; i < items->count; i++)
    node->children[i] = items->at[i];
  return node;
}

/* ---- lists ---- */

static bool take_separator(struct parser *parser, struct items *items)
{
  bool any = false;
  for (;;) {
    if (parser_take(parser, TOKEN_COMMA, -1))
      items->trailing_comma = true;
    else if (parser_take(parser, TOKEN_AND, -1))
      items->joiner = JOIN_AND;
    else if (parser_take(parser, TOKEN_OR, -1))
      items->joiner = JOIN_OR;
    else
      return any;
    any = true;
  }
}

static bool at_list_end(struct parser *parser)
{
  enum token_kind kind = (enum token_kind)parser_token(parser, 0)->kind;
  return kind == TOKEN_END || kind == TOKEN_CLOSE;
}

/* Every element with "+-" becomes two: upper signs first. */
bool items_expand_signs(struct parser *parser, struct items *items)
{
  struct items all = { .joiner = items->joiner };
  struct forest *forest = &parser->forest;
  for (size_t i = 0; i < items->count; i++) {
    struct node *node = items->at[i];
    bool both = (node_traits(node) & TRAIT_PLUSMINUS) != 0;
    if (!items_add(parser, &all, node_choose_sign(forest, node, false)) ||
        (both && !items_add(parser, &all, node_choose_sign(forest, node, true))))
      return false;
  }
  *items = all;
  return true;
}

bool parse_items(struct parser *parser, struct items *items)
{
  *items = (struct items){ 0 };
  if (at_list_end(parser))
    return true;
  do {
    if (at_list_end(parser))
      return true;
    items->trailing_comma = false;
    if (!items_add(parser, items, parse_item(parser)))
      return false;
    if (items->count > LIMIT_ELEMENTS)
      parser->forest.failed = true;
  } while (take_separator(parser, items) && !parser->forest.failed);
  return !parser->forest.failed;
}

/* ---- relations ---- */

static struct node *take_modulus(struct parser *parser)
{
  size_t before = parser->at;
  bool bracket = parser_take(parser, TOKEN_OPEN, '(');
  if (!parser_take(parser, TOKEN_FUNCTION, FUNCTION_MOD)) {
    parser->at = before;
    return NULL;
  }
  struct node *modulus = parse_sum(parser);
  if (modulus && bracket && !parser_take(parser, TOKEN_CLOSE, '('))
    return NULL;
  return modulus;
}

static struct node *parse_quantity(struct parser *parser);

static struct node *parse_sets(struct parser *parser)
{
  struct node *left = parse_quantity(parser);
  for (int n = 0; left && parser_token(parser, 0)->kind == TOKEN_SET_OPERATOR; n++) {
    uint8_t operation = parser_token(parser, 0)->what;
    parser->at++;
    struct node *right = parse_quantity(parser);
    if (!right || n == LIMIT_NESTING)
      return NULL;
    left = node_binary(&parser->forest, NODE_UNION, left, right);
    left->what = operation;
  }
  return left;
}

/* "~ 1.414" behind an exact value says nothing new; behind a bare name it is its value.
 */
static bool drops_approximation(const struct items *sides)
{
  return sides->count > 1 || sides->at[0]->kind != NODE_SYMBOL;
}

struct node *parse_item(struct parser *parser)
{
  if (!parser_enter(parser))
    return NULL;
  struct items sides = { 0 };
  uint8_t relations[LIMIT_NESTING];
  size_t count = 0;
  /* "= 5": what it equals was said before */
  if (!parser_take(parser, TOKEN_RELATION, RELATION_EQUAL))
    parser_take(parser, TOKEN_RELATION, RELATION_APPROXIMATELY);
  bool ok = items_add(parser, &sides, parse_sets(parser));
  for (;;) {
    bool negated = ok && parser_take(parser, TOKEN_NOT, -1);
    const struct token *token = parser_token(parser, 0);
    if (!ok || token->kind != TOKEN_RELATION || count + 1 >= COUNT(relations))
      break;
    uint8_t relation = negated ? RELATION_NOT_EQUAL : token->what;
    parser->at++;
    struct node *side = parse_sets(parser);
    if (relation == RELATION_APPROXIMATELY) {
      if (side && drops_approximation(&sides))
        continue;
      relation = RELATION_EQUAL;
    }
    ok = items_add(parser, &sides, side);
    relations[count++] = relation;
    struct node *modulus = relation == RELATION_CONGRUENT ? take_modulus(parser) : NULL;
    if (modulus) {
      ok = items_add(parser, &sides, modulus);
      relations[count++] = RELATION_CONGRUENT;
    }
  }
  parser_leave(parser);
  if (!ok)
    return NULL;
  struct node *chain = items_node(parser, NODE_CHAIN, &sides);
  if (count) {
    uint8_t *copy = arena_alloc(parser->forest.arena, count);
    memcpy(copy, relations, count);
    chain->relations = copy;
  }
  return chain;
}

/* ---- ratios and times ---- */

/* "4:30" may be a time; the minutes have two digits. */
static struct node *time_of(struct parser *parser, const struct items *parts,
                            size_t minutes_at)
{
  const struct token *half = parser_token(parser, 0);
  bool pm = half->kind == TOKEN_WORD && str_equal(half->name, STR("pm"));
  bool am = half->kind == TOKEN_WORD && str_equal(half->name, STR("am"));
  if (parts->count != 2 || !(am || pm) || !node_is_integer_literal(parts->at[0]) ||
      !node_is_integer_literal(parts->at[1]) ||
      parser->tokens.at[minutes_at].name.len != 2)
    return NULL;
  int64_t hours = parts->at[0]->number.small, minutes = parts->at[1]->number.small;
  if (hours < 0 || hours > 12 || minutes < 0 || minutes > 59)
    return NULL;
  parser->at++;
  struct node *node = node_new(&parser->forest, NODE_TIME, 0);
  node->columns = (int32_t)((hours % 12 + (pm ? 12 : 0)) * 60 + minutes);
  node->what = 1;
  return node;
}

static struct node *parse_ratio(struct parser *parser)
{
  struct items parts = { 0 };
  size_t last_at = parser->at;
  if (!items_add(parser, &parts, parse_sum(parser)))
    return NULL;
  while (!parser->builder && parser_take(parser, TOKEN_COLON, -1)) {
    last_at = parser->at;
    if (!items_add(parser, &parts, parse_sum(parser)))
      return NULL;
  }
  struct node *time = time_of(parser, &parts, last_at);
  return time ? time : items_node(parser, NODE_RATIO, &parts);
}

static struct node *parse_quantity(struct parser *parser)
{
  const char *outer = parser->currency;
  parser->currency = NULL;
  struct node *value = parse_ratio(parser);
  value = value ? parse_unit(parser, value) : NULL;
  parser->currency = outer;
  return value;
}

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

/* ---- the whole ---- */

struct node *parse_text(struct arena *arena, struct str text, unsigned reading,
                        struct budget *budget, bool *over, unsigned *ambiguous)
{
  struct parser parser = {
    .forest = { arena, 0, false }, .budget = budget, .text = text, .reading = reading
  };
  parser.tokens = tokens_of(arena, text, reading, budget);
  struct node *node = NULL;
  struct items items;
  if (parser.tokens.over)
    parser.forest.failed = true;
  else if (parse_items(&parser, &items) && items.count > 0 &&
           parser_token(&parser, 0)->kind == TOKEN_END &&
           items_expand_signs(&parser, &items)) {
    node = items_node(&parser, NODE_LIST, &items);
    if (items.count > 1)
      node->what = (uint8_t)items.joiner;
  }
  *ambiguous = parser.tokens.ambiguous;
  *over = parser.forest.failed || budget->ticks <= 0;
  return *over ? NULL : node;
}
