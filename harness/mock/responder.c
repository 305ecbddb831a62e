#include "mock/responder.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/env.h"
#include "mock/answers.h"
#include "mock/gate.h"
#include "mock/tally.h"

struct responder {
  const struct mock_opts *opts;
  struct arena *arena;  /* as long as the server */
  struct arena scratch; /* of one call */
  struct answers *answers;
  struct gate gate;
  struct fault_set faults;
  struct strmap in_a_row; /* key of a body: its faults since its last right reply */
  struct tally tally;
  uint64_t n;      /* POSTs so far */
  int64_t created; /* of every reply */
};

/* ---- opening ---- */

int responder_open(struct responder **out, const struct mock_opts *opts,
                   struct arena *arena, struct err *err)
{
  struct responder *responder = ARENA_NEW(arena, struct responder, 1);
  const struct gate_opts gate = { opts->key_file, opts->rpm, opts->max_in_flight };
  responder->opts = opts;
  responder->arena = arena;
  /* replies are the same at any time, unless a time is given */
  if (env_get(ENV_SOURCE_DATE_EPOCH))
    responder->created = clock_wall_us() / 1000000;
  tally_init(&responder->tally);
  if (fault_set_parse(&responder->faults, opts->faults, err) < 0 ||
      gate_init(&responder->gate, &gate, arena, err) < 0 ||
      answers_open(&responder->answers, opts, arena, err) < 0 ||
      tally_open_log(&responder->tally, opts->log, err) < 0) {
    responder_close(responder);
    return -1;
  }
  *out = responder;
  return 0;
}

void responder_close(struct responder *responder)
{
  if (!responder)
    return;
  answers_close(responder->answers);
  tally_close(&responder->tally);
  strmap_release(&responder->in_a_row);
  arena_release(&responder->scratch);
}

/* ---- what a request gets before any fault ---- */

static bool check_parameters(const struct responder *responder, const struct asked *asked,
                             const struct json *root, struct refusal *refusal)
{
  const struct mock_opts *opts = responder->opts;
  if (!str_equal(asked->model, str_from(opts->model_name)))
    return refusal_set(refusal, 404, "model_not_found", NULL,
                       "The model `%.*s` does not exist or you do not have access to it.",
                       STR_ARG(str_slice(asked->model, 0, 120)));
  for (size_t i = 0; i < opts->refuse.count; i++) {
    const char *name = opts->refuse.at[i];
    if (json_member(root, name))
      return refusal_set(refusal, 400, "unsupported_parameter", name,
                         "Unsupported parameter: '%.60s' is not supported with this "
                         "model.",
                         name);
  }
  size_t tokens = asked_tokens(asked->prompt_bytes);
  if (opts->context_tokens && tokens > (size_t)opts->context_tokens)
    return refusal_set(refusal, 400, "context_length_exceeded",
                       asked->chat ? "messages" : "prompt",
                       "This model's maximum context length is %" PRId64
                       " tokens. However, your messages resulted in %zu tokens. Please "
                       "reduce the length of the messages.",
                       opts->context_tokens, tokens);
  return true;
}

/* Some questions fail for ever: which ones depends on their text and the seed alone. */
static bool check_share(const struct responder *responder, const struct asked *asked,
                        struct refusal *refusal)
{
  const struct mock_opts *opts = responder->opts;
  if (opts->fail_share <= 0)
    return true;
  struct sha256_hex sha256 = sha256_of(asked->question);
  char head[17];
  snprintf(head, sizeof head, "%.16s", sha256.text);
  struct rng rng;
  rng_init(&rng, (uint64_t)opts->seed, "fail", strtoull(head, NULL, 16));
  if (!rng_chance(&rng, opts->fail_share))
    return true;
  return refusal_set(refusal, (int)opts->fail_status, NULL, NULL,
                     "This question fails whenever it is asked.");
}

static int64_t draw_delay_ns(const struct responder *responder, uint64_t n,
                             int64_t latency_ms)
{
  const struct mock_opts *opts = responder->opts;
  struct rng rng;
  if (latency_ms >= 0)
    return latency_ms * 1000000;
  rng_init(&rng, (uint64_t)opts->seed, "latency", n);
  return opts->latency_ms * 1000000 +
         (int64_t)(rng_unit(&rng) * (double)opts->jitter_ms * 1e6);
}

