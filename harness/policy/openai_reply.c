/* openai_reply.c - what came back: the answers, why they ended, what they used. */
#include <math.h>

#include "policy/openai_part.h"
#include "policy/reasoning.h"

enum { LOGPROBS_MAX = 1000000 }; /* tokens of one choice; models write far fewer */

/* ---- why it ended ---- */

enum end_kind { END_FINISH, END_FILTERED, END_FAILED };

/* What servers write; `finish` counts for END_FINISH. Anything else is not known. */
static const struct {
  const char *reason;
  enum end_kind kind;
  enum finish finish;
} ends[] = {
  { "stop", END_FINISH, FINISH_STOP },
  { "eos", END_FINISH, FINISH_STOP },
  { "eos_token", END_FINISH, FINISH_STOP },
  { "end_turn", END_FINISH, FINISH_STOP },
  { "stop_sequence", END_FINISH, FINISH_STOP },
  { "stop_token", END_FINISH, FINISH_STOP },
  { "tool_calls", END_FINISH, FINISH_STOP },
  { "function_call", END_FINISH, FINISH_STOP },
  { "length", END_FINISH, FINISH_LENGTH },
  { "max_tokens", END_FINISH, FINISH_LENGTH },
  { "max_length", END_FINISH, FINISH_LENGTH },
  { "model_length", END_FINISH, FINISH_LENGTH },
  { "content_filter", END_FILTERED, FINISH_UNKNOWN },
  { "safety", END_FILTERED, FINISH_UNKNOWN },
  { "recitation", END_FILTERED, FINISH_UNKNOWN },
  { "abort", END_FAILED, FINISH_UNKNOWN },
  { "cancelled", END_FAILED, FINISH_UNKNOWN },
  { "error", END_FAILED, FINISH_UNKNOWN },
  { "insufficient_system_resource", END_FAILED, FINISH_UNKNOWN },
};

static int read_finish(struct openai_choice *choice, const struct json *node,
                       struct err *err)
{
  struct str reason = json_get_string(node, "finish_reason", STR_NONE);
  choice->finish = FINISH_UNKNOWN;
  for (size_t i = 0; i < COUNT(ends); i++) {
    if (!str_present(reason) || !str_equal_nocase(reason, str_from(ends[i].reason)))
      continue;
    if (ends[i].kind == END_FAILED)
      return err_set(err, ERR_REMOTE,
                     "the server gave the answer up (finish_reason '%s')",
                     ends[i].reason);
    choice->finish = ends[i].finish;
    choice->filtered = ends[i].kind == END_FILTERED;
    return 0;
  }
  return 0;
}

/* ---- what it says ---- */

/* A text; or a list of parts, of which those with a text member `name` are joined. */
static struct str joined(struct arena *arena, const struct json *node, const char *name)
{
  if (json_type(node) != JSON_ARRAY)
    return json_string(node, STR_NONE);
  size_t len = 0;
  for (const struct json *part = json_first(node); part; part = json_next(part))
    len += json_get_string(part, name, STR("")).len;
  char *text = arena_alloc(arena, len + 1);
  size_t at = 0;
  for (const struct json *part = json_first(node); part; part = json_next(part)) {
    struct str piece = json_get_string(part, name, STR(""));
    memcpy(text + at, piece.ptr, piece.len);
    at += piece.len;
  }
  return (struct str){ text, len };
}

/* Some list what was thought as the first parts: {"type":"thinking","thinking":...}. */
static struct str thought_part(struct arena *arena, const struct json *content)
{
  if (json_type(content) != JSON_ARRAY)
    return STR_NONE;
  for (const struct json *part = json_first(content); part; part = json_next(part)) {
    const struct json *thinking = json_member(part, "thinking");
    if (json_type(thinking) == JSON_STRING || json_type(thinking) == JSON_ARRAY)
      return joined(arena, thinking, "text");
  }
  return STR_NONE;
}

