/* op_heads.h - what stands between the projections and attention: RMSNorm over each head
 * of q and k (Qwen3), rotary embedding of q and k (Su et al. 2021, in the half-split
 * layout of transformers: pair i is dimensions i and i + head_dim/2), and k and v put
 * into the cache.
 *
 * x is [m][(heads + 2 kv_heads) head_dim], the fused projection: q's heads, then k's,
 * then v's. The q part is replaced in place, or goes to `q` where that is given ([m][heads
 * head_dim]), so that x stays what gradients need; k and v go to row places[r].own of the
 * caches ([rows][kv_heads head_dim]); x's own k and v are left as they were. A row whose
 * position is negative touches nothing.
 *
 * turns is [positions][head_dim]: for each position the cosines of the head_dim/2 pairs,
 * then their sines (made on the host in double precision). All F32, places I32 [m][4]
 * (struct shader_place). A row's bits do not depend on m. Shapes that do not fit are bugs
 * (assertions); what the device refuses is ERR_ENV.
 */
#ifndef OREO_NN_OP_HEADS_H
#define OREO_NN_OP_HEADS_H

#include "gpu/sequence.h"

struct heads {
  uint32_t m, heads, kv_heads, head_dim; /* head_dim even */
  const struct gpu_tensor *x, *places, *turns;
  const struct gpu_tensor *q_norm, *k_norm; /* [head_dim] weights, or both NULL */
  const struct gpu_tensor *keys, *values;   /* the caches */
  const struct gpu_tensor *q;               /* NULL: in place */
  uint32_t ldx;                             /* of x; 0 = no gap */
  float eps;                                /* of the norms */
  bool by_groups; /* the kernel of other devices on a CPU, for tests */
};

NODISCARD int op_heads(struct gpu_sequence *sequence, const struct heads *heads,
                       struct err *err);

#endif
