/* rational.h - exact values of trees that are rational numbers.
 *
 * Two engines with one meaning: 64-bit fractions, which hold nearly every answer, and GMP
 * up to LIMIT_BITS for the rest. This is the only user of GMP. A tree has a rational
 * value when it consists of literals, + - * /, integer powers, factorials, binomials,
 * percent, floors and perfect roots.
 */
#ifndef OREO_GRADE_RATIONAL_H
#define OREO_GRADE_RATIONAL_H

#include "grade/answer.h"
#include "grade/tree.h"

struct ratio {
  int64_t num, den; /* lowest terms, den > 0 */
};

enum rational_status {
  RATIONAL_OK,
  RATIONAL_NOT,     /* no rational number, or undefined (1/0) */
  RATIONAL_TOO_BIG, /* does not fit */
};

enum rational_status rational_value(const struct node *node, struct ratio *out,
                                    struct budget *budget);

/* -1, 0, 1 as a < b, a = b, a > b; RATIONAL_OK only then. Falls back to GMP. */
enum rational_status rational_compare(const struct node *a, const struct node *b,
                                      struct budget *budget, int *order);

/* n = square^2 * rest with square as large as small factors allow. n >= 0. */
void square_part(int64_t n, int64_t *square, int64_t *rest);

#endif
