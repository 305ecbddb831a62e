/* objective_oreo_policy.c - OREO's policy loss.
 *
 *   L = mean over sequences of [ (1/T) sum over its T states of d_t^2
 *                                + alpha (1/A) sum over its A actions of KL_t ]
 *
 * d_t is the residual of objective_oreo.h, in which the values are fixed (they are
 * inputs, taken before the value network's own step) and so are, with the stop-gradient,
 * the log-ratios of what comes behind the state's own action (token level) or step:
 *
 *   d_t = V(s_t) - R + beta l_own + sg[ beta l_behind ]
 *   dL/dlogp[i] = 2 beta d_s / (T sequences), s the state to which action i belongs
 *
 * Without it (an ablation; DQO's form) every earlier state pulls at action i as well:
 *
 *   dL/dlogp[i] = 2 beta (sum of d_t over the states t <= i) / (T sequences)
 *
 * At response level, and with one-step residuals, there is nothing behind. KL_t is the
 * exact KL(pi || pi_ref) over the vocabulary at action t.
 *
 * Paper: 2412.16145, Eq. 9 (token), 4.2 (step), Eq. 10 (response; DRO-V with V(s_0),
 * since only the first state counts). The authors' code (pcl_trainer.py: dro_loss,
 * traj_loss, single_step_loss; --unbiased_kl) agrees in all of these.
 */
#include "train/objective_oreo.h"

#include <math.h>

/* Turns the residuals, which stand in d_logp at the states, into derivatives. */
static void derive(const struct objective_batch *batch,
                   const struct objective_sequence *sequence,
                   const struct objective_settings *settings, size_t first_action,
                   double scale, double *d_logp)
{
  bool only_own = settings->stop_gradient || settings->one_step;
  double pull = 0;
  for (size_t t = first_action; t < sequence->first + sequence->count; t++) {
    if (!batch->action[t])
      continue;
    if (oreo_is_state(batch, settings->level, first_action, t))
      pull = only_own ? d_logp[t] : pull + d_logp[t];
    d_logp[t] = scale * pull;
  }
}

/* The mean KL of the sequence's actions; `share` is of one sequence in the batch. */
static double regularise(const struct objective_batch *batch,
                         const struct objective_sequence *sequence, double share,
                         double alpha, double *d_kl)
{
  double n = (double)objective_actions(batch, sequence), sum = 0;
  for (size_t t = sequence->first; t < sequence->first + sequence->count; t++) {
    if (!batch->action[t])
      continue;
    sum += batch->kl[t];
    if (d_kl)
      d_kl[t] = alpha * share / n;
  }
  return sum / n;
}

static void run(const struct objective_batch *batch,
                const struct objective_settings *settings,
                struct objective_result *result)
{
  objective_begin(batch, result);
  for (size_t i = 0; i < batch->n_sequences; i++)
    result->units += objective_actions(batch, &batch->sequences[i]) > 0;
  if (!result->units)
    return;
  double share = 1.0 / (double)result->units, kl = 0;
  for (size_t i = 0; i < batch->n_sequences; i++) {
    const struct objective_sequence *sequence = &batch->sequences[i];
    struct oreo_residuals found =
        oreo_residuals(batch, sequence, settings, settings->level, result->d_logp);
    if (!found.n_states)
      continue;
    double weight = share / (double)found.n_states;
    result->loss += weight * found.squares;
    derive(batch, sequence, settings, found.first_action, 2 * settings->beta * weight,
           result->d_logp);
    result->n_actions += objective_actions(batch, sequence);
    if (batch->kl)
      kl += share * regularise(batch, sequence, share, settings->alpha, result->d_kl);
  }
  if (batch->kl) {
    result->kl = kl;
    result->loss += settings->alpha * kl;
  }
}

const struct objective objective_oreo_policy = { .name = "oreo policy",
                                                 .needs_reference = true,
                                                 .needs_kl = true,
                                                 .needs_value = true,
                                                 .run = run };
