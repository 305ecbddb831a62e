/* tiny_tokenizer.h - a byte-level tokenizer of single characters with a few merges and
 * the tokens of a chat, and sequences as text that one can read.
 *
 * Shown are tokens as they decode: what is no action as it stands, an action in [], one
 * with which a step begins in {}.
 */
#ifndef OREO_TESTS_TINY_TOKENIZER_H
#define OREO_TESTS_TINY_TOKENIZER_H

#include "base/json.h"
#include "test.h"
#include "train/dataset.h"

#define TINY_NEWLINE "\xc4\x8a" /* the alphabet's letters for newline and space */
#define TINY_SPACE   "\xc4\xa0"

static inline void tiny_piece(struct json_writer *w, struct str piece, int *id)
{
  char key[16];
  snprintf(key, sizeof key, "%.*s", STR_ARG(piece));
  json_member_int(w, key, (*id)++);
}

static inline void tiny_vocab(struct json_writer *w)
{
  static const char *const more[] = {
    TINY_NEWLINE, TINY_SPACE,     "\xc4\x8a\xc4\x8a", /* two newlines */
    ":a",         "\xc4\xa0\x62",                     /* a space and b */
    ".\xc4\x8a"
  };
  int id = 0;
  json_put_key(w, "vocab");
  json_begin_object(w);
  for (char c = '!'; c <= '~'; c++)
    tiny_piece(w, (struct str){ &c, 1 }, &id);
  for (size_t i = 0; i < COUNT(more); i++)
    tiny_piece(w, str_from(more[i]), &id);
  json_end_object(w);
}

static inline void tiny_added(struct json_writer *w)
{
  static const char *const added[] = { "<|im_start|>", "<|im_end|>", "<end>", "<s>" };
  json_put_key(w, "added_tokens");
  json_begin_array(w);
  for (size_t i = 0; i < COUNT(added); i++) {
    json_begin_object(w);
    json_member_int(w, "id", 200 + (int64_t)i);
    json_member_string(w, "content", str_from(added[i]));
    json_member_bool(w, "special", true);
    json_end_object(w);
  }
  json_end_array(w);
}

/* `config` is a tokenizer_config.json. */
static inline struct tokenizer *tiny_tokenizer(const char *config)
{
  static const char byte_level[] =
      "{\"type\":\"ByteLevel\",\"add_prefix_space\":false,\"use_regex\":false}";
  static const char merges[] =
      ",\"merges\":[\"" TINY_NEWLINE " " TINY_NEWLINE "\",\": a\",\"" TINY_SPACE
      " b\",\". " TINY_NEWLINE "\"]}}";
  struct buf json;
  struct json_writer w;
  struct err err = { 0 };
  buf_init(&json, 1 << 16);
  json_writer_init(&w, &json, JSON_COMPACT);
  json_begin_object(&w);
  tiny_added(&w);
  buf_printf(&json, ",\"pre_tokenizer\":%s,\"decoder\":%s,\"model\":{\"type\":\"BPE\",",
             byte_level, byte_level);
  struct json_writer model;
  json_writer_init(&model, &json, JSON_COMPACT);
  tiny_vocab(&model);
  buf_add_cstr(&json, merges);
  struct tokenizer *tokenizer =
      tokenizer_from_json(buf_str(&json), str_from(config), &err);
  if (!tokenizer)
    fail_msg("%s", err.msg);
  buf_release(&json);
  return tokenizer;
}
#define TINY_CONFIG "{\"eos_token\":\"<end>\"}"

static inline struct str tiny_show(const struct dataset *dataset, size_t index,
                                   struct tokenizer *tokenizer, struct buf *out)
{
  const struct dataset_sequence *s = &dataset->sequences[index];
  buf_reset(out);
  for (size_t t = s->first; t < s->first + s->count; t++) {
    const char *marks = dataset->step_start[t] ? "{}" : dataset->action[t] ? "[]" : "";
    struct buf text;
    buf_init(&text, 4096);
    tokenizer_decode(tokenizer, &dataset->ids[t], 1, false, &text);
    buf_printf(out, "%.1s%.*s%s", marks, STR_ARG(buf_str(&text)),
               marks[0] ? marks + 1 : "");
    buf_release(&text);
  }
  return buf_str(out);
}

#endif
