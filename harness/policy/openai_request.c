/* openai_request.c - the body of a request, and what may be asked to stand in it. */
#include "policy/openai.h"

#include <math.h>

#include "base/nearest.h"
#include "policy/openai_part.h"

/* ---- the members, in the order in which they are written ---- */

enum member {
  MEMBER_MODEL,
  MEMBER_MESSAGES,
  MEMBER_PROMPT,
  MEMBER_MAX_TOKENS,
  MEMBER_TEMPERATURE,
  MEMBER_TOP_P,
  MEMBER_TOP_K,
  MEMBER_MIN_P,
  MEMBER_N,
  MEMBER_SEED,
  MEMBER_STOP,
  MEMBER_LOGPROBS,
  MEMBER_COUNT,
};

static const char *const member_names[MEMBER_COUNT + 1] = {
  "model", "messages", "prompt", "max_tokens", "temperature", "top_p",
  "top_k", "min_p",    "n",      "seed",       "stop",        "logprobs",
};

const char *openai_member_at(size_t index)
{
  return index < MEMBER_COUNT ? member_names[index] : NULL;
}

bool openai_member_known(struct str name)
{
  for (size_t i = 0; i < MEMBER_COUNT; i++)
    if (str_equal(name, str_from(member_names[i])))
      return true;
  return false;
}

/* Members that neither `extra` nor `omit` may touch, and what to do instead. */
static const struct {
  const char *name, *why;
} fixed[] = {
  { "model", "it is what stands behind the '#' of --model" },
  { "messages", "it is the prompt" },
  { "prompt", "it is the prompt" },
  { "n", "use --samples-per-request" },
  { "best_of", "use --samples-per-request" },
  { "stream", "the reply would have another form" },
  { "stream_options", "the reply would have another form" },
  { "echo", "the prompt would be graded as the answer" },
};

bool openai_name_is_sane(struct str name)
{
  if (!name.len || name.len > OPENAI_NAME_MAX)
    return false;
  for (size_t i = 0; i < name.len; i++)
    if (!char_is_alnum(name.ptr[i]) && !memchr("_-.", name.ptr[i], 3))
      return false;
  return true;
}

static int check_spared(const char *option, struct str name, struct err *err)
{
  for (size_t i = 0; i < COUNT(fixed); i++)
    if (str_equal(name, str_from(fixed[i].name)))
      return err_set(err, ERR_USAGE, "--%s cannot change '%s'; %s", option, fixed[i].name,
                     fixed[i].why);
  return 0;
}

/* "NAME=JSON" in two; a text without '=' has no value. */
static struct str split_extra(const char *extra, struct str *value)
{
  struct str text = str_from(extra);
  ptrdiff_t at = str_find_char(text, '=');
  *value = at < 0 ? STR_NONE : str_slice(text, (size_t)at + 1, text.len);
  return at < 0 ? text : str_slice(text, 0, (size_t)at);
}

static struct str extra_of(const struct openai_params *params, struct str name)
{
  for (size_t i = 0; i < params->extra.count; i++) {
    struct str value, of = split_extra(params->extra.at[i], &value);
    if (str_equal(of, name))
      return value;
  }
  return STR_NONE;
}

static bool is_omitted(const struct openai_params *params, struct str name)
{
  for (size_t i = 0; i < params->omit.count; i++)
    if (str_equal(name, str_from(params->omit.at[i])))
      return true;
  return false;
}

static int check_extra(const struct openai_params *params, size_t i, struct err *err)
{
  struct str value, name = split_extra(params->extra.at[i], &value);
  if (!str_present(value) || !openai_name_is_sane(name))
    return err_set(err, ERR_USAGE,
                   "--param '%.200s' is not NAME=JSON; write for example "
                   "--param reasoning_effort='\"low\"'",
                   params->extra.at[i]);
  if (check_spared("param", name, err) < 0)
    return -1;
  struct json_doc doc;
  struct err why = { 0 };
  if (json_parse(&doc, value, &why) < 0)
    return err_set(err, ERR_USAGE,
                   "--param '%.*s': its value is not JSON (%.200s); a text "
                   "needs double quotes: --param %.*s='\"low\"'",
                   STR_ARG(name), why.msg, STR_ARG(name));
  json_doc_release(&doc);
  for (size_t before = 0; before < i; before++)
    if (str_equal(split_extra(params->extra.at[before], &value), name))
      return err_set(err, ERR_USAGE, "--param '%.*s' is given twice; keep one",
                     STR_ARG(name));
  return 0;
}

/* A misspelled name would be left in without a word. */
static int check_omit(const struct openai_params *params, size_t i, struct err *err)
{
  struct str name = str_from(params->omit.at[i]);
  if (check_spared("omit", name, err) < 0)
    return -1;
  if (openai_member_known(name) || str_present(extra_of(params, name)))
    return 0;
  const char *near = name_nearest(name, openai_member_at);
  return err_set(err, ERR_USAGE, "--omit '%.64s': no request has such a member; %s%s%s",
                 params->omit.at[i], near ? "did you mean '" : "leave the option out",
                 near ? near : "", near ? "'" : "");
}

