/* endpoint_queue.c - requests that wait: for their first attempt, or for another. */
#include <math.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/log.h"
#include "policy/endpoint_state.h"

/* Bytes bound tokens from above; what the server has counted bounds them more tightly,
 * once it has counted so often, and with that margin. */
enum { CALIBRATION_MIN = 16 };
#define CALIBRATION_MARGIN 1.25

/* Requests written ahead of the window, so that it grows into something. */
enum { AHEAD = 2 };

/* For an answer that is paid for, after the end has become clear. */
enum { DRAIN_S = 60 };

/* ---- the heap of retries, the earliest first ---- */

static int64_t due_at(const struct endpoint *e, size_t place)
{
  return e->slots[e->retries[place]].due_ns;
}

static void swap(size_t *a, size_t *b)
{
  size_t kept = *a;
  *a = *b;
  *b = kept;
}

void endpoint_retry(struct endpoint *e, struct slot *slot, int64_t due_ns)
{
  slot->due_ns = due_ns;
  size_t at = e->n_retries++;
  e->retries[at] = (size_t)(slot - e->slots);
  for (; at && due_at(e, at) < due_at(e, (at - 1) / 2); at = (at - 1) / 2)
    swap(&e->retries[at], &e->retries[(at - 1) / 2]);
}

static void pop_retry(struct endpoint *e)
{
  e->retries[0] = e->retries[--e->n_retries];
  for (size_t at = 0, child; (child = 2 * at + 1) < e->n_retries; at = child) {
    if (child + 1 < e->n_retries && due_at(e, child + 1) < due_at(e, child))
      child++;
    if (due_at(e, at) <= due_at(e, child))
      return;
    swap(&e->retries[at], &e->retries[child]);
  }
}

/* ---- asking ---- */

/* No more than can go soon: what waits here when a signal comes would still be asked. */
bool endpoint_has_room(const struct policy *policy)
{
  const struct endpoint *e = policy->state;
  double ahead = (double)e->waiting.count + e->pace.in_flight - e->pace.window;
  return e->n_free && ahead < AHEAD && !e->stopped && !e->over_budget &&
         !pace_in_outage(&e->pace);
}

static void push_waiting(struct endpoint *e, size_t index)
{
  struct slot_queue *queue = &e->waiting;
  queue->at[(queue->first + queue->count++) % e->n_slots] = index;
}

static void pop_waiting(struct endpoint *e)
{
  e->waiting.first = (e->waiting.first + 1) % e->n_slots;
  e->waiting.count--;
}

void endpoint_free_slot(struct endpoint *e, struct slot *slot)
{
  e->free[e->n_free++] = (size_t)(slot - e->slots);
}

static double units_of(const struct prompt *prompt, enum openai_api api)
{
  if (api == OPENAI_COMPLETIONS)
    return (double)prompt->text.len + OPENAI_MESSAGE_TOKENS;
  double units = OPENAI_MESSAGE_TOKENS; /* the turn that is opened for the answer */
  for (size_t i = 0; i < prompt->n_messages; i++)
    units += (double)(prompt->messages[i].content.len + OPENAI_MESSAGE_TOKENS);
  return units;
}

/* Everything that determines the answer: the body has the model, the prompt, all
 * parameters, n and the seed. Lengths stand in front, so that nothing can be shifted from
 * one part to the next. */
static struct sha256_hex cache_key(const struct endpoint *e, const struct slot *slot,
                                   const struct ask *ask)
{
  const struct str parts[] = { e->address.base, e->address.query, e->policy->served,
                               buf_str(&slot->body) };
  char head[160];
  int n = snprintf(head, sizeof head, "oreo-bench answer %d\n%s %d+%d turn %d\n",
                   CACHE_VERSION, e->params.api == OPENAI_CHAT ? "chat" : "completions",
                   ask->sample, ask->n_samples, ask->turn);
  struct sha256 *sha = sha256_create();
  sha256_add(sha, (struct str){ head, (size_t)n });
  for (size_t i = 0; i < COUNT(parts); i++) {
    n = snprintf(head, sizeof head, "%zu\n", parts[i].len);
    sha256_add(sha, (struct str){ head, (size_t)n });
    if (parts[i].len)
      sha256_add(sha, parts[i]);
  }
  return sha256_final(sha);
}

void endpoint_ask(struct policy *policy, const struct ask *ask)
{
  struct endpoint *e = policy->state;
  struct slot *slot = &e->slots[e->free[--e->n_free]];
  uint32_t seed = policy_seed(ask);
  struct buf body = slot->body; /* its memory is used again */
  *slot = (struct slot){ .body = body,
                         .ticket = ask->ticket,
                         .sample = ask->sample,
                         .n_samples = ask->n_samples,
                         .id = seed,
                         .number = ++e->n_asked,
                         .units = units_of(ask->prompt, e->params.api) };
  struct openai_params params = e->params;
  if (params.max_tokens == 0)
    params.max_tokens = ask->prompt->max_tokens;
  int64_t each = e->max_tokens_extra > 0 ? e->max_tokens_extra : params.max_tokens;
  slot->max_tokens = each * ask->n_samples;
  buf_reset(&slot->body);
  openai_write_request(&slot->body, &params, ask->prompt, ask->n_samples, seed);
  if (e->cache)
    slot->key = cache_key(e, slot, ask);
  push_waiting(e, (size_t)(slot - e->slots));
}

