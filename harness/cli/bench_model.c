#include "cli/bench_model.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/nearest.h"
#include "nn/model_tensors.h"
#include "nn/safetensors.h"

/* ---- the sizes ---- */

/* Llamas as they are published in these sizes, but for 1m, which lies between the two
 * smallest. */
static const struct size {
  const char *name;
  int hidden, layers, heads, kv_heads, intermediate, vocab;
} sizes[] = {
  { "260k", 64, 5, 8, 4, 172, 512 },      { "1m", 128, 5, 8, 4, 344, 512 },
  { "15m", 288, 6, 6, 6, 768, 32000 },    { "110m", 768, 12, 12, 12, 2048, 32000 },
  { "1b", 2048, 22, 32, 4, 5632, 32000 },
};

static const char *size_at(size_t index)
{
  return index < COUNT(sizes) ? sizes[index].name : NULL;
}

static const struct size *find_size(const char *name, struct err *err)
{
  for (size_t i = 0; i < COUNT(sizes); i++)
    if (strcmp(sizes[i].name, name) == 0)
      return &sizes[i];
  const char *nearest = name_nearest(str_from(name), size_at);
  err_set(err, ERR_USAGE, "--size: no '%s'; there is '%s'", name,
          nearest ? nearest : "1m");
  return NULL;
}

int bench_model_check(const struct bench_settings *settings, struct err *err)
{
  enum model_dtype dtype;
  if (model_dtype_parse(settings->dtype, &dtype, err) < 0)
    return -1;
  return settings->model || find_size(settings->size, err) ? 0 : -1;
}

static void put_config(struct buf *out, const struct size *size, enum weight_type type)
{
  buf_printf(out,
             "{\"architectures\":[\"LlamaForCausalLM\"],\"model_type\":\"llama\","
             "\"hidden_act\":\"silu\",\"hidden_size\":%d,\"num_hidden_layers\":%d,"
             "\"num_attention_heads\":%d,\"num_key_value_heads\":%d,"
             "\"intermediate_size\":%d,\"vocab_size\":%d,",
             size->hidden, size->layers, size->heads, size->kv_heads, size->intermediate,
             size->vocab);
  buf_printf(out,
             "\"max_position_embeddings\":1048576,\"rms_norm_eps\":1e-05,"
             "\"rope_theta\":10000.0,\"tie_word_embeddings\":true,"
             "\"torch_dtype\":\"%s\"}\n",
             type == WEIGHT_F32 ? "float32" : "bfloat16");
}

/* ---- the weights ---- */

/* Norms are 1; the rest is small and random, as before training. */
static void fill(struct buf *out, const struct model_tensor *tensor,
                 enum weight_type type, struct rng *rng)
{
  int64_t n = tensor->dims[0] * tensor->dims[1];
  for (int64_t i = 0; i < n; i++) {
    float value = tensor->n_dims == 1 ? 1 : (float)(0.1 * rng_unit(rng) - 0.05);
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    char bytes[4] = { (char)bits, (char)(bits >> 8), (char)(bits >> 16),
                      (char)(bits >> 24) };
    /* a bfloat16 is the upper half */
    buf_add(out,
            type == WEIGHT_F32 ? (struct str){ bytes, 4 } : (struct str){ bytes + 2, 2 });
  }
}

static size_t list_entries(const struct model_config *config, enum weight_type type,
                           struct safetensors_entry *entries, struct arena *arena)
{
  struct model_tensor tensor;
  size_t n = 0;
  for (; model_tensor_at(config, n, &tensor); n++)
    if (entries)
      entries[n] =
          (struct safetensors_entry){ .name = arena_str(arena, str_from(tensor.name)),
                                      .type = type,
                                      .n_dims = tensor.n_dims,
                                      .dims = { tensor.dims[0], tensor.dims[1] } };
  return n;
}

static int put_tensors(struct safetensors_writer *writer,
                       const struct model_config *config, enum weight_type type,
                       uint64_t seed, struct err *err)
{
  struct model_tensor tensor;
  struct buf bytes;
  int rc = 0;
  buf_init(&bytes, BUF_CAP_OWN);
  for (size_t i = 0; rc == 0 && model_tensor_at(config, i, &tensor); i++) {
    struct rng rng;
    rng_init(&rng, seed, "weights", i);
    buf_reset(&bytes);
    fill(&bytes, &tensor, type, &rng);
    rc = safetensors_writer_put(writer, str_from(tensor.name), buf_str(&bytes), err);
  }
  buf_release(&bytes);
  return rc;
}

