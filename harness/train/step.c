#include "train/step.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

/* ---- arrays ---- */

void step_maker_release(struct step_maker *maker)
{
  struct step_arrays *a = &maker->arrays;
  void *const all[] = { a->logp,     a->ref_logp,    a->kl,        a->value,
                        a->d_logp,   a->d_kl,        a->d_value,   a->given_logp,
                        a->given_kl, a->given_value, a->sequences, a->starts };
  for (size_t i = 0; i < COUNT(all); i++)
    free(all[i]);
  *a = (struct step_arrays){ 0 };
}

static void reserve(struct step_arrays *a, const struct batch *batch)
{
  size_t n = batch->n_tokens, m = batch->n_sequences;
  if (n > a->n_tokens) {
    float **const floats[] = { &a->logp,       &a->ref_logp, &a->kl,         &a->value,
                               &a->given_logp, &a->given_kl, &a->given_value };
    double **const doubles[] = { &a->d_logp, &a->d_kl, &a->d_value };
    for (size_t i = 0; i < COUNT(floats); i++)
      *floats[i] = mem_resize(*floats[i], n, sizeof(float));
    for (size_t i = 0; i < COUNT(doubles); i++)
      *doubles[i] = mem_resize(*doubles[i], n, sizeof(double));
    a->n_tokens = n;
  }
  if (m > a->n_sequences) {
    a->sequences = mem_resize(a->sequences, m, sizeof *a->sequences);
    a->starts = mem_resize(a->starts, m + 1, sizeof *a->starts);
    a->n_sequences = m;
  }
  memset(a->logp, 0, n * sizeof(float));
  memset(a->ref_logp, 0, n * sizeof(float));
  memset(a->kl, 0, n * sizeof(float));
  memset(a->value, 0, n * sizeof(float));
}

/* ---- a pack ---- */

struct stepping {
  struct step_maker *maker;
  const struct batch *batch;
  const struct step_rates *rates;
  struct step_result *result;
  struct objective_settings value_settings;
  size_t units, value_units; /* of the batch */
  /* sums over packs, each times its units */
  double loss, kl, accuracy, margin, value_loss;
};

static struct batch_pack whole_batch(const struct batch *batch)
{
  return (struct batch_pack){ .n_sequences = batch->n_sequences,
                              .n_tokens = batch->n_tokens };
}

/* The pack as the objectives see it: its tokens count from 0. */
static struct objective_batch view(const struct stepping *s, const struct batch_pack *p)
{
  struct step_arrays *a = &s->maker->arrays;
  size_t at = p->first_token;
  for (size_t i = 0; i < p->n_sequences; i++) {
    a->sequences[i] = s->batch->sequences[p->first_sequence + i];
    a->sequences[i].first -= at;
  }
  return (struct objective_batch){ .sequences = a->sequences,
                                   .n_sequences = p->n_sequences,
                                   .n_tokens = p->n_tokens,
                                   .action = s->batch->action + at,
                                   .step_start = s->batch->step_start + at,
                                   .logp = a->logp + at,
                                   .ref_logp = a->ref_logp + at,
                                   .kl = a->kl + at,
                                   .value = a->value + at };
}

static struct objective_result derivatives(const struct stepping *s, size_t at)
{
  struct step_arrays *a = &s->maker->arrays;
  return (struct objective_result){ .d_logp = a->d_logp + at,
                                    .d_kl = a->d_kl + at,
                                    .d_value = a->d_value + at };
}

static int forward(struct stepping *s, const struct batch_pack *p, struct err *err)
{
  struct step_maker *maker = s->maker;
  struct step_arrays *a = &maker->arrays;
  const struct objective *objective = maker->options.objective;
  size_t at = p->first_token;
  for (size_t i = 0; i < p->n_sequences; i++)
    a->starts[i] = (uint32_t)(s->batch->sequences[p->first_sequence + i].first - at);
  a->starts[p->n_sequences] = (uint32_t)p->n_tokens;
  struct trainee_batch packed = { .tokens = s->batch->ids + at,
                                  .starts = a->starts,
                                  .n_sequences = (uint32_t)p->n_sequences,
                                  .wanted = s->batch->action + at };
  struct trainee_outputs out = { .logp = a->logp + at };
  if (objective->needs_reference)
    out.ref_logp = a->ref_logp + at;
  if (objective->needs_kl)
    out.kl = a->kl + at;
  if (maker->policy.forward(maker->policy.state, &packed, &out, err) < 0)
    return -1;
  if (!maker->value.state)
    return 0;
  struct trainee_outputs values = { .value = a->value + at };
  return maker->value.forward(maker->value.state, &packed, &values, err);
}

