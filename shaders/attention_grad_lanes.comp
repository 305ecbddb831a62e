#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_KHR_shader_subgroup_basic : require
#extension GL_KHR_shader_subgroup_shuffle : require
#extension GL_EXT_control_flow_attributes : require
#include "shared.h"

// The gradient of causal attention for devices that are CPUs (what it computes:
// attention_grad_group.comp).
//
// Rows (for dq) or keys (for dkeys and dvalues) of a sequence are cut into tiles of LANES
// * OWN from its first on; a subgroup does one. Each lane has OWN of them, a block with
// each head; the others, keys or rows, are loaded LANES at a time, one a lane, and passed
// to all by shuffle. So every sum stays in one lane, in ascending order, and a sequence's
// bits depend on nothing beside it. No shared memory and no barrier.
//
// Every loop over blocks and dimensions must be one that a driver unrolls: an array
// indexed by a number that is not a constant costs a CPU ten times the arithmetic. The
// one over what is passed must not: its body is large as it is, and eight of it no longer
// fit a CPU's cache of instructions.

layout(local_size_x = 32) in;
layout(constant_id = 0) const uint LANES = 8; // the device's subgroup: 4, 8 or 16
layout(constant_id = 1) const bool KEYS_SIDE = false; // dkeys and dvalues, not dq
layout(constant_id = 2) const uint DIM = 8;   // a multiple of 4
layout(constant_id = 3) const uint OWN = 2;   // of a lane
layout(constant_id = 4) const uint HEADS = 1; // in a lane's blocks; 1 for keys
layout(constant_id = 5) const uint SPLIT = 1; // kv head's heads / HEADS

layout(binding = 0) uniform samplerBuffer q;
layout(binding = 1) uniform samplerBuffer keys;
layout(binding = 2) uniform samplerBuffer values;
layout(binding = 3) uniform samplerBuffer dy;
layout(binding = 4) readonly buffer Places { shader_place places[]; };
layout(binding = 5) readonly buffer Lse { float lse[]; };
layout(binding = 6) readonly buffer Delta { float delta[]; };
layout(binding = 7) writeonly buffer First { vec4 first[]; };   // dq or dkeys
layout(binding = 8) writeonly buffer Second { vec4 second[]; }; // dvalues
layout(push_constant) uniform Push { shader_attention_grad p; };

const uint DIM4 = DIM / 4;
const uint TILE = LANES * OWN;
const uint BLOCKS = OWN * HEADS;
const float LOG2_E = 1.4426950408889634, LN_2 = 0.6931471805599453;

// A row has its query (scaled, so that scores are powers of 2) and dy, a key itself and
// its value: scores are products of what is in `a`, dp of what is in `b`.
vec4 a[BLOCKS * DIM4], b[BLOCKS * DIM4];
float sums[BLOCKS], deltas[BLOCKS]; // lse and delta of rows
vec4 acc[BLOCKS * DIM4];            // dq or dkeys
vec4 acc_values[KEYS_SIDE ? BLOCKS * DIM4 : 1];

// one of those that are passed
vec4 passed_a[DIM4], passed_b[DIM4];
float passed_sum, passed_delta;

// The work of tiles grows or shrinks along a sequence: first, last, second, ... so that
// every stretch of them is the same.
uint fold(uint i, uint n)
{
  return (i & 1) == 0 ? i / 2 : n - 1 - i / 2;
}

vec4 load_query(uint row, uint head, uint quad)
{
  return texelFetch(q, int(row * p.ldq / 4 + head * DIM4 + quad)) * (p.scale * LOG2_E);
}

void begin(uint tile, uint end, uint head0, uint kv)
{
  [[unroll]] for (uint i = 0; i < OWN; i++) {
    uint row = min(tile + i * LANES + gl_SubgroupInvocationID, end - 1);
    [[unroll]] for (uint h = 0; h < HEADS; h++) {
      uint block = i * HEADS + h;
      [[unroll]] for (uint quad = 0; quad < DIM4; quad++) {
        uint cell = block * DIM4 + quad;
        int at = int((row * p.kv_heads + kv) * DIM4 + quad);
        acc[cell] = vec4(0);
        if (KEYS_SIDE) {
          a[cell] = texelFetch(keys, at);
          b[cell] = texelFetch(values, at);
          acc_values[cell] = vec4(0);
        } else {
          a[cell] = load_query(row, head0 + h, quad);
          b[cell] = texelFetch(dy, int((row * p.heads + head0 + h) * DIM4 + quad));
        }
      }
      if (!KEYS_SIDE) {
        sums[block] = lse[row * p.heads + head0 + h] * LOG2_E;
        deltas[block] = delta[row * p.heads + head0 + h];
      }
    }
  }
}

void load_passed(uint row, uint head, uint kv)
{
  [[unroll]] for (uint quad = 0; quad < DIM4; quad++) {
    if (KEYS_SIDE) {
      passed_a[quad] = load_query(row, head, quad);
      passed_b[quad] = texelFetch(dy, int((row * p.heads + head) * DIM4 + quad));
    } else {
      int at = int((row * p.kv_heads + kv) * DIM4 + quad);
      passed_a[quad] = texelFetch(keys, at);
      passed_b[quad] = texelFetch(values, at);
    }
  }
  if (KEYS_SIDE) {
    passed_sum = lse[row * p.heads + head] * LOG2_E;
    passed_delta = delta[row * p.heads + head];
  }
}

