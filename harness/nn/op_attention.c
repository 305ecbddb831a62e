#include "nn/op_attention.h"

#include <assert.h>

#include "shared.h"

enum { MOST_HEADS = 8, MOST_DIM = 256 };
/* of one lane: twice as many take a CPU driver three seconds to compile */
enum { MOST_SUMS = 512 };
/* what goes beside one another: heads of at most so many; from which on groups are large */
enum { SHORT_HEAD = 32, MANY_ITEMS = 32 };

static const struct gpu_shader lanes_shader = {
  .name = "attention_lanes",
  .bindings = { GPU_BIND_TEXEL_F32X4, GPU_BIND_TEXEL_F32X4, GPU_BIND_TEXEL_F32X4,
                GPU_BIND_STORAGE, GPU_BIND_STORAGE, GPU_BIND_STORAGE, GPU_BIND_STORAGE },
  .push_bytes = sizeof(struct shader_attention)
};

static const struct gpu_shader group_shader = {
  .name = "attention",
  .bindings = { GPU_BIND_STORAGE, GPU_BIND_STORAGE, GPU_BIND_STORAGE, GPU_BIND_STORAGE,
                GPU_BIND_STORAGE, GPU_BIND_STORAGE, GPU_BIND_STORAGE },
  .push_bytes = sizeof(struct shader_attention)
};

/* The constants and workgroups of a kernel for a shape. */
struct launch {
  const struct gpu_shader *shader;
  uint32_t constants[9], n_constants;
  uint32_t groups[3];
};

/* Heads of a kv head that one workgroup does. */
static uint32_t heads_at_once(const struct attention *a, uint32_t most)
{
  uint32_t all = a->heads / a->kv_heads, heads = all < most ? all : most;
  while (all % heads)
    heads--;
  return heads;
}

/* ---- CPU devices ---- */

/* kv heads that a subgroup does side by side: all it can where one of them is short, so
 * that a position's keys, which lie together, are read together. Otherwise one after the
 * other is as good, and one row alone makes more workgroups. */
static uint32_t kv_heads_beside(const struct gpu_device_info *device,
                                const struct attention *a)
{
  uint32_t beside = 1;
  while (a->head_dim <= SHORT_HEAD && beside < device->subgroup &&
         a->kv_heads % (2 * beside) == 0)
    beside *= 2;
  return beside;
}

static bool lanes_fit(const struct gpu_device_info *device, const struct attention *a)
{
  const struct gpu_tensor *texels[] = { a->q, a->keys, a->values };
  for (int i = 0; i < 3; i++)
    if (texels[i]->offset % device->limits.texel_align ||
        texels[i]->bytes / 16 > device->limits.texel_elements)
      return false;
  return device->shuffle &&
         (device->subgroup == 4 || device->subgroup == 8 || device->subgroup == 16) &&
         a->head_dim % 4 == 0 && a->ldq % 4 == 0;
}

static struct launch launch_lanes(const struct gpu_device_info *device,
                                  const struct attention *a)
{
  uint32_t most = MOST_SUMS / a->head_dim;
  uint32_t heads = heads_at_once(a, most < MOST_HEADS ? most : MOST_HEADS);
  uint32_t split = a->heads / a->kv_heads / heads, beside = kv_heads_beside(device, a);
  uint32_t across = a->heads / heads / beside;
  /* few rows: small groups, so that every thread has some */
  uint32_t lanes = device->subgroup < 8 ? 8 : device->subgroup;
  if ((uint64_t)a->m * across >= MANY_ITEMS)
    lanes = 32;
  uint32_t subgroups = lanes / device->subgroup;
  /* long rows of the cache fall into few sets of a CPU's own: fewer of them at a time */
  uint32_t keys = a->kv_heads * a->head_dim * sizeof(float) >= 2048 ? 1 : 2;
  struct launch launch = {
    .shader = &lanes_shader,
    .constants = { device->subgroup, heads, a->head_dim, keys, split, a->pages != NULL,
                   a->lse != NULL, beside, lanes },
    .n_constants = 9,
    .groups = { across, (a->m + subgroups - 1) / subgroups, 1 },
  };
  return launch;
}

