/* policy.h - whatever answers a prompt: recorded answers, a constant, a model on a
 * server, a model that runs here.
 *
 * A policy is opened from what `--model` says; then it is asked, and hands back answers
 * as they come, in any order: many may be on their way at once. Adding a kind means one
 * file and one row of the table in policy.c. A policy that cannot answer one item (no
 * recording, a refusal, a server that fails again and again) says so in the reply: that
 * is a record with verdict `error`, never the end of a run and never a wrong answer. Only
 * what concerns every item (a wrong key, an unknown model, a budget) is an error of
 * policy_next. One thread at a time.
 */
#ifndef OREO_POLICY_POLICY_H
#define OREO_POLICY_POLICY_H

#include "base/arena.h"
#include "base/err.h"
#include "base/types.h"
#include "journal/manifest.h"
#include "policy/endpoint.h"
#include "policy/ledger.h"
#include "policy/local.h"
#include "task/prompt.h"

struct policy;

struct policy_opts {
  const struct item_set *set;           /* what will be asked */
  const struct endpoint_opts *endpoint; /* sampling, and the way to servers; borrowed */
  const struct local_opts *local;       /* for models that run here; borrowed */
  struct local_host *host; /* shared by the policies of a run; borrowed; NULL: its own */
  struct ledger *ledger;   /* the same */
  bool offline;            /* check all that needs no network, and no more */
};

/* `spec` as on the command line: "replay:FILE[#field]", "null:TEXT",
 * "http(s)://HOST/v1#MODEL", a folder with a checkpoint, "FILE.gguf" ("local:PATH" for a
 * path that reads as something else). An unknown kind is ERR_USAGE with the nearest, a
 * path that is not there ERR_ENV.
 */
struct policy *policy_open(struct str spec, const struct policy_opts *opts,
                           struct err *err);
void policy_close(struct policy *policy);

/* What tables call it ("175b_verification"), its kind ("replay"), and the sha256 of what
 * it reads (absent: nothing). Borrowed from the policy. */
struct str policy_label(const struct policy *policy);
const char *policy_kind(const struct policy *policy);
struct str policy_sha256(const struct policy *policy);
/* The model as its server reports it; absent: no server, or it does not say. */
struct str policy_served(const struct policy *policy);
/* What it runs on; NULL: not on this machine's device. */
const struct manifest_engine *policy_engine(const struct policy *policy);
/* How many samples an item has at most; 0 = any number. */
int policy_max_samples(const struct policy *policy);
/* How many samples one ask takes at most. */
int policy_group(const struct policy *policy);
/* Does a model answer now, for time or money? Not so a recording or a constant. */
bool policy_is_live(const struct policy *policy);
/* Things a reader should know ("3 rows of the file match no item"), NULL past the end. */
const char *policy_warning_at(const struct policy *policy, size_t index);

/* ---- asking ---- */

struct ask {
  const struct item *item; /* outlives the ask; may be NULL for a kind that needs none */
  const struct prompt *prompt; /* read before policy_ask returns */
  int sample, n_samples;       /* samples [sample, sample + n_samples) */
  uint64_t seed;               /* of the run */
  int turn;                    /* of a conversation, from 0 */
  size_t ticket;               /* the caller's; comes back with each answer */
};

/* One sample's answer. Strings live in the arena given to policy_next or in the policy.
 */
struct reply {
  bool failed; /* then `what` says why, and of the rest only tokens count */
  struct str what;
  struct str response;
  struct str reasoning; /* what was thought and not answered; absent: none */
  struct str logprobs;  /* JSON array, of the response's tokens; absent: not known */
  enum finish finish;
  int label;                     /* the recording's own judgement: 1, 0, or -1 */
  double value;                  /* NAN = none */
  int64_t tokens_in, tokens_out; /* -1 = unknown; of a group, the prompt counts once */
  int64_t tokens_reasoning;      /* part of tokens_out; -1 = unknown */
};

struct answered {
  size_t ticket;
  int sample;
  struct reply reply;
};

/* Can it take one more ask now? When it cannot and nothing is on its way, policy_next
 * says why. */
bool policy_has_room(const struct policy *policy);
void policy_ask(struct policy *policy, const struct ask *ask);
/* The next answer, waiting at most wait_ms: 1 with *out, or 0 when none came in time (or
 * a signal did). -1: this policy can answer nothing more. */
NODISCARD int policy_next(struct policy *policy, struct answered *out, int wait_ms,
                          struct arena *arena, struct err *err);

/* Appends what would be sent for this ask, as it would be sent but without its key, also
 * offline; nothing for a policy that sends nothing. */
struct buf;
void policy_preview(const struct policy *policy, const struct ask *ask, struct buf *out);

/* The seed of one sample's random draws, in [0, 2^31): keyed, so that no order matters.
 */
uint32_t policy_seed(const struct ask *ask);
/* The same as a key of all 64 bits, from another stream. */
uint64_t policy_key(const struct ask *ask);

#endif
