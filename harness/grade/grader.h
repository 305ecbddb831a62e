/* grader.h - is this response right? The front door of grade/.
 *
 * A *profile* is a named, versioned rule: `robust` is ours (cascade, grammar, identity by
 * evaluation); the others are the peers' own rules, since a paper's number can only be
 * checked with the paper's grader. Profiles are rows of one table (profile.c).
 *
 * A grader owns its compiled patterns and scratch memory and is used by one thread at a
 * time; several graders may be used at once. Grading never fails and never hangs: every
 * step has a budget (limits.h), and running out of it is a reason like any other. Verdicts
 * depend on gold and response alone. `robust` is symmetric in gold and answer except where
 * docs/GRADING.md says so.
 */
#ifndef OREO_GRADE_GRADER_H
#define OREO_GRADE_GRADER_H

#include "base/err.h"
#include "base/str.h"
#include "base/types.h"

struct grader;

/* What the response is. */
enum grade_kind {
  GRADE_RESPONSE, /* a full text: the answer must be found in it */
  GRADE_BARE,     /* already the bare answer: only compare ("equivalence") */
};

/* Whether the gold is known to be one number (GSM8K) or anything (MATH). */
enum grade_answers { GRADE_NUMBERS, GRADE_ANYTHING };

/* Why: a closed list. id, name in files, what it says to a reader */
#define GRADE_REASON_MAP(XX)                                                     \
  XX(SAME_TEXT, "same text", "the same characters after normalisation")          \
  XX(SAME_NUMBER, "same number", "equal as exact rationals")                     \
  XX(SAME_VALUE, "same value", "identical by evaluation modulo primes and at points") \
  XX(ROUNDED, "rounded", "a correctly rounded decimal of the exact value")       \
  XX(SAME_STRUCTURE, "same structure", "equal element by element")               \
  XX(SAME_CHOICE, "same choice", "the same option letter or its text")           \
  XX(CONVERTED, "converted unit", "equal after converting the unit")             \
  XX(DIFFERENT_NUMBER, "different number", "both are numbers and differ")        \
  XX(DIFFERENT_VALUE, "different value", "the expressions differ")               \
  XX(DIFFERENT_TEXT, "different text", "the texts differ")                       \
  XX(DIFFERENT_TYPE, "different type", "a tuple against a number, for example")  \
  XX(DIFFERENT_LENGTH, "different length", "lists with other numbers of elements") \
  XX(DIFFERENT_ELEMENT, "different element", "structures whose elements differ") \
  XX(DIFFERENT_BRACKET, "different bracket", "an open end against a closed one") \
  XX(DIFFERENT_BASE, "different base", "numerals in other bases")                \
  XX(DIFFERENT_UNIT, "different unit", "units that cannot be converted")         \
  XX(NOT_ROUNDED_RIGHT, "not rounded right", "a decimal that is not the value rounded") \
  XX(UNPARSABLE, "unparsable", "the candidate follows no grammar and is another text") \
  XX(NOTHING_FOUND, "nothing found", "the response has no answer")               \
  XX(CUT_OFF, "cut off", "the response ended before an answer")                  \
  XX(OVER_BUDGET, "over budget", "a size or time limit was reached")             \
  XX(RULE_SAID_YES, "rule matched", "a peer's rule accepts")                     \
  XX(RULE_SAID_NO, "rule differed", "a peer's rule rejects")                     \
  XX(NO_RESPONSE, "no response", "there was nothing to grade")

enum grade_reason {
#define XX(id, name, text) GRADE_##id,
  GRADE_REASON_MAP(XX)
#undef XX
  GRADE_REASON_COUNT
};

const char *grade_reason_name(enum grade_reason reason);
const char *grade_reason_text(enum grade_reason reason);
int grade_reason_from_name(struct str name); /* -1: unknown */

struct grade {
  enum verdict verdict;     /* never VERDICT_ERROR: a grader has no errors */
  enum grade_reason reason;
  struct str extracted;     /* the answer as found; borrowed from the response or, where it
                               had to be composed, from the grader until its next call */
  size_t span_at, span_len; /* where it stands in the response, bytes; len 0 = nowhere */
  const char *rule;         /* the extraction rule that found it ("boxed", "#### "), static */
  const char *category;     /* type of the gold ("integer", "interval", ...), static */
};

struct grader_opts {
  struct str profile;        /* "robust", "lm-eval/gsm8k-strict", ...; absent: robust */
  enum grade_answers answers;
  struct str answer_pattern; /* PCRE2 from a suite definition, group 1; absent: none */
};

/* An unknown profile is ERR_USAGE with the nearest name; a pattern that does not compile is
 * ERR_DATA with PCRE2's message and offset. */
struct grader *grader_create(const struct grader_opts *opts, struct err *err);
void grader_free(struct grader *grader);

/* `finish` LENGTH turns "nothing found" into "cut off" (verdict truncated). */
struct grade grader_grade(struct grader *grader, struct str gold, struct str response,
                          enum grade_kind kind, enum finish finish);

/* Are two bare answers equivalent? For majority votes: same rule as GRADE_BARE. */
bool grader_same(struct grader *grader, struct str a, struct str b);

/* Profiles, in order of the table. NULL past the end. */
struct grade_profile_info {
  const char *name;    /* "lm-eval/gsm8k-strict" */
  const char *version; /* of the peer's rule, e.g. "3.0" */
  const char *source;  /* file in the peer's repository that states the rule */
  const char *about;   /* one line */
};
const struct grade_profile_info *grader_profile_at(size_t index);

#endif
