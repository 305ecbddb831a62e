#version 450
// variants: norm= norm_texel=TEXEL
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#ifdef TEXEL
#extension GL_KHR_shader_subgroup_basic : require
#extension GL_KHR_shader_subgroup_shuffle : require
#endif
#include "shared.h"

// y[r][i] = x[r][i] * s[r] * weight[i], s[r] = 1 / sqrt(sum of x[r][i]^2 / n + eps)
//
// x, y: [m][n], which may be the same; weight [n]; scales [m] takes s. WIDTH invocations
// share a row: number l of them sums quads l, l + WIDTH, ... of columns, each place of the
// quad on its own, then (first + second) + (third + fourth), and the sums meet in a tree.
// So the order follows from n and WIDTH only, and both variants give the same bits.
//
// TEXEL is for CPU devices: a row a subgroup, the tree by shuffles, no barrier. An
// invocation writes only what it alone has read, so y may be x there too.

layout(local_size_x_id = 0) in; // a multiple of WIDTH
layout(constant_id = 1) const uint WIDTH = 8; // a power of two; the subgroup when TEXEL
layout(constant_id = 2) const bool QUADS = true; // n and x's rows are multiples of 4
layout(constant_id = 3) const bool Y_QUADS = true; // n and y's rows are
layout(constant_id = 4) const bool SCALES = false;

#ifdef TEXEL
layout(binding = 0) uniform samplerBuffer x;
layout(binding = 1) uniform samplerBuffer weight;
#else
layout(binding = 0) readonly buffer X { float x[]; };
layout(binding = 0) readonly buffer X4 { vec4 x4[]; };
layout(binding = 1) readonly buffer Weight { float weight[]; };
#endif
layout(binding = 2) writeonly buffer Y { float y[]; };
layout(binding = 2) writeonly buffer Y4 { vec4 y4[]; };
layout(binding = 3) writeonly buffer Scales { float scales[]; };
layout(push_constant) uniform Push { shader_norm p; };

#ifdef TEXEL
vec4 load_x(uint at, uint valid)
{
  return texelFetch(x, int(at / 4));
}

vec4 load_weight(uint at, uint valid)
{
  return texelFetch(weight, int(at / 4));
}

float meet(float sum)
{
  [[unroll]] for (uint step = WIDTH / 2; step > 0; step /= 2)
    sum += subgroupShuffleXor(sum, step);
  return sum;
}
#else
vec4 load_x(uint at, uint valid)
{
  if (QUADS)
    return x4[at / 4];
  vec4 v = vec4(0);
  [[unroll]] for (uint i = 0; i < 4; i++)
    if (i < valid)
      v[i] = x[at + i];
  return v;
}

vec4 load_weight(uint at, uint valid)
{
  vec4 v = vec4(0);
  [[unroll]] for (uint i = 0; i < 4; i++)
    if (i < valid)
      v[i] = weight[at + i];
  return v;
}

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
#endif

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

void main()
{
#ifdef TEXEL
  uint lane = gl_SubgroupInvocationID, mine = gl_SubgroupID;
  uint rows = gl_NumSubgroups;
#else
  uint lane = gl_LocalInvocationID.x % WIDTH, mine = gl_LocalInvocationID.x / WIDTH;
  uint rows = gl_WorkGroupSize.x / WIDTH;
#endif
  // all invocations take as many turns, for the barriers
  for (uint row0 = gl_WorkGroupID.x * rows; row0 < p.m;
       row0 += gl_NumWorkGroups.x * rows) {
    uint row = row0 + mine;
    uint end = row < p.m ? p.n : 0;
    vec4 acc = vec4(0);
    for (uint i = lane * 4; i < end; i += WIDTH * 4) {
      vec4 v = load_x(row * p.ldx + i, p.n - i);
      acc = fma(v, v, acc);
    }
    precise float sum = (acc.x + acc.y) + (acc.z + acc.w);
    precise float mean = meet(sum) / float(p.n);
    precise float scale = inversesqrt(mean + p.eps);
    for (uint i = lane * 4; i < end; i += WIDTH * 4) {
      vec4 v = load_x(row * p.ldx + i, p.n - i);
      store(row * p.ldy + i, v * scale * load_weight(i, p.n - i), p.n - i);
    }
    if (SCALES && lane == 0 && row < p.m)
      scales[row] = scale;
  }
}
