// logits.glsl - one workgroup works on one row of logits: reading it, its maximum, its
// sum of exponentials.
//
// The row is read in quads of four values. A range of quads is cut into as many stretches
// as there are teams, in order, and a team's members take turns at the quads of its
// stretch. What the teams find is then passed round and summed in order, so that every
// invocation holds the same result and every sum has one order, which depends on nothing
// but the row's length.
//
// With SHUFFLE, for devices that are CPUs: the workgroup is one subgroup, a team is one
// invocation, and results are passed by shuffle; no shared memory, no barriers. Without:
// 32 teams, whose members read neighbouring quads, and shared memory.
//
// Before including this the shader defines the push constants as `p`, a shader_logits.

#extension GL_EXT_control_flow_attributes : require
#ifdef SHUFFLE
#extension GL_KHR_shader_subgroup_basic : require
#extension GL_KHR_shader_subgroup_shuffle : require
#endif

layout(local_size_x_id = 0) in;
layout(constant_id = 1) const bool TAIL = true;   // n is no multiple of 4
layout(constant_id = 2) const bool QUADS = false; // rows begin at multiples of 4 elements

#ifdef SHUFFLE
#define UNROLL_TEAMS [[unroll]] // shuffles from a constant lane are the cheap ones
layout(binding = 0) uniform samplerBuffer x4;
const uint TEAM = 1;
const uint TEAMS = gl_WorkGroupSize.x;
#else
#define UNROLL_TEAMS
layout(binding = 0) readonly buffer X { float x[]; };
layout(binding = 0) readonly buffer X4 { vec4 x4[]; };
const uint TEAM = gl_WorkGroupSize.x / 32;
const uint TEAMS = 32;
#endif

#define INFINITE uintBitsToFloat(0x7f800000u)
#define NOT_A_NUMBER uintBitsToFloat(0x7fc00000u)

// ---- reading ----

struct stretch {
  uint first, end; // of quads
};

uint quads_of_row()
{
  return (p.n + 3) / 4;
}

stretch stretch_of_team(stretch range, uint team)
{
  uint each = (range.end - range.first + TEAMS - 1) / TEAMS;
  uint first = min(range.first + team * each, range.end);
  return stretch(first, min(first + each, range.end));
}

// The quads of this invocation: from first, TEAM apart, up to end. STEPS of them are read
// in one go, for speed and because lavapipe ends an invocation's loops once they have
// gone round 65535 times, all of them together.
const uint STEPS = 4;

stretch my_stretch(stretch range)
{
  uint me = gl_LocalInvocationIndex;
  stretch mine = stretch_of_team(range, me / TEAM);
  mine.first += me % TEAM;
  return mine;
}

// beyond the row's end: minus infinity
vec4 load(uint quad)
{
  uint row = gl_WorkGroupID.x;
#ifdef SHUFFLE
  vec4 v = texelFetch(x4, int(row * (p.ldx / 4) + quad));
#else
  uint at = row * p.ldx + quad * 4;
  if (!QUADS || (TAIL && quad == p.n / 4)) {
    vec4 v = vec4(-INFINITE);
    [[unroll]] for (uint i = 0; i < 4; i++)
      if (quad * 4 + i < p.n)
        v[i] = x[at + i];
    return v;
  }
  vec4 v = x4[at / 4];
#endif
  if (TAIL) {
    uvec4 id = uvec4(quad * 4) + uvec4(0, 1, 2, 3);
    v = mix(v, vec4(-INFINITE), greaterThanEqual(id, uvec4(p.n)));
  }
  return v;
}

// beyond the end of a stretch: minus infinity
vec4 load_before(uint quad, uint end)
{
  return mix(vec4(-INFINITE), load(min(quad, end - 1)), bvec4(quad < end));
}

vec4 load_step(stretch s, uint step)
{
  return load_before(s.first + step * TEAM, s.end);
}

// ---- passing round ----

float across_sum(vec4 v)
{
  return (v.x + v.y) + (v.z + v.w);
}

float across_max(vec4 v)
{
  return max(max(v.x, v.y), max(v.z, v.w));
}

// After pass_sum(v) or pass_max(v) of all invocations, team(t) is the sum (the largest)
// of the v of team t's members; after pass_sums, team_sums(t). All invocations must come
// here.
#ifdef SHUFFLE
vec4 passed;

void pass(vec4 v, bool sum)
{
  passed = v;
}

float team(uint t)
{
  return subgroupShuffle(passed.x, t);
}

vec4 team_sums(uint t)
{
  return subgroupShuffle(passed, t);
}
#else
shared vec4 members[gl_WorkGroupSize.x];
shared vec4 passed[TEAMS];

void pass(vec4 v, bool sum)
{
  uint me = gl_LocalInvocationIndex;
  members[me] = v;
  barrier(); // whoever still read the last `passed` has come here, too
  if (me < TEAMS) {
    precise vec4 all = members[me * TEAM];
    for (uint i = 1; i < TEAM; i++) {
      vec4 other = members[me * TEAM + i];
      all = sum ? all + other : max(all, other);
    }
    passed[me] = all;
  }
  barrier();
}

