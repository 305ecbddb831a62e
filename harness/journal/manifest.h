/* manifest.h - everything that determined a result (design, guarantee 5).
 *
 * Written once when a run starts, read on resume: a run is continued only with the very
 * same manifest, dates aside; what differs is named. File: manifest.json, version
 * MANIFEST_VERSION, indented JSON (docs/JOURNAL.md). Strings live in the arena given.
 */
#ifndef OREO_JOURNAL_MANIFEST_H
#define OREO_JOURNAL_MANIFEST_H

#include "base/arena.h"
#include "base/err.h"

enum { MANIFEST_VERSION = 1 };

struct manifest_suite {
  struct str name, title;
  int version;
  struct str definition_sha256;
  struct str data_source; /* file name without folder, or "built-in gsm8k-style v1" */
  struct str data_path;   /* as given; for resuming; not compared */
  struct str data_sha256;
  struct str split;
  bool builtin;
  size_t n_items; /* in the data */
  size_t n_run;   /* after --limit and --shard */
  struct str prompt_sha256;
  struct str prompt_style; /* "suite", "lm-eval gsm8k" */
  int num_fewshot;
  struct str grader; /* profile@version */
};

/* What a model ran on, where this program ran it itself. */
struct manifest_engine {
  struct str device, driver;
  struct str api;            /* Vulkan's version; not compared */
  struct str shaders_sha256; /* of all kernels in the program */
  struct str dtype;          /* of the weights on the device */
  struct str chat_template;  /* its name, or "none" */
  size_t context;            /* positions a sequence may have */
};

struct manifest_model {
  struct str label;  /* unique in the run; what tables show */
  struct str spec;   /* "replay:FILE#field" as given, keys removed */
  struct str kind;   /* "replay", "null", ... */
  struct str sha256; /* of the recorded file or checkpoint; absent where there is none */
  struct str served; /* the model as its server reports it; absent where none does */
  const struct manifest_engine *engine; /* NULL: it did not run here */
};

struct manifest_option {
  struct str name, value; /* every option that is not at its default and shapes results */
};

struct manifest {
  struct str program_version, commit;
  int64_t started_us; /* not compared on resume */
  uint64_t seed;
  int samples;
  size_t shard_index, n_shards; /* 0 of 1 */
  struct manifest_suite *suites;
  size_t n_suites;
  struct manifest_model *models;
  size_t n_models;
  struct manifest_option *options;
  size_t n_options;
};

NODISCARD int manifest_write(const struct manifest *manifest, const char *path,
                             struct err *err);
NODISCARD int manifest_load(struct manifest *out, struct arena *arena, const char *path,
                            struct err *err);
/* From text in memory; messages do not name a file. */
NODISCARD int manifest_parse(struct manifest *out, struct arena *arena, struct str text,
                             struct err *err);
/* 0 when `now` would give the same results as `then`; else -1, ERR_USAGE, naming the
 * first difference and both values. */
NODISCARD int manifest_same(const struct manifest *then, const struct manifest *now,
                            struct err *err);

#endif
