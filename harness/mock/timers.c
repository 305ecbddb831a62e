#include "mock/timers.h"

#include <stdlib.h>

#include "base/arena.h"

void timers_release(struct timers *timers)
{
  free(timers->at);
  *timers = (struct timers){ 0 };
}

static void swap(struct timer *a, struct timer *b)
{
  struct timer kept = *a;
  *a = *b;
  *b = kept;
}

void timers_add(struct timers *timers, int64_t due_ns, void *what)
{
  ARRAY_RESERVE(timers->at, timers->n, timers->capacity);
  size_t i = timers->n++;
  timers->at[i] = (struct timer){ due_ns, what };
  for (; i && timers->at[i].due_ns < timers->at[(i - 1) / 2].due_ns; i = (i - 1) / 2)
    swap(&timers->at[i], &timers->at[(i - 1) / 2]);
}

static size_t earlier_child(const struct timers *timers, size_t i)
{
  size_t left = 2 * i + 1, right = left + 1;
  bool take_right =
      right < timers->n && timers->at[right].due_ns < timers->at[left].due_ns;
  return take_right ? right : left;
}

void *timers_take(struct timers *timers, int64_t now_ns)
{
  if (!timers->n || timers->at[0].due_ns > now_ns)
    return NULL;
  void *what = timers->at[0].what;
  timers->at[0] = timers->at[--timers->n];
  size_t i = 0, child;
  while ((child = earlier_child(timers, i)) < timers->n &&
         timers->at[child].due_ns < timers->at[i].due_ns) {
    swap(&timers->at[child], &timers->at[i]);
    i = child;
  }
  return what;
}

int timers_wait_ms(const struct timers *timers, int64_t now_ns, int most_ms)
{
  if (!timers->n)
    return most_ms;
  int64_t left_ns = timers->at[0].due_ns - now_ns;
  if (left_ns <= 0)
    return 0;
  return left_ns / 1000000 >= most_ms ? most_ms : (int)((left_ns + 999999) / 1000000);
}
