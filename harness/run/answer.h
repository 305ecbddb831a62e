/* answer.h - from a reply to its record: clean the text, grade it, write down all of it.
 *
 * A reply that failed, or that no journal can hold, is a record with verdict `error` and
 * the reason; it is never graded. What a model thought and did not answer is written
 * down and never graded either.
 */
#ifndef OREO_RUN_ANSWER_H
#define OREO_RUN_ANSWER_H

#include "base/hash.h"
#include "journal/journal.h"
#include "run/plan.h"

struct answer_key {
  const struct run_suite *suite;
  struct policy *policy;
  struct str model; /* its label */
  const struct item *item;
  int sample;
};

/* The record with what is known before the model is asked; its key is complete. */
struct record answer_record(const struct answer_key *key);
/* Fills in the rest; strings live in `arena`, the reply, or are static. */
void answer_grade(struct record *record, const struct answer_key *key,
                  const struct sha256_hex *prompt, const struct reply *reply,
                  struct arena *arena);

/* Valid UTF-8 without zero bytes: what is not becomes U+FFFD. The text itself when there
 * is nothing to replace. */
struct str answer_clean(struct str text, struct arena *arena);

#endif
