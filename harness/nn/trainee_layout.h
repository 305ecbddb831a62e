/* trainee_layout.h - where the tensors of a trained model stand in one flat block.
 *
 * For trainee*.c: weights, gradients and moments are a block each, all laid out alike, so
 * that an optimiser's step is one pass over them. First what is decayed (matrices), then
 * what is not (norms, biases). What one product serves (q, k, v; gate and up) is one
 * matrix; rows are padded for op_gemm, with zeros that stay zeros.
 *
 * Counted in floats. The list belongs to the layout (trainee_layout_release). Pure;
 * cannot fail.
 */
#ifndef OREO_NN_TRAINEE_LAYOUT_H
#define OREO_NN_TRAINEE_LAYOUT_H

#include "gpu/device.h"
#include "nn/model_tensors.h"

/* [rows][columns], ld from a row to the next; a vector is one row; no rows: absent. */
struct trainee_slot {
  uint64_t at;
  uint32_t rows, columns, ld;
};

struct trainee_layer_slots {
  struct trainee_slot qkv, out, gates, down;
  struct trainee_slot attention_norm, mlp_norm, head_norms; /* of q, then of k */
  struct trainee_slot qkv_bias, out_bias, gates_bias, down_bias;
};

/* One of the model's tensors, as nn/model_tensors.h names it. */
struct trainee_part {
  struct model_tensor tensor;
  struct trainee_slot slot;
};

struct trainee_layout {
  struct trainee_slot embedding, untied, score, norm;
  const struct trainee_slot *head; /* of tokens */
  struct trainee_layer_slots *layers;
  struct trainee_part *parts;
  size_t n_parts, capacity;
  uint64_t decayed, n; /* where what is not decayed begins; all */
  uint64_t weights;    /* without the padding */
};

void trainee_layout_make(struct trainee_layout *layout, const struct model_config *config,
                         const struct gpu_device_info *device);
void trainee_layout_release(struct trainee_layout *layout);

/* NULL when there is none. */
const struct trainee_part *trainee_layout_find(const struct trainee_layout *layout,
                                               struct str name);

/* One part out of a block, or into it. */
void trainee_part_take(const struct trainee_part *part, const float *block, float *out);
void trainee_part_put(const struct trainee_part *part, float *block, const float *from);

#endif
