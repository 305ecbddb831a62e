/* parse.c - the whole text: lists, relations, ratios. */
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
