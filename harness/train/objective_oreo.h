/* objective_oreo.h - the path-consistency residual that OREO's two losses square.
 *
 * Let l_t = log pi(a_t | s_t) / pi_ref(a_t | s_t) at actions, R = times r + plus, and let
 * the states of a sequence be
 *   token level     those before each action
 *   step level      those before the first action of each step
 *   response level  the one before the first action
 * With t' the state behind t (none behind the last: V is 0 there), the residual at t is
 *   d_t = V(s_t) - R + beta sum over actions i >= t of l_i                   to the end
 *   d_t = V(s_t) - V(s_t') - r_t + beta sum over actions t <= i < t' of l_i  one step
 * where r_t is R at the last state and 0 before. Rewards come at the end only, so the sum
 * of rewards to come is R at every state. Observations are no actions: they have neither
 * state nor log-ratio.
 *
 * Paper: 2412.16145, Theorem 1 and Eq. 7, levels in 4.2; the discount is 1. The authors'
 * code has a state at the end token's action too, and none behind it, as here.
 */
#ifndef OREO_TRAIN_OBJECTIVE_OREO_H
#define OREO_TRAIN_OBJECTIVE_OREO_H

#include "train/objective_part.h"

/* Where the states are, given the first action of the sequence. */
static inline bool oreo_is_state(const struct objective_batch *batch,
                                 enum oreo_level level, size_t first_action, size_t t)
{
  if (!batch->action[t])
    return false;
  return level == OREO_TOKEN || t == first_action ||
         (level == OREO_STEP && batch->step_start[t]);
}

struct oreo_residuals {
  size_t first_action, n_states;
  double squares; /* sum of d_t^2 */
};

/* Writes d_t to out[t] at each state and touches nothing else of `out`. */
struct oreo_residuals oreo_residuals(const struct objective_batch *batch,
                                     const struct objective_sequence *sequence,
                                     const struct objective_settings *settings,
                                     enum oreo_level level, double *out);

#endif
