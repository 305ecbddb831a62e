#include "task/recorded_row.h"

#include <math.h>
#include <stdio.h>

const char *const recorded_question_keys[] = { "question", "problem", NULL };

struct recorded_answer recorded_blank(size_t line)
{
  return (struct recorded_answer){ .line = line,
                                   .doc_id = -1,
                                   .response = STR(""),
                                   .finish = FINISH_UNKNOWN,
                                   .label = -1,
                                   .value = NAN };
}

struct recorded_answer *recorded_add(struct recorded_loading *loading, size_t line)
{
  ARRAY_RESERVE(loading->answers, loading->n_answers, loading->capacity);
  struct recorded_answer *answer = &loading->answers[loading->n_answers++];
  *answer = recorded_blank(line);
  return answer;
}

struct str recorded_text(struct recorded_loading *loading, const struct json *node)
{
  if (json_type(node) != JSON_STRING)
    return STR_NONE;
  return arena_str(loading->arena, json_string(node, STR("")));
}

struct str recorded_member(struct recorded_loading *loading, const struct json *row,
                           const char *const *keys)
{
  struct str text = STR_NONE;
  for (; *keys && !str_present(text); keys++)
    text = recorded_text(loading, json_member(row, *keys));
  return text;
}

struct str recorded_scalar(struct recorded_loading *loading, const struct json *node)
{
  if (json_type(node) != JSON_NUMBER)
    return recorded_text(loading, node);
  struct buf text;
  struct json_writer w;
  buf_init(&text, 64);
  json_writer_init(&w, &text, JSON_COMPACT);
  json_put_number(&w, json_number(node, 0));
  struct str copy = arena_str(loading->arena, buf_str(&text));
  buf_release(&text);
  return copy;
}

int recorded_label(const struct json *node)
{
  double number = -1;
  struct str text;
  switch (json_type(node)) {
  case JSON_BOOL: return json_bool(node, false);
  case JSON_NUMBER: number = json_number(node, -1); break;
  case JSON_STRING:
    text = json_string(node, STR(""));
    if (str_equal_nocase(text, STR("true")))
      return 1;
    return str_equal_nocase(text, STR("false")) ? 0 : -1;
  default: break;
  }
  return number == 1 ? 1 : number == 0 ? 0 : -1;
}

int64_t recorded_count(const struct json *node)
{
  double number = json_number(node, -1);
  if (!(number >= 0 && number <= 9007199254740992.0) || number != floor(number))
    return -1;
  return (int64_t)number;
}

double recorded_value(const struct json *node)
{
  if (json_type(node) != JSON_ARRAY)
    return json_number(node, NAN);
  double value = NAN;
  for (const struct json *child = json_first(node); child; child = json_next(child))
    value = json_number(child, value);
  return value;
}

int recorded_sample(struct recorded_loading *loading,
                    const struct recorded_answer *answer)
{
  struct str parts[] = { answer->id, answer->question, answer->prompt }, key = STR_NONE;
  for (size_t i = 0; i < COUNT(parts) && !str_present(key); i++)
    key = parts[i];
  if (answer->doc_id >= 0 && !str_present(answer->id))
    key = arena_printf(loading->arena, "%lld", (long long)answer->doc_id);
  if (!str_present(key))
    return 0;
  bool added;
  size_t *n = strmap_put(&loading->samples, key, 0, &added);
  return (int)(*n)++;
}

void recorded_offer(struct recorded_loading *loading, struct str field)
{
  for (size_t i = 0; i < loading->n_fields; i++)
    if (str_equal(loading->fields[i], field))
      return;
  ARRAY_RESERVE(loading->fields, loading->n_fields, loading->fields_capacity);
  loading->fields[loading->n_fields++] = arena_str(loading->arena, field);
}

int recorded_field_error(struct recorded_loading *loading, const char *what)
{
  struct buf list;
  buf_init(&list, 512); /* a longer list is cut: the first names show the way */
  for (size_t i = 0; i < loading->n_fields; i++)
    buf_printf(&list, "%s%.*s", i ? ", " : "", STR_ARG(loading->fields[i]));
  struct str field = str_present(loading->field) ? loading->field : STR("");
  int rc =
      err_set(loading->err, ERR_USAGE, "'%.*s' %s%s%.*s%s; append '#' and one of: %s",
              STR_ARG(loading->name), what, field.len ? " '" : "", STR_ARG(field),
              field.len ? "'" : "", list.len ? list.ptr : "(none)");
  buf_release(&list);
  return rc;
}

struct str recorded_gold(struct str text)
{
  struct str mark = STR("#### ");
  ptrdiff_t at = str_find_last(text, mark);
  return at < 0 ? text : str_trim(str_slice(text, (size_t)at + mark.len, text.len));
}
