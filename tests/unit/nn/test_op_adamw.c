#include "nn/op_adamw.h"
#include "grad_test.h"
#include "shared.h"

static uint64_t seed;
static struct err err;

/* ---- steps ---- */

struct block {
  struct adamw adamw;
  struct op_tensor param, grad, m, v;
  struct gpu_tensor settings;
  double *exact[3]; /* param, m, v in double precision */
};

static struct op_tensor values(struct gpu_manager *manager, uint32_t n, double size,
                               struct rng *rng)
{
  const uint32_t shape[3] = { n + OP_TEST_SPARE, 1, 1 };
  float *given = calloc(shape[0], sizeof *given);
  for (uint32_t i = 0; i < shape[0]; i++)
    given[i] = (float)(size * (2 * rng_unit(rng) - 1));
  struct op_tensor x = op_tensor_of(manager, GPU_F32, OP_TEST_GUARD, shape, given);
  free(given);
  return x;
}

static struct block make(struct gpu_manager *manager, uint32_t n, struct rng *rng)
{
  struct block b = { .adamw = { .n = n } };
  const uint32_t words = sizeof(struct shader_adamw) / sizeof(int32_t);
  b.param = values(manager, n, 0.5, rng);
  b.grad = values(manager, n, 1e-2, rng);
  b.m = values(manager, n, 0, rng);
  b.v = values(manager, n, 0, rng);
  assert_ok(
      gpu_tensor_create_in(manager, GPU_ON_HOST, &b.settings, GPU_I32, 1, &words, &err),
      err);
  for (int k = 0; k < 3; k++)
    b.exact[k] = calloc(n, sizeof(double));
  for (uint32_t i = 0; i < n; i++)
    b.exact[0][i] = b.param.values[i];
  return b;
}

static void drop(struct gpu_manager *manager, struct block *b)
{
  op_tensor_drop(manager, &b->param);
  op_tensor_drop(manager, &b->grad);
  op_tensor_drop(manager, &b->m);
  op_tensor_drop(manager, &b->v);
  gpu_tensor_release(manager, &b->settings);
  for (int k = 0; k < 3; k++)
    free(b->exact[k]);
}

static struct gpu_sequence *record(struct gpu_manager *manager, struct block *b)
{
  struct gpu_sequence *sequence = gpu_sequence_create(manager, false, &err);
  assert_non_null(sequence);
  b->adamw.param = &b->param.part;
  b->adamw.grad = &b->grad.part;
  b->adamw.m = &b->m.part;
  b->adamw.v = &b->v.part;
  b->adamw.settings = &b->settings;
  assert_ok(op_adamw(sequence, &b->adamw, &err), err);
  return sequence;
}

struct rates {
  double rate, decay, eps, clip, beta1, beta2;
};

static void set(struct block *b, const struct rates *r, int step)
{
  struct shader_adamw settings = { .rate = (float)r->rate,
                                   .decay = (float)r->decay,
                                   .eps = (float)r->eps,
                                   .clip = (float)r->clip,
                                   .beta1 = (float)r->beta1,
                                   .rest1 = (float)(1 - r->beta1),
                                   .correct1 = (float)(1 - pow(r->beta1, step)),
                                   .beta2 = (float)r->beta2,
                                   .rest2 = (float)(1 - r->beta2),
                                   .correct2 = (float)(1 - pow(r->beta2, step)) };
  memcpy(gpu_tensor_host(&b->settings), &settings, sizeof settings);
}

/* As op_adamw.h has it. */
static void step_exact(struct block *b, const struct rates *r, int step)
{
  for (uint32_t i = 0; i < b->adamw.n; i++) {
    double *param = &b->exact[0][i], *m = &b->exact[1][i], *v = &b->exact[2][i];
    double g = r->clip * b->grad.values[i];
    *m = r->beta1 * *m + (1 - r->beta1) * g;
    *v = r->beta2 * *v + (1 - r->beta2) * g * g;
    double m_hat = *m / (1 - pow(r->beta1, step)), v_hat = *v / (1 - pow(r->beta2, step));
    double decay = b->adamw.decayed ? r->decay : 0;
    *param -= r->rate * (m_hat / (sqrt(v_hat) + r->eps) + decay * *param);
  }
}

