#include <math.h>

#include "base/rng.h"
#include "gpu_test.h"
#include "nn/op_attention.h"
#include "shared.h"

/* Words before and after each output that nobody may touch, and rows behind the result
 * that are bound with it: drivers that check bounds would hide what is written past. */
enum { GUARD = 64, SPARE = 5 };
enum { MOST_ROWS = 600, MOST_SEQUENCES = 70 };
static const float guard_value = -12345.678f;

static uint64_t seed;
static struct err err;

struct shape {
  uint32_t heads, kv_heads, dim;
};

/* A row of a step: the query of a position. Negative positions are padding. */
struct row {
  uint32_t sequence;
  int position;
};

/* Where things lie, which must not matter. */
struct arrangement {
  bool paged;
  uint64_t shuffle; /* of pages and sequences in the cache */
  uint32_t before;  /* rows of the cache before any that is used; a multiple of a page */
  uint32_t pad_q, pad_y;
  bool lse;
};

/* A step: its rows, and how they are asked for. */
struct step {
  struct shape shape;
  struct arrangement where;
  enum attention_kernel kernel;
  float size; /* of keys and queries */
  uint32_t m;
  struct row rows[MOST_ROWS];
};

/* What a step gave: [m][heads dim] and [m][heads]. */
struct result {
  float *y, *lse;
};

/* ---- what a sequence holds: a function of sequence and position alone ---- */

static void fill(float *to, uint32_t n, const char *what, struct row row, float size)
{
  struct rng rng;
  rng_init(&rng, seed, what, (uint64_t)row.sequence << 32 | (uint32_t)row.position);
  for (uint32_t i = 0; i < n; i++)
    to[i] = (float)(2 * rng_unit(&rng) - 1) * size;
}

static float scale_of(const struct step *s)
{
  return 1 / sqrtf((float)s->shape.dim);
}

/* How many keys each sequence needs: up to its last row. */
static uint32_t count_keys(const struct step *s, uint32_t counts[MOST_SEQUENCES])
{
  uint32_t n = 0;
  memset(counts, 0, MOST_SEQUENCES * sizeof *counts);
  for (uint32_t r = 0; r < s->m; r++) {
    const struct row *row = &s->rows[r];
    if (row->position >= (int)counts[row->sequence])
      counts[row->sequence] = (uint32_t)row->position + 1;
    if (row->sequence >= n)
      n = row->sequence + 1;
  }
  return n;
}

/* ---- the step on the device ---- */

/* The caches, pages and places of a step as the host fills them. */
struct memory {
  uint32_t cache_rows, n_pages;
  uint32_t starts[MOST_SEQUENCES]; /* what `keys` of a place takes */
  float *keys, *values;
  int *pages;
  struct shader_place *places;
};

static uint32_t cache_row(const struct step *s, const struct memory *m, uint32_t sequence,
                          uint32_t position)
{
  if (!s->where.paged)
    return m->starts[sequence] + position;
  return (uint32_t)m->pages[m->starts[sequence] + position / CACHE_PAGE] * CACHE_PAGE +
         position % CACHE_PAGE;
}

static void place_sequences(const struct step *s, struct memory *m,
                            const uint32_t counts[MOST_SEQUENCES], uint32_t sequences)
{
  struct rng rng;
  rng_init(&rng, seed, "placement", s->where.shuffle);
  uint32_t order[MOST_SEQUENCES];
  for (uint32_t i = 0; i < sequences; i++)
    order[i] = i;
  rng_shuffle(&rng, order, sequences, sizeof *order);
  uint32_t at = (uint32_t)rng_below(&rng, 3);
  for (uint32_t i = 0; i < sequences; i++) {
    uint32_t keys = counts[order[i]];
    m->starts[order[i]] = at;
    at += s->where.paged ? (keys + CACHE_PAGE - 1) / CACHE_PAGE : keys;
    at += (uint32_t)rng_below(&rng, 3);
  }
  m->cache_rows = at + 2;
  m->n_pages = at + 2;
  m->pages = malloc(m->n_pages * sizeof *m->pages);
  for (uint32_t i = 0; i < m->n_pages; i++)
    m->pages[i] = (int)i;
  rng_shuffle(&rng, m->pages, m->n_pages, sizeof *m->pages);
  if (s->where.paged)
    m->cache_rows = m->n_pages * CACHE_PAGE;
}

static struct memory lay_out(const struct step *s)
{
  struct memory m = { 0 };
  uint32_t counts[MOST_SEQUENCES], sequences = count_keys(s, counts);
  place_sequences(s, &m, counts, sequences);
  uint32_t width = s->shape.kv_heads * s->shape.dim;
  m.keys = malloc((size_t)m.cache_rows * width * sizeof(float));
  m.values = malloc((size_t)m.cache_rows * width * sizeof(float));
  for (uint32_t i = 0; i < m.cache_rows * width; i++)
    m.keys[i] = m.values[i] = NAN;
  for (uint32_t i = 0; i < sequences; i++)
    for (uint32_t j = 0; j < counts[i]; j++) {
      size_t at = (size_t)cache_row(s, &m, i, j) * width;
      fill(m.keys + at, width, "key", (struct row){ i, (int)j }, s->size);
      fill(m.values + at, width, "value", (struct row){ i, (int)j }, 1);
    }
  m.places = calloc(s->m, sizeof *m.places);
  for (uint32_t r = 0; r < s->m; r++) {
    m.places[r].position = s->rows[r].position;
    m.places[r].keys = (int)m.starts[s->rows[r].sequence];
    if (!s->where.paged)
      m.places[r].keys += (int)s->where.before;
    if (s->rows[r].position < 0)
      m.places[r].keys = 1 << 30; /* nobody may follow it */
  }
  for (uint32_t i = 0; i < m.n_pages; i++)
    m.pages[i] += (int)(s->where.before / CACHE_PAGE);
  return m;
}

