/* tokenizer_pairs.h - how often which two pieces stand side by side, and where: what a
 * tokenizer's training looks at and keeps up to date.
 *
 * A pair is two ids. Its count is the sum of the weights of its occurrences; its places
 * are numbers of the caller's, added in rising order. An occurrence that is gone is taken
 * from the count at once and from the places never: who walks over them looks whether the
 * pair still stands there. The best pair comes from a heap with lazy deletion: an entry
 * is never below its pair's count, and one that is above it goes back with the right one.
 * So the pair that pairs_best gives is the best exactly: highest count, then lowest left
 * id, then lowest right id.
 *
 * Time: O(log n) a change, memory: 8 bytes a place, some 72 a pair. At most 2^32 - 2
 * places at once. Owns everything; one thread at a time. Nothing fails but memory, which
 * ends the process (base/arena.h).
 */
#ifndef OREO_NN_TOKENIZER_PAIRS_H
#define OREO_NN_TOKENIZER_PAIRS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pair {
  int32_t left, right;
  uint64_t count;
  uint32_t first, last; /* its places: a list in pairs.places, in the order they came */
  bool touched;         /* it grew since pairs_settle */
};

struct pair_place {
  uint32_t at, next;
};

struct pair_entry {
  uint64_t count;
  int32_t left, right;
};

struct pairs { /* `{0}` is empty */
  struct pair *pairs;
  size_t n_pairs, pairs_capacity;
  uint32_t *slots; /* by hash: index into `pairs`, plus 1; 0: empty */
  size_t n_slots;
  struct pair_place *places;
  size_t n_places, places_capacity;
  uint32_t free_place; /* plus 1; 0: none */
  struct pair_entry *heap;
  size_t n_heap, heap_capacity;
  uint32_t *touched;
  size_t n_touched, touched_capacity;
  uint32_t *taken;
  size_t n_taken, taken_capacity;
};

void pairs_release(struct pairs *pairs);

/* One more occurrence, at `at`. It counts for pairs_best after pairs_settle. */
void pairs_add(struct pairs *pairs, int32_t left, int32_t right, uint32_t at,
               uint64_t weight);
/* One fewer. */
void pairs_drop(struct pairs *pairs, int32_t left, int32_t right, uint64_t weight);
void pairs_settle(struct pairs *pairs);

/* The best pair, taken out of the heap: it comes back when it grows. False: there is none
 * with a count. */
bool pairs_best(struct pairs *pairs, struct pair_entry *best);
/* Takes the places of a pair, in rising order, those that are gone among them. Good until
 * the next call of it. */
const uint32_t *pairs_take(struct pairs *pairs, const struct pair_entry *pair,
                           size_t *n_places);
/* The pair is nowhere any more. */
void pairs_clear(struct pairs *pairs, const struct pair_entry *pair);

#endif
