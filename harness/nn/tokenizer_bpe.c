#include "nn/tokenizer_bpe.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/hash.h"
#include "nn/unicode.h"

enum { CACHE_SLOTS = 1 << 15 }; /* 2 MiB: the words of some thousand texts */

#define PAIR_NONE UINT64_MAX
#define RANK_NONE UINT32_MAX

struct bpe_merge {
  uint64_t pair; /* left << 32 | right; PAIR_NONE: empty */
  uint32_t rank;
  int32_t result;
};

struct bpe_cached { /* one cache line */
  uint64_t hash;
  uint8_t len, n_ids; /* len 0: empty */
  char word[BPE_CACHED_BYTES];
  int32_t ids[BPE_CACHED_IDS];
};

struct bpe_symbol {
  int32_t id;              /* -1: merged into its left neighbour */
  uint32_t previous, next; /* UINT32_MAX: none */
};

struct bpe_candidate {
  uint32_t rank, at;   /* `at`: index of the left symbol */
  int32_t left, right; /* what stood there; else it is stale */
};

/* ---- merges ---- */

void bpe_init(struct bpe *bpe, const struct vocab *vocab)
{
  *bpe = (struct bpe){ .vocab = vocab, .unknown = -1 };
  memset(bpe->byte_ids, 0xff, sizeof bpe->byte_ids);
}

void bpe_release(struct bpe *bpe)
{
  free(bpe->merges);
  free(bpe->cache);
  free(bpe->symbols);
  free(bpe->heap);
  bpe_init(bpe, NULL);
}

static uint64_t pair_of(int32_t left, int32_t right)
{
  return (uint64_t)(uint32_t)left << 32 | (uint32_t)right;
}

static struct bpe_merge *merge_slot(const struct bpe *bpe, uint64_t pair)
{
  size_t mask = bpe->n_slots - 1;
  uint64_t hash = pair * 0x9e3779b97f4a7c15u;
  size_t at = (hash ^ hash >> 32) & mask;
  while (bpe->merges[at].pair != pair && bpe->merges[at].pair != PAIR_NONE)
    at = (at + 1) & mask;
  return &bpe->merges[at];
}

static void merges_make(struct bpe *bpe, size_t n_slots)
{
  struct bpe_merge *old = bpe->merges;
  size_t n_old = bpe->n_slots;
  bpe->merges = mem_resize(NULL, n_slots, sizeof *bpe->merges);
  bpe->n_slots = n_slots;
  memset(bpe->merges, 0xff, n_slots * sizeof *bpe->merges);
  for (size_t i = 0; i < n_old; i++)
    if (old[i].pair != PAIR_NONE)
      *merge_slot(bpe, old[i].pair) = old[i];
  free(old);
}

void bpe_reserve(struct bpe *bpe, size_t n_merges)
{
  size_t n_slots = 64;
  while (3 * n_slots < 4 * n_merges && n_slots < 2 * (size_t)TOKENIZER_MERGES_MAX)
    n_slots *= 2;
  if (n_slots > bpe->n_slots)
    merges_make(bpe, n_slots);
}

bool bpe_add(struct bpe *bpe, int32_t left, int32_t right, uint32_t rank, int32_t result)
{
  if (4 * bpe->n_merges >= 3 * bpe->n_slots)
    merges_make(bpe, bpe->n_slots ? 2 * bpe->n_slots : 64);
  struct bpe_merge *slot = merge_slot(bpe, pair_of(left, right));
  if (slot->pair != PAIR_NONE)
    return false;
  *slot = (struct bpe_merge){ pair_of(left, right), rank, result };
  bpe->n_merges++;
  return true;
}

/* NULL when the two do not merge. */
static const struct bpe_merge *merge_find(const struct bpe *bpe, int32_t left,
                                          int32_t right)
{
  const struct bpe_merge *slot = merge_slot(bpe, pair_of(left, right));
  return slot->pair == PAIR_NONE ? NULL : slot;
}

static uint32_t merge_rank(const struct bpe *bpe, int32_t left, int32_t right)
{
  return merge_slot(bpe, pair_of(left, right))->rank; /* RANK_NONE in an empty slot */
}

