/* op_gemm.h - matrix products, recorded into a sequence.
 *
 * The three layouts of inference and training, y being m x n and the sum over k:
 *   NT  y = a b'   a[m][k] b[n][k]   a layer forward: Y = X W'
 *   NN  y = a b    a[m][k] b[k][n]   its input's gradient: dX = dY W
 *   TN  y = a' b   a[k][m] b[k][n]   its weights' gradient: dW = dY' X
 * then y += bias[n] for every row, then y += what y held, where asked for.
 *
 * a, y and the bias are F32; b is F32, or F16 or BF16 (not in TN), made 32-bit when it is
 * loaded. Every element is one chain over k, ascending, in 32 bits: the same bits
 * whatever m and n are, wherever the tensors lie, and whichever of the kernels below
 * runs.
 *
 * Kernels: shaders/gemm_texel.comp on CPU devices (rows of a and b must begin at
 * multiples of 4 elements, or it falls back), gemm_tile.comp on GPUs and wherever the
 * others do not fit, gemm_rows.comp on GPUs for NT with few rows. And only where it is
 * asked for by name, since it rounds a to 16 bits: gemm_matrix.glsl on matrix units, NT
 * with b of 16 bits; its sums are chains along k as well, so that a row's bits do not
 * depend on m.
 *
 * Tensors are borrowed as a sequence borrows them. Shapes that do not fit are bugs
 * (assertions); what the device refuses is ERR_ENV.
 */
#ifndef OREO_NN_OP_GEMM_H
#define OREO_NN_OP_GEMM_H

#include "gpu/sequence.h"

enum gemm_layout { GEMM_NT, GEMM_NN, GEMM_TN };

/* Which kernel: the best, or one by name for tests and measurements. One that cannot do
 * the shape is replaced by GEMM_BY_TILE. */
enum gemm_kernel {
  GEMM_BY_DEVICE,
  GEMM_BY_TEXEL,
  GEMM_BY_TILE,
  GEMM_BY_ROWS,
  GEMM_BY_MATRIX,
};

struct gemm {
  enum gemm_layout layout;
  uint32_t m, n, k; /* all > 0 */
  const struct gpu_tensor *a, *b, *y;
  uint32_t lda, ldb, ldy;        /* elements from a row to the next; 0 = no gap */
  const struct gpu_tensor *bias; /* n values, or NULL */
  bool add;                      /* to what y holds */
  enum gemm_kernel kernel;
};

/* How far apart the rows of an operand should lie, in elements: at least `columns`, and
 * so that rows begin at multiples of 4 and, on CPUs, do not all fall into the same few
 * sets of the cache (a row of 512 floats made 528 long is 1.5 times as fast). */
uint32_t gemm_row_length(const struct gpu_device_info *device, enum gpu_type type,
                         uint32_t columns);

/* Has the device matrix units for b of this type, and this program the kernel for them
 * (the compiler that built it may have been too old)? */
bool gemm_has_matrix(const struct gpu_device_info *device, enum gpu_type type);

NODISCARD int op_gemm(struct gpu_sequence *sequence, const struct gemm *gemm,
                      struct err *err);

#endif