/* New gradients, on the device and as the reference reads them. */
static void draw_grads(struct gpu_manager *manager, struct block *b, struct rng *rng)
{
  for (uint32_t i = 0; i < b->adamw.n; i++) {
    float g = (float)(1e-2 * (1 + i % 3) * (2 * rng_unit(rng) - 1));
    b->grad.values[i] = i % 7 == 6 ? 0 : g;
    memcpy(b->grad.before + OP_TEST_EDGE + i * sizeof g, &b->grad.values[i], sizeof g);
  }
  op_tensor_restore(manager, &b->grad);
}

static void check(struct gpu_manager *manager, const struct block *b, int steps,
                  const struct rates *r)
{
  const struct op_tensor *got[] = { &b->param, &b->m, &b->v };
  static const char *const names[] = { "param", "m", "v" };
  for (int k = 0; k < 3; k++) {
    float *now = op_tensor_look(manager, got[k], b->adamw.n, names[k]);
    for (uint32_t i = 0; i < b->adamw.n; i++) {
      double exact = b->exact[k][i];
      /* each step rounds param once, steps alike maybe alike, and its change a few times
       */
      double room = k == 0 ? 0.3 * steps + steps * r->rate * 10 : 0;
      room += k == 1 ? 1e-2 * r->clip * 5 : k == 2 ? exact * 40 : 0;
      grad_test_near(now[i], exact, 6e-8 * 2, room, names[k], i);
    }
    free(now);
  }
}

static void try_steps(struct gpu_manager *manager, uint32_t n, const struct rates *r,
                      bool decayed, bool by_groups)
{
  enum { STEPS = 100 };
  struct rng rng;
  rng_init(&rng, seed, "steps", n);
  struct block b = make(manager, n, &rng);
  b.adamw.decayed = decayed;
  b.adamw.zero = !decayed;
  b.adamw.by_groups = by_groups;
  struct gpu_sequence *sequence = record(manager, &b);
  for (int step = 1; step <= STEPS; step++) {
    draw_grads(manager, &b, &rng);
    set(&b, r, step);
    step_exact(&b, r, step);
    assert_ok(gpu_sequence_evaluate(sequence, &err), err);
    float *grad = op_tensor_look(manager, &b.grad, n, "grad");
    for (uint32_t i = 0; i < n; i++)
      assert_true(grad[i] == (b.adamw.zero ? 0 : b.grad.values[i]));
    free(grad);
    if (step == 1 || step == STEPS)
      check(manager, &b, step, r);
  }
  gpu_sequence_free(sequence);
  drop(manager, &b);
}

static void test_steps(void **state)
{
  (void)state;
  static const struct rates usual = { 1e-3, 0.01, 1e-8, 1, 0.9, 0.999 };
  static const struct rates clipped = { 2e-2, 0.3, 1e-6, 0.037, 0.8, 0.95 };
  struct gpu_manager *manager = gpu_test_open();
  try_steps(manager, 1003, &usual, true, false);
  try_steps(manager, 1003, &clipped, false, false);
  try_steps(manager, 4096, &clipped, true, false);
  try_steps(manager, 3, &usual, true, false);
  try_steps(manager, 1, &usual, false, true);
  try_steps(manager, 770, &clipped, true, true);
  gpu_test_close(manager);
}

/* Every value of a long block is stepped once, and the same whatever n is. */
static void test_long(void **state)
{
  (void)state;
  enum { N = 300001 };
  static const struct rates usual = { 1e-3, 0.01, 1e-8, 1, 0.9, 0.999 };
  struct gpu_manager *manager = gpu_test_open();
  struct rng rng;
  rng_init(&rng, seed, "long", 0);
  struct block b = make(manager, N, &rng);
  b.adamw.decayed = true;
  struct gpu_sequence *sequence = record(manager, &b);
  set(&b, &usual, 1);
  step_exact(&b, &usual, 1);
  assert_ok(gpu_sequence_evaluate(sequence, &err), err);
  gpu_sequence_free(sequence);
  check(manager, &b, 1, &usual);
  float *all = op_tensor_look(manager, &b.param, N, "param");
  op_tensor_restore(manager, &b.param);
  op_tensor_restore(manager, &b.m);
  op_tensor_restore(manager, &b.v);
  b.adamw.n = 1002;
  sequence = record(manager, &b);
  assert_ok(gpu_sequence_evaluate(sequence, &err), err);
  gpu_sequence_free(sequence);
  float *some = op_tensor_look(manager, &b.param, 1002, "param");
  assert_memory_equal(some, all, 1002 * sizeof *all);
  free(some);
  free(all);
  b.adamw.n = N;
  drop(manager, &b);
  gpu_test_close(manager);
}

