/* endpoint_state.h - what the files of the endpoint share; inside policy/ only.
 *
 * An ask becomes a slot: its request, written once, and where it stands. A slot is free,
 * waits in `waiting` (first in, first out), waits in `retries` (a heap by the time it is
 * due), or is on its way under its index as the client's tag. There are as many as may be
 * in flight, so memory does not depend on the number of items, and each step costs a
 * logarithm of it at most. One finished request at a time is in `group`, whose answers
 * are handed out before anything else is done.
 */
#ifndef OREO_POLICY_ENDPOINT_STATE_H
#define OREO_POLICY_ENDPOINT_STATE_H

#include "journal/cache.h"
#include "net/client.h"
#include "net/pace.h"
#include "policy/key.h"
#include "policy/kind.h"
#include "policy/openai.h"

/* "BASE#NAME", taken apart. Borrowed from the arena it was read into. */
struct endpoint_address {
  struct str base;  /* without a '/' at the end; what messages show */
  struct str query; /* "?api-version=..." to go behind every path, or "" */
  struct str host;  /* with its port */
  struct str name;  /* absent: not said */
};

/* ERR_USAGE for what is no such address; the message holds no secret of it. */
NODISCARD int endpoint_address_read(struct endpoint_address *address, struct arena *arena,
                                    struct str spec, struct err *err);
/* The address of `path` ("/models") below the base, NUL-terminated. */
const char *endpoint_address_of(const struct endpoint_address *address,
                                struct arena *arena, const char *path);
/* Does the base end in "/v1", as nearly every server's does? */
bool endpoint_address_has_version(const struct endpoint_address *address);

struct slot {
  struct buf body;
  struct sha256_hex key; /* in the cache, when there is one */
  size_t ticket;
  int sample, n_samples;
  int attempts;                /* that count */
  int losses;                  /* attempts that an outage took */
  uint64_t id;                 /* what the jitter of its waits depends on */
  uint64_t number;             /* of the ask, for the log */
  uint64_t pace_number;        /* of the attempt on its way */
  int64_t due_ns;              /* in `retries` */
  double units;                /* of the prompt: bytes and a little for each message */
  int64_t max_tokens;          /* of all choices */
  int64_t bound_in, bound_out; /* reserved; on its way only */
  bool looked_up;              /* in the cache */
};

/* Slot indices, first in, first out. */
struct slot_queue {
  size_t *at;
  size_t first, count;
};

/* The answers of one request, on their way out. */
struct group {
  size_t ticket;
  int sample, n_samples, n_out;
  struct str failed; /* present: why none of them has an answer */
  struct openai_reply reply;
};

/* How many tokens a unit of prompt is, as the server has counted so far. */
struct calibration {
  double most;
  int n_seen;
};

struct endpoint {
  struct policy *policy;
  const struct endpoint_opts *opts;
  struct endpoint_address address;
  const char *url; /* that requests go to */
  struct openai_params params;
  int64_t max_tokens_extra; /* of a --param; 0 = none */
  struct key key;
  struct http_client *client; /* NULL when offline */
  struct pace pace;
  struct ledger *ledger, own_ledger;
  struct cache *cache; /* NULL: none */
  struct calibration calibration;

  struct slot *slots;
  size_t n_slots;
  size_t *free, n_free; /* a stack */
  struct slot_queue waiting;
  size_t *retries, n_retries; /* a heap by due_ns */

  struct arena reading; /* of the group at hand */
  struct group group;
  uint64_t n_asked;
  uint64_t n_good;
  bool told_outage; /* that nobody answers was said */
  bool over_budget; /* the next request does not fit while others are on their way */

  bool stopped; /* nothing more is sent; `stop` says why */
  struct err stop;
  int64_t drain_until_ns; /* what is on its way is waited for until then */
};

/* endpoint_connect.c: the list of models; sets the policy's label and `served`. */
NODISCARD int endpoint_connect(struct endpoint *e, struct err *err);

/* endpoint_preview.c */
void endpoint_preview(const struct policy *policy, const struct ask *ask,
                      struct buf *out);

/* endpoint_queue.c */
bool endpoint_has_room(const struct policy *policy);
void endpoint_ask(struct policy *policy, const struct ask *ask);
/* Sends what may be sent. Returns the ns until more may be, INT64_MAX when that takes a
 * reply; a hit in the cache fills `group` instead. */
int64_t endpoint_send_due(struct endpoint *e, int64_t now_ns);
void endpoint_retry(struct endpoint *e, struct slot *slot, int64_t due_ns);
void endpoint_free_slot(struct endpoint *e, struct slot *slot);
/* No request is sent from now on. With `drain`, replies on their way are waited for: they
 * are paid for. */
void endpoint_stop(struct endpoint *e, enum err_code code, bool drain, struct str why);

/* endpoint_settle.c: what became of an exchange: answers in `group`, another attempt, or
 * the end. */
void endpoint_settle(struct endpoint *e, const struct http_reply *reply);
/* A reply's body from the cache; false when it is none after all. */
bool endpoint_settle_cached(struct endpoint *e, struct slot *slot, struct str body);

/* endpoint_text.c: what happened in one exchange, for people, without secrets: "HTTP 503:
 * overloaded (request id 7f)". `what` is put in place of the server's words when present.
 */
struct str endpoint_describe(const struct endpoint *e, struct arena *arena,
                             const struct http_reply *reply, struct str what);
/* A message with the key and the headers' values struck out. */
struct str endpoint_redact(const struct endpoint *e, struct arena *arena,
                           struct str text);
/* The same of a reply, in which a secret too short to be one is left: it may be a word.
 */
struct str endpoint_redact_body(const struct endpoint *e, struct arena *arena,
                                struct str body);

#endif
