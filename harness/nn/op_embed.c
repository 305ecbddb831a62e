#include "nn/op_embed.h"

#include <assert.h>

#include "nn/op_rows.h"
#include "shared.h"

#define SHADER(name_, table_)                                                      \
  {                                                                                \
    .name = (name_), .bindings = { (table_), GPU_BIND_STORAGE, GPU_BIND_STORAGE }, \
    .push_bytes = sizeof(struct shader_embed)                                      \
  }

static const struct gpu_shader storage_shader = SHADER("embed", GPU_BIND_STORAGE);
static const struct gpu_shader texel_shader = SHADER("embed_texel", GPU_BIND_TEXEL_F32X4);
static const struct gpu_shader half_shader =
    SHADER("embed_texel_half", GPU_BIND_TEXEL_U32X2);

/* The kernel, its constants and workgroups. */
struct launch {
  const struct gpu_shader *shader;
  uint32_t size, chunk; /* of a workgroup; quads an invocation takes of a row */
  uint32_t groups[3];
};

static struct launch choose(const struct gpu_device_info *device, const struct embed *e)
{
  enum { GPU_SIZE = 64, CPU_CHUNK = 4 };
  struct launch launch = { .shader = &storage_shader, .size = GPU_SIZE, .chunk = 1 };
  if (device->kind == GPU_KIND_CPU) {
    launch.size = rows_cpu_size(device);
    launch.chunk = rows_min(rows_ceil_div(e->n, launch.size * 4), CPU_CHUNK);
  }
  uint32_t across = rows_ceil_div(e->n, launch.size * launch.chunk * 4);
  if (device->kind == GPU_KIND_CPU) {
    rows_deal_cpu(e->m, across, (double)e->m * e->n, launch.groups);
  } else {
    launch.groups[0] = rows_min(across, device->limits.groups[0]);
    launch.groups[1] = rows_min(e->m, device->limits.groups[1]);
    launch.groups[2] = 1;
  }
  if (rows_are_texels(device, e->table, e->ldt))
    launch.shader = e->table->type == GPU_F32 ? &texel_shader : &half_shader;
  return launch;
}

static bool is_sound(const struct embed *e)
{
  enum gpu_type type = e->table->type;
  return e->m && e->n && e->t && (uint64_t)e->first + e->t <= (uint64_t)1 << 31 &&
         (type == GPU_F32 || type == GPU_F16 || type == GPU_BF16) &&
         e->ids->type == GPU_I32 && gpu_tensor_elements(e->ids) >= e->m &&
         e->y->type == GPU_F32 && rows_hold(e->table, e->t, e->n, e->ldt) &&
         rows_hold(e->y, e->m, e->n, e->ldy);
}

int op_embed(struct gpu_sequence *sequence, const struct embed *asked, struct err *err)
{
  struct gpu_manager *manager = gpu_sequence_manager(sequence);
  struct gpu_device_info device = *gpu_manager_device(manager);
  struct embed e = *asked;
  if (!e.ldt)
    e.ldt = e.n;
  if (!e.ldy)
    e.ldy = e.n;
  if (e.by_groups)
    device.kind = GPU_KIND_OTHER;
  bool sound = is_sound(&e);
  assert(sound);
  (void)sound;
  enum gpu_type type = e.table->type;
  struct launch launch = choose(&device, &e);
  const uint32_t constants[] = { launch.size, launch.chunk,
                                 type == GPU_F16    ? 1
                                 : type == GPU_BF16 ? 2
                                                    : 0,
                                 e.ldt % 4 == 0, e.n % 4 == 0 && e.ldy % 4 == 0 };
  struct gpu_algorithm *algorithm =
      gpu_algorithm_get(manager, launch.shader, constants, 5, err);
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
                       .groups = { launch.groups[0], launch.groups[1], launch.groups[2] },
                       .work = (double)e.m * e.n };
  return gpu_sequence_record(sequence, &op, err);
}
