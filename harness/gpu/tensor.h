/* tensor.h - a piece of device memory with a type and a shape.
 *
 * A value: copying the struct copies the reference, not the bytes. The piece belongs to
 * whoever called gpu_tensor_create and is given back with gpu_tensor_release; parts
 * (gpu_tensor_rows) borrow from the whole and are never released. The manager must
 * outlive both. Fresh memory holds whatever was there: nobody may read before writing.
 *
 * A sub-range is 256-byte aligned within one of the manager's blocks. Row-major,
 * outermost dimension first. What one binding may span is the device's limit (device.h):
 * whoever makes a tensor larger than that binds it row range by row range.
 *
 * Shapes with more than 2^31 - 1 elements are refused (32-bit indices in shaders). Out of
 * memory is ERR_ENV and says what was asked for and what there is.
 */
#ifndef OREO_GPU_TENSOR_H
#define OREO_GPU_TENSOR_H

#include "gpu/manager.h"

/* type, bytes an element, name */
#define GPU_TYPE_MAP(XX) \
  XX(F32, 4, "f32")      \
  XX(F16, 2, "f16")      \
  XX(BF16, 2, "bf16")    \
  XX(I32, 4, "i32")      \
  XX(U8, 1, "u8")

enum gpu_type {
#define XX(name, bytes, text) GPU_##name,
  GPU_TYPE_MAP(XX)
#undef XX
};

enum { GPU_MAX_RANK = 4 };

struct gpu_tensor {
  struct gpu_block *block; /* NULL: no tensor */
  uint64_t offset, bytes;  /* in the block */
  enum gpu_type type;
  int rank;
  uint32_t shape[GPU_MAX_RANK];
};

/* Where the memory is: the device's own, or the host's that the device can read too (for
 * the few numbers that change between two evaluations of a recorded sequence). */
enum gpu_place { GPU_ON_DEVICE, GPU_ON_HOST };

NODISCARD int gpu_tensor_create(struct gpu_manager *manager, struct gpu_tensor *tensor,
                                enum gpu_type type, int rank, const uint32_t *shape,
                                struct err *err);
NODISCARD int gpu_tensor_create_in(struct gpu_manager *manager, enum gpu_place place,
                                   struct gpu_tensor *tensor, enum gpu_type type,
                                   int rank, const uint32_t *shape, struct err *err);
/* The struct is zeroed; releasing an absent tensor does nothing. No sequence that uses it
 * may be running. */
void gpu_tensor_release(struct gpu_manager *manager, struct gpu_tensor *tensor);

/* Rows [first, first + count) of the outermost dimension. */
struct gpu_tensor gpu_tensor_rows(const struct gpu_tensor *tensor, uint32_t first,
                                  uint32_t count);
/* The same bytes in another shape with as many elements. */
struct gpu_tensor gpu_tensor_reshape(const struct gpu_tensor *tensor, int rank,
                                     const uint32_t *shape);

uint64_t gpu_tensor_elements(const struct gpu_tensor *tensor);
uint32_t gpu_type_bytes(enum gpu_type type);
const char *gpu_type_text(enum gpu_type type);

/* All the tensor's bytes to or from the host; waits until done. */
NODISCARD int gpu_tensor_upload(struct gpu_manager *manager,
                                const struct gpu_tensor *tensor, const void *from,
                                struct err *err);
NODISCARD int gpu_tensor_download(struct gpu_manager *manager,
                                  const struct gpu_tensor *tensor, void *to,
                                  struct err *err);
/* Where the host sees it, or NULL: always there for GPU_ON_HOST. Writes are seen by the
 * next evaluation, results after the last. */
void *gpu_tensor_host(const struct gpu_tensor *tensor);

#endif
