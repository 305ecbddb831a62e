/* Objectives on a batch derived on paper, against central differences of losses written
 * down a second time with what is fixed fixed, and under changes that must change
 * nothing.
 *
 * The batch on paper, beta = 1/2 (o: prompt or observation, whose numbers are NAN):
 *
 *   A, reward 1   o  o  a1   a2   a3     steps begin at a1 and a3
 *     log pi           -1   -2   -1/2
 *     log pi_ref       -2   -1   -1
 *     l                 1   -1    1/2
 *     V                 1    1    1/4
 *     KL                1/4  1/2  3/4
 *   B, reward 0   o  b1   o  b2          steps begin at b1 and b2
 *     log pi         -1/2    -2
 *     log pi_ref     -1      -1
 *     l               1/2    -1
 *     V               1/2     1/4
 *     KL              1       0
 *   C, reward 1   o  c1
 *     log pi         -3      log pi_ref -1, l -2, V 1, KL 2
 *
 * Residuals to the end, d = V - R + beta (l of this and all later actions):
 *   A  a1: 1 - 1 + (1 - 1 + 1/2)/2 =  1/4     B  b1: 1/2 - 0 + (1/2 - 1)/2 =  1/4
 *      a2: 1 - 1 + (-1 + 1/2)/2    = -1/4        b2: 1/4 - 0 - 1/2         = -1/4
 *      a3: 1/4 - 1 + (1/2)/2       = -1/2     C  c1: 1 - 1 - 1             = -1
 *
 * Token level: A (1/16 + 1/16 + 1/4)/3 = 1/8, B (1/16 + 1/16)/2 = 1/16, C 1; their mean
 * is 19/48. By value 2 d / (3 T): A d 2/9, B d 1/3, C d 2/3. By logp, with the
 * stop-gradient, beta times as much; without, the d of all states up to the action add
 * up: A 1/4, 0, -1/2; B 1/4, 0.
 *
 * KL: A 1/2, B 1/2, C 2, mean 1; with alpha = 1/4 the policy's loss is 19/48 + 12/48. By
 * kl: alpha / (3 actions), 1/36, 1/24, 1/12.
 *
 * Step level: A has states a1, a3: (1/16 + 1/4)/2 = 5/32; mean (5/32 + 2/32 + 1)/3 =
 * 13/32. By logp A has 1/6 of d: a1 and a2 1/24, a3 -1/12 (without the stop-gradient
 * (1/4 - 1/2)/6). By value 1/3 of d: 1/12, 0, -1/6.
 *
 * Response level: (1/16 + 1/16 + 1)/3 = 3/8; by logp 2 beta d / 3: 1/12, 1/12, -1/3.
 *
 * One step, d = V - V' - r + beta l: A 1 - 1 + 1/2 = 1/2, 1 - 1/4 - 1/2 = 1/4, -1/2; B
 * 1/2 - 1/4 + 1/4 = 1/2, -1/4; C -1. A 9/16/3 = 6/32, B 5/16/2 = 5/32, C 1, mean 43/96.
 * By logp A d/9, B d/6, C -1/3; by value, which also pulls at V', A 2/9 of 1/2,
 * 1/4 - 1/2, -1/2 - 1/4, B 1/3 of 1/2, -1/4 - 1/2, C -2/3.
 *
 * Rewards +-1: B's R is -1, so its d are 5/4 and 3/4: 34/16/2 = 17/16; mean 35/48.
 *
 * SFT: (1 + 2 + 1/2 + 1/2 + 2 + 3)/6 = 3/2; by logp -1/6.
 *
 * DPO, A before B, beta = ln 3: rho is 1/2 and -1/2, h = ln 3, sigmoid 3/4; loss ln(4/3),
 * by logp -+ ln 3 / 4. With smoothing 1/8: 7/8 ln(4/3) + 1/8 ln 4, by logp
 * (3/4 - 7/8) ln 3.
 *
 * KTO, A and B, C mismatched, beta = 2 ln 3, weights 1 and 2: C's rho is -2, so z = 0; v
 * is 3/4 for both; loss (1/4 + 2/4)/2 = 3/8; by logp -beta 3/16 / 2 and 2 beta 3/16 / 2.
 * With C's log pi -1/2 instead, z = 1/2: v is 1/2 and sigmoid(2 ln 3) = 9/10, loss
 * (1/2 + 2/10)/2 = 7/20, by logp -beta/4/2 and 2 beta 9/100 / 2.
 */
#include "base/arena.h"
#include "base/rng.h"
#include "task/trajectory.h"
#include "test.h"
#include "train/objective.h"

