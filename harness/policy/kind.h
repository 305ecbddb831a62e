/* kind.h - what a kind of policy provides; inside policy/ only.
 *
 * A kind is one file and one row of the table in policy.c. It fills the common part of
 * `struct policy` when it opens: the label and the other texts live in the policy's
 * arena, its own data behind `state`, from the same arena unless `close` frees it.
 */
#ifndef OREO_POLICY_KIND_H
#define OREO_POLICY_KIND_H

#include "policy/policy.h"

struct policy_kind {
  const char *name; /* what stands before the ':' of a spec */
  const char *form; /* "replay:FILE[#field]", for messages */
  /* `rest` is what stands behind the ':'. On failure nothing of its own is held. */
  int (*open)(struct policy *policy, struct str rest, const struct item_set *set,
              struct err *err);
  struct reply (*reply)(struct policy *policy, const struct item *item,
                        const struct prompt *prompt, int sample, uint64_t seed,
                        struct arena *arena);
  void (*close)(struct policy *policy); /* NULL: the arena is all */
};

struct policy {
  const struct policy_kind *kind;
  struct arena arena;
  struct str label, sha256; /* sha256 absent: it reads nothing */
  int max_samples;          /* 0 = any number */
  const char **warnings;    /* malloc'd array, texts in the arena */
  size_t n_warnings, cap_warnings;
  void *state;
};

extern const struct policy_kind policy_null, policy_replay;

/* A reply with nothing in it but its defaults. */
struct reply reply_empty(void);
void policy_warn(struct policy *policy, const char *fmt, ...) PRINTF_LIKE(2, 3);

#endif
