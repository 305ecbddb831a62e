/* asking.h - which answers of one model are still wanted, and which are on their way.
 *
 * It walks the items in the order of the data and, of each, the samples in groups of as
 * many as the policy takes at once; a group with one missing sample is asked whole, since
 * a server's choices belong together. The order in which answers come does not matter.
 * Memory: of the answers on their way, not of the items.
 */
#ifndef OREO_RUN_ASKING_H
#define OREO_RUN_ASKING_H

#include "run/answer.h"

struct asked {
  const struct item *item;
  struct sha256_hex prompt; /* of its text */
  int sample, n_samples, n_back;
};

struct asking {
  struct answer_key key; /* suite, policy and model are set */
  const struct journal *done;
  int n_samples;
  uint64_t seed;
  size_t item;         /* the next one, among the suite's chosen */
  int sample;          /* ... and the first sample of its next group */
  struct asked *asked; /* by ticket; malloc'd */
  size_t n_asked, cap_asked;
  size_t *free; /* tickets that may be used again; malloc'd */
  size_t n_free, cap_free;
  size_t n_waiting; /* groups on their way */
};

void asking_begin(struct asking *asking, const struct answer_key *key,
                  const struct journal *done, int n_samples, uint64_t seed);
void asking_end(struct asking *asking);

/* Moves to the next group that is not all there. `found`, for each sample that is, gets
 * its record. false: all has been asked. */
bool asking_next(struct asking *asking,
                 void (*found)(void *context, const struct record *record),
                 void *context);
/* Asks for the group at hand and moves behind it; `scratch` is for the prompt. */
void asking_ask(struct asking *asking, struct arena *scratch);
/* Makes the record of an answer that came; false when the journal has it already (a
 * sample of a group that was asked again). Strings as answer_grade's. */
bool asking_settle(struct asking *asking, const struct answered *answered,
                   struct record *record, struct arena *arena);

#endif
