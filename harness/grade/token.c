/* token.c - text to tokens, left to right, one pass. */
#include "grade/token.h"

#include "grade/limits.h"
#include "grade/numeral.h"
#include "grade/tree.h"
#include "grade/vocabulary.h"

enum brace { BRACE_GROUP, BRACE_TEXT };

struct lexer {
  struct arena *arena;
  struct str text;
  size_t at;
  struct tokens out;
  size_t capacity;
  unsigned reading;
  uint8_t braces[LIMIT_NESTING]; /* enum brace */
  int brace_depth;
  int text_depth;    /* how many of them are text */
  int bracket_depth; /* round, square and set brackets */
  int environments;
  bool text_wanted; /* the next group is text */
  bool space;
  bool currency; /* "$" is a currency, not a delimiter */
};

static char peek(const struct lexer *lexer, size_t ahead)
{
  size_t at = lexer->at + ahead;
  return at < lexer->text.len ? lexer->text.ptr[at] : '\0';
}

static struct str rest(const struct lexer *lexer)
{
  return str_slice(lexer->text, lexer->at, lexer->text.len);
}

static struct token *emit(struct lexer *lexer, enum token_kind kind, uint8_t what)
{
  if (lexer->out.count + 1 >= lexer->capacity) {
    lexer->out.over = true;
    return &lexer->out.at[lexer->out.count - 1];
  }
  struct token *token = &lexer->out.at[lexer->out.count++];
  *token = (struct token){ .kind = (uint8_t)kind,
                           .what = what,
                           .space = lexer->space,
                           .text = lexer->text_depth > 0,
                           .from = (uint32_t)lexer->at };
  lexer->space = false;
  if (kind == TOKEN_OPEN && what != 'B')
    lexer->bracket_depth++;
  if (kind == TOKEN_CLOSE && what != 'B')
    lexer->bracket_depth--;
  return token;
}

static const struct token *previous(const struct lexer *lexer)
{
  return lexer->out.count ? &lexer->out.at[lexer->out.count - 1] : NULL;
}

/* Emits one token for the next `len` bytes and keeps them as its name. */
static void emit_name(struct lexer *lexer, enum token_kind kind, uint8_t what, size_t len)
{
  emit(lexer, kind, what)->name = str_slice(lexer->text, lexer->at, lexer->at + len);
  lexer->at += len;
}

static void emit_char(struct lexer *lexer, enum token_kind kind, uint8_t what, size_t len)
{
  emit(lexer, kind, what);
  lexer->at += len;
}

/* ---- braces ---- */

static void open_brace(struct lexer *lexer)
{
  bool text = lexer->text_wanted;
  lexer->text_wanted = false;
  lexer->at++;
  if (lexer->brace_depth == LIMIT_NESTING) {
    lexer->out.over = true;
    return;
  }
  lexer->braces[lexer->brace_depth++] = text ? BRACE_TEXT : BRACE_GROUP;
  if (text) {
    lexer->text_depth++;
    lexer->space = true;
  } else {
    emit(lexer, TOKEN_OPEN, 'B');
  }
}

static void close_brace(struct lexer *lexer)
{
  lexer->at++;
  if (lexer->brace_depth && lexer->braces[--lexer->brace_depth] == BRACE_TEXT) {
    lexer->text_depth--;
    lexer->space = true;
  } else {
    emit(lexer, TOKEN_CLOSE, 'B');
  }
}

/* The bytes of the group that begins here, without its braces; moves behind it. */
static struct str take_group(struct lexer *lexer)
{
  while (char_is_space(peek(lexer, 0)))
    lexer->at++;
  if (peek(lexer, 0) != '{')
    return STR_NONE;
  ptrdiff_t end = str_find_char(rest(lexer), '}');
  if (end < 0)
    return STR_NONE;
  struct str group = str_slice(lexer->text, lexer->at + 1, lexer->at + (size_t)end);
  lexer->at += (size_t)end + 1;
  return str_trim(group);
}

