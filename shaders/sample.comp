#version 450
// variants: sample= sample_shuffle=SHUFFLE
#extension GL_GOOGLE_include_directive : require
#include "shared.h"
#include "philox.glsl"

// A token drawn from each row of logits (nn/op_sample.h).
//
// Tokens that stay are those of logit >= least and weight >= cut, a token's weight being
// exp((x - most) / temperature); the greedy choice is the first of logit >= least = most.
// To find the token that a random number means, the sums of the teams' stretches are added
// up until they pass it, then the sums within that stretch, and so on.

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
  precise vec4 y = (v - r.most) * r.scale;
  vec4 w = r.equal ? vec4(1) : exp2_of(y);
  return mix(vec4(0), w, bvec4(uvec4(greaterThanEqual(v, vec4(r.least))) &
                               uvec4(greaterThanEqual(w, vec4(r.cut)))));
}

float my_weight(stretch range, rule r)
{
  stretch s = my_stretch(range);
  long_sum sum = long_sum(vec4(0), vec4(0));
  for (; s.first < s.end; s.first += STEPS * TEAM) {
    precise vec4 part = vec4(0);
    [[unroll]] for (uint i = 0; i < STEPS; i++)
      part += weights(load_step(s, i), r);
    add(sum, part);
  }
  return across_sum(sum.sum);
}

// ---- top_k and top_p ----

// For each of four thresholds: what the logits that reach it weigh.
vec4 weights_from(vec4 threshold, rule r)
{
  stretch s = my_stretch(stretch(0, quads_of_row()));
  long_sum sums = long_sum(vec4(0), vec4(0));
  for (; s.first < s.end; s.first += STEPS * TEAM) {
    precise vec4 part = vec4(0);
    [[unroll]] for (uint i = 0; i < STEPS; i++) {
      vec4 v = load_step(s, i), w = weights(v, r);
      [[unroll]] for (uint j = 0; j < 4; j++)
        part += mix(vec4(0), vec4(w[j]), greaterThanEqual(vec4(v[j]), threshold));
    }
    add(sums, part);
  }
  pass_sums(sums.sum);
  return sums_of_teams();
}

// Bits of a float in an order that is that of the numbers, and back.
uint to_order(float v)
{
  uint bits = floatBitsToUint(v);
  return (bits >> 31) == 1 ? ~bits : bits | 0x80000000u;
}

float from_order(uint order)
{
  return uintBitsToFloat((order >> 31) == 1 ? order & 0x7fffffffu : ~order);
}

const float LARGEST = 3.40282347e38; // but infinity

// Between `low`, which reaches the goal, and `high`, which does not.
struct bracket {
  float low, high;
  uint cuts; // of it into equal parts, so far
};

// Logits lie close to the largest, compared with what a float can hold; but a row with
// anything in it must come to an end, too: after a few cuts into equal parts of the
// numbers come cuts into equal parts of their order.
vec4 cut_bracket(inout bracket b, float most)
{
  const vec4 parts = vec4(1, 2, 3, 4) / 5;
  if (b.low == -INFINITE) {
    float far = max(most - b.high, max(abs(most) * 2.4e-7, 1e-37));
    return max(most - far * vec4(8, 64, 512, 4096), vec4(-LARGEST));
  }
  if (b.cuts++ < 9)
    return clamp(b.low * (1 - parts) + b.high * parts, b.low, b.high);
  uint low = to_order(b.low), range = to_order(b.high) - low;
  vec4 at;
  [[unroll]] for (uint i = 0; i < 4; i++)
    at[i] = from_order(low + range / 5 * (i + 1) + range % 5 * (i + 1) / 5);
  return at;
}

// The threshold of a limit being looked for: the largest for which the logits that reach
// it weigh `goal`, or one that lets the same logits through. The weight is a sum in a
// fixed order, which falls when the threshold rises.
struct quest {
  bracket b;
  float goal;
  float low_sum, high_sum; // what reaches low, and high
  vec4 at;                 // thresholds to try next
  uint tries;
};

quest begin_quest(rule r, shader_draw d)
{
  quest q;
  q.b = bracket(r.least, INFINITE, 0);
  q.goal = float(d.top_k); // of top_p: known when the sum of all is
  q.low_sum = INFINITE;
  q.high_sum = 0;
  q.tries = 0;
  float unit = r.equal ? 1 : LOG2_E / r.scale;
  q.at = max(r.most - vec4(0, 2.5, 8, 16) * unit, vec4(r.least));
  if (!r.equal)
    q.at.w = r.least;
  return q;
}

