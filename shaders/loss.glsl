// loss.glsl - what the kernels of the loss share: the state of a row between chunks of the
// vocabulary, and the reference's logits beside the policy's (logits.glsl). A workgroup
// works on several rows, one after the other: on a CPU each workgroup has its price.
//
// Of the columns so far, with x the policy's and z the reference's logits:
//   x_most, z_most  the largest; plus infinity once there was a NaN or plus infinity
//   x_sum, z_sum    sums of exp(x - x_most), exp(z - z_most)
//   gap             sum of exp(x - x_most) ((x - z) - shift)
//   x_id, z_id      those of the row's token; NaN until it was met
//   shift           x - z of the first column, which takes from sums what all have in common

layout(constant_id = 3) const bool Z = false; // is there a reference?

#ifdef SHUFFLE
layout(binding = 1) uniform samplerBuffer z4;
#else
layout(binding = 1) readonly buffer ZOnes { float z[]; };
layout(binding = 1) readonly buffer ZQuads { vec4 z4[]; };
#endif
layout(binding = 2) readonly buffer Ids { int ids[]; };

struct row_state {
  float x_most, x_sum, z_most, z_sum;
  float gap, x_id, z_id, shift;
};

row_state unpack(vec4 a, vec4 b)
{
  return row_state(a.x, a.y, a.z, a.w, b.x, b.y, b.z, b.w);
}

bool finite(float most)
{
  return abs(most) < INFINITE;
}

uint row; // that the workgroup is at

#ifdef SHUFFLE
#define LOAD(a)                                                             \
  vec4 load_##a(uint quad)                                                  \
  {                                                                         \
    return inside_row(quad, texelFetch(a##4, int(row * (p.ld##a / 4) + quad))); \
  }
#else
#define LOAD(a)                                       \
  vec4 load_##a(uint quad)                            \
  {                                                   \
    uint at = row * p.ld##a + quad * 4;               \
    if (QUADS && !(TAIL && quad == p.n / 4))          \
      return a##4[at / 4];                            \
    vec4 v = vec4(-INFINITE);                         \
    [[unroll]] for (uint i = 0; i < 4; i++)           \
      if (quad * 4 + i < p.n)                         \
        v[i] = a[at + i];                             \
    return v;                                         \
  }
#endif

// beyond the row's end: minus infinity
vec4 inside_row(uint quad, vec4 v)
{
  uvec4 id = uvec4(quad * 4) + uvec4(0, 1, 2, 3);
  return TAIL ? mix(v, vec4(-INFINITE), greaterThanEqual(id, uvec4(p.n))) : v;
}

LOAD(x)
LOAD(z)

// exp(v - most)
vec4 power_of(vec4 v, float most)
{
  precise vec4 y = (v - most) * LOG2_E;
  return exp2_of(y);
}

// power * ((x - z) - shift), and nothing of what has no power
vec4 gap_of(vec4 power, vec4 x, vec4 z, float shift)
{
  precise vec4 apart = (x - z) - shift;
  precise vec4 gap = power * apart;
  return mix(gap, vec4(0), equal(power, vec4(0)));
}
