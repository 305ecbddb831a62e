/* tokenizer_vocab.h - the pieces of a vocabulary: by id, and by bytes.
 *
 * Pieces are kept as the bytes that they match in a text: a byte-level vocabulary's
 * "Ġthe" is stored as " the". A piece that cannot occur in a text (a control token, a
 * byte token, a spelling outside the byte-level alphabet) is stored VOCAB_APART: it has
 * an id and a spelling, and vocab_find does not see it. Ids may have gaps.
 *
 * Owns everything; vocab_release frees. Read-only after loading, then thread-safe.
 */
#ifndef OREO_NN_TOKENIZER_VOCAB_H
#define OREO_NN_TOKENIZER_VOCAB_H

#include "base/err.h"
#include "base/str.h"

enum vocab_kind {
  VOCAB_GAP,   /* no piece has this id */
  VOCAB_TEXT,  /* found in texts */
  VOCAB_APART, /* never found in texts */
};

struct vocab_piece {
  uint32_t at; /* in the pool */
  uint16_t len;
  uint8_t kind;    /* enum vocab_kind */
  uint8_t special; /* an added token that is a control sign, no text */
};

struct vocab {
  char *pool;
  size_t pool_len, pool_capacity;
  struct vocab_piece *pieces; /* by id */
  size_t n_ids, capacity;     /* n_ids: largest id + 1 */
  struct vocab_slot *slots;   /* pieces found in texts, by their hash */
  size_t n_slots, n_text;
};
struct vocab_slot {
  uint32_t hash;
  int32_t id; /* -1: empty */
};

/* Room for about so many pieces, to save growing. */
void vocab_reserve(struct vocab *vocab, size_t n_pieces);
void vocab_release(struct vocab *vocab); /* `{0}` is a valid empty vocabulary */

/* ERR_DATA: an id or (among VOCAB_TEXT) a piece twice, an id outside
 * 0..TOKENIZER_VOCAB_MAX
 * - 1, a piece longer than TOKENIZER_PIECE_MAX, a vocabulary of over 1 GiB. */
NODISCARD int vocab_add(struct vocab *vocab, int64_t id, struct str piece,
                        enum vocab_kind kind, struct err *err);

/* The id of a piece that is found in texts, or -1. */
int32_t vocab_find(const struct vocab *vocab, struct str piece);
/* Absent for a gap and for an id outside. Borrowed. */
struct str vocab_piece(const struct vocab *vocab, int64_t id);
enum vocab_kind vocab_kind(const struct vocab *vocab, int64_t id);

#endif
