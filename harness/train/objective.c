#include "train/objective_part.h"

#include <math.h>
#include <string.h>

const struct objective *objective_get(enum objective_kind kind)
{
  static const struct objective *const table[] = {
    [OBJECTIVE_SFT] = &objective_sft,
    [OBJECTIVE_DPO] = &objective_dpo,
    [OBJECTIVE_KTO] = &objective_kto,
    [OBJECTIVE_OREO_POLICY] = &objective_oreo_policy,
    [OBJECTIVE_OREO_VALUE] = &objective_oreo_value,
  };
  return table[kind];
}

static void zero(double *values, size_t n)
{
  if (values && n)
    memset(values, 0, n * sizeof *values);
}

void objective_begin(const struct objective_batch *batch, struct objective_result *result)
{
  zero(result->d_logp, batch->n_tokens);
  zero(result->d_kl, batch->n_tokens);
  zero(result->d_value, batch->n_tokens);
  result->loss = 0;
  result->units = 0;
  result->n_actions = 0;
  result->kl = result->accuracy = result->margin = result->value_loss = NAN;
}

size_t objective_actions(const struct objective_batch *batch,
                         const struct objective_sequence *sequence)
{
  size_t n = 0;
  for (size_t i = 0; i < sequence->count; i++)
    n += batch->action[sequence->first + i] != 0;
  return n;
}

double objective_ratio(const struct objective_batch *batch,
                       const struct objective_sequence *sequence)
{
  double sum = 0;
  for (size_t t = sequence->first; t < sequence->first + sequence->count; t++)
    if (batch->action[t])
      sum += (double)batch->logp[t] - batch->ref_logp[t];
  return sum;
}

void objective_spread(const struct objective_batch *batch,
                      const struct objective_sequence *sequence, double amount,
                      double *d_logp)
{
  for (size_t t = sequence->first; t < sequence->first + sequence->count; t++)
    if (batch->action[t])
      d_logp[t] += amount;
}

double objective_sigmoid(double x)
{
  if (x >= 0)
    return 1 / (1 + exp(-x));
  double e = exp(x);
  return e / (1 + e);
}

double objective_log_sigmoid(double x)
{
  return x >= 0 ? -log1p(exp(-x)) : x - log1p(exp(x));
}
