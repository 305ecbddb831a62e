/* model_plan.h - how large a model's steps and cache may be on a device, before anything
 * is allocated.
 *
 * For model.c: options that were left open get their values, each is held against what
 * the device can bind, and the whole against its memory. Pure; owns nothing. ERR_USAGE
 * for a context that the model does not have; ERR_ENV for what the device does not have,
 * with what is needed, what there is, and what helps.
 */
#ifndef OREO_NN_MODEL_PLAN_H
#define OREO_NN_MODEL_PLAN_H

#include "nn/model.h"

/* Elements from a row to the next in what a step computes. */
struct model_widths {
  uint32_t hidden, qkv, mixed, gates, inner, vocab;
};

struct model_plan {
  struct model_options options; /* settled */
  struct model_widths widths;
  uint32_t pages_each; /* of a sequence */
};

struct model_room {
  const char *path; /* for messages */
  const struct gpu_device_info *device;
  uint64_t weights;    /* bytes that they will take */
  uint64_t used, heap; /* of the device's memory */
};

NODISCARD int model_plan(struct model_plan *plan, const struct model_config *config,
                         const struct model_options *asked, const struct model_room *room,
                         struct err *err);

#endif
