/* endpoint.c - "http(s)://HOST/v1#MODEL": the kind; opening, closing, the next answer. */
#include "policy/endpoint.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "policy/endpoint_state.h"

enum { MAX_RETRY_WAIT_MS = 60 * 1000, MAX_RETRY_AFTER_MS = 10 * 60 * 1000 };

/* ---- the settings ---- */

static int read_api(const char *name, enum openai_api *api, struct err *err)
{
  struct str text = name ? str_from(name) : STR("chat");
  if (str_equal(text, STR("chat")))
    *api = OPENAI_CHAT;
  else if (str_equal(text, STR("completions")))
    *api = OPENAI_COMPLETIONS;
  else
    return err_set(err, ERR_USAGE, "--api '%.*s' is not known; write chat or completions",
                   STR_ARG(str_slice(text, 0, 80)));
  return 0;
}

static double or_absent(double value)
{
  return value < 0 ? NAN : value;
}

static int read_params(struct openai_params *params, const struct endpoint_shape *shape,
                       struct err *err)
{
  *params = (struct openai_params){ .temperature = or_absent(shape->temperature),
                                    .top_p = or_absent(shape->top_p),
                                    .min_p = or_absent(shape->min_p),
                                    .top_k = shape->top_k,
                                    .max_tokens = shape->max_tokens,
                                    .logprobs = shape->logprobs,
                                    .stop = shape->stop,
                                    .extra = shape->param,
                                    .omit = shape->omit };
  return read_api(shape->api, &params->api, err) < 0 ? -1 : openai_check(params, err);
}

int endpoint_check(const struct endpoint_opts *opts, struct err *err)
{
  struct openai_params params;
  if (read_params(&params, &opts->shape, err) < 0)
    return -1;
  if (opts->api_key_env && opts->api_key_file)
    return err_set(err, ERR_USAGE,
                   "--api-key-env and --api-key-file both say where the key is; give "
                   "one of them");
  return 0;
}

/* The bound that a --param puts on a choice's tokens; 0 = none does. */
static int64_t max_tokens_of(const struct texts *extra)
{
  static const char *const names[] = { "max_tokens=", "max_completion_tokens=" };
  for (size_t i = 0; i < extra->count; i++)
    for (size_t k = 0; k < COUNT(names); k++)
      if (strncmp(extra->at[i], names[k], strlen(names[k])) == 0)
        return strtoll(extra->at[i] + strlen(names[k]), NULL, 10);
  return 0;
}

/* ---- opening ---- */

static long to_ms(double seconds)
{
  return seconds > 0 ? (long)ceil(seconds * 1000) : 0;
}

static int open_client(struct endpoint *e, struct err *err)
{
  const struct endpoint_opts *opts = e->opts;
  struct http_client_opts client = {
    .origin_url = e->address.base.ptr,
    .bearer = e->key.secret,
    .headers = opts->headers.at,
    .n_headers = opts->headers.count,
    .proxy = opts->proxy,
    .ca_file = opts->ca_file,
    .connect_timeout_ms = to_ms(opts->connect_timeout_s),
    .first_byte_timeout_ms = to_ms(opts->first_byte_timeout_s),
    .total_timeout_ms = to_ms(opts->timeout_s),
    .max_reply_bytes = (size_t)opts->max_reply_mib << 20,
    .max_connections = e->n_slots,
  };
  e->client = http_client_open(&client, err);
  return e->client ? 0 : -1;
}

static void open_pace(struct endpoint *e)
{
  const struct endpoint_opts *opts = e->opts;
  struct pace_opts pace = { .max_in_flight = (int)e->n_slots,
                            .requests_per_minute = opts->rpm,
                            .tokens_per_minute = opts->tpm,
                            .retry_wait_ms = opts->retry_wait_ms,
                            .max_retry_wait_ms = MAX_RETRY_WAIT_MS,
                            .max_retry_after_ms = MAX_RETRY_AFTER_MS,
                            .max_outage_ms = opts->max_outage_s * 1000 };
  pace_init(&e->pace, &pace, clock_monotonic_ns());
}

static void open_slots(struct endpoint *e)
{
  struct arena *arena = &e->policy->arena;
  size_t n = e->opts->concurrency > 0 ? (size_t)e->opts->concurrency : 1;
  e->n_slots = e->n_free = n;
  e->slots = ARENA_NEW(arena, struct slot, n);
  e->free = ARENA_NEW(arena, size_t, n);
  e->waiting.at = ARENA_NEW(arena, size_t, n);
  e->retries = ARENA_NEW(arena, size_t, n);
  for (size_t i = 0; i < n; i++) {
    buf_init(&e->slots[i].body, BUF_CAP_OWN);
    e->free[i] = n - 1 - i;
  }
}

static void endpoint_close(struct policy *policy)
{
  struct endpoint *e = policy->state;
  for (size_t i = 0; i < e->n_slots; i++) {
    ledger_release(e->ledger, e->slots[i].bound_in, e->slots[i].bound_out);
    buf_release(&e->slots[i].body);
  }
  http_client_close(e->client);
  if (e->cache)
    cache_close(e->cache);
  arena_release(&e->reading);
  key_close(&e->key);
}

static int open_key(struct endpoint *e, struct err *err)
{
  const char *url = e->address.base.ptr; /* arena_str ends it with a NUL */
  if (key_read(&e->key, e->opts->api_key_env, e->opts->api_key_file, url, err) < 0)
    return -1;
  const char *warning = key_warning(&e->key, url);
  if (warning)
    policy_warn(e->policy, "%s", warning);
  return 0;
}

