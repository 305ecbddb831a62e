/* solve.h - a scene's worked solution, by one who makes no mistake or by a student.
 *
 * A student goes through the story's own steps with an own, possibly wrong, operation or
 * an own arithmetic, and reads own results back, so everything after a wrong number is
 * built on it. Two steps may stand in one line, a step may be left out. The text goes
 * into the caller's buffer; the record of what happened into the caller's struct. Never
 * fails: a student who gets lost (division by a wrong zero) starts afresh, with the next
 * numbers of the same stream. Thread-safe.
 */
#ifndef OREO_GEN_SOLVE_H
#define OREO_GEN_SOLVE_H

#include "gen/story.h"
#include "gen/student.h"

struct solution {
  struct solution_line {
    size_t step;        /* of the story, from 0, that this line completes */
    struct exact value; /* as written */
  } lines[STORY_STEPS_MAX];
  size_t n_lines;
  struct exact answer;
  bool correct;
  /* From 1: the first line with a value that its step does not have. n_lines + 1 when all
   * lines are right and the answer is not: a step was left out. 0 when nothing is wrong.
   */
  size_t first_wrong;
  const char
      *misconception; /* what led there: a name, "slip", or NULL when all is right */
};

/* Appends the lines and "#### n". `student` NULL makes no mistakes. */
void solve(struct buf *out, const struct scene *scene, const struct student *student,
           struct rng *rng, struct solution *solution);

#endif
