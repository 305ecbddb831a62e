#include "nn/op_embed.h"
#include "op_test.h"

static uint64_t seed;
static struct err err;

struct shape {
  uint32_t m, n, t, first;
  uint32_t pad_table, pad_y;
};

static const struct shape shapes[] = {
  { 1, 1, 1, 0, 0, 0 },        { 3, 7, 5, 0, 0, 0 },     { 7, 64, 32, 0, 0, 0 },
  { 5, 64, 40, 8, 1, 0 },      { 9, 64, 40, 8, 4, 3 },   { 6, 66, 17, 1, 2, 0 },
  { 6, 66, 17, 1, 3, 2 },      { 64, 260, 33, 0, 0, 4 }, { 130, 129, 70, 50, 3, 0 },
  { 33, 1028, 100, 0, 12, 0 }, { 2, 1, 9, 100, 0, 5 },   { 256, 2, 300, 0, 0, 0 },
  { 9, 100, 40, 0, 0, 4 },
};

static const enum gpu_type types[] = { GPU_F32, GPU_F16, GPU_BF16 };

struct gather {
  struct embed embed;
  struct op_tensor table, ids, y;
  int32_t *wanted;
};

/* ids: all in range, or some before, behind and negative. */
static void draw_ids(struct gather *g, bool strays, struct rng *rng)
{
  const struct embed *e = &g->embed;
  g->wanted = calloc(e->m, sizeof *g->wanted);
  for (uint32_t r = 0; r < e->m; r++) {
    int64_t id = e->first + (int64_t)rng_below(rng, e->t);
    if (strays && rng_chance(rng, 0.4)) {
      const int64_t others[] = { -1, INT32_MIN, INT32_MAX, (int64_t)e->first - 1,
                                 (int64_t)e->first + e->t };
      id = others[rng_below(rng, 5)];
    }
    g->wanted[r] = (int32_t)id;
  }
  g->wanted[0] = (int32_t)(e->first + e->t - 1);
}

static struct gather make(struct gpu_manager *manager, const struct shape *s,
                          enum gpu_type type, bool strays, struct rng *rng)
{
  struct gather g = { .embed = { .m = s->m, .n = s->n, .t = s->t, .first = s->first } };
  const uint32_t table[3] = { s->t, s->n, s->n + s->pad_table };
  draw_ids(&g, strays, rng);
  g.table = op_tensor_random(manager, type, NAN, table, rng);
  g.ids = op_tensor_ints(manager, s->m, 1, g.wanted);
  g.y = op_tensor_result(manager, s->m, s->n, s->n + s->pad_y);
  g.embed.ldt = g.table.ld;
  g.embed.ldy = g.y.ld;
  return g;
}

static void drop(struct gpu_manager *manager, struct gather *g)
{
  op_tensor_drop(manager, &g->table);
  op_tensor_drop(manager, &g->ids);
  op_tensor_drop(manager, &g->y);
  free(g->wanted);
}

static void run(struct gpu_manager *manager, struct gather *g)
{
  struct gpu_sequence *sequence = gpu_sequence_create(manager, false, &err);
  assert_non_null(sequence);
  g->embed.table = &g->table.part;
  g->embed.ids = &g->ids.part;
  g->embed.y = &g->y.part;
  assert_ok(op_embed(sequence, &g->embed, &err), err);
  assert_ok(gpu_sequence_evaluate(sequence, &err), err);
  gpu_sequence_free(sequence);
}

static void check(struct gpu_manager *manager, const struct gather *g, const char *what)
{
  const struct embed *e = &g->embed;
  float *got = op_tensor_look(manager, &g->y, e->m, what);
  for (uint32_t r = 0; r < e->m; r++) {
    int64_t row = (int64_t)g->wanted[r] - e->first;
    for (uint32_t i = 0; i < e->n; i++) {
      float value = row >= 0 && row < e->t ? op_tensor_at(&g->table, (uint32_t)row, i)
                                           : OP_TEST_GUARD;
      if (memcmp(&got[(size_t)r * g->y.ld + i], &value, sizeof value) != 0)
        fail_msg("%s: y[%u][%u] is %.9g, not %.9g", what, r, i,
                 got[(size_t)r * g->y.ld + i], value);
    }
  }
  free(got);
}

