#include "train/saves.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/json.h"

#define PREFIX   "checkpoint-"
#define PART     ".part"
#define PROGRESS "progress.json"

enum { PROGRESS_MAX = 4096, NAME_SIZE = 64 };

/* ---- names ---- */

/* "checkpoint-120" is 120; others are -1. */
static int64_t step_of(const char *name)
{
  struct str s = str_from(name), prefix = STR(PREFIX);
  if (!str_starts(s, prefix) || s.len == prefix.len || s.len > prefix.len + 18)
    return -1;
  int64_t step = 0;
  for (size_t i = prefix.len; i < s.len; i++) {
    if (!char_is_digit(s.ptr[i]))
      return -1;
    step = 10 * step + (s.ptr[i] - '0');
  }
  return step;
}

static bool is_part(const char *name)
{
  return str_starts(str_from(name), STR(PREFIX)) && str_ends(str_from(name), STR(PART));
}

/* ---- removing ---- */

enum { DEPTH_MAX = 2 }; /* a checkpoint has the value network's in it */

static void remove_folder(const char *path, int depth)
{
  struct fs_list list;
  struct err ignored;
  struct arena arena = { 0 };
  if (fs_list(&list, path, &ignored) == 0) {
    for (size_t i = 0; i < list.count; i++) {
      const char *each = arena_printf(&arena, "%s/%s", path, list.names[i]).ptr;
      if (unlink(each) < 0 && depth < DEPTH_MAX)
        remove_folder(each, depth + 1);
    }
    fs_list_free(&list);
  }
  rmdir(path);
  arena_release(&arena);
}

void saves_drop(const char *part)
{
  remove_folder(part, 0);
}

static int newest_first(const void *left, const void *right)
{
  int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
  return a < b ? 1 : a > b ? -1 : 0;
}

/* The steps of the checkpoints that are there, newest first; malloc'd. */
static int list_steps(const char *dir, int64_t **steps, size_t *n, bool drop_parts,
                      struct err *err)
{
  struct fs_list list;
  struct arena arena = { 0 };
  *steps = NULL;
  *n = 0;
  if (!fs_is_dir(dir))
    return 0;
  if (fs_list(&list, dir, err) < 0)
    return -1;
  *steps = mem_resize(NULL, list.count + 1, sizeof **steps);
  for (size_t i = 0; i < list.count; i++) {
    int64_t step = step_of(list.names[i]);
    if (step >= 0)
      (*steps)[(*n)++] = step;
    else if (drop_parts && is_part(list.names[i]))
      remove_folder(arena_printf(&arena, "%s/%s", dir, list.names[i]).ptr, 0);
  }
  qsort(*steps, *n, sizeof **steps, newest_first);
  fs_list_free(&list);
  arena_release(&arena);
  return 0;
}

int saves_prune(const char *dir, int64_t keep, struct err *err)
{
  int64_t *steps;
  size_t n;
  struct arena arena = { 0 };
  if (list_steps(dir, &steps, &n, true, err) < 0)
    return -1;
  for (size_t i = (size_t)keep; i < n; i++)
    remove_folder(arena_printf(&arena, "%s/" PREFIX "%lld", dir, (long long)steps[i]).ptr,
                  0);
  free(steps);
  arena_release(&arena);
  return 0;
}

/* ---- reading ---- */

int saves_last(const char *dir, const char **folder, struct arena *arena, struct err *err)
{
  int64_t *steps;
  size_t n;
  *folder = NULL;
  if (list_steps(dir, &steps, &n, false, err) < 0)
    return -1;
  if (n)
    *folder = arena_printf(arena, "%s/" PREFIX "%lld", dir, (long long)steps[0]).ptr;
  free(steps);
  return 0;
}

static int need_count(const struct json *root, const char *key, uint64_t *out,
                      struct err *err)
{
  double value;
  if (json_need_number(root, key, &value, err) < 0)
    return -1;
  if (!(value >= 0 && value <= 9007199254740992.0))
    return err_set(err, ERR_DATA, "'%s' is %g", key, value);
  *out = (uint64_t)value;
  return 0;
}

