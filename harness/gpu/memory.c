#include "gpu/inside.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/arena.h"

/* Blocks double from the manager's first size up to this. */
static const uint64_t largest_block = (uint64_t)256 << 20;

int gpu_memory_init(struct gpu_manager *manager, struct err *err)
{
  (void)err;
  manager->vk->GetPhysicalDeviceMemoryProperties(manager->physical,
                                                 &manager->memory_types);
  manager->memory.heap = manager->info.heap_bytes;
  /* drivers for the CPU state a heap of their own invention; the machine's memory counts
   */
  if (manager->info.kind == GPU_KIND_CPU) {
    long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    if (pages > 0 && page > 0)
      manager->memory.heap = (uint64_t)pages * (uint64_t)page;
  }
  return 0;
}

static int find_type(const struct gpu_manager *manager, uint32_t allowed,
                     VkMemoryPropertyFlags flags)
{
  const VkPhysicalDeviceMemoryProperties *types = &manager->memory_types;
  for (uint32_t i = 0; i < types->memoryTypeCount; i++)
    if ((allowed & (1u << i)) && (types->memoryTypes[i].propertyFlags & flags) == flags)
      return (int)i;
  return -1;
}

/* The flags worth trying, best first; ended by 0. */
static const VkMemoryPropertyFlags *wishes(const struct gpu_manager *manager,
                                           enum gpu_place place)
{
  enum {
    HOST = VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT,
    LOCAL = VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT,
    CACHED = VK_MEMORY_PROPERTY_HOST_CACHED_BIT,
  };
  static const VkMemoryPropertyFlags unified[] = { LOCAL | HOST | CACHED, LOCAL | HOST,
                                                   LOCAL, 0 };
  static const VkMemoryPropertyFlags device[] = { LOCAL, 0 };
  static const VkMemoryPropertyFlags host[] = { HOST | CACHED, HOST, 0 };
  if (place == GPU_ON_HOST)
    return host;
  return manager->info.unified && !manager->stage_always ? unified : device;
}

static VkResult allocate(struct gpu_manager *manager, struct gpu_block *block,
                         VkMemoryPropertyFlags *got)
{
  VkMemoryRequirements needs;
  manager->vk->GetBufferMemoryRequirements(manager->device, block->buffer, &needs);
  VkResult result = VK_ERROR_OUT_OF_DEVICE_MEMORY;
  const VkMemoryPropertyFlags *wish = wishes(manager, block->place);
  for (; *wish && result != VK_SUCCESS; wish++) {
    int type = find_type(manager, needs.memoryTypeBits, *wish);
    if (type < 0)
      continue;
    VkMemoryAllocateInfo info = {
      .sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO,
      .allocationSize = needs.size,
      .memoryTypeIndex = (uint32_t)type,
    };
    result = manager->vk->AllocateMemory(manager->device, &info, NULL, &block->memory);
    *got = *wish;
  }
  return result;
}

static void free_block(struct gpu_manager *manager, struct gpu_block *block)
{
  if (block->buffer)
    manager->vk->DestroyBuffer(manager->device, block->buffer, NULL);
  if (block->memory)
    manager->vk->FreeMemory(manager->device, block->memory, NULL);
  space_release(&block->space);
  free(block);
}

static VkResult make_block(struct gpu_manager *manager, enum gpu_place place,
                           uint64_t bytes, struct gpu_block **out)
{
  struct vulkan *vk = manager->vk;
  VkMemoryPropertyFlags flags = 0;
  struct gpu_block *block = mem_alloc(sizeof *block);
  *block = (struct gpu_block){ .place = place };
  VkBufferCreateInfo info = {
    .sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO,
    .size = bytes,
    .usage = VK_BUFFER_USAGE_STORAGE_BUFFER_BIT |
             VK_BUFFER_USAGE_UNIFORM_TEXEL_BUFFER_BIT | VK_BUFFER_USAGE_TRANSFER_SRC_BIT |
             VK_BUFFER_USAGE_TRANSFER_DST_BIT,
  };
  VkResult result = vk->CreateBuffer(manager->device, &info, NULL, &block->buffer);
  if (result == VK_SUCCESS)
    result = allocate(manager, block, &flags);
  if (result == VK_SUCCESS)
    result = vk->BindBufferMemory(manager->device, block->buffer, block->memory, 0);
  if (result == VK_SUCCESS && (flags & VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT)) {
    void *mapped;
    result = vk->MapMemory(manager->device, block->memory, 0, VK_WHOLE_SIZE, 0, &mapped);
    block->mapped = mapped;
  }
  if (result != VK_SUCCESS) {
    free_block(manager, block);
    return result;
  }
  space_init(&block->space, bytes);
  ARRAY_RESERVE(manager->blocks, manager->n_blocks, manager->blocks_capacity);
  manager->blocks[manager->n_blocks++] = block;
  manager->memory.reserved += bytes;
  *out = block;
  return VK_SUCCESS;
}

