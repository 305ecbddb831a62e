/* service.h - what becomes of one request: who may ask, what is answered, what goes wrong.
 *
 * Everything that needs no socket: a call in, a plan and a record out; server.c carries
 * the plan out and hands the record back when it knows how it ended. The order: the key,
 * the limits, the request's own mistakes, questions that fail for ever, the answer, and
 * on a right answer the fault of the schedule. One thread.
 */
#ifndef OREO_MOCK_SERVICE_H
#define OREO_MOCK_SERVICE_H

#include "base/hash.h"
#include "mock/fault.h"
#include "mock/mock.h"

enum { SERVICE_BODY_MAX = 64 << 20, SERVICE_PATH_SIZE = 64 };

struct service;

struct service_call {
  const char *method, *path, *authorization; /* the last may be NULL */
  struct str body;
  bool too_large;   /* the body was, and is not here */
  size_t in_flight; /* others */
  int64_t now_ns;   /* clock_monotonic_ns */
};

/* One request as the log has it. */
struct service_record {
  bool counts; /* a POST: the others are not logged */
  bool right;  /* the answer to the question, before any fault */
  uint64_t n;  /* from 1; of a redirected request, that of the first */
  char path[SERVICE_PATH_SIZE]; /* cut */
  struct sha256_hex key;
  struct str item; /* id, or absent */
  uint64_t seed;
  enum fault fault;
  int status; /* as planned; 0 = nothing was to be sent */
};

/* Its memory is `arena`, and what service_close frees. */
NODISCARD int service_open(struct service **out, const struct mock_opts *opts,
                           struct arena *arena, struct err *err);
void service_close(struct service *service);

/* `plan` is initialised here; the caller releases it. */
void service_decide(struct service *service, const struct service_call *call,
                    struct plan *plan, struct service_record *record);
/* `whole`: all of it was handed to the client. -1: the log cannot be written. */
NODISCARD int service_finish(struct service *service, const struct service_record *record,
                             bool whole, struct err *err);

/* POSTs that came to their end. */
uint64_t service_finished(const struct service *service);
void service_summary(const struct service *service, struct buf *out, bool json);

#endif
