/* op_adamw.h - AdamW (Loshchilov and Hutter 2019, algorithm 2) over a flat block of
 * parameters, and the sum of squares that clipping needs.
 *
 * With the settings of struct shader_adamw (a host tensor, so that a recorded sequence
 * runs with other numbers every step):
 *   g = clip * grad
 *   m = beta1 m + (1 - beta1) g          v = beta2 v + (1 - beta2) g^2
 *   param -= rate (m / correct1 / (sqrt(v / correct2) + eps) + decay param)
 * where correctN = 1 - betaN^step and restN = 1 - betaN are made on the host in double
 * precision, and `decay` is 0 for the blocks that are not decayed (norms, biases). grad is
 * zeroed afterwards when `zero`.
 *
 * op_squares puts into partials[b] the sum of squares of block b of SQUARES_BLOCK values,
 * in a fixed order; the host adds the blocks in double precision. NaN and infinity come
 * through: that is how divergence is noticed.
 *
 * All F32 [n]. Shapes that do not fit are bugs (assertions); what the device refuses is
 * ERR_ENV.
 */
#ifndef OREO_NN_OP_ADAMW_H
#define OREO_NN_OP_ADAMW_H

#include "gpu/sequence.h"

enum { SQUARES_BLOCK = 16384 };

struct adamw {
  uint32_t n;
  const struct gpu_tensor *param, *grad, *m, *v;
  const struct gpu_tensor *settings; /* I32 words of struct shader_adamw */
  bool decayed, zero;
  bool by_groups; /* the kernel of other devices on a CPU, for tests */
};
NODISCARD int op_adamw(struct gpu_sequence *sequence, const struct adamw *adamw,
                       struct err *err);

struct squares {
  uint32_t n;
  const struct gpu_tensor *x, *partials; /* ceil(n / SQUARES_BLOCK) values */
  bool by_groups; /* the kernel of other devices on a CPU, for tests */
};
NODISCARD int op_squares(struct gpu_sequence *sequence, const struct squares *squares,
                         struct err *err);

#endif
