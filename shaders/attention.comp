#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "shared.h"

// Causal attention over cached keys and values, for GPUs: with j over the positions
// 0 .. position of a row's sequence and g = h / (heads / kv_heads),
//   w[j] = softmax over j of (scale q[row][h] . keys[j][g])
//   y[row][h] = sum over j of w[j] values[j][g]
//
// A workgroup does one row and HEADS heads that share a kv head. It takes 64 keys at a
// time, from position 0: each invocation has one key's scores; then the maximum of all so
// far is taken, what was summed is scaled to it, and the weighted values are added, each
// invocation having four dimensions of a head and every SPLIT-th key. All orders are
// fixed by HEADS and DIM alone, so a row's bits depend on its own sequence only.

layout(local_size_x = 64) in;
layout(constant_id = 0) const uint HEADS = 1;
layout(constant_id = 1) const uint DIM = 8;
layout(constant_id = 2) const bool QUADS = true; // all rows begin at multiples of 4
layout(constant_id = 3) const bool PAGES = false;
layout(constant_id = 4) const bool LSE = false;

layout(binding = 0) readonly buffer Q { float q[]; };
layout(binding = 1) readonly buffer Keys { float keys[]; };
layout(binding = 1) readonly buffer Keys4 { vec4 keys4[]; };
layout(binding = 2) readonly buffer Values { float values[]; };
layout(binding = 2) readonly buffer Values4 { vec4 values4[]; };
layout(binding = 3) readonly buffer Places { shader_place places[]; };
layout(binding = 4) readonly buffer Pages { int pages[]; };
layout(binding = 5) writeonly buffer Y { float y[]; };
layout(binding = 6) writeonly buffer Lse { float lse[]; };
layout(push_constant) uniform Push { shader_attention p; };

const uint KEYS = 64; // at a time, one an invocation
const uint DIM4 = (DIM + 3) / 4;
const uint CELLS = HEADS * DIM4; // of four results
const uint SPLIT = CELLS < KEYS ? KEYS / CELLS : 1;
const uint PER = (CELLS + KEYS - 1) / KEYS; // cells an invocation
const uint SCANS = 8;                       // invocations that look for a head's maximum
const float LOWEST = -3.4028234e38;

shared vec4 qs[CELLS]; // scaled
shared float scores[HEADS][KEYS];
shared float tops[HEADS][SCANS];
shared uint ats[KEYS]; // where they begin
shared vec4 sums[KEYS];
shared float totals[KEYS];

uint cache_row(shader_place place, uint position)
{
  if (!PAGES)
    return uint(place.keys) + position;
  return uint(pages[uint(place.keys) + position / CACHE_PAGE]) * CACHE_PAGE +
         position % CACHE_PAGE;
}

vec4 load_key(uint at, uint quad)
{
  if (QUADS)
    return keys4[at / 4 + quad];
  vec4 v = vec4(0);
  [[unroll]] for (uint e = 0; e < 4; e++)
    if (quad * 4 + e < DIM)
      v[e] = keys[at + quad * 4 + e];
  return v;
}

vec4 load_value(uint at, uint quad)
{
  if (QUADS)
    return values4[at / 4 + quad];
  vec4 v = vec4(0);
  [[unroll]] for (uint e = 0; e < 4; e++)
    if (quad * 4 + e < DIM)
      v[e] = values[at + quad * 4 + e];
  return v;
}

void store(uint row, uint head, uint quad, vec4 value)
{
  [[unroll]] for (uint e = 0; e < 4; e++)
    if (quad * 4 + e < DIM)
      y[row * p.ldy + head * DIM + quad * 4 + e] = value[e];
}

void load_queries(uint row, uint head0, uint me)
{
  for (uint cell = me; cell < CELLS; cell += KEYS) {
    uint at = row * p.ldq + (head0 + cell / DIM4) * DIM;
    uint quad = cell % DIM4;
    vec4 v = vec4(0);
    [[unroll]] for (uint e = 0; e < 4; e++)
      if (quad * 4 + e < DIM)
        v[e] = q[at + quad * 4 + e] * p.scale;
    qs[cell] = v;
  }
}

