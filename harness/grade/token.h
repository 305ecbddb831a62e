/* token.h - LaTeX, plain text and calculator spellings as one stream of tokens.
 *
 * For: the parser. The lexer knows no grammar; it knows that "\dfrac" and "\frac" are one
 * thing, that "14{,}400" is one number, and that \text{} only changes how letters are
 * read. Tokens point into the text. At most one token a byte, so the cap on the text
 * bounds all.
 */
#ifndef OREO_GRADE_TOKEN_H
#define OREO_GRADE_TOKEN_H

#include "base/arena.h"
#include "grade/answer.h"

enum token_kind {
  TOKEN_END,
  TOKEN_NUMBER,   /* name: as written, separators included */
  TOKEN_WORD,     /* name: a run of letters with no meaning of its own */
  TOKEN_SYMBOL,   /* name: name of a Greek letter or the like */
  TOKEN_CONSTANT, /* what: enum constant */
  TOKEN_FUNCTION, /* what: enum function */
  TOKEN_OPEN,  /* what: the character: ( [ { <; 'B' is a LaTeX group brace, "\{" is { */
  TOKEN_CLOSE, /* what: as of its opening partner; ')' for TOKEN_OPEN '(' and so on */
  TOKEN_PLUS,
  TOKEN_MINUS,
  TOKEN_PLUSMINUS, /* what: 1 for "-+" */
  TOKEN_TIMES,
  TOKEN_DIVIDE,
  TOKEN_POWER,
  TOKEN_SUBSCRIPT,
  TOKEN_COMMA, /* also a semicolon */
  TOKEN_AND,
  TOKEN_OR,
  TOKEN_COLON,
  TOKEN_RELATION, /* what: enum relation */
  TOKEN_NOT,
  TOKEN_SET_OPERATOR, /* what: enum set_operator */
  TOKEN_BAR,
  TOKEN_FACTORIAL,
  TOKEN_PRIME,
  TOKEN_PERCENT,
  TOKEN_DEGREE,
  TOKEN_CURRENCY, /* name: name of the unit */
  TOKEN_FRACTION,
  TOKEN_OVER,
  TOKEN_ROOT,
  TOKEN_BINOMIAL, /* what: 1 for \choose */
  TOKEN_BEGIN,    /* name: name of the environment */
  TOKEN_FINISH,   /* \end{...} */
  TOKEN_CELL,     /* & */
  TOKEN_ROW,      /* \\ inside an environment */
  TOKEN_BIG,      /* what: enum big_operator */
  TOKEN_ACCENT,   /* name: "overline", "vec": goes into the name of what follows */
  TOKEN_FLOOR,    /* what: FUNCTION_FLOOR or FUNCTION_CEIL; opens */
  TOKEN_FLOOR_END,
  TOKEN_ELLIPSIS,
  TOKEN_TRANSPOSE,
  TOKEN_OTHER, /* anything unknown: no expression contains it */
};

struct token {
  uint8_t kind;
  uint8_t what;
  bool space;        /* white space before it */
  bool text;         /* inside \text{} and the like */
  uint32_t from, to; /* where it stands, bytes */
  struct str name;   /* see the kind */
};

/* How to read what can be read in two ways: bits. */
enum reading {
  READING_LIST_COMMAS = 1, /* "1,234" is a list of two */
  READING_TIGHT = 2,       /* "1/2x" is 1/(2x) */
  READING_UNITS = 4,       /* "5 m" is a length, not a product */
  READING_THOUSANDS = 8,   /* "(1,234)" is a number */
};

struct tokens {
  struct token *at;
  size_t count;       /* with the final TOKEN_END */
  unsigned ambiguous; /* readings that could differ from the one taken */
  bool over;          /* nested too deep */
};

/* Never fails: what is unknown becomes TOKEN_OTHER. */
struct tokens tokens_of(struct arena *arena, struct str text, unsigned reading,
                        struct budget *budget);

#endif
