/* shared.h - what host and shaders must agree on; both compile it.
 *
 * Push constants as structs of 32-bit words, at most 128 bytes each; shapes in elements
 * unless said otherwise.
 */
#ifndef OREO_SHADERS_SHARED_H
#define OREO_SHADERS_SHARED_H

#ifndef GL_core_profile
#include <stdint.h>
typedef uint32_t uint;
#endif

/* add.comp: y = a + b */
struct shader_add {
  uint n; /* elements */
};

/* peak.comp: what a device can do at most */
struct shader_peak {
  uint n, rounds;
  float a, b;
};

/* gemm_*.comp: y[m][n] = a b; ld: elements from a row to the next */
struct shader_gemm {
  uint m, n, k;
  uint lda, ldb, ldy;
};

/* embed.comp: y[m][n] = rows of table[t][n], which holds rows first .. first + t */
struct shader_embed {
  uint m, n, t, first;
  uint ldt, ldy;
};

/* norm.comp: y[m][n] = x[m][n] / rms(x[m]) * weight[n] */
struct shader_norm {
  uint m, n;
  uint ldx, ldy;
  float eps;
};

/* Where a row of a step stands: one an item of the tensor `places`. */
struct shader_place {
  int position; /* in its sequence, from 0; negative: the row is padding, to be ignored */
  int keys;     /* of its sequence: its first entry in `pages`, or without pages the cache
                   row of position 0 */
  int own;      /* the cache row that takes this row's key and value */
  int end;      /* in training: one past the step's row that is its sequence's last */
};

/* Cache rows in a page: position p of a sequence lies in cache row
 * pages[keys + p / CACHE_PAGE] * CACHE_PAGE + p % CACHE_PAGE. */
#define CACHE_PAGE 16

/* heads.comp: q, k and v of a row made ready */
struct shader_heads {
  uint m, heads, kv_heads, head_dim;
  uint ldx; /* of qkv */
  uint ldq; /* of where q goes */
  float eps;
};

/* attention.comp */
struct shader_attention {
  uint m, heads, kv_heads, head_dim;
  uint ldq, ldy;
  float scale;
};

/* swiglu.comp: y[m][n] = silu(x[m][0..n)) * x[m][n..2n) */
struct shader_swiglu {
  uint m, n;
  uint ldx, ldy;
};

/* project_texel.comp: y[m][n] = (x[m][k] / rms(x[m]) * weight[k]) b[n][k]' + bias[n] */
struct shader_project {
  uint m, n, k;
  uint ldx, ldb, ldy;
  float eps;
};

/* logprob.comp and sample.comp: x[m][n] are logits */
struct shader_logits {
  uint m, n;
  uint ldx;
};

/* How a row's token is drawn: one an item of the tensor `draws`. */
struct shader_draw {
  float temperature; /* 0: the largest logit, the lowest id among equals */
  float top_p;       /* 1: all */
  float min_p;       /* 0: all */
  uint top_k;        /* 0: all */
  uint key_low, key_high; /* the sequence's key of random numbers */
  uint position;     /* of the token that is drawn: the counter */
  uint spare;
};

/* attention_grad*.comp */
struct shader_attention_grad {
  uint m, heads, kv_heads;
  uint ldq;
  float scale;
};

/* norm_grad.comp: the gradient of norm.comp with respect to x */
struct shader_norm_grad {
  uint m, n;
  uint ldx, lddy, lddx;
};

/* column_sum.comp: y[n] (+)= sums down x[m][n], `rows` rows a workgroup */
struct shader_column_sum {
  uint m, n, rows;
  uint ldx, ldt;
};

/* swiglu_grad.comp: the gradient of swiglu.comp */
struct shader_swiglu_grad {
  uint m, n;
  uint ldx, lddy, lddx;
};

/* embed_grad.comp: rows of dy[..][n] added up by token into dtable[..][n] */
struct shader_embed_grad {
  uint buckets, n;
  uint lddy, ldt;
};

/* heads_grad.comp: the gradient of heads.comp */
struct shader_heads_grad {
  uint m, heads, kv_heads, head_dim;
  uint ldx, lddx;
  float eps;
};

/* loss_*.comp: columns first .. first + n of the policy's logits x and the reference's z */
struct shader_loss {
  uint m, n, first;
  uint ldx, ldz;
};

/* adamw.comp and squares.comp: a flat block */
struct shader_flat {
  uint n;
};

/* What a step of AdamW takes: the tensor `settings`. The host makes 1 - beta and
 * 1 - beta^step in double precision: in 32 bits they would have few digits left. */
struct shader_adamw {
  float rate, decay, eps;
  float clip; /* what gradients are multiplied by */
  float beta1, rest1, correct1; /* rest = 1 - beta, correct = 1 - beta^step */
  float beta2, rest2, correct2;
};

#endif
