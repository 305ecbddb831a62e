/* bench_model.h - a model to be measured: a checkpoint, or random weights of a size.
 *
 * For bench_decode.c. Random checkpoints are written into a temporary folder, loaded like
 * any other, and removed at once. Prompts are random ids, different in every round, so
 * that no part of one is known from another. The model must be freed before its device is
 * closed. Errors: those of nn/model and nn/safetensors; ERR_USAGE for an unknown size.
 */
#ifndef OREO_CLI_BENCH_MODEL_H
#define OREO_CLI_BENCH_MODEL_H

#include "cli/bench_device.h"
#include "nn/generator.h"

/* ERR_USAGE for an unknown size or type, before anything is done. */
NODISCARD int bench_model_check(const struct bench_settings *settings, struct err *err);
/* Loads it and states it in the result. NULL on failure; free with model_free. */
struct model *bench_model_load(const struct bench_device *device,
                               struct bench_result *result,
                               const struct bench_settings *settings, uint32_t context,
                               struct arena *arena, struct err *err);

/* Writes config.json and model.safetensors of random weights into a folder. */
NODISCARD int bench_model_write(const char *folder, const char *size,
                                enum weight_type type, uint64_t seed, struct err *err);

#endif
