/* shared.h - what host and shaders must agree on; both compile it.
 *
 * Push constants as structs of 32-bit words, at most 128 bytes each; shapes in elements
 * unless said otherwise.
 */
#ifndef OREO_SHADERS_SHARED_H
#define OREO_SHADERS_SHARED_H

#ifndef GL_core_profile
#include <stdint.h>
typedef uint32_t uint;
#endif

/* add.comp: y = a + b */
struct shader_add {
  uint n; /* elements */
};

/* gemm_*.comp: y[m][n] = a b; ld: elements from a row to the next */
struct shader_gemm {
  uint m, n, k;
  uint lda, ldb, ldy;
};

#endif
