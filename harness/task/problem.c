#include "task/problem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "task/limits.h"

void problem_list_init(struct problem_list *list, struct arena *arena)
{
  *list = (struct problem_list){ .arena = arena };
}

void problem_list_release(struct problem_list *list)
{
  free(list->list);
  list->list = NULL;
}

static void keep(struct problem_list *list, size_t line, const char *text)
{
  ARRAY_RESERVE(list->list, list->count, list->capacity);
  list->list[list->count++] =
      (struct problem){ line, arena_str(list->arena, str_from(text)) };
}

void problem_add(struct problem_list *list, size_t line, const char *fmt, ...)
{
  list->n_seen++;
  if (list->count >= TASK_PROBLEMS_MAX)
    return;
  char text[ERR_MSG_SIZE];
  va_list args;
  va_start(args, fmt);
  vsnprintf(text, sizeof text, fmt, args);
  va_end(args);
  keep(list, line, text);
}

void problem_list_finish(struct problem_list *list)
{
  if (list->n_seen <= list->count)
    return;
  char text[128];
  snprintf(text, sizeof text, "and %zu more rows could not be used",
           list->n_seen - list->count);
  keep(list, list->list[list->count - 1].line, text);
}
