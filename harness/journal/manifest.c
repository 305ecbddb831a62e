/* manifest.c - manifest.json: tables of its members drive writing, reading and comparing,
 * so that none of the three can forget one. */
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/json.h"
#include "journal/manifest.h"

/* A manifest is a few kilobytes; a megabyte has room for a thousand models. */
enum { MANIFEST_SIZE_MAX = 1 << 20, MANIFEST_LIST_MAX = 4096 };
#define INTEGER_MAX 9007199254740992.0

/* FIELD_KNOWN and FIELD_ENGINE (a text, a pointer to an object) stand in the file only
 * when they are known; they came later, and a manifest without them is the file it always
 * was. */
enum field_type {
  FIELD_TEXT,
  FIELD_KNOWN,
  FIELD_INT,
  FIELD_SIZE,
  FIELD_BOOL,
  FIELD_ENGINE,
};

/* One member of an object: how it is called, where it is kept, and whether a resumed run
 * must agree on it. */
struct field {
  const char *key;
  enum field_type type;
  size_t offset;
  bool compared;
};

static const struct field suite_fields[] = {
  { "name", FIELD_TEXT, offsetof(struct manifest_suite, name), true },
  { "title", FIELD_TEXT, offsetof(struct manifest_suite, title), true },
  { "version", FIELD_INT, offsetof(struct manifest_suite, version), true },
  { "definition_sha256", FIELD_TEXT, offsetof(struct manifest_suite, definition_sha256),
    true },
  { "data_source", FIELD_TEXT, offsetof(struct manifest_suite, data_source), true },
  { "data_path", FIELD_TEXT, offsetof(struct manifest_suite, data_path), false },
  { "data_sha256", FIELD_TEXT, offsetof(struct manifest_suite, data_sha256), true },
  { "split", FIELD_TEXT, offsetof(struct manifest_suite, split), true },
  { "builtin", FIELD_BOOL, offsetof(struct manifest_suite, builtin), true },
  { "n_items", FIELD_SIZE, offsetof(struct manifest_suite, n_items), true },
  { "n_run", FIELD_SIZE, offsetof(struct manifest_suite, n_run), true },
  { "prompt_sha256", FIELD_TEXT, offsetof(struct manifest_suite, prompt_sha256), true },
  { "prompt_style", FIELD_TEXT, offsetof(struct manifest_suite, prompt_style), true },
  { "num_fewshot", FIELD_INT, offsetof(struct manifest_suite, num_fewshot), true },
  { "grader", FIELD_TEXT, offsetof(struct manifest_suite, grader), true },
};

static const struct field engine_fields[] = {
  { "device", FIELD_TEXT, offsetof(struct manifest_engine, device), true },
  { "driver", FIELD_TEXT, offsetof(struct manifest_engine, driver), true },
  { "api", FIELD_TEXT, offsetof(struct manifest_engine, api), false },
  { "shaders_sha256", FIELD_TEXT, offsetof(struct manifest_engine, shaders_sha256),
    true },
  { "dtype", FIELD_TEXT, offsetof(struct manifest_engine, dtype), true },
  { "chat_template", FIELD_TEXT, offsetof(struct manifest_engine, chat_template), true },
  { "context", FIELD_SIZE, offsetof(struct manifest_engine, context), true },
};

static const struct field model_fields[] = {
  { "label", FIELD_TEXT, offsetof(struct manifest_model, label), true },
  { "spec", FIELD_TEXT, offsetof(struct manifest_model, spec), true },
  { "kind", FIELD_TEXT, offsetof(struct manifest_model, kind), true },
  { "sha256", FIELD_TEXT, offsetof(struct manifest_model, sha256), true },
  { "served", FIELD_KNOWN, offsetof(struct manifest_model, served), true },
  { "engine", FIELD_ENGINE, offsetof(struct manifest_model, engine), true },
};

static const struct field option_fields[] = {
  { "name", FIELD_TEXT, offsetof(struct manifest_option, name), true },
  { "value", FIELD_TEXT, offsetof(struct manifest_option, value), true },
};

