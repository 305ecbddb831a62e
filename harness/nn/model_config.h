/* model_config.h - what a model is made of, from config.json or a GGUF's metadata.
 *
 * For: the four dense architectures of the Llama family that the engine runs. They differ
 * only in the flags below, so nobody behind this module asks for the architecture's name.
 * Refused, naming the field: any other architecture, activations but SiLU, quantised
 * weights (AWQ, GPTQ), mixtures of experts, partial rotary embeddings, rope scalings that
 * depend on the prompt's length, and every number outside the ranges below.
 *
 * A sliding window (Mistral 0.1) is honoured by capping the context at the window: within
 * it, attention over a window is full attention, to the bit.
 *
 * Plain values, nothing is owned. Pure; thread-safe. Errors are ERR_DATA, naming the key
 * (who knows the file puts its name in front).
 */
#ifndef OREO_NN_MODEL_CONFIG_H
#define OREO_NN_MODEL_CONFIG_H

#include "base/err.h"
#include "base/str.h"
#include "nn/rope.h"
#include "nn/weight.h"

/* id, transformers' prefix, model_type and GGUF's architecture */
#define MODEL_ARCH_MAP(XX)          \
  XX(LLAMA, "Llama", "llama")       \
  XX(MISTRAL, "Mistral", "mistral") \
  XX(QWEN2, "Qwen2", "qwen2")       \
  XX(QWEN3, "Qwen3", "qwen3")

enum model_arch {
#define XX(id, prefix, type) MODEL_##id,
  MODEL_ARCH_MAP(XX)
#undef XX
      MODEL_ARCH_COUNT
};

/* Beyond the largest published dense models, and small enough that no product of three
 * overflows 64 bits. */
enum {
  MODEL_HIDDEN_MAX = 1 << 16,
  MODEL_LAYERS_MAX = 1 << 10,
  MODEL_HEADS_MAX = 1 << 10,
  MODEL_HEAD_DIM_MAX = 2 * ROPE_PAIRS_MAX,
  MODEL_INTERMEDIATE_MAX = 1 << 20,
  MODEL_VOCAB_MAX = 4 << 20,
  MODEL_POSITIONS_MAX = 1 << 27,
  MODEL_EOS_MAX = 16,
};

struct model_config {
  enum model_arch arch;
  int32_t hidden, layers, heads, kv_heads, head_dim, intermediate, vocab;
  int32_t max_positions;  /* the context that may be used: see sliding_window above */
  int32_t sliding_window; /* what the file says; 0 = none */
  double rms_eps;
  bool qkv_bias, o_bias, mlp_bias;
  bool qk_norm; /* RMSNorm over each head of q and k (Qwen3) */
  bool tied;    /* the head is the embedding */
  bool lm_head; /* it predicts tokens; else it is a value network only */
  bool score;   /* it has a scalar head `score` on the last hidden state */
  struct rope rope;
  int32_t bos; /* -1 = none */
  int32_t eos[MODEL_EOS_MAX];
  int n_eos;
  enum weight_type dtype; /* that the file announces; WEIGHT_OTHER when it does not */
};

/* From the text of config.json. */
NODISCARD int model_config_parse(struct model_config *config, struct str json,
                                 struct err *err);
/* generation_config.json: its bos and eos ids take the place of the config's, as in
 * transformers. */
NODISCARD int model_config_add_generation(struct model_config *config, struct str json,
                                          struct err *err);
/* From the metadata of a GGUF. Whether the head is tied is for the tensors to say. */
struct gguf;
NODISCARD int model_config_from_gguf(struct model_config *config, const struct gguf *gguf,
                                     struct err *err);

/* What must hold between the fields, whoever filled them; also drops end ids that the
 * vocabulary does not have (they can never be drawn). Both readers call it. */
NODISCARD int model_config_check(struct model_config *config, struct err *err);

/* "LlamaForCausalLM" and so on. */
const char *model_arch_name(enum model_arch arch);
/* ERR_DATA naming the architecture, those that run here, and the remedy. Returns -1. */
int model_config_refuse_arch(struct str name, struct err *err);

/* ---- memory, before anything is loaded ---- */

/* Weights in all. */
uint64_t model_config_weights(const struct model_config *config);
/* Bytes of the weights when each takes `bytes_each` (4 for fp32, 2 for fp16). */
uint64_t model_config_bytes(const struct model_config *config, int bytes_each);
/* Bytes of keys and values that one position of one sequence takes. */
uint64_t model_config_kv_bytes(const struct model_config *config, int bytes_each);

#endif
