/* model_test.h - texts through a model, for tests: page tables, logits in pieces, greedy
 * continuations.
 *
 * Sequence s has the pages s * each, s * each + 1, ... unless the test fills the table
 * itself. Failures fail the test.
 */
#ifndef OREO_TESTS_MODEL_TEST_H
#define OREO_TESTS_MODEL_TEST_H

#include <math.h>

#include "base/arena.h"
#include "gpu_test.h"
#include "nn/model.h"

struct model_text {
  int32_t *ids;
  uint32_t n;
};

static inline void model_test_pages(struct model *model)
{
  const struct model_options *options = model_options_of(model);
  uint32_t n = options->max_sequences * model_pages_each(model);
  assert_true(options->cache_pages >= n);
  for (uint32_t i = 0; i < n; i++)
    model_pages(model)[i] = (int32_t)i;
}

static inline struct model *model_test_open(struct gpu_manager *manager, const char *path,
                                            const struct model_options *options)
{
  struct err err = { 0 };
  struct checkpoint *checkpoint = checkpoint_open(path, &err);
  if (!checkpoint)
    fail_msg("%s", err.msg);
  struct model *model = model_load(manager, checkpoint, options, &err);
  if (!model)
    fail_msg("%s", err.msg);
  checkpoint_close(checkpoint);
  model_test_pages(model);
  return model;
}

/* The logits of all positions of a text run as `sequence`, `chunk` rows a step. */
static inline float *model_test_logits(struct model *model, const struct model_text *text,
                                       int32_t sequence, uint32_t chunk)
{
  struct err err = { 0 };
  uint32_t vocab = (uint32_t)model_config_of(model)->vocab;
  float *logits = mem_resize(NULL, (size_t)text->n * vocab, sizeof *logits);
  struct model_row *rows = mem_resize(NULL, chunk, sizeof *rows);
  uint32_t *wanted = mem_resize(NULL, chunk, sizeof *wanted);
  for (uint32_t at = 0; at < text->n; at += chunk) {
    uint32_t n = text->n - at < chunk ? text->n - at : chunk;
    for (uint32_t i = 0; i < n; i++) {
      rows[i] = (struct model_row){ text->ids[at + i], (int32_t)(at + i), sequence };
      wanted[i] = i;
    }
    struct model_step step = {
      .rows = rows, .n_rows = n, .wanted = wanted, .n_wanted = n
    };
    assert_ok(model_run(model, &step, NULL, NULL, &err), err);
    for (uint32_t i = 0; i < n; i++)
      assert_ok(model_logits(model, i, logits + (size_t)(at + i) * vocab, &err), err);
  }
  free(rows);
  free(wanted);
  return logits;
}

/* max |a - b| / max |b|, of one position. */
static inline double model_test_distance(const float *got, const double *wanted, size_t n)
{
  double apart = 0, most = 0;
  for (size_t i = 0; i < n; i++) {
    apart = fmax(apart, isnan(got[i]) ? INFINITY : fabs(got[i] - wanted[i]));
    most = fmax(most, fabs(wanted[i]));
  }
  return apart / most;
}

#endif
