#version 450
// variants: project_texel= project_texel_half=HALF
#extension GL_GOOGLE_include_directive : require
#extension GL_KHR_shader_subgroup_basic : require
#extension GL_KHR_shader_subgroup_shuffle : require
#extension GL_EXT_control_flow_attributes : require
#include "shared.h"
#include "half.glsl"

// z[r][c] = s[r] * (sum over i of x[r][i] weight[i] b[c][i]) + bias[c],
// s[r] = 1 / sqrt(sum of x[r][i]^2 / k + eps); then y = z, or when GATED
// y[r][2 j + i] = silu(z[r][4 j + i]) * z[r][4 j + 2 + i] for i < 2
//
// x [m][k], b [n][k], y [m][n] or [m][n / 2]: for devices that are CPUs, where an op costs
// as much as a small product. As gemm_texel.comp: a subgroup makes ROWS x (4 LANES) of z,
// and the lane that fetches a row for all sums its squares on the way: each place of the
// quad on its own, ascending, then (first + second) + (third + fourth).

layout(local_size_x_id = 8) in;                // of one subgroup or more
layout(constant_id = 0) const uint ROWS = 16;  // 1, 4, 8 or 16
layout(constant_id = 1) const uint LANES = 8;  // the device's subgroup: 4, 8 or 16
layout(constant_id = 2) const bool STACK = true; // subgroups of a group: rows, or columns
layout(constant_id = 3) const bool TAIL = false; // k is no multiple of 4
layout(constant_id = 4) const bool QUADS = true; // so are n and Y's rows, of 4
layout(constant_id = 5) const bool BIAS = false;
layout(constant_id = 6) const bool GATED = false; // n is a multiple of 4, Y's rows of 2
layout(constant_id = 7) const bool BRAIN = false; // halves are bfloat16

layout(binding = 0) uniform samplerBuffer x;
#ifdef HALF
layout(binding = 1) uniform usamplerBuffer b;
#else
layout(binding = 1) uniform samplerBuffer b;
#endif
layout(binding = 2) writeonly buffer Y { float y[]; };
layout(binding = 2) writeonly buffer Y2 { vec2 y2[]; };
layout(binding = 2) writeonly buffer Y4 { vec4 y4[]; };
layout(binding = 3) uniform samplerBuffer weight;
layout(binding = 4) readonly buffer Bias { float bias[]; };
layout(push_constant) uniform Push { shader_project p; };

const uint FETCHES = ROWS < LANES ? 1 : ROWS / LANES;

vec4 fetch_b(int at)
{
#ifdef HALF
  return unpack_halves(texelFetch(b, at).xy, BRAIN);
#else
  return texelFetch(b, at);
#endif
}

// The exponential of a number that is never positive cannot overflow; below -100 it is
// nothing, and devices differ in what they make of it.
vec2 silu(vec2 a)
{
  vec2 e = exp(max(-abs(a), vec2(-100)));
  e = mix(e, vec2(0), lessThan(-abs(a), vec2(-100)));
  vec2 over = mix(vec2(1), e, lessThan(a, vec2(0)));
  return a * (over / (vec2(1) + e));
}

void store(uint row, uint quad, shader_project size, vec4 value)
{
  if (row >= size.m || quad * 4 >= size.n)
    return;
  if (GATED) {
    y2[row * (size.ldy / 2) + quad] = silu(value.xy) * value.zw;
  } else if (QUADS) {
    y4[row * (size.ldy / 4) + quad] = value;
  } else {
    [[unroll]] for (uint c = 0; c < 4; c++)
      if (quad * 4 + c < size.n)
        y[row * size.ldy + quad * 4 + c] = value[c];
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
  shader_project size = p; // here once: within branches each lane would load it again
  vec4 acc[ROWS];
  [[unroll]] for (uint r = 0; r < ROWS; r++)
    acc[r] = vec4(0);

  // where this lane's share of x and its rows of b begin; clamped, never outside
  int x_at[FETCHES], b_at[4];
  vec4 squares[FETCHES];
  [[unroll]] for (uint i = 0; i < FETCHES; i++) {
    x_at[i] = int(min(row0 + i * LANES + lane, size.m - 1)) * int(size.ldx / 4);
    squares[i] = vec4(0);
  }
  [[unroll]] for (uint c = 0; c < 4; c++)
    b_at[c] = int(min(quad * 4 + c, size.n - 1)) * int(size.ldb / 4);

  bool idle = row0 >= size.m || tile_n * LANES * 4 >= size.n;
  int end = idle ? 0 : int(size.k);
  for (int k = 0; k < end; k += 4) {
    bvec4 inside = lessThan(ivec4(k, k + 1, k + 2, k + 3), ivec4(size.k));
    vec4 g = texelFetch(weight, k / 4);
    vec4 xv[FETCHES], w[4];
    [[unroll]] for (uint i = 0; i < FETCHES; i++) {
      vec4 v = texelFetch(x, x_at[i]++);
      xv[i] = v * g;
      if (TAIL) {
        v = mix(vec4(0), v, inside);
        xv[i] = mix(vec4(0), xv[i], inside);
      }
      squares[i] = fma(v, v, squares[i]);
    }
    [[unroll]] for (uint c = 0; c < 4; c++) {
      w[c] = fetch_b(b_at[c]++);
      if (TAIL)
        w[c] = mix(vec4(0), w[c], inside);
    }
    vec4 bv[4]; // by step
    [[unroll]] for (uint e = 0; e < 4; e++)
      bv[e] = vec4(w[0][e], w[1][e], w[2][e], w[3][e]);
    [[unroll]] for (uint r = 0; r < ROWS; r++)
      [[unroll]] for (uint e = 0; e < 4; e++)
        acc[r] = fma(vec4(subgroupShuffle(xv[r / LANES][e], r % LANES)), bv[e], acc[r]);
  }

  float scale[FETCHES];
  [[unroll]] for (uint i = 0; i < FETCHES; i++) {
    precise float sum = (squares[i].x + squares[i].y) + (squares[i].z + squares[i].w);
    precise float s = inversesqrt(sum / float(size.k) + size.eps);
    scale[i] = s;
  }
  vec4 add = vec4(0);
  if (BIAS)
    [[unroll]] for (uint c = 0; c < 4; c++)
      add[c] = bias[min(quad * 4 + c, size.n - 1)];
  [[unroll]] for (uint r = 0; r < ROWS; r++) {
    vec4 s = vec4(subgroupShuffle(scale[r / LANES], r % LANES));
    store(row0 + r, quad, size, BIAS ? fma(s, acc[r], add) : s * acc[r]);
  }
}
