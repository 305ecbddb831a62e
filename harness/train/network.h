/* network.h - what a training step asks of a network.
 *
 * For: the loop, which can so be tried with a network of a few numbers, without a device.
 * Calls mean what nn/trainee.h says of them; `state` is the implementation's.
 */
#ifndef OREO_TRAIN_NETWORK_H
#define OREO_TRAIN_NETWORK_H

#include "nn/trainee.h"

struct train_network {
  void *state; /* NULL: there is no such network */
  /* a policy's is run beside its reference where the outputs ask for one */
  int (*forward)(void *state, const struct trainee_batch *batch,
                 const struct trainee_outputs *out, struct err *err);
  int (*backward)(void *state, const struct trainee_derivatives *derivatives,
                  struct err *err);
  int (*step)(void *state, double rate, double clip, double *norm, struct err *err);
  int (*save)(void *state, const char *folder, struct err *err);
  int (*save_state)(void *state, const char *path, struct err *err);
  int (*load_state)(void *state, const char *path, struct err *err);
};

#endif
