#include "policy/conversation.h"

#include "base/buf.h"

static void add_message(struct conversation *c, struct str role, struct str content)
{
  if (c->n_messages == c->cap_messages) {
    /* doubling in an arena wastes at most as much again as is used */
    size_t wider = c->cap_messages ? 2 * c->cap_messages : 16;
    struct message *moved = ARENA_NEW(c->arena, struct message, wider);
    if (c->n_messages)
      memcpy(moved, c->messages, c->n_messages * sizeof *moved);
    c->messages = moved;
    c->cap_messages = wider;
  }
  c->messages[c->n_messages++] =
      (struct message){ arena_str(c->arena, role), arena_str(c->arena, content) };
}

void conversation_begin(struct conversation *c, struct arena *arena,
                        const struct item *item, const struct prompt *prompt, int sample,
                        uint64_t seed)
{
  *c = (struct conversation){ .arena = arena,
                              .item = item,
                              .sample = sample,
                              .seed = seed,
                              .n_stop = prompt->n_stop,
                              .max_tokens = prompt->max_tokens };
  struct str *stop = ARENA_NEW(arena, struct str, prompt->n_stop);
  for (size_t i = 0; i < prompt->n_stop; i++)
    stop[i] = arena_str(arena, prompt->stop[i]);
  c->stop = stop;
  for (size_t i = 0; i < prompt->n_messages; i++)
    add_message(c, prompt->messages[i].role, prompt->messages[i].content);
}

void conversation_say(struct conversation *c, struct str role, struct str content)
{
  add_message(c, role, content);
}

/* What a completion model is given: all that was said, a blank line between. */
static void write_text(const struct conversation *c, struct buf *text)
{
  for (size_t i = 0; i < c->n_messages; i++) {
    if (i)
      buf_add(text, STR("\n\n"));
    buf_add(text, c->messages[i].content);
  }
}

void conversation_ask(struct conversation *c, struct policy *policy, size_t ticket)
{
  struct buf text;
  buf_init(&text, BUF_CAP_OWN);
  write_text(c, &text);
  struct prompt prompt = { .text = buf_str(&text),
                           .messages = c->messages,
                           .n_messages = c->n_messages,
                           .stop = c->stop,
                           .n_stop = c->n_stop,
                           .max_tokens = c->max_tokens };
  struct ask ask = { .item = c->item,
                     .prompt = &prompt,
                     .sample = c->sample,
                     .n_samples = 1,
                     .seed = c->seed,
                     .turn = c->n_turns,
                     .ticket = ticket };
  policy_ask(policy, &ask);
  buf_release(&text);
}

/* A sum that is unknown once a part of it is. */
static int64_t add_tokens(int64_t sum, int64_t more)
{
  return sum < 0 || more < 0 ? -1 : sum + more;
}

bool conversation_add(struct conversation *c, const struct reply *reply)
{
  if (reply->failed)
    return false;
  add_message(c, STR("assistant"), reply->response);
  c->n_turns++;
  c->tokens_in = add_tokens(c->tokens_in, reply->tokens_in);
  c->tokens_out = add_tokens(c->tokens_out, reply->tokens_out);
  return true;
}
