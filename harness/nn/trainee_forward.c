/* The ops of a forward pass. Padding rows (position -1) take part in everything but
 * attention. */
#include <assert.h>
#include <math.h>

#include "nn/op_attention.h"
#include "nn/op_embed.h"
#include "nn/op_gemm.h"
#include "nn/op_heads.h"
#include "nn/op_loss.h"
#include "nn/op_norm.h"
#include "nn/op_swiglu.h"
#include "nn/trainee_part.h"

int trainee_record_product(const struct trainee_recorder *r, const struct trainee *of,
                           const struct trainee_product *product)
{
  const struct trainee_slot *slot = product->slot;
  bool biased = product->bias && product->bias->rows;
  struct gpu_tensor b = trainee_view(&of->weights, slot), bias;
  if (biased)
    bias = trainee_view(&of->weights, product->bias);
  struct gemm gemm = { .layout = GEMM_NT,
                       .m = product->m,
                       .n = slot->rows,
                       .k = slot->columns,
                       .a = product->x,
                       .b = &b,
                       .y = product->y,
                       .lda = product->ldx,
                       .ldb = slot->ld,
                       .ldy = product->ldy,
                       .bias = biased ? &bias : NULL,
                       .add = product->add };
  return op_gemm(r->sequence, &gemm, r->err);
}

static int record_norm(const struct trainee_recorder *r, const struct gpu_tensor *x,
                       const struct trainee_slot *slot, const struct gpu_tensor *y,
                       const struct gpu_tensor *scales, uint32_t m)
{
  const struct trainee *t = r->trainee;
  struct gpu_tensor weight = trainee_view(&t->weights, slot);
  struct norm norm = { .m = m,
                       .n = (uint32_t)t->config.hidden,
                       .x = x,
                       .weight = &weight,
                       .y = y,
                       .scales = scales,
                       .ldx = t->widths.hidden,
                       .ldy = t->widths.hidden,
                       .eps = (float)t->config.rms_eps };
  return op_norm(r->sequence, &norm, r->err);
}

/* Rows of the hidden state: those that `ids` lists, one below the other. */
static int record_rows(const struct trainee_recorder *r, const struct gpu_tensor *from,
                       const struct gpu_tensor *ids, const struct gpu_tensor *to,
                       uint32_t m)
{
  const struct trainee *t = r->trainee;
  struct embed embed = { .m = m,
                         .n = (uint32_t)t->config.hidden,
                         .t = r->shape.rows,
                         .table = from,
                         .ids = ids,
                         .y = to,
                         .ldt = t->widths.hidden,
                         .ldy = t->widths.hidden };
  return op_embed(r->sequence, &embed, r->err);
}

/* to = from + x slot' + bias, where `to` may be `from`. */
static int record_sum(const struct trainee_recorder *r, const struct gpu_tensor *from,
                      const struct trainee_product *product)
{
  const struct gpu_tensor *to = product->y;
  bool same = to->block == from->block && to->offset == from->offset;
  if (!same && record_rows(r, from, &r->trainee->work.order, to, r->shape.rows) < 0)
    return -1;
  return trainee_record_product(r, r->trainee, product);
}

static int record_embed(const struct trainee_recorder *r)
{
  const struct trainee *t = r->trainee;
  const struct trainee_slot *slot = &t->layout.embedding;
  struct gpu_tensor table = trainee_view(&t->weights, slot);
  struct embed embed = { .m = r->shape.rows,
                         .n = slot->columns,
                         .t = slot->rows,
                         .table = &table,
                         .ids = &t->work.ids,
                         .y = &t->kept[0].x,
                         .ldt = slot->ld,
                         .ldy = t->widths.hidden };
  return op_embed(r->sequence, &embed, r->err);
}

