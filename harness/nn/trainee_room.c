/* Memory of what is trained: everything is listed, then counted and held against the
 * device, then made. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/arena.h"
#include "nn/model_weights.h"
#include "nn/op_adamw.h"
#include "nn/op_column_sum.h"
#include "nn/op_gemm.h"
#include "nn/op_loss.h"
#include "nn/trainee_part.h"

enum { DEFAULT_ROWS = 2048, CHUNK_STEP = 64, VALUE_LD = 4 };

/* A tensor to be made, and the part of the memory it counts to. */
struct wish {
  struct gpu_tensor *tensor;
  uint64_t *part;
  enum gpu_place place;
  enum gpu_type type;
  uint32_t rows, columns;
  bool zero; /* at first: rows of padding are read, but never written */
};

struct wishes {
  struct trainee *trainee;
  struct wish *list;
  size_t n, capacity;
};

static void add(struct wishes *wishes, struct wish wish)
{
  ARRAY_RESERVE(wishes->list, wishes->n, wishes->capacity);
  wishes->list[wishes->n++] = wish;
}

/* ---- sizes ---- */

static uint32_t width(const struct trainee *trainee, uint64_t columns)
{
  return gemm_row_length(gpu_manager_device(trainee->manager), GPU_F32,
                         (uint32_t)columns);
}

static int settle_chunk(struct trainee *trainee, uint64_t values, const char *path,
                        struct err *err)
{
  struct trainee_options *options = &trainee->options;
  uint32_t vocab = (uint32_t)trainee->config.vocab;
  uint64_t most = values / options->max_rows / CHUNK_STEP * CHUNK_STEP;
  most = most > CHUNK_STEP ? most - CHUNK_STEP : 0; /* rows may be padded */
  if (!most)
    return err_set(err, ERR_ENV,
                   "cannot train '%s' on '%s' with %u rows at a time: their logits take "
                   "more than it binds; take fewer",
                   path, gpu_manager_device(trainee->manager)->name, options->max_rows);
  uint64_t chunk = options->vocab_chunk ? options->vocab_chunk : vocab;
  chunk = (chunk + CHUNK_STEP - 1) / CHUNK_STEP * CHUNK_STEP;
  chunk = chunk < most ? chunk : most;
  options->vocab_chunk = chunk < vocab ? (uint32_t)chunk : vocab;
  trainee->widths.chunk = width(trainee, options->vocab_chunk);
  return 0;
}

static void settle_options(struct trainee_options *options)
{
  if (!options->max_rows)
    options->max_rows = DEFAULT_ROWS;
  options->beta1 = options->beta1 != 0 ? options->beta1 : 0.9;
  options->beta2 = options->beta2 != 0 ? options->beta2 : 0.95;
  options->eps = options->eps != 0 ? options->eps : 1e-8;
}

static int settle(struct trainee *trainee, const char *path, struct err *err)
{
  const struct gpu_device_info *device = gpu_manager_device(trainee->manager);
  const struct model_config *config = &trainee->config;
  uint64_t values = model_binding_bytes(device, GPU_F32) / 4;
  uint32_t d = (uint32_t)config->head_dim;
  uint32_t q = (uint32_t)config->heads * d, kv = (uint32_t)config->kv_heads * d;
  settle_options(&trainee->options);
  trainee->widths = (struct trainee_widths){
    .hidden = width(trainee, (uint64_t)config->hidden),
    .qkv = width(trainee, q + 2 * (uint64_t)kv),
    .q = q,
    .kv = kv,
    .gates = width(trainee, 2 * (uint64_t)config->intermediate),
    .inner = width(trainee, (uint64_t)config->intermediate),
  };
  uint64_t widest = trainee->widths.gates > trainee->widths.qkv ? trainee->widths.gates
                                                                : trainee->widths.qkv;
  if (widest < trainee->widths.hidden)
    widest = trainee->widths.hidden;
  if (widest * trainee->options.max_rows > values)
    return err_set(err, ERR_ENV,
                   "cannot train '%s' on '%s' with %u rows at a time: it binds %" PRIu64
                   " of them; take fewer",
                   path, device->name, trainee->options.max_rows, values / widest);
  for (size_t i = 0; i < trainee->layout.n_parts; i++) {
    const struct trainee_part *part = &trainee->layout.parts[i];
    uint64_t all = 2 * (uint64_t)part->slot.rows * part->slot.ld;
    if (all / (part == trainee->layout.parts ? 2 : 1) > values)
      return err_set(err, ERR_ENV,
                     "cannot train '%s' on '%s': it binds %" PRIu64
                     " values, too few for '%s'; take another --device",
                     path, device->name, values, part->tensor.name);
  }
  if (trainee->layout.n > INT32_MAX)
    return err_set(err, ERR_ENV,
                   "cannot train '%s': %" PRIu64 " weights are more than 32 bits count",
                   path, trainee->layout.n);
  if (config->qk_norm && 4 * d % device->limits.storage_align != 0)
    return err_set(err, ERR_ENV, "cannot train '%s' on '%s': heads of %u cannot be bound",
                   path, device->name, d);
  return settle_chunk(trainee, values, path, err);
}

