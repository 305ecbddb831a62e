/* record.h - everything that determined a trained checkpoint (design, guarantee 5).
 *
 * `training.json` is written when a training begins and compared when one goes on: only
 * the very same training is continued, and what differs is named. `provenance.json` is
 * the same with what was done, written last of all: a folder that has it is finished.
 * What it cost stands in progress.json.
 * There are no dates and no folders' names in them: the same training gives the same
 * bytes. Files are known by their names and sha256. ERR_USAGE for another training,
 * ERR_ENV from the system.
 */
#ifndef OREO_TRAIN_RECORD_H
#define OREO_TRAIN_RECORD_H

#include "gpu/device.h"
#include "train/material.h"
#include "train/saves.h"

struct train_record {
  const struct recipe *recipe;
  const struct material *material;
  const struct gpu_device_info *device;
  struct sha256_hex init, reference, value; /* "" where there is none */
};

/* The checkpoints' hashes; reads all of them. */
NODISCARD int train_record_make(struct train_record *record, const struct recipe *recipe,
                                const struct material *material,
                                const struct gpu_device_info *device, struct err *err);
/* `done` may be NULL: it has not begun. */
void train_record_format(const struct train_record *record,
                         const struct train_progress *done, struct buf *out);
enum train_state { TRAIN_NEW, TRAIN_BEGUN, TRAIN_FINISHED };

/* Could this training go on, or begin, in `dir`? Creates nothing. One that was begun is
 * ERR_USAGE unless `resume` says that it is meant, or when it is another. */
NODISCARD int train_record_check(const struct train_record *record, const char *dir,
                                 bool resume, enum train_state *state, struct err *err);
/* Makes the folder and writes training.json. */
NODISCARD int train_record_begin(const struct train_record *record, const char *dir,
                                 struct err *err);
/* progress.json and, last, provenance.json; the value network's folder has its own. */
NODISCARD int train_record_end(const struct train_record *record, const char *dir,
                               const struct train_progress *done, struct err *err);

#endif
