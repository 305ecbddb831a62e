#include "nn/tokenizer_learn.h"

#include <assert.h>
#include <stdlib.h>

#include "nn/tokenizer_bytes.h"

void learner_release(struct learner *learner)
{
  arena_release(&learner->arena);
  strmap_release(&learner->by_bytes);
  free(learner->pieces);
  free(learner->symbols);
  free(learner->words);
  free(learner->merges);
  pairs_release(&learner->pairs);
  *learner = (struct learner){ 0 };
}

/* ---- pieces ---- */

static int32_t piece_add(struct learner *learner, struct str piece)
{
  ARRAY_RESERVE(learner->pieces, learner->n_pieces, learner->pieces_capacity);
  learner->pieces[learner->n_pieces] = piece;
  return (int32_t)learner->n_pieces++;
}

void learner_name(struct learner *learner, struct str text, struct str bytes)
{
  bool added;
  int32_t id = piece_add(learner, arena_str(&learner->arena, text));
  learner->n_names = learner->n_pieces;
  if (str_present(bytes))
    strmap_put(&learner->by_bytes, arena_str(&learner->arena, bytes), (size_t)id, &added);
}

static int by_letter(const void *a, const void *b)
{
  return byte_letter(*(const unsigned char *)a) - byte_letter(*(const unsigned char *)b);
}

void learner_bytes(struct learner *learner)
{
  unsigned char order[256];
  for (int i = 0; i < 256; i++)
    order[i] = (unsigned char)i;
  qsort(order, sizeof order, 1, by_letter);
  for (int i = 0; i < 256; i++) {
    bool added;
    struct str byte = arena_str(&learner->arena, (struct str){ (char *)&order[i], 1 });
    int32_t id = piece_add(learner, byte);
    strmap_put(&learner->by_bytes, byte, (size_t)id, &added);
    assert(added);
    learner->byte_ids[order[i]] = id;
  }
}

/* The id of what two pieces make; -1 when there must be no such piece. */
static int32_t join(struct learner *learner, const struct pair_entry *pair,
                    size_t piece_max)
{
  struct str a = learner->pieces[pair->left], b = learner->pieces[pair->right];
  size_t len = a.len + b.len;
  if (len > piece_max)
    return -1;
  char *bytes = arena_alloc(&learner->arena, len + 1);
  memcpy(bytes, a.ptr, a.len);
  memcpy(bytes + a.len, b.ptr, b.len);
  bool added;
  struct str piece = { bytes, len };
  strmap_put(&learner->by_bytes, piece, learner->n_pieces, &added);
  return added ? piece_add(learner, piece) : -1;
}

/* ---- words ---- */

bool learner_word(struct learner *learner, struct str word, uint64_t count)
{
  if (word.len > LEARN_BYTES_MAX - learner->n_symbols)
    return false;
  uint32_t number = (uint32_t)learner->n_words;
  ARRAY_RESERVE(learner->words, learner->n_words, learner->words_capacity);
  learner->words[learner->n_words++] = count;
  for (size_t i = 0; i < word.len; i++) {
    uint32_t at = (uint32_t)learner->n_symbols;
    ARRAY_RESERVE(learner->symbols, learner->n_symbols, learner->symbols_capacity);
    learner->symbols[learner->n_symbols++] = (struct learn_symbol){
      .id = learner->byte_ids[(unsigned char)word.ptr[i]],
      .previous = i ? at - 1 : LEARN_NONE,
      .next = i + 1 < word.len ? at + 1 : LEARN_NONE,
      .word = number,
    };
  }
  return true;
}

/* ---- merging ---- */

static void count_all(struct learner *learner)
{
  for (uint32_t at = 0; at < learner->n_symbols; at++) {
    const struct learn_symbol *symbol = &learner->symbols[at];
    if (symbol->next != LEARN_NONE)
      pairs_add(&learner->pairs, symbol->id, learner->symbols[symbol->next].id, at,
                learner->words[symbol->word]);
  }
  pairs_settle(&learner->pairs);
}

/* The pair at `at` and `at`'s next becomes `result`; the neighbours' pairs follow. */
static void merge_at(struct learner *learner, uint32_t at, int32_t result)
{
  struct learn_symbol *symbols = learner->symbols, *left = &symbols[at];
  struct learn_symbol *right = &symbols[left->next];
  uint64_t weight = learner->words[left->word];
  uint32_t before = left->previous, behind = right->next;
  if (before != LEARN_NONE) {
    pairs_drop(&learner->pairs, symbols[before].id, left->id, weight);
    pairs_add(&learner->pairs, symbols[before].id, result, before, weight);
  }
  if (behind != LEARN_NONE) {
    pairs_drop(&learner->pairs, right->id, symbols[behind].id, weight);
    pairs_add(&learner->pairs, result, symbols[behind].id, at, weight);
    symbols[behind].previous = at;
  }
  left->id = result;
  left->next = behind;
  right->id = -1;
}

static void merge_everywhere(struct learner *learner, const struct pair_entry *pair,
                             int32_t result)
{
  size_t n_places;
  const uint32_t *places = pairs_take(&learner->pairs, pair, &n_places);
  for (size_t i = 0; i < n_places; i++) {
    const struct learn_symbol *left = &learner->symbols[places[i]];
    if (left->id == pair->left && left->next != LEARN_NONE &&
        learner->symbols[left->next].id == pair->right)
      merge_at(learner, places[i], result);
  }
  pairs_clear(&learner->pairs, pair);
  pairs_settle(&learner->pairs);
  ARRAY_RESERVE(learner->merges, learner->n_merges, learner->merges_capacity);
  learner->merges[learner->n_merges++] =
      (struct learned_merge){ pair->left, pair->right, result };
}

void learner_run(struct learner *learner, const struct learn_limits *limits)
{
  struct pair_entry best;
  count_all(learner);
  while (learner->n_pieces < limits->n_pieces && learner->n_merges < limits->n_merges &&
         pairs_best(&learner->pairs, &best) && best.count >= limits->min_count) {
    int32_t result = join(learner, &best, limits->piece_max);
    if (result >= 0)
      merge_everywhere(learner, &best, result);
  }
}

uint64_t learner_ids(const struct learner *learner)
{
  uint64_t n = 0;
  for (size_t i = 0; i < learner->n_symbols; i++)
    if (learner->symbols[i].id >= 0)
      n += learner->words[learner->symbols[i].word];
  return n;
}
