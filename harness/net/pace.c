#include "net/pace.h"

#include <math.h>

#include "base/rng.h"

enum { START_WINDOW = 4 };

#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S  1e9
#define MINUTE_S  60.0
/* Far beyond any run, and its sum with a clock's time does not overflow. */
#define LONGEST_NS (INT64_MAX / 4)

static int64_t ms_to_ns(int64_t ms)
{
  if (ms <= 0)
    return 0;
  return ms > LONGEST_NS / NS_PER_MS ? LONGEST_NS : ms * NS_PER_MS;
}

static int64_t min_ns(int64_t a, int64_t b)
{
  return a < b ? a : b;
}
static int64_t max_ns(int64_t a, int64_t b)
{
  return a > b ? a : b;
}

/* ---- the limits a minute ---- */

/* In a time T a bucket lets pass at most its room, plus the debt that its last request
 * may leave, plus rate * T. The rate is what keeps that within the limit for T = 60 s. */
struct bucket {
  double room;   /* most credit */
  double rate_s; /* credit a second */
};

static struct bucket request_bucket(const struct pace *pace)
{
  double limit = pace->opts.requests_per_minute;
  double room = fmax(1, limit / MINUTE_S);
  /* requests are whole: fewer than limit + 1 is at most the limit */
  return (struct bucket){ room, (limit - room + 1) / MINUTE_S };
}

static struct bucket token_bucket(const struct pace *pace)
{
  double limit = pace->opts.tokens_per_minute, room = limit / MINUTE_S;
  double largest = fmin(fmax(pace->largest_tokens, room), limit / 2);
  return (struct bucket){ room, (limit - largest) / MINUTE_S };
}

static double credit_at(double credit, struct bucket bucket, double seconds)
{
  return fmin(bucket.room, credit + bucket.rate_s * seconds);
}

static double seconds_since(const struct pace *pace, int64_t now_ns)
{
  int64_t ns = now_ns - pace->credited_ns;
  return ns > 0 ? (double)ns / NS_PER_S : 0;
}

static void fill_buckets(struct pace *pace, int64_t now_ns)
{
  double s = seconds_since(pace, now_ns);
  pace->request_credit = credit_at(pace->request_credit, request_bucket(pace), s);
  pace->token_credit = credit_at(pace->token_credit, token_bucket(pace), s);
  pace->credited_ns = max_ns(pace->credited_ns, now_ns);
}

/* ns until the bucket has what is wanted, or is full. */
static int64_t bucket_wait_ns(double credit, struct bucket bucket, double wanted)
{
  double missing = fmin(wanted, bucket.room) - credit;
  if (missing <= 1e-9 * bucket.room) /* rounding must not cost a second wait */
    return 0;
  double ns = ceil(missing / bucket.rate_s * NS_PER_S);
  return ns < (double)LONGEST_NS ? (int64_t)ns : LONGEST_NS;
}

static int64_t limits_wait_ns(const struct pace *pace, int64_t now_ns, double tokens)
{
  double s = seconds_since(pace, now_ns);
  int64_t wait_ns = 0;
  if (pace->opts.requests_per_minute > 0) {
    struct bucket bucket = request_bucket(pace);
    wait_ns = bucket_wait_ns(credit_at(pace->request_credit, bucket, s), bucket, 1);
  }
  if (pace->opts.tokens_per_minute > 0) {
    struct bucket bucket = token_bucket(pace);
    double credit = credit_at(pace->token_credit, bucket, s);
    wait_ns = max_ns(wait_ns, bucket_wait_ns(credit, bucket, fmax(tokens, 0)));
  }
  return wait_ns;
}

/* A server may claim any use: beyond the limit a minute is all that a claim can cost. */
static void correct_tokens(struct pace *pace, double tokens, double tokens_used)
{
  double limit = pace->opts.tokens_per_minute;
  if (!(limit > 0) || !(tokens_used >= 0))
    return;
  double back = fmax(tokens, 0) - fmin(tokens_used, fmax(tokens, limit));
  pace->token_credit = fmin(token_bucket(pace).room, pace->token_credit + back);
}

