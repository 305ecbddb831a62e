#version 450
// variants: embed_grad= embed_grad_texel=TEXEL
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "shared.h"

// dtable[ids[b]][0..n) += sum over j from starts[b] to starts[b + 1] of dy[rows[j]][0..n)
// for each bucket b whose id is not negative.
//
// dy, dtable F32. An invocation takes CHUNK quads of neighbouring columns, a workgroup
// apart, and adds rows in their order: one writer a value. Columns are dealt out along x,
// buckets along y in turns, since full ones stand together. TEXEL is for CPU devices.

layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint CHUNK = 1;
layout(constant_id = 2) const bool QUADS = true;

#include "quads.glsl"

READ(0, dy)
READ(1, before) // dtable again
layout(binding = 2) readonly buffer Ids { int ids[]; };
layout(binding = 3) readonly buffer Starts { uint starts[]; };
layout(binding = 4) readonly buffer Rows { uint rows[]; };
WRITE(5, dtable)
layout(push_constant) uniform Push { shader_embed_grad p; };

void add_rows(uint id, uint begin, uint end, uint column)
{
  uint size = gl_WorkGroupSize.x * 4;
  vec4 sums[CHUNK];
  [[unroll]] for (uint i = 0; i < CHUNK; i++)
    sums[i] = vec4(0);
  for (uint j = begin; j < end; j++) {
    uint from = rows[j] * p.lddy;
    [[unroll]] for (uint i = 0; i < CHUNK; i++) {
      uint at = column + i * size;
      if (at < p.n)
        sums[i] += load_dy(from + at, p.n - at);
    }
  }
  [[unroll]] for (uint i = 0; i < CHUNK; i++) {
    uint at = column + i * size, to = id * p.ldt + at;
    if (at < p.n)
      store_dtable(to, load_before(to, p.n - at) + sums[i], p.n - at);
  }
}

void main()
{
  uint size = gl_WorkGroupSize.x * 4, stride = gl_NumWorkGroups.x * CHUNK * size;
  uint column0 = gl_WorkGroupID.x * CHUNK * size + gl_LocalInvocationID.x * 4;
  for (uint b = gl_WorkGroupID.y; b < p.buckets; b += gl_NumWorkGroups.y) {
    int id = ids[b];
    uint begin = starts[b], end = starts[b + 1];
    if (id >= 0 && begin < end)
      for (uint column = column0; column < p.n; column += stride)
        add_rows(uint(id), begin, end, column);
  }
}
