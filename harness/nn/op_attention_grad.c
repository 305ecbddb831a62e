#include "nn/op_attention_grad.h"

#include <assert.h>

#include "shared.h"

enum { MOST_DIM = 256, GROUP_TILE = 16, DELTA_SIZE = 64 };

#define T GPU_BIND_TEXEL_F32X4
#define S GPU_BIND_STORAGE

static const struct gpu_shader lanes_shader = { .name = "attention_grad_lanes",
                                                .bindings = { T, T, T, T, S, S, S, S, S },
                                                .push_bytes = sizeof(
                                                    struct shader_attention_grad) };

static const struct gpu_shader group_shader = { .name = "attention_grad_group",
                                                .bindings = { S, S, S, S, S, S, S, S, S },
                                                .push_bytes = sizeof(
                                                    struct shader_attention_grad) };

static const struct gpu_shader delta_shader = { .name = "attention_grad_delta",
                                                .bindings = { S, S, S },
                                                .push_bytes = sizeof(
                                                    struct shader_attention_grad) };

static const struct gpu_shader delta_texel_shader = {
  .name = "attention_grad_delta_texel",
  .bindings = { T, T, S },
  .push_bytes = sizeof(struct shader_attention_grad)
};

#undef T
#undef S

/* The two sides of the work: rows take what their keys give them, keys and values what
 * their rows do. */
enum side { ROWS, KEYS };

/* The constants and workgroups of a kernel for a shape. */
struct launch {
  const struct gpu_shader *shader;
  uint32_t constants[8], n_constants;
  uint32_t groups[2];
};

static uint32_t share(const struct attention_grad *g)
{
  return g->heads / g->kv_heads;
}

static uint32_t divide_up(uint32_t n, uint32_t by)
{
  return (n + by - 1) / by;
}

/* ---- CPU devices ---- */

static bool is_texel(const struct gpu_device_info *device,
                     const struct gpu_tensor *tensor)
{
  return tensor->offset % device->limits.texel_align == 0 &&
         tensor->bytes / 16 <= device->limits.texel_elements;
}

static bool lanes_fit(const struct gpu_device_info *device,
                      const struct attention_grad *g)
{
  return device->shuffle &&
         (device->subgroup == 4 || device->subgroup == 8 || device->subgroup == 16) &&
         g->head_dim % 4 == 0 && g->ldq % 4 == 0 && is_texel(device, g->q) &&
         is_texel(device, g->keys) && is_texel(device, g->values) &&
         is_texel(device, g->dy) && is_texel(device, g->y);
}

/* Rows or keys of a lane, times heads: measured to be the fastest. Fewer load too often,
 * more waste too much where a tile meets the diagonal. */
static uint32_t blocks_of(const struct attention_grad *g)
{
  uint32_t blocks = 64 / g->head_dim;
  return blocks > 4 ? 4 : blocks < 1 ? 1 : blocks;
}

/* Of the heads that share a kv head, as many as are blocks at most. */
static uint32_t heads_at_once(const struct attention_grad *g, uint32_t blocks)
{
  uint32_t heads = share(g) < blocks ? share(g) : blocks;
  while (share(g) % heads)
    heads--;
  return heads;
}

static struct launch launch_lanes(const struct gpu_device_info *device,
                                  const struct attention_grad *g, enum side side)
{
  uint32_t blocks = blocks_of(g), lanes = device->subgroup;
  uint32_t heads = side == ROWS ? heads_at_once(g, blocks) : 1, own = blocks / heads;
  struct launch launch = {
    .shader = &lanes_shader,
    .constants = { lanes, side == KEYS, g->head_dim, own, heads, share(g) / heads },
    .n_constants = 6,
    .groups = { side == ROWS ? g->heads / heads : g->kv_heads,
                divide_up(divide_up(g->m, lanes * own), 32 / lanes) },
  };
  return launch;
}

/* ---- GPUs, and whatever does not fit elsewhere ---- */

static struct launch launch_group(const struct attention_grad *g, enum side side)
{
  struct launch launch = {
    .shader = &group_shader,
    .constants = { side == KEYS, g->head_dim, g->head_dim % 4 == 0 && g->ldq % 4 == 0,
                   share(g) },
    .n_constants = 4,
    .groups = { side == ROWS ? g->heads : g->kv_heads, divide_up(g->m, GROUP_TILE) },
  };
  return launch;
}

static bool by_lanes(const struct gpu_device_info *device, const struct attention_grad *g)
{
  enum attention_kernel kernel = g->kernel;
  if (kernel == ATTENTION_BY_DEVICE)
    kernel = device->kind == GPU_KIND_CPU ? ATTENTION_BY_LANES : ATTENTION_BY_GROUP;
  return kernel == ATTENTION_BY_LANES && lanes_fit(device, g);
}

/* ---- the three ops ---- */

