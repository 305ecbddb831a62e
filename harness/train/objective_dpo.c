/* objective_dpo.c - direct preference optimisation.
 *
 *   rho(y) = sum over actions of y of log pi(a_t | s_t) / pi_ref(a_t | s_t)
 *   h = beta (rho(chosen) - rho(rejected))
 *   L = mean over pairs of -(1 - e) log sigmoid(h) - e log sigmoid(-h)
 *
 * e is the label smoothing (0: the paper's loss). Log-probabilities are summed, not
 * averaged over a response. Rafailov et al. 2023, Eq. 7; smoothing as in Mitchell's note
 * on conservative DPO, Eq. 3. The OREO authors' baseline is OpenRLHF's, which is the
 * same.
 *
 *   dL/dlogp[t] = -+ beta ((1 - e) - sigmoid(h)) / pairs     (- chosen, + rejected)
 *
 * since the derivative of the loss by h is sigmoid(h) - (1 - e). A sequence without its
 * partner in the batch counts for nothing.
 */
#include "train/objective_part.h"

/* The partner most often stands beside its sequence. */
static const struct objective_sequence *rejected_of(const struct objective_batch *batch,
                                                    size_t chosen)
{
  for (size_t step = 1; step < batch->n_sequences; step++) {
    size_t other = (chosen + step) % batch->n_sequences;
    const struct objective_sequence *sequence = &batch->sequences[other];
    if (sequence->pair == batch->sequences[chosen].pair && !sequence->chosen)
      return sequence;
  }
  return NULL;
}

/* The rejected partner where sequence i is the chosen one of a pair that can be used. */
static const struct objective_sequence *partner(const struct objective_batch *batch,
                                                size_t i)
{
  const struct objective_sequence *chosen = &batch->sequences[i];
  if (chosen->pair < 0 || !chosen->chosen || !objective_actions(batch, chosen))
    return NULL;
  const struct objective_sequence *rejected = rejected_of(batch, i);
  return rejected && objective_actions(batch, rejected) ? rejected : NULL;
}

static void add_pair(const struct objective_batch *batch,
                     const struct objective_settings *settings,
                     const struct objective_sequence *chosen,
                     const struct objective_sequence *rejected,
                     struct objective_result *result)
{
  double e = settings->smoothing, pairs = (double)result->units;
  double h = settings->beta *
             (objective_ratio(batch, chosen) - objective_ratio(batch, rejected));
  double loss = -(1 - e) * objective_log_sigmoid(h) - e * objective_log_sigmoid(-h);
  double slope = (objective_sigmoid(h) - (1 - e)) * settings->beta / pairs;
  objective_spread(batch, chosen, slope, result->d_logp);
  objective_spread(batch, rejected, -slope, result->d_logp);
  result->loss += loss / pairs;
  result->margin += h / pairs;
  result->accuracy += (h > 0) / pairs;
  result->n_actions +=
      objective_actions(batch, chosen) + objective_actions(batch, rejected);
}

static void run(const struct objective_batch *batch,
                const struct objective_settings *settings,
                struct objective_result *result)
{
  objective_begin(batch, result);
  for (size_t i = 0; i < batch->n_sequences; i++)
    result->units += partner(batch, i) != NULL;
  if (!result->units)
    return;
  result->margin = result->accuracy = 0;
  for (size_t i = 0; i < batch->n_sequences; i++) {
    const struct objective_sequence *rejected = partner(batch, i);
    if (rejected)
      add_pair(batch, settings, &batch->sequences[i], rejected, result);
  }
}

const struct objective objective_dpo = { .name = "dpo",
                                         .needs_reference = true,
                                         .run = run };
