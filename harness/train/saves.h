/* saves.h - the checkpoints that a training goes on from.
 *
 * `checkpoint-N` in the training's folder is what it was after N steps: a checkpoint that
 * can be run, the optimisers' state, and progress.json. It is made under another name and
 * then renamed, so one that has its name is whole; what a kill leaves behind is removed
 * when the next one is made. Older ones are removed but for the `keep` newest besides the
 * last. Only folders of these names are ever touched.
 *
 * ERR_ENV from the system (a full disk), ERR_DATA for a progress.json that is none. Pure
 * but for the file system; one process a folder.
 */
#ifndef OREO_TRAIN_SAVES_H
#define OREO_TRAIN_SAVES_H

#include "base/arena.h"
#include "base/err.h"

/* What a training counts up. */
struct train_progress {
  uint64_t step, tokens, actions;
  double seconds;     /* of all processes of it */
  uint64_t log_bytes; /* of log.jsonl that belong to these steps */
};

/* The newest: its folder, in the arena, or NULL when there is none. */
NODISCARD int saves_last(const char *dir, const char **folder, struct arena *arena,
                         struct err *err);
NODISCARD int saves_read(const char *folder, struct train_progress *out, struct err *err);
/* progress.json of a folder, a finished training's own too. */
NODISCARD int saves_write(const char *folder, const struct train_progress *progress,
                          struct err *err);

/* Makes an empty folder for what belongs to it; call saves_commit or saves_drop. */
NODISCARD int saves_begin(const char *dir, uint64_t step, const char **part,
                          struct arena *arena, struct err *err);
/* Writes progress.json, gives the folder its name, and removes those that are too many.
 */
NODISCARD int saves_commit(const char *dir, const char *part,
                           const struct train_progress *progress, int64_t keep,
                           struct err *err);
void saves_drop(const char *part);
/* All but the `keep` newest. */
NODISCARD int saves_prune(const char *dir, int64_t keep, struct err *err);

#endif
