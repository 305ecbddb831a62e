/* loose.h - the tolerant equality that the Qwen and DeepSeek evaluators share.
 *
 * For: the profiles `qwen` and `oreo`, descendants of one script: strings without
 * brackets, numbers within a tolerance (also a hundredth and a hundredfold, for percent),
 * tuples element by element whatever their brackets, equations by their sides. Where the
 * script asks sympy, our identity by evaluation answers. Texts are at most LIMIT_PEER
 * bytes and lists 64 elements; beyond that nothing is equal.
 */
#ifndef OREO_GRADE_LOOSE_H
#define OREO_GRADE_LOOSE_H

#include "grade/profile.h"

struct tolerance {
  double relative, absolute; /* either suffices */
};

/* The string normal form of both scripts. */
struct str loose_normal(struct arena *arena, struct str s);
bool loose_same(const struct grade_case *c, struct str gold, struct str answer,
                struct tolerance tolerance);

/* Step by step down the scripts' ladder to the text of an answer. */
struct str
loose_minerva(struct str response); /* final answer is $x$. I hope; or absent */
struct str loose_behind(struct str response, const char *phrase); /* the last one */
/* The last -?\d*\.?\d+ after all commas are gone; absent when there is none. */
struct str loose_last_number(struct arena *arena, struct str response);
/* What follows the first and the last lines of an answer is dropped: leading colon, final
 * dot and slash. */
struct str loose_trim(struct str s);
/* The inside of "boxed{...}" at `at` (behind the word), to the end when never closed. */
struct str loose_box(struct str response, size_t at);

#endif
