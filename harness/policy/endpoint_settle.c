/* endpoint_settle.c - what became of an exchange. */
#include "base/clock.h"
#include "base/log.h"
#include "policy/endpoint_state.h"

/* What is done about it. */
enum remedy {
  REMEDY_NONE,  /* it is an answer */
  REMEDY_AGAIN, /* another attempt, up to max_attempts; then this item's error */
  REMEDY_WAIT,  /* nobody is there: another attempt, which does not count */
  REMEDY_AGAIN_THEN_STOP, /* ... or the end, since all others would fail alike */
  REMEDY_ITEM,            /* this item's error, now */
  REMEDY_STOP,
};

struct finding {
  enum remedy remedy;
  enum pace_outcome pace;
  bool perhaps_paid;  /* the server may have worked on it: the reservation counts */
  enum err_code code; /* of the end, if it comes to that */
  struct str what;    /* for people */
};

/* ---- judging ---- */

/* Below HTTP. */
static const struct finding outcomes[] = {
  [HTTP_ANSWERED] = { .remedy = REMEDY_NONE },
  [HTTP_UNRESOLVED] = { .remedy = REMEDY_WAIT, .pace = PACE_LOST },
  [HTTP_UNREACHABLE] = { .remedy = REMEDY_WAIT, .pace = PACE_LOST },
  [HTTP_PROXY] = { .remedy = REMEDY_WAIT, .pace = PACE_LOST },
  [HTTP_TLS] = { .remedy = REMEDY_WAIT, .pace = PACE_LOST },
  [HTTP_SLOW] = { .remedy = REMEDY_AGAIN, .pace = PACE_BUSY, .perhaps_paid = true },
  [HTTP_CUT] = { .remedy = REMEDY_AGAIN, .pace = PACE_FAILED, .perhaps_paid = true },
  [HTTP_TOO_LARGE] = { .remedy = REMEDY_AGAIN,
                       .pace = PACE_FAILED,
                       .perhaps_paid = true },
  [HTTP_REDIRECTED] = { .remedy = REMEDY_AGAIN_THEN_STOP,
                        .pace = PACE_FAILED,
                        .code = ERR_REMOTE },
  [HTTP_MALFORMED] = { .remedy = REMEDY_AGAIN,
                       .pace = PACE_FAILED,
                       .perhaps_paid = true },
};

/* What a refusal means before anything has been answered, and after. What is wrong with
 * every request shows at the first; later it is the hiccup of a proxy, or this item. */
static const struct {
  enum remedy at_first, later;
  enum pace_outcome pace;
  enum err_code code;
} refusals[] = {
  [OPENAI_TRY_AGAIN] = { REMEDY_AGAIN, REMEDY_AGAIN, PACE_FAILED, ERR_NONE },
  [OPENAI_THIS_REQUEST] = { REMEDY_ITEM, REMEDY_ITEM, PACE_ANSWERED, ERR_NONE },
  [OPENAI_KEY] = { REMEDY_STOP, REMEDY_AGAIN_THEN_STOP, PACE_FAILED, ERR_ENV },
  [OPENAI_QUOTA] = { REMEDY_STOP, REMEDY_STOP, PACE_FAILED, ERR_REMOTE },
  [OPENAI_PARAMETER] = { REMEDY_STOP, REMEDY_ITEM, PACE_ANSWERED, ERR_REMOTE },
  [OPENAI_MODEL] = { REMEDY_STOP, REMEDY_AGAIN_THEN_STOP, PACE_FAILED, ERR_REMOTE },
  [OPENAI_PATH] = { REMEDY_STOP, REMEDY_AGAIN_THEN_STOP, PACE_FAILED, ERR_REMOTE },
};

/* "Too many requests", "unavailable", "overloaded": signs of load. */
static bool says_busy(long status)
{
  return status == 408 || status == 429 || status == 503 || status == 529;
}

static struct finding judge_refusal(struct endpoint *e, const struct http_reply *reply,
                                    struct str body)
{
  struct openai_refusal refusal;
  openai_read_refusal(&refusal, &e->reading, reply->status, str_from(reply->content_type),
                      body);
  bool later = e->n_good > 0;
  struct finding finding = {
    .remedy = later ? refusals[refusal.kind].later : refusals[refusal.kind].at_first,
    .pace = says_busy(reply->status) ? PACE_BUSY : refusals[refusal.kind].pace,
    .code = refusals[refusal.kind].code,
  };
  bool ends = finding.remedy != REMEDY_AGAIN;
  finding.what =
      ends ? endpoint_redact(e, &e->reading,
                             openai_refusal_text(&refusal, &e->reading, reply->status))
           : endpoint_describe(e, &e->reading, reply, refusal.message);
  return finding;
}

