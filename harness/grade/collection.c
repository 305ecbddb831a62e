/* collection.c - lists, sets, tuples and matrices, element by element. */
#include "grade/compare.h"

#include "grade/limits.h"

bool compare_ordered(struct comparison *comparison, const struct node *gold,
                     const struct node *other)
{
  if (gold->count != other->count)
    return compare_decided(comparison, false, GRADE_DIFFERENT_LENGTH);
  for (size_t i = 0; i < gold->count; i++)
    if (!compare_nodes(comparison, gold->children[i], other->children[i]))
      return compare_decided(comparison, false,
                             comparison->reason == GRADE_OVER_BUDGET
                                 ? GRADE_OVER_BUDGET
                                 : GRADE_DIFFERENT_ELEMENT);
  return compare_decided(comparison, true, GRADE_SAME_STRUCTURE);
}

/* ---- matching in any order (Kuhn's augmenting paths) ---- */

enum known { KNOWN_NOT_YET, KNOWN_SAME, KNOWN_DIFFERENT };

struct matching {
  struct comparison *comparison;
  const struct node *left, *right;
  int16_t partner[LIMIT_UNORDERED]; /* of the right elements; -1 = free */
  bool tried[LIMIT_UNORDERED];
  uint8_t known[LIMIT_UNORDERED][LIMIT_UNORDERED]; /* enum known */
};

static bool is_pair(struct matching *matching, size_t i, size_t j)
{
  uint8_t *known = &matching->known[i][j];
  if (*known == KNOWN_NOT_YET)
    *known = compare_nodes(matching->comparison, matching->left->children[i],
                           matching->right->children[j])
                 ? KNOWN_SAME
                 : KNOWN_DIFFERENT;
  return *known == KNOWN_SAME;
}

static bool find_partner(struct matching *matching, size_t i)
{
  size_t count = matching->right->count;
  for (size_t n = 0; n < count; n++) {
    size_t j = (i + n) % count; /* lists are mostly in the same order */
    if (matching->tried[j] || !is_pair(matching, i, j))
      continue;
    matching->tried[j] = true;
    if (matching->partner[j] < 0 ||
        find_partner(matching, (size_t)matching->partner[j])) {
      matching->partner[j] = (int16_t)i;
      return true;
    }
  }
  return false;
}

/* Sets: every element has an equal one on the other side, however often. */
static bool covers(struct matching *matching, bool from_left)
{
  size_t from = from_left ? matching->left->count : matching->right->count;
  size_t to = from_left ? matching->right->count : matching->left->count;
  for (size_t i = 0; i < from; i++) {
    bool found = false;
    for (size_t j = 0; j < to && !found; j++)
      found = from_left ? is_pair(matching, i, j) : is_pair(matching, j, i);
    if (!found)
      return false;
  }
  return true;
}

static bool match(struct matching *matching)
{
  for (size_t i = 0; i < matching->left->count; i++) {
    memset(matching->tried, 0, sizeof matching->tried);
    if (!find_partner(matching, i))
      return false;
  }
  return true;
}

bool compare_unordered(struct comparison *comparison, const struct node *gold,
                       const struct node *other)
{
  bool sets = gold->kind == NODE_SET && other->kind == NODE_SET;
  if (gold->count > LIMIT_UNORDERED || other->count > LIMIT_UNORDERED)
    return compare_ordered(comparison, gold, other);
  if (!sets && gold->count != other->count)
    return compare_decided(comparison, false, GRADE_DIFFERENT_LENGTH);
  struct matching *matching = ARENA_NEW(comparison->forest.arena, struct matching, 1);
  matching->comparison = comparison;
  matching->left = gold;
  matching->right = other;
  memset(matching->partner, -1, sizeof matching->partner);
  bool same = sets ? covers(matching, true) && covers(matching, false) : match(matching);
  if (!same && comparison->budget->ticks <= 0)
    return compare_decided(comparison, false, GRADE_OVER_BUDGET);
  return compare_decided(comparison, same,
                         same ? GRADE_SAME_STRUCTURE : GRADE_DIFFERENT_ELEMENT);
}
