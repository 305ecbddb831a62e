/* The ops of a step. The residual stream goes through the layers in place; padding rows
 * (position -1) take part in everything but the cache. Behind the keys and values of the
 * last layer only rows whose logits are wanted go on. */
#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "base/arena.h"
#include "nn/model_part.h"
#include "nn/op_attention.h"
#include "nn/op_embed.h"
#include "nn/op_gemm.h"
#include "nn/op_heads.h"
#include "nn/op_norm.h"
#include "nn/op_project.h"
#include "nn/op_sample.h"
#include "nn/op_swiglu.h"

/* Where the rows are that go on: all of a step, then the wanted ones. */
struct stream {
  const struct gpu_tensor *residual, *q, *mixed, *places;
  uint32_t ldq, ld_mixed;
};

struct recorder {
  const struct model *model;
  struct model_recorded *out;
  uint32_t m; /* rows of what is being recorded */
  struct stream stream;
  struct err *err;
};

/* Labels what was recorded since the last call; hands the result of the op through. */
static int labelled(struct recorder *r, enum model_label label, int rc)
{
  struct model_recorded *out = r->out;
  uint32_t ops = gpu_sequence_counts(out->sequence).ops;
  while (out->n_labels < ops) {
    ARRAY_RESERVE(out->labels, out->n_labels, out->labels_capacity);
    out->labels[out->n_labels++] = (uint8_t)label;
  }
  return rc;
}

/* A matrix as it looks from one of its columns on; ld stays that of the whole. */
static struct gpu_tensor from_column(const struct gpu_tensor *whole, uint32_t column)
{
  struct gpu_tensor part = *whole;
  uint64_t skipped = (uint64_t)column * gpu_type_bytes(whole->type);
  part.offset += skipped;
  part.bytes -= skipped;
  part.rank = 1;
  part.shape[0] = (uint32_t)gpu_tensor_elements(whole) - column;
  return part;
}

struct product {
  enum model_label label;
  const struct gpu_tensor *x, *y, *bias;
  uint32_t ldx, ldy;
  bool add;
};

/* The bias of a matrix's rows from `first` on, or NULL. */
static const struct gpu_tensor *bias_from(const struct product *p, uint32_t first,
                                          struct gpu_tensor *part)
{
  if (!p->bias || !p->bias->block)
    return NULL;
  *part = from_column(p->bias, first);
  return part;
}

/* y = x matrix', piece by piece of the matrix's rows. */
static int record_product(struct recorder *r, const struct model_matrix *matrix,
                          const struct product *p)
{
  int rc = 0;
  bool units = r->model->weights.matrix_units;
  for (uint32_t i = 0; i < matrix->n_pieces && rc == 0; i++) {
    const struct gpu_tensor *piece = &matrix->pieces[i];
    uint32_t first = i * matrix->piece_rows;
    struct gpu_tensor y = from_column(p->y, first), bias;
    struct gemm gemm = { .layout = GEMM_NT,
                         .m = r->m,
                         .n = piece->shape[0],
                         .k = matrix->columns,
                         .a = p->x,
                         .b = piece,
                         .y = &y,
                         .lda = p->ldx,
                         .ldb = matrix->ld,
                         .ldy = p->ldy,
                         .bias = bias_from(p, first, &bias),
                         .add = p->add,
                         .kernel = units ? GEMM_BY_MATRIX : GEMM_BY_DEVICE };
    rc = op_gemm(r->out->sequence, &gemm, r->err);
  }
  return labelled(r, p->label, rc);
}

static int record_norm(struct recorder *r, const struct gpu_tensor *x,
                       const struct gpu_tensor *weight, const struct gpu_tensor *y)
{
  const struct model *model = r->model;
  struct norm norm = { .m = r->m,
                       .n = (uint32_t)model->config.hidden,
                       .x = x,
                       .weight = weight,
                       .y = y,
                       .ldx = model->plan.widths.hidden,
                       .ldy = model->plan.widths.hidden,
                       .eps = (float)model->config.rms_eps };
  return labelled(r, MODEL_LABEL_NORM, op_norm(r->out->sequence, &norm, r->err));
}

