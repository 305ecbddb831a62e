/* algorithm.h - a shader made ready: SPIR-V, specialization constants, layout, pipeline.
 *
 * For ops: each describes its shader in one `static const struct gpu_shader` and asks for
 * the algorithm with its constants when it records; the pipeline is made at the first
 * request and kept by the manager until that is freed. Push constants at most 128 bytes.
 *
 * Fails with ERR_ENV when the driver refuses the shader; an unknown name is a bug
 * (assertion).
 */
#ifndef OREO_GPU_ALGORITHM_H
#define OREO_GPU_ALGORITHM_H

#include "gpu/manager.h"

/* How a binding sees its tensor. Texel buffers are what CPU devices read fastest: one
 * fetch gives a lane four values. */
enum gpu_binding {
  GPU_BIND_NONE, /* ends the list */
  GPU_BIND_STORAGE,
  GPU_BIND_TEXEL_F32X4, /* samplerBuffer over 16 bytes */
  GPU_BIND_TEXEL_U32X2, /* usamplerBuffer over 8 bytes: four halves */
};

enum { GPU_MAX_BINDINGS = 12, GPU_MAX_CONSTANTS = 12, GPU_MAX_PUSH = 128 };

struct gpu_shader {
  const char *name;                       /* "gemm_nt" for shaders/gemm_nt.comp */
  uint8_t bindings[GPU_MAX_BINDINGS + 1]; /* enum gpu_binding, binding 0 first */
  uint32_t push_bytes;
};

struct gpu_algorithm;

/* `constants[i]` is the specialization constant with id i (bits of a float or bool too).
 */
NODISCARD struct gpu_algorithm *gpu_algorithm_get(struct gpu_manager *manager,
                                                  const struct gpu_shader *shader,
                                                  const uint32_t *constants,
                                                  uint32_t n_constants, struct err *err);

#endif
