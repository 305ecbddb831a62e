#include "nn/op_logprob.h"

#include <assert.h>

#include "nn/op_logits.h"
#include "shared.h"

static const struct gpu_shader shuffle_shader = {
  .name = "logprob_shuffle",
  .bindings = { GPU_BIND_TEXEL_F32X4, GPU_BIND_STORAGE, GPU_BIND_STORAGE,
                GPU_BIND_STORAGE },
  .push_bytes = sizeof(struct shader_logits),
};

static const struct gpu_shader groups_shader = {
  .name = "logprob",
  .bindings = { GPU_BIND_STORAGE, GPU_BIND_STORAGE, GPU_BIND_STORAGE, GPU_BIND_STORAGE },
  .push_bytes = sizeof(struct shader_logits),
};

int op_logprob(struct gpu_sequence *sequence, const struct logprob *l, struct err *err)
{
  bool sound = logits_fit(l->ids, GPU_I32, l->m, 1, 1) &&
               logits_fit(l->logp, GPU_F32, l->m, 1, 1) &&
               (!l->lse || logits_fit(l->lse, GPU_F32, l->m, 1, 1));
  assert(sound);
  (void)sound;
  struct logits_op op = {
    .name = "logprob",
    .shuffle = &shuffle_shader,
    .groups = &groups_shader,
    .m = l->m,
    .n = l->n,
    .ldx = l->ldx,
    .x = l->x,
    /* something must be bound where no lse is: what is read anyway */
    .others = { { l->ids, GPU_READ },
                { l->logp, GPU_WRITE },
                { l->lse ? l->lse : l->ids, l->lse ? GPU_WRITE : GPU_READ } },
    .words = { 1, 1, 1 },
    .flag = l->lse != NULL,
    .by_groups = l->by_groups,
  };
  return logits_record(sequence, &op, err);
}
