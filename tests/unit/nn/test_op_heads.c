#include "nn/op_heads.h"
#include "op_test.h"
#include "shared.h"

static uint64_t seed;
static struct err err;

enum { POSITIONS = 37, CACHE_ROWS = 300 };

struct shape {
  uint32_t m, heads, kv_heads, head_dim, pad;
  bool norm;
};

static const struct shape shapes[] = {
  { 1, 1, 1, 2, 0, false },    { 7, 8, 4, 8, 0, false },   { 64, 8, 4, 8, 4, true },
  { 5, 3, 1, 64, 0, true },    { 9, 14, 2, 64, 0, false }, { 3, 16, 8, 128, 0, true },
  { 2, 4, 1, 256, 0, true },   { 4, 9, 3, 64, 3, true },   { 6, 5, 5, 24, 0, true },
  { 33, 4, 2, 20, 0, true },   { 11, 3, 1, 6, 0, false },  { 8, 2, 1, 80, 0, true },
  { 130, 3, 3, 32, 12, true }, { 3, 2, 1, 100, 1, true },  { 2, 3, 1, 272, 0, true },
  { 257, 7, 1, 16, 0, true },  { 1, 64, 8, 64, 0, false }, { 2, 32, 4, 96, 0, true },
  { 10, 6, 2, 40, 0, false },
};

struct layer {
  struct heads heads;
  struct op_tensor x, places, turns, q_norm, k_norm, keys, values;
  struct shader_place *where;
};

