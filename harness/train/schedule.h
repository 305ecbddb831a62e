/* schedule.h - the learning rate at each step.
 *
 *   step s < warmup:  rate (s + 1) / warmup
 *   after that:       end + (rate - end) (1 + cos(pi (s - warmup) / (total - warmup))) /
 * 2
 *
 * A line up, so that the first step counts already, and half a cosine down to `end` at
 * step `total`, which is the one after the last. A function of the step alone: a run that
 * is taken up again goes on with the same rates. Pure; nothing fails.
 */
#ifndef OREO_TRAIN_SCHEDULE_H
#define OREO_TRAIN_SCHEDULE_H

#include <stdint.h>

struct schedule {
  double rate, end;       /* the largest and the last */
  uint64_t warmup, total; /* steps */
};

/* `share` of the steps, rounded up, are for warming up. */
struct schedule schedule_make(double rate, double end, double share, uint64_t total);
double schedule_rate(const struct schedule *schedule, uint64_t step);

#endif
