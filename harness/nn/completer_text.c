/* completer_text.c - which tokenizer and which chat template a model has. */
#include <stdio.h>

#include "base/fs.h"
#include "nn/completer_part.h"
#include "nn/tokenizer_gguf.h"

enum { TEMPLATE_FILE_MAX = 1 << 20 };

/* ---- the tokenizer ---- */

static struct tokenizer *from_gguf(struct checkpoint *checkpoint, struct err *err)
{
  struct gguf_vocab vocab;
  if (gguf_vocab(checkpoint_gguf(checkpoint), &vocab, err) < 0)
    return NULL;
  struct tokenizer_gguf parts = {
    .model = vocab.model,
    .pre = vocab.pre,
    .tokens = vocab.tokens,
    .n_tokens = vocab.n_tokens,
    .scores = vocab.scores,
    .types = vocab.types,
    .merges = vocab.merges,
    .n_merges = vocab.n_merges,
    .bos = vocab.bos,
    .eos = vocab.eos,
    .eot = vocab.eot,
    .pad = vocab.padding,
    .unknown = vocab.unknown,
    .add_bos = vocab.add_bos,
    .add_eos = vocab.add_eos,
    .add_space_prefix = vocab.add_space_prefix,
    .chat_template = vocab.chat_template,
  };
  return tokenizer_from_gguf(&parts, err);
}

static int open_tokenizer(struct completer *c, const char *path, struct err *err)
{
  const char *model = checkpoint_path(c->checkpoint);
  if (path)
    c->tokenizer = tokenizer_open(path, err);
  else if (checkpoint_gguf(c->checkpoint))
    c->tokenizer = from_gguf(c->checkpoint, err);
  else
    c->tokenizer = tokenizer_open(model, err);
  if (c->tokenizer)
    return 0;
  return path || !checkpoint_gguf(c->checkpoint)
             ? -1
             : err_wrap(err, "'%s': tokenizer", model);
}

/* An id without a row in the embedding could not be run; rows without an id are usual,
 * since vocabularies are padded. */
static int check_size(const struct completer *c, struct err *err)
{
  size_t ids = tokenizer_size(c->tokenizer);
  int32_t rows = checkpoint_config(c->checkpoint)->vocab;
  if (ids <= (size_t)rows)
    return 0;
  return err_set(err, ERR_DATA,
                 "'%s': the tokenizer has %zu ids and the model's vocabulary %d rows; "
                 "give the tokenizer that the model was trained with",
                 checkpoint_path(c->checkpoint), ids, (int)rows);
}

static void add_end(struct completer *c, int32_t id)
{
  for (size_t i = 0; i < c->n_ends; i++)
    if (c->ends[i] == id)
      return;
  if (c->n_ends < COMPLETER_ENDS_MAX)
    c->ends[c->n_ends++] = id;
}

/* The config's may lie in the padding behind the tokenizer's ids: they end all the same.
 */
static void collect_ends(struct completer *c)
{
  const struct model_config *config = checkpoint_config(c->checkpoint);
  for (int i = 0; i < config->n_eos; i++) {
    tokenizer_add_end(c->tokenizer, config->eos[i]);
    add_end(c, config->eos[i]);
  }
  for (size_t id = 0; id < tokenizer_size(c->tokenizer); id++)
    if (tokenizer_is_end(c->tokenizer, (int32_t)id))
      add_end(c, (int32_t)id);
}

/* ---- the chat template ---- */

static int recognise(struct completer *c, struct str jinja, struct err *err)
{
  if (chat_template_recognise(&c->chat, &c->arena, jinja, err) < 0)
    return -1;
  c->has_chat = true;
  return 0;
}

static int take_own(struct completer *c, struct err *err)
{
  struct str jinja = tokenizer_chat_template(c->tokenizer);
  if (!str_trim(jinja).len || recognise(c, jinja, err) == 0)
    return 0;
  struct err why = *err;
  return err_set(err, why.code, "'%s': %s; with --chat-template none it is given texts",
                 checkpoint_path(c->checkpoint), why.msg);
}

static int take_file(struct completer *c, const char *path, struct err *err)
{
  struct buf text;
  buf_init(&text, TEMPLATE_FILE_MAX);
  int rc = fs_read(path, &text, err);
  if (rc == 0)
    rc = recognise(c, buf_str(&text), err);
  buf_release(&text);
  return rc < 0 ? err_wrap(err, "'%s'", path) : 0;
}

/* A name goes before a file that is called the same. */
static int take_named(struct completer *c, const char *name, struct err *err)
{
  struct err unknown;
  if (chat_template_named(&c->chat, str_from(name), &unknown) == 0) {
    c->has_chat = true;
    return 0;
  }
  if (fs_exists(name) && !fs_is_dir(name))
    return take_file(c, name, err);
  return err_set(err, unknown.code, "%s, none, and a file with Jinja text", unknown.msg);
}

static int open_chat(struct completer *c, const char *name, struct err *err)
{
  if (!name)
    return take_own(c, err);
  if (strcmp(name, "none") == 0)
    return 0;
  return take_named(c, name, err);
}

int completer_open_text(struct completer *c, const struct completer_options *options,
                        struct err *err)
{
  if (open_tokenizer(c, options->tokenizer, err) < 0 || check_size(c, err) < 0)
    return -1;
  collect_ends(c);
  return open_chat(c, options->chat_template, err);
}
