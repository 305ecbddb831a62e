/* cmd_tokenizer.c - oreo-bench tokenizer: a vocabulary made from texts. */
#include "base/fs.h"
#include "base/json.h"
#include "base/log.h"
#include "cli/cli.h"
#include "cli/tokenizer_texts.h"

struct tokenizer_settings {
  const char *out;
  int64_t vocab, min_count, max_piece;
  const char *digits, *format;
  const char *bos, *eos, *pad;
  struct texts special, fields;
  bool add_bos, add_eos, chat, force;
};

#define AT(field) offsetof(struct tokenizer_settings, field)

static const struct option options[] = {
  { "out", 'o', NULL, "DIR", NULL,
    "folder to write tokenizer.json and tokenizer_config.json to", OPTION_TEXT, AT(out),
    0, 0 },
  { "vocab", 'n', "vocab-size", "N", NULL,
    "ids at most, 256 bytes and the special tokens among them", OPTION_INT, AT(vocab), 0,
    TOKENIZER_VOCAB_MAX },
  { "digits", 0, NULL, "HOW", "single",
    "single: each is a token (Qwen2's words); three: up to three stay together (Llama "
    "3's); all: a number is a word (GPT-2's)",
    OPTION_TEXT, AT(digits), 0, 0 },
  { "min-count", 0, "min-frequency", "N", "2",
    "pairs that come less often are not merged", OPTION_INT, AT(min_count), 1,
    9007199254740992.0 },
  { "max-piece", 0, NULL, "N", "0", "bytes of a token at most; 0: 512", OPTION_INT,
    AT(max_piece), 0, TRAIN_PIECE_MAX },
  { "bos", 0, NULL, "TOKEN", NULL, "the token that begins a text (default: none)",
    OPTION_TEXT, AT(bos), 0, 0 },
  { "eos", 0, NULL, "TOKEN", NULL,
    "the token that ends an answer (default: GPT-2's endoftext; with --chat ChatML's "
    "im_end)",
    OPTION_TEXT, AT(eos), 0, 0 },
  { "pad", 0, NULL, "TOKEN", NULL, "the token that fills up (default: none)", OPTION_TEXT,
    AT(pad), 0, 0 },
  { "special", 0, NULL, "TOKEN", NULL, "a further special token; may be repeated",
    OPTION_TEXTS, AT(special), 0, 0 },
  { "add-bos", 0, NULL, NULL, NULL, "texts are encoded with the bos token in front",
    OPTION_FLAG, AT(add_bos), 0, 0 },
  { "add-eos", 0, NULL, NULL, NULL, "and with the eos token behind", OPTION_FLAG,
    AT(add_eos), 0, 0 },
  { "chat", 0, NULL, NULL, NULL, "the tokens and the template of ChatML", OPTION_FLAG,
    AT(chat), 0, 0 },
  { "field", 0, NULL, "NAME", NULL,
    "of JSON rows, in place of question, answer, prompt, response, problem, solution, "
    "text, messages and conversations; may be repeated",
    OPTION_TEXTS, AT(fields), 0, 0 },
  { "format", 0, NULL, "FORMAT", "auto",
    "of the files: jsonl, text, or auto (JSON by the ending .jsonl, .ndjson or .json)",
    OPTION_TEXT, AT(format), 0, 0 },
  { "force", 0, NULL, NULL, NULL, "write over a tokenizer that is in the folder",
    OPTION_FLAG, AT(force), 0, 0 },
  OPTION_END
};

/* ChatML as its models write it out. */
#define CHAT_BEGIN "<|im_start|>"
#define CHAT_END   "<|im_end|>"
static const char chat_template[] =
    "{% for message in messages %}{{ '" CHAT_BEGIN "' + message['role'] + '\\n' + "
    "message['content'] + '" CHAT_END "' + '\\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '" CHAT_BEGIN "assistant\\n' }}{% endif %}";

/* ---- the settings as a recipe ---- */

/* A word of an option as its number in `names`, which NULL ends. */
static int choose(const char *option, const char *given, const char *const *names,
                  int *out, struct err *err)
{
  struct buf list;
  for (int i = 0; names[i]; i++)
    if (strcmp(given, names[i]) == 0) {
      *out = i;
      return 0;
    }
  buf_init(&list, 256);
  for (int i = 0; names[i]; i++)
    buf_printf(&list, "%s%s", i ? ", " : "", names[i]);
  err_set(err, ERR_USAGE, "--%s: '%.60s' is none of %s", option, given, list.ptr);
  buf_release(&list);
  return -1;
}