/* The body of a 200: the answer in e->group.reply, or why it is none. */
static struct finding judge_body(struct endpoint *e, const struct slot *slot,
                                 const struct http_reply *reply, struct str body)
{
  struct err err = { 0 };
  bool is_page = strcmp(reply->content_type, "text/html") == 0;
  if (!is_page && openai_read_reply(&e->group.reply, &e->reading, e->params.api,
                                    slot->n_samples, body, &err) == 0)
    return (struct finding){ .remedy = REMEDY_NONE, .pace = PACE_ANSWERED };
  /* some send their errors with 200; the beginning of an answer is no such thing */
  if (!is_page && str_find(body, STR("\"choices\"")) < 0) {
    struct finding refusal = judge_refusal(e, reply, body);
    if (refusal.remedy != REMEDY_AGAIN)
      return refusal;
  }
  struct str what = is_page ? STR("a web page instead of an answer") : str_from(err.msg);
  return (struct finding){ .remedy = REMEDY_AGAIN,
                           .pace = PACE_FAILED,
                           .perhaps_paid = true,
                           .what = endpoint_describe(e, &e->reading, reply, what) };
}

static struct finding judge(struct endpoint *e, const struct slot *slot,
                            const struct http_reply *reply, struct str body)
{
  if (reply->outcome == HTTP_ANSWERED)
    return reply->status >= 200 && reply->status < 300 ? judge_body(e, slot, reply, body)
                                                       : judge_refusal(e, reply, body);
  struct finding finding = outcomes[reply->outcome];
  finding.what = endpoint_describe(e, &e->reading, reply, STR_NONE);
  return finding;
}

/* ---- what it costs ---- */

static void calibrate(struct calibration *seen, const struct slot *slot, int64_t tokens)
{
  if (tokens < 0)
    return;
  double ratio = (double)tokens / slot->units;
  if (ratio > seen->most)
    seen->most = ratio;
  seen->n_seen++;
}

static void settle_costs(struct endpoint *e, struct slot *slot,
                         const struct finding *finding, const struct http_reply *reply)
{
  const struct openai_reply *answer = &e->group.reply;
  double reserved = (double)(slot->bound_in + slot->bound_out), used = 0;
  bool good = finding->remedy == REMEDY_NONE;
  if (good) {
    calibrate(&e->calibration, slot, answer->tokens_in);
    ledger_settle(e->ledger, slot->bound_in, slot->bound_out, answer->tokens_in,
                  answer->tokens_out);
    used = answer->tokens_in < 0 || answer->tokens_out < 0
               ? -1
               : (double)(answer->tokens_in + answer->tokens_out);
  } else if (finding->perhaps_paid) {
    ledger_settle(e->ledger, slot->bound_in, slot->bound_out, -1, -1);
    used = -1;
  } else {
    ledger_release(e->ledger, slot->bound_in, slot->bound_out);
  }
  slot->bound_in = slot->bound_out = 0;
  pace_back(&e->pace, clock_monotonic_ns(), slot->pace_number, finding->pace,
            reply->retry_after_ms, reserved, used);
}

/* ---- what comes of it ---- */

/* The slot is free again; its samples are in the group. */
static void finish(struct endpoint *e, struct slot *slot, struct str failed)
{
  e->group.ticket = slot->ticket;
  e->group.sample = slot->sample;
  e->group.n_samples = slot->n_samples;
  e->group.n_out = 0;
  e->group.failed = failed;
  if (str_present(failed))
    e->group.reply = (struct openai_reply){ .tokens_in = -1,
                                            .tokens_out = -1,
                                            .tokens_reasoning = -1 };
  endpoint_free_slot(e, slot);
}

/* A cache that cannot be written is no reason to lose an answer. */
static void keep(struct endpoint *e, const struct slot *slot, struct str body)
{
  struct err err = { 0 };
  if (cache_add(e->cache, &slot->key, body, &err) == 0)
    return;
  log_warn("%s; answers are no longer kept", err.msg);
  cache_close(e->cache);
  e->cache = NULL;
}