/* ---- GPUs, and whatever does not fit elsewhere ---- */

static struct launch launch_group(const struct attention *a)
{
  uint32_t heads = heads_at_once(a, MOST_HEADS);
  struct launch launch = {
    .shader = &group_shader,
    .constants = { heads, a->head_dim, a->head_dim % 4 == 0, a->pages != NULL,
                   a->lse != NULL },
    .n_constants = 5,
    .groups = { a->heads / heads, a->m, 1 },
  };
  return launch;
}

static struct launch choose(const struct gpu_device_info *device,
                            const struct attention *a)
{
  enum attention_kernel kernel = a->kernel;
  if (kernel == ATTENTION_BY_DEVICE)
    kernel = device->kind == GPU_KIND_CPU ? ATTENTION_BY_LANES : ATTENTION_BY_GROUP;
  if (kernel == ATTENTION_BY_LANES && lanes_fit(device, a))
    return launch_lanes(device, a);
  return launch_group(a);
}

static bool holds(const struct gpu_tensor *tensor, enum gpu_type type, uint64_t elements)
{
  return tensor->type == type && elements <= gpu_tensor_elements(tensor);
}

static bool is_sound(const struct attention *a)
{
  if (!a->m || !a->heads || !a->kv_heads || a->heads % a->kv_heads || !a->head_dim ||
      a->head_dim % 2 || a->head_dim > MOST_DIM)
    return false;
  uint32_t width = a->heads * a->head_dim, row = a->kv_heads * a->head_dim;
  uint64_t before = a->m - 1;
  return a->ldq >= width && a->ldy >= width &&
         holds(a->q, GPU_F32, before * a->ldq + width) &&
         holds(a->y, GPU_F32, before * a->ldy + width) && holds(a->keys, GPU_F32, row) &&
         holds(a->values, GPU_F32, row) &&
         holds(a->places, GPU_I32, (uint64_t)a->m * 4) &&
         (!a->pages || holds(a->pages, GPU_I32, 1)) &&
         (!a->lse || holds(a->lse, GPU_F32, (uint64_t)a->m * a->heads));
}

int op_attention(struct gpu_sequence *sequence, const struct attention *asked,
                 struct err *err)
{
  struct gpu_manager *manager = gpu_sequence_manager(sequence);
  struct attention a = *asked;
  if (!a.ldq)
    a.ldq = a.heads * a.head_dim;
  if (!a.ldy)
    a.ldy = a.heads * a.head_dim;
  bool sound = is_sound(&a);
  assert(sound);
  (void)sound;
  struct launch launch = choose(gpu_manager_device(manager), &a);
  struct gpu_algorithm *algorithm = gpu_algorithm_get(
      manager, launch.shader, launch.constants, launch.n_constants, err);
  if (!algorithm)
    return -1;
  struct shader_attention push = { a.m,   a.heads, a.kv_heads, a.head_dim,
                                   a.ldq, a.ldy,   a.scale };
  /* something must be bound where no pages and no sums are wanted */
  struct gpu_use uses[] = {
    { a.q, GPU_READ },
    { a.keys, GPU_READ },
    { a.values, GPU_READ },
    { a.places, GPU_READ },
    { a.pages ? a.pages : a.places, GPU_READ },
    { a.y, GPU_WRITE },
    { a.lse ? a.lse : a.y, GPU_WRITE },
  };
  struct gpu_op op = { .name = "attention",
                       .algorithm = algorithm,
                       .uses = uses,
                       .n_uses = 7,
                       .push = &push,
                       .groups = { launch.groups[0], launch.groups[1], launch.groups[2] },
                       .work = 1000.0 * a.m * a.heads * a.head_dim };
  return gpu_sequence_record(sequence, &op, err);
}
