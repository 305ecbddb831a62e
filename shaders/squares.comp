#version 450
// variants: squares= squares_texel=TEXEL
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#ifdef TEXEL
#extension GL_KHR_shader_subgroup_basic : require
#extension GL_KHR_shader_subgroup_shuffle : require
#endif
#include "shared.h"

// partials[b] = sum of the squares of x's values b BLOCK .. (b + 1) BLOCK, of n
//
// WIDTH invocations share a block: number l of them takes quads l, l + WIDTH, ..., two
// sums of every second of those, each place of the quad on its own; they meet in a tree.
// NaN and infinity come through. TEXEL is for CPU devices: a block a subgroup.

layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint WIDTH = 8; // a power of two; the subgroup when TEXEL
layout(constant_id = 2) const uint BLOCK = 16384;

layout(binding = 0) readonly buffer X { float x[]; };
layout(binding = 0) readonly buffer X4 { vec4 x4[]; };
layout(binding = 1) writeonly buffer Partials { float partials[]; };
layout(push_constant) uniform Push { shader_flat p; };

#ifdef TEXEL

layout(binding = 2) uniform samplerBuffer x_texels;

vec4 quad(uint at)
{
  return texelFetch(x_texels, int(at));
}

float meet(float sum)
{
  [[unroll]] for (uint step = WIDTH / 2; step > 0; step /= 2)
    sum += subgroupShuffleXor(sum, step);
  return sum;
}

#else

vec4 quad(uint at)
{
  return x4[at];
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

float sum_of_block(uint begin, uint end, uint lane)
{
  uint last = end / 4 * 4; // behind it one to three values
  vec4 a = vec4(0), b = vec4(0);
  uint at = begin + lane * 4;
  for (; at + WIDTH * 4 < last; at += WIDTH * 8) {
    vec4 v = quad(at / 4), w = quad(at / 4 + WIDTH);
    a = fma(v, v, a);
    b = fma(w, w, b);
  }
  if (at < last) {
    vec4 v = quad(at / 4);
    a = fma(v, v, a);
  }
  if (lane == 0)
    for (uint i = last; i < end; i++)
      b.x = fma(x[i], x[i], b.x);
  precise vec4 both = a + b;
  precise float sum = (both.x + both.y) + (both.z + both.w);
  return sum;
}

void main()
{
#ifdef TEXEL
  uint lane = gl_SubgroupInvocationID, mine = gl_SubgroupID, several = gl_NumSubgroups;
#else
  uint lane = gl_LocalInvocationID.x % WIDTH, mine = gl_LocalInvocationID.x / WIDTH;
  uint several = gl_WorkGroupSize.x / WIDTH;
#endif
  uint block = gl_WorkGroupID.x * several + mine;
  // of a block that is not there: no values
  uint begin = min(block * BLOCK, p.n), end = min(begin + BLOCK, p.n);
  float sum = meet(sum_of_block(begin, end, lane));
  if (lane == 0 && begin < end)
    partials[block] = sum;
}
