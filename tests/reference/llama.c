#include "reference/llama.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "nn/model_tensors.h"

/* NULL when a model of this config has no such tensor. */
static const float *weight(const struct llama *llama, int layer, const char *name)
{
  char full[MODEL_TENSOR_NAME_SIZE];
  struct model_tensor tensor;
  if (layer < 0)
    snprintf(full, sizeof full, "%s", name);
  else
    snprintf(full, sizeof full, "model.layers.%d.%s", layer, name);
  for (size_t i = 0; model_tensor_at(llama->config, i, &tensor); i++)
    if (strcmp(tensor.name, full) == 0)
      return llama->weights[i];
  return NULL;
}

static double *zeros(struct arena *arena, int rows, int columns)
{
  return ARENA_NEW(arena, double, (size_t)rows *(size_t)columns);
}

/* y[n] += w[n][k] x[k] + bias[n] */
static void add_linear(double *y, const double *x, const float *w, const float *bias,
                       int n, int k)
{
  for (int i = 0; i < n; i++) {
    double sum = bias ? bias[i] : 0;
    for (int j = 0; j < k; j++)
      sum += (double)w[(size_t)i * (size_t)k + (size_t)j] * x[j];
    y[i] += sum;
  }
}

static void norm(double *y, const double *x, const float *w, int n, double eps)
{
  double squares = 0;
  for (int i = 0; i < n; i++)
    squares += x[i] * x[i];
  double scale = 1 / sqrt(squares / n + eps);
  for (int i = 0; i < n; i++)
    y[i] = x[i] * scale * w[i];
}

static void rotate(const struct model_config *config, double *head, int position)
{
  int half = config->head_dim / 2;
  double factor = rope_attention_factor(&config->rope);
  for (int i = 0; i < half; i++) {
    float frequency = (float)rope_frequency(&config->rope, config->head_dim, i);
    float angle = (float)position * frequency;
    double c = cos((double)angle) * factor, s = sin((double)angle) * factor;
    double a = head[i], b = head[i + half];
    head[i] = a * c - b * s;
    head[i + half] = b * c + a * s;
  }
}

/* One head of queries over the keys and values of positions 0 .. position. */
static void attend(double *y, const double *q, const double *keys, const double *values,
                   int position, int stride, int d)
{
  double *w = mem_alloc(((size_t)position + 1) * sizeof *w);
  double most = -INFINITY, total = 0;
  for (int j = 0; j <= position; j++) {
    w[j] = 0;
    for (int i = 0; i < d; i++)
      w[j] += q[i] * keys[j * stride + i];
    w[j] /= sqrt(d);
    most = fmax(most, w[j]);
  }
  for (int j = 0; j <= position; j++)
    total += w[j] = exp(w[j] - most);
  for (int i = 0; i < d; i++) {
    y[i] = 0;
    for (int j = 0; j <= position; j++)
      y[i] += w[j] / total * values[j * stride + i];
  }
  free(w);
}

/* What the positions of one layer have computed. */
struct layer {
  const struct llama *llama;
  int number;
  double *x; /* n rows of `hidden`, replaced in place */
  int n;
};

