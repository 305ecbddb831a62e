/* model_weights.h - a model's weights on a device.
 *
 * For model.c. What is multiplied is fused where one product serves several (q, k and v;
 * gate and up) and lies in matrices whose rows are padded for op_gemm. Where op_project
 * runs, gate and up come by twos, as it wants them. A matrix larger than one binding
 * (128 MiB on lavapipe) is several tensors of whole rows. Norms and biases are 32-bit.
 *
 * First everything is planned, then memory is checked by who calls, then it is loaded,
 * a few rows at a time: a mapped file is never in memory twice. Owns its tensors, which
 * model_weights_release gives back; the checkpoint must stay open until they are loaded.
 *
 * ERR_DATA: weights that are not finite, or not within F16 when that is asked for
 * (naming the tensor). ERR_ENV: the device fails, or cannot bind one row.
 */
#ifndef OREO_NN_MODEL_WEIGHTS_H
#define OREO_NN_MODEL_WEIGHTS_H

#include "gpu/tensor.h"
#include "nn/model.h"

/* [rows][columns], ld elements from a row to the next; piece i has rows
 * i * piece_rows and up. */
struct model_matrix {
  enum gpu_type type;
  uint32_t rows, columns, ld;
  uint32_t piece_rows, n_pieces;
  struct gpu_tensor *pieces;
  bool paired; /* two rows of the first part, two of the second, and so on */
};

/* Absent vectors have no block. */
struct model_layer {
  struct gpu_tensor attention_norm, mlp_norm, q_norm, k_norm;
  struct gpu_tensor qkv_bias, out_bias, gates_bias, down_bias;
  struct model_matrix qkv, out, gates, down;
};

struct model_slot;

struct model_weights {
  struct arena arena;
  const struct gpu_device_info *device;
  enum model_dtype dtype;
  bool matrix_units; /* multiply them */
  struct model_matrix embedding, untied;
  const struct model_matrix *head; /* one of the two */
  struct gpu_tensor norm;
  struct model_layer *layers;
  struct model_slot *slots; /* where each of them comes from */
  size_t n_slots, slots_capacity;
  uint64_t bytes; /* on the device */
};

NODISCARD int model_weights_plan(struct model_weights *weights,
                                 const struct gpu_device_info *device,
                                 const struct checkpoint *checkpoint,
                                 enum model_dtype dtype, struct err *err);
NODISCARD int model_weights_load(struct model_weights *weights,
                                 struct gpu_manager *manager, struct err *err);
void model_weights_release(struct model_weights *weights, struct gpu_manager *manager);

/* Do norm, product and gate run as one op (op_project.h)? */
bool model_weights_fused(const struct model_weights *weights);

/* The type of all matrices, or "mixed"; with "-matrix" on matrix units. */
const char *model_weights_type(const struct model_weights *weights);

/* What one binding of that type may span, in bytes. */
uint64_t model_binding_bytes(const struct gpu_device_info *device, enum gpu_type type);

#endif
