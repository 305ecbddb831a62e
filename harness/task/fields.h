/* fields.h - a JSON object into a struct, by a table of its keys.
 *
 * For definitions written by hand, where a typing mistake must not be silent: a key that
 * is not in the table is an error, a key of the wrong type too. Strings are copied into
 * the arena. Errors (ERR_DATA) name the place and the key.
 */
#ifndef OREO_TASK_FIELDS_H
#define OREO_TASK_FIELDS_H

#include "base/arena.h"
#include "base/json.h"

enum field_kind {
  FIELD_STRING, /* struct str; may not be empty */
  FIELD_BOOL,   /* bool */
  FIELD_INT,    /* int, 0 to a million */
  FIELD_SIZE,   /* size_t, 0 to a thousand million */
  FIELD_OTHER,  /* known, but read by the caller */
};

struct field {
  const char *key;
  enum field_kind kind;
  size_t offset; /* in the struct */
  bool needed;
};

/* `where` names the object in messages: "tasks/x/suite.json: source 2". Fields that are
 * not there keep what the struct holds. */
NODISCARD int fields_read(void *out, struct arena *arena, const struct json *object,
                          const struct field *fields, size_t n_fields, const char *where,
                          struct err *err);

#endif
