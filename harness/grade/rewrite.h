/* rewrite.h - text rewritten step by step, as the peers' normalisers do.
 *
 * For: the profiles, whose rules are chains of "replace this by that". Not for: `robust`,
 * which parses. Every step returns its argument when there is nothing to do and a copy in
 * the arena otherwise. Linear in the text; texts are at most LIMIT_PEER bytes here,
 * longer ones are cut, since no rule accepts them. Never fails.
 */
#ifndef OREO_GRADE_REWRITE_H
#define OREO_GRADE_REWRITE_H

#include "base/arena.h"
#include "base/str.h"

enum { LIMIT_PEER = 2048 };

struct replacement {
  const char *from, *to;
};

/* All occurrences, left to right. */
struct str rewrite_all(struct arena *arena, struct str s, const char *from,
                       const char *to);
/* Each row in turn; the table ends with a NULL. */
struct str rewrite_table(struct arena *arena, struct str s,
                         const struct replacement *rows);
/* Without the letters of `set`. */
struct str rewrite_without(struct arena *arena, struct str s, const char *set);
struct str rewrite_lower(struct arena *arena, struct str s);

/* The inside of the last \boxed or \fbox, braces counted; absent when there is none. A
 * box whose brace is never closed is absent too. */
struct str rewrite_last_boxed(struct str s);

/* The number that is the whole text (commas dropped): decimal or exponent notation. */
bool rewrite_number(struct str s, double *value);

/* The string normal form of the MATH data set's authors, and equality by it. */
struct str hendrycks_normal(struct arena *arena, struct str s);

#endif
