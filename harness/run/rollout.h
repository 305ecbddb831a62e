/* rollout.h - a finished run's journal as trajectories to train on.
 *
 * Each answer is a row {"prompt","response","reward"} with its suite, item, sample and
 * policy (task/trajectory.h), in the order of models, items and samples, whatever the
 * order in which the answers came: the same journal gives the same bytes. The reward is 1
 * for a correct answer and 0 for every other. The prompt is what the model saw: the
 * prompt's text; of a model that is asked by messages, the user's message where there is
 * only that, else the whole conversation.
 *
 * Left out and counted: errors, which are nobody's answers, and responses without text,
 * which train as nothing. The file is written whole or not at all; it is held in memory
 * until then.
 */
#ifndef OREO_RUN_ROLLOUT_H
#define OREO_RUN_ROLLOUT_H

#include "base/buf.h"
#include "run/plan.h"

struct rollout {
  const struct plan *plan;
  const struct run_settings *settings;
  const char *journal; /* path */
  const char *path;    /* of the trajectories */
};

/* Writes the file and appends what is in it to `out`, as a table or as JSON. ERR_DATA
 * when not one answer can be used. */
NODISCARD int rollout_write(const struct rollout *rollout, bool json, struct buf *out,
                            struct err *err);

#endif
