/* The ops of a backward pass, each the gradient of one in trainee_forward.c, in the
 * opposite order. `dx` is the gradient of the residual stream all the way down. What is
 * added to a parameter's gradient has one writer and a fixed order. */
#include <math.h>

#include "nn/op_attention_grad.h"
#include "nn/op_column_sum.h"
#include "nn/op_embed.h"
#include "nn/op_embed_grad.h"
#include "nn/op_gemm.h"
#include "nn/op_heads_grad.h"
#include "nn/op_loss.h"
#include "nn/op_norm_grad.h"
#include "nn/op_swiglu_grad.h"
#include "nn/trainee_part.h"

/* ---- products ---- */

/* Of y = x slot' + bias. */
struct product_grad {
  const struct trainee_slot *slot, *bias;
  const struct gpu_tensor *x, *dy, *dx;
  uint32_t m, ldx, lddy, lddx;
  bool add; /* to dx */
};

static int record_sums(const struct trainee_recorder *r, const struct trainee_slot *slot,
                       struct column_sum sum)
{
  struct gpu_tensor y = trainee_view(&r->trainee->gradients, slot);
  sum.n = slot->columns;
  sum.y = &y;
  sum.partials = &r->trainee->work.partials;
  return op_column_sum(r->sequence, &sum, r->err);
}

static int record_weight_grad(const struct trainee_recorder *r,
                              const struct product_grad *g)
{
  struct gpu_tensor y = trainee_view(&r->trainee->gradients, g->slot);
  struct gemm gemm = { .layout = GEMM_TN,
                       .m = g->slot->rows,
                       .n = g->slot->columns,
                       .k = g->m,
                       .a = g->dy,
                       .b = g->x,
                       .y = &y,
                       .lda = g->lddy,
                       .ldb = g->ldx,
                       .ldy = g->slot->ld,
                       .add = true };
  if (op_gemm(r->sequence, &gemm, r->err) < 0)
    return -1;
  if (!g->bias || !g->bias->rows)
    return 0;
  struct column_sum sum = { .m = g->m, .x = g->dy, .ldx = g->lddy };
  return record_sums(r, g->bias, sum);
}

static int record_product_grad(const struct trainee_recorder *r,
                               const struct product_grad *g)
{
  struct gpu_tensor b = trainee_view(&r->trainee->weights, g->slot);
  struct gemm gemm = { .layout = GEMM_NN,
                       .m = g->m,
                       .n = g->slot->columns,
                       .k = g->slot->rows,
                       .a = g->dy,
                       .b = &b,
                       .y = g->dx,
                       .lda = g->lddy,
                       .ldb = g->slot->ld,
                       .ldy = g->lddx,
                       .add = g->add };
  if (record_weight_grad(r, g) < 0)
    return -1;
  return op_gemm(r->sequence, &gemm, r->err);
}

/* ---- norms ---- */

struct norm_pass {
  const struct trainee_slot *slot;
  const struct gpu_tensor *x, *scales, *dy, *dx;
  uint32_t m;
  bool add;
};

static int record_norm_grad(const struct trainee_recorder *r, const struct norm_pass *p)
{
  const struct trainee *t = r->trainee;
  uint32_t ld = t->widths.hidden;
  struct gpu_tensor weight = trainee_view(&t->weights, p->slot);
  struct column_sum sum = {
    .m = p->m, .x = p->dy, .times = p->x, .scales = p->scales, .ldx = ld, .ldt = ld
  };
  struct norm_grad grad = { .m = p->m,
                            .n = p->slot->columns,
                            .x = p->x,
                            .weight = &weight,
                            .scales = p->scales,
                            .dy = p->dy,
                            .dx = p->dx,
                            .ldx = ld,
                            .lddy = ld,
                            .lddx = ld,
                            .add = p->add };
  if (record_sums(r, p->slot, sum) < 0)
    return -1;
  return op_norm_grad(r->sequence, &grad, r->err);
}

/* ---- the head ---- */

static int record_value_grad(const struct trainee_recorder *r)
{
  const struct trainee *t = r->trainee;
  const struct product_grad score = { .slot = &t->layout.score,
                                      .x = &t->work.picked_normed,
                                      .dy = &t->work.d_value,
                                      .dx = &t->work.dlast,
                                      .m = r->shape.wanted,
                                      .ldx = t->widths.hidden,
                                      .lddy = t->work.d_value.shape[1],
                                      .lddx = t->widths.hidden };
  return record_product_grad(r, &score);
}

