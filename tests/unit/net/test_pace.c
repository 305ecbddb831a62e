/* The pace: single rules first, then whole runs against a simulated server whose clock is
 * a number, so that hours pass in no time and nothing depends on this machine.
 */
#include "base/arena.h"
#include "base/rng.h"
#include "net/pace.h"
#include "test.h"

#define MS INT64_C(1000000)
#define S  (1000 * MS)

static const struct pace_opts plain = {
  .max_in_flight = 64,
  .retry_wait_ms = 500,
  .max_retry_wait_ms = 30000,
  .max_retry_after_ms = 120000,
  .max_outage_ms = 300000,
  .seed = 1,
};

static struct pace fresh(struct pace_opts opts)
{
  struct pace pace;
  pace_init(&pace, &opts, 0);
  return pace;
}

static void back(struct pace *pace, int64_t now_ns, uint64_t number,
                 enum pace_outcome outcome)
{
  pace_back(pace, now_ns, number, outcome, -1, 0, -1);
}

/* Sends all that may be sent now; returns the number of the last. */
static uint64_t fill(struct pace *pace, int64_t now_ns)
{
  uint64_t last = pace->n_sent;
  while (pace_wait_ns(pace, now_ns, 0) == 0)
    last = pace_sent(pace, now_ns, 0);
  return last;
}

/* Everything in flight comes back, answered. */
static void answer_all(struct pace *pace, int64_t now_ns, uint64_t first, uint64_t last)
{
  for (uint64_t n = first; n <= last; n++)
    back(pace, now_ns, n, PACE_ANSWERED);
}

/* ---- the window ---- */

static void the_window_starts_small_and_doubles(void **state)
{
  (void)state;
  struct pace pace = fresh(plain);
  uint64_t done = 0, last = fill(&pace, 0);
  assert_int_equal(last, 4);
  for (int expected = 8; expected <= 64; expected *= 2) {
    answer_all(&pace, S, done + 1, last);
    done = last;
    last = fill(&pace, S);
    assert_int_equal(last - done, expected);
  }
  answer_all(&pace, S, done + 1, last);
  assert_int_equal(fill(&pace, S) - last, 64); /* the ceiling */

  struct pace_opts narrow = plain;
  narrow.max_in_flight = 1;
  struct pace one = fresh(narrow);
  assert_int_equal(fill(&one, 0), 1);
  assert_int_equal(pace_wait_ns(&one, 0, 0), -1);
  narrow.max_in_flight = 0; /* taken as 1: a run must not stand still */
  struct pace none = fresh(narrow);
  assert_int_equal(fill(&none, 0), 1);
}

static void a_round_halves_the_window_once_and_then_adds_one(void **state)
{
  (void)state;
  struct pace pace = fresh(plain);
  pace.window = 32;
  uint64_t last = fill(&pace, 0);
  assert_int_equal(last, 32);
  back(&pace, S, 1, PACE_BUSY);
  assert_true(pace.window == 16 && pace.threshold == 16);
  for (uint64_t n = 2; n <= 20; n++)
    back(&pace, S, n, PACE_BUSY); /* all sent before the cut */
  assert_true(pace.window == 16);
  answer_all(&pace, S, 21, 32); /* these too: no growth by them */
  assert_true(pace.window == 16);
  for (int round = 1; round <= 3; round++) {
    uint64_t first = last + 1;
    last = fill(&pace, 2 * S);
    answer_all(&pace, 2 * S, first, last);
    assert_in_range(pace.window * 100, 1600 + round * 90, 1600 + round * 100);
  }
  last = fill(&pace, 3 * S);
  back(&pace, 3 * S, last, PACE_BUSY); /* of a new round */
  assert_in_range(pace.window * 100, 940, 950);
}

static void the_window_never_falls_below_one(void **state)
{
  (void)state;
  struct pace pace = fresh(plain);
  for (int i = 0; i < 50; i++) {
    uint64_t number = pace_sent(&pace, i * S, 0);
    back(&pace, i * S, number, PACE_BUSY);
  }
  assert_true(pace.window == 1);
  assert_int_equal(pace_wait_ns(&pace, 60 * S, 0), 0);
}

