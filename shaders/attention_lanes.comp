#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_KHR_shader_subgroup_basic : require
#extension GL_KHR_shader_subgroup_shuffle : require
#extension GL_EXT_control_flow_attributes : require
#include "shared.h"

// Causal attention for devices that are CPUs (what it computes: attention.comp).
//
// A subgroup does one row, and BESIDE kv heads side by side with HEADS heads of each. Of
// the lanes of a kv head, SHARE = LANES / BESIDE, number l has the keys l, l + SHARE, ...
// and sums their values on its own, with a maximum of its own: no lane waits for another
// until the end, when the SHARE sums are scaled to one maximum and added. Lanes side by
// side read what lies side by side: a cache larger than the CPU's own streams in. No
// shared memory and no barrier; keys and values come as texels, four numbers for one
// address, and where a sequence's pages lie is loaded for LANES pages at once. All orders
// are fixed by the constants, so a row's bits depend on its own sequence only.
//
// Every loop over heads, dimensions and steps must be one that a driver unrolls: an array
// indexed by a number that is not a constant costs a CPU ten times the arithmetic.

layout(local_size_x_id = 8) in; // of one subgroup or more
layout(constant_id = 0) const uint LANES = 8; // the device's subgroup: 4, 8 or 16
layout(constant_id = 1) const uint HEADS = 1;
layout(constant_id = 2) const uint DIM = 8;   // a multiple of 4
layout(constant_id = 3) const uint KEYS = 2;  // of a lane at a time
layout(constant_id = 4) const uint SPLIT = 1; // kv head's heads / HEADS
layout(constant_id = 5) const bool PAGES = false;
layout(constant_id = 6) const bool LSE = false;
layout(constant_id = 7) const uint BESIDE = 1; // a power of two, at most LANES

layout(binding = 0) uniform samplerBuffer q;
layout(binding = 1) uniform samplerBuffer keys;
layout(binding = 2) uniform samplerBuffer values;
layout(binding = 3) readonly buffer Places { shader_place places[]; };
layout(binding = 4) readonly buffer Pages { int pages[]; };
layout(binding = 5) writeonly buffer Y { float y[]; };
layout(binding = 6) writeonly buffer Lse { float lse[]; };
layout(push_constant) uniform Push { shader_attention p; };

const uint DIM4 = DIM / 4;
const uint SUMS = HEADS * DIM;
const uint SHARE = LANES / BESIDE; // lanes of a kv head
const uint STEPS = SHARE == 16  ? 4 // for them to meet each other
                   : SHARE == 8 ? 3
                   : SHARE == 4 ? 2
                   : SHARE == 2 ? 1
                                : 0;
const int BLOCK = int(SHARE * KEYS);                     // keys at a time
const int CHUNK = int(LANES * CACHE_PAGE);               // keys whose pages are loaded
const float LOWEST = -3.4028234e38;
const float LOG2_E = 1.4426950408889634, LN_2 = 0.6931471805599453;

vec4 query[HEADS * DIM4];          // scaled, so that scores are powers of 2
float top[HEADS];                  // of this lane's scores so far
float total[HEADS];                // of its weights
vec4 acc[(SUMS + SHARE) / 4 + 1];  // of its values; with room for a step past the end

// The rows of a step grow longer one by one when it is a prompt: first, last, second, ...
// so that every stretch of them is the same work.
uint fold(uint i)
{
  return (i & 1) == 0 ? i / 2 : p.m - 1 - i / 2;
}

void begin(int q_at)
{
  [[unroll]] for (uint i = 0; i < HEADS * DIM4; i++)
    query[i] = texelFetch(q, q_at + int(i)) * (p.scale * LOG2_E);
  [[unroll]] for (uint i = 0; i < (SUMS + SHARE) / 4 + 1; i++)
    acc[i] = vec4(0);
  [[unroll]] for (uint h = 0; h < HEADS; h++) {
    top[h] = LOWEST;
    total[h] = 0;
  }
}

