/* answer.h - a bare answer as a typed tree, and whether two of them are the same.
 *
 * For: LaTeX, plain text, Python and calculator spellings of numbers, expressions, tuples,
 * sets, lists, intervals, unions, equations, inequalities, matrices, numerals with a base,
 * ratios, times, quantities with units, choices, truth values and text. Not for: finding
 * the answer in a response (extract.h).
 *
 * Nothing is ever simplified: identity is decided by evaluation (exact rationals; modulo
 * primes; at fixed points), see docs/GRADING.md. Trees live in the arena given and are
 * read-only afterwards. Every step costs ticks of a budget; a parse or comparison that runs
 * out says so and is never "equal". No recursion deeper than the nesting limit.
 */
#ifndef OREO_GRADE_ANSWER_H
#define OREO_GRADE_ANSWER_H

#include "base/arena.h"
#include "grade/grader.h"

/* Work left, in ticks: a parser step, a limb of a bignum, one evaluation of a node. */
struct budget {
  int64_t ticks;
};

struct answer;

/* Parses one bare answer (math delimiters and \boxed around it allowed). Never NULL: text
 * that follows no grammar is an answer of category "text" that `answer_is_math` denies.
 * Up to 4 readings of an ambiguous text are kept. */
struct answer *answer_parse(struct arena *arena, struct str text, struct budget *budget);

/* Static name of the type: "integer", "fraction", "radical", "tuple", "text", ... */
const char *answer_category(const struct answer *answer);
bool answer_is_math(const struct answer *answer);

/* Could `candidate` be an answer to `gold` at all? The extraction cascade takes the first
 * candidate for which this holds. A number fits a number gold, a list a list gold, ... */
bool answer_fits(const struct answer *gold, const struct answer *candidate);

/* A list or set gold: adjacent boxes are then joined. A choice gold: letters count. */
bool answer_is_list(const struct answer *answer);
bool answer_is_choice(const struct answer *answer);
bool answer_is_number(const struct answer *answer);

/* True when some pair of readings agrees; `*reason` always says why. `gold` decides where
 * conventions differ (percent, base suffix, units). */
bool answer_same(const struct answer *gold, const struct answer *candidate,
                 struct arena *arena, struct budget *budget, enum grade_reason *reason);

#endif