static int record_heads(const struct trainee_recorder *r, int number)
{
  const struct trainee *t = r->trainee;
  const struct model_config *config = &t->config;
  const struct trainee_kept *kept = &t->kept[number];
  uint32_t d = (uint32_t)config->head_dim;
  struct trainee_slot q_slot = t->layout.layers[number].head_norms, k_slot = q_slot;
  q_slot.ld = k_slot.ld = d;
  k_slot.at += d;
  struct gpu_tensor q_norm = trainee_view(&t->weights, &q_slot);
  struct gpu_tensor k_norm = trainee_view(&t->weights, &k_slot);
  struct heads heads = { .m = r->shape.rows,
                         .heads = (uint32_t)config->heads,
                         .kv_heads = (uint32_t)config->kv_heads,
                         .head_dim = d,
                         .x = &kept->qkv,
                         .places = &t->work.places,
                         .turns = &t->work.turns,
                         .q_norm = config->qk_norm ? &q_norm : NULL,
                         .k_norm = config->qk_norm ? &k_norm : NULL,
                         .keys = &kept->keys,
                         .values = &kept->values,
                         .q = &kept->q,
                         .ldx = t->widths.qkv,
                         .eps = (float)config->rms_eps };
  return op_heads(r->sequence, &heads, r->err);
}

static int record_attention(const struct trainee_recorder *r, int number)
{
  const struct trainee *t = r->trainee;
  const struct model_config *config = &t->config;
  const struct trainee_kept *kept = &t->kept[number];
  struct attention attention = { .m = r->shape.rows,
                                 .heads = (uint32_t)config->heads,
                                 .kv_heads = (uint32_t)config->kv_heads,
                                 .head_dim = (uint32_t)config->head_dim,
                                 .q = &kept->q,
                                 .keys = &kept->keys,
                                 .values = &kept->values,
                                 .places = &t->work.places,
                                 .y = &kept->mixed,
                                 .lse = &kept->lse,
                                 .scale = (float)(1 / sqrt(config->head_dim)) };
  return op_attention(r->sequence, &attention, r->err);
}

/* From x to mid. */
static int record_mixing(const struct trainee_recorder *r, int number)
{
  const struct trainee *t = r->trainee;
  const struct trainee_kept *kept = &t->kept[number];
  const struct trainee_layer_slots *slots = &t->layout.layers[number];
  const struct trainee_product qkv = { .slot = &slots->qkv,
                                       .bias = &slots->qkv_bias,
                                       .x = &kept->normed,
                                       .y = &kept->qkv,
                                       .m = r->shape.rows,
                                       .ldx = t->widths.hidden,
                                       .ldy = t->widths.qkv };
  const struct trainee_product out = { .slot = &slots->out,
                                       .bias = &slots->out_bias,
                                       .x = &kept->mixed,
                                       .y = &kept->mid,
                                       .m = r->shape.rows,
                                       .ldx = t->widths.q,
                                       .ldy = t->widths.hidden,
                                       .add = true };
  if (record_norm(r, &kept->x, &slots->attention_norm, &kept->normed, &kept->scales,
                  r->shape.rows) < 0 ||
      trainee_record_product(r, t, &qkv) < 0 || record_heads(r, number) < 0 ||
      record_attention(r, number) < 0)
    return -1;
  return record_sum(r, &kept->x, &out);
}

int trainee_record_layer(const struct trainee_recorder *r, int number)
{
  const struct trainee *t = r->trainee;
  const struct trainee_kept *kept = &t->kept[number];
  const struct trainee_layer_slots *slots = &t->layout.layers[number];
  const struct trainee_product gates = { .slot = &slots->gates,
                                         .bias = &slots->gates_bias,
                                         .x = &kept->mid_normed,
                                         .y = &kept->gates,
                                         .m = r->shape.rows,
                                         .ldx = t->widths.hidden,
                                         .ldy = t->widths.gates };
  struct swiglu swiglu = { .m = r->shape.rows,
                           .n = (uint32_t)t->config.intermediate,
                           .x = &kept->gates,
                           .y = &kept->inner,
                           .ldx = t->widths.gates,
                           .ldy = t->widths.inner };
  if (record_mixing(r, number) < 0 ||
      record_norm(r, &kept->mid, &slots->mlp_norm, &kept->mid_normed, &kept->mid_scales,
                  r->shape.rows) < 0 ||
      trainee_record_product(r, t, &gates) < 0)
    return -1;
  return op_swiglu(r->sequence, &swiglu, r->err);
}

static int record_down(const struct trainee_recorder *r, int number)
{
  const struct trainee *t = r->trainee;
  const struct trainee_kept *kept = &t->kept[number];
  bool last = number + 1 == t->config.layers;
  const struct trainee_product down = { .slot = &t->layout.layers[number].down,
                                        .bias = &t->layout.layers[number].down_bias,
                                        .x = &kept->inner,
                                        .y = last ? &t->work.last : &kept[1].x,
                                        .m = r->shape.rows,
                                        .ldx = t->widths.inner,
                                        .ldy = t->widths.hidden,
                                        .add = true };
  return record_sum(r, &kept->mid, &down);
}

