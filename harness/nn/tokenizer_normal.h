/* tokenizer_normal.h - what is done to a text before it is split: the `normalizer`.
 *
 * A list of steps in order: NFC, Prepend, Replace (a text by a text), Strip. A step that
 * would grow a text past NORMAL_TEXT_MAX is an error, not a cut.
 *
 * Owns its texts. Holds scratch memory: one thread at a time.
 */
#ifndef OREO_NN_TOKENIZER_NORMAL_H
#define OREO_NN_TOKENIZER_NORMAL_H

#include "base/arena.h"
#include "base/buf.h"

enum { NORMAL_STEPS_MAX = 32, NORMAL_TEXT_MAX = 128 << 20 };

enum normal_kind {
  NORMAL_NFC,
  NORMAL_PREPEND, /* `text` before every text that is not empty */
  NORMAL_REPLACE, /* `text` by `content` */
  NORMAL_STRIP,   /* white space at the ends: `left`, `right` */
};

struct normal_step {
  enum normal_kind kind;
  struct str text, content;
  bool left, right;
};

struct normalizer {
  struct arena arena;
  struct normal_step steps[NORMAL_STEPS_MAX];
  size_t n_steps;
  struct buf work[2];
};

void normalizer_init(struct normalizer *normalizer);
void normalizer_release(struct normalizer *normalizer);
/* Copies the step's texts. ERR_DATA: too many steps, or nothing to replace. */
NODISCARD int normalizer_add(struct normalizer *normalizer, struct normal_step step,
                             struct err *err);
/* The normalised text: `text` itself, or borrowed until the next call. */
NODISCARD int normalizer_run(struct normalizer *normalizer, struct str text,
                             struct str *out, struct err *err);

#endif
