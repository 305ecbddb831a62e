/* What is trained, to disk and back. A block is read from the device whole and cut into
 * the model's tensors, so that what was saved on one device goes on on another. */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/fs.h"
#include "nn/safetensors.h"
#include "nn/trainee_part.h"

/* ---- blocks and parts ---- */

static float *fetch(struct trainee *t, const struct gpu_tensor *block, struct err *err)
{
  float *values = mem_alloc(block->bytes);
  if (gpu_tensor_download(t->manager, block, values, err) == 0)
    return values;
  free(values);
  return NULL;
}

static uint64_t part_values(const struct trainee_part *part)
{
  return (uint64_t)part->slot.rows * part->slot.columns;
}

int trainee_read(struct trainee *t, struct str name, bool gradient, float *out,
                 uint64_t n, struct err *err)
{
  const struct trainee_part *part = trainee_layout_find(&t->layout, name);
  if (!part || part_values(part) != n)
    return err_set(err, ERR_DATA, "no tensor '%.*s' of %llu values is trained",
                   STR_ARG(name), (unsigned long long)n);
  assert(!gradient || !trainee_is_frozen(t));
  float *block = fetch(t, gradient ? &t->gradients : &t->weights, err);
  if (!block)
    return -1;
  trainee_part_take(part, block, out);
  free(block);
  return 0;
}

/* ---- files ---- */

/* What each block's tensors are called. */
static const char *const prefixes[] = { "", "first.", "second." };
static const char steps_name[] = "steps";
enum { MOST_BLOCKS = COUNT(prefixes), STEP_DIGITS = 4, STEP_BASE = 1 << 16 };

static const struct gpu_tensor *block_at(const struct trainee *t, size_t i)
{
  const struct gpu_tensor *blocks[MOST_BLOCKS] = { &t->weights, &t->first, &t->second };
  return blocks[i];
}

struct file {
  struct arena arena;
  struct safetensors_entry *entries;
  size_t n;
};

static void list_block(struct file *file, const struct trainee *t, size_t block)
{
  for (size_t i = 0; i < t->layout.n_parts; i++) {
    const struct model_tensor *tensor = &t->layout.parts[i].tensor;
    file->entries[file->n++] = (struct safetensors_entry){
      .name = arena_printf(&file->arena, "%s%s", prefixes[block], tensor->name),
      .type = WEIGHT_F32,
      .n_dims = tensor->n_dims,
      .dims = { tensor->dims[0], tensor->dims[1] },
    };
  }
}

static int put_block(struct safetensors_writer *writer, struct trainee *t, size_t block,
                     struct err *err)
{
  float *values = fetch(t, block_at(t, block), err);
  int rc = values ? 0 : -1;
  for (size_t i = 0; i < t->layout.n_parts && rc == 0; i++) {
    const struct trainee_part *part = &t->layout.parts[i];
    char name[MODEL_TENSOR_NAME_SIZE + 8];
    size_t bytes = part_values(part) * sizeof(float);
    float *packed = mem_alloc(bytes);
    snprintf(name, sizeof name, "%s%s", prefixes[block], part->tensor.name);
    trainee_part_take(part, values, packed);
    rc = safetensors_writer_put(writer, str_from(name),
                                (struct str){ (const char *)packed, bytes }, err);
    free(packed);
  }
  free(values);
  return rc;
}

/* The number of steps in digits that floats hold exactly, the lowest first. */
static int put_steps(struct safetensors_writer *writer, const struct trainee *t,
                     struct err *err)
{
  float digits[STEP_DIGITS];
  for (int i = 0; i < STEP_DIGITS; i++)
    digits[i] = (float)(t->steps >> 16 * i & (STEP_BASE - 1));
  return safetensors_writer_put(writer, str_from(steps_name),
                                (struct str){ (const char *)digits, sizeof digits }, err);
}

/* The first `blocks` blocks; with more than one, the steps too. */
static int write_file(struct trainee *t, const char *path, size_t blocks, struct err *err)
{
  static const struct safetensors_note note[] = { { "format", { "pt", 2 } } };
  struct file file = { 0 };
  file.entries =
      ARENA_NEW(&file.arena, struct safetensors_entry, blocks * t->layout.n_parts + 1);
  for (size_t i = 0; i < blocks; i++)
    list_block(&file, t, i);
  if (blocks > 1)
    file.entries[file.n++] = (struct safetensors_entry){ .name = str_from(steps_name),
                                                         .type = WEIGHT_F32,
                                                         .n_dims = 1,
                                                         .dims = { STEP_DIGITS } };
  struct safetensors_writer *writer =
      safetensors_writer_open(path, file.entries, file.n, note, 1, err);
  int rc = writer ? 0 : -1;
  for (size_t i = 0; i < blocks && rc == 0; i++)
    rc = put_block(writer, t, i, err);
  if (rc == 0 && blocks > 1)
    rc = put_steps(writer, t, err);
  if (rc == 0)
    rc = safetensors_writer_finish(writer, err);
  else
    safetensors_writer_abandon(writer);
  arena_release(&file.arena);
  return rc;
}

/* ---- a folder ---- */

static const char *const files[] = { "model.safetensors", "config.json" };

