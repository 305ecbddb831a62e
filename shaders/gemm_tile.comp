#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "shared.h"
#include "half.glsl"

// Y = A B, for GPUs, in the three layouts that inference and training need:
//   NT  y[m][n] = sum over k of a[m][k] b[n][k]    (Y = X W')
//   NN  y[m][n] = sum over k of a[m][k] b[k][n]    (dX = dY W)
//   TN  y[m][n] = sum over k of a[k][m] b[k][n]    (dW = dY' X)
// then + bias[n], then + the y that was there, where asked for.
//
// 256 invocations make a tile of 64 x 64 (or 128 x 128): 16 steps of k at a time go
// through shared memory, each invocation keeps 4 x 4 (8 x 8) sums in registers, as SIDE /
// 4 quads of rows by as many of columns, 64 apart, so that shared memory is read without
// conflicts.
//
// Every element is one chain over k, ascending: acc = fma(a, b, acc), from 0; steps
// beyond the end add 0 * 0. So a row's result does not depend on how many rows there are.

layout(local_size_x = 16, local_size_y = 16) in;
layout(constant_id = 0) const uint SIDE = 4;      // 4 or 8
layout(constant_id = 1) const bool A_BY_K = false; // a[k][m]
layout(constant_id = 2) const bool B_BY_K = false; // b[k][n]
layout(constant_id = 3) const bool A_QUADS = true; // a's rows begin at multiples of 4
layout(constant_id = 4) const bool B_QUADS = true;
layout(constant_id = 5) const bool BIAS = false;
layout(constant_id = 6) const bool ADD = false;
layout(constant_id = 7) const uint B_TYPE = 0; // 0 f32, 1 f16, 2 bf16

#include "gemm_load.glsl"
layout(binding = 2) buffer Y { float y[]; };
layout(binding = 3) readonly buffer Bias { float bias[]; };
layout(push_constant) uniform Push { shader_gemm p; };

const uint STEPS = 16;              // of k at a time
const uint QUADS = SIDE / 4;        // an invocation's, in each direction
const uint TILE = 64 * QUADS;       // rows, and columns
const uint LOADS = TILE * STEPS / 4 / 256;

// one quad more than needed: rows of shared memory begin in different banks
shared vec4 as[STEPS][TILE / 4 + 1];
shared vec4 bs[STEPS][TILE / 4 + 1];

// the quad of shared memory that invocation `t` fills: which step of k, which row or
// column
void place(uint t, bool by_k, out uint step, out uint side)
{
  if (by_k) { // a quad runs along rows (columns)
    step = t / (TILE / 4);
    side = t % (TILE / 4) * 4;
  } else { // a quad runs along k
    step = t % (STEPS / 4) * 4;
    side = t / (STEPS / 4);
  }
}

void main()
{
  uint me = gl_LocalInvocationIndex;
  uint tx = gl_LocalInvocationID.x, ty = gl_LocalInvocationID.y;
  uint row0 = gl_WorkGroupID.y * TILE, col0 = gl_WorkGroupID.x * TILE;
  float acc[SIDE][SIDE];
  [[unroll]] for (uint i = 0; i < SIDE; i++)
    [[unroll]] for (uint j = 0; j < SIDE; j++)
      acc[i][j] = 0;

  for (uint k0 = 0; k0 < p.k; k0 += STEPS) {
    [[unroll]] for (uint l = 0; l < LOADS; l++) {
      uint step, side;
      place(l * 256 + me, A_BY_K, step, side);
      int k_left = int(p.k) - int(k0 + step);
      int m_left = int(p.m) - int(row0 + side);
      if (A_BY_K) {
        as[step][side / 4] =
            k_left > 0 ? load_a((k0 + step) * p.lda + row0 + side, m_left) : vec4(0);
      } else {
        vec4 v = m_left > 0 ? load_a((row0 + side) * p.lda + k0 + step, k_left) : vec4(0);
        [[unroll]] for (uint e = 0; e < 4; e++)
          as[step + e][side / 4][side % 4] = v[e];
      }
      place(l * 256 + me, B_BY_K, step, side);
      k_left = int(p.k) - int(k0 + step);
      int n_left = int(p.n) - int(col0 + side);
      if (B_BY_K) {
        bs[step][side / 4] =
            k_left > 0 ? load_b((k0 + step) * p.ldb + col0 + side, n_left) : vec4(0);
      } else {
        vec4 v = n_left > 0 ? load_b((col0 + side) * p.ldb + k0 + step, k_left) : vec4(0);
        [[unroll]] for (uint e = 0; e < 4; e++)
          bs[step + e][side / 4][side % 4] = v[e];
      }
    }
    barrier();
    for (uint step = 0; step < STEPS; step++) {
      vec4 av[QUADS], bv[QUADS];
      [[unroll]] for (uint q = 0; q < QUADS; q++) {
        av[q] = as[step][q * 16 + ty];
        bv[q] = bs[step][q * 16 + tx];
      }
      [[unroll]] for (uint i = 0; i < SIDE; i++)
        [[unroll]] for (uint j = 0; j < SIDE; j++)
          acc[i][j] = fma(av[i / 4][i % 4], bv[j / 4][j % 4], acc[i][j]);
    }
    barrier();
  }

  [[unroll]] for (uint i = 0; i < SIDE; i++)
    [[unroll]] for (uint j = 0; j < SIDE; j++) {
      uint row = row0 + i / 4 * 64 + ty * 4 + i % 4;
      uint col = col0 + j / 4 * 64 + tx * 4 + j % 4;
      if (row < p.m && col < p.n) {
        uint at = row * p.ldy + col;
        float value = BIAS ? acc[i][j] + bias[col] : acc[i][j];
        y[at] = ADD ? value + y[at] : value;
      }
    }
}