#include <float.h>
#include <math.h>

#define NEAR(got, expected) assert_double_equal_by((got), (expected), __LINE__)
#define O                   NAN

static void assert_double_equal_by(double got, double expected, int line)
{
  if (!(fabs(got - expected) <= 1e-12 * (1 + fabs(expected))))
    fail_msg("line %d: %.17g, not %.17g", line, got, expected);
}

/* ---- the batch on paper ---- */

enum { TOKENS = 11 };

struct paper {
  struct objective_sequence sequences[3];
  uint8_t action[TOKENS], step_start[TOKENS];
  float logp[TOKENS], ref_logp[TOKENS], kl[TOKENS], value[TOKENS];
  struct objective_batch batch;
  struct objective_settings settings;
  double d_logp[TOKENS], d_kl[TOKENS], d_value[TOKENS];
  struct objective_result result;
};

static void paper_init(struct paper *p)
{
  *p = (struct paper){
    .sequences = { { .first = 0, .count = 5, .reward = 1, .pair = 7, .chosen = true },
                   { .first = 5, .count = 4, .reward = 0, .pair = 7 },
                   { .first = 9, .count = 2, .reward = 1, .pair = -1 } },
    .action = { 0, 0, 1, 1, 1, 0, 1, 0, 1, 0, 1 },
    .step_start = { 0, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1 },
    .logp = { O, O, -1, -2, -0.5f, O, -0.5f, O, -2, O, -3 },
    .ref_logp = { O, O, -2, -1, -1, O, -1, O, -1, O, -1 },
    .kl = { O, O, 0.25f, 0.5f, 0.75f, O, 1, O, 0, O, 2 },
    .value = { O, O, 1, 1, 0.25f, O, 0.5f, O, 0.25f, O, 1 },
    .settings = { .beta = 0.5,
                  .alpha = 0.25,
                  .stop_gradient = true,
                  .reward_times = 1,
                  .desirable = 1,
                  .undesirable = 2 },
  };
  p->batch = (struct objective_batch){ p->sequences,  3,       TOKENS,      p->action,
                                       p->step_start, p->logp, p->ref_logp, p->kl,
                                       p->value };
  p->result = (struct objective_result){ .d_logp = p->d_logp,
                                         .d_kl = p->d_kl,
                                         .d_value = p->d_value };
}

static void paper_run(struct paper *p, enum objective_kind kind)
{
  for (size_t t = 0; t < TOKENS; t++)
    p->d_logp[t] = p->d_kl[t] = p->d_value[t] = 99;
  objective_get(kind)->run(&p->batch, &p->settings, &p->result);
}

/* The derivatives at A's, B's and C's actions; zero at all other tokens. */
static void expect(const double *d, const double *expected, int line)
{
  static const int at[] = { -1, -1, 0, 1, 2, -1, 3, -1, 4, -1, 5 };
  for (size_t t = 0; t < TOKENS; t++)
    assert_double_equal_by(d[t], at[t] < 0 ? 0 : expected[at[t]], line);
}
#define EXPECT(d, ...) expect((d), (const double[]){ __VA_ARGS__ }, __LINE__)
#define NOTHING        0, 0, 0, 0, 0, 0

static void oreo_tokens(void **state)
{
  (void)state;
  struct paper p;
  paper_init(&p);
  paper_run(&p, OBJECTIVE_OREO_VALUE);
  NEAR(p.result.loss, 19.0 / 48);
  NEAR(p.result.value_loss, 19.0 / 48);
  assert_true(isnan(p.result.kl) && isnan(p.result.accuracy) && isnan(p.result.margin));
  assert_int_equal(p.result.n_actions, 6);
  assert_int_equal(p.result.units, 3);
  EXPECT(p.d_value, 1.0 / 18, -1.0 / 18, -1.0 / 9, 1.0 / 12, -1.0 / 12, -2.0 / 3);
  EXPECT(p.d_logp, NOTHING);
  EXPECT(p.d_kl, NOTHING);
  paper_run(&p, OBJECTIVE_OREO_POLICY);
  NEAR(p.result.loss, 31.0 / 48);
  NEAR(p.result.kl, 1);
  assert_true(isnan(p.result.value_loss));
  assert_int_equal(p.result.n_actions, 6);
  EXPECT(p.d_logp, 1.0 / 36, -1.0 / 36, -1.0 / 18, 1.0 / 24, -1.0 / 24, -1.0 / 3);
  EXPECT(p.d_kl, 1.0 / 36, 1.0 / 36, 1.0 / 36, 1.0 / 24, 1.0 / 24, 1.0 / 12);
  EXPECT(p.d_value, NOTHING);
  p.settings.stop_gradient = false;
  paper_run(&p, OBJECTIVE_OREO_POLICY);
  NEAR(p.result.loss, 31.0 / 48);
  EXPECT(p.d_logp, 1.0 / 36, 0, -1.0 / 18, 1.0 / 24, 0, -1.0 / 3);
}

