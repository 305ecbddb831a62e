#include "task/lmeval.h"

#include "task/minerva.h"

static const char *const gsm8k_until[] = { "Question:", "</s>", "<|im_end|>", NULL };
static const char *const cot_until[] = { "Q:", "</s>", "<|im_end|>", NULL };
static const char *const minerva_until[] = { "Problem:", NULL };

/* The first task of a suite is its default. */
static const struct lmeval_task tasks[] = {
  { "gsm8k", "gsm8k", "3.0", "Question: ", "\nAnswer:", LMEVAL_SHOTS_DRAWN, 5,
    gsm8k_until, "0.0", NULL },
  { "gsm8k_cot", "gsm8k", "3.0", "Q: ", "\nA:", LMEVAL_SHOTS_FIXED, 8, cot_until, NULL,
    NULL },
  { "minerva_math", "math", "3.1", "Problem:\n", "\n\nSolution:", LMEVAL_SHOTS_FIXED, 4,
    minerva_until, "0", "tasks/math/fewshot-minerva.json" },
};

const struct lmeval_task *lmeval_task_at(size_t index)
{
  return index < COUNT(tasks) ? &tasks[index] : NULL;
}

const struct lmeval_task *lmeval_task_find(struct str name)
{
  for (size_t i = 0; i < COUNT(tasks); i++)
    if (str_equal(str_from(tasks[i].name), name))
      return &tasks[i];
  return NULL;
}

const struct lmeval_task *lmeval_task_of_suite(struct str suite)
{
  for (size_t i = 0; i < COUNT(tasks); i++)
    if (str_equal(str_from(tasks[i].suite), suite))
      return &tasks[i];
  return NULL;
}

struct str lmeval_question(struct arena *arena, const struct lmeval_task *task,
                           struct str question)
{
  return arena_printf(arena, "%s%.*s%s", task->before, STR_ARG(question), task->after);
}

/* ---- documents ---- */

/* The columns of a data set on the Hugging Face hub; a row is of the first data set all
 * of whose columns it has. `answer` of MATH is made, so it need not be there. */
static const char *const gsm8k_columns[] = { "question", "answer", NULL };
static const char *const math500_columns[] = { "problem", "solution", "answer",
                                               "subject", "level",    "unique_id",
                                               NULL };
static const char *const math_columns[] = { "problem",  "level",  "type",
                                            "solution", "answer", NULL };
static const char *const *const column_sets[] = { gsm8k_columns, math500_columns,
                                                  math_columns };

static bool has_columns(const struct json *row, const char *const *columns, bool minerva)
{
  for (; *columns; columns++)
    if (!json_member(row, *columns) && !(minerva && strcmp(*columns, "answer") == 0))
      return false;
  return true;
}

static bool is_minerva(const struct lmeval_task *task)
{
  return task && strcmp(task->name, "minerva_math") == 0;
}

static struct str minerva_answer(struct arena *arena, const struct item *item)
{
  struct str boxed = minerva_boxed(item->solution);
  return minerva_normalise(arena, str_present(boxed) ? boxed : item->gold);
}

static void put_columns(struct json_writer *w, const struct json *row,
                        const char *const *columns, struct str answer)
{
  json_begin_object(w);
  for (; *columns; columns++) {
    json_put_key(w, *columns);
    if (str_present(answer) && strcmp(*columns, "answer") == 0)
      json_put_string(w, answer);
    else
      json_put_node(w, json_member(row, *columns));
  }
  json_end_object(w);
}

void lmeval_put_doc(struct json_writer *w, const struct lmeval_task *task,
                    const struct item *item)
{
  struct json_doc doc;
  struct err err;
  if (json_parse(&doc, item->row, &err) < 0) { /* never: the row came from a parsed one */
    json_put_null(w);
    return;
  }
  bool minerva = is_minerva(task);
  for (size_t i = 0; task && i < COUNT(column_sets); i++) {
    if (!has_columns(doc.root, column_sets[i], minerva))
      continue;
    struct arena arena = { 0 };
    struct str answer = minerva ? minerva_answer(&arena, item) : STR_NONE;
    put_columns(w, doc.root, column_sets[i], answer);
    arena_release(&arena);
    json_doc_release(&doc);
    return;
  }
  json_put_node(w, doc.root);
  json_doc_release(&doc);
}

/* ---- targets ---- */

/* lm-eval reads a target that looks like a Python list as one and prints it again, which
 * puts a space behind each comma: "[1,-2]" becomes "[1, -2]". Lists of whole numbers are
 * all that MATH has; true when it is one. */
static bool is_int_list(struct str s)
{
  if (!str_starts(s, STR("[")) || !str_ends(s, STR("]")) || s.len < 2)
    return false;
  for (size_t at = 1; at < s.len; at++) {
    if (s.ptr[at] == '-')
      at++;
    size_t digits = 0;
    while (at + digits < s.len && char_is_digit(s.ptr[at + digits]))
      digits++;
    if (!digits || (digits > 1 && s.ptr[at] == '0'))
      return false;
    at += digits;
    if (at >= s.len || (s.ptr[at] != ',' && at + 1 != s.len))
      return false;
  }
  return true;
}

static struct str spaced_list(struct arena *arena, struct str s)
{
  char *out = arena_alloc(arena, 2 * s.len + 1);
  size_t n = 0;
  for (size_t i = 0; i < s.len; i++) {
    out[n++] = s.ptr[i];
    if (s.ptr[i] == ',')
      out[n++] = ' ';
  }
  return (struct str){ out, n };
}

struct str lmeval_target(struct arena *arena, const struct lmeval_task *task,
                         const struct item *item)
{
  if (!task)
    return item->gold;
  if (is_minerva(task)) {
    struct str answer = minerva_answer(arena, item);
    return is_int_list(answer) ? spaced_list(arena, answer) : answer;
  }
  if (strcmp(task->name, "gsm8k_cot") == 0)
    return item->gold;
  return str_present(item->solution) ? item->solution : item->gold;
}

void lmeval_put_gen_kwargs(struct json_writer *w, const struct lmeval_task *task)
{
  json_begin_object(w);
  json_put_key(w, "until");
  json_begin_array(w);
  for (const char *const *stop = task->until; *stop; stop++)
    json_put_string(w, str_from(*stop));
  json_end_array(w);
  json_put_key(w, "do_sample");
  json_put_bool(w, false);
  if (task->temperature) {
    json_put_key(w, "temperature");
    if (strchr(task->temperature, '.'))
      json_put_float(w, 0);
    else
      json_put_int(w, 0);
  }
  json_end_object(w);
}

/* ---- hashes ---- */

struct lmeval_hashes lmeval_hash(const struct lmeval_task *task, const struct item *item,
                                 struct str prompt)
{
  struct arena arena = { 0 };
  struct buf doc;
  struct json_writer w;
  buf_init(&doc, BUF_CAP_OWN);
  json_writer_init(&w, &doc, JSON_INDENT2);
  lmeval_put_doc(&w, task, item);
  struct lmeval_hashes hashes = {
    .doc = sha256_of(buf_str(&doc)),
    .prompt = sha256_of(prompt),
    .target = sha256_of(lmeval_target(&arena, task, item)),
  };
  buf_release(&doc);
  arena_release(&arena);
  return hashes;
}
