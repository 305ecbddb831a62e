/* shared.h - what host and shaders must agree on; both compile it.
 *
 * Push constants as structs of 32-bit words, at most 128 bytes each; shapes in elements
 * unless said otherwise. In GLSL a struct is written as the block of its shader.
 */
#ifndef OREO_SHADERS_SHARED_H
#define OREO_SHADERS_SHARED_H

#ifdef GL_core_profile
#define SHARED_STRUCT(name) struct name
#else
#include <stdint.h>
#define SHARED_STRUCT(name) struct name
typedef uint32_t uint;
#endif

/* add.comp: y = a + b */
SHARED_STRUCT(shader_add)
{
  uint n; /* elements */
};

#endif
