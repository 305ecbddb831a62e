#version 450
#extension GL_GOOGLE_include_directive : require
#include "shared.h"

// y = a + b, element by element.
//
// a, b, y: n values. One invocation takes 16 of them, in steps that are a workgroup
// apart, so that neighbours read neighbours.

layout(local_size_x = 64) in;
layout(binding = 0) readonly buffer A { float a[]; };
layout(binding = 1) readonly buffer B { float b[]; };
layout(binding = 2) writeonly buffer Y { float y[]; };
layout(push_constant) uniform Push { shader_add p; };

void main()
{
  for (uint step = 0; step < 16; step++) {
    uint i = (gl_WorkGroupID.x * 16 + step) * gl_WorkGroupSize.x + gl_LocalInvocationID.x;
    if (i < p.n)
      y[i] = a[i] + b[i];
  }
}
