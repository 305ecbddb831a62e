/* trainee_batch.h - random batches for the tests of what is trained, and trainees on
 * the test's device.
 *
 * The test sets `seed` and `manager`. Failures fail the test.
 */
#ifndef OREO_TESTS_TRAINEE_BATCH_H
#define OREO_TESTS_TRAINEE_BATCH_H

#include "base/rng.h"
#include "model_test.h"
#include "nn/trainee.h"
#include "reference/random_model.h"

#define SIZES(hidden, inner, heads, kv, vocab)                       \
  "\"hidden_size\":" #hidden ",\"intermediate_size\":" #inner        \
  ",\"num_attention_heads\":" #heads ",\"num_key_value_heads\":" #kv \
  ",\"num_hidden_layers\":2,\"vocab_size\":" #vocab                  \
  ",\"max_position_embeddings\":64,\"rms_norm_eps\":1e-5"
#define CONFIG(arch, sizes, more) "{\"architectures\":[\"" arch "\"]," sizes "," more "}"

static uint64_t seed;
static struct gpu_manager *manager;

enum { MOST_TOKENS = 64, MOST_SEQUENCES = 6 };

struct batch {
  int32_t tokens[MOST_TOKENS];
  uint8_t wanted[MOST_TOKENS];
  uint32_t starts[MOST_SEQUENCES + 1];
  uint32_t n;
  float d_logp[MOST_TOKENS], d_kl[MOST_TOKENS], d_value[MOST_TOKENS];
};

static inline struct batch random_batch(const uint32_t *lengths, uint32_t n,
                                        uint32_t vocab, uint64_t id)
{
  struct batch b = { .n = n };
  struct rng rng;
  rng_init(&rng, seed, "batch", id);
  for (uint32_t s = 0; s < n; s++)
    b.starts[s + 1] = b.starts[s] + lengths[s];
  for (uint32_t i = 0; i < b.starts[n]; i++) {
    b.tokens[i] = (int32_t)rng_below(&rng, vocab);
    b.wanted[i] = rng_below(&rng, 4) != 0;
    b.d_logp[i] = (float)(2 * rng_unit(&rng) - 1);
    b.d_kl[i] = (float)(2 * rng_unit(&rng) - 1);
    b.d_value[i] = (float)(2 * rng_unit(&rng) - 1);
  }
  return b;
}

static inline struct trainee_batch given(const struct batch *b)
{
  return (struct trainee_batch){ b->tokens, b->starts, b->n, b->wanted };
}

struct results {
  float logp[MOST_TOKENS], ref_logp[MOST_TOKENS], kl[MOST_TOKENS], value[MOST_TOKENS];
};

static inline void forward(struct trainee *trainee, struct trainee *reference,
                           const struct batch *b, struct results *out)
{
  struct err err = { 0 };
  struct trainee_batch batch = given(b);
  struct trainee_outputs outputs = { out->logp, reference ? out->ref_logp : NULL,
                                     reference ? out->kl : NULL, out->value };
  assert_ok(trainee_forward(trainee, reference, &batch, &outputs, &err), err);
}

static inline struct trainee *open_trainee(const char *dir,
                                           struct trainee_options options)
{
  struct err err = { 0 };
  struct checkpoint *checkpoint = checkpoint_open(dir, &err);
  if (!checkpoint)
    fail_msg("%s", err.msg);
  options.max_rows = options.max_rows ? options.max_rows : MOST_TOKENS;
  struct trainee *trainee = trainee_create(manager, checkpoint, &options, &err);
  if (!trainee)
    fail_msg("%s", err.msg);
  checkpoint_close(checkpoint);
  return trainee;
}

static inline void backward(struct trainee *trainee, const struct batch *b, bool kl)
{
  struct err err = { 0 };
  struct trainee_derivatives d = { b->d_logp, kl ? b->d_kl : NULL, b->d_value };
  assert_ok(trainee_backward(trainee, &d, &err), err);
}

static inline int open_device(void **state)
{
  (void)state;
  manager = gpu_test_open();
  return 0;
}

static inline int close_device(void **state)
{
  (void)state;
  gpu_test_close(manager);
  return 0;
}

static inline void set_seed(void)
{
  const char *from = getenv("OREO_TEST_SEED");
  seed = from ? strtoull(from, NULL, 10) : (uint64_t)getpid();
  printf("seed %llu; replay with OREO_TEST_SEED\n", (unsigned long long)seed);
}

#endif
