/* attention_step.h - steps for the tests of attention: sequences whose queries, keys and
 * values are functions of sequence and position alone, laid out in caches and pages in
 * any arrangement, run on the device, and brought back with their guards checked.
 *
 * The including test sets `seed`; allocations of a result are given back with drop().
 */
#ifndef OREO_TESTS_ATTENTION_STEP_H
#define OREO_TESTS_ATTENTION_STEP_H

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

static inline void fill(float *to, uint32_t n, const char *what, struct row row,
                        float size)
{
  struct rng rng;
  rng_init(&rng, seed, what, (uint64_t)row.sequence << 32 | (uint32_t)row.position);
  for (uint32_t i = 0; i < n; i++)
    to[i] = (float)(2 * rng_unit(&rng) - 1) * size;
}

static inline float scale_of(const struct step *s)
{
  return 1 / sqrtf((float)s->shape.dim);
}

/* How many keys each sequence needs: up to its last row. */
static inline uint32_t count_keys(const struct step *s, uint32_t counts[MOST_SEQUENCES])
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

static inline uint32_t cache_row(const struct step *s, const struct memory *m,
                                 uint32_t sequence, uint32_t position)
{
  if (!s->where.paged)
    return m->starts[sequence] + position;
  return (uint32_t)m->pages[m->starts[sequence] + position / CACHE_PAGE] * CACHE_PAGE +
         position % CACHE_PAGE;
}

static inline void place_sequences(const struct step *s, struct memory *m,
                                   const uint32_t counts[MOST_SEQUENCES],
                                   uint32_t sequences)
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

static inline struct memory lay_out(const struct step *s)
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

static inline void forget(struct memory *m)
{
  free(m->keys);
  free(m->values);
  free(m->pages);
  free(m->places);
}

/* A cache: what is used of it, behind rows that nobody filled. */
static inline struct gpu_tensor make_cache(struct gpu_manager *manager,
                                           const struct step *s, uint32_t rows,
                                           const float *from)
{
  uint32_t width = s->shape.kv_heads * s->shape.dim;
  uint32_t shape[] = { s->where.before + rows, width };
  struct gpu_tensor cache;
  assert_ok(gpu_tensor_create(manager, &cache, GPU_F32, 2, shape, &err), err);
  struct gpu_tensor used = gpu_tensor_rows(&cache, s->where.before, rows);
  assert_ok(gpu_tensor_upload(manager, &used, from, &err), err);
  return cache;
}

static inline struct gpu_tensor make(struct gpu_manager *manager, enum gpu_type type,
                                     uint32_t n, const void *from)
{
  struct gpu_tensor tensor;
  assert_ok(gpu_tensor_create(manager, &tensor, type, 1, &n, &err), err);
  assert_ok(gpu_tensor_upload(manager, &tensor, from, &err), err);
  return tensor;
}

/* n words between guards. */
static inline struct gpu_tensor make_guarded(struct gpu_manager *manager, uint32_t n,
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
static inline float *take(struct gpu_manager *manager, const struct gpu_tensor *whole,
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

static inline float *make_queries(const struct step *s, uint32_t ld)
{
  uint32_t width = s->shape.heads * s->shape.dim;
  float *q = malloc((size_t)s->m * ld * sizeof *q);
  for (uint32_t i = 0; i < s->m * ld; i++)
    q[i] = NAN;
  for (uint32_t r = 0; r < s->m; r++)
    fill(q + (size_t)r * ld, width, "query", s->rows[r], s->size);
  return q;
}

static inline struct result run(struct gpu_manager *manager, const struct step *s)
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

static inline void drop(struct result *result)
{
  free(result->y);
  free(result->lse);
}

#endif
