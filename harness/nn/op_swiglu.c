#include "nn/op_swiglu.h"

#include <assert.h>

#include "nn/op_rows.h"
#include "shared.h"

#define SHADER(name_, x_)                                    \
  {                                                          \
    .name = (name_), .bindings = { (x_), GPU_BIND_STORAGE }, \
    .push_bytes = sizeof(struct shader_swiglu)               \
  }

static const struct gpu_shader storage_shader = SHADER("swiglu", GPU_BIND_STORAGE);
static const struct gpu_shader texel_shader =
    SHADER("swiglu_texel", GPU_BIND_TEXEL_F32X4);

/* The kernel, its constants and workgroups. */
struct launch {
  const struct gpu_shader *shader;
  uint32_t size, chunk; /* of a workgroup; quads an invocation takes of a row */
  uint32_t groups[3];
};

static struct launch choose(const struct gpu_device_info *device, const struct swiglu *s)
{
  enum { GPU_SIZE = 64, CPU_CHUNK = 4 };
  struct launch launch = { .shader = &storage_shader, .size = GPU_SIZE, .chunk = 1 };
  if (device->kind == GPU_KIND_CPU) {
    launch.size = rows_cpu_size(device);
    launch.chunk = rows_min(rows_ceil_div(s->n, launch.size * 4), CPU_CHUNK);
  }
  uint32_t across = rows_ceil_div(s->n, launch.size * launch.chunk * 4);
  if (device->kind == GPU_KIND_CPU) {
    rows_deal_cpu(s->m, across, 2.0 * s->m * s->n, launch.groups);
  } else {
    launch.groups[0] = rows_min(across, device->limits.groups[0]);
    launch.groups[1] = rows_min(s->m, device->limits.groups[1]);
    launch.groups[2] = 1;
  }
  if (s->n % 4 == 0 && rows_are_texels(device, s->x, s->ldx))
    launch.shader = &texel_shader;
  return launch;
}

static bool is_sound(const struct swiglu *s)
{
  return s->m && s->n && s->x->type == GPU_F32 && s->y->type == GPU_F32 &&
         rows_hold(s->x, s->m, 2 * s->n, s->ldx) && rows_hold(s->y, s->m, s->n, s->ldy);
}

int op_swiglu(struct gpu_sequence *sequence, const struct swiglu *asked, struct err *err)
{
  struct gpu_manager *manager = gpu_sequence_manager(sequence);
  struct gpu_device_info device = *gpu_manager_device(manager);
  struct swiglu s = *asked;
  if (!s.ldx)
    s.ldx = 2 * s.n;
  if (!s.ldy)
    s.ldy = s.n;
  if (s.by_groups)
    device.kind = GPU_KIND_OTHER;
  bool sound = is_sound(&s);
  assert(sound);
  (void)sound;
  struct launch launch = choose(&device, &s);
  const uint32_t constants[] = { launch.size, launch.chunk,
                                 s.n % 4 == 0 && s.ldx % 4 == 0,
                                 s.n % 4 == 0 && s.ldy % 4 == 0 };
  struct gpu_algorithm *algorithm =
      gpu_algorithm_get(manager, launch.shader, constants, 4, err);
  if (!algorithm)
    return -1;
  struct shader_swiglu push = { s.m, s.n, s.ldx, s.ldy };
  struct gpu_use uses[] = { { s.x, GPU_READ }, { s.y, GPU_WRITE } };
  struct gpu_op op = { .name = "swiglu",
                       .algorithm = algorithm,
                       .uses = uses,
                       .n_uses = 2,
                       .push = &push,
                       .groups = { launch.groups[0], launch.groups[1], launch.groups[2] },
                       .work = 12.0 * s.m * s.n };
  return gpu_sequence_record(sequence, &op, err);
}
