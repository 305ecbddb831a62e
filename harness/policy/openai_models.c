/* openai_models.c - the list of models that a server has. */
#include <math.h>

#include "policy/openai_part.h"

/* What servers call the length of the context; those of `meta` are llama.cpp's. */
static int64_t context_of(const struct json *model)
{
  static const char *const names[] = { "max_model_len", "loaded_context_length",
                                       "context_length", "context_window",
                                       "max_context_length" };
  double size = 0;
  for (size_t i = 0; i < COUNT(names) && !(size >= 1); i++)
    size = json_get_number(model, names[i], 0);
  if (!(size >= 1))
    size = json_get_number(json_member(model, "meta"), "n_ctx", 0);
  return size >= 1 && size <= 9e15 ? (int64_t)size : 0;
}

/* A name that can be shown and asked for: ids and paths, not pages of text. */
static bool is_name(struct str text)
{
  enum { NAME_MAX_BYTES = 1024 };
  for (size_t i = 0; i < text.len; i++)
    if ((unsigned char)text.ptr[i] < ' ' || text.ptr[i] == 0x7f)
      return false;
  return text.len > 0 && text.len <= NAME_MAX_BYTES;
}

static struct str copied(struct arena *arena, const struct json *model, const char *name)
{
  struct str text = json_get_string(model, name, STR_NONE);
  return is_name(text) ? arena_str(arena, text) : STR_NONE;
}

static int read_list(struct openai_model **models, size_t *n_models, struct arena *arena,
                     const struct json *root, struct err *err)
{
  struct openai_error error;
  const struct json *data = json_member(root, "data");
  const struct json *list = json_type(root) == JSON_ARRAY ? root : data;
  bool listed = json_type(list) == JSON_ARRAY || json_type(data) == JSON_NULL;
  if (!listed && openai_error_of(&error, arena, root)) {
    struct str words = openai_one_line(arena, error.message);
    return err_set(err, ERR_REMOTE, "the server does not list its models: %.*s",
                   STR_ARG(words.len ? words : STR("it answered with an error")));
  }
  if (!listed)
    return err_set(err, ERR_REMOTE, "the server's list of models has no 'data'");
  *models = ARENA_NEW(arena, struct openai_model, json_size(list));
  for (const struct json *node = json_first(list); node; node = json_next(node)) {
    struct openai_model *model = &(*models)[*n_models];
    model->id = copied(arena, node, "id");
    model->root = copied(arena, node, "root");
    model->max_tokens = context_of(node);
    *n_models += str_present(model->id);
  }
  return 0;
}

int openai_read_models(struct openai_model **models, size_t *n_models,
                       struct arena *arena, struct str body, struct err *err)
{
  struct json_doc doc;
  *models = NULL;
  *n_models = 0;
  if (openai_parse(&doc, arena, body, err) < 0)
    return -1;
  int rc = read_list(models, n_models, arena, doc.root, err);
  json_doc_release(&doc);
  return rc;
}
