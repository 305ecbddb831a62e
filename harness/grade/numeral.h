/* numeral.h - number literals: where one ends in a text, and what it is worth.
 *
 * Knows thousands separators ("1,234", "14{,}400", "14,\!400", "14\,400", "1 234"),
 * decimal points, exponents and repeating decimals ("0.\overline{3}", "0.333...",
 * "0.(3)").
 */
#ifndef OREO_GRADE_NUMERAL_H
#define OREO_GRADE_NUMERAL_H

#include "grade/token.h"
#include "grade/tree.h"

/* Length of the literal at text[at], which begins with a digit or with a point before
 * one. `bracketed`: inside brackets a bare comma separates elements first. Sets bits of
 * `*ambiguous` where another reading would end elsewhere. */
size_t numeral_extent(struct str text, size_t at, unsigned reading, bool bracketed,
                      unsigned *ambiguous);

/* The value as written, exactly; NULL when it has more than LIMIT_DIGITS digits. */
struct node *numeral_node(struct forest *forest, struct str literal);

#endif
