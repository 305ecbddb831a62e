/* trainee_runs.h - small models that learn a little, and whether two have learnt the
 * same.
 *
 * For the tests of steps and of what is saved. Failures fail the test.
 */
#ifndef OREO_TESTS_TRAINEE_RUNS_H
#define OREO_TESTS_TRAINEE_RUNS_H

#include "base/buf.h"
#include "base/fs.h"
#include "trainee_batch.h"

static const char tied_config[] =
    CONFIG("Qwen2ForCausalLM", SIZES(28, 20, 7, 1, 37),
           "\"tie_word_embeddings\":true,\"bos_token_id\":1,\"eos_token_id\":[2,3],"
           "\"rope_scaling\":{\"rope_type\":\"linear\",\"factor\":2}");
static const char untied_config[] =
    CONFIG("Qwen3ForCausalLM", SIZES(24, 32, 4, 2, 37),
           "\"head_dim\":12,\"tie_word_embeddings\":false,\"eos_token_id\":2");

static const uint32_t lengths[] = { 5, 1, 9, 4 };

static inline struct batch some_batch(uint64_t id)
{
  return random_batch(lengths, COUNT(lengths), 37, id);
}

static inline struct random_model make_model(const char *config, uint64_t more)
{
  return random_model_make(config, WEIGHT_F32, seed + more, NULL);
}

static inline double learn(struct trainee *trainee, struct trainee *reference,
                           uint64_t id)
{
  struct err err = { 0 };
  const struct batch b = some_batch(id);
  struct results got;
  double norm;
  forward(trainee, reference, &b, &got);
  backward(trainee, &b, reference != NULL);
  assert_ok(trainee_step(trainee, 1e-2, 1, &norm, &err), err);
  return norm;
}

/* The file of its state; free the buffer. */
static inline struct buf state_of(struct trainee *trainee, const char *dir)
{
  struct err err = { 0 };
  struct buf bytes;
  char path[128];
  snprintf(path, sizeof path, "%s/state", dir);
  buf_init(&bytes, 1 << 24);
  assert_ok(trainee_save_state(trainee, path, &err), err);
  assert_ok(fs_read(path, &bytes, &err), err);
  assert_int_equal(unlink(path), 0);
  return bytes;
}

static inline void same_state(struct trainee *a, struct trainee *b, const char *dir,
                              bool same)
{
  struct buf left = state_of(a, dir), right = state_of(b, dir);
  assert_int_equal(left.len, right.len);
  assert_int_equal(memcmp(left.ptr, right.ptr, left.len) == 0, same);
  buf_release(&left);
  buf_release(&right);
}

#endif
