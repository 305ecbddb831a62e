#include "train/objective_oreo.h"

static size_t first_action(const struct objective_batch *batch,
                           const struct objective_sequence *sequence)
{
  size_t t = sequence->first, end = sequence->first + sequence->count;
  while (t < end && !batch->action[t])
    t++;
  return t;
}

struct oreo_residuals oreo_residuals(const struct objective_batch *batch,
                                     const struct objective_sequence *sequence,
                                     const struct objective_settings *settings,
                                     enum oreo_level level, double *out)
{
  struct oreo_residuals found = { .first_action = first_action(batch, sequence) };
  double reward = settings->reward_times * sequence->reward + settings->reward_plus;
  /* What the state is compared with: R and the log-ratios behind it, or, one step, the
   * value of the next state. */
  double target = reward, own = 0;
  for (size_t t = sequence->first + sequence->count; t-- > sequence->first;) {
    if (!batch->action[t])
      continue;
    own += settings->beta * ((double)batch->logp[t] - batch->ref_logp[t]);
    if (!oreo_is_state(batch, level, found.first_action, t))
      continue;
    double residual = batch->value[t] - target + own;
    target = settings->one_step ? batch->value[t] : target - own;
    own = 0;
    out[t] = residual;
    found.squares += residual * residual;
    found.n_states++;
  }
  return found;
}
