/* gguf.h - llama.cpp's file of a model: metadata, vocabulary and tensors in one.
 *
 * For: versions 2 and 3, little-endian. Read in place from the mapped file: strings and
 * tensors point into it. Every count and length is checked against the bytes that are
 * left before anything is allocated on its word; tensors must lie inside the file,
 * aligned, and not overlap. Refused, saying why: version 1, big-endian files, files split
 * in several. Tensors of types that we do not read are listed (WEIGHT_OTHER).
 *
 * `dims` of the weights are in PyTorch's order, outermost first; the file has the
 * reverse. Names are llama.cpp's own ("blk.0.attn_q.weight"): nn/checkpoint maps them.
 *
 * Errors: ERR_DATA naming the file, the key or tensor, and the remedy. Read-only and
 * thread-safe once loaded; the file must not shrink on disk meanwhile.
 */
#ifndef OREO_NN_GGUF_H
#define OREO_NN_GGUF_H

#include "base/arena.h"
#include "base/fs.h"
#include "nn/weight.h"

enum {
  GGUF_KEYS_MAX = 1 << 16,    /* real files have some 40 */
  GGUF_ARRAY_MAX = 1 << 25,   /* elements; the longest real ones are merges, 0.5 M */
  GGUF_STRING_MAX = 64 << 20, /* bytes; chat templates have some 10 kB */
  GGUF_ALIGNMENT_MAX = 1 << 20,
};

/* The file's own numbers. */
enum gguf_type {
  GGUF_U8,
  GGUF_I8,
  GGUF_U16,
  GGUF_I16,
  GGUF_U32,
  GGUF_I32,
  GGUF_F32,
  GGUF_BOOL,
  GGUF_STRING,
  GGUF_ARRAY,
  GGUF_U64,
  GGUF_I64,
  GGUF_F64,
  GGUF_TYPE_COUNT,
};

struct gguf_pair {
  struct str key;
  enum gguf_type type;    /* GGUF_ARRAY: see the two below */
  enum gguf_type element; /* of an array */
  uint64_t count;         /* of an array; 1 otherwise */
  struct str bytes;       /* the value as it stands in the file; a string's own bytes */
};

struct gguf {
  uint32_t version;
  struct gguf_pair *pairs; /* in the file's order */
  size_t n_pairs;
  struct weights weights; /* sorted by name */
  struct arena arena;     /* owns the lists */
  struct fs_map map;
};

NODISCARD int gguf_open(struct gguf *gguf, const char *path, struct err *err);
/* The same on bytes that the caller keeps; the errors name no file. */
NODISCARD int gguf_parse(struct gguf *gguf, struct str bytes, struct err *err);
void gguf_close(struct gguf *gguf);

/* ---- metadata ---- */

/* NULL when absent. */
const struct gguf_pair *gguf_find(const struct gguf *gguf, const char *key);
/* Any whole number (also a real or truth value that is one); false when absent or other.
 */
bool gguf_int(const struct gguf_pair *pair, int64_t *out);
bool gguf_real(const struct gguf_pair *pair, double *out);
/* Absent when the pair is absent or no string. */
struct str gguf_string(const struct gguf_pair *pair);

/* Walks an array: `{0}` after gguf_walk_begin; false behind the last, or when the
 * elements are of another type than asked for. */
struct gguf_walk {
  const struct gguf_pair *pair;
  uint64_t next; /* element */
  size_t at;     /* byte */
};
struct gguf_walk gguf_walk_begin(const struct gguf_pair *pair);
bool gguf_walk_string(struct gguf_walk *walk, struct str *out);
bool gguf_walk_int(struct gguf_walk *walk, int64_t *out);
bool gguf_walk_real(struct gguf_walk *walk, double *out);

/* ---- the vocabulary inside, for the tokenizer ---- */

/* What an entry is, in the file's numbers (SentencePiece's). */
enum gguf_token {
  GGUF_TOKEN_NORMAL = 1,
  GGUF_TOKEN_UNKNOWN = 2,
  GGUF_TOKEN_CONTROL = 3,
  GGUF_TOKEN_USER = 4,
  GGUF_TOKEN_UNUSED = 5,
  GGUF_TOKEN_BYTE = 6,
};

/* Plain arrays; they and the strings live as long as the gguf. */
struct gguf_vocab {
  struct str model; /* "llama" (SentencePiece), "gpt2" (byte-level BPE), others */
  struct str pre;   /* the split pattern's name: "qwen2", "llama-bpe", ...; or absent */
  struct str chat_template; /* or absent */
  size_t n_tokens;
  const struct str *tokens;
  const float *scores;  /* NULL when the file has none */
  const int32_t *types; /* enum gguf_token; NULL when the file has none */
  size_t n_merges;
  const struct str *merges;                /* "a b"; NULL when the file has none */
  int32_t bos, eos, eot, unknown, padding; /* -1 = none */
  int add_bos, add_eos, add_space_prefix;  /* 0, 1; -1 when the file does not say */
};

/* ERR_DATA when the file has no vocabulary, or its arrays do not agree in length. The
 * arrays are allocated in the gguf's arena: call it once. */
NODISCARD int gguf_vocab(struct gguf *gguf, struct gguf_vocab *vocab, struct err *err);

#endif
