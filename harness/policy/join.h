/* join.h - which item does a recorded answer belong to?
 *
 * By its question, since files order and number their rows differently; where a file has
 * only whole prompts, by the question that stands last in the prompt; where it has no
 * text at all, by its id or row number, and then the gold answers must not contradict. An
 * answer whose question is another one is never joined by number alone.
 */
#ifndef OREO_POLICY_JOIN_H
#define OREO_POLICY_JOIN_H

#include "task/item.h"
#include "task/recorded.h"

struct join;

/* Lives in `arena` but for its maps: join_close frees those. Borrows `set`. */
struct join *join_open(struct arena *arena, const struct item_set *set);
void join_close(struct join *join);

/* The item, or NULL. `scratch` may be reset afterwards. */
const struct item *join_find(const struct join *join,
                             const struct recorded_answer *answer, struct arena *scratch);

#endif
