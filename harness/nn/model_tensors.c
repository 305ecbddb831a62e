#include "nn/model_tensors.h"

#include <stdio.h>

#include "base/arena.h"

enum dim { ONE, HIDDEN, VOCAB, INNER, QUERY, KEY, HEAD };
enum when { ALWAYS, UNTIED, SCORE, QKV_BIAS, O_BIAS, MLP_BIAS, QK_NORM };
enum rotary { PLAIN, OF_HEADS, OF_KV_HEADS };

struct row {
  const char *name, *gguf;
  int n_dims;
  enum dim dims[2];
  enum when when;
  enum rotary rotary;
};

static const struct row before[] = {
  { "model.embed_tokens.weight",
    "token_embd.weight",
    2,
    { VOCAB, HIDDEN },
    ALWAYS,
    PLAIN },
};
static const struct row layer[] = {
  { "input_layernorm.weight", "attn_norm.weight", 1, { HIDDEN, ONE }, ALWAYS, PLAIN },
  { "self_attn.q_proj.weight", "attn_q.weight", 2, { QUERY, HIDDEN }, ALWAYS, OF_HEADS },
  { "self_attn.q_proj.bias", "attn_q.bias", 1, { QUERY, ONE }, QKV_BIAS, OF_HEADS },
  { "self_attn.k_proj.weight", "attn_k.weight", 2, { KEY, HIDDEN }, ALWAYS, OF_KV_HEADS },
  { "self_attn.k_proj.bias", "attn_k.bias", 1, { KEY, ONE }, QKV_BIAS, OF_KV_HEADS },
  { "self_attn.v_proj.weight", "attn_v.weight", 2, { KEY, HIDDEN }, ALWAYS, PLAIN },
  { "self_attn.v_proj.bias", "attn_v.bias", 1, { KEY, ONE }, QKV_BIAS, PLAIN },
  { "self_attn.q_norm.weight", "attn_q_norm.weight", 1, { HEAD, ONE }, QK_NORM, PLAIN },
  { "self_attn.k_norm.weight", "attn_k_norm.weight", 1, { HEAD, ONE }, QK_NORM, PLAIN },
  { "self_attn.o_proj.weight",
    "attn_output.weight",
    2,
    { HIDDEN, QUERY },
    ALWAYS,
    PLAIN },
  { "self_attn.o_proj.bias", "attn_output.bias", 1, { HIDDEN, ONE }, O_BIAS, PLAIN },
  { "post_attention_layernorm.weight",
    "ffn_norm.weight",
    1,
    { HIDDEN, ONE },
    ALWAYS,
    PLAIN },
  { "mlp.gate_proj.weight", "ffn_gate.weight", 2, { INNER, HIDDEN }, ALWAYS, PLAIN },
  { "mlp.gate_proj.bias", "ffn_gate.bias", 1, { INNER, ONE }, MLP_BIAS, PLAIN },
  { "mlp.up_proj.weight", "ffn_up.weight", 2, { INNER, HIDDEN }, ALWAYS, PLAIN },
  { "mlp.up_proj.bias", "ffn_up.bias", 1, { INNER, ONE }, MLP_BIAS, PLAIN },
  { "mlp.down_proj.weight", "ffn_down.weight", 2, { HIDDEN, INNER }, ALWAYS, PLAIN },
  { "mlp.down_proj.bias", "ffn_down.bias", 1, { HIDDEN, ONE }, MLP_BIAS, PLAIN },
};
static const struct row behind[] = {
  { "model.norm.weight", "output_norm.weight", 1, { HIDDEN, ONE }, ALWAYS, PLAIN },
  { "lm_head.weight", "output.weight", 2, { VOCAB, HIDDEN }, UNTIED, PLAIN },
  { "score.weight", NULL, 2, { ONE, HIDDEN }, SCORE, PLAIN },
};

static bool wanted(const struct model_config *config, enum when when)
{
  switch (when) {
  case ALWAYS: return true;
  case UNTIED: return config->lm_head && !config->tied;
  case SCORE: return config->score;
  case QKV_BIAS: return config->qkv_bias;
  case O_BIAS: return config->o_bias;
  case MLP_BIAS: return config->mlp_bias;
  case QK_NORM: return config->qk_norm;
  }
  return false;
}

