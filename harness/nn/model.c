#include "nn/model.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "base/arena.h"
#include "nn/model_part.h"
#include "nn/op_gemm.h"

/* ---- memory ---- */

static int create(const struct model *model, enum gpu_place place,
                  struct gpu_tensor *tensor, enum gpu_type type, uint32_t rows,
                  uint32_t columns, struct err *err)
{
  uint32_t shape[2] = { rows, columns };
  return gpu_tensor_create_in(model->manager, place, tensor, type, 2, shape, err);
}

static int create_cache(struct model *model, struct err *err)
{
  const struct model_config *config = &model->config;
  uint32_t rows = model->plan.options.cache_pages * CACHE_PAGE;
  uint32_t width = (uint32_t)config->kv_heads * (uint32_t)config->head_dim;
  model->keys = mem_alloc((size_t)config->layers * sizeof *model->keys);
  model->values = mem_alloc((size_t)config->layers * sizeof *model->values);
  for (int i = 0; i < config->layers; i++)
    model->keys[i] = model->values[i] = (struct gpu_tensor){ 0 };
  for (int i = 0; i < config->layers; i++)
    if (create(model, GPU_ON_DEVICE, &model->keys[i], GPU_F32, rows, width, err) < 0 ||
        create(model, GPU_ON_DEVICE, &model->values[i], GPU_F32, rows, width, err) < 0)
      return -1;
  return 0;
}

/* What a step computes, and what goes in and comes out. */
enum { STEP_TENSORS = 16 };

static void step_tensors(struct model *model, struct gpu_tensor *list[STEP_TENSORS])
{
  struct gpu_tensor *all[STEP_TENSORS] = {
    &model->residual,  &model->normed,        &model->qkv,    &model->mixed,
    &model->gates,     &model->inner,         &model->picked, &model->logits,
    &model->ids,       &model->places,        &model->pages,  &model->wanted,
    &model->drawn_ids, &model->wanted_places, &model->draws,  &model->drawn_logps,
  };
  memcpy(list, all, sizeof all);
}

static int create_work(struct model *model, struct err *err)
{
  const struct model_options *options = &model->plan.options;
  const struct model_widths *w = &model->plan.widths;
  uint32_t rows = options->max_rows, wanted = options->max_wanted;
  const struct {
    struct gpu_tensor *tensor;
    enum gpu_place place;
    enum gpu_type type;
    uint32_t rows, columns;
  } wishes[] = {
    { &model->residual, GPU_ON_DEVICE, GPU_F32, rows, w->hidden },
    { &model->normed, GPU_ON_DEVICE, GPU_F32, rows, w->hidden },
    { &model->qkv, GPU_ON_DEVICE, GPU_F32, rows, w->qkv },
    { &model->mixed, GPU_ON_DEVICE, GPU_F32, rows, w->mixed },
    { &model->gates, GPU_ON_DEVICE, GPU_F32, rows, w->gates },
    { &model->inner, GPU_ON_DEVICE, GPU_F32, rows, w->inner },
    { &model->picked, GPU_ON_DEVICE, GPU_F32, wanted, w->hidden },
    { &model->logits, GPU_ON_DEVICE, GPU_F32, wanted, w->vocab },
    { &model->ids, GPU_ON_HOST, GPU_I32, rows, 1 },
    { &model->places, GPU_ON_HOST, GPU_I32, rows, 4 },
    { &model->pages, GPU_ON_HOST, GPU_I32, options->max_sequences,
      model->plan.pages_each },
    { &model->wanted, GPU_ON_HOST, GPU_I32, wanted, 1 },
    { &model->wanted_places, GPU_ON_HOST, GPU_I32, wanted, 4 },
    { &model->draws, GPU_ON_HOST, GPU_I32, wanted, 8 },
    { &model->drawn_ids, GPU_ON_HOST, GPU_I32, wanted, 1 },
    { &model->drawn_logps, GPU_ON_HOST, GPU_F32, wanted, 1 },
  };
  model->last_rows = mem_resize(NULL, wanted, sizeof *model->last_rows);
  for (size_t i = 0; i < COUNT(wishes); i++)
    if (create(model, wishes[i].place, wishes[i].tensor, wishes[i].type, wishes[i].rows,
               wishes[i].columns, err) < 0)
      return -1;
  return 0;
}

