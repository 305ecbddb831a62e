#include "base/json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <cjson/cJSON.h>

/* `struct json` is cJSON's node under a name of ours: never defined, only cast. */
static const cJSON *node_of(const struct json *node) { return (const cJSON *)node; }
static const struct json *wrap(const cJSON *node) { return (const struct json *)node; }

/* ---- reading ---- */

/* cJSON recurses as deep as the text nests and would cut a string at \u0000, so both are
 * looked for first, in one pass over the bytes. */
static int check_text(struct str text, struct err *err)
{
  size_t bad;
  if (!str_is_utf8(text, &bad))
    return err_set(err, ERR_DATA, "byte %zu: not valid UTF-8", bad);
  int depth = 0;
  bool in_string = false;
  for (size_t i = 0; i < text.len; i++) {
    char c = text.ptr[i];
    if (c == '\0')
      return err_set(err, ERR_DATA, "byte %zu: a zero byte", i);
    if (in_string) {
      if (c == '\\') {
        if (str_starts(str_slice(text, i, text.len), STR("\\u0000")))
          return err_set(err, ERR_DATA, "byte %zu: \\u0000 in a string", i);
        i++;
      } else if (c == '"') {
        in_string = false;
      }
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (++depth > JSON_DEPTH_MAX)
        return err_set(err, ERR_DATA, "byte %zu: nested deeper than %d", i, JSON_DEPTH_MAX);
    } else if (c == '}' || c == ']') {
      depth--;
    }
  }
  return 0;
}

/* A key twice would make the meaning depend on the reader. Quadratic, so only objects of
 * ordinary size are looked at; larger ones come from no format that we read. */
enum { REPEATED_KEY_MAX_MEMBERS = 256 };

static int check_keys(const cJSON *node, struct err *err)
{
  size_t n = 0;
  for (const cJSON *child = node->child; child; child = child->next) {
    if (cJSON_IsObject(node) && ++n <= REPEATED_KEY_MAX_MEMBERS)
      for (const cJSON *other = child->next; other; other = other->next)
        if (strcmp(child->string, other->string) == 0)
          return err_set(err, ERR_DATA, "the key '%.200s' stands twice", child->string);
    if (child->child && check_keys(child, err) < 0)
      return -1;
  }
  return 0;
}

int json_parse(struct json_doc *doc, struct str text, struct err *err)
{
  doc->root = NULL;
  if (check_text(text, err) < 0)
    return -1;
  const char *end = text.ptr;
  cJSON *root = text.len ? cJSON_ParseWithLengthOpts(text.ptr, text.len, &end, 0) : NULL;
  if (!root) {
    size_t at = end ? (size_t)(end - text.ptr) : 0;
    return err_set(err, ERR_DATA, "byte %zu: not JSON: found '%.*s'", at,
                   STR_ARG(str_slice(text, at, at + 20)));
  }
  struct str rest = str_trim(str_slice(text, (size_t)(end - text.ptr), text.len));
  int rc = rest.len ? err_set(err, ERR_DATA, "byte %zu: text after the JSON value",
                              (size_t)(rest.ptr - text.ptr))
                    : check_keys(root, err);
  if (rc < 0) {
    cJSON_Delete(root);
    return -1;
  }
  doc->root = (struct json *)root;
  return 0;
}

void json_doc_release(struct json_doc *doc)
{
  cJSON_Delete((cJSON *)doc->root);
  doc->root = NULL;
}

enum json_type json_type(const struct json *node)
{
  const cJSON *n = node_of(node);
  if (!n)
    return JSON_ABSENT;
  switch (n->type & 0xff) {
  case cJSON_NULL: return JSON_NULL;
  case cJSON_False:
  case cJSON_True: return JSON_BOOL;
  case cJSON_Number: return JSON_NUMBER;
  case cJSON_String: return JSON_STRING;
  case cJSON_Array: return JSON_ARRAY;
  case cJSON_Object: return JSON_OBJECT;
  default: return JSON_ABSENT;
  }
}

const char *json_type_name(enum json_type type)
{
  static const char *const names[] = { "nothing", "null",     "a truth value", "a number",
                                       "a string", "an array", "an object" };
  return names[type];
}

const struct json *json_member(const struct json *object, const char *key)
{
  return object ? wrap(cJSON_GetObjectItemCaseSensitive(node_of(object), key)) : NULL;
}

const struct json *json_element(const struct json *array, size_t index)
{
  if (json_type(array) != JSON_ARRAY || index > (size_t)1 << 30)
    return NULL;
  return wrap(cJSON_GetArrayItem(node_of(array), (int)index));
}

