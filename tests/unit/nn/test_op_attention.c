#include "attention_step.h"

/* ---- the reference ---- */

/* One head of one row, in double precision: weights w[j], then their sum with values. */
struct head_reference {
  double scores[MOST_ROWS], top, total;
  double bound; /* of what rounding scores costs a weight, relatively */
};

static void score_head(const struct step *s, struct row row, uint32_t head,
                       const float *keys, const float *q, struct head_reference *to)
{
  uint32_t width = s->shape.kv_heads * s->shape.dim;
  uint32_t kv = head / (s->shape.heads / s->shape.kv_heads);
  to->top = -INFINITY;
  to->total = to->bound = 0;
  for (int j = 0; j <= row.position; j++) {
    double dot = 0, size = 0;
    for (uint32_t d = 0; d < s->shape.dim; d++) {
      double term = (double)q[head * s->shape.dim + d] *
                    keys[(size_t)j * width + kv * s->shape.dim + d] * scale_of(s);
      dot += term;
      size += fabs(term);
    }
    to->scores[j] = dot;
    to->top = fmax(to->top, dot);
    to->bound = fmax(to->bound, size * (s->shape.dim + 2) * 1.2e-7);
  }
  for (int j = 0; j <= row.position; j++)
    to->total += exp(to->scores[j] - to->top);
}

static void check_head(const struct step *s, uint32_t r, uint32_t head,
                       const struct head_reference *h, const float *values,
                       const struct result *got)
{
  uint32_t width = s->shape.kv_heads * s->shape.dim, dim = s->shape.dim;
  uint32_t kv = head / (s->shape.heads / s->shape.kv_heads);
  /* weights are wrong by what the scores are, and by exp's few units in the last place */
  double slack = 2 * expm1(h->bound) + 1e-5;
  for (uint32_t d = 0; d < dim; d++) {
    double sum = 0, size = 0;
    for (int j = 0; j <= s->rows[r].position; j++) {
      double term = exp(h->scores[j] - h->top) / h->total *
                    values[(size_t)j * width + kv * dim + d];
      sum += term;
      size += fabs(term);
    }
    float y = got->y[((size_t)r * s->shape.heads + head) * dim + d];
    if (!(fabs(y - sum) <= slack * size + 1e-30))
      fail_msg("%u heads of %u over %u%s: row %u (position %d) head %u [%u] is %.9g, "
               "not %.9g",
               s->shape.heads, dim, s->shape.kv_heads, s->where.paged ? ", paged" : "", r,
               s->rows[r].position, head, d, y, sum);
  }
  double lse = h->top + log(h->total);
  if (s->where.lse) {
    float given = got->lse[(size_t)r * s->shape.heads + head];
    if (!(fabs(given - lse) <= h->bound + 1e-5 + 2e-7 * fabs(lse)))
      fail_msg("row %u head %u: lse is %.9g, not %.9g", r, head, given, lse);
  }
}

static void check_row(const struct step *s, uint32_t r, const struct result *got)
{
  static struct head_reference reference; /* too large for the stack */
  struct row row = s->rows[r];
  uint32_t heads = s->shape.heads, width = heads * s->shape.dim;
  uint32_t kv_width = s->shape.kv_heads * s->shape.dim;
  if (row.position < 0) {
    for (uint32_t i = 0; i < width; i++)
      if (got->y[(size_t)r * width + i] != 0)
        fail_msg("padding row %u is %g", r, got->y[(size_t)r * width + i]);
    return;
  }
  size_t n = (size_t)(row.position + 1) * kv_width;
  float *keys = malloc(n * sizeof *keys), *values = malloc(n * sizeof *values);
  float *q = malloc(width * sizeof *q);
  for (int j = 0; j <= row.position; j++) {
    struct row at = { row.sequence, j };
    fill(keys + (size_t)j * kv_width, kv_width, "key", at, s->size);
    fill(values + (size_t)j * kv_width, kv_width, "value", at, 1);
  }
  fill(q, width, "query", row, s->size);
  for (uint32_t head = 0; head < heads; head++) {
    score_head(s, row, head, keys, q, &reference);
    check_head(s, r, head, &reference, values, got);
  }
  free(keys);
  free(values);
  free(q);
}

static void check(struct gpu_manager *manager, const struct step *s)
{
  struct result result = run(manager, s);
  for (uint32_t r = 0; r < s->m; r++)
    check_row(s, r, &result);
  drop(&result);
}

/* ---- shapes ---- */

