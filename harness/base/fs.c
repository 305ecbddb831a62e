#include "base/fs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"

/* 64 KiB: as fast as larger ones for the files that we read. */
enum { CHUNK_BYTES = 64 * 1024 };

static int open_read(const char *path, struct err *err)
{
  bool standard_input = strcmp(path, "-") == 0;
  int fd = standard_input ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return err_set_errno(err, ERR_ENV, errno, "cannot open '%s'", path);
  struct stat st;
  if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
    close(fd);
    return err_set(err, ERR_ENV, "cannot read '%s': it is a folder, not a file", path);
  }
  return fd;
}

int fs_read(const char *path, struct buf *out, struct err *err)
{
  int fd = open_read(path, err);
  if (fd < 0)
    return -1;
  int rc = 0;
  for (;;) {
    char chunk[CHUNK_BYTES];
    ssize_t n = read(fd, chunk, sizeof chunk);
    if (n < 0)
      rc = err_set_errno(err, ERR_ENV, errno, "cannot read '%s'", path);
    if (n <= 0)
      break;
    buf_add(out, (struct str){ chunk, (size_t)n });
    if (buf_failed(out)) {
      rc = err_set(err, ERR_DATA, "'%s' is larger than %zu bytes, the most that is read here",
                   path, out->cap);
      break;
    }
  }
  close(fd);
  return rc;
}

static int write_all(int fd, struct str bytes)
{
  while (bytes.len) {
    ssize_t n = write(fd, bytes.ptr, bytes.len);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return -1;
    bytes = str_slice(bytes, (size_t)n, bytes.len);
  }
  return 0;
}

/* So that the rename itself survives a power cut; not every file system lets us. */
static void sync_parent(const char *path)
{
  const char *slash = strrchr(path, '/');
  size_t len = slash ? (size_t)(slash - path) : 0;
  char *dir = mem_alloc(len + 2);
  memcpy(dir, path, len);
  memcpy(dir + len, slash ? (len ? "" : "/") : ".", slash && len ? 1 : 2);
  int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd >= 0) {
    fsync(fd);
    close(fd);
  }
  free(dir);
}

int fs_write(const char *path, struct str bytes, struct err *err)
{
  struct buf temp;
  buf_init(&temp, 1 << 16);
  buf_printf(&temp, "%s.%ld.tmp", path, (long)getpid());
  int fd = open(temp.ptr, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  int rc = fd < 0 ? -1 : write_all(fd, bytes);
  if (rc == 0)
    rc = fsync(fd);
  int errnum = errno;
  if (fd >= 0 && close(fd) < 0 && rc == 0) {
    rc = -1;
    errnum = errno;
  }
  if (rc == 0 && rename(temp.ptr, path) < 0) {
    rc = -1;
    errnum = errno;
  }
  if (rc < 0) {
    if (fd >= 0)
      unlink(temp.ptr);
    err_set_errno(err, ERR_ENV, errnum, "cannot write '%s'", path);
  } else {
    sync_parent(path);
  }
  buf_release(&temp);
  return rc;
}

int fs_map(struct fs_map *map, const char *path, struct err *err)
{
  map->bytes = STR("");
  int fd = open_read(path, err);
  if (fd < 0)
    return -1;
  struct stat st;
  int rc = 0;
  if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
    rc = err_set(err, ERR_ENV, "cannot map '%s': it is no regular file", path);
  } else if (st.st_size > 0) {
    void *ptr = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (ptr == MAP_FAILED)
      rc = err_set_errno(err, ERR_ENV, errno, "cannot map '%s'", path);
    else
      map->bytes = (struct str){ ptr, (size_t)st.st_size };
  }
  close(fd);
  return rc;
}

void fs_unmap(struct fs_map *map)
{
  if (map->bytes.len)
    munmap((void *)(uintptr_t)map->bytes.ptr, map->bytes.len);
  map->bytes = STR("");
}

int fs_make_dir(const char *path, struct err *err)
{
  char *partial = mem_alloc(strlen(path) + 1);
  strcpy(partial, path);
  int rc = 0;
  for (char *p = partial + 1; rc == 0 && p[-1]; p++) {
    if (*p != '/' && *p != '\0')
      continue;
    char saved = *p;
    *p = '\0';
    if (mkdir(partial, 0777) < 0 && !(errno == EEXIST && fs_is_dir(partial)))
      rc = err_set_errno(err, ERR_ENV, errno, "cannot make the folder '%s'", partial);
    *p = saved;
  }
  free(partial);
  return rc;
}

