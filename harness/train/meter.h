/* meter.h - one line on a terminal: how far a training is, how well, how fast.
 *
 * Silent when standard error is no terminal. Speed is that of this process; what a run
 * found done is only the starting point. Nothing here reaches a result.
 */
#ifndef OREO_TRAIN_METER_H
#define OREO_TRAIN_METER_H

#include <stdbool.h>

#include "train/step.h"

struct meter {
  bool on;
  uint64_t total, found, done; /* steps: all, done before, done now */
  uint64_t tokens;             /* of those done now */
  double loss, kl, norm;       /* running means */
  int64_t started_ns, shown_ns;
};

void meter_begin(struct meter *meter, uint64_t total, uint64_t found, bool quiet);
void meter_add(struct meter *meter, const struct step_result *result);
/* Takes the line off the screen, before anything else is printed there. */
void meter_end(struct meter *meter);
double meter_seconds(const struct meter *meter);

/* The line as it stands; for tests. `now_ns` as of clock_monotonic_ns. */
void meter_format(const struct meter *meter, int64_t now_ns, char *line, size_t size);

#endif
