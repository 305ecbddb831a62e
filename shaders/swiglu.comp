#version 450
// variants: swiglu= swiglu_texel=TEXEL
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "shared.h"

// y[r][i] = silu(x[r][i]) * x[r][n + i], silu(a) = a / (1 + exp(-a))
//
// x[m][2n], y[m][n]. An invocation takes four neighbouring columns of every row of its
// workgroup. TEXEL is for CPU devices, which fetch a texel faster than anything else.

layout(local_size_x = 64) in;
layout(constant_id = 0) const bool QUADS = true; // n and x's rows are multiples of 4
layout(constant_id = 1) const bool Y_QUADS = true; // n and y's rows are

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

// The exponential of a number that is never positive cannot overflow; below -100 it is
// nothing, and devices differ in what they make of it.
vec4 silu(vec4 a)
{
  vec4 e = exp(max(-abs(a), vec4(-100)));
  e = mix(e, vec4(0), lessThan(-abs(a), vec4(-100)));
  vec4 over = mix(vec4(1), e, lessThan(a, vec4(0)));
  return a * (over / (vec4(1) + e));
}

void main()
{
  uint column = gl_GlobalInvocationID.x * 4;
  if (column >= p.n)
    return;
  for (uint row = gl_WorkGroupID.y; row < p.m; row += gl_NumWorkGroups.y) {
    uint from = row * p.ldx + column, to = row * p.ldy + column;
    uint valid = p.n - column;
    vec4 v = silu(load(from, valid)) * load(from + p.n, valid);
    if (Y_QUADS) {
      y4[to / 4] = v;
    } else {
      [[unroll]] for (uint i = 0; i < 4; i++)
        if (i < valid)
          y[to + i] = v[i];
    }
  }
}
