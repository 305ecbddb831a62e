/* A GGUF file as a checkpoint: llama.cpp's names mapped to Hugging Face's. */
#include <math.h>

#include "nn/checkpoint_part.h"
#include "nn/dequant.h"
#include "nn/model_tensors.h"

/* Llama 3's scaling stands in a GGUF as a divisor for each pair, in a tensor. */
static int take_divisors(struct checkpoint *checkpoint, struct err *err)
{
  struct model_config *config = &checkpoint->config;
  const struct weight *divisors =
      weights_find(&checkpoint->gguf->weights, STR("rope_freqs.weight"));
  if (!divisors)
    return 0;
  int pairs = config->head_dim / 2;
  if (divisors->type != WEIGHT_F32 || divisors->n != (uint64_t)pairs)
    return err_set(err, ERR_DATA, "tensor 'rope_freqs.weight' is no F32 vector of %d",
                   pairs);
  dequant(WEIGHT_F32, divisors->bytes.ptr, (size_t)pairs, config->rope.divisors);
  for (int i = 0; i < pairs; i++)
    if (!(config->rope.divisors[i] >= 1e-6f && config->rope.divisors[i] <= 1e6f))
      return err_set(err, ERR_DATA, "element %d of tensor 'rope_freqs.weight' is %g", i,
                     (double)config->rope.divisors[i]);
  if (config->rope.kind != ROPE_NONE)
    return err_set(err, ERR_DATA, "it has both a rope scaling and a 'rope_freqs.weight'");
  config->rope.kind = ROPE_DIVISORS;
  return 0;
}

/* The file's tensors under Hugging Face names; one that the model does not have keeps its
 * own, and is refused by it. */
static void map_names(struct checkpoint *checkpoint, struct weights *mapped)
{
  const struct weights *weights = &checkpoint->gguf->weights;
  struct strmap names = { 0 };
  struct model_tensor tensor;
  size_t n = 0;
  while (model_tensor_at(&checkpoint->config, n, &tensor))
    n++;
  struct model_tensor *all = ARENA_NEW(&checkpoint->arena, struct model_tensor, n);
  for (size_t i = 0; i < n; i++) {
    bool added;
    model_tensor_at(&checkpoint->config, i, &all[i]);
    if (all[i].gguf[0])
      strmap_put(&names, str_from(all[i].gguf), i, &added);
  }
  mapped->list = ARENA_NEW(&checkpoint->arena, struct weight, weights->count);
  for (size_t i = 0; i < weights->count; i++) {
    if (str_equal(weights->list[i].name, STR("rope_freqs.weight")))
      continue;
    struct weight *weight = &mapped->list[mapped->count++];
    *weight = weights->list[i];
    const size_t *found = strmap_find(&names, weight->name);
    if (found)
      weight->name = str_from(all[*found].name);
  }
  strmap_release(&names);
}

int checkpoint_open_gguf(struct checkpoint *checkpoint, struct err *err)
{
  struct gguf *gguf = ARENA_NEW(&checkpoint->arena, struct gguf, 1);
  struct weights mapped = { 0 };
  if (gguf_open(gguf, checkpoint->path, err) < 0)
    return -1;
  checkpoint->gguf = gguf;
  if (model_config_from_gguf(&checkpoint->config, gguf, err) < 0 ||
      take_divisors(checkpoint, err) < 0)
    return err_wrap(err, "cannot load '%s'", checkpoint->path);
  map_names(checkpoint, &mapped);
  checkpoint->tensors =
      ARENA_NEW(&checkpoint->arena, struct checkpoint_tensor, mapped.count);
  return checkpoint_take(checkpoint, &mapped, checkpoint->path, err);
}
