#version 450
// variants: heads= heads_texel=TEXEL
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#ifdef TEXEL
#extension GL_KHR_shader_subgroup_basic : require
#extension GL_KHR_shader_subgroup_shuffle : require
#endif
#include "shared.h"

// What stands between the projections and attention, for each row r of x
// [m][(heads + 2 kv_heads) head_dim], q's heads, then k's, then v's:
//   q and k, head by head: v = v / sqrt(sum of v^2 / head_dim + eps) * weight (with NORM),
//   then with c and s of the row's position, h = head_dim / 2 and each i < h
//     out[i] = v[i] c[i] - v[i + h] s[i],  out[i + h] = v[i + h] c[i] + v[i] s[i]
//   q's back into x, k's to row `own` of the keys; v as it is to row `own` of the values.
//
// SPAN invocations share a head: number l takes quads l, l + SPAN, ... of the pairs i.
// The norm sums each place of the quads on its own, first and second half in turn, then
// (first + second) + (third + fourth), then in a tree: an order that follows from
// head_dim and SPAN only, in both variants.
//
// TEXEL is for CPU devices: a row a subgroup, and no barrier.

layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint LANES = 8; // that share a row; the subgroup when TEXEL
layout(constant_id = 2) const uint SPAN = 8;  // powers of two
layout(constant_id = 3) const uint DIM = 64;  // head_dim
layout(constant_id = 4) const bool QUADS = true; // DIM / 2 and x's rows: multiples of 4
layout(constant_id = 5) const bool NORM = false;

#ifdef TEXEL
layout(binding = 0) uniform samplerBuffer x;
layout(binding = 1) uniform samplerBuffer turns;
#else
layout(binding = 0) readonly buffer X { float x[]; };
layout(binding = 0) readonly buffer X4 { vec4 x4[]; };
layout(binding = 1) readonly buffer Turns { float turns[]; };
#endif
layout(binding = 2) writeonly buffer Q { float q[]; }; // x again
layout(binding = 2) writeonly buffer Q4 { vec4 q4[]; };
layout(binding = 3) readonly buffer Places { ivec4 places[]; };
layout(binding = 4) writeonly buffer Keys { float keys[]; };
layout(binding = 4) writeonly buffer Keys4 { vec4 keys4[]; };
layout(binding = 5) writeonly buffer Values { float values[]; };
layout(binding = 5) writeonly buffer Values4 { vec4 values4[]; };
layout(binding = 6) readonly buffer QNorm { float q_norm[]; };
layout(binding = 7) readonly buffer KNorm { float k_norm[]; };
layout(push_constant) uniform Push { shader_heads p; };

const uint HALF = DIM / 2;
const uint PAIRS = (HALF + 3) / 4;             // quads of pairs in a head
const uint STEPS = (PAIRS + SPAN - 1) / SPAN;  // an invocation's of them
const uint TOGETHER = LANES / SPAN;            // heads at once

vec4 load_x(uint at, uint valid)
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

vec4 load_turns(uint at, uint valid)
{
#ifdef TEXEL
  return texelFetch(turns, int(at / 4));
#else
  vec4 v = vec4(0);
  [[unroll]] for (uint i = 0; i < 4; i++)
    if (i < valid)
      v[i] = turns[at + i];
  return v;
#endif
}

vec4 load_weight(bool of_q, uint at, uint valid)
{
  vec4 v = vec4(0);
  [[unroll]] for (uint i = 0; i < 4; i++)
    if (i < valid)
      v[i] = of_q ? q_norm[at + i] : k_norm[at + i];
  return v;
}

void store_q(uint at, vec4 value, uint valid)
{
  if (QUADS) {
    q4[at / 4] = value;
  } else {
    [[unroll]] for (uint i = 0; i < 4; i++)
      if (i < valid)
        q[at + i] = value[i];
  }
}

void store_key(uint at, vec4 value, uint valid)
{
  if (QUADS) {
    keys4[at / 4] = value;
  } else {
    [[unroll]] for (uint i = 0; i < 4; i++)
      if (i < valid)
        keys[at + i] = value[i];
  }
}

void store_value(uint at, vec4 value, uint valid)
{
  if (QUADS) {
    values4[at / 4] = value;
  } else {
    [[unroll]] for (uint i = 0; i < 4; i++)
      if (i < valid)
        values[at + i] = value[i];
  }
}

// over the SPAN invocations of a head
#ifdef TEXEL
float meet(float sum)
{
  [[unroll]] for (uint step = SPAN / 2; step > 0; step /= 2)
    sum += subgroupShuffleXor(sum, step);
  return sum;
}
#else
shared float sums[64]; // at least the workgroup