static int64_t size_of(const struct model_config *config, enum dim dim)
{
  switch (dim) {
  case ONE: return 1;
  case HIDDEN: return config->hidden;
  case VOCAB: return config->vocab;
  case INNER: return config->intermediate;
  case QUERY: return (int64_t)config->heads * config->head_dim;
  case KEY: return (int64_t)config->kv_heads * config->head_dim;
  case HEAD: return config->head_dim;
  }
  return 0;
}

static void fill(const struct model_config *config, const struct row *row, int in_layer,
                 struct model_tensor *out)
{
  *out = (struct model_tensor){ .n_dims = row->n_dims };
  const char *gguf = row->gguf ? row->gguf : "";
  if (in_layer >= 0) {
    snprintf(out->name, sizeof out->name, "model.layers.%d.%s", in_layer, row->name);
    snprintf(out->gguf, sizeof out->gguf, "blk.%d.%s", in_layer, gguf);
  } else {
    snprintf(out->name, sizeof out->name, "%s", row->name);
    snprintf(out->gguf, sizeof out->gguf, "%s", gguf);
  }
  for (int i = 0; i < 2; i++)
    out->dims[i] = size_of(config, row->dims[i]);
  out->rotary_heads = row->rotary == OF_HEADS      ? config->heads
                      : row->rotary == OF_KV_HEADS ? config->kv_heads
                                                   : 0;
}

/* The i-th wanted row of a table, or NULL with *i lowered by how many there are. */
static const struct row *pick(const struct model_config *config, const struct row *rows,
                              size_t n, size_t *i)
{
  for (size_t at = 0; at < n; at++)
    if (wanted(config, rows[at].when) && (*i)-- == 0)
      return &rows[at];
  return NULL;
}

bool model_tensor_at(const struct model_config *config, size_t i,
                     struct model_tensor *out)
{
  const struct row *row = pick(config, before, COUNT(before), &i);
  int in_layer = -1;
  if (!row) {
    size_t each = 0;
    for (size_t at = 0; at < COUNT(layer); at++)
      each += wanted(config, layer[at].when);
    size_t inside = each * (size_t)config->layers;
    if (i < inside) {
      in_layer = (int)(i / each);
      i %= each;
      row = pick(config, layer, COUNT(layer), &i);
    } else {
      i -= inside;
      row = pick(config, behind, COUNT(behind), &i);
    }
  }
  if (!row)
    return false;
  fill(config, row, in_layer, out);
  return true;
}

/* "model.layers.12.rest": the number, or -1; *rest is what follows. */
static int layer_number(struct str name, struct str *rest)
{
  struct str prefix = STR("model.layers.");
  if (!str_starts(name, prefix))
    return -1;
  *rest = str_slice(name, prefix.len, name.len);
  int number = 0;
  size_t digits = 0;
  while (digits < rest->len && digits < 5 && char_is_digit(rest->ptr[digits]))
    number = 10 * number + (rest->ptr[digits++] - '0');
  bool leading_zero = digits > 1 && rest->ptr[0] == '0';
  if (digits == 0 || digits == rest->len || rest->ptr[digits] != '.' || leading_zero)
    return -1;
  *rest = str_slice(*rest, digits + 1, rest->len);
  return number;
}

static bool find_in(const struct model_config *config, const struct row *rows, size_t n,
                    struct str name, int in_layer, struct model_tensor *out)
{
  for (size_t i = 0; i < n; i++) {
    if (!wanted(config, rows[i].when) || !str_equal(name, str_from(rows[i].name)))
      continue;
    fill(config, &rows[i], in_layer, out);
    return true;
  }
  return false;
}

bool model_tensor_find(const struct model_config *config, struct str name,
                       struct model_tensor *out)
{
  struct str rest;
  int number = layer_number(name, &rest);
  if (number >= 0)
    return number < config->layers &&
           find_in(config, layer, COUNT(layer), rest, number, out);
  return find_in(config, before, COUNT(before), name, -1, out) ||
         find_in(config, behind, COUNT(behind), name, -1, out);
}
