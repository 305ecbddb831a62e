/* random_model.h - a small model with random weights, on disk and in memory, so that the
 * engine's answers can be held against reference/llama.h.
 *
 * The folder has config.json and model.safetensors of one float type; the floats in
 * memory are the file's, to the bit. random_model_drop removes both. Failures fail the
 * test.
 */
#ifndef OREO_TESTS_REFERENCE_RANDOM_MODEL_H
#define OREO_TESTS_REFERENCE_RANDOM_MODEL_H

#include "reference/llama.h"

struct random_model {
  char dir[64];
  struct model_config config;
  float **weights; /* as struct llama has them */
  size_t n;
};

/* One number that takes another's place; `tensor` NULL for none. */
struct random_model_spoil {
  const char *tensor;
  float value; /* of its fourth element */
};

struct random_model random_model_make(const char *config_json, enum weight_type type,
                                      uint64_t seed,
                                      const struct random_model_spoil *spoil);
void random_model_drop(struct random_model *model);

/* Rounds the matrices in memory, as the engine does when a type is asked for. */
void random_model_round(struct random_model *model, enum weight_type type);
struct llama random_model_llama(const struct random_model *model);

#endif
