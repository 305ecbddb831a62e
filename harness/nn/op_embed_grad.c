#include "nn/op_embed_grad.h"

#include <assert.h>

#include "nn/op_quads.h"
#include "shared.h"

#define SHADER(name_, read_)                                              \
  {                                                                       \
    .name = (name_),                                                      \
    .bindings = { (read_),          (read_),          GPU_BIND_STORAGE,   \
                  GPU_BIND_STORAGE, GPU_BIND_STORAGE, GPU_BIND_STORAGE }, \
    .push_bytes = sizeof(struct shader_embed_grad)                        \
  }

static const struct gpu_shader storage_shader = SHADER("embed_grad", GPU_BIND_STORAGE);
static const struct gpu_shader texel_shader =
    SHADER("embed_grad_texel", GPU_BIND_TEXEL_F32X4);

/* ---- buckets ---- */

/* By token, then by row. */
static bool is_before(const int32_t *tokens, int32_t a, int32_t b)
{
  return tokens[a] != tokens[b] ? tokens[a] < tokens[b] : a < b;
}

static void sift(const int32_t *tokens, int32_t *rows, uint32_t at, uint32_t count)
{
  for (uint32_t child; (child = 2 * at + 1) < count; at = child) {
    if (child + 1 < count && is_before(tokens, rows[child], rows[child + 1]))
      child++;
    if (!is_before(tokens, rows[at], rows[child]))
      return;
    int32_t row = rows[at];
    rows[at] = rows[child];
    rows[child] = row;
  }
}

/* Heapsort: in place, and never slow. */
static void sort_rows(const int32_t *tokens, int32_t *rows, uint32_t count)
{
  for (uint32_t i = count / 2; i-- > 0;)
    sift(tokens, rows, i, count);
  for (uint32_t end = count; end-- > 1;) {
    int32_t row = rows[0];
    rows[0] = rows[end];
    rows[end] = row;
    sift(tokens, rows, 0, end);
  }
}

uint32_t op_embed_buckets(const int32_t *tokens, uint32_t m, int32_t *ids,
                          int32_t *starts, int32_t *rows)
{
  uint32_t count = 0, buckets = 0;
  for (uint32_t r = 0; r < m; r++)
    if (tokens[r] >= 0)
      rows[count++] = (int32_t)r;
  sort_rows(tokens, rows, count);
  for (uint32_t j = 0; j < count; j++) {
    if (j > 0 && tokens[rows[j]] == tokens[rows[j - 1]])
      continue;
    ids[buckets] = tokens[rows[j]];
    starts[buckets++] = (int32_t)j;
  }
  for (uint32_t j = count; j < m; j++)
    rows[j] = 0;
  for (uint32_t b = buckets; b < m; b++)
    ids[b] = -1;
  for (uint32_t b = buckets; b <= m; b++)
    starts[b] = (int32_t)count;
  return buckets;
}

/* ---- the op ---- */

/* The constants and workgroups. */
struct launch {
  uint32_t size, chunk; /* of a workgroup; quads an invocation takes of a row */
  uint32_t groups[3];
};

static struct launch choose(const struct gpu_device_info *device,
                            const struct embed_grad *g)
{
  enum { GPU_SIZE = 64, CPU_CHUNK = 4, CPU_GROUPS = 64 };
  struct launch launch = { .size = GPU_SIZE, .chunk = 1 };
  uint32_t most = device->limits.groups[1];
  if (device->kind == GPU_KIND_CPU) {
    launch.size = rows_cpu_size(device);
    launch.chunk = rows_min(rows_ceil_div(g->n, launch.size * 4), CPU_CHUNK);
    most = CPU_GROUPS;
  }
  uint32_t across = rows_ceil_div(g->n, launch.size * launch.chunk * 4);
  launch.groups[0] = rows_min(across, device->limits.groups[0]);
  launch.groups[1] = rows_min(g->buckets, most);
  launch.groups[2] = 1;
  return launch;
}

static bool is_sound(const struct embed_grad *g)
{
  const struct gpu_tensor *lists[] = { g->ids, g->starts, g->rows };
  const uint32_t least[] = { g->buckets, g->buckets + 1, g->m };
  for (int i = 0; i < 3; i++)
    if (lists[i]->type != GPU_I32 || gpu_tensor_elements(lists[i]) < least[i])
      return false;
  return g->m && g->n && g->buckets && quads_hold(g->dy, g->m, g->n, g->lddy) &&
         quads_hold(g->dtable, 1, g->n, g->ldt);
}

int op_embed_grad(struct gpu_sequence *sequence, const struct embed_grad *asked,
                  struct err *err)
{
  struct gpu_manager *manager = gpu_sequence_manager(sequence);
  struct gpu_device_info device = *gpu_manager_device(manager);
  struct embed_grad g = *asked;
  g.lddy = g.lddy ? g.lddy : g.n;
  g.ldt = g.ldt ? g.ldt : g.n;
  if (g.by_groups)
    device.kind = GPU_KIND_OTHER;
  bool sound = is_sound(&g);
  assert(sound);
  (void)sound;
  const struct quads_operand operands[] = { { g.dy, g.lddy }, { g.dtable, g.ldt } };
  enum quads_how how = quads_how(&device, g.n, operands, 2);
  struct launch launch = choose(&device, &g);
  const uint32_t constants[] = { launch.size, launch.chunk, how != QUADS_NOT };
  struct gpu_algorithm *algorithm = gpu_algorithm_get(
      manager, how == QUADS_TEXELS ? &texel_shader : &storage_shader, constants, 3, err);
  if (!algorithm)
    return -1;
  struct shader_embed_grad push = { g.buckets, g.n, g.lddy, g.ldt };
  struct gpu_use uses[] = { { g.dy, GPU_READ },   { g.dtable, GPU_READ },
                            { g.ids, GPU_READ },  { g.starts, GPU_READ },
                            { g.rows, GPU_READ }, { g.dtable, GPU_WRITE } };
  struct gpu_op op = { .name = "embed_grad",
                       .algorithm = algorithm,
                       .uses = uses,
                       .n_uses = 6,
                       .push = &push,
                       .groups = { launch.groups[0], launch.groups[1], launch.groups[2] },
                       .work = (double)g.m * g.n };
  return gpu_sequence_record(sequence, &op, err);
}
