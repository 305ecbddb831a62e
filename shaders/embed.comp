#version 450
// variants: embed= embed_texel=TEXEL embed_texel_half=TEXEL,HALF
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "shared.h"
#include "half.glsl"

// y[r][0..n) = table[ids[r] - first][0..n) for each r with first <= ids[r] < first + t.
//
// table[t][n], F32, F16 or BF16; y F32. Nothing is computed: values travel as words, and
// halves are widened exactly, subnormal ones too, whatever the device does with those.
// An invocation takes four neighbouring columns of every row of its workgroup. TEXEL is
// for CPU devices, which fetch a texel faster than anything else.

layout(local_size_x = 64) in;
layout(constant_id = 0) const uint TYPE = 0; // 0 f32, 1 f16, 2 bf16
layout(constant_id = 1) const bool QUADS = true; // the table's rows begin at multiples of 4
layout(constant_id = 2) const bool Y_QUADS = true; // n and y's rows are multiples of 4

#ifdef TEXEL
#ifdef HALF
layout(binding = 0) uniform usamplerBuffer table;
#else
layout(binding = 0) uniform samplerBuffer table;
#endif
#else
layout(binding = 0) readonly buffer Table { uint words[]; };
layout(binding = 0) readonly buffer Table2 { uvec2 words2[]; };
layout(binding = 0) readonly buffer Table4 { uvec4 words4[]; };
#endif
layout(binding = 1) readonly buffer Ids { uint ids[]; };
layout(binding = 2) writeonly buffer Y { uint y[]; };
layout(binding = 2) writeonly buffer Y4 { uvec4 y4[]; };
layout(push_constant) uniform Push { shader_embed p; };

// four halves in two words to four words
uvec4 widen(uvec2 halves)
{
  uvec4 wide = floatBitsToUint(unpack_halves(halves, TYPE == 2));
  if (TYPE == 1) {
    uvec4 parts = uvec4(halves.x & 0xffffu, halves.x >> 16, halves.y & 0xffffu,
                        halves.y >> 16);
    uvec4 sizes = parts & 0x7fffu;
    uvec4 small = floatBitsToUint(vec4(sizes) * uintBitsToFloat(0x33800000u)); // 2^-24
    small |= (parts & 0x8000u) << 16;
    wide = mix(wide, small, lessThan(sizes, uvec4(0x400u)));
  }
  return wide;
}

#ifdef TEXEL
uvec4 load(uint at)
{
#ifdef HALF
  return widen(texelFetch(table, int(at / 4)).xy);
#else
  return floatBitsToUint(texelFetch(table, int(at / 4)));
#endif
}
#else
uint half_at(uint at)
{
  return words[at / 2] >> (at % 2 * 16) & 0xffffu;
}

uvec4 load(uint at, uint valid)
{
  if (QUADS && valid >= 4)
    return TYPE == 0 ? words4[at / 4] : widen(words2[at / 4]);
  uvec4 v = uvec4(0);
  [[unroll]] for (uint i = 0; i < 4; i++)
    if (i < valid)
      v[i] = TYPE == 0 ? words[at + i] : half_at(at + i);
  return TYPE == 0 ? v : widen(uvec2(v.x | v.y << 16, v.z | v.w << 16));
}
#endif

void main()
{
  uint column = gl_GlobalInvocationID.x * 4;
  if (column >= p.n)
    return;
  for (uint row = gl_WorkGroupID.y; row < p.m; row += gl_NumWorkGroups.y) {
    uint from = ids[row] - p.first; // of what is outside: beyond every t
    if (from >= p.t)
      continue;
#ifdef TEXEL
    uvec4 v = load(from * p.ldt + column);
#else
    uvec4 v = load(from * p.ldt + column, p.n - column);
#endif
    uint at = row * p.ldy + column;
    if (Y_QUADS) {
      y4[at / 4] = v;
    } else {
      [[unroll]] for (uint i = 0; i < 4; i++)
        if (column + i < p.n)
          y[at + i] = v[i];
    }
  }
}