static int parse(struct str text, struct train_progress *out, struct err *err)
{
  struct json_doc doc;
  if (json_parse(&doc, text, err) < 0)
    return -1;
  int rc = need_count(doc.root, "step", &out->step, err);
  if (rc == 0)
    rc = need_count(doc.root, "tokens", &out->tokens, err);
  if (rc == 0)
    rc = need_count(doc.root, "actions", &out->actions, err);
  if (rc == 0)
    rc = need_count(doc.root, "log_bytes", &out->log_bytes, err);
  if (rc == 0)
    rc = json_need_number(doc.root, "seconds", &out->seconds, err);
  json_doc_release(&doc);
  return rc;
}

int saves_read(const char *folder, struct train_progress *out, struct err *err)
{
  struct arena arena = { 0 };
  struct buf text;
  const char *path = arena_printf(&arena, "%s/" PROGRESS, folder).ptr;
  buf_init(&text, PROGRESS_MAX);
  int rc = fs_read(path, &text, err);
  if (rc == 0 && parse(buf_str(&text), out, err) < 0)
    rc = err_wrap(err, "'%s'", path);
  buf_release(&text);
  arena_release(&arena);
  return rc;
}

/* ---- making ---- */

int saves_begin(const char *dir, uint64_t step, const char **part, struct arena *arena,
                struct err *err)
{
  *part =
      arena_printf(arena, "%s/" PREFIX "%llu" PART, dir, (unsigned long long)step).ptr;
  if (fs_exists(*part))
    remove_folder(*part, 0);
  return fs_make_dir(*part, err);
}

int saves_write(const char *folder, const struct train_progress *progress,
                struct err *err)
{
  struct arena arena = { 0 };
  struct buf text;
  struct json_writer w;
  buf_init(&text, PROGRESS_MAX);
  json_writer_init(&w, &text, JSON_INDENT2);
  json_begin_object(&w);
  json_member_int(&w, "step", (int64_t)progress->step);
  json_member_int(&w, "tokens", (int64_t)progress->tokens);
  json_member_int(&w, "actions", (int64_t)progress->actions);
  json_member_int(&w, "log_bytes", (int64_t)progress->log_bytes);
  json_member_number(&w, "seconds", progress->seconds);
  json_end_object(&w);
  buf_add_char(&text, '\n');
  const char *path = arena_printf(&arena, "%s/" PROGRESS, folder).ptr;
  int rc = fs_write(path, buf_str(&text), err);
  buf_release(&text);
  arena_release(&arena);
  return rc;
}

static int sync_folder(const char *dir, struct err *err)
{
  int fd = open(dir, O_RDONLY | O_DIRECTORY);
  int rc = fd < 0 ? -1 : fsync(fd);
  int why = errno;
  if (fd >= 0)
    close(fd);
  return rc < 0 ? err_set_errno(err, ERR_ENV, why, "cannot sync '%s'", dir) : 0;
}

static int give_name(const char *dir, const char *part, uint64_t step,
                     struct arena *arena, struct err *err)
{
  const char *name =
      arena_printf(arena, "%s/" PREFIX "%llu", dir, (unsigned long long)step).ptr;
  if (fs_exists(name)) /* of a run that stopped behind it and went on from before */
    remove_folder(name, 0);
  if (rename(part, name) < 0)
    return err_set_errno(err, ERR_ENV, errno, "cannot rename '%s' to '%s'", part, name);
  return sync_folder(dir, err);
}

int saves_commit(const char *dir, const char *part, const struct train_progress *progress,
                 int64_t keep, struct err *err)
{
  struct arena arena = { 0 };
  int rc = saves_write(part, progress, err);
  if (rc == 0)
    rc = give_name(dir, part, progress->step, &arena, err);
  arena_release(&arena);
  return rc < 0 ? -1 : saves_prune(dir, keep + 1, err);
}
