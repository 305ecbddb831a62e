#include "train/schedule.h"

#include <math.h>

struct schedule schedule_make(double rate, double end, double share, uint64_t total)
{
  double warmup = ceil(share * (double)total);
  return (struct schedule){ rate, end, warmup > 0 ? (uint64_t)warmup : 0, total };
}

double schedule_rate(const struct schedule *s, uint64_t step)
{
  static const double pi = 3.14159265358979323846;
  if (step < s->warmup)
    return s->rate * (double)(step + 1) / (double)s->warmup;
  if (step >= s->total)
    return s->end;
  double passed = (double)(step - s->warmup) / (double)(s->total - s->warmup);
  return s->end + (s->rate - s->end) * 0.5 * (1 + cos(pi * passed));
}
