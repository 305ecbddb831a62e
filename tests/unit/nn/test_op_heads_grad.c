#include "nn/op_heads_grad.h"
#include "grad_test.h"
#include "shared.h"

static uint64_t seed;
static struct err err;

enum { POSITIONS = 37, DIM_MOST = 272 };
static const float EPS = 1e-6f;

struct shape {
  uint32_t m, heads, kv_heads, head_dim, pad;
  bool norm;
};

static const struct shape shapes[] = {
  { 1, 1, 1, 2, 0, false },     { 7, 8, 4, 8, 0, true },    { 64, 8, 4, 8, 4, true },
  { 5, 3, 1, 64, 0, true },     { 9, 14, 2, 64, 0, false }, { 3, 16, 8, 128, 0, true },
  { 2, 4, 1, 256, 0, true },    { 4, 9, 3, 64, 3, true },   { 6, 5, 5, 24, 0, true },
  { 33, 4, 2, 20, 0, true },    { 11, 3, 1, 6, 0, false },  { 8, 2, 1, 80, 0, true },
  { 130, 3, 3, 32, 12, false }, { 3, 2, 1, 100, 1, true },  { 2, 3, 1, 272, 0, true },
  { 257, 7, 1, 16, 0, true },   { 2, 32, 4, 96, 0, true },  { 40, 4, 2, 16, 0, false },
};

struct layer {
  struct heads_grad grad;
  struct op_tensor x, places, turns, q_norm, k_norm, dq, dkeys, dvalues, dx, dnorms;
  struct shader_place *where;
};

static void draw_places(struct layer *l, bool padding, struct rng *rng)
{
  l->where = calloc(l->grad.m, sizeof *l->where);
  for (uint32_t r = 0; r < l->grad.m; r++) {
    bool real = !padding || rng_chance(rng, 0.7);
    l->where[r] = (struct shader_place){
      .position = real ? (int)rng_below(rng, POSITIONS) : -1 - (int)rng_below(rng, 9),
      .keys = -77,
      .own = INT32_MAX / 7,
      .end = -88,
    };
  }
}

static struct op_tensor make_turns(struct gpu_manager *manager, uint32_t head_dim)
{
  const uint32_t shape[3] = { POSITIONS, head_dim, head_dim };
  float *given = calloc((size_t)POSITIONS * head_dim, sizeof *given);
  uint32_t half = head_dim / 2;
  for (uint32_t p = 0; p < POSITIONS; p++)
    for (uint32_t i = 0; i < half; i++) {
      double turn = p * pow(10000, -(double)i / half);
      given[p * head_dim + i] = (float)cos(turn);
      given[p * head_dim + half + i] = (float)sin(turn);
    }
  struct op_tensor turns = op_tensor_of(manager, GPU_F32, NAN, shape, given);
  free(given);
  return turns;
}

static struct op_tensor draw(struct gpu_manager *manager, uint32_t m, uint32_t n,
                             uint32_t ld, struct rng *rng)
{
  const uint32_t shape[3] = { m, n, ld };
  return op_tensor_random(manager, GPU_F32, NAN, shape, rng);
}

static struct layer make(struct gpu_manager *manager, const struct shape *s, bool padding,
                         struct rng *rng)
{
  struct layer l = { .grad = { .m = s->m,
                               .heads = s->heads,
                               .kv_heads = s->kv_heads,
                               .head_dim = s->head_dim,
                               .eps = EPS } };
  uint32_t dim = s->head_dim, wide = (s->heads + 2 * s->kv_heads) * dim;
  uint32_t q = s->heads * dim, kv = s->kv_heads * dim;
  draw_places(&l, padding, rng);
  l.places = op_tensor_ints(manager, s->m, 4, (const int32_t *)l.where);
  l.turns = make_turns(manager, dim);
  l.x = draw(manager, s->m, wide, wide + s->pad, rng);
  l.q_norm = draw(manager, 1, dim, dim, rng);
  l.k_norm = draw(manager, 1, dim, dim, rng);
  l.dq = draw(manager, s->m, q, q, rng);
  l.dkeys = draw(manager, s->m, kv, kv, rng);
  l.dvalues = draw(manager, s->m, kv, kv, rng);
  l.dx = op_tensor_result(manager, s->m, wide, wide + s->pad * 2);
  l.dnorms = op_tensor_result(manager, s->m, 2 * dim, 2 * dim);
  l.grad.ldx = l.x.ld;
  l.grad.lddx = l.dx.ld;
  return l;
}

