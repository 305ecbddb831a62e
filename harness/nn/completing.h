/* completing.h - one answer as its tokens come: text, ids, log-probabilities, its end.
 *
 * For: nn/completer. It decodes whole characters, leaves out special tokens and the token
 * that ended the answer, and cuts the text at a stop string. Not for: choosing tokens.
 *
 * Owns its text and lists (completing_release); borrows the tokenizer and copies nothing
 * of the lists of ends and stop strings, which must outlive it. Nothing fails.
 */
#ifndef OREO_NN_COMPLETING_H
#define OREO_NN_COMPLETING_H

#include "nn/stop_text.h"
#include "nn/tokenizer.h"

struct completing {
  const struct tokenizer *tokenizer;
  const int32_t *ends; /* ids that end it, and are not part of the text */
  size_t n_ends;
  struct token_stream stream;
  struct stop_text stop;
  struct buf text;
  struct tokens ids; /* all that came, the last one too */
  float *logprobs;   /* of each */
  size_t n_logprobs, cap_logprobs;
  bool stopped; /* by an end or a stop string: nothing more is taken */
};

/* What it continues decides how the first piece is written: `prompt` is read during the
 * call only. The caller sets `ends` and `stop` behind it, where there are any. */
void completing_begin(struct completing *c, const struct tokenizer *tokenizer,
                      const struct tokens *prompt);
/* True when the answer ends with this token. */
bool completing_push(struct completing *c, int32_t id, float logprob);
/* No token comes any more: an unfinished character becomes U+FFFD. */
void completing_finish(struct completing *c);
void completing_release(struct completing *c);

#endif
