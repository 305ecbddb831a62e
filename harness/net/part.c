#include "net/part.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/fs.h"
#include "base/json.h"

/* A note is two short strings; anything larger is not ours. */
enum { NOTE_MAX_BYTES = 16384 };

static char *path_with(const char *path, const char *ending)
{
  size_t size = strlen(path) + strlen(ending) + 1;
  char *out = mem_alloc(size);
  snprintf(out, size, "%s%s", path, ending);
  return out;
}

static bool keep_text(char *out, size_t size, struct str text)
{
  if (text.len >= size)
    return false;
  for (size_t i = 0; i < text.len; i++)
    if ((unsigned char)text.ptr[i] < ' ' || text.ptr[i] == 0x7f)
      return false;
  if (text.len)
    memcpy(out, text.ptr, text.len);
  out[text.len] = '\0';
  return true;
}

/* A note that is missing or damaged only costs the resumption, so it is no error. */
static void load_note(struct part *part)
{
  struct err ignored = { 0 };
  struct buf text;
  struct json_doc doc;
  buf_init(&text, NOTE_MAX_BYTES);
  if (fs_exists(part->note_path) && fs_read(part->note_path, &text, &ignored) == 0 &&
      !buf_failed(&text) && json_parse(&doc, buf_str(&text), &ignored) == 0) {
    struct str url = json_get_string(doc.root, "url", STR(""));
    struct str validator = json_get_string(doc.root, "validator", STR(""));
    if (!keep_text(part->url, sizeof part->url, url) ||
        !keep_text(part->validator, sizeof part->validator, validator))
      part->url[0] = part->validator[0] = '\0';
    json_doc_release(&doc);
  }
  buf_release(&text);
}

/* The part may have been renamed into place by its owner between our open and our lock:
 * then this descriptor is the finished file, which must not be touched. */
static int claim(struct part *part, struct stat *opened, struct err *err)
{
  struct stat named;
  if (flock(part->fd, LOCK_EX | LOCK_NB) < 0)
    return err_set(err, ERR_ENV,
                   "cannot use '%s': another program is fetching this file; wait for it",
                   part->path);
  if (fstat(part->fd, opened) < 0)
    return err_set_errno(err, ERR_ENV, errno, "cannot read '%s'", part->path);
  if (lstat(part->path, &named) < 0 || named.st_ino != opened->st_ino)
    return err_set(
        err, ERR_ENV,
        "cannot use '%s': another program has just fetched this file; try again",
        part->path);
  if (!S_ISREG(opened->st_mode))
    return err_set(err, ERR_ENV, "cannot use '%s': not a regular file; remove it",
                   part->path);
  return 0;
}

static void release(struct part *part)
{
  if (part->fd >= 0)
    close(part->fd);
  free(part->path);
  free(part->note_path);
  free(part->final_path);
  *part = (struct part){ .fd = -1 };
}

int part_open(struct part *part, const char *final_path, struct err *err)
{
  struct stat opened;
  *part = (struct part){ .fd = -1 };
  part->final_path = path_with(final_path, "");
  part->path = path_with(final_path, ".part");
  part->note_path = path_with(final_path, ".part.json");
  part->fd =
      open(part->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0644);
  if (part->fd < 0) {
    err_set_errno(err, ERR_ENV, errno, "cannot write '%s'", part->path);
    release(part);
    return -1;
  }
  if (claim(part, &opened, err) < 0) {
    release(part);
    return -1;
  }
  part->bytes = opened.st_size;
  load_note(part);
  return 0;
}

void part_close(struct part *part)
{
  if (part->fd >= 0 && part->bytes == 0)
    part_discard(part);
  release(part);
}

int part_restart(struct part *part, struct err *err)
{
  if (ftruncate(part->fd, 0) < 0)
    return err_set_errno(err, ERR_ENV, errno, "cannot empty '%s'", part->path);
  unlink(part->note_path);
  part->bytes = 0;
  part->url[0] = part->validator[0] = '\0';
  return 0;
}

int part_note(struct part *part, const char *url, struct str validator, struct err *err)
{
  struct buf text;
  struct json_writer w;
  if (!keep_text(part->url, sizeof part->url, str_from(url)))
    part->url[0] = '\0';
  if (!keep_text(part->validator, sizeof part->validator, validator))
    part->validator[0] = '\0';
  buf_init(&text, NOTE_MAX_BYTES);
  json_writer_init(&w, &text, JSON_COMPACT);
  json_begin_object(&w);
  json_member_string(&w, "url", str_from(part->url));
  json_member_string(&w, "validator", str_from(part->validator));
  json_end_object(&w);
  int rc = fs_write(part->note_path, buf_str(&text), err);
  buf_release(&text);
  return rc;
}

int part_append(struct part *part, struct str bytes, struct err *err)
{
  while (bytes.len) {
    ssize_t n = pwrite(part->fd, bytes.ptr, bytes.len, part->bytes);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return err_set_errno(err, ERR_ENV, n < 0 ? errno : ENOSPC,
                           "cannot write '%s' (what is there is kept and continued)",
                           part->path);
    part->bytes += n;
    bytes = str_slice(bytes, (size_t)n, bytes.len);
  }
  return 0;
}

/* The rename itself must survive a power cut too. */
static void sync_folder_of(const char *path)
{
  char *folder = path_with(path, "");
  char *slash = strrchr(folder, '/');
  if (slash)
    slash[slash == folder] = '\0';
  int fd = open(slash ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd >= 0) {
    fsync(fd);
    close(fd);
  }
  free(folder);
}

int part_finish(struct part *part, struct err *err)
{
  if (fsync(part->fd) < 0)
    return err_set_errno(err, ERR_ENV, errno, "cannot sync '%s'", part->path);
  if (rename(part->path, part->final_path) < 0)
    return err_set_errno(err, ERR_ENV, errno, "cannot rename '%s' to '%s'", part->path,
                         part->final_path);
  sync_folder_of(part->final_path);
  unlink(part->note_path);
  close(part->fd);
  part->fd = -1;
  return 0;
}

void part_discard(struct part *part)
{
  unlink(part->path);
  unlink(part->note_path);
  close(part->fd);
  part->fd = -1;
}
