#include "task/shots.h"

#include "base/embed.h"
#include "base/fs.h"
#include "task/fields.h"
#include "task/limits.h"

/* ---- from a list ---- */

static struct str first_string(struct arena *arena, const struct json *row,
                               const char *const *keys)
{
  struct str text = STR_NONE;
  for (; *keys && !str_present(text); keys++)
    text = json_get_string(row, *keys, STR_NONE);
  return str_present(text) ? arena_str(arena, text) : STR_NONE;
}

static int read_shots(struct shot_list *out, struct arena *arena, const struct json *list,
                      const char *name, struct err *err)
{
  static const char *const question_keys[] = { "question", "problem", NULL };
  static const char *const answer_keys[] = { "target", "solution", "answer", NULL };
  size_t n = json_size(list);
  if (json_type(list) != JSON_ARRAY || !n || n > TASK_SHOTS_COUNT_MAX)
    return err_set(err, ERR_DATA,
                   "'%s' must be a JSON list of 1 to %d examples with \"question\" and "
                   "\"target\"",
                   name, TASK_SHOTS_COUNT_MAX);
  out->shots = ARENA_NEW(arena, struct shot, n);
  out->count = 0;
  for (const struct json *row = json_first(list); row; row = json_next(row)) {
    struct shot shot = { first_string(arena, row, question_keys),
                         first_string(arena, row, answer_keys) };
    if (!shot.question.len || !shot.answer.len)
      return err_set(err, ERR_DATA,
                     "'%s': example %zu has no \"question\" or no \"target\"", name,
                     out->count + 1);
    out->shots[out->count++] = shot;
  }
  return 0;
}

int shots_parse(struct shot_list *out, struct arena *arena, struct str json,
                const char *name, struct err *err)
{
  struct json_doc doc;
  if (json_parse(&doc, json, err) < 0)
    return err_wrap(err, "'%s'", name);
  int rc = read_shots(out, arena, doc.root, name, err);
  json_doc_release(&doc);
  return rc;
}

int shots_load(struct shot_list *out, struct arena *arena, const char *path,
               struct err *err)
{
  struct buf text;
  buf_init(&text, TASK_SHOTS_MAX);
  int rc = fs_read(path, &text, err);
  if (rc == 0)
    rc = shots_parse(out, arena, buf_str(&text), path, err);
  buf_release(&text);
  return rc;
}

/* ---- from a train split ---- */

struct recipe_shot {
  struct str question_sha256; /* of item_key(question) */
  struct str sha256;          /* of question, newline, answer */
};

struct edit {
  struct str in;     /* "question" or "solution" */
  size_t at, delete; /* bytes */
  struct str insert;
};

static const struct field recipe_shot_fields[] = {
  { "question_sha256", FIELD_STRING, offsetof(struct recipe_shot, question_sha256),
    true },
  { "sha256", FIELD_STRING, offsetof(struct recipe_shot, sha256), true },
  { "edit", FIELD_OTHER, 0, false },
};

static const struct field edit_fields[] = {
  { "in", FIELD_STRING, offsetof(struct edit, in), true },
  { "at", FIELD_SIZE, offsetof(struct edit, at), true },
  { "delete", FIELD_SIZE, offsetof(struct edit, delete), true },
  { "insert", FIELD_STRING, offsetof(struct edit, insert), true },
};

static const struct item *find_question(const struct item_set *train, struct str sha256)
{
  for (size_t i = 0; i < train->n_items; i++)
    if (str_equal(str_from(train->items[i].question_sha256.text), sha256))
      return &train->items[i];
  return NULL;
}

static struct str apply_edit(struct arena *arena, const struct edit *edit,
                             const char *part, struct str text)
{
  if (!str_equal(edit->in, str_from(part)))
    return text;
  struct str head = str_slice(text, 0, edit->at);
  struct str tail = str_slice(text, edit->at + edit->delete, text.len);
  return arena_printf(arena, "%.*s%.*s%.*s", STR_ARG(head), STR_ARG(edit->insert),
                      STR_ARG(tail));
}

/* `text` with the one `{name}` in it replaced. */
static struct str fill(struct arena *arena, struct str text, const char *name,
                       struct str value)
{
  ptrdiff_t at = str_find(text, str_from(name));
  if (at < 0)
    return text;
  return arena_printf(arena, "%.*s%.*s%.*s", STR_ARG(str_slice(text, 0, (size_t)at)),
                      STR_ARG(value),
                      STR_ARG(str_slice(text, (size_t)at + strlen(name), text.len)));
}

static int cook_shot(struct shot *shot, struct arena *arena, const struct json *node,
                     struct str answer, const struct item_set *train, const char *recipe,
                     struct err *err)
{
  struct recipe_shot wanted = { 0 };
  struct edit edit = { .in = STR("") };
  const struct json *change = json_member(node, "edit");
  if (fields_read(&wanted, arena, node, recipe_shot_fields, COUNT(recipe_shot_fields),
                  recipe, err) < 0 ||
      (change && fields_read(&edit, arena, change, edit_fields, COUNT(edit_fields),
                             recipe, err) < 0))
    return -1;
  const struct item *item = find_question(train, wanted.question_sha256);
  if (!item)
    return err_set(
        err, ERR_DATA,
        "'%.*s' lacks a problem of the published few-shot examples; give "
        "the publisher's train split, or the examples with --fewshot-file FILE",
        STR_ARG(train->source));
  shot->question = apply_edit(arena, &edit, "question", item->question);
  struct str solution = apply_edit(arena, &edit, "solution", item->solution);
  /* the gold first: a solution may contain braces of its own */
  shot->answer =
      fill(arena, fill(arena, answer, "{gold}", item->gold), "{solution}", solution);
  struct str both =
      arena_printf(arena, "%.*s\n%.*s", STR_ARG(shot->question), STR_ARG(shot->answer));
  if (!str_equal(str_from(sha256_of(both).text), wanted.sha256))
    return err_set(
        err, ERR_DATA,
        "item '%.*s' of '%.*s' is not worded as the published few-shot example; "
        "give the examples with --fewshot-file FILE",
        STR_ARG(item->id), STR_ARG(train->source));
  return 0;
}

int shots_cook(struct shot_list *out, struct arena *arena, const char *recipe,
               const struct item_set *train, struct err *err)
{
  struct json_doc doc;
  if (json_parse(&doc, embedded_find(embedded_tasks, str_from(recipe)), err) < 0)
    return err_wrap(err, "%s", recipe);
  const struct json *list = json_member(doc.root, "shots");
  struct str answer = json_get_string(doc.root, "answer", STR(""));
  out->count = json_size(list);
  out->shots = ARENA_NEW(arena, struct shot, out->count);
  struct shot *shot = out->shots;
  int rc = 0;
  for (const struct json *node = json_first(list); node && rc == 0;
       node = json_next(node))
    rc = cook_shot(shot++, arena, node, answer, train, recipe, err);
  json_doc_release(&doc);
  return rc;
}
