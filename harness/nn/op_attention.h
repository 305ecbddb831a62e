/* op_attention.h - causal attention of rows over their sequences' cached keys and values.
 *
 * Row r, head h: with j over positions 0 .. places[r].position of the row's sequence and
 * g = h / (heads / kv_heads),
 *   w[j] = softmax over j of (scale q[r][h] . keys[row(j)][g])
 *   y[r][h] = sum over j of w[j] values[row(j)][g]
 * row(j) being the cache row of position j (struct shader_place says how, with and
 * without `pages`). The same op is prefill (many rows of one sequence in a step: the
 * position is the causal mask), decoding (one row of each of many sequences), and both at
 * once. The keys of the step's own rows must be in the cache before (op_heads).
 *
 * Keys are taken in ascending order in blocks of fixed size with a running maximum, in 32
 * bits, so a row's bits depend on its own sequence only: not on m, not on the other
 * rows, not on where its pages lie. `lse`, when given, takes log sum exp of the scores,
 * [m][heads] (what the gradient needs). A row whose position is negative gets zeros.
 *
 * Kernels: shaders/attention_lanes.comp on CPU devices (all rows must begin at multiples
 * of 4 elements, or it falls back), attention.comp on GPUs and wherever the other does
 * not fit.
 *
 * q, y, caches F32; places I32 [m][4]; pages I32. Shapes that do not fit are bugs
 * (assertions); what the device refuses is ERR_ENV.
 */
#ifndef OREO_NN_OP_ATTENTION_H
#define OREO_NN_OP_ATTENTION_H

#include "gpu/sequence.h"

/* Which kernel: the best, or one by name for tests and measurements. One that cannot do
 * the shape is replaced by ATTENTION_BY_GROUP. */
enum attention_kernel { ATTENTION_BY_DEVICE, ATTENTION_BY_LANES, ATTENTION_BY_GROUP };

struct attention {
  uint32_t m, heads, kv_heads, head_dim; /* head_dim even, at most 256 */
  const struct gpu_tensor *q, *keys, *values, *places;
  const struct gpu_tensor *pages; /* NULL: a sequence's cache rows are consecutive */
  const struct gpu_tensor *y;
  const struct gpu_tensor *lse; /* or NULL */
  uint32_t ldq, ldy;            /* elements from a row to the next; 0 = no gap */
  float scale;
  enum attention_kernel kernel;
};

NODISCARD int op_attention(struct gpu_sequence *sequence,
                           const struct attention *attention, struct err *err);

#endif
