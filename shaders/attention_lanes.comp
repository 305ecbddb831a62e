#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_KHR_shader_subgroup_basic : require
#extension GL_KHR_shader_subgroup_shuffle : require
#extension GL_EXT_control_flow_attributes : require
#include "shared.h"

// Causal attention for devices that are CPUs (what it computes: attention.comp).
//
// One subgroup does one row and HEADS heads that share a kv head. Lane l has the keys
// l, l + LANES, ... and sums their values on its own, with a maximum of its own: no lane
// waits for another until the end, when the LANES sums are scaled to one maximum and
// added. No shared memory and no barrier; keys and values come as texels, four numbers
// for one address. All orders are fixed by the constants, so a row's bits depend on its
// own sequence only.

layout(local_size_x = 32) in;
layout(constant_id = 0) const uint LANES = 8; // the device's subgroup: 4, 8 or 16
layout(constant_id = 1) const uint HEADS = 1;
layout(constant_id = 2) const uint DIM = 8; // a multiple of 4
layout(constant_id = 3) const uint KEYS = 4; // of a lane at a time
layout(constant_id = 4) const bool PAGES = false;
layout(constant_id = 5) const bool LSE = false;

layout(binding = 0) uniform samplerBuffer q;
layout(binding = 1) uniform samplerBuffer keys;
layout(binding = 2) uniform samplerBuffer values;
layout(binding = 3) readonly buffer Places { shader_place places[]; };
layout(binding = 4) readonly buffer Pages { int pages[]; };
layout(binding = 5) writeonly buffer Y { float y[]; };
layout(binding = 6) writeonly buffer Lse { float lse[]; };
layout(push_constant) uniform Push { shader_attention p; };

const uint DIM4 = DIM / 4;
const uint STEPS = LANES == 16 ? 4 : LANES == 8 ? 3 : 2;
const uint SUMS = (HEADS * DIM + LANES - 1) / LANES * LANES;
const float LOWEST = -3.4028234e38;
const float LOG2_E = 1.4426950408889634, LN_2 = 0.6931471805599453;

// the rows of a step grow longer one by one when it is a prompt: first, last, second, ...
// so that every stretch of them is the same work
uint fold(uint i)
{
  return (i & 1) == 0 ? i / 2 : p.m - 1 - i / 2;
}

