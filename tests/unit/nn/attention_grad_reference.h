/* attention_grad_reference.h - what the gradient of attention should be: steps of packed
 * sequences whose rows are functions of a sequence's id and the position alone, and their
 * forward pass and gradient in double precision, with what rounding may cost each value.
 *
 * The including test sets `seed`; reference_free gives memory back.
 */
#ifndef OREO_TESTS_ATTENTION_GRAD_REFERENCE_H
#define OREO_TESTS_ATTENTION_GRAD_REFERENCE_H

#include <math.h>
#include <stdlib.h>

#include "base/rng.h"
#include "nn/op_attention_grad.h"

enum { MOST_PARTS = 24 };

static uint64_t seed;

struct shape {
  uint32_t heads, kv_heads, dim;
};

/* A stretch of a step: a sequence, or padding (id 0). What a sequence holds is a function
 * of its id and the position alone; one that is broken holds NaN only. */
struct part {
  uint32_t id, length;
  bool broken;
};

struct step {
  struct shape shape;
  enum attention_kernel kernel;
  float size; /* of queries and keys */
  uint32_t pad_q;
  uint32_t n_parts;
  struct part parts[MOST_PARTS];
};

static inline uint32_t wide(const struct step *s)
{
  return s->shape.heads * s->shape.dim;
}

static inline uint32_t narrow(const struct step *s)
{
  return s->shape.kv_heads * s->shape.dim;
}

static inline float scale_of(const struct step *s)
{
  return 1 / sqrtf((float)s->shape.dim);
}

static inline uint32_t rows_of(const struct step *s)
{
  uint32_t m = 0;
  for (uint32_t i = 0; i < s->n_parts; i++)
    m += s->parts[i].length;
  return m;
}

static inline void fill(float *to, uint32_t n, const char *what, uint32_t id, float size)
{
  struct rng rng;
  rng_init(&rng, seed, what, id);
  for (uint32_t i = 0; i < n; i++)
    to[i] = (float)(2 * rng_unit(&rng) - 1) * size;
}

/* ---- the reference: forward and its gradient, in double precision ---- */

/* Of one sequence; the names are those of op_attention_grad.h. `slack` is how much of a
 * weight rounding may cost, relatively; sizes are what that may cost each result. */
struct reference {
  float *q, *k, *v, *dy;
  double *y, *lse, *slack;
  double *dq, *dk, *dv;
  double *size_q, *size_k, *size_v;
};

static inline struct reference *reference_new(const struct step *s,
                                              const struct part *part)
{
  struct reference *r = calloc(1, sizeof *r);
  uint32_t n = part->length, rows = n * wide(s), few = n * narrow(s);
  float **floats[] = { &r->q, &r->k, &r->v, &r->dy };
  for (int i = 0; i < 4; i++)
    *floats[i] = calloc(rows, sizeof(float));
  double **doubles[] = { &r->y,  &r->lse,    &r->slack,  &r->dq,    &r->dk,
                         &r->dv, &r->size_q, &r->size_k, &r->size_v };
  for (int i = 0; i < 9; i++)
    *doubles[i] = calloc(rows, sizeof(double));
  fill(r->q, rows, "query", part->id, s->size);
  fill(r->k, few, "key", part->id, s->size);
  fill(r->v, few, "value", part->id, 1);
  fill(r->dy, rows, "dy", part->id, 1);
  return r;
}

static inline void reference_free(struct reference *r)
{
  void *all[] = { r->q,  r->k,  r->v,  r->dy,     r->y,      r->lse,   r->slack,
                  r->dq, r->dk, r->dv, r->size_q, r->size_k, r->size_v };
  for (size_t i = 0; i < sizeof all / sizeof *all; i++)
    free(all[i]);
  free(r);
}

/* a . b, and the sum of what its terms are in size. */
static inline double dot(const float *a, const float *b, uint32_t n, double *size)
{
  double sum = 0;
  *size = 0;
  for (uint32_t i = 0; i < n; i++) {
    sum += (double)a[i] * b[i];
    *size += fabs((double)a[i] * b[i]);
  }
  return sum;
}

