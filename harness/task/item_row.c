#include "task/item_row.h"

/* ---- which format ---- */

/* The first field that the format names and the row lacks, or absent: it fits. */
static struct str format_missing(const struct suite_format *format,
                                 const struct json *row)
{
  const struct str fields[] = { format->question, format->solution, format->answer,
                                format->id,       format->level,    format->subject,
                                format->steps };
  for (size_t i = 0; i < COUNT(fields); i++)
    if (str_present(fields[i]) && !json_member(row, fields[i].ptr))
      return fields[i];
  return STR_NONE;
}

static const struct suite_format *format_find(const struct suite *suite,
                                              const struct json *row, struct str *missing)
{
  for (size_t i = 0; i < suite->n_formats; i++) {
    struct str lacks = format_missing(&suite->formats[i], row);
    if (!str_present(lacks))
      return &suite->formats[i];
    *missing = lacks;
  }
  return NULL;
}

/* ---- its parts ---- */

/* Text, or a number as text: levels and bare answers come as either. */
static struct str field_text(struct arena *arena, const struct json *row,
                             struct str field)
{
  if (!str_present(field))
    return STR_NONE;
  const struct json *node = json_member(row, field.ptr);
  if (json_type(node) == JSON_STRING)
    return arena_str(arena, json_string(node, STR("")));
  if (json_type(node) != JSON_NUMBER)
    return STR_NONE;
  struct buf text;
  struct json_writer w;
  buf_init(&text, 64);
  json_writer_init(&w, &text, JSON_COMPACT);
  json_put_number(&w, json_number(node, 0));
  struct str copy = arena_str(arena, buf_str(&text));
  buf_release(&text);
  return copy;
}

/* What the last balanced \boxed{...} holds; absent when there is none. */
static struct str boxed(struct str solution)
{
  struct str mark = STR("\\boxed{");
  ptrdiff_t at = str_find_last(solution, mark);
  if (at < 0)
    return STR_NONE;
  struct str rest = str_slice(solution, (size_t)at + mark.len, solution.len);
  int depth = 1;
  for (size_t i = 0; i < rest.len; i++) {
    if (rest.ptr[i] == '\\')
      i++;
    else if (rest.ptr[i] == '{')
      depth++;
    else if (rest.ptr[i] == '}' && --depth == 0)
      return str_slice(rest, 0, i);
  }
  return STR_NONE;
}

/* MATH has a handful of golds written "\boxed 2$" without braces. */
static struct str boxed_bare(struct str solution)
{
  ptrdiff_t at = str_find_last(solution, STR("\\boxed "));
  if (at < 0)
    return STR_NONE;
  struct str rest = str_slice(solution, (size_t)at + 7, solution.len);
  ptrdiff_t end = str_find_char(rest, '$');
  return end < 0 ? STR_NONE : str_slice(rest, 0, (size_t)end);
}

static struct str gold_of(const struct suite_format *format, const struct item *item,
                          struct str answer)
{
  if (str_present(format->answer))
    return str_trim(answer);
  if (str_present(format->gold_after)) {
    ptrdiff_t at = str_find_last(item->solution, format->gold_after);
    if (at >= 0)
      return str_trim(str_slice(item->solution, (size_t)at + format->gold_after.len,
                                item->solution.len));
  }
  if (!format->gold_boxed)
    return STR_NONE;
  struct str gold = boxed(item->solution);
  return str_trim(str_present(gold) ? gold : boxed_bare(item->solution));
}

/* "Level 3" and 3 are both "3". */
static struct str level_of(struct str text)
{
  struct str word = STR("Level ");
  return str_starts(text, word) ? str_slice(text, word.len, text.len) : text;
}

/* Lines with something on them, in front of the gold. */
static int count_steps(const struct suite_format *format, struct str solution)
{
  if (str_present(format->gold_after)) {
    ptrdiff_t at = str_find_last(solution, format->gold_after);
    if (at >= 0)
      solution = str_slice(solution, 0, (size_t)at);
  }
  int n = 0;
  for (struct str line; str_present(line = str_next_line(&solution));)
    n += str_trim(line).len > 0;
  return n;
}

