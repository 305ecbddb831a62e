/* Every format against the formula of its description, written out element by element
 * with an index of its own: the code under test walks blocks, this walks elements. */
#include "test.h"

#include <math.h>

#include "base/rng.h"
#include "nn/dequant.h"

static double two_to(int exponent)
{
  return ldexp(1, exponent);
}

/* A half by its definition, in double. */
static double half_value(unsigned bits)
{
  double sign = bits >> 15 ? -1 : 1, fraction = bits & 0x3ff;
  int exponent = bits >> 10 & 31;
  if (exponent == 31)
    return fraction != 0 ? NAN : sign * INFINITY;
  if (exponent == 0)
    return sign * fraction * two_to(-24);
  return sign * (1 + fraction / 1024) * two_to(exponent - 15);
}

static double half_of(const unsigned char *p)
{
  return half_value(p[0] | (unsigned)p[1] << 8);
}

static void every_half(void **state)
{
  (void)state;
  for (unsigned bits = 0; bits < 0x10000; bits++) {
    float got = half_to_float((uint16_t)bits);
    double wanted = half_value(bits);
    if (isnan(wanted)) {
      assert_true(isnan(got) && isnan(half_to_float(half_from_float(got))));
      continue;
    }
    if ((double)got != wanted || !signbit(got) != !(bits >> 15))
      fail_msg("half 0x%04x is %g, not %g", bits, (double)got, wanted);
    assert_int_equal(half_from_float(got), bits);
    /* halfway to the next goes to the even one, a little beside it to the nearer */
    if ((bits & 0x7fff) >= 0x7bff)
      continue;
    float middle = (float)((wanted + half_value(bits + 1)) / 2);
    assert_int_equal(half_from_float(middle), bits & 1 ? bits + 1 : bits);
    assert_int_equal(half_from_float(nextafterf(middle, got)), bits);
    assert_int_equal(half_from_float(nextafterf(middle, middle > 0 ? 1e9f : -1e9f)),
                     bits + 1);
  }
  assert_int_equal(half_from_float(65519.0f), 0x7bff);
  assert_int_equal(half_from_float(65520.0f), 0x7c00);
  assert_int_equal(half_from_float(-1e30f), 0xfc00);
  assert_int_equal(half_from_float(1e-30f), 0);
}

static void bfloats(void **state)
{
  (void)state;
  assert_true(bfloat_to_float(0x3f80) == 1 && bfloat_to_float(0xc040) == -3);
  assert_true(isnan(bfloat_to_float(0x7fc0)) && isinf(bfloat_to_float(0xff80)));
  for (unsigned bits = 0; bits < 0x10000; bits++) {
    float value = bfloat_to_float((uint16_t)bits);
    if (isnan(value))
      assert_true(isnan(bfloat_to_float(bfloat_from_float(value))));
    else
      assert_int_equal(bfloat_from_float(value), bits);
  }
  assert_int_equal(bfloat_from_float(1 + 0x1p-8f), 0x3f80);     /* a tie, to even */
  assert_int_equal(bfloat_from_float(1 + 3 * 0x1p-8f), 0x3f82); /* a tie, to even */
  assert_int_equal(bfloat_from_float(1 + 0x1.01p-8f), 0x3f81);
  float quiet = bfloat_to_float(bfloat_from_float(nanf("1")));
  assert_true(isnan(quiet));
}

/* ---- blocks, element e of one, in double ---- */

static double element_f32(const unsigned char *p, int e)
{
  uint32_t bits =
      p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
  float value;
  memcpy(&value, &bits, 4);
  return e ? 0 : (double)value;
}
static double element_f16(const unsigned char *p, int e)
{
  return e ? 0 : half_of(p);
}
static double element_bf16(const unsigned char *p, int e)
{
  const unsigned char wide[4] = { 0, 0, p[0], p[1] };
  return element_f32(wide, e);
}

static int nibble(const unsigned char *p, int e)
{
  return e < 16 ? p[e] % 16 : p[e - 16] / 16;
}
static int bit(const unsigned char *p, int n)
{
  return p[n / 8] >> n % 8 & 1;
}

