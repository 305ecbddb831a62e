/* bench_gemm.c - matrix products by layout, type and shape: how fast, what share of the
 * device's peak, and how fast another library is in the same process. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/nearest.h"
#include "cli/bench_device.h"
#include "cli/blas.h"
#include "nn/op_gemm.h"

struct shape {
  uint32_t m, n, k;
};

/* A square to be compared with others' figures; then what small models ask for, reading
 * prompts (m large) and writing answers (m small); GPUs get squares that fill them. */
static const struct shape cpu_shapes[] = {
  { 512, 512, 512 }, { 1024, 1024, 1024 }, { 512, 384, 128 },
  { 64, 384, 128 },  { 64, 128, 384 },     { 1, 512, 512 },
};
static const struct shape gpu_shapes[] = {
  { 512, 512, 512 },   { 1024, 1024, 1024 }, { 4096, 4096, 4096 },
  { 512, 4096, 4096 }, { 64, 4096, 4096 },   { 1, 4096, 4096 },
};

struct product {
  struct shape shape;
  enum gemm_layout layout;
  enum gpu_type type;
  bool padded; /* rows as far apart as gemm_row_length says */
  bool matrix; /* by the device's matrix units */
};

static const char *layout_at(size_t index)
{
  static const char *const names[] = { "nt", "nn", "tn" };
  return index < COUNT(names) ? names[index] : NULL;
}

static const char *type_at(size_t index)
{
  static const char *const names[] = { "f32", "f16", "bf16" };
  return index < COUNT(names) ? names[index] : NULL;
}

/* ---- what was asked for ---- */

/* Which of a list of names are given: bit i for name i; all when none is. */
static int parse_set(const struct texts *given, const char *option,
                     const char *(*name_at)(size_t), unsigned *set, struct err *err)
{
  *set = given->count ? 0 : ~0U;
  for (size_t i = 0; i < given->count; i++) {
    size_t which = 0;
    while (name_at(which) && strcmp(name_at(which), given->at[i]) != 0)
      which++;
    if (!name_at(which)) {
      const char *nearest = name_nearest(str_from(given->at[i]), name_at);
      return err_set(err, ERR_USAGE, "--%s: no '%s'; there is '%s'", option, given->at[i],
                     nearest ? nearest : name_at(0));
    }
    *set |= 1U << which;
  }
  return 0;
}

struct plan {
  const struct shape *shapes;
  size_t n_shapes;
  unsigned layouts, types; /* bit sets */
};

static int parse_plan(struct plan *plan, const struct bench_settings *settings,
                      struct arena *arena, struct err *err)
{
  struct shape *shapes = ARENA_NEW(arena, struct shape, settings->shapes.count);
  for (size_t i = 0; i < settings->shapes.count; i++) {
    uint32_t sides[3];
    if (bench_parse_shape(settings->shapes.at[i], sides, err) < 0)
      return -1;
    shapes[i] = (struct shape){ sides[0], sides[1], sides[2] };
  }
  *plan = (struct plan){ .shapes = shapes, .n_shapes = settings->shapes.count };
  if (parse_set(&settings->layouts, "layout", layout_at, &plan->layouts, err) < 0)
    return -1;
  return parse_set(&settings->types, "type", type_at, &plan->types, err);
}

static void default_shapes(struct plan *plan, const struct gpu_device_info *device)
{
  bool cpu = device->kind == GPU_KIND_CPU;
  if (plan->n_shapes)
    return;
  plan->shapes = cpu ? cpu_shapes : gpu_shapes;
  plan->n_shapes = cpu ? COUNT(cpu_shapes) : COUNT(gpu_shapes);
}

/* ---- ours ---- */

struct ours {
  struct gpu_tensor a, b, y;
  struct gpu_sequence *sequence;
  uint32_t copies;
  struct bench_samples samples;
};

static void drop_ours(const struct bench_device *device, struct ours *ours)
{
  gpu_sequence_free(ours->sequence);
  gpu_tensor_release(device->manager, &ours->a);
  gpu_tensor_release(device->manager, &ours->b);
  gpu_tensor_release(device->manager, &ours->y);
}

static uint32_t row_length(const struct bench_device *device, const struct product *p,
                           enum gpu_type type, uint32_t columns)
{
  return p->padded ? gemm_row_length(device->info, type, columns) : columns;
}

