#version 450
// variants: sample= sample_shuffle=SHUFFLE
#extension GL_GOOGLE_include_directive : require
#include "shared.h"
#include "philox.glsl"

// A token drawn from each row of logits (nn/op_sample.h).
//
// Tokens that stay are those of logit >= least and weight >= cut, a token's weight being
// exp((x - most) / temperature); the greedy choice is the first of logit >= least = most. To find the token that a random number means, the sums of the teams' stretches are
// added up until they pass it, then the sums within that stretch, and so on.

layout(push_constant) uniform Push { shader_logits p; };
#include "logits.glsl"

layout(binding = 1) readonly buffer Draws { shader_draw draws[]; };
layout(binding = 2) writeonly buffer Ids { int ids[]; };
layout(binding = 3) writeonly buffer Logp { float logp[]; };

struct rule {
  float most;
  float scale; // log2(e) / temperature
  float least;
  float cut;
  bool equal; // each token that stays weighs 1
};

vec4 weights(vec4 v, rule r)
{
  vec4 w = r.equal ? vec4(1) : exp2_of((v - r.most) * r.scale);
  return mix(vec4(0), w, bvec4(uvec4(greaterThanEqual(v, vec4(r.least))) &
                               uvec4(greaterThanEqual(w, vec4(r.cut)))));
}

float my_weight(stretch range, rule r)
{
  stretch s = my_stretch(range);
  precise vec4 sum = vec4(0);
  for (uint quad = s.first; quad < s.end; quad += TEAM)
    sum += weights(load(quad), r);
  return across_sum(sum);
}

// ---- the draw ----

// Which of several weights in a row passes `rest` first: the last that is not 0 when all
// of them together do not, which rounding may bring about.
struct search {
  float rest; // of the random number, what is left to pass
  float sum;  // so far
  float under; // the sum before the chosen one
  uint chosen;
  bool found;
};

search search_for(float rest)
{
  return search(rest, 0, 0, 0, false);
}

void look_at(inout search s, uint index, float weight)
{
  precise float sum = s.sum + weight;
  if (weight > 0 && !s.found) {
    s.chosen = index;
    s.under = s.sum;
    s.found = sum > s.rest;
  }
  s.sum = sum;
}

// What is left to pass within the chosen one.
float left(search s)
{
  return s.found ? s.rest - s.under : INFINITE;
}

search search_teams(float rest)
{
  search s = search_for(rest);
  [[unroll]] for (uint t = 0; t < TEAMS; t++)
    look_at(s, t, team(t));
  return s;
}

// The token in the row where the running sum of weights passes `rest`. The weights of the
// teams' stretches have been passed round.
uint token_at(float rest, rule r)
{
  stretch range = stretch(0, quads_of_row());
  while (range.end - range.first > 1) {
    search s = search_teams(rest);
    range = stretch_of_team(range, s.chosen);
    rest = left(s);
    pass_sum(my_weight(range, r));
  }
  vec4 w = weights(load(range.first), r);
  search s = search_for(rest);
  [[unroll]] for (uint i = 0; i < 4; i++)
    look_at(s, i, w[i]);
  return range.first * 4 + s.chosen;
}

void main()
{
  uint row = gl_WorkGroupID.x;
  shader_draw d = draws[row];
  row_most most = most_of_row();
  float mine = my_sum_of_row(most.all);
  pass_sum(mine);
  float log_sum = log_of(sum_of_teams());

  bool greedy = !(d.temperature > 0);
  rule r;
  r.most = most.all;
  r.scale = LOG2_E / clamp(d.temperature, 1e-30, 1e30);
  r.least = greedy ? most.all : -INFINITE;
  r.cut = greedy ? 0 : d.min_p;
  r.equal = greedy;
  if (greedy)
    pass_sum(most.mine == most.all ? 1 : 0);
  else if (d.temperature != 1 || r.cut > 0)
    pass_sum(my_weight(stretch(0, quads_of_row()), r));
  uvec4 random = philox(uvec4(d.position, 0, 0, 0), uvec2(d.key_low, d.key_high));
  precise float u = float(random.x >> 8) * (1.0 / 16777216); // in [0, 1)
  uint token = token_at(greedy ? 0 : u * sum_of_teams(), r);
  if (gl_LocalInvocationIndex == 0) {
    float x = load(token / 4)[token & 3];
    ids[row] = most.bad ? -1 : int(token);
    logp[row] = most.bad ? NOT_A_NUMBER : (x - most.all) - log_sum;
  }
}
