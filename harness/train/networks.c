#include "train/networks.h"

/* ---- opening ---- */

static int make(struct trainee **out, struct gpu_manager *manager,
                const struct checkpoint *checkpoint, enum trainee_kind kind,
                const struct recipe *recipe, struct err *err)
{
  struct trainee_options options = { .kind = kind,
                                     .max_rows = (uint32_t)recipe->rows,
                                     .recompute = recipe->recompute,
                                     .beta1 = recipe->beta1,
                                     .beta2 = recipe->beta2,
                                     .eps = recipe->eps,
                                     .decay = recipe->decay };
  *out = trainee_create(manager, checkpoint, &options, err);
  return *out ? 0 : -1;
}

int networks_open(struct networks *n, struct gpu_manager *manager,
                  const struct material *m, const struct recipe *recipe, struct err *err)
{
  *n = (struct networks){ 0 };
  if (make(&n->policy, manager, m->init, TRAINEE_POLICY, recipe, err) < 0)
    return err_wrap(err, "the policy");
  if (recipe_needs_reference(recipe) &&
      make(&n->reference, manager, m->reference ? m->reference : m->init, TRAINEE_FROZEN,
           recipe, err) < 0)
    return err_wrap(err, "the reference");
  if (recipe_needs_value(recipe) &&
      make(&n->value, manager, m->value ? m->value : m->init, TRAINEE_VALUE, recipe,
           err) < 0)
    return err_wrap(err, "the value network");
  return 0;
}

void networks_close(struct networks *n)
{
  trainee_free(n->policy);
  trainee_free(n->value);
  trainee_free(n->reference);
  *n = (struct networks){ 0 };
}

/* ---- as the loop calls them ---- */

static int policy_forward(void *state, const struct trainee_batch *batch,
                          const struct trainee_outputs *out, struct err *err)
{
  struct networks *n = state;
  bool beside = out->ref_logp || out->kl;
  return trainee_forward(n->policy, beside ? n->reference : NULL, batch, out, err);
}

static int value_forward(void *state, const struct trainee_batch *batch,
                         const struct trainee_outputs *out, struct err *err)
{
  struct networks *n = state;
  return trainee_forward(n->value, NULL, batch, out, err);
}

#define CALLS(which)                                                               \
  static int which##_backward(                                                     \
      void *state, const struct trainee_derivatives *derivatives, struct err *err) \
  {                                                                                \
    return trainee_backward(((struct networks *)state)->which, derivatives, err);  \
  }                                                                                \
  static int which##_step(void *state, double rate, double clip, double *norm,     \
                          struct err *err)                                         \
  {                                                                                \
    return trainee_step(((struct networks *)state)->which, rate, clip, norm, err); \
  }                                                                                \
  static int which##_save(void *state, const char *folder, struct err *err)        \
  {                                                                                \
    return trainee_save(((struct networks *)state)->which, folder, err);           \
  }                                                                                \
  static int which##_save_state(void *state, const char *path, struct err *err)    \
  {                                                                                \
    return trainee_save_state(((struct networks *)state)->which, path, err);       \
  }                                                                                \
  static int which##_load_state(void *state, const char *path, struct err *err)    \
  {                                                                                \
    return trainee_load_state(((struct networks *)state)->which, path, err);       \
  }                                                                                \
  struct train_network networks_##which(struct networks *n)                        \
  {                                                                                \
    return (struct train_network){ .state = n->which ? n : NULL,                   \
                                   .forward = which##_forward,                     \
                                   .backward = which##_backward,                   \
                                   .step = which##_step,                           \
                                   .save = which##_save,                           \
                                   .save_state = which##_save_state,               \
                                   .load_state = which##_load_state };             \
  }
CALLS(policy)
CALLS(value)
