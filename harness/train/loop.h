/* loop.h - a training from its first step, or the one it had come to, to its last.
 *
 * Batches in the order of train/batch.h, rates of train/schedule.h, steps of
 * train/step.h. The place in the data follows from the number of steps, so a run that was
 * killed goes on from its last checkpoint (train/saves.h) to the same bytes as one that
 * was not, log.jsonl included: one line a step, without times.
 *
 * At the end the folder itself is the checkpoint: the policy, and a value network in
 * `value`. Fails, with the last checkpoint kept and named: ERR_DATA for a loss or a
 * gradient that is not finite, naming the batch; ERR_ENV for a full disk or the device;
 * ERR_INTERRUPTED when `stop` says so, after a checkpoint.
 */
#ifndef OREO_TRAIN_LOOP_H
#define OREO_TRAIN_LOOP_H

#include "train/recipe.h"
#include "train/saves.h"
#include "train/step.h"

struct train_loop {
  const struct recipe *recipe;           /* checked */
  const struct batch_source *source;     /* checked */
  const struct trajectory *trajectories; /* of the dataset, for messages */
  struct train_network policy, value;    /* the latter where the recipe needs one */
  const char *dir;                       /* is there; writable */
  /* adds to a checkpoint's folder what else belongs there; may be NULL */
  int (*furnish)(void *context, const char *folder, struct err *err);
  /* the models are written; the last word, before the checkpoints go; may be NULL */
  int (*conclude)(void *context, const struct train_progress *progress, struct err *err);
  bool (*stop)(void *context); /* may be NULL */
  void *context;
  bool quiet;
};

/* Steps in all. */
uint64_t train_total(const struct recipe *recipe, const struct batch_source *source);

NODISCARD int train_run(const struct train_loop *loop, struct train_progress *progress,
                        struct err *err);

#endif
