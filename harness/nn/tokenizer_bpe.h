/* tokenizer_bpe.h - byte-pair encoding of one word.
 *
 * The rule: start from the word's characters (bytes in a byte-level vocabulary), and as
 * long as two neighbours have a merge, do the one of the lowest rank, the leftmost of
 * equals. Ranks are the lines of a merge list, or the order of SentencePiece's scores;
 * equal ranks are allowed. Short words are done by scanning, longer ones with a heap in
 * O(n log n). Words of up to BPE_CACHED_BYTES bytes are remembered; the cache never
 * changes a result.
 *
 * Owns its tables, borrows the vocabulary. One thread at a time (cache and scratch).
 */
#ifndef OREO_NN_TOKENIZER_BPE_H
#define OREO_NN_TOKENIZER_BPE_H

#include "nn/tokenizer.h"
#include "nn/tokenizer_vocab.h"

enum { BPE_CACHED_BYTES = 22, BPE_CACHED_IDS = 8, BPE_SHORT = 40 };

struct bpe {
  const struct vocab *vocab;
  /* how characters become the first symbols */
  bool byte_level;    /* each byte is a symbol */
  bool byte_fallback; /* a character without a piece becomes its bytes' tokens <0xXX> */
  bool fuse_unknown;  /* neighbouring unknown characters are one */
  bool ignore_merges; /* a word that is a piece is that piece */
  int32_t unknown;    /* -1: a character that cannot be written is left out */
  int32_t byte_ids[256];  /* byte_level: of the byte as text, set by bpe_ready; else of
                           * <0xXX>, set by the loader; -1: none */
  int32_t ascii_ids[128]; /* not byte_level: of the character as text */
  /* the merges, by pair */
  struct bpe_merge *merges;
  size_t n_slots, n_merges;
  /* memory of the work */
  struct bpe_cached *cache;
  struct bpe_symbol *symbols;
  size_t symbols_capacity;
  struct bpe_candidate *heap;
  size_t n_heap, heap_capacity;
};

void bpe_init(struct bpe *bpe, const struct vocab *vocab);
void bpe_release(struct bpe *bpe);

void bpe_reserve(struct bpe *bpe, size_t n_merges);
/* False when this pair has a merge already. */
bool bpe_add(struct bpe *bpe, int32_t left, int32_t right, uint32_t rank, int32_t result);
/* Call once when vocabulary and merges are complete and before the first word. */
void bpe_ready(struct bpe *bpe);

/* Appends the word's ids; an empty word has none. */
void bpe_encode(struct bpe *bpe, struct str word, struct tokens *out);

#endif
