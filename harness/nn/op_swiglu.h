/* op_swiglu.h - the gated unit of the Llama family (Shazeer 2020, SwiGLU).
 *
 *   y[r][i] = silu(x[r][i]) * x[r][n + i],   silu(a) = a / (1 + exp(-a))
 *
 * x is [m][2n]: the gate's columns, then the other's. All F32; finite for every finite
 * gate. Shapes that do not fit are bugs (assertions); what the device refuses is ERR_ENV.
 */
#ifndef OREO_NN_OP_SWIGLU_H
#define OREO_NN_OP_SWIGLU_H

#include "gpu/sequence.h"

struct swiglu {
  uint32_t m, n;
  const struct gpu_tensor *x, *y;
  uint32_t ldx, ldy; /* elements from a row to the next; 0 = no gap */
  bool by_groups;    /* the kernel of other devices on a CPU, for tests */
};

NODISCARD int op_swiglu(struct gpu_sequence *sequence, const struct swiglu *swiglu,
                        struct err *err);

#endif
