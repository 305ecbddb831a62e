/* oreo-bench tokenizer train: texts into tokenizer.json and tokenizer_config.json. */
#include "base/fs.h"
#include "base/json.h"
#include "base/log.h"
#include "cli/tokenizer.h"

/* ChatML as its models write it out. */
#define CHAT_BEGIN "<|im_start|>"
#define CHAT_END   "<|im_end|>"
static const char chat_template[] =
    "{% for message in messages %}{{ '" CHAT_BEGIN "' + message['role'] + '\\n' + "
    "message['content'] + '" CHAT_END "' + '\\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '" CHAT_BEGIN "assistant\\n' }}{% endif %}";

/* ---- the settings as a recipe ---- */

static int make_recipe(const struct tokenizer_call *call, struct tokenizer_recipe *recipe,
                       struct err *err)
{
  static const char *const ways[] = { "single", "three", "all", NULL };
  const struct tokenizer_settings *s = call->settings;
  int digits;
  if (tokenizer_choose("digits", s->digits, ways, &digits, err) < 0)
    return -1;
  const char *eos = s->eos ? s->eos : s->chat ? CHAT_END : "<|endoftext|>";
  *recipe = (struct tokenizer_recipe){
    .vocab_size = (size_t)s->vocab,
    .digits = (enum train_digits)digits,
    .min_count = (uint64_t)s->min_count,
    .piece_max = (size_t)s->max_piece,
    .bos = str_from(s->bos),
    .eos = str_from(eos),
    .pad = str_from(s->pad),
    .add_bos = s->add_bos,
    .add_eos = s->add_eos,
    .chat_template = s->chat ? str_from(chat_template) : STR_NONE,
  };
  struct str *special = ARENA_NEW(call->call->arena, struct str, s->special.count + 2);
  if (s->chat) {
    special[recipe->n_special++] = STR(CHAT_BEGIN);
    special[recipe->n_special++] = STR(CHAT_END);
  }
  for (size_t i = 0; i < s->special.count; i++)
    special[recipe->n_special++] = str_from(s->special.at[i]);
  recipe->special = special;
  return 0;
}

/* ---- what came of it ---- */

static void put_text(struct buf *out, const struct tokenizer_settings *s,
                     const struct tokenizer_trained *r)
{
  buf_printf(out,
             "%s: %zu tokens, %zu merges, from %zu texts with %llu words, %zu of them "
             "different\n",
             s->out, r->vocab_size, r->n_merges, r->n_texts,
             (unsigned long long)r->n_words, r->n_distinct);
  buf_printf(out, "%llu bytes are %llu tokens, %.2f bytes a token\n",
             (unsigned long long)r->n_bytes, (unsigned long long)r->n_ids,
             (double)r->n_bytes / (double)r->n_ids);
}

static void put_json(struct buf *out, const struct tokenizer_settings *s,
                     const struct tokenizer_trained *r)
{
  struct json_writer w;
  json_writer_init(&w, out, JSON_INDENT2);
  json_begin_object(&w);
  json_member_string(&w, "out", str_from(s->out));
  json_member_int(&w, "vocab_size", (int64_t)r->vocab_size);
  json_member_int(&w, "merges", (int64_t)r->n_merges);
  json_member_int(&w, "texts", (int64_t)r->n_texts);
  json_member_int(&w, "bytes", (int64_t)r->n_bytes);
  json_member_int(&w, "words", (int64_t)r->n_words);
  json_member_int(&w, "different_words", (int64_t)r->n_distinct);
  json_member_int(&w, "tokens", (int64_t)r->n_ids);
  json_end_object(&w);
  buf_add_char(out, '\n');
}

static int print_result(const struct tokenizer_call *call,
                        const struct tokenizer_trainer *trainer, struct err *err)
{
  const struct tokenizer_settings *s = call->settings;
  struct tokenizer_trained result = tokenizer_trainer_result(trainer);
  struct buf out;
  if (result.vocab_size < (size_t)s->vocab)
    log_note("there are only %zu tokens of %lld: no pair is left that comes %lld times",
             result.vocab_size, (long long)s->vocab, (long long)s->min_count);
  buf_init(&out, BUF_CAP_OWN);
  if (call->call->json)
    put_json(&out, s, &result);
  else
    put_text(&out, s, &result);
  int rc = cli_print(&out, err);
  buf_release(&out);
  return rc;
}

/* ---- the action ---- */

static int check(const struct tokenizer_settings *s, struct arguments files,
                 struct err *err)
{
  if (!s->out)
    return err_set(err, ERR_USAGE, "no folder is named; give one with --out DIR");
  if (!s->vocab)
    return err_set(err, ERR_USAGE, "no size is given; give one with --vocab N");
  if (!files.count)
    return err_set(err, ERR_USAGE, "no file to train on; name one or more");
  struct buf path;
  buf_init(&path, BUF_CAP_OWN);
  fs_join(&path, s->out, "tokenizer.json");
  int rc = 0;
  if (!s->force && fs_exists(path.ptr))
    rc = err_set(err, ERR_USAGE,
                 "'%s' is there already; name another folder, or give --force", path.ptr);
  buf_release(&path);
  return rc;
}

static int take_text(void *context, struct str text, struct err *err)
{
  return tokenizer_trainer_add(context, text, err);
}

/* The folder is tried first: after the work is too late to hear that it cannot be. */
static int read_and_train(const struct tokenizer_call *call,
                          struct tokenizer_trainer *trainer, struct err *err)
{
  const struct tokenizer_settings *s = call->settings;
  struct texts_reading reading = {
    .take = take_text, .context = trainer, .format = call->format, .fields = s->fields
  };
  if (fs_make_dir(s->out, err) < 0 || fs_check_writable(s->out, err) < 0)
    return -1;
  for (size_t i = 0; i < call->files.count; i++)
    if (tokenizer_texts_read(&reading, call->files.at[i], err) < 0)
      return -1;
  if (tokenizer_trainer_run(trainer, err) < 0 ||
      tokenizer_trainer_save(trainer, s->out, err) < 0)
    return -1;
  return print_result(call, trainer, err);
}

int tokenizer_train(const struct tokenizer_call *call, struct err *err)
{
  struct tokenizer_recipe recipe;
  if (check(call->settings, call->files, err) < 0 || make_recipe(call, &recipe, err) < 0)
    return -1;
  struct tokenizer_trainer *trainer = tokenizer_trainer_create(&recipe, err);
  int rc = trainer ? read_and_train(call, trainer, err) : -1;
  tokenizer_trainer_free(trainer);
  return rc;
}
