#include "task/item.h"

#include <stdlib.h>

#include "base/fs.h"
#include "task/item_folder.h"
#include "task/item_row.h"
#include "task/limits.h"
#include "task/rows.h"

/* ---- keys ---- */

/* Curly quotes and the no-break space, as UTF-8, and what they are compared as. */
static const struct {
  const char *from;
  size_t len;
  char to;
} plain_signs[] = {
  { "\xe2\x80\x98", 3, '\'' }, { "\xe2\x80\x99", 3, '\'' }, { "\xe2\x80\x9c", 3, '"' },
  { "\xe2\x80\x9d", 3, '"' },  { "\xc2\xa0", 2, ' ' },
};

/* The next sign of `*rest` as it is compared, or 0 for one that stays: then copy it. */
static char plain_sign(struct str rest, size_t *len)
{
  *len = 1;
  if ((unsigned char)rest.ptr[0] < 0x80)
    return char_is_space(rest.ptr[0]) ? ' ' : rest.ptr[0];
  for (size_t i = 0; i < COUNT(plain_signs); i++)
    if (rest.len >= plain_signs[i].len &&
        memcmp(rest.ptr, plain_signs[i].from, plain_signs[i].len) == 0) {
      *len = plain_signs[i].len;
      return plain_signs[i].to;
    }
  return rest.ptr[0];
}

struct str item_key(struct arena *arena, struct str question)
{
  char *out = arena_alloc(arena, question.len + 1);
  size_t n = 0;
  for (size_t at = 0, len; at < question.len; at += len) {
    char c = plain_sign(str_slice(question, at, question.len), &len);
    if (c != ' ')
      out[n++] = c;
    else if (n && out[n - 1] != ' ')
      out[n++] = ' ';
  }
  if (n && out[n - 1] == ' ')
    n--;
  out[n] = '\0';
  return (struct str){ out, n };
}

/* ---- loading ---- */

static void loading_begin(struct item_loading *loading, struct item_set *set,
                          struct arena *arena, const struct suite *suite,
                          struct str source, struct str split)
{
  *set = (struct item_set){ .suite = suite,
                            .source = arena_str(arena, source),
                            .split = arena_str(arena, split) };
  *loading = (struct item_loading){ .set = set, .arena = arena };
  problem_list_init(&loading->problems, arena);
}

static void keep_problems(struct item_loading *loading)
{
  struct item_set *set = loading->set;
  problem_list_finish(&loading->problems);
  set->n_problems = loading->problems.count;
  set->problems = ARENA_NEW(loading->arena, struct item_problem, set->n_problems);
  for (size_t i = 0; i < set->n_problems; i++)
    set->problems[i] = (struct item_problem){ loading->problems.list[i].line,
                                              loading->problems.list[i].what };
}

/* Moves what was read into the arena; -1 when that is nothing. */
static int loading_end(struct item_loading *loading, struct err *err)
{
  struct item_set *set = loading->set;
  keep_problems(loading);
  set->n_items = loading->n_items;
  set->items = ARENA_NEW(loading->arena, struct item, loading->n_items);
  if (loading->n_items)
    memcpy(set->items, loading->items, loading->n_items * sizeof *set->items);
  free(loading->items);
  strmap_release(&loading->ids);
  problem_list_release(&loading->problems);
  if (set->n_items)
    return 0;
  if (!set->n_problems)
    return err_set(err, ERR_DATA, "'%.*s' has no rows", STR_ARG(set->source));
  return err_set(err, ERR_DATA,
                 "'%.*s' has no usable row for suite '%.*s'; line %zu: %.*s",
                 STR_ARG(set->source), STR_ARG(set->suite->name), set->problems[0].line,
                 STR_ARG(set->problems[0].what));
}

static void load_line(struct item_loading *loading, size_t line, struct str text)
{
  struct json_doc doc;
  struct err err;
  if (json_parse(&doc, text, &err) < 0) {
    problem_add(&loading->problems, line, "%s", err.msg);
    loading->index++;
    return;
  }
  item_row_add(loading, line, text, doc.root, STR_NONE);
  json_doc_release(&doc);
}

static int load_lines(struct item_loading *loading, struct rows *rows, struct err *err)
{
  struct str text;
  enum fs_line status;
  while ((status = rows_next(rows, &text, err)) > FS_LINE_END) {
    if (status == FS_LINE_OK) {
      load_line(loading, rows->line, text);
      continue;
    }
    problem_add(&loading->problems, rows->line, "is longer than %zu bytes",
                TASK_LINE_MAX);
    loading->index++;
  }
  return status == FS_LINE_ERROR ? -1 : 0;
}

