/* openai.h - the words of OpenAI's API: requests out, replies in; no network.
 *
 * POST /v1/chat/completions and /v1/completions, GET /v1/models, as OpenAI documents them
 * and as vLLM, SGLang, llama.cpp's server, Ollama and TGI speak them. Pure functions of
 * text; what comes from a server is checked and capped. Strings of results live in the
 * arena given. Reading fails with ERR_REMOTE when a reply cannot be one; such a reply is
 * worth another attempt.
 */
#ifndef OREO_POLICY_OPENAI_H
#define OREO_POLICY_OPENAI_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/types.h"
#include "config/options.h"
#include "task/prompt.h"

/* A message's share of the chat template, in tokens: no template that is known has as
 * many around a message as this and the bytes of its role. */
enum { OPENAI_MESSAGE_TOKENS = 16 };

enum openai_api { OPENAI_CHAT, OPENAI_COMPLETIONS };

/* What is asked with every request. Absent (NAN, 0, -1, NULL) means: not sent. Members
 * stand in this order, whichever are sent: model, messages or prompt, max_tokens,
 * temperature, top_p, top_k, min_p, n (when more than 1), seed, stop (when there are
 * any), logprobs; then those of `extra` that are none of these, in the order given. */
struct openai_params {
  enum openai_api api;
  struct str model;
  double temperature, top_p, min_p; /* NAN = not sent */
  int64_t top_k;                    /* 0 = not sent */
  int64_t max_tokens;               /* of each choice; 0: the prompt's, -1: not sent */
  bool logprobs;                    /* of the tokens that were chosen */
  struct texts stop;                /* instead of the prompt's; count 0: the prompt's */
  struct texts extra; /* "NAME=JSON" members, in place of ours of that name */
  struct texts omit;  /* names of members never to be sent; stronger than `extra` */
};

/* ERR_USAGE naming the option for an `extra` whose value is no JSON or that is given
 * twice, an `extra` or `omit` of a member that cannot be touched (model, messages,
 * prompt; n, stream and what else changes the reply's form), an `omit` of what is never
 * sent. */
NODISCARD int openai_check(const struct openai_params *params, struct err *err);

/* Appends the JSON body. Its bytes are a function of the arguments: also the cache's key.
 * `n` choices; `seed` in [0, 2^31), or -1: not sent. */
void openai_write_request(struct buf *out, const struct openai_params *params,
                          const struct prompt *prompt, int n, int64_t seed);

struct openai_choice {
  struct str content;   /* "" when the server sent null; U+FFFD for \u0000 */
  struct str reasoning; /* reasoning_content or reasoning, or a <think> part
                           (reasoning.h); absent: none */
  enum finish finish;
  bool filtered;       /* finish_reason content_filter: withheld */
  struct str logprobs; /* JSON array of the tokens' log-probabilities; absent: none */
};

struct openai_reply {
  struct openai_choice *choices; /* ordered by their index; exactly n */
  size_t n_choices;
  struct str model;              /* as the server calls what answered; absent: not said */
  int64_t tokens_in, tokens_out; /* of all choices together; -1 = not said */
  int64_t tokens_reasoning;      /* part of tokens_out; -1 = not said */
};

NODISCARD int openai_read_reply(struct openai_reply *reply, struct arena *arena,
                                enum openai_api api, int n, struct str body,
                                struct err *err);

/* What a reply that is no answer says. */
enum openai_refusal_kind {
  OPENAI_TRY_AGAIN,    /* 408, 409, 425, 429, 5xx */
  OPENAI_THIS_REQUEST, /* this prompt: too long, withheld by a filter, 413, other 400s */
  OPENAI_KEY,          /* 401, 403 */
  OPENAI_QUOTA,        /* 429 or 402 that waiting does not mend: insufficient_quota */
  OPENAI_PARAMETER,    /* a parameter that this server or model does not take */
  OPENAI_MODEL,        /* the server does not have the model */
  OPENAI_PATH,         /* 404, 405: nothing there */
};

/* Of two kinds, which case: the remedies differ. */
enum openai_refusal_detail {
  OPENAI_NO_DETAIL,
  OPENAI_TOO_LONG,  /* THIS_REQUEST: prompt and max_tokens do not fit the context */
  OPENAI_FILTERED,  /* THIS_REQUEST: withheld */
  OPENAI_NO_CHAT,   /* PATH: the model has completions only */
  OPENAI_CHAT_ONLY, /* PATH: the model has no completions */
};

struct openai_refusal {
  enum openai_refusal_kind kind;
  enum openai_refusal_detail detail;
  struct str message;   /* the server's, one line, cut to a sane length; absent: none */
  struct str parameter; /* OPENAI_PARAMETER: its name */
};

/* Of a status that is not 2xx; `body` may be anything. A 2xx whose body is an error
 * object (openai_read_reply fails then) may be given too: the status that the body
 * repeats counts, else it is TRY_AGAIN. */
void openai_read_refusal(struct openai_refusal *refusal, struct arena *arena, long status,
                         struct str content_type, struct str body);
/* One sentence with the remedy, for a refusal that ends a run or an item:
 * "the server takes no 'seed' (...); leave it out with --omit seed". */
struct str openai_refusal_text(const struct openai_refusal *refusal, struct arena *arena,
                               long status);

struct openai_model {
  struct str id, root; /* root: what vLLM has loaded under that id; absent: not said */
  int64_t max_tokens;  /* max_model_len or context size; 0 = not said */
};

/* The list of GET /v1/models. */
NODISCARD int openai_read_models(struct openai_model **models, size_t *n_models,
                                 struct arena *arena, struct str body, struct err *err);

#endif
