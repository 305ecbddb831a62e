#include "nn/op_sample.h"

#include "nn/op_logprob.h"
#include "draw_reference.h"
#include "op_test.h"

static uint64_t seed;
static struct err err;

/* ---- running ---- */

struct job {
  struct op_tensor x, draws, ids, logp;
  uint32_t m, n;
  bool by_groups;
};

struct result {
  int32_t *ids;
  float *logp;
};

static struct job make(struct gpu_manager *manager, uint32_t m, uint32_t n, uint32_t gap,
                       const float *x, const struct shader_draw *draws)
{
  struct job job = { .m = m, .n = n };
  const uint32_t size[3] = { m, n, n + gap };
  int32_t *ids = calloc(m + OP_TEST_SPARE, sizeof *ids);
  job.x = op_tensor_of(manager, GPU_F32, NAN, size, x);
  job.draws =
      op_tensor_ints(manager, m, sizeof *draws / 4, (const int32_t *)(const void *)draws);
  job.ids = op_tensor_ints(manager, m + OP_TEST_SPARE, 1, ids);
  job.logp = op_tensor_result(manager, m, 1, 1);
  free(ids);
  return job;
}

static void drop(struct gpu_manager *manager, struct job *job)
{
  op_tensor_drop(manager, &job->x);
  op_tensor_drop(manager, &job->draws);
  op_tensor_drop(manager, &job->ids);
  op_tensor_drop(manager, &job->logp);
}

static struct result run(struct gpu_manager *manager, struct job *job)
{
  struct gpu_sequence *sequence = gpu_sequence_create(manager, false, &err);
  assert_non_null(sequence);
  op_tensor_restore(manager, &job->ids);
  op_tensor_restore(manager, &job->logp);
  struct sample s = { .m = job->m,
                      .n = job->n,
                      .x = &job->x.part,
                      .draws = &job->draws.part,
                      .ids = &job->ids.part,
                      .logp = &job->logp.part,
                      .ldx = job->x.ld,
                      .by_groups = job->by_groups };
  assert_ok(op_sample(sequence, &s, &err), err);
  assert_ok(gpu_sequence_evaluate(sequence, &err), err);
  gpu_sequence_free(sequence);
  struct result result = {
    .ids = (int32_t *)(void *)op_tensor_look(manager, &job->ids, job->m, "ids"),
    .logp = op_tensor_look(manager, &job->logp, job->m, "logp"),
  };
  return result;
}

static void free_result(struct result *result)
{
  free(result->ids);
  free(result->logp);
}

/* ---- random rows ---- */

/* As models have them: most of little weight, a few large. */
static float *logits(uint32_t m, uint32_t n, double size, struct rng *rng)
{
  float *x = calloc((size_t)m * n, sizeof *x);
  for (size_t i = 0; i < (size_t)m * n; i++) {
    double a = 2 * rng_unit(rng) - 1;
    x[i] = (float)(size * a * a * a);
    if (rng_chance(rng, 0.01))
      x[i] = -INFINITY;
  }
  for (uint32_t row = 0; row < m; row++)
    x[(size_t)row * n + rng_below(rng, n)] = (float)size;
  return x;
}

static struct shader_draw random_draw(uint32_t n, struct rng *rng)
{
  static const float temperatures[] = { 0, 0.7f, 1, 1, 1, 1.5f, 0.001f };
  struct shader_draw d = { .temperature = temperatures[rng_below(rng, 7)],
                           .top_p = 1,
                           .key_low = (uint32_t)rng_u64(rng),
                           .key_high = (uint32_t)rng_u64(rng),
                           .position = (uint32_t)rng_below(rng, 40000) };
  if (rng_chance(rng, 0.4))
    d.top_k = 1 + (uint32_t)rng_below(rng, rng_chance(rng, 0.5) ? 50 : n + 3);
  if (rng_chance(rng, 0.4))
    d.top_p = rng_chance(rng, 0.5) ? 0.95f : (float)rng_unit(rng);
  if (rng_chance(rng, 0.3))
    d.min_p = rng_chance(rng, 0.5) ? 0.05f : (float)rng_unit(rng);
  return d;
}

struct shape {
  uint32_t m, n, gap;
};

/* The last has more rows than a dispatch takes. */
static const struct shape shapes[] = {
  { 3, 1, 0 },    { 9, 2, 2 },      { 12, 3, 0 },     { 33, 4, 0 },    { 64, 31, 1 },
  { 64, 32, 0 },  { 20, 33, 0 },    { 65, 512, 0 },   { 64, 510, 2 },  { 40, 1000, 24 },
  { 7, 1027, 1 }, { 10, 32000, 0 }, { 2, 151936, 0 }, { 5, 20001, 3 }, { 65600, 3, 1 },
};

