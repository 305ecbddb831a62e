#include "gpu/inside.h"

int gpu_check_alive(const struct gpu_manager *manager, struct err *err)
{
  if (manager->dead.code == ERR_NONE)
    return 0;
  *err = manager->dead;
  return -1;
}

int gpu_die(struct gpu_manager *manager, VkResult result, const char *what,
            struct err *err)
{
  if (result == VK_TIMEOUT)
    err_set(&manager->dead, ERR_ENV,
            "'%s' did not finish %s within %lld s; take a smaller batch or context, or "
            "another --device",
            manager->info.name, what, (long long)(manager->timeout_ns / 1000000000));
  else
    err_set(
        &manager->dead, ERR_ENV,
        "'%s' failed in %s: %s; the system's log may say more (dmesg); a smaller batch, "
        "a newer driver or another --device may help",
        manager->info.name, what, vulkan_result_text(result));
  *err = manager->dead;
  return -1;
}

int gpu_submit(struct gpu_manager *manager, VkCommandBuffer commands, VkFence fence,
               const char *what, struct err *err)
{
  VkSubmitInfo info = {
    .sType = VK_STRUCTURE_TYPE_SUBMIT_INFO,
    .commandBufferCount = 1,
    .pCommandBuffers = &commands,
  };
  if (gpu_check_alive(manager, err) < 0)
    return -1;
  VkResult result = manager->vk->ResetFences(manager->device, 1, &fence);
  if (result == VK_SUCCESS)
    result = manager->vk->QueueSubmit(manager->queue, 1, &info, fence);
  return result == VK_SUCCESS ? 0 : gpu_die(manager, result, what, err);
}

int gpu_await(struct gpu_manager *manager, VkFence fence, const char *what,
              struct err *err)
{
  VkResult result = manager->vk->WaitForFences(manager->device, 1, &fence, VK_TRUE,
                                               (uint64_t)manager->timeout_ns);
  return result == VK_SUCCESS ? 0 : gpu_die(manager, result, what, err);
}

void gpu_full_barrier(const struct gpu_manager *manager, VkCommandBuffer commands)
{
  enum {
    STAGES = VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT | VK_PIPELINE_STAGE_TRANSFER_BIT |
             VK_PIPELINE_STAGE_HOST_BIT,
    WRITES = VK_ACCESS_SHADER_WRITE_BIT | VK_ACCESS_TRANSFER_WRITE_BIT |
             VK_ACCESS_HOST_WRITE_BIT,
    READS =
        VK_ACCESS_SHADER_READ_BIT | VK_ACCESS_TRANSFER_READ_BIT | VK_ACCESS_HOST_READ_BIT,
  };
  VkMemoryBarrier barrier = {
    .sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER,
    .srcAccessMask = WRITES,
    .dstAccessMask = READS | WRITES,
  };
  manager->vk->CmdPipelineBarrier(commands, STAGES, STAGES, 0, 1, &barrier, 0, NULL, 0,
                                  NULL);
}
