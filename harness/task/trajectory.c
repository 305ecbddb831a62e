#include "task/trajectory.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"
#include "task/limits.h"
#include "task/problem.h"
#include "task/rows.h"

/* ---- one row ---- */

struct reading {
  struct trajectory_list *list;
  struct arena *arena;
  struct str name;
  struct problem_list problems;
};

static struct str text_of(struct reading *reading, const struct json *node)
{
  return json_type(node) == JSON_STRING
             ? arena_str(reading->arena, json_string(node, STR("")))
             : STR_NONE;
}

/* Ids are texts or numbers. */
static struct str id_of(struct reading *reading, const struct json *node)
{
  if (json_type(node) != JSON_NUMBER)
    return text_of(reading, node);
  struct buf text;
  struct json_writer w;
  buf_init(&text, 64);
  json_writer_init(&w, &text, JSON_COMPACT);
  json_put_number(&w, json_number(node, 0));
  struct str copy = arena_str(reading->arena, buf_str(&text));
  buf_release(&text);
  return copy;
}

static int64_t count_of(const struct json *node)
{
  double number = json_number(node, -1);
  bool whole = number >= 0 && number <= 9007199254740992.0 && number == floor(number);
  return whole ? (int64_t)number : -1;
}

static bool read_reward(struct reading *reading, size_t line, const struct json *row,
                        double *out)
{
  const struct json *node = json_member(row, "reward");
  if (!node) {
    problem_add(&reading->problems, line, "there is no 'reward'");
    return false;
  }
  if (json_type(node) == JSON_BOOL) {
    *out = json_bool(node, false);
    return true;
  }
  if (json_type(node) != JSON_NUMBER) {
    problem_add(&reading->problems, line, "'reward' is %s, not a number",
                json_type_name(json_type(node)));
    return false;
  }
  *out = json_number(node, 0);
  if (*out >= 0 && *out <= 1)
    return true;
  problem_add(&reading->problems, line, "'reward' is %g; a reward is from 0 to 1", *out);
  return false;
}

static bool read_answer(struct reading *reading, size_t line, const struct json *row,
                        struct trajectory *t)
{
  static const char *const keys[] = { "prompt", "response" };
  struct str *const texts[] = { &t->prompt, &t->response };
  for (size_t i = 0; i < COUNT(keys); i++) {
    const struct json *node = json_member(row, keys[i]);
    const char *what = !node                                       ? "is missing"
                       : json_type(node) != JSON_STRING            ? "is no text"
                       : !str_trim(json_string(node, STR(""))).len ? "is empty"
                                                                   : NULL;
    if (what) {
      problem_add(&reading->problems, line, "'%s' %s", keys[i], what);
      return false;
    }
    *texts[i] = text_of(reading, node);
  }
  return true;
}

/* What is wrong with a turn, or NULL. */
static const char *turn_fault(const struct json *turn)
{
  if (json_type(turn) != JSON_OBJECT)
    return "is no object";
  const struct json *content = json_member(turn, "content");
  if (json_type(content) != JSON_STRING)
    return "has no text as 'content'";
  struct str role = json_get_string(turn, "role", STR(""));
  bool assistant = str_equal(role, STR("assistant"));
  if (!assistant && !str_equal(role, STR("user")) && !str_equal(role, STR("system")))
    return "has a 'role' that is none of system, user, assistant";
  if (assistant && !str_trim(json_string(content, STR(""))).len)
    return "is the assistant's and empty";
  return NULL;
}

static bool read_turns(struct reading *reading, size_t line, const struct json *turns,
                       struct trajectory *t)
{
  struct message *messages = ARENA_NEW(reading->arena, struct message, json_size(turns));
  bool answered = false;
  for (const struct json *turn = json_first(turns); turn; turn = json_next(turn)) {
    const char *fault = turn_fault(turn);
    if (fault) {
      problem_add(&reading->problems, line, "turn %zu of 'conversations' %s",
                  t->n_messages + 1, fault);
      return false;
    }
    struct message *message = &messages[t->n_messages++];
    message->role = text_of(reading, json_member(turn, "role"));
    message->content = text_of(reading, json_member(turn, "content"));
    answered |= t->n_messages > 1 && str_equal(message->role, STR("assistant"));
  }
  t->messages = messages;
  if (!answered)
    problem_add(&reading->problems, line,
                "'conversations' has no turn of the assistant behind another's");
  return answered;
}

static void read_row(struct reading *reading, size_t line, const struct json *row)
{
  struct trajectory t = { .source = reading->name, .line = line };
  if (json_type(row) != JSON_OBJECT) {
    problem_add(&reading->problems, line, "is no JSON object");
    return;
  }
  const struct json *turns = json_member(row, "conversations");
  bool good = json_type(turns) == JSON_ARRAY ? read_turns(reading, line, turns, &t)
                                             : read_answer(reading, line, row, &t);
  if (!good || !read_reward(reading, line, row, &t.reward))
    return;
  t.suite = text_of(reading, json_member(row, "suite"));
  t.item = id_of(reading, json_member(row, "item"));
  t.category = text_of(reading, json_member(row, "category"));
  t.policy = text_of(reading, json_member(row, "policy"));
  t.sample = count_of(json_member(row, "sample"));
  t.steps = count_of(json_member(row, "steps"));
  ARRAY_RESERVE(reading->list->list, reading->list->count, reading->list->capacity);
  reading->list->list[reading->list->count++] = t;
}

/* ---- a file ---- */

