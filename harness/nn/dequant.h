/* dequant.h - weights as floats, whatever they are stored as.
 *
 * For: F32, F16, BF16 and the block formats of GGUF, little-endian, at any address. Each
 * value is computed in float in the order that ggml computes it, so that equal files give
 * equal bits. Nothing is checked here: who calls has checked the sizes, and looks for NaN
 * afterwards. Pure; thread-safe; cannot fail.
 */
#ifndef OREO_NN_DEQUANT_H
#define OREO_NN_DEQUANT_H

#include "nn/weight.h"

/* `n_blocks` blocks of a type (weight_kind; not WEIGHT_OTHER) to their elements. */
void dequant(enum weight_type type, const void *blocks, size_t n_blocks, float *out);

float half_to_float(uint16_t half);
/* To the nearest, ties to even; beyond the range to infinity; NaN stays NaN. */
uint16_t half_from_float(float value);
float bfloat_to_float(uint16_t bfloat);
uint16_t bfloat_from_float(float value);

#endif
