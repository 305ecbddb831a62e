/* folder.h - a run's folder: made when everything is checked, or found again.
 *
 * It holds manifest.json, journal.jsonl and the reports. A folder that has other things
 * in it is refused, and so is one that is a run already, unless it is to be continued;
 * then its manifest must be the plan's. Nothing is ever deleted here.
 */
#ifndef OREO_RUN_FOLDER_H
#define OREO_RUN_FOLDER_H

#include "base/arena.h"
#include "journal/journal.h"
#include "journal/manifest.h"

struct run_folder {
  const char *dir, *manifest_path, *journal_path; /* in the arena */
};

void folder_paths(struct run_folder *folder, struct arena *arena, const char *dir);

/* "results/runs/gsm8k-20261123T203105Z", a name that is free. */
const char *folder_default_name(struct arena *arena, const struct manifest *manifest);

/* Could `dir` become a run folder? Creates nothing. */
NODISCARD int folder_check_new(const char *dir, struct err *err);
/* Makes it and writes the manifest. */
NODISCARD int folder_create(struct run_folder *folder, struct arena *arena,
                            const char *dir, const struct manifest *manifest,
                            struct err *err);
/* Opens one that is there; its manifest must say the same as `manifest`. */
NODISCARD int folder_resume(struct run_folder *folder, struct arena *arena,
                            const char *dir, const struct manifest *manifest,
                            struct err *err);
/* The manifest of a run folder; the error for a folder that is none says so. */
NODISCARD int folder_manifest(const char *dir, struct manifest *manifest,
                              struct arena *arena, struct err *err);

#endif
