/* part.h - one submission of a sequence: a command buffer, its fence, timestamps, crumbs.
 *
 * For sequence.c only. A part takes ops until their work is enough for one submission; it
 * begins and ends with a full barrier, so parts need nothing else between them.
 */
#ifndef OREO_GPU_PART_H
#define OREO_GPU_PART_H

#include "gpu/inside.h"

enum { GPU_PART_OPS = 256, GPU_WHAT_SIZE = 256 };

struct gpu_part {
  VkCommandBuffer commands;
  VkFence fence;
  VkQueryPool queries;      /* GPU_PART_OPS + 1 timestamps; NULL without */
  struct gpu_block *crumbs; /* a word an op, set when it is about to run; NULL without */
  uint64_t crumbs_offset;
  uint32_t first_op, n_ops;
  double work;
  bool ended;
};

struct gpu_recorded {
  const char *name;
  double work;
};

struct gpu_sequence {
  struct gpu_manager *manager;
  bool timestamps, closed, running;
  VkCommandPool pool;
  struct gpu_part *parts;
  size_t n_parts, parts_capacity;
  VkDescriptorPool *pools;
  size_t n_pools, pools_capacity, sets_left;
  VkBufferView *views;
  size_t n_views, views_capacity;
  struct gpu_recorded *ops;
  size_t n_ops, ops_capacity;
  struct hazard hazard;
  uint32_t barriers;
};

/* The part that takes an op with this much work: the last one or a new one. */
struct gpu_part *gpu_part_for(struct gpu_sequence *sequence, double work,
                              struct err *err);
void gpu_part_barrier(const struct gpu_sequence *sequence, const struct gpu_part *part);
void gpu_part_dispatch(const struct gpu_sequence *sequence, struct gpu_part *part,
                       const struct gpu_op *op, VkDescriptorSet set);
NODISCARD int gpu_part_end_last(struct gpu_sequence *sequence, struct err *err);
void gpu_part_free(struct gpu_sequence *sequence, struct gpu_part *part);

/* "ops 'gemm' to 'softmax' (3 to 17 of 40)", or the very op when the crumbs know it. */
void gpu_part_what(const struct gpu_sequence *sequence, const struct gpu_part *part,
                   char what[GPU_WHAT_SIZE]);
void gpu_part_clear_crumbs(const struct gpu_part *part);
NODISCARD int gpu_part_await(struct gpu_sequence *sequence, const struct gpu_part *part,
                             struct err *err);
NODISCARD int gpu_part_time(const struct gpu_sequence *sequence, uint32_t op, int64_t *ns,
                            struct err *err);

#endif
