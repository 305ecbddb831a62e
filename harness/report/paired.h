/* paired.h - two sets of outcomes on the same items, as one comparison.
 *
 * For: difference, interval, p and the smallest difference that could have been seen,
 * from four counts. Items are exchangeable, so the counts hold all there is to know, and
 * the bootstrap needs no random numbers: resampling n items is n draws from {+1, 0, -1},
 * whose sum has a distribution that is computed here instead of being simulated. The
 * interval is thus the bootstrap's limit for infinitely many resamples, the same on every
 * machine. Pure functions, in doubles; nothing is kept.
 */
#ifndef OREO_REPORT_PAIRED_H
#define OREO_REPORT_PAIRED_H

#include "base/stats.h"

struct paired {
  size_t n, wins, losses; /* wins: first right and second wrong */
  double difference;      /* (wins - losses) / n; 0 when n = 0 */
  struct interval ci;     /* 95 %, percentile */
  double p;               /* McNemar, exact, two-sided */
  double min_detectable;  /* at 80 % power and two-sided 5 %; NAN when no item differs */
};

/* wins + losses <= n. */
struct paired paired_of(size_t n, size_t wins, size_t losses);

/* The percentile interval of the mean of n draws (with replacement) from `wins` times +1,
 * `losses` times -1 and zeros: its 2.5 % and 97.5 % points. n = 0 gives [0, 0]. */
struct interval paired_bootstrap(size_t n, size_t wins, size_t losses);

#endif
