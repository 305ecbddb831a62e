#include "nn/tokenizer_normal.h"

#include "nn/unicode.h"

void normalizer_init(struct normalizer *normalizer)
{
  *normalizer = (struct normalizer){ 0 };
  buf_init(&normalizer->work[0], NORMAL_TEXT_MAX);
  buf_init(&normalizer->work[1], NORMAL_TEXT_MAX);
}

void normalizer_release(struct normalizer *normalizer)
{
  arena_release(&normalizer->arena);
  buf_release(&normalizer->work[0]);
  buf_release(&normalizer->work[1]);
}

int normalizer_add(struct normalizer *normalizer, struct normal_step step,
                   struct err *err)
{
  if (normalizer->n_steps >= NORMAL_STEPS_MAX)
    return err_set(err, ERR_DATA, "normalizer: more than %d steps", NORMAL_STEPS_MAX);
  if (step.kind == NORMAL_REPLACE && step.text.len == 0)
    return err_set(err, ERR_DATA, "normalizer: Replace has an empty pattern");
  step.text = arena_str(&normalizer->arena, step.text);
  step.content = arena_str(&normalizer->arena, step.content);
  normalizer->steps[normalizer->n_steps++] = step;
  return 0;
}

static void replace(struct buf *out, struct str text, const struct normal_step *step)
{
  char first = step->text.ptr[0];
  for (size_t at = 0; at < text.len;) {
    const char *hit = memchr(text.ptr + at, first, text.len - at);
    size_t found = hit ? (size_t)(hit - text.ptr) : text.len;
    buf_add(out, str_slice(text, at, found));
    if (!hit)
      return;
    bool whole = str_starts(str_slice(text, found, text.len), step->text);
    buf_add(out, whole ? step->content : str_slice(text, found, found + 1));
    at = found + (whole ? step->text.len : 1);
  }
}

static struct str strip(struct str text, const struct normal_step *step)
{
  int32_t cp;
  while (step->left && text.len) {
    size_t n = unicode_next(text, 0, &cp);
    if (!unicode_is_space(cp))
      break;
    text = str_slice(text, n, text.len);
  }
  while (step->right && text.len) {
    size_t n = unicode_previous(text, text.len, &cp);
    if (!unicode_is_space(cp))
      break;
    text = str_slice(text, 0, text.len - n);
  }
  return text;
}

/* The text after one step; `out` is where it may be written. */
static struct str run_step(const struct normal_step *step, struct str text,
                           struct buf *out)
{
  switch (step->kind) {
  case NORMAL_NFC: return unicode_nfc(text, out) ? buf_str(out) : text;
  case NORMAL_STRIP: return strip(text, step);
  case NORMAL_PREPEND:
    if (text.len == 0)
      return text;
    buf_reset(out);
    buf_add(out, step->text);
    buf_add(out, text);
    return buf_str(out);
  case NORMAL_REPLACE:
    buf_reset(out);
    replace(out, text, step);
    return buf_str(out);
  }
  return text;
}

int normalizer_run(struct normalizer *normalizer, struct str text, struct str *out,
                   struct err *err)
{
  size_t turn = 0;
  for (size_t i = 0; i < normalizer->n_steps; i++) {
    struct buf *work = &normalizer->work[turn];
    struct str next = run_step(&normalizer->steps[i], text, work);
    if (buf_failed(work))
      return err_set(err, ERR_DATA, "the normalised text has more than %d bytes",
                     NORMAL_TEXT_MAX);
    if (next.ptr == work->ptr)
      turn = !turn;
    text = next;
  }
  *out = text;
  return 0;
}
