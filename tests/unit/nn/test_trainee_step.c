/* What a step makes of gradients, and what is promised to the bit. */
#include "nn/model_tensors.h"
#include "trainee_runs.h"

static float *read_tensor(struct trainee *trainee, const struct model_tensor *tensor,
                          bool gradient)
{
  struct err err = { 0 };
  uint64_t n = (uint64_t)(tensor->dims[0] * tensor->dims[1]);
  float *values = mem_resize(NULL, n, sizeof *values);
  assert_ok(trainee_read(trainee, str_from(tensor->name), gradient, values, n, &err),
            err);
  return values;
}

/* ---- to the bit ---- */

/* A sequence's numbers, whatever it is packed with. */
static void test_packing(void **state)
{
  (void)state;
  static const uint32_t all[] = { 7, 3, 11, 1, 20, 9 };
  struct random_model model = make_model(untied_config, 0);
  struct random_model other = make_model(untied_config, 1);
  struct trainee *trainee = open_trainee(model.dir, (struct trainee_options){ 0 });
  struct trainee *frozen =
      open_trainee(other.dir, (struct trainee_options){ .kind = TRAINEE_FROZEN });
  struct results packed, alone;
  const struct batch b = random_batch(all, COUNT(all), 37, 0);
  forward(trainee, frozen, &b, &packed);
  for (uint32_t s = 0; s < b.n; s++) {
    struct batch one = { .n = 1, .starts = { 0, all[s] } };
    memcpy(one.tokens, b.tokens + b.starts[s], all[s] * sizeof *one.tokens);
    memcpy(one.wanted, b.wanted + b.starts[s], all[s]);
    forward(trainee, frozen, &one, &alone);
    size_t bytes = all[s] * sizeof(float);
    assert_memory_equal(packed.logp + b.starts[s], alone.logp, bytes);
    assert_memory_equal(packed.ref_logp + b.starts[s], alone.ref_logp, bytes);
    assert_memory_equal(packed.kl + b.starts[s], alone.kl, bytes);
  }
  trainee_free(trainee);
  trainee_free(frozen);
  random_model_drop(&model);
  random_model_drop(&other);
}

/* Twice the same, and with activations made again; another order of batches is not. */
static void test_same_bytes(void **state)
{
  (void)state;
  struct random_model model = make_model(tied_config, 0);
  struct random_model other = make_model(tied_config, 1);
  struct trainee *frozen =
      open_trainee(other.dir, (struct trainee_options){ .kind = TRAINEE_FROZEN });
  struct trainee *trainees[4];
  for (int i = 0; i < 4; i++) {
    struct trainee_options options = { .recompute = i == 2, .decay = 0.1 };
    trainees[i] = open_trainee(model.dir, options);
    (void)learn(trainees[i], frozen, i == 3);
    (void)learn(trainees[i], NULL, i != 3);
    (void)learn(trainees[i], frozen, 2);
  }
  same_state(trainees[0], trainees[1], model.dir, true);
  same_state(trainees[0], trainees[2], model.dir, true);
  same_state(trainees[0], trainees[3], model.dir, false);
  for (int i = 0; i < 4; i++)
    trainee_free(trainees[i]);
  trainee_free(frozen);
  random_model_drop(&model);
  random_model_drop(&other);
}

/* ---- a step ---- */

struct moments {
  double m, v;
};

/* One weight by the paper's algorithm, in double precision. */
static double adamw(double weight, double gradient, struct moments *to, int step,
                    double decay)
{
  to->m = 0.9 * to->m + 0.1 * gradient;
  to->v = 0.95 * to->v + 0.05 * gradient * gradient;
  double m = to->m / (1 - pow(0.9, step)), v = to->v / (1 - pow(0.95, step));
  return weight - 0.01 * (m / (sqrt(v) + 1e-8) + decay * weight);
}

struct tracked {
  double *weights;
  struct moments *moments;
};