static void forget(struct memory *m)
{
  free(m->keys);
  free(m->values);
  free(m->pages);
  free(m->places);
}

/* A cache: what is used of it, behind rows that nobody filled. */
static struct gpu_tensor make_cache(struct gpu_manager *manager, const struct step *s,
                                    uint32_t rows, const float *from)
{
  uint32_t width = s->shape.kv_heads * s->shape.dim;
  uint32_t shape[] = { s->where.before + rows, width };
  struct gpu_tensor cache;
  assert_ok(gpu_tensor_create(manager, &cache, GPU_F32, 2, shape, &err), err);
  struct gpu_tensor used = gpu_tensor_rows(&cache, s->where.before, rows);
  assert_ok(gpu_tensor_upload(manager, &used, from, &err), err);
  return cache;
}

static struct gpu_tensor make(struct gpu_manager *manager, enum gpu_type type, uint32_t n,
                              const void *from)
{
  struct gpu_tensor tensor;
  assert_ok(gpu_tensor_create(manager, &tensor, type, 1, &n, &err), err);
  assert_ok(gpu_tensor_upload(manager, &tensor, from, &err), err);
  return tensor;
}

/* n words between guards. */
static struct gpu_tensor make_guarded(struct gpu_manager *manager, uint32_t n,
                                      struct gpu_tensor *part)
{
  float *values = malloc((n + 2 * GUARD) * sizeof *values);
  for (uint32_t i = 0; i < n + 2 * GUARD; i++)
    values[i] = guard_value;
  struct gpu_tensor whole = make(manager, GPU_F32, n + 2 * GUARD, values);
  free(values);
  *part = whole;
  part->offset += GUARD * sizeof(float);
  part->bytes = n * sizeof(float);
  part->shape[0] = n;
  return whole;
}

/* The rows of what was written; fails where guards, gaps or spare rows were touched. */
static float *take(struct gpu_manager *manager, const struct gpu_tensor *whole,
                   uint32_t rows, uint32_t columns, uint32_t ld)
{
  float *got = malloc(whole->bytes), *to = malloc((size_t)rows * columns * sizeof *to);
  assert_ok(gpu_tensor_download(manager, whole, got, &err), err);
  for (uint32_t i = 0; i < whole->shape[0]; i++) {
    uint32_t row = (i - GUARD) / ld, column = (i - GUARD) % ld;
    if (i >= GUARD && row < rows && column < columns)
      to[row * columns + column] = got[i];
    else if (got[i] != guard_value)
      fail_msg("word %d of the output (%u columns) is %g", (int)i - GUARD, columns,
               got[i]);
  }
  free(got);
  return to;
}

static float *make_queries(const struct step *s, uint32_t ld)
{
  uint32_t width = s->shape.heads * s->shape.dim;
  float *q = malloc((size_t)s->m * ld * sizeof *q);
  for (uint32_t i = 0; i < s->m * ld; i++)
    q[i] = NAN;
  for (uint32_t r = 0; r < s->m; r++)
    fill(q + (size_t)r * ld, width, "query", s->rows[r], s->size);
  return q;
}

static struct result run(struct gpu_manager *manager, const struct step *s)
{
  uint32_t width = s->shape.heads * s->shape.dim;
  uint32_t ldq = width + s->where.pad_q, ldy = width + s->where.pad_y;
  struct memory m = lay_out(s);
  float *queries = make_queries(s, ldq);
  struct gpu_tensor q = make(manager, GPU_F32, s->m * ldq, queries);
  struct gpu_tensor keys = make_cache(manager, s, m.cache_rows, m.keys);
  struct gpu_tensor values = make_cache(manager, s, m.cache_rows, m.values);
  struct gpu_tensor places = make(manager, GPU_I32, s->m * 4, m.places);
  struct gpu_tensor pages = make(manager, GPU_I32, m.n_pages, m.pages);
  struct gpu_tensor y, lse;
  struct gpu_tensor whole_y = make_guarded(manager, (s->m + SPARE) * ldy, &y);
  struct gpu_tensor whole_lse =
      make_guarded(manager, (s->m + SPARE) * s->shape.heads, &lse);
  struct attention attention = { .m = s->m,
                                 .heads = s->shape.heads,
                                 .kv_heads = s->shape.kv_heads,
                                 .head_dim = s->shape.dim,
                                 .q = &q,
                                 .keys = &keys,
                                 .values = &values,
                                 .places = &places,
                                 .pages = s->where.paged ? &pages : NULL,
                                 .y = &y,
                                 .lse = s->where.lse ? &lse : NULL,
                                 .ldq = ldq,
                                 .ldy = ldy,
                                 .scale = scale_of(s),
                                 .kernel = s->kernel };
  struct gpu_sequence *sequence = gpu_sequence_create(manager, false, &err);
  assert_non_null(sequence);
  assert_ok(op_attention(sequence, &attention, &err), err);
  assert_ok(gpu_sequence_evaluate(sequence, &err), err);
  struct result result = { .y = take(manager, &whole_y, s->m, width, ldy) };
  result.lse =
      take(manager, &whole_lse, s->where.lse ? s->m : 0, s->shape.heads, s->shape.heads);
  gpu_sequence_free(sequence);
  struct gpu_tensor *all[] = {
    &q, &keys, &values, &places, &pages, &whole_y, &whole_lse
  };
  for (size_t i = 0; i < sizeof all / sizeof *all; i++)
    gpu_tensor_release(manager, all[i]);
  free(queries);
  forget(&m);
  return result;
}

static void drop(struct result *result)
{
  free(result->y);
  free(result->lse);
}

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
