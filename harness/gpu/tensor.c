#include "gpu/inside.h"

#include <assert.h>

static const struct {
  uint32_t bytes;
  const char *text;
} types[] = {
#define XX(name, bytes, text) { bytes, text },
  GPU_TYPE_MAP(XX)
#undef XX
};

uint32_t gpu_type_bytes(enum gpu_type type)
{
  return types[type].bytes;
}

const char *gpu_type_text(enum gpu_type type)
{
  return types[type].text;
}

uint64_t gpu_tensor_elements(const struct gpu_tensor *tensor)
{
  uint64_t n = 1;
  for (int i = 0; i < tensor->rank; i++)
    n *= tensor->shape[i];
  return n;
}

int gpu_tensor_create_in(struct gpu_manager *manager, enum gpu_place place,
                         struct gpu_tensor *tensor, enum gpu_type type, int rank,
                         const uint32_t *shape, struct err *err)
{
  struct gpu_tensor made = { .type = type, .rank = rank };
  uint64_t elements = 1;
  assert(rank >= 1 && rank <= GPU_MAX_RANK);
  for (int i = 0; i < rank; i++) {
    made.shape[i] = shape[i];
    elements *= shape[i]; /* below 2^63: each factor is below 2^32, the product 2^31 */
    if (!shape[i] || elements > INT32_MAX)
      return err_set(
          err, ERR_DATA,
          "a tensor of %u x %u%s elements is empty or too large; at most 2^31 - 1",
          shape[0], rank > 1 ? shape[1] : 1, rank > 2 ? " x ..." : "");
  }
  made.bytes = elements * types[type].bytes;
  if (gpu_memory_take(manager, place, made.bytes, &made.block, &made.offset, err) < 0)
    return -1;
  *tensor = made;
  return 0;
}

int gpu_tensor_create(struct gpu_manager *manager, struct gpu_tensor *tensor,
                      enum gpu_type type, int rank, const uint32_t *shape,
                      struct err *err)
{
  return gpu_tensor_create_in(manager, GPU_ON_DEVICE, tensor, type, rank, shape, err);
}

void gpu_tensor_release(struct gpu_manager *manager, struct gpu_tensor *tensor)
{
  if (tensor->block)
    gpu_memory_give(manager, tensor->block, tensor->offset, tensor->bytes);
  *tensor = (struct gpu_tensor){ 0 };
}

struct gpu_tensor gpu_tensor_rows(const struct gpu_tensor *tensor, uint32_t first,
                                  uint32_t count)
{
  struct gpu_tensor part = *tensor;
  uint64_t row = tensor->bytes / tensor->shape[0];
  assert(first <= tensor->shape[0] && count <= tensor->shape[0] - first);
  part.offset += first * row;
  part.bytes = count * row;
  part.shape[0] = count;
  return part;
}

struct gpu_tensor gpu_tensor_reshape(const struct gpu_tensor *tensor, int rank,
                                     const uint32_t *shape)
{
  struct gpu_tensor other = *tensor;
  assert(rank >= 1 && rank <= GPU_MAX_RANK);
  other.rank = rank;
  for (int i = 0; i < rank; i++)
    other.shape[i] = shape[i];
  assert(gpu_tensor_elements(&other) == gpu_tensor_elements(tensor));
  return other;
}

void *gpu_tensor_host(const struct gpu_tensor *tensor)
{
  return tensor->block->mapped ? tensor->block->mapped + tensor->offset : NULL;
}
