/* rope.h - how fast each pair of a head's dimensions turns with the position.
 *
 * For: rotary embeddings of the Llama family as transformers does them (pair i is the
 * dimensions i and i + head_dim/2), with the scalings that stretch a model's context:
 * linear, Llama 3's, YaRN, and a GGUF's own table of divisors. Not for: scalings that
 * change with the prompt's length ("dynamic", "longrope"): the same prefix would be
 * another prefix in a longer text. They are refused where a config is read.
 *
 * Pure functions on doubles; transformers rounds the frequencies to float, and so should
 * who uses them. Thread-safe.
 */
#ifndef OREO_NN_ROPE_H
#define OREO_NN_ROPE_H

#include <stdbool.h>
#include <stdint.h>

enum { ROPE_PAIRS_MAX = 256 };

/* kind, name in rope_scaling's rope_type */
#define ROPE_KIND_MAP(XX) \
  XX(NONE, "default")     \
  XX(LINEAR, "linear")    \
  XX(LLAMA3, "llama3")    \
  XX(YARN, "yarn")        \
  XX(DIVISORS, "divisors") /* only from a GGUF's rope_freqs.weight */

enum rope_kind {
#define XX(id, name) ROPE_##id,
  ROPE_KIND_MAP(XX)
#undef XX
};

struct rope {
  enum rope_kind kind;
  double theta;                             /* the base, 10000 in the first models */
  double factor;                            /* how many times the context is stretched */
  int32_t original_positions;               /* before the stretching: LLAMA3, YARN */
  double low_freq_factor, high_freq_factor; /* LLAMA3 */
  double beta_fast, beta_slow;              /* YARN: full turns in the original context */
  bool truncate;                            /* YARN: the ramp ends at whole dimensions */
  double attention_factor;                  /* YARN: what cos and sin are multiplied by */
  float divisors[ROPE_PAIRS_MAX];           /* DIVISORS */
};

/* Radians per position of pair 0 .. head_dim/2 - 1. */
double rope_frequency(const struct rope *rope, int head_dim, int pair);
/* The factor on cos and sin; 1 but for YaRN. */
double rope_attention_factor(const struct rope *rope);
/* The cosines and sines of positions 0 .. positions - 1 as op_heads.h wants them: for
 * each position those of the pairs, [positions][head_dim]. Frequencies and angles are
 * rounded to 32 bits, as transformers has them: at high positions the rounding shows in
 * the logits. */
void rope_turns(const struct rope *rope, int head_dim, uint32_t positions, float *turns);
/* YaRN's own choice of that factor for a stretch by `factor`, weighted by `mscale` (1).
 */
double rope_yarn_attention(double factor, double mscale);

#endif
