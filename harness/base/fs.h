/* fs.h - files: read with a cap, written whole or not at all.
 *
 * A file that we replace is written beside its place, synced and renamed, so that a crash
 * or a full disk leaves the old one. Everything read has a cap. Every error (ERR_ENV for
 * the system's refusals, ERR_DATA for content) names the path. `path` is a C string, used
 * as given. Thread-safe but for two writers of one path.
 */
#ifndef OREO_BASE_FS_H
#define OREO_BASE_FS_H

#include "base/buf.h"

/* Appends the whole file to `out` (whose cap must suffice). "-" is standard input. */
NODISCARD int fs_read(const char *path, struct buf *out, struct err *err);
/* Replaces or creates `path` with exactly these bytes, atomically and synced. */
NODISCARD int fs_write(const char *path, struct str bytes, struct err *err);

/* A read-only view of a whole file, mapped; an empty file gives an empty view. */
struct fs_map {
  struct str bytes;
};
NODISCARD int fs_map(struct fs_map *map, const char *path, struct err *err);
void fs_unmap(struct fs_map *map);

/* Makes the folder and its parents; an existing folder is fine. */
NODISCARD int fs_make_dir(const char *path, struct err *err);
/* Fails at once, naming the remedy, when no file can be created in that folder. */
NODISCARD int fs_check_writable(const char *dir, struct err *err);
bool fs_exists(const char *path);
bool fs_is_dir(const char *path);
/* Bytes, or -1 when it is no regular file. */
int64_t fs_size(const char *path);

/* The names in a folder, sorted byte-wise, without "." and "..": call fs_list_free. */
struct fs_list {
  char **names;
  size_t count;
};
NODISCARD int fs_list(struct fs_list *list, const char *dir, struct err *err);
void fs_list_free(struct fs_list *list);

/* "dir/name" into `out`, reset first. */
void fs_join(struct buf *out, const char *dir, const char *name);
/* The part behind the last '/'. */
const char *fs_basename(const char *path);

/* ---- reading a file line by line, with a cap on a line ---- */

/* Lines of any length are survived: one that is longer than `max_line` is skipped whole and
 * reported as such, never held in memory. "\r\n" counts as "\n". */
struct fs_lines {
  int fd;
  char *path;
  size_t max_line; /* bytes */
  size_t number;   /* of the line last returned, from 1 */
  struct buf line;
  char *chunk;
  size_t chunk_len, chunk_at;
  bool eof;
};

enum fs_line {
  FS_LINE_ERROR = -1, /* err is set */
  FS_LINE_END,        /* no more */
  FS_LINE_OK,
  FS_LINE_TOO_LONG,   /* `*line` holds its first 64 bytes, for the message */
};

NODISCARD int fs_lines_open(struct fs_lines *lines, const char *path, size_t max_line,
                            struct err *err);
/* `*line` is good until the next call. */
enum fs_line fs_lines_next(struct fs_lines *lines, struct str *line, struct err *err);
void fs_lines_close(struct fs_lines *lines);

#endif
