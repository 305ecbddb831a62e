/* config.json of what was trained, as transformers would write it. */
#include <stdio.h>

#include "base/arena.h"
#include "base/json.h"
#include "nn/trainee_part.h"

static void put_ids(struct json_writer *w, const struct model_config *config)
{
  if (config->bos >= 0)
    json_member_int(w, "bos_token_id", config->bos);
  if (config->n_eos == 1)
    json_member_int(w, "eos_token_id", config->eos[0]);
  if (config->n_eos < 2)
    return;
  json_put_key(w, "eos_token_id");
  json_begin_array(w);
  for (int i = 0; i < config->n_eos; i++)
    json_put_int(w, config->eos[i]);
  json_end_array(w);
}

static void put_sizes(struct json_writer *w, const struct model_config *config)
{
  const struct {
    const char *key;
    int32_t value;
  } sizes[] = {
    { "hidden_size", config->hidden },
    { "num_hidden_layers", config->layers },
    { "num_attention_heads", config->heads },
    { "num_key_value_heads", config->kv_heads },
    { "head_dim", config->head_dim },
    { "intermediate_size", config->intermediate },
    { "vocab_size", config->vocab },
    { "max_position_embeddings", config->max_positions },
  };
  for (size_t i = 0; i < COUNT(sizes); i++)
    json_member_int(w, sizes[i].key, sizes[i].value);
}

static void put_scaling(struct json_writer *w, const struct rope *rope)
{
  static const char *const names[] = {
#define XX(id, name) name,
    ROPE_KIND_MAP(XX)
#undef XX
  };
  if (rope->kind == ROPE_NONE)
    return;
  json_put_key(w, "rope_scaling");
  json_begin_object(w);
  json_member_string(w, "rope_type", str_from(names[rope->kind]));
  json_member_number(w, "factor", rope->factor);
  if (rope->kind != ROPE_LINEAR)
    json_member_int(w, "original_max_position_embeddings", rope->original_positions);
  if (rope->kind == ROPE_LLAMA3) {
    json_member_number(w, "low_freq_factor", rope->low_freq_factor);
    json_member_number(w, "high_freq_factor", rope->high_freq_factor);
  }
  if (rope->kind == ROPE_YARN) {
    json_member_number(w, "beta_fast", rope->beta_fast);
    json_member_number(w, "beta_slow", rope->beta_slow);
    json_member_number(w, "attention_factor", rope->attention_factor);
    json_member_bool(w, "truncate", rope->truncate);
  }
  json_end_object(w);
}

/* Without a window where the architecture's default is one. */
static void put_window(struct json_writer *w, const struct model_config *config)
{
  if (config->arch == MODEL_LLAMA)
    return;
  if (config->arch != MODEL_MISTRAL)
    json_member_bool(w, "use_sliding_window", config->sliding_window > 0);
  json_put_key(w, "sliding_window");
  if (config->sliding_window)
    json_put_int(w, config->sliding_window);
  else
    json_put_null(w);
}

static void put_head(struct json_writer *w, const struct model_config *config)
{
  if (config->lm_head)
    return;
  json_put_key(w, "id2label");
  json_begin_object(w);
  json_member_string(w, "0", STR("value"));
  json_end_object(w);
  json_put_key(w, "label2id");
  json_begin_object(w);
  json_member_int(w, "value", 0);
  json_end_object(w);
}

void trainee_config_write(const struct model_config *config, struct buf *out)
{
  static const char *const prefixes[] = {
#define XX(id, prefix, type) prefix,
    MODEL_ARCH_MAP(XX)
#undef XX
  };
  static const char *const types[] = {
#define XX(id, prefix, type) type,
    MODEL_ARCH_MAP(XX)
#undef XX
  };
  char name[64];
  struct json_writer w;
  snprintf(name, sizeof name, "%s%s", prefixes[config->arch],
           config->lm_head ? "ForCausalLM" : "ForSequenceClassification");
  json_writer_init(&w, out, JSON_INDENT2);
  json_begin_object(&w);
  json_put_key(&w, "architectures");
  json_begin_array(&w);
  json_put_string(&w, str_from(name));
  json_end_array(&w);
  json_member_string(&w, "model_type", str_from(types[config->arch]));
  json_member_string(&w, "torch_dtype", STR("float32"));
  json_member_string(&w, "hidden_act", STR("silu"));
  put_sizes(&w, config);
  json_member_number(&w, "rms_norm_eps", config->rms_eps);
  json_member_number(&w, "rope_theta", config->rope.theta);
  put_scaling(&w, &config->rope);
  json_member_bool(&w, "attention_bias", config->o_bias);
  json_member_bool(&w, "mlp_bias", config->mlp_bias);
  json_member_bool(&w, "tie_word_embeddings", config->tied);
  put_window(&w, config);
  put_head(&w, config);
  put_ids(&w, config);
  json_end_object(&w);
  buf_add_char(out, '\n');
}
