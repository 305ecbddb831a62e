/* local.c - "FOLDER" or "FILE.gguf": the kind; opening, asking, the next answer. */
#include "policy/local.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/fs.h"
#include "base/json.h"
#include "nn/completer.h"
#include "policy/kind.h"
#include "policy/reasoning.h"

/* One that is on its way, or has failed before it began. */
struct local_ask {
  bool taken;
  size_t ticket;
  int sample;
  char *failed; /* why; malloc'd; NULL: it is on its way */
};

struct local {
  struct policy *policy;
  const char *path;
  struct completer_options options;
  const struct endpoint_shape *shape;
  struct local_host *host, own_host;
  struct manifest_engine engine;
  struct local_ask *asks; /* the completer's tickets are places in it; malloc'd */
  size_t n_asks, cap_asks;
  size_t n_taken, n_failed;
  bool stopped; /* `stop` says why: the model can answer nothing more */
  struct err stop;
};

/* ---- the settings ---- */

int local_check(const struct local_opts *opts, struct err *err)
{
  enum model_dtype dtype;
  return model_dtype_parse(opts->dtype, &dtype, err);
}

/* ---- what is loaded ---- */

void local_host_close(struct local_host *host)
{
  completer_close(host->completer);
  *host = (struct local_host){ 0 };
}

/* Two suites of a run have each a policy of the same model: it stays loaded. */
static bool is_loaded(const struct local *l)
{
  const struct local *by = l->host->of;
  return l->host->completer && by && (by == l || strcmp(by->path, l->path) == 0);
}

static int load(struct local *l, struct err *err)
{
  if (is_loaded(l)) {
    l->host->of = l;
    return 0;
  }
  local_host_close(l->host);
  l->host->completer = completer_open(l->path, &l->options, err);
  if (!l->host->completer)
    return -1;
  l->host->of = l;
  return 0;
}

/* ---- opening ---- */

/* The folder's or file's own name; "." has one too. */
static struct str name_of(struct arena *arena, const char *path)
{
  struct str rest = str_from(path);
  while (rest.len > 1 && rest.ptr[rest.len - 1] == '/')
    rest.len--;
  struct str name = str_from(fs_basename(arena_cstr(arena, rest)));
  if (!str_equal(name, STR(".")) && !str_equal(name, STR("..")) &&
      !str_equal(name, STR("/")))
    return name;
  char *whole = realpath(path, NULL);
  if (whole)
    name = arena_str(arena, str_from(fs_basename(whole)));
  free(whole);
  return name.len ? name : STR("model");
}

static int describe(struct local *l, struct err *err)
{
  struct completer_facts facts;
  struct arena *arena = &l->policy->arena;
  if (completer_facts(l->host->completer, &facts, err) < 0)
    return -1;
  const struct gpu_device_info *device = facts.device;
  l->engine = (struct manifest_engine){
    .device = arena_str(arena, str_from(device->name)),
    .driver = arena_str(arena, str_from(device->driver)),
    .api = arena_printf(arena, "%d.%d.%d", device->api_major, device->api_minor,
                        device->api_patch),
    .shaders_sha256 = arena_str(arena, str_from(facts.shaders.text)),
    .dtype = arena_str(arena, str_from(facts.dtype)),
    .chat_template = arena_str(arena, str_from(facts.chat_template)),
    .context = facts.context,
  };
  l->policy->sha256 = arena_str(arena, str_from(facts.checkpoint.text));
  l->policy->engine = &l->engine;
  return 0;
}

/* lm-eval's further gen_kwargs end there: what a server may know, we do not. */
static void warn_of_params(struct local *l)
{
  for (size_t i = 0; i < l->shape->param.count; i++)
    policy_warn(l->policy,
                "model '%s': --param %.100s is for servers; a model that runs here has "
                "no such setting",
                l->path, l->shape->param.at[i]);
}