static void a_failure_is_no_sign_of_load(void **state)
{
  (void)state;
  struct pace pace = fresh(plain);
  uint64_t last = fill(&pace, 0);
  for (uint64_t n = 1; n <= last; n++)
    pace_back(&pace, S, n, PACE_FAILED, 5000, 0, -1);
  assert_true(pace.window == 4);
  assert_int_equal(pace.in_flight, 0);
  assert_int_equal(pace_wait_ns(&pace, S, 0), 0); /* its Retry-After is its own */
}

static void a_window_that_is_not_used_does_not_grow(void **state)
{
  (void)state;
  struct pace pace = fresh(plain);
  for (int i = 0; i < 100; i++)
    back(&pace, i * S, pace_sent(&pace, i * S, 0), PACE_ANSWERED);
  assert_true(pace.window == 4);
}

static void a_retry_after_holds_everything(void **state)
{
  (void)state;
  struct pace pace = fresh(plain);
  uint64_t number = pace_sent(&pace, 0, 0);
  uint64_t other = pace_sent(&pace, 0, 0);
  pace_back(&pace, 10 * S, number, PACE_BUSY, 7000, 0, -1);
  assert_int_equal(pace_wait_ns(&pace, 10 * S, 0), 7 * S);
  pace_back(&pace, 11 * S, other, PACE_BUSY, 1000, 0, -1); /* the longer one stands */
  assert_int_equal(pace_wait_ns(&pace, 11 * S, 0), 6 * S);
  assert_int_equal(pace_wait_ns(&pace, 17 * S, 0), 0);
  number = pace_sent(&pace, 20 * S, 0);
  pace_back(&pace, 20 * S, number, PACE_BUSY, INT64_MAX, 0, -1);
  assert_int_equal(pace_wait_ns(&pace, 20 * S, 0), 120 * S); /* capped */
}

/* ---- waits between attempts ---- */

static void waits_double_with_jitter(void **state)
{
  (void)state;
  struct pace pace = fresh(plain);
  for (int attempt = 2; attempt <= 12; attempt++) {
    int64_t ceiling = 500 * MS, longest = 0, sum = 0;
    for (int i = 2; i < attempt; i++)
      ceiling *= 2;
    if (ceiling > 30 * S)
      ceiling = 30 * S;
    for (uint64_t id = 0; id < 1000; id++) {
      int64_t wait = pace_retry_ns(&pace, id, attempt, -1);
      assert_true(wait > 0 && wait <= ceiling);
      assert_int_equal(wait, pace_retry_ns(&pace, id, attempt, -1));
      longest = wait > longest ? wait : longest;
      sum += wait;
    }
    assert_true(longest > ceiling / 100 * 98); /* full jitter: all of (0, ceiling] */
    assert_in_range(sum / 1000, ceiling / 100 * 45, ceiling / 100 * 55);
  }
}

static void waits_depend_on_seed_request_and_attempt(void **state)
{
  (void)state;
  struct pace pace = fresh(plain);
  struct pace_opts other_opts = plain;
  other_opts.seed = 2;
  struct pace other = fresh(other_opts);
  assert_true(pace_retry_ns(&pace, 1, 9, -1) != pace_retry_ns(&other, 1, 9, -1));
  assert_true(pace_retry_ns(&pace, 1, 9, -1) != pace_retry_ns(&pace, 2, 9, -1));
  assert_true(pace_retry_ns(&pace, 1, 9, -1) != pace_retry_ns(&pace, 1, 10, -1));
}

static void no_wait_ends_before_the_retry_after(void **state)
{
  (void)state;
  struct pace pace = fresh(plain);
  assert_int_equal(pace_retry_ns(&pace, 1, 2, 60000), 60 * S);
  assert_int_equal(pace_retry_ns(&pace, 1, 2, INT64_MAX), 120 * S);
  assert_true(pace_retry_ns(&pace, 1, 9, 1) > MS); /* the longer of both */
}

