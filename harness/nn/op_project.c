#include "nn/op_project.h"

#include <assert.h>

#include "shared.h"

enum { GROUP_LANES = 32 };

#define SHADER(name_, b_)                                                             \
  {                                                                                   \
    .name = (name_),                                                                  \
    .bindings = { GPU_BIND_TEXEL_F32X4, (b_), GPU_BIND_STORAGE, GPU_BIND_TEXEL_F32X4, \
                  GPU_BIND_STORAGE },                                                 \
    .push_bytes = sizeof(struct shader_project)                                       \
  }

static const struct gpu_shader full_shader =
    SHADER("project_texel", GPU_BIND_TEXEL_F32X4);
static const struct gpu_shader half_shader =
    SHADER("project_texel_half", GPU_BIND_TEXEL_U32X2);

bool project_runs(const struct gpu_device_info *device)
{
  return device->kind == GPU_KIND_CPU && device->shuffle &&
         (device->subgroup == 4 || device->subgroup == 8 || device->subgroup == 16);
}

static uint32_t ceil_div(uint32_t a, uint32_t b)
{
  return (a + b - 1) / b;
}

static bool holds(const struct gpu_tensor *tensor, uint32_t rows, uint32_t columns,
                  uint32_t ld)
{
  return ld >= columns &&
         (uint64_t)(rows - 1) * ld + columns <= gpu_tensor_elements(tensor);
}

static bool is_sound(const struct project *p)
{
  const struct gpu_tensor *floats[] = { p->x, p->weight, p->y, p->bias };
  uint32_t columns = p->gated ? p->n / 2 : p->n;
  bool sound = p->m && p->n && p->k && p->ldx % 4 == 0 && p->ldb % 4 == 0 &&
               (!p->gated || (p->n % 4 == 0 && p->ldy % 2 == 0)) &&
               (p->b->type == GPU_F32 || p->b->type == GPU_F16 || p->b->type == GPU_BF16);
  for (int i = 0; i < 4 && sound; i++)
    sound = !floats[i] || floats[i]->type == GPU_F32;
  return sound && holds(p->x, p->m, p->k, p->ldx) && holds(p->b, p->n, p->k, p->ldb) &&
         holds(p->y, p->m, columns, p->ldy) && holds(p->weight, 1, p->k, p->k) &&
         (!p->bias || holds(p->bias, 1, p->n, p->n));
}

int op_project(struct gpu_sequence *sequence, const struct project *p, struct err *err)
{
  struct gpu_manager *manager = gpu_sequence_manager(sequence);
  const struct gpu_device_info *device = gpu_manager_device(manager);
  bool sound = project_runs(device) && is_sound(p);
  assert(sound);
  (void)sound;
  uint32_t rows = p->m <= 1 ? 1 : p->m <= 4 ? 4 : p->m <= 8 ? 8 : 16;
  uint32_t tiles_m = ceil_div(p->m, rows), tiles_n = ceil_div(p->n, 4 * device->subgroup);
  /* one row of tiles: small groups, so that the threads' shares are equal */
  uint32_t subgroups = tiles_m == 1 ? 1 : GROUP_LANES / device->subgroup;
  /* a group's subgroups go where fewer of them have nothing to do */
  uint32_t groups_m = ceil_div(tiles_m, subgroups);
  uint32_t groups_n = ceil_div(tiles_n, subgroups);
  bool stack = (uint64_t)groups_m * tiles_n <= (uint64_t)tiles_m * groups_n;
  const uint32_t constants[] = { rows,
                                 device->subgroup,
                                 stack,
                                 p->k % 4 != 0,
                                 p->n % 4 == 0 && p->ldy % 4 == 0,
                                 p->bias != NULL,
                                 p->gated,
                                 p->b->type == GPU_BF16,
                                 subgroups * device->subgroup };
  struct gpu_algorithm *algorithm =
      gpu_algorithm_get(manager, p->b->type == GPU_F32 ? &full_shader : &half_shader,
                        constants, sizeof constants / sizeof *constants, err);
  if (!algorithm)
    return -1;
  struct shader_project push = { p->m, p->n, p->k, p->ldx, p->ldb, p->ldy, p->eps };
  struct gpu_use uses[] = {
    { p->x, GPU_READ },
    { p->b, GPU_READ },
    { p->y, GPU_WRITE },
    { p->weight, GPU_READ },
    /* something must be bound where no bias is */
    { p->bias ? p->bias : p->weight, GPU_READ },
  };
  struct gpu_op op = { .name = "project",
                       .algorithm = algorithm,
                       .uses = uses,
                       .n_uses = 5,
                       .push = &push,
                       .groups = { stack ? tiles_n : groups_n, stack ? groups_m : tiles_m,
                                   1 },
                       .work = 2.0 * p->m * p->n * p->k };
  return gpu_sequence_record(sequence, &op, err);
}
