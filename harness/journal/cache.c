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
#include "journal/cache_index.h"

/* A line, in the order of its parts; all but the body have a fixed length. */
#define LINE_OPEN  "{\"v\":1,\"key\":\""
#define LINE_BODY  "\",\"body\":\""
#define LINE_CRC   "\",\"crc\":\""
#define LINE_CLOSE "\"}"

enum {
  CRC_DIGITS = 8,
  KEY_AT = sizeof LINE_OPEN - 1,
  HEAD_LEN = KEY_AT + CACHE_KEY_DIGITS + sizeof LINE_BODY - 1,
  TAIL_LEN = sizeof LINE_CRC - 1 + CRC_DIGITS + sizeof LINE_CLOSE - 1,
  ESCAPE_MAX = 6, /* bytes of "\u001f" */
  LINE_MAX_BYTES = HEAD_LEN + ESCAPE_MAX * CACHE_BODY_MAX + TAIL_LEN + 2,
  CHUNK_SIZE = 1 << 18,
};

struct cache {
  int fd;
  char *path;
  struct cache_index index;
  size_t n_damaged;
  struct buf line; /* the one that is read or written */
};

/* ---- lines ---- */

/* The form alone, by its first HEAD_LEN and its last TAIL_LEN bytes. */
static bool parse_form(struct str head, struct str tail, unsigned char *key)
{
  return head.len == HEAD_LEN && tail.len == TAIL_LEN &&
         str_starts(head, STR(LINE_OPEN)) && str_ends(head, STR(LINE_BODY)) &&
         cache_key_parse(head.ptr + KEY_AT, key) && str_starts(tail, STR(LINE_CRC)) &&
         str_ends(tail, STR(LINE_CLOSE));
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
  unsigned char ignored[CACHE_KEY_BYTES];
  char crc[CRC_DIGITS + 1];
  if (line.len < HEAD_LEN + TAIL_LEN ||
      !parse_form(str_slice(line, 0, HEAD_LEN),
                  str_slice(line, line.len - TAIL_LEN, line.len), ignored) ||
      memcmp(line.ptr + KEY_AT, key->text, CACHE_KEY_DIGITS) != 0)
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

/* ---- finding the lines of a file ---- */

/* A line as it passes by in chunks: its ends are kept, its length is counted. The CRC is
 * checked when the body is read, so that opening costs little more than reading, and no
 * more memory however long the lines are. */
struct scan {
  off_t start;   /* of the line */
  size_t length; /* so far */
  char head[HEAD_LEN], tail[TAIL_LEN];
};

static size_t smaller(size_t a, size_t b)
{
  return a < b ? a : b;
}

static void scan_piece(struct scan *scan, struct str piece)
{
  size_t head = smaller(scan->length, HEAD_LEN), tail = smaller(scan->length, TAIL_LEN);
  memcpy(scan->head + head, piece.ptr, smaller(piece.len, HEAD_LEN - head));
  /* the tail is the last of what it was, then of the piece */
  size_t new = smaller(piece.len, TAIL_LEN);
  size_t old = smaller(tail, TAIL_LEN - new);
  memmove(scan->tail, scan->tail + tail - old, old);
  memcpy(scan->tail + old, piece.ptr + piece.len - new, new);
  scan->length += piece.len;
}

/* An empty line is what two processes leave where locks do not work: no damage. */
static void scan_end(struct cache *cache, struct scan *scan)
{
  struct cache_entry entry = { .offset = scan->start, .length = (uint32_t)scan->length };
  struct str head = { scan->head, smaller(scan->length, HEAD_LEN) };
  struct str tail = { scan->tail, smaller(scan->length, TAIL_LEN) };
  bool fits = scan->length >= HEAD_LEN + TAIL_LEN && scan->length <= LINE_MAX_BYTES;
  /* of two lines with one key the later: it may be there since the first is damaged */
  if (fits && parse_form(head, tail, entry.key))
    cache_index_put(&cache->index, &entry);
  else
    cache->n_damaged += scan->length > 0;
  scan->start += (off_t)scan->length + 1;
  scan->length = 0;
}

static void scan_chunk(struct cache *cache, struct scan *scan, struct str chunk)
{
  for (;;) {
    ptrdiff_t end = str_find_char(chunk, '\n');
    scan_piece(scan, str_slice(chunk, 0, end < 0 ? chunk.len : (size_t)end));
    if (end < 0)
      return;
    scan_end(cache, scan);
    chunk = str_slice(chunk, (size_t)end + 1, chunk.len);
  }
}

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

static int scan_file(struct cache *cache, off_t size, struct err *err)
{
  struct scan scan = { 0 };
  char *chunk = mem_alloc(CHUNK_SIZE);
  ssize_t n = 0;
  for (off_t at = 0; at < size; at += n) {
    size_t wanted = (size_t)(size - at < CHUNK_SIZE ? size - at : CHUNK_SIZE);
    n = read_at(cache->fd, chunk, wanted, at);
    if (n <= 0)
      break;
    scan_chunk(cache, &scan, (struct str){ chunk, (size_t)n });
  }
  if (n < 0)
    err_set_errno(err, ERR_ENV, errno, "cannot read cache '%s'", cache->path);
  else if (scan.length)
    scan_end(cache, &scan); /* the last line, without its newline */
  free(chunk);
  return n < 0 ? -1 : 0;
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
  struct stat st;
  if (lock(cache, LOCK_SH, err) < 0)
    return -1;
  /* only the size is taken under the lock: what is there is never changed again */
  int rc = fstat(cache->fd, &st);
  if (rc < 0)
    err_set_errno(err, ERR_ENV, errno, "cannot read cache '%s'", cache->path);
  unlock(cache);
  return rc < 0 ? -1 : scan_file(cache, st.st_size, err);
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
  cache_index_release(&cache->index);
  free(cache);
}

size_t cache_entries(const struct cache *cache)
{
  return cache->index.n_live;
}

size_t cache_damaged(const struct cache *cache)
{
  return cache->n_damaged;
}

/* ---- reading ---- */

int cache_find(struct cache *cache, const struct sha256_hex *key, struct arena *arena,
               struct str *body, struct err *err)
{
  unsigned char bytes[CACHE_KEY_BYTES];
  *body = STR_NONE;
  struct cache_entry *entry =
      cache_key_parse(key->text, bytes) ? cache_index_find(&cache->index, bytes) : NULL;
  if (!entry)
    return 0;
  buf_reset(&cache->line);
  char *to = buf_reserve(&cache->line, entry->length);
  ssize_t n = read_at(cache->fd, to, entry->length, entry->offset);
  if (n < 0)
    return err_set_errno(err, ERR_ENV, errno, "cannot read cache '%s'", cache->path);
  if (!line_body((struct str){ to, (size_t)n }, key, arena, body)) {
    *body = STR_NONE;
    cache_index_drop(&cache->index, entry);
    cache->n_damaged++;
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
  bool torn = false;
  if (find_end(cache, &end, &torn, err) < 0)
    return -1;
  *offset = end + torn;
  return write_all(cache, torn ? line : str_slice(line, 1, line.len), err);
}

int cache_add(struct cache *cache, const struct sha256_hex *key, struct str body,
              struct err *err)
{
  struct cache_entry entry;
  if (!may_be_kept(body) || !cache_key_parse(key->text, entry.key) ||
      cache_index_find(&cache->index, entry.key))
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
  cache_index_put(&cache->index, &entry);
  return 0;
}