static void no_number_overflows(void **state)
{
  (void)state;
  static const int attempts[] = { INT32_MIN, -1, 0, 1, 2, 1000, INT32_MAX };
  static const int64_t waits[] = { INT64_MIN, -1, 0, 1, 1000, INT64_MAX };
  for (size_t a = 0; a < COUNT(attempts); a++)
    for (size_t w = 0; w < COUNT(waits); w++)
      for (size_t m = 0; m < COUNT(waits); m++) {
        struct pace_opts opts = plain;
        opts.retry_wait_ms = waits[w];
        opts.max_retry_wait_ms = waits[m];
        opts.max_retry_after_ms = opts.max_outage_ms = waits[m];
        struct pace pace = fresh(opts);
        int64_t wait = pace_retry_ns(&pace, UINT64_MAX, attempts[a], waits[w]);
        assert_true(wait >= 0);
        if (waits[m] == 1000)
          assert_true(wait <= S);
        for (int i = 0; i < 100; i++) /* the probes' waits double too */
          back(&pace, S, pace_sent(&pace, S, 0), PACE_LOST);
        pace_back(&pace, S, pace_sent(&pace, S, 0), PACE_BUSY, INT64_MAX, 0, -1);
        assert_true(pace_wait_ns(&pace, S, 0) >= 0);
        (void)pace_gives_up(&pace, INT64_MAX);
      }
}

/* ---- outages ---- */

static void an_outage_allows_one_probe_at_a_time(void **state)
{
  (void)state;
  struct pace pace = fresh(plain);
  pace.window = 32;
  uint64_t last = fill(&pace, 0);
  assert_false(pace_in_outage(&pace));
  for (uint64_t n = 1; n <= last; n++)
    back(&pace, S, n, PACE_LOST);
  assert_true(pace_in_outage(&pace));
  int64_t now = S, expected = 500 * MS;
  for (int i = 0; i < 12; i++) {
    assert_int_equal(pace_wait_ns(&pace, now, 0), expected);
    now += expected;
    assert_int_equal(pace_wait_ns(&pace, now, 0), 0);
    uint64_t probe = pace_sent(&pace, now, 0);
    assert_int_equal(pace_wait_ns(&pace, now, 0), -1);
    back(&pace, now, probe, PACE_LOST);
    expected = expected * 2 > 30 * S ? 30 * S : expected * 2;
  }
  now += expected;
  back(&pace, now, pace_sent(&pace, now, 0), PACE_ANSWERED);
  assert_false(pace_in_outage(&pace));
  assert_true(pace.window == 4 && pace.threshold == 16);
  assert_int_equal(fill(&pace, now) - last, 13 + 4);
}

static void any_answer_to_a_probe_ends_the_outage(void **state)
{
  (void)state;
  static const enum pace_outcome signs[] = { PACE_ANSWERED, PACE_BUSY, PACE_FAILED };
  for (size_t i = 0; i < COUNT(signs); i++) {
    struct pace pace = fresh(plain);
    back(&pace, S, pace_sent(&pace, S, 0), PACE_LOST);
    assert_true(pace_in_outage(&pace));
    back(&pace, 2 * S, pace_sent(&pace, 2 * S, 0), signs[i]);
    assert_false(pace_in_outage(&pace));
  }
}

/* Requests from before the outage: an answer shows that there is none; a silence or a cut
 * shows nothing, and neither keeps the probe back. */