/* Where a number came from that is not finite. */
static size_t find_bad(const struct stepping *s, const struct batch_pack *p)
{
  const struct step_arrays *a = &s->maker->arrays;
  for (size_t i = p->first_sequence; i < p->first_sequence + p->n_sequences; i++) {
    const struct objective_sequence *sequence = &s->batch->sequences[i];
    for (size_t t = sequence->first; t < sequence->first + sequence->count; t++)
      if (s->batch->action[t] && !(isfinite(a->logp[t]) && isfinite(a->ref_logp[t]) &&
                                   isfinite(a->kl[t]) && isfinite(a->value[t])))
        return i;
  }
  return p->n_sequences == 1 ? p->first_sequence : SIZE_MAX;
}

static bool is_finite(struct stepping *s, double loss, const struct batch_pack *p)
{
  if (isfinite(loss))
    return true;
  s->result->finite = false;
  s->result->bad = find_bad(s, p);
  return false;
}

/* ---- gradients ---- */

static void weigh(float *out, const double *in, size_t n, double weight)
{
  for (size_t i = 0; i < n; i++)
    out[i] = (float)(weight * in[i]);
}

static int backward(struct stepping *s, const struct batch_pack *p, double weight,
                    struct err *err)
{
  struct step_maker *maker = s->maker;
  struct step_arrays *a = &maker->arrays;
  size_t at = p->first_token, n = p->n_tokens;
  bool with_kl = maker->options.objective->needs_kl;
  if (s->rates->value_only)
    return 0;
  weigh(a->given_logp + at, a->d_logp + at, n, weight);
  weigh(a->given_kl + at, a->d_kl + at, n, with_kl ? weight : 0);
  struct trainee_derivatives given = { .logp = a->given_logp + at,
                                       .kl = with_kl ? a->given_kl + at : NULL };
  return maker->policy.backward(maker->policy.state, &given, err);
}

static double times(double value, size_t units)
{
  return isnan(value) ? value : value * (double)units;
}

static void add_up(struct stepping *s, const struct objective_result *found)
{
  s->loss += times(found->loss, found->units);
  s->kl += times(found->kl, found->units);
  s->accuracy += times(found->accuracy, found->units);
  s->margin += times(found->margin, found->units);
  s->result->n_actions += found->n_actions;
}

static int train_policy(struct stepping *s, const struct batch_pack *p, struct err *err)
{
  struct objective_batch batch = view(s, p);
  struct objective_result found = derivatives(s, p->first_token);
  s->maker->options.objective->run(&batch, &s->maker->options.settings, &found);
  if (!found.units || !is_finite(s, found.loss, p))
    return 0;
  add_up(s, &found);
  return backward(s, p, (double)found.units / (double)s->units, err);
}

static int train_value(struct stepping *s, const struct batch_pack *p, struct err *err)
{
  struct step_maker *maker = s->maker;
  struct step_arrays *a = &maker->arrays;
  size_t at = p->first_token;
  struct objective_batch batch = view(s, p);
  struct objective_result found = derivatives(s, at);
  if (!maker->value.state)
    return 0;
  objective_get(OBJECTIVE_OREO_VALUE)->run(&batch, &s->value_settings, &found);
  if (!found.units || !is_finite(s, found.loss, p))
    return 0;
  s->value_loss += times(found.loss, found.units);
  weigh(a->given_value + at, a->d_value + at, p->n_tokens,
        (double)found.units / (double)s->value_units);
  struct trainee_derivatives given = { .value = a->given_value + at };
  return maker->value.backward(maker->value.state, &given, err);
}

