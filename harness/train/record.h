/* record.h - everything that determined a trained checkpoint (design, guarantee 5).
 *
 * `training.json` is written when a training begins and compared when one goes on: only
 * the very same training is continued, and what differs is named. `provenance.json` is
 * the same with what was done, written last of all: a folder that has it is finished.
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
/* Makes the folder and writes training.json, or compares what is there where `resume`
 * says that it may be; *finished: there is nothing left to do. */
NODISCARD int train_record_begin(const struct train_record *record, const char *dir,
                                 bool resume, bool *finished, struct err *err);
NODISCARD int train_record_end(const struct train_record *record, const char *dir,
                               const struct train_progress *done, struct err *err);

#endif