/* ---- sending ---- */

void pace_init(struct pace *pace, const struct pace_opts *opts, int64_t now_ns)
{
  *pace = (struct pace){ .opts = *opts, .credited_ns = now_ns, .held_until_ns = now_ns };
  if (pace->opts.max_in_flight < 1)
    pace->opts.max_in_flight = 1;
  pace->threshold = pace->opts.max_in_flight;
  pace->window = fmin(START_WINDOW, pace->opts.max_in_flight);
  pace->request_credit = request_bucket(pace).room;
  pace->token_credit = token_bucket(pace).room;
}

int64_t pace_wait_ns(const struct pace *pace, int64_t now_ns, double tokens)
{
  bool outage = pace_in_outage(pace);
  /* requests from before an outage may hang for long: they do not keep a probe back */
  int allowed = outage ? pace->opts.max_in_flight : (int)pace->window;
  if (pace->in_flight >= allowed || pace->probe)
    return -1;
  int64_t start_ns = pace->held_until_ns;
  if (outage)
    start_ns = max_ns(start_ns, pace->probe_at_ns);
  return max_ns(max_ns(start_ns - now_ns, 0), limits_wait_ns(pace, now_ns, tokens));
}

uint64_t pace_sent(struct pace *pace, int64_t now_ns, double tokens)
{
  fill_buckets(pace, now_ns);
  pace->request_credit -= 1;
  if (tokens > 0) {
    pace->token_credit -= tokens;
    pace->largest_tokens = fmax(pace->largest_tokens, tokens);
  }
  pace->in_flight++;
  pace->n_sent++;
  if (2 * pace->in_flight >= pace->window)
    pace->n_sent_at_use = pace->n_sent;
  if (pace_in_outage(pace))
    pace->probe = pace->n_sent;
  return pace->n_sent;
}

/* ---- the window ---- */

/* Only what was sent after the last cut says something of the window as it is now. */
static bool is_of_this_round(const struct pace *pace, uint64_t number)
{
  return number > pace->round_end;
}

static void shrink(struct pace *pace)
{
  pace->window = fmax(1, pace->window / 2);
  pace->threshold = pace->window;
  pace->round_end = pace->n_sent;
}

static void grow(struct pace *pace, uint64_t number)
{
  /* a window that is not used has not been tried */
  if (!is_of_this_round(pace, number) || number > pace->n_sent_at_use)
    return;
  pace->window += pace->window < pace->threshold ? 1 : 1 / pace->window;
  pace->window = fmin(pace->window, pace->opts.max_in_flight);
}

/* ---- outages ---- */

static void start_outage(struct pace *pace, int64_t now_ns)
{
  pace->silent_since_ns = now_ns ? now_ns : 1;
  pace->round_end = pace->n_sent;
  pace->probe_wait_ns = ms_to_ns(pace->opts.retry_wait_ms);
  pace->probe_at_ns = now_ns + pace->probe_wait_ns;
}

static void end_outage(struct pace *pace, uint64_t number)
{
  bool probed = is_of_this_round(pace, number);
  pace->silent_since_ns = 0;
  pace->probe = 0;
  if (!probed) { /* it never was one: some connections were refused, others live on */
    shrink(pace);
    return;
  }
  double start = fmin(START_WINDOW, pace->opts.max_in_flight);
  pace->threshold = fmax(start, pace->window / 2);
  pace->window = start;
  pace->round_end = pace->n_sent;
}

static void delay_probe(struct pace *pace, int64_t now_ns)
{
  int64_t longest_ns = ms_to_ns(pace->opts.max_retry_wait_ms);
  pace->probe_wait_ns =
      max_ns(pace->probe_wait_ns, min_ns(2 * pace->probe_wait_ns, longest_ns));
  pace->probe_at_ns = now_ns + pace->probe_wait_ns;
}

