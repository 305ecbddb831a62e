#include "task/suite.h"

#include <stdio.h>

#include "base/embed.h"
#include "base/fs.h"
#include "base/hash.h"
#include "task/fields.h"
#include "task/limits.h"

/* ---- what a definition may say ---- */

#define ROW(type, member, kind, needed)           \
  {                                               \
#member, kind, offsetof(type, member), needed \
  }

static const struct field suite_fields[] = {
  ROW(struct suite, name, FIELD_STRING, true),
  ROW(struct suite, title, FIELD_STRING, true),
  ROW(struct suite, licence, FIELD_STRING, true),
  ROW(struct suite, citation, FIELD_STRING, true),
  ROW(struct suite, version, FIELD_INT, true),
  ROW(struct suite, grader, FIELD_STRING, true),
  ROW(struct suite, answer_pattern, FIELD_STRING, false),
  ROW(struct suite, prompt, FIELD_STRING, true),
  ROW(struct suite, system, FIELD_STRING, false),
  ROW(struct suite, max_tokens, FIELD_INT, true),
  ROW(struct suite, num_fewshot, FIELD_INT, false),
  { "answer_kind", FIELD_OTHER, 0, true },
  { "stop", FIELD_OTHER, 0, false },
  { "sources", FIELD_OTHER, 0, false },
  { "formats", FIELD_OTHER, 0, true },
  { "builtin", FIELD_OTHER, 0, false },
};

static const struct field source_fields[] = {
  ROW(struct suite_source, split, FIELD_STRING, true),
  ROW(struct suite_source, url, FIELD_STRING, true),
  ROW(struct suite_source, file, FIELD_STRING, true),
  ROW(struct suite_source, sha256, FIELD_STRING, false),
  ROW(struct suite_source, licence, FIELD_STRING, true),
  ROW(struct suite_source, n_items, FIELD_SIZE, false),
};

static const struct field format_fields[] = {
  ROW(struct suite_format, name, FIELD_STRING, true),
  ROW(struct suite_format, id, FIELD_STRING, false),
  ROW(struct suite_format, question, FIELD_STRING, true),
  ROW(struct suite_format, solution, FIELD_STRING, false),
  ROW(struct suite_format, answer, FIELD_STRING, false),
  ROW(struct suite_format, gold_after, FIELD_STRING, false),
  ROW(struct suite_format, gold_boxed, FIELD_BOOL, false),
  ROW(struct suite_format, level, FIELD_STRING, false),
  ROW(struct suite_format, subject, FIELD_STRING, false),
  ROW(struct suite_format, steps, FIELD_STRING, false),
  ROW(struct suite_format, steps_by_line, FIELD_BOOL, false),
};

static const struct field builtin_fields[] = {
  ROW(struct suite_builtin, generator, FIELD_STRING, true),
  ROW(struct suite_builtin, version, FIELD_INT, true),
  { "splits", FIELD_OTHER, 0, true },
};

static const struct field split_fields[] = {
  ROW(struct suite_split, name, FIELD_STRING, true),
  ROW(struct suite_split, n_items, FIELD_SIZE, true),
  ROW(struct suite_split, sha256, FIELD_STRING, false),
};

/* ---- reading ---- */

struct reading {
  struct arena *arena;
  const char *name; /* of the definition, for messages */
  struct err *err;
};

/* A list of objects, each read by a table into an element of a fresh array. */
static int read_list(struct reading *r, const struct json *object, const char *key,
                     const struct field *fields, size_t n_fields, size_t element_bytes,
                     void **out, size_t *n_out)
{
  const struct json *list = json_member(object, key);
  if (!list)
    return 0;
  if (json_type(list) != JSON_ARRAY)
    return err_set(r->err, ERR_DATA, "%s: key '%s' must be an array, not %s", r->name,
                   key, json_type_name(json_type(list)));
  *n_out = json_size(list);
  char *elements = arena_array(r->arena, *n_out, element_bytes);
  size_t at = 0;
  for (const struct json *node = json_first(list); node; node = json_next(node), at++) {
    char where[256];
    snprintf(where, sizeof where, "%s: %s[%zu]", r->name, key, at);
    if (fields_read(elements + at * element_bytes, r->arena, node, fields, n_fields,
                    where, r->err) < 0)
      return -1;
  }
  *out = elements;
  return 0;
}

#define READ_LIST(r, object, key, fields, out, n_out)                      \
  read_list((r), (object), (key), (fields), COUNT(fields), sizeof **(out), \
            (void **)(out), (n_out))

