#include "nn/op_embed_grad.h"
#include "grad_test.h"

static uint64_t seed;
static struct err err;

struct shape {
  uint32_t m, n, t; /* t: rows of the table */
  uint32_t pad_dy, pad_t;
};

static const struct shape shapes[] = {
  { 1, 1, 1, 0, 0 },     { 3, 7, 5, 0, 0 },       { 7, 64, 32, 0, 0 },
  { 500, 64, 3, 0, 0 },  { 9, 64, 40, 4, 3 },     { 6, 66, 17, 1, 2 },
  { 64, 260, 33, 4, 8 }, { 130, 129, 70, 0, 3 },  { 33, 1028, 100, 0, 12 },
  { 2, 1, 9, 5, 0 },     { 1000, 36, 300, 0, 0 },
};

struct scatter {
  struct embed_grad grad;
  struct op_tensor dy, ids, starts, rows, dtable;
  int32_t *tokens;
  uint32_t t;
};

static int32_t *draw_tokens(uint32_t m, uint32_t t, struct rng *rng)
{
  int32_t *tokens = calloc(m, sizeof *tokens);
  for (uint32_t r = 0; r < m; r++)
    tokens[r] = rng_chance(rng, 0.2) ? -1 - (int32_t)rng_below(rng, 5)
                                     : (int32_t)rng_below(rng, t);
  tokens[0] = (int32_t)t - 1;
  return tokens;
}

/* `all`: over all m buckets, empty ones too. */
static struct scatter make(struct gpu_manager *manager, const struct shape *s, bool all,
                           struct rng *rng)
{
  struct scatter g = { .grad = { .m = s->m, .n = s->n }, .t = s->t };
  const uint32_t dy[3] = { s->m, s->n, s->n + s->pad_dy };
  int32_t *lists = calloc(3 * (size_t)s->m + 1, sizeof *lists);
  int32_t *ids = lists, *starts = lists + s->m, *rows = lists + 2 * (size_t)s->m + 1;
  g.tokens = draw_tokens(s->m, s->t, rng);
  uint32_t buckets = op_embed_buckets(g.tokens, s->m, ids, starts, rows);
  g.grad.buckets = all ? s->m : buckets;
  g.dy = op_tensor_random(manager, GPU_F32, NAN, dy, rng);
  g.ids = op_tensor_ints(manager, s->m, 1, ids);
  g.starts = op_tensor_ints(manager, s->m + 1, 1, starts);
  g.rows = op_tensor_ints(manager, s->m, 1, rows);
  g.dtable = grad_test_sum(manager, s->t, s->n, s->n + s->pad_t, rng);
  g.grad.lddy = g.dy.ld;
  g.grad.ldt = g.dtable.ld;
  free(lists);
  return g;
}

static void drop(struct gpu_manager *manager, struct scatter *g)
{
  op_tensor_drop(manager, &g->dy);
  op_tensor_drop(manager, &g->ids);
  op_tensor_drop(manager, &g->starts);
  op_tensor_drop(manager, &g->rows);
  op_tensor_drop(manager, &g->dtable);
  free(g->tokens);
}

static float *run(struct gpu_manager *manager, struct scatter *g, const char *what)
{
  struct gpu_sequence *sequence = gpu_sequence_create(manager, false, &err);
  assert_non_null(sequence);
  g->grad.dy = &g->dy.part;
  g->grad.ids = &g->ids.part;
  g->grad.starts = &g->starts.part;
  g->grad.rows = &g->rows.part;
  g->grad.dtable = &g->dtable.part;
  op_tensor_restore(manager, &g->dtable);
  assert_ok(op_embed_grad(sequence, &g->grad, &err), err);
  assert_ok(gpu_sequence_evaluate(sequence, &err), err);
  gpu_sequence_free(sequence);
  return op_tensor_look(manager, &g->dtable, g->t, what);
}