static void set_text(struct openai_choice *choice, struct arena *arena, struct str text,
                     struct str reasoning)
{
  choice->content = arena_str(arena, str_present(text) ? text : STR(""));
  choice->reasoning = STR_NONE;
  if (str_trim(reasoning).len)
    choice->reasoning = arena_str(arena, reasoning);
  else
    reasoning_split(choice->content, &choice->reasoning, &choice->content);
}

static int read_message(struct openai_choice *choice, struct arena *arena,
                        const struct json *node, struct err *err)
{
  static const char *const names[] = { "reasoning_content", "reasoning", "thinking" };
  const struct json *message = json_member(node, "message");
  const struct json *content = json_member(message, "content");
  enum json_type type = json_type(content);
  if (json_type(message) != JSON_OBJECT)
    return err_set(err, ERR_REMOTE, "a choice of the reply has no 'message'");
  if (type != JSON_STRING && type != JSON_ARRAY && type != JSON_NULL &&
      type != JSON_ABSENT)
    return err_set(err, ERR_REMOTE, "'content' of the reply is %s, not a text",
                   json_type_name(type));
  struct str text = joined(arena, content, "text");
  if (!str_present(text)) /* a model that declined says so elsewhere */
    text = json_get_string(message, "refusal", STR_NONE);
  struct str reasoning = thought_part(arena, content);
  for (size_t i = 0; i < COUNT(names) && !str_trim(reasoning).len; i++)
    reasoning = json_get_string(message, names[i], STR(""));
  set_text(choice, arena, text, reasoning);
  return 0;
}

static int read_text(struct openai_choice *choice, struct arena *arena,
                     const struct json *node, struct err *err)
{
  const struct json *text = json_member(node, "text");
  if (json_type(text) != JSON_STRING && json_type(text) != JSON_NULL)
    return err_set(err, ERR_REMOTE, "a choice of the reply has no 'text'");
  set_text(choice, arena, json_string(text, STR("")),
           json_get_string(node, "reasoning_content", STR("")));
  return 0;
}

/* ---- log-probabilities ---- */

/* chat: content[].logprob; completions: token_logprobs[]. */
static int read_logprobs(struct openai_choice *choice, struct arena *arena,
                         const struct json *node, struct err *err)
{
  const struct json *logprobs = json_member(node, "logprobs");
  const struct json *list = json_member(logprobs, "content");
  bool plain = json_type(list) != JSON_ARRAY;
  if (plain)
    list = json_member(logprobs, "token_logprobs");
  if (json_type(list) != JSON_ARRAY)
    return 0;
  struct buf text;
  struct json_writer w;
  size_t count = 0;
  buf_init(&text, BUF_CAP_OWN);
  json_writer_init(&w, &text, JSON_COMPACT);
  json_begin_array(&w);
  for (const struct json *token = json_first(list); token; token = json_next(token)) {
    if (++count > LOGPROBS_MAX)
      break;
    json_put_number(&w, plain ? json_number(token, NAN)
                              : json_get_number(token, "logprob", NAN));
  }
  json_end_array(&w);
  choice->logprobs = arena_str(arena, buf_str(&text));
  buf_release(&text);
  return count <= LOGPROBS_MAX ? 0
                               : err_set(err, ERR_REMOTE,
                                         "the reply has log-probabilities "
                                         "of more than %d tokens",
                                         LOGPROBS_MAX);
}

/* ---- the choices ---- */

static int place_of(const struct json *node, int n, size_t *place, struct err *err)
{
  const struct json *index = json_member(node, "index");
  enum json_type type = json_type(index);
  if (n == 1 && (type == JSON_ABSENT || type == JSON_NULL)) {
    *place = 0;
    return 0;
  }
  double at = json_number(index, -1);
  if (!(at >= 0 && at < n && floor(at) == at))
    return err_set(err, ERR_REMOTE, "a choice of the reply has no index below %d", n);
  *place = (size_t)at;
  return 0;
}

static int read_choice(struct openai_choice *choice, struct arena *arena,
                       enum openai_api api, const struct json *node, struct err *err)
{
  int rc = api == OPENAI_CHAT ? read_message(choice, arena, node, err)
                              : read_text(choice, arena, node, err);
  if (rc < 0 || read_finish(choice, node, err) < 0)
    return -1;
  return read_logprobs(choice, arena, node, err);
}