static void what_was_sent_before_an_outage(void **state)
{
  (void)state;
  struct pace_opts opts = plain;
  opts.max_in_flight = 8;
  struct pace pace = fresh(opts);
  pace.window = 4;
  fill(&pace, 0);
  back(&pace, S, pace_sent(&pace, 0, 0), PACE_LOST);
  assert_int_equal(pace_wait_ns(&pace, 10 * S, 0), 0); /* though four hang */
  back(&pace, S, 1, PACE_BUSY);
  back(&pace, S, 2, PACE_FAILED);
  assert_true(pace_in_outage(&pace));
  assert_int_equal(pace_wait_ns(&pace, 10 * S, 0), 0);
  back(&pace, 10 * S, 3, PACE_ANSWERED);
  assert_false(pace_in_outage(&pace));
  assert_true(pace.window == 2);
}

static void a_lost_one_among_answers_is_no_outage(void **state)
{
  (void)state;
  struct pace pace = fresh(plain);
  pace.window = 16;
  uint64_t last = fill(&pace, 0);
  back(&pace, S, 1, PACE_ANSWERED);
  back(&pace, S, 2, PACE_LOST);
  assert_false(pace_in_outage(&pace));
  assert_in_range(pace.window, 8, 9); /* but a sign of load */
  back(&pace, S, 3, PACE_LOST);
  assert_in_range(pace.window, 8, 9);
  answer_all(&pace, S, 4, last);
  back(&pace, 2 * S, pace_sent(&pace, 2 * S, 0),
       PACE_LOST); /* nothing since it was sent */
  assert_true(pace_in_outage(&pace));
}

static void it_gives_up_after_the_longest_outage(void **state)
{
  (void)state;
  struct pace pace = fresh(plain);
  assert_false(pace_gives_up(&pace, 10000 * S));
  back(&pace, 0, pace_sent(&pace, 0, 0), PACE_LOST); /* at 0, which must count too */
  assert_true(pace_in_outage(&pace));
  assert_false(pace_gives_up(&pace, 300 * S));
  assert_true(pace_gives_up(&pace, 301 * S));
  back(&pace, 302 * S, pace_sent(&pace, 302 * S, 0), PACE_ANSWERED);
  assert_false(pace_gives_up(&pace, 900 * S));
}

/* ---- limits a minute ---- */

enum { SENT_MAX = 40000 };

struct sent_log {
  size_t n;
  int64_t at_ns[SENT_MAX];
  double tokens[SENT_MAX];
};

/* The most that any minute [t, t + 60 s) held; `tokens` or requests. */
static double busiest_minute(const struct sent_log *log, bool tokens)
{
  double sum = 0, most = 0;
  size_t first = 0;
  for (size_t i = 0; i < log->n; i++) {
    sum += tokens ? log->tokens[i] : 1;
    for (; log->at_ns[first] <= log->at_ns[i] - 60 * S; first++)
      sum -= tokens ? log->tokens[first] : 1;
    most = sum > most ? sum : most;
  }
  return most;
}

/* Bursts, pauses and steady traffic for `minutes`, sizes in [1, largest]. */
static void random_traffic(struct pace *pace, struct sent_log *log, uint64_t seed,
                           int64_t largest, int minutes)
{
  struct rng rng;
  rng_init(&rng, seed, "test-pace", 0);
  int64_t now = 0;
  log->n = 0;
  while (now < minutes * 60 * S && log->n < SENT_MAX) {
    int64_t size = log->n ? rng_range(&rng, 1, largest) : largest;
    int64_t wait = pace_wait_ns(pace, now, (double)size);
    assert_true(wait >= 0);
    now += wait;
    if (wait && rng_chance(&rng, 0.5)) /* a timer that comes late */
      now += rng_range(&rng, 0, 3 * MS);
    if (pace_wait_ns(pace, now, (double)size) != 0)
      continue;
    uint64_t number = pace_sent(pace, now, (double)size);
    pace_back(pace, now, number, PACE_ANSWERED, -1, (double)size, -1);
    log->at_ns[log->n] = now;
    log->tokens[log->n++] = (double)size;
    if (rng_chance(&rng, 0.0005))
      now += rng_range(&rng, 0, 90 * S);
  }
}

