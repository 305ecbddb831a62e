/* sockets.h - which sockets are waited for, and the waiting: poll(2), on every system.
 *
 * A socket is found by its number in constant time, so a thousand of them may come and go
 * with every request. Owns its arrays, not the sockets. One thread.
 */
#ifndef OREO_NET_SOCKETS_H
#define OREO_NET_SOCKETS_H

#include <poll.h>
#include <stddef.h>

struct ready {
  int fd;
  short events; /* POLLIN and so on */
};

struct sockets {
  struct pollfd *polled;
  size_t n, capacity;
  size_t *place; /* by fd: where it stands in `polled`, from 1; 0 = it does not */
  size_t n_places;
  struct ready *ready; /* of the last sockets_wait */
  size_t n_ready, ready_capacity;
};

/* `{0}` is a valid empty set. */
void sockets_release(struct sockets *sockets);
/* Waits for `events` of `fd` from now on; 0 = no longer. */
void sockets_set(struct sockets *sockets, int fd, short events);
/* At most `wait_ms`; fills `ready`. -1 when a signal came, with nothing ready. */
int sockets_wait(struct sockets *sockets, int wait_ms);

#endif
