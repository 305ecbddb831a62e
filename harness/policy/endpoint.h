/* endpoint.h - "http(s)://HOST/v1#MODEL": a model behind an OpenAI-compatible server.
 *
 * The settings of it, as options fill them; policy.h is how it is used. What shapes the
 * answers is in `shape` and stands in the manifest; the rest may change between the
 * processes of one run. What can go wrong, and what becomes of it:
 *
 *   429, 5xx, 408, cut, slow, not JSON     tried again, up to max_attempts, then an error
 * record no connection                          waited for while nothing else answers, up
 * to max_outage_s; then the run stops, resumable too long a prompt, filtered an error
 * record of that item, at once key, quota, parameter, model, path     the run stops,
 * resumable, with the remedy budget                                 the run stops,
 * resumable
 *
 * The key is read once, from the environment or a file, and held in memory only.
 */
#ifndef OREO_POLICY_ENDPOINT_H
#define OREO_POLICY_ENDPOINT_H

#include <stdint.h>

#include "base/err.h"
#include "config/options.h"

struct endpoint_shape {
  const char *api;                  /* "chat" or "completions" */
  double temperature, top_p, min_p; /* < 0 = not sent */
  int64_t top_k;                    /* 0 = not sent */
  int64_t max_tokens;               /* 0 = the suite's */
  int64_t samples_per_request;      /* the API's n */
  bool logprobs;
  struct texts stop, param, omit;
};

struct endpoint_opts {
  struct endpoint_shape shape;
  const char *api_key_env,
      *api_key_file;                   /* NULL: OPENAI_API_KEY, for api.openai.com only */
  struct texts headers;                /* "NAME: VALUE"; values are secrets */
  const char *proxy, *ca_file, *cache; /* NULL: the environment's; the system's; none */
  int64_t concurrency;                 /* at most in flight */
  double rpm, tpm;                     /* 0 = no limit */
  int64_t max_attempts;                /* of one request */
  int64_t retry_wait_ms, max_outage_s;
  double connect_timeout_s, first_byte_timeout_s, timeout_s;
  int64_t max_reply_mib;
  double price_in, price_out, max_cost; /* ledger.h */
  int64_t max_tokens_total;
};

/* ERR_USAGE for what cannot be: an unknown --api, a bad --param, both key options. */
NODISCARD int endpoint_check(const struct endpoint_opts *opts, struct err *err);

#endif
