/* kind.h - what a kind of policy provides; inside policy/ only.
 *
 * A kind is one file and one row of the table in policy.c. It fills the common part of
 * `struct policy` when it opens: the label and the other texts live in the policy's
 * arena, its own data behind `state`, from the same arena unless `close` frees it. A kind
 * that answers at once has `reply`; one whose answers take their time has `has_room`,
 * `ask` and `next`, as policy.h describes them.
 */
#ifndef OREO_POLICY_KIND_H
#define OREO_POLICY_KIND_H

#include "policy/policy.h"

struct policy_kind {
  const char *name; /* "replay": in the manifest, and what stands before a spec's ':' */
  const char *form; /* "replay:FILE[#field]", for messages */
  /* `rest` is what stands behind the ':' (for an endpoint, the whole spec). On failure
   * nothing of its own is held. */
  int (*open)(struct policy *policy, struct str rest, const struct policy_opts *opts,
              struct err *err);
  struct reply (*reply)(struct policy *policy, const struct ask *ask, int sample,
                        struct arena *arena);
  bool (*has_room)(const struct policy *policy);
  void (*ask)(struct policy *policy, const struct ask *ask);
  int (*next)(struct policy *policy, struct answered *out, int wait_ms,
              struct arena *arena, struct err *err);
  /* NULL: nothing is sent anywhere. */
  void (*preview)(const struct policy *policy, const struct ask *ask, struct buf *out);
  void (*close)(struct policy *policy); /* NULL: the arena is all */
};

struct policy {
  const struct policy_kind *kind;
  struct arena arena;
  struct str label, sha256, served;     /* absent: it reads nothing; no server */
  const struct manifest_engine *engine; /* NULL: it runs elsewhere, or nothing runs */
  int max_samples;                      /* 0 = any number */
  int group;                            /* samples an ask, at least 1 */
  const char **warnings;                /* malloc'd array, texts in the arena */
  size_t n_warnings, cap_warnings;
  struct ask waiting; /* of a kind that answers at once: the ask at hand */
  int n_answered;     /* of its samples; all = nothing is waiting */
  void *state;
};

extern const struct policy_kind policy_null, policy_replay, policy_endpoint, policy_local;

/* A reply with nothing in it but its defaults. */
struct reply reply_empty(void);
void policy_warn(struct policy *policy, const char *fmt, ...) PRINTF_LIKE(2, 3);

#endif
