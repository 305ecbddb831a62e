#include "nn/op_logits.h"

#include <assert.h>

#include "shared.h"

/* Rows between two cuts: whatever a row's length is, a cut lies at a multiple of 256
 * bytes, which every device takes as the start of a binding. */
enum { CUT_ROWS = 64 };

/* Columns that one subgroup can go over often enough: lavapipe ends the loops of an
 * invocation after 65535 rounds, all of them together. */
enum { SHUFFLE_MOST = 1 << 18 };

bool logits_fit(const struct gpu_tensor *tensor, enum gpu_type type, uint32_t m,
                uint32_t columns, uint32_t ld)
{
  return tensor->type == type && m && columns && ld >= columns &&
         (uint64_t)(m - 1) * ld + columns <= gpu_tensor_elements(tensor);
}

static bool shuffle_fits(const struct gpu_device_info *device, const struct logits_op *op)
{
  return device->kind == GPU_KIND_CPU && device->shuffle && !op->by_groups &&
         (device->subgroup == 4 || device->subgroup == 8 || device->subgroup == 16) &&
         op->n <= SHUFFLE_MOST && op->ldx % 4 == 0 &&
         op->x->offset % device->limits.texel_align == 0 &&
         op->ldx / 4 * CUT_ROWS <= device->limits.texel_elements;
}

/* Invocations a row: more than the least only where each has two quads to read. */
static uint32_t group_size(const struct gpu_device_info *device, uint32_t n)
{
  uint32_t size = 32;
  while (size < 512 && size < n / 8 && size * 2 <= device->limits.group_size)
    size *= 2;
  return size;
}

/* Rows of the tensor as far as they are there: the last one may lack its gap. */
static struct gpu_tensor rows_of(const struct gpu_tensor *tensor, uint32_t first,
                                 uint32_t count, uint32_t row_words)
{
  struct gpu_tensor rows = *tensor;
  uint64_t before = 4ull * first * row_words, bytes = 4ull * count * row_words;
  rows.offset += before;
  rows.bytes -= before;
  if (rows.bytes > bytes)
    rows.bytes = bytes;
  rows.rank = 1;
  rows.shape[0] = (uint32_t)(rows.bytes / 4);
  return rows;
}

static uint32_t rows_at_once(const struct gpu_device_info *device,
                             const struct logits_op *op, bool shuffle)
{
  uint64_t most = device->limits.storage_bytes / 4 / op->ldx;
  if (shuffle && most > device->limits.texel_elements * 4 / op->ldx)
    most = device->limits.texel_elements * 4 / op->ldx;
  if (most > device->limits.groups[0])
    most = device->limits.groups[0];
  most = most / CUT_ROWS * CUT_ROWS;
  if (!most)
    most = CUT_ROWS; /* which the recorder refuses */
  return most < op->m ? (uint32_t)most : op->m;
}

static int record_rows(struct gpu_sequence *sequence, const struct logits_op *op,
                       const struct gpu_algorithm *algorithm, uint32_t first,
                       uint32_t count, struct err *err)
{
  struct gpu_tensor rows[LOGITS_OTHERS + 1];
  struct gpu_use uses[LOGITS_OTHERS + 1];
  rows[0] = rows_of(op->x, first, count, op->ldx);
  uses[0] = (struct gpu_use){ &rows[0], GPU_READ };
  for (int i = 0; i < LOGITS_OTHERS; i++) {
    rows[i + 1] = rows_of(op->others[i].tensor, first, count, op->words[i]);
    uses[i + 1] = (struct gpu_use){ &rows[i + 1], op->others[i].access };
  }
  struct shader_logits push = { count, op->n, op->ldx };
  struct gpu_op recorded = { .name = op->name,
                             .algorithm = algorithm,
                             .uses = uses,
                             .n_uses = LOGITS_OTHERS + 1,
                             .push = &push,
                             .groups = { count, 1, 1 },
                             .work = 40.0 * count * op->n };
  return gpu_sequence_record(sequence, &recorded, err);
}

int logits_record(struct gpu_sequence *sequence, const struct logits_op *asked,
                  struct err *err)
{
  struct gpu_manager *manager = gpu_sequence_manager(sequence);
  const struct gpu_device_info *device = gpu_manager_device(manager);
  struct logits_op op = *asked;
  if (!op.ldx)
    op.ldx = op.n;
  bool sound = logits_fit(op.x, GPU_F32, op.m, op.n, op.ldx);
  assert(sound);
  (void)sound;
  bool shuffle = shuffle_fits(device, &op);
  const uint32_t constants[] = { shuffle ? device->subgroup : group_size(device, op.n),
                                 op.n % 4 != 0, op.ldx % 4 == 0, op.flag };
  struct gpu_algorithm *algorithm =
      gpu_algorithm_get(manager, shuffle ? op.shuffle : op.groups, constants, 4, err);
  if (!algorithm)
    return -1;
  uint32_t step = rows_at_once(device, &op, shuffle);
  for (uint32_t first = 0; first < op.m; first += step) {
    uint32_t count = op.m - first < step ? op.m - first : step;
    if (record_rows(sequence, &op, algorithm, first, count, err) < 0)
      return -1;
  }
  return 0;
}
