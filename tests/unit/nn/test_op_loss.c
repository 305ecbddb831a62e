#include "nn/op_loss.h"
#include "grad_test.h"

static uint64_t seed;
static struct err err;

struct shape {
  uint32_t m, n, chunk; /* n: the vocabulary */
  uint32_t gap_x, gap_z;
  double size; /* of logits */
  bool z;
};

static const struct shape shapes[] = {
  { 1, 1, 1, 0, 0, 2, true },        { 3, 5, 2, 0, 0, 2, true },
  { 7, 64, 64, 0, 0, 4, true },      { 9, 64, 16, 4, 0, 4, true },
  { 5, 61, 20, 3, 3, 30, true },     { 33, 515, 128, 0, 1, 10, true },
  { 64, 1000, 256, 4, 4, 3, false }, { 4, 8192, 1024, 0, 0, 20, true },
  { 2, 40007, 8192, 0, 0, 8, true }, { 6, 301, 100, 0, 0, 1e4, true },
  { 6, 256, 64, 0, 4, 1e4, true },   { 130, 17, 17, 3, 0, 2, false },
};

struct job {
  struct shape shape;
  float *x, *z; /* m x n logits */
  struct op_tensor ids, state, logp, ref_logp, kl, g_logp, g_kl;
  const int32_t *wanted;
  bool by_groups;
};

static float *draw(uint32_t m, uint32_t n, double size, struct rng *rng)
{
  float *x = calloc((size_t)m * n, sizeof *x);
  for (size_t i = 0; i < (size_t)m * n; i++) {
    double a = 2 * rng_unit(rng) - 1;
    x[i] = (float)(size * a * a * a);
  }
  return x;
}

static int32_t *draw_ids(uint32_t m, uint32_t n, struct rng *rng)
{
  int32_t *ids = calloc(m, sizeof *ids);
  for (uint32_t i = 0; i < m; i++)
    ids[i] = rng_chance(rng, 0.2) ? -1 - (int32_t)rng_below(rng, 5)
                                  : (int32_t)rng_below(rng, n);
  return ids;
}

/* x and z become the job's. */
static struct job make(struct gpu_manager *manager, const struct shape *s, float *x,
                       float *z, const int32_t *ids, struct rng *rng)
{
  const uint32_t one[3] = { s->m, 1, 1 };
  struct job job = { .shape = *s, .x = x, .z = z, .wanted = ids };
  job.ids = op_tensor_ints(manager, s->m, 1, ids);
  job.state = op_tensor_result(manager, s->m, LOSS_STATE, LOSS_STATE);
  job.logp = op_tensor_result(manager, s->m, 1, 1);
  job.ref_logp = op_tensor_result(manager, s->m, 1, 1);
  job.kl = op_tensor_result(manager, s->m, 1, 1);
  job.g_logp = op_tensor_random(manager, GPU_F32, NAN, one, rng);
  job.g_kl = op_tensor_random(manager, GPU_F32, NAN, one, rng);
  return job;
}

static struct job make_random(struct gpu_manager *manager, const struct shape *s,
                              struct rng *rng)
{
  float *x = draw(s->m, s->n, s->size, rng), *z = draw(s->m, s->n, s->size, rng);
  return make(manager, s, x, z, draw_ids(s->m, s->n, rng), rng);
}

static void drop(struct gpu_manager *manager, struct job *job)
{
  struct op_tensor *all[] = { &job->ids, &job->state,  &job->logp, &job->ref_logp,
                              &job->kl,  &job->g_logp, &job->g_kl };
  for (size_t i = 0; i < sizeof all / sizeof *all; i++)
    op_tensor_drop(manager, all[i]);
  free(job->x);
  free(job->z);
  free((void *)job->wanted);
}

/* Columns first .. first + count of all rows, and SPARE more that nobody may touch. */
static struct op_tensor columns(struct gpu_manager *manager, const struct job *job,
                                const float *all, uint32_t first, uint32_t count)
{
  uint32_t m = job->shape.m, gap = all == job->x ? job->shape.gap_x : job->shape.gap_z;
  const uint32_t shape[3] = { m + OP_TEST_SPARE, count, count + gap };
  float *part = calloc((size_t)shape[0] * count, sizeof *part);
  for (uint32_t r = 0; r < m; r++)
    memcpy(part + (size_t)r * count, all + (size_t)r * job->shape.n + first,
           count * sizeof *part);
  struct op_tensor x = op_tensor_of(manager, GPU_F32, NAN, shape, part);
  free(part);
  return x;
}

