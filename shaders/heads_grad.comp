#version 450
// variants: heads_grad= heads_grad_texel=TEXEL
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#ifdef TEXEL
#extension GL_KHR_shader_subgroup_basic : require
#extension GL_KHR_shader_subgroup_shuffle : require
#endif
#include "shared.h"

// The gradient of heads.comp. For each row r and each head of dq [m][heads head_dim] and
// dkeys [m][kv_heads head_dim], with c and s of the row's position, h = head_dim / 2, i < h:
//   a[i] = d[i] c[i] + d[i + h] s[i],  a[i + h] = d[i + h] c[i] - d[i] s[i]
// which without NORM is what goes into dx, laid out as x is. With it, v being the head in x
// and t = 1 / sqrt(sum of v^2 / head_dim + eps):
//   dx = t (a weight - v t^2 mean of (a weight v))
//   dnorms[r] = sum over the heads of a v t, q's and then k's
// dvalues go into dx as they are. A row whose position is negative gets zeros.
//
// LANES invocations share a row, SPAN of them a head, as in heads.comp; sums have an order
// that follows from the heads and from LANES only. TEXEL is for CPU devices: a row a
// subgroup, and no barrier.

layout(local_size_x_id = 0) in; // a multiple of LANES
layout(constant_id = 1) const uint LANES = 8; // the subgroup when TEXEL
layout(constant_id = 2) const uint SPAN = 8;  // powers of two
layout(constant_id = 3) const uint DIM = 64;  // head_dim
layout(constant_id = 4) const bool QUADS = true; // DIM / 2 and rows: multiples of 4
layout(constant_id = 5) const bool NORM = false;

#include "quads.glsl"

READ(0, x)
READ(1, turns)
READ(2, q_norm)
READ(3, k_norm)
READ(4, dq)
READ(5, dkeys)
READ(6, dvalues)
layout(binding = 7) readonly buffer Places { ivec4 places[]; };
WRITE(8, dx)
WRITE(9, dnorms)
layout(push_constant) uniform Push { shader_heads_grad p; };

const uint HALF = DIM / 2;
const uint PAIRS = (HALF + 3) / 4;            // quads of pairs in a head
const uint STEPS = (PAIRS + SPAN - 1) / SPAN; // of them, an invocation's
const bool WHOLE = PAIRS % SPAN == 0;         // all have as many
const uint TOGETHER = LANES / SPAN;           // heads at once

// meet: over the invocations that share a head; gather: over those of a row that have the
// same place in their heads, and only the first head's have it then
#ifdef TEXEL
float meet(float sum)
{
  [[unroll]] for (uint step = SPAN / 2; step > 0; step /= 2)
    sum += subgroupShuffleXor(sum, step);
  return sum;
}

vec4 gather(vec4 sum)
{
  [[unroll]] for (uint step = LANES / 2; step >= SPAN; step /= 2)
    sum += subgroupShuffleXor(sum, step);
  return sum;
}
#else
shared float sums[64]; // at least the workgroup
shared vec4 sums4[64];

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

vec4 gather(vec4 sum)
{
  uint me = gl_LocalInvocationID.x, lane = me % LANES;
  sums4[me] = sum;
  barrier();
  for (uint step = LANES / 2; step >= SPAN; step /= 2) {
    if (lane < step)
      sums4[me] += sums4[me + step];
    barrier();
  }
  sum = sums4[me];
  barrier();
  return sum;
}
#endif

