/* objective_oreo_value.c - OREO's value loss.
 *
 *   L = mean over sequences of (1/T) sum over its T states of d_t^2
 *
 * d_t is the residual of objective_oreo.h with the log-ratios fixed; V at the end is 0
 * and is not trained. States are those of the level, but at response level, which
 * concerns the policy's loss alone, V is trained at every token, as in the authors' code.
 *   dL/dvalue[t] = 2 d_t / (T sequences)
 * With one-step residuals V(s_t') counts as trained too (no target network), which takes
 * 2 d_t / (T sequences) from the derivative at t'. The authors' code keeps the sum to the
 * end for the value network even then: for that, give this objective one_step = false.
 *
 * Paper: 2412.16145, Eq. 8; the authors' pcl_trainer.py: loss.
 */
#include "train/objective_oreo.h"

/* From the residuals, which stand in d_value at the states. */
static void derive(const struct objective_batch *batch,
                   const struct objective_sequence *sequence, enum oreo_level level,
                   bool one_step, const struct oreo_residuals *found, double scale,
                   double *d_value)
{
  double before = 0;
  for (size_t t = found->first_action; t < sequence->first + sequence->count; t++) {
    if (!oreo_is_state(batch, level, found->first_action, t))
      continue;
    double residual = d_value[t];
    d_value[t] = scale * (residual - (one_step ? before : 0));
    before = residual;
  }
}

static void run(const struct objective_batch *batch,
                const struct objective_settings *settings,
                struct objective_result *result)
{
  enum oreo_level level = settings->level == OREO_STEP ? OREO_STEP : OREO_TOKEN;
  objective_begin(batch, result);
  for (size_t i = 0; i < batch->n_sequences; i++)
    result->units += objective_actions(batch, &batch->sequences[i]) > 0;
  for (size_t i = 0; i < batch->n_sequences; i++) {
    const struct objective_sequence *sequence = &batch->sequences[i];
    struct oreo_residuals found =
        oreo_residuals(batch, sequence, settings, level, result->d_value);
    if (!found.n_states)
      continue;
    double weight = 1.0 / ((double)result->units * (double)found.n_states);
    result->loss += weight * found.squares;
    derive(batch, sequence, level, settings->one_step, &found, 2 * weight,
           result->d_value);
    result->n_actions += objective_actions(batch, sequence);
  }
  result->value_loss = result->loss;
}

const struct objective objective_oreo_value = { .name = "oreo value",
                                                .needs_reference = true,
                                                .needs_value = true,
                                                .trains_value = true,
                                                .run = run };