struct result {
  float *logp, *ref_logp, *kl, *dx; /* dx m x n */
};

static void free_result(struct result *result)
{
  free(result->logp);
  free(result->ref_logp);
  free(result->kl);
  free(result->dx);
}

static void evaluate(struct gpu_sequence *sequence)
{
  assert_ok(gpu_sequence_evaluate(sequence, &err), err);
  gpu_sequence_free(sequence);
}

static void scan_chunk(struct gpu_manager *manager, struct job *job, uint32_t first,
                       uint32_t count)
{
  struct op_tensor x = columns(manager, job, job->x, first, count);
  struct op_tensor z = columns(manager, job, job->z, first, count);
  struct gpu_sequence *sequence = gpu_sequence_create(manager, false, &err);
  struct loss_scan scan = { .m = job->shape.m,
                            .n = count,
                            .first = first,
                            .x = &x.part,
                            .z = job->shape.z ? &z.part : NULL,
                            .ids = &job->ids.part,
                            .state = &job->state.part,
                            .ldx = x.ld,
                            .ldz = z.ld,
                            .begin = first == 0,
                            .by_groups = job->by_groups };
  assert_ok(op_loss_scan(sequence, &scan, &err), err);
  evaluate(sequence);
  free(op_tensor_look(manager, &x, 0, "the policy's logits, scanned"));
  op_tensor_drop(manager, &x);
  op_tensor_drop(manager, &z);
}

static void grad_chunk(struct gpu_manager *manager, struct job *job, uint32_t first,
                       uint32_t count, float *dx)
{
  struct op_tensor x = columns(manager, job, job->x, first, count);
  struct op_tensor z = columns(manager, job, job->z, first, count);
  struct gpu_sequence *sequence = gpu_sequence_create(manager, false, &err);
  struct loss_grad grad = { .m = job->shape.m,
                            .n = count,
                            .first = first,
                            .x = &x.part,
                            .z = job->shape.z ? &z.part : NULL,
                            .ids = &job->ids.part,
                            .state = &job->state.part,
                            .g_logp = &job->g_logp.part,
                            .g_kl = job->shape.z ? &job->g_kl.part : NULL,
                            .ldx = x.ld,
                            .ldz = z.ld,
                            .by_groups = job->by_groups };
  assert_ok(op_loss_grad(sequence, &grad, &err), err);
  evaluate(sequence);
  float *got = op_tensor_look(manager, &x, job->shape.m, "dx");
  for (uint32_t r = 0; r < job->shape.m; r++)
    memcpy(dx + (size_t)r * job->shape.n + first, got + (size_t)r * x.ld,
           count * sizeof *dx);
  free(got);
  free(op_tensor_look(manager, &z, 0, "the reference's logits"));
  op_tensor_drop(manager, &x);
  op_tensor_drop(manager, &z);
}

static struct result run(struct gpu_manager *manager, struct job *job)
{
  const struct shape *s = &job->shape;
  op_tensor_restore(manager, &job->logp);
  op_tensor_restore(manager, &job->ref_logp);
  op_tensor_restore(manager, &job->kl);
  op_tensor_restore(manager, &job->state);
  for (uint32_t first = 0; first < s->n; first += s->chunk)
    scan_chunk(manager, job, first, s->n - first < s->chunk ? s->n - first : s->chunk);
  struct gpu_sequence *sequence = gpu_sequence_create(manager, false, &err);
  struct loss_finish finish = { .m = s->m,
                                .ids = &job->ids.part,
                                .state = &job->state.part,
                                .logp = &job->logp.part,
                                .ref_logp = s->z ? &job->ref_logp.part : NULL,
                                .kl = s->z ? &job->kl.part : NULL };
  assert_ok(op_loss_finish(sequence, &finish, &err), err);
  evaluate(sequence);
  struct result result = { .dx = calloc((size_t)s->m * s->n, sizeof(float)) };
  for (uint32_t first = 0; first < s->n; first += s->chunk)
    grad_chunk(manager, job, first, s->n - first < s->chunk ? s->n - first : s->chunk,
               result.dx);
  result.logp = op_tensor_look(manager, &job->logp, s->m, "logp");
  result.ref_logp = op_tensor_look(manager, &job->ref_logp, s->z ? s->m : 0, "ref_logp");
  result.kl = op_tensor_look(manager, &job->kl, s->z ? s->m : 0, "kl");
  free(op_tensor_look(manager, &job->state, s->m, "state"));
  return result;
}