static void oreo_steps(void **state)
{
  (void)state;
  struct paper p;
  paper_init(&p);
  p.settings.level = OREO_STEP;
  p.settings.alpha = 0;
  paper_run(&p, OBJECTIVE_OREO_VALUE);
  NEAR(p.result.loss, 13.0 / 32);
  EXPECT(p.d_value, 1.0 / 12, 0, -1.0 / 6, 1.0 / 12, -1.0 / 12, -2.0 / 3);
  paper_run(&p, OBJECTIVE_OREO_POLICY);
  NEAR(p.result.loss, 13.0 / 32);
  NEAR(p.result.kl, 1);
  EXPECT(p.d_logp, 1.0 / 24, 1.0 / 24, -1.0 / 12, 1.0 / 24, -1.0 / 24, -1.0 / 3);
  EXPECT(p.d_kl, NOTHING);
  p.settings.stop_gradient = false;
  paper_run(&p, OBJECTIVE_OREO_POLICY);
  EXPECT(p.d_logp, 1.0 / 24, 1.0 / 24, -1.0 / 24, 1.0 / 24, 0, -1.0 / 3);
  memset(p.step_start, 0, sizeof p.step_start); /* the first action begins one anyhow */
  paper_run(&p, OBJECTIVE_OREO_POLICY);
  NEAR(p.result.loss, 3.0 / 8);
}

static void oreo_responses(void **state)
{
  (void)state;
  for (int stop = 0; stop < 2; stop++) {
    struct paper p;
    paper_init(&p);
    p.settings.level = OREO_RESPONSE;
    p.settings.stop_gradient = stop;
    p.batch.kl = NULL;
    p.result.d_kl = p.result.d_value = NULL;
    paper_run(&p, OBJECTIVE_OREO_POLICY);
    NEAR(p.result.loss, 3.0 / 8);
    assert_true(isnan(p.result.kl));
    EXPECT(p.d_logp, 1.0 / 12, 1.0 / 12, 1.0 / 12, 1.0 / 12, 1.0 / 12, -1.0 / 3);
    p.result.d_value = p.d_value;
    p.result.d_logp = NULL;
    paper_run(&p, OBJECTIVE_OREO_VALUE);
    NEAR(p.result.loss, 19.0 / 48); /* at every token all the same */
  }
}

static void oreo_one_step(void **state)
{
  (void)state;
  struct paper p;
  paper_init(&p);
  p.settings.one_step = true;
  p.settings.alpha = 0;
  for (int stop = 0; stop < 2; stop++) {
    p.settings.stop_gradient = stop;
    paper_run(&p, OBJECTIVE_OREO_POLICY);
    NEAR(p.result.loss, 43.0 / 96);
    EXPECT(p.d_logp, 1.0 / 18, 1.0 / 36, -1.0 / 18, 1.0 / 12, -1.0 / 24, -1.0 / 3);
  }
  paper_run(&p, OBJECTIVE_OREO_VALUE);
  NEAR(p.result.loss, 43.0 / 96);
  EXPECT(p.d_value, 1.0 / 9, -1.0 / 18, -1.0 / 6, 1.0 / 6, -1.0 / 4, -2.0 / 3);
}

static void oreo_rewards(void **state)
{
  (void)state;
  struct paper p;
  paper_init(&p);
  p.settings.reward_times = 2;
  p.settings.reward_plus = -1;
  paper_run(&p, OBJECTIVE_OREO_VALUE);
  NEAR(p.result.loss, 35.0 / 48);
}

static void sft(void **state)
{
  (void)state;
  struct paper p;
  paper_init(&p);
  p.batch.ref_logp = p.batch.kl = p.batch.value = NULL;
  p.result.d_kl = p.result.d_value = NULL;
  paper_run(&p, OBJECTIVE_SFT);
  NEAR(p.result.loss, 1.5);
  assert_int_equal(p.result.units, 6);
  EXPECT(p.d_logp, -1.0 / 6, -1.0 / 6, -1.0 / 6, -1.0 / 6, -1.0 / 6, -1.0 / 6);
}

