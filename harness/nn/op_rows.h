/* op_rows.h - what the ops that work row by row have in common.
 *
 * For the host side of embed, norm, heads and swiglu: whether a tensor holds the rows,
 * and how many workgroups they are dealt out to. Pure functions; nothing can fail.
 */
#ifndef OREO_NN_OP_ROWS_H
#define OREO_NN_OP_ROWS_H

#include "gpu/tensor.h"

static inline uint32_t rows_ceil_div(uint32_t a, uint32_t b)
{
  return (a + b - 1) / b;
}

static inline uint32_t rows_min(uint32_t a, uint32_t b)
{
  return a < b ? a : b;
}

/* m rows of `columns`, `ld` apart? */
static inline bool rows_hold(const struct gpu_tensor *tensor, uint32_t m,
                             uint32_t columns, uint32_t ld)
{
  return ld >= columns && (uint64_t)(m - 1) * ld + columns <= gpu_tensor_elements(tensor);
}

/* Of a texel buffer: its device is a CPU, it begins and its rows begin at whole texels.
 */
static inline bool rows_are_texels(const struct gpu_device_info *device,
                                   const struct gpu_tensor *tensor, uint32_t ld)
{
  return device->kind == GPU_KIND_CPU && ld % 4 == 0 &&
         tensor->offset % device->limits.texel_align == 0;
}

/* Whether a kernel may have a row done by a subgroup that passes values by shuffle. */
static inline bool rows_by_subgroup(const struct gpu_device_info *device)
{
  return device->kind == GPU_KIND_CPU && device->shuffle &&
         (device->subgroup == 4 || device->subgroup == 8 || device->subgroup == 16);
}

/* On a CPU a workgroup is one subgroup, so that there are enough for all cores, or two
 * where subgroups are smaller than what some drivers need at least. */
static inline uint32_t rows_cpu_size(const struct gpu_device_info *device)
{
  return device->subgroup < 8 ? 8 : device->subgroup;
}

/* How many workgroups `values` in m rows and at most `across` parts of a row are worth on
 * a CPU: each costs as much as a few hundred values do. Rows are dealt out evenly, and
 * rows are split only where there are too few. */
static inline void rows_deal_cpu(uint32_t m, uint32_t across, double values,
                                 uint32_t groups[3])
{
  enum { VALUES = 2048, MOST = 64 };
  uint32_t wanted = values / VALUES < MOST ? (uint32_t)(values / VALUES) + 1 : MOST;
  groups[1] = rows_ceil_div(m, rows_ceil_div(m, wanted));
  groups[0] = rows_min(across, rows_ceil_div(wanted, groups[1]));
  groups[2] = 1;
}

#endif
