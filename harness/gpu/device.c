#include "gpu/coopmat.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"

const char *gpu_kind_text(enum gpu_kind kind)
{
  static const char *const texts[] = {
#define XX(name, text) text,
    GPU_KIND_MAP(XX)
#undef XX
  };
  return texts[kind];
}

static enum gpu_kind kind_of(VkPhysicalDeviceType type)
{
  switch (type) {
  case VK_PHYSICAL_DEVICE_TYPE_DISCRETE_GPU: return GPU_KIND_DISCRETE;
  case VK_PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU: return GPU_KIND_INTEGRATED;
  case VK_PHYSICAL_DEVICE_TYPE_VIRTUAL_GPU: return GPU_KIND_VIRTUAL;
  case VK_PHYSICAL_DEVICE_TYPE_CPU: return GPU_KIND_CPU;
  default: return GPU_KIND_OTHER;
  }
}

bool gpu_device_has(const struct vulkan *vk, VkPhysicalDevice handle,
                    const char *extension)
{
  uint32_t count = 0;
  if (vk->EnumerateDeviceExtensionProperties(handle, NULL, &count, NULL) < 0 || !count)
    return false;
  VkExtensionProperties *rows = mem_resize(NULL, count, sizeof *rows);
  bool found = false;
  if (vk->EnumerateDeviceExtensionProperties(handle, NULL, &count, rows) >= 0)
    for (uint32_t i = 0; i < count && !found; i++)
      found = strcmp(rows[i].extensionName, extension) == 0;
  free(rows);
  return found;
}

static void fill_limits(struct gpu_limits *to, const VkPhysicalDeviceLimits *from,
                        uint64_t allocation)
{
  *to = (struct gpu_limits){
    .storage_bytes = from->maxStorageBufferRange,
    .texel_elements = from->maxTexelBufferElements,
    .allocation_bytes = allocation,
    .shared_bytes = from->maxComputeSharedMemorySize,
    .group_size = from->maxComputeWorkGroupInvocations,
    .push_bytes = from->maxPushConstantsSize,
    .storage_align = (uint32_t)from->minStorageBufferOffsetAlignment,
    .texel_align = (uint32_t)from->minTexelBufferOffsetAlignment,
  };
  for (int i = 0; i < 3; i++)
    to->groups[i] = from->maxComputeWorkGroupCount[i];
}

static void fill_properties(struct gpu_device_info *info, const struct vulkan *vk,
                            VkPhysicalDevice handle)
{
  VkPhysicalDeviceDriverProperties driver = {
    .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_DRIVER_PROPERTIES
  };
  VkPhysicalDeviceSubgroupProperties subgroup = {
    .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_PROPERTIES, .pNext = &driver
  };
  VkPhysicalDeviceMaintenance3Properties maintenance = {
    .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MAINTENANCE_3_PROPERTIES,
    .pNext = &subgroup
  };
  VkPhysicalDeviceProperties2 all = { .sType =
                                          VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2,
                                      .pNext = &maintenance };
  vk->GetPhysicalDeviceProperties2(handle, &all);
  snprintf(info->driver, sizeof info->driver, "%s, %s", driver.driverName,
           driver.driverInfo);
  fill_limits(&info->limits, &all.properties.limits, maintenance.maxMemoryAllocationSize);
  info->subgroup = subgroup.subgroupSize;
  info->shuffle = (subgroup.supportedStages & VK_SHADER_STAGE_COMPUTE_BIT) &&
                  (subgroup.supportedOperations & VK_SUBGROUP_FEATURE_SHUFFLE_BIT);
  if (all.properties.limits.timestampComputeAndGraphics)
    info->tick_ns = all.properties.limits.timestampPeriod;
}

static void fill_features(struct gpu_device_info *info, const struct vulkan *vk,
                          VkPhysicalDevice handle)
{
  VkPhysicalDeviceVulkan12Features v12 = {
    .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_FEATURES
  };
  VkPhysicalDeviceVulkan11Features v11 = {
    .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_1_FEATURES, .pNext = &v12
  };
  VkPhysicalDeviceFeatures2 all = { .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2,
                                    .pNext = &v11 };
  vk->GetPhysicalDeviceFeatures2(handle, &all);
  info->fp16 = v12.shaderFloat16;
  info->storage16 = v11.storageBuffer16BitAccess;
  info->memory_model = v12.vulkanMemoryModel;
}

static bool has_compute_queue(const struct vulkan *vk, VkPhysicalDevice handle)
{
  VkQueueFamilyProperties families[16];
  uint32_t count = COUNT(families);
  vk->GetPhysicalDeviceQueueFamilyProperties(handle, &count, families);
  for (uint32_t i = 0; i < count; i++)
    if (families[i].queueFlags & VK_QUEUE_COMPUTE_BIT)
      return true;
  return false;
}

static void fill_memory(struct gpu_device_info *info, const struct vulkan *vk,
                        VkPhysicalDevice handle)
{
  const VkMemoryPropertyFlags host =
      VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT;
  VkPhysicalDeviceMemoryProperties memory;
  vk->GetPhysicalDeviceMemoryProperties(handle, &memory);
  bool seen = false;
  for (uint32_t i = 0; i < memory.memoryTypeCount; i++) {
    VkMemoryPropertyFlags flags = memory.memoryTypes[i].propertyFlags;
    seen =
        seen || ((flags & VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT) && (flags & host) == host);
  }
  for (uint32_t i = 0; i < memory.memoryHeapCount; i++)
    if ((memory.memoryHeaps[i].flags & VK_MEMORY_HEAP_DEVICE_LOCAL_BIT) &&
        memory.memoryHeaps[i].size > info->heap_bytes)
      info->heap_bytes = memory.memoryHeaps[i].size;
  info->unified =
      seen && (info->kind == GPU_KIND_CPU || info->kind == GPU_KIND_INTEGRATED);
}

