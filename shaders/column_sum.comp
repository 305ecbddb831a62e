#version 450
// variants: column_sum= column_sum_texel=TEXEL
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "shared.h"

// y[b][c] (+)= sum over r of x[r][c] * times[r][c] * scales[r], r from b rows on, `rows`
// many: a workgroup along y is a block b of rows.
//
// x, times [m][n], scales [m], y [blocks][n]. An invocation takes a quad of columns and
// goes down the rows: four sums, of each fourth row, which meet in the end. The order
// follows from m and `rows` only. TEXEL is for CPU devices.

layout(local_size_x_id = 0) in;
layout(constant_id = 1) const bool QUADS = true;
layout(constant_id = 2) const bool TIMES = false;
layout(constant_id = 3) const bool SCALES = false;
layout(constant_id = 4) const bool ADD = false;

#include "quads.glsl"

READ(0, x)
READ(1, times)
layout(binding = 2) readonly buffer Scales { float scales[]; };
layout(binding = 3) readonly buffer Before { float before[]; }; // y again
WRITE(4, y)
layout(push_constant) uniform Push { shader_column_sum p; };

vec4 row_of(uint row, uint column, vec4 sum)
{
  uint valid = p.n - column;
  vec4 v = load_x(row * p.ldx + column, valid);
  vec4 by = vec4(1);
  if (TIMES)
    by = load_times(row * p.ldt + column, valid);
  if (SCALES) {
    precise vec4 scaled = v * scales[row];
    v = scaled;
  }
  return fma(v, by, sum);
}

void main()
{
  uint begin = gl_WorkGroupID.y * p.rows, end = min(begin + p.rows, p.m);
  uint stride = gl_NumWorkGroups.x * gl_WorkGroupSize.x * 4;
  for (uint column = gl_GlobalInvocationID.x * 4; column < p.n; column += stride) {
    vec4 a = vec4(0), b = vec4(0), c = vec4(0), d = vec4(0);
    uint row = begin;
    for (; row + 4 <= end; row += 4) {
      a = row_of(row, column, a);
      b = row_of(row + 1, column, b);
      c = row_of(row + 2, column, c);
      d = row_of(row + 3, column, d);
    }
    for (; row < end; row++)
      a = row_of(row, column, a);
    precise vec4 sum = (a + b) + (c + d);
    uint to = gl_WorkGroupID.y * p.n + column;
    if (ADD)
      [[unroll]] for (uint i = 0; i < 4; i++)
        if (column + i < p.n)
          sum[i] += before[to + i];
    store_y(to, sum, p.n - column);
  }
}
