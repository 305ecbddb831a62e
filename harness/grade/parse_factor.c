/* parse_factor.c - one factor: a primary with its scripts, powers and postfix signs. */
#include "grade/parse.h"

#include "grade/limits.h"
#include "grade/numeral.h"

bool starts_factor(struct parser *parser)
{
  const struct token *token = parser_token(parser, 0);
  switch ((enum token_kind)token->kind) {
  case TOKEN_NUMBER:
  case TOKEN_WORD:
  case TOKEN_SYMBOL:
  case TOKEN_CONSTANT:
  case TOKEN_OPEN:
  case TOKEN_FRACTION:
  case TOKEN_ROOT:
  case TOKEN_BIG:
  case TOKEN_ACCENT:
  case TOKEN_FLOOR:
  case TOKEN_BEGIN: return true;
  case TOKEN_BINOMIAL: return token->what == 0;
  case TOKEN_FUNCTION: return token->what != FUNCTION_MOD;
  case TOKEN_BAR: return parser->bars == 0 && !parser->builder;
  default: return false;
  }
}

/* ---- names ---- */

struct str parser_name(struct parser *parser, size_t from, size_t to)
{
  static const struct str styles[] = { { "\\mathrm", 7 }, { "\\text", 5 },
                                       { "\\rm", 3 },     { "\\mathbf", 7 },
                                       { "\\mathit", 7 }, { "\\textbf", 7 },
                                       { "\\left", 5 },   { "\\right", 6 },
                                       { "\\,", 2 } };
  char *name = arena_alloc(parser->forest.arena, to - from + 1);
  size_t len = 0;
  for (size_t i = from; i < to;) {
    size_t skip = 0;
    for (size_t k = 0; k < COUNT(styles) && !skip; k++)
      if (str_starts(str_slice(parser->text, i, to), styles[k]))
        skip = styles[k].len;
    char c = parser->text.ptr[i];
    if (!skip && c != '{' && c != '}' && c != ' ' && c != '$')
      name[len++] = c;
    i += skip ? skip : 1;
  }
  return (struct str){ name, len };
}

/* Moves behind a group or one token; its source is the name. False: neither is there. */
static bool take_script(struct parser *parser, struct str *name)
{
  const struct token *first = parser_token(parser, 0);
  int depth = 0;
  size_t end = first->from;
  do {
    const struct token *token = parser_token(parser, 0);
    if (token->kind == TOKEN_END)
      return false;
    depth += token->kind == TOKEN_OPEN && token->what == 'B';
    depth -= token->kind == TOKEN_CLOSE && token->what == 'B';
    end = token->to;
    parser->at++;
  } while (depth > 0);
  *name = parser_name(parser, first->from, end);
  return depth == 0 && name->len > 0;
}

static struct str with_suffix(struct parser *parser, struct str name, const char *joint,
                              struct str suffix)
{
  return arena_printf(parser->forest.arena, "%.*s%s%.*s", STR_ARG(name), joint,
                      STR_ARG(suffix));
}

/* ---- primaries ---- */

static bool is_call_name(struct str name)
{
  return name.len == 1 && strchr("fghFGHPQ", name.ptr[0]) != NULL;
}

/* Is there a comma before the bracket that opens here closes? */
static bool bracket_has_comma(struct parser *parser)
{
  int depth = 0;
  for (size_t i = 0;; i++) {
    const struct token *token = parser_token(parser, i);
    parser->budget->ticks--;
    if (token->kind == TOKEN_END || (token->kind == TOKEN_COMMA && depth == 1))
      return token->kind == TOKEN_COMMA;
    depth += token->kind == TOKEN_OPEN;
    if (token->kind == TOKEN_CLOSE && --depth == 0)
      return false;
  }
}

static struct node *parse_call(struct parser *parser, struct str name)
{
  struct items arguments;
  if (!parser_take(parser, TOKEN_OPEN, '(') || !parse_items(parser, &arguments) ||
      !parser_take(parser, TOKEN_CLOSE, '('))
    return NULL;
  struct node *call = node_new(&parser->forest, NODE_CALL, arguments.count);
  call->name = name;
  for (size_t i = 0; i < arguments.count; i++)
    call->children[i] = arguments.at[i];
  return structure_of_call(parser, call);
}