static double element_q4_0(const unsigned char *p, int e)
{
  return half_of(p) * (nibble(p + 2, e) - 8);
}
static double element_q4_1(const unsigned char *p, int e)
{
  return half_of(p) * nibble(p + 4, e) + half_of(p + 2);
}
static double element_q5_0(const unsigned char *p, int e)
{
  return half_of(p) * (nibble(p + 6, e) + 16 * bit(p + 2, e) - 16);
}
static double element_q5_1(const unsigned char *p, int e)
{
  return half_of(p) * (nibble(p + 8, e) + 16 * bit(p + 4, e)) + half_of(p + 2);
}
static double element_q8_0(const unsigned char *p, int e)
{
  return half_of(p) * (signed char)p[2 + e];
}

/* Scale and minimum of group g among 96 packed bits. */
static void k_group(const unsigned char *s, int g, int *scale, int *least)
{
  if (g < 4) {
    *scale = s[g] % 64;
    *least = s[g + 4] % 64;
  } else {
    *scale = s[g + 4] % 16 + s[g - 4] / 64 * 16;
    *least = s[g + 4] / 16 + s[g] / 64 * 16;
  }
}

static double element_q45_k(const unsigned char *p, int e, bool five)
{
  int g = e / 32, i = e % 32, scale, least;
  const unsigned char *pair = p + (five ? 48 : 16) + e / 64 * 32;
  int q = g % 2 ? pair[i] / 16 : pair[i] % 16;
  if (five && (p[16 + i] & 1 << g))
    q += 16;
  k_group(p + 4, g, &scale, &least);
  return half_of(p) * scale * q - half_of(p + 2) * least;
}
static double element_q4_k(const unsigned char *p, int e)
{
  return element_q45_k(p, e, false);
}
static double element_q5_k(const unsigned char *p, int e)
{
  return element_q45_k(p, e, true);
}

static double element_q6_k(const unsigned char *p, int e)
{
  int half = e / 128, in_half = e % 128, column = in_half % 32, run = in_half / 32;
  unsigned char low = p[64 * half + column + (run == 1 || run == 3 ? 32 : 0)];
  int q = run < 2 ? low % 16 : low / 16;
  q += (p[128 + 32 * half + column] >> (2 * run)) % 4 * 16;
  return half_of(p + 208) * (signed char)p[192 + e / 16] * (q - 32);
}

static double (*const elements[])(const unsigned char *, int) = {
  [WEIGHT_F32] = element_f32,   [WEIGHT_F16] = element_f16,
  [WEIGHT_BF16] = element_bf16, [WEIGHT_Q4_0] = element_q4_0,
  [WEIGHT_Q4_1] = element_q4_1, [WEIGHT_Q5_0] = element_q5_0,
  [WEIGHT_Q5_1] = element_q5_1, [WEIGHT_Q8_0] = element_q8_0,
  [WEIGHT_Q4_K] = element_q4_k, [WEIGHT_Q5_K] = element_q5_k,
  [WEIGHT_Q6_K] = element_q6_k,
};

enum { BLOCKS = 3, BLOCK_BYTES_MAX = 210, ELEMENTS_MAX = 256 };

static void compare_blocks(enum weight_type type, const unsigned char *bytes)
{
  const struct weight_kind *kind = weight_kind(type);
  float out[BLOCKS * ELEMENTS_MAX + 1];
  size_t n = (size_t)(BLOCKS * kind->block_elements);
  out[n] = 12345; /* nothing is written behind the end */
  dequant(type, bytes, BLOCKS, out);
  assert_true(out[n] == 12345);
  for (size_t i = 0; i < n; i++) {
    const unsigned char *block =
        bytes + i / (size_t)kind->block_elements * (size_t)kind->block_bytes;
    double wanted = elements[type](block, (int)(i % (size_t)kind->block_elements));
    double got = (double)out[i];
    /* rounded twice at most, of parts below 2^14 (set_scales); a step is 2 at least */
    double room = kind->block_bytes > 4 ? 0x1p14 * 0x1p-23 : 0;
    bool same = isnan(wanted) ? isnan(got) : got == wanted || fabs(got - wanted) <= room;
    if (!same)
      fail_msg("%s, element %zu: %.9g, not %.9g", kind->name, i, got, wanted);
  }
}