/* The completion as the plan's body, or a refusal. */
static bool answer(struct responder *responder, const struct asked *asked,
                   const struct json *root, struct plan *plan,
                   struct responder_record *record, struct refusal *refusal)
{
  struct answer found;
  if (!check_parameters(responder, asked, root, refusal))
    return false;
  record->seed = asked->seed;
  bool known =
      answers_find(responder->answers, asked, &found, &responder->scratch, refusal);
  record->item = found.item ? found.item->id : STR_NONE;
  plan->delay_ns = draw_delay_ns(responder, record->n, found.latency_ms);
  if (!known || !check_share(responder, asked, refusal))
    return false;
  struct completion completion = { asked, found.choices, found.n_choices,
                                   record->key.text, responder->created };
  body_completion(&plan->body, &completion);
  return true;
}

/* The body is read, and answered while its text is held. */
static bool read_and_answer(struct responder *responder,
                            const struct responder_call *call, bool chat,
                            struct plan *plan, struct responder_record *record,
                            struct refusal *refusal)
{
  struct json_doc doc;
  struct asked asked;
  struct err err = { 0 };
  if (json_parse(&doc, call->body, &err) < 0)
    return refusal_set(refusal, 400, NULL, NULL,
                       "We could not parse the JSON body of your request: %.200s.",
                       err.msg);
  bool right = asked_read(&asked, doc.root, chat, &responder->scratch, refusal) &&
               answer(responder, &asked, doc.root, plan, record, refusal);
  json_doc_release(&doc);
  return right;
}

static bool admit(struct responder *responder, const struct responder_call *call,
                  struct plan *plan, struct refusal *refusal)
{
  int64_t retry_after_s;
  if (!gate_check_key(&responder->gate, call->authorization, refusal))
    return false;
  if (!gate_admit(&responder->gate, call->now_ns, call->in_flight, &retry_after_s,
                  refusal)) {
    snprintf(plan->retry_after, PLAN_TEXT_SIZE, "%" PRId64, retry_after_s);
    return false;
  }
  if (call->too_large)
    return refusal_set(refusal, 413, NULL, NULL, "Your request is larger than %d bytes.",
                       RESPONDER_BODY_MAX);
  return true;
}

/* ---- faults ---- */

/* What strikes this request, with the bound on faults in a row. */
static enum fault choose_fault(struct responder *responder,
                               const struct responder_record *record, struct rng *rng)
{
  const struct mock_opts *opts = responder->opts;
  enum fault fault = fault_draw(&responder->faults, opts->fault_rate,
                                (uint64_t)opts->seed, record->n, rng);
  if (!opts->max_faults_in_a_row)
    return fault;
  bool added;
  struct str key = str_from(record->key.text);
  if (!strmap_find(&responder->in_a_row, key)) {
    if (fault == FAULT_NONE)
      return fault;
    key = arena_str(responder->arena, key);
  }
  size_t *in_a_row = strmap_put(&responder->in_a_row, key, 0, &added);
  if (*in_a_row >= (size_t)opts->max_faults_in_a_row)
    fault = FAULT_NONE;
  *in_a_row = fault == FAULT_NONE ? 0 : *in_a_row + 1;
  return fault;
}

static void strike(struct responder *responder, const char *path, struct plan *plan,
                   struct responder_record *record)
{
  const struct mock_opts *opts = responder->opts;
  const struct fault_call call = {
    .n = record->n,
    .path = path,
    .retry_after_s = opts->retry_after_s,
    .stall_ns = (int64_t)(opts->stall_s * 1e9),
    .drip_ns = opts->drip_ms * 1000000,
    .huge_bytes = (size_t)opts->huge_mib << 20,
  };
  struct rng rng;
  record->fault = choose_fault(responder, record, &rng);
  fault_apply(record->fault, plan, &call, &rng);
}

/* ---- routes ---- */

enum route { ROUTE_NONE, ROUTE_CHAT, ROUTE_COMPLETIONS, ROUTE_MODELS, ROUTE_HEALTH };