/* "f^{\prime}", "f^\prime": a prime behind a name; how many, 0 = none. */
static int take_raised_primes(struct parser *parser)
{
  size_t at = 1, primes = 0;
  bool braced = parser_token(parser, at)->kind == TOKEN_OPEN &&
                parser_token(parser, at)->what == 'B';
  at += braced;
  while (parser_token(parser, at + primes)->kind == TOKEN_PRIME)
    primes++;
  if (primes == 0 || parser_token(parser, 0)->kind != TOKEN_POWER ||
      (braced && parser_token(parser, at + primes)->kind != TOKEN_CLOSE))
    return 0;
  parser->at += at + primes + braced;
  return (int)primes;
}

/* "f^{-1}(": the inverse of a function. */
static bool take_inverse(struct parser *parser)
{
  static const uint8_t kinds[] = { TOKEN_POWER,  TOKEN_OPEN,  TOKEN_MINUS,
                                   TOKEN_NUMBER, TOKEN_CLOSE, TOKEN_OPEN };
  for (size_t i = 0; i < COUNT(kinds); i++)
    if (parser_token(parser, i)->kind != kinds[i])
      return false;
  if (!str_equal(parser_token(parser, 3)->name, STR("1")) ||
      parser_token(parser, 5)->what != '(')
    return false;
  parser->at += 5;
  return true;
}

/* Subscripts and primes belong to the name. */
static struct node *complete_name(struct parser *parser, struct str name)
{
  struct str script;
  for (;;) {
    int primes = take_raised_primes(parser);
    if (primes || parser_take(parser, TOKEN_PRIME, -1)) {
      do
        name = with_suffix(parser, name, "'", STR(""));
      while (--primes > 0);
    } else if (parser_take(parser, TOKEN_SUBSCRIPT, -1)) {
      if (!take_script(parser, &script))
        return NULL;
      name = with_suffix(parser, name, "_", script);
    } else {
      break;
    }
  }
  if (is_call_name((struct str){ name.ptr, 1 }) && take_inverse(parser))
    name = with_suffix(parser, name, "^-1", STR(""));
  const struct token *next = parser_token(parser, 0);
  bool bracket = next->kind == TOKEN_OPEN && next->what == '(';
  bool word = name.len >= 4 && char_is_alpha(name.ptr[1]);
  if (bracket &&
      (is_call_name((struct str){ name.ptr, 1 }) || word || bracket_has_comma(parser)))
    return parse_call(parser, name);
  return node_symbol(&parser->forest, name);
}

/* A run of up to three letters is a product; its first letter is taken. */
static struct node *parse_word(struct parser *parser)
{
  struct token *token = parser_token(parser, 0);
  struct str name = token->name;
  bool call = parser_token(parser, 1)->kind == TOKEN_OPEN && bracket_has_comma(parser);
  bool whole = name.len == 1 || ((name.len >= 4 || call) && token->what == 0) ||
               (unsigned char)name.ptr[0] >= 0x80;
  if (whole) {
    parser->at++;
    return complete_name(parser, name);
  }
  token->name = str_slice(name, 1, name.len);
  token->from++;
  token->what = 1; /* the rest of a product: no unit */
  token->space = false;
  char letter = name.ptr[0];
  if (letter == 'e' || letter == 'i')
    return node_constant(&parser->forest, letter == 'e' ? CONSTANT_E : CONSTANT_I);
  return node_symbol(&parser->forest, (struct str){ name.ptr, 1 });
}

static struct node *parse_last_letter(struct parser *parser)
{
  const struct token *token = parser_token(parser, 0);
  char letter = token->name.ptr[0];
  if (token->what == 1 && token->name.len == 1 && (letter == 'e' || letter == 'i')) {
    parser->at++;
    return node_constant(&parser->forest, letter == 'e' ? CONSTANT_E : CONSTANT_I);
  }
  return parse_word(parser);
}

static struct node *parse_absolute(struct parser *parser)
{
  parser->at++;
  parser->bars++;
  struct node *inner = parse_item(parser);
  parser->bars--;
  if (!inner || !parser_take(parser, TOKEN_BAR, -1))
    return NULL;
  return node_function(&parser->forest, FUNCTION_ABS, inner, NULL);
}

