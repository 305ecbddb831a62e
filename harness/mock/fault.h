/* fault.h - the ways in which a reply goes wrong, and when.
 *
 * Adding a fault: a row of FAULT_MAP and a function in fault.c that changes the plan of
 * the right reply. The schedule is a pure function of (seed, n): whether the n-th request
 * is struck, and by which of the faults that were asked for.
 */
#ifndef OREO_MOCK_FAULT_H
#define OREO_MOCK_FAULT_H

#include "base/err.h"
#include "base/rng.h"
#include "mock/plan.h"

/* id, name, function (apply_...), what the client sees */
#define FAULT_MAP(XX)                                                                \
  XX(RATE_LIMIT, "rate-limit", rate_limit, "429 without Retry-After")                \
  XX(RATE_LIMIT_AFTER, "rate-limit-after", rate_limit_after,                         \
     "429 with Retry-After in seconds")                                              \
  XX(RATE_LIMIT_DATE, "rate-limit-date", rate_limit_date,                            \
     "429 with Retry-After as a date")                                               \
  XX(ERROR_500, "error-500", error_500, "500")                                       \
  XX(UNAVAILABLE, "unavailable", unavailable, "503")                                 \
  XX(RESET, "reset", reset, "a TCP reset, before the reply or in its middle")        \
  XX(STALL, "stall", stall, "silence for --stall-s, then the end of the connection") \
  XX(TRUNCATED_JSON, "truncated-json", truncated_json, "whole HTTP, half the JSON")  \
  XX(TRUNCATED_BODY, "truncated-body", truncated_body,                               \
     "half of what Content-Length says")                                             \
  XX(CONTENT_TYPE, "content-type", content_type, "a page of HTML with status 200")   \
  XX(HUGE, "huge", huge, "a body of --huge-mib")                                     \
  XX(DRIP, "drip", drip, "the right reply, a few bytes at a time over --drip-ms")    \
  XX(REDIRECT, "redirect", redirect,                                                 \
     "307 to another path of this server, which answers")                            \
  XX(DUPLICATE, "duplicate", duplicate, "the JSON twice in one body")

enum fault {
#define XX(id, name, function, text) FAULT_##id,
  FAULT_MAP(XX)
#undef XX
      FAULT_COUNT,
  FAULT_NONE = FAULT_COUNT
};

const char *fault_name(enum fault fault); /* "none" for FAULT_NONE */
const char *fault_text(enum fault fault);

/* Which faults were asked for. */
struct fault_set {
  enum fault at[FAULT_COUNT];
  size_t n;
};

/* "all", or names joined by ','; an unknown one is ERR_USAGE with the nearest. */
NODISCARD int fault_set_parse(struct fault_set *set, const char *names, struct err *err);

/* What strikes request `n`. `rng` is left for fault_apply's own draws. */
enum fault fault_draw(const struct fault_set *set, double rate, uint64_t seed, uint64_t n,
                      struct rng *rng);

struct fault_call {
  uint64_t n;       /* of the request */
  const char *path; /* "/v1/chat/completions" */
  int64_t retry_after_s, stall_ns, drip_ns;
  size_t huge_bytes;
};

/* Turns the plan of a right reply into one that goes wrong. */
void fault_apply(enum fault fault, struct plan *plan, const struct fault_call *call,
                 struct rng *rng);

/* Does the client get the whole right reply all the same? */
bool fault_delivers(enum fault fault);

#endif
