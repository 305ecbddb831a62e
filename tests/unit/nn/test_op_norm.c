#include "nn/op_norm.h"
#include "op_test.h"

static uint64_t seed;
static struct err err;

struct shape {
  uint32_t m, n, pad_x, pad_y;
};

static const struct shape shapes[] = {
  { 1, 1, 0, 0 },    { 3, 5, 0, 0 },    { 7, 64, 0, 0 },    { 9, 64, 1, 0 },
  { 5, 64, 4, 3 },   { 64, 288, 0, 0 }, { 33, 130, 2, 0 },  { 2, 4096, 0, 0 },
  { 257, 20, 0, 0 }, { 6, 1029, 3, 1 }, { 10, 1100, 0, 0 }, { 1, 2047, 0, 0 },
  { 130, 36, 8, 8 }, { 4, 896, 0, 0 },
};

struct rows {
  struct norm norm;
  struct op_tensor x, weight, y, scales;
};

static struct rows make(struct gpu_manager *manager, const struct shape *s, double size,
                        struct rng *rng)
{
  struct rows rows = { .norm = { .m = s->m, .n = s->n, .eps = 1e-5f } };
  const uint32_t x[3] = { s->m, s->n, s->n + s->pad_x }, weight[3] = { 1, s->n, s->n };
  size_t n = (size_t)s->m * s->n;
  float *given = calloc(n, sizeof *given);
  for (size_t i = 0; i < n; i++) /* each row with its own size */
    given[i] = (float)(size * (1 + i / s->n % 5) * (2 * rng_unit(rng) - 1));
  rows.x = op_tensor_of(manager, GPU_F32, NAN, x, given);
  free(given);
  rows.weight = op_tensor_random(manager, GPU_F32, NAN, weight, rng);
  rows.y = op_tensor_result(manager, s->m, s->n, s->n + s->pad_y);
  rows.scales = op_tensor_result(manager, s->m, 1, 1);
  rows.norm.ldx = rows.x.ld;
  rows.norm.ldy = rows.y.ld;
  return rows;
}

static void drop(struct gpu_manager *manager, struct rows *rows)
{
  op_tensor_drop(manager, &rows->x);
  op_tensor_drop(manager, &rows->weight);
  op_tensor_drop(manager, &rows->y);
  op_tensor_drop(manager, &rows->scales);
}

static void record(struct gpu_manager *manager, struct norm *norm)
{
  struct gpu_sequence *sequence = gpu_sequence_create(manager, false, &err);
  assert_non_null(sequence);
  assert_ok(op_norm(sequence, norm, &err), err);
  assert_ok(gpu_sequence_evaluate(sequence, &err), err);
  gpu_sequence_free(sequence);
}

/* y; free it. */
static float *run(struct gpu_manager *manager, struct rows *rows, bool scales,
                  const char *what)
{
  rows->norm.x = &rows->x.part;
  rows->norm.weight = &rows->weight.part;
  rows->norm.y = &rows->y.part;
  rows->norm.scales = scales ? &rows->scales.part : NULL;
  op_tensor_restore(manager, &rows->y);
  record(manager, &rows->norm);
  return op_tensor_look(manager, &rows->y, rows->norm.m, what);
}

static double exact_scale(const struct rows *rows, uint32_t r)
{
  double sum = 0;
  for (uint32_t i = 0; i < rows->norm.n; i++)
    sum += pow(op_tensor_at(&rows->x, r, i), 2);
  return 1 / sqrt(sum / rows->norm.n + rows->norm.eps);
}

static void check(const struct rows *rows, const float *got, const char *what)
{
  /* half the error of the sum, and a few roundings; far below what a lost column does */
  double slack = (20 + sqrt(rows->norm.n)) * 6.0e-8;
  for (uint32_t r = 0; r < rows->norm.m; r++) {
    double scale = exact_scale(rows, r);
    for (uint32_t i = 0; i < rows->norm.n; i++) {
      double exact =
          op_tensor_at(&rows->x, r, i) * scale * op_tensor_at(&rows->weight, 0, i);
      float value = got[(size_t)r * rows->y.ld + i];
      if (!(fabs(value - exact) <= slack * fabs(exact) + 1e-36))
        fail_msg("%s: y[%u][%u] is %.9g, not %.9g", what, r, i, value, exact);
    }
  }
}

