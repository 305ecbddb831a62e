#include "nn/dequant.h"

#include <string.h>

static uint32_t bits_of(float value)
{
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

static float of_bits(uint32_t bits)
{
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

float half_to_float(uint16_t half)
{
  uint32_t sign = (uint32_t)(half & 0x8000) << 16, rest = half & 0x7fff;
  if (rest >= 0x7c00) /* infinity and NaN */
    return of_bits(sign | 0x7f800000 | (rest & 0x3ff) << 13);
  /* the bits as they are mean 2^112 too little, subnormals included */
  return of_bits(sign | bits_of(of_bits(rest << 13) * 0x1p112f));
}

uint16_t half_from_float(float value)
{
  uint32_t bits = bits_of(value), sign = bits >> 16 & 0x8000;
  bits &= 0x7fffffff;
  if (bits > 0x7f800000) /* a NaN keeps its upper bits and stays one */
    return (uint16_t)(sign | 0x7e00 | (bits >> 13 & 0x3ff));
  if (bits >= 0x477ff000) /* rounds beyond the largest half, 65504 */
    return (uint16_t)(sign | 0x7c00);
  if (bits < 0x38800000) {
    /* subnormal: adding 0.5 makes the float unit round at 2^-24, to even */
    uint32_t rounded = bits_of(of_bits(bits) + 0.5f) - bits_of(0.5f);
    return (uint16_t)(sign | rounded);
  }
  uint32_t rounded = bits - 0x38000000 + 0xfff + (bits >> 13 & 1);
  return (uint16_t)(sign | rounded >> 13);
}

float bfloat_to_float(uint16_t bfloat)
{
  return of_bits((uint32_t)bfloat << 16);
}

uint16_t bfloat_from_float(float value)
{
  uint32_t bits = bits_of(value);
  if ((bits & 0x7fffffff) > 0x7f800000)
    return (uint16_t)(bits >> 16 | 0x40);
  return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

/* ---- blocks: each reads one block of its type and writes its elements ---- */

static uint16_t u16_at(const unsigned char *p)
{
  return (uint16_t)(p[0] | p[1] << 8);
}
static float half_at(const unsigned char *p)
{
  return half_to_float(u16_at(p));
}
static uint32_t u32_at(const unsigned char *p)
{
  return (uint32_t)u16_at(p) | (uint32_t)u16_at(p + 2) << 16;
}
static int i8_at(const unsigned char *p)
{
  return *p < 128 ? *p : *p - 256;
}

static void block_f32(const unsigned char *p, float *out)
{
  *out = of_bits(u32_at(p));
}
static void block_f16(const unsigned char *p, float *out)
{
  *out = half_at(p);
}
static void block_bf16(const unsigned char *p, float *out)
{
  *out = bfloat_to_float(u16_at(p));
}

/* Nibbles: the low ones are elements 0-15, the high ones 16-31. */
static void block_q4_0(const unsigned char *p, float *out)
{
  float d = half_at(p);
  for (int i = 0; i < 16; i++) {
    out[i] = (float)((p[2 + i] & 15) - 8) * d;
    out[i + 16] = (float)((p[2 + i] >> 4) - 8) * d;
  }
}

static void block_q4_1(const unsigned char *p, float *out)
{
  float d = half_at(p), least = half_at(p + 2);
  for (int i = 0; i < 16; i++) {
    out[i] = (float)(p[4 + i] & 15) * d + least;
    out[i + 16] = (float)(p[4 + i] >> 4) * d + least;
  }
}

/* The fifth bits of all 32 elements stand in one word before the nibbles. */
static int five_bits(const unsigned char *nibbles, uint32_t fifth, int i)
{
  int low = i < 16 ? nibbles[i] & 15 : nibbles[i - 16] >> 4;
  return low | (int)(fifth >> i & 1) << 4;
}

static void block_q5_0(const unsigned char *p, float *out)
{
  float d = half_at(p);
  for (int i = 0; i < 32; i++)
    out[i] = (float)(five_bits(p + 6, u32_at(p + 2), i) - 16) * d;
}

static void block_q5_1(const unsigned char *p, float *out)
{
  float d = half_at(p), least = half_at(p + 2);
  for (int i = 0; i < 32; i++)
    out[i] = (float)five_bits(p + 8, u32_at(p + 4), i) * d + least;
}

static void block_q8_0(const unsigned char *p, float *out)
{
  float d = half_at(p);
  for (int i = 0; i < 32; i++)
    out[i] = (float)i8_at(p + 2 + i) * d;
}

/* Q4_K and Q5_K: eight groups of 32 with a six-bit scale and a six-bit minimum each,
 * packed into twelve bytes: the first four groups whole, the others' upper two bits on
 * top of those. */
static void group_scale(const unsigned char *packed, int group, int *scale, int *least)
{
  if (group < 4) {
    *scale = packed[group] & 63;
    *least = packed[group + 4] & 63;
  } else {
    *scale = (packed[group + 4] & 15) | packed[group - 4] >> 6 << 4;
    *least = packed[group + 4] >> 4 | packed[group] >> 6 << 4;
  }
}

/* `fifth` has, for each of 32 positions, one bit for each group; NULL for Q4_K. */
static void block_q45_k(const unsigned char *p, const unsigned char *fifth,
                        const unsigned char *nibbles, float *out)
{
  float d = half_at(p), d_least = half_at(p + 2);
  for (int group = 0; group < 8; group++) {
    int scale, least;
    group_scale(p + 4, group, &scale, &least);
    float step = d * (float)scale, down = d_least * (float)least;
    const unsigned char *from = nibbles + 32 * (group / 2);
    for (int i = 0; i < 32; i++) {
      int q = group % 2 ? from[i] >> 4 : from[i] & 15;
      if (fifth)
        q |= (fifth[i] >> group & 1) << 4;
      out[32 * group + i] = step * (float)q - down;
    }
  }
}

static void block_q4_k(const unsigned char *p, float *out)
{
  block_q45_k(p, NULL, p + 16, out);
}

static void block_q5_k(const unsigned char *p, float *out)
{
  block_q45_k(p, p + 16, p + 48, out);
}

/* 128 bytes of lower nibbles, 64 of upper pairs of bits, 16 scales, then d. Each half of
 * the block has four runs of 32: two from the low nibbles, two from the high ones. */
static void block_q6_k(const unsigned char *p, float *out)
{
  const unsigned char *scales = p + 192;
  float d = half_at(p + 208);
  for (int run = 0; run < 8; run++) {
    const unsigned char *low = p + 64 * (run / 4) + 32 * (run % 2);
    const unsigned char *high = p + 128 + 32 * (run / 4);
    for (int i = 0; i < 32; i++) {
      int q = run % 4 < 2 ? low[i] & 15 : low[i] >> 4;
      q |= (high[i] >> 2 * (run % 4) & 3) << 4;
      out[32 * run + i] = d * (float)i8_at(scales + 2 * run + i / 16) * (float)(q - 32);
    }
  }
}

void dequant(enum weight_type type, const void *blocks, size_t n_blocks, float *out)
{
  static void (*const readers[])(const unsigned char *, float *) = {
    [WEIGHT_F32] = block_f32,   [WEIGHT_F16] = block_f16,   [WEIGHT_BF16] = block_bf16,
    [WEIGHT_Q4_0] = block_q4_0, [WEIGHT_Q4_1] = block_q4_1, [WEIGHT_Q5_0] = block_q5_0,
    [WEIGHT_Q5_1] = block_q5_1, [WEIGHT_Q8_0] = block_q8_0, [WEIGHT_Q4_K] = block_q4_k,
    [WEIGHT_Q5_K] = block_q5_k, [WEIGHT_Q6_K] = block_q6_k,
  };
  const struct weight_kind *kind = weight_kind(type);
  const unsigned char *p = blocks;
  for (size_t i = 0; i < n_blocks; i++)
    readers[type](p + i * (size_t)kind->block_bytes,
                  out + i * (size_t)kind->block_elements);
}