/* What the device drew must be what the reference draws, wherever that is clear. */
static uint32_t check(const struct job *job, const float *x,
                      const struct shader_draw *draws, const struct result *result)
{
  uint32_t unclear = 0;
  for (uint32_t row = 0; row < job->m; row++) {
    const float *logits_of_row = x + (size_t)row * job->n;
    const struct shader_draw *d = &draws[row];
    struct drawn want = draw_reference(logits_of_row, job->n, d);
    if (want.margin < 1e-5) {
      unclear++;
      continue;
    }
    if (result->ids[row] != want.id ||
        fabs(result->logp[row] - want.logp) > 1e-5 + 1e-6 * fabs(want.logp))
      fail_msg("%u x %u, row %u, temperature %g, top_k %u, top_p %g, min_p %g, u %g: "
               "%d at %.9g, not %d at %.9g; margin %g",
               job->m, job->n, row, d->temperature, d->top_k, d->top_p, d->min_p,
               draw_uniform(d), result->ids[row], result->logp[row], want.id, want.logp,
               want.margin);
  }
  return unclear;
}

static void test_shapes(void **state)
{
  (void)state;
  struct gpu_manager *manager = gpu_test_open();
  uint32_t unclear = 0, all = 0;
  for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
    for (int by_groups = 0; by_groups < (shapes[i].m < 1000 ? 2 : 1); by_groups++) {
      struct rng rng;
      rng_init(&rng, seed, "sample", i * 2 + (size_t)by_groups);
      uint32_t m = shapes[i].m, n = shapes[i].n;
      float *x = logits(m, n, i % 2 ? 8 : 40, &rng);
      struct shader_draw *draws = calloc(m, sizeof *draws);
      for (uint32_t row = 0; row < m; row++)
        draws[row] = random_draw(n, &rng);
      struct job job = make(manager, m, n, shapes[i].gap, x, draws);
      job.by_groups = by_groups;
      struct result result = run(manager, &job);
      uint32_t skipped = check(&job, x, draws, &result);
      unclear += m < 1000 ? skipped : 0;
      all += m < 1000 ? m : 0;
      free_result(&result);
      drop(manager, &job);
      free(draws);
      free(x);
    }
  assert_true(unclear < all / 8);
  gpu_test_close(manager);
}

/* ---- random numbers ---- */

/* The authors' own test vectors. */
static void test_philox(void **state)
{
  (void)state;
  static const uint32_t in[3][6] = {
    { 0 },
    { ~0u, ~0u, ~0u, ~0u, ~0u, ~0u },
    { 0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0 },
  };
  static const uint32_t out[3][4] = {
    { 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8 },
    { 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd },
    { 0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1 },
  };
  for (int i = 0; i < 3; i++) {
    uint32_t got[4];
    draw_philox(in[i], in[i] + 4, got);
    assert_memory_equal(got, out[i], sizeof got);
  }
}

/* Where all logits are equal the token is floor(u n), and every sum is exact: the token
 * shows the first bits of u. */
static void test_uniform(void **state)
{
  (void)state;
  enum { M = 40, N = 1 << 14 };
  struct gpu_manager *manager = gpu_test_open();
  struct rng rng;
  rng_init(&rng, seed, "uniform", 0);
  float *x = calloc((size_t)M * N, sizeof *x);
  struct shader_draw draws[M] = { 0 };
  for (int row = 0; row < M; row++) {
    draws[row].temperature = row % 2 ? 1 : 0.5f;
    draws[row].top_p = 1;
    if (row > 2) {
      draws[row].key_low = (uint32_t)rng_u64(&rng);
      draws[row].key_high = (uint32_t)rng_u64(&rng);
      draws[row].position = (uint32_t)rng_u64(&rng);
    }
  }
  draws[1].position = 1;
  draws[2].key_high = 1;
  for (int by_groups = 0; by_groups < 2; by_groups++) {
    struct job job = make(manager, M, N, 0, x, draws);
    job.by_groups = by_groups;
    struct result result = run(manager, &job);
    for (int row = 0; row < M; row++) {
      assert_int_equal(result.ids[row], (int)floor(draw_uniform(&draws[row]) * N));
      assert_true(fabs(result.logp[row] + log(N)) < 1e-5);
    }
    free_result(&result);
    drop(manager, &job);
  }
  free(x);
  gpu_test_close(manager);
}

/* ---- cases by hand ---- */

