/* extract.h - where in a full response is the answer? The cascade of `robust`.
 *
 * For: proposing candidates one after another, best rule first; the caller (robust.c)
 * takes the first that fits the gold. Not for: judging them. The rules and their order
 * are tables in extract.c, one for golds that are numbers, one for choices, one for the
 * rest; each noun they look for has a file: extract_box.c, extract_marker.c, ...
 *
 * Spans point into the response as it was given, although much of it is cleaned first
 * (clean.h). Rules look from the end, at 512 KiB for rare marks and 64 KiB for frequent
 * ones, so a response costs the same however long it is. A response is never refused and
 * nothing here fails. What is composed lives in the arena given. Threads: no state.
 */
#ifndef OREO_GRADE_EXTRACT_H
#define OREO_GRADE_EXTRACT_H

#include "grade/answer.h"
#include "grade/clean.h"

struct candidate {
  struct str text;          /* cleaned: delimiters, `**`, final dot removed */
  size_t span_at, span_len; /* in the original response */
  const char *rule;         /* static name of the rule */
};

/* A place that a rule points at: bytes [from, to) of the text it was given. */
struct piece {
  size_t from, to;
  struct str composed; /* when the answer had to be put together; else absent */
};

enum {
  LIMIT_PIECES = 24,  /* that one rule may propose */
  LIMIT_PIECE = 4096, /* bytes of one piece; longer ones are not proposed */
};

/* What a rule sees. `full` is the response behind its thoughts; `tail` its last 64 KiB,
 * cleaned. Rules for rare ASCII marks read `full`, all others `tail`. */
struct source {
  struct arena *arena;
  struct clean_text full, tail;
  bool wants_number, wants_choice, wants_list, wants_equation, wants_words;
};

struct pieces {
  struct piece at[LIMIT_PIECES];
  size_t n;
};
void pieces_add(struct pieces *pieces, size_t from, size_t to);

/* One rule: appends what it finds, best first. Reads `tail` when `reads_tail`. `closes`:
 * once it found something, no later rule is asked, as a box that holds the wrong kind of
 * thing is a wrong answer and no reason to look for a better one. */
struct rule {
  const char *name;
  void (*find)(const struct source *source, struct pieces *out);
  bool reads_tail, closes;
};

struct extraction {
  struct source source;
  struct str response;
  const struct rule *rules;
  size_t n_rules, next_rule;
  const struct rule *current;
  struct pieces pieces;
  size_t next_piece;
};

/* `gold` steers: numbers move "#### " first, choices admit letters, lists join boxes. */
void extract_begin(struct extraction *extraction, struct arena *arena,
                   struct str response, const struct answer *gold);
/* false when there is nothing more to propose. */
bool extract_next(struct extraction *extraction, struct candidate *out);
/* True when the candidate last returned came from a rule that closes. */
bool extract_closed(const struct extraction *extraction);

/* The answer of a gold that is itself a worked solution: its last box, what stands behind
 * "#### ", "A: " on the last line, or "final answer is X. I hope"; else `gold` trimmed.
 */
struct str extract_gold(struct arena *arena, struct str gold);

/* ---- the rules, by noun ---- */
void rule_box(const struct source *source, struct pieces *out);
void rule_open_box(const struct source *source, struct pieces *out);
void rule_hope(const struct source *source, struct pieces *out);
void rule_hash(const struct source *source, struct pieces *out);
void rule_tag(const struct source *source, struct pieces *out);
void rule_last_line_a(const struct source *source, struct pieces *out);
void rule_answer_marker(const struct source *source, struct pieces *out);
void rule_result_marker(const struct source *source, struct pieces *out);
void rule_math(const struct source *source, struct pieces *out);
void rule_bold(const struct source *source, struct pieces *out);
void rule_number(const struct source *source, struct pieces *out);
void rule_leading_letter(const struct source *source, struct pieces *out);
void rule_spelled(const struct source *source, struct pieces *out);
void rule_leading_word(const struct source *source, struct pieces *out);
void rule_last_letter(const struct source *source, struct pieces *out);
void rule_whole_line(const struct source *source, struct pieces *out);
void rule_last_is(const struct source *source, struct pieces *out);
void rule_last_line(const struct source *source, struct pieces *out);

/* ---- what rules share ---- */

/* The first / last number at or behind `from` and before `to`, with its sign, thousands,
 * fraction and percent sign: false when there is none. */
bool number_first(struct str s, size_t from, size_t to, struct piece *out);
bool number_last(struct str s, size_t from, size_t to, struct piece *out);
/* The first stretch of mathematics in [from, to): its inside. */
bool math_first(struct str s, size_t from, size_t to, struct piece *out);
/* The last one that ends before `to`; *outer_from is where its delimiter begins. */
bool math_last(struct str s, size_t floor, size_t to, struct piece *out,
               size_t *outer_from);
/* Offset behind the last '=' of [from, to) that stands in no bracket, or `from`. */
size_t equals_last(struct str s, size_t from, size_t to);
/* The last line that says something to this gold: of closing words ("let me know if you
 * need more") without a digit or sign nothing is expected, unless the gold is words. */
bool last_line(const struct source *source, size_t *from, size_t *to);
/* Nothing but what joins the elements of one list: "and", commas, spaces, "x =". */
bool joint_between(struct str s);
/* The option letter (A to J) that stands alone, first or last in [from, to). */
bool letter_first(struct str s, size_t from, size_t to, struct piece *out);
bool letter_last(struct str s, size_t from, size_t to, struct piece *out);

#endif
