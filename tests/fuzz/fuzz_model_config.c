// links: nn
/* Any text as config.json and as generation_config.json: what is accepted is in the ranges
 * that the header promises, so that no size computed from it overflows. */
#include <math.h>
#include <stdlib.h>

#include "nn/model_config.h"
#include "nn/model_tensors.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct model_config *config)
{
  struct model_tensor tensor;
  bool sane = config->hidden >= 1 && config->hidden <= MODEL_HIDDEN_MAX &&
              config->layers >= 1 && config->layers <= MODEL_LAYERS_MAX &&
              config->heads >= 1 && config->heads <= MODEL_HEADS_MAX &&
              config->kv_heads >= 1 && config->heads % config->kv_heads == 0 &&
              config->head_dim >= 2 && config->head_dim <= MODEL_HEAD_DIM_MAX &&
              config->vocab >= 1 && config->vocab <= MODEL_VOCAB_MAX &&
              config->max_positions >= 1 && config->bos < config->vocab &&
              config->n_eos >= 0 && config->n_eos <= MODEL_EOS_MAX;
  for (int i = 0; sane && i < config->n_eos; i++)
    sane = config->eos[i] >= 0 && config->eos[i] < config->vocab;
  for (int i = 0; sane && i < config->head_dim / 2; i++)
    sane = isfinite(rope_frequency(&config->rope, config->head_dim, i));
  /* the tables agree: what is listed is found */
  for (size_t i = 0; sane && i < 40 && model_tensor_at(config, i, &tensor); i++)
    sane = model_tensor_find(config, str_from(tensor.name), &tensor) && tensor.dims[0] > 0;
  if (!sane || model_config_kv_bytes(config, 4) == 0)
    abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct err err = { 0 };
  struct str text = { size ? (const char *)data : "", size };
  struct model_config config;
  if (model_config_parse(&config, text, &err) == 0) {
    check(&config);
    if (model_config_add_generation(&config, text, &err) == 0)
      check(&config);
  }
  struct str plain = STR("{\"architectures\":[\"LlamaForCausalLM\"],\"hidden_size\":64,"
                         "\"num_hidden_layers\":2,\"num_attention_heads\":4,"
                         "\"intermediate_size\":96,\"vocab_size\":100,"
                         "\"max_position_embeddings\":512}");
  if (model_config_parse(&config, plain, &err) < 0)
    abort();
  if (model_config_add_generation(&config, text, &err) == 0)
    check(&config);
  return 0;
}
