/* parse_structure.c - brackets, sets, matrices and what follows a number as its unit. */
#include "grade/parse.h"

#include "grade/limits.h"
#include "grade/unit.h"

/* ---- brackets ---- */

/* Rows of equal length in square brackets are a matrix. */
static struct node *matrix_of_rows(struct parser *parser, struct node *const *rows,
                                   size_t count)
{
  size_t columns = count ? rows[0]->count : 0;
  for (size_t i = 0; i < count; i++)
    if (rows[i]->kind != NODE_BRACKETED || rows[i]->what != BRACKET_SQUARE ||
        rows[i]->count != columns)
      return NULL;
  if (columns == 0 || count * columns > LIMIT_ELEMENTS)
    return NULL;
  struct node *matrix = node_new(&parser->forest, NODE_MATRIX, count * columns);
  matrix->what = 'p';
  matrix->columns = (int32_t)columns;
  for (size_t i = 0; i < count; i++)
    for (size_t j = 0; j < columns; j++)
      matrix->children[i * columns + j] = rows[i]->children[j];
  return matrix;
}

static struct node *set_of(struct parser *parser, struct items *items)
{
  if (items->count == 0)
    return node_constant(&parser->forest, CONSTANT_EMPTY);
  if (!items_expand_signs(parser, items))
    return NULL;
  struct node *set = node_new(&parser->forest, NODE_SET, items->count);
  for (size_t i = 0; i < items->count; i++)
    set->children[i] = items->at[i];
  return set;
}

/* {x | x > 3}: what is behind the bar says it all. */
static struct node *parse_condition(struct parser *parser)
{
  struct items conditions;
  if (!parse_items(parser, &conditions) || conditions.count == 0)
    return NULL;
  struct node *node = items_node(parser, NODE_LIST, &conditions);
  if (conditions.count > 1)
    node->what = conditions.joiner == JOIN_COMMA ? JOIN_AND : (uint8_t)conditions.joiner;
  return node;
}

static struct node *parse_set(struct parser *parser)
{
  struct items items;
  bool outer = parser->builder;
  parser->builder = true;
  bool ok = parse_items(parser, &items);
  parser->builder = false;
  struct node *node = NULL;
  if (ok && (parser_take(parser, TOKEN_BAR, -1) || parser_take(parser, TOKEN_COLON, -1)))
    node = parse_condition(parser);
  else if (ok)
    node = set_of(parser, &items);
  parser->builder = outer;
  return node && parser_take(parser, TOKEN_CLOSE, '{') ? node : NULL;
}

/* "a \over b" and "n \choose k" split their whole group. */
static struct node *parse_split(struct parser *parser, const struct items *above)
{
  bool over = parser_take(parser, TOKEN_OVER, -1);
  if (above->count != 1 || (!over && !parser_take(parser, TOKEN_BINOMIAL, 1)))
    return NULL;
  struct node *below = parse_sum(parser);
  if (!below || !node_is_expression(below) || !node_is_expression(above->at[0]))
    return NULL;
  return over ? node_binary(&parser->forest, NODE_DIVIDE, above->at[0], below)
              : node_function(&parser->forest, FUNCTION_BINOMIAL, above->at[0], below);
}

static struct node *parse_group(struct parser *parser)
{
  struct items items;
  if (!parse_items(parser, &items))
    return NULL;
  struct node *node;
  enum token_kind next = (enum token_kind)parser_token(parser, 0)->kind;
  if (next == TOKEN_OVER || next == TOKEN_BINOMIAL)
    node = parse_split(parser, &items);
  else if (items.count == 1)
    node = items.at[0];
  else
    node = set_of(parser, &items);
  return node && parser_take(parser, TOKEN_CLOSE, 'B') ? node : NULL;
}

static struct node *parse_tuple(struct parser *parser, uint8_t open)
{
  struct items items;
  if (!parse_items(parser, &items))
    return NULL;
  uint8_t close = parser_token(parser, 0)->what;
  if (!parser_take(parser, TOKEN_CLOSE, -1) || close == 'B' || close == '{' ||
      (open == '<') != (close == '<'))
    return NULL;
  if (items.count == 1 && !items.trailing_comma && open != '<' && open == close)
    return items.at[0];
  struct node *matrix = open == '[' && close == '[' && items.count > 0
                            ? matrix_of_rows(parser, items.at, items.count)
                            : NULL;
  if (matrix)
    return matrix;
  struct node *node = node_new(&parser->forest, NODE_BRACKETED, items.count);
  node->what =
      open == '<' ? BRACKET_ANGLE : (uint8_t)((open == '[') | (close == '[') << 1);
  for (size_t i = 0; i < items.count; i++)
    node->children[i] = items.at[i];
  return node;
}

