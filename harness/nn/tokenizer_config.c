/* tokenizer_config.json: what stands beside a tokenizer. */
#include "base/json.h"
#include "nn/tokenizer_state.h"

enum {
  TEMPLATE_MAX = 1 << 20
}; /* bytes of a chat template; the longest have some 20000 */

/* A token's text: a string, or an object with `content`. */
static int32_t token_of(struct tokenizer *t, const struct json *config, const char *key)
{
  const struct json *node = json_member(config, key);
  struct str text = json_type(node) == JSON_STRING
                        ? json_string(node, STR(""))
                        : json_get_string(node, "content", STR(""));
  return text.len ? tokenizer_token_id(t, text) : -1;
}

/* One text, or a list of {name, template} of which "default" is ours. */
static int read_template(struct tokenizer *t, const struct json *node, struct err *err)
{
  struct str text = json_string(node, STR_NONE);
  if (json_type(node) == JSON_ARRAY)
    for (const struct json *each = json_first(node); each; each = json_next(each))
      if (str_equal(json_get_string(each, "name", STR("")), STR("default")))
        text = json_get_string(each, "template", STR_NONE);
  if (text.len > TEMPLATE_MAX)
    return err_set(err, ERR_DATA,
                   "tokenizer_config.json: a chat_template of %zu bytes; at "
                   "most %d are taken",
                   text.len, TEMPLATE_MAX);
  if (str_present(text))
    t->chat_template = arena_str(&t->arena, text);
  return 0;
}

static int configure(struct tokenizer *t, const struct json *config, struct err *err)
{
  int32_t bos = token_of(t, config, "bos_token"), eos = token_of(t, config, "eos_token");
  t->bos = bos >= 0 ? bos : t->bos;
  t->eos = eos >= 0 ? eos : t->eos;
  t->pad = token_of(t, config, "pad_token");
  const struct json *add_bos = json_member(config, "add_bos_token");
  const struct json *add_eos = json_member(config, "add_eos_token");
  if (json_type(add_bos) == JSON_BOOL && t->bos >= 0)
    tokenizer_set_before(t, t->bos, json_bool(add_bos, false));
  if (json_type(add_eos) == JSON_BOOL && t->eos >= 0)
    tokenizer_set_behind(t, t->eos, json_bool(add_eos, false));
  return read_template(t, json_member(config, "chat_template"), err);
}

int tokenizer_configure(struct tokenizer *t, struct str text, struct err *err)
{
  struct json_doc doc;
  if (json_parse(&doc, text, err) < 0)
    return err_wrap(err, "tokenizer_config.json");
  int rc = configure(t, doc.root, err);
  json_doc_release(&doc);
  return rc;
}
