/* op_loss.h - from logits to what objectives are made of, and back: the log-probability of
 * each row's token, and the exact KL divergence from a reference, in chunks of the
 * vocabulary.
 *
 * x are the policy's logits, z the reference's (or NULL), of columns first .. first + n of
 * the vocabulary; p = softmax(x), q = softmax(z), each over the whole of it. Chunks go
 * through op_loss_scan in ascending order, the first with `begin`; then op_loss_finish
 * gives for each row
 *   logp = log p[id]    ref_logp = log q[id]    kl = sum over i of p[i] (log p[i] - log q[i])
 * and op_loss_grad turns each chunk's logits (made once more) in place into the gradient
 *   dx[i] = g_logp (1[i = id] - p[i]) + g_kl p[i] (log p[i] - log q[i] - kl)
 * where g_logp[r] and g_kl[r] are what the objective's derivative is with respect to
 * logp[r] and kl[r]. Nothing of the size m x vocabulary is kept but the chunk.
 *
 * state is F32 [m][LOSS_STATE], the ops' own; ids I32 [m]; a negative id gives logp 0 and
 * kl 0, and no gradient. Each row is reduced in a fixed order. Shapes that do not fit are
 * bugs (assertions); what the device refuses is ERR_ENV.
 */
#ifndef OREO_NN_OP_LOSS_H
#define OREO_NN_OP_LOSS_H

#include "gpu/sequence.h"

enum { LOSS_STATE = 8 };

struct loss_scan {
  uint32_t m, n, first;
  const struct gpu_tensor *x, *z, *ids, *state; /* z may be NULL */
  uint32_t ldx, ldz;                            /* 0 = no gap */
  bool begin;
  bool by_groups; /* the kernel of other devices on a CPU, for tests */
};
NODISCARD int op_loss_scan(struct gpu_sequence *sequence, const struct loss_scan *scan,
                           struct err *err);

struct loss_finish {
  uint32_t m;
  const struct gpu_tensor *ids, *state, *logp;
  const struct gpu_tensor *ref_logp, *kl; /* or both NULL, when there was no z */
};
NODISCARD int op_loss_finish(struct gpu_sequence *sequence,
                             const struct loss_finish *finish, struct err *err);

struct loss_grad {
  uint32_t m, n, first;
  const struct gpu_tensor *x, *z, *ids, *state; /* x becomes dx */
  const struct gpu_tensor *g_logp, *g_kl;       /* g_kl NULL without z */
  uint32_t ldx, ldz;
  bool by_groups; /* the kernel of other devices on a CPU, for tests */
};
NODISCARD int op_loss_grad(struct gpu_sequence *sequence, const struct loss_grad *grad,
                           struct err *err);

#endif
