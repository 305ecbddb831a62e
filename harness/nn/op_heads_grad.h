/* op_heads_grad.h - the gradient of op_heads: rotary turned back, and through the norms of
 * q's and k's heads where the model has them.
 *
 * x is what op_heads read (with struct heads.q given, so that x still holds q as it was
 * projected); dq [m][heads head_dim], dkeys and dvalues [m][kv_heads head_dim] are the
 * gradients that op_attention_grad made, row r being the step's row r. dx is
 * [m][(heads + 2 kv_heads) head_dim] and is written whole; a row whose position is
 * negative gets zeros.
 *
 * With norms, dnorms takes for each row the part of the norms' weights' gradients that it
 * makes, [m][2 head_dim] (q's, then k's; heads in a fixed order): op_column_sum adds them
 * up. All F32, places I32. Shapes that do not fit are bugs (assertions); what the device
 * refuses is ERR_ENV.
 */
#ifndef OREO_NN_OP_HEADS_GRAD_H
#define OREO_NN_OP_HEADS_GRAD_H

#include "gpu/sequence.h"

struct heads_grad {
  uint32_t m, heads, kv_heads, head_dim;
  const struct gpu_tensor *x, *places, *turns;
  const struct gpu_tensor *q_norm, *k_norm; /* or both NULL */
  const struct gpu_tensor *dq, *dkeys, *dvalues, *dx;
  const struct gpu_tensor *dnorms; /* NULL without norms */
  uint32_t ldx, lddx;              /* elements from a row to the next; 0 = no gap */
  float eps;
  bool by_groups; /* the kernel of other devices on a CPU, for tests */
};

NODISCARD int op_heads_grad(struct gpu_sequence *sequence, const struct heads_grad *grad,
                            struct err *err);

#endif
