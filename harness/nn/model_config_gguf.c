/* A model's config from the metadata of a GGUF. */
#include <inttypes.h>
#include <stdio.h>

#include "base/arena.h"
#include "nn/gguf.h"
#include "nn/model_config.h"

/* The key "<architecture>.<name>". */
static const struct gguf_pair *find(const struct gguf *gguf, struct str arch,
                                    const char *name)
{
  char key[128];
  snprintf(key, sizeof key, "%.*s.%s", STR_ARG(arch), name);
  return gguf_find(gguf, key);
}

static int need_int(const struct gguf *gguf, struct str arch, const char *name,
                    int32_t *out, struct err *err)
{
  int64_t value;
  if (!gguf_int(find(gguf, arch, name), &value))
    return err_set(err, ERR_DATA, "the metadata has no whole number '%.*s.%s'",
                   STR_ARG(arch), name);
  if (value < 0 || value > INT32_MAX)
    return err_set(err, ERR_DATA, "'%.*s.%s' is %" PRId64 ", out of all range",
                   STR_ARG(arch), name, value);
  *out = (int32_t)value;
  return 0;
}

static int may_int(const struct gguf *gguf, struct str arch, const char *name,
                   int32_t fallback, int32_t *out, struct err *err)
{
  *out = fallback;
  return find(gguf, arch, name) ? need_int(gguf, arch, name, out, err) : 0;
}

/* A count may be given for each layer; we run models whose layers are all alike. */
static int heads_of_all(const struct gguf *gguf, struct str arch, const char *name,
                        int32_t fallback, int32_t *out, struct err *err)
{
  const struct gguf_pair *pair = find(gguf, arch, name);
  if (!pair || pair->type != GGUF_ARRAY)
    return may_int(gguf, arch, name, fallback, out, err);
  struct gguf_walk walk = gguf_walk_begin(pair);
  int64_t first = -1, value;
  for (uint64_t i = 0; i < pair->count; i++) {
    if (!gguf_walk_int(&walk, &value) || value < 0 || value > INT32_MAX)
      return err_set(err, ERR_DATA, "'%.*s.%s' lists what is no count", STR_ARG(arch),
                     name);
    if (i > 0 && value != first)
      return err_set(err, ERR_DATA, "'%.*s.%s' differs between layers, which is not done",
                     STR_ARG(arch), name);
    first = value;
  }
  *out = first >= 0 ? (int32_t)first : fallback;
  return 0;
}

static int read_arch(struct model_config *config, const struct gguf *gguf,
                     struct str *arch, struct err *err)
{
  /* llama.cpp calls Mistral a llama, and converts it as one */
  static const struct {
    const char *name;
    enum model_arch arch;
  } known[] = { { "llama", MODEL_LLAMA },
                { "qwen2", MODEL_QWEN2 },
                { "qwen3", MODEL_QWEN3 } };
  *arch = gguf_string(gguf_find(gguf, "general.architecture"));
  if (!str_present(*arch))
    return err_set(err, ERR_DATA,
                   "its metadata names no architecture; the file holds no model");
  for (size_t i = 0; i < COUNT(known); i++) {
    if (!str_equal(*arch, str_from(known[i].name)))
      continue;
    config->arch = known[i].arch;
    return 0;
  }
  return model_config_refuse_arch(*arch, err);
}

static int read_sizes(struct model_config *config, const struct gguf *gguf,
                      struct str arch, struct err *err)
{
  if (need_int(gguf, arch, "embedding_length", &config->hidden, err) < 0 ||
      need_int(gguf, arch, "block_count", &config->layers, err) < 0 ||
      need_int(gguf, arch, "feed_forward_length", &config->intermediate, err) < 0 ||
      need_int(gguf, arch, "context_length", &config->max_positions, err) < 0 ||
      heads_of_all(gguf, arch, "attention.head_count", 0, &config->heads, err) < 0 ||
      heads_of_all(gguf, arch, "attention.head_count_kv", config->heads,
                   &config->kv_heads, err) < 0)
    return -1;
  if (config->heads < 1)
    return err_set(err, ERR_DATA, "the number of heads is %d", config->heads);
  int32_t own = config->hidden / config->heads, values, rotated, experts;
  if (may_int(gguf, arch, "attention.key_length", own, &config->head_dim, err) < 0 ||
      may_int(gguf, arch, "attention.value_length", config->head_dim, &values, err) < 0 ||
      may_int(gguf, arch, "rope.dimension_count", config->head_dim, &rotated, err) < 0 ||
      may_int(gguf, arch, "expert_count", 0, &experts, err) < 0)
    return -1;
  if (values != config->head_dim || rotated != config->head_dim)
    return err_set(err, ERR_DATA,
                   "keys of %d, values of %d and a rotation of %d dimensions: "
                   "only equal ones are done",
                   config->head_dim, values, rotated);
  if (experts > 0)
    return err_set(err, ERR_DATA,
                   "it is a mixture of %d experts; only dense models run here", experts);
  return 0;
}

