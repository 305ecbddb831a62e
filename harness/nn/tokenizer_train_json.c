/* A trained tokenizer as tokenizer.json and tokenizer_config.json. */
#include <assert.h>

#include "base/fs.h"
#include "base/json.h"
#include "nn/tokenizer_bytes.h"
#include "nn/tokenizer_train_state.h"

/* Tokens in the order of their ids, which is not that of `added`. */
static struct str special_text(const struct tokenizer_trainer *trainer, size_t id)
{
  return trainer->learner.pieces[id];
}

static int64_t special_id(const struct tokenizer_trainer *trainer, struct str text)
{
  const struct added_token *token = added_by_text(&trainer->added, text);
  assert(token);
  return token->id;
}

static void put_added(struct json_writer *w, const struct tokenizer_trainer *trainer)
{
  json_put_key(w, "added_tokens");
  json_begin_array(w);
  for (size_t id = 0; id < trainer->added.n; id++) {
    json_begin_object(w);
    json_member_int(w, "id", (int64_t)id);
    json_member_string(w, "content", special_text(trainer, id));
    json_member_bool(w, "single_word", false);
    json_member_bool(w, "lstrip", false);
    json_member_bool(w, "rstrip", false);
    json_member_bool(w, "normalized", false);
    json_member_bool(w, "special", true);
    json_end_object(w);
  }
  json_end_array(w);
}

static void put_byte_level(struct json_writer *w)
{
  json_begin_object(w);
  json_member_string(w, "type", STR("ByteLevel"));
  json_member_bool(w, "add_prefix_space", false);
  json_member_bool(w, "trim_offsets", false);
  json_member_bool(w, "use_regex", false);
  json_end_object(w);
}

static void put_pre_tokenizer(struct json_writer *w, struct str regex)
{
  json_put_key(w, "pre_tokenizer");
  json_begin_object(w);
  json_member_string(w, "type", STR("Sequence"));
  json_put_key(w, "pretokenizers");
  json_begin_array(w);
  json_begin_object(w);
  json_member_string(w, "type", STR("Split"));
  json_put_key(w, "pattern");
  json_begin_object(w);
  json_member_string(w, "Regex", regex);
  json_end_object(w);
  json_member_string(w, "behavior", STR("Isolated"));
  json_member_bool(w, "invert", false);
  json_end_object(w);
  put_byte_level(w);
  json_end_array(w);
  json_end_object(w);
}

/* ---- what is put around texts ---- */

static void put_item(struct json_writer *w, const char *kind, struct str id, int type)
{
  json_begin_object(w);
  json_put_key(w, kind);
  json_begin_object(w);
  json_member_string(w, "id", id);
  json_member_int(w, "type_id", type);
  json_end_object(w);
  json_end_object(w);
}

static void put_template(struct json_writer *w, const char *key, bool two,
                         const struct tokenizer_recipe *recipe)
{
  json_put_key(w, key);
  json_begin_array(w);
  for (int part = 0; part < 1 + two; part++) {
    if (recipe->add_bos)
      put_item(w, "SpecialToken", recipe->bos, part);
    put_item(w, "Sequence", part ? STR("B") : STR("A"), part);
    if (recipe->add_eos)
      put_item(w, "SpecialToken", recipe->eos, part);
  }
  json_end_array(w);
}

static void put_template_token(struct json_writer *w,
                               const struct tokenizer_trainer *trainer, struct str text)
{
  json_put_key(w, text.ptr);
  json_begin_object(w);
  json_member_string(w, "id", text);
  json_put_key(w, "ids");
  json_begin_array(w);
  json_put_int(w, special_id(trainer, text));
  json_end_array(w);
  json_put_key(w, "tokens");
  json_begin_array(w);
  json_put_string(w, text);
  json_end_array(w);
  json_end_object(w);
}

static void put_post_processor(struct json_writer *w,
                               const struct tokenizer_trainer *trainer)
{
  const struct tokenizer_recipe *recipe = &trainer->recipe;
  json_put_key(w, "post_processor");
  if (!recipe->add_bos && !recipe->add_eos) {
    json_put_null(w);
    return;
  }
  json_begin_object(w);
  json_member_string(w, "type", STR("TemplateProcessing"));
  put_template(w, "single", false, recipe);
  put_template(w, "pair", true, recipe);
  json_put_key(w, "special_tokens");
  json_begin_object(w);
  if (recipe->add_bos)
    put_template_token(w, trainer, recipe->bos);
  if (recipe->add_eos && !(recipe->add_bos && str_equal(recipe->bos, recipe->eos)))
    put_template_token(w, trainer, recipe->eos);
  json_end_object(w);
  json_end_object(w);
}

/* ---- the model ---- */

