/* reply.h - what the header lines of an HTTP reply say about a download.
 *
 * Pure: lines in, fields out, nothing allocated. Lines are the remote side's, so a field
 * that is malformed, repeated or too long counts as absent, never as an error. A new
 * status line starts a new reply (100 Continue, a proxy's CONNECT).
 */
#ifndef OREO_NET_REPLY_H
#define OREO_NET_REPLY_H

#include "base/str.h"

enum { REPLY_VALIDATOR_SIZE = 256 };

struct reply {
  long status;           /* 0 before a status line, as with file:// */
  int64_t length;        /* Content-Length; -1 = not said */
  int64_t range_start;   /* of "Content-Range: bytes START-END/TOTAL"; -1 = not said */
  int64_t range_total;   /* -1 = not said */
  int64_t retry_after_s; /* -1 = not said, or said as a date */
  char etag[REPLY_VALIDATOR_SIZE];     /* strong ones only; "" = none */
  char modified[REPLY_VALIDATOR_SIZE]; /* Last-Modified; "" = none */
};

void reply_init(struct reply *reply);
/* One line as it came, with or without its line end. */
void reply_add_line(struct reply *reply, struct str line);
/* What If-Range may be asked with: the strong ETag, else the date, else absent. */
struct str reply_validator(const struct reply *reply);
/* Bytes of the whole file, wherever that was said; -1 = not said. */
int64_t reply_total(const struct reply *reply);

#endif
