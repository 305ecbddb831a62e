/* settings.h - everything that can be said about a run, as one struct and its option
 * table.
 *
 * The command line, job files and a manifest are three ways to fill the same struct
 * through the same rows (config/options.h): what the manifest of a run says is enough to
 * continue it. Strings are borrowed from argv or live in the arena given.
 */
#ifndef OREO_RUN_SETTINGS_H
#define OREO_RUN_SETTINGS_H

#include "config/options.h"
#include "journal/manifest.h"
#include "policy/endpoint.h"
#include "policy/local.h"

/* lm-eval's own default for the draw of few-shot examples. */
enum { SETTINGS_FEWSHOT_SEED = 1234 };

struct run_settings {
  struct texts suites;    /* names, from the arguments or --tasks */
  struct texts models;    /* specs, "LABEL=SPEC" or "SPEC" */
  struct texts labels;    /* of a manifest: one a model, which is then all spec */
  struct texts data;      /* "FILE", "SUITE=FILE" or "builtin" */
  const char *tasks;      /* lm-eval: names joined by ',' */
  const char *model_args; /* lm-eval: "path=FILE,field=NAME" */
  const char *gen_kwargs; /* lm-eval: "temperature=0.7,max_gen_toks=512" */
  const char *split, *fewshot_data, *fewshot_file, *compat, *grader;
  const char *seed, *shard; /* as typed; parsed below */
  const char *out, *resume;
  int64_t num_fewshot; /* -1: the suite's */
  int64_t samples;
  double limit; /* 0: all; below 1: that share; else that many items */
  double max_error_rate;
  bool dry_run, retry_errors, log_samples;
  struct endpoint_opts endpoint; /* for every model that answers live */
  struct local_opts local;       /* for every model that runs here */

  /* what settings_check makes of the texts above */
  uint64_t seed_value;
  uint32_t fewshot_seed;
  size_t shard_index, n_shards; /* 0 of 1 */
};

extern const struct option run_options[]; /* options.c */

/* Splits --tasks and the arguments into suites, joins --model_args to its model, parses
 * seed and shard, and refuses what cannot go together. */
NODISCARD int settings_check(struct run_settings *settings,
                             const struct arguments *arguments, struct arena *arena,
                             struct err *err);

/* Every option that shapes results and is not at its default, for the manifest. Suites,
 * models, seed, samples and shard have members of their own there. */
void settings_list(const struct run_settings *settings, struct manifest *manifest,
                   struct arena *arena);
/* The settings that a manifest's run had. */
NODISCARD int settings_from_manifest(struct run_settings *settings,
                                     const struct manifest *manifest, struct arena *arena,
                                     struct err *err);

/* Whether a row concerns this process alone (where to, how fast, with which key): such
 * settings are in no manifest, and a run that is continued takes them as said now. */
bool settings_of_process(const struct option *row);
/* Puts the rows of that kind of `said` in the place of those of `settings`. */
void settings_take_process(struct run_settings *settings,
                           const struct run_settings *said);

/* lm-eval's --model NAME --model_args ... and --gen_kwargs ..., put into our own rows:
 * none is left afterwards. ERR_USAGE names a key that we do not have. */
NODISCARD int settings_take_lmeval(struct run_settings *settings, struct arena *arena,
                                   struct err *err);

/* How many of n items --limit leaves. */
size_t settings_limit(const struct run_settings *settings, size_t n);

#endif