static int load_array(struct item_loading *loading, struct str bytes, struct err *err)
{
  struct json_doc doc;
  if (json_parse(&doc, bytes, err) < 0)
    return err_wrap(err, "'%.*s'", STR_ARG(loading->set->source));
  size_t number = 1;
  for (const struct json *row = json_first(doc.root); row; row = json_next(row))
    item_row_add(loading, number++, STR_NONE, row, STR_NONE);
  json_doc_release(&doc);
  return 0;
}

static int load_rows(struct item_set *set, struct arena *arena, const struct suite *suite,
                     struct rows *rows, struct str source, struct str split,
                     struct err *err)
{
  struct item_loading loading;
  loading_begin(&loading, set, arena, suite, source, split);
  set->sha256 = rows->sha256;
  int rc = rows->is_array ? load_array(&loading, rows->rest, err)
                          : load_lines(&loading, rows, err);
  struct err none;
  return loading_end(&loading, rc < 0 ? &none : err) < 0 || rc < 0 ? -1 : 0;
}

int item_set_parse(struct item_set *set, struct arena *arena, const struct suite *suite,
                   struct str bytes, struct str source, struct str split, struct err *err)
{
  struct rows rows;
  rows_init(&rows, bytes);
  int rc = load_rows(set, arena, suite, &rows, source, split, err);
  set->builtin = str_starts(source, STR("built-in "));
  rows_close(&rows);
  return rc;
}

/* The publisher's split when the bytes are the publisher's, else the file's stem. */
static struct str split_of(const struct suite *suite, const char *path,
                           const struct sha256_hex *sha)
{
  for (size_t i = 0; i < suite->n_sources; i++)
    if (str_equal(suite->sources[i].sha256, str_from(sha->text)))
      return suite->sources[i].split;
  struct str stem = str_from(fs_basename(path));
  ptrdiff_t dot = str_find_char(stem, '.');
  return dot > 0 ? str_slice(stem, 0, (size_t)dot) : stem;
}

static int load_folder(struct item_set *set, struct arena *arena,
                       const struct suite *suite, const char *path, struct err *err)
{
  struct str name = str_from(path);
  while (name.len > 1 && str_ends(name, STR("/")))
    name.len--;
  name = str_from(fs_basename(arena_cstr(arena, name)));
  struct item_loading loading;
  loading_begin(&loading, set, arena, suite, name, name);
  int rc = item_folder_add(&loading, path, &set->sha256, err);
  struct err none;
  return loading_end(&loading, rc < 0 ? &none : err) < 0 || rc < 0 ? -1 : 0;
}

int item_set_load(struct item_set *set, struct arena *arena, const struct suite *suite,
                  const char *path, struct err *err)
{
  if (fs_is_dir(path))
    return load_folder(set, arena, suite, path, err);
  struct rows rows;
  if (rows_open(&rows, path, err) < 0)
    return -1;
  int rc = load_rows(set, arena, suite, &rows, str_from(fs_basename(path)),
                     split_of(suite, path, &rows.sha256), err);
  rows_close(&rows);
  return rc;
}

/* ---- finding ---- */

void item_index_init(struct item_index *index, const struct item_set *set)
{
  *index = (struct item_index){ .set = set };
  for (size_t i = 0; i < set->n_items; i++) {
    bool added; /* of equal questions the first is found */
    strmap_put(&index->by_question, str_from(set->items[i].question_sha256.text), i,
               &added);
    strmap_put(&index->by_id, set->items[i].id, i, &added);
  }
}

void item_index_release(struct item_index *index)
{
  strmap_release(&index->by_question);
  strmap_release(&index->by_id);
}

const struct item *item_by_question(const struct item_index *index, struct str question)
{
  struct arena arena = { 0 };
  struct sha256_hex sha = sha256_of(item_key(&arena, question));
  arena_release(&arena);
  const size_t *at = strmap_find(&index->by_question, str_from(sha.text));
  return at ? &index->set->items[*at] : NULL;
}

const struct item *item_by_id(const struct item_index *index, struct str id)
{
  const size_t *at = strmap_find(&index->by_id, id);
  return at ? &index->set->items[*at] : NULL;
}
