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
//   q's back into x or to a tensor of their own, k's to row `own` of the keys; v as it is
//   to row `own` of the values.
//
// LANES invocations share a row, SPAN of them a head: number l takes quads l, l + SPAN,
// ... of the pairs i. The norm sums each place of the quads on its own, first and second
// half in turn, then (first + second) + (third + fourth), then in a tree: an order that
// follows from head_dim and SPAN only, in both variants. An invocation writes to x only
// what it alone has read.
//
// TEXEL is for CPU devices: a row a subgroup, and no barrier. Rows are dealt out along y,
// heads along x.

layout(local_size_x_id = 0) in; // a multiple of LANES
layout(constant_id = 1) const uint LANES = 8; // the subgroup when TEXEL
layout(constant_id = 2) const uint SPAN = 8;  // powers of two
layout(constant_id = 3) const uint DIM = 64;  // head_dim
layout(constant_id = 4) const bool QUADS = true; // DIM / 2 and x's rows: multiples of 4
layout(constant_id = 5) const bool NORM = false;

layout(binding = 2) writeonly buffer Q { float q[]; }; // may be x again
layout(binding = 2) writeonly buffer Q4 { vec4 q4[]; };
layout(binding = 3) readonly buffer Places { ivec4 places[]; };
layout(binding = 4) writeonly buffer Keys { float keys[]; };
layout(binding = 4) writeonly buffer Keys4 { vec4 keys4[]; };
layout(binding = 5) writeonly buffer Values { float values[]; };
layout(binding = 5) writeonly buffer Values4 { vec4 values4[]; };
layout(push_constant) uniform Push { shader_heads p; };

const uint HALF = DIM / 2;
const uint PAIRS = (HALF + 3) / 4;            // quads of pairs in a head
const uint STEPS = (PAIRS + SPAN - 1) / SPAN; // of them, an invocation's
const bool WHOLE = PAIRS % SPAN == 0;         // all have as many
const uint TOGETHER = LANES / SPAN;           // heads at once

#ifdef TEXEL

layout(binding = 0) uniform samplerBuffer x;
layout(binding = 1) uniform samplerBuffer turns;
layout(binding = 6) uniform samplerBuffer q_norm;
layout(binding = 7) uniform samplerBuffer k_norm;

#define LOAD(from) \
  vec4 load_##from(uint at, uint valid) { return texelFetch(from, int(at / 4)); }

#else

layout(binding = 0) readonly buffer X { float x[]; };
layout(binding = 0) readonly buffer X4 { vec4 x4[]; };
layout(binding = 1) readonly buffer Turns { float turns[]; };
layout(binding = 1) readonly buffer Turns4 { vec4 turns4[]; };
layout(binding = 6) readonly buffer QNorm { float q_norm[]; };
layout(binding = 6) readonly buffer QNorm4 { vec4 q_norm4[]; };
layout(binding = 7) readonly buffer KNorm { float k_norm[]; };
layout(binding = 7) readonly buffer KNorm4 { vec4 k_norm4[]; };

#define LOAD(from)                                \
  vec4 load_##from(uint at, uint valid)           \
  {                                               \
    if (QUADS)                                    \
      return from##4 [at / 4];                    \
    vec4 v = vec4(0);                             \
    [[unroll]] for (uint i = 0; i < 4; i++)       \
      if (i < valid)                              \
        v[i] = from[at + i];                      \
    return v;                                     \
  }

#endif

LOAD(x)
LOAD(turns)
LOAD(q_norm)
LOAD(k_norm)

#define STORE(to)                                      \
  void store_##to(uint at, vec4 value, uint valid)     \
  {                                                    \
    if (QUADS) {                                       \
      to##4 [at / 4] = value;                          \
    } else {                                           \
      [[unroll]] for (uint i = 0; i < 4; i++)          \
        if (i < valid)                                 \
          to[at + i] = value[i];                       \
    }                                                  \
  }

STORE(q)
STORE(keys)
STORE(values)

// over the invocations that share a head
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

// An invocation's share of a row's turns and of the norms' weights, by step: of the first
// and of the second half.
vec4 c[STEPS], s[STEPS];
vec4 q_first[STEPS], q_second[STEPS], k_first[STEPS], k_second[STEPS];

bool has(uint quad)
{
  return WHOLE || quad < PAIRS;
}

