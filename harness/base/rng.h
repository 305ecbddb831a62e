/* rng.h - random numbers that depend on what they are for, not on when they are drawn.
 *
 * Every draw comes from a stream keyed by (run seed, purpose, id), so order, batch size,
 * workers and shards cannot change a result (design, guarantee 1). The generator is
 * counter-based: block n of a stream is a keyed mix of n, nothing is carried along but the
 * counter. Not for cryptography. A stream is 24 bytes on the caller's stack; no globals.
 *
 * Also here: CPython's Mersenne twister, because lm-eval's few-shot draws come from it and
 * prompts must match byte for byte. Nothing else may use it.
 */
#ifndef OREO_BASE_RNG_H
#define OREO_BASE_RNG_H

#include "base/str.h"

struct rng {
  uint64_t key[2];
  uint64_t counter;
};

/* `purpose` is a short literal ("bootstrap", "gsm8k-style/test"); `id` is the item, the
 * sample, or 0. Different triples give independent streams. */
void rng_init(struct rng *rng, uint64_t seed, const char *purpose, uint64_t id);

uint64_t rng_u64(struct rng *rng);
/* Uniform in [0, n), without bias; n > 0. */
uint64_t rng_below(struct rng *rng, uint64_t n);
/* Uniform integer in [low, high], both included. */
int64_t rng_range(struct rng *rng, int64_t low, int64_t high);
/* Uniform in [0, 1), 53 bits. */
double rng_unit(struct rng *rng);
/* True with probability p. */
bool rng_chance(struct rng *rng, double p);
/* Fisher-Yates over n elements of `size` bytes. */
void rng_shuffle(struct rng *rng, void *base, size_t n, size_t size);

/* ---- CPython's random.Random(seed) ---- */

struct mt19937 {
  uint32_t state[624];
  int index;
};

/* As random.Random(seed) for 0 <= seed < 2^32 (init_by_array with one word). */
void mt19937_init(struct mt19937 *mt, uint32_t seed);
uint32_t mt19937_u32(struct mt19937 *mt);
/* As Random.getrandbits(k), 1 <= k <= 32. */
uint32_t mt19937_bits(struct mt19937 *mt, int k);
/* As Random._randbelow(n): getrandbits(bit_length(n)) with rejection; 0 < n < 2^32. */
uint32_t mt19937_below(struct mt19937 *mt, uint32_t n);
/* As Random.sample(range(n), k) into out[k], with CPython's own choice between its pool
 * and its set algorithm. k <= n. */
void mt19937_sample(struct mt19937 *mt, uint32_t n, uint32_t k, uint32_t *out);

#endif
