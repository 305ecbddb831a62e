/* part.h - the file that a download grows in, and the note beside it that says of which
 * version of the remote file the bytes are.
 *
 * "<path>.part" holds the bytes, "<path>.part.json" the address and the validator (a
 * strong ETag or a Last-Modified date) that the server gave with them: with it a server
 * is asked to continue only if the file is still the same. The part is locked while open,
 * so two programs cannot write into one. Every failure is ERR_ENV naming the path.
 */
#ifndef OREO_NET_PART_H
#define OREO_NET_PART_H

#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

enum { PART_VALIDATOR_SIZE = 256, PART_URL_SIZE = 2048 };

struct part {
  char *path, *note_path, *final_path; /* owned */
  int fd;
  int64_t bytes;                       /* in the part now */
  char url[PART_URL_SIZE];             /* where they came from; "" = not known */
  char validator[PART_VALIDATOR_SIZE]; /* "" = none */
};

/* Opens or creates the part of `final_path`, with what an earlier call left in it. */
NODISCARD int part_open(struct part *part, const char *final_path, struct err *err);
/* Closes; what was written stays for the next part_open. */
void part_close(struct part *part);

/* Empties the part and forgets its note. */
NODISCARD int part_restart(struct part *part, struct err *err);
/* Writes the note. A validator that is absent, too long or of odd bytes is left out. */
NODISCARD int part_note(struct part *part, const char *url, struct str validator,
                        struct err *err);
NODISCARD int part_append(struct part *part, struct str bytes, struct err *err);
/* Syncs, renames the part to its final place and removes the note. */
NODISCARD int part_finish(struct part *part, struct err *err);
/* Removes part and note. */
void part_discard(struct part *part);

#endif
