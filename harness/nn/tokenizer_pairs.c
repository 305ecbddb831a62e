#include "nn/tokenizer_pairs.h"

#include <assert.h>
#include <stdlib.h>

#include "base/arena.h"

enum { SLOTS_FIRST = 1 << 10 };

void pairs_release(struct pairs *pairs)
{
  free(pairs->pairs);
  free(pairs->slots);
  free(pairs->places);
  free(pairs->heap);
  free(pairs->touched);
  free(pairs->taken);
  *pairs = (struct pairs){ 0 };
}

/* ---- the table ---- */

static size_t slot_of(const struct pairs *pairs, int32_t left, int32_t right)
{
  uint64_t key = (uint64_t)(uint32_t)left << 32 | (uint32_t)right;
  uint64_t hash = key * 0x9e3779b97f4a7c15u;
  size_t mask = pairs->n_slots - 1, at = (hash ^ hash >> 32) & mask;
  for (; pairs->slots[at]; at = (at + 1) & mask) {
    const struct pair *pair = &pairs->pairs[pairs->slots[at] - 1];
    if (pair->left == left && pair->right == right)
      break;
  }
  return at;
}

static void slots_make(struct pairs *pairs, size_t n_slots)
{
  free(pairs->slots);
  pairs->slots = mem_resize(NULL, n_slots, sizeof *pairs->slots);
  memset(pairs->slots, 0, n_slots * sizeof *pairs->slots);
  pairs->n_slots = n_slots;
  for (size_t i = 0; i < pairs->n_pairs; i++)
    pairs->slots[slot_of(pairs, pairs->pairs[i].left, pairs->pairs[i].right)] =
        (uint32_t)i + 1;
}

static struct pair *pair_make(struct pairs *pairs, int32_t left, int32_t right)
{
  if (4 * pairs->n_pairs >= 3 * pairs->n_slots)
    slots_make(pairs, pairs->n_slots ? 2 * pairs->n_slots : SLOTS_FIRST);
  size_t slot = slot_of(pairs, left, right);
  if (!pairs->slots[slot]) {
    ARRAY_RESERVE(pairs->pairs, pairs->n_pairs, pairs->pairs_capacity);
    pairs->pairs[pairs->n_pairs++] = (struct pair){ .left = left, .right = right };
    pairs->slots[slot] = (uint32_t)pairs->n_pairs;
  }
  return &pairs->pairs[pairs->slots[slot] - 1];
}

/* One that is there. */
static struct pair *pair_of(const struct pairs *pairs, int32_t left, int32_t right)
{
  uint32_t found = pairs->slots[slot_of(pairs, left, right)];
  assert(found);
  return &pairs->pairs[found - 1];
}

/* ---- places: `first`, `last` and `next` are numbers from 1, 0 is none ---- */

static uint32_t place_make(struct pairs *pairs, uint32_t at)
{
  uint32_t number = pairs->free_place;
  if (number) {
    pairs->free_place = pairs->places[number - 1].next;
  } else {
    assert(pairs->n_places < UINT32_MAX - 1);
    ARRAY_RESERVE(pairs->places, pairs->n_places, pairs->places_capacity);
    number = (uint32_t)++pairs->n_places;
  }
  pairs->places[number - 1] = (struct pair_place){ .at = at };
  return number;
}

void pairs_add(struct pairs *pairs, int32_t left, int32_t right, uint32_t at,
               uint64_t weight)
{
  uint32_t number = place_make(pairs, at);
  struct pair *pair = pair_make(pairs, left, right);
  if (pair->last)
    pairs->places[pair->last - 1].next = number;
  else
    pair->first = number;
  pair->last = number;
  pair->count += weight;
  if (pair->touched)
    return;
  pair->touched = true;
  ARRAY_RESERVE(pairs->touched, pairs->n_touched, pairs->touched_capacity);
  pairs->touched[pairs->n_touched++] = (uint32_t)(pair - pairs->pairs);
}

void pairs_drop(struct pairs *pairs, int32_t left, int32_t right, uint64_t weight)
{
  struct pair *pair = pair_of(pairs, left, right);
  assert(pair->count >= weight);
  pair->count -= weight;
}

const uint32_t *pairs_take(struct pairs *pairs, const struct pair_entry *wanted,
                           size_t *n_places)
{
  struct pair *pair = pair_of(pairs, wanted->left, wanted->right);
  pairs->n_taken = 0;
  for (uint32_t number = pair->first; number;) {
    struct pair_place *place = &pairs->places[number - 1];
    uint32_t next = place->next;
    ARRAY_RESERVE(pairs->taken, pairs->n_taken, pairs->taken_capacity);
    assert(!pairs->n_taken || pairs->taken[pairs->n_taken - 1] < place->at);
    pairs->taken[pairs->n_taken++] = place->at;
    place->next = pairs->free_place;
    pairs->free_place = number;
    number = next;
  }
  pair->first = pair->last = 0;
  *n_places = pairs->n_taken;
  return pairs->taken;
}

void pairs_clear(struct pairs *pairs, const struct pair_entry *pair)
{
  pair_of(pairs, pair->left, pair->right)->count = 0;
}

/* ---- the heap ---- */

static bool is_better(const struct pair_entry *a, const struct pair_entry *b)
{
  if (a->count != b->count)
    return a->count > b->count;
  return a->left != b->left ? a->left < b->left : a->right < b->right;
}

static void heap_push(struct pairs *pairs, struct pair_entry entry)
{
  ARRAY_RESERVE(pairs->heap, pairs->n_heap, pairs->heap_capacity);
  size_t i = pairs->n_heap++;
  for (; i > 0 && is_better(&entry, &pairs->heap[(i - 1) / 2]); i = (i - 1) / 2)
    pairs->heap[i] = pairs->heap[(i - 1) / 2];
  pairs->heap[i] = entry;
}

static struct pair_entry heap_pop(struct pairs *pairs)
{
  struct pair_entry *heap = pairs->heap, top = heap[0], last = heap[--pairs->n_heap];
  size_t n = pairs->n_heap, i = 0;
  for (size_t child; (child = 2 * i + 1) < n; i = child) {
    if (child + 1 < n && is_better(&heap[child + 1], &heap[child]))
      child++;
    if (!is_better(&heap[child], &last))
      break;
    heap[i] = heap[child];
  }
  heap[i] = last;
  return top;
}

void pairs_settle(struct pairs *pairs)
{
  for (size_t i = 0; i < pairs->n_touched; i++) {
    struct pair *pair = &pairs->pairs[pairs->touched[i]];
    pair->touched = false;
    if (pair->count)
      heap_push(pairs, (struct pair_entry){ pair->count, pair->left, pair->right });
  }
  pairs->n_touched = 0;
}

bool pairs_best(struct pairs *pairs, struct pair_entry *best)
{
  while (pairs->n_heap) {
    struct pair_entry top = heap_pop(pairs);
    uint64_t count = pair_of(pairs, top.left, top.right)->count;
    if (count == top.count) {
      *best = top;
      return true;
    }
    /* one that is below is an older entry of a pair that grew since: the newer one counts
     */
    if (count && count < top.count) {
      top.count = count;
      heap_push(pairs, top);
    }
  }
  return false;
}
