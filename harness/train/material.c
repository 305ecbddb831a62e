#include "train/material.h"

#include <stdio.h>

/* ---- checkpoints ---- */

/* A reference says something of each of the policy's tokens, and a value network reads
 * them: both must know the same ones. */
static int open_other(struct checkpoint **out, const char *path,
                      const struct checkpoint *init, const char *option, struct err *err)
{
  if (!path)
    return 0;
  *out = checkpoint_open(path, err);
  if (!*out)
    return -1;
  const struct model_config *a = checkpoint_config(init), *b = checkpoint_config(*out);
  if (a->arch != b->arch)
    return err_set(
        err, ERR_DATA, "--%s '%s' is a %s, and '%s' a %s; give one of the same", option,
        path, model_arch_name(b->arch), checkpoint_path(init), model_arch_name(a->arch));
  if (a->vocab != b->vocab)
    return err_set(err, ERR_DATA,
                   "--%s '%s' has a vocabulary of %d and '%s' of %d; give one with the "
                   "same tokenizer",
                   option, path, (int)b->vocab, checkpoint_path(init), (int)a->vocab);
  return 0;
}

static int open_checkpoints(struct material *m, const struct recipe *recipe,
                            struct err *err)
{
  m->init = checkpoint_open(recipe->init, err);
  if (!m->init)
    return -1;
  if (!checkpoint_config(m->init)->lm_head)
    return err_set(err, ERR_DATA, "--init '%s' is a value network; give a policy",
                   recipe->init);
  if (open_other(&m->reference, recipe->reference, m->init, "reference", err) < 0 ||
      open_other(&m->value, recipe->value, m->init, "value", err) < 0)
    return -1;
  if (m->reference && !checkpoint_config(m->reference)->lm_head)
    return err_set(err, ERR_DATA, "--reference '%s' is a value network; give a policy",
                   recipe->reference);
  return train_text_open(&m->text, m->init, recipe->tokenizer, recipe->chat_template,
                         err);
}

/* ---- data ---- */

static size_t context_of(const struct material *m, const struct recipe *recipe)
{
  size_t most = (size_t)checkpoint_config(m->init)->max_positions;
  size_t wanted = (size_t)recipe->context;
  return wanted && wanted < most ? wanted : most;
}

int material_load(struct material *m, const struct recipe *recipe, struct err *err)
{
  if (open_checkpoints(m, recipe, err) < 0)
    return -1;
  for (size_t i = 0; i < recipe->data.count; i++)
    if (trajectory_load(&m->trajectories, &m->arena, recipe->data.at[i], err) < 0)
      return -1;
  struct dataset_options options = { .tokenizer = m->text.tokenizer,
                                     .chat = m->text.has_chat ? &m->text.chat : NULL,
                                     .end = -1,
                                     .context = context_of(m, recipe),
                                     .overlong = recipe->dataset_overlong,
                                     .periods = recipe->periods,
                                     .first_turn = (size_t)recipe->first_turn };
  return dataset_build(&m->dataset, m->trajectories.list, m->trajectories.count, &options,
                       err);
}

void material_audit(struct material *m, const struct recipe *recipe,
                    const struct audit_item *items, size_t n_items)
{
  struct audit_input input = { .trajectories = m->trajectories.list,
                               .n_trajectories = m->trajectories.count,
                               .dataset = &m->dataset,
                               .first_turn = (size_t)recipe->first_turn,
                               .items = items,
                               .n_items = n_items };
  audit_make(&m->audit, &input);
  m->audited = true;
}

/* ---- examples ---- */

static int choose(struct material *m, const struct recipe *recipe, struct err *err)
{
  uint64_t seed = (uint64_t)recipe->seed;
  switch (recipe->kind) {
  case RECIPE_SFT: return examples_all(&m->examples, &m->dataset, err);
  case RECIPE_RFT: return examples_solved(&m->examples, &m->dataset, err);
  case RECIPE_DPO:
    return examples_pairs(&m->examples, &m->dataset, (size_t)recipe->pairs, seed, err);
  case RECIPE_KTO:
    return examples_mismatched(&m->examples, &m->dataset, context_of(m, recipe), seed,
                               err);
  case RECIPE_OREO:
    if (dataset_check_rewards(&m->dataset, err) < 0)
      return -1;
    return examples_all(&m->examples, &m->dataset, err);
  }
  return -1;
}

int material_choose(struct material *m, const struct recipe *recipe, struct err *err)
{
  if (choose(m, recipe, err) < 0)
    return -1;
  m->source = (struct batch_source){ .dataset = &m->dataset,
                                     .examples = &m->examples,
                                     .units = (size_t)recipe->batch,
                                     .rows = (size_t)recipe->rows,
                                     .seed = (uint64_t)recipe->seed };
  if (batch_source_check(&m->source, err) < 0)
    return err_wrap(err, "--rows %lld", (long long)recipe->rows);
  return 0;
}

void material_release(struct material *m)
{
  example_list_release(&m->examples);
  if (m->audited)
    audit_release(&m->audit);
  dataset_release(&m->dataset);
  trajectory_list_release(&m->trajectories);
  train_text_close(&m->text);
  checkpoint_close(m->init);
  checkpoint_close(m->reference);
  checkpoint_close(m->value);
  arena_release(&m->arena);
  *m = (struct material){ 0 };
}
