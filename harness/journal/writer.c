/* writer.c - appending to a journal: one write() a record, a lock, and a sync now and
 * then.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "journal/journal.h"

struct journal_writer {
  int fd;
  char *path;
  off_t good;        /* bytes of whole records */
  int64_t synced_ns; /* when the last fsync was */
  bool unsynced;
  struct buf line;
};

/* ---- opening ---- */

static int lock_file(int fd, const char *path, struct err *err)
{
  if (flock(fd, LOCK_EX | LOCK_NB) == 0)
    return 0;
  if (errno == EWOULDBLOCK)
    return err_set(
        err, ERR_ENV,
        "journal '%s' is being written by another process; wait for it, or give "
        "this run its own folder with --out DIR",
        path);
  if (errno == ENOLCK || errno == EOPNOTSUPP || errno == ENOSYS)
    return 0; /* a file system without locks: the check of the tail still stands */
  return err_set_errno(err, ERR_ENV, errno, "cannot lock journal '%s'", path);
}

/* What stands behind `valid_bytes` may be cut only when it is no whole record. */
static int check_tail(const char *path, off_t size, size_t valid_bytes, struct err *err)
{
  if (size < (off_t)valid_bytes)
    return err_set(err, ERR_ENV, "journal '%s' became shorter while it was open", path);
  if (size == (off_t)valid_bytes)
    return 0;
  struct fs_map map;
  if (fs_map(&map, path, err) < 0)
    return -1;
  struct str tail = str_slice(map.bytes, valid_bytes, map.bytes.len);
  struct str line = str_next_line(&tail);
  struct arena scratch = { 0 };
  struct record record;
  struct err ignored = { 0 };
  bool whole = record_parse(&record, &scratch, line, &ignored) == 0;
  /* a good record without its newline is a torn one */
  bool grown = whole && map.bytes.len > valid_bytes + line.len;
  arena_release(&scratch);
  fs_unmap(&map);
  if (!grown)
    return 0;
  return err_set(err, ERR_ENV,
                 "journal '%s' grew since it was read: another process wrote to it; run "
                 "the same command again",
                 path);
}

/* A new file's name must survive a power cut as its bytes do. */
static void sync_folder(const char *path)
{
  struct buf dir;
  buf_init(&dir, 1 << 16);
  size_t len = (size_t)(fs_basename(path) - path);
  buf_add(&dir, len ? (struct str){ path, len } : STR("."));
  int fd = dir.ptr ? open(dir.ptr, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
  if (fd >= 0) {
    (void)fsync(fd); /* some file systems refuse it; nothing is lost by that */
    close(fd);
  }
  buf_release(&dir);
}

static int prepare(int fd, const char *path, size_t valid_bytes, struct err *err)
{
  struct stat st;
  if (lock_file(fd, path, err) < 0)
    return -1;
  if (fstat(fd, &st) < 0)
    return err_set_errno(err, ERR_ENV, errno, "cannot read journal '%s'", path);
  if (!S_ISREG(st.st_mode))
    return 0; /* a device or a pipe: nothing to cut, as in tests with /dev/full */
  if (check_tail(path, st.st_size, valid_bytes, err) < 0)
    return -1;
  if (ftruncate(fd, (off_t)valid_bytes) < 0)
    return err_set_errno(err, ERR_ENV, errno, "cannot cut the torn tail of '%s'", path);
  sync_folder(path);
  return 0;
}

struct journal_writer *journal_writer_open(const char *path, size_t valid_bytes,
                                           struct err *err)
{
  int fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (fd < 0) {
    err_set_errno(err, ERR_ENV, errno, "cannot open journal '%s' for writing", path);
    return NULL;
  }
  if (prepare(fd, path, valid_bytes, err) < 0) {
    close(fd);
    return NULL;
  }
  struct journal_writer *writer = mem_alloc(sizeof *writer);
  *writer = (struct journal_writer){ .fd = fd, .good = (off_t)valid_bytes };
  size_t size = strlen(path) + 1;
  writer->path = mem_alloc(size);
  memcpy(writer->path, path, size);
  writer->synced_ns = clock_monotonic_ns();
  buf_init(&writer->line, JOURNAL_LINE_MAX);
  return writer;
}

/* ---- appending ---- */

static int sync_now(struct journal_writer *writer, struct err *err)
{
  writer->synced_ns = clock_monotonic_ns();
  writer->unsynced = false;
  if (fdatasync(writer->fd) == 0 || errno == EINVAL || errno == EROFS)
    return 0; /* EINVAL: a pipe or device, which has nothing to sync */
  return err_set_errno(err, ERR_ENV, errno, "cannot sync journal '%s'", writer->path);
}

/* One write() as a rule; the kernel may take less only when something is wrong, and then
 * the next call says what. */
static int write_line(struct journal_writer *writer, struct err *err)
{
  const char *at = writer->line.ptr;
  size_t left = writer->line.len;
  while (left) {
    ssize_t n = write(writer->fd, at, left);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0) {
      int why = n < 0 ? errno : ENOSPC;
      if (ftruncate(writer->fd, writer->good) < 0) {
        /* the half line stays: a torn tail, which the next opening drops */
      }
      return err_set(err, ERR_ENV,
                     "cannot write to journal '%s': %s; everything before is safe: make "
                     "room, then continue with --resume",
                     writer->path, strerror(why));
    }
    at += n;
    left -= (size_t)n;
  }
  writer->good += (off_t)writer->line.len;
  return 0;
}

int journal_append(struct journal_writer *writer, const struct record *record,
                   struct err *err)
{
  buf_reset(&writer->line);
  record_format(&writer->line, record);
  if (buf_failed(&writer->line))
    return err_set(err, ERR_DATA, "the record of item '%.*s' is longer than %d bytes",
                   STR_ARG(str_slice(record->item, 0, 80)), JOURNAL_LINE_MAX);
  if (write_line(writer, err) < 0)
    return -1;
  writer->unsynced = true;
  if (clock_monotonic_ns() - writer->synced_ns < JOURNAL_SYNC_MS * INT64_C(1000000))
    return 0;
  return sync_now(writer, err);
}

int journal_writer_close(struct journal_writer *writer, struct err *err)
{
  if (!writer)
    return 0;
  int rc = writer->unsynced ? sync_now(writer, err) : 0;
  if (close(writer->fd) < 0 && rc == 0)
    rc = err_set_errno(err, ERR_ENV, errno, "cannot close journal '%s'", writer->path);
  buf_release(&writer->line);
  free(writer->path);
  free(writer);
  return rc;
}
