#include "report/paired.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

/* Mass left off at each end of a distribution: far below what a 2.5 % point can show. */
#define TAIL_DROPPED 1e-16

/* Probabilities of the integers low .. low + n - 1. */
struct distribution {
  double *p;
  ptrdiff_t low;
  size_t n;
};

static void distribution_trim(struct distribution *d)
{
  size_t from = 0, to = d->n;
  double left = d->p[from], right = d->p[to - 1];
  while (from + 1 < to && left < TAIL_DROPPED)
    left += d->p[++from];
  while (to - 1 > from && right < TAIL_DROPPED)
    right += d->p[--to - 1];
  memmove(d->p, d->p + from, (to - from) * sizeof *d->p);
  d->low += (ptrdiff_t)from;
  d->n = to - from;
}

/* a = the sum of independent draws from a and b. */
static void distribution_add(struct distribution *a, const struct distribution *b)
{
  size_t n = a->n + b->n - 1;
  double *sum = mem_alloc(n * sizeof *sum);
  memset(sum, 0, n * sizeof *sum);
  for (size_t i = 0; i < a->n; i++)
    for (size_t k = 0; k < b->n; k++)
      sum[i + k] += a->p[i] * b->p[k];
  free(a->p);
  *a = (struct distribution){ sum, a->low + b->low, n };
  distribution_trim(a);
}

static struct distribution distribution_of(ptrdiff_t low, const double *p, size_t n)
{
  struct distribution d = { mem_alloc(n * sizeof *p), low, n };
  memcpy(d.p, p, n * sizeof *p);
  return d;
}

struct interval paired_bootstrap(size_t n, size_t wins, size_t losses)
{
  if (n == 0)
    return (struct interval){ 0, 0 };
  double share = (double)n;
  double one[3] = { (double)losses / share, (double)(n - wins - losses) / share,
                    (double)wins / share };
  struct distribution power = distribution_of(-1, one, 3);
  struct distribution sum = distribution_of(0, (double[]){ 1 }, 1);
  for (size_t bits = n; bits; bits >>= 1) {
    if (bits & 1)
      distribution_add(&sum, &power);
    if (bits > 1)
      distribution_add(&power, &power);
  }
  /* Mirrored searches, so that exchanging the two sides mirrors the interval exactly. */
  size_t low = 0, high = sum.n - 1;
  for (double below = sum.p[0]; below < 0.025 && low + 1 < sum.n;)
    below += sum.p[++low];
  for (double above = sum.p[high]; above < 0.025 && high > 0;)
    above += sum.p[--high];
  struct interval ci = { (double)(sum.low + (ptrdiff_t)low) / share,
                         (double)(sum.low + (ptrdiff_t)high) / share };
  free(power.p);
  free(sum.p);
  return ci;
}

struct paired paired_of(size_t n, size_t wins, size_t losses)
{
  struct paired paired = { .n = n, .wins = wins, .losses = losses, .p = 1 };
  if (n == 0)
    return paired;
  paired.difference = ((double)wins - (double)losses) / (double)n;
  paired.ci = paired_bootstrap(n, wins, losses);
  paired.p = stats_mcnemar_exact(wins, losses);
  paired.min_detectable = stats_min_detectable(n, (double)(wins + losses) / (double)n);
  return paired;
}