static void dpo(void **state)
{
  (void)state;
  struct paper p;
  paper_init(&p);
  double ln3 = log(3);
  p.settings.beta = ln3;
  paper_run(&p, OBJECTIVE_DPO);
  NEAR(p.result.loss, log(4.0 / 3));
  NEAR(p.result.margin, ln3);
  NEAR(p.result.accuracy, 1);
  assert_int_equal(p.result.units, 1);
  assert_int_equal(p.result.n_actions, 5);
  EXPECT(p.d_logp, -ln3 / 4, -ln3 / 4, -ln3 / 4, ln3 / 4, ln3 / 4, 0);
  p.settings.smoothing = 0.125;
  paper_run(&p, OBJECTIVE_DPO);
  NEAR(p.result.loss, 0.875 * log(4.0 / 3) + 0.125 * log(4));
  EXPECT(p.d_logp, -ln3 / 8, -ln3 / 8, -ln3 / 8, ln3 / 8, ln3 / 8, 0);
  p.sequences[1].chosen = true; /* two chosen are no pair, nor are two numbers */
  paper_run(&p, OBJECTIVE_DPO);
  assert_int_equal(p.result.units, 0);
  p.sequences[1].chosen = false;
  p.sequences[1].pair = 8;
  paper_run(&p, OBJECTIVE_DPO);
  NEAR(p.result.loss, 0);
  assert_int_equal(p.result.units, 0);
  EXPECT(p.d_logp, NOTHING);
}

static void kto(void **state)
{
  (void)state;
  struct paper p;
  paper_init(&p);
  double beta = 2 * log(3);
  p.settings.beta = beta;
  p.sequences[2].mismatched = true;
  paper_run(&p, OBJECTIVE_KTO);
  NEAR(p.result.loss, 0.375);
  NEAR(p.result.kl, 0);
  NEAR(p.result.margin, beta);
  assert_int_equal(p.result.units, 2);
  double a = -beta * 3 / 32, b = beta * 3 / 16;
  EXPECT(p.d_logp, a, a, a, b, b, 0);
  p.logp[10] = -0.5f;
  paper_run(&p, OBJECTIVE_KTO);
  NEAR(p.result.loss, 0.35);
  NEAR(p.result.kl, 0.5);
  a = -beta / 8, b = beta * 9 / 100;
  EXPECT(p.d_logp, a, a, a, b, b, 0);
}

static void nothing_to_learn_from(void **state)
{
  (void)state;
  for (int kind = OBJECTIVE_SFT; kind <= OBJECTIVE_OREO_VALUE; kind++) {
    struct paper p;
    paper_init(&p);
    memset(p.action, 0, sizeof p.action);
    for (int empty = 0; empty < 2; empty++) {
      paper_run(&p, (enum objective_kind)kind);
      NEAR(p.result.loss, 0);
      assert_int_equal(p.result.units, 0);
      EXPECT(p.d_logp, NOTHING);
      EXPECT(p.d_value, NOTHING);
      p.batch.n_sequences = 0;
    }
  }
}

static void table(void **state)
{
  (void)state;
  for (int kind = OBJECTIVE_SFT; kind <= OBJECTIVE_OREO_VALUE; kind++) {
    const struct objective *o = objective_get((enum objective_kind)kind);
    assert_true(o->name && o->run);
    assert_int_equal(o->needs_reference, kind != OBJECTIVE_SFT);
    assert_int_equal(o->needs_kl, kind == OBJECTIVE_OREO_POLICY);
    assert_int_equal(o->needs_value, kind >= OBJECTIVE_OREO_POLICY);
    assert_int_equal(o->trains_value, kind == OBJECTIVE_OREO_VALUE);
  }
}

/* ---- random batches, and the losses written down once more ---- */

enum { RANDOM_SEQUENCES = 7, RANDOM_TOKENS = 96 };

struct random_batch {
  struct objective_sequence sequences[RANDOM_SEQUENCES];
  uint8_t action[RANDOM_TOKENS], step_start[RANDOM_TOKENS];
  float logp[RANDOM_TOKENS], ref_logp[RANDOM_TOKENS], kl[RANDOM_TOKENS],
      value[RANDOM_TOKENS];
  struct objective_batch batch;
  struct objective_settings settings;
  double d_logp[RANDOM_TOKENS], d_kl[RANDOM_TOKENS], d_value[RANDOM_TOKENS];
  struct objective_result result;
};

/* A step to either side that floats hold exactly. */
#define STEP (1.0 / 64)

