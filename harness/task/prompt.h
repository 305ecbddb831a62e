/* prompt.h - from an item to what a policy is asked.
 *
 * Two ways: the suite's own template, and lm-eval's prompts byte for byte
 * (task/lmeval.h). Messages are for chat policies, `text` for completion policies; both
 * say the same.
 *
 * Shots come from --fewshot-file when it is given. Else lm-eval's gsm8k draws them as
 * lm-eval does, minerva_math makes its four from MATH's train split (tasks/math/
 * fewshot-minerva.json), and gsm8k_cot asks for the file; a suite's own style draws k of
 * `fewshot` from a stream keyed by (seed, item), never the item itself.
 */
#ifndef OREO_TASK_PROMPT_H
#define OREO_TASK_PROMPT_H

#include "task/item.h"

struct message {
  struct str role; /* "system", "user", "assistant" */
  struct str content;
};

struct prompt {
  struct str text;
  struct message *messages;
  size_t n_messages;
  const struct str *stop; /* stop strings */
  size_t n_stop;
  int max_tokens;
};

/* How prompts are made for one run over one set. Built once; then each item's prompt is a
 * pure function of (maker, item), whatever the order or the shard. */
struct prompt_maker;

struct prompt_opts {
  bool lm_eval;            /* --compat lm-eval */
  struct str lm_eval_task; /* "gsm8k", "gsm8k_cot", "minerva_math"; absent: by suite */
  int num_fewshot;         /* -1: the suite's or the task's default */
  uint32_t fewshot_seed;   /* lm-eval's default is 1234 */
  const struct item_set *fewshot; /* where shots are drawn from (train); may be NULL */
  const char *fewshot_file; /* fixed shots, as task/shots.h reads them; may be NULL */
};

/* `arena` holds the maker and what it keeps. ERR_USAGE when shots are asked for and
 * `fewshot` is missing: the message says how to give the file. */
NODISCARD int prompt_maker_create(struct prompt_maker **out, struct arena *arena,
                                  const struct item_set *set,
                                  const struct prompt_opts *opts, struct err *err);
/* The prompt of one item, in `arena` (a scratch arena will do). */
struct prompt prompt_make(const struct prompt_maker *maker, const struct item *item,
                          struct arena *arena);
/* The lm-eval task whose prompts these are, or NULL for the suite's own style. */
const struct lmeval_task *prompt_maker_task(const struct prompt_maker *maker);
/* How many shots a prompt has. */
int prompt_maker_shots(const struct prompt_maker *maker);
/* A hash over everything that shapes prompts, for the manifest. */
struct sha256_hex prompt_maker_hash(const struct prompt_maker *maker);

#endif