void bpe_ready(struct bpe *bpe)
{
  bpe_reserve(bpe, 1);
  bpe->cache = mem_resize(bpe->cache, CACHE_SLOTS, sizeof *bpe->cache);
  memset(bpe->cache, 0, CACHE_SLOTS * sizeof *bpe->cache);
  for (size_t i = 0; i < 128; i++) {
    char c = (char)i;
    bpe->ascii_ids[i] = vocab_find(bpe->vocab, (struct str){ &c, 1 });
  }
  for (size_t i = 0; i < 256 && bpe->byte_level; i++) {
    char c = (char)i;
    bpe->byte_ids[i] = vocab_find(bpe->vocab, (struct str){ &c, 1 });
  }
}

/* ---- the first symbols ---- */

static void symbol_add(struct bpe *bpe, size_t *n, int32_t id)
{
  if (*n >= bpe->symbols_capacity) {
    bpe->symbols_capacity = bpe->symbols_capacity ? 2 * bpe->symbols_capacity : 256;
    bpe->symbols = mem_resize(bpe->symbols, bpe->symbols_capacity, sizeof *bpe->symbols);
  }
  bpe->symbols[(*n)++].id = id;
}

static size_t symbols_of_bytes(struct bpe *bpe, struct str word)
{
  size_t n = 0;
  for (size_t i = 0; i < word.len; i++) {
    int32_t id = bpe->byte_ids[(unsigned char)word.ptr[i]];
    if (id < 0)
      id = bpe->unknown;
    if (id >= 0)
      symbol_add(bpe, &n, id);
  }
  return n;
}

static bool fallback_exists(const struct bpe *bpe, struct str letter)
{
  for (size_t i = 0; i < letter.len; i++)
    if (bpe->byte_ids[(unsigned char)letter.ptr[i]] < 0)
      return false;
  return bpe->byte_fallback;
}

static size_t symbols_of_characters(struct bpe *bpe, struct str word)
{
  size_t n = 0;
  bool after_unknown = false;
  for (size_t at = 0, step; at < word.len; at += step) {
    int32_t cp;
    step = unicode_next(word, at, &cp);
    struct str letter = str_slice(word, at, at + step);
    int32_t id =
        cp >= 0 && cp < 128 ? bpe->ascii_ids[cp] : vocab_find(bpe->vocab, letter);
    bool known = id >= 0 || fallback_exists(bpe, letter);
    if (id >= 0)
      symbol_add(bpe, &n, id);
    else if (known)
      for (size_t i = 0; i < step; i++)
        symbol_add(bpe, &n, bpe->byte_ids[(unsigned char)letter.ptr[i]]);
    else if (bpe->unknown >= 0 && !(after_unknown && bpe->fuse_unknown))
      symbol_add(bpe, &n, bpe->unknown);
    after_unknown = !known;
  }
  return n;
}

/* ---- merging a short word: scan for the lowest rank ---- */

static void merge_short(const struct bpe *bpe, size_t n, struct tokens *out)
{
  int32_t ids[BPE_SHORT];
  uint32_t ranks[BPE_SHORT]; /* of the pair that begins here */
  for (size_t i = 0; i < n; i++)
    ids[i] = bpe->symbols[i].id;
  for (size_t i = 0; i + 1 < n; i++)
    ranks[i] = merge_rank(bpe, ids[i], ids[i + 1]);
  while (n > 1) {
    size_t best = 0;
    for (size_t i = 1; i + 1 < n; i++)
      if (ranks[i] < ranks[best])
        best = i;
    if (ranks[best] == RANK_NONE)
      break;
    ids[best] = merge_find(bpe, ids[best], ids[best + 1])->result;
    n--;
    memmove(ids + best + 1, ids + best + 2, (n - best - 1) * sizeof *ids);
    memmove(ranks + best, ranks + best + 1, (n - best - 1) * sizeof *ranks);
    if (best + 1 < n)
      ranks[best] = merge_rank(bpe, ids[best], ids[best + 1]);
    if (best > 0)
      ranks[best - 1] = merge_rank(bpe, ids[best - 1], ids[best]);
  }
  for (size_t i = 0; i < n; i++)
    tokens_add(out, ids[i]);
}

/* ---- merging a long word: a heap of candidates, stale ones dropped when they come up
 * ---- */

static bool candidate_before(const struct bpe_candidate *a, const struct bpe_candidate *b)
{
  return a->rank != b->rank ? a->rank < b->rank : a->at < b->at;
}