static int write_weights(const char *path, const struct model_config *config,
                         enum weight_type type, uint64_t seed, struct err *err)
{
  struct arena arena = { 0 };
  size_t n = list_entries(config, type, NULL, NULL);
  struct safetensors_entry *entries = ARENA_NEW(&arena, struct safetensors_entry, n);
  list_entries(config, type, entries, &arena);
  struct safetensors_writer *writer =
      safetensors_writer_open(path, entries, n, NULL, 0, err);
  arena_release(&arena);
  if (!writer)
    return -1;
  if (put_tensors(writer, config, type, seed, err) < 0) {
    safetensors_writer_abandon(writer);
    return -1;
  }
  return safetensors_writer_finish(writer, err);
}

int bench_model_write(const char *folder, const char *name, enum weight_type type,
                      uint64_t seed, struct err *err)
{
  const struct size *size = find_size(name, err);
  struct model_config config;
  struct buf text, path;
  if (!size)
    return -1;
  buf_init(&text, BUF_CAP_OWN);
  buf_init(&path, BUF_CAP_OWN);
  put_config(&text, size, type);
  int rc = model_config_parse(&config, buf_str(&text), err);
  fs_join(&path, folder, "config.json");
  if (rc == 0)
    rc = fs_write(path.ptr, buf_str(&text), err);
  fs_join(&path, folder, "model.safetensors");
  if (rc == 0)
    rc = write_weights(path.ptr, &config, type, seed, err);
  buf_release(&text);
  buf_release(&path);
  return rc;
}

/* ---- loading ---- */

static void remove_folder(const char *folder)
{
  static const char *const names[] = { "config.json", "model.safetensors" };
  struct buf path;
  buf_init(&path, BUF_CAP_OWN);
  for (size_t i = 0; i < COUNT(names); i++) {
    fs_join(&path, folder, names[i]);
    (void)unlink(path.ptr); /* may not have been written */
  }
  (void)rmdir(folder);
  buf_release(&path);
}

static void state(struct bench_result *result, const struct model *model,
                  const char *what, struct arena *arena)
{
  const struct model_config *config = model_config_of(model);
  bench_add_fact(result, "model",
                 arena_printf(arena, "%s, %s, %.2f million weights in %s", what,
                              model_arch_name(config->arch),
                              1e-6 * (double)model_config_weights(config),
                              model_dtype_text(model)));
}

static struct model *load(const struct bench_device *device, const char *path,
                          const struct model_options *options, struct err *err)
{
  struct checkpoint *checkpoint = checkpoint_open(path, err);
  struct model *model =
      checkpoint ? model_load(device->manager, checkpoint, options, err) : NULL;
  checkpoint_close(checkpoint);
  return model;
}

static struct model *load_random(const struct bench_device *device,
                                 const struct bench_settings *settings,
                                 const struct model_options *options, struct err *err)
{
  char folder[] = "/tmp/oreo-bench-XXXXXX";
  struct model *model = NULL;
  enum weight_type type = options->dtype == MODEL_BF16 ? WEIGHT_BF16 : WEIGHT_F32;
  if (!mkdtemp(folder)) {
    err_set_errno(err, ERR_ENV, errno, "cannot make a folder '%s'", folder);
    return NULL;
  }
  if (bench_model_write(folder, settings->size, type, (uint64_t)settings->seed, err) == 0)
    model = load(device, folder, options, err);
  remove_folder(folder);
  return model;
}

struct model *bench_model_load(const struct bench_device *device,
                               struct bench_result *result,
                               const struct bench_settings *settings, uint32_t context,
                               struct arena *arena, struct err *err)
{
  struct model_options options = { .context = context,
                                   .max_sequences = (uint32_t)settings->sequences,
                                   .timestamps = settings->ops };
  if (model_dtype_parse(settings->dtype, &options.dtype, err) < 0)
    return NULL;
  struct model *model = settings->model ? load(device, settings->model, &options, err)
                                        : load_random(device, settings, &options, err);
  if (model)
    state(result, model, settings->model ? settings->model : "random", arena);
  return model;
}
