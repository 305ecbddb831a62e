#include "op_test.h"
#include "shared.h"

/* after op_test.h, one of whose locals is called seed as well */
#include "attention_grad_reference.h"

static struct err err;

/* ---- the step on the device ---- */

/* What the host fills; padding and what is broken holds NaN. */
struct operands {
  uint32_t m;
  float *q, *k, *v, *y, *dy, *lse;
  struct shader_place *places;
};

static float *nans(size_t n)
{
  float *x = calloc(n, sizeof *x);
  for (size_t i = 0; i < n; i++)
    x[i] = NAN;
  return x;
}

static void put_sequence(const struct step *s, const struct part *part, uint32_t first,
                         struct operands *o)
{
  struct reference *r = reference_new(s, part);
  forward(s, part, r);
  size_t rows = (size_t)part->length * wide(s), at = (size_t)first * wide(s);
  size_t keys = (size_t)part->length * narrow(s), key = (size_t)first * narrow(s);
  memcpy(o->q + at, r->q, rows * sizeof(float));
  memcpy(o->dy + at, r->dy, rows * sizeof(float));
  memcpy(o->k + key, r->k, keys * sizeof(float));
  memcpy(o->v + key, r->v, keys * sizeof(float));
  for (size_t i = 0; i < rows; i++)
    o->y[at + i] = (float)r->y[i];
  for (uint32_t i = 0; i < part->length * s->shape.heads; i++)
    o->lse[first * s->shape.heads + i] = (float)r->lse[i];
  reference_free(r);
}

static struct operands operands_new(const struct step *s)
{
  struct operands o = { .m = rows_of(s) };
  size_t rows = (size_t)o.m * wide(s), keys = (size_t)o.m * narrow(s);
  o.q = nans(rows);
  o.y = nans(rows);
  o.dy = nans(rows);
  o.k = nans(keys);
  o.v = nans(keys);
  o.lse = nans((size_t)o.m * s->shape.heads);
  o.places = calloc(o.m, sizeof *o.places);
  uint32_t at = 0;
  for (uint32_t i = 0; i < s->n_parts; at += s->parts[i++].length) {
    const struct part *part = &s->parts[i];
    int end = (int)(at + part->length), nowhere = 1 << 30;
    for (int r = (int)at; r < end; r++)
      o.places[r] = part->id ? (struct shader_place){ r - (int)at, (int)at, r, end }
                             : (struct shader_place){ -1, nowhere, nowhere, nowhere };
    if (part->id && !part->broken)
      put_sequence(s, part, at, &o);
  }
  return o;
}

static void operands_free(struct operands *o)
{
  void *all[] = { o->q, o->k, o->v, o->y, o->dy, o->lse, o->places };
  for (size_t i = 0; i < sizeof all / sizeof *all; i++)
    free(all[i]);
}

enum { Q, K, V, Y, DY, LSE, PLACES, DELTA, DQ, DK, DV, TENSORS };

struct bed {
  uint32_t m;
  struct op_tensor t[TENSORS];
};

/* The gradients of a step, [m][columns] each. */
struct result {
  float *dq, *dk, *dv;
};

static struct bed bed_new(struct gpu_manager *manager, const struct step *s)
{
  struct operands o = operands_new(s);
  struct bed bed = { .m = o.m };
  uint32_t w = wide(s), n = narrow(s), h = s->shape.heads;
  const struct {
    int which;
    const float *from;
    uint32_t columns, ld;
  } operands[] = {
    { Q, o.q, w, w + s->pad_q }, { K, o.k, n, n },    { V, o.v, n, n }, { Y, o.y, w, w },
    { DY, o.dy, w, w },          { LSE, o.lse, h, h }
  };
  for (size_t i = 0; i < sizeof operands / sizeof *operands; i++) {
    const uint32_t shape[3] = { o.m, operands[i].columns, operands[i].ld };
    bed.t[operands[i].which] =
        op_tensor_of(manager, GPU_F32, NAN, shape, operands[i].from);
  }
  bed.t[PLACES] = op_tensor_ints(manager, o.m, 4, (const int32_t *)(void *)o.places);
  bed.t[DELTA] = op_tensor_result(manager, o.m, h, h);
  bed.t[DQ] = op_tensor_result(manager, o.m, w, w);
  bed.t[DK] = op_tensor_result(manager, o.m, n, n);
  bed.t[DV] = op_tensor_result(manager, o.m, n, n);
  operands_free(&o);
  return bed;
}

