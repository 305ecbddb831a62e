/* profile.h - the rules that a response can be graded by, one row each.
 *
 * For: `robust`, which is ours, and the rules of other evaluators, each in a file of its
 * own. A paper's number can only be checked with the paper's grader, so a peer's profile
 * reproduces what its rule accepts, quirks included; where it hands an expression to a
 * computer algebra system, our identity by evaluation takes that place (docs/GRADING.md
 * says which). Profiles are pure functions of gold and response.
 */
#ifndef OREO_GRADE_PROFILE_H
#define OREO_GRADE_PROFILE_H

#include "base/arena.h"
#include "grade/grader.h"
#include "base/pattern.h"

enum { PROFILE_PATTERNS = 4 };

/* An expression that a profile needs compiled. */
struct profile_pattern {
  const char *source;
  unsigned options; /* enum pattern_option */
};

/* One question to a profile. All memory from `arena`, which the grader resets. */
struct grade_case {
  struct str gold, response;
  enum grade_kind kind;
  enum grade_answers answers;
  struct arena *arena;
  struct pattern *const *patterns; /* of the profile, in its order */
  struct pattern *answer_pattern;  /* of the suite definition, or NULL */
};

struct profile {
  struct grade_profile_info info;
  struct profile_pattern patterns[PROFILE_PATTERNS];
  struct grade (*grade)(const struct grade_case *c);
};

extern const struct profile profile_robust;
extern const struct profile profile_lmeval_gsm8k_strict, profile_lmeval_gsm8k_flexible,
    profile_lmeval_gsm8k_cot, profile_lmeval_minerva, profile_lmeval_hendrycks;
extern const struct profile profile_oreo, profile_qwen, profile_prm800k,
    profile_hendrycks;

/* The table in order; NULL past the end. */
const struct profile *profile_at(size_t index);
/* By name, with or without "@version"; NULL when unknown. */
const struct profile *profile_find(struct str name);

/* ---- what profiles share ---- */

/* A verdict of a peer's rule on `extracted`, which is borrowed from the response where
 * possible. Nothing extracted (absent): no answer. */
struct grade profile_verdict(const struct grade_case *c, struct str extracted,
                             const char *rule, bool same);
/* Our identity by evaluation, for the place where a rule asks an algebra system. */
bool profile_same_value(const struct grade_case *c, struct str gold, struct str answer);

#endif