static int local_open(struct policy *policy, struct str rest,
                      const struct policy_opts *opts, struct err *err)
{
  static const struct local_opts none;
  static const struct endpoint_opts defaults = { .shape = { .top_p = -1, .min_p = -1 } };
  const struct local_opts *local = opts->local ? opts->local : &none;
  const struct endpoint_opts *asked = opts->endpoint ? opts->endpoint : &defaults;
  struct local *l = ARENA_NEW(&policy->arena, struct local, 1);
  int64_t most = asked->concurrency;
  l->policy = policy;
  l->path = arena_cstr(&policy->arena, rest);
  l->shape = &asked->shape;
  l->host = opts->host ? opts->host : &l->own_host;
  l->options =
      (struct completer_options){ .device = local->device,
                                  .chat_template = local->chat_template,
                                  .context = (uint32_t)local->context,
                                  .max_sequences = most > 0 ? (uint32_t)most : 0 };
  if (model_dtype_parse(local->dtype, &l->options.dtype, err) < 0 || load(l, err) < 0)
    return -1;
  if (describe(l, err) < 0) {
    local_host_close(l->host);
    return -1;
  }
  policy->label = name_of(&policy->arena, l->path);
  policy->state = l;
  warn_of_params(l);
  return 0;
}

static void local_close(struct policy *policy)
{
  struct local *l = policy->state;
  for (size_t i = 0; i < l->n_asks; i++)
    free(l->asks[i].failed);
  free(l->asks);
  if (l->host->of == l) /* nobody asks for what is on its way */
    local_host_close(l->host);
}

/* ---- asking ---- */

static bool local_has_room(const struct policy *policy)
{
  const struct local *l = policy->state;
  if (l->stopped || l->n_failed)
    return false;
  if (!is_loaded(l))
    return l->host->n_asked == 0;
  return completer_has_room(l->host->completer);
}

static size_t take_place(struct local *l)
{
  for (size_t i = 0; i < l->n_asks; i++)
    if (!l->asks[i].taken)
      return i;
  ARRAY_RESERVE(l->asks, l->n_asks, l->cap_asks);
  l->asks[l->n_asks] = (struct local_ask){ 0 };
  return l->n_asks++;
}

static void give_place(struct local *l, size_t place)
{
  free(l->asks[place].failed);
  l->asks[place] = (struct local_ask){ 0 };
  l->n_taken--;
  l->host->n_asked--;
}

/* A setting that is not given changes nothing. */
static float or_else(double value, double otherwise)
{
  return (float)(value < 0 ? otherwise : value);
}

static struct completer_request request_of(const struct local *l, const struct ask *ask,
                                           struct arena *arena)
{
  const struct endpoint_shape *shape = l->shape;
  const struct prompt *prompt = ask->prompt;
  struct completer_request request = {
    .max_new = (uint32_t)(shape->max_tokens > 0 ? shape->max_tokens : prompt->max_tokens),
    .temperature = or_else(shape->temperature, 0),
    .top_p = or_else(shape->top_p, 1),
    .min_p = or_else(shape->min_p, 0),
    .top_k = shape->top_k > 0 ? (uint32_t)shape->top_k : 0,
    .key = policy_key(ask),
    .stop = prompt->stop,
    .n_stop = prompt->n_stop,
  };
  if (shape->stop.count) {
    struct str *stop = ARENA_NEW(arena, struct str, shape->stop.count);
    for (size_t i = 0; i < shape->stop.count; i++)
      stop[i] = str_from(shape->stop.at[i]);
    request.stop = stop;
    request.n_stop = shape->stop.count;
  }
  if (completer_has_chat(l->host->completer)) {
    request.messages = prompt->messages;
    request.n_messages = prompt->n_messages;
  } else {
    request.text = prompt->text;
  }
  return request;
}

static void fail(struct local *l, size_t place, const struct err *why)
{
  if (why->code != ERR_DATA) {
    l->stopped = true;
    l->stop = *why;
    return;
  }
  struct local_ask *asked = &l->asks[place];
  asked->failed = mem_alloc(sizeof why->msg);
  snprintf(asked->failed, sizeof why->msg, "%s", why->msg);
  l->n_failed++;
}

static void ask_sample(struct local *l, const struct ask *ask, int sample)
{
  struct arena arena = { 0 };
  struct err err;
  struct ask one = *ask;
  one.sample = sample;
  size_t place = take_place(l);
  l->asks[place] =
      (struct local_ask){ .taken = true, .ticket = ask->ticket, .sample = sample };
  l->n_taken++;
  l->host->n_asked++;
  struct completer_request request = request_of(l, &one, &arena);
  request.ticket = place;
  if (completer_ask(l->host->completer, &request, &err) < 0)
    fail(l, place, &err);
  arena_release(&arena);
}

