// quads.glsl - tensors read and written four neighbouring values at a time.
//
// READ(slot, a) declares tensor a of binding `slot` and load_a(at, valid): the quad from
// element `at` on, of which `valid` values are there (more than four: all). WRITE(slot, b)
// declares store_b(at, value, valid).
//
// Before including this the shader defines `const bool QUADS`: whether every row of every
// tensor begins at a multiple of four and has as many values. With TEXEL, for CPU
// devices, which fetch a texel faster than anything else, it must be true.

#ifdef TEXEL

#define READ(slot, a)                              \
  layout(binding = slot) uniform samplerBuffer a;  \
  vec4 load_##a(uint at, uint valid)               \
  {                                                \
    return texelFetch(a, int(at / 4));             \
  }

#else

#define READ(slot, a)                                               \
  layout(binding = slot) readonly buffer a##_ones { float a[]; };   \
  layout(binding = slot) readonly buffer a##_quads { vec4 a##4[]; }; \
  vec4 load_##a(uint at, uint valid)                                \
  {                                                                 \
    if (QUADS)                                                      \
      return a##4[at / 4];                                          \
    vec4 v = vec4(0);                                               \
    [[unroll]] for (uint i = 0; i < 4; i++)                         \
      if (i < valid)                                                \
        v[i] = a[at + i];                                           \
    return v;                                                       \
  }

#endif

#define WRITE(slot, b)                                               \
  layout(binding = slot) writeonly buffer b##_ones { float b[]; };   \
  layout(binding = slot) writeonly buffer b##_quads { vec4 b##4[]; }; \
  void store_##b(uint at, vec4 value, uint valid)                    \
  {                                                                  \
    if (QUADS) {                                                     \
      b##4[at / 4] = value;                                          \
    } else {                                                         \
      [[unroll]] for (uint i = 0; i < 4; i++)                        \
        if (i < valid)                                               \
          b[at + i] = value[i];                                      \
    }                                                                \
  }
