#include "gpu/inside.h"

#include <assert.h>
#include <stdlib.h>

#include "base/arena.h"
#include "gpu/part.h"

struct gpu_sequence *gpu_sequence_create(struct gpu_manager *manager, bool timestamps,
                                         struct err *err)
{
  if (gpu_check_alive(manager, err) < 0)
    return NULL;
  struct gpu_sequence *sequence = mem_alloc(sizeof *sequence);
  *sequence = (struct gpu_sequence){ .manager = manager };
  sequence->timestamps = timestamps && manager->info.tick_ns > 0;
  VkCommandPoolCreateInfo pool = {
    .sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO,
    .queueFamilyIndex = manager->queue_family,
  };
  VkResult result =
      manager->vk->CreateCommandPool(manager->device, &pool, NULL, &sequence->pool);
  if (result == VK_SUCCESS)
    return sequence;
  free(sequence);
  vulkan_fail(err, result, "start a sequence");
  return NULL;
}

static void forget(struct gpu_sequence *sequence)
{
  struct vulkan *vk = sequence->manager->vk;
  VkDevice device = sequence->manager->device;
  for (size_t i = 0; i < sequence->n_parts; i++)
    gpu_part_free(sequence, &sequence->parts[i]);
  for (size_t i = 0; i < sequence->n_pools; i++)
    vk->DestroyDescriptorPool(device, sequence->pools[i], NULL);
  for (size_t i = 0; i < sequence->n_views; i++)
    vk->DestroyBufferView(device, sequence->views[i], NULL);
  sequence->n_parts = sequence->n_pools = sequence->n_views = sequence->n_ops = 0;
  sequence->sets_left = 0;
  sequence->barriers = 0;
  sequence->closed = false;
  hazard_clear(&sequence->hazard);
}

void gpu_sequence_free(struct gpu_sequence *sequence)
{
  struct err ignored;
  if (!sequence)
    return;
  /* a device that hangs keeps what it may still read; the process is about to end */
  if (sequence->running && gpu_sequence_wait(sequence, &ignored) < 0)
    return;
  forget(sequence);
  sequence->manager->vk->DestroyCommandPool(sequence->manager->device, sequence->pool,
                                            NULL);
  hazard_release(&sequence->hazard);
  free(sequence->parts);
  free(sequence->pools);
  free(sequence->views);
  free(sequence->ops);
  free(sequence);
}

int gpu_sequence_reset(struct gpu_sequence *sequence, struct err *err)
{
  struct gpu_manager *manager = sequence->manager;
  assert(!sequence->running);
  if (gpu_check_alive(manager, err) < 0)
    return -1;
  forget(sequence);
  VkResult result = manager->vk->ResetCommandPool(manager->device, sequence->pool, 0);
  return result == VK_SUCCESS ? 0 : vulkan_fail(err, result, "empty a sequence");
}

/* ---- bindings ---- */

static uint32_t texel_bytes(enum gpu_binding binding)
{
  return binding == GPU_BIND_TEXEL_U32X2 ? 8 : 16;
}

static int check_use(const struct gpu_sequence *sequence, const struct gpu_op *op,
                     uint32_t i, struct err *err)
{
  const struct gpu_limits *limits = &sequence->manager->info.limits;
  const struct gpu_tensor *tensor = op->uses[i].tensor;
  enum gpu_binding binding = op->algorithm->shader->bindings[i];
  uint64_t most = limits->storage_bytes, align = limits->storage_align;
  if (binding != GPU_BIND_STORAGE) {
    most = limits->texel_elements * texel_bytes(binding);
    align = limits->texel_align;
  }
  if (tensor->bytes > most)
    return err_set(err, ERR_ENV,
                   "'%s' binds %llu bytes at %u and '%s' allows %llu; split it by rows",
                   op->name, (unsigned long long)tensor->bytes, i,
                   sequence->manager->info.name, (unsigned long long)most);
  if (tensor->offset % align)
    return err_set(
        err, ERR_ENV,
        "'%s' binds at %u what begins off the device's alignment of %llu bytes; "
        "pad its rows",
        op->name, i, (unsigned long long)align);
  return 0;
}