// this invocation's key against all heads; what lies past the row's position is no key
void score(uint at, bool valid, uint me)
{
  float dots[HEADS];
  [[unroll]] for (uint h = 0; h < HEADS; h++)
    dots[h] = 0;
  if (valid)
    for (uint quad = 0; quad < DIM4; quad++) {
      vec4 k = load_key(at, quad);
      [[unroll]] for (uint h = 0; h < HEADS; h++) {
        vec4 v = qs[h * DIM4 + quad];
        [[unroll]] for (uint e = 0; e < 4; e++)
          dots[h] = fma(v[e], k[e], dots[h]);
      }
    }
  [[unroll]] for (uint h = 0; h < HEADS; h++)
    scores[h][me] = valid ? dots[h] : LOWEST;
}

float top_of(uint head)
{
  float top = tops[head][0];
  [[unroll]] for (uint i = 1; i < SCANS; i++)
    top = max(top, tops[head][i]);
  return top;
}

void main()
{
  uint me = gl_LocalInvocationID.x;
  uint row = gl_WorkGroupID.y;
  uint head0 = gl_WorkGroupID.x * HEADS;
  uint kv = head0 / (p.heads / p.kv_heads);
  uint ld = p.kv_heads * DIM;
  shader_place place = places[row];
  uint count = uint(max(place.position + 1, 0));
  load_queries(row, head0, me);

  float top[HEADS]; // of the scores so far, in every invocation
  [[unroll]] for (uint h = 0; h < HEADS; h++)
    top[h] = LOWEST;
  uint split = SPLIT > 1 ? me / CELLS : 0; // SPLIT and more: nothing to sum
  vec4 acc[PER];
  float total[PER]; // of this invocation's weights
  [[unroll]] for (uint i = 0; i < PER; i++) {
    acc[i] = vec4(0);
    total[i] = 0;
  }

  for (uint base = 0; base < count; base += KEYS) {
    uint j = min(base + me, count - 1);
    uint at = cache_row(place, j) * ld + kv * DIM;
    barrier(); // q is there; the block before is done with
    ats[me] = at;
    score(at, base + me < count, me);
    barrier();
    for (uint cell = me; cell < HEADS * SCANS; cell += KEYS) {
      float best = LOWEST;
      [[unroll]] for (uint i = 0; i < KEYS / SCANS; i++)
        best = max(best, scores[cell / SCANS][cell % SCANS * (KEYS / SCANS) + i]);
      tops[cell / SCANS][cell % SCANS] = best;
    }
    barrier();
    float shrink[HEADS];
    [[unroll]] for (uint h = 0; h < HEADS; h++) {
      float next = max(top[h], top_of(h));
      shrink[h] = exp(top[h] - next);
      top[h] = next;
      scores[h][me] = base + me < count ? exp(scores[h][me] - next) : 0;
    }
    barrier();
    uint keys_here = min(count - base, KEYS);
    [[unroll]] for (uint i = 0; i < PER; i++) {
      uint cell = SPLIT > 1 ? me % CELLS : i * KEYS + me;
      uint head = min(cell / DIM4, HEADS - 1), quad = cell % DIM4;
      float less = 0;
      [[unroll]] for (uint h = 0; h < HEADS; h++)
        less = h == head ? shrink[h] : less;
      acc[i] *= less;
      total[i] *= less;
      uint end = split < SPLIT && cell < CELLS ? keys_here : 0;
      for (uint k = split; k < end; k += SPLIT) {
        float w = scores[head][k];
        vec4 v = load_value(ats[k], quad);
        [[unroll]] for (uint e = 0; e < 4; e++)
          acc[i][e] = fma(w, v[e], acc[i][e]);
        total[i] += w;
      }
    }
  }

  if (SPLIT > 1) {
    sums[me] = acc[0];
    totals[me] = total[0];
    barrier();
    if (me < CELLS)
      [[unroll]] for (uint s = 1; s < SPLIT; s++) {
        acc[0] += sums[s * CELLS + me];
        total[0] += totals[s * CELLS + me];
      }
  }
  [[unroll]] for (uint i = 0; i < PER; i++) {
    uint cell = i * KEYS + me;
    if (cell < CELLS)
      store(row, head0 + cell / DIM4, cell % DIM4,
            count > 0 ? acc[i] / total[i] : vec4(0));
    if (LSE && cell < CELLS && cell % DIM4 == 0) {
      float best = 0;
      [[unroll]] for (uint h = 0; h < HEADS; h++)
        best = h == cell / DIM4 ? top[h] : best;
      lse[row * p.heads + head0 + cell / DIM4] = count > 0 ? best + log(total[i]) : 0;
    }
  }
}
