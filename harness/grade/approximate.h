/* approximate.h - complex numbers that know how wrong they may be.
 *
 * Long doubles (64 bits of mantissa on x86-64); each operation carries a first-order
 * bound of its rounding error along, so that a comparison knows by itself when
 * cancellation has eaten the digits. Whole numbers stay exact. No state, no memory.
 */
#ifndef OREO_GRADE_APPROXIMATE_H
#define OREO_GRADE_APPROXIMATE_H

#include "grade/answer.h"
#include "grade/rational.h"

#define VALUE_PI 3.14159265358979323846264338327950288L

struct value {
  long double re, im;
  long double error; /* absolute */
  bool undefined;    /* no value here, or beyond what the format holds */
  bool left_reals;   /* a root or logarithm of a negative number on the way */
};

#define VALUE_UNDEFINED ((struct value){ 0, 0, 0, true, false })

enum agreement {
  AGREEMENT_EQUAL,
  AGREEMENT_DIFFERENT,
  AGREEMENT_UNKNOWN, /* undefined or too inexact to say */
};
enum agreement value_agreement(struct value a, struct value b);

/* A number without error, and one that is off by some units of the last place. */
struct value value_exactly(long double re);
struct value value_rounded(struct value v, long double ulps);
long double value_size(struct value v);

struct value value_add(struct value a, struct value b);
struct value value_multiply(struct value a, struct value b);
struct value value_negate(struct value a);
struct value value_inverse(struct value a);

struct value value_exp(struct value x);
struct value value_log(struct value x);
struct value value_sqrt(struct value x);
struct value value_power(struct value base, int64_t n);
/* base^exponent for a negative real base and an odd denominator: real, as at school. */
struct value value_odd_root(struct value base, struct ratio exponent);

/* `in_degrees`: circular functions take degrees. */
struct value value_trigonometric(enum function function, struct value x, bool in_degrees);
/* n! for step 1, n!! for step 2; the gamma function between whole numbers. */
struct value value_factorial(struct value n, int step);
struct value value_binomial(struct value n, struct value k, struct budget *budget);
struct value value_floor(struct value x, bool up);
/* FUNCTION_ABS, RE, IM, ARG, SIGN or CONJUGATE. */
struct value value_part(struct value x, enum function function);
struct value value_modulo(struct value a, struct value b);

#endif