/* Where a row's head and the head's keys begin. */
static inline size_t row_at(const struct step *s, uint32_t row, uint32_t head)
{
  return (size_t)row * wide(s) + head * s->shape.dim;
}

static inline size_t key_at(const struct step *s, uint32_t row, uint32_t head)
{
  uint32_t kv = head / (s->shape.heads / s->shape.kv_heads);
  return (size_t)row * narrow(s) + kv * s->shape.dim;
}

static inline void forward_head(const struct step *s, struct reference *r, uint32_t row,
                                uint32_t head)
{
  uint32_t dim = s->shape.dim, each = row * s->shape.heads + head;
  const float *q = r->q + row_at(s, row, head);
  double top = -INFINITY, total = 0, most = 0, size;
  for (uint32_t j = 0; j <= row; j++) {
    top = fmax(top, dot(q, r->k + key_at(s, j, head), dim, &size) * scale_of(s));
    most = fmax(most, size * scale_of(s));
  }
  double *y = r->y + row_at(s, row, head);
  for (uint32_t d = 0; d < dim; d++)
    y[d] = 0;
  for (uint32_t j = 0; j <= row; j++) {
    double w = exp(dot(q, r->k + key_at(s, j, head), dim, &size) * scale_of(s) - top);
    total += w;
    for (uint32_t d = 0; d < dim; d++)
      y[d] += w * r->v[key_at(s, j, head) + d];
  }
  for (uint32_t d = 0; d < dim; d++)
    y[d] /= total;
  r->lse[each] = top + log(total);
  double rounding = most * (dim + 2) * 1.2e-7 + fabs(r->lse[each]) * 3e-7;
  r->slack[each] = 2 * expm1(rounding) + 1e-5;
}

static inline void backward_pair(const struct step *s, struct reference *r, uint32_t row,
                                 uint32_t head, uint32_t j, const double delta[2])
{
  uint32_t dim = s->shape.dim, each = row * s->shape.heads + head;
  size_t at = row_at(s, row, head), key = key_at(s, j, head);
  double size, dp_size, scale = scale_of(s), slack = r->slack[each];
  double p = exp(dot(r->q + at, r->k + key, dim, &size) * scale - r->lse[each]);
  double dp = dot(r->dy + at, r->v + key, dim, &dp_size);
  double ds = p * (dp - delta[0]) * scale,
         wrong = slack * p * (dp_size + delta[1]) * scale;
  for (uint32_t d = 0; d < dim; d++) {
    r->dq[at + d] += ds * r->k[key + d];
    r->size_q[at + d] += wrong * fabsf(r->k[key + d]);
    r->dk[key + d] += ds * r->q[at + d];
    r->size_k[key + d] += wrong * fabsf(r->q[at + d]);
    r->dv[key + d] += p * r->dy[at + d];
    r->size_v[key + d] += slack * p * fabsf(r->dy[at + d]);
  }
}

static inline void forward(const struct step *s, const struct part *part,
                           struct reference *r)
{
  for (uint32_t row = 0; row < part->length; row++)
    for (uint32_t head = 0; head < s->shape.heads; head++)
      forward_head(s, r, row, head);
}

static inline void backward(const struct step *s, const struct part *part,
                            struct reference *r)
{
  for (uint32_t row = 0; row < part->length; row++)
    for (uint32_t head = 0; head < s->shape.heads; head++) {
      double delta[2] = { 0 };
      for (uint32_t d = 0; d < s->shape.dim; d++) {
        double term = r->dy[row_at(s, row, head) + d] * r->y[row_at(s, row, head) + d];
        delta[0] += term;
        delta[1] += fabs(term);
      }
      for (uint32_t j = 0; j <= row; j++)
        backward_pair(s, r, row, head, j, delta);
    }
}

#endif
