/* Bytes between the host and the device: copied in place where the host sees the memory,
 * else through a small staging block, piece by piece. */
#include "gpu/inside.h"

#include <string.h>

static int make_staging(struct gpu_manager *manager, struct err *err)
{
  struct vulkan *vk = manager->vk;
  VkCommandPoolCreateInfo pool = {
    .sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO,
    .queueFamilyIndex = manager->queue_family,
  };
  VkFenceCreateInfo fence = { .sType = VK_STRUCTURE_TYPE_FENCE_CREATE_INFO };
  VkResult result = VK_SUCCESS;
  if (!manager->transfer_pool)
    result = vk->CreateCommandPool(manager->device, &pool, NULL, &manager->transfer_pool);
  VkCommandBufferAllocateInfo commands = {
    .sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO,
    .commandPool = manager->transfer_pool,
    .level = VK_COMMAND_BUFFER_LEVEL_PRIMARY,
    .commandBufferCount = 1,
  };
  if (result == VK_SUCCESS && !manager->transfer)
    result = vk->AllocateCommandBuffers(manager->device, &commands, &manager->transfer);
  if (result == VK_SUCCESS && !manager->transfer_fence)
    result = vk->CreateFence(manager->device, &fence, NULL, &manager->transfer_fence);
  if (result != VK_SUCCESS)
    return vulkan_fail(err, result, "prepare transfers");
  return gpu_memory_take(manager, GPU_ON_HOST, manager->staging_bytes, &manager->staging,
                         &manager->staging_offset, err);
}

/* One piece, there or back; waits. */
static int copy(struct gpu_manager *manager, VkBuffer from, VkBuffer to,
                VkBufferCopy region, struct err *err)
{
  struct vulkan *vk = manager->vk;
  VkCommandBufferBeginInfo begin = {
    .sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO,
    .flags = VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT,
  };
  VkResult result = vk->ResetCommandPool(manager->device, manager->transfer_pool, 0);
  if (result == VK_SUCCESS)
    result = vk->BeginCommandBuffer(manager->transfer, &begin);
  if (result != VK_SUCCESS)
    return vulkan_fail(err, result, "record a transfer");
  gpu_full_barrier(manager, manager->transfer);
  vk->CmdCopyBuffer(manager->transfer, from, to, 1, &region);
  gpu_full_barrier(manager, manager->transfer);
  result = vk->EndCommandBuffer(manager->transfer);
  if (result != VK_SUCCESS)
    return vulkan_fail(err, result, "record a transfer");
  if (gpu_submit(manager, manager->transfer, manager->transfer_fence, "a transfer", err) <
      0)
    return -1;
  return gpu_await(manager, manager->transfer_fence, "a transfer", err);
}

int gpu_tensor_upload(struct gpu_manager *manager, const struct gpu_tensor *tensor,
                      const void *from, struct err *err)
{
  const char *bytes = from;
  if (gpu_check_alive(manager, err) < 0)
    return -1;
  if (gpu_tensor_host(tensor)) {
    memcpy(gpu_tensor_host(tensor), from, tensor->bytes);
    return 0;
  }
  if (!manager->staging && make_staging(manager, err) < 0)
    return -1;
  for (uint64_t at = 0; at < tensor->bytes; at += manager->staging_bytes) {
    uint64_t left = tensor->bytes - at;
    VkBufferCopy region = { .srcOffset = manager->staging_offset,
                            .dstOffset = tensor->offset + at,
                            .size = left < manager->staging_bytes
                                        ? left
                                        : manager->staging_bytes };
    memcpy(manager->staging->mapped + manager->staging_offset, bytes + at, region.size);
    if (copy(manager, manager->staging->buffer, tensor->block->buffer, region, err) < 0)
      return -1;
  }
  return 0;
}

int gpu_tensor_download(struct gpu_manager *manager, const struct gpu_tensor *tensor,
                        void *to, struct err *err)
{
  char *bytes = to;
  if (gpu_check_alive(manager, err) < 0)
    return -1;
  if (gpu_tensor_host(tensor)) {
    memcpy(to, gpu_tensor_host(tensor), tensor->bytes);
    return 0;
  }
  if (!manager->staging && make_staging(manager, err) < 0)
    return -1;
  for (uint64_t at = 0; at < tensor->bytes; at += manager->staging_bytes) {
    uint64_t left = tensor->bytes - at;
    VkBufferCopy region = { .srcOffset = tensor->offset + at,
                            .dstOffset = manager->staging_offset,
                            .size = left < manager->staging_bytes
                                        ? left
                                        : manager->staging_bytes };
    if (copy(manager, tensor->block->buffer, manager->staging->buffer, region, err) < 0)
      return -1;
    memcpy(bytes + at, manager->staging->mapped + manager->staging_offset, region.size);
  }
  return 0;
}
