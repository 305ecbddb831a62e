/* answers.h - what the server answers: a script's row, a recording, a constant.
 *
 * A script is asked first, then the policy. With a set of items the question must be one
 * of its (policy/join.h finds it in the prompt). Choice i of a request with seed s is
 * recording (s + i) modulo the number of recordings that its item has. Memory: results
 * live in the arena of the call or as long as the policy. One thread.
 */
#ifndef OREO_MOCK_ANSWERS_H
#define OREO_MOCK_ANSWERS_H

#include "mock/asked.h"
#include "mock/body.h"
#include "mock/mock.h"
#include "mock/script.h"

struct answers;

struct answer {
  const struct choice *choices;
  size_t n_choices;
  const struct item *item; /* NULL: unknown, or none needed */
  int64_t latency_ms;      /* -1: as all the others */
};

/* Its memory is `arena`, and what answers_close frees. */
NODISCARD int answers_open(struct answers **out, const struct mock_opts *opts,
                           struct arena *arena, struct err *err);
void answers_close(struct answers *answers);

/* False: refused; `item` and `latency_ms` are set all the same. */
bool answers_find(struct answers *answers, const struct asked *asked,
                  struct answer *answer, struct arena *arena, struct refusal *refusal);

#endif
