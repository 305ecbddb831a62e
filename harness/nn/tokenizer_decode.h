/* tokenizer_decode.h - from ids to bytes: the `decoder`.
 *
 * What a decoder does to each piece alone (the byte-level alphabet, "▁" for a space,
 * <0xXX> for a byte) is done once, for the whole vocabulary, when it is loaded; then only
 * the spaces at the very beginning of a text are left to do while decoding.
 *
 * Owns its bytes. Read-only after decoder_build, then thread-safe.
 */
#ifndef OREO_NN_TOKENIZER_DECODE_H
#define OREO_NN_TOKENIZER_DECODE_H

#include "base/arena.h"
#include "base/buf.h"

enum { DECODE_STEPS_MAX = 16, DECODE_WORK_MAX = 1 << 20 };

enum decode_kind {
  DECODE_BYTE_LEVEL,    /* GPT-2's alphabet */
  DECODE_REPLACE,       /* `text` by `content` */
  DECODE_BYTE_FALLBACK, /* <0xXX> */
  DECODE_STRIP,         /* up to `left` and `right` times the character `text` */
};

struct decode_step {
  enum decode_kind kind;
  struct str text, content;
  size_t left, right;
};

#define DECODE_ALL_SPACES SIZE_MAX

struct decoder {
  struct arena arena;
  struct decode_step steps[DECODE_STEPS_MAX];
  size_t n_steps;
  bool fused;         /* a Fuse step came: later ones see the whole text */
  size_t lead_spaces; /* taken off the first token of a text, or DECODE_ALL_SPACES */
  char *bytes;        /* of all ids, one behind the other */
  size_t *ends;       /* of each id's bytes; ends[-1] would be 0 */
  size_t n_ids;
};

void decoder_release(struct decoder *decoder); /* `{0}` is valid: pieces as they are */
NODISCARD int decoder_add(struct decoder *decoder, struct decode_step step,
                          struct err *err);

/* Appends what the steps make of one piece, as the tokenizer's file spells it. `work` has
 * a cap of DECODE_WORK_MAX; false when that does not do. */
bool decoder_apply(const struct decoder *decoder, struct str spelling, struct buf *out,
                   struct buf *work);
/* Takes over the bytes of n ids: `ends` from mem_alloc. */
void decoder_fill(struct decoder *decoder, struct buf *bytes, size_t *ends, size_t n_ids);
struct str decoder_bytes(const struct decoder *decoder, int32_t id);

#endif
