/* conversation.h - turns with a policy: what agents and other multi-turn tasks talk
 * through.
 *
 * A conversation is a growing list of messages and the settings that its turns share. The
 * caller adds what the user (or an environment) says, asks, waits for the reply among all
 * others (policy_next), and adds the reply; many conversations share one policy and its
 * concurrency. The n-th turn's seed is keyed by (seed, item, sample, turn), so a
 * conversation that is resumed from its messages goes on as it would have. Memory: the
 * arena given to conversation_begin, which must outlive it.
 */
#ifndef OREO_POLICY_CONVERSATION_H
#define OREO_POLICY_CONVERSATION_H

#include "policy/policy.h"

struct conversation {
  struct arena *arena;
  struct message *messages;
  size_t n_messages, cap_messages;
  int n_turns; /* replies so far */
  const struct item *item;
  int sample;
  uint64_t seed;
  const struct str *stop;
  size_t n_stop;
  int max_tokens;                /* of one turn */
  int64_t tokens_in, tokens_out; /* of all turns; -1 once one is unknown */
};

/* Begins with the messages of `prompt` (system, few-shot turns, the first user turn). */
void conversation_begin(struct conversation *c, struct arena *arena,
                        const struct item *item, const struct prompt *prompt, int sample,
                        uint64_t seed);
/* The next thing said to the model; role "user" unless the protocol has another. */
void conversation_say(struct conversation *c, struct str role, struct str content);
/* Asks for the next turn; the policy must have room. The answer comes by policy_next with
 * this ticket. */
void conversation_ask(struct conversation *c, struct policy *policy, size_t ticket);
/* Adds the model's turn. Reasoning is not part of it: what a model thought is not said
 * back to it. A failed reply adds nothing and returns false. */
bool conversation_add(struct conversation *c, const struct reply *reply);

#endif
