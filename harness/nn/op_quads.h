/* op_quads.h - how matrices may be read by kernels that take four neighbouring values at
 * a time (shaders/quads.glsl).
 *
 * For the host side of gradients: what stands of a matrix's operands together. Pure
 * functions; nothing can fail.
 */
#ifndef OREO_NN_OP_QUADS_H
#define OREO_NN_OP_QUADS_H

#include "nn/op_rows.h"

struct quads_operand {
  const struct gpu_tensor *tensor; /* NULL: not given */
  uint32_t ld;                     /* elements from a row to the next */
};

enum quads_how {
  QUADS_NOT,    /* value by value */
  QUADS_STORED, /* four at a time */
  QUADS_TEXELS, /* and the device reads them best as texel buffers */
};

/* `n` is what every row has of values. */
static inline enum quads_how quads_how(const struct gpu_device_info *device, uint32_t n,
                                       const struct quads_operand *operands, int count)
{
  bool texels = true;
  for (int i = 0; i < count; i++) {
    const struct gpu_tensor *tensor = operands[i].tensor;
    if (!tensor)
      continue;
    if (n % 4 != 0 || operands[i].ld % 4 != 0)
      return QUADS_NOT;
    texels = texels && rows_are_texels(device, tensor, operands[i].ld) &&
             gpu_tensor_elements(tensor) / 4 <= device->limits.texel_elements;
  }
  return texels ? QUADS_TEXELS : QUADS_STORED;
}

/* F32, and `m` rows of `n` values. */
static inline bool quads_hold(const struct gpu_tensor *tensor, uint32_t m, uint32_t n,
                              uint32_t ld)
{
  return tensor->type == GPU_F32 && rows_hold(tensor, m, n, ld);
}

#endif
