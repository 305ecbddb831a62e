/* bench_device.h - a device under measurement: opened, its peak known, sequences timed.
 *
 * For the benchmarks of kernels and models. Times are wall time with everything that
 * happens between the call and its return: that is what a run waits for. Owns the manager
 * and what it makes; free tensors before bench_device_close. One thread. Errors are those
 * of gpu/.
 */
#ifndef OREO_CLI_BENCH_DEVICE_H
#define OREO_CLI_BENCH_DEVICE_H

#include "base/rng.h"
#include "cli/bench.h"
#include "gpu/sequence.h"

struct bench_device {
  struct gpu_manager *manager;
  const struct gpu_device_info *info;
  double peak;    /* floating-point operations a second in 32 bits, measured */
  double seconds; /* for one measurement */
  uint64_t seed;
};

/* Opens it, states it in the result, and measures the peak (shaders/peak.comp). */
NODISCARD int bench_device_open(struct bench_device *device, struct bench_result *result,
                                const struct bench_settings *settings,
                                struct arena *arena, struct err *err);
void bench_device_close(struct bench_device *device);

/* A tensor of random values in [-1, 1), of the stream (seed, purpose). */
NODISCARD int bench_tensor(const struct bench_device *device, struct gpu_tensor *tensor,
                           enum gpu_type type, uint32_t rows, uint32_t columns,
                           const char *purpose, struct err *err);

/* ---- medians ---- */

enum { BENCH_SAMPLES = 1000 };

struct bench_samples {
  double seconds[BENCH_SAMPLES];
  size_t n;
  double total;
};

void bench_sample(struct bench_samples *samples, double seconds);
/* 0 without samples. Sorts them: seconds[0] is the best then. */
double bench_median(struct bench_samples *samples);

/* One evaluation of the sequence, in seconds. */
NODISCARD int bench_evaluate(struct gpu_sequence *sequence, double *seconds,
                             struct err *err);

/* How often an op of so many seconds should stand in a sequence, so that what a
 * submission costs does not count. */
uint32_t bench_copies(double seconds);

#endif
