#include "nn/model_config.h"

#include <stdio.h>

#include "base/arena.h"
#include "base/json.h"

/* Where the config says nothing, transformers' own defaults of the architecture. */
struct defaults {
  const char *prefix, *type;
  int kv_heads, head_dim; /* 0: one for each head; hidden / heads */
  int sliding_window;
  bool qkv_bias, may_bias, may_bias_mlp, qk_norm;
  bool window_by_flag; /* only with use_sliding_window */
};
static const struct defaults all_defaults[MODEL_ARCH_COUNT] = {
  [MODEL_LLAMA] = { "Llama", "llama", 0, 0, 0, false, true, true, false, false },
  [MODEL_MISTRAL] = { "Mistral", "mistral", 8, 0, 4096, false, false, false, false,
                      false },
  [MODEL_QWEN2] = { "Qwen2", "qwen2", 32, 0, 4096, true, false, false, false, true },
  [MODEL_QWEN3] = { "Qwen3", "qwen3", 32, 128, 4096, false, true, false, true, true },
};

/* ---- numbers ---- */

/* A whole number; `fallback` when the key is absent or null and there is one. */
static int read_int(const struct json *root, const char *key, int32_t fallback,
                    int32_t *out, struct err *err)
{
  const struct json *node = json_member(root, key);
  if (fallback >= 0 && (json_type(node) == JSON_ABSENT || json_type(node) == JSON_NULL)) {
    *out = fallback;
    return 0;
  }
  double value = json_number(node, -1);
  if (!(value >= 0 && value <= INT32_MAX) || value != (double)(int32_t)value) {
    if (json_type(node) == JSON_NUMBER)
      return err_set(err, ERR_DATA, "'%s' is %g; a whole number is needed", key, value);
    return err_set(err, ERR_DATA, "'%s' should be a number, found %s", key,
                   json_type_name(json_type(node)));
  }
  *out = (int32_t)value;
  return 0;
}

enum { NEEDED = -1 };

static int read_real(const struct json *root, const char *key, double fallback,
                     double *out, struct err *err)
{
  const struct json *node = json_member(root, key);
  enum json_type type = json_type(node);
  if (type != JSON_ABSENT && type != JSON_NULL && type != JSON_NUMBER)
    return err_set(err, ERR_DATA, "'%s' should be a number, found %s", key,
                   json_type_name(type));
  *out = json_number(node, fallback);
  return 0;
}

static bool has_value(const struct json *root, const char *key)
{
  enum json_type type = json_type(json_member(root, key));
  return type != JSON_ABSENT && type != JSON_NULL;
}

/* ---- ids ---- */

static int read_id(const struct json *node, const char *key, int32_t *out,
                   struct err *err)
{
  double value = json_number(node, 0.5);
  if (!(value >= INT32_MIN && value <= INT32_MAX) || value != (double)(int32_t)value)
    return err_set(err, ERR_DATA, "'%s' is no token id", key);
  *out = (int32_t)value;
  return 0;
}

/* One id or a list; some configs list the beginning too, whose first counts. */
static int read_ids(const struct json *root, const char *key, int32_t *ids, int most,
                    int *n, struct err *err)
{
  const struct json *node = json_member(root, key);
  if (!has_value(root, key))
    return 0;
  *n = 0;
  if (json_type(node) != JSON_ARRAY) {
    *n = 1;
    return read_id(node, key, &ids[0], err);
  }
  for (const struct json *id = json_first(node); id; id = json_next(id)) {
    if (*n == most)
      return err_set(err, ERR_DATA, "'%s' lists more than %d ids", key, most);
    if (read_id(id, key, &ids[*n], err) < 0)
      return -1;
    ++*n;
  }
  return 0;
}

static int read_special_ids(struct model_config *config, const struct json *root,
                            struct err *err)
{
  int32_t bos[MODEL_EOS_MAX];
  int n_bos = 0;
  if (read_ids(root, "eos_token_id", config->eos, MODEL_EOS_MAX, &config->n_eos, err) <
          0 ||
      read_ids(root, "bos_token_id", bos, MODEL_EOS_MAX, &n_bos, err) < 0)
    return -1;
  if (n_bos)
    config->bos = bos[0];
  return 0;
}

