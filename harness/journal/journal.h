/* journal.h - what happened, one checked line a completion; the only truth.
 *
 * Format: JSON lines, version JOURNAL_VERSION (docs/JOURNAL.md). Each line is one record
 * and ends with a CRC-32 of everything before it: {"v":1,...,"crc":"89abcdef"}. A record
 * is handed to the kernel with one write() before it counts, so `kill -9` loses nothing
 * that was counted. The first record written JOURNAL_SYNC_MS or more after the last fsync
 * brings the next one, and closing does, so slow records are each on the disk at once and
 * a power cut loses at most a burst of fast ones. On opening, a torn tail (a last line
 * without newline or with a bad CRC) is dropped and the file cut there; a bad CRC before
 * the last line is ERR_DATA: that is damage, not a crash.
 *
 * One writer at a time (an advisory lock; a second is ERR_ENV). Reading needs no lock.
 */
#ifndef OREO_JOURNAL_JOURNAL_H
#define OREO_JOURNAL_JOURNAL_H

#include "base/arena.h"
#include "base/err.h"
#include "base/types.h"

enum {
  JOURNAL_VERSION = 1,
  JOURNAL_SYNC_MS = 1000,
  /* Longest line, bytes: a response of 8 MiB of which each byte needs JSON's longest
   * escape (6 bytes) fits. Stops a damaged file from being held as one line. */
  JOURNAL_LINE_MAX = 64 << 20,
  /* Most elements of `logprobs`: no model answers with a million tokens. */
  JOURNAL_LOGPROBS_MAX = 1000000,
};

/* One completion of one item by one policy, with its grade. Key: (suite, model, item,
 * sample). Everything that a report says is computed from these. */
struct record {
  struct str suite;
  struct str model; /* the label, unique in a run */
  struct str item;  /* item id */
  size_t index;     /* of the item in its data file */
  int sample;       /* 0 .. samples-1 */
  struct str prompt_sha256;
  struct str response; /* absent for an error */
  enum finish finish;
  enum verdict verdict;
  struct str reason;    /* grade_reason_name, or the error's message */
  struct str extracted; /* or absent */
  size_t span_at, span_len;
  struct str rule; /* extraction rule, or absent */
  struct str gold;
  struct str category;       /* type of the gold */
  struct str level, subject; /* or absent */
  int n_steps;               /* 0 = unknown */
  int label;                 /* a recorded file's own judgement: 1, 0, or -1 */
  double value;              /* score by a value network or reward model; NAN = none */
  int64_t tokens_in, tokens_out; /* -1 = unknown */
  int64_t tokens_reasoning;      /* of tokens_out; -1 = unknown */
  struct str reasoning; /* what the model thought and did not answer, or absent */
  struct str logprobs;  /* a JSON array, a number or null a token, or absent */
};

/* ---- reading ---- */

struct journal {
  struct record *records; /* in file order; strings in the arena */
  size_t n_records;
  const struct record **by_key; /* the same, sorted by key */
  size_t valid_bytes;           /* length of the good part of the file */
  bool torn;                    /* a tail was dropped */
};

/* Reads all of `path`; a missing file is an empty journal. A key that stands twice is
 * ERR_DATA naming both lines. */
NODISCARD int journal_load(struct journal *journal, struct arena *arena, const char *path,
                           struct err *err);
/* The record with the key of `key` (its suite, model, item and sample), or NULL. */
const struct record *journal_find(const struct journal *journal,
                                  const struct record *key);

/* ---- writing ---- */

struct journal_writer;

/* Opens for appending behind `valid_bytes` (0 for a new file), cutting what follows,
 * which may only be a torn tail: a whole record there means that another process wrote
 * since the file was read, and is ERR_ENV. */
struct journal_writer *journal_writer_open(const char *path, size_t valid_bytes,
                                           struct err *err);
/* ERR_ENV on a full disk or a failed write: the record is then not in the journal (a
 * partial line is cut off again) and the run must stop; all earlier ones are safe. */
NODISCARD int journal_append(struct journal_writer *writer, const struct record *record,
                             struct err *err);
/* Syncs and closes; the error is the last chance to hear of a bad disk. NULL is fine. */
NODISCARD int journal_writer_close(struct journal_writer *writer, struct err *err);

/* Replaces the journal by one without its records of verdict `error`, so that they are
 * asked again; `*dropped` says how many. The old file stays until the new one is whole.
 */
NODISCARD int journal_drop_errors(const char *path, size_t *dropped, struct err *err);

/* One record as its line, with the CRC and the newline; and back. For tests and fuzzing.
 * `logprobs` that are no array of at most JOURNAL_LOGPROBS_MAX numbers and nulls are left
 * out: they may come from a server, and a line must be one that can be read back. */
struct buf;
void record_format(struct buf *out, const struct record *record);
NODISCARD int record_parse(struct record *out, struct arena *arena, struct str line,
                           struct err *err);
/* Order by key: suite, model, item, sample. */
int record_compare(const struct record *a, const struct record *b);

#endif