int fs_check_writable(const char *dir, struct err *err)
{
  struct buf probe;
  buf_init(&probe, 1 << 16);
  buf_printf(&probe, "%s/.oreo-probe-%ld", dir, (long)getpid());
  int fd = open(probe.ptr, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  int rc = 0;
  if (fd < 0) {
    char reason[128];
    snprintf(reason, sizeof reason, "%s", strerror(errno));
    rc = err_set(err, ERR_ENV,
                 "cannot write into '%s': %s; give another folder with --out DIR", dir, reason);
  } else {
    close(fd);
    unlink(probe.ptr);
  }
  buf_release(&probe);
  return rc;
}

bool fs_exists(const char *path) { return access(path, F_OK) == 0; }

bool fs_is_dir(const char *path)
{
  struct stat st;
  return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

int64_t fs_size(const char *path)
{
  struct stat st;
  return stat(path, &st) == 0 && S_ISREG(st.st_mode) ? (int64_t)st.st_size : -1;
}

static int compare_names(const void *a, const void *b)
{
  return strcmp(*(char *const *)a, *(char *const *)b);
}

int fs_list(struct fs_list *list, const char *dir, struct err *err)
{
  *list = (struct fs_list){ 0 };
  DIR *stream = opendir(dir);
  if (!stream)
    return err_set_errno(err, ERR_ENV, errno, "cannot list the folder '%s'", dir);
  size_t capacity = 0;
  for (struct dirent *entry; (entry = readdir(stream));) {
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
      continue;
    ARRAY_RESERVE(list->names, list->count, capacity);
    char *name = mem_alloc(strlen(entry->d_name) + 1);
    list->names[list->count++] = strcpy(name, entry->d_name);
  }
  closedir(stream);
  if (list->count)
    qsort(list->names, list->count, sizeof *list->names, compare_names);
  return 0;
}

void fs_list_free(struct fs_list *list)
{
  for (size_t i = 0; i < list->count; i++)
    free(list->names[i]);
  free(list->names);
  *list = (struct fs_list){ 0 };
}

void fs_join(struct buf *out, const char *dir, const char *name)
{
  buf_reset(out);
  buf_add_cstr(out, dir);
  if (out->len && out->ptr[out->len - 1] != '/')
    buf_add_char(out, '/');
  buf_add_cstr(out, name);
}

const char *fs_basename(const char *path)
{
  const char *slash = strrchr(path, '/');
  return slash ? slash + 1 : path;
}

/* ---- lines ---- */

int fs_lines_open(struct fs_lines *lines, const char *path, size_t max_line, struct err *err)
{
  *lines = (struct fs_lines){ .fd = open_read(path, err), .max_line = max_line };
  if (lines->fd < 0)
    return -1;
  lines->path = strcpy(mem_alloc(strlen(path) + 1), path);
  lines->chunk = mem_alloc(CHUNK_BYTES);
  buf_init(&lines->line, max_line);
  return 0;
}

void fs_lines_close(struct fs_lines *lines)
{
  if (lines->fd >= 0)
    close(lines->fd);
  free(lines->path);
  free(lines->chunk);
  buf_release(&lines->line);
  *lines = (struct fs_lines){ .fd = -1 };
}

static int refill(struct fs_lines *lines, struct err *err)
{
  ssize_t n;
  do
    n = read(lines->fd, lines->chunk, CHUNK_BYTES);
  while (n < 0 && errno == EINTR);
  if (n < 0)
    return err_set_errno(err, ERR_ENV, errno, "cannot read '%s' at line %zu", lines->path,
                         lines->number + 1);
  lines->eof = n == 0;
  lines->chunk_len = (size_t)n;
  lines->chunk_at = 0;
  return 0;
}

enum fs_line fs_lines_next(struct fs_lines *lines, struct str *line, struct err *err)
{
  enum { MESSAGE_BYTES = 64 };
  buf_reset(&lines->line);
  bool any = false, ended = false;
  while (!ended) {
    if (lines->chunk_at == lines->chunk_len && !lines->eof && refill(lines, err) < 0)
      return FS_LINE_ERROR;
    if (lines->eof)
      break;
    any = true;
    struct str rest = { lines->chunk + lines->chunk_at, lines->chunk_len - lines->chunk_at };
    ptrdiff_t newline = str_find_char(rest, '\n');
    ended = newline >= 0;
    size_t take = ended ? (size_t)newline : rest.len;
    buf_add(&lines->line, str_slice(rest, 0, take));
    lines->chunk_at += take + ended;
  }
  if (!any)
    return FS_LINE_END;
  lines->number++;
  *line = buf_str(&lines->line);
  if (buf_failed(&lines->line)) {
    *line = str_slice(*line, 0, MESSAGE_BYTES);
    return FS_LINE_TOO_LONG;
  }
  if (line->len && line->ptr[line->len - 1] == '\r')
    line->len--;
  return FS_LINE_OK;
}
