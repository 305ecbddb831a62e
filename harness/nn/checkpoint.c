#include "nn/checkpoint.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "nn/checkpoint_part.h"
#include "nn/dequant.h"
#include "nn/model_tensors.h"

/* ---- config against weights ---- */

static const char mismatch[] = "config does not match the weights";

/* What real files hold beside the weights that are used: tables that can be computed, and
 * a head that the config says to ignore. */
static bool is_harmless(const struct model_config *config, struct str name)
{
  return str_ends(name, STR(".rotary_emb.inv_freq")) ||
         (str_equal(name, STR("lm_head.weight")) && (config->tied || !config->lm_head));
}

static int check_tensor(const struct weight *weight, const struct model_tensor *wanted,
                        const char *file, struct err *err)
{
  bool same = weight->n_dims == wanted->n_dims;
  for (int i = 0; same && i < wanted->n_dims; i++)
    same = weight->dims[i] == wanted->dims[i];
  if (!same) {
    struct weight should = { .n_dims = wanted->n_dims,
                             .dims = { wanted->dims[0], wanted->dims[1] } };
    char found_text[WEIGHT_SHAPE_SIZE], should_text[WEIGHT_SHAPE_SIZE];
    weight_shape_text(weight, found_text);
    weight_shape_text(&should, should_text);
    return err_set(err, ERR_DATA, "cannot load '%s': %s: tensor '%s' is %s, expected %s",
                   file, mismatch, wanted->name, found_text, should_text);
  }
  if (weight->type == WEIGHT_OTHER)
    return err_set(
        err, ERR_DATA,
        "cannot load '%s': tensor '%s' is of type %.*s, which is not read; convert "
        "the model to F32, F16 or BF16",
        file, wanted->name, STR_ARG(weight->type_name));
  return 0;
}

int checkpoint_take(struct checkpoint *checkpoint, const struct weights *weights,
                    const char *file, struct err *err)
{
  for (size_t i = 0; i < weights->count; i++) {
    const struct weight *weight = &weights->list[i];
    struct model_tensor wanted;
    if (!model_tensor_find(&checkpoint->config, weight->name, &wanted)) {
      if (is_harmless(&checkpoint->config, weight->name))
        continue;
      char shape[WEIGHT_SHAPE_SIZE];
      weight_shape_text(weight, shape);
      return err_set(
          err, ERR_DATA,
          "cannot load '%s': %s: tensor '%.*s' (%s) is none of a %s of %d layers "
          "with that config",
          file, mismatch, STR_ARG(weight->name), shape,
          model_arch_name(checkpoint->config.arch), checkpoint->config.layers);
    }
    if (check_tensor(weight, &wanted, file, err) < 0)
      return -1;
    struct checkpoint_tensor *tensor = &checkpoint->tensors[checkpoint->n_tensors++];
    *tensor = (struct checkpoint_tensor){ .weight = *weight, .file = file };
    if (checkpoint->gguf && checkpoint->config.arch == MODEL_LLAMA)
      tensor->interleaved_heads = wanted.rotary_heads;
  }
  return 0;
}

static int compare_tensors(const void *a, const void *b)
{
  return str_compare(((const struct checkpoint_tensor *)a)->weight.name,
                     ((const struct checkpoint_tensor *)b)->weight.name);
}

/* No tensor twice, none missing. */
static int check_complete(struct checkpoint *checkpoint, struct err *err)
{
  struct checkpoint_tensor *tensors = checkpoint->tensors;
  if (checkpoint->n_tensors)
    qsort(tensors, checkpoint->n_tensors, sizeof *tensors, compare_tensors);
  for (size_t i = 1; i < checkpoint->n_tensors; i++)
    if (compare_tensors(&tensors[i - 1], &tensors[i]) == 0)
      return err_set(err, ERR_DATA, "cannot load '%s': tensor '%.*s' stands in '%s' too",
                     tensors[i].file, STR_ARG(tensors[i].weight.name),
                     tensors[i - 1].file);
  struct model_tensor wanted;
  for (size_t i = 0; model_tensor_at(&checkpoint->config, i, &wanted); i++)
    if (!checkpoint_tensor(checkpoint, str_from(wanted.name)))
      return err_set(err, ERR_DATA, "cannot load '%s': %s: tensor '%s' is missing",
                     checkpoint->path, mismatch, wanted.name);
  return 0;
}