static int read_rope(struct model_config *config, const struct gguf *gguf,
                     struct str arch, struct err *err)
{
  struct rope *rope = &config->rope;
  rope->theta = 10000;
  gguf_real(find(gguf, arch, "rope.freq_base"), &rope->theta);
  struct str kind = gguf_string(find(gguf, arch, "rope.scaling.type"));
  rope->factor = 1;
  bool linear =
      gguf_real(find(gguf, arch, "rope.scale_linear"), &rope->factor); /* older */
  gguf_real(find(gguf, arch, "rope.scaling.factor"), &rope->factor);
  if (!str_present(kind))
    kind = linear && rope->factor > 1 ? STR("linear") : STR("none");
  if (str_equal(kind, STR("none")))
    return 0;
  if (str_equal(kind, STR("linear"))) {
    rope->kind = ROPE_LINEAR;
    return 0;
  }
  if (!str_equal(kind, STR("yarn")))
    return err_set(err, ERR_DATA,
                   "the rope scaling '%.*s' is none of none, linear and yarn",
                   STR_ARG(str_slice(kind, 0, 40)));
  rope->kind = ROPE_YARN;
  rope->beta_fast = 32;
  rope->beta_slow = 1;
  rope->truncate = true;
  gguf_real(find(gguf, arch, "rope.scaling.yarn_beta_fast"), &rope->beta_fast);
  gguf_real(find(gguf, arch, "rope.scaling.yarn_beta_slow"), &rope->beta_slow);
  double weight = 1;
  gguf_real(find(gguf, arch, "rope.scaling.attn_factor"), &weight);
  rope->attention_factor = weight * rope_yarn_attention(rope->factor, 1);
  return may_int(gguf, arch, "rope.scaling.original_context_length",
                 config->max_positions, &rope->original_positions, err);
}

/* The embedding says how many tokens there are; the vocabulary may be padded. */
static int read_vocab(struct model_config *config, const struct gguf *gguf,
                      struct err *err)
{
  const struct weight *embedding = weights_find(&gguf->weights, STR("token_embd.weight"));
  if (!embedding || embedding->n_dims != 2 || embedding->dims[0] > MODEL_VOCAB_MAX)
    return err_set(err, ERR_DATA,
                   "it has no tensor 'token_embd.weight' of two dimensions");
  config->vocab = (int32_t)embedding->dims[0];
  return 0;
}

static void read_ids(struct model_config *config, const struct gguf *gguf)
{
  static const char *const ends[] = { "tokenizer.ggml.eos_token_id",
                                      "tokenizer.ggml.eot_token_id",
                                      "tokenizer.ggml.eom_token_id" };
  int64_t id;
  if (gguf_int(gguf_find(gguf, "tokenizer.ggml.bos_token_id"), &id) && id >= 0 &&
      id < config->vocab)
    config->bos = (int32_t)id;
  for (size_t i = 0; i < COUNT(ends); i++) {
    bool there = gguf_int(gguf_find(gguf, ends[i]), &id) && id >= 0 && id < config->vocab;
    for (int k = 0; k < config->n_eos && there; k++)
      there = config->eos[k] != id;
    if (there)
      config->eos[config->n_eos++] = (int32_t)id;
  }
}

/* What the metadata does not say, the tensors do. */
static void read_flags(struct model_config *config, const struct gguf *gguf)
{
  config->qkv_bias = weights_find(&gguf->weights, STR("blk.0.attn_q.bias"));
  config->o_bias = weights_find(&gguf->weights, STR("blk.0.attn_output.bias"));
  config->mlp_bias = weights_find(&gguf->weights, STR("blk.0.ffn_up.bias"));
  config->qk_norm = config->arch == MODEL_QWEN3;
  config->tied = !weights_find(&gguf->weights, STR("output.weight"));
  config->lm_head = true;
}

int model_config_from_gguf(struct model_config *config, const struct gguf *gguf,
                           struct err *err)
{
  *config = (struct model_config){ .bos = -1, .dtype = WEIGHT_OTHER };
  struct str arch;
  if (read_arch(config, gguf, &arch, err) < 0 ||
      read_sizes(config, gguf, arch, err) < 0 || read_rope(config, gguf, arch, err) < 0 ||
      read_vocab(config, gguf, err) < 0)
    return -1;
  if (!gguf_real(find(gguf, arch, "attention.layer_norm_rms_epsilon"), &config->rms_eps))
    return err_set(err, ERR_DATA,
                   "the metadata has no '%.*s.attention.layer_norm_rms_epsilon'",
                   STR_ARG(arch));
  read_ids(config, gguf);
  read_flags(config, gguf);
  return model_config_check(config, err);
}
