#version 450
// variants: attention_grad_delta= attention_grad_delta_texel=TEXEL
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "shared.h"

// delta[row][head] = sum over d of dy[row][head][d] y[row][head][d], which the gradient
// of attention needs before all else. One invocation a sum, in order. In the variant with
// TEXEL dimensions are a multiple of 4.

layout(local_size_x = 64) in;
layout(constant_id = 0) const uint DIM = 8;

#ifdef TEXEL
layout(binding = 0) uniform samplerBuffer y;
layout(binding = 1) uniform samplerBuffer dy;
#else
layout(binding = 0) readonly buffer Y { float y[]; };
layout(binding = 1) readonly buffer Dy { float dy[]; };
#endif
layout(binding = 2) writeonly buffer Delta { float delta[]; };
layout(push_constant) uniform Push { shader_attention_grad p; };

float sum_of(uint item)
{
  float sum = 0;
#ifdef TEXEL
  [[unroll]] for (uint quad = 0; quad < DIM / 4; quad++) {
    vec4 a = texelFetch(y, int(item * (DIM / 4) + quad));
    vec4 b = texelFetch(dy, int(item * (DIM / 4) + quad));
    [[unroll]] for (uint e = 0; e < 4; e++)
      sum = fma(a[e], b[e], sum);
  }
#else
  for (uint d = 0; d < DIM; d++)
    sum = fma(y[item * DIM + d], dy[item * DIM + d], sum);
#endif
  return sum;
}

void main()
{
  uint items = p.m * p.heads, stride = gl_NumWorkGroups.x * gl_WorkGroupSize.x;
  for (uint item = gl_GlobalInvocationID.x; item < items; item += stride)
    delta[item] = sum_of(item);
}