float meet(float sum)
{
  uint me = gl_LocalInvocationID.x, place = me % SPAN;
  sums[me] = sum;
  barrier();
  for (uint step = SPAN / 2; step > 0; step /= 2) {
    if (place < step)
      sums[me] += sums[me + step];
    barrier();
  }
  sum = sums[me - place];
  barrier();
  return sum;
}
#endif

float scale_of(vec4 squares)
{
  precise float sum = (squares.x + squares.y) + (squares.z + squares.w);
  precise float mean = meet(sum) / float(DIM);
  return inversesqrt(mean + p.eps);
}

void main()
{
#ifdef TEXEL
  uint lane = gl_SubgroupInvocationID, mine = gl_SubgroupID, rows = gl_NumSubgroups;
#else
  uint lane = gl_LocalInvocationID.x % LANES, mine = gl_LocalInvocationID.x / LANES;
  uint rows = gl_WorkGroupSize.x / LANES;
#endif
  uint place = lane % SPAN;
  uint all = p.heads + 2 * p.kv_heads; // a row's heads: q's, k's, v's
  uint turned = p.heads + p.kv_heads;
  // all invocations take as many turns, for the barriers
  for (uint row0 = gl_WorkGroupID.y * rows; row0 < p.m;
       row0 += gl_NumWorkGroups.y * rows) {
    uint row = row0 + mine;
    ivec4 where = ivec4(-1);
    if (row < p.m)
      where = places[row];
    bool real = where.x >= 0;
    uint cached = uint(where.z) * p.kv_heads * DIM;

    vec4 c[STEPS], s[STEPS];
    [[unroll]] for (uint i = 0; i < STEPS; i++) {
      uint quad = place + i * SPAN;
      c[i] = vec4(0);
      s[i] = vec4(0);
      if (real && quad < PAIRS) {
        c[i] = load_turns(uint(where.x) * DIM + quad * 4, HALF - quad * 4);
        s[i] = load_turns(uint(where.x) * DIM + HALF + quad * 4, HALF - quad * 4);
      }
    }

    for (uint head0 = gl_WorkGroupID.x * TOGETHER; head0 < all;
         head0 += gl_NumWorkGroups.x * TOGETHER) {
      uint head = head0 + lane / SPAN;
      bool inside = real && head < all, of_q = head < p.heads;
      uint from = row * p.ldx + head * DIM;
      vec4 low[STEPS], high[STEPS]; // halves of this invocation's pairs
      [[unroll]] for (uint i = 0; i < STEPS; i++) {
        uint quad = place + i * SPAN, valid = HALF - quad * 4;
        low[i] = vec4(0);
        high[i] = vec4(0);
        if (inside && quad < PAIRS) {
          low[i] = load_x(from + quad * 4, valid);
          high[i] = load_x(from + HALF + quad * 4, valid);
        }
      }
      if (NORM && head0 < turned) {
        vec4 squares = vec4(0);
        [[unroll]] for (uint i = 0; i < STEPS; i++) {
          squares = fma(low[i], low[i], squares);
          squares = fma(high[i], high[i], squares);
        }
        precise float scale = scale_of(squares);
        [[unroll]] for (uint i = 0; i < STEPS; i++) {
          uint quad = place + i * SPAN, valid = HALF - quad * 4;
          if (inside && head < turned && quad < PAIRS) {
            low[i] = low[i] * scale * load_weight(of_q, quad * 4, valid);
            high[i] = high[i] * scale * load_weight(of_q, HALF + quad * 4, valid);
          }
        }
      }
      [[unroll]] for (uint i = 0; i < STEPS; i++) {
        uint quad = place + i * SPAN, valid = HALF - quad * 4;
        if (!inside || quad >= PAIRS)
          continue;
        precise vec4 across = high[i] * s[i], along = low[i] * s[i];
        vec4 first = fma(low[i], c[i], -across);
        vec4 second = fma(high[i], c[i], along);
        if (of_q) {
          uint to = from + quad * 4;
          store_q(to, first, valid);
          store_q(to + HALF, second, valid);
        } else if (head < turned) {
          uint to = cached + (head - p.heads) * DIM + quad * 4;
          store_key(to, first, valid);
          store_key(to + HALF, second, valid);
        } else {
          uint to = cached + (head - turned) * DIM + quad * 4;
          store_value(to, low[i], valid);
          store_value(to + HALF, high[i], valid);
        }
      }
    }
  }
}
