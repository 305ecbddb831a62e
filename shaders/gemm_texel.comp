#version 450
// variants: gemm_texel_nt=NT gemm_texel_nn=NN gemm_texel_tn=TN gemm_texel_nt_half=NT,HALF gemm_texel_nn_half=NN,HALF
#extension GL_GOOGLE_include_directive : require
#extension GL_KHR_shader_subgroup_basic : require
#extension GL_KHR_shader_subgroup_shuffle : require
#extension GL_EXT_control_flow_attributes : require
#include "shared.h"
#include "half.glsl"

// Y = A B, for devices that are CPUs (shapes and formulas: gemm_tile.comp, same results).
//
// One subgroup makes ROWS x (4 LANES) of Y; each lane owns four neighbouring columns, so
// B comes in one fetch a lane. The values of A that all lanes need are fetched once,
// spread over the lanes, and passed by shuffle. No shared memory and no barrier: on a CPU
// both cost more than they save, while a texel fetch gives four values for one address.
// Four steps of k at a time, row by row: a row's sums stay in registers for the four.
//
// Every element is one chain over k, ascending: acc = fma(a, b, acc), from 0.
// Texels need rows of A, and of B, that begin at multiples of 4 elements.

layout(local_size_x_id = 8) in;                // of one subgroup or more
layout(constant_id = 0) const uint ROWS = 16;  // 4, 8 or 16; 1 too, but in TN
layout(constant_id = 1) const uint LANES = 8;  // the device's subgroup: 4, 8 or 16
layout(constant_id = 2) const bool STACK = true; // subgroups of a group: rows, or columns
layout(constant_id = 3) const bool TAIL = false; // k is no multiple of 4
layout(constant_id = 4) const bool QUADS = true; // so are n and Y's rows, of 4
layout(constant_id = 5) const bool BIAS = false;
layout(constant_id = 6) const bool ADD = false;
layout(constant_id = 7) const bool BRAIN = false; // halves are bfloat16

layout(binding = 0) uniform samplerBuffer a;
#ifdef HALF
layout(binding = 1) uniform usamplerBuffer b;
#else
layout(binding = 1) uniform samplerBuffer b;
#endif
layout(binding = 2) buffer Y { float y[]; };
layout(binding = 2) buffer Y4 { vec4 y4[]; };
layout(binding = 3) readonly buffer Bias { float bias[]; };
layout(push_constant) uniform Push { shader_gemm p; };

const uint FETCHES = ROWS < LANES ? 1 : ROWS / LANES;
#ifdef TN
const uint PER_K = ROWS / 4; // texels of A a step of k
#endif

vec4 fetch_b(int at)
{
#ifdef HALF
  return unpack_halves(texelFetch(b, at).xy, BRAIN);
#else
  return texelFetch(b, at);
#endif
}

// which of the four steps at `k` are before the end
vec4 inside(int k, uint end)
{
  return vec4(lessThan(ivec4(k, k + 1, k + 2, k + 3), ivec4(end)));
}

void store(uint row, uint quad, shader_gemm size, vec4 value)
{
  if (row >= size.m)
    return;
  uint at = row * size.ldy + quad * 4;
  if (QUADS) {
    if (quad * 4 < size.n)
      y4[at / 4] = ADD ? value + y4[at / 4] : value;
  } else {
    [[unroll]] for (uint c = 0; c < 4; c++)
      if (quad * 4 + c < size.n)
        y[at + c] = ADD ? value[c] + y[at + c] : value[c];
  }
}

void main()
{
  uint lane = gl_SubgroupInvocationID;
  uint tile_m = gl_WorkGroupID.y, tile_n = gl_WorkGroupID.x;
  if (STACK)
    tile_m = tile_m * gl_NumSubgroups + gl_SubgroupID;
  else
    tile_n = tile_n * gl_NumSubgroups + gl_SubgroupID;
  uint row0 = tile_m * ROWS;
  uint quad = tile_n * LANES + lane; // of columns
  shader_gemm size = p; // here once: within branches each lane would load it again
  int lda = int(size.lda / 4), ldb = int(size.ldb / 4);
  vec4 acc[ROWS];
  [[unroll]] for (uint r = 0; r < ROWS; r++)
    acc[r] = vec4(0);

  // where this lane's share of A and its columns of B begin; clamped, never outside
  int a_at[FETCHES];
  [[unroll]] for (uint i = 0; i < FETCHES; i++) {
    uint cell = i * LANES + lane;
#ifdef TN
    a_at[i] = int(min(row0 / 4 + cell % PER_K, (size.m - 1) / 4));
    a_at[i] += int(cell / PER_K) * lda;
#else
    a_at[i] = int(min(row0 + cell, size.m - 1)) * lda;
#endif
  }
#ifdef NT
  int b_at[4];
  [[unroll]] for (uint c = 0; c < 4; c++)
    b_at[c] = int(min(quad * 4 + c, size.n - 1)) * ldb;
#else
  int b_at = int(min(quad, (size.n - 1) / 4));
  int b_last = b_at + (int(size.k) - 1) * ldb;
#endif

  bool idle = row0 >= size.m || tile_n * LANES * 4 >= size.n;
  int end = idle ? 0 : int(size.k);
  for (int k = 0; k < end; k += 4) {
    vec4 mask = TAIL ? inside(k, size.k) : vec4(1);
    vec4 av[FETCHES];
    [[unroll]] for (uint i = 0; i < FETCHES; i++) {
#ifdef TN
      // past the end the first texel does: what comes of it is dropped
      bool past = TAIL && k + (i * LANES + lane) / PER_K >= size.k;
      av[i] = texelFetch(a, past ? 0 : a_at[i]);
      a_at[i] += 4 * lda;
      if (past)
        av[i] = vec4(0);
#else
      av[i] = texelFetch(a, a_at[i]++);
      if (TAIL)
        av[i] = mix(vec4(0), av[i], bvec4(mask));
#endif
    }
#ifdef NT
    vec4 w[4];
    [[unroll]] for (uint c = 0; c < 4; c++) {
      w[c] = fetch_b(b_at[c]++);
      if (TAIL)
        w[c] = mix(vec4(0), w[c], bvec4(mask));
    }
#endif
    vec4 bv[4]; // by step
    [[unroll]] for (uint e = 0; e < 4; e++) {
#ifdef NT
      bv[e] = vec4(w[0][e], w[1][e], w[2][e], w[3][e]);
#else
      bv[e] = fetch_b(TAIL ? min(b_at, b_last) : b_at);
      b_at += ldb;
      if (TAIL && mask[e] == 0)
        bv[e] = vec4(0);
#endif
    }
    [[unroll]] for (uint r = 0; r < ROWS; r++)
      [[unroll]] for (uint e = 0; e < 4; e++) {
#ifdef TN
        uint cell = e * PER_K + r / 4;
        float s = subgroupShuffle(av[cell / LANES][r % 4], cell % LANES);
#else
        float s = subgroupShuffle(av[r / LANES][e], r % LANES);
#endif
        acc[r] = fma(vec4(s), bv[e], acc[r]);
      }
  }

  vec4 add = vec4(0);
  if (BIAS)
    [[unroll]] for (uint c = 0; c < 4; c++)
      add[c] = bias[min(quad * 4 + c, size.n - 1)];
  [[unroll]] for (uint r = 0; r < ROWS; r++)
    store(row0 + r, quad, size, BIAS ? acc[r] + add : acc[r]);
}