/* ---- squares ---- */

static float *squares_of(struct gpu_manager *manager, const struct op_tensor *x,
                         uint32_t n, bool by_groups)
{
  uint32_t blocks = (n + SQUARES_BLOCK - 1) / SQUARES_BLOCK;
  struct op_tensor partials = op_tensor_result(manager, blocks, 1, 1);
  struct gpu_sequence *sequence = gpu_sequence_create(manager, false, &err);
  assert_non_null(sequence);
  struct squares squares = {
    .n = n, .x = &x->part, .partials = &partials.part, .by_groups = by_groups
  };
  assert_ok(op_squares(sequence, &squares, &err), err);
  assert_ok(gpu_sequence_evaluate(sequence, &err), err);
  gpu_sequence_free(sequence);
  float *got = op_tensor_look(manager, &partials, blocks, "partials");
  op_tensor_drop(manager, &partials);
  return got;
}

static void test_squares(void **state)
{
  (void)state;
  static const uint32_t sizes[] = { 1,     3,     4,     33,    4095,   16383,
                                    16384, 16385, 16388, 49152, 100003, 16384 * 20 + 62 };
  struct gpu_manager *manager = gpu_test_open();
  for (size_t k = 0; k < 2 * sizeof sizes / sizeof *sizes; k++) {
    uint32_t n = sizes[k / 2];
    const uint32_t shape[3] = { n, 1, 1 };
    struct rng rng;
    rng_init(&rng, seed, "squares", n);
    struct op_tensor x = op_tensor_random(manager, GPU_F32, NAN, shape, &rng);
    float *got = squares_of(manager, &x, n, k % 2), *again;
    for (uint32_t first = 0; first < n; first += SQUARES_BLOCK) {
      double exact = 0;
      for (uint32_t i = first; i < n && i < first + SQUARES_BLOCK; i++)
        exact += (double)x.values[i] * x.values[i];
      grad_test_near(got[first / SQUARES_BLOCK], exact, 1e-6, exact, "squares", first);
    }
    again = squares_of(manager, &x, n, k % 2);
    assert_memory_equal(again, got,
                        (n + SQUARES_BLOCK - 1) / SQUARES_BLOCK * sizeof *got);
    free(again);
    free(got);
    op_tensor_drop(manager, &x);
  }
  gpu_test_close(manager);
}

/* NaN and infinity come through, wherever they are, and spoil no other block. */
static void test_divergence(void **state)
{
  (void)state;
  enum { N = 3 * SQUARES_BLOCK - 1 };
  static const uint32_t places[] = {
    0, 77, SQUARES_BLOCK - 1, SQUARES_BLOCK, N - 3, N - 1
  };
  struct gpu_manager *manager = gpu_test_open();
  float *given = calloc(N, sizeof *given);
  const uint32_t shape[3] = { N, 1, 1 };
  for (size_t k = 0; k < sizeof places / sizeof *places; k++) {
    for (uint32_t i = 0; i < N; i++)
      given[i] = 0.5f;
    given[places[k]] = k % 2 ? NAN : k % 4 ? -INFINITY : 1e30f;
    struct op_tensor x = op_tensor_of(manager, GPU_F32, 0, shape, given);
    float *got = squares_of(manager, &x, N, k == 3);
    for (uint32_t b = 0; b < 3; b++) {
      bool hit = b == places[k] / SQUARES_BLOCK;
      assert_true(hit ? k % 2 ? isnan(got[b]) : isinf(got[b])
                      : fabsf(got[b] - SQUARES_BLOCK / 4) <= 1);
    }
    free(got);
    op_tensor_drop(manager, &x);
  }
  free(given);
  gpu_test_close(manager);
}

int main(void)
{
  seed = op_test_seed();
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_steps),
    cmocka_unit_test(test_long),
    cmocka_unit_test(test_squares),
    cmocka_unit_test(test_divergence),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
