/* policy.h - whatever answers a prompt: recorded answers, a constant, later a model.
 *
 * A policy is opened from what `--model` says, asked for one sample at a time, and
 * closed. Adding a kind means one file and one row of the table in policy.c. A policy
 * that cannot answer one item (no recording, a refusal) says so in the reply: that is a
 * record with verdict `error`, never the end of a run and never a wrong answer. Only a
 * policy that can answer nothing at all fails to open. One thread at a time.
 */
#ifndef OREO_POLICY_POLICY_H
#define OREO_POLICY_POLICY_H

#include "base/arena.h"
#include "base/err.h"
#include "base/types.h"
#include "task/prompt.h"

struct policy;

struct reply {
  bool failed; /* then `what` says why, and nothing else counts */
  struct str what;
  struct str response;
  enum finish finish;
  int label;                     /* the recording's own judgement: 1, 0, or -1 */
  double value;                  /* NAN = none */
  int64_t tokens_in, tokens_out; /* -1 = unknown */
};

/* `spec` as on the command line: "replay:FILE[#field]", "null:TEXT". `set` is what will
 * be asked. An unknown kind is ERR_USAGE with the nearest; a kind that this build does
 * not have yet (folder, gguf, http) says so and names what would work instead. */
struct policy *policy_open(struct str spec, const struct item_set *set, struct err *err);
void policy_close(struct policy *policy);

/* What tables call it ("175b_verification"), its kind ("replay"), and the sha256 of what
 * it reads (absent: nothing). Borrowed from the policy. */
struct str policy_label(const struct policy *policy);
const char *policy_kind(const struct policy *policy);
struct str policy_sha256(const struct policy *policy);
/* How many samples an item has at most; 0 = any number. */
int policy_max_samples(const struct policy *policy);
/* Things a reader should know ("3 rows of the file match no item"), NULL past the end. */
const char *policy_warning_at(const struct policy *policy, size_t index);

/* Answers sample number `sample` of `item`. Strings live in `arena` or in the policy. */
struct reply policy_reply(struct policy *policy, const struct item *item,
                          const struct prompt *prompt, int sample, uint64_t seed,
                          struct arena *arena);

#endif