/* started and seed are written apart: one is a date, the other has 64 bits. */
static const struct field run_fields[] = {
  { "program_version", FIELD_TEXT, offsetof(struct manifest, program_version), true },
  { "commit", FIELD_TEXT, offsetof(struct manifest, commit), true },
  { "samples", FIELD_INT, offsetof(struct manifest, samples), true },
  { "shard_index", FIELD_SIZE, offsetof(struct manifest, shard_index), true },
  { "n_shards", FIELD_SIZE, offsetof(struct manifest, n_shards), true },
};

/* The three lists: key, what an element is called in messages, its fields. */
struct list {
  const char *key, *noun;
  size_t array_offset, count_offset, element_size;
  const struct field *fields;
  size_t n_fields;
};

#define LIST(key, noun, array, count, type, fields)                                \
  {                                                                                \
    key, noun, offsetof(struct manifest, array), offsetof(struct manifest, count), \
        sizeof(struct type), fields, COUNT(fields)                                 \
  }

static const struct list lists[] = {
  LIST("suites", "suite", suites, n_suites, manifest_suite, suite_fields),
  LIST("models", "model", models, n_models, manifest_model, model_fields),
  LIST("options", "option", options, n_options, manifest_option, option_fields),
};

static const void *at(const void *base, size_t offset)
{
  return (const char *)base + offset;
}

static size_t list_count(const struct manifest *manifest, const struct list *list)
{
  return *(const size_t *)at(manifest, list->count_offset);
}

static const void *list_element(const struct manifest *manifest, const struct list *list,
                                size_t i)
{
  const char *const *array = at(manifest, list->array_offset);
  return *array + i * list->element_size;
}

/* ---- writing ---- */

static const struct manifest_engine *engine_at(const void *value)
{
  const struct manifest_engine *const *engine = value;
  return *engine;
}

static void put_field(struct json_writer *w, const struct field *field, const void *base);

static void put_engine(struct json_writer *w, const char *key,
                       const struct manifest_engine *engine)
{
  if (!engine)
    return;
  json_put_key(w, key);
  json_begin_object(w);
  for (size_t f = 0; f < COUNT(engine_fields); f++)
    put_field(w, &engine_fields[f], engine);
  json_end_object(w);
}

static void put_field(struct json_writer *w, const struct field *field, const void *base)
{
  const void *value = at(base, field->offset);
  switch (field->type) {
  case FIELD_KNOWN:
    if (!str_present(*(const struct str *)value))
      break;
    json_member_string(w, field->key, *(const struct str *)value);
    break;
  case FIELD_TEXT: json_member_string(w, field->key, *(const struct str *)value); break;
  case FIELD_INT: json_member_int(w, field->key, *(const int *)value); break;
  case FIELD_SIZE:
    json_member_int(w, field->key, (int64_t) * (const size_t *)value);
    break;
  case FIELD_BOOL: json_member_bool(w, field->key, *(const bool *)value); break;
  case FIELD_ENGINE: put_engine(w, field->key, engine_at(value)); break;
  }
}

static void put_list(struct json_writer *w, const struct manifest *manifest,
                     const struct list *list)
{
  json_put_key(w, list->key);
  json_begin_array(w);
  for (size_t i = 0; i < list_count(manifest, list); i++) {
    const void *element = list_element(manifest, list, i);
    json_begin_object(w);
    for (size_t f = 0; f < list->n_fields; f++)
      put_field(w, &list->fields[f], element);
    json_end_object(w);
  }
  json_end_array(w);
}

