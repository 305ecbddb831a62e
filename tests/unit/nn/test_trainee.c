/* What is trained against the plain reference in double precision: what comes forward,
 * every tensor's gradient, and what a step makes of it. */
#include "nn/model_tensors.h"
#include "trainee_batch.h"

enum { MOST_VOCAB = 150 };

static const struct {
  const char *name, *config;
  bool recompute;
  uint32_t chunk;
} models[] = {
  { "llama, tied",
    CONFIG("LlamaForCausalLM", SIZES(24, 28, 4, 2, 37), "\"tie_word_embeddings\":true"),
    false, 0 },
  { "llama, biases everywhere",
    CONFIG("LlamaForCausalLM", SIZES(20, 19, 5, 5, 150),
           "\"tie_word_embeddings\":false,\"attention_bias\":true,\"mlp_bias\":true,"
           "\"rope_scaling\":{\"rope_type\":\"llama3\",\"factor\":8,"
           "\"low_freq_factor\":1,\"high_freq_factor\":4,"
           "\"original_max_position_embeddings\":8}"),
    true, 64 },
  { "mistral, yarn",
    CONFIG("MistralForCausalLM", SIZES(16, 24, 4, 1, 37),
           "\"head_dim\":8,\"tie_word_embeddings\":false,\"sliding_window\":null,"
           "\"rope_scaling\":{\"rope_type\":\"yarn\",\"factor\":8,"
           "\"original_max_position_embeddings\":8}"),
    true, 0 },
  { "qwen2",
    CONFIG("Qwen2ForCausalLM", SIZES(28, 20, 7, 1, 37),
           "\"tie_word_embeddings\":true,"
           "\"rope_scaling\":{\"rope_type\":\"linear\",\"factor\":2}"),
    false, 0 },
  { "qwen3",
    CONFIG("Qwen3ForCausalLM", SIZES(24, 32, 4, 2, 37),
           "\"head_dim\":12,\"tie_word_embeddings\":false"),
    false, 0 },
};
#define VALUE_CONFIG                                                \
  CONFIG("Qwen2ForSequenceClassification", SIZES(24, 28, 4, 2, 37), \
         "\"tie_word_embeddings\":false,\"num_labels\":1")

/* ---- the reference ---- */

struct exact {
  double logp[MOST_TOKENS], ref_logp[MOST_TOKENS], kl[MOST_TOKENS], value[MOST_TOKENS];
};

static void log_softmax(double *row, int n)
{
  double most = -INFINITY, sum = 0;
  for (int i = 0; i < n; i++)
    most = fmax(most, row[i]);
  for (int i = 0; i < n; i++)
    sum += exp(row[i] - most);
  for (int i = 0; i < n; i++)
    row[i] -= most + log(sum);
}

static void exact_sequence(const struct random_model *model,
                           const struct random_model *reference, const struct batch *b,
                           uint32_t s, struct exact *out)
{
  struct llama llama = random_model_llama(model);
  struct llama other = reference ? random_model_llama(reference) : llama;
  uint32_t first = b->starts[s], n = b->starts[s + 1] - first;
  int vocab = model->config.vocab;
  double p[MOST_TOKENS * MOST_VOCAB], q[MOST_TOKENS * MOST_VOCAB], values[MOST_TOKENS];
  if (model->config.score) {
    llama_values(&llama, b->tokens + first, (int)n, values);
    for (uint32_t i = 1; i < n; i++)
      out->value[first + i] = b->wanted[first + i] ? values[i - 1] : 0;
    return;
  }
  llama_logits(&llama, b->tokens + first, (int)n, p);
  if (reference)
    llama_logits(&other, b->tokens + first, (int)n, q);
  else
    memcpy(q, p, sizeof q);
  for (uint32_t i = 1; i < n; i++) {
    double *at = p + (i - 1) * (uint32_t)vocab, *theirs = q + (i - 1) * (uint32_t)vocab;
    uint32_t t = first + i;
    if (!b->wanted[t])
      continue;
    log_softmax(at, vocab);
    log_softmax(theirs, vocab);
    out->logp[t] = at[b->tokens[t]];
    out->ref_logp[t] = theirs[b->tokens[t]];
    for (int k = 0; k < vocab; k++)
      out->kl[t] += exp(at[k]) * (at[k] - theirs[k]);
  }
}

static struct exact exact_of(const struct random_model *model,
                             const struct random_model *reference, const struct batch *b)
{
  struct exact out = { 0 };
  for (uint32_t s = 0; s < b->n; s++)
    exact_sequence(model, reference, b, s, &out);
  return out;
}

struct question {
  const struct random_model *model, *reference;
  const struct batch *batch;
};

static double loss(const struct question *q)
{
  struct exact e = exact_of(q->model, q->reference, q->batch);
  double sum = 0;
  for (uint32_t t = 0; t < q->batch->starts[q->batch->n]; t++)
    sum += e.logp[t] * (double)q->batch->d_logp[t] +
           (q->reference ? e.kl[t] * (double)q->batch->d_kl[t] : 0) +
           e.value[t] * (double)q->batch->d_value[t];
  return sum;
}