/* The same with a norm before it, and the gate behind it where the matrix is paired. */
static int record_fused(struct recorder *r, const struct model_matrix *matrix,
                        const struct gpu_tensor *weight, const struct product *p)
{
  int rc = 0;
  for (uint32_t i = 0; i < matrix->n_pieces && rc == 0; i++) {
    const struct gpu_tensor *piece = &matrix->pieces[i];
    uint32_t first = i * matrix->piece_rows;
    struct gpu_tensor y = from_column(p->y, matrix->paired ? first / 2 : first), bias;
    struct project project = { .m = r->m,
                               .n = piece->shape[0],
                               .k = matrix->columns,
                               .x = p->x,
                               .weight = weight,
                               .b = piece,
                               .y = &y,
                               .bias = bias_from(p, first, &bias),
                               .ldx = p->ldx,
                               .ldb = matrix->ld,
                               .ldy = p->ldy,
                               .eps = (float)r->model->config.rms_eps,
                               .gated = matrix->paired };
    rc = op_project(r->out->sequence, &project, r->err);
  }
  return labelled(r, p->label, rc);
}

/* A product of what the norm makes of p->x. */
static int record_normed(struct recorder *r, const struct model_matrix *matrix,
                         const struct gpu_tensor *weight, const struct product *p)
{
  const struct model *model = r->model;
  if (model_weights_fused(&model->weights))
    return record_fused(r, matrix, weight, p);
  struct product behind = *p;
  behind.x = &model->normed;
  if (record_norm(r, p->x, weight, &model->normed) < 0)
    return -1;
  return record_product(r, matrix, &behind);
}

static int record_embed(struct recorder *r)
{
  const struct model *model = r->model;
  const struct model_matrix *table = &model->weights.embedding;
  int rc = 0;
  for (uint32_t i = 0; i < table->n_pieces && rc == 0; i++) {
    struct embed embed = { .m = r->m,
                           .n = table->columns,
                           .t = table->pieces[i].shape[0],
                           .first = i * table->piece_rows,
                           .table = &table->pieces[i],
                           .ids = &model->ids,
                           .y = &model->residual,
                           .ldt = table->ld,
                           .ldy = model->plan.widths.hidden };
    rc = op_embed(r->out->sequence, &embed, r->err);
  }
  return labelled(r, MODEL_LABEL_EMBED, rc);
}

static int record_heads(struct recorder *r, int number)
{
  const struct model *model = r->model;
  const struct model_config *config = &model->config;
  const struct model_layer *layer = &model->weights.layers[number];
  struct heads heads = { .m = r->m,
                         .heads = (uint32_t)config->heads,
                         .kv_heads = (uint32_t)config->kv_heads,
                         .head_dim = (uint32_t)config->head_dim,
                         .x = &model->qkv,
                         .places = &model->places,
                         .turns = &model->turns,
                         .q_norm = config->qk_norm ? &layer->q_norm : NULL,
                         .k_norm = config->qk_norm ? &layer->k_norm : NULL,
                         .keys = &model->keys[number],
                         .values = &model->values[number],
                         .ldx = model->plan.widths.qkv,
                         .eps = (float)config->rms_eps };
  return labelled(r, MODEL_LABEL_HEADS, op_heads(r->out->sequence, &heads, r->err));
}

static int record_attention(struct recorder *r, int number)
{
  const struct model *model = r->model;
  const struct model_config *config = &model->config;
  struct attention attention = { .m = r->m,
                                 .heads = (uint32_t)config->heads,
                                 .kv_heads = (uint32_t)config->kv_heads,
                                 .head_dim = (uint32_t)config->head_dim,
                                 .q = r->stream.q,
                                 .keys = &model->keys[number],
                                 .values = &model->values[number],
                                 .places = r->stream.places,
                                 .pages = &model->pages,
                                 .y = r->stream.mixed,
                                 .ldq = r->stream.ldq,
                                 .ldy = r->stream.ld_mixed,
                                 .scale = (float)(1 / sqrt(config->head_dim)) };
  return labelled(r, MODEL_LABEL_ATTENTION,
                  op_attention(r->out->sequence, &attention, r->err));
}

