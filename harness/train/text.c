#include "train/text.h"

#include "base/fs.h"

enum { TEMPLATE_FILE_MAX = 1 << 20 };

/* ---- files ---- */

static const char *const names[] = {
  "added_tokens.json", "chat_template.jinja",     "generation_config.json",
  "merges.txt",        "special_tokens_map.json", "tokenizer.json",
  "tokenizer.model",   "tokenizer_config.json",   "vocab.json",
};

/* llama2.c's: tok512.bin, tokenizer.bin */
static bool is_llama2c(const char *name)
{
  return str_starts(str_from(name), STR("tok")) && str_ends(str_from(name), STR(".bin"));
}

static bool is_wanted(const char *name)
{
  for (size_t i = 0; i < COUNT(names); i++)
    if (strcmp(names[i], name) == 0)
      return true;
  return is_llama2c(name);
}

/* Calls `each` with every file; the first that fails ends it. */
struct visit {
  const char *to;        /* folder, or NULL: hash */
  struct sha256 *sha256; /* or NULL: copy */
};

static int visit_file(const struct visit *visit, const char *folder, const char *name,
                      struct err *err)
{
  struct arena arena = { 0 };
  struct buf bytes;
  buf_init(&bytes, TOKENIZER_FILE_MAX);
  int rc = fs_read(arena_printf(&arena, "%s/%s", folder, name).ptr, &bytes, err);
  if (rc == 0 && visit->sha256) {
    struct sha256_hex each = sha256_of(buf_str(&bytes));
    sha256_add(visit->sha256, arena_printf(&arena, "%s  %s\n", each.text, name));
  } else if (rc == 0) {
    rc = fs_write(arena_printf(&arena, "%s/%s", visit->to, name).ptr, buf_str(&bytes),
                  err);
  }
  buf_release(&bytes);
  arena_release(&arena);
  return rc;
}

static int visit_all(const struct train_text *text, const struct visit *visit,
                     struct err *err)
{
  struct fs_list list;
  const char *generation = "generation_config.json";
  if (fs_list(&list, text->folder, err) < 0)
    return -1;
  int rc = 0;
  for (size_t i = 0; i < list.count && rc == 0; i++)
    if (is_wanted(list.names[i]) && strcmp(list.names[i], generation) != 0)
      rc = visit_file(visit, text->folder, list.names[i], err);
  fs_list_free(&list);
  if (rc < 0 || !text->model_folder)
    return rc;
  struct arena arena = { 0 };
  if (fs_exists(arena_printf(&arena, "%s/%s", text->model_folder, generation).ptr))
    rc = visit_file(visit, text->model_folder, generation, err);
  arena_release(&arena);
  return rc;
}

int train_text_copy(const struct train_text *text, const char *folder, struct err *err)
{
  struct visit visit = { .to = folder };
  return visit_all(text, &visit, err);
}

static const char *folder_of(const char *path, struct arena *arena)
{
  if (fs_is_dir(path))
    return arena_cstr(arena, str_from(path));
  struct str whole = str_from(path), name = str_from(fs_basename(path));
  if (name.len == whole.len)
    return ".";
  return arena_cstr(arena, str_slice(whole, 0, whole.len - name.len));
}

/* ---- opening ---- */

static int open_tokenizer(struct train_text *text, const struct checkpoint *checkpoint,
                          const char *path, struct err *err)
{
  const char *model = checkpoint_path(checkpoint);
  const struct model_config *config = checkpoint_config(checkpoint);
  if (!path && !fs_is_dir(model))
    return err_set(err, ERR_USAGE,
                   "'%s' has its tokenizer inside, and what is trained needs one of its "
                   "own; give a folder with the same with --tokenizer",
                   model);
  if (!path)
    path = model;
  text->tokenizer = tokenizer_open(path, err);
  if (!text->tokenizer)
    return -1;
  text->folder = folder_of(path, &text->arena);
  if (fs_is_dir(model))
    text->model_folder = folder_of(model, &text->arena);
  if (tokenizer_size(text->tokenizer) > (size_t)config->vocab)
    return err_set(err, ERR_DATA,
                   "'%s': the tokenizer has %zu ids and the model's vocabulary %d rows; "
                   "give the tokenizer that the model was trained with",
                   model, tokenizer_size(text->tokenizer), (int)config->vocab);
  for (int i = 0; i < config->n_eos; i++)
    tokenizer_add_end(text->tokenizer, config->eos[i]);
  return 0;
}

static int recognise(struct train_text *text, struct str jinja, struct err *err)
{
  if (chat_template_recognise(&text->chat, &text->arena, jinja, err) < 0)
    return -1;
  text->has_chat = true;
  return 0;
}

static int take_file(struct train_text *text, const char *path, struct err *err)
{
  struct buf jinja;
  buf_init(&jinja, TEMPLATE_FILE_MAX);
  int rc = fs_read(path, &jinja, err);
  if (rc == 0)
    rc = recognise(text, buf_str(&jinja), err);
  buf_release(&jinja);
  return rc < 0 ? err_wrap(err, "'%s'", path) : 0;
}

static int open_chat(struct train_text *text, const char *name, struct err *err)
{
  if (name && strcmp(name, "none") == 0)
    return 0;
  if (!name) {
    struct str jinja = tokenizer_chat_template(text->tokenizer);
    if (!str_trim(jinja).len || recognise(text, jinja, err) == 0)
      return 0;
    return err_wrap(err, "'%s'; --chat-template none trains on texts as they stand",
                    text->folder);
  }
  struct err unknown;
  if (chat_template_named(&text->chat, str_from(name), &unknown) == 0) {
    text->has_chat = true;
    return 0;
  }
  if (fs_exists(name) && !fs_is_dir(name))
    return take_file(text, name, err);
  return err_set(err, unknown.code, "%s, none, and a file with Jinja text", unknown.msg);
}

int train_text_open(struct train_text *text, const struct checkpoint *checkpoint,
                    const char *tokenizer, const char *chat_template, struct err *err)
{
  *text = (struct train_text){ 0 };
  if (open_tokenizer(text, checkpoint, tokenizer, err) < 0 ||
      open_chat(text, chat_template, err) < 0)
    return -1;
  struct visit visit = { .sha256 = sha256_create() };
  int rc = visit_all(text, &visit, err);
  text->sha256 = sha256_final(visit.sha256);
  return rc;
}

void train_text_close(struct train_text *text)
{
  tokenizer_free(text->tokenizer);
  arena_release(&text->arena);
  *text = (struct train_text){ 0 };
}