/* The spelling of an id, in `out`, which is reset. */
static struct str spell(const struct learner *learner, size_t id, struct buf *out)
{
  buf_reset(out);
  if (id < learner->n_names)
    buf_add(out, learner->pieces[id]);
  else
    byte_spelling_write(out, learner->pieces[id]);
  return buf_str(out);
}

static void put_tables(struct json_writer *w, const struct learner *learner)
{
  struct buf left, right;
  buf_init(&left, 4 * TRAIN_PIECE_MAX + 1);
  buf_init(&right, 2 * TRAIN_PIECE_MAX);
  json_put_key(w, "vocab");
  json_begin_object(w);
  for (size_t id = 0; id < learner->n_pieces; id++) {
    spell(learner, id, &left);
    json_put_key(w, left.ptr);
    json_put_int(w, (int64_t)id);
  }
  json_end_object(w);
  json_put_key(w, "merges");
  json_begin_array(w);
  for (size_t i = 0; i < learner->n_merges; i++) {
    spell(learner, (size_t)learner->merges[i].left, &left);
    buf_add_char(&left, ' '); /* no piece's spelling has one */
    buf_add(&left, spell(learner, (size_t)learner->merges[i].right, &right));
    json_put_string(w, buf_str(&left));
  }
  json_end_array(w);
  buf_release(&left);
  buf_release(&right);
}

static void put_model(struct json_writer *w, const struct learner *learner)
{
  static const char *const nothing[] = { "dropout", "unk_token",
                                         "continuing_subword_prefix",
                                         "end_of_word_suffix" };
  static const char *const no[] = { "fuse_unk", "byte_fallback", "ignore_merges" };
  json_put_key(w, "model");
  json_begin_object(w);
  json_member_string(w, "type", STR("BPE"));
  for (size_t i = 0; i < COUNT(nothing); i++) {
    json_put_key(w, nothing[i]);
    json_put_null(w);
  }
  for (size_t i = 0; i < COUNT(no); i++)
    json_member_bool(w, no[i], false);
  put_tables(w, learner);
  json_end_object(w);
}

/* ---- the files ---- */

void tokenizer_trainer_json(const struct tokenizer_trainer *trainer, struct buf *out)
{
  static const char *const nothing[] = { "truncation", "padding" };
  struct json_writer w;
  assert(trainer->ran);
  json_writer_init(&w, out, JSON_INDENT2);
  json_begin_object(&w);
  json_member_string(&w, "version", STR("1.0"));
  for (size_t i = 0; i < COUNT(nothing); i++) {
    json_put_key(&w, nothing[i]);
    json_put_null(&w);
  }
  put_added(&w, trainer);
  json_put_key(&w, "normalizer");
  json_put_null(&w);
  put_pre_tokenizer(&w, trainer->regex);
  put_post_processor(&w, trainer);
  json_put_key(&w, "decoder");
  put_byte_level(&w);
  put_model(&w, &trainer->learner);
  json_end_object(&w);
  buf_add_char(out, '\n');
}

void tokenizer_trainer_config(const struct tokenizer_trainer *trainer, struct buf *out)
{
  const struct tokenizer_recipe *recipe = &trainer->recipe;
  struct json_writer w;
  json_writer_init(&w, out, JSON_INDENT2);
  json_begin_object(&w);
  json_member_string(&w, "tokenizer_class", STR("PreTrainedTokenizerFast"));
  json_member_string(&w, "bos_token", recipe->bos);
  json_member_string(&w, "eos_token", recipe->eos);
  json_member_string(&w, "pad_token", recipe->pad);
  json_member_string(&w, "unk_token", STR_NONE);
  json_member_bool(&w, "clean_up_tokenization_spaces", false);
  if (str_present(recipe->chat_template))
    json_member_string(&w, "chat_template", recipe->chat_template);
  json_end_object(&w);
  buf_add_char(out, '\n');
}

typedef void text_maker(const struct tokenizer_trainer *trainer, struct buf *out);

static int save_one(const struct tokenizer_trainer *trainer, const char *folder,
                    const char *name, text_maker *make, struct err *err)
{
  struct buf text, path;
  buf_init(&text, TOKENIZER_FILE_MAX);
  buf_init(&path, BUF_CAP_OWN);
  make(trainer, &text);
  fs_join(&path, folder, name);
  int rc = buf_failed(&text) ? err_set(err, ERR_DATA, "'%s' would have over %d bytes",
                                       path.ptr, TOKENIZER_FILE_MAX)
                             : fs_write(path.ptr, buf_str(&text), err);
  buf_release(&text);
  buf_release(&path);
  return rc;
}

int tokenizer_trainer_save(const struct tokenizer_trainer *trainer, const char *folder,
                           struct err *err)
{
  if (fs_make_dir(folder, err) < 0)
    return -1;
  if (save_one(trainer, folder, "tokenizer_config.json", tokenizer_trainer_config, err) <
      0)
    return -1;
  return save_one(trainer, folder, "tokenizer.json", tokenizer_trainer_json, err);
}
