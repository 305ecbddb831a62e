/* vocabulary.h - what each LaTeX command, plain word and non-ASCII character means.
 *
 * Tables only. A word may be known as a command ("\pi"), in plain text ("pi") or as both.
 */
#ifndef OREO_GRADE_VOCABULARY_H
#define OREO_GRADE_VOCABULARY_H

#include "grade/token.h"

enum spelling {
  SPELLED_COMMAND = 1,
  SPELLED_PLAIN = 2,
  SPELLED_BOTH = 3,
};

/* How the lexer treats a command that is no token of its own. */
enum treatment {
  TREAT_TOKEN,  /* it is a token */
  TREAT_IGNORE, /* spacing and styles: nothing */
  TREAT_SPACE,  /* a space */
  TREAT_TEXT,   /* its group is plain text */
  TREAT_SKIP,   /* it and its group mean nothing: \hspace{1cm}, \phantom{x} */
};

struct word {
  const char *name;
  uint8_t spelling;  /* enum spelling */
  uint8_t treatment; /* enum treatment */
  uint8_t kind;      /* enum token_kind */
  uint8_t what;
};

/* NULL for an unknown one. Exact spelling. */
const struct word *word_find(struct str name, enum spelling spelling);
/* The longest command that `name` begins with ("pmy": "pm"), or NULL. */
const struct word *word_find_prefix(struct str name);
size_t word_count(void);
const struct word *word_at(size_t index);

/* The text with every non-ASCII character that has a meaning written in ASCII or LaTeX
 * ("−" as "-", "½" as "\frac12 "); letters of other alphabets stay. */
struct str ascii_of(struct arena *arena, struct str text);

#endif
