/* parse_command.c - functions, fractions, roots, sums, floors and accents. */
#include "grade/parse.h"

#include "grade/limits.h"

/* Splits "12" in "\frac12": its first digit becomes the token, the rest stays. */
static struct node *first_digit(struct parser *parser)
{
  struct token *token = parser_token(parser, 0);
  if (token->name.len <= 1 || !char_is_digit(token->name.ptr[0]))
    return parse_primary(parser);
  struct node *digit = node_integer(&parser->forest, token->name.ptr[0] - '0');
  token->name = str_slice(token->name, 1, token->name.len);
  token->space = false;
  token->from++;
  return digit;
}

struct node *parse_argument(struct parser *parser, bool whole_number)
{
  if (!parser_enter(parser))
    return NULL;
  bool number = parser_token(parser, 0)->kind == TOKEN_NUMBER;
  struct node *node =
      number && !whole_number ? first_digit(parser) : parse_primary(parser);
  parser_leave(parser);
  return node;
}

/* ---- functions ---- */

/* A round bracket or a group with one or more arguments. */
static bool take_arguments(struct parser *parser, struct items *arguments)
{
  uint8_t what = parser_token(parser, 0)->what;
  if (!parser_take(parser, TOKEN_OPEN, -1))
    return false;
  int bars = parser->bars;
  parser->bars = 0;
  bool ok = parse_items(parser, arguments) && parser_take(parser, TOKEN_CLOSE, what) &&
            arguments->count > 0;
  parser->bars = bars;
  return ok;
}

/* "sin 2x cos x": the argument without brackets ends before a bracket, an operator or the
 * next function. */
static struct node *bare_argument(struct parser *parser)
{
  struct items factors = { 0 };
  bool minus = parser_take(parser, TOKEN_MINUS, -1);
  if (!items_add(parser, &factors, parse_factor(parser)))
    return NULL;
  for (;;) {
    const struct token *next = parser_token(parser, 0);
    bool ends = next->kind == TOKEN_FUNCTION || next->kind == TOKEN_OPEN ||
                next->kind == TOKEN_BIG || next->kind == TOKEN_BEGIN;
    if (ends || !starts_factor(parser) || stops_for_unit(parser, factors.at[0], true))
      break;
    if (next->kind == TOKEN_NUMBER)
      return NULL;
    if (!items_add(parser, &factors, parse_factor(parser)))
      return NULL;
  }
  struct node *argument = items_node(parser, NODE_MULTIPLY, &factors);
  return minus ? node_unary(&parser->forest, NODE_NEGATE, argument) : argument;
}

/* What stands between the name and its argument: sin^2, log_2, arcsin as sin^{-1}. */
struct decoration {
  struct node *power, *base;
  enum function function;
};

static bool is_minus_one(const struct node *node)
{
  return node->kind == NODE_NEGATE && node_is_integer_literal(node->children[0]) &&
         node->children[0]->number.small == 1;
}

static bool take_decoration(struct parser *parser, struct decoration *decoration)
{
  for (;;) {
    bool power = parser_take(parser, TOKEN_POWER, -1);
    bool base = !power && parser_take(parser, TOKEN_SUBSCRIPT, -1);
    if (!power && !base)
      break;
    bool minus = power && parser_take(parser, TOKEN_MINUS, -1);
    struct node *script = parse_argument(parser, true);
    if (!script || minus)
      return false;
    *(power ? &decoration->power : &decoration->base) = script;
  }
  /* "log2(8)" and "log10(x)" */
  const struct token *next = parser_token(parser, 0), *after = parser_token(parser, 1);
  if (decoration->function == FUNCTION_LOG && !decoration->base &&
      next->kind == TOKEN_NUMBER && !next->space && after->kind == TOKEN_OPEN &&
      after->what == '(')
    decoration->base = parse_argument(parser, true);
  if (decoration->power && is_minus_one(decoration->power) &&
      decoration->function <= FUNCTION_CSC) {
    decoration->function = (enum function)(decoration->function + FUNCTION_ASIN);
    decoration->power = NULL;
  }
  return true;
}

