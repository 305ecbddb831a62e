#include <math.h>

#include "base/rng.h"
#include "gpu_test.h"
#include "nn/op_gemm.h"

/* Words before and after each output that nobody may touch. */
enum { GUARD = 64 };
/* Rows behind the result that are bound with it: drivers that check bounds would hide a
 * kernel that writes past the last row. */
enum { SPARE = 20 };
static const float guard_value = -12345.678f;

static uint64_t seed;

struct shape {
  uint32_t m, n, k;
};

static const struct shape shapes[] = {
  { 1, 1, 1 },    { 3, 5, 7 },      { 4, 32, 16 },  { 8, 31, 33 },  { 16, 32, 64 },
  { 17, 33, 65 }, { 64, 64, 64 },   { 65, 4, 130 }, { 5, 500, 31 }, { 140, 9, 129 },
  { 7, 68, 512 }, { 130, 128, 36 }, { 1, 70, 100 }, { 2, 64, 96 },  { 6, 129, 40 },
  { 1, 260, 44 },
};

struct matrix {
  struct gpu_tensor whole, part; /* `part` lies between the guards */
  float *values;                 /* of the part; what the device sees, as 32-bit */
  uint32_t rows, columns, ld;
};

static struct err err;

/* The nearest bfloat16 below in magnitude, and a half, are both made by cutting bits. */
static uint16_t cut_bf16(float x)
{
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return (uint16_t)(bits >> 16);
}

static float from_bf16(uint16_t x)
{
  uint32_t bits = (uint32_t)x << 16;
  float f;
  memcpy(&f, &bits, sizeof f);
  return f;
}

/* Normal numbers only: |x| in [2^-14, 2) or 0. */
static uint16_t cut_f16(float x)
{
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  uint32_t exponent = bits >> 23 & 255;
  if (exponent < 127 - 14)
    return 0;
  return (uint16_t)(bits >> 16 & 0x8000) |
         (uint16_t)((exponent - 127 + 15) << 10 | (bits >> 13 & 1023));
}

static float from_f16(uint16_t x)
{
  if (!(x & 0x7fff))
    return 0;
  return ldexpf(1 + (float)(x & 1023) / 1024, (x >> 10 & 31) - 15) *
         (x & 0x8000 ? -1 : 1);
}

/* A matrix with random values; between its rows and around it lies `outside`: guard words
 * around results, poison around operands. */
static struct matrix make(struct gpu_manager *manager, enum gpu_type type, float outside,
                          uint32_t rows, uint32_t columns, uint32_t ld, struct rng *rng)
{
  struct matrix x = { .rows = rows, .columns = columns, .ld = ld };
  uint32_t size = gpu_type_bytes(type), n = rows * ld, whole = n + 2 * GUARD;
  char *bytes = malloc((size_t)whole * size);
  x.values = malloc(n * sizeof *x.values);
  assert_ok(gpu_tensor_create(manager, &x.whole, type, 1, &whole, &err), err);
  for (uint32_t i = 0; i < whole; i++) {
    bool inside = i >= GUARD && i - GUARD < n && (i - GUARD) % ld < columns;
    float value = inside ? (float)(2 * rng_unit(rng) - 1) : outside;
    uint16_t half = type == GPU_BF16 ? cut_bf16(value) : cut_f16(value);
    if (type == GPU_F16 && !inside)
      half = 0x7e00;
    if (type == GPU_F32)
      memcpy(bytes + (size_t)i * size, &value, size);
    else
      memcpy(bytes + (size_t)i * size, &half, size);
    if (i >= GUARD && i - GUARD < n)
      x.values[i - GUARD] = type == GPU_F32    ? value
                            : type == GPU_BF16 ? from_bf16(half)
                                               : from_f16(half);
  }
  assert_ok(gpu_tensor_upload(manager, &x.whole, bytes, &err), err);
  free(bytes);
  x.part = x.whole;
  x.part.offset += GUARD * size;
  x.part.bytes = (uint64_t)n * size;
  x.part.shape[0] = n;
  return x;
}

