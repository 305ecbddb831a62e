/* objective_sft.c - supervised fine-tuning: the likelihood of recorded actions.
 *
 *   L = -(1/N) sum over all actions a_t of the batch of log pi(a_t | s_t)
 *
 * N is the number of actions in the batch: the mean is over tokens, prompt and
 * observations masked. That is what cross-entropy over labels means everywhere, and so in
 * OpenRLHF, of which the OREO authors' code is a fork: there the mean is over the tokens
 * of each micro-batch, and these means are averaged, so that with micro-batches of one
 * sequence a short response weighs as much as a long one. Ours does not depend on how a
 * batch is cut into parts.
 *
 * Rejection sampling (STaR, RAFT, ReST) is this loss on the successes alone: a filter in
 * front (train/examples.h), no objective.
 */
#include "train/objective_part.h"

static void run(const struct objective_batch *batch,
                const struct objective_settings *settings,
                struct objective_result *result)
{
  (void)settings;
  objective_begin(batch, result);
  for (size_t i = 0; i < batch->n_sequences; i++)
    result->n_actions += objective_actions(batch, &batch->sequences[i]);
  result->units = result->n_actions;
  if (!result->units)
    return;
  double sum = 0, weight = 1.0 / (double)result->units;
  for (size_t i = 0; i < batch->n_sequences; i++) {
    const struct objective_sequence *sequence = &batch->sequences[i];
    for (size_t t = sequence->first; t < sequence->first + sequence->count; t++)
      if (batch->action[t])
        sum -= batch->logp[t];
    objective_spread(batch, sequence, -weight, result->d_logp);
  }
  result->loss = sum * weight;
}

const struct objective objective_sft = { .name = "sft", .run = run };
