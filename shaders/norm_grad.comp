#version 450
// variants: norm_grad= norm_grad_texel=TEXEL
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#ifdef TEXEL
#extension GL_KHR_shader_subgroup_basic : require
#extension GL_KHR_shader_subgroup_shuffle : require
#endif
#include "shared.h"

// dx[r][i] (+)= s (g[i] - x[r][i] s^2 mean over j of (g[j] x[r][j])),
// g[i] = dy[r][i] weight[i], s = scales[r]
//
// x, dy, dx [m][n], weight [n], scales [m]. WIDTH invocations share a row, and the sum is
// made as in norm.comp: number l takes quads l, l + WIDTH, ..., each place of the quad on
// its own, then (first + second) + (third + fourth), then a tree. The order follows from n
// and WIDTH only.
//
// TEXEL is for CPU devices: a row a subgroup, the tree by shuffles; rows that are short
// enough are held between the two passes. An invocation writes only what it alone has
// read, so dx may be dy.

layout(local_size_x_id = 0) in; // a multiple of WIDTH
layout(constant_id = 1) const uint WIDTH = 8; // a power of two; the subgroup when TEXEL
layout(constant_id = 2) const bool QUADS = true;
layout(constant_id = 3) const bool ADD = false;
layout(constant_id = 4) const uint N = 64; // n; for TEXEL
layout(constant_id = 5) const uint CHUNK = 2; // steps at a time; for TEXEL

#include "quads.glsl"

READ(0, x)
READ(1, weight)
READ(2, dy)
READ(3, before) // dx again
WRITE(4, dx)
layout(binding = 5) readonly buffer Scales { float scales[]; };
layout(push_constant) uniform Push { shader_norm_grad p; };

float meet(float sum); // over the invocations that share a row

// s^3 mean over j of (g[j] x[j])
float slope_of(vec4 dots, float scale)
{
  precise float sum = (dots.x + dots.y) + (dots.z + dots.w);
  precise float mean = meet(sum) / float(p.n);
  precise float slope = scale * scale * scale * mean;
  return slope;
}

void put(uint at, vec4 x, vec4 g, vec2 scale_slope, uint valid)
{
  precise vec4 part = x * scale_slope.y;
  precise vec4 d = fma(g, vec4(scale_slope.x), -part);
  if (ADD)
    d += load_before(at, valid);
  store_dx(at, d, valid);
}

vec4 load_g(uint row, uint column, uint valid)
{
  return load_dy(row * p.lddy + column, valid) * load_weight(column, valid);
}

#ifdef TEXEL

const uint END = N / 4;                           // quads of a row
const uint STEPS = (END + WIDTH - 1) / WIDTH;     // of them, an invocation's
const bool HELD = CHUNK >= STEPS;                 // a row between the passes
const bool WHOLE = END % (WIDTH * CHUNK) == 0;    // every invocation has every quad

float meet(float sum)
{
  [[unroll]] for (uint step = WIDTH / 2; step > 0; step /= 2)
    sum += subgroupShuffleXor(sum, step);
  return sum;
}

// is this invocation's quad of a step in the row?
bool has(uint step, uint lane)
{
  return WHOLE || step * WIDTH + lane < END;
}

// its first column; never outside
uint column_of(uint step, uint lane)
{
  return has(step, lane) ? (step * WIDTH + lane) * 4 : 0;
}

void short_rows(uint lane, uint begin, uint end)
{
  vec4 v[CHUNK], g[CHUNK], w[CHUNK];
  [[unroll]] for (uint i = 0; i < CHUNK; i++)
    w[i] = load_weight(column_of(i, lane), 4);
  for (uint row = begin; row < end; row++) {
    float scale = scales[row];
    vec4 dots = vec4(0);
    [[unroll]] for (uint i = 0; i < CHUNK; i++) {
      v[i] = load_x(row * p.ldx + column_of(i, lane), 4);
      g[i] = load_dy(row * p.lddy + column_of(i, lane), 4) * w[i];
      dots = has(i, lane) ? fma(g[i], v[i], dots) : dots;
    }
    float slope = slope_of(dots, scale);
    [[unroll]] for (uint i = 0; i < CHUNK; i++)
      if (has(i, lane))
        put(row * p.lddx + column_of(i, lane), v[i], g[i], vec2(scale, slope), 4);
  }
}

void long_rows(uint lane, uint begin, uint end)
{
  for (uint row = begin; row < end; row++) {
    float scale = scales[row];
    vec4 dots = vec4(0);
    for (uint step = 0; step < STEPS; step += CHUNK)
      [[unroll]] for (uint i = step; i < step + CHUNK; i++) {
        uint column = column_of(i, lane);
        vec4 v = load_x(row * p.ldx + column, 4), g = load_g(row, column, 4);
        dots = has(i, lane) ? fma(g, v, dots) : dots;
      }
    float slope = slope_of(dots, scale);
    for (uint step = 0; step < STEPS; step += CHUNK)
      [[unroll]] for (uint i = step; i < step + CHUNK; i++)
        if (has(i, lane)) {
          uint column = column_of(i, lane);
          vec4 v = load_x(row * p.ldx + column, 4), g = load_g(row, column, 4);
          put(row * p.lddx + column, v, g, vec2(scale, slope), 4);
        }
  }
}

void main()
{
  uint shares = gl_NumWorkGroups.x * gl_NumSubgroups;
  uint share = gl_WorkGroupID.x * gl_NumSubgroups + gl_SubgroupID;
  uint rows = (p.m + shares - 1) / shares;
  uint begin = share * rows, end = min(begin + rows, p.m);
  if (HELD)
    short_rows(gl_SubgroupInvocationID, begin, end);
  else
    long_rows(gl_SubgroupInvocationID, begin, end);
}

#else

shared float sums[256]; // at least the workgroup

float meet(float sum)
{
  uint me = gl_LocalInvocationID.x, lane = me % WIDTH;
  sums[me] = sum;
  barrier();
  for (uint step = WIDTH / 2; step > 0; step /= 2) {
    if (lane < step)
      sums[me] += sums[me + step];
    barrier();
  }
  sum = sums[me - lane];
  barrier();
  return sum;
}

void main()
{
  uint lane = gl_LocalInvocationID.x % WIDTH, mine = gl_LocalInvocationID.x / WIDTH;
  uint rows = gl_WorkGroupSize.x / WIDTH;
  // all invocations take as many turns, for the barriers
  for (uint row0 = gl_WorkGroupID.x * rows; row0 < p.m;
       row0 += gl_NumWorkGroups.x * rows) {
    uint row = row0 + mine, end = row < p.m ? p.n : 0;
    float scale = row < p.m ? scales[row] : 0;
    vec4 dots = vec4(0);
    for (uint i = lane * 4; i < end; i += WIDTH * 4)
      dots = fma(load_g(row, i, p.n - i), load_x(row * p.ldx + i, p.n - i), dots);
    float slope = slope_of(dots, scale);
    for (uint i = lane * 4; i < end; i += WIDTH * 4)
      put(row * p.lddx + i, load_x(row * p.ldx + i, p.n - i), load_g(row, i, p.n - i),
          vec2(scale, slope), p.n - i);
  }
}

#endif
