/* step.h - one step of an optimiser: a batch through the networks, pack by pack.
 *
 * Of each pack: forward, objective, backward; its derivatives are weighted by its share
 * of the batch's units, so that what adds up is the batch's own gradient. Then the
 * networks step. With a value network both losses are made from what both networks said
 * before either stepped: that is the OREO authors' order, the critic's step first and the
 * actor's loss on the values of before it, without running anything twice.
 *
 * KTO's estimate of the KL is of the whole batch: when that has several packs they are
 * all run forward first, and once more for their gradients.
 *
 * A loss or a gradient that is not finite ends the step before the policy changes:
 * `finite` is false, and `bad` the sequence that it came from, where one can be told.
 * Owns its arrays; one thread; errors are the networks'.
 */
#ifndef OREO_TRAIN_STEP_H
#define OREO_TRAIN_STEP_H

#include "train/batch.h"
#include "train/network.h"

struct step_options {
  const struct objective *objective; /* the policy's */
  struct objective_settings settings;
  bool whole; /* the objective is run on the batch, not on its packs */
  double clip;
};

struct step_arrays {
  float *logp, *ref_logp, *kl, *value;
  double *d_logp, *d_kl, *d_value;
  float *given_logp, *given_kl, *given_value; /* the same, weighted */
  struct objective_sequence *sequences;       /* of a pack */
  size_t n_tokens, n_sequences;               /* there is room for */
  uint32_t *starts;
};

struct step_maker {
  struct train_network policy, value;
  struct step_options options;
  struct step_arrays arrays;
};
void step_maker_release(struct step_maker *maker);

struct step_rates {
  double policy, value;
  bool value_only; /* the policy stays as it is */
};

/* NAN: the algorithm has none. */
struct step_result {
  double loss, kl, accuracy, margin, value_loss, norm, value_norm;
  size_t n_units, n_tokens, n_actions;
  bool finite;
  size_t bad; /* sequence of the batch, or SIZE_MAX */
};

NODISCARD int step_run(struct step_maker *maker, const struct batch *batch,
                       const struct step_rates *rates, struct step_result *result,
                       struct err *err);

#endif