static void drop(struct gpu_manager *manager, struct matrix *x)
{
  gpu_tensor_release(manager, &x->whole);
  free(x->values);
}

struct product {
  struct gemm gemm;
  struct matrix a, b, y, bias;
};

static float at(const struct matrix *x, uint32_t row, uint32_t column)
{
  return x->values[(size_t)row * x->ld + column];
}

static struct product make_product(struct gpu_manager *manager, struct gemm gemm,
                                   enum gpu_type type, const uint32_t pad[3], bool bias,
                                   struct rng *rng)
{
  struct product p = { .gemm = gemm };
  uint32_t m = gemm.m, n = gemm.n, k = gemm.k;
  bool a_by_k = gemm.layout == GEMM_TN, b_by_k = gemm.layout != GEMM_NT;
  uint32_t a_columns = a_by_k ? m : k, b_columns = b_by_k ? n : k;
  p.a = make(manager, GPU_F32, NAN, a_by_k ? k : m, a_columns, a_columns + pad[0], rng);
  p.b = make(manager, type, NAN, b_by_k ? k : n, b_columns, b_columns + pad[1], rng);
  p.y = make(manager, GPU_F32, guard_value, m + SPARE, n, n + pad[2], rng);
  p.bias = make(manager, GPU_F32, NAN, 1, n, n, rng);
  p.gemm.lda = p.a.ld;
  p.gemm.ldb = p.b.ld;
  p.gemm.ldy = p.y.ld;
  if (!bias)
    p.gemm.bias = NULL;
  return p;
}

static void drop_product(struct gpu_manager *manager, struct product *p)
{
  drop(manager, &p->a);
  drop(manager, &p->b);
  drop(manager, &p->y);
  drop(manager, &p->bias);
}

/* Runs it and returns y with its guards; free it. */
static float *run(struct gpu_manager *manager, struct product *p, bool bias)
{
  struct gpu_sequence *sequence = gpu_sequence_create(manager, false, &err);
  assert_non_null(sequence);
  p->gemm.a = &p->a.part;
  p->gemm.b = &p->b.part;
  p->gemm.y = &p->y.part;
  p->gemm.bias = bias ? &p->bias.part : NULL;
  assert_ok(op_gemm(sequence, &p->gemm, &err), err);
  assert_ok(gpu_sequence_evaluate(sequence, &err), err);
  float *got = malloc(p->y.whole.bytes);
  assert_ok(gpu_tensor_download(manager, &p->y.whole, got, &err), err);
  gpu_sequence_free(sequence);
  return got;
}

/* One element: the double-precision reference, its error bound, and the promised chain in
 * 32 bits, with and without fusing (a device does one or the other throughout). */
struct element {
  double exact, bound;
  float fused, plain;
};

static struct element reference(const struct product *p, uint32_t row, uint32_t column)
{
  const struct gemm *g = &p->gemm;
  struct element e = { 0 };
  double size = 0;
  for (uint32_t k = 0; k < g->k; k++) {
    float a = g->layout == GEMM_TN ? at(&p->a, k, row) : at(&p->a, row, k);
    float b = g->layout == GEMM_NT ? at(&p->b, column, k) : at(&p->b, k, column);
    e.exact += (double)a * b;
    size += fabs((double)a * b);
    e.fused = fmaf(a, b, e.fused);
    e.plain += a * b;
  }
  float more[2] = { g->bias ? at(&p->bias, 0, column) : 0,
                    g->add ? at(&p->y, row, column) : 0 };
  for (int i = 0; i < 2; i++) {
    e.exact += more[i];
    size += fabs(more[i]);
    e.fused += more[i];
    e.plain += more[i];
  }
  e.bound = (g->k + 2) * 6.0e-8 * size;
  return e;
}