static int read_choices(struct openai_reply *reply, struct arena *arena,
                        enum openai_api api, const struct json *list, struct err *err)
{
  size_t n = reply->n_choices, size = json_size(list);
  if (json_type(list) != JSON_ARRAY)
    return err_set(err, ERR_REMOTE, "the server's reply has no 'choices'");
  if (size != n)
    return err_set(err, ERR_REMOTE, "the server sent %zu answer%s, asked for %zu%s", size,
                   size == 1 ? "" : "s", n, n > 1 ? "; try --samples-per-request 1" : "");
  bool *filled = ARENA_NEW(arena, bool, n);
  reply->choices = ARENA_NEW(arena, struct openai_choice, n);
  for (const struct json *node = json_first(list); node; node = json_next(node)) {
    size_t place = 0;
    if (place_of(node, (int)n, &place, err) < 0)
      return -1;
    if (filled[place])
      return err_set(err, ERR_REMOTE, "the server sent the answer %zu twice", place);
    filled[place] = true;
    if (read_choice(&reply->choices[place], arena, api, node, err) < 0)
      return -1;
  }
  return 0;
}

/* ---- what it used ---- */

/* A count of tokens, or -1 for what cannot be one. */
static int64_t read_count(const struct json *object, const char *name)
{
  double count = json_get_number(object, name, -1);
  return count >= 0 && count <= 9e15 && floor(count) == count ? (int64_t)count : -1;
}

static void read_usage(struct openai_reply *reply, const struct json *usage)
{
  const struct json *details = json_member(usage, "completion_tokens_details");
  reply->tokens_in = read_count(usage, "prompt_tokens");
  reply->tokens_out = read_count(usage, "completion_tokens");
  int64_t reasoning = read_count(details, "reasoning_tokens");
  if (reasoning < 0)
    reasoning = read_count(usage, "reasoning_tokens");
  /* more than there are: counted apart from the others, so no part of them */
  bool part = reply->tokens_out < 0 || reasoning <= reply->tokens_out;
  reply->tokens_reasoning = part ? reasoning : -1;
}

/* A status of 200 around an error, as some servers and routers send it. */
static bool is_error(struct openai_error *error, struct arena *arena,
                     const struct json *root)
{
  enum json_type type = json_type(json_member(root, "error"));
  bool wrapped = type == JSON_OBJECT || type == JSON_STRING;
  bool answered = json_type(json_member(root, "choices")) == JSON_ARRAY;
  return (wrapped || !answered) && openai_error_of(error, arena, root);
}

static int read_root(struct openai_reply *reply, struct arena *arena, enum openai_api api,
                     const struct json *root, struct err *err)
{
  struct openai_error error;
  if (is_error(&error, arena, root)) {
    struct str words = openai_one_line(arena, error.message);
    return err_set(err, ERR_REMOTE, "the server answered with an error: %.*s",
                   STR_ARG(words.len ? words : STR("it does not say which")));
  }
  if (json_type(root) != JSON_OBJECT)
    return err_set(err, ERR_REMOTE, "the server's reply is %s, not an object",
                   json_type_name(json_type(root)));
  if (read_choices(reply, arena, api, json_member(root, "choices"), err) < 0)
    return -1;
  struct str model = json_get_string(root, "model", STR_NONE);
  if (model.len)
    reply->model = openai_one_line(arena, model);
  read_usage(reply, json_member(root, "usage"));
  return 0;
}

int openai_read_reply(struct openai_reply *reply, struct arena *arena,
                      enum openai_api api, int n, struct str body, struct err *err)
{
  struct json_doc doc;
  *reply = (struct openai_reply){ .n_choices = n > 0 ? (size_t)n : 1 };
  if (openai_parse(&doc, arena, body, err) < 0)
    return -1;
  int rc = read_root(reply, arena, api, doc.root, err);
  json_doc_release(&doc);
  return rc;
}
