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

enum { PEAK_GROUP = 64, PEAK_CHAINS = 12, PEAK_ROUNDS = 1024, PEAK_TRIES = 7 };

static const char share_of_peak[] = "share_of_peak";

static int record_peak(struct bench_device *device, uint32_t groups, struct err *err)
{
  static const struct gpu_shader shader = { .name = "peak",
                                            .bindings = { GPU_BIND_STORAGE },
                                            .push_bytes = sizeof(struct shader_peak) };
  static const uint32_t chains = PEAK_CHAINS;
  struct gpu_algorithm *algorithm =
      gpu_algorithm_get(device->manager, &shader, &chains, 1, err);
  if (!algorithm)
    return -1;
  struct shader_peak push = { groups * PEAK_GROUP, PEAK_ROUNDS, 0.5F, 1 };
  struct gpu_use use = { &device->peak_out, GPU_WRITE };
  device->peak_work = 2.0 * 16 * PEAK_ROUNDS * PEAK_CHAINS * PEAK_GROUP * groups;
  struct gpu_op op = { .name = "peak",
                       .algorithm = algorithm,
                       .uses = &use,
                       .n_uses = 1,
                       .push = &push,
                       .groups = { groups, 1, 1 },
                       .work = device->peak_work };
  return gpu_sequence_record(device->peak_sequence, &op, err);
}

static int try_peak(struct bench_device *device, double *seconds, struct err *err)
{
  if (bench_evaluate(device->peak_sequence, seconds, err) < 0)
    return -1;
  if (device->peak_work / *seconds > device->peak)
    device->peak = device->peak_work / *seconds;
  return 0;
}

int bench_device_try_peak(struct bench_device *device, struct err *err)
{
  double seconds;
  return try_peak(device, &seconds, err);
}

/* Some tries at this size; *best is the shortest, in seconds. The first may compile. */
static int try_size(struct bench_device *device, uint32_t groups, double *best,
                    struct err *err)
{
  const uint32_t n = groups * PEAK_GROUP;
  if (gpu_sequence_reset(device->peak_sequence, err) < 0)
    return -1;
  gpu_tensor_release(device->manager, &device->peak_out);
  int rc = gpu_tensor_create(device->manager, &device->peak_out, GPU_F32, 1, &n, err);
  if (rc == 0)
    rc = record_peak(device, groups, err);
  *best = 1e9;
  for (int i = 0; rc == 0 && i < PEAK_TRIES; i++) {
    double seconds = 1e9;
    rc = try_peak(device, &seconds, err);
    *best = seconds < *best ? seconds : *best;
  }
  return rc;
}

/* Larger and larger until a try takes long enough to count. */
static int find_peak(struct bench_device *device, struct err *err)
{
  const double long_enough = 0.02;
  const uint32_t most = device->info->limits.groups[0];
  device->peak_sequence = gpu_sequence_create(device->manager, false, err);
  int rc = device->peak_sequence ? 0 : -1;
  double best = 0;
  for (uint32_t groups = 64; rc == 0 && best < long_enough && groups <= most; groups *= 4)
    rc = try_size(device, groups, &best, err);
  return rc;
}

void bench_add_share(struct bench_figure *figure, double best)
{
  bench_add_part(figure, share_of_peak, best);
}

void bench_device_finish(const struct bench_device *device, struct bench_result *result)
{
  result->at[0].value = 1e-9 * device->peak;
  for (size_t i = 0; i < result->n; i++)
    for (size_t j = 0; j < result->at[i].n_parts; j++)
      if (result->at[i].parts[j].name == share_of_peak)
        result->at[i].parts[j].value /= device->peak;
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
  bench_add(result, "peak in 32 bits", 0, "GFLOP/s",
            STR("multiply-adds that touch no memory, the best try"));
  if (find_peak(device, err) == 0)
    return 0;
  bench_device_close(device);
  return -1;
}

int bench_device_check(const struct bench_device *device, struct err *err)
{
  unsigned n = gpu_manager_complaints(device->manager);
  if (!n)
    return 0;
  return err_set(err, ERR_ENV, "%u complaints of the validation layer; the first: %s", n,
                 gpu_manager_complaint(device->manager));
}

void bench_device_close(struct bench_device *device)
{
  gpu_sequence_free(device->peak_sequence);
  gpu_tensor_release(device->manager, &device->peak_out);
  gpu_manager_free(device->manager);
  *device = (struct bench_device){ 0 };
}