size_t json_size(const struct json *node)
{
  size_t n = 0;
  for (const struct json *child = json_first(node); child; child = json_next(child))
    n++;
  return n;
}

const struct json *json_first(const struct json *node)
{
  return node ? wrap(node_of(node)->child) : NULL;
}

const struct json *json_next(const struct json *child) { return wrap(node_of(child)->next); }

struct str json_key(const struct json *child) { return str_from(node_of(child)->string); }

struct str json_string(const struct json *node, struct str fallback)
{
  return json_type(node) == JSON_STRING ? str_from(node_of(node)->valuestring) : fallback;
}

double json_number(const struct json *node, double fallback)
{
  return json_type(node) == JSON_NUMBER ? node_of(node)->valuedouble : fallback;
}

bool json_bool(const struct json *node, bool fallback)
{
  return json_type(node) == JSON_BOOL ? cJSON_IsTrue(node_of(node)) : fallback;
}

struct str json_get_string(const struct json *object, const char *key, struct str fallback)
{
  return json_string(json_member(object, key), fallback);
}

double json_get_number(const struct json *object, const char *key, double fallback)
{
  return json_number(json_member(object, key), fallback);
}

bool json_get_bool(const struct json *object, const char *key, bool fallback)
{
  return json_bool(json_member(object, key), fallback);
}

int json_need_member(const struct json *object, const char *key, enum json_type type,
                     const struct json **out, struct err *err)
{
  const struct json *member = json_member(object, key);
  if (json_type(member) != type)
    return err_set(err, ERR_DATA, "'%s' should be %s, found %s", key, json_type_name(type),
                   json_type_name(json_type(member)));
  *out = member;
  return 0;
}

int json_need_string(const struct json *object, const char *key, struct str *out,
                     struct err *err)
{
  const struct json *member = NULL;
  if (json_need_member(object, key, JSON_STRING, &member, err) < 0)
    return -1;
  *out = json_string(member, STR_NONE);
  return 0;
}

int json_need_number(const struct json *object, const char *key, double *out,
                     struct err *err)
{
  const struct json *member = NULL;
  if (json_need_member(object, key, JSON_NUMBER, &member, err) < 0)
    return -1;
  *out = json_number(member, NAN);
  return 0;
}

/* ---- writing ---- */

void json_writer_init(struct json_writer *w, struct buf *out, enum json_layout layout)
{
  *w = (struct json_writer){ .out = out, .layout = layout };
}

static void new_line(struct json_writer *w)
{
  if (w->layout != JSON_INDENT2)
    return;
  buf_add_char(w->out, '\n');
  for (int i = 0; i < w->depth; i++)
    buf_add(w->out, STR("  "));
}

/* Before a value: the comma and the line break, unless a key stands before it. */
static void before_value(struct json_writer *w)
{
  if (w->after_key) {
    w->after_key = false;
    return;
  }
  if (w->need_comma[w->depth])
    buf_add_char(w->out, ',');
  if (w->depth)
    new_line(w);
  w->need_comma[w->depth] = true;
}

static void begin(struct json_writer *w, char open)
{
  before_value(w);
  buf_add_char(w->out, open);
  if (w->depth + 1 < JSON_DEPTH_MAX)
    w->depth++;
  w->need_comma[w->depth] = false;
}

static void end(struct json_writer *w, char close)
{
  bool empty = !w->need_comma[w->depth];
  w->depth--;
  if (!empty)
    new_line(w);
  buf_add_char(w->out, close);
}

void json_begin_object(struct json_writer *w) { begin(w, '{'); }
void json_end_object(struct json_writer *w) { end(w, '}'); }
void json_begin_array(struct json_writer *w) { begin(w, '['); }
void json_end_array(struct json_writer *w) { end(w, ']'); }

static void put_key(struct json_writer *w, struct str key)
{
  before_value(w);
  buf_add_char(w->out, '"');
  json_escape(w->out, key);
  buf_add(w->out, w->layout == JSON_COMPACT ? STR("\":") : STR("\": "));
  w->after_key = true;
}

void json_put_key(struct json_writer *w, const char *key) { put_key(w, str_from(key)); }

static void put_raw(struct json_writer *w, const char *text)
{
  before_value(w);
  buf_add_cstr(w->out, text);
}

void json_put_string(struct json_writer *w, struct str value)
{
  if (!str_present(value)) {
    json_put_null(w);
    return;
  }
  before_value(w);
  buf_add_char(w->out, '"');
  json_escape(w->out, value);
  buf_add_char(w->out, '"');
}

enum { NUMBER_TEXT_SIZE = 40 };