/* ---- opening ---- */

static int open_any(struct checkpoint *checkpoint, struct err *err)
{
  const char *path = checkpoint->path;
  struct str name = str_from(path);
  if (fs_is_dir(path))
    return checkpoint_open_folder(checkpoint, err);
  if (!fs_exists(path))
    return err_set(err, ERR_ENV,
                   "cannot open '%s': no such file or folder; give a model's "
                   "folder or a .gguf file",
                   path);
  if (str_ends(name, STR(".safetensors")) || str_ends(name, STR(".json")))
    return err_set(err, ERR_DATA,
                   "cannot load '%s': weights and config belong together; give "
                   "the folder that it is in",
                   path);
  return checkpoint_open_gguf(checkpoint, err);
}

struct checkpoint *checkpoint_open(const char *path, struct err *err)
{
  struct checkpoint *checkpoint = mem_alloc(sizeof *checkpoint);
  *checkpoint = (struct checkpoint){ 0 };
  checkpoint->path = arena_cstr(&checkpoint->arena, str_from(path));
  if (open_any(checkpoint, err) < 0 || check_complete(checkpoint, err) < 0) {
    checkpoint_close(checkpoint);
    return NULL;
  }
  return checkpoint;
}

void checkpoint_close(struct checkpoint *checkpoint)
{
  if (!checkpoint)
    return;
  for (size_t i = 0; i < checkpoint->n_shards; i++)
    safetensors_close(&checkpoint->shards[i]);
  if (checkpoint->gguf)
    gguf_close(checkpoint->gguf);
  arena_release(&checkpoint->arena);
  free(checkpoint);
}

const char *checkpoint_path(const struct checkpoint *checkpoint)
{
  return checkpoint->path;
}

const struct model_config *checkpoint_config(const struct checkpoint *checkpoint)
{
  return &checkpoint->config;
}

struct gguf *checkpoint_gguf(struct checkpoint *checkpoint)
{
  return checkpoint->gguf;
}

size_t checkpoint_count(const struct checkpoint *checkpoint)
{
  return checkpoint->n_tensors;
}

const struct checkpoint_tensor *checkpoint_at(const struct checkpoint *checkpoint,
                                              size_t i)
{
  return &checkpoint->tensors[i];
}

const struct checkpoint_tensor *checkpoint_tensor(const struct checkpoint *checkpoint,
                                                  struct str name)
{
  if (!checkpoint->n_tensors)
    return NULL;
  struct checkpoint_tensor key = { .weight = { .name = name } };
  return bsearch(&key, checkpoint->tensors, checkpoint->n_tensors,
                 sizeof *checkpoint->tensors, compare_tensors);
}

/* ---- reading ---- */

/* llama.cpp's rotary embedding turns neighbours, transformers' the two halves of a head:
 * the converter put row s * half + j of a head at 2 * j + s. */
static int64_t stored_row(int64_t row, int64_t per_head)
{
  int64_t in_head = row % per_head, half = per_head / 2;
  return row - in_head + 2 * (in_head % half) + in_head / half;
}

static int check_finite(const struct checkpoint_tensor *tensor, const float *values,
                        uint64_t n, uint64_t first, struct err *err)
{
  /* one look at all: anything not finite makes the sum of x * 0 a NaN */
  float sum = 0;
  for (uint64_t i = 0; i < n; i++)
    sum += values[i] * 0.0f;
  if (sum == 0)
    return 0;
  uint64_t at = 0;
  while (at < n && isfinite(values[at]))
    at++;
  return err_set(err, ERR_DATA,
                 "cannot load '%s': element %" PRIu64
                 " of tensor '%.*s' is %s; the weights "
                 "are damaged or the training diverged",
                 tensor->file, first + at, STR_ARG(tensor->weight.name),
                 at < n && isnan(values[at]) ? "not a number" : "infinite");
}

