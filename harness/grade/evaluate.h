/* evaluate.h - the value of an expression at a fixed point, with a bound on its error.
 *
 * Long doubles (64 bits of mantissa on x86-64) and complex numbers; each operation
 * carries a first-order bound of its rounding error along, so that a comparison knows by
 * itself when cancellation has eaten the digits. Variables are real; the points are the
 * same in every run. Functions nobody knows (f, g, sums without ends) get a pseudo-random
 * value that depends on the values of their arguments alone.
 */
#ifndef OREO_GRADE_EVALUATE_H
#define OREO_GRADE_EVALUATE_H

#include "grade/approximate.h"
#include "grade/tree.h"

/* Points 0 to 8 are positive, three of them below 1; the others are negative. */
enum { EVALUATE_POINTS = 11, EVALUATE_POSITIVE = 9 };

struct binding; /* index of a sum that is being written out */

struct setting {
  int point;
  bool degrees;  /* angles are in degrees, whether the sign is written or not */
  bool log_ten;  /* log without a base is decimal */
  bool integers; /* n, k, m and N are whole numbers */
  bool rounded;  /* decimals are off by up to half a unit of their last digit */
  const struct binding *bindings;
  struct budget *budget;
};

struct value evaluate(const struct node *node, const struct setting *setting);

#endif
