/* parse.h - tokens to tree: a recursive descent, split by noun over parse_*.c.
 *
 *   list     item { "," item }           also "and", "or", ";"
 *   item     sets { relation sets }      a = b = c, a < x <= b, x in S
 *   sets     quantity { union quantity }
 *   quantity ratio [unit words]
 *   ratio    sum { ":" sum }
 *   sum      [sign] term { sign term }
 *   term     factor { ("*" | "/" | nothing) factor }
 *   factor   primary { "!" | "%" | degree | subscript | power }
 *
 * Every function returns NULL when what stands there is not in the grammar; the caller
 * gives up at once, for there is no backtracking. Depth is bounded by parser_enter.
 */
#ifndef OREO_GRADE_PARSE_H
#define OREO_GRADE_PARSE_H

#include "grade/token.h"
#include "grade/tree.h"

struct parser {
  struct forest forest;
  struct budget *budget;
  struct str text;
  struct tokens tokens;
  size_t at;
  int depth;
  int bars;     /* open "|" */
  bool builder; /* inside \{ \}: a bar or colon ends the element */
  unsigned reading;
  const char *currency; /* a currency sign stood before the item's number */
};

/* Elements collected while their number is unknown. */
struct items {
  struct node **at;
  size_t count, capacity;
  enum joiner joiner;
  bool trailing_comma;
};

/* The whole text as one tree, or NULL. `*over` when a cap or the budget was the cause;
 * `*ambiguous` gets the readings that may differ from this one. */
struct node *parse_text(struct arena *arena, struct str text, unsigned reading,
                        struct budget *budget, bool *over, unsigned *ambiguous);

/* ---- between the parts of the parser ---- */

bool parser_enter(struct parser *parser);
void parser_leave(struct parser *parser);
struct token *parser_token(struct parser *parser, size_t ahead);
/* Moves on when the next token is of that kind (and of that `what`, unless -1). */
bool parser_take(struct parser *parser, enum token_kind kind, int what);
bool items_add(struct parser *parser, struct items *items, struct node *node);
/* An n-ary node of what was collected; the one element itself when there is only one. */
struct node *items_node(struct parser *parser, enum node_kind kind,
                        const struct items *items);

bool items_expand_signs(struct parser *parser, struct items *items);

bool parse_items(struct parser *parser, struct items *items);
struct node *parse_item(struct parser *parser);
struct node *parse_sum(struct parser *parser);
struct node *parse_term(struct parser *parser);
struct node *parse_factor(struct parser *parser);
struct node *parse_primary(struct parser *parser);
/* Wraps what was read in the signs that follow it: "!", "%", degrees, powers. */
struct node *parse_postfixes(struct parser *parser, struct node *factor);
bool starts_factor(struct parser *parser);

struct node *parse_bracket(struct parser *parser);
/* One argument of \frac and the like: a group, a single digit, letter or command. */
struct node *parse_argument(struct parser *parser, bool whole_number);
struct node *parse_function(struct parser *parser);
struct node *parse_command(struct parser *parser);
struct node *parse_environment(struct parser *parser);
/* CALL nodes that spell a structure: matrix([..]), oo(a,b); others come back as given. */
struct node *structure_of_call(struct parser *parser, struct node *call);
/* The source between two bytes as a name: without braces, blanks and styles. */
struct str parser_name(struct parser *parser, size_t from, size_t to);

/* Would the word here be a unit or label behind what was read? */
bool stops_for_unit(struct parser *parser, const struct node *before, bool numeric);
/* Wraps `value` in the units that follow it, if any. */
struct node *parse_unit(struct parser *parser, struct node *value);

#endif
