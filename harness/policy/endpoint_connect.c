/* endpoint_connect.c - the first exchange: which models are there, and is it a server at
 * all? What is wrong with every request is better said before the first is paid for. */
#include <errno.h>
#include <stdio.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "policy/endpoint_state.h"

/* A host that is not there is soon clear; a server that is loading says so. */
enum { QUICK_ATTEMPTS = 2, MODELS_SHOWN = 10, FIRST_WAIT_MS = 1000, WAIT_MAX_MS = 10000 };
#define QUICK_NS INT64_C(3000000000) /* what takes longer fails the same way again */

#define BASE(e) STR_ARG(str_slice((e)->address.base, 0, 500))

/* ---- one GET ---- */

static void fetch(struct endpoint *e, const char *url, struct http_reply *reply)
{
  struct http_request request = { .url = url };
  http_client_send(e->client, &request);
  while (!http_client_next(e->client, 1000, reply))
    ; /* it ends: there are deadlines */
}

static int refuse(struct endpoint *e, const struct http_reply *reply, struct err *err)
{
  struct str why = endpoint_describe(e, &e->reading, reply, STR_NONE);
  switch (reply->outcome) {
  case HTTP_UNRESOLVED:
  case HTTP_PROXY:
    return err_set(err, ERR_ENV, "cannot reach '%.*s': %.*s", BASE(e), STR_ARG(why));
  case HTTP_UNREACHABLE:
    return err_set(err, ERR_ENV, "cannot reach '%.*s': %.*s; is the server running?",
                   BASE(e), STR_ARG(why));
  case HTTP_TLS:
    return err_set(err, ERR_REMOTE, "'%.*s' cannot be trusted: %.*s", BASE(e),
                   STR_ARG(why));
  case HTTP_REDIRECTED:
    return err_set(err, ERR_REMOTE, "'%.*s' leads elsewhere: %.*s; give the new address",
                   BASE(e), STR_ARG(why));
  default:
    return err_set(err, ERR_REMOTE, "'%.*s' does not answer as it should: %.*s", BASE(e),
                   STR_ARG(why));
  }
}

/* False when a signal came. */
static bool sleep_ms(int64_t ms)
{
  struct timespec time = { ms / 1000, ms % 1000 * 1000000 };
  return nanosleep(&time, NULL) == 0 || errno != EINTR;
}

static int64_t wait_before(const struct endpoint *e, int attempt, int64_t retry_after_ms)
{
  int64_t wait =
      e->opts->retry_wait_ms < FIRST_WAIT_MS ? e->opts->retry_wait_ms : FIRST_WAIT_MS;
  for (int i = 2; i < attempt && wait < WAIT_MAX_MS; i++)
    wait *= 2;
  if (retry_after_ms > wait)
    wait = retry_after_ms;
  return wait < WAIT_MAX_MS ? wait : WAIT_MAX_MS;
}

static bool is_busy(struct endpoint *e, const struct http_reply *reply, struct str *words)
{
  *words = STR_NONE;
  if (reply->outcome != HTTP_ANSWERED || (reply->status >= 200 && reply->status < 300))
    return false;
  struct openai_refusal refusal;
  openai_read_refusal(&refusal, &e->reading, reply->status, str_from(reply->content_type),
                      reply->body);
  *words = refusal.message;
  return refusal.kind == OPENAI_TRY_AGAIN;
}

/* Another attempt after this reply? 1, 0, or -1 with `err` when waiting was cut short. */
static int await(struct endpoint *e, const struct http_reply *reply, int attempt,
                 int64_t since_ns, struct err *err)
{
  struct str words;
  bool busy = is_busy(e, reply, &words);
  int64_t waited_s = (clock_monotonic_ns() - since_ns) / 1000000000;
  bool quick = attempt < QUICK_ATTEMPTS && reply->elapsed_ns < QUICK_NS;
  bool again =
      busy ? waited_s < e->opts->max_outage_s : reply->outcome != HTTP_ANSWERED && quick;
  if (!again)
    return 0;
  struct str why = endpoint_describe(e, &e->reading, reply, words);
  if (busy && attempt == 1)
    log_note("waiting for '%.*s': %.*s", BASE(e), STR_ARG(why));
  if (sleep_ms(wait_before(e, attempt + 1, reply->retry_after_ms)))
    return 1;
  return err_set(err, ERR_INTERRUPTED, "stopped while waiting for '%.*s': %.*s", BASE(e),
                 STR_ARG(why));
}

