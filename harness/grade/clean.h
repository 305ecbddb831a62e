/* clean.h - a response made plain: one spelling of digits, signs, spaces and quotes.
 *
 * For: what is done to text before an answer is looked for (the tail of a response) and
 * before a found one is parsed (a candidate). Not for: mathematics; symbols such as pi or
 * a root sign stay for the parser.
 *
 * Cleaning changes lengths, so a cleaned text carries the way back to the bytes that were
 * given. Text without a byte above 127 is not copied. Memory is the arena's. Never fails:
 * bytes that are no UTF-8 are kept.
 */
#ifndef OREO_GRADE_CLEAN_H
#define OREO_GRADE_CLEAN_H

#include "base/arena.h"
#include "base/str.h"

struct clean_text {
  struct str s;
  struct str origin;   /* the bytes it was made from */
  const uint32_t *map; /* map[i]: offset of s.ptr[i] in origin; NULL: the same offset */
};

/* Maps full-width and other digits, dashes, spaces, quotes and full-width punctuation to
 * ASCII, drops invisible characters. */
struct clean_text clean_text(struct arena *arena, struct str origin);
/* Offset in `origin` of byte `at` (at most s.len) of the cleaned text. */
size_t clean_origin(const struct clean_text *text, size_t at);

/* A candidate without what surrounds an answer: white space, **, quotes, one pair of math
 * delimiters, \boxed, sentence marks at its end, special tokens such as <|im_end|>. */
struct str clean_answer(struct arena *arena, struct str s);

/* What a response says after its thoughts: the part behind the last </think>. */
struct str clean_thoughts(struct str response);
/* Offset of the first question that the model went on to ask itself ("\nQuestion:",
 * "<|im_start|>user"), or s.len. Only its first 64 KiB are searched. */
size_t clean_next_question(struct str s);

#endif