/* To the bit: rows are added up in their order, then to what was there. */
static void check(const struct scatter *g, const float *got, const char *what)
{
  for (uint32_t t = 0; t < g->t; t++)
    for (uint32_t i = 0; i < g->grad.n; i++) {
      float sum = 0, before = op_tensor_at(&g->dtable, t, i);
      bool any = false;
      for (uint32_t r = 0; r < g->grad.m; r++)
        if (g->tokens[r] == (int32_t)t) {
          sum += op_tensor_at(&g->dy, r, i);
          any = true;
        }
      float exact = any ? before + sum : before, value = got[t * g->dtable.ld + i];
      if (memcmp(&value, &exact, sizeof value) != 0)
        fail_msg("%s: dtable[%u][%u] is %.9g, not %.9g", what, t, i, value, exact);
    }
}

static void try_shapes(bool by_groups)
{
  struct gpu_manager *manager = gpu_test_open();
  for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
    char what[96];
    const struct shape *s = &shapes[i];
    struct rng rng;
    rng_init(&rng, seed, "embed_grad", i);
    struct scatter g = make(manager, s, i % 2, &rng);
    g.grad.by_groups = by_groups;
    snprintf(what, sizeof what, "%u of %u x %u, rows +%u +%u%s", s->m, s->t, s->n,
             s->pad_dy, s->pad_t, by_groups ? ", by groups" : "");
    float *got = run(manager, &g, what);
    check(&g, got, what);
    free(got);
    drop(manager, &g);
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

static void test_buckets(void **state)
{
  (void)state;
  static const int32_t tokens[] = { 7, -1, 3, 7, 0, 3, -9, 7, INT32_MAX };
  int32_t ids[9], starts[10], rows[9];
  assert_int_equal(op_embed_buckets(tokens, 9, ids, starts, rows), 4);
  static const int32_t some_ids[] = { 0, 3, 7, INT32_MAX, -1, -1, -1, -1, -1 };
  static const int32_t some_starts[] = { 0, 1, 3, 6, 7, 7, 7, 7, 7, 7 };
  static const int32_t some_rows[] = { 4, 2, 5, 0, 3, 7, 8 };
  assert_memory_equal(ids, some_ids, sizeof ids);
  assert_memory_equal(starts, some_starts, sizeof starts);
  assert_memory_equal(rows, some_rows, sizeof some_rows);
  static const int32_t none[] = { -1, -2 };
  assert_int_equal(op_embed_buckets(none, 2, ids, starts, rows), 0);
  assert_true(ids[0] == -1 && ids[1] == -1);
  assert_true(starts[0] == 0 && starts[1] == 0 && starts[2] == 0);
}

/* Many rows: each once, tokens and the rows of a token ascending. */
static void test_buckets_random(void **state)
{
  (void)state;
  enum { M = 3000 };
  static int32_t ids[M], starts[M + 1], rows[M];
  struct rng rng;
  rng_init(&rng, seed, "buckets", 0);
  int32_t *tokens = draw_tokens(M, 97, &rng);
  uint32_t n = op_embed_buckets(tokens, M, ids, starts, rows), real = 0;
  for (uint32_t r = 0; r < M; r++)
    real += tokens[r] >= 0;
  assert_int_equal(starts[n], real);
  assert_int_equal(starts[0], 0);
  for (uint32_t b = 0; b < n; b++) {
    assert_true(b == 0 || ids[b] > ids[b - 1]);
    assert_true(starts[b] < starts[b + 1]);
    for (int32_t j = starts[b]; j < starts[b + 1]; j++) {
      assert_int_equal(tokens[rows[j]], ids[b]);
      assert_true(j == starts[b] || rows[j] > rows[j - 1]);
    }
  }
  free(tokens);
}

int main(void)
{
  seed = op_test_seed();
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_shapes),
    cmocka_unit_test(test_by_groups),
    cmocka_unit_test(test_buckets),
    cmocka_unit_test(test_buckets_random),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