static int record_swiglu(struct recorder *r)
{
  const struct model *model = r->model;
  struct swiglu swiglu = { .m = r->m,
                           .n = (uint32_t)model->config.intermediate,
                           .x = &model->gates,
                           .y = &model->inner,
                           .ldx = model->plan.widths.gates,
                           .ldy = model->plan.widths.inner };
  return labelled(r, MODEL_LABEL_SWIGLU, op_swiglu(r->out->sequence, &swiglu, r->err));
}

/* q, k and v of a layer; the cache has them then. */
static int record_keys(struct recorder *r, int number)
{
  const struct model *model = r->model;
  const struct model_layer *layer = &model->weights.layers[number];
  const struct product qkv = { .label = MODEL_LABEL_QKV,
                               .x = r->stream.residual,
                               .y = &model->qkv,
                               .bias = &layer->qkv_bias,
                               .ldx = model->plan.widths.hidden,
                               .ldy = model->plan.widths.qkv };
  if (record_normed(r, &layer->qkv, &layer->attention_norm, &qkv) < 0)
    return -1;
  return record_heads(r, number);
}

/* The rest of the layer. */
static int record_layer(struct recorder *r, int number)
{
  const struct model *model = r->model;
  const struct model_layer *layer = &model->weights.layers[number];
  const struct model_widths *w = &model->plan.widths;
  bool paired = layer->gates.paired;
  const struct product out = { .label = MODEL_LABEL_OUT,
                               .x = r->stream.mixed,
                               .y = r->stream.residual,
                               .bias = &layer->out_bias,
                               .ldx = r->stream.ld_mixed,
                               .ldy = w->hidden,
                               .add = true };
  const struct product gates = { .label = MODEL_LABEL_GATES,
                                 .x = r->stream.residual,
                                 .y = paired ? &model->inner : &model->gates,
                                 .bias = &layer->gates_bias,
                                 .ldx = w->hidden,
                                 .ldy = paired ? w->inner : w->gates };
  const struct product down = { .label = MODEL_LABEL_DOWN,
                                .x = &model->inner,
                                .y = r->stream.residual,
                                .bias = &layer->down_bias,
                                .ldx = w->inner,
                                .ldy = w->hidden,
                                .add = true };
  if (record_attention(r, number) < 0 || record_product(r, &layer->out, &out) < 0 ||
      record_normed(r, &layer->gates, &layer->mlp_norm, &gates) < 0 ||
      (!paired && record_swiglu(r) < 0))
    return -1;
  return record_product(r, &layer->down, &down);
}

/* The wanted rows of a tensor, one below the other. */
static int record_pick(struct recorder *r, const struct gpu_tensor *from, uint32_t ldt,
                       const struct gpu_tensor *to, uint32_t ldy, uint32_t columns)
{
  struct embed pick = { .m = r->m,
                        .n = columns,
                        .t = r->model->plan.options.max_rows,
                        .table = from,
                        .ids = &r->model->wanted,
                        .y = to,
                        .ldt = ldt,
                        .ldy = ldy };
  return labelled(r, MODEL_LABEL_PICK, op_embed(r->out->sequence, &pick, r->err));
}

/* Lets only the wanted rows go on. */
static int narrow(struct recorder *r)
{
  const struct model *model = r->model;
  const struct model_widths *w = &model->plan.widths;
  uint32_t hidden = (uint32_t)model->config.hidden;
  uint32_t q = (uint32_t)(model->config.heads * model->config.head_dim);
  r->m = r->out->shape.wanted;
  if (record_pick(r, &model->residual, w->hidden, &model->picked, w->hidden, hidden) < 0)
    return -1;
  r->stream = (struct stream){ .residual = &model->picked,
                               .q = &model->mixed,
                               .mixed = &model->qkv, /* which is free from here on */
                               .places = &model->wanted_places,
                               .ldq = w->mixed,
                               .ld_mixed = w->qkv };
  return record_pick(r, &model->qkv, w->qkv, &model->mixed, w->mixed, q);
}