static void drop(struct gpu_manager *manager, struct layer *l)
{
  struct op_tensor *all[] = { &l->x,  &l->places, &l->turns,   &l->q_norm, &l->k_norm,
                              &l->dq, &l->dkeys,  &l->dvalues, &l->dx,     &l->dnorms };
  for (size_t i = 0; i < sizeof all / sizeof *all; i++)
    op_tensor_drop(manager, all[i]);
  free(l->where);
}

struct result {
  float *dx, *dnorms;
};

static struct result run(struct gpu_manager *manager, struct layer *l, bool norm,
                         const char *what)
{
  struct gpu_sequence *sequence = gpu_sequence_create(manager, false, &err);
  assert_non_null(sequence);
  struct heads_grad *g = &l->grad;
  g->x = &l->x.part;
  g->places = &l->places.part;
  g->turns = &l->turns.part;
  g->q_norm = norm ? &l->q_norm.part : NULL;
  g->k_norm = norm ? &l->k_norm.part : NULL;
  g->dq = &l->dq.part;
  g->dkeys = &l->dkeys.part;
  g->dvalues = &l->dvalues.part;
  g->dx = &l->dx.part;
  g->dnorms = norm ? &l->dnorms.part : NULL;
  op_tensor_restore(manager, &l->dx);
  op_tensor_restore(manager, &l->dnorms);
  assert_ok(op_heads_grad(sequence, g, &err), err);
  assert_ok(gpu_sequence_evaluate(sequence, &err), err);
  gpu_sequence_free(sequence);
  return (struct result){ op_tensor_look(manager, &l->dx, g->m, what),
                          op_tensor_look(manager, &l->dnorms, norm ? g->m : 0, what) };
}

static void free_result(struct result *result)
{
  free(result->dx);
  free(result->dnorms);
}

/* ---- in double precision ---- */

/* A head as it goes through op_heads, and the gradient of what comes out. */
struct head {
  uint32_t dim;
  bool norm;
  double v[DIM_MOST], weight[DIM_MOST], c[DIM_MOST], s[DIM_MOST], d[DIM_MOST];
};

static void read_head(const struct layer *l, uint32_t row, uint32_t head, struct head *h)
{
  const struct heads_grad *g = &l->grad;
  bool of_q = head < g->heads;
  const struct op_tensor *d = of_q ? &l->dq : &l->dkeys;
  uint32_t first = of_q ? head : head - g->heads, half = g->head_dim / 2;
  uint32_t position = (uint32_t)l->where[row].position;
  *h = (struct head){ .dim = g->head_dim, .norm = g->q_norm != NULL };
  for (uint32_t i = 0; i < h->dim; i++) {
    h->v[i] = op_tensor_at(&l->x, row, head * h->dim + i);
    h->weight[i] = op_tensor_at(of_q ? &l->q_norm : &l->k_norm, 0, i);
    h->d[i] = op_tensor_at(d, row, first * h->dim + i);
    h->c[i] = op_tensor_at(&l->turns, position, i % half);
    h->s[i] = op_tensor_at(&l->turns, position, half + i % half);
  }
}

static double scale_of(const struct head *h)
{
  double squares = 0;
  for (uint32_t i = 0; i < h->dim; i++)
    squares += h->v[i] * h->v[i];
  return 1 / sqrt(squares / h->dim + EPS);
}