int openai_check(const struct openai_params *params, struct err *err)
{
  for (size_t i = 0; i < params->extra.count; i++)
    if (check_extra(params, i, err) < 0)
      return -1;
  for (size_t i = 0; i < params->omit.count; i++)
    if (check_omit(params, i, err) < 0)
      return -1;
  return 0;
}

/* ---- writing ---- */

struct request {
  const struct openai_params *params;
  const struct prompt *prompt;
  int n;
  int64_t seed;
};

static int64_t max_tokens_of(const struct request *r)
{
  return r->params->max_tokens ? r->params->max_tokens : r->prompt->max_tokens;
}

static bool is_sent(const struct request *r, enum member member)
{
  const struct openai_params *p = r->params;
  switch (member) {
  case MEMBER_MODEL: return true;
  case MEMBER_MESSAGES: return p->api == OPENAI_CHAT;
  case MEMBER_PROMPT: return p->api == OPENAI_COMPLETIONS;
  case MEMBER_MAX_TOKENS: return max_tokens_of(r) > 0;
  case MEMBER_TEMPERATURE: return isfinite(p->temperature);
  case MEMBER_TOP_P: return isfinite(p->top_p);
  case MEMBER_TOP_K: return p->top_k != 0;
  case MEMBER_MIN_P: return isfinite(p->min_p);
  case MEMBER_N: return r->n > 1;
  case MEMBER_SEED: return r->seed >= 0;
  case MEMBER_STOP: return p->stop.count || r->prompt->n_stop;
  case MEMBER_LOGPROBS: return p->logprobs;
  case MEMBER_COUNT: break;
  }
  return false;
}

static void put_message(struct json_writer *w, struct str role, struct str content)
{
  json_begin_object(w);
  json_member_string(w, "role", role);
  json_put_key(w, "content");
  json_put_string(w, content);
  json_end_object(w);
}

static void put_messages(struct json_writer *w, const struct prompt *prompt)
{
  json_begin_array(w);
  for (size_t i = 0; i < prompt->n_messages; i++)
    put_message(w, prompt->messages[i].role, prompt->messages[i].content);
  if (!prompt->n_messages)
    put_message(w, STR("user"), prompt->text);
  json_end_array(w);
}

static void put_stop(struct json_writer *w, const struct request *r)
{
  const struct texts *own = &r->params->stop;
  json_begin_array(w);
  for (size_t i = 0; i < own->count; i++)
    json_put_string(w, str_from(own->at[i]));
  for (size_t i = 0; i < r->prompt->n_stop && !own->count; i++)
    json_put_string(w, r->prompt->stop[i]);
  json_end_array(w);
}

static void put_value(struct json_writer *w, const struct request *r, enum member member)
{
  const struct openai_params *p = r->params;
  switch (member) {
  case MEMBER_MODEL: json_put_string(w, p->model); break;
  case MEMBER_MESSAGES: put_messages(w, r->prompt); break;
  case MEMBER_PROMPT: json_put_string(w, r->prompt->text); break;
  case MEMBER_MAX_TOKENS: json_put_int(w, max_tokens_of(r)); break;
  case MEMBER_TEMPERATURE: json_put_number(w, p->temperature); break;
  case MEMBER_TOP_P: json_put_number(w, p->top_p); break;
  case MEMBER_TOP_K: json_put_int(w, p->top_k); break;
  case MEMBER_MIN_P: json_put_number(w, p->min_p); break;
  case MEMBER_N: json_put_int(w, r->n); break;
  case MEMBER_SEED: json_put_int(w, r->seed); break;
  case MEMBER_STOP: put_stop(w, r); break;
  case MEMBER_LOGPROBS: /* completions count the alternatives beside the chosen token */
    if (p->api == OPENAI_CHAT)
      json_put_bool(w, true);
    else
      json_put_int(w, 1);
    break;
  case MEMBER_COUNT: break;
  }
}

/* Parsed and written again, so that spacing does not make another request of it. */
static void put_extra(struct json_writer *w, struct str name, struct str value)
{
  char key[OPENAI_NAME_MAX + 1];
  struct json_doc doc;
  struct err err;
  if (!openai_name_is_sane(name) || json_parse(&doc, value, &err) < 0)
    return; /* openai_check refused it */
  memcpy(key, name.ptr, name.len);
  key[name.len] = '\0';
  json_put_key(w, key);
  json_put_node(w, doc.root);
  json_doc_release(&doc);
}

void openai_write_request(struct buf *out, const struct openai_params *params,
                          const struct prompt *prompt, int n, int64_t seed)
{
  const struct request r = { params, prompt, n, seed };
  struct json_writer w;
  json_writer_init(&w, out, JSON_COMPACT);
  json_begin_object(&w);
  for (enum member member = 0; member < MEMBER_COUNT; member++) {
    struct str name = str_from(member_names[member]);
    struct str extra = extra_of(params, name);
    if (is_omitted(params, name))
      continue;
    if (str_present(extra)) {
      put_extra(&w, name, extra);
    } else if (is_sent(&r, member)) {
      json_put_key(&w, member_names[member]);
      put_value(&w, &r, member);
    }
  }
  for (size_t i = 0; i < params->extra.count; i++) {
    struct str value, name = split_extra(params->extra.at[i], &value);
    if (!openai_member_known(name) && !is_omitted(params, name))
      put_extra(&w, name, value);
  }
  json_end_object(&w);
}
