/* gate.h - who may ask, and how often: the key, requests a minute, requests in flight.
 *
 * Limits are true ones: a request above them gets 429 and is not counted. Requests a
 * minute are those of the sixty seconds before, exactly. One thread; times are those of
 * clock_monotonic_ns. The key appears in no reply and no log.
 */
#ifndef OREO_MOCK_GATE_H
#define OREO_MOCK_GATE_H

#include "base/arena.h"
#include "mock/plan.h"

struct gate_opts {
  const char *key_file; /* NULL: no key is needed */
  int64_t rpm;          /* 0: no limit */
  int64_t max_in_flight;
};

struct gate {
  struct gate_opts opts;
  struct str key;       /* absent: none needed */
  int64_t *accepted_ns; /* of the last `rpm` requests, a ring */
  uint64_t n_accepted;
};

/* Memory: `arena`. ERR_ENV or ERR_DATA about the key file. */
NODISCARD int gate_init(struct gate *gate, const struct gate_opts *opts,
                        struct arena *arena, struct err *err);

/* `authorization` is the header's value, or NULL. False: refused. */
bool gate_check_key(const struct gate *gate, const char *authorization,
                    struct refusal *refusal);
/* False: refused, and *retry_after_s says when to come back. Else it counts. */
bool gate_admit(struct gate *gate, int64_t now_ns, size_t in_flight,
                int64_t *retry_after_s, struct refusal *refusal);

#endif
