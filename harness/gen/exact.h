/* exact.h - small exact numbers: fractions of two int64, for problems made of integers,
 * cents and halves.
 *
 * What does not fit, and division by zero, gives "undefined" (den 0), which every further
 * operation keeps: callers check once at the end. Plain values; nothing is owned.
 * Thread-safe.
 */
#ifndef OREO_GEN_EXACT_H
#define OREO_GEN_EXACT_H

#include "base/buf.h"

struct exact {
  int64_t num, den; /* reduced, den > 0; den = 0 is undefined */
};

/* num/den, reduced. */
struct exact exact_make(int64_t num, int64_t den);
static inline struct exact exact_int(int64_t value)
{
  return (struct exact){ value, 1 };
}

struct exact exact_add(struct exact a, struct exact b);
struct exact exact_sub(struct exact a, struct exact b);
struct exact exact_mul(struct exact a, struct exact b);
struct exact exact_div(struct exact a, struct exact b);

static inline bool exact_defined(struct exact a)
{
  return a.den != 0;
}
static inline bool exact_is_integer(struct exact a)
{
  return a.den == 1;
}
static inline bool exact_equal(struct exact a, struct exact b)
{
  return a.den != 0 && a.num == b.num && a.den == b.den;
}
/* -1, 0, 1; both defined. */
int exact_compare(struct exact a, struct exact b);

/* Towards minus and plus infinity; to two decimals, halves away from zero. */
struct exact exact_floor(struct exact a);
struct exact exact_ceil(struct exact a);
struct exact exact_round2(struct exact a);
/* Does it end after two decimals at most? */
bool exact_has2(struct exact a);

/* A decimal such as "12", "-0.5" or "2.75"; `cents` writes "2.50" for what is no whole
 * number. The value must satisfy exact_has2. */
void exact_write(struct buf *out, struct exact a, bool cents);

#endif