/* Follows all tensors through one step. */
static void follow(struct trainee *trainee, const struct random_model *model,
                   struct tracked *tracked, int step, double clip)
{
  struct err err = { 0 };
  struct model_tensor tensor;
  const struct batch b = some_batch((uint64_t)step);
  struct results got;
  double norm, squares = 0;
  float *gradients[64];
  forward(trainee, NULL, &b, &got);
  backward(trainee, &b, false);
  for (size_t i = 0; model_tensor_at(&model->config, i, &tensor); i++) {
    gradients[i] = read_tensor(trainee, &tensor, true);
    for (int64_t k = 0; k < tensor.dims[0] * tensor.dims[1]; k++)
      squares += (double)gradients[i][k] * (double)gradients[i][k];
  }
  assert_ok(trainee_step(trainee, 0.01, clip, &norm, &err), err);
  assert_true(fabs(norm - sqrt(squares)) <= 1e-5 * norm);
  double times = clip > 0 && norm > clip ? clip / norm : 1;
  for (size_t i = 0; model_tensor_at(&model->config, i, &tensor); i++) {
    float *now = read_tensor(trainee, &tensor, false);
    float *after = read_tensor(trainee, &tensor, true);
    for (int64_t k = 0; k < tensor.dims[0] * tensor.dims[1]; k++) {
      double *weight = &tracked[i].weights[k];
      *weight = adamw(*weight, times * (double)gradients[i][k], &tracked[i].moments[k],
                      step, tensor.n_dims == 2 ? 0.1 : 0);
      if (!(fabs((double)now[k] - *weight) <= 2e-5) || after[k] != 0)
        fail_msg("%s %lld after step %d: %.9g, not %.9g", tensor.name, (long long)k, step,
                 (double)now[k], *weight);
    }
    free(now);
    free(after);
    free(gradients[i]);
  }
}

static void test_step(void **state)
{
  (void)state;
  struct random_model model = make_model(untied_config, 0);
  struct trainee *trainee =
      open_trainee(model.dir, (struct trainee_options){ .decay = 0.1 });
  struct tracked tracked[64] = { 0 };
  struct model_tensor tensor;
  for (size_t i = 0; model_tensor_at(&model.config, i, &tensor); i++) {
    size_t n = (size_t)(tensor.dims[0] * tensor.dims[1]);
    tracked[i].weights = mem_resize(NULL, n, sizeof(double));
    tracked[i].moments = calloc(n, sizeof *tracked[i].moments);
    for (size_t k = 0; k < n; k++)
      tracked[i].weights[k] = (double)model.weights[i][k];
  }
  follow(trainee, &model, tracked, 1, 0);
  follow(trainee, &model, tracked, 2, 0.5);
  follow(trainee, &model, tracked, 3, 1e9);
  assert_int_equal(trainee_steps(trainee), 3);
  for (size_t i = 0; i < model.n; i++) {
    free(tracked[i].weights);
    free(tracked[i].moments);
  }
  trainee_free(trainee);
  random_model_drop(&model);
}

/* A gradient that is not finite leaves everything as it was, and is gone. */
static void test_not_finite(void **state)
{
  (void)state;
  struct err err = { 0 };
  struct random_model model = make_model(tied_config, 0);
  struct trainee *trainee = open_trainee(model.dir, (struct trainee_options){ 0 });
  struct trainee *other = open_trainee(model.dir, (struct trainee_options){ 0 });
  struct batch bad = some_batch(5);
  struct results got;
  double norm = 0;
  (void)learn(trainee, NULL, 0);
  (void)learn(other, NULL, 0);
  for (uint32_t i = 0; i < bad.starts[bad.n]; i++)
    bad.d_logp[i] = i % 2 ? INFINITY : NAN;
  forward(trainee, NULL, &bad, &got);
  backward(trainee, &bad, false);
  assert_ok(trainee_step(trainee, 1e-2, 1, &norm, &err), err);
  assert_false(isfinite(norm));
  same_state(trainee, other, model.dir, true);
  (void)learn(trainee, NULL, 1);
  (void)learn(other, NULL, 1);
  same_state(trainee, other, model.dir, true);
  trainee_free(trainee);
  trainee_free(other);
  random_model_drop(&model);
}