float team(uint t)
{
  return passed[t].x;
}

vec4 team_sums(uint t)
{
  return passed[t];
}
#endif

void pass_sums(vec4 v)
{
  pass(v, true);
}

void pass_sum(float v)
{
  pass(vec4(v, 0, 0, 0), true);
}

void pass_max(float v)
{
  pass(vec4(v, 0, 0, 0), false);
}

float sum_of_teams()
{
  precise float sum = team(0);
  UNROLL_TEAMS for (uint t = 1; t < TEAMS; t++)
    sum += team(t);
  return sum;
}

vec4 sums_of_teams()
{
  precise vec4 sums = team_sums(0);
  UNROLL_TEAMS for (uint t = 1; t < TEAMS; t++)
    sums += team_sums(t);
  return sums;
}

float max_of_teams()
{
  float most = team(0);
  UNROLL_TEAMS for (uint t = 1; t < TEAMS; t++)
    most = max(most, team(t));
  return most;
}

// ---- exponentials ----

const float LOG2_E = 1.44269504;
const float LN_2 = 0.693147181;

// 2^y for y <= 0, within 2e-7 of it, 1 for 0, 0 below 2^-126. Drivers' own may be off by
// much more, and need not give 1 for 0.
vec4 exp2_of(vec4 y)
{
  vec4 near = max(y, vec4(-127));
  vec4 whole = floor(near + 0.5);
  precise vec4 f = near - whole;
  precise vec4 s = fma(f, vec4(0.000153533781), vec4(0.00133988791));
  s = fma(f, s, vec4(0.00961843734));
  s = fma(f, s, vec4(0.0555033246));
  s = fma(f, s, vec4(0.240226479));
  s = fma(f, s, vec4(0.693147203));
  s = fma(f, s, vec4(1));
  vec4 power = intBitsToFloat((ivec4(whole) + 127) << 23);
  return mix(vec4(0), s * power, greaterThanEqual(y, vec4(-126)));
}

// log v for v >= 1 that is finite
float log_of(float v)
{
  uint bits = floatBitsToUint(v);
  int power = int(bits >> 23) - 127;
  float m = uintBitsToFloat((bits & 0x7fffffu) | 0x3f800000u); // in [1, 2)
  if (m > 1.41421356) {
    m *= 0.5;
    power++;
  }
  // 2 artanh s
  precise float s = (m - 1) / (m + 1);
  precise float q = s * s;
  precise float series = fma(q, fma(q, fma(q, 1.0 / 9, 1.0 / 7), 0.2), 1.0 / 3);
  series = fma(q, series, 1);
  return fma(float(power), LN_2, 2 * s * series);
}

// ---- the whole row ----

// A row is bad when its softmax is no distribution: with a NaN or plus infinity in it, or
// with nothing but minus infinity.
struct row_most {
  float all, mine; // the largest logit, of the row and of this invocation's share
  bool bad;
};

row_most most_of_row()
{
  stretch s = my_stretch(stretch(0, quads_of_row()));
  vec4 most = vec4(-INFINITE);
  uvec4 odd = uvec4(0); // of a NaN's bits but its sign, more than those of infinity
  for (; s.first < s.end; s.first += STEPS * TEAM)
    [[unroll]] for (uint i = 0; i < STEPS; i++) {
      vec4 v = load_step(s, i);
      most = max(most, v);
      odd = max(odd, floatBitsToUint(v) << 1);
    }
  row_most row;
  row.mine = across_max(most);
  bool nan = any(greaterThan(odd, uvec4(0xff000000u)));
  // a NaN is passed round as plus infinity
  pass_max(nan ? INFINITE : row.mine);
  row.all = max_of_teams();
  row.bad = (floatBitsToUint(row.all) & 0x7fffffffu) >= 0x7f800000u;
  return row;
}

// A sum and what rounding has left out of it (Kahan): a long row's sum of 32-bit numbers
// would be off by 1e-5 of it otherwise, and a draw with it.
struct long_sum {
  vec4 sum, over;
};

void add(inout long_sum s, vec4 v)
{
  precise vec4 rest = v - s.over;
  precise vec4 sum = s.sum + rest;
  precise vec4 over = (sum - s.sum) - rest;
  s.sum = sum;
  s.over = over;
}

// This invocation's share of the sum of exp(x - most).
float my_sum_of_row(float most)
{
  stretch s = my_stretch(stretch(0, quads_of_row()));
  long_sum sum = long_sum(vec4(0), vec4(0));
  for (; s.first < s.end; s.first += STEPS * TEAM) {
    precise vec4 part = vec4(0);
    [[unroll]] for (uint i = 0; i < STEPS; i++) {
      precise vec4 y = (load_step(s, i) - most) * LOG2_E;
      part += exp2_of(y);
    }
    add(sum, part);
  }
  return across_sum(sum.sum);
}
