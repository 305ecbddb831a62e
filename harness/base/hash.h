/* hash.h - fingerprints: sha256 for identity, crc32 for torn records, a fast hash for maps.
 *
 * The only module that includes OpenSSL. sha256 is what every file, item, prompt and
 * setting is known by; crc32 (IEEE, as in zip and PNG) only guards a journal line against
 * a torn write. Thread-safe: no globals.
 */
#ifndef OREO_BASE_HASH_H
#define OREO_BASE_HASH_H

#include "base/err.h"
#include "base/str.h"

enum { SHA256_HEX_SIZE = 65 }; /* 64 digits and the NUL */

struct sha256_hex {
  char text[SHA256_HEX_SIZE]; /* lower-case digits, NUL-terminated */
};

struct sha256_hex sha256_of(struct str bytes);

/* Piece by piece. sha256_final frees; call it exactly once. */
struct sha256;
struct sha256 *sha256_create(void);
void sha256_add(struct sha256 *sha, struct str bytes);
struct sha256_hex sha256_final(struct sha256 *sha);

/* Of a whole file, read in pieces; ERR_ENV when it cannot be read. */
NODISCARD int sha256_file(const char *path, struct sha256_hex *out, struct err *err);

uint32_t crc32_of(struct str bytes);

/* 64-bit FNV-1a with a final mix: for hash maps only, never stored. */
uint64_t hash_fast(struct str bytes);

/* ---- a map from text to a number, for joins by key ---- */

/* Keys are borrowed and must outlive the map. Grows by doubling; linear probing. */
struct strmap {
  struct strmap_slot *slots;
  size_t n_slots, n_used;
};
struct strmap_slot {
  struct str key; /* absent = empty slot */
  uint64_t hash;
  size_t value;
};

void strmap_release(struct strmap *map); /* `{0}` is a valid empty map */
/* Adds, or leaves the existing entry as it is; returns a pointer to the value that stands
 * there now and sets *added. The pointer is good until the next call. */
size_t *strmap_put(struct strmap *map, struct str key, size_t value, bool *added);
/* NULL when absent. */
const size_t *strmap_find(const struct strmap *map, struct str key);

#endif