/* As op_heads.h has it. */
static double loss(const void *what)
{
  const struct head *h = what;
  uint32_t half = h->dim / 2;
  double scale = scale_of(h), u[DIM_MOST], sum = 0;
  for (uint32_t i = 0; i < h->dim; i++)
    u[i] = h->norm ? h->v[i] * scale * h->weight[i] : h->v[i];
  for (uint32_t i = 0; i < half; i++) {
    sum += h->d[i] * (u[i] * h->c[i] - u[i + half] * h->s[i]);
    sum += h->d[i + half] * (u[i + half] * h->c[i] + u[i] * h->s[i]);
  }
  return sum;
}

/* The gradient with respect to v, and what goes to the norm's weight. */
static void reference(const struct head *h, double *dv, double *dweight)
{
  uint32_t half = h->dim / 2;
  double scale = scale_of(h), sum = 0;
  for (uint32_t i = 0; i < half; i++) {
    dv[i] = h->d[i] * h->c[i] + h->d[i + half] * h->s[i];
    dv[i + half] = h->d[i + half] * h->c[i] - h->d[i] * h->s[i];
  }
  for (uint32_t i = 0; i < h->dim && h->norm; i++) {
    dweight[i] = dv[i] * h->v[i] * scale;
    dv[i] *= h->weight[i];
    sum += dv[i] * h->v[i];
  }
  for (uint32_t i = 0; i < h->dim && h->norm; i++)
    dv[i] = scale * (dv[i] - h->v[i] * scale * scale * sum / h->dim);
}

/* ---- */

static void check_zeros(const float *got, size_t n, const char *what)
{
  for (size_t i = 0; i < n; i++)
    if (got[i] != 0)
      fail_msg("%s: padding got %.9g at %zu", what, got[i], i);
}

static void check_row(const struct layer *l, uint32_t row, const struct result *got,
                      const char *what)
{
  const struct heads_grad *g = &l->grad;
  uint32_t dim = g->head_dim, turned = g->heads + g->kv_heads;
  const float *dx = got->dx + (size_t)row * l->dx.ld;
  const float *dnorms = got->dnorms + (size_t)row * 2 * dim;
  double all[2][DIM_MOST] = { { 0 } };
  for (uint32_t head = 0; head < turned; head++) {
    struct head h;
    double dv[DIM_MOST], dweight[DIM_MOST] = { 0 };
    read_head(l, row, head, &h);
    reference(&h, dv, dweight);
    double size = g->q_norm ? scale_of(&h) : 1;
    for (uint32_t i = 0; i < dim; i++) {
      grad_test_near(dx[head * dim + i], dv[i], 30 * 6e-8, fabs(dv[i]) + 1.5 * size, what,
                     head * dim + i);
      all[head >= g->heads][i] += dweight[i];
    }
  }
  for (uint32_t i = 0; i < 2 * dim && g->q_norm; i++)
    grad_test_near(dnorms[i], all[i / dim][i % dim], 40 * 6e-8,
                   3 * sqrt(g->heads) + fabs(all[i / dim][i % dim]), what, i);
  uint32_t kv = g->kv_heads * dim;
  assert_memory_equal(dx + turned * dim, l->dvalues.values + (size_t)row * kv,
                      kv * sizeof *dx);
}

static void check(const struct layer *l, const struct result *got, const char *what)
{
  const struct heads_grad *g = &l->grad;
  for (uint32_t r = 0; r < g->m; r++) {
    if (l->where[r].position >= 0) {
      check_row(l, r, got, what);
      continue;
    }
    check_zeros(got->dx + (size_t)r * l->dx.ld, l->dx.columns, what);
    if (g->q_norm)
      check_zeros(got->dnorms + (size_t)r * 2 * g->head_dim, 2 * g->head_dim, what);
  }
}

static void try_shapes(bool by_groups, size_t step)
{
  struct gpu_manager *manager = gpu_test_open();
  for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i += step) {
    char what[112];
    const struct shape *s = &shapes[i];
    struct rng rng;
    rng_init(&rng, seed, "heads_grad", i);
    struct layer l = make(manager, s, i % 2, &rng);
    l.grad.by_groups = by_groups;
    snprintf(what, sizeof what, "%u rows, %u+%u heads of %u, rows +%u%s%s", s->m,
             s->heads, s->kv_heads, s->head_dim, s->pad, s->norm ? ", norm" : "",
             by_groups ? ", by groups" : "");
    struct result got = run(manager, &l, s->norm, what);
    check(&l, &got, what);
    free_result(&got);
    drop(manager, &l);
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
  /* kernels with barriers take a CPU driver long to compile: every third shape */
  try_shapes(true, 3);
}