static int out_of_memory(const struct gpu_manager *manager, uint64_t bytes,
                         struct err *err)
{
  const double mib = 1024.0 * 1024.0;
  return err_set(
      err, ERR_ENV,
      "out of memory on '%s': %.1f MiB more were asked for, %.1f of %.1f MiB are "
      "in use; take a smaller model, batch or context, or another --device",
      manager->info.name, (double)bytes / mib, (double)manager->memory.used / mib,
      (double)manager->memory.heap / mib);
}

/* A new block for at least `bytes`: as large as the plan says, or just large enough when
 * the device has no more. */
static int grow(struct gpu_manager *manager, enum gpu_place place, uint64_t bytes,
                struct gpu_block **block, struct err *err)
{
  uint64_t most = manager->info.limits.allocation_bytes;
  uint64_t planned = place == GPU_ON_HOST ? (uint64_t)1 << 20 : manager->block_bytes;
  uint64_t needed = space_round(bytes);
  if (needed > manager->memory.heap ||
      manager->memory.reserved > manager->memory.heap - needed)
    return out_of_memory(manager, bytes, err);
  if (needed > most)
    return err_set(
        err, ERR_ENV,
        "'%s' gives at most %llu bytes at once and %llu were asked for; take a "
        "smaller model, batch or context, or another --device",
        manager->info.name, (unsigned long long)most, (unsigned long long)bytes);
  if (planned > most)
    planned = most;
  if (planned > manager->memory.heap - manager->memory.reserved || planned < needed)
    planned = needed;
  VkResult result = make_block(manager, place, planned, block);
  if (result != VK_SUCCESS && planned > needed)
    result = make_block(manager, place, needed, block);
  if (result == VK_ERROR_OUT_OF_DEVICE_MEMORY || result == VK_ERROR_OUT_OF_HOST_MEMORY)
    return out_of_memory(manager, bytes, err);
  if (result != VK_SUCCESS)
    return vulkan_fail(err, result, "reserve device memory");
  if (place == GPU_ON_DEVICE && manager->block_bytes < largest_block)
    manager->block_bytes *= 2;
  return 0;
}

int gpu_memory_take(struct gpu_manager *manager, enum gpu_place place, uint64_t bytes,
                    struct gpu_block **block, uint64_t *offset, struct err *err)
{
  struct gpu_block *found = NULL;
  for (size_t i = 0; i < manager->n_blocks && !found; i++)
    if (manager->blocks[i]->place == place &&
        space_take(&manager->blocks[i]->space, bytes, offset))
      found = manager->blocks[i];
  if (!found) {
    if (grow(manager, place, bytes, &found, err) < 0)
      return -1;
    if (!space_take(&found->space, bytes, offset))
      return out_of_memory(manager, bytes, err);
  }
  *block = found;
  manager->memory.used += space_round(bytes);
  if (manager->memory.used > manager->memory.peak)
    manager->memory.peak = manager->memory.used;
  return 0;
}

void gpu_memory_give(struct gpu_manager *manager, struct gpu_block *block,
                     uint64_t offset, uint64_t bytes)
{
  space_give(&block->space, offset, bytes);
  manager->memory.used -= space_round(bytes);
  if (!space_is_empty(&block->space))
    return;
  /* one block stays as a reserve against give-and-take in a loop */
  size_t at = manager->n_blocks, same = 0;
  for (size_t i = 0; i < manager->n_blocks; i++) {
    same += manager->blocks[i]->place == block->place;
    if (manager->blocks[i] == block)
      at = i;
  }
  if (same < 2)
    return;
  manager->blocks[at] = manager->blocks[--manager->n_blocks];
  manager->memory.reserved -= block->space.bytes;
  free_block(manager, block);
}

void gpu_memory_close(struct gpu_manager *manager)
{
  struct vulkan *vk = manager->vk;
  if (manager->transfer_fence)
    vk->DestroyFence(manager->device, manager->transfer_fence, NULL);
  if (manager->transfer_pool)
    vk->DestroyCommandPool(manager->device, manager->transfer_pool, NULL);
  for (size_t i = 0; i < manager->n_blocks; i++)
    free_block(manager, manager->blocks[i]);
  free(manager->blocks);
}
