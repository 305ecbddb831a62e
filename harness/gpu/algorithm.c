#include "gpu/inside.h"

#include <assert.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/fs.h"
#include "gpu/shaders.h"

struct str gpu_shader_code(const char *name)
{
  for (const struct embedded_file *file = embedded_shaders; file->name; file++) {
    const char *slash = strrchr(file->name, '/');
    const char *base = slash ? slash + 1 : file->name;
    size_t n = strlen(name);
    if (strncmp(base, name, n) == 0 && strcmp(base + n, ".spv") == 0)
      return (struct str){ file->begin, (size_t)(file->end - file->begin) };
  }
  return STR_NONE;
}

struct sha256_hex gpu_shaders_hash(void)
{
  struct sha256 *sha = sha256_create();
  for (const struct embedded_file *file = embedded_shaders; file->name; file++) {
    struct str code = { file->begin, (size_t)(file->end - file->begin) };
    struct sha256_hex each = sha256_of(code);
    sha256_add(sha, str_from(each.text));
    sha256_add(sha, STR("  "));
    sha256_add(sha, str_from(fs_basename(file->name)));
    sha256_add(sha, STR("\n"));
  }
  return sha256_final(sha);
}

static uint32_t count_bindings(const struct gpu_shader *shader)
{
  uint32_t n = 0;
  while (n < GPU_MAX_BINDINGS && shader->bindings[n] != GPU_BIND_NONE)
    n++;
  return n;
}

static VkResult make_layout(struct gpu_manager *manager, struct gpu_algorithm *algorithm)
{
  VkDescriptorSetLayoutBinding bindings[GPU_MAX_BINDINGS];
  for (uint32_t i = 0; i < algorithm->n_bindings; i++)
    bindings[i] = (VkDescriptorSetLayoutBinding){
      .binding = i,
      .descriptorType = algorithm->shader->bindings[i] == GPU_BIND_STORAGE
                            ? VK_DESCRIPTOR_TYPE_STORAGE_BUFFER
                            : VK_DESCRIPTOR_TYPE_UNIFORM_TEXEL_BUFFER,
      .descriptorCount = 1,
      .stageFlags = VK_SHADER_STAGE_COMPUTE_BIT,
    };
  VkDescriptorSetLayoutCreateInfo set = {
    .sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO,
    .bindingCount = algorithm->n_bindings,
    .pBindings = bindings,
  };
  VkPushConstantRange push = { VK_SHADER_STAGE_COMPUTE_BIT, 0,
                               algorithm->shader->push_bytes };
  VkPipelineLayoutCreateInfo layout = {
    .sType = VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO,
    .setLayoutCount = 1,
    .pSetLayouts = &algorithm->set_layout,
    .pushConstantRangeCount = push.size > 0,
    .pPushConstantRanges = &push,
  };
  VkResult result = manager->vk->CreateDescriptorSetLayout(manager->device, &set, NULL,
                                                           &algorithm->set_layout);
  if (result == VK_SUCCESS)
    result = manager->vk->CreatePipelineLayout(manager->device, &layout, NULL,
                                               &algorithm->layout);
  return result;
}

static VkResult make_pipeline(struct gpu_manager *manager,
                              struct gpu_algorithm *algorithm)
{
  struct str code = gpu_shader_code(algorithm->shader->name);
  assert(str_present(code));
  VkSpecializationMapEntry entries[GPU_MAX_CONSTANTS];
  for (uint32_t i = 0; i < algorithm->n_constants; i++)
    entries[i] = (VkSpecializationMapEntry){ i, i * 4, 4 };
  VkSpecializationInfo constants = { algorithm->n_constants, entries,
                                     algorithm->n_constants * sizeof(uint32_t),
                                     algorithm->constants };
  VkShaderModuleCreateInfo module = { .sType =
                                          VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO,
                                      .codeSize = code.len,
                                      .pCode = (const uint32_t *)(const void *)code.ptr };
  VkComputePipelineCreateInfo info = {
    .sType = VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO,
    .stage = { .sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO,
               .stage = VK_SHADER_STAGE_COMPUTE_BIT,
               .pName = "main",
               .pSpecializationInfo = &constants },
    .layout = algorithm->layout,
  };
  VkResult result =
      manager->vk->CreateShaderModule(manager->device, &module, NULL, &info.stage.module);
  if (result != VK_SUCCESS)
    return result;
  result = manager->vk->CreateComputePipelines(manager->device, manager->cache, 1, &info,
                                               NULL, &algorithm->pipeline);
  manager->vk->DestroyShaderModule(manager->device, info.stage.module, NULL);
  return result;
}

static struct gpu_algorithm *find(const struct gpu_manager *manager,
                                  const struct gpu_shader *shader,
                                  const uint32_t *constants, uint32_t n)
{
  for (size_t i = 0; i < manager->n_algorithms; i++) {
    struct gpu_algorithm *row = manager->algorithms[i];
    if (row->shader == shader && row->n_constants == n &&
        (!n || memcmp(row->constants, constants, n * sizeof *constants) == 0))
      return row;
  }
  return NULL;
}

struct gpu_algorithm *gpu_algorithm_get(struct gpu_manager *manager,
                                        const struct gpu_shader *shader,
                                        const uint32_t *constants, uint32_t n_constants,
                                        struct err *err)
{
  assert(n_constants <= GPU_MAX_CONSTANTS && shader->push_bytes <= GPU_MAX_PUSH);
  struct gpu_algorithm *algorithm = find(manager, shader, constants, n_constants);
  if (algorithm)
    return algorithm;
  algorithm = mem_alloc(sizeof *algorithm);
  *algorithm = (struct gpu_algorithm){ .shader = shader, .n_constants = n_constants };
  algorithm->n_bindings = count_bindings(shader);
  for (uint32_t i = 0; i < n_constants; i++)
    algorithm->constants[i] = constants[i];
  VkResult result = make_layout(manager, algorithm);
  if (result == VK_SUCCESS)
    result = make_pipeline(manager, algorithm);
  if (result != VK_SUCCESS) {
    gpu_algorithm_free(manager, algorithm);
    err_set(err, ERR_ENV, "'%s' refuses the shader '%s': %s; a newer driver may take it",
            manager->info.name, shader->name, vulkan_result_text(result));
    return NULL;
  }
  ARRAY_RESERVE(manager->algorithms, manager->n_algorithms, manager->algorithms_capacity);
  manager->algorithms[manager->n_algorithms++] = algorithm;
  return algorithm;
}

void gpu_algorithm_free(struct gpu_manager *manager, struct gpu_algorithm *algorithm)
{
  struct vulkan *vk = manager->vk;
  if (algorithm->pipeline)
    vk->DestroyPipeline(manager->device, algorithm->pipeline, NULL);
  if (algorithm->layout)
    vk->DestroyPipelineLayout(manager->device, algorithm->layout, NULL);
  if (algorithm->set_layout)
    vk->DestroyDescriptorSetLayout(manager->device, algorithm->set_layout, NULL);
  free(algorithm);
}
