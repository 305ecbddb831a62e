#include "nn/op_norm_grad.h"
#include "grad_test.h"
#include "nn/op_norm.h"

static uint64_t seed;
static struct err err;

struct shape {
  uint32_t m, n, pad_x, pad_dy, pad_dx;
};

static const struct shape shapes[] = {
  { 1, 1, 0, 0, 0 },    { 3, 5, 0, 0, 0 },    { 7, 64, 0, 0, 0 },    { 9, 64, 1, 0, 0 },
  { 5, 64, 4, 8, 12 },  { 64, 288, 0, 0, 0 }, { 33, 130, 2, 0, 1 },  { 2, 4096, 0, 0, 0 },
  { 257, 20, 0, 4, 0 }, { 6, 1029, 3, 1, 0 }, { 10, 1100, 0, 0, 0 }, { 130, 36, 8, 8, 0 },
  { 4, 896, 0, 0, 4 },
};

struct rows {
  struct norm_grad grad;
  struct op_tensor x, weight, dy, dx, scales;
  float *made; /* scales */
};

static double exact_scale(const struct rows *rows, uint32_t r)
{
  double sum = 0;
  for (uint32_t i = 0; i < rows->grad.n; i++)
    sum += pow(op_tensor_at(&rows->x, r, i), 2);
  return 1 / sqrt(sum / rows->grad.n + 1e-5);
}

static struct rows make(struct gpu_manager *manager, const struct shape *s,
                        struct rng *rng)
{
  struct rows rows = { .grad = { .m = s->m, .n = s->n } };
  const uint32_t x[3] = { s->m, s->n, s->n + s->pad_x }, weight[3] = { 1, s->n, s->n };
  const uint32_t dy[3] = { s->m, s->n, s->n + s->pad_dy }, scales[3] = { s->m, 1, 1 };
  rows.x = op_tensor_random(manager, GPU_F32, NAN, x, rng);
  rows.weight = op_tensor_random(manager, GPU_F32, NAN, weight, rng);
  rows.dy = op_tensor_random(manager, GPU_F32, NAN, dy, rng);
  rows.dx = grad_test_sum(manager, s->m, s->n, s->n + s->pad_dx, rng);
  rows.made = calloc(s->m, sizeof *rows.made);
  for (uint32_t r = 0; r < s->m; r++)
    rows.made[r] = (float)exact_scale(&rows, r);
  rows.scales = op_tensor_of(manager, GPU_F32, NAN, scales, rows.made);
  rows.grad.ldx = rows.x.ld;
  rows.grad.lddy = rows.dy.ld;
  rows.grad.lddx = rows.dx.ld;
  return rows;
}

static void drop(struct gpu_manager *manager, struct rows *rows)
{
  op_tensor_drop(manager, &rows->x);
  op_tensor_drop(manager, &rows->weight);
  op_tensor_drop(manager, &rows->dy);
  op_tensor_drop(manager, &rows->dx);
  op_tensor_drop(manager, &rows->scales);
  free(rows->made);
}

/* dx; free it. */
static float *run(struct gpu_manager *manager, struct rows *rows, bool add,
                  const char *what)
{
  struct gpu_sequence *sequence = gpu_sequence_create(manager, false, &err);
  assert_non_null(sequence);
  struct norm_grad *g = &rows->grad;
  g->x = &rows->x.part;
  g->weight = &rows->weight.part;
  g->dy = &rows->dy.part;
  g->dx = &rows->dx.part;
  g->scales = &rows->scales.part;
  g->add = add;
  op_tensor_restore(manager, &rows->dx);
  assert_ok(op_norm_grad(sequence, g, &err), err);
  assert_ok(gpu_sequence_evaluate(sequence, &err), err);
  gpu_sequence_free(sequence);
  return op_tensor_look(manager, &rows->dx, g->m, what);
}

static void check(const struct rows *rows, const float *got, bool add, const char *what)
{
  const struct norm_grad *g = &rows->grad;
  for (uint32_t r = 0; r < g->m; r++) {
    double s = exact_scale(rows, r), sum = 0, size = 0;
    for (uint32_t i = 0; i < g->n; i++) {
      double part = (double)op_tensor_at(&rows->dy, r, i) *
                    op_tensor_at(&rows->weight, 0, i) * op_tensor_at(&rows->x, r, i);
      sum += part;
      size += fabs(part);
    }
    for (uint32_t i = 0; i < g->n; i++) {
      double dy =
          op_tensor_at(&rows->dy, r, i) * (double)op_tensor_at(&rows->weight, 0, i);
      double x = op_tensor_at(&rows->x, r, i), part = x * s * s * s / g->n;
      double before = add ? op_tensor_at(&rows->dx, r, i) : 0;
      double exact = s * dy - part * sum + before;
      double room = fabs(s * dy) + fabs(before) + fabs(part) * (fabs(sum) + 0.1 * size);
      grad_test_near(got[(size_t)r * rows->dx.ld + i], exact, 12 * 6e-8, room, what,
                     (size_t)r * g->n + i);
    }
  }
}