static struct node *parse_number(struct parser *parser)
{
  struct node *node = numeral_node(&parser->forest, parser_token(parser, 0)->name);
  parser->at++;
  if (!node)
    parser->forest.failed = true;
  return node;
}

static struct node *parse_constant(struct parser *parser)
{
  const struct token *token = parser_token(parser, 0);
  const struct token *next = parser_token(parser, 1);
  bool interval = next->kind == TOKEN_OPEN && next->what == '(' &&
                  token->what == CONSTANT_INFINITY && str_equal(token->name, STR("oo"));
  parser->at++;
  if (interval)
    return parse_call(parser, token->name);
  if (token->what == CONSTANT_E && next->kind == TOKEN_SUBSCRIPT)
    return complete_name(parser, token->name);
  return node_constant(&parser->forest, (enum constant)token->what);
}

struct node *parse_primary(struct parser *parser)
{
  const struct token *token = parser_token(parser, 0);
  switch ((enum token_kind)token->kind) {
  case TOKEN_NUMBER: return parse_number(parser);
  case TOKEN_WORD: return parse_last_letter(parser);
  case TOKEN_SYMBOL: parser->at++; return complete_name(parser, token->name);
  case TOKEN_CONSTANT: return parse_constant(parser);
  case TOKEN_OPEN: return parse_bracket(parser);
  case TOKEN_FUNCTION: return parse_function(parser);
  case TOKEN_BAR: return parse_absolute(parser);
  case TOKEN_BEGIN: return parse_environment(parser);
  case TOKEN_ELLIPSIS: parser->at++; return node_symbol(&parser->forest, STR("..."));
  case TOKEN_CURRENCY:
    parser->currency = token->name.ptr;
    parser->at++;
    return parse_factor(parser);
  default: return parse_command(parser);
  }
}

/* ---- powers and postfix signs ---- */

/* "^\circ" with or without braces. */
static bool take_raised_degree(struct parser *parser)
{
  if (parser_token(parser, 0)->kind != TOKEN_POWER)
    return false;
  if (parser_token(parser, 1)->kind == TOKEN_DEGREE) {
    parser->at += 2;
    return true;
  }
  bool braced = parser_token(parser, 1)->kind == TOKEN_OPEN &&
                parser_token(parser, 2)->kind == TOKEN_DEGREE &&
                parser_token(parser, 3)->kind == TOKEN_CLOSE;
  if (braced)
    parser->at += 4;
  return braced;
}

static bool is_ordinal_suffix(struct str word)
{
  return str_equal(word, STR("st")) || str_equal(word, STR("nd")) ||
         str_equal(word, STR("rd")) || str_equal(word, STR("th"));
}

/* "5th", "5^{th}", "5^\text{th}" count as 5. */
static bool take_ordinal_suffix(struct parser *parser)
{
  size_t raised = parser_token(parser, 0)->kind == TOKEN_POWER;
  size_t braced = raised && parser_token(parser, 1)->kind == TOKEN_OPEN;
  const struct token *word = parser_token(parser, raised + braced);
  if (word->kind != TOKEN_WORD || !is_ordinal_suffix(word->name) ||
      (braced && parser_token(parser, 3)->kind != TOKEN_CLOSE))
    return false;
  parser->at += raised + 2 * braced + 1;
  return true;
}

static struct node *parse_exponent(struct parser *parser)
{
  bool minus = false;
  if (!parser_enter(parser))
    return NULL;
  for (;;) {
    if (parser_take(parser, TOKEN_MINUS, -1))
      minus = !minus;
    else if (!parser_take(parser, TOKEN_PLUS, -1))
      break;
  }
  struct node *exponent = parse_argument(parser, true);
  if (exponent && parser_take(parser, TOKEN_POWER, -1)) {
    struct node *next = parse_exponent(parser);
    exponent = next ? node_binary(&parser->forest, NODE_POWER, exponent, next) : NULL;
  }
  parser_leave(parser);
  return exponent && minus ? node_unary(&parser->forest, NODE_NEGATE, exponent)
                           : exponent;
}

static struct node *transposed(struct parser *parser, struct node *matrix)
{
  if (matrix->kind == NODE_BRACKETED)
    return matrix;
  int32_t columns = matrix->columns, rows = matrix->count / columns;
  struct node *node = node_new(&parser->forest, NODE_MATRIX, matrix->count);
  node->what = matrix->what;
  node->columns = rows;
  for (int32_t i = 0; i < rows; i++)
    for (int32_t j = 0; j < columns; j++)
      node->children[j * rows + i] = matrix->children[i * columns + j];
  return node;
}