static const struct shape shapes[] = {
  { 8, 4, 8 },  { 3, 1, 16 }, { 4, 4, 32 }, { 9, 3, 64 },  { 4, 2, 128 },
  { 2, 1, 6 },  { 3, 3, 20 }, { 1, 1, 2 },  { 14, 2, 64 }, { 2, 2, 256 },
  { 16, 1, 8 }, { 5, 5, 12 }, { 6, 2, 80 }, { 22, 2, 10 },
  { 8, 8, 16 }, { 32, 2, 16 }, { 16, 16, 4 }, { 24, 8, 32 },
};

/* m rows of positions up to `longest`, some of the same sequences, some padding. */
static void draw_rows(struct step *s, uint32_t m, uint32_t longest, struct rng *rng)
{
  s->m = m;
  for (uint32_t r = 0; r < m; r++) {
    s->rows[r].sequence = (uint32_t)rng_below(rng, MOST_SEQUENCES);
    s->rows[r].position = (int)rng_below(rng, longest);
    if (r > 0 && s->rows[r - 1].position >= 0 && rng_chance(rng, 0.4)) {
      s->rows[r] = s->rows[r - 1];
      s->rows[r].position++;
    } else if (rng_chance(rng, 0.1)) {
      s->rows[r].position = -1;
    }
  }
}