static void no_minute_passes_the_requests_limit(void **state)
{
  (void)state;
  static const double limits[] = { 1, 2, 3, 7, 59, 60, 61, 100, 500, 3000 };
  struct sent_log *log = mem_alloc(sizeof *log);
  for (size_t l = 0; l < COUNT(limits); l++)
    for (uint64_t seed = 0; seed < 5; seed++) {
      struct pace_opts opts = plain;
      opts.requests_per_minute = limits[l];
      struct pace pace = fresh(opts);
      random_traffic(&pace, log, seed, 100, 200);
      double most = busiest_minute(log, false);
      if (most > limits[l])
        fail_msg("limit %g: %g in a minute", limits[l], most);
      assert_true(most >= 0.95 * limits[l]); /* and the limit is used */
    }
  free(log);
}

static void no_minute_passes_the_tokens_limit(void **state)
{
  (void)state;
  static const struct {
    double limit;
    int64_t largest;
    double used; /* share of the limit that is reached at least */
  } cases[] = {
    { 1000000, 5000, 0.97 }, { 60000, 2000, 0.95 }, { 30000, 3000, 0.88 },
    { 10000, 2500, 0.7 },    { 1000, 500, 0.5 },
  };
  struct sent_log *log = mem_alloc(sizeof *log);
  for (size_t c = 0; c < COUNT(cases); c++)
    for (uint64_t seed = 0; seed < 5; seed++) {
      struct pace_opts opts = plain;
      opts.tokens_per_minute = cases[c].limit;
      struct pace pace = fresh(opts);
      random_traffic(&pace, log, seed, cases[c].largest, 120);
      double most = busiest_minute(log, true);
      if (most > cases[c].limit * (1 + 1e-9) || most < cases[c].limit * cases[c].used)
        fail_msg("limit %g: %g tokens in a minute", cases[c].limit, most);
    }
  free(log);
}

static void more_than_a_bucket_goes_when_it_is_full(void **state)
{
  (void)state;
  struct pace_opts opts = plain;
  opts.tokens_per_minute = 600; /* room for 10 */
  struct pace pace = fresh(opts);
  assert_int_equal(pace_wait_ns(&pace, 0, 100), 0);
  back(&pace, 0, pace_sent(&pace, 0, 100), PACE_ANSWERED);
  /* a debt of 90, filled at (600 - 100) / 60 a second: 12 s to be full again */
  int64_t wait = pace_wait_ns(&pace, 0, 100);
  assert_in_range(wait, 12 * S, 12 * S + 10);
  assert_true(pace_wait_ns(&pace, wait - MS, 100) > 0);
  assert_int_equal(pace_wait_ns(&pace, wait, 100), 0);
  assert_in_range(pace_wait_ns(&pace, 0, 1), 91 * S * 60 / 500, 91 * S * 60 / 500 + 10);
  /* even one above the limit itself */
  back(&pace, 60 * S, pace_sent(&pace, 60 * S, 6000), PACE_ANSWERED);
  int64_t long_wait = pace_wait_ns(&pace, 60 * S, 1);
  assert_in_range(long_wait, 1198 * S, 1200 * S); /* half the limit, as promised */
}

static void a_true_count_corrects_the_guess(void **state)
{
  (void)state;
  struct pace_opts opts = plain;
  opts.tokens_per_minute = 6000; /* room for 100 */
  struct pace pace = fresh(opts);
  uint64_t number = pace_sent(&pace, 0, 100);
  assert_true(pace_wait_ns(&pace, 0, 50) > 0);
  pace_back(&pace, 0, number, PACE_ANSWERED, -1, 100, 40);
  assert_int_equal(pace_wait_ns(&pace, 0, 50), 0);
  assert_true(pace_wait_ns(&pace, 0, 70) > 0);
  number = pace_sent(&pace, 0, 50);
  pace_back(&pace, 0, number, PACE_ANSWERED, -1, 50, -1); /* unknown: the guess stands */
  assert_true(pace_wait_ns(&pace, 0, 20) > 0);
  /* more than was guessed is a debt; a mad claim is one of a minute, no more */
  number = pace_sent(&pace, 60 * S, 10);
  pace_back(&pace, 60 * S, number, PACE_ANSWERED, -1, 10, 1e300);
  assert_in_range(pace_wait_ns(&pace, 60 * S, 1), 59 * S, 61 * S);
  /* less than nothing was not used, and no refund fills more than the bucket */
  number = pace_sent(&pace, 600 * S, 10);
  pace_back(&pace, 600 * S, number, PACE_ANSWERED, -1, 1e9, 0);
  assert_true(pace.token_credit <= 100);
}