/* ---- what there is ---- */

static void list_blocks(struct wishes *w)
{
  struct trainee *t = w->trainee;
  uint32_t n = (uint32_t)t->layout.n;
  const struct wish wishes[] = {
    { &t->weights, &t->memory.weights, GPU_ON_DEVICE, GPU_F32, n, 1, false },
    { &t->gradients, &t->memory.gradients, GPU_ON_DEVICE, GPU_F32, n, 1, true },
    { &t->first, &t->memory.moments, GPU_ON_DEVICE, GPU_F32, n, 1, true },
    { &t->second, &t->memory.moments, GPU_ON_DEVICE, GPU_F32, n, 1, true },
  };
  for (size_t i = 0; i < (trainee_is_frozen(t) ? 1 : COUNT(wishes)); i++)
    add(w, wishes[i]);
}

static void list_layer(struct wishes *w, struct trainee_kept *kept, bool x_only)
{
  struct trainee *t = w->trainee;
  const struct trainee_widths *s = &t->widths;
  uint32_t heads = (uint32_t)t->config.heads;
  bool frozen = trainee_is_frozen(t);
  const struct {
    struct gpu_tensor *tensor;
    uint32_t columns;
    bool zero, wanted;
  } rows[] = {
    { &kept->x, s->hidden, false, true },
    { &kept->normed, s->hidden, false, !x_only },
    { &kept->scales, 1, false, !x_only },
    { &kept->qkv, s->qkv, false, !x_only },
    { &kept->q, s->q, true, !x_only },
    { &kept->keys, s->kv, true, !x_only },
    { &kept->values, s->kv, true, !x_only },
    { &kept->mixed, s->q, false, !x_only },
    { &kept->lse, heads, false, !x_only },
    { &kept->mid, s->hidden, false, !x_only && !frozen },
    { &kept->mid_normed, s->hidden, false, !x_only && !frozen },
    { &kept->mid_scales, 1, false, !x_only && !frozen },
    { &kept->gates, s->gates, false, !x_only },
    { &kept->inner, s->inner, false, !x_only },
  };
  for (size_t i = 0; i < COUNT(rows); i++)
    if (rows[i].wanted)
      add(w,
          (struct wish){ rows[i].tensor, &t->memory.activations, GPU_ON_DEVICE, GPU_F32,
                         t->options.max_rows, rows[i].columns, rows[i].zero });
}

/* What several layers share is the first one's. */
static void share_layers(struct trainee *t)
{
  struct trainee_kept *first = &t->kept[0];
  bool frozen = trainee_is_frozen(t);
  if (frozen) {
    first->mid = first->x;
    first->mid_normed = first->normed;
    first->mid_scales = first->scales;
    t->work.last = first->x;
  }
  for (int i = 1; i < t->config.layers && (frozen || t->options.recompute); i++) {
    struct gpu_tensor x = t->kept[i].x;
    t->kept[i] = *first;
    if (!frozen)
      t->kept[i].x = x;
  }
}

