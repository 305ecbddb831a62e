/* extract.h - where in a full response is the answer? The cascade of `robust`.
 *
 * Proposes candidates, best rule first; the caller (robust.c) takes the first that fits the
 * gold. Spans point into the response as it was given. Linear in the length of the
 * response, which is read from its end; no more than LIMIT_CANDIDATES are proposed.
 */
#ifndef OREO_GRADE_EXTRACT_H
#define OREO_GRADE_EXTRACT_H

#include "grade/answer.h"

struct candidate {
  struct str text;          /* cleaned: delimiters, `**`, final dot removed */
  size_t span_at, span_len; /* in the original response */
  const char *rule;         /* static name of the rule */
};

struct extractor; /* owns compiled patterns; one thread at a time */

struct extractor *extractor_create(struct err *err);
void extractor_free(struct extractor *extractor);

/* Fills out[0..max) and returns how many; everything composed lives in `arena`. `gold`
 * steers: numbers move "#### " first, choices admit letters, lists join boxes. */
size_t extract_candidates(struct extractor *extractor, struct str response,
                          const struct answer *gold, enum grade_answers answers,
                          struct arena *arena, struct candidate *out, size_t max);

#endif
