/* tokenizer_state.h - what a tokenizer is made of, for its loaders; others use
 * tokenizer.h.
 *
 * A loader makes one with tokenizer_create, fills in the vocabulary, the merges and the
 * added tokens, sets the steps before and behind the model, and calls tokenizer_finish,
 * which checks the whole and makes it usable. On any error: tokenizer_free.
 */
#ifndef OREO_NN_TOKENIZER_STATE_H
#define OREO_NN_TOKENIZER_STATE_H

#include "nn/tokenizer.h"
#include "nn/tokenizer_added.h"
#include "nn/tokenizer_bpe.h"
#include "nn/tokenizer_decode.h"
#include "nn/tokenizer_normal.h"
#include "nn/tokenizer_split.h"
#include "nn/tokenizer_vocab.h"

enum { TOKENIZER_AROUND_MAX = 16 };

/* Ids put before or behind a text. */
struct around {
  int32_t ids[TOKENIZER_AROUND_MAX];
  size_t n;
};

struct tokenizer {
  struct arena arena; /* small texts */
  struct vocab vocab;
  struct bpe bpe;
  struct added added;
  struct normalizer normalizer;
  struct splitter splitter;
  struct decoder decoder;
  int32_t last_result;  /* what the last merge made, while loading */
  bool crosses_spaces;  /* some merge joins "x" and "▁y" */
  bool split_at_spaces; /* none does, and so words are cut before "▁" */
  struct around before, behind;
  int32_t bos, eos, pad, eot; /* -1: none */
  int32_t ends[TOKENIZER_ENDS_MAX];
  size_t n_ends;
  struct str chat_template;
  struct buf scratch;
};

struct tokenizer *tokenizer_create(void);

/* A piece as the tokenizer's file spells it: in a byte-level vocabulary read as bytes,
 * and <0xXX> tokens become the byte fallback when bpe.byte_fallback is set. */
NODISCARD int tokenizer_add_piece(struct tokenizer *t, int64_t id, struct str spelling,
                                  struct err *err);
/* The merge of two spellings, whose joined text must be a piece. */
NODISCARD int tokenizer_add_merge(struct tokenizer *t, struct str left, struct str right,
                                  uint32_t rank, struct err *err);
/* An added token, with its piece when the vocabulary has none of that id yet. */
NODISCARD int tokenizer_add_added(struct tokenizer *t, struct added_token token,
                                  struct err *err);

/* By the token's text; -1 when it is no token. */
int32_t tokenizer_token_id(struct tokenizer *t, struct str text);
/* Puts `id` before (behind) every text once, or never. */
void tokenizer_set_before(struct tokenizer *t, int32_t id, bool wanted);
void tokenizer_set_behind(struct tokenizer *t, int32_t id, bool wanted);

/* ERR_DATA: an empty vocabulary, an added token twice. */
NODISCARD int tokenizer_finish(struct tokenizer *t, struct err *err);

/* tokenizer_config.json: special tokens, add_bos_token, add_eos_token, chat_template. */
NODISCARD int tokenizer_configure(struct tokenizer *t, struct str config,
                                  struct err *err);

#endif
