/* raw.h - a server on the loopback that sends prepared bytes, in the test's own process:
 * for everything that a library for HTTP servers would not do.
 *
 * One thread takes one connection at a time, reads a request (to the end of its header
 * and of the Content-Length), keeps its text, and answers with the next of the replies;
 * behind the last one, with the last one again. A reply says how it ends.
 */
#ifndef OREO_TESTS_NET_RAW_H
#define OREO_TESTS_NET_RAW_H

#include <stdbool.h>
#include <stddef.h>

enum raw_end {
  RAW_KEEP,  /* the connection, for the next request */
  RAW_CLOSE, /* in order */
  RAW_RESET, /* with a TCP reset */
  RAW_HOLD,  /* silent until the other side has closed it */
};

struct raw_reply {
  const char *text;
  enum raw_end end;
  int repeats;  /* of the text, from its empty line on; 0 = as it is */
  int drip_ms;  /* one byte after another, with so much between them */
  bool unasked; /* before any request is read */
};

struct raw;

/* The replies are borrowed. NULL when that cannot be done here. */
struct raw *raw_start(const struct raw_reply *replies, size_t n);
void raw_stop(struct raw *raw);
/* "http://127.0.0.1:PORT" */
const char *raw_url(const struct raw *raw);

size_t raw_connections(struct raw *raw);
size_t raw_requests(struct raw *raw);
/* The whole text of request `i`, of the first 16; "" when there was none. */
const char *raw_request(struct raw *raw, size_t i);

#endif
