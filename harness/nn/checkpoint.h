/* checkpoint.h - a model on disk: one view of a Hugging Face folder or a GGUF file.
 *
 * For: the engine, training and the manifest. Names, shapes and the order of rows are
 * Hugging Face's whatever the file: a GGUF's names are mapped, and the rows of q and k
 * that llama.cpp's converter interleaves (architecture "llama" only) are put back while
 * reading. A value network is the same with a `score.weight` of one row.
 *
 * Opening checks everything that can be checked without reading the weights: each
 * expected tensor is there, has the expected shape and a type that is read, and no tensor
 * is left over. What is refused names file, tensor and remedy (ERR_DATA; ERR_ENV from the
 * system). The weights themselves are checked (finite) as they are read.
 *
 * Owns the mapped files; everything borrowed lives until checkpoint_close. Read-only, so
 * thread-safe. The files must not shrink on disk meanwhile.
 */
#ifndef OREO_NN_CHECKPOINT_H
#define OREO_NN_CHECKPOINT_H

#include "base/hash.h"
#include "nn/gguf.h"
#include "nn/model_config.h"

enum {
  CHECKPOINT_JSON_MAX = 64 << 20, /* bytes of config.json or of a shard index */
  CHECKPOINT_SHARDS_MAX = 4096,   /* the largest published models have 200 */
};

struct checkpoint;

/* `path` is a folder with config.json and model.safetensors (or its shards and
 * model.safetensors.index.json), or a .gguf file. NULL on failure. */
struct checkpoint *checkpoint_open(const char *path, struct err *err);
void checkpoint_close(struct checkpoint *checkpoint); /* NULL is fine */

const char *checkpoint_path(const struct checkpoint *checkpoint);
const struct model_config *checkpoint_config(const struct checkpoint *checkpoint);
/* The GGUF itself (its vocabulary, for the tokenizer), or NULL for a folder. */
struct gguf *checkpoint_gguf(struct checkpoint *checkpoint);

struct checkpoint_tensor {
  struct weight weight;  /* Hugging Face's name; bytes as stored, at any address */
  const char *file;      /* where it lies */
  int interleaved_heads; /* when not 0, row order in `bytes` is llama.cpp's */
};

/* The model's tensors, sorted by name; nothing else that the file may hold. */
size_t checkpoint_count(const struct checkpoint *checkpoint);
const struct checkpoint_tensor *checkpoint_at(const struct checkpoint *checkpoint,
                                              size_t i);
/* NULL when the model has no such tensor. */
const struct checkpoint_tensor *checkpoint_tensor(const struct checkpoint *checkpoint,
                                                  struct str name);

/* The whole tensor as floats, in Hugging Face's order. `n` is its number of elements.
 * ERR_DATA for an absent tensor, another size, NaN or infinity. */
NODISCARD int checkpoint_read_f32(const struct checkpoint *checkpoint, struct str name,
                                  float *out, uint64_t n, struct err *err);
/* Some of its rows, for who uploads piece by piece; a vector has one row. */
NODISCARD int checkpoint_read_rows(const struct checkpoint_tensor *tensor, int64_t first,
                                   int64_t n_rows, float *out, struct err *err);

/* What the manifest knows the model by: for a GGUF the file's sha256; for a folder that
 * of the lines "<sha256>  <name>\n" (sha256sum's own) of config.json,
 * generation_config.json, the index and the weights, sorted by name. Reads everything:
 * seconds per gigabyte. */
NODISCARD int checkpoint_hash(const struct checkpoint *checkpoint, struct sha256_hex *out,
                              struct err *err);

#endif