static void a_clock_that_stands_still_gives_nothing(void **state)
{
  (void)state;
  struct pace_opts opts = plain;
  opts.requests_per_minute = 60;
  struct pace pace = fresh(opts);
  back(&pace, 10 * S, pace_sent(&pace, 10 * S, 0), PACE_ANSWERED);
  assert_int_equal(pace_wait_ns(&pace, 10 * S, 0), S);
  back(&pace, 9 * S, pace_sent(&pace, 9 * S, 0),
       PACE_ANSWERED); /* nor does a step back */
  assert_true(pace_wait_ns(&pace, 10 * S, 0) >= S);
}

/* ---- whole runs against a simulated server ---- */

enum { FLYING_MAX = 600, WAITING_MAX = 4000 };

struct server {
  int capacity; /* in service at once; more is refused */
  int64_t latency_ns, refusal_ns;
  int64_t down_from_ns, down_to_ns;
};

struct flight {
  uint64_t id, number;
  int attempt;
  int64_t back_ns;
  enum pace_outcome outcome;
};

struct retry {
  uint64_t id;
  int attempt;
  int64_t due_ns;
};

struct sim {
  struct pace pace;
  struct server server;
  struct rng rng;
  int64_t now_ns, measured_from_ns;
  struct flight flying[FLYING_MAX];
  struct retry waiting[WAITING_MAX];
  size_t n_flying, n_waiting;
  int in_service;
  uint64_t next_id, n_answered, n_refused, n_lost; /* since measured_from_ns */
  double busy_ns;                                  /* integral of in_service */
  uint64_t trace;                                  /* of everything that was sent */
};

static void sim_init(struct sim *sim, const struct pace_opts *opts, struct server server)
{
  *sim = (struct sim){ .server = server };
  pace_init(&sim->pace, opts, 0);
  rng_init(&sim->rng, 7, "test-server", 0); /* the server is the same for every client */
}

static void sim_send(struct sim *sim, uint64_t id, int attempt)
{
  struct flight flight = { .id = id, .attempt = attempt };
  bool down =
      sim->now_ns >= sim->server.down_from_ns && sim->now_ns < sim->server.down_to_ns;
  int64_t spread = rng_range(&sim->rng, 80, 120);
  flight.number = pace_sent(&sim->pace, sim->now_ns, 0);
  flight.outcome = down ? PACE_LOST : PACE_BUSY;
  flight.back_ns = sim->now_ns + sim->server.refusal_ns;
  if (!down && sim->in_service < sim->server.capacity) {
    flight.outcome = PACE_ANSWERED;
    flight.back_ns = sim->now_ns + sim->server.latency_ns / 100 * spread;
    sim->in_service++;
  }
  sim->trace = (sim->trace ^ (uint64_t)sim->now_ns ^ id << 40) * UINT64_C(0x100000001b3);
  assert_true(sim->n_flying < FLYING_MAX);
  sim->flying[sim->n_flying++] = flight;
}

/* Sends what may be sent; returns when the next may go, if nothing comes back before. */
static int64_t sim_send_all(struct sim *sim)
{
  for (;;) {
    int64_t wait = pace_wait_ns(&sim->pace, sim->now_ns, 0);
    if (wait)
      return wait < 0 ? INT64_MAX : sim->now_ns + wait;
    size_t due = 0;
    while (due < sim->n_waiting && sim->waiting[due].due_ns > sim->now_ns)
      due++;
    if (due < sim->n_waiting) {
      struct retry retry = sim->waiting[due];
      sim->waiting[due] = sim->waiting[--sim->n_waiting];
      sim_send(sim, retry.id, retry.attempt);
    } else {
      sim_send(sim, sim->next_id++, 1);
    }
  }
}

