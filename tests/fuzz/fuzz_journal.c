// links: journal
/* Any bytes as a journal line: as they are, and with the CRC that they would need, so
 * that what lies behind the check is reached too. What parses must come back the same. */
#include <stdlib.h>

#include "base/buf.h"
#include "base/hash.h"
#include "journal/journal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void parse(struct str line)
{
  struct arena arena = { 0 };
  struct err err = { 0 };
  struct record first, again;
  if (record_parse(&first, &arena, line, &err) == 0) {
    struct buf text;
    buf_init(&text, BUF_CAP_OWN);
    record_format(&text, &first);
    if (record_parse(&again, &arena, buf_str(&text), &err) < 0 ||
        record_compare(&first, &again) != 0 ||
        !str_equal(first.response, again.response) ||
        !str_equal(first.reasoning, again.reasoning) ||
        !str_equal(first.logprobs, again.logprobs) ||
        first.tokens_reasoning != again.tokens_reasoning ||
        first.verdict != again.verdict)
      abort();
    buf_release(&text);
  }
  arena_release(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct str bytes = { (const char *)data, size };
  parse(bytes);
  /* a seed that is a whole line loses its own CRC first */
  ptrdiff_t at = str_find_last(bytes, STR(",\"crc\""));
  if (at >= 0)
    bytes.len = (size_t)at;
  struct buf line;
  buf_init(&line, BUF_CAP_OWN);
  buf_add(&line, bytes);
  buf_printf(&line, ",\"crc\":\"%08x\"}", (unsigned)crc32_of(bytes));
  parse(buf_str(&line));
  buf_release(&line);
  return 0;
}
