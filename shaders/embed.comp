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
// An invocation takes CHUNK quads of neighbouring columns, a workgroup apart, of every row
// of its workgroup: rows are dealt out along y, columns along x. TEXEL is for CPU devices,
// which fetch a texel faster than anything else.

layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint CHUNK = 1;
layout(constant_id = 2) const uint TYPE = 0; // 0 f32, 1 f16, 2 bf16
layout(constant_id = 3) const bool QUADS = true; // the table's rows begin at multiples of 4
layout(constant_id = 4) const bool Y_QUADS = true; // n and y's rows are multiples of 4

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
uvec4 load(uint at, uint valid)
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

void store(uint at, uvec4 value, uint valid)
{
  if (Y_QUADS) {
    y4[at / 4] = value;
  } else {
    [[unroll]] for (uint i = 0; i < 4; i++)
      if (i < valid)
        y[at + i] = value[i];
  }
}

void main()
{
  uint rows = (p.m + gl_NumWorkGroups.y - 1) / gl_NumWorkGroups.y;
  uint begin = gl_WorkGroupID.y * rows, end = min(begin + rows, p.m);
  uint size = gl_WorkGroupSize.x * 4, stride = gl_NumWorkGroups.x * CHUNK * size;
  uint column0 = gl_WorkGroupID.x * CHUNK * size + gl_LocalInvocationID.x * 4;
  for (uint row = begin; row < end; row++) {
    uint from = ids[row] - p.first; // of what is outside: beyond every t
    if (from >= p.t)
      continue;
    for (uint column = column0; column < p.n; column += stride)
      [[unroll]] for (uint i = 0; i < CHUNK; i++) {
        uint at = column + i * size;
        if (at < p.n)
          store(row * p.ldy + at, load(from * p.ldt + at, p.n - at), p.n - at);
      }
  }
}