struct node *parse_bracket(struct parser *parser)
{
  uint8_t open = parser_token(parser, 0)->what;
  if (!parser_enter(parser))
    return NULL;
  parser->at++;
  int bars = parser->bars;
  bool builder = parser->builder;
  parser->bars = 0;
  parser->builder = false;
  struct node *node = open == '{'   ? parse_set(parser)
                      : open == 'B' ? parse_group(parser)
                                    : parse_tuple(parser, open);
  parser->bars = bars;
  parser->builder = builder;
  parser_leave(parser);
  return node;
}

/* ---- matrices ---- */

static uint8_t matrix_style(struct str name)
{
  if (str_equal(name, STR("vmatrix")) || str_equal(name, STR("Vmatrix")))
    return 'v';
  if (str_equal(name, STR("cases")) || str_equal(name, STR("rcases")))
    return 'c';
  return 'p';
}

/* aligned systems of equations are lists of their rows */
static bool is_alignment(struct str name)
{
  return str_starts(name, STR("align")) || str_starts(name, STR("gather")) ||
         str_starts(name, STR("equation")) || str_starts(name, STR("split"));
}

static bool at_row_end(struct parser *parser)
{
  enum token_kind kind = (enum token_kind)parser_token(parser, 0)->kind;
  return kind == TOKEN_ROW || kind == TOKEN_FINISH || kind == TOKEN_END;
}

static struct node *parse_alignment(struct parser *parser)
{
  struct items rows = { 0 };
  while (!parser_take(parser, TOKEN_FINISH, -1)) {
    while (parser_take(parser, TOKEN_ROW, -1) || parser_take(parser, TOKEN_CELL, -1) ||
           parser_take(parser, TOKEN_COMMA, -1))
      ;
    if (parser_token(parser, 0)->kind != TOKEN_FINISH &&
        !items_add(parser, &rows, parse_item(parser)))
      return NULL;
  }
  return rows.count ? items_node(parser, NODE_LIST, &rows) : NULL;
}

struct node *parse_environment(struct parser *parser)
{
  struct str name = parser_token(parser, 0)->name;
  struct items cells = { 0 };
  size_t columns = 0, in_row = 0;
  if (!parser_enter(parser))
    return NULL;
  parser->at++;
  if (is_alignment(name)) {
    struct node *list = parse_alignment(parser);
    parser_leave(parser);
    return list;
  }
  bool ok = true;
  while (ok && !parser_take(parser, TOKEN_FINISH, -1)) {
    struct items cell;
    ok = parse_items(parser, &cell) && cell.count > 0 && cells.count < LIMIT_ELEMENTS &&
         items_add(parser, &cells, items_node(parser, NODE_LIST, &cell));
    in_row++;
    if (parser_take(parser, TOKEN_CELL, -1))
      continue;
    ok = ok && at_row_end(parser) && (columns == 0 || columns == in_row) &&
         parser_token(parser, 0)->kind != TOKEN_END;
    columns = in_row;
    in_row = 0;
    while (parser_take(parser, TOKEN_ROW, -1))
      ;
  }
  parser_leave(parser);
  if (!ok || cells.count == 0)
    return NULL;
  struct node *matrix = node_new(&parser->forest, NODE_MATRIX, cells.count);
  matrix->what = matrix_style(name);
  matrix->columns = (int32_t)columns;
  for (size_t i = 0; i < cells.count; i++)
    matrix->children[i] = cells.at[i];
  return matrix;
}

/* union(a, b, ...) and intersection(a, b, ...) */
static struct node *set_operation(struct parser *parser, const struct node *call)
{
  bool both = str_equal_nocase(call->name, STR("intersection"));
  if (call->count == 0 || (!both && !str_equal_nocase(call->name, STR("union"))))
    return NULL;
  struct node *all = call->children[0];
  for (size_t i = 1; i < call->count && i < LIMIT_NESTING; i++) {
    all = node_binary(&parser->forest, NODE_UNION, all, call->children[i]);
    all->what = both ? SET_INTERSECTION : SET_UNION;
  }
  return all;
}

