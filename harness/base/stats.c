#include "base/stats.h"

#include <math.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/rng.h"

struct interval stats_wilson(uint64_t k, uint64_t n, double z)
{
  if (n == 0)
    return (struct interval){ 0, 1 };
  double p = (double)k / (double)n, z2 = z * z / (double)n;
  double centre = (p + z2 / 2) / (1 + z2);
  double half = z / (1 + z2) * sqrt(p * (1 - p) / (double)n + z2 / (4 * (double)n));
  struct interval ci = { centre - half, centre + half };
  /* exact at the ends, where rounding would leave 1e-17 */
  if (k == 0)
    ci.low = 0;
  if (k == n)
    ci.high = 1;
  return ci;
}

/* log of n choose k */
static double log_choose(uint64_t n, uint64_t k)
{
  return lgamma((double)n + 1) - lgamma((double)k + 1) - lgamma((double)(n - k) + 1);
}

static double binomial_half(uint64_t n, uint64_t k)
{
  return exp(log_choose(n, k) - (double)n * log(2));
}

/* P(X <= k) for X ~ Binomial(n, 1/2) */
static double binomial_half_cdf(uint64_t n, uint64_t k)
{
  double sum = 0;
  for (uint64_t i = 0; i <= k; i++)
    sum += binomial_half(n, i);
  return sum;
}

double stats_mcnemar_exact(uint64_t wins, uint64_t losses)
{
  uint64_t n = wins + losses, fewer = wins < losses ? wins : losses;
  if (n == 0)
    return 1;
  return fmin(1, 2 * binomial_half_cdf(n, fewer));
}

double stats_mcnemar_midp(uint64_t wins, uint64_t losses)
{
  uint64_t n = wins + losses, fewer = wins < losses ? wins : losses;
  if (n == 0 || wins == losses)
    return 1;
  return fmin(1, 2 * binomial_half_cdf(n, fewer) - binomial_half(n, fewer));
}

static int compare_doubles(const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* Linear interpolation between order statistics (Hyndman and Fan's type 7). */
static double quantile(const double *sorted, size_t n, double q)
{
  double at = q * (double)(n - 1);
  size_t i = (size_t)at;
  if (i + 1 >= n)
    return sorted[n - 1];
  return sorted[i] + (at - (double)i) * (sorted[i + 1] - sorted[i]);
}

struct interval stats_bootstrap_mean(const double *diff, size_t n, size_t n_resamples,
                                     double level, uint64_t seed)
{
  if (n == 0 || n_resamples == 0)
    return (struct interval){ 0, 0 };
  struct rng rng;
  rng_init(&rng, seed, "bootstrap", 0);
  double *means = mem_resize(NULL, n_resamples, sizeof *means);
  for (size_t r = 0; r < n_resamples; r++) {
    double sum = 0;
    for (size_t i = 0; i < n; i++)
      sum += diff[rng_below(&rng, n)];
    means[r] = sum / (double)n;
  }
  qsort(means, n_resamples, sizeof *means, compare_doubles);
  struct interval ci = { quantile(means, n_resamples, (1 - level) / 2),
                         quantile(means, n_resamples, (1 + level) / 2) };
  free(means);
  return ci;
}

void stats_holm(double *p, size_t n)
{
  /* selection in rising order: n is the number of comparisons in a report, a few dozen */
  bool *done = mem_resize(NULL, n, sizeof *done);
  for (size_t i = 0; i < n; i++)
    done[i] = false;
  double floor_p = 0;
  for (size_t rank = 0; rank < n; rank++) {
    size_t least = n;
    for (size_t i = 0; i < n; i++)
      if (!done[i] && (least == n || p[i] < p[least]))
        least = i;
    done[least] = true;
    floor_p = fmax(floor_p, fmin(1, p[least] * (double)(n - rank)));
    p[least] = floor_p;
  }
  free(done);
}

double stats_pass_at_k(uint64_t n, uint64_t c, uint64_t k)
{
  if (n - c < k)
    return 1;
  double miss = 1;
  for (uint64_t i = n - c + 1; i <= n; i++)
    miss *= 1 - (double)k / (double)i;
  return 1 - miss;
}

double stats_sum(const double *values, size_t n)
{
  double sum = 0, carry = 0;
  for (size_t i = 0; i < n; i++) {
    double y = values[i] - carry, next = sum + y;
    carry = (next - sum) - y;
    sum = next;
  }
  return sum;
}

double stats_mean(const double *values, size_t n)
{
  return n ? stats_sum(values, n) / (double)n : 0;
}

double stats_stderr(const double *values, size_t n)
{
  if (n < 2)
    return 0;
  double mean = stats_mean(values, n), squares = 0;
  for (size_t i = 0; i < n; i++)
    squares += (values[i] - mean) * (values[i] - mean);
  return sqrt(squares / (double)(n - 1) / (double)n);
}

double stats_min_detectable(uint64_t n, double discordant)
{
  enum { STEPS = 60 };
  const double z_alpha = STATS_Z95, z_power = 0.8416212335729143; /* 80 % */
  if (n == 0 || discordant <= 0)
    return NAN;
  /* The test finds d when sqrt(n) d >= z_a sqrt(q) + z_b sqrt(q - d^2): bisect on d. */
  double low = 0, high = discordant;
  for (int i = 0; i < STEPS; i++) {
    double d = (low + high) / 2;
    double need = z_alpha * sqrt(discordant) + z_power * sqrt(fmax(0, discordant - d * d));
    if (sqrt((double)n) * d >= need)
      high = d;
    else
      low = d;
  }
  return high;
}