static void sim_land(struct sim *sim, size_t at)
{
  struct flight flight = sim->flying[at];
  sim->flying[at] = sim->flying[--sim->n_flying];
  back(&sim->pace, sim->now_ns, flight.number, flight.outcome);
  bool measured = sim->now_ns >= sim->measured_from_ns;
  if (flight.outcome == PACE_ANSWERED) {
    sim->in_service--;
    sim->n_answered += measured;
    return;
  }
  sim->n_refused += measured && flight.outcome == PACE_BUSY;
  sim->n_lost += measured && flight.outcome == PACE_LOST;
  assert_true(sim->n_waiting < WAITING_MAX);
  int64_t wait = pace_retry_ns(&sim->pace, flight.id, flight.attempt + 1, -1);
  sim->waiting[sim->n_waiting++] =
      (struct retry){ flight.id, flight.attempt + 1, sim->now_ns + wait };
}

static void sim_until(struct sim *sim, int64_t end_ns)
{
  while (sim->now_ns < end_ns) {
    int64_t next = sim_send_all(sim);
    size_t first = sim->n_flying;
    for (size_t i = 0; i < sim->n_flying; i++)
      if (sim->flying[i].back_ns < next) {
        next = sim->flying[i].back_ns;
        first = i;
      }
    next = next < end_ns ? next : end_ns;
    if (sim->now_ns >= sim->measured_from_ns)
      sim->busy_ns += (double)sim->in_service * (double)(next - sim->now_ns);
    sim->now_ns = next;
    if (first < sim->n_flying && sim->flying[first].back_ns == next)
      sim_land(sim, first);
  }
}

static void a_limited_server_is_kept_busy_with_few_refusals(void **state)
{
  (void)state;
  static const struct server servers[] = {
    { .capacity = 8, .latency_ns = S, .refusal_ns = 5 * MS },
    { .capacity = 32, .latency_ns = S, .refusal_ns = 5 * MS },
    { .capacity = 32, .latency_ns = 20 * S, .refusal_ns = 100 * MS },
    { .capacity = 100, .latency_ns = 200 * MS, .refusal_ns = 2 * MS },
  };
  struct sim *sim = mem_alloc(sizeof *sim);
  for (size_t i = 0; i < COUNT(servers); i++) {
    struct pace_opts opts = plain;
    opts.max_in_flight = 256;
    sim_init(sim, &opts, servers[i]);
    sim->measured_from_ns = 100 * servers[i].latency_ns;
    sim_until(sim, 1100 * servers[i].latency_ns);
    double span_ns = (double)(sim->now_ns - sim->measured_from_ns);
    double busy = sim->busy_ns / span_ns / servers[i].capacity;
    double refused = (double)sim->n_refused / (double)(sim->n_answered + sim->n_refused);
    print_message("capacity %d, latency %g s: %.1f%% busy, %.2f%% refused\n",
                  servers[i].capacity, (double)servers[i].latency_ns / 1e9, 100 * busy,
                  100 * refused);
    assert_true(busy > 0.7 && busy <= 1);
    assert_true(refused < 0.05 && sim->n_refused > 0);
  }
  free(sim);
}

static void an_unlimited_server_gets_the_ceiling(void **state)
{
  (void)state;
  struct pace_opts opts = plain;
  opts.max_in_flight = 256;
  struct sim *sim = mem_alloc(sizeof *sim);
  sim_init(sim, &opts, (struct server){ .capacity = 1000, .latency_ns = S });
  sim->measured_from_ns = 20 * S;
  sim_until(sim, 120 * S);
  assert_true(sim->busy_ns / (100 * (double)S) > 255);
  assert_int_equal(sim->n_refused, 0);
  free(sim);
}

