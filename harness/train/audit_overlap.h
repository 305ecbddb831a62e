/* audit_overlap.h - which evaluation items a prompt shares text with. Inner to audit*.c.
 */
#ifndef OREO_TRAIN_AUDIT_OVERLAP_H
#define OREO_TRAIN_AUDIT_OVERLAP_H

#include "train/audit.h"

struct overlap_gram {
  uint64_t hash;
  size_t item;
  bool inside; /* not the item's first words */
};

struct overlap_item {
  uint64_t hash; /* of all its words */
  size_t n_words;
};

/* The items' runs of words; in `arena`. */
struct overlap_index {
  struct overlap_gram *grams[AUDIT_WORDS + 1]; /* by how many words; sorted */
  size_t n_grams[AUDIT_WORDS + 1];
  struct overlap_item *items;
  size_t n_items, n_short;
};
void overlap_index_make(struct overlap_index *out, struct arena *arena,
                        const struct audit_item *items, size_t n_items);

/* An item that the text shares words with, one contained whole where there is one; -1
 * without any. `scratch` is reset and used. */
ptrdiff_t overlap_find(const struct overlap_index *index, struct arena *scratch,
                       struct str text, bool *whole);

#endif
