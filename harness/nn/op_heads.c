#include "nn/op_heads.h"

#include <assert.h>

#include "shared.h"

#define SHADER(name_, read_)                                                             \
  {                                                                                      \
    .name = (name_), .bindings = { (read_),          (read_),          GPU_BIND_STORAGE, \
                                   GPU_BIND_STORAGE, GPU_BIND_STORAGE, GPU_BIND_STORAGE, \
                                   GPU_BIND_STORAGE, GPU_BIND_STORAGE },                 \
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

static bool shuffles(const struct gpu_device_info *device)
{
  return device->kind == GPU_KIND_CPU && device->shuffle &&
         (device->subgroup == 4 || device->subgroup == 8 || device->subgroup == 16);
}

static struct cut cut_of(const struct gpu_device_info *device, uint32_t head_dim)
{
  struct cut cut = { .size = 64, .lanes = 64 };
  if (device->kind == GPU_KIND_CPU)
    cut = (struct cut){ .size = 32, .lanes = shuffles(device) ? device->subgroup : 8 };
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
  uint32_t align = device->limits.texel_align;
  return shuffles(device) && is_quads(h) && h->x->offset % align == 0 &&
         h->turns->offset % align == 0;
}

/* Rows first; where they are few, heads as well, so that every processor has some. */
static void spread(const struct gpu_device_info *device, const struct heads *h,
                   const struct cut *cut, uint32_t groups[3])
{
  uint32_t rows = cut->size / cut->lanes, together = cut->lanes / cut->span;
  uint32_t down = (h->m + rows - 1) / rows;
  uint32_t across = (h->heads + 2 * h->kv_heads + together - 1) / together;
  uint32_t wanted = device->kind == GPU_KIND_CPU ? 16 : 4096;
  uint32_t share = (wanted + down - 1) / down;
  groups[0] = across < share ? across : share;
  groups[1] = down < device->limits.groups[1] ? down : device->limits.groups[1];
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
         holds(h->values, gpu_tensor_elements(h->keys));
}

int op_heads(struct gpu_sequence *sequence, const struct heads *asked, struct err *err)
{
  struct gpu_manager *manager = gpu_sequence_manager(sequence);
  const struct gpu_device_info *device = gpu_manager_device(manager);
  struct heads h = *asked;
  uint32_t wide = (h.heads + 2 * h.kv_heads) * h.head_dim;
  if (!h.ldx)
    h.ldx = wide;
  bool sound = is_sound(&h);
  assert(sound);
  (void)sound;
  struct cut cut = cut_of(device, h.head_dim);
  const uint32_t constants[] = { cut.size,   cut.lanes,    cut.span,
                                 h.head_dim, is_quads(&h), h.q_norm != NULL };
  struct gpu_algorithm *algorithm =
      gpu_algorithm_get(manager, texel_fits(device, &h) ? &texel_shader : &storage_shader,
                        constants, 6, err);
  if (!algorithm)
    return -1;
  struct shader_heads push = { h.m, h.heads, h.kv_heads, h.head_dim, h.ldx, h.eps };
  /* something must be bound where no weights are: the places are read anyway */
  struct gpu_use uses[] = {
    { h.x, GPU_READ },
    { h.turns, GPU_READ },
    { h.x, GPU_WRITE },
    { h.places, GPU_READ },
    { h.keys, GPU_WRITE },
    { h.values, GPU_WRITE },
    { h.q_norm ? h.q_norm : h.places, GPU_READ },
    { h.k_norm ? h.k_norm : h.places, GPU_READ },
  };
  struct gpu_op op = { .name = "heads",
                       .algorithm = algorithm,
                       .uses = uses,
                       .n_uses = 8,
                       .push = &push,
                       .work = 6.0 * h.m * wide };
  spread(device, &h, &cut, op.groups);
  return gpu_sequence_record(sequence, &op, err);
}
