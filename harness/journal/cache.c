#include "journal/cache.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/json.h"

/* A line, in the order of its parts; all but the body have a fixed length. */
#define LINE_OPEN  "{\"v\":1,\"key\":\""
#define LINE_BODY  "\",\"body\":\""
#define LINE_CRC   "\",\"crc\":\""
#define LINE_CLOSE "\"}"

enum {
  KEY_DIGITS = SHA256_HEX_SIZE - 1,
  KEY_BYTES = KEY_DIGITS / 2,
  CRC_DIGITS = 8,
  KEY_AT = sizeof LINE_OPEN - 1,
  BODY_AT = KEY_AT + KEY_DIGITS + sizeof LINE_BODY - 1,
  TAIL_LEN = sizeof LINE_CRC - 1 + CRC_DIGITS + sizeof LINE_CLOSE - 1,
  ESCAPE_MAX = 6, /* bytes of "\u001f" */
  LINE_MAX_BYTES = BODY_AT + ESCAPE_MAX * CACHE_BODY_MAX + TAIL_LEN + 2,
};

struct entry {
  unsigned char key[KEY_BYTES];
  off_t offset;
  uint32_t length; /* of the line without its newline; 0 = found damaged */
};

struct cache {
  int fd;
  char *path;
  struct entry *entries;
  size_t n_entries, capacity, n_live, n_damaged;
  uint32_t *slots; /* index into entries + 1; 0 = empty */
  size_t n_slots;  /* a power of two */
  struct buf line;
};

/* ---- the index ---- */