static void check_scales(struct gpu_manager *manager, const struct rows *rows, bool asked,
                         const char *what)
{
  float *got = op_tensor_look(manager, &rows->scales, asked ? rows->norm.m : 0, what);
  for (uint32_t r = 0; asked && r < rows->norm.m; r++) {
    double exact = exact_scale(rows, r);
    if (!(fabs(got[r] - exact) <= (20 + sqrt(rows->norm.n)) * 6.0e-8 * exact))
      fail_msg("%s: the scale of row %u is %.9g, not %.9g", what, r, got[r], exact);
  }
  free(got);
}

static void try_shapes(bool by_groups)
{
  struct gpu_manager *manager = gpu_test_open();
  for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
    char what[80];
    const struct shape *s = &shapes[i];
    struct rng rng;
    rng_init(&rng, seed, "norm", i);
    struct rows rows = make(manager, s, i % 3 ? 1 : 1e-3, &rng);
    rows.norm.by_groups = by_groups;
    snprintf(what, sizeof what, "%u x %u, rows +%u +%u%s", s->m, s->n, s->pad_x, s->pad_y,
             by_groups ? ", by groups" : "");
    float *got = run(manager, &rows, i % 2, what);
    check(&rows, got, what);
    check_scales(manager, &rows, i % 2, what);
    free(got);
    drop(manager, &rows);
  }
  gpu_test_close(manager);
}

static void test_shapes(void **state)
{
  (void)state;
  try_shapes(false);
}

static void test_by_groups(void **state)
{
  (void)state;
  try_shapes(true);
}

/* x and y are one tensor. */
static void test_in_place(void **state)
{
  (void)state;
  struct gpu_manager *manager = gpu_test_open();
  static const struct shape places[] = { { 13, 320, 0, 0 }, { 9, 2050, 1, 1 } };
  for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
    struct rng rng;
    rng_init(&rng, seed, "in place", i);
    struct rows rows = make(manager, &places[i], 1, &rng);
    float *apart = run(manager, &rows, false, "apart");
    rows.norm.y = &rows.x.part;
    record(manager, &rows.norm);
    float *got = op_tensor_look(manager, &rows.x, rows.norm.m, "in place");
    for (uint32_t r = 0; r < rows.norm.m; r++)
      assert_memory_equal(got + (size_t)r * rows.x.ld, apart + (size_t)r * rows.y.ld,
                          rows.norm.n * sizeof *got);
    free(got);
    free(apart);
    drop(manager, &rows);
  }
  gpu_test_close(manager);
}

/* A row of zeros gives zeros: the scale is 1 / sqrt(eps). */
static void test_zeros(void **state)
{
  (void)state;
  struct gpu_manager *manager = gpu_test_open();
  const struct shape shape = { 3, 96, 0, 0 };
  struct rng rng;
  rng_init(&rng, seed, "zeros", 0);
  struct rows rows = make(manager, &shape, 0, &rng);
  float *got = run(manager, &rows, true, "zeros");
  check(&rows, got, "zeros");
  check_scales(manager, &rows, true, "zeros");
  free(got);
  drop(manager, &rows);
  gpu_test_close(manager);
}

/* A row's bits depend neither on how many there are nor on where rows begin. */
static void try_batch(struct gpu_manager *manager, uint32_t n, bool by_groups)
{
  struct shape shape = { 64, n, 0, 0 };
  float *all = NULL;
  for (uint32_t pad = 0; pad < 2; pad++) {
    struct rng rng;
    rng_init(&rng, seed, "batch", n);
    shape.pad_x = pad;
    struct rows rows = make(manager, &shape, 1, &rng);
    static const uint32_t batches[] = { 64, 1, 7, 33 };
    rows.norm.by_groups = by_groups;
    for (size_t i = 0; i < sizeof batches / sizeof *batches; i++) {
      rows.norm.m = batches[i];
      float *some = run(manager, &rows, i % 2, "batch");
      if (!all)
        all = some;
      else
        assert_memory_equal(some, all, (size_t)batches[i] * n * sizeof *all);
      if (some != all)
        free(some);
    }
    drop(manager, &rows);
  }
  free(all);
}

static void test_batch(void **state)
{
  (void)state;
  struct gpu_manager *manager = gpu_test_open();
  static const uint32_t columns[] = { 64, 100, 288, 896, 1030, 2052 };
  for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
    try_batch(manager, columns[i], false);
  try_batch(manager, 100, true);
  try_batch(manager, 2052, true);
  gpu_test_close(manager);
}

int main(void)
{
  seed = op_test_seed();
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_shapes),   cmocka_unit_test(test_by_groups),
    cmocka_unit_test(test_in_place), cmocka_unit_test(test_zeros),
    cmocka_unit_test(test_batch),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
