/* dataset.h - trajectories as token sequences: what is an action, where steps begin.
 *
 * For: whatever trains. Not for: choosing what is trained on (train/examples.h) and
 * cutting it into batches (train/batch.h).
 *
 * An answer to a prompt is the prompt's tokens, the response's, and the token that ends
 * an answer; the response and its end are actions. A prompt is encoded as the policy was
 * asked with it, and the response as what follows it: where the two would melt into one
 * token, they are encoded apart, since a policy cannot have chosen half a token of its
 * prompt. With a chat template the prompt is the user's message, and each of the
 * assistant's turns ends with the template's token; a conversation needs a template. What
 * the others say, and the template's own words, are no actions.
 *
 * Steps of an answer are cut behind a newline (and, for solutions in running text, behind
 * ". " and ".$ "): a step begins with the token that holds the first character behind the
 * cut that is no white space. So there are no empty steps, where the OREO authors' code
 * makes one of each empty line. The end belongs to the last step. In a conversation a
 * turn is a step.
 *
 * Refused (ERR_DATA, with file and line): a prompt that fills the context, a sequence
 * over it unless it may be cut or left out, a conversation that a template does not
 * render turn by turn, a prompt without tokens (the first state would have no place). A
 * tokenizer without an end is ERR_DATA too.
 *
 * A dataset owns its arrays; one thread at a time while it is built.
 */
#ifndef OREO_TRAIN_DATASET_H
#define OREO_TRAIN_DATASET_H

#include "base/err.h"
#include "nn/chat_template.h"
#include "nn/tokenizer.h"
#include "task/trajectory.h"

enum dataset_overlong {
  DATASET_REFUSE,   /* an error */
  DATASET_TRUNCATE, /* loses its end, as in the authors' code */
  DATASET_DROP,     /* left out and counted; a prompt that fills the context too */
};

struct dataset_options {
  struct tokenizer *tokenizer;
  const struct chat_template *chat; /* NULL: a prompt is a text as it stands */
  int32_t end;                      /* the token behind an answer; -1: the tokenizer's */
  size_t context; /* tokens that a sequence may have, its end included */
  enum dataset_overlong overlong;
  bool periods;      /* steps end at ". " and ".$ " too */
  size_t first_turn; /* no actions before this message; the authors' agents: 3 */
};

struct dataset_sequence {
  size_t first, count; /* tokens in the dataset's arrays */
  size_t n_prompt;     /* those before the first action; at least 1 */
  size_t n_actions, n_steps;
  size_t prompt;     /* the prompt's number: the same for the same prompt */
  size_t trajectory; /* its index */
  double reward;
  bool truncated;
};

struct dataset {
  int32_t *ids;
  uint8_t *action, *step_start; /* as objective_batch has them */
  size_t n_tokens, capacity;
  struct dataset_sequence *sequences;
  size_t n_sequences, sequences_capacity;
  size_t n_prompts, n_actions, n_truncated, n_dropped;
  size_t longest; /* tokens of the longest sequence */
};

/* `out` is `{0}` or holds nothing after a failure. */
NODISCARD int dataset_build(struct dataset *out, const struct trajectory *trajectories,
                            size_t n, const struct dataset_options *options,
                            struct err *err);
void dataset_release(struct dataset *dataset);

/* ERR_DATA when all rewards are the same: OREO's values would fit them as a constant, and
 * there is nothing that one action could be better than another by. */
NODISCARD int dataset_check_rewards(const struct dataset *dataset, struct err *err);

/* Adds a sequence of one's prompt tokens and another's tokens behind its prompt, cut at
 * `context`; its index. For KTO's mismatched responses. */
size_t dataset_mismatch(struct dataset *dataset, size_t prompt_of, size_t response_of,
                        size_t context);

#endif
