#include "nn/op_heads_grad.h"

#include <assert.h>

#include "nn/op_quads.h"
#include "shared.h"

#define SHADER(name_, read_)                                                            \
  {                                                                                     \
    .name = (name_), .bindings = { (read_),         (read_),          (read_),          \
                                   (read_),         (read_),          (read_),          \
                                   (read_),         GPU_BIND_STORAGE, GPU_BIND_STORAGE, \
                                   GPU_BIND_STORAGE },                                  \
    .push_bytes = sizeof(struct shader_heads_grad)                                      \
  }

static const struct gpu_shader storage_shader = SHADER("heads_grad", GPU_BIND_STORAGE);
static const struct gpu_shader texel_shader =
    SHADER("heads_grad_texel", GPU_BIND_TEXEL_F32X4);

/* How the work is cut; by the device and head_dim only, since the order of sums follows.
 */
struct cut {
  uint32_t size;  /* of a workgroup */
  uint32_t lanes; /* invocations that share a row */
  uint32_t span;  /* of them, those that share a head */
};

static struct cut cut_of(const struct gpu_device_info *device, uint32_t head_dim,
                         bool texels)
{
  struct cut cut = { .size = 64, .lanes = 64 };
  if (device->kind == GPU_KIND_CPU) {
    cut.lanes = rows_by_subgroup(device) ? device->subgroup : 8;
    cut.size = texels ? rows_cpu_size(device) : 32;
  }
  cut.span = 1;
  while (cut.span < cut.lanes && cut.span * 8 < head_dim)
    cut.span *= 2;
  return cut;
}

static uint32_t deal(const struct gpu_device_info *device, const struct heads_grad *g,
                     const struct cut *cut)
{
  uint32_t down = rows_ceil_div(g->m, cut->size / cut->lanes), groups[3];
  uint32_t all = g->heads + 2 * g->kv_heads;
  if (device->kind != GPU_KIND_CPU)
    return rows_min(down, device->limits.groups[0]);
  rows_deal_cpu(down, 1, 2.0 * g->m * all * g->head_dim, groups);
  return groups[1];
}

static bool holds(const struct gpu_tensor *tensor, uint64_t elements)
{
  return tensor->type == GPU_F32 && gpu_tensor_elements(tensor) >= elements;
}

static bool is_sound(const struct heads_grad *g)
{
  uint32_t wide = (g->heads + 2 * g->kv_heads) * g->head_dim;
  uint64_t values = (uint64_t)g->m * g->kv_heads * g->head_dim;
  return g->m && g->heads && g->kv_heads && g->head_dim && g->head_dim % 2 == 0 &&
         quads_hold(g->x, g->m, wide, g->ldx) && quads_hold(g->dx, g->m, wide, g->lddx) &&
         g->places->type == GPU_I32 &&
         gpu_tensor_elements(g->places) >= (uint64_t)g->m * 4 &&
         holds(g->turns, g->head_dim) && holds(g->dkeys, values) &&
         holds(g->dvalues, values) &&
         holds(g->dq, (uint64_t)g->m * g->heads * g->head_dim);
}

static bool are_norms_sound(const struct heads_grad *g)
{
  if (!g->q_norm)
    return !g->k_norm && !g->dnorms;
  return g->k_norm && g->dnorms && holds(g->q_norm, g->head_dim) &&
         holds(g->k_norm, g->head_dim) && holds(g->dnorms, 2ull * g->m * g->head_dim);
}

static int record(struct gpu_sequence *sequence, const struct heads_grad *g,
                  const struct gpu_algorithm *algorithm, uint32_t groups, struct err *err)
{
  struct shader_heads_grad push = { g->m,   g->heads, g->kv_heads, g->head_dim,
                                    g->ldx, g->lddx,  g->eps };
  /* something must be bound where no norms are */
  struct gpu_use uses[] = {
    { g->x, GPU_READ },
    { g->turns, GPU_READ },
    { g->q_norm ? g->q_norm : g->turns, GPU_READ },
    { g->k_norm ? g->k_norm : g->turns, GPU_READ },
    { g->dq, GPU_READ },
    { g->dkeys, GPU_READ },
    { g->dvalues, GPU_READ },
    { g->places, GPU_READ },
    { g->dx, GPU_WRITE },
    { g->dnorms ? g->dnorms : g->dx, GPU_WRITE },
  };
  struct gpu_op op = { .name = "heads_grad",
                       .algorithm = algorithm,
                       .uses = uses,
                       .n_uses = 10,
                       .push = &push,
                       .groups = { groups, 1, 1 },
                       .work = 14.0 * g->m * (g->heads + g->kv_heads) * g->head_dim };
  return gpu_sequence_record(sequence, &op, err);
}

int op_heads_grad(struct gpu_sequence *sequence, const struct heads_grad *asked,
                  struct err *err)
{
  struct gpu_manager *manager = gpu_sequence_manager(sequence);
  struct gpu_device_info device = *gpu_manager_device(manager);
  struct heads_grad g = *asked;
  uint32_t wide = (g.heads + 2 * g.kv_heads) * g.head_dim;
  g.ldx = g.ldx ? g.ldx : wide;
  g.lddx = g.lddx ? g.lddx : wide;
  if (g.by_groups)
    device.kind = GPU_KIND_OTHER;
  bool sound = is_sound(&g) && are_norms_sound(&g);
  assert(sound);
  (void)sound;
  uint32_t dim = g.head_dim;
  const struct quads_operand operands[] = {
    { g.x, g.ldx },    { g.dx, g.lddx }, { g.turns, dim }, { g.q_norm, dim },
    { g.k_norm, dim }, { g.dq, dim },    { g.dkeys, dim }, { g.dvalues, dim },
  };
  enum quads_how how = quads_how(&device, dim / 2, operands, 8);
  bool texels = how == QUADS_TEXELS && rows_by_subgroup(&device);
  struct cut cut = cut_of(&device, dim, texels);
  const uint32_t constants[] = { cut.size, cut.lanes,        cut.span,
                                 dim,      how != QUADS_NOT, g.q_norm != NULL };
  struct gpu_algorithm *algorithm = gpu_algorithm_get(
      manager, texels ? &texel_shader : &storage_shader, constants, 6, err);
  if (!algorithm)
    return -1;
  return record(sequence, &g, algorithm, deal(&device, &g, &cut), err);
}
