#include "nn/op_column_sum.h"
#include "grad_test.h"

static uint64_t seed;
static struct err err;

struct shape {
  uint32_t m, n, pad_x, pad_t;
  bool times, scales;
};

static const struct shape shapes[] = {
  { 1, 1, 0, 0, false, false },     { 3, 5, 0, 0, true, false },
  { 7, 64, 0, 0, false, true },     { 130, 64, 4, 8, true, true },
  { 64, 37, 1, 0, true, true },     { 65, 260, 0, 4, true, false },
  { 1024, 36, 0, 0, true, true },   { 1025, 36, 0, 0, true, true },
  { 5000, 12, 4, 0, false, false }, { 4097, 7, 0, 2, true, true },
  { 2, 2049, 0, 0, true, true },    { 70001, 4, 0, 0, true, true },
};

struct job {
  struct column_sum sum;
  struct op_tensor x, times, scales, y, partials;
};

static struct job make(struct gpu_manager *manager, const struct shape *s,
                       struct rng *rng)
{
  struct job job = { .sum = { .m = s->m, .n = s->n } };
  const uint32_t x[3] = { s->m, s->n, s->n + s->pad_x };
  const uint32_t times[3] = { s->m, s->n, s->n + s->pad_t }, scales[3] = { s->m, 1, 1 };
  uint32_t scratch = (uint32_t)op_column_sum_scratch(s->m, s->n);
  job.x = op_tensor_random(manager, GPU_F32, NAN, x, rng);
  job.times = op_tensor_random(manager, GPU_F32, NAN, times, rng);
  job.scales = op_tensor_random(manager, GPU_F32, NAN, scales, rng);
  job.y = grad_test_sum(manager, 1, s->n, s->n, rng);
  job.partials = op_tensor_result(manager, scratch, 1, 1);
  job.sum.ldx = job.x.ld;
  job.sum.ldt = job.times.ld;
  return job;
}

static void drop(struct gpu_manager *manager, struct job *job)
{
  op_tensor_drop(manager, &job->x);
  op_tensor_drop(manager, &job->times);
  op_tensor_drop(manager, &job->scales);
  op_tensor_drop(manager, &job->y);
  op_tensor_drop(manager, &job->partials);
}

static float *run(struct gpu_manager *manager, struct job *job, const struct shape *s,
                  const char *what)
{
  struct gpu_sequence *sequence = gpu_sequence_create(manager, false, &err);
  assert_non_null(sequence);
  job->sum.x = &job->x.part;
  job->sum.times = s->times ? &job->times.part : NULL;
  job->sum.scales = s->scales ? &job->scales.part : NULL;
  job->sum.y = &job->y.part;
  job->sum.partials = &job->partials.part;
  op_tensor_restore(manager, &job->y);
  assert_ok(op_column_sum(sequence, &job->sum, &err), err);
  assert_ok(gpu_sequence_evaluate(sequence, &err), err);
  gpu_sequence_free(sequence);
  /* not past the scratch that was asked for */
  uint32_t scratch = (uint32_t)op_column_sum_scratch(s->m, s->n);
  free(op_tensor_look(manager, &job->partials, scratch, what));
  return op_tensor_look(manager, &job->y, 1, what);
}

static void check(const struct job *job, const struct shape *s, const float *got,
                  const char *what)
{
  for (uint32_t c = 0; c < s->n; c++) {
    double exact = op_tensor_at(&job->y, 0, c), size = fabs(exact);
    for (uint32_t r = 0; r < s->m; r++) {
      double part = op_tensor_at(&job->x, r, c);
      part *= s->times ? op_tensor_at(&job->times, r, c) : 1;
      part *= s->scales ? op_tensor_at(&job->scales, r, 0) : 1;
      exact += part;
      size += fabs(part);
    }
    /* far below one row's part */
    grad_test_near(got[c], exact, 6e-8 * (4 + 0.1 * sqrt(s->m)), size, what, c);
  }
}

static void try_shapes(bool by_groups)
{
  struct gpu_manager *manager = gpu_test_open();
  for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
    char what[96];
    const struct shape *s = &shapes[i];
    struct rng rng;
    rng_init(&rng, seed, "column_sum", i);
    struct job job = make(manager, s, &rng);
    job.sum.by_groups = by_groups;
    snprintf(what, sizeof what, "%u x %u, rows +%u +%u%s", s->m, s->n, s->pad_x, s->pad_t,
             by_groups ? ", by groups" : "");
    float *got = run(manager, &job, s, what);
    check(&job, s, got, what);
    float *again = run(manager, &job, s, what);
    assert_memory_equal(again, got, s->n * sizeof *got);
    free(again);
    free(got);
    drop(manager, &job);
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

/* The same bits wherever rows begin. */
static void test_gaps(void **state)
{
  (void)state;
  struct gpu_manager *manager = gpu_test_open();
  float *all = NULL;
  for (uint32_t pad = 0; pad < 5; pad++) {
    struct shape shape = { 1500, 64, pad, pad, true, true };
    struct rng rng;
    rng_init(&rng, seed, "gaps", 0);
    struct job job = make(manager, &shape, &rng);
    float *got = run(manager, &job, &shape, "gaps");
    if (all)
      assert_memory_equal(got, all, shape.n * sizeof *got);
    if (all)
      free(got);
    else
      all = got;
    drop(manager, &job);
  }
  free(all);
  gpu_test_close(manager);
}

int main(void)
{
  seed = op_test_seed();
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_shapes),
    cmocka_unit_test(test_by_groups),
    cmocka_unit_test(test_gaps),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
