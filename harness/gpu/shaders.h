/* shaders.h - the compiled shaders that travel inside the program (cmake/shaders.cmake).
 *
 * For gpu/algorithm and for the manifest, which states their hash. Read-only.
 */
#ifndef OREO_GPU_SHADERS_H
#define OREO_GPU_SHADERS_H

#include "base/embed.h"
#include "base/hash.h"

/* names end in "<shader>.spv" */
extern const struct embedded_file embedded_shaders[];

/* The SPIR-V of shaders/<name>.comp; absent when there is none. */
struct str gpu_shader_code(const char *name);

/* Of the names and bytes of all, so that any change of any kernel is another hash. */
struct sha256_hex gpu_shaders_hash(void);

#endif
