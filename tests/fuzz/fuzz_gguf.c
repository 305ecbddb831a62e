// links: nn
/* Any bytes as a GGUF: whatever is accepted lies inside the bytes, every value, list and
 * tensor can be read, and so can the vocabulary and the config. */
#include <stdlib.h>

#include "nn/dequant.h"
#include "nn/gguf.h"
#include "nn/model_config.h"
#include "nn/model_tensors.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_inside(struct str part, struct str whole)
{
  return part.ptr >= whole.ptr && part.ptr + part.len <= whole.ptr + whole.len;
}

static void read_pair(const struct gguf_pair *pair, struct str bytes)
{
  int64_t whole;
  double real;
  struct str text;
  if (!is_inside(pair->key, bytes) || !is_inside(pair->bytes, bytes))
    abort();
  gguf_int(pair, &whole);
  gguf_real(pair, &real);
  if (str_present(gguf_string(pair)) != (pair->type == GGUF_STRING))
    abort();
  struct gguf_walk walk = gguf_walk_begin(pair);
  uint64_t n = 0;
  while (gguf_walk_string(&walk, &text) || gguf_walk_real(&walk, &real))
    n++;
  if (pair->type == GGUF_ARRAY && n != pair->count)
    abort();
}

static void read_weight(const struct weight *weight, struct str bytes)
{
  float block[256];
  if (!is_inside(weight->name, bytes) || !is_inside(weight->bytes, bytes))
    abort();
  const struct weight_kind *kind = weight_kind(weight->type);
  if (!kind || weight->n == 0)
    return;
  uint64_t n_blocks = weight->n / (uint64_t)kind->block_elements;
  dequant(weight->type,
          weight->bytes.ptr + (size_t)(n_blocks - 1) * (size_t)kind->block_bytes, 1, block);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct err err = { 0 };
  struct str bytes = { size ? (const char *)data : "", size };
  struct gguf gguf;
  struct gguf_vocab vocab;
  struct model_config config;
  struct model_tensor tensor;
  if (gguf_parse(&gguf, bytes, &err) < 0)
    return 0;
  for (size_t i = 0; i < gguf.n_pairs; i++)
    read_pair(&gguf.pairs[i], bytes);
  for (size_t i = 0; i < gguf.weights.count; i++)
    read_weight(&gguf.weights.list[i], bytes);
  if (gguf_vocab(&gguf, &vocab, &err) == 0)
    for (size_t i = 0; i < vocab.n_tokens; i++)
      if (!is_inside(vocab.tokens[i], bytes))
        abort();
  if (model_config_from_gguf(&config, &gguf, &err) == 0 && !model_tensor_at(&config, 0, &tensor))
    abort();
  gguf_close(&gguf);
  return 0;
}
