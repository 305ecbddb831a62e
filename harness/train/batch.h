/* batch.h - examples in the order of an epoch, cut into batches, laid end to end in
 * packs.
 *
 * An epoch is the units of an example list in an order drawn from (seed, number of the
 * epoch); batch k of it is the k-th group of `units` of them, the last one maybe smaller.
 * So a batch is a function of (examples, seed, epoch, k): a run that is taken up again
 * need remember no more than two numbers.
 *
 * A pack is what goes through the network at once: sequences end to end, no padding, at
 * most `rows` tokens. A batch's packs are filled first-fit from the longest unit to the
 * shortest; no unit is parted, so an objective can be run on a pack as well as on the
 * batch (train/objective.h says how parts add up).
 *
 * A batch's arrays are its own, are used again by the next batch_fill, and are freed by
 * batch_release. A unit that is longer than `rows` is ERR_USAGE, and batch_source_check
 * finds it before any work is done. Not thread-safe.
 */
#ifndef OREO_TRAIN_BATCH_H
#define OREO_TRAIN_BATCH_H

#include "train/examples.h"
#include "train/objective.h"

struct batch_source {
  const struct dataset *dataset;
  const struct example_list *examples;
  size_t units; /* a batch: pairs for DPO, responses otherwise */
  size_t rows;  /* tokens a pack */
  uint64_t seed;
};
/* ERR_USAGE for no units, or a unit over `rows`: the message has what would do. */
NODISCARD int batch_source_check(const struct batch_source *source, struct err *err);
/* In an epoch. */
size_t batch_count(const struct batch_source *source);

struct epoch {
  size_t *units; /* numbers of units, in order */
  size_t count;
};
void epoch_init(struct epoch *epoch, const struct batch_source *source, uint64_t number);
void epoch_release(struct epoch *epoch);

struct batch_pack {
  size_t first_sequence, n_sequences;
  size_t first_token, n_tokens;
};

struct batch {
  /* token arrays, packs end to end */
  int32_t *ids;
  uint8_t *action, *step_start;
  size_t n_tokens, tokens_capacity;
  struct objective_sequence *sequences; /* `first` counts from the batch's first token */
  size_t *examples;                     /* of each sequence: its index in the list */
  size_t n_sequences, sequences_capacity;
  struct batch_pack *packs;
  size_t n_packs, packs_capacity;
  size_t n_units;
};

/* Batch `index` < batch_count of the epoch. `{0}` is a batch to begin with. */
void batch_fill(struct batch *batch, const struct batch_source *source,
                const struct epoch *epoch, size_t index);
void batch_release(struct batch *batch);

#endif