static void try_shapes(bool by_groups)
{
  struct gpu_manager *manager = gpu_test_open();
  for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
    char what[96];
    const struct shape *s = &shapes[i];
    struct rng rng;
    rng_init(&rng, seed, "norm_grad", i);
    struct rows rows = make(manager, s, &rng);
    rows.grad.by_groups = by_groups;
    snprintf(what, sizeof what, "%u x %u, rows +%u +%u +%u%s", s->m, s->n, s->pad_x,
             s->pad_dy, s->pad_dx, by_groups ? ", by groups" : "");
    float *got = run(manager, &rows, i % 2, what);
    check(&rows, got, i % 2, what);
    float *again = run(manager, &rows, i % 2, what);
    assert_memory_equal(again, got, ((size_t)(s->m - 1) * rows.dx.ld + s->n) * 4);
    free(again);
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

/* The norm itself in double precision, as op_norm.h has it. */
struct row {
  uint32_t n;
  double x[80], weight[80], dy[80];
};

static double loss(const void *what)
{
  const struct row *row = what;
  double squares = 0, sum = 0;
  for (uint32_t i = 0; i < row->n; i++)
    squares += row->x[i] * row->x[i];
  for (uint32_t i = 0; i < row->n; i++)
    sum += row->dy[i] * row->x[i] * row->weight[i];
  return sum / sqrt(squares / row->n + 1e-5);
}

/* With the scales that op_norm itself gives. */
static void test_differences(void **state)
{
  (void)state;
  static const struct shape small[] = {
    { 4, 7, 0, 0, 0 }, { 3, 64, 0, 0, 0 }, { 2, 80, 0, 4, 0 }, { 5, 33, 1, 0, 2 }
  };
  struct gpu_manager *manager = gpu_test_open();
  for (size_t k = 0; k < sizeof small / sizeof *small; k++) {
    struct rng rng;
    rng_init(&rng, seed, "differences", k);
    struct rows rows = make(manager, &small[k], &rng);
    uint32_t m = small[k].m, n = small[k].n;
    struct op_tensor y = op_tensor_result(manager, m, n, n);
    struct gpu_sequence *sequence = gpu_sequence_create(manager, false, &err);
    assert_non_null(sequence);
    struct norm norm = { .m = m,
                         .n = n,
                         .x = &rows.x.part,
                         .weight = &rows.weight.part,
                         .y = &y.part,
                         .scales = &rows.scales.part,
                         .ldx = rows.x.ld,
                         .eps = 1e-5f };
    assert_ok(op_norm(sequence, &norm, &err), err);
    assert_ok(gpu_sequence_evaluate(sequence, &err), err);
    gpu_sequence_free(sequence);
    float *got = run(manager, &rows, false, "differences");
    for (uint32_t r = 0; r < m; r++) {
      struct row row = { .n = n };
      for (uint32_t i = 0; i < n; i++) {
        row.x[i] = op_tensor_at(&rows.x, r, i);
        row.weight[i] = op_tensor_at(&rows.weight, 0, i);
        row.dy[i] = op_tensor_at(&rows.dy, r, i);
      }
      for (uint32_t i = 0; i < n; i++) {
        double exact = grad_test_central(loss, &row, &row.x[i]);
        grad_test_near(got[r * rows.dx.ld + i], exact, 2e-5, fabs(exact) + 0.02,
                       "differences", r * n + i);
      }
    }
    free(got);
    op_tensor_drop(manager, &y);
    drop(manager, &rows);
  }
  gpu_test_close(manager);
}

/* A row's bits depend neither on how many there are nor, but for the kernel that a device
 * takes, on where rows begin. */
static void try_batch(struct gpu_manager *manager, uint32_t n, bool by_groups)
{
  struct shape shape = { 64, n, 0, 0, 0 };
  float *all = NULL;
  for (uint32_t pad = 0; pad < 2; pad++) {
    struct rng rng;
    rng_init(&rng, seed, "batch", n);
    shape.pad_x = pad;
    struct rows rows = make(manager, &shape, &rng);
    static const uint32_t batches[] = { 64, 1, 7, 33 };
    rows.grad.by_groups = by_groups;
    for (size_t i = 0; i < sizeof batches / sizeof *batches; i++) {
      rows.grad.m = batches[i];
      float *some = run(manager, &rows, true, "batch");
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
  static const uint32_t columns[] = { 64, 100, 288, 1030, 2052 };
  for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
    try_batch(manager, columns[i], false);
  try_batch(manager, 100, true);
  gpu_test_close(manager);
}

int main(void)
{
  seed = op_test_seed();
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_shapes),
    cmocka_unit_test(test_by_groups),
    cmocka_unit_test(test_differences),
    cmocka_unit_test(test_batch),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
