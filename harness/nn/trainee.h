/* trainee.h - a network that is being trained on a device: weights in 32 bits, gradients,
 * AdamW's moments; forward over packed sequences, backward from per-token derivatives, an
 * optimiser's step.
 *
 * For: train/ (which knows objectives and data) and `bench train`. A policy has the
 * model's head for tokens; a value network a scalar head `score` on the last hidden
 * state; a reference is frozen: weights only. Not for: objectives (train/objective.h),
 * text, generating (nn/model.h; a trainee's weights can be given to a model).
 *
 * Packed: the tokens of all sequences one behind the other, each sequence from position
 * 0, attention within a sequence only. Of token t, wanted and not the first of its
 * sequence:
 *
 *   logp[t]  = log p(token t | those before it)       (read at the row of token t - 1)
 *   kl[t]    = KL(p || reference) there, exact over the vocabulary
 *   value[t] = the value there, the state before token t
 *
 * The others get 0. Numbers of one step are made in a fixed order on one device: the same
 * bytes every time; a sequence's do not depend on what it is packed with.
 *
 * The trainee borrows the manager, owns everything else; the checkpoint may be closed
 * once it is made. One thread. ERR_ENV: it does not fit the device (said before anything
 * is allocated, by part: weights, gradients, moments, activations), a device that fails.
 * ERR_DATA: weights that are not finite. Batches over the limits are bugs (assertions).
 */
#ifndef OREO_NN_TRAINEE_H
#define OREO_NN_TRAINEE_H

#include "gpu/manager.h"
#include "nn/checkpoint.h"

struct trainee;

enum trainee_kind { TRAINEE_POLICY, TRAINEE_VALUE, TRAINEE_FROZEN };

struct trainee_options {
  enum trainee_kind kind;
  uint32_t max_rows;    /* tokens of a batch; 0 = 2048 */
  uint32_t vocab_chunk; /* columns of logits at a time; 0 = what fits one binding */
  bool recompute;       /* keep only each layer's input and make the rest again */
  double beta1, beta2, eps, decay; /* AdamW; 0: 0.9, 0.95, 1e-8, 0 */
  bool timestamps;
};

/* A value network's `score` is zero where the checkpoint has none. NULL on failure. */
struct trainee *trainee_create(struct gpu_manager *manager,
                               const struct checkpoint *checkpoint,
                               const struct trainee_options *options, struct err *err);
void trainee_free(struct trainee *trainee); /* NULL is fine */

struct trainee_batch {
  const int32_t *tokens;
  const uint32_t *starts; /* n_sequences + 1; the last is the number of tokens */
  uint32_t n_sequences;
  const uint8_t *wanted; /* a byte a token: actions */
};

/* Arrays of as many values as tokens; those that are NULL are not made. */
struct trainee_outputs {
  float *logp, *ref_logp, *kl; /* of a policy; the latter two with a reference */
  float *value;                /* of a value network */
};

/* Runs the batch and keeps what backward needs. `reference` may be NULL; it is run as
 * well, and must not run another batch before backward. */
NODISCARD int trainee_forward(struct trainee *trainee, struct trainee *reference,
                              const struct trainee_batch *batch,
                              const struct trainee_outputs *out, struct err *err);
/* Adds the gradients of the last forward's batch to those that are there, from the
 * derivatives of the loss with respect to logp, kl or value, a value a token; NULL is
 * zeros, kl needs the reference. Once for a forward: what that kept is used up. */
struct trainee_derivatives {
  const float *logp, *kl, *value;
};
NODISCARD int trainee_backward(struct trainee *trainee,
                               const struct trainee_derivatives *derivatives,
                               struct err *err);
/* AdamW with what has been added up, clipped to a global norm of `clip` (0: not), and
 * zeroes it. `norm` is what it was before. When it is not finite nothing is changed, the
 * gradients are dropped, and *norm says so. */
NODISCARD int trainee_step(struct trainee *trainee, double rate, double clip,
                           double *norm, struct err *err);

/* ---- what it has learnt ---- */

/* config.json, model.safetensors in `folder`, as Hugging Face has them (`score.weight`
 * for a value network); whole or not at all. */
NODISCARD int trainee_save(struct trainee *trainee, const char *folder, struct err *err);
/* Weights, moments and the number of steps, for a run to go on to the same bytes. */
NODISCARD int trainee_save_state(struct trainee *trainee, const char *path,
                                 struct err *err);
NODISCARD int trainee_load_state(struct trainee *trainee, const char *path,
                                 struct err *err);
uint64_t trainee_steps(const struct trainee *trainee);

/* ---- for tests and benchmarks ---- */

/* One tensor by Hugging Face's name: its weights or its gradient, `n` floats. */
NODISCARD int trainee_read(struct trainee *trainee, struct str name, bool gradient,
                           float *out, uint64_t n, struct err *err);
/* Bytes on the device by part. */
struct trainee_memory {
  uint64_t weights, gradients, moments, activations, other;
};
struct trainee_memory trainee_memory(const struct trainee *trainee);

#endif
