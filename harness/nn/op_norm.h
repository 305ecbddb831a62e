/* op_norm.h - RMSNorm (Zhang and Sennrich 2019, equation 4), row by row.
 *
 *   y[r][i] = x[r][i] * s[r] * weight[i]
 *   s[r] = 1 / sqrt(mean over i of x[r][i]^2 + eps)
 *
 * All F32; x and y may be the same tensor. Each row is summed in a fixed order, so its
 * bits do not depend on m. `scales`, when given, takes s[m] (what the gradient needs).
 * Shapes that do not fit are bugs (assertions); what the device refuses is ERR_ENV.
 */
#ifndef OREO_NN_OP_NORM_H
#define OREO_NN_OP_NORM_H

#include "gpu/sequence.h"

struct norm {
  uint32_t m, n;
  const struct gpu_tensor *x, *weight, *y;
  const struct gpu_tensor *scales; /* m values, or NULL */
  uint32_t ldx, ldy;               /* elements from a row to the next; 0 = no gap */
  float eps;
  bool by_groups; /* the kernel of other devices on a CPU, for tests */
};

NODISCARD int op_norm(struct gpu_sequence *sequence, const struct norm *norm,
                      struct err *err);

#endif