/* ---- words ---- */

static bool is_letter(char c)
{
  return char_is_alpha(c) || (unsigned char)c >= 0x80;
}

static size_t letters_at(struct str text, size_t at)
{
  size_t end = at;
  while (end < text.len && is_letter(text.ptr[end]))
    end++;
  return end - at;
}

/* "a.m.", "PM": emitted as the words "am" and "pm". */
static bool take_half_day(struct lexer *lexer)
{
  char half = char_lower(peek(lexer, 0));
  size_t m = peek(lexer, 1) == '.' ? 2 : 1;
  if ((half != 'a' && half != 'p') || char_lower(peek(lexer, m)) != 'm' ||
      is_letter(peek(lexer, m + 1)))
    return false;
  const struct token *before = previous(lexer);
  if (!before || before->kind != TOKEN_NUMBER)
    return false;
  emit(lexer, TOKEN_WORD, 0)->name = half == 'a' ? STR("am") : STR("pm");
  lexer->at += m + 1 + (m == 2 && peek(lexer, m + 1) == '.');
  return true;
}

static char next_visible(const struct lexer *lexer, size_t ahead)
{
  while (char_is_space(peek(lexer, ahead)))
    ahead++;
  return peek(lexer, ahead);
}

/* "min" and "sec" are functions only before their bracket, else units of time. */
static bool is_unit_of_time(const struct lexer *lexer, struct str run)
{
  char next = next_visible(lexer, run.len);
  return (str_equal(run, STR("min")) || str_equal(run, STR("sec"))) && next != '(' &&
         next != '{';
}

/* "cup" joins sets behind a bracket; elsewhere it holds a quarter of a litre. */
static bool is_cooking(const struct lexer *lexer, const struct word *word)
{
  const struct token *before = previous(lexer);
  return word->kind == TOKEN_SET_OPERATOR &&
         (lexer->text_depth || !before || before->kind != TOKEN_CLOSE);
}

/* "x" between a number and a power of ten is a cross. */
static bool is_cross(const struct lexer *lexer, struct str run)
{
  const struct token *before = previous(lexer);
  struct str after = str_trim(str_slice(rest(lexer), run.len, lexer->text.len));
  return run.len == 1 && (run.ptr[0] == 'x' || run.ptr[0] == 'X') && before &&
         before->kind == TOKEN_NUMBER && str_starts(after, STR("10^"));
}

/* "sinx": the function's name with the letter of its argument stuck to it; 0 = no. */
static size_t stuck_function(struct str run)
{
  if (run.len < 3 || run.len > 5)
    return 0;
  const struct word *word = word_find(str_slice(run, 0, run.len - 1), SPELLED_PLAIN);
  bool simple = word && word->kind == TOKEN_FUNCTION &&
                (word->what <= FUNCTION_CSC || word->what == FUNCTION_LN ||
                 word->what == FUNCTION_LOG);
  return simple ? run.len - 1 : 0;
}

static void lex_letters(struct lexer *lexer)
{
  if (take_half_day(lexer))
    return;
  size_t len = letters_at(lexer->text, lexer->at);
  struct str run = str_slice(lexer->text, lexer->at, lexer->at + len);
  if (is_cross(lexer, run)) {
    emit_char(lexer, TOKEN_TIMES, 0, 1);
    return;
  }
  const struct word *word = word_find(run, SPELLED_PLAIN);
  if (word && !is_unit_of_time(lexer, run) && !is_cooking(lexer, word)) {
    emit_name(lexer, (enum token_kind)word->kind, word->what, len);
    return;
  }
  size_t function = lexer->text_depth ? 0 : stuck_function(run);
  if (function) {
    word = word_find(str_slice(run, 0, function), SPELLED_PLAIN);
    emit_name(lexer, TOKEN_FUNCTION, word->what, function);
    return;
  }
  /* a stray "O(n)" aside, one letter is a variable, e and i are constants */
  if (len == 1 && (run.ptr[0] == 'e' || run.ptr[0] == 'i'))
    emit_name(lexer, TOKEN_CONSTANT, run.ptr[0] == 'e' ? CONSTANT_E : CONSTANT_I, 1);
  else
    emit_name(lexer, TOKEN_WORD, 0, len);
}

