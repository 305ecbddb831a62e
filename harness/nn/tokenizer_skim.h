/* tokenizer_skim.h - the two large tables of a tokenizer.json, read without a tree.
 *
 * A vocabulary and its merges are 99 hundredths of such a file; a tree of them would take
 * longer to build and free than all the rest of the loading. skim_open finds where they
 * stand and leaves everything else, with null in their places, to json_parse; the tables
 * are then read entry by entry, strictly: what is not as expected is an error that names
 * the byte.
 *
 * Borrows the text. `rest` is owned: skim_release.
 */
#ifndef OREO_NN_TOKENIZER_SKIM_H
#define OREO_NN_TOKENIZER_SKIM_H

#include "base/buf.h"

/* A place in a JSON text. */
struct skim_at {
  struct str text;
  size_t at;
};

struct skim {
  struct buf rest; /* the file without the tables */
  struct str text;
  struct skim_at vocab, merges; /* where they begin; vocab.text absent: not there */
};

/* `path` of a table: "model" / "vocab" and "model" / "merges". */
NODISCARD int skim_open(struct skim *skim, struct str text, struct err *err);
void skim_release(struct skim *skim);

/* One value after another. Before the first: skim_enter with '{' or '['. Then skim_more
 * says whether a member or element follows (1), or the end (0, and it is passed). */
NODISCARD int skim_enter(struct skim_at *at, char bracket, struct err *err);
NODISCARD int skim_more(struct skim_at *at, char closing, struct err *err);
/* A string, its escapes undone, into `out` (reset first); a key with its colon. */
NODISCARD int skim_string(struct skim_at *at, struct buf *out, struct err *err);
NODISCARD int skim_key(struct skim_at *at, struct buf *out, struct err *err);
NODISCARD int skim_integer(struct skim_at *at, int64_t *out, struct err *err);
/* The first byte of the value that follows; 0 at the end of the text. */
char skim_peek(struct skim_at *at);
/* 0 when nothing but white space follows. */
NODISCARD int skim_end(struct skim_at *at, struct err *err);

#endif
