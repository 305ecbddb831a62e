#include "nn/tokenizer_gguf.h"

#include <math.h>
#include <stdlib.h>

#include "nn/tokenizer_bytes.h"
#include "nn/tokenizer_state.h"
#include "nn/unicode.h"

/* Bytes of pieces, squared and summed, that finding the merges may cost. Real
 * vocabularies need some 3 million. */
#define SCORE_WORK_MAX ((uint64_t)1 << 31)

struct tokenizer_gguf tokenizer_gguf_empty(void)
{
  return (struct tokenizer_gguf){
    .bos = -1,
    .eos = -1,
    .eot = -1,
    .pad = -1,
    .unknown = -1,
    .add_bos = -1,
    .add_eos = -1,
    .add_space_prefix = -1,
  };
}

/* ---- which split pattern a name stands for ---- */

static const struct gguf_pre {
  const char *name;
  bool digits_first; /* every digit alone, before the pattern */
  const char *pattern;
  bool whole_words; /* a word that is a piece is not built from merges */
  bool add_bos;
} known_pre[] = {
  { "gpt-2", false, SPLIT_GPT2, false, false },
  { "gpt2", false, SPLIT_GPT2, false, false },
  { "phi-2", false, SPLIT_GPT2, false, false },
  { "olmo", false, SPLIT_GPT2, false, false },
  { "llama-bpe", false, SPLIT_LLAMA3, true, true },
  { "llama3", false, SPLIT_LLAMA3, true, true },
  { "llama-v3", false, SPLIT_LLAMA3, true, true },
  { "qwen2", false, SPLIT_QWEN2, false, false },
  { "deepseek-r1-qwen", false, SPLIT_QWEN2, false, false },
  { "tekken", false, SPLIT_TEKKEN, true, true },
  { "smollm", true, SPLIT_GPT2, false, false },
  { "starcoder", true, SPLIT_GPT2, false, false },
  { "refact", true, SPLIT_GPT2, false, false },
};

static const struct gguf_pre *find_pre(struct str name, struct err *err)
{
  for (size_t i = 0; i < COUNT(known_pre); i++)
    if (str_equal(name, str_from(known_pre[i].name)))
      return &known_pre[i];
  struct buf names;
  buf_init(&names, 1024);
  for (size_t i = 0; i < COUNT(known_pre); i++)
    buf_printf(&names, "%s%s", i ? ", " : "", known_pre[i].name);
  err_set(err, ERR_DATA, "tokenizer.ggml.pre: '%.*s' is not supported; known are %s",
          STR_ARG(str_present(name) ? str_slice(name, 0, 60) : STR("(none)")), names.ptr);
  buf_release(&names);
  return NULL;
}

/* ---- the tokens ---- */

static int type_of(const struct tokenizer_gguf *parts, size_t id)
{
  return parts->types ? parts->types[id] : TOKENIZER_GGUF_NORMAL;
}

static int add_added(struct tokenizer *t, const struct tokenizer_gguf *parts, size_t id,
                     struct err *err)
{
  int type = type_of(parts, id);
  bool control = type == TOKENIZER_GGUF_CONTROL || type == TOKENIZER_GGUF_UNKNOWN;
  struct added_token token = { .text = parts->tokens[id],
                               .id = (int32_t)id,
                               .special = control };
  if ((!control && type != TOKENIZER_GGUF_USER) || !token.text.len)
    return 0;
  return tokenizer_add_added(t, token, err);
}

static int add_tokens(struct tokenizer *t, const struct tokenizer_gguf *parts,
                      struct err *err)
{
  vocab_reserve(&t->vocab, parts->n_tokens);
  for (size_t id = 0; id < parts->n_tokens; id++) {
    int type = type_of(parts, id);
    bool plain = type == TOKENIZER_GGUF_NORMAL || type == TOKENIZER_GGUF_BYTE;
    int rc = plain
                 ? tokenizer_add_piece(t, (int64_t)id, parts->tokens[id], err)
                 : vocab_add(&t->vocab, (int64_t)id, parts->tokens[id], VOCAB_APART, err);
    if (rc < 0 || add_added(t, parts, id, err) < 0)
      return err_wrap(err, "tokenizer.ggml.tokens");
  }
  return 0;
}

/* ---- "llama": merges out of scores ---- */

struct scored {
  float score;
  int32_t id;
};

static int by_score(const void *a, const void *b)
{
  const struct scored *x = a, *y = b;
  if (x->score != y->score)
    return x->score > y->score ? -1 : 1;
  return x->id < y->id ? -1 : x->id > y->id;
}

/* Every way to make the piece of two others. All have the rank of the piece's score. */
static int add_ways(struct tokenizer *t, int32_t id, uint32_t rank, struct err *err)
{
  struct str piece = vocab_piece(&t->vocab, id);
  int32_t cp;
  for (size_t at = 0; at < piece.len;) {
    at += unicode_next(piece, at, &cp);
    struct str left = str_slice(piece, 0, at), right = str_slice(piece, at, piece.len);
    if (!right.len || vocab_find(&t->vocab, left) < 0 || vocab_find(&t->vocab, right) < 0)
      continue;
    if (tokenizer_add_merge(t, left, right, rank, err) < 0)
      return -1;
  }
  return 0;
}

