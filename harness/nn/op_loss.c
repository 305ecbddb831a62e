#include "nn/op_loss.h"

#include <assert.h>

#include "nn/op_quads.h"
#include "shared.h"

#define ROWS_SHADER(name_, read_)                                         \
  {                                                                       \
    .name = (name_),                                                      \
    .bindings = { (read_), (read_), GPU_BIND_STORAGE, GPU_BIND_STORAGE }, \
    .push_bytes = sizeof(struct shader_loss)                              \
  }
#define GRAD_SHADER(name_, read_)                                                        \
  {                                                                                      \
    .name = (name_), .bindings = { (read_),          (read_),          GPU_BIND_STORAGE, \
                                   GPU_BIND_STORAGE, GPU_BIND_STORAGE, GPU_BIND_STORAGE, \
                                   GPU_BIND_STORAGE },                                   \
    .push_bytes = sizeof(struct shader_loss)                                             \
  }

static const struct gpu_shader scan_groups = ROWS_SHADER("loss_scan", GPU_BIND_STORAGE);
static const struct gpu_shader scan_shuffle =
    ROWS_SHADER("loss_scan_shuffle", GPU_BIND_TEXEL_F32X4);
static const struct gpu_shader grad_groups = GRAD_SHADER("loss_grad", GPU_BIND_STORAGE);
static const struct gpu_shader grad_shuffle =
    GRAD_SHADER("loss_grad_shuffle", GPU_BIND_TEXEL_F32X4);
static const struct gpu_shader finish_shader = {
  .name = "loss_finish",
  .bindings = { GPU_BIND_STORAGE, GPU_BIND_STORAGE, GPU_BIND_STORAGE, GPU_BIND_STORAGE,
                GPU_BIND_STORAGE, GPU_BIND_STORAGE },
  .push_bytes = sizeof(struct shader_loss),
};

/* A chunk of logits. */
struct chunk {
  uint32_t m, n, first;
  const struct gpu_tensor *x, *z;
  uint32_t ldx, ldz;
};

static void fill_gaps(struct chunk *c)
{
  c->ldx = c->ldx ? c->ldx : c->n;
  c->ldz = c->ldz ? c->ldz : c->n;
}

static bool is_chunk_sound(const struct chunk *c)
{
  return c->m && c->n && (uint64_t)c->first + c->n <= (uint64_t)1 << 31 &&
         quads_hold(c->x, c->m, c->n, c->ldx) &&
         (!c->z || quads_hold(c->z, c->m, c->n, c->ldz));
}

static bool is_state(const struct gpu_tensor *state, uint32_t m)
{
  return quads_hold(state, m, LOSS_STATE, LOSS_STATE);
}

static bool are_ids(const struct gpu_tensor *ids, uint32_t m)
{
  return ids->type == GPU_I32 && gpu_tensor_elements(ids) >= m;
}

/* Which kernel, and its constants: the first four of both. By the device and by how rows
 * lie, never by how many there are. */
struct launch {
  bool shuffle;
  uint32_t size, tail, quads, z;
};

static struct launch choose(const struct gpu_device_info *device, const struct chunk *c)
{
  const struct quads_operand operands[] = { { c->x, c->ldx }, { c->z, c->ldz } };
  enum quads_how how = quads_how(device, 4, operands, 2);
  struct launch launch = { .tail = c->n % 4 != 0,
                           .quads = how != QUADS_NOT,
                           .z = c->z != NULL };
  launch.shuffle = how == QUADS_TEXELS && rows_by_subgroup(device);
  launch.size = launch.shuffle ? device->subgroup : 32;
  /* more than the least only where each invocation has two quads to read */
  while (!launch.shuffle && launch.size < 512 && launch.size < c->n / 8 &&
         launch.size * 2 <= device->limits.group_size)
    launch.size *= 2;
  return launch;
}

/* Workgroups for m rows (or as many times `size` rows) of n values: on a CPU few, but
 * enough that no invocation's loops go round more often than lavapipe allows. */
static uint32_t groups_of(const struct gpu_device_info *device, uint32_t m, uint32_t n)
{
  enum { MOST_ROWS = 2048 };
  uint32_t groups[3], least = rows_ceil_div(m, MOST_ROWS);
  if (device->kind != GPU_KIND_CPU)
    return rows_min(m, device->limits.groups[0]);
  rows_deal_cpu(m, 1, 8.0 * m * n, groups);
  return groups[1] < least ? rows_min(least, device->limits.groups[0]) : groups[1];
}

static struct gpu_device_info device_of(struct gpu_sequence *sequence, bool by_groups)
{
  struct gpu_device_info device = *gpu_manager_device(gpu_sequence_manager(sequence));
  if (by_groups)
    device.kind = GPU_KIND_OTHER;
  return device;
}