static float draw(struct rng *rng, double low, double high)
{
  return (float)(round((low + (high - low) * rng_unit(rng)) * 256) / 256);
}

static void draw_sequence(struct random_batch *b, struct rng *rng, size_t i, size_t first)
{
  struct objective_sequence *s = &b->sequences[i];
  *s = (struct objective_sequence){ .first = first, .pair = -1 };
  s->count = (size_t)rng_range(rng, 4, RANDOM_TOKENS / RANDOM_SEQUENCES);
  s->reward = rng_chance(rng, 0.5) ? 1 : rng_chance(rng, 0.5) ? 0 : rng_unit(rng);
  s->pair = i < 4 ? (int32_t)(i % 2) : -1; /* 0 with 2, 1 with 3 */
  s->chosen = i >= 2;
  s->mismatched = i >= 5;
  for (size_t t = first; t < first + s->count; t++) {
    bool action = t > first && (t == first + s->count - 1 || rng_chance(rng, 0.75));
    b->action[t] = action;
    b->step_start[t] = action && rng_chance(rng, 0.4);
    b->logp[t] = action ? draw(rng, -3, -0.02) : NAN;
    b->ref_logp[t] = action ? draw(rng, -3, -0.02) : NAN;
    b->kl[t] = action ? draw(rng, 0, 2) : NAN;
    b->value[t] = action ? draw(rng, -0.5, 1.5) : NAN;
  }
}

static void draw_batch(struct random_batch *b, struct rng *rng)
{
  size_t first = 0;
  memset(b, 0, sizeof *b);
  for (size_t i = 0; i < RANDOM_SEQUENCES; i++) {
    draw_sequence(b, rng, i, first);
    first += b->sequences[i].count;
  }
  b->batch =
      (struct objective_batch){ b->sequences,  RANDOM_SEQUENCES, first,       b->action,
                                b->step_start, b->logp,          b->ref_logp, b->kl,
                                b->value };
  b->settings = (struct objective_settings){
    .beta = 0.03 + rng_unit(rng),
    .alpha = rng_chance(rng, 0.3) ? 0 : rng_unit(rng),
    .level = (enum oreo_level)rng_below(rng, 3),
    .stop_gradient = rng_chance(rng, 0.5),
    .one_step = rng_chance(rng, 0.3),
    .reward_times = rng_chance(rng, 0.5) ? 1 : 2,
    .reward_plus = rng_chance(rng, 0.5) ? 0 : -1,
    .desirable = 0.5 + rng_unit(rng),
    .undesirable = 0.5 + rng_unit(rng),
    .smoothing = rng_chance(rng, 0.5) ? 0 : rng_unit(rng) / 3,
  };
  b->result = (struct objective_result){ .d_logp = b->d_logp,
                                         .d_kl = b->d_kl,
                                         .d_value = b->d_value };
}

static double run(struct random_batch *b, enum objective_kind kind)
{
  objective_get(kind)->run(&b->batch, &b->settings, &b->result);
  return b->result.loss;
}

/* What is differentiated: log pi, KL and V, with a second copy of log pi and of V that
 * stays as it was, for what is fixed. */
struct point {
  const struct random_batch *b;
  double logp[RANDOM_TOKENS], kl[RANDOM_TOKENS], value[RANDOM_TOKENS];
};

static double ratio_between(const struct point *p, size_t from, size_t to, bool fixed)
{
  double sum = 0;
  for (size_t t = from; t < to; t++)
    if (p->b->action[t])
      sum += (fixed ? (double)p->b->logp[t] : p->logp[t]) - p->b->ref_logp[t];
  return sum;
}

static bool is_state(const struct random_batch *b, const struct objective_sequence *s,
                     enum oreo_level level, size_t t)
{
  bool first = true;
  for (size_t i = s->first; i < t; i++)
    first &= !b->action[i];
  if (level == OREO_RESPONSE)
    return b->action[t] && first;
  return b->action[t] && (level == OREO_TOKEN || first || b->step_start[t]);
}