static const struct {
  const char *path;
  enum route route;
  bool post;
} routes[] = {
  { "/v1/chat/completions", ROUTE_CHAT, true },
  { "/v1/completions", ROUTE_COMPLETIONS, true },
  { "/v1/models", ROUTE_MODELS, false },
  { "/health", ROUTE_HEALTH, false },
};

/* "/r/12/v1/..." is where the redirect of request 12 leads: *n = 12 and the rest. */
static const char *skip_redirect(const char *path, uint64_t *n)
{
  *n = 0;
  if (strncmp(path, "/r/", 3) != 0 || !char_is_digit(path[3]))
    return path;
  char *end;
  uint64_t number = strtoull(path + 3, &end, 10);
  if (*end != '/' || !number)
    return path;
  *n = number;
  return end;
}

/* ROUTE_NONE: refused. */
static enum route find_route(const struct responder_call *call, const char *path,
                             struct refusal *refusal)
{
  bool get = strcmp(call->method, "GET") == 0 || strcmp(call->method, "HEAD") == 0;
  bool post = strcmp(call->method, "POST") == 0;
  for (size_t i = 0; i < COUNT(routes); i++) {
    if (strcmp(path, routes[i].path) != 0)
      continue;
    if (routes[i].post ? post : get)
      return routes[i].route;
    refusal_set(refusal, 405, "method_not_supported", NULL,
                "Not allowed to %.16s on %s (HINT: perhaps you meant to %s)",
                call->method, path, routes[i].post ? "POST" : "GET");
    return ROUTE_NONE;
  }
  refusal_set(refusal, 404, NULL, NULL, "Invalid URL (%.16s %.160s)", call->method,
              call->path);
  return ROUTE_NONE;
}

static void decide_get(struct responder *responder, const struct responder_call *call,
                       enum route route, struct plan *plan)
{
  struct refusal refusal;
  if (route == ROUTE_HEALTH)
    buf_add_cstr(&plan->body, "{\"status\":\"ok\"}");
  else if (gate_check_key(&responder->gate, call->authorization, &refusal))
    body_models(&plan->body, responder->opts->model_name, responder->created);
  else
    plan_refuse(plan, &refusal);
}

void responder_decide(struct responder *responder, const struct responder_call *call,
                      struct plan *plan, struct responder_record *record)
{
  uint64_t redirected;
  struct refusal refusal;
  plan_init(plan);
  *record = (struct responder_record){ .fault = FAULT_NONE };
  const char *path = skip_redirect(call->path, &redirected);
  enum route route = find_route(call, path, &refusal);
  if (route == ROUTE_MODELS || route == ROUTE_HEALTH) {
    decide_get(responder, call, route, plan);
    return;
  }
  record->counts = strcmp(call->method, "POST") == 0;
  if (record->counts) {
    record->n = redirected ? redirected : ++responder->n;
    record->key = sha256_of(call->body);
    snprintf(record->path, sizeof record->path, "%s", call->path);
  }
  record->right =
      route != ROUTE_NONE && admit(responder, call, plan, &refusal) &&
      read_and_answer(responder, call, route == ROUTE_CHAT, plan, record, &refusal);
  if (!record->right)
    plan_refuse(plan, &refusal);
  else if (!redirected)
    strike(responder, path, plan, record);
  bool silent = plan->ending == ENDING_SILENCE ||
                (plan->ending == ENDING_RESET && plan->cut_at == 0);
  record->status = silent ? 0 : plan->status;
  arena_reset(&responder->scratch);
}

/* ---- how it ended ---- */

int responder_finish(struct responder *responder, const struct responder_record *record,
                     bool whole, struct err *err)
{
  if (!record->counts)
    return 0;
  bool delivered = whole && record->right && fault_delivers(record->fault);
  return tally_add(&responder->tally, record, delivered, err);
}

uint64_t responder_finished(const struct responder *responder)
{
  return responder->tally.n_requests;
}

void responder_summary(const struct responder *responder, struct buf *out, bool json)
{
  tally_summary(&responder->tally, out, json);
}