static void list_host(struct wishes *w)
{
  struct trainee *t = w->trainee;
  struct trainee_work *k = &t->work;
  uint32_t rows = t->options.max_rows;
  uint32_t blocks = (uint32_t)((t->layout.n + SQUARES_BLOCK - 1) / SQUARES_BLOCK);
  const struct {
    struct gpu_tensor *tensor;
    enum gpu_type type;
    uint32_t rows, columns;
  } all[] = {
    { &k->ids, GPU_I32, rows, 1 },
    { &k->places, GPU_I32, rows, 4 },
    { &k->order, GPU_I32, rows, 1 },
    { &k->wanted, GPU_I32, rows, 1 },
    { &k->wanted_ids, GPU_I32, rows, 1 },
    { &k->logp, GPU_F32, rows, 1 },
    { &k->ref_logp, GPU_F32, rows, 1 },
    { &k->kl, GPU_F32, rows, 1 },
    { &k->values, GPU_F32, rows, VALUE_LD },
    /* of what is trained: */
    { &k->back, GPU_I32, rows, 1 },
    { &k->bucket_ids, GPU_I32, rows, 1 },
    { &k->bucket_starts, GPU_I32, rows + 1, 1 },
    { &k->bucket_rows, GPU_I32, rows, 1 },
    { &k->d_logp, GPU_F32, rows, 1 },
    { &k->d_kl, GPU_F32, rows, 1 },
    { &k->d_value, GPU_F32, rows, VALUE_LD },
    { &k->squares, GPU_F32, blocks, 1 },
    { &k->settings, GPU_I32, sizeof(struct shader_adamw) / 4, 1 },
  };
  enum { FROZEN_TOO = 9 };
  for (size_t i = 0; i < (trainee_is_frozen(t) ? FROZEN_TOO : COUNT(all)); i++)
    add(w, (struct wish){ all[i].tensor, &t->memory.other, GPU_ON_HOST, all[i].type,
                          all[i].rows, all[i].columns, true });
}

/* The most that sums down the rows need between their passes. */
static uint64_t partials(const struct trainee *t)
{
  const struct trainee_widths *s = &t->widths;
  uint32_t widest = s->gates > s->qkv ? s->gates : s->qkv;
  widest = s->hidden > widest ? s->hidden : widest;
  uint32_t norms = 2 * (uint32_t)t->config.head_dim;
  return op_column_sum_scratch(t->options.max_rows, widest > norms ? widest : norms);
}

static void list_work(struct wishes *w)
{
  struct trainee *t = w->trainee;
  struct trainee_work *k = &t->work;
  const struct trainee_widths *s = &t->widths;
  uint32_t rows = t->options.max_rows, d = (uint32_t)t->config.head_dim;
  bool trained = !trainee_is_frozen(t), tokens = t->options.kind != TRAINEE_VALUE;
  const struct {
    struct gpu_tensor *tensor;
    uint32_t rows, columns;
    bool zero, wanted;
  } all[] = {
    { &k->turns, rows, d, false, true },
    { &k->last, rows, s->hidden, false, trained },
    { &k->picked, rows, s->hidden, false, true },
    { &k->picked_scales, rows, 1, false, true },
    { &k->picked_normed, rows, s->hidden, false, true },
    { &k->logits, rows, s->chunk, false, tokens },
    { &k->state, rows, LOSS_STATE, false, tokens },
    { &k->dlast, rows, s->hidden, false, trained },
    { &k->dpicked, rows + 1, s->hidden, true, trained },
    { &k->dx, rows, s->hidden, false, trained },
    { &k->dnormed, rows, s->hidden, false, trained },
    { &k->dinner, rows, s->inner, false, trained },
    { &k->dqkv, rows, s->qkv, false, trained },
    { &k->dmixed, rows, s->q, false, trained },
    { &k->dq, rows, s->q, false, trained },
    { &k->dkeys, rows, s->kv, false, trained },
    { &k->dvalues, rows, s->kv, false, trained },
    { &k->delta, rows, (uint32_t)t->config.heads, false, trained },
    { &k->dhead_norms, rows, 2 * d, false, trained && t->config.qk_norm },
    { &k->partials, (uint32_t)partials(t), 1, false, trained },
  };
  for (size_t i = 0; i < COUNT(all); i++)
    if (all[i].wanted)
      add(w, (struct wish){ all[i].tensor, &t->memory.activations, GPU_ON_DEVICE, GPU_F32,
                            all[i].rows, all[i].columns, all[i].zero });
}

