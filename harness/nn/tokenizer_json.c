/* tokenizer.json, and GPT-2's vocab.json with merges.txt. */
#include "nn/tokenizer_skim.h"
#include "nn/tokenizer_steps.h"

/* ---- the two tables ---- */

static int read_vocab(struct tokenizer *t, struct skim_at at, struct buf *piece,
                      struct err *err)
{
  int more;
  int64_t id;
  if (skim_enter(&at, '{', err) < 0)
    return err_wrap(err, "vocab");
  while ((more = skim_more(&at, '}', err)) > 0) {
    if (skim_key(&at, piece, err) < 0 || skim_integer(&at, &id, err) < 0 ||
        tokenizer_add_piece(t, id, buf_str(piece), err) < 0)
      return err_wrap(err, "vocab");
  }
  return more < 0 ? err_wrap(err, "vocab") : 0;
}

/* "a b": the one space that stands inside. */
static int add_line(struct tokenizer *t, struct str line, uint32_t rank, struct err *err)
{
  ptrdiff_t space = str_find_char(line, ' ');
  struct str left = space < 0 ? STR("") : str_slice(line, 0, (size_t)space);
  struct str right = space < 0 ? STR("") : str_slice(line, (size_t)space + 1, line.len);
  if (space < 0 || str_find_char(right, ' ') >= 0)
    return err_set(err, ERR_DATA, "'%.*s' is not two pieces with a space between",
                   STR_ARG(str_slice(line, 0, 60)));
  return tokenizer_add_merge(t, left, right, rank, err);
}

/* "a b" or ["a", "b"]. */
static int read_merge(struct tokenizer *t, struct skim_at *at, struct buf parts[2],
                      uint32_t rank, struct err *err)
{
  if (skim_peek(at) == '"') {
    if (skim_string(at, &parts[0], err) < 0)
      return -1;
    return add_line(t, buf_str(&parts[0]), rank, err);
  }
  int more = 1;
  if (skim_enter(at, '[', err) < 0)
    return -1;
  for (size_t i = 0; i < 2; i++)
    if ((more = skim_more(at, ']', err)) < 0 ||
        (more && skim_string(at, &parts[i], err) < 0))
      return -1;
  if (more)
    more = skim_more(at, ']', err) - 1;
  if (more != -1)
    return err_set(err, ERR_DATA, "it has not two parts");
  return tokenizer_add_merge(t, buf_str(&parts[0]), buf_str(&parts[1]), rank, err);
}

static int read_merges(struct tokenizer *t, struct skim_at at, struct buf parts[2],
                       struct err *err)
{
  uint32_t rank = 0;
  int more;
  bpe_reserve(&t->bpe, t->vocab.n_ids);
  if (skim_enter(&at, '[', err) < 0)
    return err_wrap(err, "merges");
  for (; (more = skim_more(&at, ']', err)) > 0; rank++)
    if (read_merge(t, &at, parts, rank, err) < 0)
      return err_wrap(err, "merge %u", rank);
  return more < 0 ? err_wrap(err, "merges") : 0;
}

static int read_tables(struct tokenizer *t, const struct skim *skim, struct err *err)
{
  struct buf parts[2];
  if (!str_present(skim->vocab.text) || !str_present(skim->merges.text))
    return err_set(err, ERR_DATA, "model: it has no %s",
                   str_present(skim->vocab.text) ? "merges" : "vocab");
  for (size_t i = 0; i < 2; i++)
    buf_init(&parts[i], 8 * TOKENIZER_PIECE_MAX);
  int rc = read_vocab(t, skim->vocab, &parts[0], err);
  if (rc == 0)
    rc = read_merges(t, skim->merges, parts, err);
  for (size_t i = 0; i < 2; i++)
    buf_release(&parts[i]);
  return rc;
}

/* ---- tokenizer.json ---- */

static int check_model(const struct json *model, struct err *err)
{
  struct str type = json_get_string(model, "type", STR("BPE")); /* old files have none */
  if (!str_equal(type, STR("BPE")))
    return err_set(err, ERR_DATA,
                   "model: '%.*s' tokenizers are not supported; BPE ones are",
                   STR_ARG(str_slice(type, 0, 60)));
  static const char *const empty[] = { "continuing_subword_prefix",
                                       "end_of_word_suffix" };
  for (size_t i = 0; i < COUNT(empty); i++)
    if (json_get_string(model, empty[i], STR("")).len)
      return err_set(err, ERR_DATA, "model: '%s' is not supported", empty[i]);
  if (json_get_number(model, "dropout", 0) != 0)
    return err_set(err, ERR_DATA, "model: 'dropout' is for training and not supported");
  return 0;
}

