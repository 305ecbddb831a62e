#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "shared.h"

// The gradient of causal attention, for GPUs: with j <= r over the rows of a sequence,
//   p[r][j] = exp(scale q[r] . k[j] - lse[r])
//   ds[r][j] = p[r][j] (dy[r] . v[j] - delta[r]) scale
//   dq[r] = sum over j of ds[r][j] k[j]
//   dkeys[j] = sum over r of ds[r][j] q[r], dvalues[j] = sum over r of p[r][j] dy[r]
//
// Rows (for dq) or keys (for dkeys and dvalues) of a sequence are cut into tiles of 16
// from its first on; a workgroup does one. The others, keys or rows, come 16 at a time:
// each invocation has the weights of 2 x 2 pairs, their sums going over slabs of 32
// dimensions; then each adds up some dimensions of one of its tile's. All orders are
// fixed by the constants, so a sequence's bits depend on nothing beside it.

layout(local_size_x = 64) in;
layout(constant_id = 0) const bool KEYS_SIDE = false; // dkeys and dvalues, not dq
layout(constant_id = 1) const uint DIM = 8;
layout(constant_id = 2) const bool QUADS = true; // all rows begin at multiples of 4
layout(constant_id = 3) const uint SHARE = 1;    // heads of a kv head

layout(binding = 0) readonly buffer Q { float q[]; };
layout(binding = 0) readonly buffer Q4 { vec4 q4[]; };
layout(binding = 1) readonly buffer Keys { float keys[]; };
layout(binding = 1) readonly buffer Keys4 { vec4 keys4[]; };
layout(binding = 2) readonly buffer Values { float values[]; };
layout(binding = 2) readonly buffer Values4 { vec4 values4[]; };
layout(binding = 3) readonly buffer Dy { float dy[]; };
layout(binding = 3) readonly buffer Dy4 { vec4 dy4[]; };
layout(binding = 4) readonly buffer Places { shader_place places[]; };
layout(binding = 5) readonly buffer Lse { float lse[]; };
layout(binding = 6) readonly buffer Delta { float delta[]; };
layout(binding = 7) writeonly buffer First { float first[]; };   // dq or dkeys
layout(binding = 8) writeonly buffer Second { float second[]; }; // dvalues
layout(push_constant) uniform Push { shader_attention_grad p; };

const uint SIZE = 64;
const uint TILE = 16;
const uint DIM4 = (DIM + 3) / 4;
const uint SLAB4 = DIM4 < 8 ? DIM4 : 8;
const uint SLABS = (DIM4 + SLAB4 - 1) / SLAB4;
const uint CELLS = TILE * SLAB4;               // of four dimensions
const uint PER = (CELLS + SIZE - 1) / SIZE;    // an invocation
const float LOG2_E = 1.4426950408889634, LN_2 = 0.6931471805599453;

// A row has its query (scaled, so that scores are powers of 2) and dy, a key itself and
// its value: scores are products of the first, dp of the second.
shared vec4 own_a[TILE][SLAB4 + 1], own_b[TILE][SLAB4 + 1];
shared vec4 other_a[TILE][SLAB4 + 1], other_b[TILE][SLAB4 + 1];
shared float sums[TILE], deltas[TILE]; // lse and delta of the rows, whichever they are
shared float weights[TILE][TILE + 1], dscores[TILE][TILE + 1]; // [own][other]

vec4 acc[SLABS * PER], acc_values[SLABS * PER];

#define LOAD(at, of, of4)                             \
  uint from = (at);                                   \
  if (QUADS)                                          \
    return of4[from / 4 + quad];                      \
  vec4 v = vec4(0);                                   \
  [[unroll]] for (uint e = 0; e < 4; e++)             \
    if (quad * 4 + e < DIM)                           \
      v[e] = of[from + quad * 4 + e];                 \
  return v;

vec4 load_query(uint row, uint head, uint quad)
{
  LOAD(row * p.ldq + head * DIM, q, q4)
}

vec4 load_dy(uint row, uint head, uint quad)
{
  LOAD((row * p.heads + head) * DIM, dy, dy4)
}

vec4 load_key(uint row, uint kv, uint quad)
{
  LOAD((row * p.kv_heads + kv) * DIM, keys, keys4)
}

vec4 load_value(uint row, uint kv, uint quad)
{
  LOAD((row * p.kv_heads + kv) * DIM, values, values4)
}

// The tile from `base` on; rows, or keys.
void load_slab(bool own, bool rows, uint base, uint end, uint head, uint slab)
{
  for (uint cell = gl_LocalInvocationID.x; cell < CELLS; cell += SIZE) {
    uint i = cell / SLAB4, row = min(base + i, end - 1);
    uint quad = slab * SLAB4 + cell % SLAB4;
    vec4 x = vec4(0), y = vec4(0);
    if (quad < DIM4) {
      x = rows ? load_query(row, head, quad) * (p.scale * LOG2_E)
               : load_key(row, head / SHARE, quad);
      y = rows ? load_dy(row, head, quad) : load_value(row, head / SHARE, quad);
    }
    if (own) {
      own_a[i][cell % SLAB4] = x;
      own_b[i][cell % SLAB4] = y;
    } else {
      other_a[i][cell % SLAB4] = x;
      other_b[i][cell % SLAB4] = y;
    }
  }
}

void load_sums(uint base, uint end, uint head)
{
  uint me = gl_LocalInvocationID.x;
  if (me < TILE) {
    uint at = min(base + me, end - 1) * p.heads + head;
    sums[me] = lse[at] * LOG2_E;
    deltas[me] = delta[at];
  }
}

