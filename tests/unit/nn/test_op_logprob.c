#include "nn/op_logprob.h"

#include "op_test.h"

static uint64_t seed;
static struct err err;

/* Rows and columns; gaps make rows that begin at multiples of 4 elements, and others. */
struct shape {
  uint32_t m, n, gap;
};

/* The last has more rows than a dispatch takes. */
static const struct shape shapes[] = {
  { 1, 1, 0 },      { 3, 2, 2 },     { 2, 3, 0 },      { 5, 4, 0 },
  { 7, 31, 1 },     { 4, 32, 0 },    { 3, 33, 0 },     { 64, 512, 0 },
  { 65, 510, 2 },   { 9, 1000, 24 }, { 2, 1027, 1 },   { 3, 32000, 0 },
  { 1, 151936, 0 }, { 2, 20001, 3 }, { 1, 300001, 3 }, { 65600, 3, 1 },
};

/* Logits as models have them: most near 0, a few large. */
static float *logits(uint32_t m, uint32_t n, double size, struct rng *rng)
{
  float *x = calloc((size_t)m * n, sizeof *x);
  for (size_t i = 0; i < (size_t)m * n; i++) {
    double a = 2 * rng_unit(rng) - 1;
    x[i] = (float)(size * a * a * a);
  }
  return x;
}

struct job {
  struct op_tensor x, ids, logp, lse;
  uint32_t m, n;
  bool by_groups;
};

static struct job make(struct gpu_manager *manager, struct shape shape, const float *x,
                       const int32_t *ids)
{
  struct job job = { .m = shape.m, .n = shape.n };
  const uint32_t size[3] = { shape.m, shape.n, shape.n + shape.gap };
  job.x = op_tensor_of(manager, GPU_F32, NAN, size, x);
  job.ids = op_tensor_ints(manager, shape.m, 1, ids);
  job.logp = op_tensor_result(manager, shape.m, 1, 1);
  job.lse = op_tensor_result(manager, shape.m, 1, 1);
  return job;
}

static void drop(struct gpu_manager *manager, struct job *job)
{
  op_tensor_drop(manager, &job->x);
  op_tensor_drop(manager, &job->ids);
  op_tensor_drop(manager, &job->logp);
  op_tensor_drop(manager, &job->lse);
}

struct result {
  float *logp, *lse; /* lse NULL when it was not asked for */
};

static struct result run(struct gpu_manager *manager, struct job *job, bool lse)
{
  struct gpu_sequence *sequence = gpu_sequence_create(manager, false, &err);
  assert_non_null(sequence);
  op_tensor_restore(manager, &job->logp);
  op_tensor_restore(manager, &job->lse);
  struct logprob l = { .m = job->m,
                       .n = job->n,
                       .x = &job->x.part,
                       .ids = &job->ids.part,
                       .logp = &job->logp.part,
                       .lse = lse ? &job->lse.part : NULL,
                       .ldx = job->x.ld,
                       .by_groups = job->by_groups };
  assert_ok(op_logprob(sequence, &l, &err), err);
  assert_ok(gpu_sequence_evaluate(sequence, &err), err);
  gpu_sequence_free(sequence);
  struct result result = { .logp = op_tensor_look(manager, &job->logp, job->m, "logp") };
  float *all = op_tensor_look(manager, &job->lse, lse ? job->m : 0, "lse");
  if (lse)
    result.lse = all;
  else
    free(all);
  return result;
}

static void free_result(struct result *result)
{
  free(result->logp);
  free(result->lse);
}

static double reference(const struct op_tensor *x, uint32_t row)
{
  double most = -INFINITY, sum = 0;
  for (uint32_t i = 0; i < x->columns; i++)
    most = fmax(most, op_tensor_at(x, row, i));
  for (uint32_t i = 0; i < x->columns; i++)
    sum += exp(op_tensor_at(x, row, i) - most);
  return most + log(sum);
}

static void check_row(const struct job *job, uint32_t row, int32_t id, float logp,
                      const float *lse)
{
  double all = reference(&job->x, row);
  double exact = id < 0 ? 0 : op_tensor_at(&job->x, row, (uint32_t)id) - all;
  /* of 32-bit differences and sums, whose errors mostly cancel */
  double bound = 1e-6 + 3e-7 * (fabs(all) + fabs(exact));
  if (!(fabs(logp - exact) <= (id < 0 ? 0 : bound)))
    fail_msg("%u x %u: logp[%u] of %d is %.9g, not %.9g", job->m, job->n, row, id, logp,
             exact);
  if (lse && !(fabs(*lse - all) <= bound))
    fail_msg("%u x %u: lse[%u] is %.9g, not %.9g", job->m, job->n, row, *lse, all);
}

static int32_t *random_ids(uint32_t m, uint32_t n, struct rng *rng)
{
  int32_t *ids = calloc(m, sizeof *ids);
  for (uint32_t i = 0; i < m; i++)
    ids[i] = rng_chance(rng, 0.2) ? -1 - (int32_t)rng_below(rng, 5)
                                  : (int32_t)rng_below(rng, n);
  return ids;
}