/* Everything that needs no network, in the order in which it is cheapest to refuse. */
static int open_local(struct endpoint *e, struct str spec, struct err *err)
{
  struct arena *arena = &e->policy->arena;
  const struct endpoint_opts *opts = e->opts;
  if (endpoint_check(opts, err) < 0 || read_params(&e->params, &opts->shape, err) < 0 ||
      endpoint_address_read(&e->address, arena, spec, err) < 0 || open_key(e, err) < 0)
    return -1;
  struct str name = e->address.name;
  e->params.model = name;
  e->max_tokens_extra = max_tokens_of(&opts->shape.param);
  e->url = endpoint_address_of(&e->address, arena,
                               e->params.api == OPENAI_CHAT ? "/chat/completions"
                                                            : "/completions");
  e->policy->label = str_present(name) ? name : e->address.host;
  return 0;
}

static int open_remote(struct endpoint *e, struct err *err)
{
  if (open_client(e, err) < 0 || endpoint_connect(e, err) < 0)
    return -1;
  if (e->opts->cache && !(e->cache = cache_open(e->opts->cache, err)))
    return -1;
  open_pace(e);
  return 0;
}

static int endpoint_open(struct policy *policy, struct str spec,
                         const struct policy_opts *opts, struct err *err)
{
  struct endpoint *e = ARENA_NEW(&policy->arena, struct endpoint, 1);
  e->policy = policy;
  e->opts = opts->endpoint;
  e->ledger = opts->ledger ? opts->ledger : &e->own_ledger;
  policy->state = e;
  int64_t group = opts->endpoint->shape.samples_per_request;
  policy->group = group > 1 ? (int)group : 1;
  open_slots(e);
  if (open_local(e, spec, err) == 0 && (opts->offline || open_remote(e, err) == 0))
    return 0;
  endpoint_close(policy);
  return -1;
}

/* ---- the next answer ---- */

static bool has_answer(const struct endpoint *e)
{
  return e->group.n_out < e->group.n_samples;
}

/* `total`, as far as it can be said of one of n: evenly, the remainder to the first. */
static int64_t share(int64_t total, int n, int index)
{
  if (total < 0)
    return -1;
  return total / n + (index == 0 ? total % n : 0);
}

static void hand_out(struct endpoint *e, struct answered *out, struct arena *arena)
{
  struct group *group = &e->group;
  int i = group->n_out++, n = group->n_samples;
  const struct openai_reply *from = &group->reply;
  *out = (struct answered){ group->ticket, group->sample + i, reply_empty() };
  struct reply *reply = &out->reply;
  /* the prompt was read once for all */
  reply->tokens_in = i == 0 || from->tokens_in < 0 ? from->tokens_in : 0;
  reply->tokens_out = share(from->tokens_out, n, i);
  reply->tokens_reasoning = share(from->tokens_reasoning, n, i);
  const struct openai_choice *choice = from->choices ? &from->choices[i] : NULL;
  bool withheld = choice && choice->filtered && !choice->content.len;
  reply->failed = !choice || withheld;
  if (reply->failed) {
    reply->what = choice ? STR("withheld by the server's content filter")
                         : arena_str(arena, group->failed);
    return;
  }
  reply->response = arena_str(arena, choice->content);
  reply->reasoning = arena_str(arena, choice->reasoning);
  reply->logprobs = arena_str(arena, choice->logprobs);
  reply->finish = choice->finish;
}

static bool is_idle(const struct endpoint *e)
{
  return e->n_free == e->n_slots;
}

/* Whole milliseconds, rounded up: 0 would be a busy wait. */
static int64_t ms_of(int64_t ns)
{
  return ns <= 0 ? 0 : ns / 1000000 + (ns % 1000000 != 0);
}

static bool is_drained(const struct endpoint *e, int64_t now_ns)
{
  return http_client_in_flight(e->client) == 0 || now_ns >= e->drain_until_ns;
}

static int endpoint_next(struct policy *policy, struct answered *out, int wait_ms,
                         struct arena *arena, struct err *err)
{
  struct endpoint *e = policy->state;
  int64_t now = clock_monotonic_ns(), deadline = now + (int64_t)wait_ms * 1000000;
  for (;; now = clock_monotonic_ns()) {
    int64_t pause = has_answer(e) ? 0 : endpoint_send_due(e, now);
    if (has_answer(e)) {
      hand_out(e, out, arena);
      return 1;
    }
    bool over = e->stopped && is_drained(e, now);
    if (is_idle(e) && !e->stopped)
      return 0;
    int64_t wait = ms_of(deadline - now < pause ? deadline - now : pause);
    struct http_reply reply;
    if (http_client_next(e->client, over ? 0 : (int)wait, &reply)) {
      endpoint_settle(e, &reply);
    } else if (over) {
      *err = e->stop;
      return -1;
    } else {
      return 0; /* too late, a signal, or time for another attempt: the caller's turn */
    }
  }
}

const struct policy_kind policy_endpoint = {
  .name = "endpoint",
  .form = "http(s)://HOST/v1#MODEL",
  .open = endpoint_open,
  .has_room = endpoint_has_room,
  .ask = endpoint_ask,
  .next = endpoint_next,
  .preview = endpoint_preview,
  .close = endpoint_close,
};
