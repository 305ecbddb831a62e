/* tokenizer_gguf.h - a tokenizer from arrays: a GGUF file's embedded vocabulary.
 *
 * Plain arrays, so that whoever reads the file need not be known here. Borrowed during
 * the call only. `model` "gpt2" is byte-level BPE with `merges` and the split pattern
 * that `pre` names; "llama" is SentencePiece's BPE with `scores` and byte tokens.
 */
#ifndef OREO_NN_TOKENIZER_GGUF_H
#define OREO_NN_TOKENIZER_GGUF_H

#include "nn/tokenizer.h"

/* tokenizer.ggml.token_type */
enum tokenizer_gguf_type {
  TOKENIZER_GGUF_NORMAL = 1,
  TOKENIZER_GGUF_UNKNOWN = 2,
  TOKENIZER_GGUF_CONTROL = 3,
  TOKENIZER_GGUF_USER = 4, /* an added token that is no control sign */
  TOKENIZER_GGUF_UNUSED = 5,
  TOKENIZER_GGUF_BYTE = 6,
};

struct tokenizer_gguf {
  struct str model;         /* tokenizer.ggml.model */
  struct str pre;           /* tokenizer.ggml.pre; may be absent */
  const struct str *tokens; /* by id */
  size_t n_tokens;
  const float *scores;      /* n_tokens, or NULL */
  const int32_t *types;     /* n_tokens, or NULL: all normal */
  const struct str *merges; /* "a b", by rank */
  size_t n_merges;
  int32_t bos, eos, eot, pad, unknown; /* -1: not given */
  /* 1 yes, 0 no, -1 not given: then what that kind of model does */
  int add_bos, add_eos;
  int add_space_prefix; /* the same; "llama" only, as in llama.cpp */
  struct str chat_template; /* may be absent */
};

/* All ids -1, all flags "not given", everything else absent. */
struct tokenizer_gguf tokenizer_gguf_empty(void);
/* ERR_DATA: another model, an unknown `pre` (the message lists the known ones), arrays
 * that are missing or contradict one another. */
struct tokenizer *tokenizer_from_gguf(const struct tokenizer_gguf *parts,
                                      struct err *err);

#endif
