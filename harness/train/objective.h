/* objective.h - what a batch is to be trained towards: from per-token log-probabilities,
 * KL divergences and values to a loss and its derivatives.
 *
 * For: the trainer, which runs the networks and knows nothing of objectives; an objective
 * is arithmetic on arrays in double precision, one file each with its equation on top,
 * and knows nothing of networks. The chain from logits and hidden states to these numbers
 * is the device's (op_loss, the value head).
 *
 * A token position t of a sequence is an action (a token the policy chose) or not
 * (prompt, observation). logp[t], ref_logp[t], kl[t] are of the token at t given those
 * before; value[t] is V of the state BEFORE token t, read at the token before it; the
 * value after the last token is 0 by definition.
 *
 * A loss is a mean over units (tokens for SFT, pairs for DPO, responses otherwise), and
 * `units` says how many: the losses and derivatives of a batch's parts, each times its
 * units over the batch's, add up to the batch's own, so long as a pair stays together.
 * Only KTO's estimate of the KL is of the part.
 *
 * Pure functions; memory is the caller's; thread-safe. Nothing fails: what cannot be
 * trained on is refused when data are read (train/dataset.h), and a sequence without
 * actions counts for nothing here.
 */
#ifndef OREO_TRAIN_OBJECTIVE_H
#define OREO_TRAIN_OBJECTIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct objective_sequence {
  size_t first, count; /* its tokens in the batch's arrays */
  double reward;       /* 0 .. 1; KTO: a success (task/trajectory.h) is desirable */
  int32_t pair;        /* DPO: chosen and rejected share it; -1: none */
  bool chosen;         /* DPO */
  bool mismatched;     /* KTO: a response beside another prompt, for the KL estimate */
};

struct objective_batch {
  const struct objective_sequence *sequences;
  size_t n_sequences, n_tokens;
  const uint8_t *action;     /* [n_tokens] 1: chosen by the policy */
  const uint8_t *step_start; /* [n_tokens] 1: an action with which a step begins */
  const float *logp, *ref_logp, *kl, *value; /* [n_tokens]; those an objective does not
                                                need may be NULL */
};

enum oreo_level { OREO_TOKEN, OREO_STEP, OREO_RESPONSE };

struct objective_settings {
  double beta;  /* DPO, KTO, OREO */
  double alpha; /* OREO: weight of the exact KL */
  enum oreo_level level;
  bool stop_gradient; /* OREO: on the future log-ratios; the paper's: true */
  bool one_step;      /* OREO: the one-step residual instead of the sum to the end;
                         each of the two losses goes by its own settings */
  double reward_times, reward_plus; /* r' = times r + plus: 1, 0; +-1 is 2, -1 */
  double desirable, undesirable;    /* KTO's weights */
  double smoothing;                 /* DPO's label smoothing; 0 */
};

/* What comes out. The derivative arrays ([n_tokens], the caller's, zeroed by the
 * objective) are of the loss with respect to logp[t], kl[t] and value[t]; one that an
 * objective leaves at zero may be NULL: d_kl for all but OREO's policy, d_value for all
 * but OREO's value, d_logp for OREO's value. */
struct objective_result {
  double loss;
  size_t units; /* what the loss is a mean of */
  double *d_logp, *d_kl, *d_value;
  /* for the log; NAN where an objective has none */
  double kl; /* OREO's policy: mean exact KL an action, by sequence, then over these;
                KTO: its estimate of the KL of a response */
  double accuracy; /* DPO: pairs in the right order */
  double margin;   /* DPO: mean reward margin; KTO: desirable less undesirable */
  double value_loss;
  size_t n_actions;
};

enum objective_kind {
  OBJECTIVE_SFT,
  OBJECTIVE_DPO,
  OBJECTIVE_KTO,
  OBJECTIVE_OREO_POLICY,
  OBJECTIVE_OREO_VALUE,
};

struct objective {
  const char *name;
  bool needs_reference, needs_kl, needs_value, trains_value;
  void (*run)(const struct objective_batch *batch,
              const struct objective_settings *settings, struct objective_result *result);
};
const struct objective *objective_get(enum objective_kind kind);

#endif
