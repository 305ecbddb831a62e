/* Expected values were computed with exact integer arithmetic and closed formulas, outside
 * this program. */
#include "test.h"

#include <math.h>

#include "base/stats.h"

#define assert_near(value, expected, tolerance)                                        \
  do {                                                                                 \
    double v_ = (value), e_ = (expected);                                              \
    if (!(fabs(v_ - e_) <= (tolerance)))                                               \
      fail_msg("%s is %.17g, expected %.17g", #value, v_, e_);                         \
  } while (0)

static void wilson(void **state)
{
  (void)state;
  struct interval ci = stats_wilson(10, 20, STATS_Z95);
  assert_near(ci.low, 0.2992980081982123, 1e-12);
  assert_near(ci.high, 0.7007019918017877, 1e-12);
  ci = stats_wilson(743, 1319, STATS_Z95);
  assert_near(ci.low, 0.5363937691379889, 1e-12);
  assert_near(ci.high, 0.5898496282747893, 1e-12);
}

static void wilson_at_the_ends(void **state)
{
  (void)state;
  struct interval none = stats_wilson(0, 10, STATS_Z95), all = stats_wilson(10, 10, STATS_Z95);
  assert_true(none.low == 0 && all.high == 1);
  assert_near(none.high, 0.2775327998628892, 1e-12);
  assert_near(all.low, 1 - 0.2775327998628892, 1e-12);
  struct interval unknown = stats_wilson(0, 0, STATS_Z95);
  assert_true(unknown.low == 0 && unknown.high == 1);
}

static void mcnemar_exact(void **state)
{
  (void)state;
  assert_near(stats_mcnemar_exact(10, 2), 0.03857421875, 1e-12);
  assert_near(stats_mcnemar_exact(2, 10), 0.03857421875, 1e-12);
  assert_near(stats_mcnemar_exact(30, 45), 0.10534226887460488, 1e-11);
  assert_near(stats_mcnemar_exact(121, 59), 4.434449263755176e-06, 1e-15);
  assert_near(stats_mcnemar_exact(600, 520), 0.018207019279300234, 1e-11);
  assert_near(stats_mcnemar_exact(1, 0), 1, 0);
  assert_near(stats_mcnemar_exact(7, 7), 1, 0);
  assert_near(stats_mcnemar_exact(0, 0), 1, 0);
}

static void mcnemar_midp(void **state)
{
  (void)state;
  assert_near(stats_mcnemar_midp(10, 2), 0.0224609375, 1e-12);
  assert_near(stats_mcnemar_midp(4, 4), 1, 0);
}

static void holm_steps_down(void **state)
{
  (void)state;
  /* sorted .005 .01 .03 .04: times 4 3 2 1, then made monotone */
  double p[] = { .01, .04, .03, .005 };
  stats_holm(p, 4);
  assert_near(p[3], .02, 1e-15);
  assert_near(p[0], .03, 1e-15);
  assert_near(p[2], .06, 1e-15);
  assert_near(p[1], .06, 1e-15);
  double large[] = { .6, .9 };
  stats_holm(large, 2);
  assert_near(large[0], 1, 0);
}

static void pass_at_k(void **state)
{
  (void)state;
  assert_near(stats_pass_at_k(20, 5, 3), 0.6008771929824561, 1e-12);
  assert_near(stats_pass_at_k(8, 0, 4), 0, 0);
  assert_near(stats_pass_at_k(8, 8, 1), 1, 0);
  assert_near(stats_pass_at_k(8, 2, 1), .25, 1e-12);
  assert_near(stats_pass_at_k(4, 1, 4), 1, 0);
}

static void stderr_is_of_the_sample(void **state)
{
  (void)state;
  /* 3 of 4: sd with n - 1 is 0.5, over sqrt(4) */
  double right[] = { 1, 1, 1, 0 };
  assert_near(stats_mean(right, 4), .75, 0);
  assert_near(stats_stderr(right, 4), .25, 1e-15);
  assert_near(stats_stderr(right, 1), 0, 0);
}

/* Of the mean of n values of +-1 and 0 the bootstrap interval is near the normal one. */
static void bootstrap_is_near_the_normal_interval(void **state)
{
  (void)state;
  enum { N = 1000 };
  double diff[N];
  for (int i = 0; i < N; i++)
    diff[i] = i < 120 ? 1 : i < 200 ? -1 : 0;
  struct interval ci = stats_bootstrap_mean(diff, N, 4000, 0.95, 7);
  double half = STATS_Z95 * sqrt((0.2 - 0.04 * 0.04) / N);
  assert_near(ci.low, 0.04 - half, 0.003);
  assert_near(ci.high, 0.04 + half, 0.003);
  struct interval again = stats_bootstrap_mean(diff, N, 4000, 0.95, 7);
  assert_true(again.low == ci.low && again.high == ci.high);
}

static void bootstrap_of_nothing(void **state)
{
  (void)state;
  struct interval ci = stats_bootstrap_mean(NULL, 0, 100, 0.95, 7);
  assert_true(ci.low == 0 && ci.high == 0);
}

/* The facts of the field: n = 1319 and 10 % discordant pairs give about 2.4 points, n = 134
 * about 7.7. */
static void minimum_detectable_effect(void **state)
{
  (void)state;
  assert_near(stats_min_detectable(1319, 0.10), 0.0243, 0.0003);
  assert_near(stats_min_detectable(134, 0.10), 0.0752, 0.0015);
  assert_true(isnan(stats_min_detectable(0, 0.1)));
}

static void sum_keeps_small_terms(void **state)
{
  (void)state;
  double values[] = { 1e16, 1, 1, 1, 1 };
  assert_true(stats_sum(values, 5) == 1e16 + 4);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(wilson),
    cmocka_unit_test(wilson_at_the_ends),
    cmocka_unit_test(mcnemar_exact),
    cmocka_unit_test(mcnemar_midp),
    cmocka_unit_test(holm_steps_down),
    cmocka_unit_test(pass_at_k),
    cmocka_unit_test(stderr_is_of_the_sample),
    cmocka_unit_test(bootstrap_is_near_the_normal_interval),
    cmocka_unit_test(bootstrap_of_nothing),
    cmocka_unit_test(minimum_detectable_effect),
    cmocka_unit_test(sum_keeps_small_terms),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