/* ---- sending ---- */

static int64_t bound_in(const struct endpoint *e, const struct slot *slot)
{
  const struct calibration *seen = &e->calibration;
  double ratio = seen->most * CALIBRATION_MARGIN;
  if (seen->n_seen < CALIBRATION_MIN && ratio < 1)
    ratio = 1;
  return (int64_t)ceil(slot->units * (ratio > 0 ? ratio : 1));
}

static void send(struct endpoint *e, struct slot *slot, int64_t now_ns)
{
  slot->attempts++;
  ledger_reserve(e->ledger, slot->bound_in, slot->bound_out);
  slot->pace_number =
      pace_sent(&e->pace, now_ns, (double)(slot->bound_in + slot->bound_out));
  struct http_request request = { .url = e->url,
                                  .body = buf_str(&slot->body),
                                  .tag = (size_t)(slot - e->slots) };
  http_client_send(e->client, &request);
  log_verbose("request %llu: attempt %d, %zu bytes, %d in flight",
              (unsigned long long)slot->number, slot->attempts + slot->losses,
              slot->body.len, e->pace.in_flight);
}

void endpoint_stop(struct endpoint *e, enum err_code code, bool drain, struct str why)
{
  if (e->stopped)
    return;
  e->stopped = true;
  e->drain_until_ns =
      drain ? clock_monotonic_ns() + (int64_t)DRAIN_S * 1000000000 : INT64_MIN;
  err_set(&e->stop, code, "%.*s", STR_ARG(why));
}

/* Nobody answers: of no use to wait any longer, and nothing is lost by stopping. */
static void stop_for_outage(struct endpoint *e)
{
  char text[ERR_MSG_SIZE];
  int n = snprintf(text, sizeof text,
                   "no answer from '%.*s' for %lld s; continue with --resume when it is "
                   "back",
                   STR_ARG(str_slice(e->address.base, 0, 500)),
                   (long long)e->opts->max_outage_s);
  endpoint_stop(e, ERR_REMOTE, false, (struct str){ text, (size_t)n });
}

/* Does the budget allow it? If not, and no reply can change that, this is the end. */
static bool is_affordable(struct endpoint *e, struct slot *slot)
{
  slot->bound_in = bound_in(e, slot);
  slot->bound_out = slot->max_tokens;
  bool fits = ledger_fits(e->ledger, slot->bound_in, slot->bound_out);
  e->over_budget = !fits;
  if (fits)
    return true;
  slot->bound_in = slot->bound_out = 0;
  if (e->ledger->reserved_in + e->ledger->reserved_out == 0) {
    struct err why = { 0 };
    ledger_refuse(e->ledger, &why);
    endpoint_stop(e, why.code, false, str_from(why.msg));
  }
  return false;
}

/* The next that may go, retries before what has not been tried; NULL: none now, and
 * *pause_ns is how long a retry still takes. */
static struct slot *next_slot(struct endpoint *e, int64_t now_ns, int64_t *pause_ns)
{
  if (e->n_retries && due_at(e, 0) <= now_ns)
    return &e->slots[e->retries[0]];
  if (e->waiting.count)
    return &e->slots[e->waiting.at[e->waiting.first]];
  *pause_ns = e->n_retries ? due_at(e, 0) - now_ns : INT64_MAX;
  return NULL;
}

static void take_from_queue(struct endpoint *e, const struct slot *slot)
{
  size_t index = (size_t)(slot - e->slots);
  if (e->waiting.count && e->waiting.at[e->waiting.first] == index)
    pop_waiting(e);
  else
    pop_retry(e);
}

/* Is the answer in the cache? Then it is in the group now. */
static bool is_cached(struct endpoint *e, struct slot *slot)
{
  struct err err = { 0 };
  struct str body;
  slot->looked_up = true;
  arena_reset(&e->reading);
  if (cache_find(e->cache, &slot->key, &e->reading, &body, &err) < 0) {
    log_warn("%s; asking the server instead", err.msg);
    return false;
  }
  return str_present(body) && endpoint_settle_cached(e, slot, body);
}

int64_t endpoint_send_due(struct endpoint *e, int64_t now_ns)
{
  if (e->stopped)
    return INT64_MAX;
  if (pace_gives_up(&e->pace, now_ns)) {
    stop_for_outage(e);
    return 0;
  }
  int64_t pause;
  struct slot *slot;
  while ((slot = next_slot(e, now_ns, &pause))) {
    if (e->cache && !slot->looked_up && is_cached(e, slot)) {
      take_from_queue(e, slot);
      return 0;
    }
    if (!is_affordable(e, slot))
      return e->stopped ? 0 : INT64_MAX;
    double tokens = (double)(slot->bound_in + slot->bound_out);
    int64_t wait = pace_wait_ns(&e->pace, now_ns, tokens);
    if (wait) {
      slot->bound_in = slot->bound_out = 0;
      pause = wait < 0 ? INT64_MAX : wait;
      break;
    }
    take_from_queue(e, slot);
    send(e, slot, now_ns);
  }
  return pause;
}
