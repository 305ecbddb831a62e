#include "task/recorded.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "task/limits.h"
#include "task/recorded_row.h"
#include "task/rows.h"
#include "task/skim.h"

/* The more telling first: plain rows are whatever nothing else has claimed. */
static const struct recorded_reader *const readers[] = {
  &recorded_journal, &recorded_lm_eval, &recorded_openai, &recorded_qwen,
  &recorded_nemo,    &recorded_oreo,    &recorded_plain,
};

const char *recorded_format_name(enum recorded_format format)
{
  static const char *const names[] = {
#define XX(id, text) text,
    RECORDED_FORMAT_MAP(XX)
#undef XX
  };
  return names[format];
}

/* ---- rows ---- */

static const struct recorded_reader *recognise(const struct json *row)
{
  for (size_t i = 0; i < COUNT(readers); i++)
    if (json_type(row) == JSON_OBJECT && readers[i]->recognise(row))
      return readers[i];
  return NULL;
}

static int field_not_taken(struct recorded_loading *loading)
{
  return err_set(loading->err, ERR_USAGE,
                 "'%.*s' (%s) holds one model's answers; leave '#%.*s' off",
                 STR_ARG(loading->name), recorded_format_name(loading->reader->format),
                 STR_ARG(loading->field));
}

static int read_row(struct recorded_loading *loading, size_t line, const struct json *row)
{
  if (!loading->reader) {
    loading->reader = recognise(row);
    if (!loading->reader) {
      problem_add(&loading->problems, line, "is of no known format of recorded answers");
      return 0;
    }
    loading->out->format = loading->reader->format;
    if (str_present(loading->field) && !loading->reader->takes_field)
      return field_not_taken(loading);
  }
  if (json_type(row) != JSON_OBJECT || !loading->reader->recognise(row)) {
    problem_add(&loading->problems, line, "is not of the file's format (%s)",
                recorded_format_name(loading->reader->format));
    return 0;
  }
  return loading->reader->read(loading, line, row);
}

/* lm-eval's rows are mostly prompt, which only rows without a question need. */
static struct str shorten(const struct recorded_loading *loading, struct str text,
                          struct buf *shorter)
{
  if (loading->reader != &recorded_lm_eval || !skim_drop(text, STR("arguments"), shorter))
    return text;
  return buf_str(shorter);
}

static int read_line(struct recorded_loading *loading, size_t line, struct str text,
                     struct buf *shorter)
{
  struct json_doc doc;
  struct err err;
  if (json_parse(&doc, shorten(loading, text, shorter), &err) < 0) {
    problem_add(&loading->problems, line, "%s", err.msg);
    return 0;
  }
  int rc = read_row(loading, line, doc.root);
  json_doc_release(&doc);
  return rc;
}

static int read_lines(struct recorded_loading *loading, struct rows *rows)
{
  struct buf shorter;
  buf_init(&shorter, TASK_LINE_MAX);
  struct str text;
  enum fs_line status;
  int rc = 0;
  while (rc == 0 && (status = rows_next(rows, &text, loading->err)) != FS_LINE_END) {
    if (status == FS_LINE_OK)
      rc = read_line(loading, rows->line, text, &shorter);
    else if (status == FS_LINE_TOO_LONG)
      problem_add(&loading->problems, rows->line, "is longer than %zu bytes",
                  TASK_LINE_MAX);
    else
      rc = -1;
  }
  buf_release(&shorter);
  return rc;
}

static int read_array(struct recorded_loading *loading, struct str bytes)
{
  struct json_doc doc;
  if (json_parse(&doc, bytes, loading->err) < 0)
    return err_wrap(loading->err, "'%.*s'", STR_ARG(loading->name));
  size_t number = 1;
  int rc = 0;
  for (const struct json *row = json_first(doc.root); row && rc == 0;
       row = json_next(row))
    rc = read_row(loading, number++, row);
  json_doc_release(&doc);
  return rc;
}

/* ---- the whole file ---- */

static void keep(struct recorded_loading *loading)
{
  struct recorded_file *out = loading->out;
  problem_list_finish(&loading->problems);
  out->n_answers = loading->n_answers;
  out->answers = ARENA_NEW(loading->arena, struct recorded_answer, out->n_answers);
  if (out->n_answers)
    memcpy(out->answers, loading->answers, out->n_answers * sizeof *out->answers);
  out->n_fields = loading->n_fields;
  out->fields = ARENA_NEW(loading->arena, struct str, out->n_fields);
  if (out->n_fields)
    memcpy(out->fields, loading->fields, out->n_fields * sizeof *out->fields);
  out->n_problems = loading->problems.count;
  out->problems = ARENA_NEW(loading->arena, struct recorded_problem, out->n_problems);
  for (size_t i = 0; i < out->n_problems; i++)
    out->problems[i] = (struct recorded_problem){ loading->problems.list[i].line,
                                                  loading->problems.list[i].what };
}

static void release(struct recorded_loading *loading)
{
  free(loading->answers);
  free(loading->fields);
  strmap_release(&loading->samples);
  strmap_release(&loading->first_row);
  problem_list_release(&loading->problems);
}

static int check_result(struct recorded_loading *loading)
{
  const struct recorded_file *out = loading->out;
  if (out->n_answers)
    return 0;
  if (str_present(loading->field) && out->n_fields)
    return recorded_field_error(loading, "holds no answers of");
  if (!out->n_problems)
    return err_set(loading->err, ERR_DATA, "'%.*s' holds no answers",
                   STR_ARG(loading->name));
  return err_set(loading->err, ERR_DATA, "'%.*s' holds no usable answers; line %zu: %.*s",
                 STR_ARG(loading->name), out->problems[0].line,
                 STR_ARG(out->problems[0].what));
}

static int read_rows(struct recorded_file *out, struct arena *arena, struct rows *rows,
                     struct str name, struct str field, struct err *err)
{
  *out = (struct recorded_file){ .path = arena_str(arena, name), .sha256 = rows->sha256 };
  struct recorded_loading loading = {
    .out = out, .arena = arena, .name = out->path, .err = err
  };
  if (field.len)
    loading.field = arena_str(arena, field);
  problem_list_init(&loading.problems, arena);
  int rc = rows->is_array ? read_array(&loading, rows->rest) : read_lines(&loading, rows);
  keep(&loading);
  if (rc == 0)
    rc = check_result(&loading);
  release(&loading);
  return rc;
}

int recorded_parse(struct recorded_file *out, struct arena *arena, struct str bytes,
                   struct str name, struct str field, struct err *err)
{
  struct rows rows;
  rows_init(&rows, bytes);
  int rc = read_rows(out, arena, &rows, name, field, err);
  rows_close(&rows);
  return rc;
}

int recorded_load(struct recorded_file *out, struct arena *arena, const char *path,
                  struct str field, struct err *err)
{
  struct rows rows;
  if (rows_open(&rows, path, err) < 0)
    return -1;
  int rc = read_rows(out, arena, &rows, str_from(path), field, err);
  rows_close(&rows);
  return rc;
}