static void test_shapes(void **state)
{
  (void)state;
  struct gpu_manager *manager = gpu_test_open();
  for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
    for (int type = 0; type < 3; type++) {
      char what[128];
      struct rng rng;
      rng_init(&rng, seed, "embed", i * 3 + (size_t)type);
      struct gather g = make(manager, &shapes[i], types[type], i % 2, &rng);
      g.embed.by_groups = i % 3 == 2;
      snprintf(what, sizeof what, "%u rows of %u x %u from %u on, %s, rows +%u +%u",
               shapes[i].m, shapes[i].t, shapes[i].n, shapes[i].first,
               gpu_type_text(types[type]), shapes[i].pad_table, shapes[i].pad_y);
      run(manager, &g);
      check(manager, &g, what);
      drop(manager, &g);
    }
  gpu_test_close(manager);
}

/* A table in three pieces, each put into the same result. */
static void test_pieces(void **state)
{
  (void)state;
  struct gpu_manager *manager = gpu_test_open();
  struct rng rng;
  rng_init(&rng, seed, "pieces", 0);
  static const uint32_t cuts[] = { 0, 16, 48, 55 };
  const struct shape shape = { 40, 64, 55, 0, 0, 0 };
  struct gather g = make(manager, &shape, GPU_F32, true, &rng);
  const uint32_t rows[2] = { 55, 64 };
  struct gpu_tensor table = gpu_tensor_reshape(&g.table.part, 2, rows);
  struct gpu_sequence *sequence = gpu_sequence_create(manager, false, &err);
  assert_non_null(sequence);
  for (int i = 0; i < 3; i++) {
    struct gpu_tensor piece = gpu_tensor_rows(&table, cuts[i], cuts[i + 1] - cuts[i]);
    struct embed embed = { .m = 40,
                           .n = 64,
                           .t = cuts[i + 1] - cuts[i],
                           .first = cuts[i],
                           .table = &piece,
                           .ids = &g.ids.part,
                           .y = &g.y.part };
    assert_ok(op_embed(sequence, &embed, &err), err);
  }
  assert_ok(gpu_sequence_evaluate(sequence, &err), err);
  gpu_sequence_free(sequence);
  check(manager, &g, "three pieces");
  drop(manager, &g);
  gpu_test_close(manager);
}

/* Every 16-bit pattern that is a number, widened to the bit; subnormal ones too. */
static void try_patterns(struct gpu_manager *manager, enum gpu_type type, uint32_t pad)
{
  enum { WIDE = 256 };
  const uint32_t shape[3] = { WIDE, WIDE, WIDE + pad };
  float *given = calloc(WIDE * WIDE, sizeof *given);
  int32_t ids[WIDE];
  for (uint32_t i = 0; i < WIDE * WIDE; i++) {
    float value =
        type == GPU_F16 ? op_test_from_f16((uint16_t)i) : op_test_from_bf16((uint16_t)i);
    given[i] = isfinite(value) ? value : 0;
  }
  for (int i = 0; i < WIDE; i++)
    ids[i] = WIDE - 1 - i;
  struct gather g = { .embed = { .m = WIDE, .n = WIDE, .t = WIDE } };
  g.table = op_tensor_of(manager, type, NAN, shape, given);
  g.ids = op_tensor_ints(manager, WIDE, 1, ids);
  g.y = op_tensor_result(manager, WIDE, WIDE, WIDE);
  g.embed.ldt = g.table.ld;
  g.wanted = malloc(sizeof ids);
  memcpy(g.wanted, ids, sizeof ids);
  run(manager, &g);
  check(manager, &g, gpu_type_text(type));
  drop(manager, &g);
  free(given);
}

static void test_patterns(void **state)
{
  (void)state;
  struct gpu_manager *manager = gpu_test_open();
  for (int type = 1; type < 3; type++)
    for (uint32_t pad = 0; pad < 2; pad++)
      try_patterns(manager, types[type], pad);
  gpu_test_close(manager);
}

int main(void)
{
  seed = op_test_seed();
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_shapes),
    cmocka_unit_test(test_pieces),
    cmocka_unit_test(test_patterns),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