/* Eq. 8 and 9, one sequence, T^2 work. */
static double oreo_sequence(const struct point *p, const struct objective_sequence *s,
                            bool of_value)
{
  const struct random_batch *b = p->b;
  const struct objective_settings *set = &b->settings;
  enum oreo_level level =
      of_value && set->level == OREO_RESPONSE ? OREO_TOKEN : set->level;
  size_t end = s->first + s->count, n = 0;
  double sum = 0, reward = set->reward_times * s->reward + set->reward_plus;
  for (size_t t = s->first; t < end; t++) {
    if (!is_state(b, s, level, t))
      continue;
    size_t next = t + 1;
    while (next < end && !is_state(b, s, level, next))
      next++;
    double own = ratio_between(p, t, next, of_value);
    double behind = ratio_between(p, next, end, of_value || set->stop_gradient);
    double v = of_value ? p->value[t] : b->value[t], after = 0;
    if (next < end)
      after = of_value ? p->value[next] : b->value[next];
    double d = set->one_step ? v - after - (next < end ? 0 : reward) + set->beta * own
                             : v - reward + set->beta * (own + behind);
    sum += d * d;
    n++;
  }
  return sum / (double)n;
}

static double mean_kl(const struct point *p, const struct objective_sequence *s)
{
  double sum = 0, n = 0;
  for (size_t t = s->first; t < s->first + s->count; t++)
    if (p->b->action[t])
      sum += p->kl[t], n++;
  return sum / n;
}

static double oreo_loss(const struct point *p, bool of_value)
{
  double sum = 0;
  for (size_t i = 0; i < RANDOM_SEQUENCES; i++) {
    sum += oreo_sequence(p, &p->b->sequences[i], of_value);
    if (!of_value)
      sum += p->b->settings.alpha * mean_kl(p, &p->b->sequences[i]);
  }
  return sum / RANDOM_SEQUENCES;
}

static double sigmoid(double x)
{
  return 1 / (1 + exp(-x));
}

static double rho(const struct point *p, size_t i, bool fixed)
{
  const struct objective_sequence *s = &p->b->sequences[i];
  return ratio_between(p, s->first, s->first + s->count, fixed);
}

static double dpo_loss(const struct point *p)
{
  double sum = 0, e = p->b->settings.smoothing;
  for (size_t pair = 0; pair < 2; pair++) {
    double h = p->b->settings.beta * (rho(p, pair + 2, false) - rho(p, pair, false));
    sum -= (1 - e) * log(sigmoid(h)) + e * log(sigmoid(-h));
  }
  return sum / 2;
}

static double kto_loss(const struct point *p)
{
  double beta = p->b->settings.beta, sum = 0;
  double z = fmax(0, (rho(p, 5, true) + rho(p, 6, true)) / 2);
  for (size_t i = 0; i < 5; i++) {
    double x = beta * (rho(p, i, false) - z);
    sum += p->b->sequences[i].reward > 0.5 ? p->b->settings.desirable * (1 - sigmoid(x))
                                           : p->b->settings.undesirable * sigmoid(x);
  }
  return sum / 5;
}

static double sft_loss(const struct point *p)
{
  double sum = 0, n = 0;
  for (size_t t = 0; t < p->b->batch.n_tokens; t++)
    if (p->b->action[t])
      sum -= p->logp[t], n++;
  return sum / n;
}

static double loss_at(const struct point *p, enum objective_kind kind)
{
  switch (kind) {
  case OBJECTIVE_SFT: return sft_loss(p);
  case OBJECTIVE_DPO: return dpo_loss(p);
  case OBJECTIVE_KTO: return kto_loss(p);
  case OBJECTIVE_OREO_POLICY: return oreo_loss(p, false);
  case OBJECTIVE_OREO_VALUE: return oreo_loss(p, true);
  }
  return NAN;
}

static void point_init(struct point *p, const struct random_batch *b)
{
  p->b = b;
  for (size_t t = 0; t < RANDOM_TOKENS; t++) {
    p->logp[t] = b->logp[t];
    p->kl[t] = b->kl[t];
    p->value[t] = b->value[t];
  }
}

/* Fourth order: exact for squares, to 1e-9 for the sigmoids. */
static double slope(struct point *p, enum objective_kind kind, double *x)
{
  static const double weights[] = { 1, -8, 8, -1 };
  static const double steps[] = { -2, -1, 1, 2 };
  double at = *x, sum = 0;
  for (size_t i = 0; i < 4; i++) {
    *x = at + steps[i] * STEP;
    sum += weights[i] * loss_at(p, kind);
  }
  *x = at;
  return sum / (12 * STEP);
}

static void check_slope(const struct random_batch *b, struct point *p,
                        enum objective_kind kind, size_t t)
{
  const struct {
    const char *name;
    double got, *x;
  } of[] = { { "logp", b->d_logp[t], &p->logp[t] },
             { "kl", b->d_kl[t], &p->kl[t] },
             { "value", b->d_value[t], &p->value[t] } };
  for (size_t i = 0; i < COUNT(of); i++) {
    /* what a loss does not look at is NAN there or leaves it unmoved */
    double expected = b->action[t] ? slope(p, kind, of[i].x) : 0;
    if (fabs(of[i].got - expected) > 1e-7 * (1 + fabs(expected)))
      fail_msg("%s by %s at token %zu: %g, not %g", objective_get(kind)->name, of[i].name,
               t, of[i].got, expected);
  }
}

