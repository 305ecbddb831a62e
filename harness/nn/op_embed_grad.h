/* op_embed_grad.h - the gradient of an embedding: rows of dy added up by token.
 *
 *   dtable[ids[b]][0..n) += sum over j in starts[b] .. starts[b+1] - 1 of dy[rows[j]][0..n)
 *
 * for each bucket b: the host sorts the step's rows by token (op_embed_buckets), so that
 * each distinct token has one writer that adds in ascending order of rows: no atomics, the
 * same bits every time. A row with a negative id is in no bucket.
 *
 * dy, dtable F32; ids [buckets], starts [buckets + 1], rows [m] I32. Shapes that do not fit
 * are bugs (assertions); what the device refuses is ERR_ENV.
 */
#ifndef OREO_NN_OP_EMBED_GRAD_H
#define OREO_NN_OP_EMBED_GRAD_H

#include "gpu/sequence.h"

/* Host side: fills ids, starts, rows (m, m + 1, m entries at most) and returns the number
 * of buckets. Unused buckets up to m are made empty (starts equal, id -1), so that a
 * recorded sequence can run over all m of them. */
uint32_t op_embed_buckets(const int32_t *tokens, uint32_t m, int32_t *ids,
                          int32_t *starts, int32_t *rows);

struct embed_grad {
  uint32_t m, n, buckets;
  const struct gpu_tensor *dy, *ids, *starts, *rows, *dtable;
  uint32_t lddy, ldt; /* elements from a row to the next; 0 = no gap */
  bool by_groups; /* the kernel of other devices on a CPU, for tests */
};

NODISCARD int op_embed_grad(struct gpu_sequence *sequence, const struct embed_grad *grad,
                            struct err *err);

#endif
