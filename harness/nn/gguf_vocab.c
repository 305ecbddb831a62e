/* The vocabulary inside a GGUF, as plain arrays. */
#include <inttypes.h>

#include "nn/gguf.h"

static const struct gguf_pair *find_array(const struct gguf *gguf, const char *key)
{
  const struct gguf_pair *pair = gguf_find(gguf, key);
  return pair && pair->type == GGUF_ARRAY ? pair : NULL;
}

static int check_length(const struct gguf_pair *pair, size_t n_tokens, struct err *err)
{
  if (pair && pair->count != n_tokens)
    return err_set(err, ERR_DATA, "'%.*s' has %" PRIu64 " elements for %zu tokens",
                   STR_ARG(pair->key), pair->count, n_tokens);
  return 0;
}

static int wrong_element(const struct gguf_pair *pair, struct err *err)
{
  return err_set(err, ERR_DATA,
                 "'%.*s' has an element of another type than is needed there",
                 STR_ARG(pair->key));
}

static int read_strings(struct gguf *gguf, const struct gguf_pair *pair,
                        const struct str **out, size_t *n, struct err *err)
{
  *out = NULL;
  *n = 0;
  if (!pair)
    return 0;
  struct str *list = ARENA_NEW(&gguf->arena, struct str, (size_t)pair->count);
  struct gguf_walk walk = gguf_walk_begin(pair);
  while (*n < pair->count && gguf_walk_string(&walk, &list[*n]))
    ++*n;
  *out = list;
  return *n == pair->count ? 0 : wrong_element(pair, err);
}

static int read_scores(struct gguf *gguf, size_t n_tokens, const float **out,
                       struct err *err)
{
  const struct gguf_pair *pair = find_array(gguf, "tokenizer.ggml.scores");
  *out = NULL;
  if (!pair || check_length(pair, n_tokens, err) < 0)
    return pair ? -1 : 0;
  float *list = ARENA_NEW(&gguf->arena, float, n_tokens);
  struct gguf_walk walk = gguf_walk_begin(pair);
  for (size_t i = 0; i < n_tokens; i++) {
    double value;
    if (!gguf_walk_real(&walk, &value))
      return wrong_element(pair, err);
    list[i] = value > 3e38 ? 3e38f : value < -3e38 ? -3e38f : (float)value;
  }
  *out = list;
  return 0;
}

static int read_types(struct gguf *gguf, size_t n_tokens, const int32_t **out,
                      struct err *err)
{
  const struct gguf_pair *pair = find_array(gguf, "tokenizer.ggml.token_type");
  *out = NULL;
  if (!pair || check_length(pair, n_tokens, err) < 0)
    return pair ? -1 : 0;
  int32_t *list = ARENA_NEW(&gguf->arena, int32_t, n_tokens);
  struct gguf_walk walk = gguf_walk_begin(pair);
  for (size_t i = 0; i < n_tokens; i++) {
    int64_t value;
    if (!gguf_walk_int(&walk, &value))
      return wrong_element(pair, err);
    if (value < 0 || value > GGUF_TOKEN_BYTE)
      return err_set(err, ERR_DATA, "token %zu has the type %" PRId64 "; 0 to %d exist",
                     i, value, GGUF_TOKEN_BYTE);
    list[i] = (int32_t)value;
  }
  *out = list;
  return 0;
}

/* Beside the vocabulary an id names nothing. */
static int32_t read_id(const struct gguf *gguf, const char *key, size_t n_tokens)
{
  int64_t id;
  bool there = gguf_int(gguf_find(gguf, key), &id) && id >= 0 && (uint64_t)id < n_tokens;
  return there ? (int32_t)id : -1;
}

static int read_flag(const struct gguf *gguf, const char *key)
{
  int64_t value;
  return gguf_int(gguf_find(gguf, key), &value) ? value != 0 : -1;
}

int gguf_vocab(struct gguf *gguf, struct gguf_vocab *vocab, struct err *err)
{
  *vocab = (struct gguf_vocab){
    .model = gguf_string(gguf_find(gguf, "tokenizer.ggml.model")),
    .pre = gguf_string(gguf_find(gguf, "tokenizer.ggml.pre")),
    .chat_template = gguf_string(gguf_find(gguf, "tokenizer.chat_template")),
  };
  const struct gguf_pair *tokens = find_array(gguf, "tokenizer.ggml.tokens");
  if (!str_present(vocab->model) || !tokens || tokens->count == 0)
    return err_set(err, ERR_DATA,
                   "it has no vocabulary ('tokenizer.ggml.tokens'); convert "
                   "the model anew, with its tokenizer");
  if (read_strings(gguf, tokens, &vocab->tokens, &vocab->n_tokens, err) < 0 ||
      read_strings(gguf, find_array(gguf, "tokenizer.ggml.merges"), &vocab->merges,
                   &vocab->n_merges, err) < 0 ||
      read_scores(gguf, vocab->n_tokens, &vocab->scores, err) < 0 ||
      read_types(gguf, vocab->n_tokens, &vocab->types, err) < 0)
    return -1;
  size_t n = vocab->n_tokens;
  vocab->bos = read_id(gguf, "tokenizer.ggml.bos_token_id", n);
  vocab->eos = read_id(gguf, "tokenizer.ggml.eos_token_id", n);
  vocab->eot = read_id(gguf, "tokenizer.ggml.eot_token_id", n);
  vocab->unknown = read_id(gguf, "tokenizer.ggml.unknown_token_id", n);
  vocab->padding = read_id(gguf, "tokenizer.ggml.padding_token_id", n);
  vocab->add_bos = read_flag(gguf, "tokenizer.ggml.add_bos_token");
  vocab->add_eos = read_flag(gguf, "tokenizer.ggml.add_eos_token");
  vocab->add_space_prefix = read_flag(gguf, "tokenizer.ggml.add_space_prefix");
  return 0;
}
