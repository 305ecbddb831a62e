#include "nn/op_swiglu_grad.h"

#include <assert.h>

#include "nn/op_quads.h"
#include "shared.h"

#define SHADER(name_, read_)                                             \
  {                                                                      \
    .name = (name_), .bindings = { (read_), (read_), GPU_BIND_STORAGE }, \
    .push_bytes = sizeof(struct shader_swiglu_grad)                      \
  }

static const struct gpu_shader storage_shader = SHADER("swiglu_grad", GPU_BIND_STORAGE);
static const struct gpu_shader texel_shader =
    SHADER("swiglu_grad_texel", GPU_BIND_TEXEL_F32X4);

/* The constants and workgroups. */
struct launch {
  uint32_t size, chunk; /* of a workgroup; quads an invocation takes of a row */
  uint32_t groups[3];
};

static struct launch choose(const struct gpu_device_info *device,
                            const struct swiglu_grad *g)
{
  enum { GPU_SIZE = 64, CPU_CHUNK = 4 };
  struct launch launch = { .size = GPU_SIZE, .chunk = 1 };
  if (device->kind == GPU_KIND_CPU) {
    launch.size = rows_cpu_size(device);
    launch.chunk = rows_min(rows_ceil_div(g->n, launch.size * 4), CPU_CHUNK);
  }
  uint32_t across = rows_ceil_div(g->n, launch.size * launch.chunk * 4);
  if (device->kind == GPU_KIND_CPU) {
    rows_deal_cpu(g->m, across, 5.0 * g->m * g->n, launch.groups);
  } else {
    launch.groups[0] = rows_min(across, device->limits.groups[0]);
    launch.groups[1] = rows_min(g->m, device->limits.groups[1]);
    launch.groups[2] = 1;
  }
  return launch;
}

static bool is_sound(const struct swiglu_grad *g)
{
  return g->m && g->n && quads_hold(g->x, g->m, 2 * g->n, g->ldx) &&
         quads_hold(g->dy, g->m, g->n, g->lddy) &&
         quads_hold(g->dx, g->m, 2 * g->n, g->lddx);
}

static void fill_gaps(struct swiglu_grad *g)
{
  g->ldx = g->ldx ? g->ldx : 2 * g->n;
  g->lddy = g->lddy ? g->lddy : g->n;
  g->lddx = g->lddx ? g->lddx : 2 * g->n;
}

int op_swiglu_grad(struct gpu_sequence *sequence, const struct swiglu_grad *asked,
                   struct err *err)
{
  struct gpu_manager *manager = gpu_sequence_manager(sequence);
  struct gpu_device_info device = *gpu_manager_device(manager);
  struct swiglu_grad g = *asked;
  fill_gaps(&g);
  if (g.by_groups)
    device.kind = GPU_KIND_OTHER;
  bool sound = is_sound(&g);
  assert(sound);
  (void)sound;
  const struct quads_operand operands[] = { { g.x, g.ldx },
                                            { g.dy, g.lddy },
                                            { g.dx, g.lddx } };
  enum quads_how how = quads_how(&device, g.n, operands, 3);
  struct launch launch = choose(&device, &g);
  const uint32_t constants[] = { launch.size, launch.chunk, how != QUADS_NOT };
  struct gpu_algorithm *algorithm = gpu_algorithm_get(
      manager, how == QUADS_TEXELS ? &texel_shader : &storage_shader, constants, 3, err);
  if (!algorithm)
    return -1;
  struct shader_swiglu_grad push = { g.m, g.n, g.ldx, g.lddy, g.lddx };
  struct gpu_use uses[] = { { g.x, GPU_READ }, { g.dy, GPU_READ }, { g.dx, GPU_WRITE } };
  struct gpu_op op = { .name = "swiglu_grad",
                       .algorithm = algorithm,
                       .uses = uses,
                       .n_uses = 3,
                       .push = &push,
                       .groups = { launch.groups[0], launch.groups[1], launch.groups[2] },
                       .work = 18.0 * g.m * g.n };
  return gpu_sequence_record(sequence, &op, err);
}
