/* trainee_part.h - what the files of trainee share; nobody else includes it. */
#ifndef OREO_NN_TRAINEE_PART_H
#define OREO_NN_TRAINEE_PART_H

#include "gpu/sequence.h"
#include "nn/trainee.h"
#include "nn/trainee_layout.h"
#include "shared.h"

/* Values from a row to the next in what is computed. */
struct trainee_widths {
  uint32_t hidden, qkv, q, kv, gates, inner, chunk;
};

/* What a layer computes, as its gradient needs it. Of a frozen one all layers share the
 * same tensors, and `mid` is `x`; with recomputing all but `x` are shared. */
struct trainee_kept {
  struct gpu_tensor x; /* what comes in */
  struct gpu_tensor normed, scales, qkv, q, keys, values, mixed, lse;
  struct gpu_tensor mid; /* x and what attention adds to it */
  struct gpu_tensor mid_normed, mid_scales, gates, inner;
};

/* What is shared by all layers. A row of `padding` behind those that are wanted stays
 * zero in `dpicked`. */
struct trainee_work {
  /* what goes in, on the host */
  struct gpu_tensor ids, places, order, wanted, wanted_ids, back;
  struct gpu_tensor bucket_ids, bucket_starts, bucket_rows;
  struct gpu_tensor d_logp, d_kl, d_value;
  struct gpu_tensor settings;
  /* what comes out, on the host */
  struct gpu_tensor logp, ref_logp, kl, values, squares;
  /* forward */
  struct gpu_tensor turns, last; /* what leaves the last layer */
  struct gpu_tensor picked, picked_scales, picked_normed, logits, state;
  /* backward */
  struct gpu_tensor dlast, dpicked, dx, dnormed, dinner, dqkv, dmixed;
  struct gpu_tensor dq, dkeys, dvalues, delta, dhead_norms, partials;
};

enum trainee_pass { TRAINEE_BODY, TRAINEE_HEAD, TRAINEE_BACKWARD };

/* What was recorded is run again for batches alike in these. */
struct trainee_shape {
  enum trainee_pass pass;
  uint32_t rows, wanted; /* rounded up: the rest is padding */
  int64_t reference;     /* when it was made; 0 = none */
  bool kl;               /* backward: its derivative is given */
};

struct trainee_recorded {
  struct trainee_shape shape;
  struct gpu_sequence *sequence;
  uint64_t last_used;
};

enum { TRAINEE_RECORDED_MAX = 96 };

struct trainee {
  struct gpu_manager *manager;
  struct model_config config;
  struct trainee_options options; /* settled */
  struct trainee_layout layout;
  struct trainee_widths widths;
  struct trainee_memory memory;
  int64_t born; /* tells it from others that had its address */
  uint64_t steps, runs;
  struct gpu_tensor weights, gradients, first, second; /* the latter: moments */
  struct trainee_kept *kept;                           /* by layer */
  struct trainee_work work;
  struct gpu_tensor *owned; /* all of the above, to release */
  size_t n_owned, owned_capacity;
  struct trainee_recorded recorded[TRAINEE_RECORDED_MAX];
  uint32_t n_recorded;
  struct gpu_sequence *norm_sequence, *step_sequence;
  /* the batch of the last forward */
  uint32_t *wanted_tokens, n_wanted, n_tokens;
  struct trainee_shape shape;
  struct trainee *reference;
  bool forwarded;
};

static inline struct gpu_tensor trainee_view(const struct gpu_tensor *block,
                                             const struct trainee_slot *slot)
{
  uint64_t n = (uint64_t)slot->rows * slot->ld;
  struct gpu_tensor view = *block;
  view.offset += 4 * slot->at;
  view.bytes = 4 * n;
  view.rank = 1;
  view.shape[0] = (uint32_t)n;
  return view;
}

static inline bool trainee_is_frozen(const struct trainee *trainee)
{
  return trainee->options.kind == TRAINEE_FROZEN;
}

/* ---- trainee_room.c: memory ---- */

/* Settles options and widths, counts and checks memory, makes all tensors. */
NODISCARD int trainee_room_make(struct trainee *trainee, const char *path,
                                struct err *err);
void trainee_room_release(struct trainee *trainee);

/* ---- trainee_forward.c, trainee_backward.c: what is recorded ---- */

struct trainee_recorder {
  const struct trainee *trainee, *reference;
  struct trainee_shape shape;
  struct gpu_sequence *sequence;
  struct err *err;
};

/* y = x slot' + bias; x and y with `m` rows. */
struct trainee_product {
  const struct trainee_slot *slot, *bias;
  const struct gpu_tensor *x, *y;
  uint32_t m, ldx, ldy;
  bool add;
};
NODISCARD int trainee_record_product(const struct trainee_recorder *r,
                                     const struct trainee *of,
                                     const struct trainee_product *product);
NODISCARD int trainee_record_body(const struct trainee_recorder *r);
/* A layer up to its gated unit. */
NODISCARD int trainee_record_layer(const struct trainee_recorder *r, int number);
NODISCARD int trainee_record_head(const struct trainee_recorder *r);
NODISCARD int trainee_record_backward(const struct trainee_recorder *r);

/* Chunk i of the head's rows: some of them, or false behind the last. */
bool trainee_chunk(const struct trainee_recorder *r, uint32_t i,
                   struct trainee_slot *chunk, uint32_t *first);
/* Both networks' logits of a chunk. */
NODISCARD int trainee_record_logits(const struct trainee_recorder *r,
                                    const struct trainee_slot *chunk, uint32_t first,
                                    bool with_reference);

/* ---- trainee_config.c ---- */

struct buf;
/* config.json. */
void trainee_config_write(const struct model_config *config, struct buf *out);

#endif
