/* model.h - a language model on a device: its weights, its cache, one step at a time.
 *
 * For: the generator (nn/generator.h), `generate --logits`, benchmarks. A step is a flat
 * list of rows, each one token at one position of one sequence: prompts being read and
 * answers being written go through the same ops in the same step. What a row gives
 * depends on its own sequence only, to the bit, whatever else is in the step and however
 * its sequence was cut into steps. Not for: choosing what to run next, text.
 *
 * Weights keep the type that the file has (F32, F16, BF16; quantised ones become F32), or
 * are rounded to the type asked for. The model borrows the manager; the checkpoint may be
 * closed once model_load has returned. All rows, positions and pages in a step are
 * checked (assertions: they are the caller's own numbers). One thread at a time.
 *
 * ERR_DATA: weights that are not finite, a model without a head for tokens. ERR_ENV: it
 * does not fit the device (said before anything is allocated, with what is needed, what
 * there is, and the remedy), a device that fails. ERR_USAGE: a longer context than the
 * model has.
 */
#ifndef OREO_NN_MODEL_H
#define OREO_NN_MODEL_H

#include "gpu/manager.h"
#include "nn/checkpoint.h"
#include "shared.h"

struct model;

/* Of what is multiplied; norms, biases and sums are always F32. With the last two the
 * other operand is rounded to 16 bits as well, for the device's matrix units. */
#define MODEL_DTYPE_MAP(XX)    \
  XX(AS_STORED, "auto")        \
  XX(F32, "f32")               \
  XX(F16, "f16")               \
  XX(BF16, "bf16")             \
  XX(F16_MATRIX, "f16-matrix") \
  XX(BF16_MATRIX, "bf16-matrix")

enum model_dtype {
#define XX(id, name) MODEL_##id,
  MODEL_DTYPE_MAP(XX)
#undef XX
};

/* A name of the list, or torch's ("bfloat16", "half", ...); ERR_USAGE, naming the
 * nearest. NULL is "auto". */
NODISCARD int model_dtype_parse(const char *name, enum model_dtype *dtype,
                                struct err *err);

struct model_options {
  enum model_dtype dtype;
  uint32_t context;    /* positions a sequence may have; 0 = the config's, at most 4096 */
  uint32_t max_rows;   /* in a step; 0 = 256, or max_sequences when that is more */
  uint32_t max_wanted; /* whose logits are wanted; 0 = 64, or max_sequences if more */
  uint32_t max_sequences; /* at once; 0 = 64 */
  uint32_t cache_pages;   /* of CACHE_PAGE positions, shared by all; 0 = enough for
                             max_sequences of `context`, or what half of the device's
                             free memory holds (on a CPU at most 2 GiB), but never less
                             than one sequence */
  bool timestamps;        /* model_time can be asked */
};

/* NULL on failure. `options` may be NULL. max_rows and max_wanted become less where the
 * device cannot bind as much (128 MiB on lavapipe hold 220 rows of Qwen's logits). */
struct model *model_load(struct gpu_manager *manager, const struct checkpoint *checkpoint,
                         const struct model_options *options, struct err *err);
void model_free(struct model *model); /* NULL is fine */

const struct model_config *model_config_of(const struct model *model);
const struct model_options *
model_options_of(const struct model *model);             /* as they became */
const char *model_dtype_text(const struct model *model); /* "f32", "mixed", ... */
uint64_t model_weight_bytes(const struct model *model);  /* on the device */

/* The page table: max_sequences rows of model_pages_each entries, filled by the caller
 * before the step that needs them. A page number is below cache_pages. */
int32_t *model_pages(struct model *model);
uint32_t model_pages_each(const struct model *model);

struct model_row {
  int32_t id; /* token */
  int32_t
      position; /* in its sequence; those before it are in the cache or in this step */
  int32_t sequence; /* below max_sequences: its row of the page table */
};

struct model_step {
  const struct model_row *rows;
  uint32_t n_rows;        /* 1 .. max_rows */
  const uint32_t *wanted; /* rows whose logits are wanted, ascending; may be none */
  uint32_t n_wanted;      /* 0 .. max_wanted */
  const struct shader_draw *draws; /* how to draw from each of them; NULL: do not draw */
};

/* Runs a step and waits. With draws, ids[i] and logps[i] (n_wanted each, the caller's)
 * are the tokens drawn and their log-probabilities under the model; ERR_DATA when logits
 * are not finite (naming the sequence). Without, ids and logps may be NULL. */
NODISCARD int model_run(struct model *model, const struct model_step *step, int32_t *ids,
                        float *logps, struct err *err);
/* The logits of wanted[i] of the last step: `vocab` floats. ERR_DATA when they are not
 * finite. */
NODISCARD int model_logits(struct model *model, uint32_t i, float *out, struct err *err);

/* Time by op of all steps so far, for benchmarks; rows sorted by time, `count` of them.
 * Only with options.timestamps. Free with free(). */
struct model_op_time {
  const char *name;
  uint64_t calls;
  int64_t ns;
  double work;
};
NODISCARD int model_time(const struct model *model, struct model_op_time **rows,
                         size_t *count, struct err *err);

#endif
