/* llama_grad.h - the gradient of the Llama family's forward pass, plain and in double
 * precision: what training is held against.
 *
 * For tests. Runs the text forward again in its own way, keeping what it needs, and goes
 * back through it by the chain rule, one text at a time; nothing is shared with the
 * engine but its config, and nothing with llama.c but the definitions (rotary angles in
 * 32 bits, as there).
 *
 * Gradients are arrays as the weights are, one a tensor in the order of model_tensor_at;
 * they are added to. All memory is the caller's. Pure; cannot fail.
 */
#ifndef OREO_TESTS_REFERENCE_LLAMA_GRAD_H
#define OREO_TESTS_REFERENCE_LLAMA_GRAD_H

#include "reference/llama.h"

/* `slopes` is the loss's derivative with respect to each logit behind each of n tokens (n
 * rows of `vocab`), or, of a value network, to each value. */
void llama_grad(const struct llama *llama, const int32_t *ids, int n,
                const double *slopes, double *const *gradients);

#endif
