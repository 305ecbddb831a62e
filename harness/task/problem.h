/* problem.h - the rows of a file that could not be used, gathered while it is read.
 *
 * A bad row never ends a load. Texts live in the arena; beyond TASK_PROBLEMS_MAX only a
 * count is kept, which the closing entry states.
 */
#ifndef OREO_TASK_PROBLEM_H
#define OREO_TASK_PROBLEM_H

#include "base/arena.h"
#include "base/err.h"

struct problem {
  size_t line;
  struct str what;
};

struct problem_list {
  struct arena *arena;
  struct problem *list; /* malloc'ed */
  size_t count, capacity, n_seen;
};

void problem_list_init(struct problem_list *list, struct arena *arena);
void problem_list_release(struct problem_list *list);
void problem_add(struct problem_list *list, size_t line, const char *fmt, ...)
    PRINTF_LIKE(3, 4);
/* Adds the closing entry when some were not kept. */
void problem_list_finish(struct problem_list *list);

#endif