static int record_loss_grad(const struct trainee_recorder *r)
{
  const struct trainee *t = r->trainee;
  const struct trainee_work *work = &t->work;
  const struct trainee *ref = r->shape.kl ? r->reference : NULL;
  struct trainee_slot chunk, other;
  uint32_t first, behind;
  bool all_there = !trainee_chunk(r, 1, &other, &behind); /* as the head left them */
  for (uint32_t i = 0; trainee_chunk(r, i, &chunk, &first); i++) {
    struct loss_grad grad = { .m = r->shape.wanted,
                              .n = chunk.rows,
                              .first = first,
                              .x = &work->logits,
                              .z = ref ? &ref->work.logits : NULL,
                              .ids = &work->wanted_ids,
                              .state = &work->state,
                              .g_logp = &work->d_logp,
                              .g_kl = ref ? &work->d_kl : NULL,
                              .ldx = t->widths.chunk,
                              .ldz = ref ? ref->widths.chunk : 0 };
    const struct product_grad head = { .slot = &chunk,
                                       .x = &work->picked_normed,
                                       .dy = &work->logits,
                                       .dx = &work->dlast,
                                       .m = r->shape.wanted,
                                       .ldx = t->widths.hidden,
                                       .lddy = t->widths.chunk,
                                       .lddx = t->widths.hidden,
                                       .add = i > 0 };
    if ((!all_there && trainee_record_logits(r, &chunk, first, ref) < 0) ||
        op_loss_grad(r->sequence, &grad, r->err) < 0 || record_product_grad(r, &head) < 0)
      return -1;
  }
  return 0;
}

/* From the head to dx: rows that were not wanted get the zeros behind the others. */
static int record_end(const struct trainee_recorder *r)
{
  const struct trainee *t = r->trainee;
  const struct trainee_work *work = &t->work;
  const struct norm_pass norm = { .slot = &t->layout.norm,
                                  .x = &work->picked,
                                  .scales = &work->picked_scales,
                                  .dy = &work->dlast,
                                  .dx = &work->dpicked,
                                  .m = r->shape.wanted };
  struct embed spread = { .m = r->shape.rows,
                          .n = (uint32_t)t->config.hidden,
                          .t = t->options.max_rows + 1,
                          .table = &work->dpicked,
                          .ids = &work->back,
                          .y = &work->dx,
                          .ldt = t->widths.hidden,
                          .ldy = t->widths.hidden };
  int rc = t->options.kind == TRAINEE_VALUE ? record_value_grad(r) : record_loss_grad(r);
  if (rc < 0 || record_norm_grad(r, &norm) < 0)
    return -1;
  return op_embed(r->sequence, &spread, r->err);
}

/* ---- a layer ---- */

static int record_gated_grad(const struct trainee_recorder *r, int number)
{
  const struct trainee *t = r->trainee;
  const struct trainee_work *work = &t->work;
  const struct trainee_kept *kept = &t->kept[number];
  const struct trainee_layer_slots *slots = &t->layout.layers[number];
  uint32_t m = r->shape.rows;
  const struct product_grad down = { .slot = &slots->down,
                                     .bias = &slots->down_bias,
                                     .x = &kept->inner,
                                     .dy = &work->dx,
                                     .dx = &work->dinner,
                                     .m = m,
                                     .ldx = t->widths.inner,
                                     .lddy = t->widths.hidden,
                                     .lddx = t->widths.inner };
  struct swiglu_grad swiglu = { .m = m,
                                .n = (uint32_t)t->config.intermediate,
                                .x = &kept->gates,
                                .dy = &work->dinner,
                                .dx = &kept->gates, /* needed no more */
                                .ldx = t->widths.gates,
                                .lddy = t->widths.inner,
                                .lddx = t->widths.gates };
  const struct product_grad gates = { .slot = &slots->gates,
                                      .bias = &slots->gates_bias,
                                      .x = &kept->mid_normed,
                                      .dy = &kept->gates,
                                      .dx = &work->dnormed,
                                      .m = m,
                                      .ldx = t->widths.hidden,
                                      .lddy = t->widths.gates,
                                      .lddx = t->widths.hidden };
  const struct norm_pass norm = { .slot = &slots->mlp_norm,
                                  .x = &kept->mid,
                                  .scales = &kept->mid_scales,
                                  .dy = &work->dnormed,
                                  .dx = &work->dx,
                                  .m = m,
                                  .add = true };
  if (record_product_grad(r, &down) < 0 ||
      op_swiglu_grad(r->sequence, &swiglu, r->err) < 0 ||
      record_product_grad(r, &gates) < 0)
    return -1;
  return record_norm_grad(r, &norm);
}

static int record_attention_grad(const struct trainee_recorder *r, int number)
{
  const struct trainee *t = r->trainee;
  const struct trainee_work *work = &t->work;
  const struct trainee_kept *kept = &t->kept[number];
  struct attention_grad grad = { .m = r->shape.rows,
                                 .heads = (uint32_t)t->config.heads,
                                 .kv_heads = (uint32_t)t->config.kv_heads,
                                 .head_dim = (uint32_t)t->config.head_dim,
                                 .q = &kept->q,
                                 .keys = &kept->keys,
                                 .values = &kept->values,
                                 .places = &work->places,
                                 .y = &kept->mixed,
                                 .lse = &kept->lse,
                                 .dy = &work->dmixed,
                                 .delta = &work->delta,
                                 .dq = &work->dq,
                                 .dkeys = &work->dkeys,
                                 .dvalues = &work->dvalues,
                                 .scale = (float)(1 / sqrt(t->config.head_dim)) };
  return op_attention_grad(r->sequence, &grad, r->err);
}

