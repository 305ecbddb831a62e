#include "nn/op_swiglu.h"
#include "op_test.h"

static uint64_t seed;
static struct err err;

struct shape {
  uint32_t m, n, pad_x, pad_y;
};

static const struct shape shapes[] = {
  { 1, 1, 0, 0 },    { 3, 5, 0, 0 },     { 7, 172, 0, 0 },  { 9, 64, 1, 0 },
  { 5, 64, 0, 3 },   { 64, 172, 4, 8 },  { 33, 130, 2, 0 }, { 2, 4864, 0, 0 },
  { 257, 20, 0, 0 }, { 100, 259, 3, 1 }, { 40, 516, 0, 0 }, { 9, 100, 0, 4 },
};

struct unit {
  struct swiglu swiglu;
  struct op_tensor x, y;
};

static struct unit make(struct gpu_manager *manager, const struct shape *s,
                        const float *given)
{
  struct unit u = { .swiglu = { .m = s->m, .n = s->n } };
  const uint32_t shape[3] = { s->m, 2 * s->n, 2 * s->n + s->pad_x };
  u.x = op_tensor_of(manager, GPU_F32, NAN, shape, given);
  u.y = op_tensor_result(manager, s->m, s->n, s->n + s->pad_y);
  u.swiglu.ldx = u.x.ld;
  u.swiglu.ldy = u.y.ld;
  return u;
}

static void drop(struct gpu_manager *manager, struct unit *u)
{
  op_tensor_drop(manager, &u->x);
  op_tensor_drop(manager, &u->y);
}

static float *run(struct gpu_manager *manager, struct unit *u, const char *what)
{
  struct gpu_sequence *sequence = gpu_sequence_create(manager, false, &err);
  assert_non_null(sequence);
  u->swiglu.x = &u->x.part;
  u->swiglu.y = &u->y.part;
  op_tensor_restore(manager, &u->y);
  assert_ok(op_swiglu(sequence, &u->swiglu, &err), err);
  assert_ok(gpu_sequence_evaluate(sequence, &err), err);
  gpu_sequence_free(sequence);
  return op_tensor_look(manager, &u->y, u->swiglu.m, what);
}

static void check(const struct unit *u, const float *got, const char *what)
{
  for (uint32_t r = 0; r < u->swiglu.m; r++)
    for (uint32_t i = 0; i < u->swiglu.n; i++) {
      double a = op_tensor_at(&u->x, r, i), b = op_tensor_at(&u->x, r, u->swiglu.n + i);
      double exact = a / (1 + exp(-a)) * b;
      /* exp may be off by 3 + 2|a| units in the last place, and below -87 is nothing */
      double bound = (8 + 2 * fabs(a)) * 6.0e-8 * fabs(exact) + 2e-36;
      float value = got[(size_t)r * u->y.ld + i];
      if (!(fabs(value - exact) <= bound))
        fail_msg("%s: y[%u][%u] of %g and %g is %.9g, not %.9g", what, r, i, a, b, value,
                 exact);
    }
}

static float *draw(const struct shape *s, double size, struct rng *rng)
{
  size_t n = (size_t)s->m * 2 * s->n;
  float *given = calloc(n, sizeof *given);
  for (size_t i = 0; i < n; i++)
    given[i] = (float)(size * (2 * rng_unit(rng) - 1));
  return given;
}

static void test_shapes(void **state)
{
  (void)state;
  struct gpu_manager *manager = gpu_test_open();
  for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
    char what[64];
    const struct shape *s = &shapes[i];
    struct rng rng;
    rng_init(&rng, seed, "swiglu", i);
    float *given = draw(s, i % 2 ? 1 : 20, &rng);
    struct unit u = make(manager, s, given);
    u.swiglu.by_groups = i % 3 == 2;
    snprintf(what, sizeof what, "%u x %u, rows +%u +%u", s->m, s->n, s->pad_x, s->pad_y);
    float *got = run(manager, &u, what);
    check(&u, got, what);
    free(got);
    free(given);
    drop(manager, &u);
  }
  gpu_test_close(manager);
}

/* Gates of any size, on both paths. */
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
  for (uint32_t pad = 0; pad < 2; pad++) {
    const struct shape shape = { 1, N, pad, pad };
    struct unit u = make(manager, &shape, given);
    float *got = run(manager, &u, "extreme gates");
    check(&u, got, "extreme gates");
    free(got);
    drop(manager, &u);
  }
  gpu_test_close(manager);
}

/* A row's bits depend neither on how many there are nor on where rows begin. */
static void test_batch(void **state)
{
  (void)state;
  struct gpu_manager *manager = gpu_test_open();
  struct shape shape = { 64, 172, 0, 0 };
  struct rng rng;
  rng_init(&rng, seed, "batch", 0);
  float *given = draw(&shape, 5, &rng), *all = NULL;
  for (uint32_t pad = 0; pad < 2; pad++) {
    shape.pad_x = pad;
    struct unit u = make(manager, &shape, given);
    static const uint32_t batches[] = { 64, 1, 7, 33 };
    for (size_t i = 0; i < sizeof batches / sizeof *batches; i++) {
      u.swiglu.m = batches[i];
      float *some = run(manager, &u, "batch");
      if (!all)
        all = some;
      else
        assert_memory_equal(some, all, batches[i] * shape.n * sizeof *all);
      if (some != all)
        free(some);
    }
    drop(manager, &u);
  }
  free(all);
  free(given);
  gpu_test_close(manager);
}

int main(void)
{
  seed = op_test_seed();
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_shapes),
    cmocka_unit_test(test_extremes),
    cmocka_unit_test(test_batch),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