// The weights of all pairs of the tile and the others from `base` on.
void weigh(uint tile, uint base, uint end, uint head, bool again)
{
  uint me = gl_LocalInvocationID.x, i = me / 8, j = me % 8; // and the eighth after
  float s[4], dp[4];
  [[unroll]] for (uint c = 0; c < 4; c++)
    s[c] = dp[c] = 0;
  for (uint slab = 0; slab < SLABS; slab++) {
    barrier(); // whatever is there is done with
    if (!again || SLABS > 1)
      load_slab(true, !KEYS_SIDE, tile, end, head, slab);
    load_slab(false, KEYS_SIDE, base, end, head, slab);
    if (slab == 0)
      load_sums(KEYS_SIDE ? base : tile, end, head);
    barrier();
    for (uint quad = 0; quad < SLAB4; quad++)
      [[unroll]] for (uint c = 0; c < 4; c++) {
        vec4 x = own_a[i + c / 2 * 8][quad], y = other_a[j + c % 2 * 8][quad];
        vec4 z = own_b[i + c / 2 * 8][quad], w = other_b[j + c % 2 * 8][quad];
        [[unroll]] for (uint e = 0; e < 4; e++) {
          s[c] = fma(x[e], y[e], s[c]);
          dp[c] = fma(z[e], w[e], dp[c]);
        }
      }
  }
  [[unroll]] for (uint c = 0; c < 4; c++) {
    uint own = i + c / 2 * 8, other = j + c % 2 * 8, row = KEYS_SIDE ? other : own;
    uint key = KEYS_SIDE ? tile + own : base + other;
    uint at = KEYS_SIDE ? base + other : tile + own;
    // rounding must not make a weight larger than 1
    float weight = at < end && key <= at ? exp2(min(s[c] - sums[row], 0)) : 0;
    weights[own][other] = weight;
    dscores[own][other] = weight * (dp[c] - deltas[row]);
  }
}

// What the others from `base` on add to the tile.
void add(uint base, uint end, uint head)
{
  [[unroll]] for (uint slab = 0; slab < SLABS; slab++) {
    barrier(); // the weights are there; the slab before is done with
    if (SLABS > 1) {
      load_slab(false, KEYS_SIDE, base, end, head, slab);
      barrier();
    }
    [[unroll]] for (uint c = 0; c < PER; c++) {
      uint cell = c * SIZE + gl_LocalInvocationID.x;
      uint i = cell / SLAB4, quad = cell % SLAB4, to = slab * PER + c;
      if (cell < CELLS)
        [[dont_unroll]] for (uint four = 0; four < TILE; four += 4)
          [[unroll]] for (uint k = four; k < four + 4; k++) {
            float w = weights[i][k], ds = dscores[i][k];
            vec4 x = other_a[k][quad], y = other_b[k][quad];
            [[unroll]] for (uint e = 0; e < 4; e++) {
              acc[to][e] = fma(ds, x[e], acc[to][e]);
              if (KEYS_SIDE)
                acc_values[to][e] = fma(w, y[e], acc_values[to][e]);
            }
          }
    }
  }
}

void store(uint tile, uint end, uint head)
{
  [[unroll]] for (uint slab = 0; slab < SLABS; slab++)
    [[unroll]] for (uint c = 0; c < PER; c++) {
      uint cell = c * SIZE + gl_LocalInvocationID.x, row = tile + cell / SLAB4;
      [[unroll]] for (uint e = 0; e < 4; e++) {
        uint d = (slab * SLAB4 + cell % SLAB4) * 4 + e;
        if (cell >= CELLS || row >= end || d >= DIM)
          continue;
        if (KEYS_SIDE) {
          uint at = (row * p.kv_heads + head / SHARE) * DIM + d;
          first[at] = acc[slab * PER + c][e] * LN_2; // queries were scaled
          second[at] = acc_values[slab * PER + c][e];
        } else
          first[(row * p.heads + head) * DIM + d] = acc[slab * PER + c][e] * p.scale;
      }
    }
}

void do_tile(uint tile, uint start, uint end, uint head0)
{
  [[unroll]] for (uint i = 0; i < SLABS * PER; i++)
    acc[i] = acc_values[i] = vec4(0);
  uint from = KEYS_SIDE ? tile : start, past = KEYS_SIDE ? end : min(tile + TILE, end);
  for (uint h = 0; h < (KEYS_SIDE ? SHARE : 1); h++)
    for (uint base = from; base < past; base += TILE) {
      weigh(tile, base, end, head0 + h, base > from || h > 0);
      add(base, end, head0 + h);
    }
  store(tile, end, head0);
}

void zero(uint row, uint head)
{
  for (uint d = gl_LocalInvocationID.x; d < DIM; d += SIZE)
    if (KEYS_SIDE) {
      first[(row * p.kv_heads + head / SHARE) * DIM + d] = 0;
      second[(row * p.kv_heads + head / SHARE) * DIM + d] = 0;
    } else
      first[(row * p.heads + head) * DIM + d] = 0;
}

// A workgroup has TILE rows of the step, and does the tiles that begin among them.
void main()
{
  uint head0 = gl_WorkGroupID.x * (KEYS_SIDE ? SHARE : 1);
  uint at = gl_WorkGroupID.y * TILE, past = min(at + TILE, p.m);
  while (at < past) {
    int position = places[at].position;
    if (position < 0) {
      zero(at, head0);
      at++;
      continue;
    }
    uint start = places[at].keys, end = places[at].end;
    uint tile = start + (at - start + TILE - 1) / TILE * TILE;
    if (tile < min(past, end))
      do_tile(tile, start, end, head0);
    at = max(end, at + 1);
  }
}