/* Every row has a cache row of its own; some rows are padding. */
static void draw_places(struct layer *l, bool padding, struct rng *rng)
{
  int rows[CACHE_ROWS];
  for (int i = 0; i < CACHE_ROWS; i++)
    rows[i] = i;
  rng_shuffle(rng, rows, CACHE_ROWS, sizeof *rows);
  l->where = calloc(l->heads.m, sizeof *l->where);
  for (uint32_t r = 0; r < l->heads.m; r++) {
    bool real = !padding || rng_chance(rng, 0.7);
    l->where[r] = (struct shader_place){
      .position = real ? (int)rng_below(rng, POSITIONS) : -1 - (int)rng_below(rng, 9),
      .keys = -77,
      .own = real ? rows[r] : INT32_MAX / 7,
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

static struct layer make(struct gpu_manager *manager, const struct shape *s, bool padding,
                         struct rng *rng)
{
  struct layer l = { .heads = { .m = s->m,
                                .heads = s->heads,
                                .kv_heads = s->kv_heads,
                                .head_dim = s->head_dim,
                                .eps = 1e-6f } };
  uint32_t wide = (s->heads + 2 * s->kv_heads) * s->head_dim;
  const uint32_t x[3] = { s->m + OP_TEST_SPARE, wide, wide + s->pad };
  const uint32_t weight[3] = { 1, s->head_dim, s->head_dim };
  draw_places(&l, padding, rng);
  l.x = op_tensor_random(manager, GPU_F32, OP_TEST_GUARD, x, rng);
  l.places = op_tensor_ints(manager, s->m, 4, (const int32_t *)l.where);
  l.turns = make_turns(manager, s->head_dim);
  l.q_norm = op_tensor_random(manager, GPU_F32, NAN, weight, rng);
  l.k_norm = op_tensor_random(manager, GPU_F32, NAN, weight, rng);
  uint32_t cached = s->kv_heads * s->head_dim;
  l.keys = op_tensor_result(manager, CACHE_ROWS, cached, cached);
  l.values = op_tensor_result(manager, CACHE_ROWS, cached, cached);
  l.heads.ldx = l.x.ld;
  return l;
}

static void drop(struct gpu_manager *manager, struct layer *l)
{
  op_tensor_drop(manager, &l->x);
  op_tensor_drop(manager, &l->places);
  op_tensor_drop(manager, &l->turns);
  op_tensor_drop(manager, &l->q_norm);
  op_tensor_drop(manager, &l->k_norm);
  op_tensor_drop(manager, &l->keys);
  op_tensor_drop(manager, &l->values);
  free(l->where);
}

/* What the op has left: the fused rows and the caches. */
struct result {
  float *x, *keys, *values;
};

static struct result run(struct gpu_manager *manager, struct layer *l, bool norm,
                         const char *what)
{
  struct gpu_sequence *sequence = gpu_sequence_create(manager, false, &err);
  assert_non_null(sequence);
  struct heads *h = &l->heads;
  h->x = &l->x.part;
  h->places = &l->places.part;
  h->turns = &l->turns.part;
  h->q_norm = norm ? &l->q_norm.part : NULL;
  h->k_norm = norm ? &l->k_norm.part : NULL;
  h->keys = &l->keys.part;
  h->values = &l->values.part;
  op_tensor_restore(manager, &l->x);
  op_tensor_restore(manager, &l->keys);
  op_tensor_restore(manager, &l->values);
  assert_ok(op_heads(sequence, h, &err), err);
  assert_ok(gpu_sequence_evaluate(sequence, &err), err);
  gpu_sequence_free(sequence);
  return (struct result){ op_tensor_look(manager, &l->x, h->m, what),
                          op_tensor_look(manager, &l->keys, CACHE_ROWS, what),
                          op_tensor_look(manager, &l->values, CACHE_ROWS, what) };
}

static void free_result(struct result *result)
{
  free(result->x);
  free(result->keys);
  free(result->values);
}

/* One head after norm and rotation, in double precision; `size` is the largest value that
 * went into it. */
static double turn(const struct layer *l, uint32_t row, uint32_t head, double *out)
{
  const struct heads *h = &l->heads;
  const struct op_tensor *weight = head < h->heads ? &l->q_norm : &l->k_norm;
  uint32_t half = h->head_dim / 2, position = (uint32_t)l->where[row].position;
  double v[1024], sum = 0, size = 0;
  assert_true(h->head_dim <= 1024);
  for (uint32_t i = 0; i < h->head_dim; i++) {
    v[i] = op_tensor_at(&l->x, row, head * h->head_dim + i);
    sum += v[i] * v[i];
  }
  for (uint32_t i = 0; h->q_norm && i < h->head_dim; i++)
    v[i] *= op_tensor_at(weight, 0, i) / sqrt(sum / h->head_dim + h->eps);
  for (uint32_t i = 0; i < half; i++) {
    double c = op_tensor_at(&l->turns, position, i);
    double s = op_tensor_at(&l->turns, position, half + i);
    out[i] = v[i] * c - v[i + half] * s;
    out[i + half] = v[i + half] * c + v[i] * s;
    size = fmax(size, fmax(fabs(v[i]), fabs(v[i + half])));
  }
  return size;
}

static void check_turned(const struct layer *l, uint32_t row, uint32_t head,
                         const float *got, const char *what)
{
  double exact[1024];
  double bound = turn(l, row, head, exact) * 40 * 6.0e-8;
  for (uint32_t i = 0; i < l->heads.head_dim; i++)
    if (!(fabs(got[i] - exact[i]) <= bound))
      fail_msg("%s: row %u, head %u, [%u] is %.9g, not %.9g", what, row, head, i, got[i],
               exact[i]);
}

static void check_same(const float *got, const float *want, size_t n, const char *what)
{
  if (memcmp(got, want, n * sizeof *got) != 0)
    fail_msg("%s", what);
}

/* A row of x: q turned, k and v as they were; all as it was where it is padding. */
static void check_row(const struct layer *l, uint32_t row, const struct result *got,
                      const char *what)
{
  const struct heads *h = &l->heads;
  const float *before = l->x.values + (size_t)row * l->x.ld;
  const float *now = got->x + (size_t)row * l->x.ld;
  uint32_t q = h->heads * h->head_dim, kv = h->kv_heads * h->head_dim;
  if (l->where[row].position < 0) {
    check_same(now, before, q + 2 * kv, "a row of padding was written");
    return;
  }
  size_t own = (size_t)l->where[row].own * kv;
  for (uint32_t head = 0; head < h->heads; head++)
    check_turned(l, row, head, now + head * h->head_dim, what);
  for (uint32_t head = 0; head < h->kv_heads; head++)
    check_turned(l, row, h->heads + head, got->keys + own + head * h->head_dim, what);
  check_same(now + q, before + q, 2 * kv, "k and v of x were written");
  check_same(got->values + own, before + q + kv, kv, "v is not in the cache");
}

static void check(const struct layer *l, const struct result *got, const char *what)
{
  bool owned[CACHE_ROWS] = { false };
  uint32_t kv = l->heads.kv_heads * l->heads.head_dim;
  for (uint32_t r = 0; r < l->heads.m; r++) {
    check_row(l, r, got, what);
    if (l->where[r].position >= 0)
      owned[l->where[r].own] = true;
  }
  for (size_t row = 0; row < CACHE_ROWS; row++)
    if (!owned[row]) {
      const char *why = "a cache row that is nobody's was written";
      check_same(got->keys + row * kv, l->keys.values + row * kv, kv, why);
      check_same(got->values + row * kv, l->values.values + row * kv, kv, why);
    }
}

static void try_shapes(bool by_groups, size_t step)
{
  struct gpu_manager *manager = gpu_test_open();
  for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i += step) {
    char what[112];
    const struct shape *s = &shapes[i];
    struct rng rng;
    rng_init(&rng, seed, "heads", i);
    struct layer l = make(manager, s, i % 2, &rng);
    l.heads.by_groups = by_groups;
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
  /* kernels with barriers take a CPU driver long to compile: every second shape */
  try_shapes(true, 2);
}

/* A row's bits depend neither on how many there are nor on where rows begin. */
static void try_batch(struct gpu_manager *manager, struct shape shape, bool by_groups)
{
  static const uint32_t batches[] = { 64, 1, 7, 33 };
  struct result all = { 0 };
  uint32_t wide = (shape.heads + 2 * shape.kv_heads) * shape.head_dim;
  uint32_t kv = shape.kv_heads * shape.head_dim;
  for (uint32_t pad = 0; pad < 2; pad++) {
    struct rng rng;
    rng_init(&rng, seed, "batch", shape.head_dim);
    shape.pad = pad;
    struct layer l = make(manager, &shape, false, &rng);
    l.heads.by_groups = by_groups;
    for (size_t i = 0; i < sizeof batches / sizeof *batches; i++) {
      l.heads.m = batches[i];
      struct result some = run(manager, &l, shape.norm, "batch");
      for (size_t r = 0; all.x && r < batches[i]; r++) {
        size_t own = (size_t)l.where[r].own * kv;
        check_same(some.x + r * l.x.ld, all.x + r * wide, wide, "other bits of q");
        check_same(some.keys + own, all.keys + own, kv, "other bits of k");
      }
      if (all.x)
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
  try_batch(manager, (struct shape){ 64, 3, 1, 128, 0, true }, false);
  try_batch(manager, (struct shape){ 64, 3, 1, 36, 0, true }, false);
  try_batch(manager, (struct shape){ 64, 3, 1, 64, 0, true }, true);
  gpu_test_close(manager);
}

/* With a tensor of its own q has the same bits, and x is left as it was. */
static void try_apart(struct gpu_manager *manager, const struct shape *s, bool by_groups)
{
  struct rng rng;
  rng_init(&rng, seed, "apart", s->head_dim);
  struct layer l = make(manager, s, true, &rng);
  l.heads.by_groups = by_groups;
  struct result in_place = run(manager, &l, s->norm, "in place");
  uint32_t wide = s->heads * s->head_dim;
  struct op_tensor q = op_tensor_result(manager, s->m, wide, wide);
  l.heads.q = &q.part;
  struct result apart = run(manager, &l, s->norm, "apart");
  float *got = op_tensor_look(manager, &q, s->m, "q apart");
  for (size_t r = 0; r < s->m; r++) {
    bool real = l.where[r].position >= 0;
    check_same(got + r * wide, real ? in_place.x + r * l.x.ld : q.values + r * wide, wide,
               "other bits of q apart");
    check_same(apart.x + r * l.x.ld, l.x.values + r * l.x.ld, l.x.columns,
               "x was written with q apart");
  }
  size_t cached = (size_t)CACHE_ROWS * s->kv_heads * s->head_dim;
  check_same(apart.keys, in_place.keys, cached, "other keys with q apart");
  check_same(apart.values, in_place.values, cached, "other values with q apart");
  free(got);
  free_result(&in_place);
  free_result(&apart);
  op_tensor_drop(manager, &q);
  drop(manager, &l);
}

static void test_apart(void **state)
{
  (void)state;
  struct gpu_manager *manager = gpu_test_open();
  try_apart(manager, &(struct shape){ 33, 4, 2, 16, 4, false }, false);
  try_apart(manager, &(struct shape){ 9, 3, 1, 64, 0, true }, false);
  try_apart(manager, &(struct shape){ 20, 3, 1, 36, 1, true }, true);
  gpu_test_close(manager);
}

int main(void)
{
  seed = op_test_seed();
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_shapes),
    cmocka_unit_test(test_by_groups),
    cmocka_unit_test(test_batch),
    cmocka_unit_test(test_apart),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