/* ---- architecture and heads ---- */

static int arch_from_class(struct str name, bool *sequence_class)
{
  for (int i = 0; i < MODEL_ARCH_COUNT; i++) {
    struct str prefix = str_from(all_defaults[i].prefix);
    struct str rest = str_slice(name, prefix.len, name.len);
    *sequence_class = str_equal(rest, STR("ForSequenceClassification"));
    if (str_starts(name, prefix) &&
        (*sequence_class || str_equal(rest, STR("ForCausalLM"))))
      return i;
  }
  return -1;
}

/* A classifier with one label is a value network. */
static int read_labels(const struct json *root, struct err *err)
{
  const struct json *labels = json_member(root, "id2label");
  double n = json_type(labels) == JSON_OBJECT ? (double)json_size(labels)
                                              : json_get_number(root, "num_labels", 2);
  return n == 1 ? 0
                : err_set(err, ERR_DATA,
                          "a classifier with %g labels is no value network; "
                          "num_labels should be 1",
                          n);
}

static int read_arch(struct model_config *config, const struct json *root,
                     struct err *err)
{
  const struct json *list = json_member(root, "architectures");
  struct str name = json_string(json_first(list), STR_NONE);
  bool sequence_class = false;
  int arch = -1;
  if (str_present(name)) {
    arch = arch_from_class(name, &sequence_class);
  } else {
    name = json_get_string(root, "model_type", STR_NONE);
    for (int i = 0; i < MODEL_ARCH_COUNT && str_present(name); i++)
      if (str_equal(name, str_from(all_defaults[i].type)))
        arch = i;
  }
  if (!str_present(name))
    return err_set(err, ERR_DATA, "it names no architecture ('architectures': [\"%s\"])",
                   model_arch_name(MODEL_LLAMA));
  if (arch < 0)
    return model_config_refuse_arch(name, err);
  config->arch = (enum model_arch)arch;
  config->score = sequence_class;
  config->lm_head = !sequence_class;
  return sequence_class ? read_labels(root, err) : 0;
}

static int refuse_other_kinds(const struct json *root, struct err *err)
{
  struct str act = json_get_string(root, "hidden_act", STR("silu"));
  if (!str_equal(act, STR("silu")) && !str_equal(act, STR("swish")))
    return err_set(err, ERR_DATA, "the activation '%.*s' is not SiLU, the only one here",
                   STR_ARG(str_slice(act, 0, 40)));
  if (has_value(root, "quantization_config")) {
    struct str by = json_get_string(json_member(root, "quantization_config"),
                                    "quant_method", STR("something"));
    return err_set(err, ERR_DATA,
                   "its weights are quantised by '%.*s'; take the original "
                   "model or a GGUF of it",
                   STR_ARG(str_slice(by, 0, 40)));
  }
  double part = json_get_number(root, "partial_rotary_factor", 1);
  if (part != 1)
    return err_set(err, ERR_DATA, "'partial_rotary_factor' is %g; only 1 is done", part);
  return 0;
}

/* ---- sizes and flags ---- */

static int read_sizes(struct model_config *config, const struct json *root,
                      struct err *err)
{
  const struct defaults *defaults = &all_defaults[config->arch];
  if (read_int(root, "hidden_size", NEEDED, &config->hidden, err) < 0 ||
      read_int(root, "num_hidden_layers", NEEDED, &config->layers, err) < 0 ||
      read_int(root, "num_attention_heads", NEEDED, &config->heads, err) < 0 ||
      read_int(root, "intermediate_size", NEEDED, &config->intermediate, err) < 0 ||
      read_int(root, "vocab_size", NEEDED, &config->vocab, err) < 0 ||
      read_int(root, "max_position_embeddings", NEEDED, &config->max_positions, err) < 0)
    return -1;
  int32_t kv = defaults->kv_heads ? defaults->kv_heads : config->heads;
  int32_t head_dim = defaults->head_dim;
  if (!head_dim && !has_value(root, "head_dim")) {
    if (config->heads == 0 || config->hidden % config->heads)
      return err_set(err, ERR_DATA,
                     "'hidden_size' %d is no multiple of "
                     "'num_attention_heads' %d, and there is no 'head_dim'",
                     config->hidden, config->heads);
    head_dim = config->hidden / config->heads;
  }
  if (read_int(root, "num_key_value_heads", kv, &config->kv_heads, err) < 0 ||
      read_int(root, "head_dim", head_dim, &config->head_dim, err) < 0)
    return -1;
  return read_real(root, "rms_norm_eps", 1e-6, &config->rms_eps, err);
}

