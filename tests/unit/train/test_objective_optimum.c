/* OREO's losses, followed downhill with a table for a policy and a table for values, end
 * where theory says: pi*(a|s) = pi_ref(a|s) exp((Q(s,a) - V(s)) / beta), V(s) = beta log
 * of the sum over a of pi_ref(a|s) exp(Q(s,a) / beta). Two binary choices, rewards at the
 * end, data from every branch. DPO and KTO, whose optimum is not finite, must get the
 * order right.
 */
#include "test.h"

#include <math.h>

#include "base/arena.h"
#include "train/objective.h"

enum { STATES = 3, PATHS = 4, LENGTH = 3, TOKENS = PATHS * LENGTH };

/* State 0 before the first choice, 1 and 2 behind it; path p chooses p / 2, then p % 2.
 */
static const double rewards[PATHS] = { 1, 0, 0.25, 0.5 };
static const double reference[STATES] = { 0.3, 0.6, 0.25 }; /* of choosing 0 */

struct problem {
  double logit[STATES], value[STATES]; /* of choosing 0 rather than 1 */
  struct objective_sequence sequences[PATHS];
  uint8_t action[TOKENS], step_start[TOKENS];
  float logp[TOKENS], ref_logp[TOKENS], kl[TOKENS], values[TOKENS];
  double d_logp[TOKENS], d_kl[TOKENS], d_value[TOKENS];
  struct objective_batch batch;
  struct objective_settings settings;
  struct objective_result result;
};

static size_t state_at(size_t path, size_t step)
{
  return step ? 1 + path / 2 : 0;
}
static bool chooses_zero(size_t path, size_t step)
{
  return step ? path % 2 == 0 : path / 2 == 0;
}

static void problem_init(struct problem *p)
{
  *p = (struct problem){ .settings = { .beta = 0.5,
                                       .stop_gradient = true,
                                       .reward_times = 1,
                                       .desirable = 1,
                                       .undesirable = 1 } };
  for (size_t s = 0; s < STATES; s++)
    p->logit[s] = log(reference[s] / (1 - reference[s]));
  for (size_t i = 0; i < PATHS; i++)
    p->sequences[i] = (struct objective_sequence){
      .first = LENGTH * i, .count = LENGTH, .reward = rewards[i], .pair = -1
    };
  for (size_t t = 0; t < TOKENS; t++)
    p->action[t] = p->step_start[t] = t % LENGTH > 0;
  p->batch = (struct objective_batch){ p->sequences, PATHS,         TOKENS,
                                       p->action,    p->step_start, p->logp,
                                       p->ref_logp,  p->kl,         p->values };
  p->result = (struct objective_result){ .d_logp = p->d_logp,
                                         .d_kl = p->d_kl,
                                         .d_value = p->d_value };
}

static double zero_probability(const struct problem *p, size_t state)
{
  return 1 / (1 + exp(-p->logit[state]));
}

/* What the networks would compute. */
static void forward(struct problem *p)
{
  for (size_t i = 0; i < PATHS; i++)
    for (size_t step = 0; step < 2; step++) {
      size_t t = LENGTH * i + 1 + step, s = state_at(i, step);
      double zero = zero_probability(p, s), ref = reference[s];
      p->logp[t] = (float)log(chooses_zero(i, step) ? zero : 1 - zero);
      p->ref_logp[t] = (float)log(chooses_zero(i, step) ? ref : 1 - ref);
      p->kl[t] =
          (float)(zero * log(zero / ref) + (1 - zero) * log((1 - zero) / (1 - ref)));
      p->values[t] = (float)p->value[s];
    }
}

/* One step down; the log-probability of a choice rises by its logit with 1 - p. */
static void step_down(struct problem *p, enum objective_kind kind, double rate)
{
  forward(p);
  objective_get(kind)->run(&p->batch, &p->settings, &p->result);
  double d_logit[STATES] = { 0 }, d_value[STATES] = { 0 };
  for (size_t i = 0; i < PATHS; i++)
    for (size_t step = 0; step < 2; step++) {
      size_t t = LENGTH * i + 1 + step, s = state_at(i, step);
      double zero = zero_probability(p, s), ref = reference[s];
      d_logit[s] += p->d_logp[t] * (chooses_zero(i, step) ? 1 - zero : -zero);
      d_logit[s] += p->d_kl[t] * zero * (1 - zero) * (p->logit[s] - log(ref / (1 - ref)));
      d_value[s] += p->d_value[t];
    }
  for (size_t s = 0; s < STATES; s++) {
    p->logit[s] -= rate * d_logit[s];
    p->value[s] -= rate * d_value[s];
  }
}