/* ---- commands ---- */

static void lex_blackboard(struct lexer *lexer)
{
  while (peek(lexer, 0) == '{' || char_is_space(peek(lexer, 0)))
    lexer->at++;
  char name[] = { 'm', 'a', 't', 'h', 'b', 'b', peek(lexer, 0) };
  const struct word *word = word_find((struct str){ name, sizeof name }, SPELLED_COMMAND);
  if (word)
    emit_char(lexer, TOKEN_CONSTANT, word->what, 1);
  else
    emit_char(lexer, TOKEN_OTHER, 0, 1);
  if (peek(lexer, 0) == '}')
    lexer->at++;
}

static void lex_environment(struct lexer *lexer, bool begin)
{
  struct str name = take_group(lexer);
  if (!begin) {
    lexer->environments--;
    emit(lexer, TOKEN_FINISH, 0);
    return;
  }
  lexer->environments++;
  emit(lexer, TOKEN_BEGIN, 0)->name = str_present(name) ? name : STR("");
  if (str_equal(name, STR("array")) || str_equal(name, STR("tabular")))
    take_group(lexer); /* the column specification */
}

static void lex_known_command(struct lexer *lexer, const struct word *word,
                              struct str name)
{
  switch ((enum treatment)word->treatment) {
  case TREAT_TOKEN:
    emit(lexer, (enum token_kind)word->kind, word->what)->name =
        word->kind != TOKEN_CURRENCY ? name
        : word->what == 'E'          ? STR("EUR")
                                     : STR("GBP");
    break;
  case TREAT_SPACE: lexer->space = true; break;
  case TREAT_TEXT: lexer->text_wanted = true; break;
  case TREAT_SKIP: take_group(lexer); break;
  case TREAT_IGNORE: break;
  }
}

static void lex_named_command(struct lexer *lexer)
{
  size_t len = letters_at(lexer->text, lexer->at);
  struct str name = str_slice(lexer->text, lexer->at, lexer->at + len);
  const struct word *word = word_find(name, SPELLED_COMMAND);
  if (str_equal(name, STR("mathbb")) || str_equal(name, STR("Bbb"))) {
    lexer->at += len;
    lex_blackboard(lexer);
  } else if (str_equal(name, STR("begin")) || str_equal(name, STR("end"))) {
    lexer->at += len;
    lex_environment(lexer, len == 5);
  } else if (word || (word = word_find_prefix(name))) {
    struct str known = str_slice(name, 0, strlen(word->name));
    lexer->at += known.len;
    lex_known_command(lexer, word, known);
  } else {
    /* unknown: its letters, as an operator's name would be set */
    word = word_find(name, SPELLED_PLAIN);
    emit_name(lexer, word ? (enum token_kind)word->kind : TOKEN_WORD,
              word ? word->what : 0, len);
  }
  if (lexer->text_wanted && next_visible(lexer, 0) != '{')
    lexer->text_wanted = false;
}

