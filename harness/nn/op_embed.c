#include "nn/op_embed.h"

#include <assert.h>

#include "shared.h"

enum { GROUP_COLUMNS = 64 * 4 };

#define SHADER(name_, table_)                                                      \
  {                                                                                \
    .name = (name_), .bindings = { (table_), GPU_BIND_STORAGE, GPU_BIND_STORAGE }, \
    .push_bytes = sizeof(struct shader_embed)                                      \
  }

static const struct gpu_shader storage_shader = SHADER("embed", GPU_BIND_STORAGE);
static const struct gpu_shader texel_shader = SHADER("embed_texel", GPU_BIND_TEXEL_F32X4);
static const struct gpu_shader half_shader =
    SHADER("embed_texel_half", GPU_BIND_TEXEL_U32X2);

static const struct gpu_shader *choose(const struct gpu_device_info *device,
                                       const struct embed *e)
{
  bool texels = device->kind == GPU_KIND_CPU && e->ldt % 4 == 0 &&
                e->table->offset % device->limits.texel_align == 0;
  return !texels                     ? &storage_shader
         : e->table->type == GPU_F32 ? &texel_shader
                                     : &half_shader;
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
  return ld >= columns &&
         (uint64_t)(rows - 1) * ld + columns <= gpu_tensor_elements(tensor);
}

static bool is_sound(const struct embed *e)
{
  enum gpu_type type = e->table->type;
  return e->m && e->n && e->t && (uint64_t)e->first + e->t <= (uint64_t)1 << 31 &&
         (type == GPU_F32 || type == GPU_F16 || type == GPU_BF16) &&
         e->ids->type == GPU_I32 && gpu_tensor_elements(e->ids) >= e->m &&
         e->y->type == GPU_F32 && holds(e->table, e->t, e->n, e->ldt) &&
         holds(e->y, e->m, e->n, e->ldy);
}

int op_embed(struct gpu_sequence *sequence, const struct embed *asked, struct err *err)
{
  struct gpu_manager *manager = gpu_sequence_manager(sequence);
  const struct gpu_device_info *device = gpu_manager_device(manager);
  struct embed e = *asked;
  if (!e.ldt)
    e.ldt = e.n;
  if (!e.ldy)
    e.ldy = e.n;
  bool sound = is_sound(&e);
  assert(sound);
  (void)sound;
  enum gpu_type type = e.table->type;
  const uint32_t constants[] = { type == GPU_F16    ? 1
                                 : type == GPU_BF16 ? 2
                                                    : 0,
                                 e.ldt % 4 == 0, e.n % 4 == 0 && e.ldy % 4 == 0 };
  struct gpu_algorithm *algorithm =
      gpu_algorithm_get(manager, choose(device, &e), constants, 3, err);
  if (!algorithm)
    return -1;
  struct shader_embed push = { e.m, e.n, e.t, e.first, e.ldt, e.ldy };
  struct gpu_use uses[] = { { e.table, GPU_READ },
                            { e.ids, GPU_READ },
                            { e.y, GPU_WRITE } };
  struct gpu_op op = { .name = "embed",
                       .algorithm = algorithm,
                       .uses = uses,
                       .n_uses = 3,
                       .push = &push,
                       .groups = { (e.n + GROUP_COLUMNS - 1) / GROUP_COLUMNS,
                                   groups_of_rows(device, e.m), 1 },
                       .work = (double)e.m * e.n };
  return gpu_sequence_record(sequence, &op, err);
}
