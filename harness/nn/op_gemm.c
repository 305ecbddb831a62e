#include "nn/op_gemm.h"

#include <assert.h>

#include "gpu/shaders.h"
#include "shared.h"

enum { ROWS_KERNEL_MOST = 8 };

#define TEXEL_SHADER(name_, b_)                                                     \
  {                                                                                 \
    .name = (name_),                                                                \
    .bindings = { GPU_BIND_TEXEL_F32X4, (b_), GPU_BIND_STORAGE, GPU_BIND_STORAGE }, \
    .push_bytes = sizeof(struct shader_gemm)                                        \
  }

/* by layout, then by whether b is of 16 bits */
static const struct gpu_shader texel_shaders[3][2] = {
  { TEXEL_SHADER("gemm_texel_nt", GPU_BIND_TEXEL_F32X4),
    TEXEL_SHADER("gemm_texel_nt_half", GPU_BIND_TEXEL_U32X2) },
  { TEXEL_SHADER("gemm_texel_nn", GPU_BIND_TEXEL_F32X4),
    TEXEL_SHADER("gemm_texel_nn_half", GPU_BIND_TEXEL_U32X2) },
  { TEXEL_SHADER("gemm_texel_tn", GPU_BIND_TEXEL_F32X4), { .name = NULL } },
};

#define STORAGE_SHADER(name_)                                           \
  {                                                                     \
    .name = (name_),                                                    \
    .bindings = { GPU_BIND_STORAGE, GPU_BIND_STORAGE, GPU_BIND_STORAGE, \
                  GPU_BIND_STORAGE },                                   \
    .push_bytes = sizeof(struct shader_gemm)                            \
  }

static const struct gpu_shader tile_shader = STORAGE_SHADER("gemm_tile");
static const struct gpu_shader rows_shader = STORAGE_SHADER("gemm_rows");
static const struct gpu_shader matrix_f16_shader = STORAGE_SHADER("gemm_matrix_f16");
static const struct gpu_shader matrix_bf16_shader = STORAGE_SHADER("gemm_matrix_bf16");

static uint32_t ceil_div(uint32_t a, uint32_t b)
{
  return (a + b - 1) / b;
}

/* The constants and workgroups of a kernel for a product. */
struct launch {
  const struct gpu_shader *shader;
  uint32_t constants[11], n_constants;
  uint32_t groups[3];
};

static bool is_half(const struct gemm *g)
{
  return g->b->type != GPU_F32;
}

static uint32_t half_kind(const struct gemm *g)
{
  return g->b->type == GPU_F16 ? 1 : g->b->type == GPU_BF16 ? 2 : 0;
}

/* ---- CPU devices ---- */

static bool texel_fits(const struct gpu_device_info *device, const struct gemm *g)
{
  return device->shuffle &&
         (device->subgroup == 4 || device->subgroup == 8 || device->subgroup == 16) &&
         g->lda % 4 == 0 && g->ldb % 4 == 0 &&
         g->a->offset % device->limits.texel_align == 0 &&
         g->b->offset % device->limits.texel_align == 0;
}

static struct launch launch_texel(const struct gpu_device_info *device,
                                  const struct gemm *g)
{
  uint32_t rows = g->m <= 1 && g->layout != GEMM_TN ? 1
                  : g->m <= 4                       ? 4
                  : g->m <= 8                       ? 8
                                                    : 16;
  uint32_t tiles_m = ceil_div(g->m, rows);
  uint32_t tiles_n = ceil_div(g->n, 4 * device->subgroup);
  /* one row of tiles: small groups, so that the threads' shares are equal */
  uint32_t subgroups = tiles_m == 1 ? 1 : 32 / device->subgroup;
  /* a group's subgroups go where fewer of them have nothing to do */
  uint32_t groups_m = ceil_div(tiles_m, subgroups),
           groups_n = ceil_div(tiles_n, subgroups);
  bool stack = (uint64_t)groups_m * tiles_n <= (uint64_t)tiles_m * groups_n;
  bool quads = g->n % 4 == 0 && g->ldy % 4 == 0;
  struct launch launch = {
    .shader = &texel_shaders[g->layout][is_half(g)],
    .constants = { rows, device->subgroup, stack, g->k % 4 != 0, quads, g->bias != NULL,
                   g->add, half_kind(g) == 2, subgroups * device->subgroup },
    .n_constants = 9,
    .groups = { stack ? tiles_n : groups_n, stack ? groups_m : tiles_m, 1 },
  };
  return launch;
}

/* ---- GPUs, and whatever does not fit above ---- */

static struct launch launch_tile(const struct gemm *g)
{
  /* large tiles when there are enough of them to fill a device */
  uint32_t side = (uint64_t)ceil_div(g->m, 128) * ceil_div(g->n, 128) >= 64 ? 8 : 4;
  struct launch launch = {
    .shader = &tile_shader,
    .constants = { side, g->layout == GEMM_TN, g->layout != GEMM_NT, g->lda % 4 == 0,
                   g->ldb % 4 == 0, g->bias != NULL, g->add, half_kind(g) },
    .n_constants = 8,
    .groups = { ceil_div(g->n, side * 16), ceil_div(g->m, side * 16), 1 },
  };
  return launch;
}

static struct launch launch_rows(const struct gemm *g)
{
  struct launch launch = {
    .shader = &rows_shader,
    .constants = { g->m <= 1   ? 1
                   : g->m <= 4 ? 4
                               : 8,
                   g->lda % 4 == 0, g->ldb % 4 == 0, g->bias != NULL, g->add,
                   half_kind(g) },
    .n_constants = 6,
    .groups = { ceil_div(g->n, 64), 1, 1 },
  };
  return launch;
}

