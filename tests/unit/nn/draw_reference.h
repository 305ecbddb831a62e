/* draw_reference.h - what op_sample must draw, in double precision.
 *
 * For tests. Beside the token it says how far the nearest decision (a limit, or the
 * choice of the token itself) was from going the other way: tests look only at those that
 * are clear of what 32-bit sums may get wrong.
 */
#ifndef OREO_TESTS_DRAW_REFERENCE_H
#define OREO_TESTS_DRAW_REFERENCE_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "shared.h"

/* Philox4x32-10, written from the paper's description. */
static inline void draw_philox(const uint32_t counter[4], const uint32_t key[2],
                               uint32_t out[4])
{
  uint32_t c[4], k[2] = { key[0], key[1] };
  memcpy(c, counter, sizeof c);
  for (int round = 0; round < 10; round++) {
    uint64_t a = (uint64_t)0xd2511f53 * c[0], b = (uint64_t)0xcd9e8d57 * c[2];
    uint32_t next[4] = { (uint32_t)(b >> 32) ^ c[1] ^ k[0], (uint32_t)b,
                         (uint32_t)(a >> 32) ^ c[3] ^ k[1], (uint32_t)a };
    memcpy(c, next, sizeof c);
    k[0] += 0x9e3779b9;
    k[1] += 0xbb67ae85;
  }
  memcpy(out, c, sizeof c);
}

static inline double draw_uniform(const struct shader_draw *draw)
{
  const uint32_t counter[4] = { draw->position },
                 key[2] = { draw->key_low, draw->key_high };
  uint32_t words[4];
  draw_philox(counter, key, words);
  return ldexp(words[0] >> 8, -24);
}

struct drawn {
  int id;
  double logp;
  double margin; /* of the probability: how far the nearest decision was from another */
};

static inline int draw_descending(const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;
  return (x < y) - (x > y);
}

/* The least logit that stays, of `count` sorted by size, and the distance from the edge.
 */
static inline double draw_least_of_top_p(const double *sorted, uint32_t count,
                                         double temperature, double top_p, double *margin)
{
  double total = 0, sum = 0;
  for (uint32_t i = 0; i < count; i++)
    total += exp((sorted[i] - sorted[0]) / temperature);
  for (uint32_t i = 0; i < count; i++) {
    sum += exp((sorted[i] - sorted[0]) / temperature);
    if (i + 1 < count && sorted[i + 1] == sorted[i])
      continue;
    *margin = fmin(*margin, fabs(sum / total - top_p));
    if (sum >= top_p * total)
      return sorted[i];
  }
  return sorted[count - 1];
}

static inline double draw_least(const double *sorted, uint32_t n,
                                const struct shader_draw *d, double *margin)
{
  uint32_t count = n;
  double least = -INFINITY;
  if (d->top_k && d->top_k < n) {
    least = sorted[d->top_k - 1];
    for (count = d->top_k; count < n && sorted[count] == least;)
      count++;
  }
  if (d->top_p < 1) {
    /* a limit of 0 is met by the first: no edge is near */
    double nearest = 1;
    least = draw_least_of_top_p(sorted, count, d->temperature, d->top_p, &nearest);
    if (d->top_p > 0)
      *margin = fmin(*margin, nearest);
  }
  return least;
}

static inline int draw_choose(const double *weights, uint32_t n, double u, double *margin)
{
  double total = 0, sum = 0;
  for (uint32_t i = 0; i < n; i++)
    total += weights[i];
  for (uint32_t i = 0; i < n; i++) {
    double next = sum + weights[i];
    if (weights[i] > 0 && next > u * total) {
      *margin = fmin(*margin, (next - u * total) / total);
      if (sum > 0)
        *margin = fmin(*margin, (u * total - sum) / total);
      return (int)i;
    }
    sum = next;
  }
  return -1;
}

static inline struct drawn draw_reference(const float *x, uint32_t n,
                                          const struct shader_draw *d)
{
  struct drawn drawn = { .id = -1, .logp = NAN, .margin = 1 };
  double *sorted = calloc(n, sizeof *sorted), *weights = calloc(n, sizeof *weights);
  bool bad = false;
  int first = 0;
  for (uint32_t i = 0; i < n; i++) {
    bad |= isnan(x[i]) || x[i] == INFINITY;
    sorted[i] = x[i];
    if (x[i] > x[first])
      first = (int)i;
  }
  bad |= x[first] == -INFINITY;
  if (!bad) {
    qsort(sorted, n, sizeof *sorted, draw_descending);
    double most = sorted[0], sum = 0;
    double least = d->temperature == 0 ? most : draw_least(sorted, n, d, &drawn.margin);
    for (uint32_t i = 0; i < n; i++) {
      sum += exp(x[i] - most);
      double w = x[i] < least ? 0 : exp((x[i] - most) / d->temperature);
      if (d->min_p > 0 && x[i] >= least)
        drawn.margin = fmin(drawn.margin, x[i] == most ? 1 : fabs(w - d->min_p));
      weights[i] = w >= d->min_p ? w : 0;
    }
    drawn.id = d->temperature == 0
                   ? first
                   : draw_choose(weights, n, draw_uniform(d), &drawn.margin);
    drawn.logp = x[drawn.id] - most - log(sum);
  }
  free(weights);
  free(sorted);
  return drawn;
}

#endif
