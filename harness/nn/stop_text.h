/* stop_text.h - where a growing text ends because a stop string came.
 *
 * For: completions. Not for: tokens. The text is looked at as if it came byte by byte, so
 * that the place does not depend on how a tokenizer cuts it: the stop string that is
 * complete first counts, and of several that end at the same byte the longest.
 *
 * Borrows the strings. Pure; each byte is looked at once. Nothing fails; an empty string
 * would stop everything and is passed over: callers refuse it.
 */
#ifndef OREO_NN_STOP_TEXT_H
#define OREO_NN_STOP_TEXT_H

#include "base/str.h"

struct stop_text {
  const struct str *strings;
  size_t n_strings;
  size_t seen; /* bytes of the text that were looked at */
};

/* `text` is all that has come so far; it only ever grows. True when a stop string is
 * complete: the text ends at *cut, before it. */
bool stop_text_find(struct stop_text *stop, struct str text, size_t *cut);

#endif