/* The fewest digits that read back as the same double. */
static void format_shortest(char text[NUMBER_TEXT_SIZE], double value)
{
  for (int digits = 1; digits <= 17; digits++) {
    snprintf(text, NUMBER_TEXT_SIZE, "%.*g", digits, value);
    if (strtod(text, NULL) == value)
      return;
  }
}

static bool is_small_integer(double value)
{
  return fabs(value) <= 0x1p53 && value == floor(value);
}

void json_put_number(struct json_writer *w, double value)
{
  if (!isfinite(value)) {
    json_put_null(w);
  } else if (is_small_integer(value)) {
    json_put_int(w, (int64_t)value);
  } else {
    char text[NUMBER_TEXT_SIZE];
    format_shortest(text, value);
    put_raw(w, text);
  }
}

/* Python's repr: plain digits for exponents from -4 to 15, two exponent digits beyond. */
static void format_python(char text[NUMBER_TEXT_SIZE], double value)
{
  format_shortest(text, value);
  int exponent = value == 0 ? 0 : (int)floor(log10(fabs(value)));
  if (exponent >= -4 && exponent < 16 && strchr(text, 'e'))
    snprintf(text, NUMBER_TEXT_SIZE, "%.0f", value);
  if (!strpbrk(text, ".e"))
    strcat(text, ".0");
}

void json_put_float(struct json_writer *w, double value)
{
  if (!isfinite(value)) {
    json_put_null(w);
    return;
  }
  char text[NUMBER_TEXT_SIZE];
  format_python(text, value);
  put_raw(w, text);
}

void json_put_int(struct json_writer *w, int64_t value)
{
  char text[NUMBER_TEXT_SIZE];
  snprintf(text, sizeof text, "%lld", (long long)value);
  put_raw(w, text);
}

void json_put_bool(struct json_writer *w, bool value) { put_raw(w, value ? "true" : "false"); }
void json_put_null(struct json_writer *w) { put_raw(w, "null"); }

void json_put_node(struct json_writer *w, const struct json *node)
{
  enum json_type type = json_type(node);
  switch (type) {
  case JSON_ABSENT:
  case JSON_NULL: json_put_null(w); break;
  case JSON_BOOL: json_put_bool(w, json_bool(node, false)); break;
  case JSON_NUMBER: json_put_number(w, json_number(node, NAN)); break;
  case JSON_STRING: json_put_string(w, json_string(node, STR(""))); break;
  case JSON_ARRAY:
  case JSON_OBJECT:
    begin(w, type == JSON_ARRAY ? '[' : '{');
    for (const struct json *child = json_first(node); child; child = json_next(child)) {
      if (type == JSON_OBJECT)
        put_key(w, json_key(child));
      json_put_node(w, child);
    }
    end(w, type == JSON_ARRAY ? ']' : '}');
    break;
  }
}

void json_member_string(struct json_writer *w, const char *key, struct str value)
{
  json_put_key(w, key);
  json_put_string(w, value);
}

void json_member_number(struct json_writer *w, const char *key, double value)
{
  json_put_key(w, key);
  json_put_number(w, value);
}

void json_member_int(struct json_writer *w, const char *key, int64_t value)
{
  json_put_key(w, key);
  json_put_int(w, value);
}

void json_member_bool(struct json_writer *w, const char *key, bool value)
{
  json_put_key(w, key);
  json_put_bool(w, value);
}

static void escape_char(struct buf *out, char c)
{
  static const char named[] = "\"\"\\\\\nn\rr\tt\bb\ff"; /* pairs: character, letter */
  for (const char *pair = named; *pair; pair += 2) {
    if (*pair == c) {
      buf_add_char(out, '\\');
      buf_add_char(out, pair[1]);
      return;
    }
  }
  buf_printf(out, "\\u%04x", (unsigned)(unsigned char)c);
}

/* Everything of `s` is valid UTF-8. */
static void escape_valid(struct buf *out, struct str s)
{
  size_t plain = 0;
  for (size_t i = 0; i < s.len; i++) {
    char c = s.ptr[i];
    if ((unsigned char)c >= 0x20 && c != '"' && c != '\\')
      continue;
    buf_add(out, str_slice(s, plain, i));
    escape_char(out, c);
    plain = i + 1;
  }
  buf_add(out, str_slice(s, plain, s.len));
}

void json_escape(struct buf *out, struct str s)
{
  size_t bad;
  while (!str_is_utf8(s, &bad)) {
    escape_valid(out, str_slice(s, 0, bad));
    buf_add(out, STR("\xef\xbf\xbd"));
    s = str_slice(s, bad + 1, s.len);
  }
  escape_valid(out, s);
}
