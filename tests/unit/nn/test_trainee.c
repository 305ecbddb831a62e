/* What is trained against the plain reference in double precision: what comes forward,
 * every tensor's gradient, and what a step makes of it. */
#include "nn/model_tensors.h"
#include "reference/llama_grad.h"
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

struct question {
  const struct random_model *model, *reference;
  const struct batch *batch;
};

/* Of token t of a sequence, from the logits of the row before, which the loss's
 * derivatives replace. */
static void exact_token(const struct question *q, uint32_t t, double *row, double *theirs,
                        struct exact *out)
{
  const struct batch *b = q->batch;
  int vocab = q->model->config.vocab;
  double g_kl = q->reference ? (double)b->d_kl[t] : 0;
  log_softmax(row, vocab);
  log_softmax(theirs, vocab);
  out->logp[t] = row[b->tokens[t]];
  out->ref_logp[t] = theirs[b->tokens[t]];
  for (int k = 0; k < vocab; k++)
    out->kl[t] += exp(row[k]) * (row[k] - theirs[k]);
  for (int k = 0; k < vocab; k++) {
    double p = exp(row[k]), apart = row[k] - theirs[k];
    row[k] = (double)b->d_logp[t] * ((k == b->tokens[t]) - p) +
             g_kl * p * (apart - out->kl[t]);
  }
}

static void exact_value(const struct question *q, uint32_t t, double *value,
                        struct exact *out)
{
  out->value[t] = *value;
  *value = (double)q->batch->d_value[t];
}

/* `slopes`: the loss's derivatives with respect to logits or values. */
static void exact_sequence(const struct question *q, uint32_t s, double *slopes,
                           struct exact *out)
{
  static double other[MOST_TOKENS * MOST_VOCAB];
  const struct batch *b = q->batch;
  struct llama llama = random_model_llama(q->model);
  uint32_t first = b->starts[s], n = b->starts[s + 1] - first;
  uint32_t width = q->model->config.score ? 1 : (uint32_t)q->model->config.vocab;
  if (q->model->config.score)
    llama_values(&llama, b->tokens + first, (int)n, slopes);
  else
    llama_logits(&llama, b->tokens + first, (int)n, slopes);
  memcpy(other, slopes, sizeof other);
  if (q->reference) {
    struct llama reference = random_model_llama(q->reference);
    llama_logits(&reference, b->tokens + first, (int)n, other);
  }
  for (uint32_t i = 0; i < n; i++) {
    double *row = slopes + i * width;
    uint32_t t = first + i + 1;
    if (i + 1 == n || !b->wanted[t])
      memset(row, 0, width * sizeof *row);
    else if (q->model->config.score)
      exact_value(q, t, row, out);
    else
      exact_token(q, t, row, other + i * width, out);
  }
}

static struct exact exact_of(const struct question *q)
{
  static double slopes[MOST_TOKENS * MOST_VOCAB];
  struct exact out = { 0 };
  for (uint32_t s = 0; s < q->batch->n; s++)
    exact_sequence(q, s, slopes, &out);
  return out;
}

static double loss(const struct question *q)
{
  struct exact e = exact_of(q);
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
  float was = *at, above = was + 1e-4f, below = was - 1e-4f;
  *at = above;
  double high = loss(q);
  *at = below;
  double low = loss(q);
  *at = was;
  return (high - low) / ((double)above - (double)below);
}

/* ---- exact gradients ---- */

static uint64_t values_of(const struct question *q, size_t i)
{
  struct model_tensor tensor;
  assert_true(model_tensor_at(&q->model->config, i, &tensor));
  return (uint64_t)(tensor.dims[0] * tensor.dims[1]);
}

/* By tensor; free them and the list. */
static double **exact_gradients(const struct question *q)
{
  static double slopes[MOST_TOKENS * MOST_VOCAB];
  double **gradients = mem_resize(NULL, q->model->n, sizeof *gradients);
  struct llama llama = random_model_llama(q->model);
  struct exact unused = { 0 };
  for (size_t i = 0; i < q->model->n; i++)
    gradients[i] = calloc(values_of(q, i), sizeof **gradients);
  for (uint32_t s = 0; s < q->batch->n; s++) {
    uint32_t first = q->batch->starts[s], n = q->batch->starts[s + 1] - first;
    exact_sequence(q, s, slopes, &unused);
    llama_grad(&llama, q->batch->tokens + first, (int)n, slopes, gradients);
  }
  return gradients;
}