static struct node *function_of(struct parser *parser,
                                const struct decoration *decoration,
                                const struct items *arguments)
{
  struct forest *forest = &parser->forest;
  enum function function = decoration->function;
  struct node *first = arguments->at[0];
  struct node *second = arguments->count > 1 ? arguments->at[1] : NULL;
  for (size_t i = 0; i < arguments->count; i++)
    if (!node_is_expression(arguments->at[i]))
      return NULL;
  if (function == FUNCTION_EXP)
    return second ? NULL
                  : node_binary(forest, NODE_POWER, node_constant(forest, CONSTANT_E),
                                first);
  if (function == FUNCTION_LOG && (decoration->base || second))
    return node_function(forest, FUNCTION_LOG_BASE, first,
                         decoration->base ? decoration->base : second);
  if (function == FUNCTION_ROOT && !second)
    return node_function(forest, FUNCTION_ROOT, first, node_integer(forest, 2));
  if (arguments->count < (size_t)function_arity(function) ||
      (function_arity(function) == 1 && second))
    return NULL;
  struct node *node = node_new(forest, NODE_FUNCTION, arguments->count);
  node->what = (uint8_t)function;
  for (size_t i = 0; i < arguments->count; i++)
    node->children[i] = arguments->at[i];
  return node;
}

/* A set in braces as arguments: "\max\{1, 2\}". */
static void unwrap_set(struct items *arguments)
{
  struct node *only = arguments->count == 1 ? arguments->at[0] : NULL;
  if (only && (only->kind == NODE_SET || only->kind == NODE_BRACKETED)) {
    arguments->at = only->children;
    arguments->count = only->count;
  }
}

struct node *parse_function(struct parser *parser)
{
  struct decoration decoration = { NULL, NULL,
                                   (enum function)parser_token(parser, 0)->what };
  struct items arguments = { 0 };
  if (!parser_enter(parser))
    return NULL;
  parser->at++;
  bool ok = take_decoration(parser, &decoration);
  const struct token *next = parser_token(parser, 0);
  bool bracket = next->kind == TOKEN_OPEN && next->what != '<';
  if (ok && bracket)
    ok = take_arguments(parser, &arguments);
  else if (ok)
    ok = items_add(parser, &arguments, bare_argument(parser));
  if (ok && function_arity(decoration.function) > 1)
    unwrap_set(&arguments);
  struct node *node =
      ok && arguments.count ? function_of(parser, &decoration, &arguments) : NULL;
  parser_leave(parser);
  if (node && decoration.power)
    node = node_binary(&parser->forest, NODE_POWER, node, decoration.power);
  return node;
}

/* ---- commands with arguments ---- */

static struct node *parse_fraction(struct parser *parser)
{
  struct node *above = parse_argument(parser, false);
  struct node *below = above ? parse_argument(parser, false) : NULL;
  if (!below || !node_is_expression(above) || !node_is_expression(below))
    return NULL;
  return node_binary(&parser->forest, NODE_DIVIDE, above, below);
}

static struct node *parse_root(struct parser *parser, uint8_t index)
{
  struct node *degree = node_integer(&parser->forest, index ? index : 2);
  if (parser_take(parser, TOKEN_OPEN, '[')) {
    degree = parse_sum(parser);
    if (!degree || !parser_take(parser, TOKEN_CLOSE, '['))
      return NULL;
  }
  struct node *radicand = parse_argument(parser, true);
  if (!radicand || !node_is_expression(radicand) || !node_is_expression(degree))
    return NULL;
  return node_function(&parser->forest, FUNCTION_ROOT, radicand, degree);
}

static struct node *parse_binomial(struct parser *parser)
{
  struct items arguments = { 0 };
  const struct token *next = parser_token(parser, 0);
  if (next->kind == TOKEN_OPEN && next->what == '(') {
    if (!take_arguments(parser, &arguments))
      return NULL;
  } else if (!items_add(parser, &arguments, parse_argument(parser, false)) ||
             !items_add(parser, &arguments, parse_argument(parser, false))) {
    return NULL;
  }
  if (arguments.count != 2 || !node_is_expression(arguments.at[0]) ||
      !node_is_expression(arguments.at[1]))
    return NULL;
  return node_function(&parser->forest, FUNCTION_BINOMIAL, arguments.at[0],
                       arguments.at[1]);
}

