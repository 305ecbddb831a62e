/* minerva.h - how lm-eval's minerva_math (version 3.1) writes a MATH answer down.
 *
 * Only for the `answer` that stands in lm-eval's documents, and with it for their hashes;
 * grading is grade/'s business. Pure functions; results live in the arena.
 */
#ifndef OREO_TASK_MINERVA_H
#define OREO_TASK_MINERVA_H

#include "base/arena.h"

/* What the last \boxed of a solution holds, found as lm-eval finds it: braces are counted
 * whether escaped or not. Absent when there is none. */
struct str minerva_boxed(struct str solution);
/* The normal form of Lewkowycz et al. 2022, appendix D, with lm-eval's amendments. */
struct str minerva_normalise(struct arena *arena, struct str answer);

#endif
