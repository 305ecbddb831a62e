/* null.c - "null:TEXT": the same answer to everything. The floor of a comparison (a
 * constant guess), and the policy that tests the rest of the program. */
#include "policy/kind.h"

/* A label heads a column: a long text is cut there, not in the answer. */
enum { LABEL_MAX = 40 };

struct null_state {
  struct str text;
};

static int null_open(struct policy *policy, struct str rest,
                     const struct policy_opts *opts, struct err *err)
{
  (void)opts;
  (void)err;
  struct null_state *state = ARENA_NEW(&policy->arena, struct null_state, 1);
  state->text = arena_str(&policy->arena, rest);
  size_t end = rest.len;
  if (end > LABEL_MAX)
    for (end = LABEL_MAX; end && (rest.ptr[end] & 0xC0) == 0x80;)
      end--; /* not inside a character */
  policy->label =
      arena_printf(&policy->arena, "null:%.*s", STR_ARG(str_slice(rest, 0, end)));
  policy->state = state;
  return 0;
}

static struct reply null_reply(struct policy *policy, const struct ask *ask, int sample,
                               struct arena *arena)
{
  (void)ask;
  (void)sample;
  (void)arena;
  const struct null_state *state = policy->state;
  struct reply reply = reply_empty();
  reply.response = state->text;
  reply.finish = FINISH_STOP;
  return reply;
}

const struct policy_kind policy_null = {
  .name = "null",
  .form = "null:TEXT",
  .open = null_open,
  .reply = null_reply,
};
