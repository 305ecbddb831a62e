#include "nn/op_norm.h"

#include <assert.h>

#include "shared.h"

#define SHADER(name_, read_)                                              \
  {                                                                       \
    .name = (name_),                                                      \
    .bindings = { (read_), (read_), GPU_BIND_STORAGE, GPU_BIND_STORAGE }, \
    .push_bytes = sizeof(struct shader_norm)                              \
  }

static const struct gpu_shader storage_shader = SHADER("norm", GPU_BIND_STORAGE);
static const struct gpu_shader texel_shader = SHADER("norm_texel", GPU_BIND_TEXEL_F32X4);

/* How the work is cut; by the device and n only, since the order of sums follows. */
struct cut {
  uint32_t size;  /* of a workgroup */
  uint32_t width; /* invocations that share a row */
};

static bool shuffles(const struct gpu_device_info *device)
{
  return device->kind == GPU_KIND_CPU && device->shuffle &&
         (device->subgroup == 4 || device->subgroup == 8 || device->subgroup == 16);
}

static struct cut cut_of(const struct gpu_device_info *device, uint32_t n)
{
  if (device->kind == GPU_KIND_CPU)
    return (struct cut){ 32, shuffles(device) ? device->subgroup : 8 };
  uint32_t size = n <= 1024 ? 64 : 256;
  if (size > device->limits.group_size)
    size = 128; /* every device has as many */
  return (struct cut){ size, size };
}

static bool texel_fits(const struct gpu_device_info *device, const struct norm *n)
{
  uint32_t align = device->limits.texel_align;
  return shuffles(device) && n->n % 4 == 0 && n->ldx % 4 == 0 &&
         n->x->offset % align == 0 && n->weight->offset % align == 0;
}

static bool holds(const struct gpu_tensor *tensor, uint32_t rows, uint32_t columns,
                  uint32_t ld)
{
  return tensor->type == GPU_F32 && ld >= columns &&
         (uint64_t)(rows - 1) * ld + columns <= gpu_tensor_elements(tensor);
}

static bool is_sound(const struct norm *n)
{
  return n->m && n->n && holds(n->x, n->m, n->n, n->ldx) &&
         holds(n->y, n->m, n->n, n->ldy) && holds(n->weight, 1, n->n, n->n) &&
         (!n->scales || holds(n->scales, n->m, 1, 1));
}

int op_norm(struct gpu_sequence *sequence, const struct norm *asked, struct err *err)
{
  struct gpu_manager *manager = gpu_sequence_manager(sequence);
  const struct gpu_device_info *device = gpu_manager_device(manager);
  struct norm n = *asked;
  if (!n.ldx)
    n.ldx = n.n;
  if (!n.ldy)
    n.ldy = n.n;
  bool sound = is_sound(&n);
  assert(sound);
  (void)sound;
  struct cut cut = cut_of(device, n.n);
  const uint32_t constants[] = { cut.size, cut.width, n.n % 4 == 0 && n.ldx % 4 == 0,
                                 n.n % 4 == 0 && n.ldy % 4 == 0, n.scales != NULL };
  struct gpu_algorithm *algorithm =
      gpu_algorithm_get(manager, texel_fits(device, &n) ? &texel_shader : &storage_shader,
                        constants, 5, err);
  if (!algorithm)
    return -1;
  struct shader_norm push = { n.m, n.n, n.ldx, n.ldy, n.eps };
  /* something must be bound where no scales are asked for */
  struct gpu_use scales = n.scales ? (struct gpu_use){ n.scales, GPU_WRITE }
                                   : (struct gpu_use){ n.y, GPU_READ };
  struct gpu_use uses[] = {
    { n.x, GPU_READ }, { n.weight, GPU_READ }, { n.y, GPU_WRITE }, scales
  };
  uint32_t rows = cut.size / cut.width, groups = (n.m + rows - 1) / rows;
  if (groups > device->limits.groups[0])
    groups = device->limits.groups[0];
  struct gpu_op op = { .name = "norm",
                       .algorithm = algorithm,
                       .uses = uses,
                       .n_uses = 4,
                       .push = &push,
                       .groups = { groups, 1, 1 },
                       .work = 4.0 * n.m * n.n };
  return gpu_sequence_record(sequence, &op, err);
}