void main()
{
  uint lane = gl_SubgroupInvocationID;
  uint item = gl_WorkGroupID.x * gl_NumSubgroups + gl_SubgroupID;
  uint parts = p.heads / HEADS;
  bool idle = item >= p.m * parts;
  uint row = fold(min(item / parts, p.m - 1)), head0 = item % parts * HEADS;
  uint kv = head0 / (p.heads / p.kv_heads);
  uint ld4 = p.kv_heads * DIM4;
  shader_place place = places[row];
  int last = idle ? -1 : place.position;

  vec4 qs[HEADS * DIM4]; // in powers of 2
  vec4 acc[SUMS / 4 + 1];
  float top[HEADS], total[HEADS];
  int q_at = int((row * p.ldq + head0 * DIM) / 4);
  [[unroll]] for (uint h = 0; h < HEADS; h++) {
    top[h] = LOWEST;
    total[h] = 0;
    [[unroll]] for (uint i = 0; i < DIM4; i++) {
      qs[h * DIM4 + i] =
          texelFetch(q, q_at + int(h * DIM4 + i)) * (p.scale * LOG2_E);
      acc[h * DIM4 + i] = vec4(0);
    }
  }
  [[unroll]] for (uint i = HEADS * DIM4; i < SUMS / 4 + 1; i++)
    acc[i] = vec4(0);

  for (int base = 0; base <= last; base += int(LANES * KEYS)) {
    int at[KEYS];
    bool valid[KEYS];
    float dots[HEADS][KEYS];
    [[unroll]] for (uint i = 0; i < KEYS; i++) {
      int j = base + int(i * LANES + lane);
      valid[i] = j <= last;
      j = min(j, last); // what is not there yet may be anything
      int at_row = place.keys + j;
      if (PAGES)
        at_row = pages[place.keys + j / CACHE_PAGE] * CACHE_PAGE + j % CACHE_PAGE;
      at[i] = at_row * int(ld4) + int(kv * DIM4);
      [[unroll]] for (uint h = 0; h < HEADS; h++)
        dots[h][i] = 0;
    }
    [[unroll]] for (uint quad = 0; quad < DIM4; quad++)
      [[unroll]] for (uint i = 0; i < KEYS; i++) {
        vec4 k = texelFetch(keys, at[i] + int(quad));
        [[unroll]] for (uint h = 0; h < HEADS; h++)
          [[unroll]] for (uint e = 0; e < 4; e++)
            dots[h][i] = fma(qs[h * DIM4 + quad][e], k[e], dots[h][i]);
      }
    float shrink[HEADS];
    [[unroll]] for (uint h = 0; h < HEADS; h++) {
      float next = top[h];
      [[unroll]] for (uint i = 0; i < KEYS; i++)
        next = max(next, valid[i] ? dots[h][i] : LOWEST);
      shrink[h] = exp2(top[h] - next);
      top[h] = next;
      total[h] *= shrink[h];
      [[unroll]] for (uint i = 0; i < KEYS; i++) {
        dots[h][i] = valid[i] ? exp2(dots[h][i] - next) : 0;
        total[h] += dots[h][i];
      }
    }
    [[unroll]] for (uint quad = 0; quad < DIM4; quad++) {
      [[unroll]] for (uint h = 0; h < HEADS; h++)
        acc[h * DIM4 + quad] *= shrink[h];
      [[unroll]] for (uint i = 0; i < KEYS; i++) {
        vec4 v = texelFetch(values, at[i] + int(quad));
        [[unroll]] for (uint h = 0; h < HEADS; h++)
          acc[h * DIM4 + quad] = fma(vec4(dots[h][i]), v, acc[h * DIM4 + quad]);
      }
    }
  }

  // one maximum, one total
  [[unroll]] for (uint h = 0; h < HEADS; h++) {
    float best = top[h];
    [[unroll]] for (uint s = 0; s < STEPS; s++)
      best = max(best, subgroupShuffleXor(best, 1 << s));
    float shrink = exp2(top[h] - best);
    total[h] *= shrink;
    [[unroll]] for (uint s = 0; s < STEPS; s++)
      total[h] += subgroupShuffleXor(total[h], 1 << s);
    if (LSE && lane == 0 && !idle)
      lse[row * p.heads + head0 + h] =
          last < 0 ? 0 : (best + log2(total[h])) * LN_2;
    shrink = last < 0 ? 0 : shrink / total[h];
    [[unroll]] for (uint i = 0; i < DIM4; i++)
      acc[h * DIM4 + i] *= shrink;
  }
  // of LANES sums each lane is left with one: with every step a lane gives half of them
  // away and adds what it gets
  [[unroll]] for (uint first = 0; first < SUMS; first += LANES) {
    float x[LANES];
    [[unroll]] for (uint i = 0; i < LANES; i++)
      x[i] = acc[(first + i) / 4][(first + i) % 4];
    [[unroll]] for (uint s = 0; s < STEPS; s++) {
      uint bit = LANES >> 1 + s;
      bool upper = (lane & bit) != 0;
      [[unroll]] for (uint i = 0; i < LANES / 2; i++) {
        if (i >= bit)
          continue;
        float keep = upper ? x[i + bit] : x[i], give = upper ? x[i] : x[i + bit];
        x[i] = keep + subgroupShuffleXor(give, bit);
      }
    }
    if (first + lane < HEADS * DIM && !idle)
      y[row * p.ldy + head0 * DIM + first + lane] = x[0];
  }
}
