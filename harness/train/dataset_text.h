/* dataset_text.h - a trajectory as pieces of text, each what the policy said or not, and
 * these as tokens. Inner to dataset*.c.
 */
#ifndef OREO_TRAIN_DATASET_TEXT_H
#define OREO_TRAIN_DATASET_TEXT_H

#include "base/arena.h"
#include "train/dataset.h"

struct piece {
  struct str text;
  bool action; /* then the end token comes behind it */
};

struct pieces {
  struct piece *list;
  size_t count;
  int32_t end; /* the end token, and its text */
  struct str end_text;
  bool add_special; /* the first piece gets what the model expects around a text */
};

/* Into `arena`. The errors do not name the trajectory yet. */
NODISCARD int pieces_make(struct pieces *out, struct arena *arena,
                          const struct trajectory *trajectory,
                          const struct dataset_options *options, struct err *err);

/* Appends the ids of piece `index`, with the end behind an action. */
NODISCARD int pieces_encode(const struct pieces *pieces, size_t index,
                            struct tokenizer *tokenizer, struct tokens *out,
                            struct err *err);

#endif