static void derivatives(void **state)
{
  (void)state;
  const char *text = getenv("OREO_TEST_SEED");
  uint64_t seed = text ? strtoull(text, NULL, 10) : 1;
  for (uint64_t round = 0; round < 200; round++) {
    struct rng rng;
    struct random_batch b;
    struct point p;
    rng_init(&rng, seed, "test_objective", round);
    draw_batch(&b, &rng);
    point_init(&p, &b);
    for (int kind = OBJECTIVE_SFT; kind <= OBJECTIVE_OREO_VALUE; kind++) {
      double loss = run(&b, (enum objective_kind)kind);
      NEAR(loss, loss_at(&p, (enum objective_kind)kind));
      for (size_t t = 0; t < b.batch.n_tokens; t++)
        check_slope(&b, &p, (enum objective_kind)kind, t);
    }
  }
}

/* ---- changes that change nothing, or what they should ---- */

/* The batch with its sequences in reverse order. */
static void rearrange(struct random_batch *to, const struct random_batch *from)
{
  size_t first = 0;
  *to = *from;
  for (size_t i = 0; i < RANDOM_SEQUENCES; i++) {
    const struct objective_sequence *s = &from->sequences[RANDOM_SEQUENCES - 1 - i];
    to->sequences[i] = *s;
    to->sequences[i].first = first;
    for (size_t t = 0; t < s->count; t++) {
      to->action[first + t] = from->action[s->first + t];
      to->step_start[first + t] = from->step_start[s->first + t];
      to->logp[first + t] = from->logp[s->first + t];
      to->ref_logp[first + t] = from->ref_logp[s->first + t];
      to->kl[first + t] = from->kl[s->first + t];
      to->value[first + t] = from->value[s->first + t];
    }
    first += s->count;
  }
  to->batch.sequences = to->sequences;
  to->batch.action = to->action;
  to->batch.step_start = to->step_start;
  to->batch.logp = to->logp;
  to->batch.ref_logp = to->ref_logp;
  to->batch.kl = to->kl;
  to->batch.value = to->value;
  to->result = (struct objective_result){ .d_logp = to->d_logp,
                                          .d_kl = to->d_kl,
                                          .d_value = to->d_value };
}

static void order_does_not_matter(void **state)
{
  (void)state;
  for (uint64_t round = 0; round < 50; round++) {
    struct rng rng;
    struct random_batch a, b;
    rng_init(&rng, 2, "test_objective", round);
    draw_batch(&a, &rng);
    rearrange(&b, &a);
    for (int kind = OBJECTIVE_SFT; kind <= OBJECTIVE_OREO_VALUE; kind++) {
      NEAR(run(&b, (enum objective_kind)kind), run(&a, (enum objective_kind)kind));
      for (size_t i = 0; i < RANDOM_SEQUENCES; i++) {
        size_t at = a.sequences[i].first,
               there = b.sequences[RANDOM_SEQUENCES - 1 - i].first;
        for (size_t t = 0; t < a.sequences[i].count; t++) {
          NEAR(b.d_logp[there + t], a.d_logp[at + t]);
          NEAR(b.d_value[there + t], a.d_value[at + t]);
          NEAR(b.d_kl[there + t], a.d_kl[at + t]);
        }
      }
    }
  }
}

/* What stands at tokens that are no actions is never looked at. */
static void observations_do_not_matter(void **state)
{
  (void)state;
  for (uint64_t round = 0; round < 20; round++) {
    struct rng rng;
    struct random_batch b;
    rng_init(&rng, 3, "test_objective", round);
    draw_batch(&b, &rng);
    for (int kind = OBJECTIVE_SFT; kind <= OBJECTIVE_OREO_VALUE; kind++) {
      double loss = run(&b, (enum objective_kind)kind);
      assert_true(isfinite(loss));
      for (size_t t = 0; t < b.batch.n_tokens; t++) {
        if (b.action[t])
          continue;
        b.logp[t] = b.kl[t] = 1e9f;
        b.value[t] = b.ref_logp[t] = -1e9f;
        b.step_start[t] = 1;
      }
      assert_true(run(&b, (enum objective_kind)kind) == loss);
    }
  }
}

