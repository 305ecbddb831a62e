#include "gpu/part.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"

enum { CRUMB = 0x6f72656f }; /* any word but 0 */

static VkResult make(struct gpu_sequence *sequence, struct gpu_part *part)
{
  struct gpu_manager *manager = sequence->manager;
  struct vulkan *vk = manager->vk;
  VkCommandBufferAllocateInfo commands = {
    .sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO,
    .commandPool = sequence->pool,
    .level = VK_COMMAND_BUFFER_LEVEL_PRIMARY,
    .commandBufferCount = 1,
  };
  VkFenceCreateInfo fence = { .sType = VK_STRUCTURE_TYPE_FENCE_CREATE_INFO };
  VkQueryPoolCreateInfo queries = { .sType = VK_STRUCTURE_TYPE_QUERY_POOL_CREATE_INFO,
                                    .queryType = VK_QUERY_TYPE_TIMESTAMP,
                                    .queryCount = GPU_PART_OPS + 1 };
  VkCommandBufferBeginInfo begin = { .sType =
                                         VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO };
  VkResult result =
      vk->AllocateCommandBuffers(manager->device, &commands, &part->commands);
  if (result == VK_SUCCESS)
    result = vk->CreateFence(manager->device, &fence, NULL, &part->fence);
  if (result == VK_SUCCESS && sequence->timestamps)
    result = vk->CreateQueryPool(manager->device, &queries, NULL, &part->queries);
  if (result == VK_SUCCESS)
    result = vk->BeginCommandBuffer(part->commands, &begin);
  return result;
}

static struct gpu_part *new_part(struct gpu_sequence *sequence, struct err *err)
{
  struct gpu_manager *manager = sequence->manager;
  struct vulkan *vk = manager->vk;
  struct gpu_part part = { .first_op = (uint32_t)sequence->n_ops };
  if (manager->breadcrumbs &&
      gpu_memory_take(manager, GPU_ON_HOST, GPU_PART_OPS * sizeof(uint32_t), &part.crumbs,
                      &part.crumbs_offset, err) < 0)
    return NULL;
  VkResult result = make(sequence, &part);
  if (result != VK_SUCCESS) {
    gpu_part_free(sequence, &part);
    vulkan_fail(err, result, "record a sequence");
    return NULL;
  }
  gpu_full_barrier(manager, part.commands);
  /* what came before is behind that barrier */
  hazard_clear(&sequence->hazard);
  if (part.queries) {
    vk->CmdResetQueryPool(part.commands, part.queries, 0, GPU_PART_OPS + 1);
    vk->CmdWriteTimestamp(part.commands, VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT,
                          part.queries, 0);
  }
  ARRAY_RESERVE(sequence->parts, sequence->n_parts, sequence->parts_capacity);
  sequence->parts[sequence->n_parts] = part;
  return &sequence->parts[sequence->n_parts++];
}

int gpu_part_end_last(struct gpu_sequence *sequence, struct err *err)
{
  struct gpu_manager *manager = sequence->manager;
  if (!sequence->n_parts)
    return 0;
  struct gpu_part *part = &sequence->parts[sequence->n_parts - 1];
  if (part->ended)
    return 0;
  gpu_full_barrier(manager, part->commands);
  VkResult result = manager->vk->EndCommandBuffer(part->commands);
  if (result != VK_SUCCESS)
    return vulkan_fail(err, result, "record a sequence");
  part->ended = true;
  return 0;
}

struct gpu_part *gpu_part_for(struct gpu_sequence *sequence, double work, struct err *err)
{
  if (sequence->n_parts) {
    struct gpu_part *last = &sequence->parts[sequence->n_parts - 1];
    if (last->n_ops < GPU_PART_OPS &&
        (!last->n_ops || last->work + work <= sequence->manager->submit_work))
      return last;
    if (gpu_part_end_last(sequence, err) < 0)
      return NULL;
  }
  return new_part(sequence, err);
}

void gpu_part_barrier(const struct gpu_sequence *sequence, const struct gpu_part *part)
{
  VkMemoryBarrier barrier = {
    .sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER,
    .srcAccessMask = VK_ACCESS_SHADER_WRITE_BIT,
    .dstAccessMask = VK_ACCESS_SHADER_READ_BIT | VK_ACCESS_SHADER_WRITE_BIT,
  };
  sequence->manager->vk->CmdPipelineBarrier(
      part->commands, VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT,
      VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT, 0, 1, &barrier, 0, NULL, 0, NULL);
}

