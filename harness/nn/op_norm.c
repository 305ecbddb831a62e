#include "nn/op_norm.h"

#include <assert.h>

#include "nn/op_rows.h"
#include "shared.h"

#define SHADER(name_, read_)                                              \
  {                                                                       \
    .name = (name_),                                                      \
    .bindings = { (read_), (read_), GPU_BIND_STORAGE, GPU_BIND_STORAGE }, \
    .push_bytes = sizeof(struct shader_norm)                              \
  }

static const struct gpu_shader storage_shader = SHADER("norm", GPU_BIND_STORAGE);
static const struct gpu_shader texel_shader = SHADER("norm_texel", GPU_BIND_TEXEL_F32X4);

/* How the work is cut. The width follows from the device and n only, since the order of
 * sums follows from it. */
struct cut {
  uint32_t size;   /* of a workgroup */
  uint32_t width;  /* invocations that share a row */
  uint32_t groups; /* workgroups */
};

static bool texel_fits(const struct gpu_device_info *device, const struct norm *n)
{
  return n->n % 4 == 0 && rows_by_subgroup(device) &&
         rows_are_texels(device, n->x, n->ldx) &&
         rows_are_texels(device, n->weight, n->n);
}

static struct cut cut_texel(const struct gpu_device_info *device, const struct norm *n)
{
  struct cut cut = { .size = rows_cpu_size(device), .width = device->subgroup };
  uint32_t groups[3];
  rows_deal_cpu(rows_ceil_div(n->m, cut.size / cut.width), 1, (double)n->m * n->n,
                groups);
  cut.groups = groups[1];
  return cut;
}

static struct cut cut_storage(const struct gpu_device_info *device, const struct norm *n)
{
  struct cut cut = { 32, rows_by_subgroup(device) ? device->subgroup : 8, 0 };
  if (device->kind != GPU_KIND_CPU) {
    cut.size = n->n <= 1024 ? 64 : 256;
    if (cut.size > device->limits.group_size)
      cut.size = 128; /* every device has as many */
    cut.width = cut.size;
  }
  cut.groups =
      rows_min(rows_ceil_div(n->m, cut.size / cut.width), device->limits.groups[0]);
  return cut;
}

/* Steps of a row that the texel kernel takes at a time: all when they fit its registers
 * well enough, or as many as leave the fewest over. */
static uint32_t chunk_of(uint32_t n, uint32_t width)
{
  enum { HELD = 16, MOST = 8, LEAST = 5 };
  uint32_t steps = rows_ceil_div(n / 4, width), best = MOST;
  if (steps <= HELD)
    return steps;
  for (uint32_t chunk = MOST; chunk >= LEAST; chunk--)
    if (rows_ceil_div(steps, chunk) * chunk < rows_ceil_div(steps, best) * best)
      best = chunk;
  return best;
}

static bool holds(const struct gpu_tensor *tensor, uint32_t m, uint32_t n, uint32_t ld)
{
  return tensor->type == GPU_F32 && rows_hold(tensor, m, n, ld);
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
  struct gpu_device_info device = *gpu_manager_device(manager);
  struct norm n = *asked;
  if (!n.ldx)
    n.ldx = n.n;
  if (!n.ldy)
    n.ldy = n.n;
  if (n.by_groups)
    device.kind = GPU_KIND_OTHER;
  bool sound = is_sound(&n);
  assert(sound);
  (void)sound;
  bool texels = texel_fits(&device, &n);
  struct cut cut = texels ? cut_texel(&device, &n) : cut_storage(&device, &n);
  const uint32_t constants[] = { cut.size,
                                 cut.width,
                                 n.n % 4 == 0 && n.ldx % 4 == 0,
                                 n.n % 4 == 0 && n.ldy % 4 == 0,
                                 n.scales != NULL,
                                 texels ? n.n : 0,
                                 texels ? chunk_of(n.n, cut.width) : 0 };
  struct gpu_algorithm *algorithm = gpu_algorithm_get(
      manager, texels ? &texel_shader : &storage_shader, constants, 7, err);
  if (!algorithm)
    return -1;
  struct shader_norm push = { n.m, n.n, n.ldx, n.ldy, n.eps };
  /* something must be bound where no scales are asked for */
  struct gpu_use scales = n.scales ? (struct gpu_use){ n.scales, GPU_WRITE }
                                   : (struct gpu_use){ n.y, GPU_READ };
  struct gpu_use uses[] = {
    { n.x, GPU_READ }, { n.weight, GPU_READ }, { n.y, GPU_WRITE }, scales
  };
  struct gpu_op op = { .name = "norm",
                       .algorithm = algorithm,
                       .uses = uses,
                       .n_uses = 4,
                       .push = &push,
                       .groups = { cut.groups, 1, 1 },
                       .work = 4.0 * n.m * n.n };
  return gpu_sequence_record(sequence, &op, err);
}