static void evaluate(struct gpu_manager *manager, const struct step *s,
                     const struct bed *bed)
{
  const struct attention_grad grad = { .m = bed->m,
                                       .heads = s->shape.heads,
                                       .kv_heads = s->shape.kv_heads,
                                       .head_dim = s->shape.dim,
                                       .q = &bed->t[Q].part,
                                       .keys = &bed->t[K].part,
                                       .values = &bed->t[V].part,
                                       .places = &bed->t[PLACES].part,
                                       .y = &bed->t[Y].part,
                                       .lse = &bed->t[LSE].part,
                                       .dy = &bed->t[DY].part,
                                       .delta = &bed->t[DELTA].part,
                                       .dq = &bed->t[DQ].part,
                                       .dkeys = &bed->t[DK].part,
                                       .dvalues = &bed->t[DV].part,
                                       .ldq = s->pad_q ? wide(s) + s->pad_q : 0,
                                       .scale = scale_of(s),
                                       .kernel = s->kernel };
  struct gpu_sequence *sequence = gpu_sequence_create(manager, false, &err);
  assert_non_null(sequence);
  assert_ok(op_attention_grad(sequence, &grad, &err), err);
  assert_ok(gpu_sequence_evaluate(sequence, &err), err);
  gpu_sequence_free(sequence);
}

static struct result run(struct gpu_manager *manager, const struct step *s)
{
  struct bed bed = bed_new(manager, s);
  evaluate(manager, s, &bed);
  for (int i = Q; i <= PLACES; i++)
    free(op_tensor_look(manager, &bed.t[i], 0, "an operand"));
  free(op_tensor_look(manager, &bed.t[DELTA], bed.m, "delta"));
  struct result result = { op_tensor_look(manager, &bed.t[DQ], bed.m, "dq"),
                           op_tensor_look(manager, &bed.t[DK], bed.m, "dkeys"),
                           op_tensor_look(manager, &bed.t[DV], bed.m, "dvalues") };
  for (int i = 0; i < TENSORS; i++)
    op_tensor_drop(manager, &bed.t[i]);
  return result;
}

static void result_free(struct result *result)
{
  free(result->dq);
  free(result->dk);
  free(result->dv);
}

/* ---- held to each other ---- */

/* The squares of what is wrong and of what is right. */
struct misfit {
  double wrong, all;
};

static void check_values(const struct step *s, const char *what, const float *got,
                         const double *expected, const double *sizes, size_t n,
                         uint32_t columns, struct misfit *misfit)
{
  for (size_t i = 0; i < n; i++) {
    double wrong = got[i] - expected[i];
    if (!(fabs(wrong) <= sizes[i] + 1e-30))
      fail_msg("%u heads of %u over %u, kernel %d: %s of position %zu [%zu] is %.9g, not "
               "%.9g",
               s->shape.heads, s->shape.dim, s->shape.kv_heads, (int)s->kernel, what,
               i / columns, i % columns, got[i], expected[i]);
    misfit->wrong += wrong * wrong;
    misfit->all += expected[i] * expected[i];
  }
}

static void check_zero(const float *x, size_t n, const char *what)
{
  for (size_t i = 0; i < n; i++)
    if (x[i] != 0)
      fail_msg("padding's %s [%zu] is %g", what, i, x[i]);
}

static void check_part(const struct step *s, const struct part *part, uint32_t first,
                       const struct result *got, struct misfit misfits[3])
{
  size_t rows = (size_t)part->length * wide(s), keys = (size_t)part->length * narrow(s);
  const float *dq = got->dq + (size_t)first * wide(s);
  const float *dk = got->dk + (size_t)first * narrow(s);
  const float *dv = got->dv + (size_t)first * narrow(s);
  if (!part->id) {
    check_zero(dq, rows, "dq");
    check_zero(dk, keys, "dkeys");
    check_zero(dv, keys, "dvalues");
    return;
  }
  struct reference *r = reference_new(s, part);
  forward(s, part, r);
  backward(s, part, r);
  check_values(s, "dq", dq, r->dq, r->size_q, rows, wide(s), &misfits[0]);
  check_values(s, "dkeys", dk, r->dk, r->size_k, keys, narrow(s), &misfits[1]);
  check_values(s, "dvalues", dv, r->dv, r->size_v, keys, narrow(s), &misfits[2]);
  reference_free(r);
}

