/* op_swiglu_grad.h - the gradient of the gated unit (op_swiglu.h).
 *
 * With a = x[r][i], b = x[r][n + i], s = 1 / (1 + exp(-a)):
 *   dx[r][i]     = dy[r][i] b s (1 + a (1 - s))
 *   dx[r][n + i] = dy[r][i] a s
 * dx may be x itself. All F32. Shapes that do not fit are bugs (assertions); what the
 * device refuses is ERR_ENV.
 */
#ifndef OREO_NN_OP_SWIGLU_GRAD_H
#define OREO_NN_OP_SWIGLU_GRAD_H

#include "gpu/sequence.h"

struct swiglu_grad {
  uint32_t m, n;
  const struct gpu_tensor *x, *dy, *dx;
  uint32_t ldx, lddy, lddx; /* elements from a row to the next; 0 = no gap */
  bool by_groups; /* the kernel of other devices on a CPU, for tests */
};

NODISCARD int op_swiglu_grad(struct gpu_sequence *sequence,
                             const struct swiglu_grad *grad, struct err *err);

#endif