/* Two batches add up to what both are in one; one without actions adds nothing. */
static void test_adding_up(void **state)
{
  (void)state;
  struct random_model model = make_model(tied_config, 0);
  struct trainee *apart = open_trainee(model.dir, (struct trainee_options){ 0 });
  struct trainee *together = open_trainee(model.dir, (struct trainee_options){ 0 });
  const struct batch both = some_batch(3);
  struct results got;
  struct model_tensor tensor;
  for (uint32_t s = 0; s < both.n; s++) {
    uint32_t first = both.starts[s], n = both.starts[s + 1] - first;
    struct batch one = { .n = 1, .starts = { 0, n } };
    memcpy(one.tokens, both.tokens + first, n * sizeof *one.tokens);
    memcpy(one.wanted, both.wanted + first, n);
    memcpy(one.d_logp, both.d_logp + first, n * sizeof *one.d_logp);
    forward(apart, NULL, &one, &got);
    backward(apart, &one, false);
  }
  forward(together, NULL, &both, &got);
  backward(together, &both, false);
  for (size_t i = 0; model_tensor_at(&model.config, i, &tensor); i++) {
    float *a = read_tensor(apart, &tensor, true),
          *b = read_tensor(together, &tensor, true);
    for (int64_t k = 0; k < tensor.dims[0] * tensor.dims[1]; k++)
      if (!(fabsf(a[k] - b[k]) <= 1e-5f * (1 + fabsf(b[k]))))
        fail_msg("%s %lld: %.9g, not %.9g", tensor.name, (long long)k, (double)a[k],
                 (double)b[k]);
    free(a);
    free(b);
  }
  trainee_free(apart);
  trainee_free(together);
  random_model_drop(&model);
}

/* ---- memory ---- */

static uint64_t total(const struct trainee *trainee)
{
  struct trainee_memory m = trainee_memory(trainee);
  return m.weights + m.gradients + m.moments + m.activations + m.other;
}

static void test_memory(void **state)
{
  (void)state;
  struct err err = { 0 };
  struct random_model random = make_model(untied_config, 0);
  uint64_t before = gpu_manager_memory(manager).used;
  struct trainee *trainee = open_trainee(random.dir, (struct trainee_options){ 0 });
  uint64_t taken = gpu_manager_memory(manager).used - before;
  struct trainee *again =
      open_trainee(random.dir, (struct trainee_options){ .recompute = true });
  struct trainee *frozen =
      open_trainee(random.dir, (struct trainee_options){ .kind = TRAINEE_FROZEN });
  struct trainee_memory m = trainee_memory(trainee), f = trainee_memory(frozen);
  assert_true(total(trainee) <= taken && taken <= total(trainee) + 100 * 256);
  assert_int_equal(m.gradients, m.weights);
  assert_int_equal(m.moments, 2 * m.weights);
  assert_int_equal(f.weights, m.weights);
  assert_int_equal(f.gradients + f.moments, 0);
  assert_true(f.activations < trainee_memory(again).activations);
  assert_true(trainee_memory(again).activations < m.activations);
  trainee_free(trainee);
  trainee_free(again);
  trainee_free(frozen);
  assert_int_equal(gpu_manager_memory(manager).used, before);
  struct checkpoint *checkpoint = checkpoint_open(random.dir, &err);
  assert_non_null(checkpoint);
  const struct trainee_options huge = { .max_rows = 400000 };
  assert_null(trainee_create(manager, checkpoint, &huge, &err));
  assert_int_equal(err.code, ERR_ENV);
  checkpoint_close(checkpoint);
  random_model_drop(&random);
}

/* 120000 rows of 400 layers take 110 GB. */
static void test_refused(void **state)
{
  (void)state;
  struct err err = { 0 };
  if (gpu_manager_memory(manager).heap > (uint64_t)100 << 30)
    skip();
  struct random_model random = make_model(
      "{\"architectures\":[\"LlamaForCausalLM\"],\"hidden_size\":16,"
      "\"intermediate_size\":128,\"num_attention_heads\":2,\"num_hidden_layers\":400,"
      "\"vocab_size\":37,\"max_position_embeddings\":64,"
      "\"tie_word_embeddings\":true}",
      0);
  uint64_t before = gpu_manager_memory(manager).used;
  struct checkpoint *checkpoint = checkpoint_open(random.dir, &err);
  assert_non_null(checkpoint);
  const struct trainee_options huge = { .max_rows = 120000 };
  assert_null(trainee_create(manager, checkpoint, &huge, &err));
  assert_int_equal(err.code, ERR_ENV);
  assert_non_null(strstr(err.msg, "activations of 120000 rows"));
  assert_int_equal(gpu_manager_memory(manager).used, before);
  checkpoint_close(checkpoint);
  random_model_drop(&random);
}

int main(void)
{
  set_seed();
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_packing),   cmocka_unit_test(test_same_bytes),
    cmocka_unit_test(test_step),      cmocka_unit_test(test_not_finite),
    cmocka_unit_test(test_adding_up),

    cmocka_unit_test(test_memory),    cmocka_unit_test(test_refused),
  };
  return cmocka_run_group_tests(tests, open_device, close_device);
}
