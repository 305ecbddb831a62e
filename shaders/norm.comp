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
// TEXEL is for CPU devices: a row a subgroup, the tree by shuffles, no barrier; rows that
// are short enough are held between the two passes, and weights from row to row.
//
// An invocation writes only what it alone has read, so y may be x.

layout(local_size_x_id = 0) in; // a multiple of WIDTH
layout(constant_id = 1) const uint WIDTH = 8; // a power of two; the subgroup when TEXEL
layout(constant_id = 2) const bool QUADS = true; // n and x's rows are multiples of 4
layout(constant_id = 3) const bool Y_QUADS = true; // n and y's rows are
layout(constant_id = 4) const bool SCALES = false;
layout(constant_id = 5) const uint N = 64; // n; for TEXEL
layout(constant_id = 6) const uint CHUNK = 2; // steps at a time; for TEXEL

layout(binding = 2) writeonly buffer Y { float y[]; };
layout(binding = 2) writeonly buffer Y4 { vec4 y4[]; };
layout(binding = 3) writeonly buffer Scales { float scales[]; };
layout(push_constant) uniform Push { shader_norm p; };

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

float meet(float sum); // over the invocations that share a row

float scale_of(vec4 squares)
{
  precise float sum = (squares.x + squares.y) + (squares.z + squares.w);
  precise float mean = meet(sum) / float(p.n);
  return inversesqrt(mean + p.eps);
}

vec4 normed(vec4 v, float scale, vec4 weight)
{
  return v * scale * weight;
}

#ifdef TEXEL

layout(binding = 0) uniform samplerBuffer x;
layout(binding = 1) uniform samplerBuffer weight;

const uint END = N / 4;                           // quads of a row
const uint STEPS = (END + WIDTH - 1) / WIDTH;     // of them, an invocation's
const bool HELD = CHUNK >= STEPS;                 // a row between the passes
const bool WHOLE = END % (WIDTH * CHUNK) == 0;    // every invocation has every quad

float meet(float sum)
{
  [[unroll]] for (uint step = WIDTH / 2; step > 0; step /= 2)
    sum += subgroupShuffleXor(sum, step);
  return sum;
}

// is this invocation's quad of a step in the row?
bool has(uint step, uint lane)
{
  return WHOLE || step * WIDTH + lane < END;
}

// where it is, from the row's first on; never outside
int quad_of(uint step, uint lane)
{
  return has(step, lane) ? int(step * WIDTH + lane) : 0;
}

vec4 square(vec4 v, vec4 squares, uint step, uint lane)
{
  return has(step, lane) ? fma(v, v, squares) : squares;
}

void short_rows(uint lane, uint begin, uint end)
{
  vec4 v[CHUNK], w[CHUNK];
  [[unroll]] for (uint i = 0; i < CHUNK; i++)
    w[i] = texelFetch(weight, quad_of(i, lane));
  for (uint row = begin; row < end; row++) {
    int from = int(row * p.ldx / 4);
    uint to = row * p.ldy + lane * 4;
    vec4 squares = vec4(0);
    [[unroll]] for (uint i = 0; i < CHUNK; i++) {
      v[i] = texelFetch(x, from + quad_of(i, lane));
      squares = square(v[i], squares, i, lane);
    }
    float scale = scale_of(squares);
    [[unroll]] for (uint i = 0; i < CHUNK; i++)
      if (has(i, lane))
        store(to + i * WIDTH * 4, normed(v[i], scale, w[i]), 4);
    if (SCALES && lane == 0)
      scales[row] = scale;
  }
}

void long_rows(uint lane, uint begin, uint end)
{
  for (uint row = begin; row < end; row++) {
    int from = int(row * p.ldx / 4);
    uint to = row * p.ldy + lane * 4;
    vec4 squares = vec4(0);
    for (uint step = 0; step < STEPS; step += CHUNK)
      [[unroll]] for (uint i = step; i < step + CHUNK; i++)
        squares = square(texelFetch(x, from + quad_of(i, lane)), squares, i, lane);
    float scale = scale_of(squares);
    for (uint step = 0; step < STEPS; step += CHUNK)
      [[unroll]] for (uint i = step; i < step + CHUNK; i++)
        if (has(i, lane)) {
          vec4 v = texelFetch(x, from + quad_of(i, lane));
          vec4 w = texelFetch(weight, quad_of(i, lane));
          store(to + i * WIDTH * 4, normed(v, scale, w), 4);
        }
    if (SCALES && lane == 0)
      scales[row] = scale;
  }
}

void main()
{
  uint shares = gl_NumWorkGroups.x * gl_NumSubgroups;
  uint share = gl_WorkGroupID.x * gl_NumSubgroups + gl_SubgroupID;
  uint rows = (p.m + shares - 1) / shares;
  uint begin = share * rows, end = min(begin + rows, p.m);
  if (HELD)
    short_rows(gl_SubgroupInvocationID, begin, end);
  else
    long_rows(gl_SubgroupInvocationID, begin, end);
}

#else

layout(binding = 0) readonly buffer X { float x[]; };
layout(binding = 0) readonly buffer X4 { vec4 x4[]; };
layout(binding = 1) readonly buffer Weight { float weight[]; };

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

vec4 load(uint at, uint valid)
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

void main()
{
  uint lane = gl_LocalInvocationID.x % WIDTH, mine = gl_LocalInvocationID.x / WIDTH;
  uint rows = gl_WorkGroupSize.x / WIDTH;
  // all invocations take as many turns, for the barriers
  for (uint row0 = gl_WorkGroupID.x * rows; row0 < p.m;
       row0 += gl_NumWorkGroups.x * rows) {
    uint row = row0 + mine;
    uint end = row < p.m ? p.n : 0;
    vec4 squares = vec4(0);
    for (uint i = lane * 4; i < end; i += WIDTH * 4) {
      vec4 v = load(row * p.ldx + i, p.n - i);
      squares = fma(v, v, squares);
    }
    float scale = scale_of(squares);
    for (uint i = lane * 4; i < end; i += WIDTH * 4) {
      vec4 v = load(row * p.ldx + i, p.n - i);
      store(row * p.ldy + i, normed(v, scale, load_weight(i, p.n - i)), p.n - i);
    }
    if (SCALES && lane == 0 && row < p.m)
      scales[row] = scale;
  }
}

#endif
