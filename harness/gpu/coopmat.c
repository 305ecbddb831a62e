#include "gpu/coopmat.h"

#include <stdlib.h>

#include "base/arena.h"

static const char *const coopmat_extension = "VK_KHR_cooperative_matrix";
static const char *const bfloat16_extension = "VK_KHR_shader_bfloat16";

/* of the specification */
enum {
  TYPE_BFLOAT16_FEATURES = 1000141000,
  TYPE_COOPMAT_FEATURES = 1000506000,
  TYPE_COOPMAT_PROPERTIES = 1000506001,
  COMPONENT_FLOAT16 = 0,
  COMPONENT_FLOAT32 = 1,
  COMPONENT_BFLOAT16 = 1000141000,
  SCOPE_SUBGROUP = 3,
};

struct product {
  VkStructureType type;
  void *next;
  uint32_t m, n, k;
  uint32_t a, b, c, result; /* component types */
  VkBool32 saturating;
  uint32_t scope;
};

typedef VkResult(VKAPI_PTR *list_products)(VkPhysicalDevice, uint32_t *,
                                           struct product *);

/* The features that the extensions name, read from the device. */
static void read_features(const struct gpu_instance *instance, VkPhysicalDevice handle,
                          struct gpu_coopmat_features *coopmat,
                          struct gpu_bfloat16_features *bfloat16)
{
  bool has = gpu_device_has(&instance->vk, handle, coopmat_extension);
  bool has_bfloat16 = gpu_device_has(&instance->vk, handle, bfloat16_extension);
  *coopmat =
      (struct gpu_coopmat_features){ .type = (VkStructureType)TYPE_COOPMAT_FEATURES };
  *bfloat16 =
      (struct gpu_bfloat16_features){ .type = (VkStructureType)TYPE_BFLOAT16_FEATURES };
  VkPhysicalDeviceFeatures2 all = { .sType =
                                        VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2 };
  if (has)
    all.pNext = coopmat;
  if (has_bfloat16) {
    bfloat16->next = all.pNext;
    all.pNext = bfloat16;
  }
  instance->vk.GetPhysicalDeviceFeatures2(handle, &all);
}

/* Is this shape better than that? 16 x 16 x 16 is what most devices are built for; else
 * the larger one. */
static bool is_better(const struct product *row, const struct gpu_matrix_shape *than)
{
  bool usual = row->m == 16 && row->n == 16 && row->k == 16;
  bool than_usual = than->m == 16 && than->n == 16 && than->k == 16;
  if (usual || than_usual)
    return usual;
  return row->m * row->n * row->k > than->m * than->n * than->k;
}

/* Tiles of at most 16 rows and columns: the kernel's shared memory is made for that. */
static bool fits(const struct product *row, uint32_t component)
{
  return row->a == component && row->b == component && row->c == COMPONENT_FLOAT32 &&
         row->result == COMPONENT_FLOAT32 && row->scope == SCOPE_SUBGROUP &&
         row->m <= 16 && row->n <= 16 && row->k <= 32 && 16 % row->m == 0 &&
         16 % row->n == 0 && 32 % row->k == 0;
}

static struct gpu_matrix_shape best_shape(const struct product *rows, uint32_t count,
                                          uint32_t component)
{
  struct gpu_matrix_shape best = { 0 };
  for (uint32_t i = 0; i < count; i++)
    if (fits(&rows[i], component) && is_better(&rows[i], &best))
      best = (struct gpu_matrix_shape){ rows[i].m, rows[i].n, rows[i].k };
  return best;
}

static void fill_shapes(struct gpu_device_info *info, const struct gpu_instance *instance,
                        VkPhysicalDevice handle)
{
  PFN_vkVoidFunction found = instance->vk.GetInstanceProcAddr(
      instance->handle, "vkGetPhysicalDeviceCooperativeMatrixPropertiesKHR");
  list_products list;
  memcpy(&list, &found, sizeof list);
  uint32_t count = 0;
  if (!list || list(handle, &count, NULL) < 0 || !count)
    return;
  struct product *rows = mem_resize(NULL, count, sizeof *rows);
  memset(rows, 0, count * sizeof *rows);
  for (uint32_t i = 0; i < count; i++)
    rows[i].type = (VkStructureType)TYPE_COOPMAT_PROPERTIES;
  if (list(handle, &count, rows) >= 0) {
    info->matrix_f16 = best_shape(rows, count, COMPONENT_FLOAT16);
    if (info->bf16)
      info->matrix_bf16 = best_shape(rows, count, COMPONENT_BFLOAT16);
  }
  free(rows);
}

void gpu_coopmat_fill(struct gpu_device_info *info, const struct gpu_instance *instance,
                      VkPhysicalDevice handle)
{
  struct gpu_coopmat_features coopmat;
  struct gpu_bfloat16_features bfloat16;
  read_features(instance, handle, &coopmat, &bfloat16);
  /* Shaders with matrices speak Vulkan's memory model and 16-bit arithmetic, and must be
   * of SPIR-V 1.6 (which fills every subgroup): Vulkan 1.3. */
  bool recent = info->api_major > 1 || info->api_minor >= 3;
  info->coopmat = recent && coopmat.cooperative_matrix && info->fp16 && info->storage16 &&
                  info->memory_model;
  info->bf16 = bfloat16.as_type && bfloat16.cooperative_matrix;
  if (info->coopmat)
    fill_shapes(info, instance, handle);
}

void *gpu_coopmat_wish(struct gpu_coopmat_wish *wish, const struct gpu_device_info *info,
                       void *next)
{
  *wish = (struct gpu_coopmat_wish){ 0 };
  if (!info->matrix_f16.m && !info->matrix_bf16.m)
    return next;
  wish->v12 = (VkPhysicalDeviceVulkan12Features){
    .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_FEATURES,
    .pNext = next,
    .shaderFloat16 = VK_TRUE,
    .vulkanMemoryModel = VK_TRUE,
  };
  wish->v13 = (VkPhysicalDeviceVulkan13Features){
    .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_3_FEATURES,
    .pNext = &wish->v12,
    .maintenance4 = VK_TRUE, /* a workgroup's size by constant */
  };
  wish->coopmat =
      (struct gpu_coopmat_features){ .type = (VkStructureType)TYPE_COOPMAT_FEATURES,
                                     .next = &wish->v13,
                                     .cooperative_matrix = VK_TRUE };
  wish->extensions[wish->n_extensions++] = coopmat_extension;
  if (!info->matrix_bf16.m)
    return &wish->coopmat;
  wish->bfloat16 =
      (struct gpu_bfloat16_features){ .type = (VkStructureType)TYPE_BFLOAT16_FEATURES,
                                      .next = &wish->coopmat,
                                      .as_type = VK_TRUE,
                                      .cooperative_matrix = VK_TRUE };
  wish->extensions[wish->n_extensions++] = bfloat16_extension;
  return &wish->bfloat16;
}