static int record(struct ours *ours, const struct product *p, const uint32_t ld[2],
                  struct err *err)
{
  struct gemm gemm = { .layout = p->layout,
                       .m = p->shape.m,
                       .n = p->shape.n,
                       .k = p->shape.k,
                       .a = &ours->a,
                       .b = &ours->b,
                       .y = &ours->y,
                       .lda = ld[0],
                       .ldb = ld[1],
                       .kernel = p->matrix ? GEMM_BY_MATRIX : GEMM_BY_DEVICE };
  if (gpu_sequence_reset(ours->sequence, err) < 0)
    return -1;
  for (uint32_t i = 0; i < ours->copies; i++)
    if (op_gemm(ours->sequence, &gemm, err) < 0)
      return -1;
  return 0;
}

/* Operands, and a sequence with enough copies of the product. */
static int prepare_ours(const struct bench_device *device, const struct product *p,
                        struct ours *ours, struct err *err)
{
  const struct shape *s = &p->shape;
  bool a_by_k = p->layout == GEMM_TN, b_by_k = p->layout != GEMM_NT;
  const uint32_t ld[] = { row_length(device, p, GPU_F32, a_by_k ? s->m : s->k),
                          row_length(device, p, p->type, b_by_k ? s->n : s->k) };
  double once;
  *ours = (struct ours){ .copies = 1 };
  ours->sequence = gpu_sequence_create(device->manager, false, err);
  if (!ours->sequence ||
      bench_tensor(device, &ours->a, GPU_F32, a_by_k ? s->k : s->m, ld[0], "a", err) <
          0 ||
      bench_tensor(device, &ours->b, p->type, b_by_k ? s->k : s->n, ld[1], "b", err) <
          0 ||
      bench_tensor(device, &ours->y, GPU_F32, s->m, s->n, "y", err) < 0 ||
      record(ours, p, ld, err) < 0 || bench_evaluate(ours->sequence, &once, err) < 0 ||
      bench_evaluate(ours->sequence, &once, err) < 0)
    return -1;
  ours->copies = bench_copies(once);
  return record(ours, p, ld, err);
}

static int sample_ours(struct ours *ours, double seconds, struct err *err)
{
  for (double spent = 0, once; spent < seconds; spent += once) {
    if (bench_evaluate(ours->sequence, &once, err) < 0)
      return -1;
    bench_sample(&ours->samples, once / ours->copies);
  }
  return 0;
}

/* ---- the other library's ---- */

struct theirs {
  float *values; /* of all three */
  struct blas_product product;
  struct bench_samples samples;
};

static void prepare_theirs(const struct product *p, uint64_t seed, struct theirs *theirs)
{
  const struct shape *s = &p->shape;
  size_t n_a = (size_t)s->m * s->k, n_b = (size_t)s->n * s->k, n_c = (size_t)s->m * s->n;
  struct rng rng;
  *theirs = (struct theirs){ .values = mem_alloc((n_a + n_b + n_c) * sizeof(float)) };
  rng_init(&rng, seed, "blas", 0);
  for (size_t i = 0; i < n_a + n_b + n_c; i++)
    theirs->values[i] = (float)(2 * rng_unit(&rng) - 1);
  theirs->product = (struct blas_product){ .m = (int)s->m,
                                           .n = (int)s->n,
                                           .k = (int)s->k,
                                           .a = theirs->values,
                                           .b = theirs->values + n_a,
                                           .c = theirs->values + n_a + n_b,
                                           .transpose_a = p->layout == GEMM_TN,
                                           .transpose_b = p->layout == GEMM_NT };
}

static void sample_theirs(const struct blas *blas, struct theirs *theirs, double seconds)
{
  /* threads of such libraries spin for a while after a call, for the next one */
  const struct timespec calm = { .tv_nsec = 60 * 1000 * 1000 };
  for (double spent = 0; spent < seconds;) {
    int64_t start = clock_monotonic_ns();
    blas_multiply(blas, &theirs->product);
    double once = 1e-9 * (double)(clock_monotonic_ns() - start);
    bench_sample(&theirs->samples, once);
    spent += once;
  }
  nanosleep(&calm, NULL);
}

/* ---- one product ---- */

enum { TURNS = 8 };

static void report(struct bench_result *result, const struct product *p,
                   struct ours *ours, double blas_seconds, struct arena *arena)
{
  double work = 2.0 * p->shape.m * p->shape.n * p->shape.k;
  double median = bench_median(&ours->samples);
  struct str name =
      arena_printf(arena, "%s %s %ux%ux%u%s%s", layout_at(p->layout),
                   gpu_type_text(p->type), p->shape.m, p->shape.n, p->shape.k,
                   p->padded ? " padded" : "", p->matrix ? " matrix units" : "");
  struct bench_figure *figure =
      bench_add(result, name.ptr, 1e-9 * work / median, "GFLOP/s", STR(""));
  bench_add_part(figure, "microseconds", 1e6 * median);
  /* the peak is the best of its tries as well */
  bench_add_part(figure, "best", 1e-9 * work / ours->samples.seconds[0]);
  if (p->matrix) /* theirs is another one, and not measured */
    bench_add_part(figure, "share_of_peak", NAN);
  else
    bench_add_share(figure, work / ours->samples.seconds[0]);
  bench_add_part(figure, "blas", blas_seconds > 0 ? 1e-9 * work / blas_seconds : NAN);
  bench_add_part(figure, "share_of_blas", blas_seconds > 0 ? blas_seconds / median : NAN);
  bench_add_part(figure, "repeats", (double)ours->samples.n);
}