static int fetch_models(struct endpoint *e, struct http_reply *reply, struct err *err)
{
  const char *url = endpoint_address_of(&e->address, &e->policy->arena, "/models");
  int64_t since_ns = clock_monotonic_ns();
  int more = 1;
  for (int attempt = 1; more == 1; attempt++) {
    arena_reset(&e->reading);
    fetch(e, url, reply);
    log_verbose("models of '%.*s': attempt %d, HTTP %ld", BASE(e), attempt,
                reply->status);
    more = await(e, reply, attempt, since_ns, err);
  }
  if (more < 0)
    return -1;
  return reply->outcome == HTTP_ANSWERED ? 0 : refuse(e, reply, err);
}

/* ---- which model ---- */

/* Ollama's names have a tag behind them that need not be said. */
static bool is_same(struct str id, struct str name)
{
  return str_equal(id, name) ||
         (str_ends(id, STR(":latest")) && id.len == name.len + 7 && str_starts(id, name));
}

/* "'a', 'b', ...": those nearest to `name` first, else in the server's order. */
static struct str list_models(struct arena *arena, const struct openai_model *models,
                              size_t n, struct str name)
{
  bool *shown = ARENA_NEW(arena, bool, n);
  struct str list = STR("");
  for (size_t k = 0; k < n && k < MODELS_SHOWN; k++) {
    size_t best = n, least = SIZE_MAX;
    for (size_t i = 0; i < n; i++) {
      size_t distance = name.len ? str_distance(models[i].id, name) : 0;
      if (!shown[i] && (best == n || distance < least)) {
        best = i;
        least = distance;
      }
    }
    shown[best] = true;
    list = arena_printf(arena, "%.*s%s'%.*s'", STR_ARG(list), k ? ", " : "",
                        STR_ARG(str_slice(models[best].id, 0, 80)));
  }
  if (n > MODELS_SHOWN)
    list = arena_printf(arena, "%.*s and %zu more", STR_ARG(list), n - MODELS_SHOWN);
  return list;
}

static int refuse_model(struct endpoint *e, const struct openai_model *models, size_t n,
                        struct err *err)
{
  struct str name = str_slice(e->address.name, 0, 200);
  if (n == 0)
    return err_set(err, ERR_USAGE, "'%.*s' has no model loaded", BASE(e));
  if (n == 1)
    return err_set(err, ERR_USAGE,
                   "'%.*s' has no model '%.*s'; it has one, write %.*s#%.*s", BASE(e),
                   STR_ARG(name), BASE(e), STR_ARG(str_slice(models[0].id, 0, 200)));
  struct str list = list_models(&e->reading, models, n, name);
  if (!name.len)
    return err_set(err, ERR_USAGE,
                   "'%.*s' has %zu models: %.*s; say which with %.*s#NAME", BASE(e), n,
                   STR_ARG(list), BASE(e));
  return err_set(err, ERR_USAGE, "'%.*s' has no model '%.*s'; it has %.*s", BASE(e),
                 STR_ARG(name), STR_ARG(list));
}

/* llama.cpp's servers call a model by its file's whole path, which is no name for a table
 * or a folder. */
static struct str short_name(struct str id)
{
  ptrdiff_t slash = str_find_last(id, STR("/"));
  bool is_path = id.len && id.ptr[0] == '/' && (size_t)slash + 1 < id.len;
  return is_path ? str_slice(id, (size_t)slash + 1, id.len) : id;
}

