// links: nn
/* A tokenizer.json, or llama2.c's file when it begins with a zero byte: whatever is taken
 * encodes a text and gives ids of its own. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "nn/chat_template.h"
#include "nn/tokenizer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void use(struct tokenizer *t)
{
  static const char text[] = "ab <s>\xe2\x96\x81 \xc3\xa9"
                             "12\n's\xff";
  struct err err;
  struct tokens tokens = { 0 };
  struct buf out;
  buf_init(&out, 1 << 20);
  for (unsigned flags = 0; flags < 4; flags++)
    if (tokenizer_encode(t, STR(text), flags, &tokens, &err) < 0)
      break;
  for (size_t i = 0; i < tokens.count; i++)
    if (tokens.ids[i] < 0 || (size_t)tokens.ids[i] >= tokenizer_size(t))
      abort();
  tokenizer_decode(t, tokens.ids, tokens.count, true, &out);
  if (tokens.count)
    tokenizer_spell(t, tokens.ids[0], &out);
  buf_release(&out);
  tokens_release(&tokens);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct str bytes = { size ? (const char *)data : "", size };
  struct err err;
  struct tokenizer *t = size && data[0] < 32 ? tokenizer_from_llama2c(bytes, &err)
                                             : tokenizer_from_json(bytes, STR_NONE, &err);
  if (t)
    use(t);
  tokenizer_free(t);
  struct arena arena = { 0 };
  struct chat_template chat;
  if (chat_template_recognise(&chat, &arena, bytes, &err) == 0 && !chat.form)
    abort();
  arena_release(&arena);
  return 0;
}
