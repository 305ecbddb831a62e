/* llama.h - the Llama family's forward pass, plain and in double precision: what the
 * engine is held against.
 *
 * For tests. Written for reading, from the papers and transformers' definitions, without
 * anything of the engine but its config: no cache, no batch, one text at a time, every
 * position from the beginning. Rotary angles are in 32 bits, because transformers'
 * are and at high positions the rounding shows.
 *
 * Weights are floats in memory, one array a tensor in the order of model_tensor_at
 * (nn/model_tensors.h); they stay the caller's. Pure; cannot fail.
 */
#ifndef OREO_TESTS_REFERENCE_LLAMA_H
#define OREO_TESTS_REFERENCE_LLAMA_H

#include "nn/model_config.h"

struct llama {
  const struct model_config *config;
  float *const *weights;
};

/* The logits behind each of n tokens: n rows of `vocab`. */
void llama_logits(const struct llama *llama, const int32_t *ids, int n, double *logits);
/* The same of a value network: its scalar head behind each token. */
void llama_values(const struct llama *llama, const int32_t *ids, int n, double *values);

#endif
