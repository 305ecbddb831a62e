/* tokenizer.h - the actions of `oreo-bench tokenizer`, a file each
 * (tokenizer_<action>.c).
 *
 * Both get the same settings; those that mean nothing to an action are refused by
 * cmd_tokenizer.c before it runs. Results go to standard output through cli_print.
 */
#ifndef OREO_CLI_TOKENIZER_H
#define OREO_CLI_TOKENIZER_H

#include "cli/cli.h"
#include "cli/tokenizer_texts.h"
#include "nn/tokenizer_train.h"

struct tokenizer_settings {
  const char *out;
  int64_t vocab, min_count, max_piece;
  const char *digits, *format;
  const char *bos, *eos, *pad;
  struct texts special, fields;
  bool add_bos, add_eos, chat, force;
};

struct tokenizer_call {
  struct command_call *call;
  const struct tokenizer_settings *settings;
  struct arguments files;
  enum texts_format format;
};

NODISCARD int tokenizer_train(const struct tokenizer_call *call, struct err *err);
NODISCARD int tokenizer_encode_files(const struct tokenizer_call *call, struct err *err);

/* A word of an option as its number in `names`, which NULL ends. */
NODISCARD int tokenizer_choose(const char *option, const char *given,
                               const char *const *names, int *out, struct err *err);

#endif
