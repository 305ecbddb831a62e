/* grad_test.h - what tests of gradients share: central differences of a function in
 * double precision, and how far a gradient may be from what it should be.
 *
 * The function is called with `what` and reads the values it depends on from there.
 */
#ifndef OREO_TESTS_GRAD_TEST_H
#define OREO_TESTS_GRAD_TEST_H

#include <math.h>

#include "op_test.h"

/* The derivative of `loss` with respect to *at. */
static inline double grad_test_central(double (*loss)(const void *what), const void *what,
                                       double *at)
{
  double was = *at, step = 1e-5 * (1 + fabs(was));
  *at = was + step;
  double above = loss(what);
  *at = was - step;
  double below = loss(what);
  *at = was;
  return (above - below) / (2 * step);
}

/* Fails when got is further from exact than `part` of `size`. */
static inline void grad_test_near(double got, double exact, double part, double size,
                                  const char *what, size_t i)
{
  if (!(fabs(got - exact) <= part * size))
    fail_msg("%s: value %zu is %.9g, not %.9g", what, i, got, exact);
}

/* Another result's bytes instead of fresh ones: values that are added to. */
static inline struct op_tensor grad_test_sum(struct gpu_manager *manager, uint32_t rows,
                                             uint32_t columns, uint32_t ld,
                                             struct rng *rng)
{
  const uint32_t shape[3] = { rows + OP_TEST_SPARE, columns, ld };
  return op_tensor_random(manager, GPU_F32, OP_TEST_GUARD, shape, rng);
}

#endif