static void check(const struct product *p, const float *got, const char *what)
{
  uint32_t n = p->y.rows * p->y.ld;
  uint32_t fused = 0, plain = 0;
  for (uint32_t i = 0; i < n + 2 * GUARD; i++) {
    uint32_t row = (i - GUARD) / p->y.ld, column = (i - GUARD) % p->y.ld;
    if (i < GUARD || i >= n + GUARD || column >= p->y.columns) {
      if (got[i] != guard_value)
        fail_msg("%s: guard word %u is %g", what, i, got[i]);
      continue;
    }
    if (row >= p->gemm.m) {
      if (got[i] != at(&p->y, row, column))
        fail_msg("%s: row %u behind the last was written", what, row);
      continue;
    }
    struct element e = reference(p, row, column);
    if (!(fabs(got[i] - e.exact) <= e.bound))
      fail_msg("%s: y[%u][%u] is %.9g, not %.9g", what, row, column, got[i], e.exact);
    fused += got[i] != e.fused;
    plain += got[i] != e.plain;
  }
  if (fused && plain)
    fail_msg("%s: not one chain over k: %u elements differ fused, %u plain", what, fused,
             plain);
}

static const char *const layout_names[] = { "nt", "nn", "tn" };
static const char *const kernel_names[] = { "device", "texel", "tile", "rows" };

static void try_one(struct gpu_manager *manager, struct gemm gemm, enum gpu_type type,
                    struct rng *rng)
{
  char what[160];
  bool bias = rng_chance(rng, 0.5);
  uint32_t pad[3] = { 0 };
  gemm.add = rng_chance(rng, 0.5);
  for (int i = 0; i < 3; i++)
    if (rng_chance(rng, 0.5))
      pad[i] = (uint32_t)rng_below(rng, 5);
  bool a_by_k = gemm.layout == GEMM_TN, b_by_k = gemm.layout != GEMM_NT;
  if (gemm.kernel == GEMM_BY_TEXEL) {
    pad[0] = (4 - (a_by_k ? gemm.m : gemm.k) % 4) % 4;
    pad[1] = (4 - (b_by_k ? gemm.n : gemm.k) % 4) % 4;
  }
  snprintf(what, sizeof what, "%s by %s, %s, %ux%ux%u, rows +%u +%u +%u%s%s",
           layout_names[gemm.layout], kernel_names[gemm.kernel], gpu_type_text(type),
           gemm.m, gemm.n, gemm.k, pad[0], pad[1], pad[2], bias ? ", bias" : "",
           gemm.add ? ", add" : "");
  struct product p = make_product(manager, gemm, type, pad, bias, rng);
  float *first = run(manager, &p, bias);
  check(&p, first, what);
  if (!gemm.add) { /* twice the same bits */
    float *second = run(manager, &p, bias);
    assert_memory_equal(first, second, p.y.whole.bytes);
    free(second);
  }
  free(first);
  drop_product(manager, &p);
}

static const enum gpu_type types[] = { GPU_F32, GPU_F16, GPU_BF16 };

static void try_shapes(enum gemm_kernel kernel, size_t step)
{
  struct gpu_manager *manager = gpu_test_open();
  for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i += step)
    for (int layout = GEMM_NT; layout <= GEMM_TN; layout++) {
      if (kernel == GEMM_BY_ROWS && (layout != GEMM_NT || shapes[i].m > 8))
        continue;
      /* the three types take turns: each pair with its own pipelines costs time */
      enum gpu_type type = layout == GEMM_TN ? GPU_F32 : types[(i + (size_t)layout) % 3];
      struct gemm gemm = { .layout = (enum gemm_layout)layout,
                           .m = shapes[i].m,
                           .n = shapes[i].n,
                           .k = shapes[i].k,
                           .kernel = kernel };
      struct rng rng;
      rng_init(&rng, seed, "gemm", i * 10 + (size_t)layout);
      try_one(manager, gemm, type, &rng);
    }
  gpu_test_close(manager);
}