static void fill(struct gpu_device_info *info, const struct gpu_instance *instance,
                 VkPhysicalDevice handle)
{
  const struct vulkan *vk = &instance->vk;
  VkPhysicalDeviceProperties basic;
  vk->GetPhysicalDeviceProperties(handle, &basic);
  snprintf(info->name, sizeof info->name, "%s", basic.deviceName);
  info->kind = kind_of(basic.deviceType);
  info->vendor = basic.vendorID;
  info->device = basic.deviceID;
  info->api_major = (int)VK_API_VERSION_MAJOR(basic.apiVersion);
  info->api_minor = (int)VK_API_VERSION_MINOR(basic.apiVersion);
  info->api_patch = (int)VK_API_VERSION_PATCH(basic.apiVersion);
  fill_memory(info, vk, handle);
  if (basic.apiVersion < VK_API_VERSION_1_2) {
    snprintf(info->refused, sizeof info->refused, "its driver is older than Vulkan 1.2");
    return;
  }
  fill_properties(info, vk, handle);
  fill_features(info, vk, handle);
  gpu_coopmat_fill(info, instance, handle);
  info->usable = has_compute_queue(vk, handle);
  if (!info->usable)
    snprintf(info->refused, sizeof info->refused, "it has no compute queue");
}

int gpu_instance_devices(const struct gpu_instance *instance,
                         struct gpu_device_list *list, VkPhysicalDevice *handles,
                         struct err *err)
{
  uint32_t count = GPU_MAX_DEVICES;
  VkResult result =
      instance->vk.EnumeratePhysicalDevices(instance->handle, &count, handles);
  if (result < 0)
    return vulkan_fail(err, result, "list the Vulkan devices");
  if (!count)
    return err_set(
        err, ERR_ENV,
        "no Vulkan device; install mesa-vulkan-drivers (Debian), which computes on "
        "the CPU, or the driver of your GPU");
  list->rows = mem_resize(NULL, count, sizeof *list->rows);
  list->count = count;
  memset(list->rows, 0, count * sizeof *list->rows);
  for (uint32_t i = 0; i < count; i++) {
    list->rows[i].index = (int)i;
    fill(&list->rows[i], instance, handles[i]);
  }
  return 0;
}

int gpu_device_list(struct gpu_device_list *list, struct err *err)
{
  struct gpu_instance instance;
  struct gpu_complaints complaints = { 0 };
  VkPhysicalDevice handles[GPU_MAX_DEVICES];
  *list = (struct gpu_device_list){ 0 };
  if (gpu_instance_open(&instance, false, &complaints, err) < 0)
    return -1;
  int status = gpu_instance_devices(&instance, list, handles, err);
  gpu_instance_close(&instance);
  return status;
}

void gpu_device_list_free(struct gpu_device_list *list)
{
  free(list->rows);
  *list = (struct gpu_device_list){ 0 };
}

/* ---- the choice ---- */

static bool contains_nocase(const char *text, const char *part)
{
  size_t n = strlen(part);
  for (; *text; text++)
    if (str_equal_nocase((struct str){ text, strnlen(text, n) }, str_from(part)))
      return true;
  return false;
}

static bool fits(const struct gpu_device_info *row, const char *wanted)
{
  if (!wanted)
    return row->usable;
  if (wanted[strspn(wanted, "0123456789")] == '\0')
    return row->index == atoi(wanted);
  if (str_equal_nocase(str_from(wanted), STR("cpu")))
    return row->kind == GPU_KIND_CPU;
  return contains_nocase(row->name, wanted);
}

static int not_there(const struct gpu_device_list *list, const char *wanted,
                     struct err *err)
{
  struct buf names;
  buf_init(&names, 512);
  for (size_t i = 0; i < list->count; i++)
    buf_printf(&names, "%s%d '%s'", i ? ", " : "", list->rows[i].index,
               list->rows[i].name);
  if (wanted)
    err_set(err, ERR_USAGE, "no Vulkan device '%s'; there is %s", wanted,
            names.ptr ? names.ptr : "none");
  else
    err_set(
        err, ERR_ENV,
        "no Vulkan device can be used: %s (%s); install mesa-vulkan-drivers (Debian), "
        "which computes on the CPU, or a newer driver of your GPU",
        list->rows[0].refused, names.ptr ? names.ptr : "none");
  buf_release(&names);
  return -1;
}

int gpu_device_choose(const struct gpu_device_list *list, const char *wanted,
                      struct err *err)
{
  int best = -1;
  if (wanted && !*wanted)
    wanted = NULL;
  for (size_t i = 0; i < list->count; i++) {
    const struct gpu_device_info *row = &list->rows[i];
    if (fits(row, wanted) && (best < 0 || row->kind < list->rows[best].kind))
      best = (int)i;
  }
  if (best < 0)
    return not_there(list, wanted, err);
  if (!list->rows[best].usable)
    return err_set(err, ERR_ENV, "cannot use '%s': %s; install a newer driver",
                   list->rows[best].name, list->rows[best].refused);
  return best;
}
