/* op_attention_grad.h - the gradient of attention (op_attention.h) over packed sequences,
 * without a T x T buffer (Dao et al. 2022, algorithm 4, in fixed order).
 *
 * For training only: no pages, and the rows of a sequence are consecutive rows of the
 * step, with places[r].own == r, places[r].keys the sequence's first row and
 * places[r].end one past its last. With p[r][j] = exp(scale q[r] . k[j] - lse[r]) and
 * delta[r] = sum of dy[r] y[r] (per head),
 *   dvalues[j] = sum over r of p[r][j] dy[r]
 *   ds[r][j]   = p[r][j] (dy[r] . v[j] - delta[r]) scale
 *   dq[r]      = sum over j of ds[r][j] k[j]
 *   dkeys[j]   = sum over r of ds[r][j] q[r]
 * dkeys and dvalues sum over the query heads of their group, heads in order, rows
 * ascending: one writer for each value, no atomics, the same bits every time, whatever
 * else is packed beside a sequence. Rows whose position is negative get zeros.
 *
 * Kernels: shaders/attention_grad_lanes.comp on CPU devices (all rows must begin at
 * multiples of 4 elements, or it falls back), attention_grad_group.comp on GPUs and
 * wherever the other does not fit; before both attention_grad_delta.comp.
 *
 * q is [m][heads head_dim] (rows ldq apart), y, dy, dq [m][heads head_dim], keys, values,
 * dkeys, dvalues [m][kv_heads head_dim], lse [m][heads], delta scratch [m][heads]. All
 * F32, places I32. Shapes that do not fit are bugs (assertions); what the device refuses
 * is ERR_ENV.
 */
#ifndef OREO_NN_OP_ATTENTION_GRAD_H
#define OREO_NN_OP_ATTENTION_GRAD_H

#include "nn/op_attention.h"

struct attention_grad {
  uint32_t m, heads, kv_heads, head_dim;
  const struct gpu_tensor *q, *keys, *values, *places;
  const struct gpu_tensor *y, *lse, *dy, *delta;
  const struct gpu_tensor *dq, *dkeys, *dvalues;
  uint32_t ldq; /* elements from a row of q to the next; 0 = no gap */
  float scale;
  enum attention_kernel kernel; /* 0: the best; by name for tests */
};

NODISCARD int op_attention_grad(struct gpu_sequence *sequence,
                                const struct attention_grad *grad, struct err *err);

#endif
