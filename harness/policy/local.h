/* local.h - "FOLDER" or "FILE.gguf": a model that this program runs itself.
 *
 * The settings of it, as options fill them; policy.h is how it is used. Sampling settings
 * (temperature, top-p, stop, ...) are those of endpoints (endpoint.h): one set serves
 * both. What is not given means here: temperature 0, since a run should come out the same
 * again; everything else off. Messages go through the model's chat template; a model
 * without one, or --chat-template none, is given the prompt's text. Random draws are
 * keyed by (seed, item, sample, position), so that order, batch and shard cannot matter.
 *
 * A prompt that does not fit the context is an error of that item; a failing device is
 * the end of the run, resumable.
 */
#ifndef OREO_POLICY_LOCAL_H
#define OREO_POLICY_LOCAL_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct local_opts {
  const char *device;        /* NULL: the best */
  const char *chat_template; /* NULL: the model's own */
  const char *dtype;         /* as model_dtype_parse reads it */
  int64_t context;           /* 0: what the model allows */
};

/* ERR_USAGE for an unknown --dtype. */
NODISCARD int local_check(const struct local_opts *opts, struct err *err);

/* The device's memory is for one model at a time: what is loaded, shared by the policies
 * of a run. Opening a policy loads its model, so that what is wrong is said before the
 * first answer is asked for; another one's then makes room, and is loaded again when its
 * turn to be asked comes. `{0}` is empty; close it after the policies. */
struct completer;
struct local_host {
  struct completer *completer; /* NULL: nothing is loaded */
  const void *of;              /* the policy's state that loaded it */
  size_t n_asked;              /* not yet answered; while there are any, nobody else's */
};
void local_host_close(struct local_host *host);

#endif