static int read_added(struct tokenizer *t, const struct json *list, struct err *err)
{
  for (const struct json *node = json_first(list); node; node = json_next(node)) {
    double id;
    struct added_token token = {
      .special = json_get_bool(node, "special", false),
      .normalized = json_get_bool(node, "normalized", true),
      .takes_left = json_get_bool(node, "lstrip", false),
      .takes_right = json_get_bool(node, "rstrip", false),
      .single_word = json_get_bool(node, "single_word", false),
    };
    if (json_need_string(node, "content", &token.text, err) < 0 ||
        json_need_number(node, "id", &id, err) < 0)
      return err_wrap(err, "added_tokens");
    if (!(id >= 0 && id < TOKENIZER_VOCAB_MAX))
      return err_set(err, ERR_DATA,
                     "added_tokens: '%.*s' has the id %g; ids from 0 to %d "
                     "are taken",
                     STR_ARG(str_slice(token.text, 0, 60)), id, TOKENIZER_VOCAB_MAX - 1);
    token.id = (int32_t)id;
    if (tokenizer_add_added(t, token, err) < 0)
      return err_wrap(err, "added_tokens");
  }
  return 0;
}

static int read_unknown(struct tokenizer *t, const struct json *model, struct err *err)
{
  struct str unknown = json_get_string(model, "unk_token", STR_NONE);
  if (!str_present(unknown))
    return 0;
  t->bpe.unknown = tokenizer_token_id(t, unknown);
  if (t->bpe.unknown < 0)
    return err_set(err, ERR_DATA, "model: the unk_token '%.*s' is not in the vocabulary",
                   STR_ARG(str_slice(unknown, 0, 60)));
  return 0;
}

static int read_file(struct tokenizer *t, const struct skim *skim,
                     const struct json *root, struct err *err)
{
  const struct json *model = json_member(root, "model");
  if (json_type(model) != JSON_OBJECT)
    return err_set(err, ERR_DATA, "it has no 'model'; a tokenizer.json is wanted");
  if (check_model(model, err) < 0)
    return -1;
  t->bpe.byte_fallback = json_get_bool(model, "byte_fallback", false);
  t->bpe.fuse_unknown = json_get_bool(model, "fuse_unk", false);
  t->bpe.ignore_merges = json_get_bool(model, "ignore_merges", false);
  if (steps_normalizer(t, json_member(root, "normalizer"), err) < 0 ||
      steps_pre_tokenizer(t, json_member(root, "pre_tokenizer"), err) < 0 ||
      steps_decoder(t, json_member(root, "decoder"), err) < 0 ||
      read_tables(t, skim, err) < 0 ||
      read_added(t, json_member(root, "added_tokens"), err) < 0 ||
      tokenizer_finish(t, err) < 0)
    return -1;
  if (read_unknown(t, model, err) < 0)
    return -1;
  return steps_post_processor(t, json_member(root, "post_processor"), err);
}

struct tokenizer *tokenizer_from_json(struct str json, struct str config, struct err *err)
{
  struct skim skim;
  struct json_doc doc = { 0 };
  if (json.len > TOKENIZER_FILE_MAX) {
    err_set(err, ERR_DATA, "it has %zu bytes; at most %d are taken", json.len,
            TOKENIZER_FILE_MAX);
    return NULL;
  }
  if (skim_open(&skim, json, err) < 0)
    return NULL;
  struct tokenizer *t = tokenizer_create();
  int rc = json_parse(&doc, buf_str(&skim.rest), err);
  if (rc == 0)
    rc = read_file(t, &skim, doc.root, err);
  json_doc_release(&doc);
  skim_release(&skim);
  if (rc == 0 && str_present(config))
    rc = tokenizer_configure(t, config, err);
  if (rc == 0)
    return t;
  tokenizer_free(t);
  return NULL;
}

/* ---- vocab.json and merges.txt ---- */

static int read_merge_lines(struct tokenizer *t, struct str text, struct err *err)
{
  size_t number = 0;
  uint32_t rank = 0;
  for (struct str line; str_present(line = str_next_line(&text));) {
    number++;
    if (line.len == 0 || (number == 1 && str_starts(line, STR("#version"))))
      continue;
    if (add_line(t, line, rank++, err) < 0)
      return err_wrap(err, "merges.txt: line %zu", number);
  }
  return 0;
}

static int read_gpt2(struct tokenizer *t, struct str vocab_json, struct str merges_txt,
                     struct err *err)
{
  static const char end_of_text[] = "<|endoftext|>";
  struct skim_at at = { vocab_json, 0 };
  struct buf piece;
  t->bpe.byte_level = true;
  if (splitter_add_regex(&t->splitter, STR(SPLIT_GPT2), SPLIT_ISOLATED, false, err) < 0)
    return -1;
  buf_init(&piece, 8 * TOKENIZER_PIECE_MAX);
  int rc = read_vocab(t, at, &piece, err);
  buf_release(&piece);
  if (rc < 0)
    return -1;
  bpe_reserve(&t->bpe, t->vocab.n_ids);
  int32_t end = tokenizer_token_id(t, str_from(end_of_text));
  struct added_token token = { .text = str_from(end_of_text),
                               .id = end,
                               .special = true };
  if (read_merge_lines(t, merges_txt, err) < 0 ||
      (end >= 0 && tokenizer_add_added(t, token, err) < 0))
    return -1;
  t->bos = t->eos = end;
  return tokenizer_finish(t, err);
}

struct tokenizer *tokenizer_from_merges(struct str vocab_json, struct str merges_txt,
                                        struct err *err)
{
  struct tokenizer *t = tokenizer_create();
  if (read_gpt2(t, vocab_json, merges_txt, err) == 0)
    return t;
  tokenizer_free(t);
  return NULL;
}
