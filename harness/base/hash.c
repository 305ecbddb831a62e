#include "base/hash.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/sha.h>

#include "base/arena.h"

static struct sha256_hex to_hex(const unsigned char digest[SHA256_DIGEST_LENGTH])
{
  static const char digits[] = "0123456789abcdef";
  struct sha256_hex hex;
  for (int i = 0; i < SHA256_DIGEST_LENGTH; i++) {
    hex.text[2 * i] = digits[digest[i] >> 4];
    hex.text[2 * i + 1] = digits[digest[i] & 15];
  }
  hex.text[2 * SHA256_DIGEST_LENGTH] = '\0';
  return hex;
}

struct sha256_hex sha256_of(struct str bytes)
{
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256((const unsigned char *)bytes.ptr, bytes.len, digest);
  return to_hex(digest);
}

/* OpenSSL's own context behind our name. */
struct sha256 {
  EVP_MD_CTX *context;
};

struct sha256 *sha256_create(void)
{
  struct sha256 *sha = mem_alloc(sizeof *sha);
  sha->context = EVP_MD_CTX_new();
  if (!sha->context || EVP_DigestInit_ex(sha->context, EVP_sha256(), NULL) != 1)
    abort(); /* only when memory is out or libcrypto has no sha256 at all */
  return sha;
}

void sha256_add(struct sha256 *sha, struct str bytes)
{
  if (EVP_DigestUpdate(sha->context, bytes.ptr, bytes.len) != 1)
    abort();
}

struct sha256_hex sha256_final(struct sha256 *sha)
{
  unsigned char digest[SHA256_DIGEST_LENGTH];
  if (EVP_DigestFinal_ex(sha->context, digest, NULL) != 1)
    abort();
  EVP_MD_CTX_free(sha->context);
  free(sha);
  return to_hex(digest);
}

int sha256_file(const char *path, struct sha256_hex *out, struct err *err)
{
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return err_set_errno(err, ERR_ENV, errno, "cannot open '%s'", path);
  struct sha256 *sha = sha256_create();
  char chunk[65536];
  ssize_t n;
  while ((n = read(fd, chunk, sizeof chunk)) > 0)
    sha256_add(sha, (struct str){ chunk, (size_t)n });
  int errnum = errno;
  *out = sha256_final(sha);
  close(fd);
  return n < 0 ? err_set_errno(err, ERR_ENV, errnum, "cannot read '%s'", path) : 0;
}

/* IEEE 802.3, reflected; the table is computed, four bits at a time, from the polynomial. */
uint32_t crc32_of(struct str bytes)
{
  static const uint32_t nibble[16] = {
    0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
    0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
    0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
  };
  uint32_t crc = ~(uint32_t)0;
  for (size_t i = 0; i < bytes.len; i++) {
    crc ^= (unsigned char)bytes.ptr[i];
    crc = crc >> 4 ^ nibble[crc & 15];
    crc = crc >> 4 ^ nibble[crc & 15];
  }
  return ~crc;
}

static uint64_t mix(uint64_t h)
{
  h ^= h >> 33;
  h *= 0xff51afd7ed558ccdu;
  h ^= h >> 33;
  h *= 0xc4ceb9fe1a85ec53u;
  return h ^ h >> 33;
}

uint64_t hash_fast(struct str bytes)
{
  uint64_t h = 0xcbf29ce484222325u ^ bytes.len;
  size_t i = 0;
  for (uint64_t word; i + 8 <= bytes.len; i += 8) {
    memcpy(&word, bytes.ptr + i, 8);
    h = (h ^ mix(word)) * 0x100000001b3u;
  }
  for (; i < bytes.len; i++)
    h = (h ^ (unsigned char)bytes.ptr[i]) * 0x100000001b3u;
  return mix(h);
}

/* ---- strmap ---- */

void strmap_release(struct strmap *map)
{
  free(map->slots);
  *map = (struct strmap){ 0 };
}

static struct strmap_slot *find_slot(const struct strmap *map, struct str key, uint64_t hash)
{
  size_t at = hash & (map->n_slots - 1);
  while (str_present(map->slots[at].key) &&
         (map->slots[at].hash != hash || !str_equal(map->slots[at].key, key)))
    at = (at + 1) & (map->n_slots - 1);
  return &map->slots[at];
}

static void grow(struct strmap *map)
{
  struct strmap old = *map;
  map->n_slots = old.n_slots ? 2 * old.n_slots : 64;
  map->slots = mem_resize(NULL, map->n_slots, sizeof *map->slots);
  memset(map->slots, 0, map->n_slots * sizeof *map->slots);
  for (size_t i = 0; i < old.n_slots; i++)
    if (str_present(old.slots[i].key))
      *find_slot(map, old.slots[i].key, old.slots[i].hash) = old.slots[i];
  free(old.slots);
}

size_t *strmap_put(struct strmap *map, struct str key, size_t value, bool *added)
{
  if (map->n_used * 4 >= map->n_slots * 3)
    grow(map);
  if (!str_present(key))
    key = STR("");
  uint64_t hash = hash_fast(key);
  struct strmap_slot *slot = find_slot(map, key, hash);
  *added = !str_present(slot->key);
  if (*added) {
    *slot = (struct strmap_slot){ key, hash, value };
    map->n_used++;
  }
  return &slot->value;
}

const size_t *strmap_find(const struct strmap *map, struct str key)
{
  if (!map->n_slots)
    return NULL;
  if (!str_present(key))
    key = STR("");
  const struct strmap_slot *slot = find_slot(map, key, hash_fast(key));
  return str_present(slot->key) ? &slot->value : NULL;
}