static void stop(struct endpoint *e, const struct finding *finding)
{
  struct str why =
      arena_printf(&e->reading, "model '%.*s': %.*s",
                   STR_ARG(str_slice(e->policy->label, 0, 200)), STR_ARG(finding->what));
  endpoint_stop(e, finding->code, e->n_good > 0, why);
}

static void try_again(struct endpoint *e, struct slot *slot, int64_t retry_after_ms)
{
  int next = slot->attempts + slot->losses + 1;
  int64_t wait = pace_retry_ns(&e->pace, slot->id, next, retry_after_ms);
  endpoint_retry(e, slot, clock_monotonic_ns() + wait);
  log_verbose("request %llu: attempt %d in %lld ms", (unsigned long long)slot->number,
              next, (long long)(wait / 1000000));
}

/* An attempt that an outage took does not count, and the pace says when somebody knocks
 * again. A lost connection while others are answered is the request's own. */
static bool is_of_outage(const struct endpoint *e, const struct finding *finding)
{
  return finding->remedy == REMEDY_WAIT && pace_in_outage(&e->pace);
}

/* Who waits for ten minutes wants to know what for. */
static void tell_outage(struct endpoint *e, const struct finding *finding)
{
  if (e->told_outage)
    return;
  e->told_outage = true;
  log_warn("nobody answers: %.*s; waiting up to %lld s for the server",
           STR_ARG(str_slice(finding->what, 0, 300)), (long long)e->opts->max_outage_s);
}

static void tell_return(struct endpoint *e)
{
  if (e->told_outage)
    log_note("the server answers again");
  e->told_outage = false;
}

static void try_again_or_give_up(struct endpoint *e, struct slot *slot,
                                 const struct finding *finding, int64_t retry_after_ms)
{
  if (is_of_outage(e, finding)) {
    tell_outage(e, finding);
    slot->attempts--;
    slot->losses++;
    endpoint_retry(e, slot, clock_monotonic_ns());
  } else if (slot->attempts < e->opts->max_attempts) {
    try_again(e, slot, retry_after_ms);
  } else if (finding->remedy == REMEDY_AGAIN_THEN_STOP) {
    stop(e, finding);
  } else {
    finish(e, slot,
           arena_printf(&e->reading, "gave up after %d attempts; the last one: %.*s",
                        slot->attempts, STR_ARG(finding->what)));
  }
}

static void act(struct endpoint *e, struct slot *slot, const struct finding *finding,
                int64_t retry_after_ms)
{
  switch (finding->remedy) {
  case REMEDY_NONE:
    e->n_good++;
    tell_return(e);
    finish(e, slot, STR_NONE);
    break;
  case REMEDY_ITEM: finish(e, slot, finding->what); break;
  case REMEDY_STOP: stop(e, finding); break;
  case REMEDY_AGAIN:
  case REMEDY_AGAIN_THEN_STOP:
  case REMEDY_WAIT:
    if (!e->stopped)
      try_again_or_give_up(e, slot, finding, retry_after_ms);
    break;
  }
}

void endpoint_settle(struct endpoint *e, const struct http_reply *reply)
{
  struct slot *slot = &e->slots[reply->tag];
  arena_reset(&e->reading);
  struct str body = endpoint_redact_body(e, &e->reading, reply->body);
  struct finding finding = judge(e, slot, reply, body);
  settle_costs(e, slot, &finding, reply);
  if (finding.remedy == REMEDY_NONE)
    log_verbose("request %llu: answered in %lld ms", (unsigned long long)slot->number,
                (long long)(reply->elapsed_ns / 1000000));
  else
    log_verbose("request %llu: attempt %d: %.*s", (unsigned long long)slot->number,
                slot->attempts + slot->losses, STR_ARG(finding.what));
  if (finding.remedy == REMEDY_NONE && e->cache)
    keep(e, slot, body);
  act(e, slot, &finding, reply->retry_after_ms);
}

bool endpoint_settle_cached(struct endpoint *e, struct slot *slot, struct str body)
{
  struct err err = { 0 };
  if (openai_read_reply(&e->group.reply, &e->reading, e->params.api, slot->n_samples,
                        body, &err) < 0)
    return false;
  struct openai_reply *kept = &e->group.reply; /* nothing was used this time */
  kept->tokens_in = kept->tokens_out = 0;
  if (kept->tokens_reasoning > 0)
    kept->tokens_reasoning = 0;
  finish(e, slot, STR_NONE);
  log_verbose("request %llu: in the cache", (unsigned long long)slot->number);
  return true;
}