/* Parts of a batch, weighted by their units, are the batch. */
static void parts_add_up(void **state)
{
  (void)state;
  static const enum objective_kind kinds[] = { OBJECTIVE_SFT, OBJECTIVE_DPO,
                                               OBJECTIVE_OREO_POLICY,
                                               OBJECTIVE_OREO_VALUE };
  for (size_t k = 0; k < COUNT(kinds); k++) {
    struct rng rng;
    struct random_batch b;
    rng_init(&rng, 4, "test_objective", k);
    draw_batch(&b, &rng);
    double whole = run(&b, kinds[k]), derivative = b.d_logp[b.sequences[0].count - 1];
    double units = (double)b.result.units, sum = 0, by_parts = 0;
    for (size_t part = 0; part < 2; part++) {
      b.batch.sequences = b.sequences + part * 4;
      b.batch.n_sequences = part ? RANDOM_SEQUENCES - 4 : 4;
      sum += run(&b, kinds[k]) * (double)b.result.units / units;
      by_parts += b.d_logp[b.sequences[0].count - 1] * (double)b.result.units / units;
    }
    NEAR(sum, whole);
    NEAR(by_parts, derivative);
  }
}

/* With alpha 0 the KL is only reported; with beta 0 and V = R there is nothing left; beta
 * times k with log-ratios over k is the same loss. */
static void alpha_and_beta(void **state)
{
  (void)state;
  struct rng rng;
  struct random_batch b;
  rng_init(&rng, 5, "test_objective", 0);
  draw_batch(&b, &rng);
  b.settings.level = OREO_TOKEN;
  b.settings.one_step = false;
  b.settings.alpha = 0;
  double without = run(&b, OBJECTIVE_OREO_POLICY), kl = b.result.kl;
  for (size_t t = 0; t < b.batch.n_tokens; t++)
    assert_true(b.d_kl[t] == 0);
  b.settings.alpha = 0.5;
  NEAR(run(&b, OBJECTIVE_OREO_POLICY), without + 0.5 * kl);
  b.settings.alpha = 0;
  double d = b.d_logp[b.sequences[0].count - 1];
  for (size_t t = 0; t < b.batch.n_tokens; t++) {
    b.logp[t] = (b.logp[t] - b.ref_logp[t]) / 2;
    b.ref_logp[t] = 0;
  }
  b.settings.beta *= 2;
  NEAR(run(&b, OBJECTIVE_OREO_POLICY), without);
  NEAR(b.d_logp[b.sequences[0].count - 1], 2 * d);
  b.settings.beta = 0;
  b.settings.reward_times = 0;
  b.settings.reward_plus = 0.25;
  for (size_t t = 0; t < b.batch.n_tokens; t++)
    b.value[t] = 0.25f;
  NEAR(run(&b, OBJECTIVE_OREO_POLICY), 0);
  NEAR(run(&b, OBJECTIVE_OREO_VALUE), 0);
}

/* Far from the reference nothing overflows. */
static void extremes(void **state)
{
  (void)state;
  struct paper p;
  paper_init(&p);
  p.sequences[2].mismatched = true;
  for (int side = 0; side < 2; side++) {
    p.logp[2] = side ? -9000 : 0;
    p.ref_logp[2] = side ? 0 : -9000;
    for (int kind = OBJECTIVE_DPO; kind <= OBJECTIVE_KTO; kind++) {
      paper_run(&p, (enum objective_kind)kind);
      assert_true(isfinite(p.result.loss));
      for (size_t t = 0; t < TOKENS; t++)
        assert_true(isfinite(p.d_logp[t]));
    }
    NEAR(p.result.loss,
         side ? 0.5 * (1 + 2 * (1 - sigmoid(0.25))) : 0.5 * 2 * (1 - sigmoid(0.25)));
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(oreo_tokens),
    cmocka_unit_test(oreo_steps),
    cmocka_unit_test(oreo_responses),
    cmocka_unit_test(oreo_one_step),
    cmocka_unit_test(oreo_rewards),
    cmocka_unit_test(sft),
    cmocka_unit_test(dpo),
    cmocka_unit_test(kto),
    cmocka_unit_test(nothing_to_learn_from),
    cmocka_unit_test(table),
    cmocka_unit_test(derivatives),
    cmocka_unit_test(order_does_not_matter),
    cmocka_unit_test(observations_do_not_matter),
    cmocka_unit_test(parts_add_up),
    cmocka_unit_test(alpha_and_beta),
    cmocka_unit_test(extremes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
