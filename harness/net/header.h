/* header.h - what the header lines of an HTTP reply say, to a download and to a service.
 *
 * Pure: lines in, fields out, nothing allocated. Lines are the remote side's, so a field
 * that is malformed or too long counts as absent, never as an error; of a repeated one
 * the last counts. A new status line starts a new reply (100 Continue, a proxy's
 * CONNECT).
 */
#ifndef OREO_NET_HEADER_H
#define OREO_NET_HEADER_H

#include "base/str.h"

enum { HEADER_VALIDATOR_SIZE = 256, HEADER_TEXT_SIZE = 128 };

struct http_header {
  long status;            /* 0 before a status line, as with file:// */
  int64_t length;         /* Content-Length; -1 = not said */
  int64_t range_start;    /* of "Content-Range: bytes START-END/TOTAL"; -1 = not said */
  int64_t range_total;    /* -1 = not said */
  int64_t retry_exact_ms; /* retry-after-ms, which wins; -1 = not said */
  int64_t retry_ms;       /* Retry-After, a duration; -1 = not said */
  int64_t retry_at_s;     /* Retry-After, a date, seconds since 1970; -1 = not said */
  int64_t date_s;         /* the server's own clock; -1 = not said */
  char etag[HEADER_VALIDATOR_SIZE];     /* strong ones only; "" = none */
  char modified[HEADER_VALIDATOR_SIZE]; /* Last-Modified; "" = none */
  char type[HEADER_TEXT_SIZE];          /* Content-Type, lower case, no parameters */
  char request_id[HEADER_TEXT_SIZE];    /* x-request-id, if it is plain ASCII */
};

void http_header_init(struct http_header *header);
/* One line as it came, with or without its line end. */
void http_header_add_line(struct http_header *header, struct str line);
/* What If-Range may be asked with: the strong ETag, else the date, else absent. */
struct str http_header_validator(const struct http_header *header);
/* Bytes of the whole file, wherever that was said; -1 = not said. */
int64_t http_header_total(const struct http_header *header);
/* How long Retry-After asks to wait; -1 = it does not. A date is held against the reply's
 * own Date where there is one, so that no two clocks have to agree, else against
 * `now_us`, microseconds since 1970; one in the past is 0. */
int64_t http_header_retry_ms(const struct http_header *header, int64_t now_us);

#endif
