/* json.h - JSON in and out; the only module that includes cJSON.
 *
 * Reading: one text at a time, into a tree owned by `struct json_doc` (json_doc_release
 * frees). Keys keep their order. Nesting is capped at JSON_DEPTH_MAX: the formats that we
 * read nest 8 deep at most, a hostile line thousands. A string with \u0000 inside is
 * refused (a C string would be cut there in silence), and so is a repeated key.
 *
 * Getters come in two kinds: json_get_* return a default for what is absent or of another
 * type; json_need_* set an error that names the path. Numbers are doubles: integers are
 * exact to 2^53.
 *
 * Writing: an ordered writer onto a buf, the same bytes for the same calls; two layouts,
 * compact and Python's `indent=2`. Text that is no valid UTF-8 is written with U+FFFD in
 * place of the bad bytes, so that our files are always valid JSON. Not thread-safe.
 */
#ifndef OREO_BASE_JSON_H
#define OREO_BASE_JSON_H

#include "base/buf.h"

enum { JSON_DEPTH_MAX = 64 };

/* A node of a parsed tree; borrowed from its json_doc. NULL stands for "absent" and is
 * accepted by every getter. */
struct json;

struct json_doc {
  struct json *root;
};

enum json_type {
  JSON_ABSENT, JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT,
};

/* Parses exactly one JSON value (white space around it allowed). On failure nothing is
 * held. The error (ERR_DATA) says the byte offset and what was found. */
NODISCARD int json_parse(struct json_doc *doc, struct str text, struct err *err);
void json_doc_release(struct json_doc *doc);

enum json_type json_type(const struct json *node);
const char *json_type_name(enum json_type type);

/* Member by key, element by index; NULL when absent. json_size: members or elements. */
const struct json *json_member(const struct json *object, const char *key);
const struct json *json_element(const struct json *array, size_t index);
size_t json_size(const struct json *node);
/* Walks members or elements in order: json_first(n), then json_next(child). */
const struct json *json_first(const struct json *node);
const struct json *json_next(const struct json *child);
struct str json_key(const struct json *child);

/* The value itself, or the default. Strings are borrowed from the document. */
struct str json_string(const struct json *node, struct str fallback);
double json_number(const struct json *node, double fallback);
bool json_bool(const struct json *node, bool fallback);

/* The same of a member. */
struct str json_get_string(const struct json *object, const char *key, struct str fallback);
double json_get_number(const struct json *object, const char *key, double fallback);
bool json_get_bool(const struct json *object, const char *key, bool fallback);

/* A member that must be there and of that type; else -1 and ERR_DATA naming the key, what
 * was expected and what was found. */
NODISCARD int json_need_string(const struct json *object, const char *key, struct str *out,
                               struct err *err);
NODISCARD int json_need_number(const struct json *object, const char *key, double *out,
                               struct err *err);
NODISCARD int json_need_member(const struct json *object, const char *key,
                               enum json_type type, const struct json **out,
                               struct err *err);

/* ---- writing ---- */

enum json_layout {
  JSON_COMPACT, /* {"a":1,"b":[2,3]} */
  JSON_INDENT2, /* as Python's json.dumps(x, indent=2, ensure_ascii=False) */
};

/* Borrows `out`. Calls nest: begin/end pairs, a key before each member. */
struct json_writer {
  struct buf *out;
  enum json_layout layout;
  int depth;
  bool need_comma[JSON_DEPTH_MAX];
  bool after_key;
};

void json_writer_init(struct json_writer *w, struct buf *out, enum json_layout layout);
void json_begin_object(struct json_writer *w);
void json_end_object(struct json_writer *w);
void json_begin_array(struct json_writer *w);
void json_end_array(struct json_writer *w);
void json_put_key(struct json_writer *w, const char *key);
void json_put_string(struct json_writer *w, struct str value);
/* Shortest decimal that reads back as the same double; integers without a point; a value
 * that is not finite becomes null (JSON has none). */
void json_put_number(struct json_writer *w, double value);
/* As Python prints a float: 1.0 keeps its point. For files that Python tools compare. */
void json_put_float(struct json_writer *w, double value);
void json_put_int(struct json_writer *w, int64_t value);
void json_put_bool(struct json_writer *w, bool value);
void json_put_null(struct json_writer *w);
/* A parsed tree again, members in their order. */
void json_put_node(struct json_writer *w, const struct json *node);

/* key and value in one call. An absent `value` writes null. */
void json_member_string(struct json_writer *w, const char *key, struct str value);
void json_member_number(struct json_writer *w, const char *key, double value);
void json_member_int(struct json_writer *w, const char *key, int64_t value);
void json_member_bool(struct json_writer *w, const char *key, bool value);

/* Appends `s` with JSON's escapes, without the quotes around it. */
void json_escape(struct buf *out, struct str s);

#endif
