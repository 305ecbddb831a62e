#version 450
// variants: loss_scan= loss_scan_shuffle=SHUFFLE
#extension GL_GOOGLE_include_directive : require
#include "shared.h"

// A chunk of columns goes into the state of each row (loss.glsl): x, z [m][n], which are
// columns first .. first + n of the vocabulary, state [m][8]. Rows with a negative id are
// left alone.

layout(push_constant) uniform Push { shader_loss p; };
#include "logits.glsl"
#include "loss.glsl"

layout(constant_id = 4) const bool BEGIN = false; // this is the first chunk
layout(binding = 3) buffer State { vec4 state[]; };

row_state before()
{
  if (!BEGIN)
    return unpack(state[row * 2], state[row * 2 + 1]);
  float shift = Z ? load_x(0).x - load_z(0).x : 0;
  return row_state(-INFINITE, 0, -INFINITE, 0, 0, NOT_A_NUMBER, NOT_A_NUMBER,
                   finite(shift) ? shift : 0);
}

// of a NaN's bits but its sign, more than those of infinity
bool nan_in(uvec4 odd)
{
  return any(greaterThan(odd, uvec4(0xff000000u)));
}

// The largest logits of this chunk; a NaN is passed round as plus infinity.
vec2 most_of_chunk()
{
  stretch s = my_stretch(stretch(0, quads_of_row()));
  vec4 x_most = vec4(-INFINITE), z_most = vec4(-INFINITE);
  uvec4 x_odd = uvec4(0), z_odd = uvec4(0);
  for (; s.first < s.end; s.first += STEPS * TEAM)
    [[unroll]] for (uint i = 0; i < STEPS; i++) {
      uint quad = min(s.first + i * TEAM, s.end - 1); // some twice: the largest stays
      vec4 v = load_x(quad);
      x_most = max(x_most, v);
      x_odd = max(x_odd, floatBitsToUint(v) << 1);
      if (Z) {
        v = load_z(quad);
        z_most = max(z_most, v);
        z_odd = max(z_odd, floatBitsToUint(v) << 1);
      }
    }
  float x = nan_in(x_odd) ? INFINITE : across_max(x_most);
  float z = nan_in(z_odd) ? INFINITE : across_max(z_most);
  pass(vec4(x, z, 0, 0), false);
  vec2 most = team_sums(0).xy;
  UNROLL_TEAMS for (uint t = 1; t < TEAMS; t++)
    most = max(most, team_sums(t).xy);
  return most;
}

// This chunk's x_sum, z_sum and gap; x_most and z_most may be of any column so far.
vec4 sums_of_chunk(float x_most, float z_most, float shift)
{
  stretch s = my_stretch(stretch(0, quads_of_row()));
  long_sum x_sum = long_sum(vec4(0), vec4(0)), z_sum = x_sum, gap = x_sum;
  for (; s.first < s.end; s.first += STEPS * TEAM) {
    precise vec4 x_part = vec4(0), z_part = vec4(0), gap_part = vec4(0);
    [[unroll]] for (uint i = 0; i < STEPS; i++) {
      uint quad = s.first + i * TEAM;
      bvec4 inside = bvec4(quad < s.end);
      quad = min(quad, s.end - 1);
      vec4 v = load_x(quad);
      vec4 power = mix(vec4(0), power_of(v, x_most), inside);
      x_part += power;
      if (Z) {
        vec4 w = load_z(quad);
        z_part += mix(vec4(0), power_of(w, z_most), inside);
        gap_part += gap_of(power, v, w, shift);
      }
    }
    add(x_sum, x_part);
    if (Z) {
      add(z_sum, z_part);
      add(gap, gap_part);
    }
  }
  pass_sums(vec4(across_sum(x_sum.sum), across_sum(z_sum.sum), across_sum(gap.sum), 0));
  return sums_of_teams();
}

// Sums that were made below `was`, as they are below `most`.
float kept(float was, float most)
{
  precise float y = (was - most) * LOG2_E;
  return finite(was) ? exp2_of(vec4(y)).x : 0;
}

void scan(int id)
{
  row_state s = before();
  vec2 most = max(vec2(s.x_most, s.z_most), most_of_chunk());
  // a row with nothing but minus infinity so far has no powers
  float x_base = finite(most.x) ? most.x : 0, z_base = finite(most.y) ? most.y : 0;
  vec4 sums = sums_of_chunk(x_base, z_base, s.shift);
  float x_kept = kept(s.x_most, x_base), z_kept = kept(s.z_most, z_base);
  s.x_sum = fma(s.x_sum, x_kept, sums.x);
  s.z_sum = fma(s.z_sum, z_kept, sums.y);
  s.gap = fma(s.gap, x_kept, sums.z);
  uint local = uint(id) - p.first; // of what is before: beyond every n
  if (local < p.n) {
    s.x_id = load_x(local / 4)[local & 3];
    s.z_id = Z ? load_z(local / 4)[local & 3] : 0;
  }
  if (gl_LocalInvocationIndex == 0) {
    state[row * 2] = vec4(most.x, s.x_sum, most.y, s.z_sum);
    state[row * 2 + 1] = vec4(s.gap, s.x_id, s.z_id, s.shift);
  }
}

void main()
{
  for (row = gl_WorkGroupID.x; row < p.m; row += gl_NumWorkGroups.x) {
    int id = ids[row];
    if (id >= 0)
      scan(id);
  }
}
