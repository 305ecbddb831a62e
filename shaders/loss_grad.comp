#version 450
// variants: loss_grad= loss_grad_shuffle=SHUFFLE
#extension GL_GOOGLE_include_directive : require
#include "shared.h"

// x[r][i] becomes g_logp[r] (1[i = id] - p[i]) + g_kl[r] p[i] (log p[i] - log q[i] - kl)
//
// for a chunk of columns of each row of logits, p and q being the softmax of x and z over
// the whole of the vocabulary. With the state that all chunks have made (loss.glsl),
//   p[i] = exp(x[i] - x_most) / x_sum
//   log p[i] - log q[i] - kl = (x[i] - z[i]) - shift - gap / x_sum
// Rows with a negative id become 0. An invocation writes only what it alone has read.

layout(push_constant) uniform Push { shader_loss p; };
#include "logits.glsl"
#include "loss.glsl"

layout(binding = 3) readonly buffer State { vec4 state[]; };
layout(binding = 4) readonly buffer GLogp { float g_logp[]; };
layout(binding = 5) readonly buffer GKl { float g_kl[]; };
layout(binding = 6) writeonly buffer Dx { float dx[]; }; // x again
layout(binding = 6) writeonly buffer Dx4 { vec4 dx4[]; };

void store(uint quad, vec4 value)
{
  uint at = row * p.ldx + quad * 4;
  if (!QUADS || (TAIL && quad == p.n / 4)) {
    [[unroll]] for (uint i = 0; i < 4; i++)
      if (quad * 4 + i < p.n)
        dx[at + i] = value[i];
  } else {
    dx4[at / 4] = value;
  }
}

struct slopes {
  float logp, kl; // the objective's; NaN where the row is no distribution
  float most, mean, scale, shift;
  uint id; // in this chunk, or beyond it
};

slopes slopes_of(int id)
{
  row_state s = unpack(state[row * 2], state[row * 2 + 1]);
  bool good = finite(s.x_most) && (!Z || finite(s.z_most));
  slopes to;
  to.logp = good ? g_logp[row] : NOT_A_NUMBER;
  to.kl = Z ? g_kl[row] : 0;
  to.most = s.x_most;
  to.scale = 1 / s.x_sum;
  to.mean = s.gap / s.x_sum;
  to.shift = s.shift;
  to.id = uint(id) - p.first;
  return to;
}

vec4 grad(slopes to, uint quad)
{
  vec4 v = load_x(quad);
  precise vec4 probability = power_of(v, to.most) * to.scale;
  vec4 hit = vec4(equal(uvec4(quad * 4) + uvec4(0, 1, 2, 3), uvec4(to.id)));
  precise vec4 d = to.logp * (hit - probability);
  if (Z) {
    precise vec4 apart = gap_of(probability, v, load_z(quad), to.shift);
    precise vec4 above = apart - probability * to.mean;
    precise vec4 part = to.kl * above;
    d += part;
  }
  return d;
}

void main()
{
  uint quads = quads_of_row();
  for (row = gl_WorkGroupID.x; row < p.m; row += gl_NumWorkGroups.x) {
    int id = ids[row];
    slopes to;
    if (id >= 0)
      to = slopes_of(id);
    for (uint quad = gl_LocalInvocationIndex; quad < quads; quad += gl_WorkGroupSize.x)
      store(quad, id < 0 ? vec4(0) : grad(to, quad));
  }
}
