#include "journal/cache_index.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

enum { FIRST_SLOTS = 64 };

/* ---- keys ---- */

static int digit_value(char c)
{
  if (char_is_digit(c))
    return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool cache_key_parse(const char *digits, unsigned char key[CACHE_KEY_BYTES])
{
  for (size_t i = 0; i < CACHE_KEY_BYTES; i++) {
    int high = digit_value(digits[2 * i]);
    int low = high < 0 ? -1 : digit_value(digits[2 * i + 1]);
    if (low < 0)
      return false;
    key[i] = (unsigned char)(high << 4 | low);
  }
  return true;
}

/* ---- slots ---- */

/* A sha256 is as good as random: its first bytes are the hash. */
static size_t first_slot(const struct cache_index *index, const unsigned char *key)
{
  uint64_t hash;
  memcpy(&hash, key, sizeof hash);
  return (size_t)hash & (index->n_slots - 1);
}

/* The slot that holds the key, or the empty one where it belongs. */
static uint32_t *find_slot(const struct cache_index *index, const unsigned char *key)
{
  size_t at = first_slot(index, key);
  while (index->slots[at] &&
         memcmp(index->entries[index->slots[at] - 1].key, key, CACHE_KEY_BYTES) != 0)
    at = (at + 1) & (index->n_slots - 1);
  return &index->slots[at];
}

/* At most half of the slots are used, so that probes are short and always end. */
static void grow_slots(struct cache_index *index)
{
  if (2 * (index->n_entries + 1) <= index->n_slots)
    return;
  index->n_slots = index->n_slots ? 2 * index->n_slots : FIRST_SLOTS;
  index->slots = mem_resize(index->slots, index->n_slots, sizeof *index->slots);
  memset(index->slots, 0, index->n_slots * sizeof *index->slots);
  for (size_t i = 0; i < index->n_entries; i++)
    *find_slot(index, index->entries[i].key) = (uint32_t)(i + 1);
}

/* ---- entries ---- */

/* Dropped ones too: their place in `entries` is used again. */
static struct cache_entry *find_any(const struct cache_index *index,
                                    const unsigned char *key)
{
  uint32_t at = index->n_slots ? *find_slot(index, key) : 0;
  return at ? &index->entries[at - 1] : NULL;
}

struct cache_entry *cache_index_find(const struct cache_index *index,
                                     const unsigned char key[CACHE_KEY_BYTES])
{
  struct cache_entry *entry = find_any(index, key);
  return entry && entry->length ? entry : NULL;
}

void cache_index_put(struct cache_index *index, const struct cache_entry *entry)
{
  struct cache_entry *old = find_any(index, entry->key);
  if (old) {
    index->n_live += old->length == 0;
    *old = *entry;
    return;
  }
  grow_slots(index);
  ARRAY_RESERVE(index->entries, index->n_entries, index->capacity);
  index->entries[index->n_entries++] = *entry;
  *find_slot(index, entry->key) = (uint32_t)index->n_entries;
  index->n_live++;
}

void cache_index_drop(struct cache_index *index, struct cache_entry *entry)
{
  index->n_live -= entry->length != 0;
  entry->length = 0;
}

void cache_index_release(struct cache_index *index)
{
  free(index->entries);
  free(index->slots);
  *index = (struct cache_index){ 0 };
}