int op_loss_scan(struct gpu_sequence *sequence, const struct loss_scan *s,
                 struct err *err)
{
  struct chunk c = { s->m, s->n, s->first, s->x, s->z, s->ldx, s->ldz };
  fill_gaps(&c);
  bool sound = is_chunk_sound(&c) && is_state(s->state, s->m) && are_ids(s->ids, s->m);
  assert(sound);
  (void)sound;
  struct gpu_device_info device = device_of(sequence, s->by_groups);
  struct launch launch = choose(&device, &c);
  const uint32_t constants[] = { launch.size, launch.tail, launch.quads, launch.z,
                                 s->begin };
  struct gpu_algorithm *algorithm =
      gpu_algorithm_get(gpu_sequence_manager(sequence),
                        launch.shuffle ? &scan_shuffle : &scan_groups, constants, 5, err);
  if (!algorithm)
    return -1;
  struct shader_loss push = { c.m, c.n, c.first, c.ldx, c.ldz };
  struct gpu_use uses[] = { { c.x, GPU_READ },
                            { c.z ? c.z : c.x, GPU_READ },
                            { s->ids, GPU_READ },
                            { s->state, GPU_READ_WRITE } };
  struct gpu_op op = { .name = "loss_scan",
                       .algorithm = algorithm,
                       .uses = uses,
                       .n_uses = 4,
                       .push = &push,
                       .groups = { groups_of(&device, c.m, c.n), 1, 1 },
                       .work = (c.z ? 80.0 : 40.0) * c.m * c.n };
  return gpu_sequence_record(sequence, &op, err);
}

int op_loss_finish(struct gpu_sequence *sequence, const struct loss_finish *f,
                   struct err *err)
{
  struct gpu_device_info device = device_of(sequence, false);
  bool sound =
      f->m && is_state(f->state, f->m) && are_ids(f->ids, f->m) &&
      quads_hold(f->logp, f->m, 1, 1) && !f->ref_logp == !f->kl &&
      (!f->kl || (quads_hold(f->ref_logp, f->m, 1, 1) && quads_hold(f->kl, f->m, 1, 1)));
  assert(sound);
  (void)sound;
  uint32_t size = device.kind == GPU_KIND_CPU ? rows_cpu_size(&device) : 32;
  const uint32_t constants[] = { size, false, true, f->kl != NULL };
  struct gpu_algorithm *algorithm = gpu_algorithm_get(gpu_sequence_manager(sequence),
                                                      &finish_shader, constants, 4, err);
  if (!algorithm)
    return -1;
  struct shader_loss push = { .m = f->m };
  /* something must be bound where no reference was */
  struct gpu_use uses[] = { { f->state, GPU_READ },
                            { f->state, GPU_READ },
                            { f->ids, GPU_READ },
                            { f->logp, GPU_WRITE },
                            { f->kl ? f->ref_logp : f->logp, GPU_WRITE },
                            { f->kl ? f->kl : f->logp, GPU_WRITE } };
  struct gpu_op op = { .name = "loss_finish",
                       .algorithm = algorithm,
                       .uses = uses,
                       .n_uses = 6,
                       .push = &push,
                       .groups = { groups_of(&device, rows_ceil_div(f->m, size), size), 1,
                                   1 },
                       .work = 60.0 * f->m };
  return gpu_sequence_record(sequence, &op, err);
}

int op_loss_grad(struct gpu_sequence *sequence, const struct loss_grad *g,
                 struct err *err)
{
  struct chunk c = { g->m, g->n, g->first, g->x, g->z, g->ldx, g->ldz };
  fill_gaps(&c);
  bool sound = is_chunk_sound(&c) && is_state(g->state, g->m) && are_ids(g->ids, g->m) &&
               quads_hold(g->g_logp, g->m, 1, 1) && !g->z == !g->g_kl &&
               (!g->g_kl || quads_hold(g->g_kl, g->m, 1, 1));
  assert(sound);
  (void)sound;
  struct gpu_device_info device = device_of(sequence, g->by_groups);
  struct launch launch = choose(&device, &c);
  const uint32_t constants[] = { launch.size, launch.tail, launch.quads, launch.z };
  struct gpu_algorithm *algorithm =
      gpu_algorithm_get(gpu_sequence_manager(sequence),
                        launch.shuffle ? &grad_shuffle : &grad_groups, constants, 4, err);
  if (!algorithm)
    return -1;
  struct shader_loss push = { c.m, c.n, c.first, c.ldx, c.ldz };
  struct gpu_use uses[] = {
    { c.x, GPU_READ },       { c.z ? c.z : c.x, GPU_READ },
    { g->ids, GPU_READ },    { g->state, GPU_READ },
    { g->g_logp, GPU_READ }, { g->g_kl ? g->g_kl : g->g_logp, GPU_READ },
    { c.x, GPU_WRITE }
  };
  struct gpu_op op = { .name = "loss_grad",
                       .algorithm = algorithm,
                       .uses = uses,
                       .n_uses = 7,
                       .push = &push,
                       .groups = { groups_of(&device, c.m, c.n), 1, 1 },
                       .work = 40.0 * c.m * c.n };
  return gpu_sequence_record(sequence, &op, err);
}