int trainee_record_body(const struct trainee_recorder *r)
{
  const struct trainee *t = r->trainee;
  const struct trainee_work *work = &t->work;
  if (record_embed(r) < 0)
    return -1;
  for (int i = 0; i < t->config.layers; i++)
    if (trainee_record_layer(r, i) < 0 || record_down(r, i) < 0)
      return -1;
  if (record_rows(r, &work->last, &work->wanted, &work->picked, r->shape.wanted) < 0)
    return -1;
  return record_norm(r, &work->picked, &t->layout.norm, &work->picked_normed,
                     &work->picked_scales, r->shape.wanted);
}

/* ---- the head ---- */

bool trainee_chunk(const struct trainee_recorder *r, uint32_t i,
                   struct trainee_slot *chunk, uint32_t *first)
{
  uint32_t step = r->trainee->options.vocab_chunk;
  if (r->reference && r->reference->options.vocab_chunk < step)
    step = r->reference->options.vocab_chunk;
  *chunk = *r->trainee->layout.head;
  if ((uint64_t)i * step >= chunk->rows)
    return false;
  *first = i * step;
  chunk->at += (uint64_t)*first * chunk->ld;
  chunk->rows = chunk->rows - *first < step ? chunk->rows - *first : step;
  return true;
}

static int record_logits(const struct trainee_recorder *r, const struct trainee *of,
                         const struct trainee_slot *chunk)
{
  const struct trainee_product logits = { .slot = chunk,
                                          .x = &of->work.picked_normed,
                                          .y = &of->work.logits,
                                          .m = r->shape.wanted,
                                          .ldx = of->widths.hidden,
                                          .ldy = of->widths.chunk };
  return trainee_record_product(r, of, &logits);
}

int trainee_record_logits(const struct trainee_recorder *r,
                          const struct trainee_slot *chunk, uint32_t first,
                          bool with_reference)
{
  if (record_logits(r, r->trainee, chunk) < 0)
    return -1;
  if (!with_reference)
    return 0;
  struct trainee_slot theirs = *r->reference->layout.head;
  theirs.at += (uint64_t)first * theirs.ld;
  theirs.rows = chunk->rows;
  return record_logits(r, r->reference, &theirs);
}

static int record_values(const struct trainee_recorder *r)
{
  const struct trainee *t = r->trainee;
  const struct trainee_product values = { .slot = &t->layout.score,
                                          .x = &t->work.picked_normed,
                                          .y = &t->work.values,
                                          .m = r->shape.wanted,
                                          .ldx = t->widths.hidden,
                                          .ldy = t->work.values.shape[1] };
  return trainee_record_product(r, t, &values);
}

int trainee_record_head(const struct trainee_recorder *r)
{
  const struct trainee *t = r->trainee, *ref = r->reference;
  const struct trainee_work *work = &t->work;
  struct trainee_slot chunk;
  uint32_t first;
  if (t->options.kind == TRAINEE_VALUE)
    return record_values(r);
  for (uint32_t i = 0; trainee_chunk(r, i, &chunk, &first); i++) {
    struct loss_scan scan = { .m = r->shape.wanted,
                              .n = chunk.rows,
                              .first = first,
                              .x = &work->logits,
                              .z = ref ? &ref->work.logits : NULL,
                              .ids = &work->wanted_ids,
                              .state = &work->state,
                              .ldx = t->widths.chunk,
                              .ldz = ref ? ref->widths.chunk : 0,
                              .begin = i == 0 };
    if (trainee_record_logits(r, &chunk, first, ref) < 0 ||
        op_loss_scan(r->sequence, &scan, r->err) < 0)
      return -1;
  }
  struct loss_finish finish = { .m = r->shape.wanted,
                                .ids = &work->wanted_ids,
                                .state = &work->state,
                                .logp = &work->logp,
                                .ref_logp = ref ? &work->ref_logp : NULL,
                                .kl = ref ? &work->kl : NULL };
  return op_loss_finish(r->sequence, &finish, r->err);
}
