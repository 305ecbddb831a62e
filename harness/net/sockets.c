#include "net/sockets.h"

#include <stdlib.h>

#include "base/arena.h"

void sockets_release(struct sockets *sockets)
{
  free(sockets->polled);
  free(sockets->place);
  free(sockets->ready);
  *sockets = (struct sockets){ 0 };
}

static void make_place(struct sockets *s, size_t fd)
{
  if (fd < s->n_places)
    return;
  size_t n = s->n_places ? s->n_places : 64;
  while (n <= fd)
    n *= 2;
  s->place = mem_resize(s->place, n, sizeof *s->place);
  memset(s->place + s->n_places, 0, (n - s->n_places) * sizeof *s->place);
  s->n_places = n;
}

/* The last one takes the free place. */
static void take_out(struct sockets *s, size_t fd)
{
  size_t at = s->place[fd];
  if (!at)
    return;
  struct pollfd last = s->polled[--s->n];
  s->polled[at - 1] = last;
  s->place[last.fd] = at;
  s->place[fd] = 0;
}

void sockets_set(struct sockets *s, int fd, short events)
{
  if (fd < 0)
    return;
  make_place(s, (size_t)fd);
  if (!events) {
    take_out(s, (size_t)fd);
    return;
  }
  if (!s->place[fd]) {
    ARRAY_RESERVE(s->polled, s->n, s->capacity);
    s->place[fd] = ++s->n;
  }
  s->polled[s->place[fd] - 1] = (struct pollfd){ .fd = fd, .events = events };
}

int sockets_wait(struct sockets *s, int wait_ms)
{
  s->n_ready = 0;
  int left = poll(s->polled, (nfds_t)s->n, wait_ms);
  if (left < 0)
    return -1;
  /* Kept apart: whoever acts on one changes what is waited for. */
  for (size_t i = 0; i < s->n && left > 0; i++) {
    if (!s->polled[i].revents)
      continue;
    ARRAY_RESERVE(s->ready, s->n_ready, s->ready_capacity);
    s->ready[s->n_ready++] = (struct ready){ s->polled[i].fd, s->polled[i].revents };
    left--;
  }
  return 0;
}