static int read_lines(struct reading *reading, struct rows *rows, struct err *err)
{
  struct str text;
  enum fs_line status;
  while ((status = rows_next(rows, &text, err)) != FS_LINE_END) {
    struct json_doc doc;
    struct err why;
    if (status == FS_LINE_ERROR)
      return -1;
    if (status == FS_LINE_TOO_LONG) {
      problem_add(&reading->problems, rows->line, "is longer than %zu bytes",
                  TASK_LINE_MAX);
    } else if (json_parse(&doc, text, &why) < 0) {
      problem_add(&reading->problems, rows->line, "%s", why.msg);
    } else {
      read_row(reading, rows->line, doc.root);
      json_doc_release(&doc);
    }
  }
  return 0;
}

static int read_array(struct reading *reading, struct str bytes, struct err *err)
{
  struct json_doc doc;
  if (json_parse(&doc, bytes, err) < 0)
    return err_wrap(err, "'%.*s'", STR_ARG(reading->name));
  size_t number = 1;
  for (const struct json *row = json_first(doc.root); row; row = json_next(row))
    read_row(reading, number++, row);
  json_doc_release(&doc);
  return 0;
}

static int check(const struct reading *reading, size_t n_read, struct err *err)
{
  const struct problem_list *problems = &reading->problems;
  if (problems->n_seen > 1)
    return err_set(err, ERR_DATA,
                   "'%.*s' line %zu: %.*s; and %zu more rows are no trajectories",
                   STR_ARG(reading->name), problems->list[0].line,
                   STR_ARG(problems->list[0].what), problems->n_seen - 1);
  if (problems->n_seen)
    return err_set(err, ERR_DATA, "'%.*s' line %zu: %.*s", STR_ARG(reading->name),
                   problems->list[0].line, STR_ARG(problems->list[0].what));
  if (!n_read)
    return err_set(err, ERR_DATA,
                   "'%.*s' holds no trajectories; one is a line "
                   "{\"prompt\":...,\"response\":...,\"reward\":0 to 1}",
                   STR_ARG(reading->name));
  return 0;
}

static int read_rows(struct trajectory_list *list, struct arena *arena, struct rows *rows,
                     struct str name, struct err *err)
{
  size_t before = list->count;
  struct reading reading = { .list = list,
                             .arena = arena,
                             .name = arena_str(arena, name) };
  problem_list_init(&reading.problems, arena);
  int rc = rows->is_array ? read_array(&reading, rows->rest, err)
                          : read_lines(&reading, rows, err);
  if (rc == 0)
    rc = check(&reading, list->count - before, err);
  problem_list_release(&reading.problems);
  if (rc < 0) {
    list->count = before;
    return -1;
  }
  ARRAY_RESERVE(list->files, list->n_files, list->files_capacity);
  list->files[list->n_files++] =
      (struct trajectory_file){ reading.name, rows->sha256, list->count - before };
  return 0;
}

int trajectory_parse(struct trajectory_list *list, struct arena *arena, struct str bytes,
                     struct str name, struct err *err)
{
  struct rows rows;
  rows_init(&rows, bytes);
  int rc = read_rows(list, arena, &rows, name, err);
  rows_close(&rows);
  return rc;
}

int trajectory_load(struct trajectory_list *list, struct arena *arena, const char *path,
                    struct err *err)
{
  struct rows rows;
  if (rows_open(&rows, path, err) < 0)
    return -1;
  int rc = read_rows(list, arena, &rows, str_from(path), err);
  rows_close(&rows);
  return rc;
}

void trajectory_list_release(struct trajectory_list *list)
{
  free(list->list);
  free(list->files);
  *list = (struct trajectory_list){ 0 };
}

/* ---- out again ---- */

static void write_turns(struct json_writer *w, const struct message *messages, size_t n)
{
  json_begin_array(w);
  for (size_t i = 0; i < n; i++) {
    json_begin_object(w);
    json_member_string(w, "role", messages[i].role);
    json_member_string(w, "content", messages[i].content);
    json_end_object(w);
  }
  json_end_array(w);
}

size_t trajectory_asked(const struct trajectory *t, size_t first_turn)
{
  size_t n = first_turn > 1 ? first_turn : 1;
  while (n < t->n_messages && !str_equal(t->messages[n].role, STR("assistant")))
    n++;
  return n < t->n_messages ? n : t->n_messages;
}

struct str trajectory_key(const struct trajectory *t, size_t first_turn,
                          struct arena *arena)
{
  if (!t->messages)
    return t->prompt;
  struct buf text;
  struct json_writer w;
  buf_init(&text, BUF_CAP_OWN);
  json_writer_init(&w, &text, JSON_COMPACT);
  write_turns(&w, t->messages, trajectory_asked(t, first_turn));
  struct str key = arena_str(arena, buf_str(&text));
  buf_release(&text);
  return key;
}

static void put_text(struct json_writer *w, const char *key, struct str value)
{
  if (str_present(value))
    json_member_string(w, key, value);
}

static void put_count(struct json_writer *w, const char *key, int64_t value)
{
  if (value >= 0)
    json_member_int(w, key, value);
}

void trajectory_write(struct buf *out, const struct trajectory *t)
{
  struct json_writer w;
  json_writer_init(&w, out, JSON_COMPACT);
  json_begin_object(&w);
  if (t->messages) {
    json_put_key(&w, "conversations");
    write_turns(&w, t->messages, t->n_messages);
  } else {
    json_member_string(&w, "prompt", t->prompt);
    json_member_string(&w, "response", t->response);
  }
  json_member_number(&w, "reward", t->reward);
  put_text(&w, "suite", t->suite);
  put_text(&w, "item", t->item);
  put_text(&w, "category", t->category);
  put_text(&w, "policy", t->policy);
  put_count(&w, "sample", t->sample);
  put_count(&w, "steps", t->steps);
  json_end_object(&w);
  buf_add_char(out, '\n');
}
