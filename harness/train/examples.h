/* examples.h - which sequences of a dataset are trained on, and what belongs together.
 *
 * SFT and OREO take all; rejection sampling the successes (a filter in front of SFT); DPO
 * pairs of a success and a failure of the same prompt; KTO each response with another one
 * beside it that answers another prompt. What belongs together stands side by side and
 * makes a unit, which no batch separates.
 *
 * Draws are keyed by (seed, purpose, prompt): the same data and seed give the same
 * examples. Nothing to train on is ERR_DATA that says what is missing. A list owns its
 * array: call example_list_release, also after a failure.
 */
#ifndef OREO_TRAIN_EXAMPLES_H
#define OREO_TRAIN_EXAMPLES_H

#include "train/dataset.h"

/* The OREO paper's, for ten samples a prompt. */
enum { EXAMPLES_PAIRS = 6, EXAMPLES_PAIRS_MAX = 1024 };

struct example {
  size_t sequence; /* in the dataset */
  int32_t pair;    /* or -1 */
  bool chosen, mismatched;
};

struct example_list {
  struct example *list;
  size_t count, capacity;
  size_t unit; /* examples that stay together: 1 or 2 */
};
void example_list_release(struct example_list *list);

NODISCARD int examples_all(struct example_list *out, const struct dataset *dataset,
                           struct err *err);
NODISCARD int examples_solved(struct example_list *out, const struct dataset *dataset,
                              struct err *err);
/* Of each prompt at most `most` (1 .. EXAMPLES_PAIRS_MAX) different pairs, drawn without
 * replacement from all that its successes and failures make: 2412.16145, A.1. Pairs of
 * the same tokens, which can teach nothing, are passed over. */
NODISCARD int examples_pairs(struct example_list *out, const struct dataset *dataset,
                             size_t most, uint64_t seed, struct err *err);
/* Adds the mismatched sequences to the dataset, one for each that is there; `context` as
 * in dataset_options. */
NODISCARD int examples_mismatched(struct example_list *out, struct dataset *dataset,
                                  size_t context, uint64_t seed, struct err *err);

#endif
