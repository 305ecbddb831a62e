#include "nn/completing.h"

#include <stdlib.h>

#include "base/arena.h"

/* Is there text before the answer, or only BOS and the like? */
static bool has_text(const struct tokenizer *tokenizer, const struct tokens *prompt)
{
  for (size_t i = 0; i < prompt->count; i++)
    if (!tokenizer_is_special(tokenizer, prompt->ids[i]))
      return true;
  return false;
}

void completing_begin(struct completing *c, const struct tokenizer *tokenizer,
                      const struct tokens *prompt)
{
  *c = (struct completing){ .tokenizer = tokenizer };
  c->stream.inside = has_text(tokenizer, prompt);
  buf_init(&c->text, BUF_CAP_OWN);
}

static bool is_end(const struct completing *c, int32_t id)
{
  for (size_t i = 0; i < c->n_ends; i++)
    if (c->ends[i] == id)
      return true;
  return false;
}

static void add_logprob(struct completing *c, float logprob)
{
  ARRAY_RESERVE(c->logprobs, c->n_logprobs, c->cap_logprobs);
  c->logprobs[c->n_logprobs++] = logprob;
}

static bool look_for_stop(struct completing *c)
{
  size_t cut;
  if (!stop_text_find(&c->stop, buf_str(&c->text), &cut))
    return false;
  buf_truncate(&c->text, cut);
  c->stream = (struct token_stream){ 0 }; /* what it holds came behind the cut */
  return true;
}

bool completing_push(struct completing *c, int32_t id, float logprob)
{
  if (c->stopped)
    return true;
  tokens_add(&c->ids, id);
  add_logprob(c, logprob);
  c->stopped = is_end(c, id);
  if (c->stopped)
    return true;
  token_stream_push(&c->stream, c->tokenizer, id, true, &c->text);
  c->stopped = look_for_stop(c);
  return c->stopped;
}

void completing_finish(struct completing *c)
{
  token_stream_finish(&c->stream, &c->text);
}

void completing_release(struct completing *c)
{
  buf_release(&c->text);
  tokens_release(&c->ids);
  free(c->logprobs);
  c->logprobs = NULL;
  c->n_logprobs = c->cap_logprobs = 0;
}
