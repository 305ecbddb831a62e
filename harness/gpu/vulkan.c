#include "gpu/vulkan.h"

#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

#include "base/arena.h"

/* The second name is MoltenVK's, for the day this is built on a Mac. */
static const char *const libraries[] = { "libvulkan.so.1", "libvulkan.1.dylib" };

struct symbol {
  const char *name;
  size_t offset; /* of the pointer in struct vulkan */
};

#define XX(name) { "vk" #name, offsetof(struct vulkan, name) },
static const struct symbol global_symbols[] = { VULKAN_GLOBAL_MAP(XX) };
static const struct symbol instance_symbols[] = { VULKAN_INSTANCE_MAP(XX) };
static const struct symbol debug_symbols[] = { VULKAN_DEBUG_MAP(XX) };
static const struct symbol device_symbols[] = { VULKAN_DEVICE_MAP(XX) };
#undef XX

static const struct {
  VkResult result;
  const char *text;
} results[] = {
  { VK_TIMEOUT, "it took too long" },
  { VK_NOT_READY, "not ready" },
  { VK_ERROR_OUT_OF_HOST_MEMORY, "out of memory" },
  { VK_ERROR_OUT_OF_DEVICE_MEMORY, "out of device memory" },
  { VK_ERROR_INITIALIZATION_FAILED, "the driver cannot start" },
  { VK_ERROR_DEVICE_LOST, "the device was lost" },
  { VK_ERROR_MEMORY_MAP_FAILED, "device memory cannot be mapped" },
  { VK_ERROR_LAYER_NOT_PRESENT, "a layer is not installed" },
  { VK_ERROR_EXTENSION_NOT_PRESENT, "an extension is not there" },
  { VK_ERROR_FEATURE_NOT_PRESENT, "the device lacks a feature" },
  { VK_ERROR_INCOMPATIBLE_DRIVER, "no driver that fits" },
  { VK_ERROR_TOO_MANY_OBJECTS, "too many objects" },
  { VK_ERROR_FRAGMENTED_POOL, "a pool is in fragments" },
  { VK_ERROR_OUT_OF_POOL_MEMORY, "a pool is full" },
};

const char *vulkan_result_text(VkResult result)
{
  for (size_t i = 0; i < COUNT(results); i++)
    if (results[i].result == result)
      return results[i].text;
  return "the driver does not say why";
}

int vulkan_fail(struct err *err, VkResult result, const char *what)
{
  return err_set(err, ERR_ENV, "cannot %s: %s (Vulkan's result %d)", what,
                 vulkan_result_text(result), (int)result);
}

/* ISO C has no cast from an object pointer to a function's; POSIX says the bytes do. */
static void put(struct vulkan *vk, const struct symbol *symbol, PFN_vkVoidFunction f)
{
  memcpy((char *)vk + symbol->offset, &f, sizeof f);
}

static int missing(const struct symbol *symbol, struct err *err)
{
  return err_set(err, ERR_ENV,
                 "the Vulkan loader has no '%s'; install version 1.2 or later",
                 symbol->name);
}

int vulkan_open(struct vulkan *vk, struct err *err)
{
  *vk = (struct vulkan){ 0 };
  for (size_t i = 0; i < COUNT(libraries) && !vk->library; i++)
    vk->library = dlopen(libraries[i], RTLD_NOW | RTLD_NODELETE);
  if (!vk->library)
    return err_set(
        err, ERR_ENV,
        "no Vulkan device: '%s' is not here; install mesa-vulkan-drivers (Debian), "
        "which computes on the CPU, or the driver of your GPU",
        libraries[0]);
  void *entry = dlsym(vk->library, "vkGetInstanceProcAddr");
  memcpy(&vk->GetInstanceProcAddr, &entry, sizeof entry);
  for (size_t i = 0; i < COUNT(global_symbols); i++) {
    PFN_vkVoidFunction function =
        entry ? vk->GetInstanceProcAddr(NULL, global_symbols[i].name) : NULL;
    if (!function) {
      vulkan_close(vk);
      return missing(&global_symbols[i], err);
    }
    put(vk, &global_symbols[i], function);
  }
  return 0;
}

int vulkan_load_instance(struct vulkan *vk, VkInstance instance, struct err *err)
{
  for (size_t i = 0; i < COUNT(instance_symbols); i++) {
    PFN_vkVoidFunction function =
        vk->GetInstanceProcAddr(instance, instance_symbols[i].name);
    if (!function)
      return missing(&instance_symbols[i], err);
    put(vk, &instance_symbols[i], function);
  }
  for (size_t i = 0; i < COUNT(debug_symbols); i++)
    put(vk, &debug_symbols[i], vk->GetInstanceProcAddr(instance, debug_symbols[i].name));
  return 0;
}

int vulkan_load_device(struct vulkan *vk, VkDevice device, struct err *err)
{
  for (size_t i = 0; i < COUNT(device_symbols); i++) {
    PFN_vkVoidFunction function = vk->GetDeviceProcAddr(device, device_symbols[i].name);
    if (!function)
      return missing(&device_symbols[i], err);
    put(vk, &device_symbols[i], function);
  }
  return 0;
}

void vulkan_close(struct vulkan *vk)
{
  if (vk->library)
    dlclose(vk->library);
  *vk = (struct vulkan){ 0 };
}
