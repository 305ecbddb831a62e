/* objective_kto.c - Kahneman-Tversky optimisation: single responses, desirable or not.
 *
 *   rho(y) = sum over actions of y of log pi(a_t | s_t) / pi_ref(a_t | s_t)
 *   z = max(0, mean of rho over the mismatched responses of the batch), no gradient
 *   v = sigmoid(beta (rho - z)) of the desirable, sigmoid(beta (z - rho)) of the others
 *   L = mean over the responses that are not mismatched of w (1 - v)
 *
 * w is the weight of the desirable or of the undesirable. A mismatched response stands
 * beside the prompt of another (train/examples.h), which makes z an estimate of the KL
 * between policy and reference. Ethayarajh et al. 2024 (2402.01306), Eq. 7 and 8; TRL,
 * and OpenRLHF's KTOLoss, which the OREO authors' baseline is. Without mismatched
 * responses z is 0. The paper chooses the weights so that desirable weight x number over
 * undesirable weight x number is from 1 to 4/3.
 *
 *   dL/dlogp[t] = -+ w beta v (1 - v) / responses     (- desirable, + undesirable)
 */
#include "train/objective_part.h"

#include <math.h>

#include "task/trajectory.h"

static double estimate_kl(const struct objective_batch *batch)
{
  double sum = 0;
  size_t n = 0;
  for (size_t i = 0; i < batch->n_sequences; i++) {
    const struct objective_sequence *sequence = &batch->sequences[i];
    if (!sequence->mismatched || !objective_actions(batch, sequence))
      continue;
    sum += objective_ratio(batch, sequence);
    n++;
  }
  return n && sum > 0 ? sum / (double)n : 0;
}

static bool counts(const struct objective_batch *batch,
                   const struct objective_sequence *sequence)
{
  return !sequence->mismatched && objective_actions(batch, sequence);
}

/* Mean implicit rewards of the two kinds, for the margin. */
struct sides {
  double sum[2];
  size_t n[2];
};

static void add(const struct objective_batch *batch,
                const struct objective_settings *settings,
                const struct objective_sequence *sequence, struct sides *sides,
                struct objective_result *result)
{
  bool desirable = reward_is_success(sequence->reward);
  double weight = desirable ? settings->desirable : settings->undesirable;
  double sign = desirable ? 1 : -1, units = (double)result->units;
  double ratio = objective_ratio(batch, sequence);
  double v = objective_sigmoid(sign * settings->beta * (ratio - result->kl));
  result->loss += weight * (1 - v) / units;
  objective_spread(batch, sequence, -sign * weight * settings->beta * v * (1 - v) / units,
                   result->d_logp);
  result->n_actions += objective_actions(batch, sequence);
  sides->sum[desirable] += settings->beta * ratio;
  sides->n[desirable]++;
}

static void run(const struct objective_batch *batch,
                const struct objective_settings *settings,
                struct objective_result *result)
{
  struct sides sides = { { 0 }, { 0 } };
  objective_begin(batch, result);
  result->kl = estimate_kl(batch);
  for (size_t i = 0; i < batch->n_sequences; i++)
    result->units += counts(batch, &batch->sequences[i]);
  for (size_t i = 0; i < batch->n_sequences; i++)
    if (counts(batch, &batch->sequences[i]))
      add(batch, settings, &batch->sequences[i], &sides, result);
  if (sides.n[0] && sides.n[1])
    result->margin =
        sides.sum[1] / (double)sides.n[1] - sides.sum[0] / (double)sides.n[0];
}

const struct objective objective_kto = { .name = "kto",
                                         .needs_reference = true,
                                         .run = run };