static void try_differences(struct gpu_manager *manager, const struct shape *s)
{
  struct rng rng;
  rng_init(&rng, seed, "differences", s->head_dim);
  struct layer l = make(manager, s, false, &rng);
  struct result got = run(manager, &l, s->norm, "differences");
  for (uint32_t r = 0; r < s->m; r++) {
    double all[2][DIM_MOST] = { { 0 } };
    for (uint32_t head = 0; head < s->heads + s->kv_heads; head++) {
      struct head h;
      read_head(&l, r, head, &h);
      for (uint32_t i = 0; i < s->head_dim; i++) {
        double exact = grad_test_central(loss, &h, &h.v[i]);
        float value = got.dx[(size_t)r * l.dx.ld + head * s->head_dim + i];
        grad_test_near(value, exact, 2e-5, fabs(exact) + 0.05, "v", i);
        all[head >= s->heads][i] += grad_test_central(loss, &h, &h.weight[i]);
      }
    }
    for (uint32_t i = 0; i < 2 * s->head_dim && s->norm; i++) {
      double exact = all[i / s->head_dim][i % s->head_dim];
      float value = got.dnorms[(size_t)r * 2 * s->head_dim + i];
      grad_test_near(value, exact, 2e-5, fabs(exact) + 0.05, "weight", i);
    }
  }
  free_result(&got);
  drop(manager, &l);
}

static void test_differences(void **state)
{
  (void)state;
  struct gpu_manager *manager = gpu_test_open();
  try_differences(manager, &(struct shape){ 4, 3, 1, 16, 0, true });
  try_differences(manager, &(struct shape){ 3, 2, 2, 14, 0, true });
  try_differences(manager, &(struct shape){ 3, 5, 1, 8, 1, false });
  gpu_test_close(manager);
}

/* A row's bits depend neither on how many there are nor on where rows begin. */
static void try_batch(struct gpu_manager *manager, struct shape shape, bool by_groups)
{
  static const uint32_t batches[] = { 64, 1, 7, 33 };
  struct result all = { 0 };
  size_t wide = (shape.heads + 2 * shape.kv_heads) * shape.head_dim;
  for (uint32_t pad = 0; pad < 2; pad++) {
    struct rng rng;
    rng_init(&rng, seed, "batch", shape.head_dim);
    shape.pad = pad;
    struct layer l = make(manager, &shape, false, &rng);
    l.grad.by_groups = by_groups;
    for (size_t i = 0; i < sizeof batches / sizeof *batches; i++) {
      l.grad.m = batches[i];
      struct result some = run(manager, &l, shape.norm, "batch");
      for (size_t r = 0; all.dx && r < batches[i]; r++)
        assert_memory_equal(some.dx + r * l.dx.ld, all.dx + r * wide,
                            wide * sizeof(float));
      if (all.dx && shape.norm)
        assert_memory_equal(some.dnorms, all.dnorms,
                            2 * batches[i] * shape.head_dim * sizeof(float));
      if (all.dx)
        free_result(&some);
      else
        all = some;
    }
    drop(manager, &l);
  }
  free_result(&all);
}

static void test_batch(void **state)
{
  (void)state;
  struct gpu_manager *manager = gpu_test_open();
  try_batch(manager, (struct shape){ 64, 8, 4, 8, 0, false }, false);
  try_batch(manager, (struct shape){ 64, 4, 2, 64, 0, true }, false);
  try_batch(manager, (struct shape){ 64, 3, 1, 36, 0, true }, false);
  try_batch(manager, (struct shape){ 64, 3, 1, 64, 0, true }, true);
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
