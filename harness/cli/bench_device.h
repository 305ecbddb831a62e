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
  double seconds; /* for one measurement */
  uint64_t seed;
  /* the best so far of shaders/peak.comp, in operations a second, and how it is tried */
  double peak;
  double peak_work;
  struct gpu_sequence *peak_sequence;
  struct gpu_tensor peak_out;
};

/* Opens it, states it in the result, and finds out how large a try of the peak must be.
 */
NODISCARD int bench_device_open(struct bench_device *device, struct bench_result *result,
                                const struct bench_settings *settings,
                                struct arena *arena, struct err *err);
/* ERR_ENV when the validation layer was asked for and had something to say. */
NODISCARD int bench_device_check(const struct bench_device *device, struct err *err);
void bench_device_close(struct bench_device *device);

/* Another try of the peak, in milliseconds: between measurements, so that a machine that
 * is busy with other things in one moment does not spoil it. */
NODISCARD int bench_device_try_peak(struct bench_device *device, struct err *err);
/* A part "share_of_peak" of a figure whose best try made so many operations a second;
 * bench_device_finish makes a share of it, when the peak is known for good, and puts the
 * peak in front of the figures. */
void bench_add_share(struct bench_figure *figure, double best);
void bench_device_finish(const struct bench_device *device, struct bench_result *result);

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
