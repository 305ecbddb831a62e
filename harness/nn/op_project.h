/* op_project.h - a norm, a product and a gate in one op, for devices that are CPUs.
 *
 * There each op costs as much as a small product, whatever it does, and a layer of a
 * small model is little else than such costs.
 *
 *   z = RMSNorm(x, weight) b' + bias      x[m][k], b[n][k] (op_norm, op_gemm's NT)
 *   y = z                                 y[m][n]; or with `gated`:
 *   y[r][2j + i] = silu(z[r][4j + i]) * z[r][4j + 2 + i]   i < 2, y[m][n / 2]
 *
 * so b's rows come by twos, two of the gate and the two that they let through; then n is
 * a multiple of 4 and ldy of 2.
 *
 * x, weight, y, bias F32; b F32, F16 or BF16. Every element is one chain over k,
 * ascending, and a row's squares are summed in a fixed order: a row's bits do not depend
 * on m. Rows of x and b begin at multiples of 4 elements. Shapes that do not fit are bugs
 * (assertions); what the device refuses is ERR_ENV.
 */
#ifndef OREO_NN_OP_PROJECT_H
#define OREO_NN_OP_PROJECT_H

#include "gpu/sequence.h"

struct project {
  uint32_t m, n, k;
  const struct gpu_tensor *x, *weight, *b, *y;
  const struct gpu_tensor *bias; /* n values, or NULL */
  uint32_t ldx, ldb, ldy;        /* elements from a row to the next */
  float eps;
  bool gated;
};

/* Whether this device has it; else op_norm, op_gemm and op_swiglu do the same. */
bool project_runs(const struct gpu_device_info *device);

NODISCARD int op_project(struct gpu_sequence *sequence, const struct project *project,
                         struct err *err);

#endif
