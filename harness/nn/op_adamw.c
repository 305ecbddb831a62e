#include "nn/op_adamw.h"

#include <assert.h>

#include "nn/op_quads.h"
#include "shared.h"

#define FOUR(how) how, how, how, how

static const struct gpu_shader adamw_storage = {
  .name = "adamw",
  .bindings = { FOUR(GPU_BIND_STORAGE), GPU_BIND_STORAGE },
  .push_bytes = sizeof(struct shader_flat),
};

static const struct gpu_shader adamw_texel = {
  .name = "adamw_texel",
  .bindings = { FOUR(GPU_BIND_STORAGE), GPU_BIND_STORAGE, FOUR(GPU_BIND_TEXEL_F32X4) },
  .push_bytes = sizeof(struct shader_flat),
};

static const struct gpu_shader squares_storage = {
  .name = "squares",
  .bindings = { GPU_BIND_STORAGE, GPU_BIND_STORAGE },
  .push_bytes = sizeof(struct shader_flat),
};

static const struct gpu_shader squares_texel = {
  .name = "squares_texel",
  .bindings = { GPU_BIND_STORAGE, GPU_BIND_STORAGE, GPU_BIND_TEXEL_F32X4 },
  .push_bytes = sizeof(struct shader_flat),
};

/* Values a dispatch: 64 MiB, so that no device's bindings are too small; a multiple of
 * what bindings begin at, and of SQUARES_BLOCK. */
enum { PIECE = 1 << 24 };

/* Values first .. first + count. */
static struct gpu_tensor piece_of(const struct gpu_tensor *tensor, uint32_t first,
                                  uint32_t count)
{
  struct gpu_tensor piece = *tensor;
  piece.offset += 4ull * first;
  piece.bytes = 4ull * count;
  piece.rank = 1;
  piece.shape[0] = count;
  return piece;
}

static bool is_flat(const struct gpu_tensor *tensor, uint32_t n)
{
  return tensor->type == GPU_F32 && gpu_tensor_elements(tensor) >= n;
}

/* A texel buffer needs a whole texel. */
static bool are_texels(const struct gpu_device_info *device, uint32_t n,
                       const struct gpu_tensor *const *tensors, int count)
{
  struct quads_operand operands[4];
  for (int i = 0; i < count; i++)
    operands[i] = (struct quads_operand){ tensors[i], 4 };
  return n >= 4 && quads_how(device, 4, operands, count) == QUADS_TEXELS;
}

/* ---- a step ---- */

static int record_step(struct gpu_sequence *sequence, const struct adamw *a,
                       uint32_t first, uint32_t count, struct err *err)
{
  enum { GPU_SIZE = 256, CPU_QUADS = 512, CPU_GROUPS = 64 };
  struct gpu_manager *manager = gpu_sequence_manager(sequence);
  struct gpu_device_info device = *gpu_manager_device(manager);
  struct gpu_tensor pieces[4];
  const struct gpu_tensor *wholes[] = { a->param, a->grad, a->m, a->v }, *texels[4];
  if (a->by_groups)
    device.kind = GPU_KIND_OTHER;
  for (int i = 0; i < 4; i++) {
    pieces[i] = piece_of(wholes[i], first, count);
    texels[i] = &pieces[i];
  }
  bool fetched = are_texels(&device, count, texels, 4), cpu = device.kind == GPU_KIND_CPU;
  uint32_t size =
      cpu ? rows_cpu_size(&device) : rows_min(GPU_SIZE, device.limits.group_size);
  uint32_t groups = rows_min(rows_ceil_div(count, size * 4), device.limits.groups[0]);
  if (cpu)
    groups = rows_min(rows_ceil_div(count, CPU_QUADS * 4), CPU_GROUPS);
  const uint32_t constants[] = { size, a->decayed, a->zero };
  struct gpu_algorithm *algorithm = gpu_algorithm_get(
      manager, fetched ? &adamw_texel : &adamw_storage, constants, 3, err);
  if (!algorithm)
    return -1;
  struct shader_flat push = { count };
  struct gpu_use uses[] = {
    { &pieces[0], GPU_READ_WRITE }, { &pieces[1], GPU_READ_WRITE },
    { &pieces[2], GPU_READ_WRITE }, { &pieces[3], GPU_READ_WRITE },
    { a->settings, GPU_READ },      { &pieces[0], GPU_READ },
    { &pieces[1], GPU_READ },       { &pieces[2], GPU_READ },
    { &pieces[3], GPU_READ },
  };
  struct gpu_op op = { .name = "adamw",
                       .algorithm = algorithm,
                       .uses = uses,
                       .n_uses = fetched ? 9 : 5,
                       .push = &push,
                       .groups = { groups, 1, 1 },
                       .work = 20.0 * count };
  return gpu_sequence_record(sequence, &op, err);
}

