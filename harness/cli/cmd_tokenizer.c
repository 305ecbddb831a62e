/* cmd_tokenizer.c - oreo-bench tokenizer: a vocabulary made from texts, and tried. */
#include "cli/tokenizer.h"

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

int tokenizer_choose(const char *option, const char *given, const char *const *names,
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

/* What encode makes something of; everything else is train's. */
static const char *const of_both[] = { "field", "format" };

/* An option that would do nothing is a mistake worth hearing of. */
static int check_encode(const struct command_call *call, struct err *err)
{
  struct str value;
  for (const struct option *row = options; row->name; row++) {
    bool known = false;
    for (size_t i = 0; i < COUNT(of_both); i++)
      known |= strcmp(of_both[i], row->name) == 0;
    if (!known && option_changed(row, call->settings, call->arena, &value))
      return err_set(err, ERR_USAGE,
                     "'tokenizer encode' does nothing with --%s; leave it out",
                     row->name);
  }
  return 0;
}

static int run(struct command_call *call, struct err *err)
{
  static const char *const formats[] = { "auto", "jsonl", "text", NULL };
  struct tokenizer_call own = { .call = call, .settings = call->settings };
  const char *action = call->arguments.at[0];
  int format;
  own.files = (struct arguments){ call->arguments.at + 1, call->arguments.count - 1 };
  if (tokenizer_choose("format", own.settings->format, formats, &format, err) < 0)
    return -1;
  own.format = (enum texts_format)format;
  if (strcmp(action, "train") == 0)
    return tokenizer_train(&own, err);
  if (strcmp(action, "encode") == 0)
    return check_encode(call, err) < 0 ? -1 : tokenizer_encode_files(&own, err);
  return err_set(err, ERR_USAGE,
                 "'tokenizer' does not know '%.60s'; it does train and encode", action);
}

const struct command command_tokenizer = {
  .name = "tokenizer",
  .synopsis = "train|encode [TOKENIZER] FILE... [options]",
  .about = "make a tokenizer from texts, and try it",
  .detail =
      "  train     make tokenizer.json and tokenizer_config.json in the folder --out,\n"
      "            with --vocab tokens\n"
      "  encode    print the ids of each text as a line of JSON, by any tokenizer that\n"
      "            the program reads: a folder or a file\n"
      "\n"
      "Trained is byte-level BPE, as GPT-2, Llama 3 and Qwen have it: any bytes can be\n"
      "encoded and come back as they were. The files are read by this program and by\n"
      "Hugging Face's libraries. The same texts give the same files, whatever their\n"
      "order. Special tokens that stand in the texts are left out of what is learned;\n"
      "their ids come first, in the order bos, eos, pad, ChatML's, --special.\n"
      "docs/TOKENIZERS.md has the rules.\n"
      "\n"
      "Examples:\n"
      "  oreo-bench tasks generate gsm8k --split sft --out sft.jsonl\n"
      "  oreo-bench tokenizer train --out tok --vocab 512 sft.jsonl\n"
      "  oreo-bench tokenizer train --out tok --vocab 8000 --chat --field text a.jsonl\n"
      "  oreo-bench tokenizer encode tok sft.jsonl",
  .options = options,
  .settings_size = sizeof(struct tokenizer_settings),
  .min_arguments = 1,
  .max_arguments = 4096,
  .run = run,
};
