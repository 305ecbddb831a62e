/* cache_index.h - where in the cache's file each entry stands: a hash map from sha256 to
 * a place, about 60 bytes an entry.
 *
 * Of cache.c alone. `{0}` is an empty index; cache_index_release frees. Pointers to
 * entries are good until the next put. Nothing fails.
 */
#ifndef OREO_JOURNAL_CACHE_INDEX_H
#define OREO_JOURNAL_CACHE_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { CACHE_KEY_DIGITS = 64, CACHE_KEY_BYTES = CACHE_KEY_DIGITS / 2 };

struct cache_entry {
  unsigned char key[CACHE_KEY_BYTES];
  off_t offset;
  uint32_t length; /* of the line without its newline; 0 = dropped */
};

struct cache_index {
  struct cache_entry *entries;
  size_t n_entries, capacity;
  size_t n_live;   /* entries that are not dropped */
  uint32_t *slots; /* index into entries + 1; 0 = empty */
  size_t n_slots;  /* a power of two */
};

/* 64 lower-case digits, as sha256_hex has them; false for anything else. */
bool cache_key_parse(const char *digits, unsigned char key[CACHE_KEY_BYTES]);

/* NULL when it is not there, or dropped. */
struct cache_entry *cache_index_find(const struct cache_index *index,
                                     const unsigned char key[CACHE_KEY_BYTES]);
/* Replaces an entry of the same key. */
void cache_index_put(struct cache_index *index, const struct cache_entry *entry);
void cache_index_drop(struct cache_index *index, struct cache_entry *entry);
void cache_index_release(struct cache_index *index);

#endif
