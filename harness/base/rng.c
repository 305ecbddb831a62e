#include "base/rng.h"

#include "base/hash.h"

/* Philox-like strength is not needed here; this is SplitMix64 (Steele et al. 2014) run on a
 * counter and keyed twice, which passes the usual batteries for streams of this length. */
static uint64_t mix(uint64_t z)
{
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
  z = (z ^ z >> 27) * 0x94d049bb133111ebu;
  return z ^ z >> 31;
}

void rng_init(struct rng *rng, uint64_t seed, const char *purpose, uint64_t id)
{
  /* FNV-1a over the purpose: written out, because it must never change */
  uint64_t h = 0xcbf29ce484222325u;
  for (const char *p = purpose; *p; p++)
    h = (h ^ (unsigned char)*p) * 0x100000001b3u;
  rng->key[0] = mix(seed + 0x9e3779b97f4a7c15u) ^ mix(h);
  rng->key[1] = mix(id ^ 0xd1b54a32d192ed03u) + mix(h ^ rng->key[0]);
  rng->counter = 0;
}

uint64_t rng_u64(struct rng *rng)
{
  uint64_t n = ++rng->counter;
  return mix(mix(n * 0x9e3779b97f4a7c15u + rng->key[0]) ^ rng->key[1]);
}

uint64_t rng_below(struct rng *rng, uint64_t n)
{
  /* reject the short last range: no bias */
  uint64_t limit = UINT64_MAX - UINT64_MAX % n, value;
  do
    value = rng_u64(rng);
  while (value >= limit);
  return value % n;
}

int64_t rng_range(struct rng *rng, int64_t low, int64_t high)
{
  return (int64_t)((uint64_t)low + rng_below(rng, (uint64_t)high - (uint64_t)low + 1));
}

double rng_unit(struct rng *rng) { return (double)(rng_u64(rng) >> 11) * 0x1p-53; }

bool rng_chance(struct rng *rng, double p) { return rng_unit(rng) < p; }

void rng_shuffle(struct rng *rng, void *base, size_t n, size_t size)
{
  unsigned char *bytes = base;
  for (size_t i = n; i > 1; i--) {
    unsigned char *a = bytes + (i - 1) * size;
    unsigned char *b = bytes + rng_below(rng, i) * size;
    for (size_t k = 0; k < size; k++) {
      unsigned char swap = a[k];
      a[k] = b[k];
      b[k] = swap;
    }
  }
}

/* ---- MT19937 as CPython seeds and reads it (Matsumoto and Nishimura 1998) ---- */

enum { MT_N = 624, MT_M = 397 };

static void mt_init_genrand(struct mt19937 *mt, uint32_t seed)
{
  mt->state[0] = seed;
  for (int i = 1; i < MT_N; i++)
    mt->state[i] =
        1812433253u * (mt->state[i - 1] ^ mt->state[i - 1] >> 30) + (uint32_t)i;
  mt->index = MT_N;
}

void mt19937_init(struct mt19937 *mt, uint32_t seed)
{
  /* init_by_array with the one key word `seed` */
  mt_init_genrand(mt, 19650218u);
  uint32_t *s = mt->state;
  int i = 1;
  for (int k = MT_N; k; k--) {
    s[i] = (s[i] ^ (s[i - 1] ^ s[i - 1] >> 30) * 1664525u) + seed;
    if (++i >= MT_N) {
      s[0] = s[MT_N - 1];
      i = 1;
    }
  }
  for (int k = MT_N - 1; k; k--) {
    s[i] = (s[i] ^ (s[i - 1] ^ s[i - 1] >> 30) * 1566083941u) - (uint32_t)i;
    if (++i >= MT_N) {
      s[0] = s[MT_N - 1];
      i = 1;
    }
  }
  s[0] = 0x80000000u;
}

static void mt_refill(struct mt19937 *mt)
{
  uint32_t *s = mt->state;
  for (int i = 0; i < MT_N; i++) {
    uint32_t y = (s[i] & 0x80000000u) | (s[(i + 1) % MT_N] & 0x7fffffffu);
    s[i] = s[(i + MT_M) % MT_N] ^ y >> 1 ^ (y & 1 ? 0x9908b0dfu : 0);
  }
  mt->index = 0;
}

uint32_t mt19937_u32(struct mt19937 *mt)
{
  if (mt->index >= MT_N)
    mt_refill(mt);
  uint32_t y = mt->state[mt->index++];
  y ^= y >> 11;
  y ^= y << 7 & 0x9d2c5680u;
  y ^= y << 15 & 0xefc60000u;
  return y ^ y >> 18;
}

uint32_t mt19937_bits(struct mt19937 *mt, int k) { return mt19937_u32(mt) >> (32 - k); }

uint32_t mt19937_below(struct mt19937 *mt, uint32_t n)
{
  int k = 0;
  while (k < 32 && n >> k)
    k++;
  uint32_t r;
  do
    r = mt19937_bits(mt, k);
  while (r >= n);
  return r;
}

/* CPython 3: random.sample takes a pool when n is small beside k, else rejection by a set;
 * setsize = 21, plus 4 ** ceil(log(3k, 4)) for k > 5. */
static bool sample_by_pool(uint32_t n, uint32_t k)
{
  uint64_t set_size = 21;
  if (k > 5) {
    uint64_t power = 1;
    while (power < 3 * (uint64_t)k)
      power *= 4;
    set_size += power;
  }
  return n <= set_size;
}

static bool already_drawn(const uint32_t *out, uint32_t n, uint32_t value)
{
  for (uint32_t i = 0; i < n; i++)
    if (out[i] == value)
      return true;
  return false;
}

void mt19937_sample(struct mt19937 *mt, uint32_t n, uint32_t k, uint32_t *out)
{
  if (!sample_by_pool(n, k)) {
    for (uint32_t i = 0; i < k; i++) {
      do
        out[i] = mt19937_below(mt, n);
      while (already_drawn(out, i, out[i]));
    }
    return;
  }
  /* The pool is [0, n) with the drawn place refilled from the end. A pool is only taken for
   * n <= 21 + 4^ceil(log4(3k)) <= 21 + 12k, so walking the draws back costs little. */
  for (uint32_t i = 0; i < k; i++) {
    uint32_t at = mt19937_below(mt, n - i);
    out[i] = at;
  }
  /* out[i] holds a place in the pool as it was at draw i; turn it into a value. */
  for (uint32_t i = k; i-- > 0;) {
    uint32_t place = out[i];
    for (uint32_t j = i; j-- > 0;)
      if (place == out[j])
        place = n - 1 - j;
    out[i] = place;
  }
}