/* Of the loss, along one weight, which is a float: the step is what it really is. */
static double slope(const struct question *q, float *at)
{
  float was = *at, above = was + 1e-3f, below = was - 1e-3f;
  *at = above;
  double high = loss(q);
  *at = below;
  double low = loss(q);
  *at = was;
  return (high - low) / ((double)above - (double)below);
}

static void near(const float *got, const double *wanted, uint32_t n, double bound,
                 const char *name, const char *what)
{
  double apart = 0;
  for (uint32_t i = 0; i < n; i++) {
    double gap = fabs((double)got[i] - wanted[i]);
    if (!(gap <= bound))
      fail_msg("%s: %s of token %u is %.9g, not %.9g", name, what, i, (double)got[i],
               wanted[i]);
    apart = fmax(apart, gap);
  }
  printf("%s: %s at most %.2g apart\n", name, what, apart);
}

/* Some weights of every tensor: the gradient is the loss's slope. */
static void check_gradients(struct trainee *trainee, const struct question *q,
                            const char *name)
{
  enum { LOOKS = 7 };
  struct err err = { 0 };
  struct model_tensor tensor;
  double worst = 0;
  struct rng rng;
  rng_init(&rng, seed, "looks", 0);
  for (size_t i = 0; model_tensor_at(&q->model->config, i, &tensor); i++) {
    uint64_t n = (uint64_t)(tensor.dims[0] * tensor.dims[1]);
    float *got = mem_resize(NULL, n, sizeof *got);
    assert_ok(trainee_read(trainee, str_from(tensor.name), true, got, n, &err), err);
    double size = 0;
    for (uint64_t k = 0; k < n; k++)
      size = fmax(size, fabs((double)got[k]));
    for (int k = 0; k < LOOKS; k++) {
      uint64_t at = rng_below(&rng, (uint32_t)n);
      double exact = slope(q, &q->model->weights[i][at]);
      double apart = fabs((double)got[at] - exact) / fmax(size, 1e-3);
      if (!(apart <= 1e-3))
        fail_msg("%s: gradient of '%s' at %llu is %.9g, not %.9g", name, tensor.name,
                 (unsigned long long)at, (double)got[at], exact);
      worst = fmax(worst, apart);
    }
    free(got);
  }
  printf("%s: gradients at most %.2g apart\n", name, worst);
}

static const uint32_t lengths[] = { 5, 1, 9, 4 };

static void check_model(size_t i, const char *name)
{
  struct random_model model = random_model_make(models[i].config, WEIGHT_F32, seed, NULL);
  struct random_model other =
      random_model_make(models[i].config, WEIGHT_F32, seed + 1, NULL);
  const struct batch b =
      random_batch(lengths, COUNT(lengths), (uint32_t)model.config.vocab, i);
  struct trainee *trainee =
      open_trainee(model.dir, (struct trainee_options){ .recompute = models[i].recompute,
                                                        .vocab_chunk = models[i].chunk });
  struct trainee *frozen =
      open_trainee(other.dir, (struct trainee_options){ .kind = TRAINEE_FROZEN });
  struct results got;
  forward(trainee, frozen, &b, &got);
  const struct question q = { &model, &other, &b };
  struct exact exact = exact_of(&model, &other, &b);
  uint32_t n = b.starts[b.n];
  near(got.logp, exact.logp, n, 1e-4, name, "logp");
  near(got.ref_logp, exact.ref_logp, n, 1e-4, name, "reference logp");
  near(got.kl, exact.kl, n, 1e-4, name, "KL");
  backward(trainee, &b, true);
  check_gradients(trainee, &q, name);
  trainee_free(trainee);
  trainee_free(frozen);
  random_model_drop(&model);
  random_model_drop(&other);
}

static void test_gradients(void **state)
{
  (void)state;
  for (size_t i = 0; i < COUNT(models); i++)
    check_model(i, models[i].name);
}

/* With the kernels of devices that are no CPUs, as far as a CPU has them. */
static void test_other_kernels(void **state)
{
  (void)state;
  struct gpu_device_info *device =
      (struct gpu_device_info *)(uintptr_t)gpu_manager_device(manager);
  enum gpu_kind kind = device->kind;
  device->kind = GPU_KIND_OTHER;
  check_model(1, "other kernels, biases");
  check_model(4, "other kernels, qwen3");
  device->kind = kind;
}

static void test_value(void **state)
{
  (void)state;
  struct random_model model = random_model_make(VALUE_CONFIG, WEIGHT_F32, seed, NULL);
  const struct batch b = random_batch(lengths, COUNT(lengths), 37, 9);
  struct trainee *trainee =
      open_trainee(model.dir, (struct trainee_options){ .kind = TRAINEE_VALUE });
  struct results got;
  forward(trainee, NULL, &b, &got);
  const struct question q = { &model, NULL, &b };
  struct exact exact = exact_of(&model, NULL, &b);
  near(got.value, exact.value, b.starts[b.n], 1e-4, "value network", "value");
  backward(trainee, &b, false);
  check_gradients(trainee, &q, "value network");
  trainee_free(trainee);
  random_model_drop(&model);
}

int main(void)
{
  set_seed();
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_gradients),
    cmocka_unit_test(test_other_kernels),
    cmocka_unit_test(test_value),
  };
  return cmocka_run_group_tests(tests, open_device, close_device);
}
