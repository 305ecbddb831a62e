/* rows.h - the rows of a data file: lines of a file, lines of bytes in memory, or a JSON
 * array.
 *
 * A file is streamed, so its size does not matter; a line above TASK_LINE_MAX is skipped
 * and never held. Only an array, and data from a pipe, are held whole (TASK_PIPE_MAX).
 * Which of them it is, is seen from the first byte that is no white space.
 */
#ifndef OREO_TASK_ROWS_H
#define OREO_TASK_ROWS_H

#include "base/fs.h"
#include "base/hash.h"

struct rows {
  bool is_array;            /* then `rest` is all of it, for json_parse */
  struct str rest;          /* in memory: what has not been read yet */
  size_t line;              /* number of the row last returned, from 1 */
  struct sha256_hex sha256; /* of all bytes */
  struct buf held;          /* an array or a pipe */
  struct fs_lines file;
  bool is_file;
};

/* Borrows `bytes`. */
void rows_init(struct rows *rows, struct str bytes);
/* A folder or a missing file is ERR_ENV or ERR_DATA naming it. */
NODISCARD int rows_open(struct rows *rows, const char *path, struct err *err);
/* For both. */
void rows_close(struct rows *rows);

/* The next line that is not blank; good until the next call. As fs_lines_next. */
enum fs_line rows_next(struct rows *rows, struct str *text, struct err *err);

#endif