// The keys whose rows begin at texels `at`; those that are not valid weigh nothing.
void add_keys(int at[KEYS], bool valid[KEYS])
{
  float w[HEADS][KEYS]; // scores, then weights
  [[unroll]] for (uint h = 0; h < HEADS; h++)
    [[unroll]] for (uint i = 0; i < KEYS; i++)
      w[h][i] = 0;
  [[unroll]] for (uint quad = 0; quad < DIM4; quad++)
    [[unroll]] for (uint i = 0; i < KEYS; i++) {
      vec4 k = texelFetch(keys, at[i] + int(quad));
      [[unroll]] for (uint h = 0; h < HEADS; h++)
        [[unroll]] for (uint e = 0; e < 4; e++)
          w[h][i] = fma(query[h * DIM4 + quad][e], k[e], w[h][i]);
    }
  float shrink[HEADS];
  [[unroll]] for (uint h = 0; h < HEADS; h++) {
    float next = top[h];
    [[unroll]] for (uint i = 0; i < KEYS; i++)
      next = max(next, valid[i] ? w[h][i] : LOWEST);
    shrink[h] = exp2(top[h] - next);
    top[h] = next;
    total[h] *= shrink[h];
    [[unroll]] for (uint i = 0; i < KEYS; i++) {
      w[h][i] = valid[i] ? exp2(w[h][i] - next) : 0;
      total[h] += w[h][i];
    }
  }
  [[unroll]] for (uint quad = 0; quad < DIM4; quad++) {
    [[unroll]] for (uint h = 0; h < HEADS; h++)
      acc[h * DIM4 + quad] *= shrink[h];
    [[unroll]] for (uint i = 0; i < KEYS; i++) {
      vec4 v = texelFetch(values, at[i] + int(quad));
      [[unroll]] for (uint h = 0; h < HEADS; h++)
        acc[h * DIM4 + quad] = fma(vec4(w[h][i]), v, acc[h * DIM4 + quad]);
    }
  }
}

// One maximum and one total for all lanes of a kv head; acc scaled to them.
void agree(uint row, uint head0, bool any, bool store)
{
  [[unroll]] for (uint h = 0; h < HEADS; h++) {
    float best = top[h];
    [[unroll]] for (uint s = 0; s < STEPS; s++)
      best = max(best, subgroupShuffleXor(best, BESIDE << s));
    float shrink = exp2(top[h] - best), sum = total[h] * shrink;
    [[unroll]] for (uint s = 0; s < STEPS; s++)
      sum += subgroupShuffleXor(sum, BESIDE << s);
    if (LSE && store && gl_SubgroupInvocationID < BESIDE)
      lse[row * p.heads + head0 + h] = any ? (best + log2(sum)) * LN_2 : 0;
    shrink = any ? shrink / sum : 0;
    [[unroll]] for (uint i = 0; i < DIM4; i++)
      acc[h * DIM4 + i] *= shrink;
  }
}

// Of the SHARE sums from `first` on each lane is left with one, the total of all lanes of
// its kv head: with every step a lane gives half of what it has away and adds what it
// gets.
float gather(uint first)
{
  float x[SHARE];
  [[unroll]] for (uint i = 0; i < SHARE; i++)
    x[i] = acc[(first + i) / 4][(first + i) % 4];
  [[unroll]] for (uint s = 0; s < STEPS; s++) {
    uint half_ = SHARE >> 1 + s;
    bool upper = (gl_SubgroupInvocationID & half_ * BESIDE) != 0;
    [[unroll]] for (uint i = 0; i < SHARE / 2; i++) {
      if (i >= half_)
        continue;
      float keep = upper ? x[i + half_] : x[i], give = upper ? x[i] : x[i + half_];
      x[i] = keep + subgroupShuffleXor(give, half_ * BESIDE);
    }
  }
  return x[0];
}

void main()
{
  uint lane = gl_SubgroupInvocationID;
  uint item = gl_WorkGroupID.y * gl_NumSubgroups + gl_SubgroupID;
  uint row = fold(min(item, p.m - 1)), mine = lane / BESIDE;
  uint kv = gl_WorkGroupID.x / SPLIT * BESIDE + lane % BESIDE;
  uint head0 = (kv * SPLIT + gl_WorkGroupID.x % SPLIT) * HEADS;
  int kv_at = int(kv * DIM4), ld4 = int(p.kv_heads * DIM4);
  shader_place place = places[row];
  bool store = item < p.m;
  int last = store ? place.position : -1;
  begin(int((row * p.ldq + head0 * DIM) / 4));
  for (int chunk = 0; chunk <= last; chunk += CHUNK) {
    int page = 0;
    if (PAGES)
      page = pages[place.keys + min(chunk / CACHE_PAGE + int(lane), last / CACHE_PAGE)];
    int end = min(chunk + CHUNK - 1, last);
    for (int base = chunk; base <= end; base += BLOCK) {
      int at[KEYS];
      bool valid[KEYS];
      [[unroll]] for (uint i = 0; i < KEYS; i++) {
        int j = base + int(i * SHARE + mine);
        valid[i] = j <= last;
        j = min(j, last); // what is not there yet may be anything
        at[i] = place.keys + j;
        if (PAGES)
          at[i] = subgroupShuffle(page, uint(j - chunk) / CACHE_PAGE) * CACHE_PAGE +
                  (j & CACHE_PAGE - 1);
        at[i] = at[i] * ld4 + kv_at;
      }
      add_keys(at, valid);
    }
  }
  agree(row, head0, last >= 0, store);
  [[unroll]] for (uint first = 0; first < SUMS; first += SHARE) {
    float sum = gather(first);
    if (store && first + mine < SUMS)
      y[row * p.ldy + head0 * DIM + first + mine] = sum;
  }
}
