/* asked.h - what a client asks: the body of POST /v1/chat/completions or /v1/completions.
 *
 * Reads what the answer depends on and what a server is expected to refuse; everything
 * else (temperature, max_tokens, stop) is accepted and has no effect. The body comes from
 * anybody: nothing in it is trusted. Memory: borrowed from the document and the arena. A
 * refusal is what OpenAI's API would say, not an error of ours.
 */
#ifndef OREO_MOCK_ASKED_H
#define OREO_MOCK_ASKED_H

#include "base/arena.h"
#include "base/json.h"

enum { ASKED_CHOICES_MAX = 128 };

struct asked {
  bool chat;
  struct str model;
  struct str question; /* the last user message, or the whole prompt */
  int turn;            /* assistant messages so far */
  int n;               /* choices wanted */
  uint64_t seed;       /* 0 when not given */
  bool logprobs;
  size_t prompt_bytes; /* of all messages */
};

enum { REFUSAL_TEXT_SIZE = 320, REFUSAL_PARAM_SIZE = 64 };

/* An error as OpenAI words it. */
struct refusal {
  int status;
  const char *type, *code;        /* `code` may be NULL: null */
  char param[REFUSAL_PARAM_SIZE]; /* "": null */
  char message[REFUSAL_TEXT_SIZE];
};

/* Sets it; always returns false. */
bool refusal_set(struct refusal *refusal, int status, const char *code, const char *param,
                 const char *fmt, ...) PRINTF_LIKE(5, 6);

/* False: refused. */
bool asked_read(struct asked *asked, const struct json *root, bool chat,
                struct arena *arena, struct refusal *refusal);

/* Tokens as this server counts them: a quarter of the bytes, rounded up. */
size_t asked_tokens(size_t bytes);

#endif
