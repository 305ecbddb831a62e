/* plan.h - a run before it begins: everything loaded, checked and named, nothing spent.
 *
 * A plan holds for each suite its items, prompts and grader, for each model of each suite
 * its policy, and the manifest that says all of it. Making it reads every input, so that
 * what is wrong is said before the first answer is asked for. Memory: the arena given,
 * but for graders and policies: plan_close frees those.
 */
#ifndef OREO_RUN_PLAN_H
#define OREO_RUN_PLAN_H

#include "grade/grader.h"
#include "policy/policy.h"
#include "run/dataset.h"
#include "run/settings.h"

struct run_suite {
  struct suite *suite;
  struct dataset data;
  struct prompt_maker *maker;
  struct grader *grader;
  const struct item **chosen; /* after --limit and --shard, in the order of the data */
  size_t n_chosen;
  struct policy **policies; /* one a model */
};

struct run_model {
  struct str spec, label; /* the label is unique in the run */
};

struct plan {
  struct run_suite *suites;
  size_t n_suites;
  struct run_model *models;
  size_t n_models, max_models; /* opened, and wanted */
  struct manifest manifest;
  struct ledger ledger;   /* of all models behind servers */
  struct local_host host; /* of all models that run here */
  size_t n_answers;       /* in all: models x items x samples */
};

/* `plan` stays where it is: its policies borrow the ledger and the host. Servers are
 * asked whether they have the model, but for a dry run. */
NODISCARD int plan_make(struct plan *plan, struct arena *arena,
                        const struct run_settings *settings, struct err *err);
void plan_close(struct plan *plan);

/* Appends what the plan would do, after the checks that beginning it would make. */
struct buf;
NODISCARD int plan_print(const struct plan *plan, const struct run_settings *settings,
                         struct buf *out, struct err *err);

/* One suite as the settings have it, without policies: a report needs the questions and
 * the prompts of a run, not its models. */
NODISCARD int run_suite_open(struct run_suite *suite, struct arena *arena,
                             const struct run_settings *settings, const char *name,
                             struct err *err);
void run_suite_close(struct run_suite *suite);

/* "lm-eval gsm8k" or "suite": how prompts are made. */
struct str plan_prompt_style(const struct run_settings *settings, struct arena *arena);

#endif
