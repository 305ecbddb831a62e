/* The exact paired bootstrap and what stands on it. */
#include "test.h"

#include <math.h>

#include "report/paired.h"

#define NEAR(a, b, eps) assert_true(fabs((a) - (b)) <= (eps))

/* All 3^3 draws from {+1, 0, -1}: the sums -3..3 have 1, 3, 6, 7, 6, 3, 1 of 27 ways, so
 * the 2.5 % point is -3 (1/27 = 3.7 %) and the 97.5 % point is 3. */
static void three_items_by_hand(void **state)
{
  (void)state;
  struct interval ci = paired_bootstrap(3, 1, 1);
  NEAR(ci.low, -1.0, 1e-12);
  NEAR(ci.high, 1.0, 1e-12);
}

/* One win among four items: sums are binomial(4, 1/4). P(0) = 0.316, P(4) = 0.0039,
 * P(3) = 0.047: the 97.5 % point is 3. */
static void four_items_by_hand(void **state)
{
  (void)state;
  struct interval ci = paired_bootstrap(4, 1, 0);
  NEAR(ci.low, 0.0, 1e-12);
  NEAR(ci.high, 0.75, 1e-12);
}

static void agrees_with_resampling(void **state)
{
  (void)state;
  enum { N = 400, WINS = 60, LOSSES = 31 };
  double diff[N] = { 0 };
  for (size_t i = 0; i < WINS + LOSSES; i++)
    diff[i] = i < WINS ? 1 : -1;
  struct interval drawn = stats_bootstrap_mean(diff, N, 20000, 0.95, 5);
  struct interval exact = paired_bootstrap(N, WINS, LOSSES);
  NEAR(drawn.low, exact.low, 1.5 / N);
  NEAR(drawn.high, exact.high, 1.5 / N);
}

static void mirrors_when_sides_change(void **state)
{
  (void)state;
  static const size_t cases[][3] = {
    { 1319, 209, 152 }, { 7, 3, 0 }, { 100, 1, 1 }, { 12500, 900, 870 }, { 1, 1, 0 }
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct interval x = paired_bootstrap(cases[i][0], cases[i][1], cases[i][2]);
    struct interval y = paired_bootstrap(cases[i][0], cases[i][2], cases[i][1]);
    assert_true(x.low == -y.high && x.high == -y.low);
    assert_true(x.low <= x.high);
  }
}

static void ends_are_finite(void **state)
{
  (void)state;
  struct interval none = paired_bootstrap(0, 0, 0), equal = paired_bootstrap(50, 0, 0),
                  all = paired_bootstrap(50, 50, 0);
  assert_true(none.low == 0 && none.high == 0);
  assert_true(equal.low == 0 && equal.high == 0);
  assert_true(all.low == 1 && all.high == 1);
}

/* OpenAI's two models on GSM8K: 209 items only one has right, 152 only the other. */
static void counts_become_a_comparison(void **state)
{
  (void)state;
  struct paired paired = paired_of(1319, 209, 152);
  NEAR(paired.difference, 57.0 / 1319, 1e-15);
  NEAR(paired.p, stats_mcnemar_exact(209, 152), 1e-15);
  assert_true(paired.ci.low > 0.014 && paired.ci.low < 0.016);
  assert_true(paired.ci.high > 0.070 && paired.ci.high < 0.073);
  NEAR(paired.min_detectable, stats_min_detectable(1319, 361.0 / 1319), 1e-15);
  assert_true(paired_of(0, 0, 0).p == 1);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(three_items_by_hand),
    cmocka_unit_test(four_items_by_hand),
    cmocka_unit_test(agrees_with_resampling),
    cmocka_unit_test(mirrors_when_sides_change),
    cmocka_unit_test(ends_are_finite),
    cmocka_unit_test(counts_become_a_comparison),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