static void manifest_format(struct buf *out, const struct manifest *manifest)
{
  struct json_writer w;
  char started[CLOCK_TEXT_SIZE], seed[24];
  clock_format_iso(manifest->started_us, started);
  snprintf(seed, sizeof seed, "%llu", (unsigned long long)manifest->seed);
  json_writer_init(&w, out, JSON_INDENT2);
  json_begin_object(&w);
  json_member_int(&w, "manifest_version", MANIFEST_VERSION);
  json_member_string(&w, "started", str_from(started));
  json_member_int(&w, "started_us", manifest->started_us);
  json_member_string(&w, "seed", str_from(seed));
  for (size_t f = 0; f < COUNT(run_fields); f++)
    put_field(&w, &run_fields[f], manifest);
  for (size_t i = 0; i < COUNT(lists); i++)
    put_list(&w, manifest, &lists[i]);
  json_end_object(&w);
  buf_add_char(out, '\n');
}

int manifest_write(const struct manifest *manifest, const char *path, struct err *err)
{
  struct buf text;
  buf_init(&text, BUF_CAP_OWN);
  manifest_format(&text, manifest);
  int rc = text.len > MANIFEST_SIZE_MAX
               ? err_set(err, ERR_USAGE,
                         "manifest '%s' would be larger than %d bytes; "
                         "run fewer models at once",
                         path, MANIFEST_SIZE_MAX)
               : fs_write(path, buf_str(&text), err);
  buf_release(&text);
  return rc;
}

/* ---- reading ---- */

static int get_integer(const struct json *object, const char *key, double high,
                       double *out, struct err *err)
{
  if (json_need_number(object, key, out, err) < 0)
    return -1;
  if (!(*out >= -1 && *out <= high) || *out != floor(*out))
    return err_set(err, ERR_DATA, "'%s' must be an integer from -1 to %.0f", key, high);
  return 0;
}

static int get_text(const struct json *object, const char *key, struct arena *arena,
                    struct str *out, struct err *err)
{
  const struct json *node = json_member(object, key);
  if (json_type(node) == JSON_NULL)
    return 0; /* absent */
  struct str text;
  if (json_need_string(object, key, &text, err) < 0)
    return -1;
  *out = arena_str(arena, text);
  return 0;
}

static int get_field(void *base, const struct field *field, const struct json *object,
                     struct arena *arena, struct err *err);

static int get_engine(const struct manifest_engine **out, const struct json *object,
                      const char *key, struct arena *arena, struct err *err)
{
  const struct json *node;
  if (!json_member(object, key))
    return 0;
  if (json_need_member(object, key, JSON_OBJECT, &node, err) < 0)
    return -1;
  struct manifest_engine *engine = ARENA_NEW(arena, struct manifest_engine, 1);
  for (size_t f = 0; f < COUNT(engine_fields); f++)
    if (get_field(engine, &engine_fields[f], node, arena, err) < 0)
      return err_wrap(err, "'%s'", key);
  *out = engine;
  return 0;
}

static int get_field(void *base, const struct field *field, const struct json *object,
                     struct arena *arena, struct err *err)
{
  void *value = (char *)base + field->offset;
  double number = 0;
  switch (field->type) {
  case FIELD_KNOWN:
    if (!json_member(object, field->key))
      return 0;
    return get_text(object, field->key, arena, value, err);
  case FIELD_TEXT: return get_text(object, field->key, arena, value, err);
  case FIELD_INT:
    if (get_integer(object, field->key, 0x1p30, &number, err) < 0)
      return -1;
    *(int *)value = (int)number;
    return 0;
  case FIELD_SIZE:
    if (get_integer(object, field->key, INTEGER_MAX, &number, err) < 0)
      return -1;
    if (number < 0)
      return err_set(err, ERR_DATA, "'%s' must not be negative", field->key);
    *(size_t *)value = (size_t)number;
    return 0;
  case FIELD_BOOL:
    if (json_type(json_member(object, field->key)) != JSON_BOOL)
      return err_set(err, ERR_DATA, "'%s' must be true or false", field->key);
    *(bool *)value = json_get_bool(object, field->key, false);
    return 0;
  case FIELD_ENGINE: return get_engine(value, object, field->key, arena, err);
  }
  return -1;
}

