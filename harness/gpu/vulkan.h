/* vulkan.h - the Vulkan loader as a table of functions, opened at run time.
 *
 * For gpu/ only: no file outside this folder sees a Vulkan type. The program links no
 * Vulkan library, so that it starts on a machine without one; the first use of a device
 * opens libvulkan.so.1, and its absence is ERR_ENV with what to install. The library
 * stays mapped once opened (drivers do not like to be unloaded); opening again is cheap.
 *
 * The table belongs to the manager that opened it; it is written while that is made and
 * only read afterwards. The functions of the device are the driver's own, without the
 * loader's detour.
 */
#ifndef OREO_GPU_VULKAN_H
#define OREO_GPU_VULKAN_H

#define VK_NO_PROTOTYPES
#include <vulkan/vulkan.h>

#include "base/err.h"

/* names behind "vk" */
#define VULKAN_GLOBAL_MAP(XX)          \
  XX(CreateInstance)                   \
  XX(EnumerateInstanceVersion)         \
  XX(EnumerateInstanceLayerProperties) \
  XX(EnumerateInstanceExtensionProperties)

#define VULKAN_INSTANCE_MAP(XX)              \
  XX(DestroyInstance)                        \
  XX(EnumeratePhysicalDevices)               \
  XX(EnumerateDeviceExtensionProperties)     \
  XX(GetPhysicalDeviceFeatures2)             \
  XX(GetPhysicalDeviceMemoryProperties)      \
  XX(GetPhysicalDeviceProperties)            \
  XX(GetPhysicalDeviceProperties2)           \
  XX(GetPhysicalDeviceQueueFamilyProperties) \
  XX(CreateDevice)                           \
  XX(GetDeviceProcAddr)

/* absent unless the extension is there */
#define VULKAN_DEBUG_MAP(XX)       \
  XX(CreateDebugUtilsMessengerEXT) \
  XX(DestroyDebugUtilsMessengerEXT)

#define VULKAN_DEVICE_MAP(XX)     \
  XX(AllocateCommandBuffers)      \
  XX(AllocateDescriptorSets)      \
  XX(AllocateMemory)              \
  XX(BeginCommandBuffer)          \
  XX(BindBufferMemory)            \
  XX(CmdBindDescriptorSets)       \
  XX(CmdBindPipeline)             \
  XX(CmdCopyBuffer)               \
  XX(CmdDispatch)                 \
  XX(CmdFillBuffer)               \
  XX(CmdPipelineBarrier)          \
  XX(CmdPushConstants)            \
  XX(CmdResetQueryPool)           \
  XX(CmdWriteTimestamp)           \
  XX(CreateBuffer)                \
  XX(CreateBufferView)            \
  XX(CreateCommandPool)           \
  XX(CreateComputePipelines)      \
  XX(CreateDescriptorPool)        \
  XX(CreateDescriptorSetLayout)   \
  XX(CreateFence)                 \
  XX(CreatePipelineCache)         \
  XX(CreatePipelineLayout)        \
  XX(CreateQueryPool)             \
  XX(CreateShaderModule)          \
  XX(DestroyBuffer)               \
  XX(DestroyBufferView)           \
  XX(DestroyCommandPool)          \
  XX(DestroyDescriptorPool)       \
  XX(DestroyDescriptorSetLayout)  \
  XX(DestroyDevice)               \
  XX(DestroyFence)                \
  XX(DestroyPipeline)             \
  XX(DestroyPipelineCache)        \
  XX(DestroyPipelineLayout)       \
  XX(DestroyQueryPool)            \
  XX(DestroyShaderModule)         \
  XX(DeviceWaitIdle)              \
  XX(EndCommandBuffer)            \
  XX(FreeCommandBuffers)          \
  XX(FreeMemory)                  \
  XX(GetBufferMemoryRequirements) \
  XX(GetDeviceQueue)              \
  XX(GetPipelineCacheData)        \
  XX(GetQueryPoolResults)         \
  XX(MapMemory)                   \
  XX(QueueSubmit)                 \
  XX(ResetCommandPool)            \
  XX(ResetFences)                 \
  XX(UpdateDescriptorSets)        \
  XX(WaitForFences)

struct vulkan {
  void *library;
  PFN_vkGetInstanceProcAddr GetInstanceProcAddr;
#define XX(name) PFN_vk##name name;
  VULKAN_GLOBAL_MAP(XX)
  VULKAN_INSTANCE_MAP(XX)
  VULKAN_DEBUG_MAP(XX)
  VULKAN_DEVICE_MAP(XX)
#undef XX
};

/* The library and the functions that need no instance. */
NODISCARD int vulkan_open(struct vulkan *vk, struct err *err);
/* The functions of an instance, then those of a device. */
NODISCARD int vulkan_load_instance(struct vulkan *vk, VkInstance instance,
                                   struct err *err);
NODISCARD int vulkan_load_device(struct vulkan *vk, VkDevice device, struct err *err);
void vulkan_close(struct vulkan *vk);

/* "out of device memory", "device lost" and so on. */
const char *vulkan_result_text(VkResult result);

/* ERR_ENV: "cannot WHAT: RESULT". Returns -1. */
int vulkan_fail(struct err *err, VkResult result, const char *what);

#endif
