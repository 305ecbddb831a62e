#version 450
// variants: swiglu= swiglu_texel=TEXEL
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "shared.h"

// y[r][i] = silu(x[r][i]) * x[r][n + i], silu(a) = a / (1 + exp(-a))
//
// x[m][2n], y[m][n]. An invocation takes CHUNK quads of neighbouring columns, a workgroup
// apart, of every row of its workgroup: rows are dealt out along y, columns along x. TEXEL
// is for CPU devices, which fetch a texel faster than anything else.

layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint CHUNK = 1;
layout(constant_id = 2) const bool QUADS = true; // n and x's rows are multiples of 4
layout(constant_id = 3) const bool Y_QUADS = true; // n and y's rows are

#ifdef TEXEL
layout(binding = 0) uniform samplerBuffer x;
#else
layout(binding = 0) readonly buffer X { float x[]; };
layout(binding = 0) readonly buffer X4 { vec4 x4[]; };
#endif
layout(binding = 1) writeonly buffer Y { float y[]; };
layout(binding = 1) writeonly buffer Y4 { vec4 y4[]; };
layout(push_constant) uniform Push { shader_swiglu p; };

vec4 load(uint at, uint valid)
{
#ifdef TEXEL
  return texelFetch(x, int(at / 4));
#else
  if (QUADS)
    return x4[at / 4];
  vec4 v = vec4(0);
  [[unroll]] for (uint i = 0; i < 4; i++)
    if (i < valid)
      v[i] = x[at + i];
  return v;
#endif
}

void store(uint at, vec4 value, uint valid)
{
  if (Y_QUADS) {
    y4[at / 4] = value;
  } else {
    [[unroll]] for (uint i = 0; i < 4; i++)
      if (i < valid)
        y[at + i] = value[i];
  }
}

// Below -87 the exponential would overflow, and what is left is nothing; NaN stays.
vec4 silu(vec4 a)
{
  vec4 some = mix(a, vec4(0), lessThan(a, vec4(-87)));
  return some / (vec4(1) + exp(-max(a, vec4(-87))));
}

void main()
{
  uint rows = (p.m + gl_NumWorkGroups.y - 1) / gl_NumWorkGroups.y;
  uint begin = gl_WorkGroupID.y * rows, end = min(begin + rows, p.m);
  uint size = gl_WorkGroupSize.x * 4, stride = gl_NumWorkGroups.x * CHUNK * size;
  uint column0 = gl_WorkGroupID.x * CHUNK * size + gl_LocalInvocationID.x * 4;
  for (uint row = begin; row < end; row++)
    for (uint column = column0; column < p.n; column += stride)
      [[unroll]] for (uint i = 0; i < CHUNK; i++) {
        uint at = column + i * size, from = row * p.ldx + at;
        if (at < p.n) {
          vec4 v = silu(load(from, p.n - at)) * load(from + p.n, p.n - at);
          store(row * p.ldy + at, v, p.n - at);
        }
      }
}
