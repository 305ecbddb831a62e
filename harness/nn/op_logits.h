/* op_logits.h - how kernels that reduce rows of logits are launched
 * (shaders/logits.glsl).
 *
 * For op_logprob and op_sample, which differ in what they bind besides the logits.
 * Chooses the kernel by the device and by how rows lie, never by how many there are; cuts
 * the rows into as many dispatches as the device's limits on bindings ask for. Borrows
 * everything. Errors: ERR_ENV, of gpu_sequence_record.
 */
#ifndef OREO_NN_OP_LOGITS_H
#define OREO_NN_OP_LOGITS_H

#include "gpu/sequence.h"

enum { LOGITS_OTHERS = 3 };

struct logits_op {
  const char *name;                 /* a literal */
  const struct gpu_shader *shuffle; /* for CPU devices; logits are its binding 0 */
  const struct gpu_shader *groups;  /* for all others */
  uint32_t m, n, ldx;               /* ldx 0 = no gap */
  const struct gpu_tensor *x;
  struct gpu_use others[LOGITS_OTHERS]; /* bindings 1 on: one item a row */
  uint32_t words[LOGITS_OTHERS];        /* an item's */
  uint32_t flag;                        /* specialization constant 3 */
  bool by_groups; /* the kernel of other devices on a CPU, for tests */
};

/* Whether a tensor of 32-bit words holds m rows, `ld` apart, of `columns`. */
bool logits_fit(const struct gpu_tensor *tensor, enum gpu_type type, uint32_t m,
                uint32_t columns, uint32_t ld);
NODISCARD int logits_record(struct gpu_sequence *sequence, const struct logits_op *op,
                            struct err *err);

#endif