static int create_turns(struct model *model, struct err *err)
{
  const struct model_config *config = &model->config;
  uint32_t context = model->plan.options.context, columns = (uint32_t)config->head_dim;
  if (create(model, GPU_ON_DEVICE, &model->turns, GPU_F32, context, columns, err) < 0)
    return -1;
  float *turns = mem_alloc(model->turns.bytes);
  rope_turns(&config->rope, config->head_dim, context, turns);
  int rc = gpu_tensor_upload(model->manager, &model->turns, turns, err);
  free(turns);
  return rc;
}

/* ---- loading ---- */

static int check_units(const struct gpu_device_info *device, enum model_dtype dtype,
                       const char *path, struct err *err)
{
  bool f16 = dtype == MODEL_F16_MATRIX;
  if ((!f16 && dtype != MODEL_BF16_MATRIX) ||
      gemm_has_matrix(device, f16 ? GPU_F16 : GPU_BF16))
    return 0;
  return err_set(
      err, ERR_ENV,
      "cannot load '%s': '%s' has no matrix units for %s, or the compiler that "
      "built this program was too old for them ('oreo-bench devices' tells "
      "which); take --dtype %s",
      path, device->name, f16 ? "f16" : "bf16", f16 ? "f16" : "bf16");
}

static int plan(struct model *model, const struct checkpoint *checkpoint,
                const struct model_options *options, struct err *err)
{
  const struct gpu_device_info *device = gpu_manager_device(model->manager);
  struct gpu_memory memory = gpu_manager_memory(model->manager);
  if (!model->config.lm_head)
    return err_set(err, ERR_DATA,
                   "cannot generate with '%s': it is a value network, without a head for "
                   "tokens; give a language model",
                   checkpoint_path(checkpoint));
  enum model_dtype dtype = options ? options->dtype : MODEL_AS_STORED;
  if (check_units(device, dtype, checkpoint_path(checkpoint), err) < 0 ||
      model_weights_plan(&model->weights, device, checkpoint, dtype, err) < 0)
    return -1;
  struct model_room room = { .path = checkpoint_path(checkpoint),
                             .device = device,
                             .weights = model->weights.bytes,
                             .used = memory.used,
                             .heap = memory.heap };
  return model_plan(&model->plan, &model->config, options, &room, err);
}

static int load(struct model *model, const struct checkpoint *checkpoint,
                const struct model_options *options, struct err *err)
{
  if (plan(model, checkpoint, options, err) < 0 ||
      model_weights_load(&model->weights, model->manager, err) < 0 ||
      create_work(model, err) < 0 || create_cache(model, err) < 0)
    return -1;
  memset(gpu_tensor_host(&model->pages), 0, model->pages.bytes);
  return create_turns(model, err);
}

struct model *model_load(struct gpu_manager *manager, const struct checkpoint *checkpoint,
                         const struct model_options *options, struct err *err)
{
  struct model *model = mem_alloc(sizeof *model);
  *model = (struct model){ .manager = manager, .config = *checkpoint_config(checkpoint) };
  if (load(model, checkpoint, options, err) == 0)
    return model;
  model_free(model);
  return NULL;
}

void model_free(struct model *model)
{
  struct gpu_tensor *list[STEP_TENSORS];
  if (!model)
    return;
  model_steps_free(model);
  step_tensors(model, list);
  for (size_t i = 0; i < STEP_TENSORS; i++)
    gpu_tensor_release(model->manager, list[i]);
  for (int i = 0; i < model->config.layers && model->values; i++) {
    gpu_tensor_release(model->manager, &model->keys[i]);
    gpu_tensor_release(model->manager, &model->values[i]);
  }
  gpu_tensor_release(model->manager, &model->turns);
  model_weights_release(&model->weights, model->manager);
  free(model->keys);
  free(model->values);
  free(model->last_rows);
  free(model);
}

const struct model_config *model_config_of(const struct model *model)
{
  return &model->config;
}

const struct model_options *model_options_of(const struct model *model)
{
  return &model->plan.options;
}

const char *model_dtype_text(const struct model *model)
{
  return model_weights_type(&model->weights);
}

uint64_t model_weight_bytes(const struct model *model)
{
  return model->weights.bytes;
}

