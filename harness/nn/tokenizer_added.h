/* tokenizer_added.h - added tokens: found in a text before anything else is done to it.
 *
 * Special ones ("<|im_end|>") and ordinary ones ("<tool_call>"). Those marked
 * `normalized` are looked for in the normalised text, the others in the text as it came.
 * Of several that begin at one place the longest is taken, then the search goes on behind
 * it.
 *
 * Keeps its own copies of the texts. Read-only after added_ready, then thread-safe.
 */
#ifndef OREO_NN_TOKENIZER_ADDED_H
#define OREO_NN_TOKENIZER_ADDED_H

#include "base/arena.h"
#include "base/err.h"

struct added_token {
  struct str text;
  int32_t id;
  bool special;
  bool normalized;
  bool takes_left, takes_right; /* the white space on that side belongs to it */
  bool single_word;             /* only where no word character stands beside it */
};

struct added {
  struct arena arena;
  struct added_token *tokens; /* sorted by text after added_ready */
  size_t n, capacity;
  uint32_t first[257]; /* tokens that begin with byte b: first[b] .. first[b + 1] */
};

void added_release(struct added *added); /* `{0}` is valid and empty */
/* ERR_DATA: an empty text, one of over TOKENIZER_PIECE_MAX bytes, too many. */
NODISCARD int added_add(struct added *added, struct added_token token, struct err *err);
/* Sorts. ERR_DATA when a text is there twice. */
NODISCARD int added_ready(struct added *added, struct err *err);

/* What to look for. */
struct added_query {
  bool normalized; /* the tokens marked so, else the others */
  bool special;    /* special ones too */
};
struct added_match {
  const struct added_token *token;
  size_t begin, end; /* of the text, with the white space that the token takes */
};
/* The first match at or behind `from`; white space before `from` is never taken. */
bool added_find(const struct added *added, struct str text, size_t from,
                struct added_query query, struct added_match *match);

const struct added_token *added_by_text(const struct added *added, struct str text);

#endif
