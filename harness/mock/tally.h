/* tally.h - what happened to each request: counted, and written to the log.
 *
 * A line of JSON a request, in the order in which they ended:
 *     {"n":7,"path":"/v1/chat/completions","key":"5d1f...","item":"test-3","seed":0,
 *      "fault":"reset","status":0,"delivered":false}
 * `key` is the sha256 of the body, so equal keys are repeated requests; status 0 means
 * that nothing was sent. A line is one write, so that a killed server loses at most the
 * requests under way. Inner to responder.c.
 */
#ifndef OREO_MOCK_TALLY_H
#define OREO_MOCK_TALLY_H

#include "mock/responder.h"

struct tally {
  uint64_t n_requests, n_delivered, n_refused; /* refused: an error by no fault */
  uint64_t n_faults[FAULT_COUNT];
  int log; /* file descriptor, -1: none */
  const char *log_path;
  struct buf line;
};

void tally_init(struct tally *tally);
/* `path` may be NULL. Lines are appended. */
NODISCARD int tally_open_log(struct tally *tally, const char *path, struct err *err);
void tally_close(struct tally *tally);

NODISCARD int tally_add(struct tally *tally, const struct responder_record *record,
                        bool delivered, struct err *err);
void tally_summary(const struct tally *tally, struct buf *out, bool json);

#endif
