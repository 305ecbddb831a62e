/* tokenizer_learn.h - byte-pair encoding learned from words with counts.
 *
 * The rule: every word is its bytes at first. Again and again the pair of neighbours with
 * the highest count (overlapping ones in "aaa" count twice; ties: the lowest left id,
 * then the lowest right id) becomes one piece wherever it stands, the leftmost first. A
 * pair is passed over when its piece would be too long or is there already: a special
 * token's.
 *
 * Time is linear in the bytes of the distinct words, but for a logarithm; memory some 60
 * bytes a byte of them at most. Owns everything; one thread at a time.
 */
#ifndef OREO_NN_TOKENIZER_LEARN_H
#define OREO_NN_TOKENIZER_LEARN_H

#include "base/arena.h"
#include "base/hash.h"
#include "nn/tokenizer_pairs.h"

/* Bytes of all distinct words: places are 32-bit numbers, and the work on so many takes
 * some 6 GB. Each word counts once, so that it is reached by noise long before texts. */
enum { LEARN_BYTES_MAX = 128 << 20 };

struct learned_merge {
  int32_t left, right, result;
};

struct learn_symbol {
  int32_t id;              /* -1: merged into its left neighbour */
  uint32_t previous, next; /* LEARN_NONE: none */
  uint32_t word;
};
#define LEARN_NONE UINT32_MAX

struct learner { /* `{0}` is empty */
  struct arena arena;
  struct str *pieces; /* by id; of a name, its text */
  size_t n_pieces, pieces_capacity;
  size_t n_names; /* the first so many ids are names */
  struct strmap by_bytes;
  int32_t byte_ids[256];
  struct learn_symbol *symbols;
  size_t n_symbols, symbols_capacity;
  uint64_t *words; /* counts */
  size_t n_words, words_capacity;
  struct pairs pairs;
  struct learned_merge *merges;
  size_t n_merges, merges_capacity;
};

void learner_release(struct learner *learner);

/* A special token: an id that no merge may make. `bytes` is what it would be as a piece;
 * absent when it can be none. Names come first, then learner_bytes, then words. */
void learner_name(struct learner *learner, struct str text, struct str bytes);
/* The 256 bytes as pieces, in the order of their letters (tokenizer_bytes.h). */
void learner_bytes(struct learner *learner);
/* A word that was not given before; not empty. False: more than LEARN_BYTES_MAX. */
bool learner_word(struct learner *learner, struct str word, uint64_t count);

struct learn_limits {
  size_t n_pieces; /* ids in all */
  size_t n_merges;
  uint64_t min_count; /* rarer pairs are left as they are; 1 and up */
  size_t piece_max;   /* bytes of a piece */
};
/* Once, after all words. */
void learner_run(struct learner *learner, const struct learn_limits *limits);
/* Ids that all the words are now, each word as often as it came. */
uint64_t learner_ids(const struct learner *learner);

#endif
