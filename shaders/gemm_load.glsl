// gemm_load.glsl - the operands of gemm_tile.comp and gemm_rows.comp, four values at a
// time.
//
// The shader defines before including this: A_QUADS and B_QUADS (rows begin at multiples
// of 4 elements, so that four values are one load) and B_TYPE (0 f32, 1 f16, 2 bf16).

layout(binding = 0) readonly buffer A { float a[]; };
layout(binding = 0) readonly buffer A4 { vec4 a4[]; };
layout(binding = 1) readonly buffer B { float b[]; };
layout(binding = 1) readonly buffer B4 { vec4 b4[]; };
layout(binding = 1) readonly buffer BWords { uint b_words[]; };
layout(binding = 1) readonly buffer BWords2 { uvec2 b_words2[]; };

// the values from `at` on, of which `valid` exist; 0 for the others
vec4 load_a(uint at, int valid)
{
  if (A_QUADS && valid >= 4)
    return a4[at / 4];
  vec4 v = vec4(0);
  [[unroll]] for (int i = 0; i < 4; i++)
    if (i < valid)
      v[i] = a[at + i];
  return v;
}

float half_b(uint at)
{
  vec4 pair = unpack_halves(uvec2(b_words[at / 2], 0), B_TYPE == 2);
  return (at & 1) == 0 ? pair.x : pair.y;
}

vec4 load_b(uint at, int valid)
{
  if (B_QUADS && valid >= 4)
    return B_TYPE == 0 ? b4[at / 4] : unpack_halves(b_words2[at / 4], B_TYPE == 2);
  vec4 v = vec4(0);
  [[unroll]] for (int i = 0; i < 4; i++)
    if (i < valid)
      v[i] = B_TYPE == 0 ? b[at + i] : half_b(at + i);
  return v;
}