/* ---- matrix units ---- */

static struct gpu_matrix_shape matrix_shape(const struct gpu_device_info *device,
                                            enum gpu_type type)
{
  static const struct gpu_matrix_shape none = { 0 };
  return type == GPU_F16    ? device->matrix_f16
         : type == GPU_BF16 ? device->matrix_bf16
                            : none;
}

bool gemm_has_matrix(const struct gpu_device_info *device, enum gpu_type type)
{
  const char *shader = type == GPU_F16 ? matrix_f16_shader.name : matrix_bf16_shader.name;
  return matrix_shape(device, type).m && str_present(gpu_shader_code(shader));
}

static struct launch launch_matrix(const struct gpu_device_info *device,
                                   const struct gemm *g)
{
  struct gpu_matrix_shape shape = matrix_shape(device, g->b->type);
  /* large tiles when there are enough of them to fill a device */
  uint32_t side =
      (uint64_t)ceil_div(g->m, 8 * shape.m) * ceil_div(g->n, 8 * shape.n) >= 64 ? 4 : 2;
  struct launch launch = {
    .shader = g->b->type == GPU_F16 ? &matrix_f16_shader : &matrix_bf16_shader,
    .constants = { 4 * device->subgroup, shape.m, shape.n, shape.k, side, side,
                   g->lda % 4 == 0, g->ldb % 4 == 0, g->bias != NULL, g->add,
                   half_kind(g) },
    .n_constants = 11,
    .groups = { ceil_div(g->n, 2 * side * shape.n), ceil_div(g->m, 2 * side * shape.m),
                1 },
  };
  return launch;
}

static struct launch choose(const struct gpu_device_info *device, const struct gemm *g)
{
  enum gemm_kernel kernel = g->kernel;
  bool few = g->layout == GEMM_NT && g->m <= ROWS_KERNEL_MOST;
  if (kernel == GEMM_BY_DEVICE)
    kernel = device->kind == GPU_KIND_CPU ? GEMM_BY_TEXEL
             : few                        ? GEMM_BY_ROWS
                                          : GEMM_BY_TILE;
  if (kernel == GEMM_BY_TEXEL && texel_fits(device, g))
    return launch_texel(device, g);
  if (kernel == GEMM_BY_ROWS && few)
    return launch_rows(g);
  if (kernel == GEMM_BY_MATRIX && g->layout == GEMM_NT &&
      gemm_has_matrix(device, g->b->type))
    return launch_matrix(device, g);
  return launch_tile(g);
}

uint32_t gemm_row_length(const struct gpu_device_info *device, enum gpu_type type,
                         uint32_t columns)
{
  uint32_t length = ceil_div(columns, 4) * 4;
  if (device->kind == GPU_KIND_CPU && length * gpu_type_bytes(type) % 1024 == 0)
    length += 16;
  return length;
}

static bool holds(const struct gpu_tensor *tensor, uint32_t rows, uint32_t columns,
                  uint32_t ld)
{
  return ld >= columns &&
         (uint64_t)(rows - 1) * ld + columns <= gpu_tensor_elements(tensor);
}

static bool is_sound(const struct gemm *g)
{
  bool a_by_k = g->layout == GEMM_TN, b_by_k = g->layout != GEMM_NT;
  bool halves = g->b->type == GPU_F16 || g->b->type == GPU_BF16;
  return g->m && g->n && g->k && g->a->type == GPU_F32 && g->y->type == GPU_F32 &&
         (g->b->type == GPU_F32 || (halves && g->layout != GEMM_TN)) &&
         holds(g->a, a_by_k ? g->k : g->m, a_by_k ? g->m : g->k, g->lda) &&
         holds(g->b, b_by_k ? g->k : g->n, b_by_k ? g->n : g->k, g->ldb) &&
         holds(g->y, g->m, g->n, g->ldy) &&
         (!g->bias || (g->bias->type == GPU_F32 && holds(g->bias, 1, g->n, g->n)));
}

int op_gemm(struct gpu_sequence *sequence, const struct gemm *asked, struct err *err)
{
  static const char *const names[] = { "gemm_nt", "gemm_nn", "gemm_tn" };
  struct gpu_manager *manager = gpu_sequence_manager(sequence);
  struct gemm g = *asked;
  if (!g.lda)
    g.lda = g.layout == GEMM_TN ? g.m : g.k;
  if (!g.ldb)
    g.ldb = g.layout == GEMM_NT ? g.k : g.n;
  if (!g.ldy)
    g.ldy = g.n;
  bool sound = is_sound(&g);
  assert(sound);
  (void)sound;
  struct launch launch = choose(gpu_manager_device(manager), &g);
  struct gpu_algorithm *algorithm = gpu_algorithm_get(
      manager, launch.shader, launch.constants, launch.n_constants, err);
  if (!algorithm)
    return -1;
  struct shader_gemm push = { g.m, g.n, g.k, g.lda, g.ldb, g.ldy };
  /* something must be bound where no bias is: a piece of what is read anyway */
  struct gpu_tensor none = *g.a;
  if (none.bytes > 16)
    none.bytes = 16;
  struct gpu_use uses[] = {
    { g.a, GPU_READ },
    { g.b, GPU_READ },
    { g.y, g.add ? GPU_READ_WRITE : GPU_WRITE },
    { g.bias ? g.bias : &none, GPU_READ },
  };
  struct gpu_op op = { .name = names[g.layout],
                       .algorithm = algorithm,
                       .uses = uses,
                       .n_uses = 4,
                       .push = &push,
                       .groups = { launch.groups[0], launch.groups[1], launch.groups[2] },
                       .work = 2.0 * g.m * g.n * g.k };
  return gpu_sequence_record(sequence, &op, err);
}