static void lost(struct pace *pace, int64_t now_ns, uint64_t number)
{
  bool others_answer = number <= pace->n_sent_at_answer;
  if (pace_in_outage(pace)) {
    if (number == pace->probe)
      delay_probe(pace, now_ns);
  } else if (!others_answer) {
    start_outage(pace, now_ns);
  } else if (is_of_this_round(pace, number)) {
    shrink(pace); /* it takes no more connections than it has: that is load */
  }
}

/* Silence or a cut of a request from before the outage is no sign of life. */
static bool is_sign_of_life(const struct pace *pace, uint64_t number,
                            enum pace_outcome outcome)
{
  return outcome == PACE_ANSWERED ||
         (outcome != PACE_LOST && is_of_this_round(pace, number));
}

static void adapt(struct pace *pace, int64_t now_ns, uint64_t number,
                  enum pace_outcome outcome)
{
  if (pace_in_outage(pace) && is_sign_of_life(pace, number, outcome))
    end_outage(pace, number);
  else if (outcome == PACE_LOST)
    lost(pace, now_ns, number);
  else if (pace_in_outage(pace))
    return;
  else if (outcome == PACE_ANSWERED)
    grow(pace, number);
  else if (outcome == PACE_BUSY && is_of_this_round(pace, number))
    shrink(pace);
}

void pace_back(struct pace *pace, int64_t now_ns, uint64_t number,
               enum pace_outcome outcome, int64_t retry_after_ms, double tokens,
               double tokens_used)
{
  fill_buckets(pace, now_ns);
  correct_tokens(pace, tokens, tokens_used);
  adapt(pace, now_ns, number, outcome);
  if (outcome == PACE_ANSWERED)
    pace->n_sent_at_answer = pace->n_sent;
  if (number == pace->probe)
    pace->probe = 0;
  if (pace->in_flight > 0)
    pace->in_flight--;
  if (outcome == PACE_BUSY && retry_after_ms > 0) {
    int64_t hold_ns =
        ms_to_ns(min_ns(retry_after_ms, max_ns(pace->opts.max_retry_after_ms, 0)));
    pace->held_until_ns = max_ns(pace->held_until_ns, now_ns + hold_ns);
  }
}

/* ---- trying again ---- */

int64_t pace_retry_ns(const struct pace *pace, uint64_t id, int attempt,
                      int64_t retry_after_ms)
{
  int64_t longest_ns = ms_to_ns(pace->opts.max_retry_wait_ms);
  int64_t ceiling_ns = min_ns(ms_to_ns(pace->opts.retry_wait_ms), longest_ns);
  for (int i = 2; i < attempt && ceiling_ns > 0 && ceiling_ns < longest_ns; i++)
    ceiling_ns = min_ns(2 * ceiling_ns, longest_ns);
  int64_t wait_ns = 0;
  if (ceiling_ns > 0) {
    struct rng rng;
    /* an odd multiplier: attempts of one request lie far from those of its neighbours */
    uint64_t of_attempt = (uint64_t)attempt * UINT64_C(0x9e3779b97f4a7c15);
    rng_init(&rng, pace->opts.seed, "retry", id + of_attempt);
    wait_ns = 1 + (int64_t)rng_below(&rng, (uint64_t)ceiling_ns);
  }
  int64_t asked_ms = min_ns(retry_after_ms, pace->opts.max_retry_after_ms);
  return max_ns(wait_ns, ms_to_ns(asked_ms));
}

bool pace_gives_up(const struct pace *pace, int64_t now_ns)
{
  return pace_in_outage(pace) &&
         now_ns - pace->silent_since_ns > ms_to_ns(pace->opts.max_outage_ms);
}

bool pace_in_outage(const struct pace *pace)
{
  return pace->silent_since_ns != 0;
}
