#include "mock/asked.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

size_t asked_tokens(size_t bytes)
{
  return bytes / 4 + (bytes % 4 != 0);
}

static const char *type_of_status(int status)
{
  if (status == 429)
    return "rate_limit_error";
  return status >= 500 ? "server_error" : "invalid_request_error";
}

bool refusal_set(struct refusal *refusal, int status, const char *code, const char *param,
                 const char *fmt, ...)
{
  *refusal =
      (struct refusal){ .status = status, .type = type_of_status(status), .code = code };
  snprintf(refusal->param, sizeof refusal->param, "%s", param ? param : "");
  va_list args;
  va_start(args, fmt);
  vsnprintf(refusal->message, sizeof refusal->message, fmt, args);
  va_end(args);
  return false;
}

static bool refuse_type(struct refusal *refusal, const char *param, const char *wanted)
{
  return refusal_set(refusal, 400, "invalid_type", param,
                     "Invalid type for '%s': expected %s.", param, wanted);
}

/* ---- messages ---- */

/* [{"type":"text","text":"..."}, ...] as one text; absent when a part is no text. */
static struct str join_parts(const struct json *parts, struct arena *arena)
{
  size_t len = 0, at = 0;
  for (const struct json *part = json_first(parts); part; part = json_next(part)) {
    struct str text = json_get_string(part, "text", STR_NONE);
    if (!str_present(text))
      return STR_NONE;
    len += text.len;
  }
  char *joined = arena_alloc(arena, len + 1);
  for (const struct json *part = json_first(parts); part; part = json_next(part)) {
    struct str text = json_get_string(part, "text", STR_NONE);
    memcpy(joined + at, text.ptr, text.len);
    at += text.len;
  }
  return (struct str){ joined, len };
}

static bool read_messages(struct asked *asked, const struct json *root,
                          struct arena *arena, struct refusal *refusal)
{
  const struct json *messages = json_member(root, "messages");
  if (json_type(messages) != JSON_ARRAY || !json_first(messages))
    return refuse_type(refusal, "messages", "an array of messages, not empty");
  for (const struct json *m = json_first(messages); m; m = json_next(m)) {
    const struct json *content = json_member(m, "content");
    struct str role = json_get_string(m, "role", STR_NONE);
    struct str text = json_string(content, STR_NONE);
    if (json_type(content) == JSON_ARRAY)
      text = join_parts(content, arena);
    if (!str_present(role) || !str_present(text))
      return refuse_type(refusal, "messages", "a role and a text in every message");
    asked->prompt_bytes += text.len;
    asked->turn += str_equal(role, STR("assistant"));
    if (str_equal(role, STR("user")))
      asked->question = text;
  }
  if (!str_present(asked->question))
    return refuse_type(refusal, "messages", "at least one message of the user");
  return true;
}

static bool read_prompt(struct asked *asked, const struct json *root,
                        struct refusal *refusal)
{
  const struct json *prompt = json_member(root, "prompt");
  if (json_type(prompt) == JSON_ARRAY && json_size(prompt) == 1)
    prompt = json_first(prompt);
  if (json_type(prompt) != JSON_STRING)
    return refuse_type(refusal, "prompt", "a string");
  asked->question = json_string(prompt, STR_NONE);
  asked->prompt_bytes = asked->question.len;
  return true;
}

/* ---- the rest ---- */

/* null is the same as absent everywhere in this API. */
static const struct json *member_given(const struct json *root, const char *key)
{
  const struct json *value = json_member(root, key);
  return json_type(value) == JSON_NULL ? NULL : value;
}

/* Absent is fine. */
static bool read_integer(const struct json *root, const char *key, double low,
                         double high, double *value, struct refusal *refusal)
{
  const struct json *node = member_given(root, key);
  if (!node)
    return true;
  double number = json_number(node, NAN);
  if (!(number >= low && number <= high) || number != floor(number)) {
    char wanted[80];
    snprintf(wanted, sizeof wanted, "an integer from %.0f to %.0f", low, high);
    return refuse_type(refusal, key, wanted);
  }
  *value = number;
  return true;
}

/* true, or a number of alternatives as completions have it. */
static bool wants_logprobs(const struct json *root)
{
  const struct json *node = member_given(root, "logprobs");
  return node && (json_bool(node, false) || json_type(node) == JSON_NUMBER);
}

bool asked_read(struct asked *asked, const struct json *root, bool chat,
                struct arena *arena, struct refusal *refusal)
{
  const double seed_max = 9007199254740992.0; /* 2^53: all integers up to it are exact */
  double n = 1, seed = 0;
  *asked = (struct asked){ .chat = chat };
  if (json_type(root) != JSON_OBJECT)
    return refuse_type(refusal, "body", "a JSON object");
  if (json_need_string(root, "model", &asked->model, &(struct err){ 0 }) < 0)
    return refusal_set(refusal, 400, NULL, "model", "you must provide a model parameter");
  if (chat ? !read_messages(asked, root, arena, refusal)
           : !read_prompt(asked, root, refusal))
    return false;
  if (!read_integer(root, "n", 1, ASKED_CHOICES_MAX, &n, refusal) ||
      !read_integer(root, "seed", -seed_max, seed_max, &seed, refusal))
    return false;
  if (json_get_bool(root, "stream", false))
    return refusal_set(refusal, 400, "unsupported_value", "stream",
                       "Unsupported value: 'stream' does not support true with this "
                       "model.");
  asked->n = (int)n;
  asked->seed = (uint64_t)(int64_t)seed;
  asked->logprobs = wants_logprobs(root);
  return true;
}