enum { CASE_N = 6, CASE_DRAWS = 128 };
#define GONE (-INFINITY)

struct named_case {
  const char *name;
  float x[CASE_N];
  struct shader_draw draw;
  uint32_t stay; /* the tokens that may come, as bits; 0: the row is bad */
};

/* log 0.4, log 0.3, log 0.2, log 0.1 */
#define P4321 -0.9162907f, -1.2039728f, -1.6094379f, -2.3025851f

static const struct named_case cases[] = {
  { "all", { P4321, GONE, GONE }, { 1, 1, 0, 0, 0, 0, 0, 0 }, 15 },
  { "greedy", { 1, 3, 2, 3, 3, 0 }, { 0, 1, 0, 0, 0, 0, 0, 0 }, 2 },
  { "greedy, limits", { 1, 2, 2, 2, 3, 3 }, { 0, 0.5f, 0.5f, 3, 0, 0, 0, 0 }, 16 },
  { "greedy, zeros", { -1, -0.0f, 0, 0, -1, GONE }, { 0, 1, 0, 0, 0, 0, 0, 0 }, 2 },
  { "cold", { 1, 3, 2.9f, 3, 0, 0 }, { 1e-3f, 1, 0, 0, 0, 0, 0, 0 }, 10 },
  { "frozen", { 1, 3, 2.9f, 3, 0, GONE }, { 1e-38f, 1, 0, 0, 0, 0, 0, 0 }, 10 },
  { "hot", { 9, -9, 3, GONE, 0, -5 }, { 3e38f, 1, 0, 0, 0, 0, 0, 0 }, 55 },
  { "huge", { 3e38f, -3e38f, 3e38f, 0, 0, GONE }, { 1, 1, 0, 0, 0, 0, 0, 0 }, 5 },
  { "tiny", { 0, 1e-42f, -1e-42f, GONE, GONE, GONE }, { 1, 1, 0, 0, 0, 0, 0, 0 }, 7 },
  { "top_k 1", { P4321, GONE, GONE }, { 1, 1, 0, 1, 0, 0, 0, 0 }, 1 },
  { "top_k 3", { P4321, GONE, GONE }, { 1, 1, 0, 3, 0, 0, 0, 0 }, 7 },
  { "top_k 5 of 4", { P4321, GONE, GONE }, { 1, 1, 0, 5, 0, 0, 0, 0 }, 15 },
  { "top_k n", { P4321, 0, 0 }, { 1, 1, 0, 6, 0, 0, 0, 0 }, 63 },
  { "top_k past n", { P4321, 0, 0 }, { 1, 1, 0, 4000000000u, 0, 0, 0, 0 }, 63 },
  { "top_k, equals", { 1, 2, 1.5f, 2, 3, 2 }, { 1, 1, 0, 2, 0, 0, 0, 0 }, 58 },
  { "top_k, zeros", { -1, 0, -0.0f, -1, GONE, GONE }, { 1, 1, 0, 1, 0, 0, 0, 0 }, 6 },
  { "top_k, near 0",
    { 1e-20f, 0, -1e-20f, 1e-9f, -1, 0.1f },
    { 1, 1, 0, 3, 0, 0, 0, 0 },
    41 },
  { "top_k, far",
    { 50, -1e30f, -2e30f, 49, -3e30f, -1e38f },
    { 3e38f, 1, 0, 3, 0, 0, 0, 0 },
    11 },
  { "top_k, neighbours",
    { 1, 1.0000001f, 0.99999994f, 1.0000002f, -3, 1.0000004f },
    { 1, 1, 0, 3, 0, 0, 0, 0 },
    42 },
  { "top_p 0.5", { P4321, GONE, GONE }, { 1, 0.5f, 0, 0, 0, 0, 0, 0 }, 3 },
  { "top_p 0.95", { P4321, GONE, GONE }, { 1, 0.95f, 0, 0, 0, 0, 0, 0 }, 15 },
  { "top_p 0.85", { P4321, GONE, GONE }, { 1, 0.85f, 0, 0, 0, 0, 0, 0 }, 7 },
  { "top_p tiny", { P4321, GONE, GONE }, { 1, 1e-9f, 0, 0, 0, 0, 0, 0 }, 1 },
  { "top_p 0", { 2, 5, 5, 1, 1, 1 }, { 1, 0, 0, 0, 0, 0, 0, 0 }, 6 },
  { "top_p, equals", { 2, 1, 2, 1, 1, -9 }, { 1, 0.75f, 0, 0, 0, 0, 0, 0 }, 31 },
  { "top_p, cold", { P4321, GONE, GONE }, { 0.25f, 0.7f, 0, 0, 0, 0, 0, 0 }, 1 },
  { "top_p, hot", { P4321, GONE, GONE }, { 4, 0.7f, 0, 0, 0, 0, 0, 0 }, 7 },
  { "top_k, top_p", { P4321, GONE, GONE }, { 1, 0.55f, 0, 2, 0, 0, 0, 0 }, 1 },
  { "top_k, top_p 0.6", { P4321, GONE, GONE }, { 1, 0.6f, 0, 2, 0, 0, 0, 0 }, 3 },
  { "min_p 1", { 2, 5, 5, 1, 1, 4 }, { 1, 1, 1, 0, 0, 0, 0, 0 }, 6 },
  { "min_p 0.6", { P4321, GONE, GONE }, { 1, 1, 0.6f, 0, 0, 0, 0, 0 }, 3 },
  { "min_p, cold", { P4321, GONE, GONE }, { 0.5f, 1, 0.6f, 0, 0, 0, 0, 0 }, 1 },
  { "min_p, hot", { P4321, GONE, GONE }, { 2, 1, 0.6f, 0, 0, 0, 0, 0 }, 7 },
  { "top_p, min_p", { P4321, GONE, GONE }, { 1, 0.85f, 0.6f, 0, 0, 0, 0, 0 }, 3 },
  { "min_p, top_p", { P4321, GONE, GONE }, { 1, 0.65f, 0.3f, 0, 0, 0, 0, 0 }, 3 },
  { "one", { GONE, GONE, GONE, -8, GONE, GONE }, { 1, 0.5f, 0.5f, 2, 0, 0, 0, 0 }, 8 },
  { "none", { GONE, GONE, GONE, GONE, GONE, GONE }, { 1, 1, 0, 0, 0, 0, 0, 0 }, 0 },
  { "none, greedy",
    { GONE, GONE, GONE, GONE, GONE, GONE },
    { 0, 1, 0, 0, 0, 0, 0, 0 },
    0 },
  { "NaN", { 1, 2, 3, 4, 5, NAN }, { 1, 0.9f, 0, 3, 0, 0, 0, 0 }, 0 },
  { "-NaN", { 1, 2, 3, -NAN, 5, 6 }, { 0, 1, 0, 0, 0, 0, 0, 0 }, 0 },
  { "infinity", { 1, 2, INFINITY, 4, 5, 6 }, { 0, 1, 0, 0, 0, 0, 0, 0 }, 0 },
};

