#include "reference/random_model.h"

#include <math.h>

#include "base/fs.h"
#include "base/rng.h"
#include "nn/dequant.h"
#include "nn/model_tensors.h"
#include "nn/safetensors.h"
#include "test.h"

static void path_of(const struct random_model *model, const char *name, char path[128])
{
  snprintf(path, 128, "%s/%s", model->dir, name);
}

static float rounded(float value, enum weight_type type)
{
  return type == WEIGHT_F16    ? half_to_float(half_from_float(value))
         : type == WEIGHT_BF16 ? bfloat_to_float(bfloat_from_float(value))
                               : value;
}

/* Products keep the size of their input; norms lie around 1. */
static float draw(struct rng *rng, const struct model_tensor *tensor)
{
  double u = 2 * rng_unit(rng) - 1;
  if (tensor->n_dims == 2)
    return (float)(u * sqrt(3.0 / (double)tensor->dims[1]) * 1.5);
  return (float)(strstr(tensor->name, "norm") ? 1 + 0.5 * u : 0.5 * u);
}

static struct str packed(struct arena *arena, const float *values, size_t n,
                         enum weight_type type)
{
  size_t each = type == WEIGHT_F32 ? 4 : 2;
  char *bytes = arena_alloc(arena, n * each);
  for (size_t i = 0; i < n; i++) {
    uint16_t half =
        type == WEIGHT_F16 ? half_from_float(values[i]) : bfloat_from_float(values[i]);
    memcpy(bytes + i * each, each == 4 ? (const void *)&values[i] : &half, each);
  }
  return (struct str){ bytes, n * each };
}

static void write_weights(const struct random_model *model,
                          const struct model_tensor *tensors, enum weight_type type)
{
  struct err err = { 0 };
  struct arena arena = { 0 };
  char path[128];
  struct safetensors_entry *entries =
      ARENA_NEW(&arena, struct safetensors_entry, model->n);
  for (size_t i = 0; i < model->n; i++)
    entries[i] = (struct safetensors_entry){ str_from(tensors[i].name),
                                             type,
                                             tensors[i].n_dims,
                                             { tensors[i].dims[0], tensors[i].dims[1] } };
  path_of(model, "model.safetensors", path);
  struct safetensors_writer *writer =
      safetensors_writer_open(path, entries, model->n, NULL, 0, &err);
  if (!writer)
    fail_msg("%s", err.msg);
  for (size_t i = 0; i < model->n; i++) {
    size_t n = (size_t)(tensors[i].dims[0] * tensors[i].dims[1]);
    assert_ok(safetensors_writer_put(writer, entries[i].name,
                                     packed(&arena, model->weights[i], n, type), &err),
              err);
  }
  assert_ok(safetensors_writer_finish(writer, &err), err);
  arena_release(&arena);
}

static size_t list_tensors(const struct model_config *config,
                           struct model_tensor **tensors)
{
  size_t n = 0, capacity = 0;
  struct model_tensor tensor;
  *tensors = NULL;
  while (model_tensor_at(config, n, &tensor)) {
    ARRAY_RESERVE(*tensors, n, capacity);
    (*tensors)[n++] = tensor;
  }
  return n;
}

struct random_model random_model_make(const char *config_json, enum weight_type type,
                                      uint64_t seed,
                                      const struct random_model_spoil *spoil)
{
  struct err err = { 0 };
  struct random_model model = { 0 };
  struct model_tensor *tensors;
  char path[128];
  snprintf(model.dir, sizeof model.dir, "%s", test_folder());
  path_of(&model, "config.json", path);
  assert_ok(fs_write(path, str_from(config_json), &err), err);
  assert_ok(model_config_parse(&model.config, str_from(config_json), &err), err);
  model.n = list_tensors(&model.config, &tensors);
  model.weights = mem_resize(NULL, model.n, sizeof *model.weights);
  for (size_t i = 0; i < model.n; i++) {
    size_t n = (size_t)(tensors[i].dims[0] * tensors[i].dims[1]);
    struct rng rng;
    rng_init(&rng, seed, "random model", i);
    model.weights[i] = mem_resize(NULL, n, sizeof(float));
    for (size_t k = 0; k < n; k++)
      model.weights[i][k] = rounded(draw(&rng, &tensors[i]), type);
    if (spoil && spoil->tensor && strcmp(spoil->tensor, tensors[i].name) == 0)
      model.weights[i][3] = spoil->value;
  }
  write_weights(&model, tensors, type);
  free(tensors);
  return model;
}

void random_model_drop(struct random_model *model)
{
  static const char *const names[] = { "config.json", "model.safetensors" };
  for (size_t i = 0; i < COUNT(names); i++) {
    char path[128];
    path_of(model, names[i], path);
    unlink(path);
  }
  assert_int_equal(rmdir(model->dir), 0);
  for (size_t i = 0; i < model->n; i++)
    free(model->weights[i]);
  free(model->weights);
  *model = (struct random_model){ 0 };
}

void random_model_round(struct random_model *model, enum weight_type type)
{
  struct model_tensor tensor;
  for (size_t i = 0; model_tensor_at(&model->config, i, &tensor); i++)
    for (int64_t k = 0; tensor.n_dims == 2 && k < tensor.dims[0] * tensor.dims[1]; k++)
      model->weights[i][k] = rounded(model->weights[i][k], type);
}

struct llama random_model_llama(const struct random_model *model)
{
  return (struct llama){ &model->config, model->weights };
}
