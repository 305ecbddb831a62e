#include "reference/llama_grad.h"

#include <math.h>
#include <stdio.h>

#include "base/arena.h"
#include "nn/model_tensors.h"

/* A text on its way through the network and back. */
struct text {
  const struct llama *llama;
  const struct model_config *config;
  double *const *gradients;
  struct arena arena;
  int n; /* tokens */
};

/* A tensor and its gradient; NULL when the model has none of that name. */
struct param {
  const float *w;
  double *g;
};

static struct param param(const struct text *text, int layer, const char *name,
                          const char *what)
{
  char full[MODEL_TENSOR_NAME_SIZE];
  struct model_tensor tensor;
  if (layer < 0)
    snprintf(full, sizeof full, "%s.%s", name, what);
  else
    snprintf(full, sizeof full, "model.layers.%d.%s.%s", layer, name, what);
  for (size_t i = 0; model_tensor_at(text->config, i, &tensor); i++)
    if (strcmp(tensor.name, full) == 0)
      return (struct param){ text->llama->weights[i], text->gradients[i] };
  return (struct param){ NULL, NULL };
}

static double *zeros(struct text *text, int columns)
{
  return ARENA_NEW(&text->arena, double, (size_t)text->n *(size_t)columns);
}

/* ---- y = x w' + b ---- */

struct linear {
  struct param w, b;
  int out, in;
};

static struct linear linear(const struct text *text, int layer, const char *name, int out,
                            int in)
{
  return (struct linear){ param(text, layer, name, "weight"),
                          param(text, layer, name, "bias"), out, in };
}

static void add_linear(const struct text *text, const struct linear *l, const double *x,
                       double *y)
{
  for (int t = 0; t < text->n; t++)
    for (int i = 0; i < l->out; i++) {
      double sum = l->b.w ? (double)l->b.w[i] : 0;
      for (int j = 0; j < l->in; j++)
        sum += (double)l->w.w[i * l->in + j] * x[t * l->in + j];
      y[t * l->out + i] += sum;
    }
}

/* dx += dy w */
static void linear_grad(const struct text *text, const struct linear *l, const double *x,
                        const double *dy, double *dx)
{
  for (int t = 0; t < text->n; t++)
    for (int i = 0; i < l->out; i++) {
      double d = dy[t * l->out + i];
      if (l->b.g)
        l->b.g[i] += d;
      for (int j = 0; j < l->in; j++) {
        l->w.g[i * l->in + j] += d * x[t * l->in + j];
        dx[t * l->in + j] += d * (double)l->w.w[i * l->in + j];
      }
    }
}

/* ---- y = x w / rms(x) ---- */

static double scale_of(const struct text *text, const double *x, int n)
{
  double squares = 0;
  for (int i = 0; i < n; i++)
    squares += x[i] * x[i];
  return 1 / sqrt(squares / n + text->config->rms_eps);
}

static void norm(const struct text *text, struct param w, const double *x, double *y,
                 int n)
{
  double scale = scale_of(text, x, n);
  for (int i = 0; i < n; i++)
    y[i] = x[i] * scale * (double)w.w[i];
}

/* dx += ...; dy and dx are not the same. */
static void norm_grad(const struct text *text, struct param w, const double *x,
                      const double *dy, double *dx, int n)
{
  double scale = scale_of(text, x, n), along = 0;
  for (int i = 0; i < n; i++) {
    w.g[i] += dy[i] * x[i] * scale;
    along += dy[i] * (double)w.w[i] * x[i];
  }
  for (int i = 0; i < n; i++)
    dx[i] += scale * (dy[i] * (double)w.w[i] - x[i] * scale * scale * along / n);
}

static double *normed(struct text *text, struct param w, const double *x, int n)
{
  double *y = zeros(text, n);
  for (int t = 0; t < text->n; t++)
    norm(text, w, x + t * n, y + t * n, n);
  return y;
}

/* ---- rotation: `turn` 1, and -1 for the gradient ---- */

static void rotate(const struct text *text, double *head, int position, int turn)
{
  const struct model_config *config = text->config;
  int half = config->head_dim / 2;
  double factor = rope_attention_factor(&config->rope);
  for (int i = 0; i < half; i++) {
    float frequency = (float)rope_frequency(&config->rope, config->head_dim, i);
    float angle = (float)position * frequency;
    double c = cos((double)angle) * factor, s = turn * sin((double)angle) * factor;
    double a = head[i], b = head[i + half];
    head[i] = a * c - b * s;
    head[i + half] = b * c + a * s;
  }
}

/* ---- a layer ---- */

struct layer {
  struct param norm, mlp_norm, q_norm, k_norm;
  struct linear q, k, v, out, gate, up, down;
  double *x, *seen, *q0, *k0; /* as projected; then normed and turned: */
  double *queries, *keys, *values, *mixed;
  double *mid, *mid_seen, *gates, *ups, *inner;
};