static void lex_command(struct lexer *lexer)
{
  char next = peek(lexer, 1);
  lexer->at++;
  if (is_letter(next)) {
    lex_named_command(lexer);
    return;
  }
  switch (next) {
  case '\\': /* a row, or a command whose backslash was escaped once too often */
    if (lexer->environments > 0)
      emit_char(lexer, TOKEN_ROW, 0, 1);
    else if (!is_letter(peek(lexer, 1)))
      lexer->at++;
    lexer->space = true;
    return;
  case '%': emit_char(lexer, TOKEN_PERCENT, 0, 1); return;
  case '$':
    emit(lexer, TOKEN_CURRENCY, 0)->name = STR("dollar");
    lexer->at++;
    return;
  case '{': emit_char(lexer, TOKEN_OPEN, '{', 1); return;
  case '}': emit_char(lexer, TOKEN_CLOSE, '{', 1); return;
  case '|': emit_char(lexer, TOKEN_BAR, 0, 1); return;
  case '_': emit_char(lexer, TOKEN_SUBSCRIPT, 0, 1); return;
  case '&': emit_char(lexer, TOKEN_AND, 0, 1); return;
  default: /* spacing, "\(" and the like */
    lexer->space = lexer->space || next == ' ';
    lexer->at += next != '\0';
  }
}

/* ---- single characters ---- */

/* "%pi", "%e", "%i" are constants of calculators, "%or" and "%union" their operators. */
static void lex_percent(struct lexer *lexer)
{
  size_t len = letters_at(lexer->text, lexer->at + 1);
  struct str name = str_slice(lexer->text, lexer->at + 1, lexer->at + 1 + len);
  lexer->at++;
  if (str_equal(name, STR("pi")))
    emit_char(lexer, TOKEN_CONSTANT, CONSTANT_PI, len);
  else if (str_equal(name, STR("e")) || str_equal(name, STR("i")))
    emit_char(lexer, TOKEN_CONSTANT, name.ptr[0] == 'e' ? CONSTANT_E : CONSTANT_I, len);
  else if (!str_equal(name, STR("or")) && !str_equal(name, STR("and")) &&
           !str_equal(name, STR("union")))
    emit(lexer, TOKEN_PERCENT, 0);
}

static void lex_point(struct lexer *lexer)
{
  char next = next_visible(lexer, 1);
  if (str_starts(rest(lexer), STR("...")))
    emit_char(lexer, TOKEN_ELLIPSIS, 0, 3);
  else if (next == '\0' || next == '}' || next == '$' || lexer->text_depth)
    lexer->at++; /* the end of a sentence or an abbreviation */
  else
    emit_char(lexer, TOKEN_OTHER, 0, 1);
}

static void lex_relation(struct lexer *lexer)
{
  static const struct {
    struct str spelling;
    enum token_kind kind;
    uint8_t what;
  } relations[] = {
    { { "<=>", 3 }, TOKEN_OTHER, 0 },
    { { "<=", 2 }, TOKEN_RELATION, RELATION_LESS_EQUAL },
    { { "=<", 2 }, TOKEN_RELATION, RELATION_LESS_EQUAL },
    { { ">=", 2 }, TOKEN_RELATION, RELATION_GREATER_EQUAL },
    { { "=>", 2 }, TOKEN_RELATION, RELATION_ARROW },
    { { "<>", 2 }, TOKEN_RELATION, RELATION_NOT_EQUAL },
    { { "!=", 2 }, TOKEN_RELATION, RELATION_NOT_EQUAL },
    { { ":=", 2 }, TOKEN_RELATION, RELATION_EQUAL },
    { { "==", 2 }, TOKEN_RELATION, RELATION_EQUAL },
    { { "->", 2 }, TOKEN_RELATION, RELATION_ARROW },
    { { "+/-", 3 }, TOKEN_PLUSMINUS, 0 },
    { { "**", 2 }, TOKEN_POWER, 0 },
    { { "=", 1 }, TOKEN_RELATION, RELATION_EQUAL },
    { { "<", 1 }, TOKEN_RELATION, RELATION_LESS },
    { { ">", 1 }, TOKEN_RELATION, RELATION_GREATER },
    { { "#", 1 }, TOKEN_RELATION, RELATION_NOT_EQUAL },
    { { "!", 1 }, TOKEN_FACTORIAL, 0 },
    { { ":", 1 }, TOKEN_COLON, 0 },
    { { "+", 1 }, TOKEN_PLUS, 0 },
    { { "-", 1 }, TOKEN_MINUS, 0 },
    { { "*", 1 }, TOKEN_TIMES, 0 },
    { { "/", 1 }, TOKEN_DIVIDE, 0 },
    { { "^", 1 }, TOKEN_POWER, 0 },
    { { "_", 1 }, TOKEN_SUBSCRIPT, 0 },
    { { "|", 1 }, TOKEN_BAR, 0 },
    { { "'", 1 }, TOKEN_PRIME, 0 },
    { { ",", 1 }, TOKEN_COMMA, ',' },
    { { ";", 1 }, TOKEN_COMMA, ';' },
    { { "(", 1 }, TOKEN_OPEN, '(' },
    { { ")", 1 }, TOKEN_CLOSE, '(' },
    { { "[", 1 }, TOKEN_OPEN, '[' },
    { { "]", 1 }, TOKEN_CLOSE, '[' },
  };
  for (size_t i = 0; i < COUNT(relations); i++)
    if (str_starts(rest(lexer), relations[i].spelling)) {
      emit_char(lexer, relations[i].kind, relations[i].what, relations[i].spelling.len);
      return;
    }
  emit_char(lexer, TOKEN_OTHER, 0, 1);
}