static int steps_of(const struct suite_format *format, const struct json *row,
                    struct str solution)
{
  if (format->steps_by_line)
    return count_steps(format, solution);
  if (!str_present(format->steps))
    return 0;
  double n = json_get_number(row, format->steps.ptr, 0);
  return n >= 1 && n <= 1e6 ? (int)n : 0;
}

static struct str row_text(struct arena *arena, struct str text, const struct json *node)
{
  if (str_present(text))
    return arena_str(arena, str_trim(text));
  struct buf out;
  struct json_writer w;
  buf_init(&out, BUF_CAP_OWN);
  json_writer_init(&w, &out, JSON_COMPACT);
  json_put_node(&w, node);
  struct str copy = arena_str(arena, buf_str(&out));
  buf_release(&out);
  return copy;
}

/* ---- the row ---- */

/* Fills everything but id, index and row; false when the row cannot be used. */
static bool read_parts(struct item_loading *loading, size_t line, const struct json *node,
                       const struct suite_format *format, struct item *item)
{
  struct arena *arena = loading->arena;
  item->question = field_text(arena, node, format->question);
  item->solution = field_text(arena, node, format->solution);
  if (!str_trim(item->question).len) {
    problem_add(&loading->problems, line, "field '%s' holds no question text",
                format->question.ptr);
    return false;
  }
  item->gold = gold_of(format, item, field_text(arena, node, format->answer));
  if (!item->gold.len) {
    struct str field = str_present(format->answer) ? format->answer : format->solution;
    const char *lacks = str_present(format->answer)       ? "it is empty"
                        : str_present(format->gold_after) ? format->gold_after.ptr
                                                          : "no filled \\boxed{}";
    problem_add(&loading->problems, line, "field '%s' holds no gold answer (%s%s)",
                field.ptr, str_present(format->gold_after) ? "nothing after " : "",
                lacks);
    return false;
  }
  item->level = level_of(field_text(arena, node, format->level));
  item->subject = field_text(arena, node, format->subject);
  item->n_steps = steps_of(format, node, item->solution);
  return true;
}

static struct str id_of(struct item_loading *loading, const struct item *item,
                        const struct suite_format *format, const struct json *node,
                        struct str id)
{
  struct str own = field_text(loading->arena, node, format->id);
  if (own.len)
    return own;
  if (str_present(id))
    return arena_str(loading->arena, id);
  return arena_printf(loading->arena, "%.*s-%zu", STR_ARG(loading->set->split),
                      item->index);
}

void item_row_add(struct item_loading *loading, size_t line, struct str text,
                  const struct json *node, struct str id)
{
  struct item item = { .index = loading->index++ };
  if (json_type(node) != JSON_OBJECT) {
    problem_add(&loading->problems, line, "must be a JSON object, not %s",
                json_type_name(json_type(node)));
    return;
  }
  struct str missing = STR_NONE;
  const struct suite_format *format = format_find(loading->set->suite, node, &missing);
  if (!format) {
    problem_add(&loading->problems, line,
                "field '%.*s' is missing; no format of suite '%.*s' fits",
                STR_ARG(missing), STR_ARG(loading->set->suite->name));
    return;
  }
  if (!read_parts(loading, line, node, format, &item))
    return;
  item.id = id_of(loading, &item, format, node, id);
  bool added;
  size_t *first = strmap_put(&loading->ids, item.id, line, &added);
  if (!added) {
    problem_add(&loading->problems, line, "id '%.*s' stands on line %zu too",
                STR_ARG(str_slice(item.id, 0, 200)), *first);
    return;
  }
  struct arena key = { 0 };
  item.question_sha256 = sha256_of(item_key(&key, item.question));
  arena_release(&key);
  item.row = row_text(loading->arena, text, node);
  ARRAY_RESERVE(loading->items, loading->n_items, loading->capacity);
  loading->items[loading->n_items++] = item;
}