static void list_all(struct wishes *w)
{
  struct trainee *t = w->trainee;
  list_blocks(w);
  for (int i = 0; i < t->config.layers; i++)
    if (i == 0 || !trainee_is_frozen(t))
      list_layer(w, &t->kept[i], i > 0 && t->options.recompute);
  list_host(w);
  list_work(w);
}

/* ---- making it ---- */

static double mib(uint64_t bytes)
{
  return (double)bytes / (1024.0 * 1024.0);
}

static int check_memory(struct wishes *w, const char *path, struct err *err)
{
  struct trainee_memory *m = &w->trainee->memory;
  struct gpu_memory there = gpu_manager_memory(w->trainee->manager);
  for (size_t i = 0; i < w->n; i++)
    *w->list[i].part +=
        (uint64_t)w->list[i].rows * w->list[i].columns * gpu_type_bytes(w->list[i].type);
  uint64_t all = m->weights + m->gradients + m->moments + m->activations + m->other;
  uint64_t left = there.heap > there.used ? there.heap - there.used : 0;
  if (all <= left)
    return 0;
  return err_set(err, ERR_ENV,
                 "cannot train '%s' on '%s': it needs %.1f MiB (weights %.1f, gradients "
                 "%.1f, moments %.1f, activations of %u rows %.1f, other %.1f) and %.1f "
                 "of %.1f MiB are free; take fewer rows at a time, recompute "
                 "activations, or take another --device",
                 path, gpu_manager_device(w->trainee->manager)->name, mib(all),
                 mib(m->weights), mib(m->gradients), mib(m->moments),
                 w->trainee->options.max_rows, mib(m->activations), mib(m->other),
                 mib(left), mib(there.heap));
}

static int make(struct trainee *t, const struct wish *wish, struct err *err)
{
  uint32_t shape[2] = { wish->rows, wish->columns };
  if (gpu_tensor_create_in(t->manager, wish->place, wish->tensor, wish->type, 2, shape,
                           err) < 0)
    return -1;
  ARRAY_RESERVE(t->owned, t->n_owned, t->owned_capacity);
  t->owned[t->n_owned++] = *wish->tensor;
  if (!wish->zero)
    return 0;
  void *zeros = calloc(1, wish->tensor->bytes);
  if (!zeros)
    return err_set(err, ERR_ENV, "out of memory");
  int rc = gpu_tensor_upload(t->manager, wish->tensor, zeros, err);
  free(zeros);
  return rc;
}

static int make_turns(struct trainee *t, struct err *err)
{
  const struct model_config *config = &t->config;
  float *turns = mem_alloc(t->work.turns.bytes);
  rope_turns(&config->rope, config->head_dim, t->options.max_rows, turns);
  int rc = gpu_tensor_upload(t->manager, &t->work.turns, turns, err);
  free(turns);
  return rc;
}

int trainee_room_make(struct trainee *t, const char *path, struct err *err)
{
  struct wishes wishes = { .trainee = t };
  size_t layers = (size_t)t->config.layers;
  t->kept = mem_resize(NULL, layers, sizeof *t->kept);
  memset(t->kept, 0, layers * sizeof *t->kept);
  if (settle(t, path, err) < 0)
    return -1;
  list_all(&wishes);
  int rc = check_memory(&wishes, path, err);
  for (size_t i = 0; i < wishes.n && rc == 0; i++)
    rc = make(t, &wishes.list[i], err);
  free(wishes.list);
  if (rc < 0)
    return -1;
  share_layers(t);
  t->wanted_tokens = mem_resize(NULL, t->options.max_rows, sizeof *t->wanted_tokens);
  int32_t *order = gpu_tensor_host(&t->work.order);
  for (uint32_t i = 0; i < t->options.max_rows; i++)
    order[i] = (int32_t)i;
  return make_turns(t, err);
}

void trainee_room_release(struct trainee *t)
{
  for (size_t i = 0; i < t->n_owned; i++)
    gpu_tensor_release(t->manager, &t->owned[i]);
  free(t->owned);
  free(t->kept);
  free(t->wanted_tokens);
}
