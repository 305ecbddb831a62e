#include "nn/op_swiglu_grad.h"
#include "grad_test.h"

static uint64_t seed;
static struct err err;

struct shape {
  uint32_t m, n, pad_x, pad_dy, pad_dx;
};

static const struct shape shapes[] = {
  { 1, 1, 0, 0, 0 },    { 3, 5, 0, 0, 0 },    { 7, 172, 0, 0, 0 },   { 9, 64, 1, 0, 0 },
  { 5, 64, 0, 3, 0 },   { 5, 64, 0, 0, 2 },   { 64, 172, 4, 8, 12 }, { 33, 130, 2, 0, 0 },
  { 2, 4864, 0, 0, 0 }, { 257, 20, 0, 0, 0 }, { 100, 259, 3, 1, 0 }, { 40, 516, 0, 4, 8 },
};

struct unit {
  struct swiglu_grad grad;
  struct op_tensor x, dy, dx;
};

static float *draw(uint32_t m, uint32_t n, double size, struct rng *rng)
{
  float *given = calloc((size_t)m * n, sizeof *given);
  for (size_t i = 0; i < (size_t)m * n; i++)
    given[i] = (float)(size * (2 * rng_unit(rng) - 1));
  return given;
}

static struct unit make(struct gpu_manager *manager, const struct shape *s,
                        const float *given, struct rng *rng)
{
  struct unit u = { .grad = { .m = s->m, .n = s->n } };
  const uint32_t x[3] = { s->m, 2 * s->n, 2 * s->n + s->pad_x };
  const uint32_t dy[3] = { s->m, s->n, s->n + s->pad_dy };
  u.x = op_tensor_of(manager, GPU_F32, NAN, x, given);
  u.dy = op_tensor_random(manager, GPU_F32, NAN, dy, rng);
  u.dx = op_tensor_result(manager, s->m, 2 * s->n, 2 * s->n + s->pad_dx);
  u.grad.ldx = u.x.ld;
  u.grad.lddy = u.dy.ld;
  u.grad.lddx = u.dx.ld;
  return u;
}

static void drop(struct gpu_manager *manager, struct unit *u)
{
  op_tensor_drop(manager, &u->x);
  op_tensor_drop(manager, &u->dy);
  op_tensor_drop(manager, &u->dx);
}

static void record(struct gpu_manager *manager, const struct swiglu_grad *grad)
{
  struct gpu_sequence *sequence = gpu_sequence_create(manager, false, &err);
  assert_non_null(sequence);
  assert_ok(op_swiglu_grad(sequence, grad, &err), err);
  assert_ok(gpu_sequence_evaluate(sequence, &err), err);
  gpu_sequence_free(sequence);
}

static float *run(struct gpu_manager *manager, struct unit *u, const char *what)
{
  u->grad.x = &u->x.part;
  u->grad.dy = &u->dy.part;
  u->grad.dx = &u->dx.part;
  op_tensor_restore(manager, &u->dx);
  record(manager, &u->grad);
  return op_tensor_look(manager, &u->dx, u->grad.m, what);
}

static void check(const struct unit *u, const float *got, const char *what)
{
  uint32_t n = u->grad.n;
  for (uint32_t r = 0; r < u->grad.m; r++)
    for (uint32_t i = 0; i < n; i++) {
      double a = op_tensor_at(&u->x, r, i), b = op_tensor_at(&u->x, r, n + i);
      double dy = op_tensor_at(&u->dy, r, i);
      double s = 1 / (1 + exp(-a)), tail = a > 0 ? a * exp(-a) * s : a * (1 - s);
      /* exp may be off by 3 + 2|a| units in the last place, and below -87 is nothing */
      double slack = (12 + 2 * fabs(a)) * 6.0e-8;
      size_t at = (size_t)r * u->dx.ld + i;
      double room = fabs(dy * b) * (s * (1 + fabs(tail)) + 2e-36 / slack);
      grad_test_near(got[at], dy * b * s * (1 + tail), slack, room, what, at);
      room = fabs(dy * a * s) + fabs(dy) * 2e-36 / slack;
      grad_test_near(got[at + n], dy * a * s, slack, room, what, at + n);
    }
}

static void try_shapes(bool by_groups)
{
  struct gpu_manager *manager = gpu_test_open();
  for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
    char what[96];
    const struct shape *s = &shapes[i];
    struct rng rng;
    rng_init(&rng, seed, "swiglu_grad", i);
    float *given = draw(s->m, 2 * s->n, i % 2 ? 1 : 20, &rng);
    struct unit u = make(manager, s, given, &rng);
    u.grad.by_groups = by_groups;
    snprintf(what, sizeof what, "%u x %u, rows +%u +%u +%u%s", s->m, s->n, s->pad_x,
             s->pad_dy, s->pad_dx, by_groups ? ", by groups" : "");
    float *got = run(manager, &u, what);
    check(&u, got, what);
    free(got);
    free(given);
    drop(manager, &u);
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

/* dx and x are one tensor. */
static void test_in_place(void **state)
{
  (void)state;
  struct gpu_manager *manager = gpu_test_open();
  static const struct shape places[] = { { 13, 320, 0, 0, 0 }, { 9, 205, 1, 0, 1 } };
  for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
    struct rng rng;
    rng_init(&rng, seed, "in place", i);
    const struct shape *s = &places[i];
    float *given = draw(s->m, 2 * s->n, 3, &rng);
    struct unit u = make(manager, s, given, &rng);
    float *apart = run(manager, &u, "apart");
    u.grad.dx = &u.x.part;
    record(manager, &u.grad);
    float *got = op_tensor_look(manager, &u.x, s->m, "in place");
    for (uint32_t r = 0; r < s->m; r++)
      assert_memory_equal(got + (size_t)r * u.x.ld, apart + (size_t)r * u.dx.ld,
                          2 * s->n * sizeof *got);
    free(got);
    free(apart);
    free(given);
    drop(manager, &u);
  }
  gpu_test_close(manager);
}