static int record_sample(struct recorder *r)
{
  const struct model *model = r->model;
  struct sample sample = { .m = r->m,
                           .n = (uint32_t)model->config.vocab,
                           .x = &model->logits,
                           .draws = &model->draws,
                           .ids = &model->drawn_ids,
                           .logp = &model->drawn_logps,
                           .ldx = model->plan.widths.vocab };
  return labelled(r, MODEL_LABEL_SAMPLE, op_sample(r->out->sequence, &sample, r->err));
}

/* From the last layer to logits and tokens. */
static int record_end(struct recorder *r)
{
  const struct model *model = r->model;
  const struct product head = { .label = MODEL_LABEL_HEAD,
                                .x = r->stream.residual,
                                .y = &model->logits,
                                .ldx = model->plan.widths.hidden,
                                .ldy = model->plan.widths.vocab };
  if (record_normed(r, model->weights.head, &model->weights.norm, &head) < 0)
    return -1;
  return r->out->shape.drawn ? record_sample(r) : 0;
}

static int record(const struct model *model, struct model_recorded *out, struct err *err)
{
  const struct model_shape *shape = &out->shape;
  struct recorder r = { .model = model, .out = out, .m = shape->rows, .err = err };
  r.stream = (struct stream){ .residual = &model->residual,
                              .q = &model->qkv,
                              .mixed = &model->mixed,
                              .places = &model->places,
                              .ldq = model->plan.widths.qkv,
                              .ld_mixed = model->plan.widths.mixed };
  int last = model->config.layers - 1;
  if (record_embed(&r) < 0)
    return -1;
  for (int i = 0; i < last; i++)
    if (record_keys(&r, i) < 0 || record_layer(&r, i) < 0)
      return -1;
  if (record_keys(&r, last) < 0)
    return -1;
  if (!shape->wanted)
    return 0;
  if (!shape->all && narrow(&r) < 0)
    return -1;
  return record_layer(&r, last) < 0 ? -1 : record_end(&r);
}

static void forget(struct model_recorded *recorded)
{
  gpu_sequence_free(recorded->sequence);
  free(recorded->labels);
  *recorded = (struct model_recorded){ 0 };
}

/* A free place, or that of the one unused for longest. */
static struct model_recorded *make_place(struct model *model)
{
  if (model->n_recorded < MODEL_RECORDED_MAX)
    return &model->recorded[model->n_recorded++];
  struct model_recorded *oldest = &model->recorded[0];
  for (uint32_t i = 1; i < model->n_recorded; i++)
    if (model->recorded[i].last_used < oldest->last_used)
      oldest = &model->recorded[i];
  forget(oldest);
  return oldest;
}

struct model_recorded *model_step_get(struct model *model,
                                      const struct model_shape *shape, struct err *err)
{
  for (uint32_t i = 0; i < model->n_recorded; i++) {
    struct model_recorded *recorded = &model->recorded[i];
    const struct model_shape *s = &recorded->shape;
    if (s->rows == shape->rows && s->wanted == shape->wanted && s->all == shape->all &&
        s->drawn == shape->drawn)
      return recorded;
  }
  struct model_recorded *made = make_place(model);
  *made = (struct model_recorded){ .shape = *shape };
  made->sequence =
      gpu_sequence_create(model->manager, model->plan.options.timestamps, err);
  if (made->sequence && record(model, made, err) == 0)
    return made;
  forget(made); /* its place stays, and matches no step: it has no rows */
  return NULL;
}

void model_steps_free(struct model *model)
{
  for (uint32_t i = 0; i < model->n_recorded; i++)
    forget(&model->recorded[i]);
  model->n_recorded = 0;
}