static int run_packs(struct stepping *s, struct err *err)
{
  for (size_t i = 0; i < s->batch->n_packs && s->result->finite; i++) {
    const struct batch_pack *p = &s->batch->packs[i];
    if (forward(s, p, err) < 0 || train_value(s, p, err) < 0)
      return -1;
    if (s->result->finite && train_policy(s, p, err) < 0)
      return -1;
  }
  return 0;
}

/* All packs forward, the objective on all, then each pack again and backward. */
static int run_whole(struct stepping *s, struct err *err)
{
  const struct batch *b = s->batch;
  for (size_t i = 0; i < b->n_packs; i++)
    if (forward(s, &b->packs[i], err) < 0)
      return -1;
  struct batch_pack all = whole_batch(b);
  struct objective_batch batch = view(s, &all);
  struct objective_result found = derivatives(s, 0);
  s->maker->options.objective->run(&batch, &s->maker->options.settings, &found);
  if (!found.units || !is_finite(s, found.loss, &all))
    return 0;
  add_up(s, &found);
  for (size_t i = 0; i < b->n_packs; i++)
    if (forward(s, &b->packs[i], err) < 0 || backward(s, &b->packs[i], 1, err) < 0)
      return -1;
  return 0;
}

/* ---- the step ---- */

/* How many units the batch has, before anything has been run: an objective counts them
 * whatever the numbers are. */
static size_t count_units(struct stepping *s, const struct objective *objective,
                          const struct objective_settings *settings)
{
  struct batch_pack all = whole_batch(s->batch);
  struct objective_batch batch = view(s, &all);
  struct objective_result found = derivatives(s, 0);
  objective->run(&batch, settings, &found);
  return found.units;
}

static int step_one(struct stepping *s, const struct train_network *network, double rate,
                    double *norm, struct err *err)
{
  if (network->step(network->state, rate, s->maker->options.clip, norm, err) < 0)
    return -1;
  s->result->finite = s->result->finite && isfinite(*norm);
  return 0;
}

static int step_all(struct stepping *s, struct err *err)
{
  struct step_maker *maker = s->maker;
  const struct step_rates *rates = s->rates;
  if (s->result->finite && maker->value.state &&
      step_one(s, &maker->value, rates->value, &s->result->value_norm, err) < 0)
    return -1;
  if (s->result->finite && !rates->value_only)
    return step_one(s, &maker->policy, rates->policy, &s->result->norm, err);
  return 0;
}

static double mean(double sum, size_t units)
{
  return units ? sum / (double)units : NAN;
}

int step_run(struct step_maker *maker, const struct batch *batch,
             const struct step_rates *rates, struct step_result *result, struct err *err)
{
  const struct step_options *options = &maker->options;
  struct stepping s = { .maker = maker,
                        .batch = batch,
                        .rates = rates,
                        .result = result,
                        .value_settings = options->settings };
  s.value_settings.one_step = false; /* the policy's alone, as in the authors' code */
  *result = (struct step_result){ .norm = NAN,
                                  .value_norm = NAN,
                                  .n_tokens = batch->n_tokens,
                                  .finite = true,
                                  .bad = SIZE_MAX };
  reserve(&maker->arrays, batch);
  s.units = count_units(&s, options->objective, &options->settings);
  if (maker->value.state)
    s.value_units =
        count_units(&s, objective_get(OBJECTIVE_OREO_VALUE), &s.value_settings);
  bool whole = options->whole && batch->n_packs > 1;
  if ((whole ? run_whole(&s, err) : run_packs(&s, err)) < 0 || step_all(&s, err) < 0)
    return -1;
  result->n_units = s.units;
  result->loss = mean(s.loss, s.units);
  result->kl = mean(s.kl, s.units);
  result->accuracy = mean(s.accuracy, s.units);
  result->margin = mean(s.margin, s.units);
  result->value_loss = maker->value.state ? mean(s.value_loss, s.value_units) : NAN;
  return 0;
}