static struct node *parse_floor(struct parser *parser, uint8_t function)
{
  struct node *inner = parse_sum(parser);
  if (!inner || !parser_take(parser, TOKEN_FLOOR_END, -1))
    return NULL;
  return node_function(&parser->forest, (enum function)function, inner, NULL);
}

/* \sum_{k=1}^{n}, \lim_{x \to 0}, \int_0^1: index, ends, and the product that follows. */
static struct node *parse_big(struct parser *parser, uint8_t operator_)
{
  struct node *from = node_integer(&parser->forest, 0), *to = from;
  struct str index = STR("");
  while (parser_token(parser, 0)->kind == TOKEN_SUBSCRIPT ||
         parser_token(parser, 0)->kind == TOKEN_POWER) {
    bool below = parser_token(parser, 0)->kind == TOKEN_SUBSCRIPT;
    parser->at++;
    struct node *end = parse_argument(parser, true);
    if (!end)
      return NULL;
    if (end->kind == NODE_CHAIN && end->count == 2) {
      const struct node *name = end->children[0];
      if (name->kind == NODE_SYMBOL)
        index = name->name;
      else if (name->kind == NODE_CONSTANT && name->what == CONSTANT_I)
        index = STR("i");
      else
        return NULL;
      end = end->children[1];
    }
    if (!node_is_expression(end))
      return NULL;
    *(below ? &from : &to) = end;
  }
  struct node *body = parse_term(parser);
  if (!body || !node_is_expression(body))
    return NULL;
  struct node *node = node_new(&parser->forest, NODE_SUM, 3);
  node->what = operator_;
  node->name = index;
  node->children[0] = from;
  node->children[1] = to;
  node->children[2] = body;
  return node;
}

/* "\overline{AB}", "\angle ABC": one name, accent and all. */
static struct node *parse_accent(struct parser *parser, struct str accent)
{
  const struct token *first = parser_token(parser, 0);
  size_t from = first->from, to = first->to;
  if (first->kind == TOKEN_OPEN && first->what == 'B') {
    int depth = 0;
    do {
      const struct token *token = parser_token(parser, 0);
      if (token->kind == TOKEN_END)
        return NULL;
      depth += token->kind == TOKEN_OPEN;
      depth -= token->kind == TOKEN_CLOSE;
      to = token->to;
      parser->at++;
    } while (depth > 0);
  } else if (first->kind == TOKEN_WORD || first->kind == TOKEN_SYMBOL ||
             first->kind == TOKEN_CONSTANT || first->kind == TOKEN_NUMBER) {
    parser->at++;
  } else {
    return node_symbol(&parser->forest, accent);
  }
  struct str name = parser_name(parser, from, to);
  if (str_equal(accent, STR("bar")))
    accent = STR("overline");
  return node_symbol(&parser->forest, arena_printf(parser->forest.arena, "%.*s:%.*s",
                                                   STR_ARG(accent), STR_ARG(name)));
}

struct node *parse_command(struct parser *parser)
{
  const struct token token = *parser_token(parser, 0);
  struct node *node = NULL;
  if (!parser_enter(parser))
    return NULL;
  parser->at++;
  switch ((enum token_kind)token.kind) {
  case TOKEN_FRACTION: node = parse_fraction(parser); break;
  case TOKEN_ROOT: node = parse_root(parser, token.what); break;
  case TOKEN_BINOMIAL: node = token.what == 0 ? parse_binomial(parser) : NULL; break;
  case TOKEN_FLOOR: node = parse_floor(parser, token.what); break;
  case TOKEN_BIG: node = parse_big(parser, token.what); break;
  case TOKEN_ACCENT: node = parse_accent(parser, token.name); break;
  default: break;
  }
  parser_leave(parser);
  return node;
}
