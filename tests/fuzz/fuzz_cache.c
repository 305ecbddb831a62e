// links: journal
/* Any bytes as a cache's file: as they are, and with the CRC that each line would need,
 * so that what lies behind the check is reached too. Whatever is there, an entry that is
 * added afterwards is found, at once and by the next process. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "journal/cache.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LINES_MAX = 16, KEY_AT = 14, KEY_DIGITS = 64 };

static struct cache *open_or_abort(const char *dir)
{
  struct err err = { 0 };
  struct cache *cache = cache_open(dir, &err);
  if (!cache)
    abort();
  return cache;
}

static bool find(struct cache *cache, const struct sha256_hex *key, struct str expected)
{
  struct arena arena = { 0 };
  struct err err = { 0 };
  struct str body;
  if (cache_find(cache, key, &arena, &body, &err) < 0)
    abort();
  bool found = str_present(body);
  if (found && str_present(expected) && !str_equal(body, expected))
    abort();
  arena_release(&arena);
  return found;
}

/* Asks for the keys where a line would have them. */
static void find_all(struct cache *cache, struct str bytes)
{
  for (struct str line; str_present(line = str_next_line(&bytes));) {
    struct sha256_hex key = { "" };
    if (line.len < KEY_AT + KEY_DIGITS)
      continue;
    memcpy(key.text, line.ptr + KEY_AT, KEY_DIGITS);
    size_t before = cache_entries(cache);
    if (!find(cache, &key, STR_NONE) && find(cache, &key, STR_NONE))
      abort(); /* what was dropped stays so */
    if (cache_entries(cache) > before)
      abort();
  }
}

static void use(const char *dir, const char *path, struct str bytes)
{
  FILE *file = fopen(path, "wb");
  if (!file || fwrite(bytes.ptr, 1, bytes.len, file) != bytes.len || fclose(file))
    abort();
  struct err err = { 0 };
  struct sha256_hex key = sha256_of(STR("a key that no input has"));
  struct str body = STR("{\"a\":\"b\"}\n");
  struct cache *cache = open_or_abort(dir);
  find_all(cache, bytes);
  size_t entries = cache_entries(cache);
  if (cache_add(cache, &key, body, &err) < 0 || cache_entries(cache) != entries + 1 ||
      !find(cache, &key, body))
    abort();
  cache_close(cache);
  cache = open_or_abort(dir);
  if (!find(cache, &key, body))
    abort();
  cache_close(cache);
}

/* Each line with its own CRC; a seed that has one loses it first. */
static void mend(struct buf *out, struct str bytes)
{
  size_t n = 0;
  for (struct str line; n < LINES_MAX && str_present(line = str_next_line(&bytes)); n++) {
    ptrdiff_t at = str_find_last(line, STR(",\"crc\""));
    if (at >= 0)
      line.len = (size_t)at;
    buf_add(out, line);
    buf_printf(out, ",\"crc\":\"%08x\"}\n", (unsigned)crc32_of(line));
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  char dir[] = "/tmp/oreo-fuzz-XXXXXX", path[64];
  struct buf mended;
  if (!mkdtemp(dir))
    abort();
  snprintf(path, sizeof path, "%s/cache.jsonl", dir);
  buf_init(&mended, BUF_CAP_OWN);
  mend(&mended, (struct str){ (const char *)data, size });
  use(dir, path, (struct str){ (const char *)data, size });
  use(dir, path, buf_str(&mended));
  buf_release(&mended);
  unlink(path);
  rmdir(dir);
  return 0;
}
