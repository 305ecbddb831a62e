/* op_sample.h - a token drawn from each row of logits.
 *
 * Row r is drawn as draws[r] (struct shader_draw in shaders/shared.h) says, in the order
 * of transformers' warpers:
 *   temperature 0: the largest logit, the lowest id among equals.
 *   else p = softmax(x / temperature), and of its tokens stay
 *     top_k   those whose logit is at least the k-th largest (equals of it stay too)
 *     top_p   of what is left, renormalised: the fewest of the largest whose sum reaches
 *             top_p (equals of the last stay too), never none
 *     min_p   of what is left: p at least min_p times the largest p
 *   u, uniform in [0, 1), is Philox4x32-10 (Salmon et al. 2011) of counter (position, 0,
 *   0, 0) under the key; the token is the first in order of ids where the running sum of
 *   the remaining p passes u times their total.
 * ids[r] is the token and logp[r] its log-probability under the model itself
 * (temperature 1, nothing left out), as vLLM and the endpoints report it.
 *
 * x F32 [m][n]; draws I32 [m][8] words; ids I32 [m]; logp F32 [m]. Each row is reduced in
 * a fixed order: its result does not depend on m. NaN or plus infinity anywhere in a row,
 * or nothing but minus infinity, gives id -1 and logp NaN, so that the host can say what
 * happened. Shapes that do not fit are bugs (assertions); what the device refuses is
 * ERR_ENV.
 */
#ifndef OREO_NN_OP_SAMPLE_H
#define OREO_NN_OP_SAMPLE_H

#include "gpu/sequence.h"

struct sample {
  uint32_t m, n;
  const struct gpu_tensor *x, *draws, *ids, *logp;
  uint32_t ldx;   /* elements from a row to the next; 0 = no gap */
  bool by_groups; /* the kernel of GPUs, whatever the device: for tests */
};

NODISCARD int op_sample(struct gpu_sequence *sequence, const struct sample *sample,
                        struct err *err);

#endif
