#include "nn/tokenizer_decode.h"

#include <stdlib.h>

#include "nn/tokenizer_bytes.h"

void decoder_release(struct decoder *decoder)
{
  arena_release(&decoder->arena);
  free(decoder->bytes);
  free(decoder->ends);
  *decoder = (struct decoder){ 0 };
}

int decoder_add(struct decoder *decoder, struct decode_step step, struct err *err)
{
  if (decoder->n_steps >= DECODE_STEPS_MAX)
    return err_set(err, ERR_DATA, "decoder: more than %d steps", DECODE_STEPS_MAX);
  if (step.kind != DECODE_BYTE_LEVEL && step.kind != DECODE_BYTE_FALLBACK &&
      step.text.len == 0)
    return err_set(err, ERR_DATA, "decoder: Replace or Strip of an empty text");
  step.text = arena_str(&decoder->arena, step.text);
  step.content = arena_str(&decoder->arena, step.content);
  decoder->steps[decoder->n_steps++] = step;
  return 0;
}

static void replace(struct buf *out, struct str piece, const struct decode_step *step)
{
  for (ptrdiff_t at; (at = str_find(piece, step->text)) >= 0;) {
    buf_add(out, str_slice(piece, 0, (size_t)at));
    buf_add(out, step->content);
    piece = str_slice(piece, (size_t)at + step->text.len, piece.len);
  }
  buf_add(out, piece);
}

static struct str strip(struct str piece, const struct decode_step *step)
{
  for (size_t i = 0; i < step->left && str_starts(piece, step->text); i++)
    piece = str_slice(piece, step->text.len, piece.len);
  for (size_t i = 0; i < step->right && str_ends(piece, step->text); i++)
    piece = str_slice(piece, 0, piece.len - step->text.len);
  return piece;
}

static void apply(const struct decode_step *step, struct str piece, struct buf *out)
{
  int byte;
  switch (step->kind) {
  case DECODE_BYTE_LEVEL:
    if (!byte_spelling_read(out, piece))
      buf_add(out, piece); /* outside the alphabet: as it is, like an added token */
    return;
  case DECODE_BYTE_FALLBACK:
    byte = byte_token_value(piece);
    if (byte >= 0)
      buf_add_char(out, (char)byte);
    else
      buf_add(out, piece);
    return;
  case DECODE_REPLACE: replace(out, piece, step); return;
  case DECODE_STRIP: buf_add(out, strip(piece, step)); return;
  }
}

bool decoder_apply(const struct decoder *decoder, struct str spelling, struct buf *out,
                   struct buf *work)
{
  struct str piece = spelling;
  size_t from = 0;
  buf_reset(work);
  for (size_t i = 0; i < decoder->n_steps; i++) {
    /* Each step writes behind the last one's result; room first, so that it stays put. */
    size_t growth = decoder->steps[i].content.len + 1;
    if (!buf_reserve(work, (piece.len + 1) * growth))
      return false;
    if (i > 0)
      piece = str_slice(buf_str(work), from, work->len);
    from = work->len;
    apply(&decoder->steps[i], piece, work);
    piece = str_slice(buf_str(work), from, work->len);
  }
  buf_add(out, piece);
  return true;
}

void decoder_fill(struct decoder *decoder, struct buf *bytes, size_t *ends, size_t n_ids)
{
  decoder->bytes = buf_take(bytes);
  decoder->ends = ends;
  decoder->n_ids = n_ids;
}

struct str decoder_bytes(const struct decoder *decoder, int32_t id)
{
  if (id < 0 || (size_t)id >= decoder->n_ids)
    return STR_NONE;
  size_t begin = id ? decoder->ends[id - 1] : 0;
  return (struct str){ decoder->bytes + begin, decoder->ends[id] - begin };
}