/* Every value within what rounding allows; all together within `most` of their norm. */
static void check(struct gpu_manager *manager, const struct step *s, double most)
{
  struct result got = run(manager, s);
  struct misfit misfits[3] = { { 0 } };
  uint32_t at = 0;
  for (uint32_t i = 0; i < s->n_parts; at += s->parts[i++].length)
    check_part(s, &s->parts[i], at, &got, misfits);
  for (int i = 0; i < 3; i++)
    if (!(sqrt(misfits[i].wrong) <= most * sqrt(misfits[i].all)))
      fail_msg("%u heads of %u over %u: gradient %d is off by %g", s->shape.heads,
               s->shape.dim, s->shape.kv_heads, i,
               sqrt(misfits[i].wrong / misfits[i].all));
  result_free(&got);
}

static void add_part(struct step *s, uint32_t id, uint32_t length)
{
  assert_true(s->n_parts < MOST_PARTS);
  s->parts[s->n_parts++] = (struct part){ .id = id, .length = length };
}

/* ---- shapes ---- */

static const struct shape shapes[] = {
  { 4, 4, 16 }, { 8, 4, 8 },   { 6, 1, 32 },  { 2, 2, 64 }, { 4, 2, 6 },
  { 9, 3, 12 }, { 1, 1, 2 },   { 3, 3, 20 },  { 2, 1, 80 }, { 4, 1, 40 },
  { 4, 1, 8 },  { 2, 1, 128 }, { 1, 1, 256 },
};

static void try_shapes(enum attention_kernel kernel, size_t first, size_t by)
{
  struct gpu_manager *manager = gpu_test_open();
  struct rng rng;
  rng_init(&rng, seed, "shapes", kernel);
  for (size_t i = first; i < sizeof shapes / sizeof *shapes; i += by) {
    struct step s = { .shape = shapes[i], .kernel = kernel, .size = 2 };
    s.pad_q = (uint32_t)rng_below(&rng, 3) * (s.shape.dim % 4 ? 1 : 4);
    const uint32_t lengths[] = { 17, 2, 130, 1, 33 };
    for (uint32_t k = 0; k < 5; k++) {
      add_part(&s, 0, (uint32_t)rng_below(&rng, 4));
      add_part(&s, k + 1, lengths[k]);
    }
    add_part(&s, 0, (uint32_t)rng_below(&rng, 20));
    check(manager, &s, 5e-6);
  }
  gpu_test_close(manager);
}

static void test_lanes(void **state)
{
  (void)state;
  try_shapes(ATTENTION_BY_LANES, 0, 1);
}

static void test_group(void **state)
{
  (void)state;
  /* kernels with barriers take a CPU driver long to compile: every fourth
   * shape, of which one has more than 32 dimensions */
  try_shapes(ATTENTION_BY_GROUP, seed % 4, 4);
}

static const enum attention_kernel kernels[] = { ATTENTION_BY_LANES, ATTENTION_BY_GROUP };

/* Many that are shorter than a tile, and one that is longer than many tiles. */
static void test_lengths(void **state)
{
  (void)state;
  struct gpu_manager *manager = gpu_test_open();
  for (int k = 0; k < 2; k++) {
    struct rng rng;
    rng_init(&rng, seed, "lengths", 0);
    struct step s = { .shape = { 2, 1, 8 }, .kernel = kernels[k], .size = 2 };
    for (uint32_t i = 0; i < MOST_PARTS - 1; i++)
      add_part(&s, i + 1, 1 + (uint32_t)rng_below(&rng, i < 16 ? 3 : 40));
    add_part(&s, MOST_PARTS, 600);
    check(manager, &s, 5e-6);
    s.n_parts = 0;
    add_part(&s, 1, 1); /* nothing else in the step */
    check(manager, &s, 5e-6);
    s.n_parts = 0;
    add_part(&s, 0, 7);
    check(manager, &s, 5e-6);
  }
  gpu_test_close(manager);
}

/* ---- central differences ---- */

/* sum of dy y over a sequence, with one value moved by `step`. */
static double objective(const struct step *s, const struct part *part,
                        struct reference *r, float *x, double step)
{
  float before = *x;
  *x = (float)(before + step);
  forward(s, part, r);
  double sum = 0;
  for (size_t i = 0; i < (size_t)part->length * wide(s); i++)
    sum += r->dy[i] * r->y[i];
  *x = before;
  return sum;
}

