/* op_norm_grad.h - the gradient of RMSNorm (op_norm.h) with respect to its input.
 *
 * With s = scales[r] as op_norm gave it and g[i] = dy[r][i] weight[i],
 *   dx[r][i] (+)= s (g[i] - x[r][i] s^2 mean over j of (g[j] x[r][j]))
 * added to what dx holds when `add` (the residual's own gradient). The weight's gradient
 * is op_column_sum of dy times x with `scales`. All F32. Shapes that do not fit are bugs
 * (assertions); what the device refuses is ERR_ENV.
 */
#ifndef OREO_NN_OP_NORM_GRAD_H
#define OREO_NN_OP_NORM_GRAD_H

#include "gpu/sequence.h"

struct norm_grad {
  uint32_t m, n;
  const struct gpu_tensor *x, *weight, *scales, *dy, *dx;
  uint32_t ldx, lddy, lddx; /* elements from a row to the next; 0 = no gap */
  bool add;
  bool by_groups; /* the kernel of other devices on a CPU, for tests */
};

NODISCARD int op_norm_grad(struct gpu_sequence *sequence, const struct norm_grad *grad,
                           struct err *err);

#endif