struct node *structure_of_call(struct parser *parser, struct node *call)
{
  struct node *sets = set_operation(parser, call);
  if (sets)
    return sets;
  static const struct {
    const char *name;
    uint8_t what;
  } intervals[] = {
    { "oo", 0 }, { "co", 1 }, { "oc", 2 }, { "cc", 3 }, { "Interval", 3 }
  };
  for (size_t i = 0; i < COUNT(intervals); i++)
    if (call->count == 2 && str_equal(call->name, str_from(intervals[i].name))) {
      call->kind = NODE_BRACKETED;
      call->what = intervals[i].what;
      return call;
    }
  if (str_equal_nocase(call->name, STR("matrix"))) {
    if (call->count == 1 && call->children[0]->kind == NODE_MATRIX)
      return call->children[0];
    return matrix_of_rows(parser, call->children, call->count);
  }
  for (size_t i = 0; i < call->count; i++)
    if (!node_is_expression(call->children[i]))
      return NULL;
  return call;
}

/* ---- units ---- */

bool stops_for_unit(struct parser *parser, const struct node *before, bool numeric)
{
  const struct token *token = parser_token(parser, 0);
  struct unit unit;
  if (token->kind != TOKEN_WORD || token->what == 1)
    return false;
  if (before && before->kind == NODE_DEGREE)
    return true; /* a scale of temperature, or a label */
  bool known = unit_find(token->name, &unit);
  if (token->text)
    return token->name.len >= 2 || (known && numeric);
  if (token->name.len >= 4)
    return !(parser_token(parser, 1)->kind == TOKEN_OPEN);
  if (token->name.len >= 2)
    return (known || str_equal(token->name, STR("am")) ||
            str_equal(token->name, STR("pm"))) &&
           numeric;
  /* "5 m" may be a length; "5m" and "3s^2" are products */
  bool letter = known && token->space && before && before->kind == NODE_NUMBER &&
                parser_token(parser, 1)->kind != TOKEN_POWER;
  if (letter)
    parser->tokens.ambiguous |= READING_UNITS;
  return letter && (parser->reading & READING_UNITS);
}

static int take_exponent(struct parser *parser)
{
  const struct token *power = parser_token(parser, 0);
  if (power->kind != TOKEN_POWER)
    return 1;
  size_t at = 1;
  bool braced = parser_token(parser, at)->kind == TOKEN_OPEN;
  at += braced;
  bool minus = parser_token(parser, at)->kind == TOKEN_MINUS;
  at += minus;
  const struct token *number = parser_token(parser, at);
  if (number->kind != TOKEN_NUMBER || number->name.len != 1)
    return 1;
  parser->at += at + 1 + braced;
  return (minus ? -1 : 1) * (number->name.ptr[0] - '0');
}

/* "square", "cubic" in front of a unit, "squared" and "cubed" behind it; 0 = no. */
static int power_word(struct str word)
{
  if (str_equal_nocase(word, STR("square")) || str_equal_nocase(word, STR("squared")) ||
      str_equal_nocase(word, STR("sq")))
    return 2;
  if (str_equal_nocase(word, STR("cubic")) || str_equal_nocase(word, STR("cubed")) ||
      str_equal_nocase(word, STR("cu")))
    return 3;
  return 0;
}

struct unit_reader {
  struct unit unit, last;
  int next_power; /* of "square", else 1 */
  int sign;       /* -1 behind "per" or "/" */
};

static void read_unit_word(struct parser *parser, struct unit_reader *reader,
                           struct str word)
{
  int power = power_word(word);
  if (power && word.ptr[word.len - 1] == 'd') { /* squared: once or twice more */
    unit_multiply(&reader->unit, &reader->last, (power - 1) * reader->sign);
  } else if (power) {
    reader->next_power = power;
  } else if (str_equal_nocase(word, STR("per"))) {
    reader->sign = -1;
  } else {
    if (!unit_find(word, &reader->last))
      reader->last = UNIT_LABEL;
    power = take_exponent(parser) * reader->next_power * reader->sign;
    unit_multiply(&reader->unit, &reader->last, power);
    reader->unit.known = reader->unit.known && reader->last.known;
    reader->next_power = 1;
  }
}

/* "3 ft 6 in": a second number ends the unit of the first. */
static bool is_unit_token(struct parser *parser, const struct token *token, bool known)
{
  enum token_kind after = (enum token_kind)parser_token(parser, 1)->kind;
  switch ((enum token_kind)token->kind) {
  case TOKEN_WORD: return true;
  case TOKEN_CONSTANT: /* "a", "i" in a label */
  case TOKEN_FUNCTION:
  case TOKEN_SYMBOL: return token->text;
  case TOKEN_NUMBER: return token->text && !known;
  case TOKEN_DIVIDE:
  case TOKEN_TIMES: return after == TOKEN_WORD;
  default: return false;
  }
}

