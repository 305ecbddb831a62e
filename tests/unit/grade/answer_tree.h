/* answer_tree.h - the tree of a text, for tests of what evaluates trees. */
#ifndef OREO_TESTS_ANSWER_TREE_H
#define OREO_TESTS_ANSWER_TREE_H

#include "grade/limits.h"
#include "grade/parse.h"

/* NULL when the text follows no grammar or is over a cap. */
static inline struct node *tree_of(struct arena *arena, const char *text)
{
  struct budget budget = { LIMIT_TICKS };
  bool over;
  unsigned ambiguous;
  return parse_text(arena, str_from(text), 0, &budget, &over, &ambiguous);
}

#endif
