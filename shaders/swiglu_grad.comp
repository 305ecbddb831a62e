#version 450
// variants: swiglu_grad= swiglu_grad_texel=TEXEL
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "shared.h"

// With a = x[r][i], b = x[r][n + i], s = 1 / (1 + exp(-a)):
//   dx[r][i] = dy[r][i] b s (1 + a (1 - s)),  dx[r][n + i] = dy[r][i] a s
//
// x, dx [m][2n], dy [m][n]. An invocation takes CHUNK quads of neighbouring columns, a
// workgroup apart, of every row of its workgroup, and writes only what it alone has read,
// so dx may be x. Rows are dealt out along y, columns along x. TEXEL is for CPU devices.

layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint CHUNK = 1;
layout(constant_id = 2) const bool QUADS = true;

#include "quads.glsl"

READ(0, x)
READ(1, dy)
WRITE(2, dx)
layout(push_constant) uniform Push { shader_swiglu_grad p; };

// Below -87 the exponential would overflow, and what is left is nothing; NaN stays.
void grad(vec4 a, vec4 b, vec4 dy, out vec4 da, out vec4 db)
{
  vec4 some = mix(a, vec4(0), lessThan(a, vec4(-87)));
  vec4 inverse = exp(-max(a, vec4(-87)));
  precise vec4 s = 1 / (1 + inverse);
  // 1 - s without losing its digits
  precise vec4 slope = fma(some, inverse * s, vec4(1)) * s;
  precise vec4 first = dy * b * slope, second = dy * (some * s);
  da = first;
  db = second;
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
        uint at = column + i * size, from = row * p.ldx + at, valid = p.n - at;
        if (at < p.n) {
          vec4 da, db;
          grad(load_x(from, valid), load_x(from + p.n, valid),
               load_dy(row * p.lddy + at, valid), da, db);
          store_dx(row * p.lddx + at, da, valid);
          store_dx(row * p.lddx + p.n + at, db, valid);
        }
      }
}
