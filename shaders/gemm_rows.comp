#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "shared.h"
#include "half.glsl"

// Y = A B' for few rows of A (decoding), for GPUs: y[m][n] = sum over k of a[m][k]
// b[n][k], then + bias[n], then + the y that was there, where asked for. m <= ROWS.
//
// What matters is to read B once and in whole lines: 64 invocations bring 64 of B's rows,
// 32 steps of k at a time, into shared memory and then each sums one column of Y, for all
// rows. The sum is the same chain over k as in gemm_tile.comp, so decoding gives the bits
// that a large batch gives.

layout(local_size_x = 64) in;
layout(constant_id = 0) const uint ROWS = 8;
layout(constant_id = 1) const bool A_QUADS = true; // a's rows begin at multiples of 4
layout(constant_id = 2) const bool B_QUADS = true;
layout(constant_id = 3) const bool BIAS = false;
layout(constant_id = 4) const bool ADD = false;
layout(constant_id = 5) const uint B_TYPE = 0; // 0 f32, 1 f16, 2 bf16

#include "gemm_load.glsl"
layout(binding = 2) buffer Y { float y[]; };
layout(binding = 3) readonly buffer Bias { float bias[]; };
layout(push_constant) uniform Push { shader_gemm p; };

const uint STEPS = 32; // of k at a time

shared vec4 bs[64][STEPS / 4 + 1]; // padded: columns of quads in different banks
shared vec4 as[ROWS][STEPS / 4];

void main()
{
  uint me = gl_LocalInvocationID.x;
  uint col0 = gl_WorkGroupID.x * 64;
  float acc[ROWS];
  [[unroll]] for (uint r = 0; r < ROWS; r++)
    acc[r] = 0;
  for (uint k0 = 0; k0 < p.k; k0 += STEPS) {
    [[unroll]] for (uint l = 0; l < STEPS / 4; l++) {
      uint cell = l * 64 + me, side = cell / (STEPS / 4), quad = cell % (STEPS / 4);
      int left = int(p.k) - int(k0 + quad * 4);
      bs[side][quad] = col0 + side < p.n && left > 0
                           ? load_b((col0 + side) * p.ldb + k0 + quad * 4, left)
                           : vec4(0);
    }
    for (uint cell = me; cell < ROWS * STEPS / 4; cell += 64) {
      uint row = cell / (STEPS / 4), quad = cell % (STEPS / 4);
      int left = int(p.k) - int(k0 + quad * 4);
      as[row][quad] = row < p.m && left > 0 ? load_a(row * p.lda + k0 + quad * 4, left)
                                            : vec4(0);
    }
    barrier();
    for (uint quad = 0; quad < STEPS / 4; quad++) {
      vec4 bv = bs[me][quad];
      [[unroll]] for (uint r = 0; r < ROWS; r++) {
        vec4 av = as[r][quad];
        [[unroll]] for (uint e = 0; e < 4; e++)
          acc[r] = fma(av[e], bv[e], acc[r]);
      }
    }
    barrier();
  }
  uint col = col0 + me;
  if (col >= p.n)
    return;
  [[unroll]] for (uint r = 0; r < ROWS; r++)
    if (r < p.m) {
      uint at = r * p.ldy + col;
      float value = BIAS ? acc[r] + bias[col] : acc[r];
      y[at] = ADD ? value + y[at] : value;
    }
}