static void lex_dollar(struct lexer *lexer)
{
  if (lexer->currency)
    emit(lexer, TOKEN_CURRENCY, 0)->name = STR("dollar");
  lexer->space = true;
  lexer->at++;
}

static void lex_one(struct lexer *lexer)
{
  char c = peek(lexer, 0);
  if (char_is_digit(c) || (c == '.' && char_is_digit(peek(lexer, 1)))) {
    size_t len = numeral_extent(lexer->text, lexer->at, lexer->reading,
                                lexer->bracket_depth > 0, &lexer->out.ambiguous);
    emit_name(lexer, TOKEN_NUMBER, 0, len);
    return;
  }
  if (is_letter(c)) {
    lex_letters(lexer);
    return;
  }
  if (char_is_space(c) || c == '~' || c == '"' || c == '`') {
    lexer->space = true;
    lexer->at++;
    return;
  }
  switch (c) {
  case '\\': lex_command(lexer); return;
  case '{': open_brace(lexer); return;
  case '}': close_brace(lexer); return;
  case '$': lex_dollar(lexer); return;
  case '%': lex_percent(lexer); return;
  case '.': lex_point(lexer); return;
  case '&':
    emit_char(lexer, lexer->environments > 0 ? TOKEN_CELL : TOKEN_AND, 0, 1);
    return;
  default: lex_relation(lexer);
  }
}

/* "$5" and "1,000.99$" are money; "$x$ or $y$" are delimiters. */
static bool dollars_are_currency(struct str text)
{
  size_t dollars = 0, before_digit = 0;
  for (size_t i = 0; i < text.len; i++) {
    if (text.ptr[i] != '$' || (i > 0 && text.ptr[i - 1] == '\\'))
      continue;
    dollars++;
    before_digit += i + 1 < text.len && char_is_digit(text.ptr[i + 1]);
  }
  return dollars % 2 == 1 || (dollars && before_digit == dollars);
}

struct tokens tokens_of(struct arena *arena, struct str text, unsigned reading,
                        struct budget *budget)
{
  struct lexer lexer = { .arena = arena, .text = text, .reading = reading };
  lexer.capacity = text.len + 2;
  lexer.out.at = ARENA_NEW(arena, struct token, lexer.capacity);
  lexer.currency = dollars_are_currency(text);
  while (lexer.at < text.len && !lexer.out.over) {
    size_t before = lexer.out.count;
    lex_one(&lexer);
    if (lexer.out.count > before)
      lexer.out.at[lexer.out.count - 1].to = (uint32_t)lexer.at;
  }
  budget->ticks -= (int64_t)text.len * 4;
  lexer.out.count += 1; /* the zeroed end */
  return lexer.out;
}
