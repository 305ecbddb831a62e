#include "task/rows.h"

#include "task/limits.h"

static bool is_array_text(struct str text)
{
  for (size_t i = 0; i < text.len; i++)
    if (!char_is_space(text.ptr[i]))
      return text.ptr[i] == '[';
  return false;
}

void rows_init(struct rows *rows, struct str bytes)
{
  *rows = (struct rows){ .rest = bytes,
                         .is_array = is_array_text(bytes),
                         .sha256 = sha256_of(bytes) };
}

void rows_close(struct rows *rows)
{
  buf_release(&rows->held);
  if (rows->is_file)
    fs_lines_close(&rows->file);
  rows->is_file = false;
}

/* Reads all of `path` and goes on in memory. */
static int hold(struct rows *rows, const char *path, struct err *err)
{
  struct buf held;
  buf_init(&held, TASK_PIPE_MAX);
  if (fs_read(path, &held, err) < 0) {
    buf_release(&held);
    return -1;
  }
  rows_init(rows, buf_str(&held));
  rows->held = held;
  return 0;
}

static int begin_file(struct rows *rows, const char *path, struct err *err)
{
  rows->line = 0;
  if (fs_lines_open(&rows->file, path, TASK_LINE_MAX, err) < 0)
    return -1;
  rows->is_file = true;
  return 0;
}

int rows_open(struct rows *rows, const char *path, struct err *err)
{
  *rows = (struct rows){ .rest = STR("") };
  if (fs_is_dir(path))
    return err_set(err, ERR_DATA, "'%s' is a folder; give a file of JSON lines", path);
  if (fs_size(path) < 0 && fs_exists(path))
    return hold(rows, path, err);
  if (begin_file(rows, path, err) < 0)
    return -1;
  struct str first;
  enum fs_line status = rows_next(rows, &first, err);
  bool array = status > FS_LINE_END && is_array_text(first);
  rows_close(rows);
  if (status == FS_LINE_ERROR)
    return -1;
  if (array)
    return hold(rows, path, err);
  return sha256_file(path, &rows->sha256, err) < 0 ? -1 : begin_file(rows, path, err);
}

static enum fs_line next_in_memory(struct rows *rows, struct str *text)
{
  *text = str_next_line(&rows->rest);
  if (!str_present(*text))
    return FS_LINE_END;
  rows->line++;
  return text->len > TASK_LINE_MAX ? FS_LINE_TOO_LONG : FS_LINE_OK;
}

enum fs_line rows_next(struct rows *rows, struct str *text, struct err *err)
{
  enum fs_line status;
  do {
    if (rows->is_file) {
      status = fs_lines_next(&rows->file, text, err);
      rows->line = rows->file.number;
    } else {
      status = next_in_memory(rows, text);
    }
  } while (status == FS_LINE_OK && !str_trim(*text).len);
  return status;
}