static int write_both(struct trainee *t, const char *folder, struct err *err)
{
  struct buf path, config;
  buf_init(&path, BUF_CAP_OWN);
  buf_init(&config, BUF_CAP_OWN);
  trainee_config_write(&t->config, &config);
  fs_join(&path, folder, files[0]);
  int rc = write_file(t, path.ptr, 1, err);
  fs_join(&path, folder, files[1]);
  if (rc == 0)
    rc = fs_write(path.ptr, buf_str(&config), err);
  buf_release(&path);
  buf_release(&config);
  return rc;
}

static int move_both(const char *from, const char *to, struct err *err)
{
  struct buf old, new;
  int rc = 0;
  buf_init(&old, BUF_CAP_OWN);
  buf_init(&new, BUF_CAP_OWN);
  for (size_t i = 0; i < COUNT(files) && rc == 0; i++) {
    fs_join(&old, from, files[i]);
    fs_join(&new, to, files[i]);
    if (rename(old.ptr, new.ptr) < 0)
      rc = err_set_errno(err, ERR_ENV, errno, "cannot write '%s'", new.ptr);
  }
  buf_release(&old);
  buf_release(&new);
  return rc;
}

static void remove_both(const char *folder)
{
  struct buf path;
  buf_init(&path, BUF_CAP_OWN);
  for (size_t i = 0; i < COUNT(files); i++) {
    fs_join(&path, folder, files[i]);
    unlink(path.ptr);
  }
  rmdir(folder);
  buf_release(&path);
}

/* Both are written beside their place before either is put there. */
int trainee_save(struct trainee *t, const char *folder, struct err *err)
{
  struct buf beside;
  buf_init(&beside, BUF_CAP_OWN);
  fs_join(&beside, folder, ".saving");
  int rc = fs_make_dir(beside.ptr, err);
  if (rc == 0)
    rc = write_both(t, beside.ptr, err);
  if (rc == 0)
    rc = move_both(beside.ptr, folder, err);
  remove_both(beside.ptr);
  buf_release(&beside);
  return rc;
}

/* ---- going on ---- */

int trainee_save_state(struct trainee *t, const char *path, struct err *err)
{
  assert(!trainee_is_frozen(t));
  return write_file(t, path, MOST_BLOCKS, err);
}

static const struct weight *find(const struct safetensors *file, const char *name,
                                 uint64_t n, const char *path, struct err *err)
{
  const struct weight *weight = weights_find(&file->weights, str_from(name));
  if (weight && weight->type == WEIGHT_F32 && weight->n == n)
    return weight;
  err_set(err, ERR_DATA,
          "cannot go on from '%s': it has no tensor '%s' of %llu values; it was saved "
          "with another model",
          path, name, (unsigned long long)n);
  return NULL;
}

/* One block of the file, laid out as this device has it. */
static int read_block(const struct safetensors *file, const struct trainee *t,
                      size_t block, float *values, const char *path, struct err *err)
{
  for (size_t i = 0; i < t->layout.n_parts; i++) {
    const struct trainee_part *part = &t->layout.parts[i];
    char name[MODEL_TENSOR_NAME_SIZE + 8];
    snprintf(name, sizeof name, "%s%s", prefixes[block], part->tensor.name);
    const struct weight *weight = find(file, name, part_values(part), path, err);
    if (!weight)
      return -1;
    float *packed = mem_alloc(weight->bytes.len); /* the file's may lie anywhere */
    float sum = 0;                                /* anything not finite makes it a NaN */
    memcpy(packed, weight->bytes.ptr, weight->bytes.len);
    for (uint64_t k = 0; k < weight->n; k++)
      sum += packed[k] * 0.0f;
    trainee_part_put(part, values, packed);
    free(packed);
    if (sum != 0)
      return err_set(err, ERR_DATA,
                     "cannot go on from '%s': tensor '%s' is not finite; the file is "
                     "damaged",
                     path, name);
  }
  return 0;
}

static int read_all(const struct safetensors *file, struct trainee *t,
                    float *values[MOST_BLOCKS], const char *path, struct err *err)
{
  const struct weight *weight = find(file, steps_name, STEP_DIGITS, path, err);
  float digits[STEP_DIGITS];
  uint64_t steps = 0;
  if (!weight)
    return -1;
  memcpy(digits, weight->bytes.ptr, sizeof digits);
  for (int i = STEP_DIGITS; i-- > 0;) {
    if (!(digits[i] >= 0 && digits[i] < STEP_BASE))
      return err_set(err, ERR_DATA,
                     "cannot go on from '%s': its number of steps is wrong", path);
    steps = steps << 16 | (uint64_t)digits[i];
  }
  for (size_t i = 0; i < MOST_BLOCKS; i++)
    if (read_block(file, t, i, values[i], path, err) < 0)
      return -1;
  for (size_t i = 0; i < MOST_BLOCKS; i++)
    if (gpu_tensor_upload(t->manager, block_at(t, i), values[i], err) < 0)
      return -1;
  t->steps = steps;
  t->forwarded = false;
  return 0;
}

int trainee_load_state(struct trainee *t, const char *path, struct err *err)
{
  struct safetensors file;
  float *values[MOST_BLOCKS];
  assert(!trainee_is_frozen(t));
  if (safetensors_open(&file, path, err) < 0)
    return -1;
  for (size_t i = 0; i < MOST_BLOCKS; i++) {
    values[i] = mem_alloc(t->weights.bytes);
    memset(values[i], 0, t->weights.bytes);
  }
  int rc = read_all(&file, t, values, path, err);
  for (size_t i = 0; i < MOST_BLOCKS; i++)
    free(values[i]);
  safetensors_close(&file);
  return rc;
}
