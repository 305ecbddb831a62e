/* op_column_sum.h - sums down the rows: the gradients of biases and of norm weights.
 *
 *   y[c] += sum over r of x[r][c] * times[r][c] * scales[r]
 *
 * with `times` and `scales` taken as 1 where NULL. Rows are added in a fixed order that
 * depends on m and the device. `partials` is scratch of op_column_sum_scratch(m, n)
 * floats. All F32. Shapes that do not fit are bugs (assertions); what the device refuses
 * is ERR_ENV.
 */
#ifndef OREO_NN_OP_COLUMN_SUM_H
#define OREO_NN_OP_COLUMN_SUM_H

#include "gpu/sequence.h"

struct column_sum {
  uint32_t m, n;
  const struct gpu_tensor *x, *times, *scales, *y;
  const struct gpu_tensor *partials;
  uint32_t ldx, ldt; /* elements from a row to the next; 0 = no gap */
  bool by_groups; /* the kernel of other devices on a CPU, for tests */
};

uint64_t op_column_sum_scratch(uint32_t m, uint32_t n);
NODISCARD int op_column_sum(struct gpu_sequence *sequence, const struct column_sum *sum,
                            struct err *err);

#endif
