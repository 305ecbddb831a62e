/* policy.c - the table of kinds, and which of them a spec means. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/fs.h"
#include "base/nearest.h"
#include "base/rng.h"
#include "policy/kind.h"

static const struct policy_kind *const kinds[] = { &policy_replay, &policy_null,
                                                   &policy_endpoint, &policy_local };

static const char *kind_name_at(size_t index)
{
  return index < COUNT(kinds) ? kinds[index]->name : NULL;
}

static bool is_address(struct str spec)
{
  return str_starts_nocase(spec, STR("http://")) ||
         str_starts_nocase(spec, STR("https://"));
}

static const struct policy_kind *kind_find(struct str name)
{
  for (size_t i = 0; i < COUNT(kinds); i++)
    if (str_equal(name, str_from(kinds[i]->name)))
      return kinds[i];
  return NULL;
}

/* Checkpoints that will ship under these names. */
static bool is_shipped_name(struct str spec)
{
  static const char *const names[] = { "sft", "rft", "dpo", "kto", "oreo" };
  for (size_t i = 0; i < COUNT(names); i++)
    if (str_equal(spec, str_from(names[i])))
      return true;
  return false;
}

enum { PATH_SHOWN = 1024 };

/* A folder is a checkpoint; a file says by its name that it is one. */
static bool is_checkpoint(struct str spec)
{
  char path[PATH_SHOWN];
  snprintf(path, sizeof path, "%.*s", STR_ARG(str_slice(spec, 0, sizeof path - 1)));
  return str_ends(spec, STR(".gguf")) || fs_is_dir(path);
}

#define REMEDY                                                                      \
  "write FOLDER or FILE.gguf for a checkpoint, http(s)://HOST/v1#NAME for a model " \
  "behind a server, replay:FILE for recorded answers, or null:TEXT for a fixed one"

static int refuse_file(struct str shown, struct err *err)
{
  if (str_ends(shown, STR(".safetensors")) || str_ends(shown, STR("config.json")))
    return err_set(err, ERR_USAGE,
                   "model '%.*s' is part of a checkpoint; name the folder that it is in",
                   STR_ARG(shown));
  return err_set(err, ERR_USAGE,
                 "model '%.*s' does not say what it is; if the file holds recorded "
                 "answers, write replay:%.*s",
                 STR_ARG(shown), STR_ARG(shown));
}

static int refuse_spec(struct str spec, struct str name, struct err *err)
{
  char path[PATH_SHOWN];
  struct str shown = str_slice(spec, 0, 200);
  snprintf(path, sizeof path, "%.*s", STR_ARG(str_slice(spec, 0, sizeof path - 1)));
  if (is_shipped_name(spec))
    return err_set(err, ERR_USAGE,
                   "model '%.*s': this version has no built-in checkpoint yet; " REMEDY,
                   STR_ARG(shown));
  if (fs_exists(path))
    return refuse_file(shown, err);
  if (str_find_char(spec, ':') < 0 && str_find_char(spec, '/') >= 0)
    return err_set(err, ERR_ENV, "model '%.*s': there is no such folder or file; " REMEDY,
                   STR_ARG(shown));
  const char *nearest = name_nearest(name, kind_name_at);
  if (nearest)
    return err_set(err, ERR_USAGE,
                   "model '%.*s' is of no known kind; did you mean '%s:'?",
                   STR_ARG(shown), nearest);
  return err_set(err, ERR_USAGE, "model '%.*s' is of no known kind; " REMEDY,
                 STR_ARG(shown));
}

/* Which kind, and what of the spec is its business. */
static const struct policy_kind *kind_of(struct str spec, struct str *rest,
                                         struct err *err)
{
  if (is_address(spec)) {
    *rest = spec;
    return &policy_endpoint;
  }
  ptrdiff_t colon = str_find_char(spec, ':');
  struct str name = str_slice(spec, 0, colon < 0 ? spec.len : (size_t)colon);
  const struct policy_kind *kind = colon < 0 ? NULL : kind_find(name);
  if (!kind && is_checkpoint(spec)) {
    *rest = spec;
    return &policy_local;
  }
  if (!kind || kind == &policy_endpoint) {
    refuse_spec(spec, name, err);
    return NULL;
  }
  *rest = str_slice(spec, (size_t)colon + 1, spec.len);
  return kind;
}

