#include "nn/op_norm_grad.h"

#include <assert.h>

#include "nn/op_quads.h"
#include "shared.h"

#define SHADER(name_, read_)                                                      \
  {                                                                               \
    .name = (name_), .bindings = { (read_), (read_),          (read_),            \
                                   (read_), GPU_BIND_STORAGE, GPU_BIND_STORAGE }, \
    .push_bytes = sizeof(struct shader_norm_grad)                                 \
  }

static const struct gpu_shader storage_shader = SHADER("norm_grad", GPU_BIND_STORAGE);
static const struct gpu_shader texel_shader =
    SHADER("norm_grad_texel", GPU_BIND_TEXEL_F32X4);

/* How the work is cut. The width follows from the device and n only, since the order of
 * sums follows from it. */
struct cut {
  uint32_t size;   /* of a workgroup */
  uint32_t width;  /* invocations that share a row */
  uint32_t groups; /* workgroups */
};

static struct cut cut_of(const struct gpu_device_info *device, const struct norm_grad *g,
                         bool texels)
{
  struct cut cut = { 32, rows_by_subgroup(device) ? device->subgroup : 8, 0 };
  if (texels)
    cut.size = rows_cpu_size(device);
  if (device->kind != GPU_KIND_CPU) {
    cut.size = g->n <= 1024 ? 64 : 256;
    if (cut.size > device->limits.group_size)
      cut.size = 128; /* every device has as many */
    cut.width = cut.size;
  }
  uint32_t down = rows_ceil_div(g->m, cut.size / cut.width), groups[3];
  cut.groups = rows_min(down, device->limits.groups[0]);
  if (texels) {
    rows_deal_cpu(down, 1, 2.0 * g->m * g->n, groups);
    cut.groups = groups[1];
  }
  return cut;
}

/* Steps of a row that the texel kernel takes at a time: all when they fit its registers
 * well enough. */
static uint32_t chunk_of(uint32_t n, uint32_t width)
{
  enum { HELD = 8, MOST = 4 };
  uint32_t steps = rows_ceil_div(n / 4, width);
  return steps <= HELD ? steps : MOST;
}

static bool is_sound(const struct norm_grad *g)
{
  return g->m && g->n && quads_hold(g->x, g->m, g->n, g->ldx) &&
         quads_hold(g->dy, g->m, g->n, g->lddy) &&
         quads_hold(g->dx, g->m, g->n, g->lddx) && quads_hold(g->weight, 1, g->n, g->n) &&
         quads_hold(g->scales, g->m, 1, 1);
}

static void fill_gaps(struct norm_grad *g)
{
  g->ldx = g->ldx ? g->ldx : g->n;
  g->lddy = g->lddy ? g->lddy : g->n;
  g->lddx = g->lddx ? g->lddx : g->n;
}

int op_norm_grad(struct gpu_sequence *sequence, const struct norm_grad *asked,
                 struct err *err)
{
  struct gpu_manager *manager = gpu_sequence_manager(sequence);
  struct gpu_device_info device = *gpu_manager_device(manager);
  struct norm_grad g = *asked;
  fill_gaps(&g);
  if (g.by_groups)
    device.kind = GPU_KIND_OTHER;
  bool sound = is_sound(&g);
  assert(sound);
  (void)sound;
  const struct quads_operand operands[] = {
    { g.x, g.ldx }, { g.weight, g.n }, { g.dy, g.lddy }, { g.dx, g.lddx }
  };
  enum quads_how how = quads_how(&device, g.n, operands, 4);
  bool texels = how == QUADS_TEXELS && rows_by_subgroup(&device);
  struct cut cut = cut_of(&device, &g, texels);
  const uint32_t constants[] = {
    cut.size, cut.width,        how != QUADS_NOT,
    g.add,    texels ? g.n : 0, texels ? chunk_of(g.n, cut.width) : 0
  };
  struct gpu_algorithm *algorithm = gpu_algorithm_get(
      manager, texels ? &texel_shader : &storage_shader, constants, 6, err);
  if (!algorithm)
    return -1;
  struct shader_norm_grad push = { g.m, g.n, g.ldx, g.lddy, g.lddx };
  /* something must be bound where nothing is added */
  struct gpu_use uses[] = { { g.x, GPU_READ },   { g.weight, GPU_READ },
                            { g.dy, GPU_READ },  { g.add ? g.dx : g.x, GPU_READ },
                            { g.dx, GPU_WRITE }, { g.scales, GPU_READ } };
  struct gpu_op op = { .name = "norm_grad",
                       .algorithm = algorithm,
                       .uses = uses,
                       .n_uses = 6,
                       .push = &push,
                       .groups = { cut.groups, 1, 1 },
                       .work = 8.0 * g.m * g.n };
  return gpu_sequence_record(sequence, &op, err);
}
