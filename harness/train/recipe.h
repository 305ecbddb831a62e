/* recipe.h - everything that can be said about a training, as one struct and its option
 * table.
 *
 * The command line and job files fill the same struct through the same rows
 * (config/options.h). What an algorithm has a value of its own for (rates, beta, alpha,
 * epochs) is -1 until recipe_check puts that in its place: the OREO paper's (2412.16145,
 * A.3), which are for models of 1.5 billion weights; small ones want larger rates.
 *
 * Strings are borrowed from argv or live in the arena given. Pure; ERR_USAGE names the
 * option.
 */
#ifndef OREO_TRAIN_RECIPE_H
#define OREO_TRAIN_RECIPE_H

#include "base/json.h"
#include "config/options.h"
#include "train/dataset.h"
#include "train/objective.h"

enum recipe_algo { RECIPE_SFT, RECIPE_RFT, RECIPE_DPO, RECIPE_KTO, RECIPE_OREO };

struct recipe {
  const char *algo, *init, *reference, *value, *tokenizer, *chat_template;
  struct texts data;
  const char *out, *device, *level, *overlong;
  int64_t epochs, steps, batch, rows, context, first_turn, pairs, value_steps, seed;
  int64_t save_every, keep;
  double rate, value_rate, rate_end, warmup, clip;
  double beta1, beta2, eps, decay;
  double beta, alpha, desirable, undesirable, smoothing, reward_times, reward_plus;
  bool keep_gradient, one_step, periods, recompute;
  bool resume, audit, dry_run;

  /* what recipe_check makes of the texts above */
  enum recipe_algo kind;
  enum oreo_level oreo_level;
  enum dataset_overlong dataset_overlong;
};

extern const struct option recipe_options[];

/* The algorithm is `name`, or that of the option where it is absent. Fills in what is the
 * algorithm's own; refuses what belongs to another one. */
NODISCARD int recipe_check(struct recipe *recipe, const char *name, struct arena *arena,
                           struct err *err);

/* "sft, rft, dpo, kto, oreo" */
void recipe_list(struct buf *out);
bool recipe_needs_reference(const struct recipe *recipe);
bool recipe_needs_value(const struct recipe *recipe);
/* What the policy is trained towards, and the settings of that. */
const struct objective *recipe_objective(const struct recipe *recipe);
struct objective_settings recipe_settings(const struct recipe *recipe);

/* Members of an object: each option that shapes what comes out, as it would be typed.
 * Files are not among them; they are known by their hashes. */
void recipe_write(const struct recipe *recipe, struct json_writer *w,
                  struct arena *arena);

#endif