static int get_list(struct manifest *manifest, const struct list *list,
                    const struct json *root, struct arena *arena, struct err *err)
{
  const struct json *array;
  if (json_need_member(root, list->key, JSON_ARRAY, &array, err) < 0)
    return -1;
  size_t n = json_size(array);
  if (n > MANIFEST_LIST_MAX)
    return err_set(err, ERR_DATA, "'%s' has more than %d elements", list->key,
                   MANIFEST_LIST_MAX);
  char *elements = arena_array(arena, n + 1, list->element_size);
  size_t i = 0;
  for (const struct json *e = json_first(array); e; e = json_next(e), i++)
    for (size_t f = 0; f < list->n_fields; f++)
      if (get_field(elements + i * list->element_size, &list->fields[f], e, arena, err) <
          0)
        return err_wrap(err, "%s %zu", list->noun, i + 1);
  memcpy((char *)manifest + list->array_offset, &elements, sizeof elements);
  *(size_t *)(void *)((char *)manifest + list->count_offset) = n;
  return 0;
}

/* The seed is a string: JSON's numbers hold 53 bits. */
static int get_seed(struct manifest *manifest, const struct json *root, struct err *err)
{
  struct str text;
  if (json_need_string(root, "seed", &text, err) < 0)
    return -1;
  if (text.len == 0 || text.len > 20)
    return err_set(err, ERR_DATA, "'seed' must be an integer in quotes");
  char digits[24];
  memcpy(digits, text.ptr, text.len);
  digits[text.len] = '\0';
  char *end;
  manifest->seed = strtoull(digits, &end, 10);
  if (*end || !char_is_digit(digits[0]))
    return err_set(err, ERR_DATA, "'seed' must be an integer in quotes");
  return 0;
}

static int manifest_read(struct manifest *out, struct arena *arena,
                         const struct json *root, struct err *err)
{
  double version, started;
  if (json_need_number(root, "manifest_version", &version, err) < 0)
    return -1;
  if (version != MANIFEST_VERSION)
    return err_set(err, ERR_DATA, "it is of version %g, this program reads version %d",
                   version, MANIFEST_VERSION);
  if (get_integer(root, "started_us", INTEGER_MAX, &started, err) < 0 ||
      get_seed(out, root, err) < 0)
    return -1;
  out->started_us = (int64_t)started;
  for (size_t f = 0; f < COUNT(run_fields); f++)
    if (get_field(out, &run_fields[f], root, arena, err) < 0)
      return -1;
  for (size_t i = 0; i < COUNT(lists); i++)
    if (get_list(out, &lists[i], root, arena, err) < 0)
      return -1;
  if (out->n_shards == 0 || out->shard_index >= out->n_shards || out->samples < 1)
    return err_set(err, ERR_DATA, "'samples', 'shard_index' and 'n_shards' do not fit");
  return 0;
}

int manifest_parse(struct manifest *out, struct arena *arena, struct str text,
                   struct err *err)
{
  *out = (struct manifest){ 0 };
  struct json_doc doc;
  if (json_parse(&doc, text, err) < 0)
    return -1;
  int rc = manifest_read(out, arena, doc.root, err);
  json_doc_release(&doc);
  return rc;
}

int manifest_load(struct manifest *out, struct arena *arena, const char *path,
                  struct err *err)
{
  struct buf text;
  buf_init(&text, MANIFEST_SIZE_MAX);
  int rc = fs_read(path, &text, err);
  if (rc == 0) {
    rc = manifest_parse(out, arena, buf_str(&text), err);
    if (rc < 0)
      err_wrap(err, "manifest '%s'", path);
  }
  buf_release(&text);
  return rc;
}

/* ---- comparing ---- */

/* The value as text, for equality and for the message alike. */
static struct str field_text(struct arena *arena, const struct field *field,
                             const void *base)
{
  const void *value = at(base, field->offset);
  switch (field->type) {
  case FIELD_KNOWN:
  case FIELD_TEXT: {
    struct str text = *(const struct str *)value;
    return str_present(text) ? text : STR("(none)");
  }
  case FIELD_INT: return arena_printf(arena, "%d", *(const int *)value);
  case FIELD_SIZE: return arena_printf(arena, "%zu", *(const size_t *)value);
  case FIELD_BOOL: return *(const bool *)value ? STR("true") : STR("false");
  case FIELD_ENGINE: break; /* its fields are compared one by one */
  }
  return STR_NONE;
}

