/* cache.h - answers kept by everything that determined them; off unless asked for.
 *
 * A folder with one append-only file, cache.jsonl: a line an entry, {"v":1,"key":...,
 * "body":...,"crc":...}, where the key is the sha256 of what determined the answer (the
 * caller's business: policy/endpoint.c) and the body is the server's reply as it came.
 * Several processes may use one folder at once: a line is one write() under a lock, and
 * each process sees what was there when it opened. A line with a bad CRC is skipped and
 * counted; a torn tail is overwritten by nobody: a newline is put in front of the next
 * entry. ERR_ENV for a folder that cannot be made, read or written. Entries above
 * CACHE_BODY_MAX are not kept. One thread at a time.
 */
#ifndef OREO_JOURNAL_CACHE_H
#define OREO_JOURNAL_CACHE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/hash.h"

enum { CACHE_VERSION = 1, CACHE_BODY_MAX = 16 << 20 };

struct cache;

/* Makes the folder when it is not there. */
struct cache *cache_open(const char *dir, struct err *err);
void cache_close(struct cache *cache);
size_t cache_entries(const struct cache *cache);
size_t cache_damaged(const struct cache *cache);

/* The body, in `arena`; absent when there is none. ERR_ENV when it cannot be read back.
 */
NODISCARD int cache_find(struct cache *cache, const struct sha256_hex *key,
                         struct arena *arena, struct str *body, struct err *err);
/* Keeps it, unless the key is there already. */
NODISCARD int cache_add(struct cache *cache, const struct sha256_hex *key,
                        struct str body, struct err *err);

#endif