static void attention(struct arena *arena, const struct layer *layer)
{
  const struct llama *llama = layer->llama;
  const struct model_config *config = llama->config;
  int l = layer->number, n = layer->n, hidden = config->hidden, d = config->head_dim;
  int wide = config->heads * d, narrow = config->kv_heads * d;
  int shared = config->heads / config->kv_heads;
  const float *q_norm = weight(llama, l, "self_attn.q_norm.weight");
  const float *k_norm = weight(llama, l, "self_attn.k_norm.weight");
  double *q = zeros(arena, n, wide), *keys = zeros(arena, n, narrow);
  double *values = zeros(arena, n, narrow), *seen = zeros(arena, 1, hidden);
  double *mixed = zeros(arena, 1, wide);
  for (int t = 0; t < n; t++) {
    norm(seen, layer->x + t * hidden, weight(llama, l, "input_layernorm.weight"), hidden,
         config->rms_eps);
    add_linear(q + t * wide, seen, weight(llama, l, "self_attn.q_proj.weight"),
               weight(llama, l, "self_attn.q_proj.bias"), wide, hidden);
    add_linear(keys + t * narrow, seen, weight(llama, l, "self_attn.k_proj.weight"),
               weight(llama, l, "self_attn.k_proj.bias"), narrow, hidden);
    add_linear(values + t * narrow, seen, weight(llama, l, "self_attn.v_proj.weight"),
               weight(llama, l, "self_attn.v_proj.bias"), narrow, hidden);
    for (int h = 0; h < config->heads; h++) {
      double *head = q + t * wide + h * d;
      if (q_norm)
        norm(head, head, q_norm, d, config->rms_eps);
      rotate(config, head, t);
    }
    for (int g = 0; g < config->kv_heads; g++) {
      double *head = keys + t * narrow + g * d;
      if (k_norm)
        norm(head, head, k_norm, d, config->rms_eps);
      rotate(config, head, t);
    }
  }
  for (int t = 0; t < n; t++) {
    for (int h = 0; h < config->heads; h++)
      attend(mixed + h * d, q + t * wide + h * d, keys + h / shared * d,
             values + h / shared * d, t, narrow, d);
    add_linear(layer->x + t * hidden, mixed, weight(llama, l, "self_attn.o_proj.weight"),
               weight(llama, l, "self_attn.o_proj.bias"), hidden, wide);
  }
}

static void gated_unit(struct arena *arena, const struct layer *layer)
{
  const struct llama *llama = layer->llama;
  const struct model_config *config = llama->config;
  int l = layer->number, hidden = config->hidden, inner = config->intermediate;
  double *seen = zeros(arena, 1, hidden);
  for (int t = 0; t < layer->n; t++) {
    double *x = layer->x + t * hidden;
    double *gate = zeros(arena, 1, inner), *up = zeros(arena, 1, inner);
    norm(seen, x, weight(llama, l, "post_attention_layernorm.weight"), hidden,
         config->rms_eps);
    add_linear(gate, seen, weight(llama, l, "mlp.gate_proj.weight"),
               weight(llama, l, "mlp.gate_proj.bias"), inner, hidden);
    add_linear(up, seen, weight(llama, l, "mlp.up_proj.weight"),
               weight(llama, l, "mlp.up_proj.bias"), inner, hidden);
    for (int i = 0; i < inner; i++)
      up[i] *= gate[i] / (1 + exp(-gate[i]));
    add_linear(x, up, weight(llama, l, "mlp.down_proj.weight"),
               weight(llama, l, "mlp.down_proj.bias"), hidden, inner);
  }
}

/* `rows` rows of a head over what leaves the last layer. */
static void run(const struct llama *llama, const int32_t *ids, int n, const float *head,
                int rows, double *out)
{
  const struct model_config *config = llama->config;
  const float *table = weight(llama, -1, "model.embed_tokens.weight");
  int hidden = config->hidden;
  struct arena arena = { 0 };
  double *x = zeros(&arena, n, hidden), *seen = zeros(&arena, 1, hidden);
  for (int t = 0; t < n; t++)
    for (int i = 0; i < hidden; i++)
      x[t * hidden + i] = table[(size_t)ids[t] * (size_t)hidden + (size_t)i];
  for (int l = 0; l < config->layers; l++) {
    struct layer layer = { llama, l, x, n };
    attention(&arena, &layer);
    gated_unit(&arena, &layer);
  }
  for (int t = 0; t < n; t++) {
    double *row = out + (size_t)t * (size_t)rows;
    norm(seen, x + t * hidden, weight(llama, -1, "model.norm.weight"), hidden,
         config->rms_eps);
    for (int i = 0; i < rows; i++)
      row[i] = 0;
    add_linear(row, seen, head, NULL, rows, hidden);
  }
  arena_release(&arena);
}

void llama_logits(const struct llama *llama, const int32_t *ids, int n, double *logits)
{
  const struct model_config *config = llama->config;
  const char *head = config->tied ? "model.embed_tokens.weight" : "lm_head.weight";
  run(llama, ids, n, weight(llama, -1, head), config->vocab, logits);
}

void llama_values(const struct llama *llama, const int32_t *ids, int n, double *values)
{
  run(llama, ids, n, weight(llama, -1, "score.weight"), 1, values);
}
