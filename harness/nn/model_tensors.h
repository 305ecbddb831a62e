/* model_tensors.h - the tensors that a model of a config has: names, shapes, GGUF's
 * names.
 *
 * For: checking that a config and its weights belong together, the mapping from
 * llama.cpp's names to Hugging Face's (which everything behind the loader uses), counting
 * memory, and laying out a new checkpoint. One table; to teach it an architecture is to
 * add rows. Pure; thread-safe; cannot fail.
 */
#ifndef OREO_NN_MODEL_TENSORS_H
#define OREO_NN_MODEL_TENSORS_H

#include "nn/model_config.h"

enum { MODEL_TENSOR_NAME_SIZE = 80 };

struct model_tensor {
  char name[MODEL_TENSOR_NAME_SIZE]; /* "model.layers.3.mlp.up_proj.weight" */
  char gguf[MODEL_TENSOR_NAME_SIZE]; /* "blk.3.ffn_up.weight"; "" when GGUF has none */
  int n_dims;                        /* 1 or 2 */
  int64_t dims[2];                   /* dims[1] is 1 for n_dims 1 */
  int rotary_heads; /* heads whose rows llama.cpp's converter interleaved for
                       architecture "llama"; 0 for the other tensors */
};

/* Tensor i in a fixed order (embedding, layers, norm, heads); false behind the last. */
bool model_tensor_at(const struct model_config *config, size_t i,
                     struct model_tensor *out);
/* By Hugging Face name; false when a model of this config has no such tensor. */
bool model_tensor_find(const struct model_config *config, struct str name,
                       struct model_tensor *out);

#endif
