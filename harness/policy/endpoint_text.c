/* endpoint_text.c - what people read of an exchange, and what they must not. */
#include "policy/endpoint_state.h"

/* A value this short (a dummy key for a server that wants none, say) stands in texts by
 * accident; it is struck out of messages only. */
enum { SECRET_LENGTH = 16, SECRET_LENGTH_IN_MESSAGES = 4 };

/* One pass: what a server sends may be nothing but the secret, a million times. */
static struct str strike_out(struct arena *arena, struct str text, struct str secret)
{
  static const struct str mark = { "***", 3 };
  ptrdiff_t at;
  if (!secret.len || (at = str_find(text, secret)) < 0)
    return text;
  char *out = arena_alloc(arena, text.len + 1); /* a secret is longer than its mark */
  size_t len = 0;
  for (; (at = str_find(text, secret)) >= 0;
       text = str_slice(text, (size_t)at + secret.len, text.len)) {
    memcpy(out + len, text.ptr, (size_t)at);
    memcpy(out + len + at, mark.ptr, mark.len);
    len += (size_t)at + mark.len;
  }
  memcpy(out + len, text.ptr, text.len);
  return (struct str){ out, len + text.len };
}

static struct str header_value(const char *line)
{
  struct str text = str_from(line);
  ptrdiff_t colon = str_find_char(text, ':');
  return colon < 0 ? STR_NONE : str_trim(str_slice(text, (size_t)colon + 1, text.len));
}

static struct str redact_from(const struct endpoint *e, struct arena *arena,
                              struct str text, size_t shortest)
{
  struct str key = { e->key.secret, e->key.length };
  if (key.len >= shortest)
    text = strike_out(arena, text, key);
  for (size_t i = 0; i < e->opts->headers.count; i++) {
    struct str value = header_value(e->opts->headers.at[i]);
    if (value.len >= shortest)
      text = strike_out(arena, text, value);
  }
  return text;
}

struct str endpoint_redact_body(const struct endpoint *e, struct arena *arena,
                                struct str body)
{
  return redact_from(e, arena, body, SECRET_LENGTH);
}

struct str endpoint_redact(const struct endpoint *e, struct arena *arena, struct str text)
{
  return redact_from(e, arena, text, SECRET_LENGTH_IN_MESSAGES);
}

static const char *outcome_text(enum http_outcome outcome)
{
  static const char *const texts[] = {
#define XX(id, text) text,
    HTTP_OUTCOME_MAP(XX)
#undef XX
  };
  return texts[outcome];
}

struct str endpoint_describe(const struct endpoint *e, struct arena *arena,
                             const struct http_reply *reply, struct str what)
{
  struct str text;
  if (reply->outcome != HTTP_ANSWERED)
    text = arena_printf(arena, "%s",
                        reply->detail[0] ? reply->detail : outcome_text(reply->outcome));
  else if (what.len)
    text = arena_printf(arena, "HTTP %ld: %.*s", reply->status, STR_ARG(what));
  else
    text = arena_printf(arena, "HTTP %ld", reply->status);
  if (reply->request_id[0])
    text = arena_printf(arena, "%.*s (request id %s)", STR_ARG(text), reply->request_id);
  return endpoint_redact(e, arena, text);
}