static int read_stop(struct reading *r, const struct json *root, struct suite *suite)
{
  const struct json *list = json_member(root, "stop");
  if (!list)
    return 0;
  size_t n = json_size(list), at = 0;
  suite->stop = ARENA_NEW(r->arena, struct str, n);
  if (json_type(list) == JSON_ARRAY)
    for (const struct json *node = json_first(list); node; node = json_next(node)) {
      struct str text = json_string(node, STR(""));
      if (!text.len)
        break;
      suite->stop[at++] = arena_str(r->arena, text);
    }
  suite->n_stop = at;
  if (json_type(list) != JSON_ARRAY || at < n)
    return err_set(r->err, ERR_DATA, "%s: key 'stop' must be a list of strings", r->name);
  return 0;
}

static int read_answer_kind(struct reading *r, const struct json *root,
                            struct suite *suite)
{
  struct str kind = json_get_string(root, "answer_kind", STR(""));
  if (str_equal(kind, STR("number")))
    suite->answer_kind = ANSWER_NUMBER;
  else if (str_equal(kind, STR("math")))
    suite->answer_kind = ANSWER_MATH;
  else
    return err_set(r->err, ERR_DATA,
                   "%s: key 'answer_kind' must be \"number\" or \"math\"", r->name);
  return 0;
}

static int read_builtin(struct reading *r, const struct json *root, struct suite *suite)
{
  const struct json *node = json_member(root, "builtin");
  if (!node)
    return 0;
  char where[256];
  snprintf(where, sizeof where, "%s: builtin", r->name);
  if (fields_read(&suite->builtin, r->arena, node, builtin_fields, COUNT(builtin_fields),
                  where, r->err) < 0)
    return -1;
  return READ_LIST(r, node, "splits", split_fields, &suite->builtin.splits,
                   &suite->builtin.n_splits);
}

/* ---- what must hold beyond types ---- */

static bool is_name(struct str s)
{
  for (size_t i = 0; i < s.len; i++)
    if (!char_is_lower(s.ptr[i]) && !char_is_digit(s.ptr[i]) && s.ptr[i] != '_' &&
        s.ptr[i] != '-')
      return false;
  return s.len > 0 && s.len <= 64;
}

static bool is_sha256(struct str s)
{
  for (size_t i = 0; i < s.len; i++)
    if (!char_is_digit(s.ptr[i]) && !(s.ptr[i] >= 'a' && s.ptr[i] <= 'f'))
      return false;
  return s.len == 64;
}

/* A path that stays below the data folder, whatever a definition from outside says. */
static bool is_inside(struct str path)
{
  if (!path.len || path.ptr[0] == '/' || str_ends(path, STR("/")))
    return false;
  for (struct str rest = path; rest.len;) {
    ptrdiff_t slash = str_find_char(rest, '/');
    size_t n = slash < 0 ? rest.len : (size_t)slash;
    struct str part = str_slice(rest, 0, n);
    if (!part.len || str_equal(part, STR(".")) || str_equal(part, STR("..")))
      return false;
    rest = str_slice(rest, n + 1, rest.len);
  }
  return true;
}

static int check_sources(const struct reading *r, const struct suite *suite)
{
  for (size_t i = 0; i < suite->n_sources; i++) {
    const struct suite_source *source = &suite->sources[i];
    if (str_present(source->sha256) && !is_sha256(source->sha256))
      return err_set(r->err, ERR_DATA,
                     "%s: sources[%zu]: key 'sha256' must be 64 lower-case digits",
                     r->name, i);
    if (!is_inside(source->file))
      return err_set(r->err, ERR_DATA,
                     "%s: sources[%zu]: key 'file' must be a path below the data folder, "
                     "not '%.*s'",
                     r->name, i, STR_ARG(source->file));
    if (!str_starts(source->url, STR("https://")) &&
        !str_starts(source->url, STR("http://")) &&
        !str_starts(source->url, STR("file://")))
      return err_set(r->err, ERR_DATA,
                     "%s: sources[%zu]: key 'url' must begin with https://, http:// or "
                     "file://, not '%.*s'",
                     r->name, i, STR_ARG(source->url));
  }
  return 0;
}

static int check_formats(const struct reading *r, const struct suite *suite)
{
  if (!suite->n_formats)
    return err_set(r->err, ERR_DATA, "%s: key 'formats' must name at least one", r->name);
  for (size_t i = 0; i < suite->n_formats; i++) {
    const struct suite_format *format = &suite->formats[i];
    bool cut = str_present(format->gold_after) || format->gold_boxed;
    if (!str_present(format->answer) && !cut)
      return err_set(r->err, ERR_DATA,
                     "%s: formats[%zu]: says nowhere where the gold answer is; give "
                     "'answer', 'gold_after' or 'gold_boxed'",
                     r->name, i);
    if (!str_present(format->answer) && !str_present(format->solution))
      return err_set(r->err, ERR_DATA,
                     "%s: formats[%zu]: key 'solution' is needed to cut the gold out of",
                     r->name, i);
  }
  return 0;
}

