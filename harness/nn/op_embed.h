/* op_embed.h - rows of a table, chosen by a list: token embeddings, and the rows of a
 * step whose logits are wanted.
 *
 *   y[r][0..n) = table[ids[r] - first][0..n)   for each r with first <= ids[r] < first+t
 *
 * Other rows of y are left alone, so a table larger than one binding (128 MiB on
 * lavapipe) is read piece by piece into the same y. Negative ids never match.
 *
 * ids is I32 [m]; the table F32, F16 or BF16 and widened exactly; y F32. A row's bits do
 * not depend on m. Shapes that do not fit are bugs (assertions); what the device refuses
 * is ERR_ENV.
 */
#ifndef OREO_NN_OP_EMBED_H
#define OREO_NN_OP_EMBED_H

#include "gpu/sequence.h"

struct embed {
  uint32_t m, n, t, first;
  const struct gpu_tensor *table, *ids, *y;
  uint32_t ldt, ldy; /* elements from a row to the next; 0 = no gap */
  bool by_groups;    /* the kernel of other devices on a CPU, for tests */
};

NODISCARD int op_embed(struct gpu_sequence *sequence, const struct embed *embed,
                       struct err *err);

#endif