static uint64_t trace_of(uint64_t seed)
{
  struct pace_opts opts = plain;
  opts.seed = seed;
  struct sim *sim = mem_alloc(sizeof *sim);
  sim_init(sim, &opts,
           (struct server){ .capacity = 10, .latency_ns = S, .refusal_ns = 5 * MS });
  sim_until(sim, 200 * S);
  uint64_t trace = sim->trace;
  free(sim);
  return trace;
}

static void a_schedule_can_be_replayed(void **state)
{
  (void)state;
  assert_true(trace_of(1) == trace_of(1));
  assert_true(trace_of(1) != trace_of(2));
}

static void a_run_survives_an_outage(void **state)
{
  (void)state;
  struct server server = { .capacity = 32,
                           .latency_ns = S,
                           .refusal_ns = 5 * MS,
                           .down_from_ns = 200 * S,
                           .down_to_ns = 320 * S };
  struct sim *sim = mem_alloc(sizeof *sim);
  sim_init(sim, &plain, server);
  sim_until(sim, 200 * S);
  sim_until(sim, 202 * S);
  sim->n_answered = sim->n_lost = 0; /* what was in service is back */
  sim_until(sim, 320 * S);
  assert_true(pace_in_outage(&sim->pace));
  assert_false(pace_gives_up(&sim->pace, sim->now_ns));
  assert_int_equal(sim->n_answered, 0);
  assert_in_range(sim->n_lost, 4, 10); /* probes only */
  sim_until(sim, 350 * S);             /* the longest wait between probes */
  assert_false(pace_in_outage(&sim->pace));
  sim_until(sim, 370 * S);
  sim->busy_ns = 0;
  sim_until(sim, 870 * S);
  assert_true(sim->busy_ns / (500 * (double)S) / 32 > 0.7);
  /* for ever: it gives up after max_outage_ms, not before */
  sim->server.down_from_ns = 870 * S;
  sim->server.down_to_ns = INT64_MAX;
  sim_until(sim, (870 + 299) * S);
  assert_false(pace_gives_up(&sim->pace, sim->now_ns));
  sim_until(sim, (870 + 305) * S);
  assert_true(pace_gives_up(&sim->pace, sim->now_ns));
  free(sim);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_window_starts_small_and_doubles),
    cmocka_unit_test(a_round_halves_the_window_once_and_then_adds_one),
    cmocka_unit_test(the_window_never_falls_below_one),
    cmocka_unit_test(a_failure_is_no_sign_of_load),
    cmocka_unit_test(a_window_that_is_not_used_does_not_grow),
    cmocka_unit_test(a_retry_after_holds_everything),
    cmocka_unit_test(waits_double_with_jitter),
    cmocka_unit_test(waits_depend_on_seed_request_and_attempt),
    cmocka_unit_test(no_wait_ends_before_the_retry_after),
    cmocka_unit_test(no_number_overflows),
    cmocka_unit_test(an_outage_allows_one_probe_at_a_time),
    cmocka_unit_test(any_answer_to_a_probe_ends_the_outage),
    cmocka_unit_test(what_was_sent_before_an_outage),
    cmocka_unit_test(a_lost_one_among_answers_is_no_outage),
    cmocka_unit_test(it_gives_up_after_the_longest_outage),
    cmocka_unit_test(no_minute_passes_the_requests_limit),
    cmocka_unit_test(no_minute_passes_the_tokens_limit),
    cmocka_unit_test(more_than_a_bucket_goes_when_it_is_full),
    cmocka_unit_test(a_true_count_corrects_the_guess),
    cmocka_unit_test(a_clock_that_stands_still_gives_nothing),
    cmocka_unit_test(a_limited_server_is_kept_busy_with_few_refusals),
    cmocka_unit_test(an_unlimited_server_gets_the_ceiling),
    cmocka_unit_test(a_schedule_can_be_replayed),
    cmocka_unit_test(a_run_survives_an_outage),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
