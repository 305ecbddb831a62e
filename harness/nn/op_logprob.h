/* op_logprob.h - the log-probability of a given token in each row of logits.
 *
 *   lse[r] = log sum over i of exp(x[r][i]);   logp[r] = x[r][ids[r]] - lse[r]
 *
 * x F32 [m][n]; ids I32 [m]; logp and lse F32 [m]. A negative id gives logp 0, one past
 * the row NaN. So do NaN or plus infinity anywhere in a row, or nothing but minus
 * infinity. Each row is reduced in a fixed order: its bits do not depend on m. Shapes that
 * do not fit are bugs (assertions); what the device refuses is ERR_ENV.
 */
#ifndef OREO_NN_OP_LOGPROB_H
#define OREO_NN_OP_LOGPROB_H

#include "gpu/sequence.h"

struct logprob {
  uint32_t m, n;
  const struct gpu_tensor *x, *ids, *logp;
  const struct gpu_tensor *lse; /* or NULL */
  uint32_t ldx;                 /* elements from a row to the next; 0 = no gap */
  bool by_groups;               /* the kernel of GPUs, whatever the device: for tests */
};

NODISCARD int op_logprob(struct gpu_sequence *sequence, const struct logprob *logprob,
                         struct err *err);

#endif
