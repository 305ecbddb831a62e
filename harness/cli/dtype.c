#include "cli/dtype.h"

#include "base/arena.h"
#include "base/nearest.h"

static const char *name_at(size_t index)
{
  static const char *const names[] = { [MODEL_AS_STORED] = "auto",
                                       [MODEL_F32] = "f32",
                                       [MODEL_F16] = "f16",
                                       [MODEL_BF16] = "bf16" };
  return index < COUNT(names) ? names[index] : NULL;
}

int dtype_parse(const char *text, enum model_dtype *dtype, struct err *err)
{
  for (size_t i = 0; name_at(i); i++)
    if (strcmp(name_at(i), text) == 0) {
      *dtype = (enum model_dtype)i;
      return 0;
    }
  const char *nearest = name_nearest(str_from(text), name_at);
  return err_set(err, ERR_USAGE, "--dtype: no '%s'; there is '%s'", text,
                 nearest ? nearest : "auto");
}
