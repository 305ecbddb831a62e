#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "shared.h"

// How many multiply-adds a device can do at all: what other ops are a share of.
//
// y: n values, one an invocation, each the sum of CHAINS chains x = fma(x, a, b) of
// 16 rounds steps. No memory is touched in between. As many chains as hide the latency of
// an instruction and still fit the registers of a CPU.

layout(local_size_x = 64) in;
layout(constant_id = 0) const uint CHAINS = 12;

layout(binding = 0) writeonly buffer Y { float y[]; };
layout(push_constant) uniform Push { shader_peak p; };

void main()
{
  float x[CHAINS];
  [[unroll]] for (uint c = 0; c < CHAINS; c++)
    x[c] = float(gl_GlobalInvocationID.x + c);
  for (uint round = 0; round < p.rounds; round++)
    [[unroll]] for (uint step = 0; step < 16; step++)
      [[unroll]] for (uint c = 0; c < CHAINS; c++)
        x[c] = fma(x[c], p.a, p.b);
  float sum = 0;
  [[unroll]] for (uint c = 0; c < CHAINS; c++)
    sum += x[c];
  if (gl_GlobalInvocationID.x < p.n)
    y[gl_GlobalInvocationID.x] = sum;
}