static void local_ask(struct policy *policy, const struct ask *ask)
{
  struct local *l = policy->state;
  if (load(l, &l->stop) < 0) {
    l->stopped = true;
    return;
  }
  for (int i = 0; i < ask->n_samples; i++)
    ask_sample(l, ask, ask->sample + i);
}

static void preview_memory(struct local *l, struct buf *out)
{
  struct completer_facts facts;
  struct err err;
  if (completer_facts(l->host->completer, &facts, &err) == 0)
    buf_printf(out, "%.1f MiB of the device's %.1f MiB are taken\n",
               (double)facts.memory / 0x1p20, (double)facts.heap / 0x1p20);
}

static void local_preview(const struct policy *policy, const struct ask *ask,
                          struct buf *out)
{
  struct local *l = policy->state;
  struct arena arena = { 0 };
  struct tokens ids = { 0 };
  struct buf text;
  struct err err;
  buf_init(&text, BUF_CAP_OWN);
  if (load(l, &err) < 0) {
    buf_printf(out, "%s", err.msg);
  } else {
    struct completer_request request = request_of(l, ask, &arena);
    preview_memory(l, out);
    if (completer_prompt(l->host->completer, &request, &ids, &text, &err) < 0) {
      buf_printf(out, "%s", err.msg);
    } else {
      buf_printf(out, "%zu tokens, at most %u more, temperature %g:\n", ids.count,
                 request.max_new, (double)request.temperature);
      buf_add(out, buf_str(&text));
    }
  }
  buf_release(&text);
  tokens_release(&ids);
  arena_release(&arena);
}

/* ---- the next answer ---- */

static bool next_failed(struct local *l, struct answered *out, struct arena *arena)
{
  for (size_t i = 0; l->n_failed && i < l->n_asks; i++) {
    const struct local_ask *asked = &l->asks[i];
    if (!asked->failed)
      continue;
    *out = (struct answered){ asked->ticket, asked->sample, reply_empty() };
    out->reply.failed = true;
    out->reply.what = arena_str(arena, str_from(asked->failed));
    l->n_failed--;
    give_place(l, i);
    return true;
  }
  return false;
}

/* As endpoints' are: numbers, one for each token. */
static struct str write_logprobs(const struct completion *done, struct arena *arena)
{
  struct buf text;
  struct json_writer w;
  buf_init(&text, BUF_CAP_OWN);
  json_writer_init(&w, &text, JSON_COMPACT);
  json_begin_array(&w);
  for (size_t i = 0; i < done->n_ids; i++)
    json_put_number(&w, (double)done->logprobs[i]);
  json_end_array(&w);
  struct str out = arena_str(arena, buf_str(&text));
  buf_release(&text);
  return out;
}

static void hand_out(struct local *l, const struct completion *done, struct answered *out,
                     struct arena *arena)
{
  const struct local_ask *asked = &l->asks[done->ticket];
  *out = (struct answered){ asked->ticket, asked->sample, reply_empty() };
  struct reply *reply = &out->reply;
  struct str text = arena_str(arena, done->text);
  reasoning_split(text, &reply->reasoning, &reply->response);
  reply->finish = done->finish == COMPLETER_STOP ? FINISH_STOP : FINISH_LENGTH;
  reply->tokens_in = (int64_t)done->n_prompt;
  reply->tokens_out = (int64_t)done->n_ids;
  if (l->shape->logprobs)
    reply->logprobs = write_logprobs(done, arena);
  give_place(l, done->ticket);
}

static int local_next(struct policy *policy, struct answered *out, int wait_ms,
                      struct arena *arena, struct err *err)
{
  struct local *l = policy->state;
  struct completion done;
  if (next_failed(l, out, arena))
    return 1;
  if (!l->stopped && l->n_taken) {
    int rc = completer_next(l->host->completer, &done, wait_ms, &l->stop);
    l->stopped = rc < 0;
    if (rc > 0)
      hand_out(l, &done, out, arena);
    if (rc >= 0)
      return rc;
  }
  if (!l->stopped)
    return 0;
  *err = l->stop;
  return -1;
}

const struct policy_kind policy_local = {
  .name = "local",
  .form = "FOLDER or FILE.gguf",
  .open = local_open,
  .has_room = local_has_room,
  .ask = local_ask,
  .next = local_next,
  .preview = local_preview,
  .close = local_close,
};
