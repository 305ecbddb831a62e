/* timers.h - what is to happen later: a heap of (when, what).
 *
 * Times are those of clock_monotonic_ns; `what` is the caller's. Grows as needed;
 * timers_release frees. One thread.
 */
#ifndef OREO_MOCK_TIMERS_H
#define OREO_MOCK_TIMERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct timer {
  int64_t due_ns;
  void *what;
};

struct timers {
  struct timer *at; /* a heap: the earliest stands first */
  size_t n, capacity;
};

/* `{0}` is a valid empty one. */
void timers_release(struct timers *timers);
void timers_add(struct timers *timers, int64_t due_ns, void *what);
/* The earliest if it is due by `now_ns`: removed; else NULL. INT64_MAX empties it. */
void *timers_take(struct timers *timers, int64_t now_ns);
/* How long until the next, at most `most_ms`, rounded up; 0 = one is due. */
int timers_wait_ms(const struct timers *timers, int64_t now_ns, int most_ms);

#endif
