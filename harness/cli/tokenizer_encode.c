/* oreo-bench tokenizer encode: a line of ids for each text. */
#include "base/json.h"
#include "cli/tokenizer.h"

enum { PRINTED_AT_ONCE = 1 << 20 };

struct encoding {
  struct tokenizer *tokenizer;
  struct tokens tokens;
  struct buf out;
};

static int take_text(void *context, struct str text, struct err *err)
{
  struct encoding *encoding = context;
  struct json_writer w;
  encoding->tokens.count = 0;
  if (tokenizer_encode(encoding->tokenizer, text,
                       TOKENIZER_ADD_SPECIAL | TOKENIZER_PARSE_SPECIAL, &encoding->tokens,
                       err) < 0)
    return -1;
  json_writer_init(&w, &encoding->out, JSON_COMPACT);
  json_begin_object(&w);
  json_put_key(&w, "ids");
  json_begin_array(&w);
  for (size_t i = 0; i < encoding->tokens.count; i++)
    json_put_int(&w, encoding->tokens.ids[i]);
  json_end_array(&w);
  json_end_object(&w);
  buf_add_char(&encoding->out, '\n');
  if (encoding->out.len < PRINTED_AT_ONCE)
    return 0;
  int rc = cli_print(&encoding->out, err);
  buf_reset(&encoding->out);
  return rc;
}

static int encode_files(const struct tokenizer_call *call, struct encoding *encoding,
                        struct err *err)
{
  struct texts_reading reading = { .take = take_text,
                                   .context = encoding,
                                   .format = call->format,
                                   .fields = call->settings->fields };
  for (size_t i = 1; i < call->files.count; i++)
    if (tokenizer_texts_read(&reading, call->files.at[i], err) < 0)
      return -1;
  return cli_print(&encoding->out, err);
}

int tokenizer_encode_files(const struct tokenizer_call *call, struct err *err)
{
  if (call->files.count < 2)
    return err_set(err, ERR_USAGE,
                   "'tokenizer encode' needs a tokenizer (a folder or a file) and a file "
                   "of texts");
  struct encoding encoding = { .tokenizer = tokenizer_open(call->files.at[0], err) };
  if (!encoding.tokenizer)
    return -1;
  buf_init(&encoding.out, BUF_CAP_OWN);
  int rc = encode_files(call, &encoding, err);
  buf_release(&encoding.out);
  tokens_release(&encoding.tokens);
  tokenizer_free(encoding.tokenizer);
  return rc;
}