int32_t *model_pages(struct model *model)
{
  return gpu_tensor_host(&model->pages);
}

uint32_t model_pages_each(const struct model *model)
{
  return model->plan.pages_each;
}

/* ---- a step ---- */

/* How many rows are recorded for n: few enough sizes to keep, and little padding. */
static uint32_t rounded(uint32_t n, uint32_t most)
{
  uint32_t up = 1;
  while (up < n && up < 16)
    up *= 2;
  if (n > 16) {
    uint32_t step = n <= 64 ? 16 : n <= 256 ? 32 : 128;
    up = (n + step - 1) / step * step;
  }
  return n == 0 ? 0 : up < most ? up : most;
}

static bool is_sound(const struct model *model, const struct model_step *step)
{
  const struct model_options *options = &model->plan.options;
  const int32_t *pages = gpu_tensor_host(&model->pages);
  bool sound = step->n_rows > 0 && step->n_rows <= options->max_rows &&
               step->n_wanted <= options->max_wanted;
  for (uint32_t i = 0; i < step->n_rows && sound; i++) {
    const struct model_row *row = &step->rows[i];
    sound = row->id >= 0 && row->id < model->config.vocab && row->position >= 0 &&
            (uint32_t)row->position < options->context && row->sequence >= 0 &&
            (uint32_t)row->sequence < options->max_sequences;
    const int32_t *own = pages + (size_t)row->sequence * model->plan.pages_each;
    /* the last row of a sequence sees the pages of all the others */
    bool more = i + 1 < step->n_rows && row[1].sequence == row->sequence;
    int32_t p = row->position / CACHE_PAGE;
    for (int32_t down = more ? p : 0; sound && p >= down; p--)
      sound = own[p] >= 0 && (uint32_t)own[p] < options->cache_pages;
  }
  for (uint32_t i = 0; i < step->n_wanted && sound; i++)
    sound = step->wanted[i] < step->n_rows &&
            (i == 0 || step->wanted[i] > step->wanted[i - 1]);
  return sound;
}

static void fill_rows(struct model *model, const struct model_step *step, uint32_t padded)
{
  const int32_t *pages = gpu_tensor_host(&model->pages);
  int32_t *ids = gpu_tensor_host(&model->ids);
  struct shader_place *places = gpu_tensor_host(&model->places);
  for (uint32_t i = 0; i < step->n_rows; i++) {
    const struct model_row *row = &step->rows[i];
    int32_t first = row->sequence * (int32_t)model->plan.pages_each;
    int32_t page = pages[first + row->position / CACHE_PAGE];
    ids[i] = row->id;
    places[i] =
        (struct shader_place){ .position = row->position,
                               .keys = first,
                               .own = page * CACHE_PAGE + row->position % CACHE_PAGE };
  }
  for (uint32_t i = step->n_rows; i < padded; i++) {
    ids[i] = 0; /* some token, lest old numbers grow from step to step */
    places[i] = (struct shader_place){ .position = -1 };
  }
}

static void fill_wanted(struct model *model, const struct model_step *step,
                        uint32_t padded)
{
  int32_t *wanted = gpu_tensor_host(&model->wanted);
  const struct shader_place *places = gpu_tensor_host(&model->places);
  struct shader_place *wanted_places = gpu_tensor_host(&model->wanted_places);
  struct shader_draw *draws = gpu_tensor_host(&model->draws);
  for (uint32_t i = 0; i < step->n_wanted; i++) {
    wanted[i] = (int32_t)step->wanted[i];
    wanted_places[i] = places[step->wanted[i]];
    if (step->draws)
      draws[i] = step->draws[i];
  }
  for (uint32_t i = step->n_wanted; i < padded; i++) {
    wanted[i] = 0;
    wanted_places[i] = (struct shader_place){ .position = -1 };
    draws[i] = (struct shader_draw){ .top_p = 1 };
  }
}

/* ERR_DATA for the row that wanted[i] was. */
static int not_finite(const struct model *model, const struct model_row *row,
                      struct err *err)
{
  bool half = strncmp(model_dtype_text(model), "f16", 3) == 0;
  return err_set(err, ERR_DATA,
                 "the logits of sequence %d at position %d are not finite: the model's "
                 "numbers grow past 32 bits; %s",
                 row->sequence, row->position,
                 half ? "try --dtype bf16 or f32" : "the checkpoint is damaged");
}