static void heap_push(struct bpe *bpe, struct bpe_candidate c)
{
  ARRAY_RESERVE(bpe->heap, bpe->n_heap, bpe->heap_capacity);
  size_t i = bpe->n_heap++;
  for (; i > 0 && candidate_before(&c, &bpe->heap[(i - 1) / 2]); i = (i - 1) / 2)
    bpe->heap[i] = bpe->heap[(i - 1) / 2];
  bpe->heap[i] = c;
}

static struct bpe_candidate heap_pop(struct bpe *bpe)
{
  struct bpe_candidate *heap = bpe->heap, top = heap[0], last = heap[--bpe->n_heap];
  size_t n = bpe->n_heap, i = 0;
  for (size_t child; (child = 2 * i + 1) < n; i = child) {
    if (child + 1 < n && candidate_before(&heap[child + 1], &heap[child]))
      child++;
    if (!candidate_before(&heap[child], &last))
      break;
    heap[i] = heap[child];
  }
  heap[i] = last;
  return top;
}

static void propose(struct bpe *bpe, uint32_t left, uint32_t right)
{
  if (left == UINT32_MAX || right == UINT32_MAX)
    return;
  int32_t a = bpe->symbols[left].id, b = bpe->symbols[right].id;
  uint32_t rank = merge_rank(bpe, a, b);
  if (rank != RANK_NONE)
    heap_push(bpe, (struct bpe_candidate){ rank, left, a, b });
}

static void merge_long(struct bpe *bpe, size_t n, struct tokens *out)
{
  struct bpe_symbol *symbols = bpe->symbols;
  bpe->n_heap = 0;
  for (size_t i = 0; i < n; i++) {
    symbols[i].previous = i ? (uint32_t)i - 1 : UINT32_MAX;
    symbols[i].next = i + 1 < n ? (uint32_t)i + 1 : UINT32_MAX;
    if (i)
      propose(bpe, (uint32_t)i - 1, (uint32_t)i);
  }
  while (bpe->n_heap) {
    struct bpe_candidate c = heap_pop(bpe);
    struct bpe_symbol *left = &symbols[c.at];
    if (left->id != c.left || left->next == UINT32_MAX)
      continue;
    struct bpe_symbol *right = &symbols[left->next];
    if (right->id != c.right)
      continue;
    left->id = merge_find(bpe, c.left, c.right)->result;
    right->id = -1;
    left->next = right->next;
    if (left->next != UINT32_MAX)
      symbols[left->next].previous = c.at;
    propose(bpe, left->previous, c.at);
    propose(bpe, c.at, left->next);
  }
  for (uint32_t i = 0; i != UINT32_MAX; i = symbols[i].next)
    tokens_add(out, symbols[i].id);
}

/* ---- a word ---- */

static void encode_word(struct bpe *bpe, struct str word, struct tokens *out)
{
  if (bpe->ignore_merges) {
    int32_t id = vocab_find(bpe->vocab, word);
    if (id >= 0) {
      tokens_add(out, id);
      return;
    }
  }
  size_t n =
      bpe->byte_level ? symbols_of_bytes(bpe, word) : symbols_of_characters(bpe, word);
  if (n == 0)
    return;
  if (n <= BPE_SHORT)
    merge_short(bpe, n, out);
  else
    merge_long(bpe, n, out);
}

void bpe_encode(struct bpe *bpe, struct str word, struct tokens *out)
{
  if (word.len == 0)
    return;
  if (word.len > BPE_CACHED_BYTES) {
    encode_word(bpe, word, out);
    return;
  }
  uint64_t hash = hash_fast(word);
  struct bpe_cached *c = &bpe->cache[hash & (CACHE_SLOTS - 1)];
  if (c->hash == hash && c->len == word.len && memcmp(c->word, word.ptr, word.len) == 0) {
    for (size_t i = 0; i < c->n_ids; i++)
      tokens_add(out, c->ids[i]);
    return;
  }
  size_t before = out->count;
  encode_word(bpe, word, out);
  size_t n = out->count - before;
  if (n > BPE_CACHED_IDS)
    return;
  c->hash = hash;
  c->len = (uint8_t)word.len;
  c->n_ids = (uint8_t)n;
  memcpy(c->word, word.ptr, word.len);
  if (n)
    memcpy(c->ids, out->ids + before, n * sizeof *c->ids);
}