/* ---- in double precision ---- */

static double lse_of(const double *x, uint32_t n)
{
  double most = -INFINITY, sum = 0;
  for (uint32_t i = 0; i < n; i++)
    most = fmax(most, x[i]);
  for (uint32_t i = 0; i < n; i++)
    sum += exp(x[i] - most);
  return most + log(sum);
}

/* A row as op_loss.h has it, and the objective's derivatives. */
struct row {
  uint32_t n, id;
  double *x, *z;
  double g_logp, g_kl;
};

static double kl_of(const struct row *row)
{
  double x_lse = lse_of(row->x, row->n), z_lse = lse_of(row->z, row->n), kl = 0;
  for (uint32_t i = 0; i < row->n; i++) {
    double log_p = row->x[i] - x_lse, log_q = row->z[i] - z_lse, p = exp(log_p);
    kl += p > 0 ? p * (log_p - log_q) : 0;
  }
  return kl;
}

static double loss(const void *what)
{
  const struct row *row = what;
  double logp = row->x[row->id] - lse_of(row->x, row->n);
  return row->g_logp * logp + row->g_kl * kl_of(row);
}

static struct row read_row(const struct job *job, uint32_t r)
{
  uint32_t n = job->shape.n;
  struct row row = { .n = n, .id = (uint32_t)job->wanted[r] };
  row.x = calloc(n, sizeof *row.x);
  row.z = calloc(n, sizeof *row.z);
  for (uint32_t i = 0; i < n; i++) {
    row.x[i] = job->x[(size_t)r * n + i];
    row.z[i] = job->z[(size_t)r * n + i];
  }
  row.g_logp = op_tensor_at(&job->g_logp, r, 0);
  row.g_kl = job->shape.z ? op_tensor_at(&job->g_kl, r, 0) : 0;
  return row;
}

static void free_row(struct row *row)
{
  free(row->x);
  free(row->z);
}

static void check_grad(const struct job *job, const struct row *row, const float *dx,
                       const char *what)
{
  double x_lse = lse_of(row->x, row->n), z_lse = lse_of(row->z, row->n);
  double kl = kl_of(row), size = job->shape.size;
  for (uint32_t i = 0; i < row->n; i++) {
    double log_p = row->x[i] - x_lse, log_q = row->z[i] - z_lse, p = exp(log_p);
    double apart = p > 0 ? log_p - log_q - kl : 0;
    double exact = row->g_logp * ((i == row->id) - p) + row->g_kl * p * apart;
    /* logits of a size are known to that many units in the last place, and so is p */
    double room = p * (1 + fabs(log_p)) * (1 + fabs(apart)) + p * size +
                  (i == row->id ? 1 - p + p * size : 0) + 1e-25;
    grad_test_near(dx[i], exact, 1e-6, room, what, i);
  }
}

static void check(const struct job *job, const struct result *got, const char *what)
{
  for (uint32_t r = 0; r < job->shape.m; r++) {
    const float *dx = got->dx + (size_t)r * job->shape.n;
    if (job->wanted[r] < 0) {
      for (uint32_t i = 0; i < job->shape.n; i++)
        assert_true(dx[i] == 0);
      assert_true(got->logp[r] == 0);
      assert_true(!job->shape.z || (got->ref_logp[r] == 0 && got->kl[r] == 0));
      continue;
    }
    struct row row = read_row(job, r);
    double x_lse = lse_of(row.x, row.n), z_lse = lse_of(row.z, row.n);
    double x = row.x[row.id], z = row.z[row.id], room = 5 + job->shape.size;
    grad_test_near(got->logp[r], x - x_lse, 1e-6, room, what, r);
    if (job->shape.z) {
      grad_test_near(got->ref_logp[r], z - z_lse, 1e-6, room, what, r);
      grad_test_near(got->kl[r], kl_of(&row), 1e-6, room, what, r);
    }
    check_grad(job, &row, dx, what);
    free_row(&row);
  }
}

