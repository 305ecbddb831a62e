/* lmeval.h - lm-eval's tasks byte for byte: prompts, documents, targets and their hashes.
 *
 * For: comparing with numbers that lm-eval (0.4.13: gsm8k 3.0, gsm8k_cot 3.0,
 * minerva_math 3.1) gave, and for writing its samples files. What its few-shot examples
 * are is decided in prompt.c. All text goes to the arena given; tasks are rows of a
 * table.
 */
#ifndef OREO_TASK_LMEVAL_H
#define OREO_TASK_LMEVAL_H

#include "base/json.h"
#include "task/item.h"

enum lmeval_shots {
  LMEVAL_SHOTS_DRAWN, /* random.Random(seed).sample(train, k), once a doc, in order */
  LMEVAL_SHOTS_FIXED, /* the first k of a fixed list */
};

struct lmeval_task {
  const char *name;           /* "gsm8k" */
  const char *suite;          /* the suite whose items it takes */
  const char *version;        /* as lm-eval states it: "3.0" */
  const char *before, *after; /* around the question */
  enum lmeval_shots shots;
  int num_fewshot;          /* default */
  const char *const *until; /* stop strings, NULL-ended */
  const char *temperature;  /* as its settings write it: "0.0", "0", or NULL */
  const char *recipe;       /* embedded file that tells how to make its shots, or NULL */
};

/* lm-eval's own default for generated tokens. */
enum { LMEVAL_MAX_TOKENS = 256 };

/* By name, and the first of a suite; NULL when there is none. */
const struct lmeval_task *lmeval_task_find(struct str name);
const struct lmeval_task *lmeval_task_of_suite(struct str suite);
/* The table; NULL past the end. */
const struct lmeval_task *lmeval_task_at(size_t index);

/* The question as the task puts it. */
struct str lmeval_question(struct arena *arena, const struct lmeval_task *task,
                           struct str question);

/* The `doc` of a samples file: the publisher's columns (other members of a row are left
 * out), with lm-eval's own normal form as `answer` for MATH. `task` NULL: the row itself.
 */
void lmeval_put_doc(struct json_writer *w, const struct lmeval_task *task,
                    const struct item *item);
/* The `target`: the whole solution for GSM8K, the normal form of the answer for MATH. */
struct str lmeval_target(struct arena *arena, const struct lmeval_task *task,
                         const struct item *item);
/* `gen_args_0.arg_1`: {"until":[...],...} */
void lmeval_put_gen_kwargs(struct json_writer *w, const struct lmeval_task *task);

struct lmeval_hashes {
  struct sha256_hex doc, prompt, target;
};
struct lmeval_hashes lmeval_hash(const struct lmeval_task *task, const struct item *item,
                                 struct str prompt);

#endif