static int differs(struct err *err, const char *what, struct str then, struct str now)
{
  return err_set(err, ERR_USAGE,
                 "%s was '%.*s' and is now '%.*s'; resume with the same options, or give "
                 "this run its own folder with --out DIR",
                 what, STR_ARG(str_slice(then, 0, 200)), STR_ARG(str_slice(now, 0, 200)));
}

static bool is_known(const struct field *field, const void *object)
{
  const void *value = at(object, field->offset);
  if (field->type == FIELD_ENGINE)
    return engine_at(value) != NULL;
  return field->type != FIELD_KNOWN || str_present(*(const struct str *)value);
}

static int same_field(const struct field *field, const void *const pair[2],
                      const char *what, struct arena *arena, struct err *err)
{
  struct str then = field_text(arena, field, pair[0]);
  struct str now = field_text(arena, field, pair[1]);
  if (str_equal(then, now))
    return 0;
  return differs(err, arena_printf(arena, "%s%s", what, field->key).ptr, then, now);
}

static int same_engine(const struct field *field, const void *const pair[2],
                       const char *what, struct arena *arena, struct err *err)
{
  const void *engines[2] = { engine_at(at(pair[0], field->offset)),
                             engine_at(at(pair[1], field->offset)) };
  for (size_t f = 0; f < COUNT(engine_fields); f++)
    if (engine_fields[f].compared &&
        same_field(&engine_fields[f], engines, what, arena, err) < 0)
      return -1;
  return 0;
}

/* What two objects of one kind are compared by; `what` says which they are. */
static int same_fields(const struct field *fields, size_t n, const void *const pair[2],
                       const char *what, struct arena *arena, struct err *err)
{
  for (size_t f = 0; f < n; f++) {
    if (!fields[f].compared || !is_known(&fields[f], pair[0]) ||
        !is_known(&fields[f], pair[1])) /* not known is no difference */
      continue;
    int rc = fields[f].type == FIELD_ENGINE
                 ? same_engine(&fields[f], pair, what, arena, err)
                 : same_field(&fields[f], pair, what, arena, err);
    if (rc < 0)
      return -1;
  }
  return 0;
}

static int same_list(const struct list *list, const struct manifest *then,
                     const struct manifest *now, struct arena *arena, struct err *err)
{
  size_t n = list_count(then, list), m = list_count(now, list);
  for (size_t i = 0; i < n && i < m; i++) {
    const void *pair[2] = { list_element(then, list, i), list_element(now, list, i) };
    /* every element's first field is its name */
    struct str name = field_text(arena, &list->fields[0], pair[0]);
    struct str what =
        arena_printf(arena, "%s '%.*s': ", list->noun, STR_ARG(str_slice(name, 0, 100)));
    if (same_fields(list->fields, list->n_fields, pair, what.ptr, arena, err) < 0)
      return -1;
  }
  if (n == m)
    return 0;
  struct str what = arena_printf(arena, "the number of %s", list->key);
  return differs(err, what.ptr, arena_printf(arena, "%zu", n),
                 arena_printf(arena, "%zu", m));
}

int manifest_same(const struct manifest *then, const struct manifest *now,
                  struct err *err)
{
  struct arena arena = { 0 };
  const void *pair[2] = { then, now };
  int rc = same_fields(run_fields, COUNT(run_fields), pair, "", &arena, err);
  if (rc == 0 && then->seed != now->seed)
    rc =
        differs(err, "seed", arena_printf(&arena, "%llu", (unsigned long long)then->seed),
                arena_printf(&arena, "%llu", (unsigned long long)now->seed));
  for (size_t i = 0; rc == 0 && i < COUNT(lists); i++)
    rc = same_list(&lists[i], then, now, &arena, err);
  arena_release(&arena);
  return rc;
}