int op_adamw(struct gpu_sequence *sequence, const struct adamw *a, struct err *err)
{
  bool sound = a->n && is_flat(a->param, a->n) && is_flat(a->grad, a->n) &&
               is_flat(a->m, a->n) && is_flat(a->v, a->n) &&
               a->settings->type == GPU_I32 &&
               a->settings->bytes >= sizeof(struct shader_adamw);
  assert(sound);
  (void)sound;
  for (uint32_t first = 0; first < a->n; first += PIECE)
    if (record_step(sequence, a, first, rows_min(a->n - first, PIECE), err) < 0)
      return -1;
  return 0;
}

/* ---- squares ---- */

static int record_squares(struct gpu_sequence *sequence, const struct squares *s,
                          uint32_t first, uint32_t count, struct err *err)
{
  enum { GPU_SIZE = 128 };
  struct gpu_manager *manager = gpu_sequence_manager(sequence);
  struct gpu_device_info device = *gpu_manager_device(manager);
  if (s->by_groups)
    device.kind = GPU_KIND_OTHER;
  uint32_t blocks = rows_ceil_div(count, SQUARES_BLOCK);
  struct gpu_tensor x = piece_of(s->x, first, count);
  struct gpu_tensor partials = piece_of(s->partials, first / SQUARES_BLOCK, blocks);
  const struct gpu_tensor *fetched[] = { &x };
  bool texels = rows_by_subgroup(&device) && are_texels(&device, count, fetched, 1);
  /* by the device alone, since the order of sums follows */
  bool cpu = device.kind == GPU_KIND_CPU;
  uint32_t size = cpu ? rows_cpu_size(&device) : GPU_SIZE;
  uint32_t width = cpu && rows_by_subgroup(&device) ? device.subgroup : size;
  const uint32_t constants[] = { size, width, SQUARES_BLOCK };
  struct gpu_algorithm *algorithm = gpu_algorithm_get(
      manager, texels ? &squares_texel : &squares_storage, constants, 3, err);
  if (!algorithm)
    return -1;
  struct shader_flat push = { count };
  struct gpu_use uses[] = { { &x, GPU_READ },
                            { &partials, GPU_WRITE },
                            { &x, GPU_READ } };
  struct gpu_op op = { .name = "squares",
                       .algorithm = algorithm,
                       .uses = uses,
                       .n_uses = texels ? 3 : 2,
                       .push = &push,
                       .groups = { rows_ceil_div(blocks, size / width), 1, 1 },
                       .work = 2.0 * count };
  return gpu_sequence_record(sequence, &op, err);
}

int op_squares(struct gpu_sequence *sequence, const struct squares *s, struct err *err)
{
  bool sound = s->n && is_flat(s->x, s->n) &&
               is_flat(s->partials, rows_ceil_div(s->n, SQUARES_BLOCK));
  assert(sound);
  (void)sound;
  for (uint32_t first = 0; first < s->n; first += PIECE)
    if (record_squares(sequence, s, first, rows_min(s->n - first, PIECE), err) < 0)
      return -1;
  return 0;
}
