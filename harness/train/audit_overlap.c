#include "train/audit_overlap.h"

#include <stdlib.h>

#include "base/hash.h"

/* ---- words ---- */

struct words {
  uint64_t *hashes;
  size_t count;
};

static bool is_word(char c)
{
  return char_is_alnum(c) || (unsigned char)c >= 128;
}

static struct words words_of(struct arena *arena, struct str text)
{
  struct words words = { .hashes = ARENA_NEW(arena, uint64_t, text.len / 2 + 1) };
  char *lower = arena_alloc(arena, text.len);
  for (size_t at = 0; at < text.len;) {
    size_t start = at;
    while (at < text.len && is_word(text.ptr[at])) {
      lower[at] = char_lower(text.ptr[at]);
      at++;
    }
    if (at > start)
      words.hashes[words.count++] = hash_fast((struct str){ lower + start, at - start });
    else
      at++;
  }
  return words;
}

static uint64_t gram_hash(const uint64_t *words, size_t n)
{
  uint64_t hash = 0;
  for (size_t i = 0; i < n; i++)
    hash = (hash ^ words[i]) * 0x9e3779b97f4a7c15U;
  return hash ^ hash >> 31;
}

/* ---- the index ---- */

/* As many words as the item is looked for by; 0: too few. */
static size_t gram_length(size_t n_words)
{
  return n_words < AUDIT_WORDS_MIN ? 0 : n_words < AUDIT_WORDS ? n_words : AUDIT_WORDS;
}

static int by_hash(const void *left, const void *right)
{
  const struct overlap_gram *a = left, *b = right;
  if (a->hash != b->hash)
    return a->hash < b->hash ? -1 : 1;
  if (a->inside != b->inside)
    return a->inside ? 1 : -1;
  return a->item < b->item ? -1 : a->item > b->item;
}

void overlap_index_make(struct overlap_index *out, struct arena *arena,
                        const struct audit_item *items, size_t n_items)
{
  *out = (struct overlap_index){ .n_items = n_items };
  struct words *words = ARENA_NEW(arena, struct words, n_items);
  out->items = ARENA_NEW(arena, struct overlap_item, n_items);
  for (size_t i = 0; i < n_items; i++) {
    words[i] = words_of(arena, items[i].question);
    out->items[i] = (struct overlap_item){ gram_hash(words[i].hashes, words[i].count),
                                           words[i].count };
    size_t n = gram_length(words[i].count);
    out->n_grams[n] += n ? words[i].count - n + 1 : 1;
  }
  out->n_short = out->n_grams[0];
  for (size_t n = 1; n <= AUDIT_WORDS; n++) {
    out->grams[n] = ARENA_NEW(arena, struct overlap_gram, out->n_grams[n]);
    out->n_grams[n] = 0;
  }
  for (size_t i = 0; i < n_items; i++) {
    size_t n = gram_length(words[i].count);
    for (size_t at = 0; n && at + n <= words[i].count; at++)
      out->grams[n][out->n_grams[n]++] =
          (struct overlap_gram){ gram_hash(words[i].hashes + at, n), i, at > 0 };
  }
  for (size_t n = 1; n <= AUDIT_WORDS; n++)
    qsort(out->grams[n], out->n_grams[n], sizeof *out->grams[n], by_hash);
}

/* ---- looking ---- */

/* The first gram with that hash, or NULL. */
static const struct overlap_gram *find(const struct overlap_index *index, size_t n,
                                       uint64_t hash)
{
  const struct overlap_gram *grams = index->grams[n];
  size_t low = 0, high = index->n_grams[n];
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (grams[middle].hash < hash)
      low = middle + 1;
    else
      high = middle;
  }
  return low < index->n_grams[n] && grams[low].hash == hash ? &grams[low] : NULL;
}

/* Looks at the items that have the n words at `at`; true when one of them stands there
 * whole. */
static bool look(const struct overlap_index *index, size_t n, const struct words *words,
                 size_t at, ptrdiff_t *found)
{
  uint64_t hash = gram_hash(words->hashes + at, n);
  const struct overlap_gram *gram = find(index, n, hash);
  const struct overlap_gram *end = index->grams[n] + index->n_grams[n];
  if (gram && *found < 0)
    *found = (ptrdiff_t)gram->item;
  for (; gram && gram < end && gram->hash == hash && !gram->inside; gram++) {
    const struct overlap_item *item = &index->items[gram->item];
    if (at + item->n_words > words->count ||
        gram_hash(words->hashes + at, item->n_words) != item->hash)
      continue;
    *found = (ptrdiff_t)gram->item;
    return true;
  }
  return false;
}

ptrdiff_t overlap_find(const struct overlap_index *index, struct arena *scratch,
                       struct str text, bool *whole)
{
  ptrdiff_t found = -1;
  *whole = false;
  arena_reset(scratch);
  struct words words = words_of(scratch, text);
  for (size_t n = AUDIT_WORDS; n >= AUDIT_WORDS_MIN && !*whole; n--)
    for (size_t at = 0; index->n_grams[n] && at + n <= words.count && !*whole; at++)
      *whole = look(index, n, &words, at, &found);
  return found;
}
