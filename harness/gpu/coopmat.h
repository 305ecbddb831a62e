/* coopmat.h - the device's matrix units: which products they do, and switching them on.
 *
 * For device.c and manager.c. VK_KHR_cooperative_matrix and VK_KHR_shader_bfloat16 are
 * younger than Debian 12's headers, so what is needed of them is declared here, by the
 * numbers of the Vulkan specification 1.4.
 */
#ifndef OREO_GPU_COOPMAT_H
#define OREO_GPU_COOPMAT_H

#include "gpu/inside.h"

struct gpu_coopmat_features {
  VkStructureType type;
  void *next;
  VkBool32 cooperative_matrix, robust_access;
};

struct gpu_bfloat16_features {
  VkStructureType type;
  void *next;
  VkBool32 as_type, dot_product, cooperative_matrix;
};

/* Sets info->coopmat, bf16, matrix_f16 and matrix_bf16; needs fill_features first. */
void gpu_coopmat_fill(struct gpu_device_info *info, const struct gpu_instance *instance,
                      VkPhysicalDevice handle);

/* What vkCreateDevice is told to switch them on; lives until the device is made. */
struct gpu_coopmat_wish {
  VkPhysicalDeviceVulkan12Features v12;
  VkPhysicalDeviceVulkan13Features v13;
  struct gpu_coopmat_features coopmat;
  struct gpu_bfloat16_features bfloat16;
  const char *extensions[2];
  uint32_t n_extensions;
};
/* Returns the head of the chain; its end is `next`, which is all when there are none. */
void *gpu_coopmat_wish(struct gpu_coopmat_wish *wish, const struct gpu_device_info *info,
                       void *next);

#endif