static void take_model(struct endpoint *e, const struct openai_model *model)
{
  struct policy *policy = e->policy;
  if (!str_present(e->address.name)) {
    e->params.model = arena_str(&policy->arena, model->id);
    policy->label = short_name(e->params.model);
  }
  bool rooted = model->root.len && !str_equal(model->root, model->id);
  policy->served = rooted ? arena_printf(&policy->arena, "%.*s (%.*s)",
                                         STR_ARG(model->id), STR_ARG(model->root))
                          : arena_str(&policy->arena, model->id);
}

static int choose_model(struct endpoint *e, struct str body, struct err *err)
{
  struct openai_model *models;
  size_t n;
  if (openai_read_models(&models, &n, &e->reading, body, err) < 0)
    return err_wrap(err, "'%.*s/models'", BASE(e));
  struct str name = e->address.name;
  const struct openai_model *found = NULL;
  for (size_t i = 0; i < n && !found && str_present(name); i++)
    found = is_same(models[i].id, name) ? &models[i] : NULL;
  if (!str_present(name) && n == 1)
    found = &models[0];
  if (!found)
    return refuse_model(e, models, n, err);
  take_model(e, found);
  return 0;
}

/* ---- a server that does not say ---- */

/* Is the API one step further down? Then this is what the address should have been. */
static bool is_below(struct endpoint *e)
{
  struct http_reply reply;
  if (endpoint_address_has_version(&e->address))
    return false;
  fetch(e, endpoint_address_of(&e->address, &e->policy->arena, "/v1/models"), &reply);
  return reply.outcome == HTTP_ANSWERED && reply.status == 200 &&
         strcmp(reply.content_type, "text/html") != 0;
}

static int go_without_models(struct endpoint *e, long status, struct err *err)
{
  const char *hint = endpoint_address_has_version(&e->address)
                         ? ""
                         : "; the base address usually ends in /v1";
  struct str name = e->address.name;
  if (is_below(e))
    return err_set(err, ERR_USAGE,
                   "there is no API at '%.*s', but there is one at '%.*s/v1'; write "
                   "%.*s/v1#%.*s",
                   BASE(e), BASE(e), BASE(e),
                   STR_ARG(name.len ? str_slice(name, 0, 200) : STR("NAME")));
  if (!str_present(name))
    return err_set(err, ERR_USAGE,
                   "'%.*s' does not list its models (HTTP %ld); say which with "
                   "%.*s#NAME%s",
                   BASE(e), status, BASE(e), hint);
  policy_warn(e->policy,
              "'%.*s' does not list its models (HTTP %ld): whether it has '%.*s' shows "
              "with the first request%s",
              BASE(e), status, STR_ARG(str_slice(name, 0, 200)), hint);
  return 0;
}

/* ---- what came ---- */

static int read_refusal(struct endpoint *e, const struct http_reply *reply,
                        struct err *err)
{
  struct openai_refusal refusal;
  openai_read_refusal(&refusal, &e->reading, reply->status, str_from(reply->content_type),
                      reply->body);
  if (reply->status == 404 || reply->status == 405)
    return go_without_models(e, reply->status, err);
  struct str text = refusal.kind == OPENAI_TRY_AGAIN
                        ? endpoint_describe(e, &e->reading, reply, refusal.message)
                        : openai_refusal_text(&refusal, &e->reading, reply->status);
  text = endpoint_redact(e, &e->reading, text);
  return err_set(err, refusal.kind == OPENAI_KEY ? ERR_ENV : ERR_REMOTE, "'%.*s': %.*s",
                 BASE(e), STR_ARG(text));
}

int endpoint_connect(struct endpoint *e, struct err *err)
{
  struct http_reply reply;
  if (fetch_models(e, &reply, err) < 0)
    return -1;
  if (reply.status < 200 || reply.status >= 300)
    return read_refusal(e, &reply, err);
  if (strcmp(reply.content_type, "text/html") == 0)
    return err_set(err, ERR_REMOTE,
                   "'%.*s/models' answered with a web page instead of JSON%s", BASE(e),
                   endpoint_address_has_version(&e->address)
                       ? "; is this the address of the API?"
                       : "; the base address usually ends in /v1");
  return choose_model(e, reply.body, err);
}