static int digit_value(char c)
{
  if (char_is_digit(c))
    return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool parse_key(const char *digits, unsigned char key[KEY_BYTES])
{
  for (size_t i = 0; i < KEY_BYTES; i++) {
    int high = digit_value(digits[2 * i]);
    int low = high < 0 ? -1 : digit_value(digits[2 * i + 1]);
    if (low < 0)
      return false;
    key[i] = (unsigned char)(high << 4 | low);
  }
  return true;
}

/* A sha256 is as good as random: its first bytes are the hash. */
static size_t first_slot(const struct cache *cache, const unsigned char *key)
{
  uint64_t hash;
  memcpy(&hash, key, sizeof hash);
  return (size_t)hash & (cache->n_slots - 1);
}

/* The slot that holds the key, or the empty one where it belongs. */
static uint32_t *find_slot(const struct cache *cache, const unsigned char *key)
{
  size_t at = first_slot(cache, key);
  while (cache->slots[at] &&
         memcmp(cache->entries[cache->slots[at] - 1].key, key, KEY_BYTES) != 0)
    at = (at + 1) & (cache->n_slots - 1);
  return &cache->slots[at];
}

static void grow_slots(struct cache *cache)
{
  if (2 * (cache->n_entries + 1) <= cache->n_slots)
    return;
  cache->n_slots = cache->n_slots ? 2 * cache->n_slots : 64;
  cache->slots = mem_resize(cache->slots, cache->n_slots, sizeof *cache->slots);
  memset(cache->slots, 0, cache->n_slots * sizeof *cache->slots);
  for (size_t i = 0; i < cache->n_entries; i++)
    *find_slot(cache, cache->entries[i].key) = (uint32_t)(i + 1);
}

static struct entry *find_entry(const struct cache *cache, const unsigned char *key)
{
  uint32_t index = cache->n_slots ? *find_slot(cache, key) : 0;
  return index ? &cache->entries[index - 1] : NULL;
}

/* A key that stands twice: the later line counts, since it may have been added because
 * the earlier one was damaged. */
static void put_entry(struct cache *cache, const struct entry *entry)
{
  struct entry *old = find_entry(cache, entry->key);
  if (old) {
    cache->n_live += old->length == 0;
    *old = *entry;
    return;
  }
  grow_slots(cache);
  ARRAY_RESERVE(cache->entries, cache->n_entries, cache->capacity);
  cache->entries[cache->n_entries++] = *entry;
  *find_slot(cache, entry->key) = (uint32_t)cache->n_entries;
  cache->n_live++;
}

static void drop_entry(struct cache *cache, struct entry *entry)
{
  entry->length = 0;
  cache->n_live--;
  cache->n_damaged++;
}

/* ---- lines ---- */

/* The form alone: the CRC is checked when the body is read, so that opening costs no
 * more than finding the ends of lines. */
static bool line_key(struct str line, unsigned char key[KEY_BYTES])
{
  if (line.len < BODY_AT + TAIL_LEN || line.len > LINE_MAX_BYTES)
    return false;
  struct str close = str_slice(line, line.len - TAIL_LEN, line.len);
  return str_starts(line, STR(LINE_OPEN)) && parse_key(line.ptr + KEY_AT, key) &&
         str_starts(str_slice(line, KEY_AT + KEY_DIGITS, line.len), STR(LINE_BODY)) &&
         str_starts(close, STR(LINE_CRC)) && str_ends(close, STR(LINE_CLOSE));
}

static void index_lines(struct cache *cache, struct str bytes)
{
  struct str rest = bytes;
  while (rest.len) {
    ptrdiff_t end = str_find_char(rest, '\n');
    struct str line = str_slice(rest, 0, end < 0 ? rest.len : (size_t)end);
    struct entry entry = { .offset = (off_t)(line.ptr - bytes.ptr) };
    if (line_key(line, entry.key)) {
      entry.length = (uint32_t)line.len;
      put_entry(cache, &entry);
    } else if (line.len) {
      cache->n_damaged++;
    }
    rest = str_slice(rest, line.len + (end >= 0), rest.len);
  }
}

/* The part that the CRC is of: all before `,"crc":`, the body's closing quote included.
 */
static struct str checked_part(struct str line)
{
  return str_slice(line, 0, line.len - TAIL_LEN + 1);
}

static void format_line(struct buf *out, const struct sha256_hex *key, struct str body)
{
  size_t start = out->len;
  buf_printf(out, LINE_OPEN "%s" LINE_BODY, key->text);
  json_escape(out, body);
  buf_add_char(out, '"');
  uint32_t crc = crc32_of(str_slice(buf_str(out), start, out->len));
  buf_printf(out, ",\"crc\":\"%08x" LINE_CLOSE "\n", (unsigned)crc);
}

/* The body of a whole line with the right key and CRC; false for any other. */
static bool line_body(struct str line, const struct sha256_hex *key, struct arena *arena,
                      struct str *body)
{
  unsigned char ignored[KEY_BYTES];
  char crc[CRC_DIGITS + 1];
  if (!line_key(line, ignored) || memcmp(line.ptr + KEY_AT, key->text, KEY_DIGITS) != 0)
    return false;
  snprintf(crc, sizeof crc, "%08x", (unsigned)crc32_of(checked_part(line)));
  if (memcmp(line.ptr + line.len - sizeof LINE_CLOSE + 1 - CRC_DIGITS, crc, CRC_DIGITS))
    return false;
  struct json_doc doc;
  struct err err;
  if (json_parse(&doc, line, &err) < 0)
    return false;
  *body = json_get_string(doc.root, "body", STR_NONE);
  if (str_present(*body))
    *body = arena_str(arena, *body);
  json_doc_release(&doc);
  return str_present(*body);
}

/* ---- opening ---- */

/* A file system without locks is worked with all the same: an O_APPEND write goes to the
 * end, and an entry that is not where it was thought to be fails its checks. */
static int lock(const struct cache *cache, int operation, struct err *err)
{
  while (flock(cache->fd, operation) < 0) {
    if (errno == ENOLCK || errno == EOPNOTSUPP || errno == ENOSYS)
      return 0;
    if (errno != EINTR)
      return err_set_errno(err, ERR_ENV, errno, "cannot lock cache '%s'", cache->path);
  }
  return 0;
}

static void unlock(const struct cache *cache)
{
  (void)flock(cache->fd, LOCK_UN);
}

static int read_index(struct cache *cache, struct err *err)
{
  struct fs_map map;
  if (lock(cache, LOCK_SH, err) < 0)
    return -1;
  /* only the length is taken under the lock: what is there is never changed again */
  int rc = fs_map(&map, cache->path, err);
  unlock(cache);
  if (rc < 0)
    return -1;
  index_lines(cache, map.bytes);
  fs_unmap(&map);
  return 0;
}

static int open_file(struct cache *cache, struct err *err)
{
  cache->fd = open(cache->path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (cache->fd < 0)
    return err_set_errno(err, ERR_ENV, errno, "cannot open cache '%s'", cache->path);
  return read_index(cache, err);
}

struct cache *cache_open(const char *dir, struct err *err)
{
  if (fs_make_dir(dir, err) < 0) {
    err_wrap(err, "cache");
    return NULL;
  }
  struct buf path;
  buf_init(&path, 1 << 16);
  fs_join(&path, dir, "cache.jsonl");
  struct cache *cache = mem_alloc(sizeof *cache);
  *cache = (struct cache){ .fd = -1, .path = buf_take(&path) };
  buf_init(&cache->line, LINE_MAX_BYTES);
  if (open_file(cache, err) < 0) {
    cache_close(cache);
    return NULL;
  }
  return cache;
}

void cache_close(struct cache *cache)
{
  if (!cache)
    return;
  if (cache->fd >= 0)
    close(cache->fd);
  buf_release(&cache->line);
  free(cache->path);
  free(cache->entries);
  free(cache->slots);
  free(cache);
}

size_t cache_entries(const struct cache *cache)
{
  return cache->n_live;
}

size_t cache_damaged(const struct cache *cache)
{
  return cache->n_damaged;
}

/* ---- reading ---- */

/* Bytes that were there; fewer than asked at the end of the file; -1 with errno. */
static ssize_t read_at(int fd, char *bytes, size_t size, off_t offset)
{
  size_t have = 0;
  while (have < size) {
    ssize_t n = pread(fd, bytes + have, size - have, offset + (off_t)have);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return -1;
    if (n == 0)
      break;
    have += (size_t)n;
  }
  return (ssize_t)have;
}

int cache_find(struct cache *cache, const struct sha256_hex *key, struct arena *arena,
               struct str *body, struct err *err)
{
  unsigned char bytes[KEY_BYTES];
  *body = STR_NONE;
  struct entry *entry = parse_key(key->text, bytes) ? find_entry(cache, bytes) : NULL;
  if (!entry || !entry->length)
    return 0;
  buf_reset(&cache->line);
  char *to = buf_reserve(&cache->line, entry->length);
  ssize_t n = read_at(cache->fd, to, entry->length, entry->offset);
  if (n < 0)
    return err_set_errno(err, ERR_ENV, errno, "cannot read cache '%s'", cache->path);
  if (!line_body((struct str){ to, (size_t)n }, key, arena, body)) {
    *body = STR_NONE;
    drop_entry(cache, entry);
  }
  return 0;
}

/* ---- adding ---- */

static bool may_be_kept(struct str body)
{
  return str_present(body) && body.len <= CACHE_BODY_MAX &&
         !memchr(body.ptr, '\0', body.len) && str_is_utf8(body, NULL);
}

/* Where the file ends, and whether its last line lacks its newline. */
static int find_end(struct cache *cache, off_t *end, bool *torn, struct err *err)
{
  char last = '\n';
  *end = lseek(cache->fd, 0, SEEK_END);
  if (*end < 0 || (*end > 0 && read_at(cache->fd, &last, 1, *end - 1) < 0))
    return err_set_errno(err, ERR_ENV, errno, "cannot read cache '%s'", cache->path);
  *torn = last != '\n';
  return 0;
}

static int write_all(const struct cache *cache, struct str bytes, struct err *err)
{
  while (bytes.len) {
    ssize_t n = write(cache->fd, bytes.ptr, bytes.len);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return err_set_errno(err, ERR_ENV, errno, "cannot write cache '%s'", cache->path);
    bytes = str_slice(bytes, (size_t)n, bytes.len);
  }
  return 0;
}

/* `line` begins with a newline that is left out unless the tail is torn. */
static int append(struct cache *cache, struct str line, off_t *offset, struct err *err)
{
  off_t end;
  bool torn;
  if (find_end(cache, &end, &torn, err) < 0)
    return -1;
  *offset = end + torn;
  return write_all(cache, torn ? line : str_slice(line, 1, line.len), err);
}

int cache_add(struct cache *cache, const struct sha256_hex *key, struct str body,
              struct err *err)
{
  struct entry entry;
  if (!may_be_kept(body) || !parse_key(key->text, entry.key))
    return 0;
  const struct entry *old = find_entry(cache, entry.key);
  if (old && old->length)
    return 0;
  buf_reset(&cache->line);
  buf_add_char(&cache->line, '\n');
  format_line(&cache->line, key, body);
  if (lock(cache, LOCK_EX, err) < 0)
    return -1;
  int rc = append(cache, buf_str(&cache->line), &entry.offset, err);
  unlock(cache);
  if (rc < 0)
    return -1;
  entry.length = (uint32_t)(cache->line.len - 2);
  put_entry(cache, &entry);
  return 0;
}
