#include "task/fields.h"

#include <math.h>

static const struct field *field_find(const struct field *fields, size_t n,
                                      struct str key)
{
  for (size_t i = 0; i < n; i++)
    if (str_equal(str_from(fields[i].key), key))
      return &fields[i];
  return NULL;
}

static int type_error(const struct field *field, const struct json *node,
                      const char *expected, const char *where, struct err *err)
{
  return err_set(err, ERR_DATA, "%s: key '%s' must be %s, not %s", where, field->key,
                 expected, json_type_name(json_type(node)));
}

static int read_count(const struct field *field, const struct json *node, double max,
                      double *out, const char *where, struct err *err)
{
  if (json_type(node) != JSON_NUMBER)
    return type_error(field, node, "a number", where, err);
  *out = json_number(node, 0);
  if (!(*out >= 0 && *out <= max) || *out != floor(*out))
    return err_set(err, ERR_DATA, "%s: key '%s' must be a whole number from 0 to %.0f",
                   where, field->key, max);
  return 0;
}

static int read_field(char *out, struct arena *arena, const struct field *field,
                      const struct json *node, const char *where, struct err *err)
{
  double number;
  switch (field->kind) {
  case FIELD_STRING:
    if (json_type(node) != JSON_STRING || !json_string(node, STR_NONE).len)
      return type_error(field, node, "a string with something in it", where, err);
    *(struct str *)(void *)(out + field->offset) =
        arena_str(arena, json_string(node, STR("")));
    return 0;
  case FIELD_BOOL:
    if (json_type(node) != JSON_BOOL)
      return type_error(field, node, "true or false", where, err);
    *(bool *)(void *)(out + field->offset) = json_bool(node, false);
    return 0;
  case FIELD_INT:
    if (read_count(field, node, 1e6, &number, where, err) < 0)
      return -1;
    *(int *)(void *)(out + field->offset) = (int)number;
    return 0;
  case FIELD_SIZE:
    if (read_count(field, node, 1e9, &number, where, err) < 0)
      return -1;
    *(size_t *)(void *)(out + field->offset) = (size_t)number;
    return 0;
  case FIELD_OTHER: break;
  }
  return 0;
}

int fields_read(void *out, struct arena *arena, const struct json *object,
                const struct field *fields, size_t n_fields, const char *where,
                struct err *err)
{
  if (json_type(object) != JSON_OBJECT)
    return err_set(err, ERR_DATA, "%s: must be an object, not %s", where,
                   json_type_name(json_type(object)));
  for (const struct json *child = json_first(object); child; child = json_next(child)) {
    const struct field *field = field_find(fields, n_fields, json_key(child));
    if (!field)
      return err_set(err, ERR_DATA, "%s: unknown key '%.*s'", where,
                     STR_ARG(str_slice(json_key(child), 0, 64)));
    if (read_field(out, arena, field, child, where, err) < 0)
      return -1;
  }
  for (size_t i = 0; i < n_fields; i++)
    if (fields[i].needed && !json_member(object, fields[i].key))
      return err_set(err, ERR_DATA, "%s: key '%s' is missing", where, fields[i].key);
  return 0;
}