void gpu_part_dispatch(const struct gpu_sequence *sequence, struct gpu_part *part,
                       const struct gpu_op *op, VkDescriptorSet set)
{
  struct vulkan *vk = sequence->manager->vk;
  const struct gpu_algorithm *algorithm = op->algorithm;
  if (part->crumbs)
    vk->CmdFillBuffer(part->commands, part->crumbs->buffer,
                      part->crumbs_offset + part->n_ops * sizeof(uint32_t),
                      sizeof(uint32_t), CRUMB);
  vk->CmdBindPipeline(part->commands, VK_PIPELINE_BIND_POINT_COMPUTE,
                      algorithm->pipeline);
  vk->CmdBindDescriptorSets(part->commands, VK_PIPELINE_BIND_POINT_COMPUTE,
                            algorithm->layout, 0, 1, &set, 0, NULL);
  if (algorithm->shader->push_bytes)
    vk->CmdPushConstants(part->commands, algorithm->layout, VK_SHADER_STAGE_COMPUTE_BIT,
                         0, algorithm->shader->push_bytes, op->push);
  vk->CmdDispatch(part->commands, op->groups[0], op->groups[1], op->groups[2]);
  part->n_ops++;
  part->work += op->work;
  if (part->queries)
    vk->CmdWriteTimestamp(part->commands, VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT,
                          part->queries, part->n_ops);
}

void gpu_part_free(struct gpu_sequence *sequence, struct gpu_part *part)
{
  struct gpu_manager *manager = sequence->manager;
  if (part->crumbs)
    gpu_memory_give(manager, part->crumbs, part->crumbs_offset,
                    GPU_PART_OPS * sizeof(uint32_t));
  if (part->fence)
    manager->vk->DestroyFence(manager->device, part->fence, NULL);
  if (part->queries)
    manager->vk->DestroyQueryPool(manager->device, part->queries, NULL);
  if (part->commands)
    manager->vk->FreeCommandBuffers(manager->device, sequence->pool, 1, &part->commands);
}

/* ---- what ran, when it fails ---- */

static volatile uint32_t *crumbs(const struct gpu_part *part)
{
  return (volatile uint32_t *)(void *)(part->crumbs->mapped + part->crumbs_offset);
}

void gpu_part_clear_crumbs(const struct gpu_part *part)
{
  for (uint32_t i = 0; part->crumbs && i < part->n_ops; i++)
    crumbs(part)[i] = 0;
}

void gpu_part_what(const struct gpu_sequence *sequence, const struct gpu_part *part,
                   char what[GPU_WHAT_SIZE])
{
  const struct gpu_recorded *ops = &sequence->ops[part->first_op];
  uint32_t begun = 0;
  while (part->crumbs && begun < part->n_ops && crumbs(part)[begun])
    begun++;
  if (begun)
    snprintf(what, GPU_WHAT_SIZE, "op '%s' (%u of %zu)", ops[begun - 1].name,
             part->first_op + begun, sequence->n_ops);
  else if (part->n_ops == 1)
    snprintf(what, GPU_WHAT_SIZE, "op '%s' (%u of %zu)", ops[0].name, part->first_op + 1,
             sequence->n_ops);
  else
    snprintf(what, GPU_WHAT_SIZE, "ops '%s' to '%s' (%u to %u of %zu)", ops[0].name,
             ops[part->n_ops - 1].name, part->first_op + 1, part->first_op + part->n_ops,
             sequence->n_ops);
}

int gpu_part_await(struct gpu_sequence *sequence, const struct gpu_part *part,
                   struct err *err)
{
  struct gpu_manager *manager = sequence->manager;
  char what[GPU_WHAT_SIZE];
  VkResult result = manager->vk->WaitForFences(manager->device, 1, &part->fence, VK_TRUE,
                                               (uint64_t)manager->timeout_ns);
  if (result == VK_SUCCESS)
    return 0;
  gpu_part_what(sequence, part, what);
  return gpu_die(manager, result, what, err);
}

int gpu_part_time(const struct gpu_sequence *sequence, uint32_t op, int64_t *ns,
                  struct err *err)
{
  const struct gpu_manager *manager = sequence->manager;
  const struct gpu_part *part = sequence->parts;
  uint64_t ticks[2];
  while (op >= part->first_op + part->n_ops)
    part++;
  VkResult result = manager->vk->GetQueryPoolResults(
      manager->device, part->queries, op - part->first_op, 2, sizeof ticks, ticks,
      sizeof ticks[0], VK_QUERY_RESULT_64_BIT);
  if (result != VK_SUCCESS)
    return vulkan_fail(err, result, "read timestamps");
  *ns = (int64_t)((double)(ticks[1] - ticks[0]) * manager->info.tick_ns);
  return 0;
}
