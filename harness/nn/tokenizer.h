/* tokenizer.h - text to token ids and back.
 *
 * For: tokenizers of BPE kind, as the Llama, Mistral, Qwen and GPT-2 families use them:
 * byte-level (GPT-2's alphabet and a split pattern) and SentencePiece's (byte fallback).
 * They are read from a Hugging Face folder or its tokenizer.json, from vocab.json with
 * merges.txt, from llama2.c's tokenizer.bin, and made from the arrays of a GGUF file
 * (nn/tokenizer_gguf.h). Not for: Unigram and WordPiece models, which are refused by
 * name; whatever else a file asks for and we do not do is refused too, never
 * approximated.
 *
 * Texts are bytes. A byte-level tokenizer gives any bytes back as they were (in NFC where
 * the tokenizer normalises), valid UTF-8 or not. Ids are int32_t, 0 and up.
 *
 * A tokenizer owns all that it needs; what it returns is borrowed from it. It holds a
 * cache and scratch memory: one thread at a time. Errors are ERR_DATA (ERR_ENV for a file
 * that cannot be read) and name the file, the part and the remedy.
 */
#ifndef OREO_NN_TOKENIZER_H
#define OREO_NN_TOKENIZER_H

#include "base/buf.h"

enum {
  TOKENIZER_VOCAB_MAX = 4 << 20,  /* ids; the largest published have 0.26 million */
  TOKENIZER_MERGES_MAX = 8 << 20, /* as many ways to make each piece */
  TOKENIZER_PIECE_MAX = 4096,     /* bytes; real ones have at most some 500 */
  TOKENIZER_ADDED_MAX = 1 << 17,  /* added tokens */
  TOKENIZER_TEXT_MAX = 16 << 20,  /* bytes of one text: beyond any context length */
  TOKENIZER_FILE_MAX = 256 << 20, /* bytes of one file */
  TOKENIZER_ENDS_MAX = 16,        /* ids that end an answer */
};

struct tokenizer;

/* Ids that grow; free with tokens_release. `{0}` is empty. */
struct tokens {
  int32_t *ids;
  size_t count, capacity;
};
void tokens_add(struct tokens *tokens, int32_t id);
void tokens_release(struct tokens *tokens);

/* From a folder (tokenizer.json, or vocab.json and merges.txt, or tok*.bin; with
 * tokenizer_config.json and chat_template.jinja beside them), or from one such file. */
struct tokenizer *tokenizer_open(const char *path, struct err *err);
/* From the texts themselves; `config` (tokenizer_config.json) may be absent. */
struct tokenizer *tokenizer_from_json(struct str json, struct str config,
                                      struct err *err);
struct tokenizer *tokenizer_from_merges(struct str vocab_json, struct str merges_txt,
                                        struct err *err);
struct tokenizer *tokenizer_from_llama2c(struct str bytes, struct err *err);
void tokenizer_free(struct tokenizer *tokenizer);

/* ---- encoding ---- */

enum tokenizer_flag {
  TOKENIZER_ADD_SPECIAL = 1,   /* what the model expects around a text: BOS, EOS */
  TOKENIZER_PARSE_SPECIAL = 2, /* "<|im_end|>" in the text is the control token */
};

/* Appends the ids of `text`. `flags` is a sum of enum tokenizer_flag. Added tokens that
 * are not special are found without PARSE_SPECIAL too. ERR_DATA for a text that is too
 * long. */
NODISCARD int tokenizer_encode(struct tokenizer *tokenizer, struct str text,
                               unsigned flags, struct tokens *out, struct err *err);

/* ---- decoding ---- */

/* Appends the bytes of the ids. Special tokens (BOS, <|im_end|>, ...) are left out with
 * `skip_special`; ids without a piece (a padded vocabulary) give nothing. */
void tokenizer_decode(const struct tokenizer *tokenizer, const int32_t *ids, size_t n_ids,
                      bool skip_special, struct buf *out);

/* Token by token, always whole characters: up to three bytes of an unfinished one are
 * held back; bytes that make none come out as U+FFFD. */
struct token_stream {
  char held[4];
  uint8_t n_held;
  bool inside; /* text came before: SentencePiece's leading space is kept. Set it to true
                * to decode what continues a prompt */
};
void token_stream_push(struct token_stream *stream, const struct tokenizer *tokenizer,
                       int32_t id, bool skip_special, struct buf *out);
/* The end: what is still held comes out as U+FFFD. */
void token_stream_finish(struct token_stream *stream, struct buf *out);

/* ---- looking things up ---- */

/* One more than the largest id. A model may have more rows than that, never fewer. */
size_t tokenizer_size(const struct tokenizer *tokenizer);
/* The id of a piece in the spelling of the tokenizer's file ("Ġthe", "▁the", "</s>"),
 * added tokens first; -1 when there is none. */
int32_t tokenizer_find(struct tokenizer *tokenizer, struct str piece);
/* Appends that spelling; false when the id has no piece. */
bool tokenizer_spell(const struct tokenizer *tokenizer, int32_t id, struct buf *out);
/* The bytes that the id stands for in a text, leading space and all; absent without one.
 */
struct str tokenizer_bytes(const struct tokenizer *tokenizer, int32_t id);
bool tokenizer_is_special(const struct tokenizer *tokenizer, int32_t id);

/* -1 when the tokenizer has none or its files do not say. */
int32_t tokenizer_bos(const struct tokenizer *tokenizer);
int32_t tokenizer_eos(const struct tokenizer *tokenizer);
int32_t tokenizer_pad(const struct tokenizer *tokenizer);
/* The end of a chat turn (<|im_end|>, <|eot_id|>, ...), when the vocabulary has one. */
int32_t tokenizer_eot(const struct tokenizer *tokenizer);
/* Does this id end an answer? EOS and the end of a turn do, and what tokenizer_add_end
 * was given: the ids of a model's generation_config.json. Ids outside the vocabulary and
 * those past TOKENIZER_ENDS_MAX are not taken: false. */
bool tokenizer_is_end(const struct tokenizer *tokenizer, int32_t id);
bool tokenizer_add_end(struct tokenizer *tokenizer, int32_t id);

/* The chat template's Jinja text as it stands in the files; absent when there is none. */
struct str tokenizer_chat_template(const struct tokenizer *tokenizer);

#endif
