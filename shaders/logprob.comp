#version 450
// variants: logprob= logprob_shuffle=SHUFFLE
#extension GL_GOOGLE_include_directive : require
#include "shared.h"

// lse = log of the sum of exp(x), logp = x[id] - lse, for each row of logits.

layout(push_constant) uniform Push { shader_logits p; };
#include "logits.glsl"

layout(constant_id = 3) const bool LSE = false;
layout(binding = 1) readonly buffer Ids { int ids[]; };
layout(binding = 2) writeonly buffer Logp { float logp[]; };
layout(binding = 3) writeonly buffer Lse { float lse[]; };

void main()
{
  uint row = gl_WorkGroupID.x;
  int id = ids[row];
  float result = 0, all = 0;
  if (LSE || id >= 0) {
    row_most most = most_of_row();
    pass_sum(my_sum_of_row(most.all));
    float log_sum = log_of(sum_of_teams());
    all = most.bad ? NOT_A_NUMBER : most.all + log_sum;
    if (id >= 0) {
      bool outside = uint(id) >= p.n;
      float x = load(outside ? 0 : uint(id) / 4)[id & 3];
      result = most.bad || outside ? NOT_A_NUMBER : (x - most.all) - log_sum;
    }
  }
  if (gl_LocalInvocationIndex == 0) {
    logp[row] = result;
    if (LSE)
      lse[row] = all;
  }
}
