#include "gpu/coopmat.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/env.h"

enum { MIB = 1 << 20 };

/* About 100 ms of what the slowest device of a kind does; drivers kill a submission after
 * 2 to 10 seconds. */
static const double submit_work_cpu = 2e9, submit_work_gpu = 1e11;
/* For one submission: far longer than any of that size takes, even on a busy machine. */
static const int64_t default_timeout_ns = 120 * (int64_t)1000000000;

static uint32_t find_queue(const struct gpu_manager *manager)
{
  VkQueueFamilyProperties families[16];
  uint32_t count = COUNT(families), best = 0;
  bool found = false;
  manager->vk->GetPhysicalDeviceQueueFamilyProperties(manager->physical, &count,
                                                      families);
  for (uint32_t i = 0; i < count; i++) {
    bool compute = families[i].queueFlags & VK_QUEUE_COMPUTE_BIT;
    bool graphics = families[i].queueFlags & VK_QUEUE_GRAPHICS_BIT;
    /* one that only computes does not wait for a screen */
    if (compute && (!found || !graphics)) {
      best = i;
      found = true;
    }
  }
  return best;
}

static int create_device(struct gpu_manager *manager, struct err *err)
{
  const float priority = 1.0f;
  const char *extensions[3];
  struct gpu_coopmat_wish matrices;
  VkPhysicalDeviceVulkan11Features v11 = {
    .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_1_FEATURES,
    .storageBuffer16BitAccess = manager->info.storage16,
  };
  VkPhysicalDeviceFeatures2 features = {
    .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2,
    .pNext = gpu_coopmat_wish(&matrices, &manager->info, &v11),
  };
  VkDeviceQueueCreateInfo queue = {
    .sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO,
    .queueFamilyIndex = manager->queue_family,
    .queueCount = 1,
    .pQueuePriorities = &priority,
  };
  VkDeviceCreateInfo info = {
    .sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO,
    .pNext = &features,
    .queueCreateInfoCount = 1,
    .pQueueCreateInfos = &queue,
    .ppEnabledExtensionNames = extensions,
  };
  if (gpu_device_has(manager->vk, manager->physical, "VK_KHR_portability_subset"))
    extensions[info.enabledExtensionCount++] = "VK_KHR_portability_subset";
  for (uint32_t i = 0; i < matrices.n_extensions; i++)
    extensions[info.enabledExtensionCount++] = matrices.extensions[i];
  VkResult result =
      manager->vk->CreateDevice(manager->physical, &info, NULL, &manager->device);
  if (result != VK_SUCCESS)
    return err_set(err, ERR_ENV,
                   "cannot open the Vulkan device '%s': %s; choose another "
                   "with --device (oreo-bench devices lists them)",
                   manager->info.name, vulkan_result_text(result));
  return 0;
}

static int open_device(struct gpu_manager *manager, const struct gpu_options *options,
                       struct err *err)
{
  struct gpu_device_list list = { 0 };
  VkPhysicalDevice handles[GPU_MAX_DEVICES];
  if (gpu_instance_devices(&manager->instance, &list, handles, err) < 0)
    return -1;
  int row = gpu_device_choose(&list, options->device, err);
  if (row >= 0) {
    manager->physical = handles[row];
    manager->info = list.rows[row];
  }
  gpu_device_list_free(&list);
  if (row < 0)
    return -1;
  manager->queue_family = find_queue(manager);
  if (create_device(manager, err) < 0)
    return -1;
  if (vulkan_load_device(manager->vk, manager->device, err) < 0)
    return -1;
  manager->vk->GetDeviceQueue(manager->device, manager->queue_family, 0, &manager->queue);
  return 0;
}

static void settle_options(struct gpu_manager *manager, const struct gpu_options *options)
{
  bool cpu = manager->info.kind == GPU_KIND_CPU;
  manager->stage_always = options->stage_always;
  manager->block_bytes = options->block_bytes ? options->block_bytes : 32 * MIB;
  manager->staging_bytes = options->staging_bytes ? options->staging_bytes : 16 * MIB;
  manager->submit_work = options->submit_work;
  if (manager->submit_work <= 0)
    manager->submit_work = cpu ? submit_work_cpu : submit_work_gpu;
  manager->timeout_ns = options->timeout_ns ? options->timeout_ns : default_timeout_ns;
}

struct gpu_manager *gpu_manager_create(const struct gpu_options *given, struct err *err)
{
  static const struct gpu_options defaults = { 0 };
  const struct gpu_options *options = given ? given : &defaults;
  const char *asked = env_get(ENV_VULKAN_VALIDATION);
  bool validate = options->validate || (asked && strcmp(asked, "0") != 0);
  struct gpu_manager *manager = mem_alloc(sizeof *manager);
  *manager = (struct gpu_manager){ .breadcrumbs = validate || options->breadcrumbs };
  manager->vk = &manager->instance.vk;
  if (gpu_instance_open(&manager->instance, validate, &manager->complaints, err) < 0) {
    free(manager);
    return NULL;
  }
  if (open_device(manager, options, err) < 0) {
    gpu_manager_free(manager);
    return NULL;
  }
  settle_options(manager, options);
  if (gpu_memory_init(manager, err) < 0) {
    gpu_manager_free(manager);
    return NULL;
  }
  gpu_cache_open(manager, options->cache_dir);
  return manager;
}

static void close_device(struct gpu_manager *manager)
{
  struct vulkan *vk = manager->vk;
  /* a device that hangs would hang us too */
  if (manager->dead.code == ERR_NONE && vk->DeviceWaitIdle)
    vk->DeviceWaitIdle(manager->device);
  gpu_cache_close(manager);
  for (size_t i = 0; i < manager->n_algorithms; i++)
    gpu_algorithm_free(manager, manager->algorithms[i]);
  free(manager->algorithms);
  gpu_memory_close(manager);
  vk->DestroyDevice(manager->device, NULL);
}

void gpu_manager_free(struct gpu_manager *manager)
{
  if (!manager)
    return;
  if (manager->device && manager->vk->DestroyDevice)
    close_device(manager);
  gpu_instance_close(&manager->instance);
  free(manager);
}

const struct gpu_device_info *gpu_manager_device(const struct gpu_manager *manager)
{
  return &manager->info;
}

struct gpu_memory gpu_manager_memory(const struct gpu_manager *manager)
{
  return manager->memory;
}

unsigned gpu_manager_complaints(const struct gpu_manager *manager)
{
  return manager->complaints.count;
}

const char *gpu_manager_complaint(const struct gpu_manager *manager)
{
  return manager->complaints.first;
}

bool gpu_manager_validated(const struct gpu_manager *manager)
{
  return manager->instance.validated;
}
