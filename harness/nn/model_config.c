#include "nn/model_config.h"

#include <math.h>
#include <stdio.h>

#include "base/arena.h"
#include "nn/model_tensors.h"

const char *model_arch_name(enum model_arch arch)
{
  static const char *const names[] = {
#define XX(id, prefix, type) prefix "ForCausalLM",
    MODEL_ARCH_MAP(XX)
#undef XX
  };
  return arch < MODEL_ARCH_COUNT ? names[arch] : "an unknown architecture";
}

int model_config_refuse_arch(struct str name, struct err *err)
{
  struct str shown = str_slice(name, 0, 64);
  return err_set(
      err, ERR_DATA,
      "the architecture '%.*s' does not run here (these do: "
#define XX(id, prefix, type) prefix "ForCausalLM "
      MODEL_ARCH_MAP(XX)
#undef XX
          "and their GGUF files); serve it elsewhere and give --model http://HOST/v1",
      STR_ARG(shown));
}

struct range {
  const char *name;
  int64_t value, least, most;
};

static int check_ranges(const struct model_config *config, struct err *err)
{
  const struct range ranges[] = {
    { "the hidden size", config->hidden, 1, MODEL_HIDDEN_MAX },
    { "the number of layers", config->layers, 1, MODEL_LAYERS_MAX },
    { "the number of heads", config->heads, 1, MODEL_HEADS_MAX },
    { "the number of key-value heads", config->kv_heads, 1, config->heads },
    { "the size of a head", config->head_dim, 2, MODEL_HEAD_DIM_MAX },
    { "the intermediate size", config->intermediate, 1, MODEL_INTERMEDIATE_MAX },
    { "the size of the vocabulary", config->vocab, 1, MODEL_VOCAB_MAX },
    { "the number of positions", config->max_positions, 1, MODEL_POSITIONS_MAX },
    { "the sliding window", config->sliding_window, 0, MODEL_POSITIONS_MAX },
  };
  for (size_t i = 0; i < COUNT(ranges); i++)
    if (ranges[i].value < ranges[i].least || ranges[i].value > ranges[i].most)
      return err_set(err, ERR_DATA, "%s is %lld; %lld to %lld make sense", ranges[i].name,
                     (long long)ranges[i].value, (long long)ranges[i].least,
                     (long long)ranges[i].most);
  if (config->heads % config->kv_heads)
    return err_set(err, ERR_DATA, "%d heads cannot share %d key-value heads evenly",
                   config->heads, config->kv_heads);
  if (config->head_dim % 2)
    return err_set(err, ERR_DATA, "a head of %d dimensions cannot be rotated in pairs",
                   config->head_dim);
  return 0;
}

static bool between(double value, double least, double most)
{
  return value >= least && value <= most; /* false for NaN */
}

static int check_rope(const struct rope *rope, struct err *err)
{
  if (!between(rope->theta, 1.5, 1e12))
    return err_set(err, ERR_DATA, "rope_theta is %g; 1.5 to 1e12 make sense",
                   rope->theta);
  if (rope->kind == ROPE_NONE || rope->kind == ROPE_DIVISORS)
    return 0;
  if (!between(rope->factor, 1, 1e6))
    return err_set(err, ERR_DATA, "the rope scaling's factor is %g; 1 to 1e6 make sense",
                   rope->factor);
  if (rope->kind == ROPE_LINEAR)
    return 0;
  if (rope->original_positions < 1 || rope->original_positions > MODEL_POSITIONS_MAX)
    return err_set(err, ERR_DATA,
                   "the rope scaling's original context is %d; 1 to %d make "
                   "sense",
                   rope->original_positions, MODEL_POSITIONS_MAX);
  if (rope->kind == ROPE_LLAMA3 && !(between(rope->low_freq_factor, 1e-6, 1e6) &&
                                     between(rope->high_freq_factor, 1e-6, 1e6) &&
                                     rope->low_freq_factor < rope->high_freq_factor))
    return err_set(err, ERR_DATA,
                   "the rope scaling's low_freq_factor %g should be positive "
                   "and below its high_freq_factor %g",
                   rope->low_freq_factor, rope->high_freq_factor);
  if (rope->kind == ROPE_YARN &&
      !(between(rope->beta_fast, 1e-6, 1e6) && between(rope->beta_slow, 1e-6, 1e6) &&
        between(rope->attention_factor, 1e-6, 1e6)))
    return err_set(err, ERR_DATA,
                   "the rope scaling's beta_fast %g, beta_slow %g and "
                   "attention factor %g should be positive",
                   rope->beta_fast, rope->beta_slow, rope->attention_factor);
  return 0;
}

/* A config's ids are counted in the vocabulary of the tokenizer it came with; a cut-down
 * model may keep ids that it has no longer. */
static void drop_unreachable_ids(struct model_config *config)
{
  int kept = 0;
  for (int i = 0; i < config->n_eos; i++)
    if (config->eos[i] >= 0 && config->eos[i] < config->vocab)
      config->eos[kept++] = config->eos[i];
  config->n_eos = kept;
  if (config->bos < 0 || config->bos >= config->vocab)
    config->bos = -1;
}

int model_config_check(struct model_config *config, struct err *err)
{
  if (check_ranges(config, err) < 0 || check_rope(&config->rope, err) < 0)
    return -1;
  if (!between(config->rms_eps, 1e-12, 1))
    return err_set(err, ERR_DATA, "rms_norm_eps is %g; 1e-12 to 1 make sense",
                   config->rms_eps);
  if (!config->lm_head && !config->score)
    return err_set(err, ERR_DATA,
                   "the model has neither a head for tokens nor one for values");
  if (config->sliding_window && config->sliding_window < config->max_positions)
    config->max_positions = config->sliding_window;
  drop_unreachable_ids(config);
  return 0;
}

uint64_t model_config_weights(const struct model_config *config)
{
  uint64_t n = 0;
  struct model_tensor tensor;
  for (size_t i = 0; model_tensor_at(config, i, &tensor); i++)
    n += (uint64_t)tensor.dims[0] * (uint64_t)tensor.dims[1];
  return n;
}

uint64_t model_config_bytes(const struct model_config *config, int bytes_each)
{
  return model_config_weights(config) * (uint64_t)bytes_each;
}

uint64_t model_config_kv_bytes(const struct model_config *config, int bytes_each)
{
  return (uint64_t)2 * (uint64_t)config->layers * (uint64_t)config->kv_heads *
         (uint64_t)config->head_dim * (uint64_t)bytes_each;
}