/* Gates of any size, on both paths; and one that is no number. */
static void test_extremes(void **state)
{
  (void)state;
  static const float gates[] = { 0.0f,    -0.0f,    1e-30f,  -1e-30f,  80,     -80,
                                 89,      -89,      99.5f,   -99.5f,   101,    -101,
                                 1000,    -1000,    1e20f,   -1e20f,   3e38f,  -3e38f,
                                 0.0001f, -0.0001f, 3.4e38f, -3.4e38f, -87.3f, 87.3f };
  enum { N = sizeof gates / sizeof *gates };
  struct gpu_manager *manager = gpu_test_open();
  float given[2 * N];
  memcpy(given, gates, sizeof gates);
  for (int i = 0; i < N; i++)
    given[N + i] = i % 3 ? 1.0f : -0.75f;
  struct rng rng;
  rng_init(&rng, seed, "extremes", 0);
  for (uint32_t pad = 0; pad < 2; pad++) {
    const struct shape shape = { 1, N, pad, 0, 0 };
    struct unit u = make(manager, &shape, given, &rng);
    float *got = run(manager, &u, "extreme gates");
    check(&u, got, "extreme gates");
    free(got);
    drop(manager, &u);
  }
  given[5] = NAN;
  struct unit u = make(manager, &(struct shape){ 1, N, 0, 0, 0 }, given, &rng);
  float *got = run(manager, &u, "no number");
  assert_true(isnan(got[5]) && isnan(got[N + 5]) && !isnan(got[4]));
  free(got);
  drop(manager, &u);
  gpu_test_close(manager);
}

/* The unit itself in double precision, as op_swiglu.h has it. */
struct pair {
  double a, b, dy;
};

static double loss(const void *what)
{
  const struct pair *p = what;
  return p->dy * p->b * p->a / (1 + exp(-p->a));
}

static void test_differences(void **state)
{
  (void)state;
  enum { M = 5, N = 13 };
  struct gpu_manager *manager = gpu_test_open();
  struct rng rng;
  rng_init(&rng, seed, "differences", 0);
  float *given = draw(M, 2 * N, 4, &rng);
  struct unit u = make(manager, &(struct shape){ M, N, 0, 0, 0 }, given, &rng);
  float *got = run(manager, &u, "differences");
  for (uint32_t r = 0; r < M; r++)
    for (uint32_t i = 0; i < N; i++) {
      struct pair p = { op_tensor_at(&u.x, r, i), op_tensor_at(&u.x, r, N + i),
                        op_tensor_at(&u.dy, r, i) };
      double da = grad_test_central(loss, &p, &p.a);
      double db = grad_test_central(loss, &p, &p.b);
      size_t at = r * u.dx.ld + i;
      grad_test_near(got[at], da, 1e-5, fabs(da) + 0.01, "gate", at);
      grad_test_near(got[at + N], db, 1e-5, fabs(db) + 0.01, "other", at);
    }
  free(got);
  free(given);
  drop(manager, &u);
  gpu_test_close(manager);
}

/* A row's bits depend neither on how many there are nor on where rows begin. */
static void test_batch(void **state)
{
  (void)state;
  struct gpu_manager *manager = gpu_test_open();
  struct shape shape = { 64, 172, 0, 0, 0 };
  float *all = NULL;
  for (uint32_t pad = 0; pad < 2; pad++) {
    struct rng rng;
    rng_init(&rng, seed, "batch", 0);
    float *given = draw(shape.m, 2 * shape.n, 5, &rng);
    shape.pad_x = pad;
    struct unit u = make(manager, &shape, given, &rng);
    static const uint32_t batches[] = { 64, 1, 7, 33 };
    for (size_t i = 0; i < sizeof batches / sizeof *batches; i++) {
      u.grad.m = batches[i];
      float *some = run(manager, &u, "batch");
      if (!all)
        all = some;
      else
        assert_memory_equal(some, all, (size_t)batches[i] * 2 * shape.n * sizeof *all);
      if (some != all)
        free(some);
    }
    drop(manager, &u);
    free(given);
  }
  free(all);
  gpu_test_close(manager);
}

int main(void)
{
  seed = op_test_seed();
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_shapes),      cmocka_unit_test(test_by_groups),
    cmocka_unit_test(test_in_place),    cmocka_unit_test(test_extremes),
    cmocka_unit_test(test_differences), cmocka_unit_test(test_batch),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