static int check_op(const struct gpu_sequence *sequence, const struct gpu_op *op,
                    struct err *err)
{
  const struct gpu_limits *limits = &sequence->manager->info.limits;
  assert(!sequence->closed && op->n_uses == op->algorithm->n_bindings);
  for (int i = 0; i < 3; i++)
    if (!op->groups[i] || op->groups[i] > limits->groups[i])
      return err_set(err, ERR_ENV,
                     "'%s' needs %u workgroups in one direction and '%s' allows 1 to %u; "
                     "split it by rows",
                     op->name, op->groups[i], sequence->manager->info.name,
                     limits->groups[i]);
  for (uint32_t i = 0; i < op->n_uses; i++)
    if (check_use(sequence, op, i, err) < 0)
      return -1;
  return 0;
}

static VkResult make_view(struct gpu_sequence *sequence, const struct gpu_tensor *tensor,
                          enum gpu_binding binding, VkBufferView *view)
{
  uint32_t unit = texel_bytes(binding);
  VkBufferViewCreateInfo info = {
    .sType = VK_STRUCTURE_TYPE_BUFFER_VIEW_CREATE_INFO,
    .buffer = tensor->block->buffer,
    .format = unit == 8 ? VK_FORMAT_R32G32_UINT : VK_FORMAT_R32G32B32A32_SFLOAT,
    .offset = tensor->offset,
    /* the piece behind the last element is ours too: pieces are 256-byte aligned */
    .range = (tensor->bytes + unit - 1) / unit * unit,
  };
  ARRAY_RESERVE(sequence->views, sequence->n_views, sequence->views_capacity);
  VkResult result = sequence->manager->vk->CreateBufferView(sequence->manager->device,
                                                            &info, NULL, view);
  if (result == VK_SUCCESS)
    sequence->views[sequence->n_views++] = *view;
  return result;
}

enum { SETS_IN_POOL = 32 };

static VkResult make_pool(struct gpu_sequence *sequence)
{
  static const VkDescriptorPoolSize sizes[] = {
    { VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, SETS_IN_POOL * GPU_MAX_BINDINGS },
    { VK_DESCRIPTOR_TYPE_UNIFORM_TEXEL_BUFFER, SETS_IN_POOL * GPU_MAX_BINDINGS },
  };
  VkDescriptorPoolCreateInfo info = {
    .sType = VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO,
    .maxSets = SETS_IN_POOL,
    .poolSizeCount = COUNT(sizes),
    .pPoolSizes = sizes,
  };
  ARRAY_RESERVE(sequence->pools, sequence->n_pools, sequence->pools_capacity);
  VkResult result = sequence->manager->vk->CreateDescriptorPool(
      sequence->manager->device, &info, NULL, &sequence->pools[sequence->n_pools]);
  if (result == VK_SUCCESS) {
    sequence->n_pools++;
    sequence->sets_left = SETS_IN_POOL;
  }
  return result;
}

static VkResult take_set(struct gpu_sequence *sequence,
                         const struct gpu_algorithm *algorithm, VkDescriptorSet *set)
{
  VkResult result = sequence->sets_left ? VK_SUCCESS : make_pool(sequence);
  if (result != VK_SUCCESS)
    return result;
  VkDescriptorSetAllocateInfo info = {
    .sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_ALLOCATE_INFO,
    .descriptorPool = sequence->pools[sequence->n_pools - 1],
    .descriptorSetCount = 1,
    .pSetLayouts = &algorithm->set_layout,
  };
  sequence->sets_left--;
  return sequence->manager->vk->AllocateDescriptorSets(sequence->manager->device, &info,
                                                       set);
}

static VkResult bind(struct gpu_sequence *sequence, const struct gpu_op *op,
                     VkDescriptorSet *set)
{
  VkWriteDescriptorSet writes[GPU_MAX_BINDINGS];
  VkDescriptorBufferInfo buffers[GPU_MAX_BINDINGS];
  VkBufferView views[GPU_MAX_BINDINGS];
  VkResult result = take_set(sequence, op->algorithm, set);
  for (uint32_t i = 0; i < op->n_uses && result == VK_SUCCESS; i++) {
    const struct gpu_tensor *tensor = op->uses[i].tensor;
    enum gpu_binding binding = op->algorithm->shader->bindings[i];
    writes[i] = (VkWriteDescriptorSet){
      .sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET,
      .dstSet = *set,
      .dstBinding = i,
      .descriptorCount = 1,
      .descriptorType = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER,
      .pBufferInfo = &buffers[i],
      .pTexelBufferView = &views[i],
    };
    /* whole words: shaders read 16-bit values in pairs, and the piece behind is ours */
    buffers[i] = (VkDescriptorBufferInfo){ tensor->block->buffer, tensor->offset,
                                           (tensor->bytes + 3) / 4 * 4 };
    if (binding != GPU_BIND_STORAGE) {
      writes[i].descriptorType = VK_DESCRIPTOR_TYPE_UNIFORM_TEXEL_BUFFER;
      result = make_view(sequence, tensor, binding, &views[i]);
    }
  }
  if (result == VK_SUCCESS)
    sequence->manager->vk->UpdateDescriptorSets(sequence->manager->device, op->n_uses,
                                                writes, 0, NULL);
  return result;
}