static void check_case(const struct named_case *c, const struct result *result)
{
  uint32_t seen = 0;
  for (int i = 0; i < CASE_DRAWS; i++) {
    int id = result->ids[i];
    if (!c->stay && (id != -1 || !isnan(result->logp[i])))
      fail_msg("%s: %d at %g in a bad row", c->name, id, result->logp[i]);
    if (c->stay && (id < 0 || id >= CASE_N || !(c->stay >> id & 1)))
      fail_msg("%s: token %d came", c->name, id);
    if (c->stay)
      seen |= 1u << id;
  }
  if (seen != c->stay)
    fail_msg("%s: tokens %#x came, not %#x", c->name, seen, c->stay);
}

/* The draws of a case have fixed keys: they cannot fail by chance. */
static void test_cases(void **state)
{
  (void)state;
  struct gpu_manager *manager = gpu_test_open();
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    for (int by_groups = 0; by_groups < 2; by_groups++) {
      float x[CASE_DRAWS][CASE_N];
      struct shader_draw draws[CASE_DRAWS];
      for (int row = 0; row < CASE_DRAWS; row++) {
        memcpy(x[row], cases[i].x, sizeof x[row]);
        draws[row] = cases[i].draw;
        draws[row].position = (uint32_t)row;
      }
      struct job job = make(manager, CASE_DRAWS, CASE_N, 2, &x[0][0], draws);
      job.by_groups = by_groups;
      struct result result = run(manager, &job);
      check_case(&cases[i], &result);
      free_result(&result);
      drop(manager, &job);
    }
  gpu_test_close(manager);
}

/* ---- distribution ---- */

/* Many draws against the exact probabilities; keys and positions are fixed, so that it
 * fails always or never. */