// Row or key `other`, which lane n has loaded, and all of this lane's.
void meet(uint n, uint other, uint tile, uint end)
{
  float x[DIM], y[DIM], s[BLOCKS], dp[BLOCKS];
  [[unroll]] for (uint i = 0; i < BLOCKS; i++)
    s[i] = dp[i] = 0;
  [[unroll]] for (uint d = 0; d < DIM; d++) {
    x[d] = subgroupShuffle(passed_a[d / 4][d % 4], n);
    y[d] = subgroupShuffle(passed_b[d / 4][d % 4], n);
    [[unroll]] for (uint i = 0; i < BLOCKS; i++) {
      s[i] = fma(a[i * DIM4 + d / 4][d % 4], x[d], s[i]);
      dp[i] = fma(b[i * DIM4 + d / 4][d % 4], y[d], dp[i]);
    }
  }
  float sum = 0, less = 0;
  if (KEYS_SIDE) {
    sum = subgroupShuffle(passed_sum, n);
    less = subgroupShuffle(passed_delta, n);
  }
  [[unroll]] for (uint i = 0; i < BLOCKS; i++) {
    uint own = tile + i / HEADS * LANES + gl_SubgroupInvocationID;
    bool sees = KEYS_SIDE ? own <= other && other < end : other <= own;
    // rounding must not make a weight larger than 1
    float w = exp2(min(s[i] - (KEYS_SIDE ? sum : sums[i]), 0));
    w = sees ? w : 0;
    float ds = w * (dp[i] - (KEYS_SIDE ? less : deltas[i]));
    [[unroll]] for (uint d = 0; d < DIM; d++) {
      acc[i * DIM4 + d / 4][d % 4] = fma(ds, x[d], acc[i * DIM4 + d / 4][d % 4]);
      if (KEYS_SIDE)
        acc_values[i * DIM4 + d / 4][d % 4] =
            fma(w, y[d], acc_values[i * DIM4 + d / 4][d % 4]);
    }
  }
}

void store(uint tile, uint end, uint head0, uint kv)
{
  [[unroll]] for (uint i = 0; i < OWN; i++) {
    uint row = tile + i * LANES + gl_SubgroupInvocationID;
    if (row < end) {
      [[unroll]] for (uint h = 0; h < HEADS; h++)
        [[unroll]] for (uint quad = 0; quad < DIM4; quad++) {
          uint cell = (i * HEADS + h) * DIM4 + quad;
          if (KEYS_SIDE) {
            uint at = (row * p.kv_heads + kv) * DIM4 + quad;
            first[at] = acc[cell] * LN_2; // queries were scaled
            second[at] = acc_values[cell];
          } else
            first[(row * p.heads + head0 + h) * DIM4 + quad] = acc[cell] * p.scale;
        }
    }
  }
}

void do_tile(uint tile, uint start, uint end, uint head0, uint kv)
{
  uint lane = gl_SubgroupInvocationID;
  begin(tile, end, head0, kv);
  uint from = KEYS_SIDE ? tile : start, past = KEYS_SIDE ? end : min(tile + TILE, end);
  for (uint h = 0; h < (KEYS_SIDE ? SPLIT : 1); h++)
    for (uint base = from; base < past; base += LANES) {
      load_passed(min(base + lane, end - 1), head0 + h, kv);
      [[dont_unroll]] for (uint n = 0; n < LANES; n++)
        meet(n, base + n, tile, end);
    }
  store(tile, end, head0, kv);
}

void zero(uint row, uint head0, uint kv)
{
  for (uint i = gl_SubgroupInvocationID; i < HEADS * DIM4; i += LANES)
    if (KEYS_SIDE) {
      first[(row * p.kv_heads + kv) * DIM4 + i] = vec4(0);
      second[(row * p.kv_heads + kv) * DIM4 + i] = vec4(0);
    } else
      first[(row * p.heads + head0) * DIM4 + i] = vec4(0);
}

// A subgroup has TILE rows of the step, and does the tiles that begin among them.
void main()
{
  uint item = gl_WorkGroupID.y * gl_NumSubgroups + gl_SubgroupID;
  uint items = (p.m + TILE - 1) / TILE;
  if (item >= items)
    return;
  uint kv = KEYS_SIDE ? gl_WorkGroupID.x : gl_WorkGroupID.x / SPLIT;
  uint head0 = gl_WorkGroupID.x * (KEYS_SIDE ? SPLIT : HEADS);
  uint at = fold(item, items) * TILE, past = min(at + TILE, p.m);
  while (at < past) {
    int position = places[at].position;
    if (position < 0) {
      zero(at, head0, kv);
      at++;
      continue;
    }
    uint start = places[at].keys, end = places[at].end;
    uint tile = start + (at - start + TILE - 1) / TILE * TILE;
    if (tile < min(past, end))
      do_tile(tile, start, end, head0, kv);
    at = max(end, at + 1);
  }
}
