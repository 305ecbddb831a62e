#include "nn/op_project.h"
#include "op_test.h"

static uint64_t seed;
static struct err err;

struct shape {
  uint32_t m, n, k;
  enum gpu_type type;
  bool bias, gated;
  uint32_t pad[3]; /* of x, b and y */
};

static const struct shape shapes[] = {
  { 1, 4, 4, GPU_F32, false, false, { 0, 0, 0 } },
  { 1, 1, 1, GPU_F32, true, false, { 3, 3, 0 } },
  { 3, 5, 7, GPU_BF16, true, false, { 1, 1, 2 } },
  { 4, 32, 16, GPU_F16, false, true, { 0, 0, 0 } },
  { 5, 36, 33, GPU_F32, true, true, { 3, 7, 2 } },
  { 8, 129, 64, GPU_F32, false, false, { 4, 0, 1 } },
  { 9, 64, 65, GPU_BF16, true, true, { 3, 3, 0 } },
  { 17, 260, 40, GPU_F16, true, true, { 0, 8, 6 } },
  { 64, 344, 64, GPU_F32, false, true, { 0, 0, 0 } },
  { 70, 33, 130, GPU_F16, false, false, { 2, 2, 3 } },
  { 2, 512, 600, GPU_F32, true, false, { 0, 0, 0 } },
  { 100, 12, 515, GPU_BF16, false, true, { 1, 1, 10 } },
};

struct unit {
  struct project project;
  struct op_tensor x, weight, b, y, bias;
};

static struct op_tensor random_of(struct gpu_manager *manager, enum gpu_type type,
                                  uint32_t rows, uint32_t columns, uint32_t ld,
                                  struct rng *rng)
{
  const uint32_t shape[3] = { rows, columns, ld };
  return op_tensor_random(manager, type, NAN, shape, rng);
}

static struct unit make(struct gpu_manager *manager, const struct shape *s,
                        struct rng *rng)
{
  struct unit u = { .project = { .m = s->m, .n = s->n, .k = s->k, .gated = s->gated } };
  uint32_t columns = s->gated ? s->n / 2 : s->n;
  u.x = random_of(manager, GPU_F32, s->m, s->k, s->k + s->pad[0], rng);
  u.weight = random_of(manager, GPU_F32, 1, s->k, s->k, rng);
  u.b = random_of(manager, s->type, s->n, s->k, s->k + s->pad[1], rng);
  u.y = op_tensor_result(manager, s->m, columns, columns + s->pad[2]);
  u.bias = random_of(manager, GPU_F32, 1, s->n, s->n, rng);
  u.project.ldx = u.x.ld;
  u.project.ldb = u.b.ld;
  u.project.ldy = u.y.ld;
  u.project.eps = 1e-5f;
  return u;
}

static void drop(struct gpu_manager *manager, struct unit *u)
{
  op_tensor_drop(manager, &u->x);
  op_tensor_drop(manager, &u->weight);
  op_tensor_drop(manager, &u->b);
  op_tensor_drop(manager, &u->y);
  op_tensor_drop(manager, &u->bias);
}

static float *run(struct gpu_manager *manager, struct unit *u, bool bias,
                  const char *what)
{
  struct gpu_sequence *sequence = gpu_sequence_create(manager, false, &err);
  assert_non_null(sequence);
  u->project.x = &u->x.part;
  u->project.weight = &u->weight.part;
  u->project.b = &u->b.part;
  u->project.y = &u->y.part;
  u->project.bias = bias ? &u->bias.part : NULL;
  op_tensor_restore(manager, &u->y);
  assert_ok(op_project(sequence, &u->project, &err), err);
  assert_ok(gpu_sequence_evaluate(sequence, &err), err);
  gpu_sequence_free(sequence);
  return op_tensor_look(manager, &u->y, u->project.m, what);
}

/* An element of z, and how far off one in 32 bits may be. */
static double product(const struct unit *u, uint32_t row, uint32_t column, double *bound)
{
  double squares = 0, sum = 0, size = 0;
  uint32_t k = u->project.k;
  for (uint32_t i = 0; i < k; i++) {
    double x = op_tensor_at(&u->x, row, i);
    double term = x * op_tensor_at(&u->weight, 0, i) * op_tensor_at(&u->b, column, i);
    squares += x * x;
    sum += term;
    size += fabs(term);
  }
  double scale = 1 / sqrt(squares / k + u->project.eps);
  double bias = u->project.bias ? op_tensor_at(&u->bias, 0, column) : 0;
  *bound = 6.0e-8 * ((2 * k + 8) * size * scale + 2 * fabs(bias));
  return sum * scale + bias;
}

static double exact(const struct unit *u, uint32_t row, uint32_t column, double *bound)
{
  double off;
  if (!u->project.gated)
    return product(u, row, column, bound);
  uint32_t first = column / 2 * 4 + column % 2;
  double gate = product(u, row, first, bound);
  double through = product(u, row, first + 2, &off);
  double open = gate / (1 + exp(-gate));
  /* silu is nowhere steeper than 1.1 */
  *bound = 1.1 * *bound * fabs(through) + off * fabs(open) +
           (10 + 2 * fabs(gate)) * 6.0e-8 * fabs(open * through);
  return open * through;
}

static void check(const struct unit *u, const float *got, const char *what)
{
  for (uint32_t r = 0; r < u->project.m; r++)
    for (uint32_t i = 0; i < u->y.columns; i++) {
      double bound, wanted = exact(u, r, i, &bound);
      float value = got[(size_t)r * u->y.ld + i];
      if (!(fabs(value - wanted) <= bound))
        fail_msg("%s: y[%u][%u] is %.9g, not %.9g", what, r, i, value, wanted);
    }
}

static void test_shapes(void **state)
{
  (void)state;
  struct gpu_manager *manager = gpu_test_open();
  if (!project_runs(gpu_manager_device(manager))) {
    gpu_test_close(manager);
    skip();
  }
  for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
    const struct shape *s = &shapes[i];
    char what[80];
    struct rng rng;
    rng_init(&rng, seed, "project", i);
    snprintf(what, sizeof what, "%u x %u x %u, %s%s%s", s->m, s->n, s->k,
             gpu_type_text(s->type), s->bias ? ", bias" : "", s->gated ? ", gated" : "");
    struct unit u = make(manager, s, &rng);
    float *got = run(manager, &u, s->bias, what);
    check(&u, got, what);
    free(got);
    drop(manager, &u);
  }
  gpu_test_close(manager);
}

/* A row's bits do not depend on how many rows there are. */
static void test_batch(void **state)
{
  (void)state;
  static const uint32_t batches[] = { 1, 3, 7, 8, 33, 64 };
  static const struct shape whole = { 64, 100, 71, GPU_BF16, true, true, { 1, 1, 0 } };
  struct gpu_manager *manager = gpu_test_open();
  struct rng rng;
  if (!project_runs(gpu_manager_device(manager))) {
    gpu_test_close(manager);
    skip();
  }
  rng_init(&rng, seed, "batch", 0);
  struct unit u = make(manager, &whole, &rng);
  float *all = run(manager, &u, true, "64 rows");
  for (size_t i = 0; i < sizeof batches / sizeof *batches; i++) {
    u.project.m = batches[i];
    float *some = run(manager, &u, true, "some rows");
    assert_memory_equal(some, all, (size_t)batches[i] * u.y.ld * sizeof(float));
    free(some);
  }
  free(all);
  drop(manager, &u);
  gpu_test_close(manager);
}

int main(void)
{
  seed = op_test_seed();
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_shapes),
    cmocka_unit_test(test_batch),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