static void try_shapes(enum attention_kernel kernel, size_t first, size_t by)
{
  struct gpu_manager *manager = gpu_test_open();
  for (size_t i = first; i < sizeof shapes / sizeof *shapes; i += by) {
    struct step step = { .shape = shapes[i],
                         .kernel = kernel,
                         .size = i % 3 == 2 ? 6 : 1 };
    struct rng rng;
    rng_init(&rng, seed, "shape", i);
    step.where = (struct arrangement){ .paged = i % 2,
                                       .shuffle = i,
                                       .pad_q = (uint32_t)rng_below(&rng, 3) * 4,
                                       .pad_y = (uint32_t)rng_below(&rng, 5),
                                       .lse = rng_chance(&rng, 0.5) };
    draw_rows(&step, 1 + (uint32_t)rng_below(&rng, 20), 260, &rng);
    check(manager, &step);
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
  /* kernels with barriers take a CPU driver long to compile: every second shape */
  try_shapes(ATTENTION_BY_GROUP, seed % 2, 2);
}

/* ---- a row's bits are its own ---- */

/* Rows [first, first + m) of `all` in a step of their own, lying elsewhere; fails where a
 * bit differs from what they are in `expected`. */
static void compare_part(struct gpu_manager *manager, const struct step *all,
                         const struct result *expected, uint32_t first, uint32_t m)
{
  static struct step part;
  part = *all;
  part.m = m;
  part.where.shuffle += first + 1000 * m;
  memcpy(part.rows, all->rows + first, m * sizeof *part.rows);
  struct result got = run(manager, &part);
  uint32_t heads = all->shape.heads, width = heads * all->shape.dim;
  for (uint32_t i = 0; i < m * width; i++)
    if (memcmp(&got.y[i], &expected->y[first * width + i], sizeof(float)) != 0)
      fail_msg("row %u (position %d) in a step of %u is %.9g, in one of %u %.9g",
               first + i / width, part.rows[i / width].position, m, got.y[i], all->m,
               expected->y[first * width + i]);
  for (uint32_t i = 0; i < m * heads; i++)
    assert_memory_equal(&got.lse[i], &expected->lse[first * heads + i], sizeof(float));
  drop(&got);
}

/* In steps of `by` rows. */
static void compare_parts(struct gpu_manager *manager, const struct step *all,
                          const struct result *expected, uint32_t by)
{
  for (uint32_t first = 0; first < all->m; first += by)
    compare_part(manager, all, expected, first,
                 all->m - first < by ? all->m - first : by);
}

static const enum attention_kernel kernels[] = { ATTENTION_BY_DEVICE,
                                                 ATTENTION_BY_GROUP };

/* 64 sequences, one row each; alone, by seven, and all; with other pages, and without. */
static void test_decoding(void **state)
{
  (void)state;
  static struct step step;
  struct gpu_manager *manager = gpu_test_open();
  for (int k = 0; k < 2; k++) {
    struct rng rng;
    rng_init(&rng, seed, "decoding", 0);
    step = (struct step){ .shape = { 6, 2, 20 }, .size = 3, .m = 64 };
    step.kernel = kernels[k];
    step.where = (struct arrangement){ .paged = true, .lse = true };
    for (uint32_t r = 0; r < step.m; r++)
      step.rows[r] = (struct row){ r, 20 + (int)rng_below(&rng, 480) };
    struct result all = run(manager, &step);
    compare_parts(manager, &step, &all, 7);
    compare_parts(manager, &step, &all, 64);
    compare_part(manager, &step, &all, 0, 1);
    compare_part(manager, &step, &all, 31, 1);
    compare_part(manager, &step, &all, 63, 1);
    step.where.paged = false;
    compare_parts(manager, &step, &all, 33);
    drop(&all);
  }
  gpu_test_close(manager);
}

/* A prompt in one step, in chunks of five, row by row; with others beside it. */
static void test_prompt(void **state)
{
  (void)state;
  static struct step step, beside;
  struct gpu_manager *manager = gpu_test_open();
  for (int k = 0; k < 2; k++) {
    step = (struct step){ .shape = { 4, 2, 8 }, .size = 3, .m = 83 };
    step.kernel = kernels[k];
    step.where = (struct arrangement){ .paged = true, .lse = true };
    for (uint32_t r = 0; r < step.m; r++)
      step.rows[r] = (struct row){ 3, (int)r };
    struct result all = run(manager, &step);
    compare_parts(manager, &step, &all, 5);
    for (uint32_t r = 0; r < step.m; r += 6)
      compare_part(manager, &step, &all, r, 1);
    /* the same rows as every third of a larger step */
    beside = step;
    beside.m = step.m * 3;
    for (uint32_t r = 0; r < beside.m; r++)
      beside.rows[r] = r % 3 == 1   ? step.rows[r / 3]
                       : r % 3 == 0 ? (struct row){ 5, (int)(beside.m - r) }
                                    : (struct row){ 4, -1 };
    struct result more = run(manager, &beside);
    uint32_t width = step.shape.heads * step.shape.dim;
    for (uint32_t r = 0; r < step.m; r++)
      assert_memory_equal(all.y + r * width, more.y + (r * 3 + 1) * width,
                          width * sizeof(float));
    drop(&all);
    drop(&more);
  }
  gpu_test_close(manager);
}

/* The largest cache that every device can bind, used at its end. */
static void test_large_cache(void **state)
{
  (void)state;
  static struct step step;
  struct gpu_manager *manager = gpu_test_open();
  for (int k = 0; k < 4; k++) {
    step = (struct step){ .shape = { 2, 2, 128 }, .size = 1, .m = 30 };
    step.kernel = kernels[k / 2];
    step.where = (struct arrangement){ .paged = k % 2, .lse = true };
    for (uint32_t r = 0; r < step.m; r++)
      step.rows[r] = (struct row){ r % 3, (int)(r / 3) };
    struct result near = run(manager, &step);
    struct memory m = lay_out(&step);
    uint32_t rows = (128u << 20) / (2 * 128 * sizeof(float));
    step.where.before = (rows - m.cache_rows) / CACHE_PAGE * CACHE_PAGE;
    forget(&m);
    struct result far = run(manager, &step);
    assert_memory_equal(near.y, far.y, step.m * 256 * sizeof(float));
    drop(&near);
    drop(&far);
  }
  gpu_test_close(manager);
}

/* Scores of +-10^4 and more: a single key gets all the weight, and nothing is NaN. */
static void test_large_scores(void **state)
{
  (void)state;
  static struct step step;
  struct gpu_manager *manager = gpu_test_open();
  for (int k = 0; k < 2; k++) {
    struct rng rng;
    rng_init(&rng, seed, "large", 0);
    step = (struct step){ .shape = { 4, 2, 8 }, .size = 120, .kernel = kernels[k] };
    step.where.lse = true;
    draw_rows(&step, 20, 300, &rng);
    struct result result = run(manager, &step);
    for (uint32_t i = 0; i < step.m * step.shape.heads * step.shape.dim; i++)
      if (!(fabsf(result.y[i]) <= 1.0001f))
        fail_msg("a mean of values in [-1, 1] is %g", result.y[i]);
    for (uint32_t i = 0; i < step.m * step.shape.heads; i++)
      if (!(fabsf(result.lse[i]) < 1e6f))
        fail_msg("lse is %g", result.lse[i]);
    drop(&result);
  }
  gpu_test_close(manager);
}

int main(void)
{
  const char *given = getenv("OREO_TEST_SEED");
  seed = given ? strtoull(given, NULL, 10) : (uint64_t)getpid();
  printf("seed %llu; replay with OREO_TEST_SEED\n", (unsigned long long)seed);
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_lanes),        cmocka_unit_test(test_group),
    cmocka_unit_test(test_decoding),     cmocka_unit_test(test_prompt),
    cmocka_unit_test(test_large_scores), cmocka_unit_test(test_large_cache),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
