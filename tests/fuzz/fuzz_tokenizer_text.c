// links: nn
/* Any bytes through byte-level tokenizers with each split pattern: they come back, and a
 * stream of them is always valid UTF-8. The first byte chooses. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "nn/tokenizer_bytes.h"
#include "nn/tokenizer_gguf.h"
#include "nn/unicode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct str merges[] = { { "a b", 3 },
                                     { "ab a", 4 },
                                     { "1 2", 3 },
                                     { "\xc4\xa0 a", 4 },
                                     { "\xc3\x83 \xc2\xa9", 5 } };
enum { N_MERGES = sizeof merges / sizeof merges[0] };

static struct tokenizer *make(const char *pre)
{
  struct buf text;
  struct err err;
  struct str tokens[256 + N_MERGES];
  buf_init(&text, 4096);
  buf_reserve(&text, 2048);
  for (size_t i = 0; i < 256 + N_MERGES; i++) {
    size_t from = text.len;
    struct str merge = i < 256 ? STR("") : merges[i - 256];
    ptrdiff_t space = str_find_char(merge, ' ');
    if (i < 256)
      unicode_add(&text, byte_letter((unsigned char)i));
    else
      buf_add(&text, str_slice(merge, 0, (size_t)space));
    buf_add(&text, i < 256 ? merge : str_slice(merge, (size_t)space + 1, merge.len));
    tokens[i] = (struct str){ text.ptr + from, text.len - from };
  }
  struct tokenizer_gguf parts = tokenizer_gguf_empty();
  parts.model = STR("gpt2");
  parts.pre = str_from(pre);
  parts.tokens = tokens;
  parts.n_tokens = 256 + N_MERGES;
  parts.merges = merges;
  parts.n_merges = N_MERGES;
  struct tokenizer *t = tokenizer_from_gguf(&parts, &err);
  buf_release(&text);
  if (!t)
    abort();
  return t;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  static const char *const pres[] = { "gpt-2", "llama-bpe", "qwen2", "smollm", "tekken" };
  static struct tokenizer *made[5]; /* once for all inputs: it is the slow part */
  if (!size)
    return 0;
  struct str text = { (const char *)data + 1, size - 1 };
  struct tokenizer **t_of = &made[data[0] % 5], *t = *t_of;
  if (!t)
    t = *t_of = make(pres[data[0] % 5]);
  struct err err;
  struct tokens tokens = { 0 };
  struct token_stream stream = { 0 };
  struct buf out;
  buf_init(&out, 1 << 26);
  if (tokenizer_encode(t, text, 0, &tokens, &err) == 0) {
    tokenizer_decode(t, tokens.ids, tokens.count, false, &out);
    if (!str_equal(buf_str(&out), text))
      abort();
    buf_reset(&out);
    for (size_t i = 0; i < tokens.count; i++)
      token_stream_push(&stream, t, tokens.ids[i], false, &out);
    token_stream_finish(&stream, &out);
    if (!str_is_utf8(buf_str(&out), NULL))
      abort();
  }
  struct buf normal;
  buf_init(&normal, 1 << 26);
  if (unicode_nfc(text, &normal) && str_is_utf8(text, NULL) &&
      !str_is_utf8(buf_str(&normal), NULL))
    abort();
  buf_release(&normal);
  buf_release(&out);
  tokens_release(&tokens);
  return 0;
}
