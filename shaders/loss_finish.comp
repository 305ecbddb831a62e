#version 450
#extension GL_GOOGLE_include_directive : require
#include "shared.h"

// From the state that all chunks have made (loss.glsl), for each row r:
//   logp = log p[id], ref_logp = log q[id], kl = sum over i of p[i] (log p[i] - log q[i])
//        = gap / x_sum + shift - (x_most - z_most) - log x_sum + log z_sum
// An invocation does a row at a time. What logits.glsl takes for logits, binding 0, is the state.

layout(push_constant) uniform Push { shader_loss p; };
#include "logits.glsl"
#include "loss.glsl"

layout(binding = 3) writeonly buffer Logp { float logp[]; };
layout(binding = 4) writeonly buffer RefLogp { float ref_logp[]; };
layout(binding = 5) writeonly buffer Kl { float kl[]; };

// log(power / sum of powers) of a logit
float logp_of(float logit, float most, float log_sum)
{
  precise float result = (logit - most) - log_sum;
  return finite(most) ? result : NOT_A_NUMBER;
}

void finish()
{
  vec3 result = vec3(0);
  if (ids[row] >= 0) {
    row_state s = unpack(x4[row * 2], x4[row * 2 + 1]);
    float x_log = log_of(s.x_sum), z_log = Z ? log_of(s.z_sum) : 0;
    result.x = logp_of(s.x_id, s.x_most, x_log);
    if (Z) {
      result.y = logp_of(s.z_id, s.z_most, z_log);
      precise float apart = s.shift - (s.x_most - s.z_most);
      precise float sum = (s.gap / s.x_sum + apart) - (x_log - z_log);
      result.z = finite(s.x_most) && finite(s.z_most) ? sum : NOT_A_NUMBER;
    }
  }
  logp[row] = result.x;
  if (Z) {
    ref_logp[row] = result.y;
    kl[row] = result.z;
  }
}

void main()
{
  uint stride = gl_NumWorkGroups.x * gl_WorkGroupSize.x;
  for (row = gl_GlobalInvocationID.x; row < p.m; row += stride)
    finish();
}
