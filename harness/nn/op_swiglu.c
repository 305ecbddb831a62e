#include "nn/op_swiglu.h"

#include <assert.h>

#include "shared.h"

enum { GROUP_COLUMNS = 64 * 4 };

#define SHADER(name_, x_)                                    \
  {                                                          \
    .name = (name_), .bindings = { (x_), GPU_BIND_STORAGE }, \
    .push_bytes = sizeof(struct shader_swiglu)               \
  }

static const struct gpu_shader storage_shader = SHADER("swiglu", GPU_BIND_STORAGE);
static const struct gpu_shader texel_shader =
    SHADER("swiglu_texel", GPU_BIND_TEXEL_F32X4);

static const struct gpu_shader *choose(const struct gpu_device_info *device,
                                       const struct swiglu *s)
{
  bool texels = device->kind == GPU_KIND_CPU && s->n % 4 == 0 && s->ldx % 4 == 0 &&
                s->x->offset % device->limits.texel_align == 0;
  return texels ? &texel_shader : &storage_shader;
}

/* Rows share workgroups on CPUs, where each costs more than a row, and are spread over
 * as many as there are elsewhere. */
static uint32_t groups_of_rows(const struct gpu_device_info *device, uint32_t m)
{
  uint32_t most = device->kind == GPU_KIND_CPU ? 32 : device->limits.groups[1];
  return m < most ? m : most;
}

static bool holds(const struct gpu_tensor *tensor, uint32_t rows, uint32_t columns,
                  uint32_t ld)
{
  return tensor->type == GPU_F32 && ld >= columns &&
         (uint64_t)(rows - 1) * ld + columns <= gpu_tensor_elements(tensor);
}

int op_swiglu(struct gpu_sequence *sequence, const struct swiglu *asked, struct err *err)
{
  struct gpu_manager *manager = gpu_sequence_manager(sequence);
  const struct gpu_device_info *device = gpu_manager_device(manager);
  struct swiglu s = *asked;
  if (!s.ldx)
    s.ldx = 2 * s.n;
  if (!s.ldy)
    s.ldy = s.n;
  bool sound =
      s.m && s.n && holds(s.x, s.m, 2 * s.n, s.ldx) && holds(s.y, s.m, s.n, s.ldy);
  assert(sound);
  (void)sound;
  const uint32_t constants[] = { s.n % 4 == 0 && s.ldx % 4 == 0,
                                 s.n % 4 == 0 && s.ldy % 4 == 0 };
  struct gpu_algorithm *algorithm =
      gpu_algorithm_get(manager, choose(device, &s), constants, 2, err);
  if (!algorithm)
    return -1;
  struct shader_swiglu push = { s.m, s.n, s.ldx, s.ldy };
  struct gpu_use uses[] = { { s.x, GPU_READ }, { s.y, GPU_WRITE } };
  struct gpu_op op = { .name = "swiglu",
                       .algorithm = algorithm,
                       .uses = uses,
                       .n_uses = 2,
                       .push = &push,
                       .groups = { (s.n + GROUP_COLUMNS - 1) / GROUP_COLUMNS,
                                   groups_of_rows(device, s.m), 1 },
                       .work = 12.0 * s.m * s.n };
  return gpu_sequence_record(sequence, &op, err);
}
