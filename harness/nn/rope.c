#include "nn/rope.h"

#include <math.h>
#include <stddef.h>

static const double two_pi = 6.283185307179586476925286766559;

/* Llama 3: slow pairs are stretched, fast ones stay, those between are mixed. */
static double llama3(const struct rope *rope, double frequency)
{
  double turns = rope->original_positions * frequency / two_pi;
  if (turns < rope->low_freq_factor)
    return frequency / rope->factor;
  if (turns > rope->high_freq_factor)
    return frequency;
  double smooth =
      (turns - rope->low_freq_factor) / (rope->high_freq_factor - rope->low_freq_factor);
  return (1 - smooth) * frequency / rope->factor + smooth * frequency;
}

/* The pair (not whole) that makes so many turns in the original context. */
static double pair_of_turns(const struct rope *rope, int head_dim, double turns)
{
  return head_dim * log(rope->original_positions / (turns * two_pi)) /
         (2 * log(rope->theta));
}

static double yarn(const struct rope *rope, int head_dim, int pair, double frequency)
{
  double low = pair_of_turns(rope, head_dim, rope->beta_fast);
  double high = pair_of_turns(rope, head_dim, rope->beta_slow);
  if (rope->truncate) {
    low = floor(low);
    high = ceil(high);
  }
  low = fmax(low, 0);
  high = fmin(high, head_dim - 1);
  if (low == high)
    high += 0.001; /* as the reference: no division by zero */
  double ramp = fmin(fmax((pair - low) / (high - low), 0), 1);
  return frequency / rope->factor * ramp + frequency * (1 - ramp);
}

double rope_frequency(const struct rope *rope, int head_dim, int pair)
{
  double frequency = pow(rope->theta, -2.0 * pair / head_dim);
  switch (rope->kind) {
  case ROPE_LINEAR: return frequency / rope->factor;
  case ROPE_LLAMA3: return llama3(rope, frequency);
  case ROPE_YARN: return yarn(rope, head_dim, pair, frequency);
  case ROPE_DIVISORS: return frequency / (double)rope->divisors[pair];
  case ROPE_NONE: break;
  }
  return frequency;
}

double rope_attention_factor(const struct rope *rope)
{
  return rope->kind == ROPE_YARN ? rope->attention_factor : 1;
}

double rope_yarn_attention(double factor, double mscale)
{
  return factor <= 1 ? 1 : 0.1 * mscale * log(factor) + 1;
}

void rope_turns(const struct rope *rope, int head_dim, uint32_t positions, float *turns)
{
  int half = head_dim / 2;
  double factor = rope_attention_factor(rope);
  for (int pair = 0; pair < half; pair++) {
    float frequency = (float)rope_frequency(rope, head_dim, pair);
    for (uint32_t position = 0; position < positions; position++) {
      float angle = (float)position * frequency;
      float *row = turns + (size_t)position * 2 * (size_t)half;
      row[pair] = (float)(cos((double)angle) * factor);
      row[half + pair] = (float)(sin((double)angle) * factor);
    }
  }
}