static void drop_gradients(const struct question *q, double **gradients)
{
  for (size_t i = 0; i < q->model->n; i++)
    free(gradients[i]);
  free(gradients);
}

static double most_of(const double *values, uint64_t n)
{
  double most = 0;
  for (uint64_t k = 0; k < n; k++)
    most = fmax(most, fabs(values[k]));
  return most;
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

/* All of them, against what is exact. */
static void check_gradients(struct trainee *trainee, const struct question *q,
                            const char *name)
{
  struct err err = { 0 };
  struct model_tensor tensor;
  double worst = 0, **exact = exact_gradients(q);
  double least = 1e-3 * most_of(exact[0], values_of(q, 0));
  for (size_t i = 0; model_tensor_at(&q->model->config, i, &tensor); i++) {
    uint64_t n = values_of(q, i);
    float *got = mem_resize(NULL, n, sizeof *got);
    assert_ok(trainee_read(trainee, str_from(tensor.name), true, got, n, &err), err);
    double size = fmax(most_of(exact[i], n), least);
    for (uint64_t k = 0; k < n; k++) {
      double apart = fabs((double)got[k] - exact[i][k]) / size;
      if (!(apart <= 1e-4))
        fail_msg("%s: gradient of '%s' at %llu is %.9g, not %.9g", name, tensor.name,
                 (unsigned long long)k, (double)got[k], exact[i][k]);
      worst = fmax(worst, apart);
    }
    free(got);
  }
  drop_gradients(q, exact);
  printf("%s: gradients at most %.2g apart\n", name, worst);
}

static const uint32_t lengths[] = { 5, 1, 9, 4 };

/* What is exact is the loss's slope. */
static void check_reference(const struct question *q, const char *name)
{
  enum { LOOKS = 3 };
  double **exact = exact_gradients(q), worst = 0;
  struct rng rng;
  rng_init(&rng, seed, "looks", 0);
  for (size_t i = 0; i < q->model->n; i++)
    for (int k = 0; k < LOOKS; k++) {
      uint64_t n = values_of(q, i), at = rng_below(&rng, (uint32_t)n);
      double is = slope(q, &q->model->weights[i][at]), size = most_of(exact[i], n);
      double apart = fabs(is - exact[i][at]) / fmax(size, 0.1);
      if (!(apart <= 1e-4))
        fail_msg("%s: the slope of tensor %zu at %llu is %.9g, not %.9g", name, i,
                 (unsigned long long)at, is, exact[i][at]);
      worst = fmax(worst, apart);
    }
  drop_gradients(q, exact);
  printf("%s: slopes at most %.2g apart\n", name, worst);
}

static void test_reference(void **state)
{
  (void)state;
  for (size_t i = 0; i <= COUNT(models); i++) {
    bool value = i == COUNT(models);
    const char *config = value ? VALUE_CONFIG : models[i].config;
    struct random_model model = random_model_make(config, WEIGHT_F32, seed, NULL);
    struct random_model other = random_model_make(config, WEIGHT_F32, seed + 1, NULL);
    const struct batch b =
        random_batch(lengths, COUNT(lengths), (uint32_t)model.config.vocab, i);
    const struct question q = { &model, value ? NULL : &other, &b };
    check_reference(&q, value ? "value network" : models[i].name);
    random_model_drop(&model);
    random_model_drop(&other);
  }
}

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
  struct exact exact = exact_of(&q);
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
  struct exact exact = exact_of(&q);
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
    cmocka_unit_test(test_reference),
    cmocka_unit_test(test_gradients),
    cmocka_unit_test(test_other_kernels),
    cmocka_unit_test(test_value),
  };
  return cmocka_run_group_tests(tests, open_device, close_device);
}
