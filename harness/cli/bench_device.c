#include "cli/bench_device.h"

#include <stdlib.h>

#include "base/clock.h"
#include "shared.h"

/* ---- medians ---- */

static int compare_doubles(const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

void bench_sample(struct bench_samples *samples, double seconds)
{
  if (samples->n < BENCH_SAMPLES)
    samples->seconds[samples->n++] = seconds;
  samples->total += seconds;
}

double bench_median(struct bench_samples *samples)
{
  qsort(samples->seconds, samples->n, sizeof *samples->seconds, compare_doubles);
  return samples->n ? samples->seconds[samples->n / 2] : 0;
}

int bench_evaluate(struct gpu_sequence *sequence, double *seconds, struct err *err)
{
  int64_t start = clock_monotonic_ns();
  if (gpu_sequence_evaluate(sequence, err) < 0)
    return -1;
  *seconds = 1e-9 * (double)(clock_monotonic_ns() - start);
  return 0;
}

uint32_t bench_copies(double seconds)
{
  const double enough = 0.005;
  double copies = seconds > 0 ? enough / seconds : 64;
  return copies < 1 ? 1 : copies > 64 ? 64 : (uint32_t)copies;
}

/* ---- tensors ---- */

/* bfloat16 by cutting, half for normal numbers and zero: all that random values need. */
static uint16_t half_bits(float x, enum gpu_type type)
{
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  if (type == GPU_BF16)
    return (uint16_t)(bits >> 16);
  int exponent = (int)(bits >> 23 & 255) - 127 + 15;
  if (exponent < 1)
    return 0;
  return (uint16_t)((bits >> 16 & 0x8000) | (uint32_t)exponent << 10 |
                    (bits >> 13 & 1023));
}

static void fill(void *to, enum gpu_type type, uint64_t n, struct rng *rng)
{
  for (uint64_t i = 0; i < n; i++) {
    float value = (float)(2 * rng_unit(rng) - 1);
    if (type == GPU_F32)
      ((float *)to)[i] = value;
    else
      ((uint16_t *)to)[i] = half_bits(value, type);
  }
}

int bench_tensor(const struct bench_device *device, struct gpu_tensor *tensor,
                 enum gpu_type type, uint32_t rows, uint32_t columns, const char *purpose,
                 struct err *err)
{
  uint32_t shape[] = { rows, columns };
  if (gpu_tensor_create(device->manager, tensor, type, 2, shape, err) < 0)
    return -1;
  uint64_t n = (uint64_t)rows * columns;
  void *values = mem_alloc((size_t)(n * gpu_type_bytes(type)));
  struct rng rng;
  rng_init(&rng, device->seed, purpose, 0);
  fill(values, type, n, &rng);
  int rc = gpu_tensor_upload(device->manager, tensor, values, err);
  free(values);
  return rc;
}

/* ---- the peak ---- */

enum { PEAK_GROUP = 64, PEAK_CHAINS = 12, PEAK_ROUNDS = 1024, PEAK_TRIES = 15 };

static double peak_work(uint32_t groups)
{
  return 2.0 * 16 * PEAK_ROUNDS * PEAK_CHAINS * PEAK_GROUP * groups;
}

static int record_peak(struct gpu_sequence *sequence, const struct gpu_tensor *y,
                       uint32_t groups, struct err *err)
{
  static const struct gpu_shader shader = { .name = "peak",
                                            .bindings = { GPU_BIND_STORAGE },
                                            .push_bytes = sizeof(struct shader_peak) };
  static const uint32_t chains = PEAK_CHAINS;
  struct gpu_manager *manager = gpu_sequence_manager(sequence);
  struct gpu_algorithm *algorithm = gpu_algorithm_get(manager, &shader, &chains, 1, err);
  if (!algorithm)
    return -1;
  struct shader_peak push = { y->shape[0], PEAK_ROUNDS, 0.5F, 1 };
  struct gpu_use use = { y, GPU_WRITE };
  struct gpu_op op = { .name = "peak",
                       .algorithm = algorithm,
                       .uses = &use,
                       .n_uses = 1,
                       .push = &push,
                       .groups = { groups, 1, 1 },
                       .work = peak_work(groups) };
  return gpu_sequence_record(sequence, &op, err);
}

/* The best of some tries at this size, in operations a second; *seconds of that try. */
static int try_peak(struct gpu_sequence *sequence, uint32_t groups, double *best,
                    double *seconds, struct err *err)
{
  struct gpu_manager *manager = gpu_sequence_manager(sequence);
  const uint32_t n = groups * PEAK_GROUP;
  struct gpu_tensor y;
  if (gpu_sequence_reset(sequence, err) < 0 ||
      gpu_tensor_create(manager, &y, GPU_F32, 1, &n, err) < 0)
    return -1;
  int rc = record_peak(sequence, &y, groups, err);
  *seconds = 1e9;
  for (int i = 0; rc == 0 && i < PEAK_TRIES; i++) {
    double once = 1e9;
    rc = bench_evaluate(sequence, &once, err);
    *seconds = once < *seconds ? once : *seconds;
  }
  gpu_tensor_release(manager, &y);
  if (peak_work(groups) / *seconds > *best)
    *best = peak_work(groups) / *seconds;
  return rc;
}

/* Larger and larger until a try takes long enough to count. */
static int measure_peak(struct bench_device *device, struct err *err)
{
  const double long_enough = 0.02;
  const uint32_t most = device->info->limits.groups[0];
  struct gpu_sequence *sequence = gpu_sequence_create(device->manager, false, err);
  int rc = sequence ? 0 : -1;
  double seconds = 0;
  for (uint32_t groups = 64; rc == 0 && seconds < long_enough && groups <= most;
       groups *= 4)
    rc = try_peak(sequence, groups, &device->peak, &seconds, err);
  gpu_sequence_free(sequence);
  return rc;
}

/* ---- the device ---- */

int bench_device_open(struct bench_device *device, struct bench_result *result,
                      const struct bench_settings *settings, struct arena *arena,
                      struct err *err)
{
  struct gpu_options options = { .device = settings->device };
  *device = (struct bench_device){ .seconds = settings->seconds,
                                   .seed = (uint64_t)settings->seed };
  device->manager = gpu_manager_create(&options, err);
  if (!device->manager)
    return -1;
  device->info = gpu_manager_device(device->manager);
  bench_add_fact(result, "device", arena_str(arena, str_from(device->info->name)));
  bench_add_fact(result, "kind", str_from(gpu_kind_text(device->info->kind)));
  bench_add_fact(result, "driver", arena_str(arena, str_from(device->info->driver)));
  bench_add_fact(result, "seed", arena_printf(arena, "%lld", (long long)settings->seed));
  if (measure_peak(device, err) < 0) {
    bench_device_close(device);
    return -1;
  }
  bench_add(result, "peak in 32 bits", 1e-9 * device->peak, "GFLOP/s",
            STR("multiply-adds without memory, the best try"));
  return 0;
}

void bench_device_close(struct bench_device *device)
{
  gpu_manager_free(device->manager);
  *device = (struct bench_device){ 0 };
}
