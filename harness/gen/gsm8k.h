/* gsm8k.h - word problems in GSM8K's style: the generator and the look inside it.
 *
 * For: the generator table (gen.c), and tests that want to see a problem before it is text.
 * Item `index` of a split: the index picks the story (every story once in each round of
 * gsm8k_story_count() items, in an order drawn anew each round); the round picks the value
 * of the story's first draw and, when those are used up, a class that the hash of the other
 * draws must fall into, and the hash also decides which split may have the draws. So no
 * question is in two splits, and none twice in one as long as no more items are asked for
 * than the split's classes allow (gsm8k_unique_items). Nothing is owned but by the caller's
 * structs. Thread-safe.
 */
#ifndef OREO_GEN_GSM8K_H
#define OREO_GEN_GSM8K_H

#include "gen/gen.h"
#include "gen/solve.h"

extern const struct generator gen_gsm8k_style;

size_t gsm8k_story_count(void);
const struct story *gsm8k_story(size_t index);

struct gsm8k_item {
  struct scene scene;
  struct rng rng;               /* for the telling */
  const struct student *student; /* NULL outside sft */
  uint64_t hash;                /* of the content, names left out */
  size_t n_attempts;            /* draws that it took */
};

/* Everything about an item but its text. */
void gsm8k_make(struct gsm8k_item *item, const char *split, size_t index);
/* Appends question and solution as text. `question` or `answer` may be one buffer each. */
void gsm8k_tell(struct gsm8k_item *item, struct buf *question, struct buf *answer,
                struct solution *solution);

/* So many items of a split are guaranteed to differ. */
size_t gsm8k_unique_items(const char *split);

/* The tables. */
extern const struct story_table gsm8k_shop, gsm8k_money, gsm8k_percent, gsm8k_time,
    gsm8k_travel, gsm8k_work, gsm8k_people, gsm8k_share, gsm8k_measure, gsm8k_nature;

#endif
