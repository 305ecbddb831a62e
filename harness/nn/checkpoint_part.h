/* checkpoint_part.h - what the files of checkpoint share; nobody else includes it. */
#ifndef OREO_NN_CHECKPOINT_PART_H
#define OREO_NN_CHECKPOINT_PART_H

#include "nn/checkpoint.h"
#include "nn/safetensors.h"

struct checkpoint {
  struct arena arena;
  const char *path;
  struct model_config config;
  struct safetensors *shards; /* of a folder */
  const char **shard_paths;
  size_t n_shards;
  struct gguf *gguf;                 /* of a .gguf */
  struct checkpoint_tensor *tensors; /* sorted by name */
  size_t n_tensors;
  const char **files; /* what the hash covers, sorted by name */
  size_t n_files;
};

/* Fill config, shards or gguf, and files. Errors name the file. */
NODISCARD int checkpoint_open_folder(struct checkpoint *checkpoint, struct err *err);
NODISCARD int checkpoint_open_gguf(struct checkpoint *checkpoint, struct err *err);

/* One file's tensors become the checkpoint's: ERR_DATA for one that the config does not
 * have. `weights` have Hugging Face names. */
NODISCARD int checkpoint_take(struct checkpoint *checkpoint,
                              const struct weights *weights, const char *file,
                              struct err *err);

#endif