/* transformers 4.52 and later list each layer's kind of attention. */
static int read_layer_types(const struct json *root, bool *any_sliding, struct err *err)
{
  const struct json *types = json_member(root, "layer_types");
  *any_sliding = false;
  for (const struct json *type = json_first(types); type; type = json_next(type)) {
    struct str name = json_string(type, STR(""));
    if (str_equal(name, STR("sliding_attention")))
      *any_sliding = true;
    else if (!str_equal(name, STR("full_attention")))
      return err_set(err, ERR_DATA,
                     "'layer_types' has '%.*s'; only full_attention and "
                     "sliding_attention are done",
                     STR_ARG(str_slice(name, 0, 40)));
  }
  return 0;
}

static int read_window(struct model_config *config, const struct json *root,
                       struct err *err)
{
  const struct defaults *defaults = &all_defaults[config->arch];
  bool sliding;
  if (read_layer_types(root, &sliding, err) < 0)
    return -1;
  bool absent = json_type(json_member(root, "sliding_window")) == JSON_ABSENT;
  if (config->arch == MODEL_LLAMA || (defaults->window_by_flag && !sliding &&
                                      !json_get_bool(root, "use_sliding_window", false)))
    return 0;
  return read_int(root, "sliding_window", absent ? defaults->sliding_window : 0,
                  &config->sliding_window, err);
}

static void read_flags(struct model_config *config, const struct json *root)
{
  const struct defaults *defaults = &all_defaults[config->arch];
  bool bias = defaults->may_bias && json_get_bool(root, "attention_bias", false);
  config->qkv_bias = defaults->qkv_bias || bias;
  config->o_bias = bias;
  config->mlp_bias = defaults->may_bias_mlp && json_get_bool(root, "mlp_bias", false);
  config->qk_norm = defaults->qk_norm;
  config->tied = json_get_bool(root, "tie_word_embeddings", false);
  static const struct {
    const char *name;
    enum weight_type type;
  } dtypes[] = { { "float32", WEIGHT_F32 },
                 { "float16", WEIGHT_F16 },
                 { "bfloat16", WEIGHT_BF16 } };
  struct str dtype =
      json_get_string(root, "torch_dtype", json_get_string(root, "dtype", STR("")));
  config->dtype = WEIGHT_OTHER;
  for (size_t i = 0; i < COUNT(dtypes); i++)
    if (str_equal(dtype, str_from(dtypes[i].name)))
      config->dtype = dtypes[i].type;
}

/* ---- rope ---- */

static int read_yarn(struct rope *rope, const struct json *scaling, struct err *err)
{
  double mscale, mscale_all;
  if (read_real(scaling, "beta_fast", 32, &rope->beta_fast, err) < 0 ||
      read_real(scaling, "beta_slow", 1, &rope->beta_slow, err) < 0 ||
      read_real(scaling, "mscale", 0, &mscale, err) < 0 ||
      read_real(scaling, "mscale_all_dim", 0, &mscale_all, err) < 0)
    return -1;
  rope->truncate = json_get_bool(scaling, "truncate", true);
  double own = rope_yarn_attention(rope->factor, 1);
  if (mscale != 0 && mscale_all != 0)
    own = rope_yarn_attention(rope->factor, mscale) /
          rope_yarn_attention(rope->factor, mscale_all);
  return read_real(scaling, "attention_factor", own, &rope->attention_factor, err);
}

