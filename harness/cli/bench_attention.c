/* bench_attention.c - attention by shape: one sequence's prompt being read, and many
 * sequences writing a token each. */
#include <math.h>

#include "cli/bench_device.h"
#include "nn/op_attention.h"
#include "shared.h"

struct heads {
  uint32_t heads, kv_heads, head_dim;
};

/* Those of small models; a GPU gets a large one's as well. */
static const struct heads shapes[] = { { 8, 4, 16 }, { 6, 6, 48 }, { 32, 8, 128 } };
enum { CPU_SHAPES = 2, HEAD_DIM_MOST = 256 };

/* A step's rows: each sequence has `context` positions in the cache and asks for the last
 * `rows` of them. */
struct load {
  struct heads shape;
  uint32_t sequences, context, rows;
  const char *what;
};

enum { TENSORS = 6 };

struct bed {
  const struct bench_device *device;
  struct gpu_tensor q, keys, values, places, pages, y;
};

static uint32_t pages_each(const struct load *load)
{
  return (load->context + CACHE_PAGE - 1) / CACHE_PAGE;
}

static void release(struct bed *bed)
{
  struct gpu_tensor *all[TENSORS] = { &bed->q,      &bed->keys,  &bed->values,
                                      &bed->places, &bed->pages, &bed->y };
  for (int i = 0; i < TENSORS; i++)
    gpu_tensor_release(bed->device->manager, all[i]);
}

/* Pages lie in no order, as after some time of coming and going. */
static int make_pages(struct bed *bed, const struct load *load, struct arena *arena,
                      struct err *err)
{
  uint32_t n = load->sequences * pages_each(load);
  int32_t *pages = ARENA_NEW(arena, int32_t, n);
  struct rng rng;
  for (uint32_t i = 0; i < n; i++)
    pages[i] = (int32_t)i;
  rng_init(&rng, bed->device->seed, "pages", 0);
  rng_shuffle(&rng, pages, n, sizeof *pages);
  if (gpu_tensor_create(bed->device->manager, &bed->pages, GPU_I32, 1, &n, err) < 0)
    return -1;
  return gpu_tensor_upload(bed->device->manager, &bed->pages, pages, err);
}

static int make_places(struct bed *bed, const struct load *load, struct arena *arena,
                       struct err *err)
{
  uint32_t m = load->sequences * load->rows, shape[] = { m, 4 };
  struct shader_place *places = ARENA_NEW(arena, struct shader_place, m);
  for (uint32_t i = 0; i < m; i++) {
    uint32_t sequence = i / load->rows, back = load->rows - 1 - i % load->rows;
    places[i] = (struct shader_place){ .position = (int32_t)(load->context - 1 - back),
                                       .keys = (int32_t)(sequence * pages_each(load)) };
  }
  if (gpu_tensor_create(bed->device->manager, &bed->places, GPU_I32, 2, shape, err) < 0)
    return -1;
  return gpu_tensor_upload(bed->device->manager, &bed->places, places, err);
}

static int make_bed(struct bed *bed, const struct load *load, struct arena *arena,
                    struct err *err)
{
  const struct bench_device *device = bed->device;
  uint32_t rows = load->sequences * load->rows;
  uint32_t cache_rows = load->sequences * pages_each(load) * CACHE_PAGE;
  uint32_t wide = load->shape.heads * load->shape.head_dim,
           narrow = load->shape.kv_heads * load->shape.head_dim;
  if (bench_tensor(device, &bed->q, GPU_F32, rows, wide, "q", err) < 0 ||
      bench_tensor(device, &bed->keys, GPU_F32, cache_rows, narrow, "keys", err) < 0 ||
      bench_tensor(device, &bed->values, GPU_F32, cache_rows, narrow, "values", err) <
          0 ||
      bench_tensor(device, &bed->y, GPU_F32, rows, wide, "y", err) < 0 ||
      make_pages(bed, load, arena, err) < 0)
    return -1;
  return make_places(bed, load, arena, err);
}

static int record(struct gpu_sequence *sequence, const struct bed *bed,
                  const struct load *load, uint32_t copies, struct err *err)
{
  struct attention attention = { .m = load->sequences * load->rows,
                                 .heads = load->shape.heads,
                                 .kv_heads = load->shape.kv_heads,
                                 .head_dim = load->shape.head_dim,
                                 .q = &bed->q,
                                 .keys = &bed->keys,
                                 .values = &bed->values,
                                 .places = &bed->places,
                                 .pages = &bed->pages,
                                 .y = &bed->y,
                                 .scale = 1 / sqrtf((float)load->shape.head_dim) };
  if (gpu_sequence_reset(sequence, err) < 0)
    return -1;
  for (uint32_t i = 0; i < copies; i++)
    if (op_attention(sequence, &attention, err) < 0)
      return -1;
  return 0;
}

