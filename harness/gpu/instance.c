#include "gpu/inside.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/log.h"

static const char *const layer_name = "VK_LAYER_KHRONOS_validation";

static VKAPI_ATTR VkBool32 VKAPI_CALL complain(
    VkDebugUtilsMessageSeverityFlagBitsEXT severity, VkDebugUtilsMessageTypeFlagsEXT type,
    const VkDebugUtilsMessengerCallbackDataEXT *data, void *user)
{
  struct gpu_complaints *complaints = user;
  (void)severity;
  (void)type;
  if (complaints->count++ == 0)
    snprintf(complaints->first, sizeof complaints->first, "%s", data->pMessage);
  log_warn("Vulkan: %s", data->pMessage);
  return VK_FALSE;
}

static bool has_layer(const struct vulkan *vk)
{
  uint32_t count = 0;
  if (vk->EnumerateInstanceLayerProperties(&count, NULL) != VK_SUCCESS || !count)
    return false;
  VkLayerProperties *layers = mem_resize(NULL, count, sizeof *layers);
  bool found = false;
  if (vk->EnumerateInstanceLayerProperties(&count, layers) >= 0)
    for (uint32_t i = 0; i < count; i++)
      found = found || strcmp(layers[i].layerName, layer_name) == 0;
  free(layers);
  return found;
}

static bool has_extension(const struct vulkan *vk, const char *name)
{
  uint32_t count = 0;
  if (vk->EnumerateInstanceExtensionProperties(NULL, &count, NULL) < 0 || !count)
    return false;
  VkExtensionProperties *rows = mem_resize(NULL, count, sizeof *rows);
  bool found = false;
  if (vk->EnumerateInstanceExtensionProperties(NULL, &count, rows) >= 0)
    for (uint32_t i = 0; i < count; i++)
      found = found || strcmp(rows[i].extensionName, name) == 0;
  free(rows);
  return found;
}

/* MoltenVK is listed only to those who say that they can do with a subset. */
#ifndef VK_KHR_portability_enumeration
#define VK_KHR_PORTABILITY_ENUMERATION_EXTENSION_NAME    "VK_KHR_portability_enumeration"
#define VK_INSTANCE_CREATE_ENUMERATE_PORTABILITY_BIT_KHR 1
#endif

static VkResult create(struct gpu_instance *instance,
                       const VkDebugUtilsMessengerCreateInfoEXT *messenger)
{
  static const VkValidationFeatureEnableEXT enabled[] = {
    VK_VALIDATION_FEATURE_ENABLE_SYNCHRONIZATION_VALIDATION_EXT
  };
  VkValidationFeaturesEXT features = {
    .sType = VK_STRUCTURE_TYPE_VALIDATION_FEATURES_EXT,
    .pNext = messenger,
    .enabledValidationFeatureCount = COUNT(enabled),
    .pEnabledValidationFeatures = enabled,
  };
  VkApplicationInfo about = {
    .sType = VK_STRUCTURE_TYPE_APPLICATION_INFO,
    .pApplicationName = "oreo-bench",
    .apiVersion = VK_API_VERSION_1_3, /* the newest of which something may be used */
  };
  const char *extensions[2];
  VkInstanceCreateInfo info = {
    .sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO,
    .pApplicationInfo = &about,
    .ppEnabledExtensionNames = extensions,
  };
  if (has_extension(&instance->vk, VK_KHR_PORTABILITY_ENUMERATION_EXTENSION_NAME)) {
    extensions[info.enabledExtensionCount++] =
        VK_KHR_PORTABILITY_ENUMERATION_EXTENSION_NAME;
    info.flags |= VK_INSTANCE_CREATE_ENUMERATE_PORTABILITY_BIT_KHR;
  }
  if (instance->validated) {
    extensions[info.enabledExtensionCount++] = VK_EXT_DEBUG_UTILS_EXTENSION_NAME;
    info.enabledLayerCount = 1;
    info.ppEnabledLayerNames = &layer_name;
    info.pNext = &features;
  }
  return instance->vk.CreateInstance(&info, NULL, &instance->handle);
}

int gpu_instance_open(struct gpu_instance *instance, bool validate,
                      struct gpu_complaints *complaints, struct err *err)
{
  *instance = (struct gpu_instance){ .validated = validate };
  if (vulkan_open(&instance->vk, err) < 0)
    return -1;
  if (validate && !has_layer(&instance->vk)) {
    vulkan_close(&instance->vk);
    return err_set(
        err, ERR_ENV,
        "no Vulkan validation layer; install vulkan-validationlayers (Debian) or "
        "leave OREO_VULKAN_VALIDATION unset");
  }
  VkDebugUtilsMessengerCreateInfoEXT messenger = {
    .sType = VK_STRUCTURE_TYPE_DEBUG_UTILS_MESSENGER_CREATE_INFO_EXT,
    .messageSeverity = VK_DEBUG_UTILS_MESSAGE_SEVERITY_WARNING_BIT_EXT |
                       VK_DEBUG_UTILS_MESSAGE_SEVERITY_ERROR_BIT_EXT,
    .messageType = VK_DEBUG_UTILS_MESSAGE_TYPE_VALIDATION_BIT_EXT,
    .pfnUserCallback = complain,
    .pUserData = complaints,
  };
  VkResult result = create(instance, &messenger);
  if (result == VK_ERROR_INCOMPATIBLE_DRIVER) {
    vulkan_close(&instance->vk);
    return err_set(
        err, ERR_ENV,
        "no Vulkan device; install mesa-vulkan-drivers (Debian), which computes on "
        "the CPU, or the driver of your GPU");
  }
  if (result != VK_SUCCESS) {
    vulkan_close(&instance->vk);
    return vulkan_fail(err, result, "start Vulkan");
  }
  if (vulkan_load_instance(&instance->vk, instance->handle, err) < 0) {
    gpu_instance_close(instance);
    return -1;
  }
  if (validate && instance->vk.CreateDebugUtilsMessengerEXT)
    instance->vk.CreateDebugUtilsMessengerEXT(instance->handle, &messenger, NULL,
                                              &instance->messenger);
  return 0;
}

void gpu_instance_close(struct gpu_instance *instance)
{
  struct vulkan *vk = &instance->vk;
  gpu_pin_drivers();
  if (instance->messenger)
    vk->DestroyDebugUtilsMessengerEXT(instance->handle, instance->messenger, NULL);
  if (instance->handle && vk->DestroyInstance)
    vk->DestroyInstance(instance->handle, NULL);
  vulkan_close(vk);
  *instance = (struct gpu_instance){ 0 };
}
