/* stats.h - the statistics of right and wrong.
 *
 * Binomial intervals, paired comparisons, several comparisons at once, pass@k. Pure
 * functions of their arguments, in doubles, with a stated method each; tested against
 * published or exactly computed values. Fractions are in [0, 1], never percent.
 */
#ifndef OREO_BASE_STATS_H
#define OREO_BASE_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct interval {
  double low, high;
};

/* Wilson's score interval for k successes in n trials (Wilson 1927); z = 1.959964 gives
 * 95 %. n = 0 gives [0, 1]: nothing is known. */
#define STATS_Z95 1.959963984540054
struct interval stats_wilson(uint64_t k, uint64_t n, double z);

/* Two-sided exact McNemar test: of wins + losses discordant pairs, the probability under
 * "both equally good" of a split at least as uneven (binomial, p = 1/2; McNemar 1947).
 * No discordant pair gives 1. */
double stats_mcnemar_exact(uint64_t wins, uint64_t losses);
/* The mid-p variant (Fagerland et al. 2013), which is less conservative. */
double stats_mcnemar_midp(uint64_t wins, uint64_t losses);

/* Percentile interval of the mean of `diff` (n values) over `n_resamples` resamples of the
 * items, from the stream (seed, "bootstrap", 0). level 0.95 gives the 2.5 % and 97.5 %
 * points. n = 0 gives [0, 0]. */
struct interval stats_bootstrap_mean(const double *diff, size_t n, size_t n_resamples,
                                     double level, uint64_t seed);

/* Holm's step-down correction (Holm 1979): p[i] becomes its adjusted value, in place. */
void stats_holm(double *p, size_t n);

/* Unbiased pass@k from c right among n samples (Chen et al. 2021, arXiv 2107.03374, eq. 1):
 * 1 - C(n-c, k) / C(n, k). Needs 1 <= k <= n. */
double stats_pass_at_k(uint64_t n, uint64_t c, uint64_t k);

/* Mean, and the standard error of the mean as lm-eval states it: sample standard deviation
 * (n - 1) over sqrt(n). n < 2 gives an error of 0. */
double stats_mean(const double *values, size_t n);
double stats_stderr(const double *values, size_t n);

/* The smallest difference in accuracy that a paired test on n items would find with 80 %
 * power at two-sided 5 %, when a share `discordant` of the items differs: the normal
 * approximation of McNemar's test (Connor 1987). */
double stats_min_detectable(uint64_t n, double discordant);

/* Order-independent: Kahan sum in the order given. */
double stats_sum(const double *values, size_t n);

#endif
