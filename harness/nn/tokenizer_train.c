#include "nn/tokenizer_train.h"

#include <assert.h>
#include <stdlib.h>

#include "nn/tokenizer_bytes.h"
#include "nn/tokenizer_scan.h"
#include "nn/tokenizer_train_state.h"

enum { BYTES = 256 };

/* ---- the recipe ---- */

static int check_sizes(const struct tokenizer_recipe *recipe, size_t n_special,
                       struct err *err)
{
  size_t least = BYTES + n_special;
  if (recipe->vocab_size < least || recipe->vocab_size > TOKENIZER_VOCAB_MAX)
    return err_set(err, ERR_USAGE,
                   "a vocabulary of %zu ids cannot be; from %zu (256 bytes, %zu special "
                   "tokens) to %d are taken",
                   recipe->vocab_size, least, n_special, TOKENIZER_VOCAB_MAX);
  if (recipe->piece_max > TRAIN_PIECE_MAX)
    return err_set(err, ERR_USAGE,
                   "pieces of %zu bytes are too long; at most %d are taken",
                   recipe->piece_max, TRAIN_PIECE_MAX);
  if (recipe->chat_template.len > TRAIN_TEMPLATE_MAX)
    return err_set(err, ERR_USAGE, "a chat template of %zu bytes; at most %d are taken",
                   recipe->chat_template.len, TRAIN_TEMPLATE_MAX);
  if ((recipe->add_bos && !recipe->bos.len) || (recipe->add_eos && !recipe->eos.len))
    return err_set(err, ERR_USAGE,
                   "there is no %s to be put around texts; name one, or leave that out",
                   recipe->add_bos && !recipe->bos.len ? "bos" : "eos");
  return 0;
}

/* A text that can stand in the files and is none of the 256 bytes' spellings. */
static int check_special(struct str text, struct err *err)
{
  struct str shown = str_slice(text, 0, 60);
  struct buf bytes;
  if (text.len > TRAIN_SPECIAL_TEXT_MAX)
    return err_set(err, ERR_USAGE,
                   "the special token '%.*s...' has %zu bytes; at most %d are taken",
                   STR_ARG(shown), text.len, TRAIN_SPECIAL_TEXT_MAX);
  bool fits = str_is_utf8(text, NULL);
  for (size_t i = 0; i < text.len; i++)
    fits &= (unsigned char)text.ptr[i] >= ' ';
  if (!fits)
    return err_set(err, ERR_USAGE,
                   "a special token is no UTF-8 or has a control character in it");
  buf_init(&bytes, TRAIN_SPECIAL_TEXT_MAX);
  bool is_byte = byte_spelling_read(&bytes, text) && bytes.len == 1;
  buf_release(&bytes);
  if (is_byte)
    return err_set(err, ERR_USAGE,
                   "the special token '%.*s' is how a byte is spelled; take a longer one",
                   STR_ARG(shown));
  return 0;
}

static bool is_named(const struct tokenizer_trainer *trainer, struct str text)
{
  for (size_t i = 0; i < trainer->added.n; i++)
    if (str_equal(trainer->added.tokens[i].text, text))
      return true;
  return false;
}

static int name(struct tokenizer_trainer *trainer, struct str text, struct err *err)
{
  struct added_token token = { .text = text,
                               .id = (int32_t)trainer->added.n,
                               .special = true };
  if (trainer->added.n >= TRAIN_SPECIAL_MAX)
    return err_set(err, ERR_USAGE, "there are more than %d special tokens",
                   TRAIN_SPECIAL_MAX);
  if (check_special(text, err) < 0 || added_add(&trainer->added, token, err) < 0)
    return -1;
  struct buf bytes;
  buf_init(&bytes, TRAIN_SPECIAL_TEXT_MAX);
  bool is_piece = byte_spelling_read(&bytes, text);
  learner_name(&trainer->learner, text, is_piece ? buf_str(&bytes) : STR_NONE);
  buf_release(&bytes);
  return 0;
}

/* bos, eos and pad may be the same token; those of the list must differ. */
static int name_all(struct tokenizer_trainer *trainer,
                    const struct tokenizer_recipe *recipe, struct err *err)
{
  const struct str roles[] = { recipe->bos, recipe->eos, recipe->pad };
  for (size_t i = 0; i < COUNT(roles); i++)
    if (roles[i].len && !is_named(trainer, roles[i]) && name(trainer, roles[i], err) < 0)
      return -1;
  size_t n_roles = trainer->added.n;
  for (size_t i = 0; i < recipe->n_special; i++) {
    struct str text = recipe->special[i];
    if (!text.len)
      return err_set(err, ERR_USAGE, "a special token is empty");
    bool twice = false;
    for (size_t k = 0; k < i; k++)
      twice |= str_equal(recipe->special[k], text);
    if (twice)
      return err_set(err, ERR_USAGE, "the special token '%.*s' is there twice",
                     STR_ARG(str_slice(text, 0, 60)));
    bool is_role = false;
    for (size_t k = 0; k < n_roles; k++)
      is_role |= str_equal(trainer->learner.pieces[k], text);
    if (!is_role && name(trainer, text, err) < 0)
      return -1;
  }
  return added_ready(&trainer->added, err);
}

static struct str regex_of(enum train_digits digits)
{
  switch (digits) {
  case TRAIN_DIGITS_THREE: return STR(SPLIT_LLAMA3);
  case TRAIN_DIGITS_ALL: return STR(SPLIT_GPT2);
  default: return STR(SPLIT_QWEN2);
  }
}

