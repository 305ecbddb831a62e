/* Matrix products on the device's matrix units: skipped, saying so, where it has none. */
#include "nn/op_gemm.h"
#include "op_test.h"

static uint64_t seed;
static struct err err;

struct shape {
  uint32_t m, n, k;
};

static const struct shape shapes[] = {
  { 1, 1, 1 },    { 3, 5, 7 },     { 16, 16, 16 },   { 17, 33, 65 },   { 64, 64, 64 },
  { 65, 4, 130 }, { 140, 9, 129 }, { 33, 260, 100 }, { 600, 700, 40 },
};

struct product {
  struct gemm gemm;
  struct op_tensor a, b, y, bias;
};

/* Values that the 16-bit type has, so that rounding a changes nothing. */
static struct op_tensor exact_rows(struct gpu_manager *manager, enum gpu_type type,
                                   const uint32_t shape[3], struct rng *rng)
{
  size_t n = (size_t)shape[0] * shape[1];
  float *given = calloc(n, sizeof *given);
  for (size_t i = 0; i < n; i++) {
    float x = (float)(2 * rng_unit(rng) - 1);
    given[i] = type == GPU_F16 ? op_test_from_f16(op_test_to_f16(x))
                               : op_test_from_bf16(op_test_to_bf16(x));
  }
  struct op_tensor x = op_tensor_of(manager, GPU_F32, NAN, shape, given);
  free(given);
  return x;
}

static struct product make(struct gpu_manager *manager, enum gpu_type type,
                           struct shape shape, struct rng *rng)
{
  uint32_t m = shape.m, n = shape.n, k = shape.k;
  uint32_t lda = k + (uint32_t)rng_below(rng, 5), ldb = k + (uint32_t)rng_below(rng, 5);
  struct product p = { .gemm = { .layout = GEMM_NT, .m = m, .n = n, .k = k } };
  p.a = exact_rows(manager, type, (uint32_t[]){ m, k, lda }, rng);
  p.b = op_tensor_random(manager, type, type == GPU_F16 ? 0 : NAN,
                         (uint32_t[]){ n, k, ldb }, rng);
  p.y = op_tensor_result(manager, m, n, n + (uint32_t)rng_below(rng, 5));
  p.bias = op_tensor_random(manager, GPU_F32, NAN, (uint32_t[]){ 1, n, n }, rng);
  p.gemm.lda = lda;
  p.gemm.ldb = ldb;
  p.gemm.ldy = p.y.ld;
  p.gemm.kernel = GEMM_BY_MATRIX;
  p.gemm.add = rng_chance(rng, 0.5);
  return p;
}

static void drop(struct gpu_manager *manager, struct product *p)
{
  op_tensor_drop(manager, &p->a);
  op_tensor_drop(manager, &p->b);
  op_tensor_drop(manager, &p->y);
  op_tensor_drop(manager, &p->bias);
}

/* y's rows, checked to be all that was written; free it. */
static float *run(struct gpu_manager *manager, struct product *p, const char *what)
{
  struct gpu_sequence *sequence = gpu_sequence_create(manager, false, &err);
  assert_non_null(sequence);
  p->gemm.a = &p->a.part;
  p->gemm.b = &p->b.part;
  p->gemm.y = &p->y.part;
  p->gemm.bias = &p->bias.part;
  assert_ok(op_gemm(sequence, &p->gemm, &err), err);
  assert_ok(gpu_sequence_evaluate(sequence, &err), err);
  gpu_sequence_free(sequence);
  return op_tensor_look(manager, &p->y, p->gemm.m, what);
}

static void check(const struct product *p, const float *got, const char *what)
{
  for (uint32_t row = 0; row < p->gemm.m; row++)
    for (uint32_t column = 0; column < p->gemm.n; column++) {
      double exact = op_tensor_at(&p->bias, 0, column), size = fabs(exact);
      if (p->gemm.add)
        exact += (double)OP_TEST_GUARD;
      size += p->gemm.add ? fabs((double)OP_TEST_GUARD) : 0;
      for (uint32_t k = 0; k < p->gemm.k; k++) {
        double term =
            (double)op_tensor_at(&p->a, row, k) * (double)op_tensor_at(&p->b, column, k);
        exact += term;
        size += fabs(term);
      }
      double value = got[(size_t)row * p->y.ld + column];
      /* matrix units may cut where others round: twice the bound of a chain */
      if (!(fabs(value - exact) <= 2 * (p->gemm.k + 2) * 6.0e-8 * size))
        fail_msg("%s: y[%u][%u] is %.9g, not %.9g", what, row, column, value, exact);
    }
}

static void try_type(struct gpu_manager *manager, enum gpu_type type)
{
  for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
    struct rng rng;
    rng_init(&rng, seed, gpu_type_text(type), i);
    char what[80];
    snprintf(what, sizeof what, "%s, %ux%ux%u", gpu_type_text(type), shapes[i].m,
             shapes[i].n, shapes[i].k);
    struct product p = make(manager, type, shapes[i], &rng);
    float *got = run(manager, &p, what);
    check(&p, got, what);
    free(got);
    drop(manager, &p);
  }
}

/* A row's bits do not depend on how many rows there are. */
static void try_batch(struct gpu_manager *manager, enum gpu_type type)
{
  static const uint32_t batches[] = { 1, 7, 33, 64 };
  struct rng rng;
  rng_init(&rng, seed, "batch", 0);
  struct product p = make(manager, type, (struct shape){ 700, 520, 72 }, &rng);
  p.gemm.add = false;
  float *all = run(manager, &p, "batch");
  for (size_t i = 0; i < sizeof batches / sizeof *batches; i++) {
    p.gemm.m = batches[i];
    op_tensor_restore(manager, &p.y);
    float *some = run(manager, &p, "batch");
    for (uint32_t row = 0; row < p.gemm.m; row++)
      assert_memory_equal(some + (size_t)row * p.y.ld, all + (size_t)row * p.y.ld,
                          p.gemm.n * sizeof(float));
    free(some);
  }
  free(all);
  drop(manager, &p);
}

static void try_on(void (*what)(struct gpu_manager *, enum gpu_type), enum gpu_type type)
{
  struct gpu_manager *manager = gpu_test_open();
  bool has = gemm_has_matrix(gpu_manager_device(manager), type);
  if (has)
    what(manager, type);
  gpu_test_close(manager);
  if (!has)
    skip();
}

static void test_f16(void **state)
{
  (void)state;
  try_on(try_type, GPU_F16);
}

static void test_bf16(void **state)
{
  (void)state;
  try_on(try_type, GPU_BF16);
}

static void test_f16_batch(void **state)
{
  (void)state;
  try_on(try_batch, GPU_F16);
}

static void test_bf16_batch(void **state)
{
  (void)state;
  try_on(try_batch, GPU_BF16);
}

static bool any_matrix(void)
{
  struct gpu_manager *manager = gpu_test_open();
  const struct gpu_device_info *device = gpu_manager_device(manager);
  bool any = gemm_has_matrix(device, GPU_F16) || gemm_has_matrix(device, GPU_BF16);
  if (!any)
    fprintf(stderr, "skipped: '%s' has no matrix units, or the shader compiler was too "
                    "old for them\n",
            device->name);
  gpu_test_close(manager);
  return any;
}

int main(void)
{
  seed = op_test_seed();
  if (!any_matrix())
    return 77;
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_f16),
    cmocka_unit_test(test_bf16),
    cmocka_unit_test(test_f16_batch),
    cmocka_unit_test(test_bf16_batch),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
