/* compare.h - are two trees the same answer?
 *
 * compare.c dispatches on types, value.c decides expressions, relation.c equations,
 * region.c sets of real numbers (intervals, unions, inequalities), collection.c lists,
 * sets, tuples and matrices. A typed mismatch is never followed by a looser comparison.
 */
#ifndef OREO_GRADE_COMPARE_H
#define OREO_GRADE_COMPARE_H

#include "grade/answer.h"
#include "grade/tree.h"

struct comparison {
  struct forest forest; /* for the few nodes a comparison composes */
  struct budget *budget;
  enum grade_reason reason; /* of the last decision */
  int depth;
};

/* `gold` decides conventions (percent, base). */
bool compare_nodes(struct comparison *comparison, const struct node *gold,
                   const struct node *other);

/* ---- between the parts ---- */

/* Notes why and returns `same`. */
bool compare_decided(struct comparison *comparison, bool same, enum grade_reason reason);

/* Two expressions. */
bool compare_values(struct comparison *comparison, const struct node *a,
                    const struct node *b);
/* At least one side is a chain of relations. */
bool compare_chains(struct comparison *comparison, const struct node *gold,
                    const struct node *other);
/* What `name = value` says, when the left side is only a name; NULL otherwise. `loosely`
 * also for sums and powers of names ("a+b = 12"). */
const struct node *chain_value(struct comparison *comparison, const struct node *chain,
                               bool loosely);

bool compare_ordered(struct comparison *comparison, const struct node *gold,
                     const struct node *other);
/* Bipartite matching; duplicates count unless both sides are sets. */
bool compare_unordered(struct comparison *comparison, const struct node *gold,
                       const struct node *other);

/* Does the tree only make sense as a set of reals (a union, an inequality)? */
bool region_is(const struct node *node);
enum region_verdict { REGION_SAME, REGION_DIFFERENT, REGION_BRACKET, REGION_NOT };
/* REGION_NOT: one of the two is no set of reals with known ends. */
enum region_verdict region_compare(struct comparison *comparison, const struct node *gold,
                                   const struct node *other);

#endif
