#include "cli/tokenizer_texts.h"

#include "base/buf.h"
#include "base/fs.h"
#include "base/json.h"
#include "task/limits.h"
#include "task/rows.h"

/* As data sets, logs and trajectories name what people and models said. */
static const char *const known_fields[] = {
  "question", "answer", "prompt",   "response",      "problem",
  "solution", "text",   "messages", "conversations",
};

/* ---- JSON ---- */

static int add_string(const struct texts_reading *reading, const struct json *node,
                      size_t *n, struct err *err)
{
  struct str text = json_string(node, STR_NONE);
  if (!str_present(text))
    return 0;
  ++*n;
  return reading->take(reading->context, text, err);
}

static int add_field(const struct texts_reading *reading, const struct json *node,
                     size_t *n, struct err *err)
{
  if (json_type(node) != JSON_ARRAY)
    return add_string(reading, node, n, err);
  for (const struct json *each = json_first(node); each; each = json_next(each)) {
    bool said = json_type(each) == JSON_OBJECT;
    if (add_string(reading, said ? json_member(each, "content") : each, n, err) < 0)
      return -1;
  }
  return 0;
}

static int refuse_row(struct texts fields, struct err *err)
{
  struct buf names;
  buf_init(&names, 512);
  for (size_t i = 0; i < fields.count; i++)
    buf_printf(&names, "%s%s", i ? ", " : "", fields.at[i]);
  err_set(err, ERR_DATA, "there is no text in %s%s; name fields with --field",
          fields.count > 1 ? "any of " : "", names.ptr);
  buf_release(&names);
  return -1;
}

static int add_row(const struct texts_reading *reading, const struct json *row,
                   struct err *err)
{
  struct texts fields = reading->fields;
  size_t n = 0;
  if (json_type(row) != JSON_OBJECT)
    return err_set(err, ERR_DATA, "an object is wanted and there is %s",
                   json_type_name(json_type(row)));
  for (size_t i = 0; i < fields.count; i++)
    if (add_field(reading, json_member(row, fields.at[i]), &n, err) < 0)
      return -1;
  return n ? 0 : refuse_row(fields, err);
}

static int add_line(const struct texts_reading *reading, struct str line, struct err *err)
{
  struct json_doc doc;
  if (json_parse(&doc, line, err) < 0)
    return -1;
  int rc = add_row(reading, doc.root, err);
  json_doc_release(&doc);
  return rc;
}

static int add_list(const struct texts_reading *reading, struct str text, struct err *err)
{
  struct json_doc doc;
  size_t number = 0;
  int rc = 0;
  if (json_parse(&doc, text, err) < 0)
    return -1;
  for (const struct json *row = json_first(doc.root); row && rc == 0;
       row = json_next(row)) {
    number++;
    rc = add_row(reading, row, err);
  }
  if (rc < 0)
    err_wrap(err, "element %zu", number);
  json_doc_release(&doc);
  return rc;
}

static int add_rows(const struct texts_reading *reading, struct rows *rows,
                    struct err *err)
{
  struct str line;
  enum fs_line status;
  if (rows->is_array)
    return add_list(reading, rows->rest, err);
  while ((status = rows_next(rows, &line, err)) > FS_LINE_END) {
    int rc = status == FS_LINE_OK
                 ? add_line(reading, line, err)
                 : err_set(err, ERR_DATA, "it has over %zu MiB", TASK_LINE_MAX >> 20);
    if (rc < 0)
      return err_wrap(err, "line %zu", rows->line);
  }
  return status == FS_LINE_ERROR ? -1 : 0;
}

static int read_json(const struct texts_reading *reading, const char *path,
                     struct err *err)
{
  struct texts_reading with_fields = *reading;
  struct rows rows;
  if (!with_fields.fields.count)
    with_fields.fields =
        (struct texts){ (const char **)known_fields, COUNT(known_fields) };
  if (rows_open(&rows, strcmp(path, "-") == 0 ? "/dev/stdin" : path, err) < 0)
    return -1;
  int rc = add_rows(&with_fields, &rows, err);
  rows_close(&rows);
  return rc < 0 ? err_wrap(err, "'%s'", path) : 0;
}

/* ---- plain text ---- */

static int read_plain(const struct texts_reading *reading, const char *path,
                      struct err *err)
{
  struct fs_map map;
  struct buf held;
  int rc;
  if (fs_size(path) >= 0) {
    if (fs_map(&map, path, err) < 0)
      return -1;
    rc = reading->take(reading->context, map.bytes, err);
    fs_unmap(&map);
  } else { /* a pipe */
    buf_init(&held, TASK_PIPE_MAX);
    rc = fs_read(path, &held, err);
    if (rc == 0)
      rc = reading->take(reading->context, buf_str(&held), err);
    buf_release(&held);
  }
  return rc < 0 ? err_wrap(err, "'%s'", path) : 0;
}

static bool is_json(const char *path)
{
  static const char *const endings[] = { ".jsonl", ".ndjson", ".json" };
  for (size_t i = 0; i < COUNT(endings); i++)
    if (str_ends(str_from(path), str_from(endings[i])))
      return true;
  return false;
}

int tokenizer_texts_read(const struct texts_reading *reading, const char *path,
                         struct err *err)
{
  bool json =
      reading->format == TEXTS_JSONL || (reading->format == TEXTS_AUTO && is_json(path));
  return json ? read_json(reading, path, err) : read_plain(reading, path, err);
}