static int take_drawn(const struct model *model, const struct model_step *step,
                      int32_t *ids, float *logps, struct err *err)
{
  const int32_t *drawn = gpu_tensor_host(&model->drawn_ids);
  const float *drawn_logps = gpu_tensor_host(&model->drawn_logps);
  for (uint32_t i = 0; i < step->n_wanted; i++) {
    if (drawn[i] < 0 || !isfinite(drawn_logps[i]))
      return not_finite(model, &step->rows[step->wanted[i]], err);
    ids[i] = drawn[i];
    logps[i] = drawn_logps[i];
  }
  return 0;
}

static int take_times(struct model *model, const struct model_recorded *recorded,
                      struct err *err)
{
  for (uint32_t i = 0; i < recorded->n_labels; i++) {
    struct gpu_op_time time;
    if (gpu_sequence_time(recorded->sequence, i, &time, err) < 0)
      return -1;
    model->times[recorded->labels[i]].calls++;
    model->times[recorded->labels[i]].ns += time.ns > 0 ? time.ns : 0;
    model->times[recorded->labels[i]].work += time.work;
  }
  return 0;
}

int model_run(struct model *model, const struct model_step *step, int32_t *ids,
              float *logps, struct err *err)
{
  const struct model_options *options = &model->plan.options;
  bool sound = is_sound(model, step);
  assert(sound);
  (void)sound;
  struct model_shape shape = { .rows = rounded(step->n_rows, options->max_rows),
                               .wanted = rounded(step->n_wanted, options->max_wanted),
                               .drawn = step->draws && step->n_wanted };
  shape.all = step->n_wanted == step->n_rows && shape.wanted == shape.rows;
  model->last_wanted = 0;
  struct model_recorded *recorded = model_step_get(model, &shape, err);
  if (!recorded)
    return -1;
  recorded->last_used = ++model->steps;
  fill_rows(model, step, shape.rows);
  fill_wanted(model, step, shape.wanted);
  if (gpu_sequence_evaluate(recorded->sequence, err) < 0 ||
      (options->timestamps && take_times(model, recorded, err) < 0))
    return -1;
  for (uint32_t i = 0; i < step->n_wanted; i++)
    model->last_rows[i] = step->rows[step->wanted[i]];
  model->last_wanted = step->n_wanted;
  return shape.drawn ? take_drawn(model, step, ids, logps, err) : 0;
}

int model_logits(struct model *model, uint32_t i, float *out, struct err *err)
{
  assert(i < model->last_wanted);
  struct gpu_tensor row = gpu_tensor_rows(&model->logits, i, 1);
  row.shape[1] = (uint32_t)model->config.vocab;
  row.bytes = row.shape[1] * sizeof *out;
  if (gpu_tensor_download(model->manager, &row, out, err) < 0)
    return -1;
  float sum = 0; /* anything not finite makes it a NaN */
  for (int32_t k = 0; k < model->config.vocab; k++)
    sum += out[k] * 0.0f;
  return sum == 0 ? 0 : not_finite(model, &model->last_rows[i], err);
}

/* ---- where the time goes ---- */

static int by_time(const void *a, const void *b)
{
  int64_t x = ((const struct model_op_time *)a)->ns;
  int64_t y = ((const struct model_op_time *)b)->ns;
  return (x < y) - (x > y);
}

int model_time(const struct model *model, struct model_op_time **rows, size_t *count,
               struct err *err)
{
  static const char *const names[] = {
#define XX(id, text) text,
    MODEL_LABEL_MAP(XX)
#undef XX
  };
  if (!model->plan.options.timestamps)
    return err_set(err, ERR_USAGE, "the model was not loaded to be timed");
  *rows = mem_alloc(MODEL_LABELS * sizeof **rows);
  *count = 0;
  for (size_t i = 0; i < MODEL_LABELS; i++)
    if (model->times[i].calls)
      (*rows)[(*count)++] = (struct model_op_time){ .name = names[i],
                                                    .calls = model->times[i].calls,
                                                    .ns = model->times[i].ns,
                                                    .work = model->times[i].work };
  qsort(*rows, *count, sizeof **rows, by_time);
  return 0;
}
