/* pace.h - how many requests, how fast, and when to try again: arithmetic, no I/O.
 *
 * For: being as fast as a server allows and no faster, without being told how fast that
 * is. A window of requests in flight grows as TCP's does (slow start, then one more a
 * round) and halves, at most once a round, when the server says 429 or 503 or is silent
 * too long; a Retry-After holds all sending back until then; requests and tokens a minute
 * have token buckets of their own. Waits between attempts double, with jitter drawn from
 * (seed, request, attempt), so a schedule can be replayed. An outage (nothing but lost
 * connections since the last answer) is told apart from a request that fails while others
 * succeed: the first is the server's, the second the request's. In an outage one request
 * at a time goes out as a probe, after waits that double.
 *
 * Limits a minute hold in every minute, not only on average: a bucket has room for one
 * second's worth (or one request), so that a late timer costs no speed, and its filling
 * leaves that much of the limit free. Tokens: what is left free is as much as the largest
 * request so far, at most half the limit; the minute in which a new largest comes, or one
 * above half the limit, may be over by that one request. What is more than a whole bucket
 * goes when the bucket is full.
 *
 * Every function takes the time, ns of clock_monotonic_ns. Owns nothing; no globals; one
 * thread at a time.
 */
#ifndef OREO_NET_PACE_H
#define OREO_NET_PACE_H

#include <stdbool.h>
#include <stdint.h>

struct pace_opts {
  int max_in_flight;          /* the window's ceiling */
  double requests_per_minute; /* 0 = no limit */
  double tokens_per_minute;   /* 0 = no limit */
  int64_t retry_wait_ms;      /* before the second attempt */
  int64_t max_retry_wait_ms;  /* the doubling ends here; a Retry-After may be longer */
  int64_t max_retry_after_ms; /* a longer Retry-After counts as this */
  int64_t max_outage_ms;      /* after so long without any answer the run stops */
  uint64_t seed;
};

enum pace_outcome {
  PACE_ANSWERED, /* a reply of use, or a refusal of this request alone */
  PACE_BUSY,     /* 429, 503, or silence past a deadline: the server has too much to do */
  PACE_FAILED,   /* 5xx, a cut or broken reply: not a sign of load */
  PACE_LOST,     /* no connection at all */
};

struct pace {
  struct pace_opts opts;
  double window;    /* requests in flight allowed, >= 1 */
  double threshold; /* slow start below, additive increase above */
  int in_flight;
  uint64_t n_sent,
      round_end; /* a round ends when the request numbered round_end is back */
  uint64_t n_sent_at_answer;           /* how many were sent when the last answer came */
  uint64_t n_sent_at_use;              /* ... and when the window was last in full use */
  double request_credit, token_credit; /* of the buckets; below 0 = a debt */
  double largest_tokens;               /* of a request so far */
  int64_t credited_ns;                 /* when they were filled last */
  int64_t held_until_ns;               /* by a Retry-After */
  int64_t silent_since_ns;             /* of an outage; 0 = none */
  int64_t probe_at_ns, probe_wait_ns;  /* in an outage: the next probe, the wait for it */
  uint64_t probe;                      /* number of the probe in flight; 0 = none */
};

void pace_init(struct pace *pace, const struct pace_opts *opts, int64_t now_ns);

/* When may a request of about `tokens` be sent? 0: now; > 0: ns to wait; -1: only after
 * one in flight has come back. */
int64_t pace_wait_ns(const struct pace *pace, int64_t now_ns, double tokens);
/* One was sent; returns its number, for pace_back. */
uint64_t pace_sent(struct pace *pace, int64_t now_ns, double tokens);
/* It came back. `tokens_used` corrects what pace_sent was told (-1: unknown, keep);
 * retry_after_ms -1: not said. */
void pace_back(struct pace *pace, int64_t now_ns, uint64_t number,
               enum pace_outcome outcome, int64_t retry_after_ms, double tokens,
               double tokens_used);

/* ns to wait before attempt number `attempt` (2, 3, ...) of request `id`: full jitter
 * over the doubled wait, never before the Retry-After. */
int64_t pace_retry_ns(const struct pace *pace, uint64_t id, int attempt,
                      int64_t retry_after_ms);
/* Has nothing answered for longer than max_outage_ms? And is there an outage at all? */
bool pace_gives_up(const struct pace *pace, int64_t now_ns);
bool pace_in_outage(const struct pace *pace);

#endif
