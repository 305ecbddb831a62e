#include "nn/op_column_sum.h"

#include <assert.h>

#include "nn/op_quads.h"
#include "shared.h"

#define SHADER(name_, read_)                                            \
  {                                                                     \
    .name = (name_),                                                    \
    .bindings = { (read_), (read_), GPU_BIND_STORAGE, GPU_BIND_STORAGE, \
                  GPU_BIND_STORAGE },                                   \
    .push_bytes = sizeof(struct shader_column_sum)                      \
  }

static const struct gpu_shader storage_shader = SHADER("column_sum", GPU_BIND_STORAGE);
static const struct gpu_shader texel_shader =
    SHADER("column_sum_texel", GPU_BIND_TEXEL_F32X4);

/* Blocks of rows: as many as keep a GPU busy, as few as save a CPU the second pass. */
enum { MOST_BLOCKS = 64, GPU_ROWS = 64, CPU_ROWS = 1024 };

static uint32_t rows_a_block(enum gpu_kind kind, uint32_t m)
{
  uint32_t least = kind == GPU_KIND_CPU ? CPU_ROWS : GPU_ROWS;
  uint32_t rows = rows_ceil_div(m, MOST_BLOCKS);
  return rows < least ? least : rows;
}

uint64_t op_column_sum_scratch(uint32_t m, uint32_t n)
{
  return (uint64_t)rows_ceil_div(m, rows_a_block(GPU_KIND_OTHER, m)) * n;
}

/* One pass: `rows` rows of x a row of y, or all of x added to y. */
struct pass {
  const struct column_sum *sum;
  const struct gpu_device_info *device;
  uint32_t rows;
  bool add;
};

static int record(struct gpu_sequence *sequence, const struct pass *pass, struct err *err)
{
  struct gpu_manager *manager = gpu_sequence_manager(sequence);
  const struct column_sum *s = pass->sum;
  const struct quads_operand operands[] = { { s->x, s->ldx },
                                            { s->times, s->ldt },
                                            { s->y, s->n } };
  enum quads_how how = quads_how(pass->device, s->n, operands, 3);
  uint32_t size = pass->device->kind == GPU_KIND_CPU ? rows_cpu_size(pass->device) : 32;
  const uint32_t constants[] = { size, how != QUADS_NOT, s->times != NULL,
                                 s->scales != NULL, pass->add };
  struct gpu_algorithm *algorithm = gpu_algorithm_get(
      manager, how == QUADS_TEXELS ? &texel_shader : &storage_shader, constants, 5, err);
  if (!algorithm)
    return -1;
  struct shader_column_sum push = { s->m, s->n, pass->rows, s->ldx, s->ldt };
  /* something must be bound where nothing is asked for */
  struct gpu_use uses[] = { { s->x, GPU_READ },
                            { s->times ? s->times : s->x, GPU_READ },
                            { s->scales ? s->scales : s->x, GPU_READ },
                            { pass->add ? s->y : s->x, GPU_READ },
                            { s->y, GPU_WRITE } };
  uint32_t across = rows_ceil_div(s->n, size * 4);
  struct gpu_op op = { .name = "column_sum",
                       .algorithm = algorithm,
                       .uses = uses,
                       .n_uses = 5,
                       .push = &push,
                       .groups = { rows_min(across, pass->device->limits.groups[0]),
                                   rows_ceil_div(s->m, pass->rows), 1 },
                       .work = 4.0 * s->m * s->n };
  return gpu_sequence_record(sequence, &op, err);
}

static bool is_sound(const struct column_sum *s)
{
  return s->m && s->n && quads_hold(s->x, s->m, s->n, s->ldx) &&
         (!s->times || quads_hold(s->times, s->m, s->n, s->ldt)) &&
         (!s->scales || quads_hold(s->scales, s->m, 1, 1)) &&
         quads_hold(s->y, 1, s->n, s->n) && s->partials->type == GPU_F32 &&
         gpu_tensor_elements(s->partials) >= op_column_sum_scratch(s->m, s->n);
}

int op_column_sum(struct gpu_sequence *sequence, const struct column_sum *asked,
                  struct err *err)
{
  struct gpu_device_info device = *gpu_manager_device(gpu_sequence_manager(sequence));
  struct column_sum s = *asked;
  s.ldx = s.ldx ? s.ldx : s.n;
  s.ldt = s.ldt ? s.ldt : s.n;
  if (s.by_groups)
    device.kind = GPU_KIND_OTHER;
  bool sound = is_sound(&s);
  assert(sound);
  (void)sound;
  struct pass pass = { &s, &device, rows_a_block(device.kind, s.m), true };
  if (pass.rows >= s.m)
    return record(sequence, &pass, err);
  struct column_sum blocks = s, last = s;
  blocks.y = s.partials;
  last.m = rows_ceil_div(s.m, pass.rows);
  last.x = s.partials;
  last.times = last.scales = NULL;
  last.ldx = s.n;
  pass.sum = &blocks;
  pass.add = false;
  if (record(sequence, &pass, err) < 0)
    return -1;
  pass = (struct pass){ &last, &device, last.m, true };
  return record(sequence, &pass, err);
}
