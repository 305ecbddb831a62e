#include "nn/tokenizer_vocab.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/hash.h"
#include "nn/tokenizer.h"

#define POOL_MAX ((size_t)1 << 30)

static void slots_make(struct vocab *vocab, size_t n_slots)
{
  struct vocab_slot *old = vocab->slots;
  size_t n_old = vocab->n_slots;
  vocab->slots = mem_resize(NULL, n_slots, sizeof *vocab->slots);
  vocab->n_slots = n_slots;
  memset(vocab->slots, 0xff, n_slots * sizeof *vocab->slots);
  for (size_t i = 0; i < n_old; i++) {
    if (old[i].id < 0)
      continue;
    size_t at = old[i].hash & (n_slots - 1);
    while (vocab->slots[at].id >= 0)
      at = (at + 1) & (n_slots - 1);
    vocab->slots[at] = old[i];
  }
  free(old);
}

void vocab_reserve(struct vocab *vocab, size_t n_pieces)
{
  size_t n_slots = 64;
  while (3 * n_slots < 4 * n_pieces && n_slots < 2 * (size_t)TOKENIZER_VOCAB_MAX)
    n_slots *= 2;
  if (n_slots > vocab->n_slots)
    slots_make(vocab, n_slots);
}

void vocab_release(struct vocab *vocab)
{
  free(vocab->pool);
  free(vocab->pieces);
  free(vocab->slots);
  *vocab = (struct vocab){ 0 };
}

static struct vocab_slot *find_slot(const struct vocab *vocab, struct str piece,
                                    uint32_t hash)
{
  size_t mask = vocab->n_slots - 1, at = hash & mask;
  for (;; at = (at + 1) & mask) {
    struct vocab_slot *slot = &vocab->slots[at];
    if (slot->id < 0)
      return slot;
    if (slot->hash != hash)
      continue;
    const struct vocab_piece *p = &vocab->pieces[slot->id];
    if (p->len == piece.len && memcmp(vocab->pool + p->at, piece.ptr, piece.len) == 0)
      return slot;
  }
}

static int check(const struct vocab *vocab, int64_t id, struct str piece, struct err *err)
{
  struct str shown = str_slice(piece, 0, 60);
  if (id < 0 || id >= TOKENIZER_VOCAB_MAX)
    return err_set(err, ERR_DATA,
                   "the piece '%.*s' has the id %lld; ids from 0 to %d are taken",
                   STR_ARG(shown), (long long)id, TOKENIZER_VOCAB_MAX - 1);
  if (piece.len > TOKENIZER_PIECE_MAX)
    return err_set(err, ERR_DATA,
                   "the piece '%.*s...' has %zu bytes; at most %d are taken",
                   STR_ARG(shown), piece.len, TOKENIZER_PIECE_MAX);
  if (vocab->pool_len + piece.len > POOL_MAX)
    return err_set(err, ERR_DATA, "the pieces have more than %zu bytes together",
                   POOL_MAX);
  if ((size_t)id < vocab->n_ids && vocab->pieces[id].kind != VOCAB_GAP) {
    struct str other = str_slice(vocab_piece(vocab, id), 0, 60);
    return err_set(err, ERR_DATA, "the id %lld is given twice, to '%.*s' and to '%.*s'",
                   (long long)id, STR_ARG(other), STR_ARG(shown));
  }
  return 0;
}

static void store(struct vocab *vocab, size_t id, struct str piece, enum vocab_kind kind)
{
  if (id >= vocab->capacity) {
    size_t capacity = vocab->capacity ? vocab->capacity : 1024;
    while (capacity <= id)
      capacity *= 2;
    vocab->pieces = mem_resize(vocab->pieces, capacity, sizeof *vocab->pieces);
    memset(vocab->pieces + vocab->capacity, 0,
           (capacity - vocab->capacity) * sizeof *vocab->pieces);
    vocab->capacity = capacity;
  }
  if (!vocab->pool || vocab->pool_len + piece.len > vocab->pool_capacity) {
    vocab->pool_capacity = 2 * (vocab->pool_len + piece.len) + 65536;
    vocab->pool = mem_resize(vocab->pool, vocab->pool_capacity, 1);
  }
  if (piece.len)
    memcpy(vocab->pool + vocab->pool_len, piece.ptr, piece.len);
  vocab->pieces[id] = (struct vocab_piece){ .at = (uint32_t)vocab->pool_len,
                                            .len = (uint16_t)piece.len,
                                            .kind = (uint8_t)kind };
  vocab->pool_len += piece.len;
  if (id >= vocab->n_ids)
    vocab->n_ids = id + 1;
}

int vocab_add(struct vocab *vocab, int64_t id, struct str piece, enum vocab_kind kind,
              struct err *err)
{
  if (check(vocab, id, piece, err) < 0)
    return -1;
  if (kind == VOCAB_TEXT) {
    if (4 * vocab->n_text >= 3 * vocab->n_slots)
      slots_make(vocab, vocab->n_slots ? 2 * vocab->n_slots : 64);
    uint32_t hash = (uint32_t)hash_fast(piece);
    struct vocab_slot *slot = find_slot(vocab, piece, hash);
    if (slot->id >= 0)
      return err_set(err, ERR_DATA, "the piece '%.*s' is there twice, as %d and as %lld",
                     STR_ARG(str_slice(piece, 0, 60)), slot->id, (long long)id);
    *slot = (struct vocab_slot){ hash, (int32_t)id };
    vocab->n_text++;
  }
  store(vocab, (size_t)id, piece, kind);
  return 0;
}

int32_t vocab_find(const struct vocab *vocab, struct str piece)
{
  if (!vocab->n_slots || !piece.len)
    return -1;
  return find_slot(vocab, piece, (uint32_t)hash_fast(piece))->id;
}

struct str vocab_piece(const struct vocab *vocab, int64_t id)
{
  if (vocab_kind(vocab, id) == VOCAB_GAP)
    return STR_NONE;
  return (struct str){ vocab->pool + vocab->pieces[id].at, vocab->pieces[id].len };
}

enum vocab_kind vocab_kind(const struct vocab *vocab, int64_t id)
{
  if (id < 0 || (uint64_t)id >= vocab->n_ids)
    return VOCAB_GAP;
  return (enum vocab_kind)vocab->pieces[id].kind;
}
