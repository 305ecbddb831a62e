/* mock.h - a server that speaks OpenAI's API, answers from what is known, and fails on
 * schedule: for proving that a client retries and resumes as it should.
 *
 * Answers are recorded (a policy over a set of items), scripted, or constant; the same
 * request gets the same bytes. Faults are drawn for the n-th POST from a stream keyed by
 * the seed: the same arrival order gives the same faults. For tests and CI, on a machine
 * of one's own: no limits on who may ask but a key.
 *
 * Memory: mock_open copies nothing; opts, set, policy and texts must outlive the server.
 * One thread, which calls mock_serve. Errors are ERR_ENV for the system's refusals,
 * ERR_USAGE and ERR_DATA for the options; nothing that a client does is an error.
 */
#ifndef OREO_MOCK_MOCK_H
#define OREO_MOCK_MOCK_H

#include "base/buf.h"
#include "base/err.h"
#include "config/options.h"
#include "policy/policy.h"

struct mock_opts {
  const char *host;               /* an address; "localhost" is 127.0.0.1 */
  int64_t port;                   /* 0: any free one */
  const char *tls_cert, *tls_key; /* PEM files; NULL: plain HTTP */
  const char *model_name;

  const struct item_set *set; /* NULL: questions need not be known */
  struct policy *policy; /* one that answers at once; NULL: only the script answers */
  const char *script;    /* file; asked before the policy; NULL: none */

  int64_t seed;
  int64_t latency_ms, jitter_ms; /* before each reply: latency + [0, jitter) */

  const char *faults;          /* "all", or names joined by ','; NULL: none */
  double fault_rate;           /* share of requests */
  int64_t max_faults_in_a_row; /* of one request body; 0: no bound */
  int64_t retry_after_s, huge_mib, drip_ms;
  double stall_s;

  double fail_share; /* of the questions, which fail for ever */
  int64_t fail_status;

  int64_t rpm, max_in_flight; /* 429 above; 0: no limit */
  const char *key_file;       /* 401 without that key; NULL: none needed */
  int64_t context_tokens;     /* 400 for longer prompts; 0: no limit */
  struct texts refuse;        /* 400 for a body with one of these members */

  const char *log;      /* file to append a line of JSON a request to; NULL: none */
  int64_t max_requests; /* done after so many POSTs were answered; 0: never */
};

struct mock;

NODISCARD struct mock *mock_open(const struct mock_opts *opts, struct err *err);
/* Whatever is under way is given up. NULL is fine. */
void mock_close(struct mock *mock);

/* "http://127.0.0.1:40001/v1" */
const char *mock_url(const struct mock *mock);
/* Serves what comes, waiting at most `most_ms` for it; returns when a signal comes. -1:
 * the log cannot be written. */
NODISCARD int mock_serve(struct mock *mock, int most_ms, struct err *err);
/* --max-requests is reached and nothing is under way. */
bool mock_done(const struct mock *mock);

/* "412 requests, 301 answered, ...", or as JSON. */
void mock_summary(const struct mock *mock, struct buf *out, bool json);

#endif