static double soft_value(double beta, double ref, double q0, double q1)
{
  return beta * log(ref * exp(q0 / beta) + (1 - ref) * exp(q1 / beta));
}

static void check_near(const char *what, size_t state, double got, double expected)
{
  if (!(fabs(got - expected) < 1e-3))
    fail_msg("%s of state %zu: %g, not %g", what, state, got, expected);
}

static void train(struct problem *p)
{
  for (size_t i = 0; i < 6000; i++) {
    step_down(p, OBJECTIVE_OREO_VALUE, 0.5);
    step_down(p, OBJECTIVE_OREO_POLICY, 4);
  }
}

static void check_optimum(const struct problem *p, bool with_values)
{
  double beta = p->settings.beta, v[STATES], q[STATES][2];
  for (size_t i = 0; i < PATHS; i++)
    q[1 + i / 2][i % 2] = p->settings.reward_times * rewards[i] + p->settings.reward_plus;
  v[1] = q[0][0] = soft_value(beta, reference[1], q[1][0], q[1][1]);
  v[2] = q[0][1] = soft_value(beta, reference[2], q[2][0], q[2][1]);
  v[0] = soft_value(beta, reference[0], q[0][0], q[0][1]);
  for (size_t s = 0; s < STATES; s++) {
    check_near("choice", s, zero_probability(p, s),
               reference[s] * exp((q[s][0] - v[s]) / beta));
    if (with_values)
      check_near("value", s, p->value[s], v[s]);
  }
}

static void oreo(void **state)
{
  (void)state;
  for (int level = OREO_TOKEN; level <= OREO_STEP; level++)
    for (int stop = 0; stop < 2; stop++) {
      struct problem p;
      problem_init(&p);
      p.settings.level = (enum oreo_level)level;
      p.settings.stop_gradient = stop;
      train(&p);
      check_optimum(&p, true);
    }
}

static void other_rewards_and_one_step(void **state)
{
  (void)state;
  for (int one_step = 0; one_step < 2; one_step++) {
    struct problem p;
    problem_init(&p);
    p.settings.one_step = one_step;
    p.settings.reward_times = 2;
    p.settings.reward_plus = -1;
    train(&p);
    check_optimum(&p, true);
  }
}

/* The first state's residual alone tells paths apart, so the policy is the same. */
static void responses(void **state)
{
  (void)state;
  struct problem p;
  problem_init(&p);
  p.settings.level = OREO_RESPONSE;
  train(&p);
  check_optimum(&p, true);
}

/* The KL holds the policy at the reference when it weighs much, and a bit when little. */
static void regularised(void **state)
{
  (void)state;
  double far = 0;
  static const double alphas[] = { 100, 0.5, 0.05, 0 };
  for (size_t i = 0; i < COUNT(alphas); i++) {
    struct problem p;
    problem_init(&p);
    p.settings.alpha = alphas[i];
    for (size_t k = 0; k < 6000; k++) {
      step_down(&p, OBJECTIVE_OREO_VALUE, 0.5);
      step_down(&p, OBJECTIVE_OREO_POLICY, alphas[i] > 1 ? 0.05 : 4);
    }
    double now = fabs(zero_probability(&p, 1) - reference[1]);
    assert_true(i ? now > far : now < 0.01);
    far = now;
  }
}

static void preferences(void **state)
{
  (void)state;
  for (int kind = OBJECTIVE_SFT; kind <= OBJECTIVE_KTO; kind++) {
    struct problem p;
    problem_init(&p);
    p.sequences[0].pair = p.sequences[1].pair = 0; /* 1 against 0 */
    p.sequences[0].chosen = true;
    if (kind == OBJECTIVE_SFT)
      p.batch.n_sequences = 1; /* what rejection sampling would leave */
    for (size_t k = 0; k < 200; k++)
      step_down(&p, (enum objective_kind)kind, 0.5);
    assert_true(zero_probability(&p, 1) > reference[1] + 0.05);
    assert_true(kind != OBJECTIVE_SFT || zero_probability(&p, 0) > reference[0] + 0.05);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(oreo),        cmocka_unit_test(other_rewards_and_one_step),
    cmocka_unit_test(responses),   cmocka_unit_test(regularised),
    cmocka_unit_test(preferences),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