static int merges_of_scores(struct tokenizer *t, const float *scores, struct err *err)
{
  size_t n = 0;
  uint64_t work = 0;
  struct scored *order = mem_resize(NULL, t->vocab.n_ids + 1, sizeof *order);
  for (size_t id = 0; id < t->vocab.n_ids; id++) {
    struct str piece = vocab_piece(&t->vocab, (int64_t)id);
    work += (uint64_t)piece.len * piece.len;
    if (vocab_kind(&t->vocab, (int64_t)id) == VOCAB_TEXT && !isnan(scores[id]))
      order[n++] = (struct scored){ scores[id], (int32_t)id };
  }
  int rc = work <= SCORE_WORK_MAX ? 0 : err_set(err, ERR_DATA, "the pieces are too long");
  qsort(order, n, sizeof *order, by_score);
  uint32_t rank = 0;
  for (size_t i = 0; i < n && rc == 0; i++) {
    rank += i > 0 && order[i].score != order[i - 1].score;
    rc = add_ways(t, order[i].id, rank, err);
  }
  free(order);
  return rc;
}

/* SentencePiece's way: "▁" for a space, one in front, bytes for what has no piece. */
static int spaces_as(struct tokenizer *t, struct str sign, bool prefix, struct err *err)
{
  struct normal_step before = { .kind = NORMAL_PREPEND, .text = sign };
  struct normal_step spaces = { .kind = NORMAL_REPLACE,
                                .text = STR(" "),
                                .content = sign };
  struct decode_step back = { .kind = DECODE_REPLACE, .text = sign, .content = STR(" ") };
  struct decode_step bytes = { .kind = DECODE_BYTE_FALLBACK };
  if (prefix && normalizer_add(&t->normalizer, before, err) < 0)
    return -1;
  if (!str_equal(sign, STR(" ")) && (normalizer_add(&t->normalizer, spaces, err) < 0 ||
                                     decoder_add(&t->decoder, back, err) < 0))
    return -1;
  t->bpe.fuse_unknown = true;
  t->decoder.lead_spaces = prefix;
  return decoder_add(&t->decoder, bytes, err);
}

static int fill_llama(struct tokenizer *t, const struct tokenizer_gguf *parts,
                      struct err *err)
{
  if (!parts->scores)
    return err_set(err, ERR_DATA,
                   "tokenizer.ggml.scores is missing; a 'llama' tokenizer "
                   "needs them");
  t->bpe.byte_fallback = true;
  bool prefix = parts->add_space_prefix != 0;
  if (add_tokens(t, parts, err) < 0 || spaces_as(t, STR("\xe2\x96\x81"), prefix, err) < 0)
    return -1;
  return merges_of_scores(t, parts->scores, err);
}

/* ---- "gpt2": byte-level ---- */

static int fill_gpt2(struct tokenizer *t, const struct tokenizer_gguf *parts,
                     const struct gguf_pre *pre, struct err *err)
{
  t->bpe.byte_level = true;
  t->bpe.ignore_merges = pre->whole_words;
  if (pre->digits_first &&
      splitter_add_regex(&t->splitter, STR("\\p{N}"), SPLIT_ISOLATED, false, err) < 0)
    return -1;
  if (splitter_add_regex(&t->splitter, str_from(pre->pattern), SPLIT_ISOLATED, false,
                         err) < 0 ||
      add_tokens(t, parts, err) < 0)
    return -1;
  bpe_reserve(&t->bpe, parts->n_merges);
  for (size_t i = 0; i < parts->n_merges; i++) {
    struct str line = parts->merges[i];
    ptrdiff_t space = str_find_char(str_slice(line, 1, line.len), ' ') + 1;
    if (space < 1)
      return err_set(err, ERR_DATA, "tokenizer.ggml.merges: number %zu has not two parts",
                     i);
    if (tokenizer_add_merge(t, str_slice(line, 0, (size_t)space),
                            str_slice(line, (size_t)space + 1, line.len), (uint32_t)i,
                            err) < 0)
      return err_wrap(err, "tokenizer.ggml.merges: number %zu", i);
  }
  return 0;
}

/* ---- both ---- */

