/* responder.h - what becomes of one request: who may ask, what is answered, what goes
 * wrong.
 *
 * Everything that needs no socket: a call in, a plan and a record out; mock.c carries
 * the plan out and hands the record back when it knows how it ended. The order: the key,
 * the limits, the request's own mistakes, questions that fail for ever, the answer, and
 * on a right answer the fault of the schedule. One thread.
 */
#ifndef OREO_MOCK_RESPONDER_H
#define OREO_MOCK_RESPONDER_H

#include "base/hash.h"
#include "mock/fault.h"
#include "mock/mock.h"

enum { RESPONDER_BODY_MAX = 64 << 20, RESPONDER_PATH_SIZE = 64 };

struct responder;

struct responder_call {
  const char *method, *path, *authorization; /* the last may be NULL */
  struct str body;
  bool too_large;   /* the body was, and is not here */
  size_t in_flight; /* others */
  int64_t now_ns;   /* clock_monotonic_ns */
};

/* One request as the log has it. */
struct responder_record {
  bool counts;                    /* a POST: the others are not logged */
  bool right;                     /* the answer to the question, before any fault */
  uint64_t n;                     /* from 1; of a redirected request, that of the first */
  char path[RESPONDER_PATH_SIZE]; /* cut */
  struct sha256_hex key;
  struct str item; /* id, or absent */
  uint64_t seed;
  enum fault fault;
  int status; /* as planned; 0 = nothing was to be sent */
};

/* Its memory is `arena`, and what responder_close frees. */
NODISCARD int responder_open(struct responder **out, const struct mock_opts *opts,
                             struct arena *arena, struct err *err);
void responder_close(struct responder *responder);

/* `plan` is initialised here; the caller releases it. */
void responder_decide(struct responder *responder, const struct responder_call *call,
                      struct plan *plan, struct responder_record *record);
/* `whole`: all of it was handed to the client. -1: the log cannot be written. */
NODISCARD int responder_finish(struct responder *responder,
                               const struct responder_record *record, bool whole,
                               struct err *err);

/* POSTs that came to their end. */
uint64_t responder_finished(const struct responder *responder);
void responder_summary(const struct responder *responder, struct buf *out, bool json);

#endif