struct policy *policy_open(struct str spec, const struct policy_opts *opts,
                           struct err *err)
{
  struct str rest;
  const struct policy_kind *kind = kind_of(spec, &rest, err);
  if (!kind)
    return NULL;
  struct policy *policy = mem_alloc(sizeof *policy);
  *policy = (struct policy){ .kind = kind, .group = 1 };
  if (kind->open(policy, rest, opts, err) == 0)
    return policy;
  if (kind != &policy_endpoint) /* it names the address itself, without its secrets */
    err_wrap(err, "model '%.*s'", STR_ARG(str_slice(spec, 0, 200)));
  arena_release(&policy->arena);
  free(policy->warnings);
  free(policy);
  return NULL;
}

void policy_close(struct policy *policy)
{
  if (!policy)
    return;
  if (policy->kind->close)
    policy->kind->close(policy);
  arena_release(&policy->arena);
  free(policy->warnings);
  free(policy);
}

struct str policy_label(const struct policy *policy)
{
  return policy->label;
}

const char *policy_kind(const struct policy *policy)
{
  return policy->kind->name;
}

struct str policy_sha256(const struct policy *policy)
{
  return policy->sha256;
}

struct str policy_served(const struct policy *policy)
{
  return policy->served;
}

const struct manifest_engine *policy_engine(const struct policy *policy)
{
  return policy->engine;
}

int policy_group(const struct policy *policy)
{
  return policy->group;
}

int policy_max_samples(const struct policy *policy)
{
  return policy->max_samples;
}

bool policy_is_live(const struct policy *policy)
{
  return policy->kind->ask != NULL;
}

const char *policy_warning_at(const struct policy *policy, size_t index)
{
  return index < policy->n_warnings ? policy->warnings[index] : NULL;
}

void policy_warn(struct policy *policy, const char *fmt, ...)
{
  char text[1024];
  va_list args;
  va_start(args, fmt);
  vsnprintf(text, sizeof text, fmt, args);
  va_end(args);
  ARRAY_RESERVE(policy->warnings, policy->n_warnings, policy->cap_warnings);
  policy->warnings[policy->n_warnings++] = arena_cstr(&policy->arena, str_from(text));
}

struct reply reply_empty(void)
{
  return (struct reply){ .finish = FINISH_UNKNOWN,
                         .label = -1,
                         .value = NAN,
                         .tokens_in = -1,
                         .tokens_out = -1,
                         .tokens_reasoning = -1 };
}

/* ---- asking ---- */

bool policy_has_room(const struct policy *policy)
{
  if (policy->kind->has_room)
    return policy->kind->has_room(policy);
  return policy->n_answered == policy->waiting.n_samples;
}

void policy_ask(struct policy *policy, const struct ask *ask)
{
  if (policy->kind->ask) {
    policy->kind->ask(policy, ask);
    return;
  }
  policy->waiting = *ask;
  policy->waiting.prompt = NULL; /* the caller's, and only until we return */
  policy->n_answered = 0;
}

/* A kind that answers at once is asked when the answer is wanted. */
static int answer_now(struct policy *policy, struct answered *out, struct arena *arena)
{
  const struct ask *ask = &policy->waiting;
  if (policy->n_answered == ask->n_samples)
    return 0;
  int sample = ask->sample + policy->n_answered++;
  *out = (struct answered){ ask->ticket, sample,
                            policy->kind->reply(policy, ask, sample, arena) };
  return 1;
}

int policy_next(struct policy *policy, struct answered *out, int wait_ms,
                struct arena *arena, struct err *err)
{
  if (policy->kind->next)
    return policy->kind->next(policy, out, wait_ms, arena, err);
  return answer_now(policy, out, arena);
}

void policy_preview(const struct policy *policy, const struct ask *ask, struct buf *out)
{
  if (policy->kind->preview)
    policy->kind->preview(policy, ask, out);
}

/* By the item's text, so that neither its place in a file nor --limit matters. */
static void begin_draws(struct rng *rng, const struct ask *ask, const char *purpose)
{
  uint64_t id = 0;
  for (size_t i = 0; ask->item && i < ask->item->id.len; i++)
    id = (id ^ (unsigned char)ask->item->id.ptr[i]) * UINT64_C(0x100000001B3);
  id ^= (uint64_t)ask->sample << 32 ^ (uint64_t)ask->turn << 52;
  rng_init(rng, ask->seed, purpose, id);
}

uint32_t policy_seed(const struct ask *ask)
{
  struct rng rng;
  begin_draws(&rng, ask, "request");
  return (uint32_t)rng_below(&rng, UINT64_C(1) << 31);
}

uint64_t policy_key(const struct ask *ask)
{
  struct rng rng;
  begin_draws(&rng, ask, "local");
  return rng_u64(&rng);
}
