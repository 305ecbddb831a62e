/* Compiled pipelines on disk. A file that is not ours, not whole or of another device or
 * driver is ignored and replaced; a folder that cannot be written costs a verbose line.
 *
 * Layout: magic, CRC-32 of the data, bytes of the data, the data as the driver gave it
 * (which begins with Vulkan's own header). Little-endian, as every machine this runs on.
 */
#include "gpu/inside.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/env.h"
#include "base/fs.h"
#include "base/hash.h"
#include "base/log.h"

static const char magic[8] = { 'o', 'r', 'e', 'o', 'v', 'k', 'p', '1' };

/* Real ones are kilobytes; a driver once given garbage may crash. */
static const size_t largest_cache = (size_t)64 << 20;

struct header {
  char magic[8];
  uint32_t crc, bytes;
};

static VkPhysicalDeviceProperties properties(const struct gpu_manager *manager)
{
  VkPhysicalDeviceProperties all;
  manager->vk->GetPhysicalDeviceProperties(manager->physical, &all);
  return all;
}

/* Vulkan's own header must name this very driver and device. */
static bool is_of(const VkPhysicalDeviceProperties *device, struct str data)
{
  VkPipelineCacheHeaderVersionOne head;
  if (data.len < sizeof head)
    return false;
  memcpy(&head, data.ptr, sizeof head);
  return head.headerVersion == VK_PIPELINE_CACHE_HEADER_VERSION_ONE &&
         head.vendorID == device->vendorID && head.deviceID == device->deviceID &&
         memcmp(head.pipelineCacheUUID, device->pipelineCacheUUID, VK_UUID_SIZE) == 0;
}

static struct str checked(const VkPhysicalDeviceProperties *device, struct str file)
{
  struct header head;
  if (file.len < sizeof head)
    return STR_NONE;
  memcpy(&head, file.ptr, sizeof head);
  struct str data = { file.ptr + sizeof head, file.len - sizeof head };
  if (memcmp(head.magic, magic, sizeof magic) != 0 || head.bytes != data.len ||
      head.crc != crc32_of(data) || !is_of(device, data))
    return STR_NONE;
  return data;
}

/* The file for this device, or NULL: no cache is asked for, or there is no place for it.
 */
static char *path_of(const VkPhysicalDeviceProperties *device, const char *dir)
{
  struct buf path;
  buf_init(&path, 4096);
  if (dir)
    buf_printf(&path, "%s", dir);
  else if (env_get(ENV_XDG_CACHE_HOME))
    buf_printf(&path, "%s/oreo-bench", env_get(ENV_XDG_CACHE_HOME));
  else if (env_get(ENV_HOME))
    buf_printf(&path, "%s/.cache/oreo-bench", env_get(ENV_HOME));
  if (!path.len || buf_failed(&path)) {
    buf_release(&path);
    return NULL;
  }
  buf_printf(&path, "/pipelines-%04x-%04x-", device->vendorID, device->deviceID);
  for (size_t i = 0; i < VK_UUID_SIZE; i++)
    buf_printf(&path, "%02x", device->pipelineCacheUUID[i]);
  if (buf_failed(&path)) {
    buf_release(&path);
    return NULL;
  }
  return buf_take(&path);
}

void gpu_cache_open(struct gpu_manager *manager, const char *dir)
{
  VkPhysicalDeviceProperties device = properties(manager);
  struct err ignored;
  struct buf file;
  struct str data = STR_NONE;
  buf_init(&file, largest_cache);
  manager->cache_path = path_of(&device, dir);
  if (manager->cache_path && fs_exists(manager->cache_path) &&
      fs_read(manager->cache_path, &file, &ignored) == 0)
    data = checked(&device, buf_str(&file));
  VkPipelineCacheCreateInfo info = {
    .sType = VK_STRUCTURE_TYPE_PIPELINE_CACHE_CREATE_INFO,
    .initialDataSize = data.len,
    .pInitialData = data.ptr,
  };
  /* a driver that refuses gets no cache: VK_NULL_HANDLE is fine everywhere */
  if (manager->vk->CreatePipelineCache(manager->device, &info, NULL, &manager->cache) < 0)
    manager->cache = VK_NULL_HANDLE;
  else
    manager->cache_loaded = data.len;
  buf_release(&file);
}

static int write_file(const char *path, const char *data, size_t bytes, struct err *err)
{
  struct header head = { .crc = crc32_of((struct str){ data, bytes }),
                         .bytes = (uint32_t)bytes };
  struct buf file;
  const char *slash = strrchr(path, '/');
  char *dir = strndup(path, (size_t)(slash - path));
  memcpy(head.magic, magic, sizeof magic);
  buf_init(&file, largest_cache + sizeof head);
  buf_add(&file, (struct str){ (const char *)&head, sizeof head });
  buf_add(&file, (struct str){ data, bytes });
  int status = dir ? fs_make_dir(dir, err) : -1;
  if (status == 0)
    status = fs_write(path, buf_str(&file), err);
  free(dir);
  buf_release(&file);
  return status;
}

static void save(struct gpu_manager *manager)
{
  struct vulkan *vk = manager->vk;
  struct err err = { 0 };
  size_t bytes = 0;
  if (vk->GetPipelineCacheData(manager->device, manager->cache, &bytes, NULL) < 0 ||
      bytes == manager->cache_loaded || bytes > largest_cache)
    return;
  char *data = mem_alloc(bytes);
  VkPhysicalDeviceProperties device = properties(manager);
  /* lavapipe of Mesa 26.2 gives 20 bytes, less than Vulkan's header: nothing to keep */
  if (vk->GetPipelineCacheData(manager->device, manager->cache, &bytes, data) ==
          VK_SUCCESS &&
      is_of(&device, (struct str){ data, bytes }) &&
      write_file(manager->cache_path, data, bytes, &err) < 0)
    log_verbose("cannot keep compiled shaders: %s", err.msg);
  free(data);
}

void gpu_cache_close(struct gpu_manager *manager)
{
  if (manager->cache) {
    if (manager->cache_path && manager->n_algorithms && manager->dead.code == ERR_NONE)
      save(manager);
    manager->vk->DestroyPipelineCache(manager->device, manager->cache, NULL);
  }
  free(manager->cache_path);
}
