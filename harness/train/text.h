/* text.h - how a checkpoint that is trained reads and writes text.
 *
 * Its tokenizer and chat template, as a run of that checkpoint would have them, and the
 * files that a trained checkpoint needs to be read the same way. A GGUF's tokenizer is in
 * the GGUF, which has no file to copy: then one is to be given (ERR_USAGE).
 *
 * Owns its parts: call train_text_close, also after a failure. ERR_DATA: a tokenizer that
 * has more ids than the model's vocabulary has rows, an unknown template.
 */
#ifndef OREO_TRAIN_TEXT_H
#define OREO_TRAIN_TEXT_H

#include "base/hash.h"
#include "nn/chat_template.h"
#include "nn/checkpoint.h"
#include "nn/tokenizer.h"

struct train_text {
  struct tokenizer *tokenizer;
  struct chat_template chat;
  bool has_chat;
  const char *folder;       /* with the tokenizer's files */
  const char *model_folder; /* with generation_config.json; NULL: it is a GGUF */
  struct sha256_hex sha256; /* of the names and bytes of these files */
  struct arena arena;
};

/* `tokenizer` and `chat_template` as the options say, or NULL. */
NODISCARD int train_text_open(struct train_text *text,
                              const struct checkpoint *checkpoint, const char *tokenizer,
                              const char *chat_template, struct err *err);
void train_text_close(struct train_text *text);

/* Copies the files into a checkpoint's folder. */
NODISCARD int train_text_copy(const struct train_text *text, const char *folder,
                              struct err *err);

#endif