static struct str keep(struct tokenizer_trainer *trainer, struct str text)
{
  return text.len ? arena_str(&trainer->arena, text) : STR_NONE;
}

static int prepare(struct tokenizer_trainer *trainer,
                   const struct tokenizer_recipe *recipe, struct err *err)
{
  struct tokenizer_recipe *own = &trainer->recipe;
  *own = *recipe;
  own->bos = keep(trainer, recipe->bos);
  own->eos = keep(trainer, recipe->eos);
  own->pad = keep(trainer, recipe->pad);
  own->chat_template = keep(trainer, recipe->chat_template);
  own->special = NULL; /* they are in `added` */
  own->min_count = recipe->min_count ? recipe->min_count : 1;
  own->piece_max = recipe->piece_max ? recipe->piece_max : TRAIN_PIECE_MAX;
  trainer->regex = regex_of(recipe->digits);
  if (name_all(trainer, recipe, err) < 0 ||
      check_sizes(recipe, trainer->added.n, err) < 0)
    return -1;
  learner_bytes(&trainer->learner);
  return splitter_add_regex(&trainer->splitter, trainer->regex, SPLIT_ISOLATED, false,
                            err);
}

struct tokenizer_trainer *tokenizer_trainer_create(const struct tokenizer_recipe *recipe,
                                                   struct err *err)
{
  struct tokenizer_trainer *trainer = mem_alloc(sizeof *trainer);
  *trainer = (struct tokenizer_trainer){ 0 };
  if (prepare(trainer, recipe, err) == 0)
    return trainer;
  tokenizer_trainer_free(trainer);
  return NULL;
}

void tokenizer_trainer_free(struct tokenizer_trainer *trainer)
{
  if (!trainer)
    return;
  added_release(&trainer->added);
  splitter_release(&trainer->splitter);
  strmap_release(&trainer->words_by_bytes);
  free(trainer->words);
  learner_release(&trainer->learner);
  arena_release(&trainer->arena);
  free(trainer);
}

/* ---- texts ---- */

static void count_word(void *context, struct str word)
{
  struct tokenizer_trainer *trainer = context;
  struct tokenizer_trained *result = &trainer->result;
  bool added;
  result->n_words++;
  const size_t *there = strmap_find(&trainer->words_by_bytes, word);
  if (there) {
    trainer->words[*there].count++;
    return;
  }
  trainer->full |= word.len > LEARN_BYTES_MAX - trainer->word_bytes;
  if (trainer->full)
    return;
  ARRAY_RESERVE(trainer->words, result->n_distinct, trainer->words_capacity);
  struct str own = arena_str(&trainer->arena, word);
  strmap_put(&trainer->words_by_bytes, own, result->n_distinct, &added);
  trainer->words[result->n_distinct++] = (struct train_word){ own, 1 };
  trainer->word_bytes += word.len;
}

static int count_part(struct tokenizer_trainer *trainer, struct str part, struct err *err)
{
  trainer->result.n_bytes += part.len;
  if (splitter_run(&trainer->splitter, part, false, count_word, trainer, err) < 0)
    return -1;
  if (trainer->full)
    return err_set(err, ERR_DATA,
                   "the texts' different words have over %d MiB together; train on fewer "
                   "texts",
                   LEARN_BYTES_MAX >> 20);
  return 0;
}

int tokenizer_trainer_add(struct tokenizer_trainer *trainer, struct str text,
                          struct err *err)
{
  assert(!trainer->ran);
  if (text.len > TRAIN_TEXT_MAX)
    return err_set(err, ERR_DATA, "a text of %zu bytes; at most %d are taken", text.len,
                   TRAIN_TEXT_MAX);
  struct added_query query = { .special = true };
  struct added_match match;
  size_t from = 0;
  trainer->result.n_texts++;
  while (added_find(&trainer->added, text, from, query, &match)) {
    if (count_part(trainer, str_slice(text, from, match.begin), err) < 0)
      return -1;
    from = match.end;
  }
  return count_part(trainer, str_slice(text, from, text.len), err);
}

/* ---- training ---- */

int tokenizer_trainer_run(struct tokenizer_trainer *trainer, struct err *err)
{
  struct tokenizer_trained *result = &trainer->result;
  const struct tokenizer_recipe *recipe = &trainer->recipe;
  assert(!trainer->ran);
  if (!result->n_distinct)
    return err_set(err, ERR_DATA, "there is no text to train a tokenizer on");
  for (size_t i = 0; i < result->n_distinct; i++) {
    bool fits =
        learner_word(&trainer->learner, trainer->words[i].bytes, trainer->words[i].count);
    assert(fits);
    (void)fits;
  }
  struct learn_limits limits = { .n_pieces = recipe->vocab_size,
                                 .n_merges = TOKENIZER_MERGES_MAX,
                                 .min_count = recipe->min_count,
                                 .piece_max = recipe->piece_max };
  learner_run(&trainer->learner, &limits);
  trainer->ran = true;
  result->vocab_size = trainer->learner.n_pieces;
  result->n_merges = trainer->learner.n_merges;
  result->n_ids = learner_ids(&trainer->learner);
  return 0;
}

struct tokenizer_trained tokenizer_trainer_result(const struct tokenizer_trainer *trainer)
{
  return trainer->result;
}
