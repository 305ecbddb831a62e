/* weight.h - a named tensor in a file of weights, and a list of them.
 *
 * For: what the readers of safetensors and GGUF have in common. A weight is a view: its
 * bytes lie in the mapped file, little-endian and at any address (old safetensors files
 * align nothing), so they are read by memcpy or nn/dequant. `dims` are outermost first,
 * as PyTorch prints a shape; a row is the innermost dimension.
 *
 * Nothing is owned here: the names and the list belong to the reader's arena. Read-only,
 * so thread-safe. Units: elements, unless a name says bytes.
 */
#ifndef OREO_NN_WEIGHT_H
#define OREO_NN_WEIGHT_H

#include "base/err.h"
#include "base/str.h"

/* type, GGUF's number, elements in a block, bytes of a block, name. A block never spans
 * two rows. */
#define WEIGHT_TYPE_MAP(XX)      \
  XX(F32, 0, 1, 4, "F32")        \
  XX(F16, 1, 1, 2, "F16")        \
  XX(BF16, 30, 1, 2, "BF16")     \
  XX(Q4_0, 2, 32, 18, "Q4_0")    \
  XX(Q4_1, 3, 32, 20, "Q4_1")    \
  XX(Q5_0, 6, 32, 22, "Q5_0")    \
  XX(Q5_1, 7, 32, 24, "Q5_1")    \
  XX(Q8_0, 8, 32, 34, "Q8_0")    \
  XX(Q4_K, 12, 256, 144, "Q4_K") \
  XX(Q5_K, 13, 256, 176, "Q5_K") \
  XX(Q6_K, 14, 256, 210, "Q6_K")

enum weight_type {
#define XX(id, number, elements, bytes, name) WEIGHT_##id,
  WEIGHT_TYPE_MAP(XX)
#undef XX
      WEIGHT_OTHER, /* listed, but never read as numbers */
};

struct weight_kind {
  int gguf_number;
  int block_elements, block_bytes;
  const char *name;
};
/* NULL for WEIGHT_OTHER. */
const struct weight_kind *weight_kind(enum weight_type type);

enum {
  WEIGHT_DIMS_MAX = 8,   /* a Llama's weights have two */
  WEIGHT_NAME_MAX = 512, /* bytes; real names have less than 100 */
  WEIGHTS_MAX = 1 << 17, /* tensors in a file; the largest published models have fewer */
};

struct weight {
  struct str name;
  enum weight_type type;
  struct str type_name; /* as the file spells it: for messages about WEIGHT_OTHER */
  int n_dims;
  int64_t dims[WEIGHT_DIMS_MAX];
  uint64_t n; /* the product of the dims; 1 for a scalar */
  struct str bytes;
};

/* "64x172" (or "a scalar") into `text`, cut to its size. */
enum { WEIGHT_SHAPE_SIZE = 64 };
void weight_shape_text(const struct weight *weight, char text[WEIGHT_SHAPE_SIZE]);

/* Sets n from the dims. ERR_DATA when one is negative or the product passes 2^62. */
NODISCARD int weight_count(struct weight *weight, struct err *err);
/* Sets *bytes to what that many elements of that shape take. ERR_DATA when a row is no
 * whole number of blocks; WEIGHT_OTHER must not be asked. */
NODISCARD int weight_bytes(const struct weight *weight, uint64_t *bytes, struct err *err);
/* ERR_DATA for a name that is empty, too long, or has control characters. */
NODISCARD int weight_check_name(struct str name, struct err *err);

struct weights {
  struct weight *list; /* sorted by name, byte-wise, once weights_sort was called */
  size_t count;
};

/* ERR_DATA when a name stands twice. */
NODISCARD int weights_sort(struct weights *weights, struct err *err);
/* NULL when absent. */
const struct weight *weights_find(const struct weights *weights, struct str name);

#endif