/* Two products of a row with each key it sees. */
static double work_of(const struct load *load)
{
  double keys = 0;
  for (uint32_t i = 0; i < load->rows; i++)
    keys += load->context - i;
  return 4 * keys * load->sequences * load->shape.heads * load->shape.head_dim;
}

static void report(struct bench_result *result, const struct load *load,
                   struct bench_samples *samples, struct arena *arena)
{
  double work = work_of(load), median = bench_median(samples);
  double bytes =
      8.0 * load->sequences * load->context * load->shape.kv_heads * load->shape.head_dim;
  struct str name = arena_printf(
      arena, "%s %ux%u of %u, heads %ux%ux%u", load->what, load->sequences, load->rows,
      load->context, load->shape.heads, load->shape.kv_heads, load->shape.head_dim);
  struct bench_figure *figure =
      bench_add(result, name.ptr, 1e-9 * work / median, "GFLOP/s", STR(""));
  bench_add_part(figure, "microseconds", 1e6 * median);
  bench_add_part(figure, "cache_gb_per_s", 1e-9 * bytes / median);
  bench_add_part(figure, "best", 1e-9 * work / samples->seconds[0]);
  bench_add_share(figure, work / samples->seconds[0]);
  bench_add_part(figure, "repeats", (double)samples->n);
}

static int sample(struct gpu_sequence *sequence, const struct bed *bed,
                  const struct load *load, struct bench_samples *samples, struct err *err)
{
  double once = 0;
  if (record(sequence, bed, load, 1, err) < 0 ||
      bench_evaluate(sequence, &once, err) < 0 ||
      bench_evaluate(sequence, &once, err) < 0)
    return -1;
  uint32_t copies = bench_copies(once);
  if (record(sequence, bed, load, copies, err) < 0)
    return -1;
  for (double spent = 0; spent < bed->device->seconds; spent += once) {
    if (bench_evaluate(sequence, &once, err) < 0)
      return -1;
    bench_sample(samples, once / copies);
  }
  return 0;
}

static int measure(struct bench_result *result, struct bench_device *device,
                   const struct load *load, struct arena *arena, struct err *err)
{
  struct bed bed = { .device = device };
  struct bench_samples samples = { .n = 0 };
  struct gpu_sequence *sequence = gpu_sequence_create(device->manager, false, err);
  int rc = sequence ? make_bed(&bed, load, arena, err) : -1;
  if (rc == 0)
    rc = sample(sequence, &bed, load, &samples, err);
  if (rc == 0)
    rc = bench_device_try_peak(device, err);
  if (rc == 0)
    report(result, load, &samples, arena);
  gpu_sequence_free(sequence);
  release(&bed);
  return rc;
}

static int measure_shape(struct bench_result *result, struct bench_device *device,
                         struct heads shape, const struct bench_settings *settings,
                         struct arena *arena, struct err *err)
{
  uint32_t context = settings->prompt_tokens ? (uint32_t)settings->prompt_tokens : 512;
  const struct load loads[] = {
    { shape, 1, context, context, "prefill" },
    { shape, 1, context, 1, "decode" },
    { shape, (uint32_t)settings->sequences, context, 1, "decode" },
  };
  for (size_t i = 0; i < COUNT(loads); i++)
    if (measure(result, device, &loads[i], arena, err) < 0)
      return -1;
  return 0;
}

static int parse(const char *text, struct heads *shape, struct err *err)
{
  uint32_t sides[3];
  if (bench_parse_shape(text, sides, err) < 0)
    return -1;
  *shape = (struct heads){ sides[0], sides[1], sides[2] };
  if (shape->heads % shape->kv_heads || shape->head_dim % 2 ||
      shape->head_dim > HEAD_DIM_MOST)
    return err_set(err, ERR_USAGE,
                   "--shape: '%s' has heads that share no keys evenly, or a size that is "
                   "odd or above %d; for example 8x4x64",
                   text, HEAD_DIM_MOST);
  return 0;
}

int bench_attention(struct bench_result *result, struct command_call *call,
                    struct err *err)
{
  const struct bench_settings *settings = call->settings;
  size_t n = settings->shapes.count;
  struct heads *asked = ARENA_NEW(call->arena, struct heads, n);
  struct bench_device device;
  for (size_t i = 0; i < n; i++)
    if (parse(settings->shapes.at[i], &asked[i], err) < 0)
      return -1;
  if (bench_device_open(&device, result, settings, call->arena, err) < 0)
    return -1;
  const struct heads *these = n ? asked : shapes;
  if (!n)
    n = device.info->kind == GPU_KIND_CPU ? CPU_SHAPES : COUNT(shapes);
  int rc = 0;
  for (size_t i = 0; rc == 0 && i < n; i++)
    rc = measure_shape(result, &device, these[i], settings, call->arena, err);
  bench_device_finish(&device, result);
  if (rc == 0)
    rc = bench_device_check(&device, err);
  bench_device_close(&device);
  return rc;
}