static int check_suite(const struct reading *r, const struct suite *suite)
{
  if (!is_name(suite->name))
    return err_set(r->err, ERR_DATA,
                   "%s: key 'name' must be lower-case letters, digits, '-' and '_'",
                   r->name);
  if (str_find(suite->prompt, STR("{question}")) < 0)
    return err_set(r->err, ERR_DATA, "%s: key 'prompt' must contain {question}", r->name);
  if (suite->max_tokens < 1)
    return err_set(r->err, ERR_DATA, "%s: key 'max_tokens' must be at least 1", r->name);
  for (size_t i = 0; i < suite->builtin.n_splits; i++)
    if (str_present(suite->builtin.splits[i].sha256) &&
        !is_sha256(suite->builtin.splits[i].sha256))
      return err_set(r->err, ERR_DATA,
                     "%s: splits[%zu]: key 'sha256' must be 64 lower-case digits",
                     r->name, i);
  return check_sources(r, suite) < 0 ? -1 : check_formats(r, suite);
}

static int read_suite(struct reading *r, const struct json *root, struct suite *suite)
{
  if (fields_read(suite, r->arena, root, suite_fields, COUNT(suite_fields), r->name,
                  r->err) < 0 ||
      read_answer_kind(r, root, suite) < 0 || read_stop(r, root, suite) < 0 ||
      READ_LIST(r, root, "sources", source_fields, &suite->sources, &suite->n_sources) <
          0 ||
      READ_LIST(r, root, "formats", format_fields, &suite->formats, &suite->n_formats) <
          0 ||
      read_builtin(r, root, suite) < 0)
    return -1;
  return check_suite(r, suite);
}

int suite_parse(struct suite **out, struct arena *arena, struct str json,
                const char *name, struct err *err)
{
  struct reading r = { arena, name, err };
  if (json.len > TASK_SUITE_MAX)
    return err_set(err, ERR_DATA, "%s: %zu bytes are too many for a suite definition",
                   name, json.len);
  struct json_doc doc;
  if (json_parse(&doc, json, err) < 0)
    return err_wrap(err, "%s", name);
  struct suite *suite = ARENA_NEW(arena, struct suite, 1);
  struct sha256_hex sha = sha256_of(json);
  suite->sha256 = arena_str(arena, str_from(sha.text));
  int rc = read_suite(&r, doc.root, suite);
  json_doc_release(&doc);
  if (rc == 0)
    *out = suite;
  return rc;
}

/* ---- finding ---- */

/* "gsm8k" of "tasks/gsm8k/suite.json"; absent for another file. */
static struct str embedded_suite_name(const struct embedded_file *file)
{
  struct str path = str_from(file->name), head = STR("tasks/"), tail = STR("/suite.json");
  if (!str_starts(path, head) || !str_ends(path, tail) || path.len < head.len + tail.len)
    return STR_NONE;
  return str_slice(path, head.len, path.len - tail.len);
}

struct str suite_name_at(size_t index)
{
  for (const struct embedded_file *file = embedded_tasks; file->name; file++) {
    struct str name = embedded_suite_name(file);
    if (str_present(name) && index-- == 0)
      return name;
  }
  return STR_NONE;
}

static int unknown_suite(struct str name, struct err *err)
{
  struct str nearest = STR_NONE, candidate;
  size_t best = SIZE_MAX;
  for (size_t i = 0; str_present(candidate = suite_name_at(i)); i++) {
    size_t distance = str_distance(name, candidate);
    if (distance < best) {
      best = distance;
      nearest = candidate;
    }
  }
  struct str shown = str_slice(name, 0, 64);
  if (!str_present(nearest))
    return err_set(err, ERR_USAGE, "unknown suite '%.*s'", STR_ARG(shown));
  if (best <= 3)
    return err_set(err, ERR_USAGE, "unknown suite '%.*s'; did you mean '%.*s'?",
                   STR_ARG(shown), STR_ARG(nearest));
  return err_set(err, ERR_USAGE,
                 "unknown suite '%.*s'; `oreo-bench tasks list` shows the names",
                 STR_ARG(shown));
}

static int load_suite(struct suite **out, struct arena *arena, struct str path,
                      struct err *err)
{
  struct buf text;
  buf_init(&text, TASK_SUITE_MAX + 1);
  const char *name = arena_cstr(arena, path);
  int rc = fs_read(name, &text, err);
  if (rc == 0)
    rc = suite_parse(out, arena, buf_str(&text), name, err);
  buf_release(&text);
  return rc;
}

int suite_find(struct suite **out, struct arena *arena, struct str name, struct err *err)
{
  if (str_ends(name, STR(".json")))
    return load_suite(out, arena, name, err);
  for (const struct embedded_file *file = embedded_tasks; file->name; file++) {
    struct str embedded = embedded_suite_name(file);
    if (str_present(embedded) && str_equal(embedded, name))
      return suite_parse(out, arena,
                         (struct str){ file->begin, (size_t)(file->end - file->begin) },
                         file->name, err);
  }
  return unknown_suite(name, err);
}