static void find(const struct text *text, struct layer *l, int i)
{
  const struct model_config *c = text->config;
  int q = c->heads * c->head_dim, k = c->kv_heads * c->head_dim;
  l->norm = param(text, i, "input_layernorm", "weight");
  l->mlp_norm = param(text, i, "post_attention_layernorm", "weight");
  l->q_norm = param(text, i, "self_attn.q_norm", "weight");
  l->k_norm = param(text, i, "self_attn.k_norm", "weight");
  l->q = linear(text, i, "self_attn.q_proj", q, c->hidden);
  l->k = linear(text, i, "self_attn.k_proj", k, c->hidden);
  l->v = linear(text, i, "self_attn.v_proj", k, c->hidden);
  l->out = linear(text, i, "self_attn.o_proj", c->hidden, q);
  l->gate = linear(text, i, "mlp.gate_proj", c->intermediate, c->hidden);
  l->up = linear(text, i, "mlp.up_proj", c->intermediate, c->hidden);
  l->down = linear(text, i, "mlp.down_proj", c->hidden, c->intermediate);
}

/* Heads as attention takes them. */
static double *ready(struct text *text, const double *from, int heads, struct param w)
{
  int d = text->config->head_dim;
  double *to = zeros(text, heads * d);
  memcpy(to, from, (size_t)(text->n * heads * d) * sizeof *to);
  for (int t = 0; t < text->n; t++)
    for (int h = 0; h < heads; h++) {
      double *head = to + (t * heads + h) * d;
      if (w.w)
        norm(text, w, head, head, d);
      rotate(text, head, t, 1);
    }
  return to;
}

/* Back to what was projected. */
static double *ready_grad(struct text *text, const double *from, double *d_to, int heads,
                          struct param w)
{
  int d = text->config->head_dim;
  double *d_from = zeros(text, heads * d);
  for (int t = 0; t < text->n; t++)
    for (int h = 0; h < heads; h++) {
      int at = (t * heads + h) * d;
      rotate(text, d_to + at, t, -1);
      if (w.w)
        norm_grad(text, w, from + at, d_to + at, d_from + at, d);
      for (int i = 0; i < d && !w.w; i++)
        d_from[at + i] = d_to[at + i];
    }
  return d_from;
}

/* What head h of row t gives to the positions before it, [t + 1]. */
static void attend(const struct text *text, const struct layer *l, int h, int t,
                   double *w)
{
  const struct model_config *c = text->config;
  int d = c->head_dim, g = h / (c->heads / c->kv_heads);
  const double *q = l->queries + (t * c->heads + h) * d;
  double most = -INFINITY, total = 0;
  for (int j = 0; j <= t; j++) {
    w[j] = 0;
    for (int i = 0; i < d; i++)
      w[j] += q[i] * l->keys[(j * c->kv_heads + g) * d + i] / sqrt(d);
    most = fmax(most, w[j]);
  }
  for (int j = 0; j <= t; j++)
    total += w[j] = exp(w[j] - most);
  for (int j = 0; j <= t; j++)
    w[j] /= total;
}

static void mix(struct text *text, struct layer *l)
{
  const struct model_config *c = text->config;
  int d = c->head_dim, shared = c->heads / c->kv_heads;
  double *w = zeros(text, 1);
  l->mixed = zeros(text, c->heads * d);
  for (int t = 0; t < text->n; t++)
    for (int h = 0; h < c->heads; h++) {
      attend(text, l, h, t, w);
      for (int j = 0; j <= t; j++)
        for (int i = 0; i < d; i++)
          l->mixed[(t * c->heads + h) * d + i] +=
              w[j] * l->values[(j * c->kv_heads + h / shared) * d + i];
    }
}

/* The gradients of queries, keys and values. */
struct mixed_grad {
  double *queries, *keys, *values;
};

static void mix_row_grad(const struct text *text, const struct layer *l, int h, int t,
                         const double *dy, double *w, const struct mixed_grad *to)
{
  const struct model_config *c = text->config;
  int d = c->head_dim, g = h / (c->heads / c->kv_heads), row = (t * c->heads + h) * d;
  double mean = 0;
  attend(text, l, h, t, w);
  for (int i = 0; i < d; i++)
    mean += dy[row + i] * l->mixed[row + i];
  for (int j = 0; j <= t; j++) {
    int key = (j * c->kv_heads + g) * d;
    double slope = 0;
    for (int i = 0; i < d; i++) {
      slope += dy[row + i] * l->values[key + i];
      to->values[key + i] += w[j] * dy[row + i];
    }
    slope = w[j] * (slope - mean) / sqrt(d);
    for (int i = 0; i < d; i++) {
      to->queries[row + i] += slope * l->keys[key + i];
      to->keys[key + i] += slope * l->queries[row + i];
    }
  }
}