/* As rows; a vector whose elements are in llama.cpp's order is a column. */
static void row_layout(const struct checkpoint_tensor *tensor, int64_t *rows,
                       uint64_t *width)
{
  const struct weight *weight = &tensor->weight;
  bool column = weight->n_dims == 2 || tensor->interleaved_heads;
  *rows = column ? weight->dims[0] : 1;
  *width = *rows ? weight->n / (uint64_t)*rows : 0;
}

static int read_rows(const struct checkpoint_tensor *tensor, int64_t first,
                     int64_t n_rows, float *out, struct err *err)
{
  const struct weight_kind *kind = weight_kind(tensor->weight.type);
  int64_t rows;
  uint64_t width;
  row_layout(tensor, &rows, &width);
  size_t blocks = (size_t)width / (size_t)kind->block_elements;
  size_t row_bytes = blocks * (size_t)kind->block_bytes;
  const char *bytes = tensor->weight.bytes.ptr;
  if (!tensor->interleaved_heads) {
    dequant(tensor->weight.type, bytes + (size_t)first * row_bytes,
            blocks * (size_t)n_rows, out);
  } else {
    int64_t per_head = rows / tensor->interleaved_heads;
    for (int64_t i = 0; i < n_rows; i++)
      dequant(tensor->weight.type,
              bytes + (size_t)stored_row(first + i, per_head) * row_bytes, blocks,
              out + (uint64_t)i * width);
  }
  return check_finite(tensor, out, (uint64_t)n_rows * width, (uint64_t)first * width,
                      err);
}

int checkpoint_read_rows(const struct checkpoint_tensor *tensor, int64_t first,
                         int64_t n_rows, float *out, struct err *err)
{
  int64_t rows = tensor->weight.n_dims == 2 ? tensor->weight.dims[0] : 1;
  if (first < 0 || n_rows < 0 || first > rows || n_rows > rows - first)
    return err_set(err, ERR_DATA, "tensor '%.*s' has no rows %" PRId64 " to %" PRId64,
                   STR_ARG(tensor->weight.name), first, first + n_rows);
  if (tensor->weight.n_dims == 1 && tensor->interleaved_heads)
    n_rows *= tensor->weight.dims[0];
  return read_rows(tensor, first, n_rows, out, err);
}

int checkpoint_read_f32(const struct checkpoint *checkpoint, struct str name, float *out,
                        uint64_t n, struct err *err)
{
  const struct checkpoint_tensor *tensor = checkpoint_tensor(checkpoint, name);
  if (!tensor)
    return err_set(err, ERR_DATA, "cannot load '%s': it has no tensor '%.*s'",
                   checkpoint->path, STR_ARG(str_slice(name, 0, 200)));
  if (n != tensor->weight.n)
    return err_set(err, ERR_DATA,
                   "cannot load '%s': tensor '%.*s' has %" PRIu64
                   " elements, not %" PRIu64,
                   tensor->file, STR_ARG(name), tensor->weight.n, n);
  int64_t rows;
  uint64_t width;
  row_layout(tensor, &rows, &width);
  return read_rows(tensor, 0, rows, out, err);
}

int checkpoint_hash(const struct checkpoint *checkpoint, struct sha256_hex *out,
                    struct err *err)
{
  if (checkpoint->gguf)
    return sha256_file(checkpoint->path, out, err);
  struct sha256 *all = sha256_create();
  int rc = 0;
  for (size_t i = 0; i < checkpoint->n_files && rc == 0; i++) {
    struct sha256_hex one;
    rc = sha256_file(checkpoint->files[i], &one, err);
    if (rc < 0)
      break;
    sha256_add(all, str_from(one.text));
    sha256_add(all, STR("  "));
    sha256_add(all, str_from(fs_basename(checkpoint->files[i])));
    sha256_add(all, STR("\n"));
  }
  *out = sha256_final(all);
  return rc;
}
