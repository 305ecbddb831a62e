#version 450
// variants: adamw= adamw_texel=TEXEL
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "shared.h"

// With the settings s (struct shader_adamw) and g = clip grad, for each of n values:
//   m = beta1 m + rest1 g,  v = beta2 v + rest2 g^2
//   param -= rate (m / correct1 / (sqrt(v / correct2) + eps) + decay param)
// and with ZERO grad = 0 afterwards; without DECAYED decay counts as 0.
//
// An invocation takes quads, a dispatch apart; the first takes the one to three values
// behind the last whole quad as well. TEXEL is for CPU devices, which read whole quads as
// texels.

layout(local_size_x_id = 0) in;
layout(constant_id = 1) const bool DECAYED = false;
layout(constant_id = 2) const bool ZERO = false;

#define VALUES(slot, a)                                     \
  layout(binding = slot) buffer a##_ones { float a[]; };    \
  layout(binding = slot) buffer a##_quads { vec4 a##4[]; };

VALUES(0, param)
VALUES(1, grad)
VALUES(2, m)
VALUES(3, v)
layout(binding = 4) readonly buffer Settings { shader_adamw s; };
layout(push_constant) uniform Push { shader_flat p; };

#ifdef TEXEL
#define QUAD(slot, a)                                       \
  layout(binding = slot) uniform samplerBuffer a##_texels;  \
  vec4 quad_##a(uint at) { return texelFetch(a##_texels, int(at)); }
#else
#define QUAD(slot, a) \
  vec4 quad_##a(uint at) { return a##4[at]; }
#endif

QUAD(5, param)
QUAD(6, grad)
QUAD(7, m)
QUAD(8, v)

struct four {
  vec4 param, grad, m, v;
};

four stepped(four x, shader_adamw by)
{
  precise vec4 g = x.grad * by.clip;
  precise vec4 new_g = g * by.rest1, squares = g * g;
  precise vec4 m_next = fma(x.m, vec4(by.beta1), new_g);
  precise vec4 new_v = squares * by.rest2;
  precise vec4 v_next = fma(x.v, vec4(by.beta2), new_v);
  precise vec4 along = (m_next / by.correct1) / (sqrt(v_next / by.correct2) + by.eps);
  if (DECAYED)
    along = fma(vec4(by.decay), x.param, along);
  precise vec4 far = by.rate * along;
  precise vec4 next = x.param - far;
  return four(next, vec4(0), m_next, v_next);
}

void main()
{
  shader_adamw by = s;
  uint quads = p.n / 4, stride = gl_NumWorkGroups.x * gl_WorkGroupSize.x;
  for (uint at = gl_GlobalInvocationID.x; at < quads; at += stride) {
    four x = stepped(four(quad_param(at), quad_grad(at), quad_m(at), quad_v(at)), by);
    param4[at] = x.param;
    m4[at] = x.m;
    v4[at] = x.v;
    if (ZERO)
      grad4[at] = x.grad;
  }
  if (gl_GlobalInvocationID.x == 0)
    for (uint at = quads * 4; at < p.n; at++) {
      four x = stepped(four(vec4(param[at]), vec4(grad[at]), vec4(m[at]), vec4(v[at])), by);
      param[at] = x.param.x;
      m[at] = x.m.x;
      v[at] = x.v.x;
      if (ZERO)
        grad[at] = 0;
    }
}