static struct node *parse_power(struct parser *parser, struct node *base)
{
  const struct token *next = parser_token(parser, 0);
  bool structure = base->kind == NODE_MATRIX || base->kind == NODE_BRACKETED;
  if (structure && (next->kind == TOKEN_TRANSPOSE ||
                    (next->kind == TOKEN_WORD && str_equal(next->name, STR("T"))))) {
    parser->at++;
    return transposed(parser, base);
  }
  struct node *exponent = parse_exponent(parser);
  /* "v^2_0": the subscript belongs to the name below */
  struct str script;
  if (exponent && base->kind == NODE_SYMBOL && parser_take(parser, TOKEN_SUBSCRIPT, -1)) {
    if (!take_script(parser, &script))
      return NULL;
    base = node_symbol(&parser->forest, with_suffix(parser, base->name, "_", script));
  }
  if (!exponent || !node_is_expression(exponent) || !node_is_expression(base))
    return NULL;
  return node_binary(&parser->forest, NODE_POWER, base, exponent);
}

/* "2112_6", "2112_{six}" */
static struct node *parse_base(struct parser *parser, struct node *digits)
{
  static const char *const names[] = { "two", "three",  "four",  "five",
                                       "six", "seven",  "eight", "nine",
                                       "ten", "eleven", "twelve" };
  struct str script;
  if (!node_is_integer_literal(digits) || !take_script(parser, &script))
    return NULL;
  struct node *node = node_new(&parser->forest, NODE_BASE, 0);
  node->name = digits->number.digits;
  for (size_t i = 0; i < COUNT(names); i++)
    if (str_equal_nocase(script, str_from(names[i])))
      node->columns = (int32_t)i + 2;
  for (size_t i = 0; i < script.len && script.len <= 2; i++)
    if (char_is_digit(script.ptr[i]))
      node->columns = node->columns * 10 + (script.ptr[i] - '0');
  return node->columns >= 2 && node->columns <= 36 ? node : NULL;
}

static struct node *parse_factorial(struct parser *parser, struct node *base)
{
  bool twice = parser_take(parser, TOKEN_FACTORIAL, -1);
  return node_function(&parser->forest,
                       twice ? FUNCTION_DOUBLE_FACTORIAL : FUNCTION_FACTORIAL, base,
                       NULL);
}

/* One postfix sign; NULL and `*done` when there is none. */
static struct node *parse_postfix(struct parser *parser, struct node *base, bool *done)
{
  struct forest *forest = &parser->forest;
  if (parser_take(parser, TOKEN_FACTORIAL, -1))
    return parse_factorial(parser, base);
  if (parser_take(parser, TOKEN_PERCENT, -1))
    return node_unary(forest, NODE_PERCENT, base);
  if (take_raised_degree(parser) || parser_take(parser, TOKEN_DEGREE, -1))
    return base->kind == NODE_DEGREE ? base : node_unary(forest, NODE_DEGREE, base);
  if (base->kind == NODE_NUMBER && take_ordinal_suffix(parser))
    return base;
  if (base->kind == NODE_NUMBER && parser_take(parser, TOKEN_SUBSCRIPT, -1))
    return parse_base(parser, base);
  if (parser_take(parser, TOKEN_POWER, -1))
    return parse_power(parser, base);
  *done = true;
  return NULL;
}

struct node *parse_postfixes(struct parser *parser, struct node *factor)
{
  bool done = false;
  for (int n = 0; factor && n <= LIMIT_NESTING; n++) {
    struct node *wrapped = parse_postfix(parser, factor, &done);
    if (done)
      break;
    factor = n == LIMIT_NESTING ? NULL : wrapped;
  }
  return factor;
}

struct node *parse_factor(struct parser *parser)
{
  if (!parser_enter(parser))
    return NULL;
  struct node *factor = parse_postfixes(parser, parse_primary(parser));
  parser_leave(parser);
  if (factor && (factor->kind == NODE_LIST || factor->kind == NODE_TEXT))
    return NULL;
  return factor;
}
