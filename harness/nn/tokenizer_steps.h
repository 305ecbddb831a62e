/* tokenizer_steps.h - the small parts of a tokenizer.json: normalizer, pre_tokenizer,
 * decoder and post_processor, as trees, into the steps of ours.
 *
 * Whatever is not known is refused by its name: an approximation would give other ids
 * than the model was trained on. Errors begin with the part ("decoder: ...").
 */
#ifndef OREO_NN_TOKENIZER_STEPS_H
#define OREO_NN_TOKENIZER_STEPS_H

#include "base/json.h"
#include "nn/tokenizer_state.h"

/* Texts that a step holds are at most this long. */
enum { STEP_TEXT_MAX = 256 };

/* Each accepts NULL and null: nothing to do. */
NODISCARD int steps_normalizer(struct tokenizer *t, const struct json *node,
                               struct err *err);
/* Also sets bpe.byte_level: a ByteLevel step must be the last one. */
NODISCARD int steps_pre_tokenizer(struct tokenizer *t, const struct json *node,
                                  struct err *err);
NODISCARD int steps_decoder(struct tokenizer *t, const struct json *node,
                            struct err *err);
/* The vocabulary must be complete. */
NODISCARD int steps_post_processor(struct tokenizer *t, const struct json *node,
                                   struct err *err);

/* Refuses `node`'s type, listing what is known. Always -1. */
int steps_unknown(const char *part, const struct json *node, const char *known,
                  struct err *err);
/* A text of a step into *out: -1 when it is no string or too long. */
NODISCARD int steps_text(const char *part, const struct json *node, const char *key,
                         struct str *out, struct err *err);
/* `pattern`: {"String": "x"} or {"Regex": "x"}. */
NODISCARD int steps_pattern(const char *part, const struct json *node,
                            struct str *literal, struct str *regex, struct err *err);

#endif
