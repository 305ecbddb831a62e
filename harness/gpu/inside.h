/* inside.h - what the files of gpu/ know of each other; nobody else includes this but the
 * tests that play a failing driver.
 */
#ifndef OREO_GPU_INSIDE_H
#define OREO_GPU_INSIDE_H

#include "gpu/algorithm.h"
#include "gpu/hazard.h"
#include "gpu/manager.h"
#include "gpu/sequence.h"
#include "gpu/space.h"
#include "gpu/tensor.h"
#include "gpu/vulkan.h"

/* ---- instance.c: the driver's door, with or without the validation layer ---- */

/* Counts what the validation layer says; its address is kept by the messenger. */
struct gpu_complaints {
  unsigned count;
  char first[1024];
};

struct gpu_instance {
  struct vulkan vk;
  VkInstance handle;
  VkDebugUtilsMessengerEXT messenger;
  bool validated;
};

NODISCARD int gpu_instance_open(struct gpu_instance *instance, bool validate,
                                struct gpu_complaints *complaints, struct err *err);
void gpu_instance_close(struct gpu_instance *instance);

/* leaks.c: keeps what is mapped mapped, under AddressSanitizer only. */
void gpu_pin_drivers(void);

/* ---- device.c ---- */

enum { GPU_MAX_DEVICES = 32 };

/* Rows in Vulkan's order; `handles` has room for GPU_MAX_DEVICES. */
NODISCARD int gpu_instance_devices(const struct gpu_instance *instance,
                                   struct gpu_device_list *list,
                                   VkPhysicalDevice *handles, struct err *err);
bool gpu_device_has(const struct vulkan *vk, VkPhysicalDevice handle,
                    const char *extension);

/* ---- memory.c: blocks, and the sub-ranges that tensors are ---- */

struct gpu_block {
  VkBuffer buffer;
  VkDeviceMemory memory;
  struct space space;
  char *mapped; /* NULL when the host does not see it */
  enum gpu_place place;
};

NODISCARD int gpu_memory_init(struct gpu_manager *manager, struct err *err);
NODISCARD int gpu_memory_take(struct gpu_manager *manager, enum gpu_place place,
                              uint64_t bytes, struct gpu_block **block, uint64_t *offset,
                              struct err *err);
void gpu_memory_give(struct gpu_manager *manager, struct gpu_block *block,
                     uint64_t offset, uint64_t bytes);
void gpu_memory_close(struct gpu_manager *manager);

/* ---- pipeline_cache.c: compiled shaders on disk ---- */

void gpu_cache_open(struct gpu_manager *manager, const char *dir);
void gpu_cache_close(struct gpu_manager *manager);

/* ---- submit.c: work handed to the queue, and what it was when it fails ---- */

/* Waits for a fence at most the manager's timeout. A failure kills the manager, with
 * `what` ("ops 'a' to 'b'") in the message that every later call repeats. */
NODISCARD int gpu_submit(struct gpu_manager *manager, VkCommandBuffer commands,
                         VkFence fence, const char *what, struct err *err);
NODISCARD int gpu_await(struct gpu_manager *manager, VkFence fence, const char *what,
                        struct err *err);
/* The device is gone or hangs. Returns -1. */
int gpu_die(struct gpu_manager *manager, VkResult result, const char *what,
            struct err *err);
NODISCARD int gpu_check_alive(const struct gpu_manager *manager, struct err *err);
/* Everything before it on the queue is done and seen by everything after it. */
void gpu_full_barrier(const struct gpu_manager *manager, VkCommandBuffer commands);

struct gpu_algorithm {
  const struct gpu_shader *shader;
  uint32_t constants[GPU_MAX_CONSTANTS];
  uint32_t n_constants, n_bindings;
  VkDescriptorSetLayout set_layout;
  VkPipelineLayout layout;
  VkPipeline pipeline;
};

void gpu_algorithm_free(struct gpu_manager *manager, struct gpu_algorithm *algorithm);

struct gpu_manager {
  struct gpu_instance instance;
  struct vulkan *vk; /* = &instance.vk */
  struct gpu_complaints complaints;
  VkPhysicalDevice physical;
  VkDevice device;
  VkQueue queue;
  uint32_t queue_family;
  struct gpu_device_info info;
  bool breadcrumbs, stage_always;
  double submit_work;
  int64_t timeout_ns;
  struct err dead; /* code is NONE while the device lives */

  VkPhysicalDeviceMemoryProperties memory_types;
  uint64_t block_bytes; /* of the next block */
  struct gpu_block **blocks;
  size_t n_blocks, blocks_capacity;
  struct gpu_memory memory;

  struct gpu_block *staging; /* made at the first transfer */
  uint64_t staging_offset, staging_bytes;
  VkCommandPool transfer_pool;
  VkCommandBuffer transfer;
  VkFence transfer_fence;

  VkPipelineCache cache;
  char *cache_path;    /* NULL: none on disk */
  size_t cache_loaded; /* bytes that came from the disk */

  struct gpu_algorithm **algorithms;
  size_t n_algorithms, algorithms_capacity;
};

#endif
