/* gsm8k.h - word problems in GSM8K's style: the generator and the look inside it.
 *
 * For: the generator table (gen.c), and tests that want to see a problem before it is
 * text. Item `index` of a split: the index picks the story (every story once in each
 * round of gsm8k_story_count() items, in an order drawn anew each round). Each story has
 * its sets of draws in a shuffled order; the hash of what is told, names left out,
 * decides which split a set belongs to, and round r takes the r-th sensible one of the
 * split. So no question is in two splits, and none twice in one until a story's sets are
 * used up (then it starts again; the shipped sizes stay far below). Nothing is owned but
 * by the caller's structs. Thread-safe.
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
  struct rng rng;                /* for the telling */
  const struct student *student; /* NULL outside sft */
  uint64_t hash;                 /* of the content, names left out */
  bool repeated;                 /* the story's sets were used up */
};

/* Everything about an item but its text. `split` is one of gen_is_split's. */
void gsm8k_make(struct gsm8k_item *item, const char *split, size_t index);
/* Appends the question, and the solution with its "#### n"; to be called once an item. */
void gsm8k_tell(struct gsm8k_item *item, struct buf *question, struct buf *answer,
                struct solution *solution);

/* The tables. */
extern const struct story_table gsm8k_quick, gsm8k_shop, gsm8k_money, gsm8k_percent,
    gsm8k_time, gsm8k_travel, gsm8k_work, gsm8k_people, gsm8k_share, gsm8k_measure,
    gsm8k_nature, gsm8k_tricky, gsm8k_long;

#endif
