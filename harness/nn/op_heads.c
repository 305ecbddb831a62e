#include "nn/op_heads.h"

#include <assert.h>

#include "nn/op_rows.h"
#include "shared.h"

#define SHADER(name_, read_)                                                             \
  {                                                                                      \
    .name = (name_), .bindings = { (read_),          (read_),          GPU_BIND_STORAGE, \
                                   GPU_BIND_STORAGE, GPU_BIND_STORAGE, GPU_BIND_STORAGE, \
                                   (read_),          (read_) },                          \
    .push_bytes = sizeof(struct shader_heads)                                            \
  }

static const struct gpu_shader storage_shader = SHADER("heads", GPU_BIND_STORAGE);
static const struct gpu_shader texel_shader = SHADER("heads_texel", GPU_BIND_TEXEL_F32X4);

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

static bool is_quads(const struct heads *h)
{
  return h->head_dim % 8 == 0 && h->ldx % 4 == 0;
}

static bool texel_fits(const struct gpu_device_info *device, const struct heads *h)
{
  const struct gpu_tensor *fetched[] = { h->x, h->turns, h->q_norm, h->k_norm };
  for (size_t i = 0; i < sizeof fetched / sizeof *fetched; i++)
    if (fetched[i] && !rows_are_texels(device, fetched[i], h->ldx))
      return false;
  return rows_by_subgroup(device) && is_quads(h);
}

/* Rows first; where they are few, heads as well, so that every processor has some. */
static void deal(const struct gpu_device_info *device, const struct heads *h,
                 const struct cut *cut, uint32_t groups[3])
{
  enum { GPU_GROUPS = 4096 };
  uint32_t all = h->heads + 2 * h->kv_heads;
  uint32_t across = rows_ceil_div(h->heads, cut->lanes / cut->span);
  uint32_t down = rows_ceil_div(h->m, cut->size / cut->lanes);
  if (device->kind == GPU_KIND_CPU) {
    rows_deal_cpu(down, across, (double)h->m * all * h->head_dim, groups);
    return;
  }
  groups[0] = rows_min(across, rows_ceil_div(GPU_GROUPS, down));
  groups[1] = rows_min(down, device->limits.groups[1]);
  groups[2] = 1;
}

static bool holds(const struct gpu_tensor *tensor, uint64_t elements)
{
  return tensor->type == GPU_F32 && gpu_tensor_elements(tensor) >= elements;
}

static bool is_sound(const struct heads *h)
{
  uint32_t wide = (h->heads + 2 * h->kv_heads) * h->head_dim;
  return h->m && h->heads && h->kv_heads && h->head_dim && h->head_dim % 2 == 0 &&
         h->ldx >= wide && holds(h->x, (uint64_t)(h->m - 1) * h->ldx + wide) &&
         h->places->type == GPU_I32 &&
         gpu_tensor_elements(h->places) >= (uint64_t)h->m * 4 &&
         holds(h->turns, h->head_dim) && !h->q_norm == !h->k_norm &&
         (!h->q_norm ||
          (holds(h->q_norm, h->head_dim) && holds(h->k_norm, h->head_dim))) &&
         holds(h->keys, (uint64_t)h->kv_heads * h->head_dim) &&
         holds(h->values, gpu_tensor_elements(h->keys)) &&
         (!h->q || holds(h->q, (uint64_t)h->m * h->heads * h->head_dim));
}

int op_heads(struct gpu_sequence *sequence, const struct heads *asked, struct err *err)
{
  struct gpu_manager *manager = gpu_sequence_manager(sequence);
  struct gpu_device_info device = *gpu_manager_device(manager);
  struct heads h = *asked;
  uint32_t wide = (h.heads + 2 * h.kv_heads) * h.head_dim;
  if (!h.ldx)
    h.ldx = wide;
  if (h.by_groups)
    device.kind = GPU_KIND_OTHER;
  bool sound = is_sound(&h);
  assert(sound);
  (void)sound;
  bool texels = texel_fits(&device, &h);
  struct cut cut = cut_of(&device, h.head_dim, texels);
  const uint32_t constants[] = { cut.size,   cut.lanes,    cut.span,
                                 h.head_dim, is_quads(&h), h.q_norm != NULL };
  struct gpu_algorithm *algorithm = gpu_algorithm_get(
      manager, texels ? &texel_shader : &storage_shader, constants, 6, err);
  if (!algorithm)
    return -1;
  struct shader_heads push = {
    h.m, h.heads, h.kv_heads, h.head_dim, h.ldx, h.ldx, h.eps
  };
  if (h.q)
    push.ldq = h.heads * h.head_dim;
  /* something must be bound where no weights are */
  struct gpu_use uses[] = {
    { h.x, GPU_READ },
    { h.turns, GPU_READ },
    { h.q ? h.q : h.x, GPU_WRITE },
    { h.places, GPU_READ },
    { h.keys, GPU_WRITE },
    { h.values, GPU_WRITE },
    { h.q_norm ? h.q_norm : h.turns, GPU_READ },
    { h.k_norm ? h.k_norm : h.turns, GPU_READ },
  };
  struct gpu_op op = { .name = "heads",
                       .algorithm = algorithm,
                       .uses = uses,
                       .n_uses = 8,
                       .push = &push,
                       .work = 6.0 * h.m * wide };
  deal(&device, &h, &cut, op.groups);
  return gpu_sequence_record(sequence, &op, err);
}