static int make_recipe(const struct command_call *call, struct tokenizer_recipe *recipe,
                       struct err *err)
{
  static const char *const ways[] = { "single", "three", "all", NULL };
  const struct tokenizer_settings *s = call->settings;
  int digits;
  if (choose("digits", s->digits, ways, &digits, err) < 0)
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
  struct str *special = ARENA_NEW(call->arena, struct str, s->special.count + 2);
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

static int print_result(const struct command_call *call,
                        const struct tokenizer_trainer *trainer, struct err *err)
{
  const struct tokenizer_settings *s = call->settings;
  struct tokenizer_trained result = tokenizer_trainer_result(trainer);
  struct buf out;
  if (result.vocab_size < (size_t)s->vocab)
    log_note("there are only %zu tokens of %lld: no pair is left that comes %lld times",
             result.vocab_size, (long long)s->vocab, (long long)s->min_count);
  buf_init(&out, BUF_CAP_OWN);
  if (call->json)
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

/* The folder is tried first: after the work is too late to hear that it cannot be. */
static int read_and_train(const struct command_call *call, struct arguments files,
                          struct texts_reading *reading, struct err *err)
{
  const struct tokenizer_settings *s = call->settings;
  if (fs_make_dir(s->out, err) < 0 || fs_check_writable(s->out, err) < 0)
    return -1;
  for (size_t i = 0; i < files.count; i++)
    if (tokenizer_texts_read(reading, files.at[i], err) < 0)
      return -1;
  if (tokenizer_trainer_run(reading->trainer, err) < 0 ||
      tokenizer_trainer_save(reading->trainer, s->out, err) < 0)
    return -1;
  return print_result(call, reading->trainer, err);
}

static int train(const struct command_call *call, struct arguments files, struct err *err)
{
  static const char *const formats[] = { "auto", "jsonl", "text", NULL };
  const struct tokenizer_settings *s = call->settings;
  struct tokenizer_recipe recipe;
  int format;
  if (check(s, files, err) < 0 || make_recipe(call, &recipe, err) < 0 ||
      choose("format", s->format, formats, &format, err) < 0)
    return -1;
  struct texts_reading reading = { .trainer = tokenizer_trainer_create(&recipe, err),
                                   .format = (enum texts_format)format,
                                   .fields = s->fields };
  int rc = reading.trainer ? read_and_train(call, files, &reading, err) : -1;
  tokenizer_trainer_free(reading.trainer);
  return rc;
}

static int run(struct command_call *call, struct err *err)
{
  struct arguments files = { call->arguments.at + 1, call->arguments.count - 1 };
  if (strcmp(call->arguments.at[0], "train") != 0)
    return err_set(err, ERR_USAGE, "'tokenizer' does not know '%.60s'; it does train",
                   call->arguments.at[0]);
  return train(call, files, err);
}

const struct command command_tokenizer = {
  .name = "tokenizer",
  .synopsis = "train --out DIR --vocab N FILE... [options]",
  .about = "make a tokenizer from texts",
  .detail =
      "Byte-level BPE, as GPT-2, Llama 3 and Qwen have it: any bytes can be encoded\n"
      "and come back as they were. The files are read by this program and by Hugging\n"
      "Face's libraries. The same texts give the same files, whatever their order. Special\n"
      "tokens that stand in the texts are left out of what is learned; their ids come\n"
      "first, in the order bos, eos, pad, ChatML's, --special. docs/TOKENIZERS.md has the\n"
      "rules.\n"
      "\n"
      "Examples:\n"
      "  oreo-bench tasks generate gsm8k --split sft --out sft.jsonl\n"
      "  oreo-bench tokenizer train --out tok --vocab 512 sft.jsonl\n"
      "  oreo-bench tokenizer train --out tok --vocab 8000 --chat --field text a.jsonl",
  .options = options,
  .settings_size = sizeof(struct tokenizer_settings),
  .min_arguments = 1,
  .max_arguments = 4096,
  .run = run,
};