static int set_ids(struct tokenizer *t, const struct tokenizer_gguf *parts, bool add_bos,
                   struct err *err)
{
  const struct {
    const char *name;
    int32_t given, *to;
  } ids[] = {
    { "bos", parts->bos, &t->bos },
    { "eos", parts->eos, &t->eos },
    { "eot", parts->eot, &t->eot },
    { "padding", parts->pad, &t->pad },
    { "unknown", parts->unknown, &t->bpe.unknown },
  };
  for (size_t i = 0; i < COUNT(ids); i++) {
    if (ids[i].given >= 0 && (size_t)ids[i].given >= parts->n_tokens)
      return err_set(err, ERR_DATA,
                     "tokenizer.ggml.%s_token_id: %d is outside the "
                     "vocabulary of %zu",
                     ids[i].name, ids[i].given, parts->n_tokens);
    if (ids[i].given >= 0)
      *ids[i].to = ids[i].given;
  }
  bool bos = parts->add_bos < 0 ? add_bos : parts->add_bos == 1;
  if (bos && t->bos >= 0)
    tokenizer_set_before(t, t->bos, true);
  if (parts->add_eos == 1 && t->eos >= 0)
    tokenizer_set_behind(t, t->eos, true);
  if (str_present(parts->chat_template))
    t->chat_template = arena_str(&t->arena, parts->chat_template);
  return tokenizer_finish(t, err);
}

static int fill(struct tokenizer *t, const struct tokenizer_gguf *parts, struct err *err)
{
  if (!parts->tokens || !parts->n_tokens || parts->n_tokens > TOKENIZER_VOCAB_MAX)
    return err_set(err, ERR_DATA,
                   "tokenizer.ggml.tokens: %zu pieces; from 1 to %d are taken",
                   parts->n_tokens, TOKENIZER_VOCAB_MAX);
  if (str_equal(parts->model, STR("llama")))
    return fill_llama(t, parts, err) < 0 ? -1 : set_ids(t, parts, true, err);
  if (!str_equal(parts->model, STR("gpt2")))
    return err_set(err, ERR_DATA,
                   "tokenizer.ggml.model: '%.*s' is not supported; known are "
                   "gpt2 (byte-level BPE) and llama (SentencePiece's BPE)",
                   STR_ARG(str_slice(parts->model, 0, 60)));
  const struct gguf_pre *pre = find_pre(parts->pre, err);
  if (!pre || fill_gpt2(t, parts, pre, err) < 0)
    return -1;
  return set_ids(t, parts, pre->add_bos, err);
}

struct tokenizer *tokenizer_from_gguf(const struct tokenizer_gguf *parts, struct err *err)
{
  struct tokenizer *t = tokenizer_create();
  if (fill(t, parts, err) == 0)
    return t;
  tokenizer_free(t);
  return NULL;
}

/* ---- llama2.c ---- */

/* Its file: the longest piece's length, then for each id a float score, a length and the
 * bytes; the number of ids is not written. Ids 0, 1, 2 are <unk>, <s>, </s>, then 256
 * byte tokens. Spaces are spaces. */
enum { LLAMA2C_BOS = 1, LLAMA2C_EOS = 2 };

static int fill_llama2c(struct tokenizer *t, struct str bytes, struct err *err)
{
  float *scores = NULL;
  size_t n = 0, capacity = 0, at = 4;
  int rc =
      bytes.len < 12 ? err_set(err, ERR_DATA, "it has %zu bytes only", bytes.len) : 0;
  t->bpe.byte_fallback = true;
  while (rc == 0 && at < bytes.len) {
    int32_t len = -1;
    ARRAY_RESERVE(scores, n, capacity);
    if (bytes.len - at >= 8) {
      memcpy(&scores[n], bytes.ptr + at, 4);
      memcpy(&len, bytes.ptr + at + 4, 4);
    }
    if (len < 0 || (size_t)len > bytes.len - at - 8) {
      rc = err_set(err, ERR_DATA, "byte %zu: piece %zu goes past the end of the file", at,
                   n);
      break;
    }
    struct str piece = str_slice(bytes, at + 8, at + 8 + (size_t)len);
    rc = n <= LLAMA2C_EOS
             ? vocab_add(&t->vocab, (int64_t)n, str_trim(piece), VOCAB_APART, err)
             : tokenizer_add_piece(t, (int64_t)n, piece, err);
    at += 8 + (size_t)len;
    n++;
  }
  if (rc == 0 && n <= LLAMA2C_EOS)
    rc = err_set(err, ERR_DATA, "it has %zu pieces only", n);
  if (rc == 0)
    rc = spaces_as(t, STR(" "), true, err);
  if (rc == 0)
    rc = merges_of_scores(t, scores, err);
  free(scores);
  return rc;
}

struct tokenizer *tokenizer_from_llama2c(struct str bytes, struct err *err)
{
  struct tokenizer *t = tokenizer_create();
  int rc = fill_llama2c(t, bytes, err);
  for (int32_t id = 0; id <= LLAMA2C_EOS && rc == 0; id++) {
    struct added_token token = { .text = vocab_piece(&t->vocab, id),
                                 .id = id,
                                 .special = true };
    rc = tokenizer_add_added(t, token, err);
  }
  if (rc == 0) {
    t->bos = LLAMA2C_BOS;
    t->eos = LLAMA2C_EOS;
    tokenizer_set_before(t, t->bos, true);
    rc = tokenizer_finish(t, err);
  }
  if (rc == 0)
    return t;
  tokenizer_free(t);
  return NULL;
}
