/* model_part.h - what the files of model share; nobody else includes it. */
#ifndef OREO_NN_MODEL_PART_H
#define OREO_NN_MODEL_PART_H

#include "gpu/sequence.h"
#include "nn/model_plan.h"
#include "nn/model_weights.h"

/* What each op of a step is for, as model_time tells it. */
#define MODEL_LABEL_MAP(XX)  \
  XX(EMBED, "embed")         \
  XX(NORM, "norm")           \
  XX(QKV, "qkv")             \
  XX(HEADS, "heads")         \
  XX(ATTENTION, "attention") \
  XX(OUT, "attention out")   \
  XX(GATES, "gate and up")   \
  XX(SWIGLU, "swiglu")       \
  XX(DOWN, "down")           \
  XX(PICK, "pick")           \
  XX(HEAD, "head")           \
  XX(SAMPLE, "sample")

enum model_label {
#define XX(id, text) MODEL_LABEL_##id,
  MODEL_LABEL_MAP(XX)
#undef XX
      MODEL_LABELS
};

/* Steps alike in these run the same recorded ops. */
struct model_shape {
  uint32_t rows, wanted; /* rounded up: the rest is padding */
  bool all;              /* every row is wanted */
  bool drawn;
};

struct model_recorded {
  struct model_shape shape;
  struct gpu_sequence *sequence;
  uint8_t *labels; /* enum model_label, one an op */
  uint32_t n_labels, labels_capacity;
  uint64_t last_used; /* the step */
};

enum { MODEL_RECORDED_MAX = 128 };

struct model {
  struct gpu_manager *manager;
  struct model_config config;
  struct model_plan plan;
  struct model_weights weights;
  struct gpu_tensor *keys, *values; /* by layer: [cache_pages * CACHE_PAGE][kv] */
  struct gpu_tensor turns;          /* [context][head_dim], for op_heads */
  /* what a step computes */
  struct gpu_tensor residual, normed, qkv, mixed, gates, inner, picked, logits;
  /* what goes in and comes out, on the host */
  struct gpu_tensor ids, places, pages, wanted, wanted_places, draws;
  struct gpu_tensor drawn_ids, drawn_logps;
  struct model_recorded recorded[MODEL_RECORDED_MAX];
  uint32_t n_recorded;
  uint64_t steps;
  struct model_row *last_rows; /* whose logits the last step left */
  uint32_t last_wanted;        /* so many */
  struct {
    uint64_t calls;
    int64_t ns;
    double work;
  } times[MODEL_LABELS];
};

/* The ops of such a step, recorded at the first request. NULL on failure. */
struct model_recorded *model_step_get(struct model *model,
                                      const struct model_shape *shape, struct err *err);
void model_steps_free(struct model *model);

#endif