static void compare_differences(const struct step *s, struct reference *r, float *x,
                                const float *got, size_t n, const char *what)
{
  const double h = 0x1p-10; /* the inputs are 32-bit: what a value moves by is exact */
  double wrong = 0, all = 0;
  for (size_t i = 0; i < n; i++) {
    float up = (float)(x[i] + h), down = (float)(x[i] - h);
    double slope =
        (objective(s, s->parts, r, &x[i], h) - objective(s, s->parts, r, &x[i], -h)) /
        ((double)up - down);
    wrong += (slope - got[i]) * (slope - got[i]);
    all += slope * slope;
  }
  if (!(sqrt(wrong) <= 1e-5 * sqrt(all)))
    fail_msg("%u heads of %u over %u, kernel %d: %s differs from central differences by "
             "%g",
             s->shape.heads, s->shape.dim, s->shape.kv_heads, (int)s->kernel, what,
             sqrt(wrong / all));
}

static void test_differences(void **state)
{
  (void)state;
  static const struct shape few[] = { { 4, 4, 16 }, { 4, 2, 8 }, { 2, 1, 6 } };
  struct gpu_manager *manager = gpu_test_open();
  for (int k = 0; k < 2; k++)
    for (size_t i = 0; i < sizeof few / sizeof *few; i++) {
      struct step s = { .shape = few[i], .kernel = kernels[k], .size = 1 };
      add_part(&s, 1, 11);
      struct result got = run(manager, &s);
      struct reference *r = reference_new(&s, s.parts);
      compare_differences(&s, r, r->q, got.dq, 11 * wide(&s), "dq");
      compare_differences(&s, r, r->k, got.dk, 11 * narrow(&s), "dkeys");
      compare_differences(&s, r, r->v, got.dv, 11 * narrow(&s), "dvalues");
      reference_free(r);
      result_free(&got);
    }
  gpu_test_close(manager);
}

/* ---- a sequence's bits are its own ---- */

static void compare_bits(const struct step *s, uint32_t length, const struct result *a,
                         uint32_t a_first, const struct result *b, uint32_t b_first)
{
  size_t w = wide(s), n = narrow(s);
  assert_memory_equal(a->dq + a_first * w, b->dq + b_first * w,
                      length * w * sizeof(float));
  assert_memory_equal(a->dk + a_first * n, b->dk + b_first * n,
                      length * n * sizeof(float));
  assert_memory_equal(a->dv + a_first * n, b->dv + b_first * n,
                      length * n * sizeof(float));
}

/* Alone, after others, before others, among padding, beside what is broken. */
static void try_packings(struct gpu_manager *manager, struct step s, uint32_t length)
{
  static const struct part neighbours[][2] = {
    { { 9, 1, false }, { 8, 31, false } }, { { 0, 3, false }, { 7, 2, true } },
    { { 7, 45, true }, { 0, 1, false } },  { { 6, 16, false }, { 5, 150, false } },
    { { 5, 7, true }, { 4, 1, true } },
  };
  add_part(&s, 3, length);
  struct result alone = run(manager, &s), again = run(manager, &s);
  compare_bits(&s, length, &alone, 0, &again, 0);
  result_free(&again);
  for (size_t i = 0; i < sizeof neighbours / sizeof *neighbours; i++) {
    s.n_parts = 3;
    s.parts[0] = neighbours[i][0];
    s.parts[1] = (struct part){ .id = 3, .length = length };
    s.parts[2] = neighbours[i][1];
    struct result packed = run(manager, &s);
    compare_bits(&s, length, &alone, 0, &packed, neighbours[i][0].length);
    result_free(&packed);
  }
  result_free(&alone);
}

static void test_packing(void **state)
{
  (void)state;
  static const uint32_t lengths[] = { 1, 19, 130 };
  struct gpu_manager *manager = gpu_test_open();
  for (int k = 0; k < 2; k++)
    for (int i = 0; i < 3; i++) {
      struct step s = { .shape = { 4, 2, 8 }, .kernel = kernels[k], .size = 3 };
      try_packings(manager, s, lengths[i]);
      s.shape = (struct shape){ 3, 3, 20 };
      try_packings(manager, s, lengths[i]);
    }
  gpu_test_close(manager);
}

/* Scores of +-10^4 and more: a single key gets all the weight, and nothing is NaN. */
static void test_large_scores(void **state)
{
  (void)state;
  struct gpu_manager *manager = gpu_test_open();
  for (int k = 0; k < 2; k++) {
    struct step s = { .shape = { 4, 2, 8 }, .kernel = kernels[k], .size = 120 };
    add_part(&s, 1, 170);
    add_part(&s, 2, 40);
    check(manager, &s, 0.01);
  }
  gpu_test_close(manager);
}

int main(void)
{
  seed = op_test_seed();
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_lanes),   cmocka_unit_test(test_group),
    cmocka_unit_test(test_lengths), cmocka_unit_test(test_differences),
    cmocka_unit_test(test_packing), cmocka_unit_test(test_large_scores),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