static double chi_square(struct gpu_manager *manager, bool by_position, bool by_groups)
{
  enum { M = 8192, N = 11 };
  float *x = calloc((size_t)M * N, sizeof *x);
  struct shader_draw *draws = calloc(M, sizeof *draws);
  double p[N], total = 0, square = 0;
  unsigned count[N] = { 0 };
  for (int i = 0; i < N; i++)
    total += p[i] = exp(((i * 7) % N) * 0.25f);
  for (int row = 0; row < M; row++) {
    for (int i = 0; i < N; i++)
      x[row * N + i] = (float)((i * 7) % N) * 0.5f;
    draws[row] = (struct shader_draw){ .temperature = 2, .top_p = 1, .key_high = 77 };
    *(by_position ? &draws[row].position : &draws[row].key_low) = (uint32_t)row;
  }
  struct job job = make(manager, M, N, 1, x, draws);
  job.by_groups = by_groups;
  struct result result = run(manager, &job);
  for (int row = 0; row < M; row++)
    count[result.ids[row]]++;
  for (int i = 0; i < N; i++) {
    double want = M * p[i] / total;
    square += (count[i] - want) * (count[i] - want) / want;
  }
  free_result(&result);
  drop(manager, &job);
  free(draws);
  free(x);
  return square;
}

static void test_distribution(void **state)
{
  (void)state;
  struct gpu_manager *manager = gpu_test_open();
  for (int i = 0; i < 4; i++) {
    double square = chi_square(manager, i & 1, i & 2);
    if (square > 29.6) /* 10 degrees of freedom: one in a thousand */
      fail_msg("chi-square %g by %s", square, i & 1 ? "position" : "key");
  }
  gpu_test_close(manager);
}

/* ---- batches ---- */

/* A row's token and its bits do not depend on the other rows, nor on what those ask for;
 * its log-probability is what op_logprob says of the token. */
static void check_batches(struct gpu_manager *manager, const float *x,
                          const struct shader_draw *draws, bool by_groups)
{
  enum { M = 64, N = 1022 };
  static const uint32_t batches[] = { 1, 7, 33, 64 };
  float *turned = calloc((size_t)M * N, sizeof *turned);
  struct shader_draw turned_draws[M];
  for (int row = 0; row < M; row++) {
    memcpy(turned + (size_t)row * N, x + (size_t)(M - 1 - row) * N, N * sizeof *x);
    turned_draws[row] = draws[M - 1 - row];
  }
  struct job job = make(manager, M, N, 2, x, draws);
  struct job other = make(manager, M, N, 2, turned, turned_draws);
  job.by_groups = other.by_groups = by_groups;
  struct result all = run(manager, &job), back = run(manager, &other);
  for (size_t i = 0; i < sizeof batches / sizeof *batches; i++) {
    job.m = batches[i];
    struct result some = run(manager, &job);
    assert_memory_equal(some.ids, all.ids, batches[i] * sizeof(int32_t));
    assert_memory_equal(some.logp, all.logp, batches[i] * sizeof(float));
    free_result(&some);
  }
  for (int row = 0; row < M; row++) {
    assert_int_equal(back.ids[row], all.ids[M - 1 - row]);
    assert_memory_equal(&back.logp[row], &all.logp[M - 1 - row], sizeof(float));
  }
  struct gpu_sequence *sequence = gpu_sequence_create(manager, false, &err);
  assert_non_null(sequence);
  struct op_tensor logp = op_tensor_result(manager, M, 1, 1);
  struct logprob l = { .m = M,
                       .n = N,
                       .x = &job.x.part,
                       .ids = &job.ids.part,
                       .logp = &logp.part,
                       .ldx = job.x.ld,
                       .by_groups = by_groups };
  assert_ok(op_logprob(sequence, &l, &err), err);
  assert_ok(gpu_sequence_evaluate(sequence, &err), err);
  gpu_sequence_free(sequence);
  float *same = op_tensor_look(manager, &logp, M, "logp");
  assert_memory_equal(same, all.logp, M * sizeof(float));
  free(same);
  op_tensor_drop(manager, &logp);
  free_result(&all);
  free_result(&back);
  drop(manager, &job);
  drop(manager, &other);
  free(turned);
}

static void test_batch(void **state)
{
  (void)state;
  enum { M = 64, N = 1022 };
  struct gpu_manager *manager = gpu_test_open();
  struct rng rng;
  rng_init(&rng, seed, "batch", 0);
  float *x = logits(M, N, 9, &rng);
  struct shader_draw draws[M];
  for (int row = 0; row < M; row++)
    draws[row] = random_draw(N, &rng);
  check_batches(manager, x, draws, false);
  check_batches(manager, x, draws, true);
  free(x);
  gpu_test_close(manager);
}

int main(void)
{
  seed = op_test_seed();
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_philox), cmocka_unit_test(test_uniform),
    cmocka_unit_test(test_cases),  cmocka_unit_test(test_shapes),
    cmocka_unit_test(test_batch),  cmocka_unit_test(test_distribution),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
