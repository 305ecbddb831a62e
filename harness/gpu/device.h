/* device.h - which devices are there, what they can do, and which one is taken.
 *
 * For `oreo-bench devices`, for --device, for the manifest, and for ops that pick a
 * kernel by what the device is. Everything here is a plain copy: the caller owns the list
 * and frees it; nothing refers to Vulkan. Sizes in bytes, times in nanoseconds.
 *
 * No loader, no driver or no device is ERR_ENV with what to install. A device that is too
 * old is listed, with the reason, and never taken.
 */
#ifndef OREO_GPU_DEVICE_H
#define OREO_GPU_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* In the order of preference when the user names none. */
#define GPU_KIND_MAP(XX)           \
  XX(DISCRETE, "discrete GPU")     \
  XX(INTEGRATED, "integrated GPU") \
  XX(VIRTUAL, "virtual GPU")       \
  XX(OTHER, "other")               \
  XX(CPU, "CPU")

enum gpu_kind {
#define XX(name, text) GPU_KIND_##name,
  GPU_KIND_MAP(XX)
#undef XX
};

struct gpu_limits {
  uint64_t storage_bytes;    /* of one storage buffer binding: 128 MiB on lavapipe */
  uint64_t texel_elements;   /* of one texel buffer binding */
  uint64_t allocation_bytes; /* of one allocation */
  uint64_t shared_bytes;     /* of a workgroup */
  uint32_t group_size;       /* invocations in a workgroup */
  uint32_t groups[3];        /* workgroups in a dispatch, by dimension */
  uint32_t push_bytes;
  uint32_t storage_align, texel_align; /* of a binding's offset */
};

/* One product of the device's matrix units: m x n, the sum over k; all 0: none. */
struct gpu_matrix_shape {
  uint32_t m, n, k;
};

struct gpu_device_info {
  int index; /* what --device takes */
  char name[256];
  enum gpu_kind kind;
  char driver[512]; /* "llvmpipe, Mesa 22.3.6 (LLVM 15.0.6)" */
  uint32_t vendor, device;
  int api_major, api_minor, api_patch;
  uint64_t heap_bytes; /* the largest that is the device's own */
  bool unified;        /* the host maps the device's memory: no staging */
  struct gpu_limits limits;
  uint32_t subgroup;  /* lanes */
  bool shuffle;       /* subgroupShuffle in compute shaders */
  bool fp16;          /* arithmetic */
  bool storage16;     /* 16-bit values in storage buffers */
  bool memory_model;  /* Vulkan's own */
  bool bf16, coopmat; /* bfloat16 and cooperative matrices in shaders */
  /* of 16-bit operands, summed in 32 bits */
  struct gpu_matrix_shape matrix_f16, matrix_bf16;
  double tick_ns; /* of a timestamp; 0 when there are none */
  bool usable;
  char refused[128]; /* why not, when not */
};

struct gpu_device_list {
  struct gpu_device_info *rows;
  size_t count;
};

NODISCARD int gpu_device_list(struct gpu_device_list *list, struct err *err);
void gpu_device_list_free(struct gpu_device_list *list);

/* The row that `wanted` means: a number, "cpu", a part of a name in any case, or NULL for
 * the best (discrete before integrated before CPU, then the first listed). A name that
 * fits none is ERR_USAGE and lists what is there. Returns the row, or -1. */
NODISCARD int gpu_device_choose(const struct gpu_device_list *list, const char *wanted,
                                struct err *err);

const char *gpu_kind_text(enum gpu_kind kind);

#endif