/* One that is large in every direction. */
static void test_large(void **state)
{
  (void)state;
  struct gpu_manager *manager = gpu_test_open();
  struct rng rng;
  rng_init(&rng, seed, "large", 9);
  struct gemm gemm = { .layout = GEMM_NT, .m = 259, .n = 301, .k = 515 };
  gemm.kernel = GEMM_BY_TEXEL;
  try_one(manager, gemm, GPU_F32, &rng);
  gpu_test_close(manager);
}

static void test_texel(void **state)
{
  (void)state;
  try_shapes(GEMM_BY_TEXEL, 1);
}

static void test_tile(void **state)
{
  (void)state;
  /* kernels with barriers take a CPU driver seconds to compile: every second shape */
  try_shapes(GEMM_BY_TILE, 2);
}

static void test_rows(void **state)
{
  (void)state;
  try_shapes(GEMM_BY_ROWS, 1);
}

/* The large tiles of GPUs, which small shapes do not reach. */
static void test_large_tile(void **state)
{
  (void)state;
  struct gpu_manager *manager = gpu_test_open();
  struct rng rng;
  for (int layout = GEMM_NT; layout <= GEMM_TN; layout++) {
    rng_init(&rng, seed, "large", (uint64_t)layout);
    try_one(manager,
            (struct gemm){ .layout = (enum gemm_layout)layout,
                           .m = 1000,
                           .n = 1030,
                           .k = 21,
                           .kernel = GEMM_BY_TILE },
            GPU_F32, &rng);
  }
  gpu_test_close(manager);
}

static void test_row_length(void **state)
{
  (void)state;
  const struct gpu_device_info cpu = { .kind = GPU_KIND_CPU };
  const struct gpu_device_info gpu = { .kind = GPU_KIND_DISCRETE };
  assert_int_equal(gemm_row_length(&cpu, GPU_F32, 1), 4);
  assert_int_equal(gemm_row_length(&cpu, GPU_F32, 192), 192);
  assert_int_equal(gemm_row_length(&cpu, GPU_F32, 512), 528);
  assert_int_equal(gemm_row_length(&cpu, GPU_BF16, 256), 256);
  assert_int_equal(gemm_row_length(&cpu, GPU_BF16, 1022), 1040);
  assert_int_equal(gemm_row_length(&gpu, GPU_F32, 512), 512);
  assert_int_equal(gemm_row_length(&gpu, GPU_F16, 511), 512);
}

/* A row's bits do not depend on how many rows there are, nor on the kernel. */
static void test_batch(void **state)
{
  (void)state;
  static const uint32_t batches[] = { 1, 2, 3, 7, 8, 16, 17, 64 };
  struct gpu_manager *manager = gpu_test_open();
  struct rng rng;
  rng_init(&rng, seed, "batch", 0);
  const uint32_t pad[3] = { 0 };
  struct gemm gemm = { .layout = GEMM_NT, .m = 64, .n = 100, .k = 72 };
  struct product p = make_product(manager, gemm, GPU_F32, pad, true, &rng);
  float *all = run(manager, &p, true);
  for (int kernel = GEMM_BY_DEVICE; kernel <= GEMM_BY_ROWS; kernel++)
    for (size_t i = 0; i < sizeof batches / sizeof *batches; i++) {
      p.gemm.m = batches[i];
      p.gemm.kernel = (enum gemm_kernel)kernel;
      float *some = run(manager, &p, true);
      assert_memory_equal(some + GUARD, all + GUARD, batches[i] * gemm.n * sizeof(float));
      free(some);
    }
  free(all);
  drop_product(manager, &p);
  gpu_test_close(manager);
}

int main(void)
{
  const char *given = getenv("OREO_TEST_SEED");
  seed = given ? strtoull(given, NULL, 10) : (uint64_t)getpid();
  printf("seed %llu; replay with OREO_TEST_SEED\n", (unsigned long long)seed);
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_texel),      cmocka_unit_test(test_tile),
    cmocka_unit_test(test_rows),       cmocka_unit_test(test_large_tile),
    cmocka_unit_test(test_batch),      cmocka_unit_test(test_large),
    cmocka_unit_test(test_row_length),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