static int record_heads_grad(const struct trainee_recorder *r, int number)
{
  const struct trainee *t = r->trainee;
  const struct trainee_work *work = &t->work;
  const struct trainee_slot *norms = &t->layout.layers[number].head_norms;
  uint32_t d = (uint32_t)t->config.head_dim;
  bool normed = t->config.qk_norm;
  struct trainee_slot q_slot = *norms, k_slot = *norms;
  q_slot.ld = k_slot.ld = d;
  k_slot.at += d;
  struct gpu_tensor q_norm = trainee_view(&t->weights, &q_slot);
  struct gpu_tensor k_norm = trainee_view(&t->weights, &k_slot);
  struct heads_grad grad = { .m = r->shape.rows,
                             .heads = (uint32_t)t->config.heads,
                             .kv_heads = (uint32_t)t->config.kv_heads,
                             .head_dim = d,
                             .x = &t->kept[number].qkv,
                             .places = &work->places,
                             .turns = &work->turns,
                             .q_norm = normed ? &q_norm : NULL,
                             .k_norm = normed ? &k_norm : NULL,
                             .dq = &work->dq,
                             .dkeys = &work->dkeys,
                             .dvalues = &work->dvalues,
                             .dx = &work->dqkv,
                             .dnorms = normed ? &work->dhead_norms : NULL,
                             .ldx = t->widths.qkv,
                             .lddx = t->widths.qkv,
                             .eps = (float)t->config.rms_eps };
  if (op_heads_grad(r->sequence, &grad, r->err) < 0)
    return -1;
  struct column_sum sum = { .m = r->shape.rows, .x = &work->dhead_norms };
  return normed ? record_sums(r, norms, sum) : 0;
}

static int record_mixing_grad(const struct trainee_recorder *r, int number)
{
  const struct trainee *t = r->trainee;
  const struct trainee_work *work = &t->work;
  const struct trainee_kept *kept = &t->kept[number];
  const struct trainee_layer_slots *slots = &t->layout.layers[number];
  uint32_t m = r->shape.rows;
  const struct product_grad out = { .slot = &slots->out,
                                    .bias = &slots->out_bias,
                                    .x = &kept->mixed,
                                    .dy = &work->dx,
                                    .dx = &work->dmixed,
                                    .m = m,
                                    .ldx = t->widths.q,
                                    .lddy = t->widths.hidden,
                                    .lddx = t->widths.q };
  const struct product_grad qkv = { .slot = &slots->qkv,
                                    .bias = &slots->qkv_bias,
                                    .x = &kept->normed,
                                    .dy = &work->dqkv,
                                    .dx = &work->dnormed,
                                    .m = m,
                                    .ldx = t->widths.hidden,
                                    .lddy = t->widths.qkv,
                                    .lddx = t->widths.hidden };
  const struct norm_pass norm = { .slot = &slots->attention_norm,
                                  .x = &kept->x,
                                  .scales = &kept->scales,
                                  .dy = &work->dnormed,
                                  .dx = &work->dx,
                                  .m = m,
                                  .add = true };
  if (record_product_grad(r, &out) < 0 || record_attention_grad(r, number) < 0 ||
      record_heads_grad(r, number) < 0 || record_product_grad(r, &qkv) < 0)
    return -1;
  return record_norm_grad(r, &norm);
}

static int record_embed_grad(const struct trainee_recorder *r)
{
  const struct trainee *t = r->trainee;
  const struct trainee_slot *slot = &t->layout.embedding;
  struct gpu_tensor table = trainee_view(&t->gradients, slot);
  struct embed_grad grad = { .m = r->shape.rows,
                             .n = slot->columns,
                             .buckets = r->shape.rows,
                             .dy = &t->work.dx,
                             .ids = &t->work.bucket_ids,
                             .starts = &t->work.bucket_starts,
                             .rows = &t->work.bucket_rows,
                             .dtable = &table,
                             .lddy = t->widths.hidden,
                             .ldt = slot->ld };
  return op_embed_grad(r->sequence, &grad, r->err);
}

int trainee_record_backward(const struct trainee_recorder *r)
{
  const struct trainee *t = r->trainee;
  int last = t->config.layers - 1;
  if (record_end(r) < 0)
    return -1;
  for (int i = last; i >= 0; i--) {
    /* what the last layer computed is still there */
    if (t->options.recompute && i < last && trainee_record_layer(r, i) < 0)
      return -1;
    if (record_gated_grad(r, i) < 0 || record_mixing_grad(r, i) < 0)
      return -1;
  }
  return record_embed_grad(r);
}
