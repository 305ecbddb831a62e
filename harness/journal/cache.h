/* cache.h - answers kept by everything that determined them; off unless asked for.
 *
 * A folder with one append-only file, cache.jsonl: a line an entry, {"v":1,"key":...,
 * "body":...,"crc":...}, where the key is the sha256 of what determined the answer (the
 * caller's business: policy/endpoint.c) and the body is the server's reply as it came
 * (docs/JOURNAL.md). Several processes may use one folder at once: a line is one write()
 * under a lock, and each process sees what was there when it opened, and its own.
 *
 * In memory there is the place of each entry only. Opening finds the lines; the CRC of
 * one is checked when its body is read. A line that is not whole is skipped and counted,
 * then as now, and its answer is asked for again; of a key that stands twice the later
 * line counts. A torn tail is overwritten by nobody: a newline is put in front of the
 * next entry. Bodies above CACHE_BODY_MAX, or with NUL bytes or bytes that are no UTF-8,
 * are not kept. Nothing is synced: a power cut may cost entries, never a wrong answer.
 * ERR_ENV for a folder that cannot be made, read or written. One thread at a time.
 */
#ifndef OREO_JOURNAL_CACHE_H
#define OREO_JOURNAL_CACHE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/hash.h"

enum { CACHE_VERSION = 1, CACHE_BODY_MAX = 16 << 20 };

struct cache;

/* Makes the folder when it is not there. NULL is fine for cache_close. */
struct cache *cache_open(const char *dir, struct err *err);
void cache_close(struct cache *cache);
size_t cache_entries(const struct cache *cache);
/* Lines found so far that are not whole: damaged, torn, or of another version. */
size_t cache_damaged(const struct cache *cache);

/* The body, in `arena`; absent when there is none. ERR_ENV when it cannot be read back.
 */
NODISCARD int cache_find(struct cache *cache, const struct sha256_hex *key,
                         struct arena *arena, struct str *body, struct err *err);
/* Keeps it, unless the key is there already. */
NODISCARD int cache_add(struct cache *cache, const struct sha256_hex *key,
                        struct str body, struct err *err);

#endif