static const struct unit *read_units(struct parser *parser)
{
  struct unit_reader reader = { UNIT_ONE, UNIT_ONE, 1, 1 };
  for (;;) {
    const struct token *token = parser_token(parser, 0);
    if (!is_unit_token(parser, token, reader.unit.known))
      break;
    parser->at++;
    if (token->kind == TOKEN_WORD)
      read_unit_word(parser, &reader, token->name);
    else if (token->kind == TOKEN_DIVIDE)
      reader.sign = -1;
    else if (token->kind != TOKEN_TIMES)
      reader.unit.known = false;
  }
  if (reader.next_power != 1) /* "square units", "42 square" */
    reader.unit.known = false;
  struct unit *unit = arena_alloc(parser->forest.arena, sizeof *unit);
  *unit = reader.unit;
  return unit;
}

static struct node *quantity(struct parser *parser, struct node *value,
                             const struct unit *unit)
{
  struct node *node = node_unary(&parser->forest, NODE_QUANTITY, value);
  node->unit = unit;
  return node;
}

static struct node *hour_of_day(struct parser *parser, const struct node *value, bool pm)
{
  if (!node_is_integer_literal(value) || value->number.small < 1 ||
      value->number.small > 12)
    return NULL;
  parser->at++;
  struct node *time = node_new(&parser->forest, NODE_TIME, 0);
  time->columns = (int32_t)(value->number.small % 12 + (pm ? 12 : 0)) * 60;
  time->what = 2; /* only the hour was given */
  return time;
}

static struct node *in_currency(struct parser *parser, struct node *value,
                                struct str name)
{
  struct unit *unit = arena_alloc(parser->forest.arena, sizeof *unit);
  if (!unit_find(name, unit))
    *unit = UNIT_LABEL;
  return quantity(parser, value, unit);
}

/* "3 ft 6 in", "2 hours 20 minutes": the sum, in base units. */
static struct node *compound(struct parser *parser, struct node *first)
{
  struct node *second = NULL;
  bool another = first->unit->known && parser_token(parser, 0)->kind == TOKEN_NUMBER &&
                 parser_token(parser, 1)->kind == TOKEN_WORD;
  struct node *number = another ? parse_primary(parser) : NULL;
  if (number)
    second = quantity(parser, number, read_units(parser));
  if (!second)
    return first;
  if (!second->unit->known || !unit_same_dimension(first->unit, second->unit))
    return NULL;
  struct unit *base = arena_alloc(parser->forest.arena, sizeof *base);
  *base = *first->unit;
  base->numerator = base->denominator = 1;
  struct forest *forest = &parser->forest;
  struct node *sum = node_binary(forest, NODE_ADD, unit_scaled(forest, first),
                                 unit_scaled(forest, second));
  return quantity(parser, sum, base);
}

struct node *parse_unit(struct parser *parser, struct node *value)
{
  const struct token *token = parser_token(parser, 0);
  bool expression = node_is_expression(value);
  if (expression && token->kind == TOKEN_WORD &&
      (str_equal(token->name, STR("am")) || str_equal(token->name, STR("pm"))))
    return hour_of_day(parser, value, token->name.ptr[0] == 'p');
  const char *currency = parser->currency;
  if (expression && token->kind == TOKEN_CURRENCY) {
    currency = token->name.ptr;
    parser->at++;
    token = parser_token(parser, 0);
  }
  if (expression && value->kind == NODE_DEGREE && token->kind == TOKEN_WORD) {
    read_units(parser); /* degrees Celsius: the scale is a label */
    return value;
  }
  /* "million" is a number, not a unit */
  while (expression && token->kind == TOKEN_WORD &&
         (str_equal(token->name, STR("million")) ||
          str_equal(token->name, STR("thousand")) ||
          str_equal(token->name, STR("billion")))) {
    int64_t scale = token->name.ptr[0] == 'm'   ? 1000000
                    : token->name.ptr[0] == 't' ? 1000
                                                : 1000000000;
    value = node_binary(&parser->forest, NODE_MULTIPLY, value,
                        node_integer(&parser->forest, scale));
    parser->at++;
    token = parser_token(parser, 0);
  }
  if (expression && currency) {
    if (token->kind == TOKEN_WORD)
      read_units(parser);
    return in_currency(parser, value, str_from(currency));
  }
  bool word = token->kind == TOKEN_WORD && token->what == 0;
  if (!expression || !word)
    return value;
  return compound(parser, quantity(parser, value, read_units(parser)));
}