// True at the end, when b.low is the threshold: there is no float, or one logit, between
// the two ends, or as many come through as were asked for.
bool step_quest(inout quest q, rule r, shader_draw d)
{
  vec4 sums = weights_from(q.at, r);
  if (q.tries++ == 0 && !r.equal)
    q.goal = d.top_p * sums.w;
  [[unroll]] for (uint i = 0; i < 4; i++) {
    bool reaches = sums[i] >= q.goal;
    if (reaches && q.at[i] >= q.b.low) {
      q.b.low = q.at[i];
      q.low_sum = sums[i];
    }
    if (!reaches && q.at[i] < q.b.high) {
      q.b.high = q.at[i];
      q.high_sum = sums[i];
    }
  }
  q.at = cut_bracket(q.b, r.most);
  float lightest = weights(vec4(q.b.low), r).x;
  return q.b.low == r.most || to_order(q.b.high) - to_order(q.b.low) <= 1 ||
         q.low_sum - q.high_sum < 1.9 * lightest || (r.equal && q.low_sum == q.goal) ||
         q.tries >= 48;
}

// Raises r.least to what top_k, and then top_p, let through. One loop for both: CPU
// devices go through the inside of a loop once even where it is not wanted.
void limit(inout rule r, shader_draw d, bool top_k, bool top_p)
{
  bool begun = false;
  quest q;
  [[dont_unroll]] while (top_k || top_p) {
    r.equal = top_k;
    if (!begun)
      q = begin_quest(r, d);
    begun = !step_quest(q, r, d);
    if (!begun) {
      r.least = q.b.low;
      top_p = top_p && top_k;
      top_k = false;
    }
  }
}

// ---- the draw ----

// Which of several weights in a row passes `rest` first. Where all of them together do
// not, which rounding may bring about, the last that the sum still feels.
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
  if (sum > s.sum && !s.found) {
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
  UNROLL_TEAMS for (uint t = 0; t < TEAMS; t++)
    look_at(s, t, team(t));
  return s;
}

const uint LAST = 2; // quads that are looked at one by one

// The token in the row where the running sum of weights passes `rest`. The weights of the
// teams' stretches have been passed round.
uint token_at(float rest, rule r)
{
  stretch range = stretch(0, quads_of_row());
  while (range.end - range.first > LAST) {
    search s = search_teams(rest);
    range = stretch_of_team(range, s.chosen);
    rest = left(s);
    pass_sum(my_weight(range, r));
  }
  search s = search_for(rest);
  [[unroll]] for (uint i = 0; i < LAST; i++) {
    vec4 w = weights(load_before(range.first + i, range.end), r);
    [[unroll]] for (uint j = 0; j < 4; j++)
      look_at(s, i * 4 + j, w[j]);
  }
  return range.first * 4 + s.chosen;
}

void main()
{
  uint row = gl_WorkGroupID.x;
  shader_draw d = draws[row];
  stretch all = stretch(0, quads_of_row());
  row_most most = most_of_row();
  pass_sum(my_sum_of_row(most.all));
  float sum = sum_of_teams(), log_sum = log_of(sum);

  bool greedy = !(d.temperature > 0);
  rule r;
  r.most = most.all;
  r.scale = LOG2_E / clamp(d.temperature, 1e-30, 1e30);
  r.least = greedy ? most.all : -INFINITE;
  r.cut = 0;
  bool top_k = !greedy && d.top_k > 0 && d.top_k < p.n;
  bool top_p = !greedy && d.top_p < 1;
  if (most.bad)
    top_k = top_p = false;
  limit(r, d, top_k, top_p);

  // what has been passed round last stands where nothing is left out
  r.equal = greedy;
  r.cut = greedy ? 0 : d.min_p;
  if (greedy)
    pass_sum(most.mine == most.all ? 1 : 0);
  else if (d.temperature != 1 || top_k || top_p || r.cut > 0)
    pass_sum(my_weight(all, r));
  uvec4 random = philox(uvec4(d.position, 0, 0, 0), uvec2(d.key_low, d.key_high));
  precise float u = float(random.x >> 8) * (1.0 / 16777216); // in [0, 1)
  uint token = token_at(greedy ? 0 : u * sum_of_teams(), r);
  if (gl_LocalInvocationIndex == 0) {
    float x = load(token / 4)[token & 3];
    ids[row] = most.bad ? -1 : int(token);
    logp[row] = most.bad ? NOT_A_NUMBER : (x - most.all) - log_sum;
  }
}
