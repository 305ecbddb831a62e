#include "base/arena.h"
#include "base/nearest.h"
#include "nn/model.h"

static const struct {
  const char *name;
  enum model_dtype dtype;
} names[] = {
#define XX(id, name) { name, MODEL_##id },
  MODEL_DTYPE_MAP(XX)
#undef XX
  /* what torch, and so lm-eval, calls them */
  { "float32", MODEL_F32 },
  { "float", MODEL_F32 },
  { "float16", MODEL_F16 },
  { "half", MODEL_F16 },
  { "bfloat16", MODEL_BF16 },
};

static const char *name_at(size_t index)
{
  return index < COUNT(names) ? names[index].name : NULL;
}

int model_dtype_parse(const char *name, enum model_dtype *dtype, struct err *err)
{
  *dtype = MODEL_AS_STORED;
  if (!name)
    return 0;
  for (size_t i = 0; i < COUNT(names); i++)
    if (strcmp(names[i].name, name) == 0) {
      *dtype = names[i].dtype;
      return 0;
    }
  const char *nearest = name_nearest(str_from(name), name_at);
  if (!nearest)
    return err_set(err, ERR_USAGE,
                   "--dtype: no '%.40s'; there is auto, f32, f16, bf16, f16-matrix and "
                   "bf16-matrix",
                   name);
  return err_set(err, ERR_USAGE, "--dtype: no '%.40s'; there is '%s'", name, nearest);
}