/* ---- recording ---- */

static bool needs_barrier(struct gpu_sequence *sequence, const struct gpu_op *op)
{
  struct hazard_range ranges[GPU_MAX_BINDINGS];
  for (uint32_t i = 0; i < op->n_uses; i++) {
    const struct gpu_tensor *tensor = op->uses[i].tensor;
    ranges[i] = (struct hazard_range){
      .memory = tensor->block,
      .begin = tensor->offset,
      .end = tensor->offset + tensor->bytes,
      .reads = op->uses[i].access & GPU_READ,
      .writes = op->uses[i].access & GPU_WRITE,
    };
  }
  bool conflict = hazard_conflict(&sequence->hazard, ranges, op->n_uses);
  if (conflict)
    hazard_clear(&sequence->hazard);
  hazard_add(&sequence->hazard, ranges, op->n_uses);
  return conflict;
}

int gpu_sequence_record(struct gpu_sequence *sequence, const struct gpu_op *op,
                        struct err *err)
{
  VkDescriptorSet set;
  if (gpu_check_alive(sequence->manager, err) < 0 || check_op(sequence, op, err) < 0)
    return -1;
  VkResult result = bind(sequence, op, &set);
  if (result != VK_SUCCESS)
    return vulkan_fail(err, result, "bind the tensors of an op");
  struct gpu_part *part = gpu_part_for(sequence, op->work, err);
  if (!part)
    return -1;
  if (needs_barrier(sequence, op)) {
    gpu_part_barrier(sequence, part);
    sequence->barriers++;
  }
  gpu_part_dispatch(sequence, part, op, set);
  ARRAY_RESERVE(sequence->ops, sequence->n_ops, sequence->ops_capacity);
  sequence->ops[sequence->n_ops++] = (struct gpu_recorded){ op->name, op->work };
  return 0;
}

/* ---- evaluation ---- */

int gpu_sequence_start(struct gpu_sequence *sequence, struct err *err)
{
  assert(!sequence->running);
  if (!sequence->closed && gpu_part_end_last(sequence, err) < 0)
    return -1;
  sequence->closed = true;
  for (size_t i = 0; i < sequence->n_parts; i++) {
    char what[GPU_WHAT_SIZE];
    gpu_part_clear_crumbs(&sequence->parts[i]);
    gpu_part_what(sequence, &sequence->parts[i], what);
    if (gpu_submit(sequence->manager, sequence->parts[i].commands,
                   sequence->parts[i].fence, what, err) < 0)
      return -1;
    sequence->running = true;
  }
  return 0;
}

int gpu_sequence_wait(struct gpu_sequence *sequence, struct err *err)
{
  struct gpu_manager *manager = sequence->manager;
  if (gpu_check_alive(manager, err) < 0)
    return -1;
  for (size_t i = 0; i < sequence->n_parts && sequence->running; i++)
    if (gpu_part_await(sequence, &sequence->parts[i], err) < 0)
      return -1;
  sequence->running = false;
  return 0;
}

int gpu_sequence_evaluate(struct gpu_sequence *sequence, struct err *err)
{
  if (gpu_sequence_start(sequence, err) < 0)
    return -1;
  return gpu_sequence_wait(sequence, err);
}

struct gpu_manager *gpu_sequence_manager(const struct gpu_sequence *sequence)
{
  return sequence->manager;
}

struct gpu_sequence_counts gpu_sequence_counts(const struct gpu_sequence *sequence)
{
  return (struct gpu_sequence_counts){ .ops = (uint32_t)sequence->n_ops,
                                       .barriers = sequence->barriers,
                                       .submissions = (uint32_t)sequence->n_parts };
}

int gpu_sequence_time(const struct gpu_sequence *sequence, uint32_t i,
                      struct gpu_op_time *time, struct err *err)
{
  assert(i < sequence->n_ops && sequence->closed && !sequence->running);
  *time = (struct gpu_op_time){ sequence->ops[i].name, sequence->ops[i].work, -1 };
  return sequence->timestamps ? gpu_part_time(sequence, i, &time->ns, err) : 0;
}