static void test_shapes(void **state)
{
  (void)state;
  struct gpu_manager *manager = gpu_test_open();
  for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
    for (int by_groups = 0; by_groups < 2; by_groups++) {
      struct rng rng;
      rng_init(&rng, seed, "logprob", i);
      uint32_t m = shapes[i].m, n = shapes[i].n;
      float *x = logits(m, n, i % 3 == 0 ? 2 : i % 3 == 1 ? 20 : 90, &rng);
      int32_t *ids = random_ids(m, n, &rng);
      struct job job = make(manager, shapes[i], x, ids);
      job.by_groups = by_groups;
      bool lse = (i + (size_t)by_groups) % 2;
      struct result result = run(manager, &job, lse);
      for (uint32_t row = 0; row < m; row++)
        check_row(&job, row, ids[row], result.logp[row], lse ? &result.lse[row] : NULL);
      free_result(&result);
      drop(manager, &job);
      free(ids);
      free(x);
    }
  gpu_test_close(manager);
}

/* Rows that no distribution can be made of, and extreme ones that it can. */
static void test_extremes(void **state)
{
  (void)state;
  enum { M = 11, N = 39 };
  float x[M][N];
  int32_t ids[M] = { 0, 0, 0, 0, 0, 3, 3, -1, N, N - 1, 1 };
  for (int row = 0; row < M; row++)
    for (int i = 0; i < N; i++)
      x[row][i] = (float)(i % 5);
  x[0][38] = NAN;
  x[1][17] = -NAN;
  x[2][0] = INFINITY;
  for (int i = 0; i < N; i++) {
    x[3][i] = -INFINITY;
    x[4][i] = i == 0 ? 3e38f : -3e38f;
    x[5][i] = i == 3 ? -7.0f : -INFINITY;
    x[6][i] = i == 3 ? -INFINITY : 1;
    x[10][i] = 1e-42f * (float)i;
  }
  x[7][9] = NAN;
  struct gpu_manager *manager = gpu_test_open();
  for (int by_groups = 0; by_groups < 2; by_groups++) {
    struct job job = make(manager, (struct shape){ M, N, 1 }, &x[0][0], ids);
    job.by_groups = by_groups;
    struct result result = run(manager, &job, true);
    for (int row = 0; row < 4; row++) {
      assert_true(isnan(result.logp[row]));
      assert_true(isnan(result.lse[row]));
    }
    assert_true(result.logp[4] == 0 && result.lse[4] == 3e38f);
    assert_true(result.logp[5] == 0 && result.lse[5] == -7);
    assert_true(result.logp[6] == -INFINITY);
    assert_true(fabs(result.lse[6] - (1 + log(N - 1))) < 1e-5);
    assert_true(result.logp[7] == 0 && isnan(result.lse[7]));
    assert_true(isnan(result.logp[8])); /* no such token */
    for (uint32_t row = 9; row < M; row++)
      check_row(&job, row, ids[row], result.logp[row], &result.lse[row]);
    free_result(&result);
    drop(manager, &job);
  }
  gpu_test_close(manager);
}

/* A row's bits do not depend on how many rows there are, on where it stands among them,
 * or on whether lse is asked for. */
static void test_batch(void **state)
{
  (void)state;
  enum { M = 64, N = 1022 };
  static const uint32_t batches[] = { 1, 7, 33, 64 };
  struct gpu_manager *manager = gpu_test_open();
  struct rng rng;
  rng_init(&rng, seed, "batch", 0);
  float *x = logits(M, N, 20, &rng), *turned = calloc((size_t)M * N, sizeof *turned);
  int32_t *ids = random_ids(M, N, &rng), turned_ids[M];
  for (uint32_t row = 0; row < M; row++) {
    memcpy(turned + (size_t)row * N, x + (size_t)(M - 1 - row) * N, N * sizeof *x);
    turned_ids[row] = ids[M - 1 - row];
  }
  for (int by_groups = 0; by_groups < 2; by_groups++) {
    struct job job = make(manager, (struct shape){ M, N, 2 }, x, ids);
    struct job other = make(manager, (struct shape){ M, N, 2 }, turned, turned_ids);
    job.by_groups = other.by_groups = by_groups;
    struct result all = run(manager, &job, true);
    for (size_t i = 0; i < sizeof batches / sizeof *batches; i++) {
      job.m = batches[i];
      struct result some = run(manager, &job, i % 2);
      assert_memory_equal(some.logp, all.logp, batches[i] * sizeof(float));
      if (some.lse)
        assert_memory_equal(some.lse, all.lse, batches[i] * sizeof(float));
      free_result(&some);
    }
    struct result back = run(manager, &other, true);
    for (uint32_t row = 0; row < M; row++) {
      assert_memory_equal(&back.logp[row], &all.logp[M - 1 - row], sizeof(float));
      assert_memory_equal(&back.lse[row], &all.lse[M - 1 - row], sizeof(float));
    }
    free_result(&back);
    free_result(&all);
    drop(manager, &job);
    drop(manager, &other);
  }
  free(ids);
  free(turned);
  free(x);
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