void load_norms(uint place)
{
  [[unroll]] for (uint i = 0; i < STEPS; i++) {
    uint quad = place + i * SPAN, at = quad * 4, valid = HALF - at;
    if (has(quad)) {
      q_first[i] = load_q_norm(at, valid);
      q_second[i] = load_q_norm(at + HALF, valid);
      k_first[i] = load_k_norm(at, valid);
      k_second[i] = load_k_norm(at + HALF, valid);
    }
  }
}

void load_row(uint place, uint position)
{
  [[unroll]] for (uint i = 0; i < STEPS; i++) {
    uint quad = place + i * SPAN, at = position * DIM + quad * 4;
    if (has(quad)) {
      c[i] = load_turns(at, HALF - quad * 4);
      s[i] = load_turns(at + HALF, HALF - quad * 4);
    }
  }
}

// The heads from `from` in x on; to `to` in q (of_q) or in the keys. All invocations of a
// workgroup come here equally often, for the barriers.
void turn(bool of_q, bool real, uint lane, uint heads, uint from, uint to)
{
  for (uint head0 = gl_WorkGroupID.x * TOGETHER; head0 < heads;
       head0 += gl_NumWorkGroups.x * TOGETHER) {
    uint head = head0 + lane / SPAN, place = lane % SPAN;
    bool inside = real && (TOGETHER == 1 || head < heads);
    vec4 first[STEPS], second[STEPS];
    vec4 squares = vec4(0);
    [[unroll]] for (uint i = 0; i < STEPS; i++) {
      uint quad = place + i * SPAN, at = from + head * DIM + quad * 4;
      first[i] = vec4(0);
      second[i] = vec4(0);
      if (inside && has(quad)) {
        first[i] = load_x(at, HALF - quad * 4);
        second[i] = load_x(at + HALF, HALF - quad * 4);
      }
      squares = fma(first[i], first[i], squares);
      squares = fma(second[i], second[i], squares);
    }
    precise float scale = NORM ? scale_of(squares) : 1;
    [[unroll]] for (uint i = 0; i < STEPS; i++) {
      uint quad = place + i * SPAN, at = to + head * DIM + quad * 4;
      precise vec4 a = first[i], b = second[i];
      if (NORM) {
        a = a * scale * (of_q ? q_first[i] : k_first[i]);
        b = b * scale * (of_q ? q_second[i] : k_second[i]);
      }
      precise vec4 along = a * s[i], across = b * s[i];
      a = fma(a, c[i], -across);
      b = fma(b, c[i], along);
      if (inside && has(quad)) {
        if (of_q) {
          store_q(at, a, HALF - quad * 4);
          store_q(at + HALF, b, HALF - quad * 4);
        } else {
          store_keys(at, a, HALF - quad * 4);
          store_keys(at + HALF, b, HALF - quad * 4);
        }
      }
    }
  }
}

void copy_values(uint lane, uint from, uint to)
{
  uint n = p.kv_heads * DIM, stride = gl_NumWorkGroups.x * LANES * 4;
  for (uint i = (gl_WorkGroupID.x * LANES + lane) * 4; i < n; i += stride)
    store_values(to + i, load_x(from + i, n - i), n - i);
}

void main()
{
#ifdef TEXEL
  uint lane = gl_SubgroupInvocationID, mine = gl_SubgroupID, several = gl_NumSubgroups;
#else
  uint lane = gl_LocalInvocationID.x % LANES, mine = gl_LocalInvocationID.x / LANES;
  uint several = gl_WorkGroupSize.x / LANES;
#endif
  uint shares = gl_NumWorkGroups.y * several;
  uint rows = (p.m + shares - 1) / shares;
  uint row0 = (gl_WorkGroupID.y * several + mine) * rows;
  if (NORM)
    load_norms(lane % SPAN);
  for (uint i = 0; i < rows; i++) {
    uint row = row0 + i;
    ivec4 where = row < p.m ? places[row] : ivec4(-1);
    bool real = where.x >= 0;
#ifdef TEXEL
    if (!real)
      continue;
#endif
    uint from = row * p.ldx, cached = uint(where.z) * p.kv_heads * DIM;
    if (real)
      load_row(lane % SPAN, uint(where.x));
    uint k = from + p.heads * DIM;
    turn(true, real, lane, p.heads, from, row * p.ldq);
    turn(false, real, lane, p.kv_heads, k, cached);
    if (real)
      copy_values(lane, k + p.kv_heads * DIM, cached);
  }
}
