/* dtype.h - what --dtype of `generate` and `bench` may say. Pure. */
#ifndef OREO_CLI_DTYPE_H
#define OREO_CLI_DTYPE_H

#include "nn/model.h"

/* "auto" (as stored), "f32", "f16", "bf16"; ERR_USAGE, naming the nearest. */
NODISCARD int dtype_parse(const char *text, enum model_dtype *dtype, struct err *err);

#endif
