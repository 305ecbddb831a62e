/* body.h - the JSON that the server says: completions, the list of models, errors.
 *
 * OpenAI's shapes. The same question gets the same bytes: the id comes from the request's
 * key, `created` is fixed. Tokens are counted as asked.h does; log probabilities are made
 * up from the text of each piece of four bytes, so that they can be checked.
 */
#ifndef OREO_MOCK_BODY_H
#define OREO_MOCK_BODY_H

#include "mock/asked.h"

struct choice {
  struct str content;
  struct str reasoning; /* absent: none */
  struct str finish_reason;
};

struct completion {
  const struct asked *asked;
  const struct choice *choices;
  size_t n_choices;
  const char *key; /* of the request, for the id */
  int64_t created; /* seconds since 1970 */
};

void body_completion(struct buf *out, const struct completion *completion);
void body_models(struct buf *out, const char *model, int64_t created);
void body_error(struct buf *out, const struct refusal *refusal);

#endif
