// links: base
/* An expression (the first line) on a text. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/pattern.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct pattern_match *match, struct str text)
{
  if (match->at > text.len || match->groups[0].len > text.len - match->at)
    abort();
  for (size_t i = 0; i < PATTERN_GROUPS; i++) {
    struct str g = match->groups[i];
    if (str_present(g) && (g.ptr < text.ptr || g.ptr + g.len > text.ptr + text.len))
      abort();
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct str text = { size ? (const char *)data : "", size };
  struct str source = str_next_line(&text);
  struct err err;
  if (!str_present(source))
    return 0;
  if (!str_present(text))
    text = STR("");
  struct pattern *pattern = pattern_create(source, (unsigned)(size % 4), &err);
  if (!pattern)
    return 0;
  struct pattern_match match;
  if (pattern_find(pattern, text, 0, &match))
    check(&match, text);
  if (pattern_find_last(pattern, text, &match))
    check(&match, text);
  pattern_free(pattern);
  return 0;
}
