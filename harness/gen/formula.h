/* formula.h - the arithmetic of a step as text: "a*p", "(a+b)/2", "d*r/100".
 *
 * Variables are the letters a to v; constants are decimals; + - * / and parentheses. The
 * text form is what makes steps easy to write in a table, to print with numbers in place
 * of letters, and to change as a student would. Formulas come from our own tables, so a
 * malformed one is a bug (assert). Nothing is owned. Thread-safe.
 */
#ifndef OREO_GEN_FORMULA_H
#define OREO_GEN_FORMULA_H

#include "gen/exact.h"

enum { FORMULA_VARIABLES = 26, FORMULA_SIZE = 128 };

struct values {
  struct exact of[FORMULA_VARIABLES]; /* by letter: of[c - 'a']; undefined until set */
};

struct exact formula_eval(const char *formula, const struct values *values);

/* "a>b, t<=2*c": every comparison must hold (> < >= <= = !). NULL always holds; an
 * undefined side never does. */
bool formula_holds(const char *conditions, const struct values *values);

/* The formula with numbers in place of letters; with spaces around the signs or without.
 */
void formula_write(struct buf *out, const char *formula, const struct values *values,
                   bool spaced);

/* Puts `inner` in place of the letter `variable`, in parentheses where precedence asks
 * for them. False when it does not fit into FORMULA_SIZE. */
bool formula_inline(char formula[FORMULA_SIZE], char variable, const char *inner);

#endif