static void try_shapes(bool by_groups, size_t step)
{
  struct gpu_manager *manager = gpu_test_open();
  for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i += step) {
    char what[112];
    const struct shape *s = &shapes[i];
    struct rng rng;
    rng_init(&rng, seed, "loss", i);
    struct job job = make_random(manager, s, &rng);
    job.by_groups = by_groups;
    snprintf(what, sizeof what, "%u x %u by %u, rows +%u +%u, logits of %g%s", s->m, s->n,
             s->chunk, s->gap_x, s->gap_z, s->size, by_groups ? ", by groups" : "");
    struct result got = run(manager, &job);
    check(&job, &got, what);
    free_result(&got);
    drop(manager, &job);
  }
  gpu_test_close(manager);
}

static void test_shapes(void **state)
{
  (void)state;
  try_shapes(false, 1);
}

static void test_by_groups(void **state)
{
  (void)state;
  try_shapes(true, 2);
}

static void test_differences(void **state)
{
  (void)state;
  struct gpu_manager *manager = gpu_test_open();
  struct rng rng;
  rng_init(&rng, seed, "differences", 0);
  struct job job =
      make_random(manager, &(struct shape){ 6, 29, 12, 0, 0, 6, true }, &rng);
  struct result got = run(manager, &job);
  for (uint32_t r = 0; r < job.shape.m; r++) {
    if (job.wanted[r] < 0)
      continue;
    struct row row = read_row(&job, r);
    for (uint32_t i = 0; i < row.n; i++) {
      double exact = grad_test_central(loss, &row, &row.x[i]);
      grad_test_near(got.dx[r * row.n + i], exact, 2e-5, fabs(exact) + 0.02, "dx", i);
    }
    free_row(&row);
  }
  free_result(&got);
  drop(manager, &job);
  gpu_test_close(manager);
}

/* One chunk or several: the same within rounding. */
static void test_chunks(void **state)
{
  (void)state;
  static const uint32_t chunks[] = { 300, 7, 64, 299 };
  struct gpu_manager *manager = gpu_test_open();
  struct rng rng;
  rng_init(&rng, seed, "chunks", 0);
  struct job job =
      make_random(manager, &(struct shape){ 20, 300, 300, 0, 0, 9, true }, &rng);
  struct result all = run(manager, &job);
  for (size_t k = 1; k < sizeof chunks / sizeof *chunks; k++) {
    job.shape.chunk = chunks[k];
    struct result some = run(manager, &job);
    for (uint32_t r = 0; r < job.shape.m; r++) {
      grad_test_near(some.logp[r], all.logp[r], 1e-6, 3, "logp by chunks", r);
      grad_test_near(some.kl[r], all.kl[r], 1e-6, 15, "kl by chunks", r);
    }
    for (size_t i = 0; i < (size_t)job.shape.m * job.shape.n; i++)
      grad_test_near(some.dx[i], all.dx[i], 3e-6, fabs(all.dx[i]) + 1, "by chunks", i);
    free_result(&some);
  }
  free_result(&all);
  drop(manager, &job);
  gpu_test_close(manager);
}

/* A reference that is the policy, whatever it adds to all logits of a row: nothing. */
static void try_equal(struct gpu_manager *manager, double size, float more, double room)
{
  struct rng rng;
  rng_init(&rng, seed, "equal", (uint64_t)size);
  const struct shape shape = { 8, 301, 100, 3, 3, size, true };
  float *x = draw(shape.m, shape.n, size, &rng);
  float *z = calloc((size_t)shape.m * shape.n, sizeof *z);
  for (uint32_t i = 0; i < shape.m * shape.n; i++)
    z[i] = x[i] + more;
  struct job job = make(manager, &shape, x, z, draw_ids(shape.m, shape.n, &rng), &rng);
  struct result both = run(manager, &job);
  job.shape.z = false;
  struct result alone = run(manager, &job);
  for (uint32_t r = 0; r < shape.m; r++) {
    grad_test_near(both.kl[r], 0, 1, room, "kl of one distribution", r);
    assert_memory_equal(&both.logp[r], &alone.logp[r], sizeof(float));
  }
  for (size_t i = 0; i < (size_t)shape.m * shape.n; i++)
    grad_test_near(both.dx[i], alone.dx[i], 1, room, "gradient of one distribution", i);
  free_result(&both);
  free_result(&alone);
  drop(manager, &job);
}