/* x of the next layer. */
static double *layer_forward(struct text *text, struct layer *l, double *x)
{
  const struct model_config *c = text->config;
  size_t bytes = (size_t)(text->n * c->hidden) * sizeof *x;
  int q = c->heads * c->head_dim, k = c->kv_heads * c->head_dim;
  l->x = x;
  l->seen = normed(text, l->norm, x, c->hidden);
  l->q0 = zeros(text, q);
  l->k0 = zeros(text, k);
  l->values = zeros(text, k);
  add_linear(text, &l->q, l->seen, l->q0);
  add_linear(text, &l->k, l->seen, l->k0);
  add_linear(text, &l->v, l->seen, l->values);
  l->queries = ready(text, l->q0, c->heads, l->q_norm);
  l->keys = ready(text, l->k0, c->kv_heads, l->k_norm);
  mix(text, l);
  l->mid = zeros(text, c->hidden);
  memcpy(l->mid, x, bytes);
  add_linear(text, &l->out, l->mixed, l->mid);
  l->mid_seen = normed(text, l->mlp_norm, l->mid, c->hidden);
  l->gates = zeros(text, c->intermediate);
  l->ups = zeros(text, c->intermediate);
  l->inner = zeros(text, c->intermediate);
  add_linear(text, &l->gate, l->mid_seen, l->gates);
  add_linear(text, &l->up, l->mid_seen, l->ups);
  for (int i = 0; i < text->n * c->intermediate; i++)
    l->inner[i] = l->gates[i] / (1 + exp(-l->gates[i])) * l->ups[i];
  double *next = zeros(text, c->hidden);
  memcpy(next, l->mid, bytes);
  add_linear(text, &l->down, l->inner, next);
  return next;
}

static void norm_rows_grad(const struct text *text, struct param w, const double *x,
                           const double *dy, double *dx)
{
  int n = text->config->hidden;
  for (int t = 0; t < text->n; t++)
    norm_grad(text, w, x + t * n, dy + t * n, dx + t * n, n);
}

/* dx is of what the layer gave, then of what it took. */
static void layer_grad(struct text *text, struct layer *l, double *dx)
{
  const struct model_config *c = text->config;
  int q = c->heads * c->head_dim, k = c->kv_heads * c->head_dim;
  double *d_inner = zeros(text, c->intermediate), *d_gates = zeros(text, c->intermediate);
  double *d_mid_seen = zeros(text, c->hidden), *d_seen = zeros(text, c->hidden);
  double *d_mixed = zeros(text, q), *w = zeros(text, 1);
  linear_grad(text, &l->down, l->inner, dx, d_inner);
  for (int i = 0; i < text->n * c->intermediate; i++) {
    double a = l->gates[i], s = 1 / (1 + exp(-a));
    d_gates[i] = d_inner[i] * l->ups[i] * (s + a * s * (1 - s));
    d_inner[i] *= a * s; /* of ups from here on */
  }
  linear_grad(text, &l->gate, l->mid_seen, d_gates, d_mid_seen);
  linear_grad(text, &l->up, l->mid_seen, d_inner, d_mid_seen);
  norm_rows_grad(text, l->mlp_norm, l->mid, d_mid_seen, dx);
  linear_grad(text, &l->out, l->mixed, dx, d_mixed);
  struct mixed_grad mixed = { zeros(text, q), zeros(text, k), zeros(text, k) };
  for (int t = 0; t < text->n; t++)
    for (int h = 0; h < c->heads; h++)
      mix_row_grad(text, l, h, t, d_mixed, w, &mixed);
  double *dq = ready_grad(text, l->q0, mixed.queries, c->heads, l->q_norm);
  double *dk = ready_grad(text, l->k0, mixed.keys, c->kv_heads, l->k_norm);
  linear_grad(text, &l->q, l->seen, dq, d_seen);
  linear_grad(text, &l->k, l->seen, dk, d_seen);
  linear_grad(text, &l->v, l->seen, mixed.values, d_seen);
  norm_rows_grad(text, l->norm, l->x, d_seen, dx);
}

/* ---- the whole ---- */

void llama_grad(const struct llama *llama, const int32_t *ids, int n,
                const double *slopes, double *const *gradients)
{
  const struct model_config *c = llama->config;
  struct text text = { llama, c, gradients, { 0 }, n };
  int hidden = c->hidden;
  struct param table = param(&text, -1, "model.embed_tokens", "weight");
  struct param last = param(&text, -1, "model.norm", "weight");
  const char *name = c->score ? "score" : c->tied ? "model.embed_tokens" : "lm_head";
  struct linear head = linear(&text, -1, name, c->score ? 1 : c->vocab, hidden);
  struct layer *layers = ARENA_NEW(&text.arena, struct layer, c->layers);
  double *x = zeros(&text, hidden), *dx = zeros(&text, hidden);
  double *d_seen = zeros(&text, hidden);
  for (int i = 0; i < n * hidden; i++)
    x[i] = (double)table.w[ids[i / hidden] * hidden + i % hidden];
  for (int i = 0; i < c->layers; i++) {
    find(&text, &layers[i], i);
    x = layer_forward(&text, &layers[i], x);
  }
  linear_grad(&text, &head, normed(&text, last, x, hidden), slopes, d_seen);
  norm_rows_grad(&text, last, x, d_seen, dx);
  for (int i = c->layers - 1; i >= 0; i--)
    layer_grad(&text, &layers[i], dx);
  for (int i = 0; i < n * hidden; i++)
    table.g[ids[i / hidden] * hidden + i % hidden] += dx[i];
  arena_release(&text.arena);
}