static struct shader_attention_grad push_of(const struct attention_grad *g)
{
  struct shader_attention_grad push = { g->m, g->heads, g->kv_heads, g->ldq, g->scale };
  return push;
}

static int record_delta(struct gpu_sequence *sequence, const struct attention_grad *g,
                        bool lanes, struct err *err)
{
  struct gpu_manager *manager = gpu_sequence_manager(sequence);
  struct gpu_algorithm *algorithm = gpu_algorithm_get(
      manager, lanes ? &delta_texel_shader : &delta_shader, &g->head_dim, 1, err);
  if (!algorithm)
    return -1;
  uint32_t groups = divide_up(g->m * g->heads, DELTA_SIZE);
  uint32_t most = gpu_manager_device(manager)->limits.groups[0];
  struct shader_attention_grad push = push_of(g);
  struct gpu_use uses[] = { { g->y, GPU_READ },
                            { g->dy, GPU_READ },
                            { g->delta, GPU_WRITE } };
  struct gpu_op op = { .name = "attention_delta",
                       .algorithm = algorithm,
                       .uses = uses,
                       .n_uses = 3,
                       .push = &push,
                       .groups = { groups < most ? groups : most, 1, 1 },
                       .work = 2.0 * g->m * g->heads * g->head_dim };
  return gpu_sequence_record(sequence, &op, err);
}

static int record_side(struct gpu_sequence *sequence, const struct attention_grad *g,
                       bool lanes, enum side side, struct err *err)
{
  struct gpu_manager *manager = gpu_sequence_manager(sequence);
  struct launch launch =
      lanes ? launch_lanes(gpu_manager_device(manager), g, side) : launch_group(g, side);
  struct gpu_algorithm *algorithm = gpu_algorithm_get(
      manager, launch.shader, launch.constants, launch.n_constants, err);
  if (!algorithm)
    return -1;
  struct shader_attention_grad push = push_of(g);
  /* dq alone leaves the last binding unused, but something must be there */
  struct gpu_use uses[] = {
    { g->q, GPU_READ },
    { g->keys, GPU_READ },
    { g->values, GPU_READ },
    { g->dy, GPU_READ },
    { g->places, GPU_READ },
    { g->lse, GPU_READ },
    { g->delta, GPU_READ },
    { side == ROWS ? g->dq : g->dkeys, GPU_WRITE },
    { side == ROWS ? g->dq : g->dvalues, GPU_WRITE },
  };
  struct gpu_op op = { .name = side == ROWS ? "attention_dq" : "attention_dkv",
                       .algorithm = algorithm,
                       .uses = uses,
                       .n_uses = 9,
                       .push = &push,
                       .groups = { launch.groups[0], launch.groups[1], 1 },
                       .work = 1000.0 * g->m * g->heads * g->head_dim };
  return gpu_sequence_record(sequence, &op, err);
}

/* ---- what is asked ---- */

static bool holds(const struct gpu_tensor *tensor, enum gpu_type type, uint64_t elements)
{
  return tensor->type == type && elements <= gpu_tensor_elements(tensor);
}

static bool is_sound(const struct attention_grad *g)
{
  if (!g->m || !g->heads || !g->kv_heads || g->heads % g->kv_heads || !g->head_dim ||
      g->head_dim % 2 || g->head_dim > MOST_DIM)
    return false;
  uint64_t width = (uint64_t)g->heads * g->head_dim, wide = g->m * width;
  uint64_t narrow = (uint64_t)g->m * g->kv_heads * g->head_dim;
  uint64_t each = (uint64_t)g->m * g->heads;
  return g->ldq >= width && holds(g->q, GPU_F32, (g->m - 1) * (uint64_t)g->ldq + width) &&
         holds(g->keys, GPU_F32, narrow) && holds(g->values, GPU_F32, narrow) &&
         holds(g->places, GPU_I32, (uint64_t)g->m * 4) && holds(g->y, GPU_F32, wide) &&
         holds(g->dy, GPU_F32, wide) && holds(g->lse, GPU_F32, each) &&
         holds(g->delta, GPU_F32, each) && holds(g->dq, GPU_F32, wide) &&
         holds(g->dkeys, GPU_F32, narrow) && holds(g->dvalues, GPU_F32, narrow);
}

int op_attention_grad(struct gpu_sequence *sequence, const struct attention_grad *asked,
                      struct err *err)
{
  struct attention_grad g = *asked;
  if (!g.ldq)
    g.ldq = g.heads * g.head_dim;
  bool sound = is_sound(&g);
  assert(sound);
  (void)sound;
  bool lanes = by_lanes(gpu_manager_device(gpu_sequence_manager(sequence)), &g);
  if (record_delta(sequence, &g, lanes, err) < 0 ||
      record_side(sequence, &g, lanes, ROWS, err) < 0)
    return -1;
  return record_side(sequence, &g, lanes, KEYS, err);
}