static void test_equal(void **state)
{
  (void)state;
  struct gpu_manager *manager = gpu_test_open();
  try_equal(manager, 5, 0, 0);
  try_equal(manager, 1e4, 0, 0);
  try_equal(manager, 2, 1024, 2e-4); /* what x + 1024 has lost of x */
  gpu_test_close(manager);
}

/* Rows that no distribution can be made of, and extreme ones that it can. */
static void test_extremes(void **state)
{
  (void)state;
  enum { M = 8, N = 39 };
  const struct shape shape = { M, N, 16, 1, 1, 4, true };
  static const int32_t wanted[M] = { 0, 0, 20, 3, 3, 5, -1, 38 };
  float *x = calloc(M * N, sizeof *x), *z = calloc(M * N, sizeof *z);
  int32_t *ids = malloc(sizeof wanted);
  memcpy(ids, wanted, sizeof wanted);
  for (int i = 0; i < M * N; i++) {
    x[i] = (float)(i % 5);
    z[i] = (float)(i % 3);
  }
  x[0 * N + 38] = NAN;
  z[1 * N + 17] = -NAN;
  x[2 * N + 0] = INFINITY;
  for (int i = 0; i < N; i++) {
    x[3 * N + i] = -INFINITY;
    x[4 * N + i] = i == 3 ? -7.0f : -INFINITY;
    x[5 * N + i] = i == 5 ? 3e37f : -3e37f;
    z[5 * N + i] = x[5 * N + i];
  }
  x[6 * N + 9] = NAN;
  struct gpu_manager *manager = gpu_test_open();
  struct rng rng;
  rng_init(&rng, seed, "extremes", 0);
  struct job job = make(manager, &shape, x, z, ids, &rng);
  for (int by_groups = 0; by_groups < 2; by_groups++) {
    job.by_groups = by_groups;
    struct result got = run(manager, &job);
    for (int r = 0; r < 4; r++) {
      assert_true(isnan(got.kl[r]));
      assert_true(r == 1 ? isnan(got.ref_logp[r]) : isnan(got.logp[r]));
      for (int i = 0; i < N; i++)
        assert_true(isnan(got.dx[r * N + i]));
    }
    /* p is all on column 3, whose z is 0, and q's sum is 13 of 1, e and e^2 each */
    grad_test_near(got.kl[4], log(13 * (1 + exp(1) + exp(2))), 1e-6, 5, "extremes", 4);
    assert_true(got.logp[4] == 0);
    assert_true(got.logp[5] == 0 && got.kl[5] == 0);
    for (int i = 0; i < N; i++) {
      assert_true(got.dx[4 * N + i] == 0 && got.dx[5 * N + i] == 0);
      assert_true(got.dx[6 * N + i] == 0);
    }
    assert_true(got.logp[6] == 0 && got.ref_logp[6] == 0 && got.kl[6] == 0);
    free_result(&got);
  }
  drop(manager, &job);
  gpu_test_close(manager);
}

/* A row's bits do not depend on how many rows there are, and are the same every time. */
static void test_batch(void **state)
{
  (void)state;
  static const uint32_t batches[] = { 1, 7, 33, 64 };
  struct gpu_manager *manager = gpu_test_open();
  for (int by_groups = 0; by_groups < 2; by_groups++) {
    struct rng rng;
    rng_init(&rng, seed, "batch", 0);
    struct job job =
        make_random(manager, &(struct shape){ 64, 510, 256, 2, 6, 9, true }, &rng);
    job.by_groups = by_groups;
    struct result all = run(manager, &job);
    for (size_t i = 0; i < sizeof batches / sizeof *batches; i++) {
      job.shape.m = batches[i];
      struct result some = run(manager, &job);
      assert_memory_equal(some.logp, all.logp, batches[i] * sizeof(float));
      assert_memory_equal(some.ref_logp, all.ref_logp, batches[i] * sizeof(float));
      assert_memory_equal(some.kl, all.kl, batches[i] * sizeof(float));
      assert_memory_equal(some.dx, all.dx, batches[i] * job.shape.n * sizeof(float));
      free_result(&some);
    }
    free_result(&all);
    drop(manager, &job);
  }
  gpu_test_close(manager);
}

int main(void)
{
  seed = op_test_seed();
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_shapes),      cmocka_unit_test(test_by_groups),
    cmocka_unit_test(test_differences), cmocka_unit_test(test_chunks),
    cmocka_unit_test(test_equal),       cmocka_unit_test(test_extremes),
    cmocka_unit_test(test_batch),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
