#include "nn/op_sample.h"

#include <assert.h>

#include "nn/op_logits.h"
#include "shared.h"

static const struct gpu_shader shuffle_shader = {
  .name = "sample_shuffle",
  .bindings = { GPU_BIND_TEXEL_F32X4, GPU_BIND_STORAGE, GPU_BIND_STORAGE,
                GPU_BIND_STORAGE },
  .push_bytes = sizeof(struct shader_logits),
};

static const struct gpu_shader groups_shader = {
  .name = "sample",
  .bindings = { GPU_BIND_STORAGE, GPU_BIND_STORAGE, GPU_BIND_STORAGE, GPU_BIND_STORAGE },
  .push_bytes = sizeof(struct shader_logits),
};

enum { DRAW_WORDS = sizeof(struct shader_draw) / 4 };

int op_sample(struct gpu_sequence *sequence, const struct sample *s, struct err *err)
{
  bool sound = logits_fit(s->draws, GPU_I32, s->m, DRAW_WORDS, DRAW_WORDS) &&
               logits_fit(s->ids, GPU_I32, s->m, 1, 1) &&
               logits_fit(s->logp, GPU_F32, s->m, 1, 1);
  assert(sound);
  (void)sound;
  struct logits_op op = {
    .name = "sample",
    .shuffle = &shuffle_shader,
    .groups = &groups_shader,
    .m = s->m,
    .n = s->n,
    .ldx = s->ldx,
    .x = s->x,
    .others = { { s->draws, GPU_READ }, { s->ids, GPU_WRITE }, { s->logp, GPU_WRITE } },
    .words = { DRAW_WORDS, 1, 1 },
    .by_groups = s->by_groups,
  };
  return logits_record(sequence, &op, err);
}