/* Scales of 2 to 4 and minima of 32 to 64, so that no step drowns in rounding. */
static void set_scales(enum weight_type type, unsigned char *block)
{
  static const struct {
    int at[2];
  } halves[] = {
    [WEIGHT_F32] = { { -1, -1 } },   [WEIGHT_F16] = { { -1, -1 } },
    [WEIGHT_BF16] = { { -1, -1 } },  [WEIGHT_Q4_0] = { { 0, -1 } },
    [WEIGHT_Q4_1] = { { 0, 2 } },    [WEIGHT_Q5_0] = { { 0, -1 } },
    [WEIGHT_Q5_1] = { { 0, 2 } },    [WEIGHT_Q8_0] = { { 0, -1 } },
    [WEIGHT_Q4_K] = { { 0, 2 } },    [WEIGHT_Q5_K] = { { 0, 2 } },
    [WEIGHT_Q6_K] = { { 208, -1 } },
  };
  for (int i = 0; i < 2; i++) {
    int at = halves[type].at[i];
    if (at >= 0)
      block[at + 1] = (unsigned char)((block[at + 1] & 0x83) | (16 + 4 * i) << 2);
  }
}

static void random_blocks(void **state)
{
  (void)state;
  struct rng rng;
  rng_init(&rng, 7, "dequant", 0);
  for (int type = 0; type < WEIGHT_OTHER; type++) {
    const struct weight_kind *kind = weight_kind((enum weight_type)type);
    for (int turn = 0; turn < 200; turn++) {
      unsigned char bytes[BLOCKS * BLOCK_BYTES_MAX + 1];
      for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)rng_below(&rng, 256);
      unsigned char *start = bytes + turn % 2; /* at odd addresses too */
      for (int block = 0; block < BLOCKS; block++)
        set_scales((enum weight_type)type, start + block * kind->block_bytes);
      compare_blocks((enum weight_type)type, start);
    }
  }
}

/* All bits clear, all set, and each alone: every field's edges. */
static void edge_blocks(void **state)
{
  (void)state;
  for (int type = 0; type < WEIGHT_OTHER; type++) {
    const struct weight_kind *kind = weight_kind((enum weight_type)type);
    unsigned char bytes[BLOCKS * BLOCK_BYTES_MAX];
    for (int fill = 0; fill < 2; fill++) {
      for (int n = 0; n < 8 * kind->block_bytes; n++) {
        memset(bytes, fill ? 0xff : 0, sizeof bytes);
        for (int block = 0; block < BLOCKS; block++) {
          unsigned char *start = bytes + block * kind->block_bytes;
          if (block == 1)
            start[n / 8] ^= (unsigned char)(1 << n % 8);
          if (kind->block_bytes > 4)
            set_scales((enum weight_type)type, start);
        }
        compare_blocks((enum weight_type)type, bytes);
      }
    }
  }
}

/* A hand-computed block of the commonest formats, so that formula and code are not wrong
 * together. */
static void blocks_by_hand(void **state)
{
  (void)state;
  unsigned char q4[18] = { 0x00, 0x40 }; /* d = 2 */
  q4[2] = 0xf0;                          /* element 0: (0-8)*2, element 16: (15-8)*2 */
  float out[32];
  dequant(WEIGHT_Q4_0, q4, 1, out);
  assert_true(out[0] == -16 && out[16] == 14 && out[1] == -16 && out[31] == -16);
  unsigned char q8[34] = { 0x00, 0x38, 0x80, 0x7f }; /* d = 0.5; -128, 127 */
  dequant(WEIGHT_Q8_0, q8, 1, out);
  assert_true(out[0] == -64 && out[1] == 63.5f && out[2] == 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(every_half),     cmocka_unit_test(bfloats),
    cmocka_unit_test(random_blocks),  cmocka_unit_test(edge_blocks),
    cmocka_unit_test(blocks_by_hand),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