float total(vec4 v)
{
  precise float sum = (v.x + v.y) + (v.z + v.w);
  precise float all = meet(sum) / float(DIM);
  return all;
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

vec4 load_d(bool of_q, uint at, uint valid)
{
  return of_q ? load_dq(at, valid) : load_dkeys(at, valid);
}

struct span {
  bool of_q;
  uint heads;
  uint from, d, to; // the first head in x, in dq or dkeys, in dx
  uint norms;       // in dnorms
};

// All invocations of a workgroup come here equally often, for the barriers. `here`: the
// row is there; `real`: and it is no padding.
void turn_back(span of, bool here, bool real, uint lane)
{
  uint place = lane % SPAN;
  vec4 all_first[STEPS], all_second[STEPS];
  [[unroll]] for (uint i = 0; i < STEPS; i++) {
    all_first[i] = vec4(0);
    all_second[i] = vec4(0);
  }
  for (uint head0 = 0; head0 < of.heads; head0 += TOGETHER) {
    uint head = head0 + lane / SPAN;
    bool inside = TOGETHER == 1 || head < of.heads;
    vec4 first[STEPS], second[STEPS], v[STEPS], w[STEPS];
    vec4 squares = vec4(0), dots = vec4(0);
    [[unroll]] for (uint i = 0; i < STEPS; i++) {
      uint quad = place + i * SPAN, at = head * DIM + quad * 4, valid = HALF - quad * 4;
      first[i] = vec4(0);
      second[i] = vec4(0);
      v[i] = vec4(0);
      w[i] = vec4(0);
      if (real && inside && has(quad)) {
        vec4 d = load_d(of.of_q, of.d + at, valid);
        vec4 e = load_d(of.of_q, of.d + at + HALF, valid);
        precise vec4 along = e * s[i], across = d * s[i];
        first[i] = fma(d, c[i], along);
        second[i] = fma(e, c[i], -across);
        if (NORM) {
          v[i] = load_x(of.from + at, valid);
          w[i] = load_x(of.from + at + HALF, valid);
        }
      }
      squares = fma(v[i], v[i], squares);
      squares = fma(w[i], w[i], squares);
    }
    if (NORM) {
      precise float scale = inversesqrt(total(squares) + p.eps);
      [[unroll]] for (uint i = 0; i < STEPS; i++) {
        all_first[i] = fma(first[i], v[i] * scale, all_first[i]);
        all_second[i] = fma(second[i], w[i] * scale, all_second[i]);
        if (has(place + i * SPAN)) {
          first[i] *= of.of_q ? q_first[i] : k_first[i];
          second[i] *= of.of_q ? q_second[i] : k_second[i];
        }
        dots = fma(first[i], v[i], dots);
        dots = fma(second[i], w[i], dots);
      }
      precise float slope = scale * scale * scale * total(dots);
      [[unroll]] for (uint i = 0; i < STEPS; i++) {
        precise vec4 back = v[i] * slope, back2 = w[i] * slope;
        first[i] = fma(first[i], vec4(scale), -back);
        second[i] = fma(second[i], vec4(scale), -back2);
      }
    }
    [[unroll]] for (uint i = 0; i < STEPS; i++) {
      uint quad = place + i * SPAN, at = of.to + head * DIM + quad * 4;
      if (here && inside && has(quad)) {
        store_dx(at, first[i], HALF - quad * 4);
        store_dx(at + HALF, second[i], HALF - quad * 4);
      }
    }
  }
  if (NORM)
    [[unroll]] for (uint i = 0; i < STEPS; i++) {
      uint quad = place + i * SPAN, at = of.norms + quad * 4;
      vec4 first = gather(all_first[i]), second = gather(all_second[i]);
      if (here && lane < SPAN && has(quad)) {
        store_dnorms(at, first, HALF - quad * 4);
        store_dnorms(at + HALF, second, HALF - quad * 4);
      }
    }
}

void copy_values(bool real, uint lane, uint from, uint to)
{
  uint n = p.kv_heads * DIM;
  for (uint i = lane * 4; i < n; i += LANES * 4)
    store_dx(to + i, real ? load_dvalues(from + i, n - i) : vec4(0), n - i);
}

void main()
{
#ifdef TEXEL
  uint lane = gl_SubgroupInvocationID, mine = gl_SubgroupID, several = gl_NumSubgroups;
#else
  uint lane = gl_LocalInvocationID.x % LANES, mine = gl_LocalInvocationID.x / LANES;
  uint several = gl_WorkGroupSize.x / LANES;
#endif
  uint shares = gl_NumWorkGroups.x * several;
  uint rows = (p.m + shares - 1) / shares;
  uint row0 = (gl_WorkGroupID.x * several + mine) * rows;
  if (NORM)
    load_norms(lane % SPAN);
  for (uint i = 0; i < rows; i++) {
    uint row = row0 + i;
    bool here = row < p.m;
#ifdef TEXEL
    if (!here)
      break;
#endif
    int position = here ? places[row].x : -1;
    bool real = position >= 0;
    if (real)
      load_row(lane % SPAN, uint(position));
    uint wide = p.heads * DIM, narrow = p.kv_heads * DIM;
    uint from = row * p.ldx, to = row * p.lddx, norms = row * 2 * DIM;
    turn_back(span(true, p.heads, from, row * wide, to, norms), here, real, lane);
    turn_back(span(false, p.kv_heads, from + wide, row * narrow, to + wide, norms + DIM),
              here, real, lane);
    if (here)
      copy_values(real, lane, row * narrow, to + wide + narrow);
  }
}
