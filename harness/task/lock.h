/* lock.h - `tasks.lock.json` in the data folder: which bytes were fetched, from where,
 * when.
 *
 * A publisher's file whose sha256 stands in the suite's definition (a pin) must have it.
 * One without a pin is trusted the first time and recorded here; from then on every fetch
 * and every run must see the same bytes, so a file that changes behind its address is
 * noticed. The lock is meant to be committed or copied along with results.
 *
 * Reading refuses (ERR_DATA) what is no lock: another version, unknown keys, a sha256 of
 * other than 64 lower-case digits, a file named twice. Memory from the arena given.
 * lock_record may be called by several programs at once: each adds its entry.
 */
#ifndef OREO_TASK_LOCK_H
#define OREO_TASK_LOCK_H

#include "base/hash.h"
#include "task/suite.h"

#define LOCK_FILE_NAME "tasks.lock.json"

struct lock_entry {
  struct str file;   /* name in the data folder, as suite_source.file */
  struct str url;    /* where it came from, without user and password */
  struct str sha256; /* 64 digits */
  int64_t bytes;
  struct str date; /* "2026-11-23T20:31:05Z", when it was first trusted */
};

/* Sorted by file name. */
struct lock {
  struct lock_entry *entries;
  size_t n_entries;
};

/* `name` is for messages. */
NODISCARD int lock_parse(struct lock *lock, struct arena *arena, struct str text,
                         const char *name, struct err *err);
/* No lock file is an empty lock. */
NODISCARD int lock_load(struct lock *lock, struct arena *arena, const char *data_dir,
                        struct err *err);
/* NULL when the file is not recorded. */
const struct lock_entry *lock_find(const struct lock *lock, struct str file);

/* Adds the entry, or replaces the one of that file, in the lock file as it stands now. */
NODISCARD int lock_record(const char *data_dir, const struct lock_entry *entry,
                          struct err *err);

/* The sha256 that the file must have: its pin, else its lock entry's, else absent. */
struct str lock_expected(const struct lock *lock, const struct suite_source *source);
/* Is `got` what that file must be? ERR_DATA saying against what, and how to go on. A file
 * with neither pin nor entry passes. */
NODISCARD int lock_check(const struct lock *lock, const struct suite_source *source,
                         const struct sha256_hex *got, struct err *err);

#endif