/* Ours and theirs take turns, so that whatever else the machine does meets both. */
static int measure(struct bench_result *result, struct bench_device *device,
                   const struct blas *blas, const struct product *p, struct arena *arena,
                   struct err *err)
{
  struct ours ours;
  struct theirs theirs;
  bool compare = blas->sgemm != NULL && p->type == GPU_F32;
  int rc = prepare_ours(device, p, &ours, err);
  prepare_theirs(p, device->seed, &theirs);
  if (compare)
    blas_multiply(blas, &theirs.product);
  double share = device->seconds / TURNS / (compare ? 2 : 1);
  for (int turn = 0; rc == 0 && turn < TURNS; turn++) {
    if (compare)
      sample_theirs(blas, &theirs, share);
    rc = sample_ours(&ours, share, err);
    if (rc == 0)
      rc = bench_device_try_peak(device, err);
  }
  if (rc == 0)
    report(result, p, &ours, bench_median(&theirs.samples), arena);
  free(theirs.values);
  drop_ours(device, &ours);
  return rc;
}

/* As it stands, and with rows moved apart where that is another matter. */
static int measure_both(struct bench_result *result, struct bench_device *device,
                        const struct blas *blas, struct product *p, struct arena *arena,
                        struct err *err)
{
  const struct shape *s = &p->shape;
  bool a_by_k = p->layout == GEMM_TN, b_by_k = p->layout != GEMM_NT;
  uint32_t a_columns = a_by_k ? s->m : s->k, b_columns = b_by_k ? s->n : s->k;
  p->padded = false;
  if (measure(result, device, blas, p, arena, err) < 0)
    return -1;
  p->padded = true;
  if (row_length(device, p, GPU_F32, a_columns) == a_columns &&
      row_length(device, p, p->type, b_columns) == b_columns)
    return 0;
  return measure(result, device, blas, p, arena, err);
}

/* All ways to make one product. */
static int measure_type(struct bench_result *result, struct bench_device *device,
                        const struct blas *blas, struct product p, struct arena *arena,
                        struct err *err)
{
  if (measure_both(result, device, blas, &p, arena, err) < 0)
    return -1;
  if (p.layout != GEMM_NT || !gemm_has_matrix(device->info, p.type))
    return 0;
  p.padded = false;
  p.matrix = true;
  return measure(result, device, blas, &p, arena, err);
}

static int measure_plan(struct bench_result *result, struct bench_device *device,
                        const struct blas *blas, const struct plan *plan,
                        struct arena *arena, struct err *err)
{
  static const enum gpu_type types[] = { GPU_F32, GPU_F16, GPU_BF16 };
  for (size_t i = 0; i < plan->n_shapes; i++)
    for (size_t layout = GEMM_NT; layout <= GEMM_TN; layout++)
      for (size_t type = 0; type < COUNT(types); type++) {
        struct product p = { .shape = plan->shapes[i],
                             .layout = (enum gemm_layout)layout,
                             .type = types[type] };
        bool asked = (plan->layouts >> layout & 1) && (plan->types >> type & 1);
        /* nobody has 16 bits on both sides of a gradient */
        bool known = p.type == GPU_F32 || p.layout != GEMM_TN;
        if (asked && known && measure_type(result, device, blas, p, arena, err) < 0)
          return -1;
      }
  return 0;
}

int bench_gemm(struct bench_result *result, struct command_call *call, struct err *err)
{
  const struct bench_settings *settings = call->settings;
  struct plan plan;
  struct blas blas;
  struct bench_device device;
  if (parse_plan(&plan, settings, call->arena, err) < 0 ||
      blas_open(&blas, settings->blas, err) < 0 ||
      bench_device_open(&device, result, settings, call->arena, err) < 0)
    return -1;
  default_shapes(&plan, device.info);
  bench_add_fact(result, "blas",
                 blas.sgemm ? arena_str(call->arena, str_from(blas.name)) : STR_NONE);
  int rc = measure_plan(result, &device, &blas, &plan, call->arena, err);
  bench_device_finish(&device, result);
  if (rc == 0)
    rc = bench_device_check(&device, err);
  bench_device_close(&device);
  return rc;
}