static int read_scaling(struct model_config *config, const struct json *scaling,
                        struct err *err)
{
  struct rope *rope = &config->rope;
  struct str kind =
      json_get_string(scaling, "rope_type", json_get_string(scaling, "type", STR("")));
  static const struct {
    const char *name;
    enum rope_kind kind;
  } kinds[] = { { "default", ROPE_NONE },
                { "linear", ROPE_LINEAR },
                { "llama3", ROPE_LLAMA3 },
                { "yarn", ROPE_YARN } };
  size_t i = 0;
  while (i < COUNT(kinds) && !str_equal(kind, str_from(kinds[i].name)))
    i++;
  if (i == COUNT(kinds))
    return err_set(err, ERR_DATA,
                   "the rope scaling '%.*s' is none of default, linear, llama3 "
                   "and yarn",
                   STR_ARG(str_slice(kind, 0, 40)));
  rope->kind = kinds[i].kind;
  if (rope->kind == ROPE_NONE)
    return 0;
  if (read_real(scaling, "factor", 0, &rope->factor, err) < 0 ||
      read_int(scaling, "original_max_position_embeddings", config->max_positions,
               &rope->original_positions, err) < 0 ||
      read_real(scaling, "low_freq_factor", 0, &rope->low_freq_factor, err) < 0 ||
      read_real(scaling, "high_freq_factor", 0, &rope->high_freq_factor, err) < 0)
    return -1;
  if (rope->kind != ROPE_YARN)
    return 0;
  /* Qwen's recipe for long texts sets the scaling and leaves the old context standing */
  double stretched = rope->factor * rope->original_positions;
  if (stretched > config->max_positions && stretched <= MODEL_POSITIONS_MAX)
    config->max_positions = (int32_t)stretched;
  return read_yarn(rope, scaling, err);
}

static int read_rope(struct model_config *config, const struct json *root,
                     struct err *err)
{
  /* transformers 5 has one object for both */
  const struct json *both = json_member(root, "rope_parameters");
  const struct json *scaling =
      has_value(root, "rope_parameters") ? both : json_member(root, "rope_scaling");
  config->rope.factor = 1;
  if (read_real(root, "rope_theta", 10000, &config->rope.theta, err) < 0 ||
      read_real(both, "rope_theta", config->rope.theta, &config->rope.theta, err) < 0)
    return -1;
  if (json_type(scaling) == JSON_ABSENT || json_type(scaling) == JSON_NULL)
    return 0;
  if (json_type(scaling) != JSON_OBJECT)
    return err_set(err, ERR_DATA, "'rope_scaling' should be an object, found %s",
                   json_type_name(json_type(scaling)));
  return read_scaling(config, scaling, err);
}

/* ---- the whole ---- */

static int read_config(struct model_config *config, const struct json *root,
                       struct err *err)
{
  if (json_type(root) != JSON_OBJECT)
    return err_set(err, ERR_DATA, "it is no JSON object");
  if (read_arch(config, root, err) < 0 || refuse_other_kinds(root, err) < 0 ||
      read_sizes(config, root, err) < 0 || read_window(config, root, err) < 0 ||
      read_rope(config, root, err) < 0 || read_special_ids(config, root, err) < 0)
    return -1;
  read_flags(config, root);
  return model_config_check(config, err);
}

int model_config_parse(struct model_config *config, struct str json, struct err *err)
{
  *config = (struct model_config){ .bos = -1 };
  struct json_doc doc;
  if (json_parse(&doc, json, err) < 0)
    return -1;
  int rc = read_config(config, doc.root, err);
  json_doc_release(&doc);
  return rc;
}

int model_config_add_generation(struct model_config *config, struct str json,
                                struct err *err)
{
  struct json_doc doc;
  if (json_parse(&doc, json, err) < 0)
    return -1;
  int rc = read_special_ids(config, doc.root, err);
  json_doc_release(&doc);
  return rc < 0 ? -1 : model_config_check(config, err);
}
