/* What is saved: a folder that is a model, and a state to go on from. */
#include "trainee_runs.h"

static void test_going_on(void **state)
{
  (void)state;
  struct err err = { 0 };
  struct random_model model = make_model(untied_config, 0);
  struct random_model small = make_model(tied_config, 0);
  struct trainee *whole = open_trainee(model.dir, (struct trainee_options){ 0 });
  struct trainee *fresh = open_trainee(model.dir, (struct trainee_options){ 0 });
  struct trainee *wrong = open_trainee(small.dir, (struct trainee_options){ 0 });
  char path[128];
  snprintf(path, sizeof path, "%s/between", model.dir);
  (void)learn(whole, NULL, 0);
  (void)learn(whole, NULL, 1);
  assert_ok(trainee_save_state(whole, path, &err), err);
  (void)learn(whole, NULL, 2);
  assert_ok(trainee_load_state(fresh, path, &err), err);
  assert_int_equal(trainee_steps(fresh), 2);
  (void)learn(fresh, NULL, 2);
  same_state(whole, fresh, model.dir, true);
  assert_int_equal(trainee_load_state(wrong, path, &err), -1);
  assert_int_equal(err.code, ERR_DATA);
  assert_non_null(strstr(err.msg, "another model"));
  assert_int_equal(unlink(path), 0);
  trainee_free(whole);
  trainee_free(fresh);
  trainee_free(wrong);
  random_model_drop(&model);
  random_model_drop(&small);
}

/* What was damaged on the way is refused, and changes nothing. */
static void test_damaged(void **state)
{
  (void)state;
  struct err err = { 0 };
  struct random_model model = make_model(tied_config, 0);
  struct trainee *trainee = open_trainee(model.dir, (struct trainee_options){ 0 });
  struct trainee *other = open_trainee(model.dir, (struct trainee_options){ 0 });
  char path[128];
  snprintf(path, sizeof path, "%s/damaged", model.dir);
  (void)learn(trainee, NULL, 0);
  struct buf bytes = state_of(trainee, model.dir);
  memset(bytes.ptr + bytes.len - 1000, 0xff, 900); /* NaNs, a moment or the steps */
  assert_ok(fs_write(path, buf_str(&bytes), &err), err);
  assert_int_equal(trainee_load_state(other, path, &err), -1);
  assert_int_equal(err.code, ERR_DATA);
  buf_truncate(&bytes, bytes.len / 2);
  assert_ok(fs_write(path, buf_str(&bytes), &err), err);
  assert_int_equal(trainee_load_state(other, path, &err), -1);
  assert_int_equal(err.code, ERR_DATA);
  assert_int_equal(trainee_save(other, path, &err), -1); /* a file is no folder */
  (void)learn(other, NULL, 0);
  same_state(trainee, other, model.dir, true);
  buf_release(&bytes);
  assert_int_equal(unlink(path), 0);
  trainee_free(trainee);
  trainee_free(other);
  random_model_drop(&model);
}

/* ---- what is saved ---- */

static void drop_folder(const char *dir)
{
  static const char *const names[] = { "config.json", "model.safetensors" };
  for (size_t i = 0; i < COUNT(names); i++) {
    char path[160];
    snprintf(path, sizeof path, "%s/%s", dir, names[i]);
    assert_int_equal(unlink(path), 0);
  }
  assert_int_equal(rmdir(dir), 0); /* and nothing else was left */
}

/* The model's own log-probabilities are the trainee's. */
static void compare_with_model(struct trainee *trainee, const char *dir)
{
  struct model_options options = { .max_sequences = 1 };
  struct model *model = model_test_open(manager, dir, &options);
  static const uint32_t one[] = { 30 };
  struct batch b = random_batch(one, 1, 37, 8);
  struct results got;
  forward(trainee, NULL, &b, &got);
  struct model_text text = { b.tokens, one[0] };
  float *logits = model_test_logits(model, &text, 0, one[0]);
  for (uint32_t t = 1; t < one[0]; t++) {
    const float *row = logits + (size_t)(t - 1) * 37;
    /* both round in 32 bits, in other orders: apart by a share of the largest logit */
    double sum = 0, largest = 1;
    for (int k = 0; k < 37; k++) {
      sum += exp((double)row[k]);
      largest = fmax(largest, fabs((double)row[k]));
    }
    double logp = b.wanted[t] ? (double)row[b.tokens[t]] - log(sum) : 0;
    if (!(fabs((double)got.logp[t] - logp) <= 1e-5 * largest))
      fail_msg("logp of token %u is %.9g, the model's %.9g", t, (double)got.logp[t],
               logp);
  }
  free(logits);
  model_free(model);
}

static void same_config(const struct model_config *a, const struct model_config *b)
{
  assert_int_equal(a->arch, b->arch);
  assert_int_equal(a->hidden, b->hidden);
  assert_int_equal(a->head_dim, b->head_dim);
  assert_int_equal(a->max_positions, b->max_positions);
  assert_int_equal(a->sliding_window, b->sliding_window);
  assert_int_equal(a->tied, b->tied);
  assert_int_equal(a->qkv_bias, b->qkv_bias);
  assert_int_equal(a->o_bias, b->o_bias);
  assert_int_equal(a->mlp_bias, b->mlp_bias);
  assert_int_equal(a->bos, b->bos);
  assert_int_equal(a->n_eos, b->n_eos);
  assert_memory_equal(a->eos, b->eos, sizeof a->eos);
  assert_true(a->rms_eps == b->rms_eps);
  assert_memory_equal(&a->rope, &b->rope, sizeof a->rope);
}

static void test_saved(void **state)
{
  (void)state;
  static const char *const configs[] = {
    tied_config,
    untied_config,
    CONFIG("LlamaForCausalLM", SIZES(20, 19, 5, 5, 37),
           "\"tie_word_embeddings\":false,\"attention_bias\":true,\"mlp_bias\":true,"
           "\"rope_scaling\":{\"rope_type\":\"llama3\",\"factor\":8,"
           "\"low_freq_factor\":1,\"high_freq_factor\":4,"
           "\"original_max_position_embeddings\":8}"),
    CONFIG("MistralForCausalLM", SIZES(16, 24, 4, 1, 37),
           "\"tie_word_embeddings\":false,\"sliding_window\":48,"
           "\"rope_scaling\":{\"rope_type\":\"yarn\",\"factor\":8,"
           "\"original_max_position_embeddings\":8}"),
  };
  for (size_t i = 0; i < COUNT(configs); i++) {
    struct err err = { 0 };
    struct random_model random = make_model(configs[i], 0);
    struct trainee *trainee = open_trainee(random.dir, (struct trainee_options){ 0 });
    char dir[128];
    snprintf(dir, sizeof dir, "%s/saved", random.dir);
    compare_with_model(trainee, random.dir);
    assert_ok(trainee_save(trainee, dir, &err), err);
    (void)learn(trainee, NULL, 0);
    assert_ok(trainee_save(trainee, dir, &err), err); /* over what was there */
    compare_with_model(trainee, dir);
    struct checkpoint *checkpoint = checkpoint_open(dir, &err);
    assert_non_null(checkpoint);
    same_config(checkpoint_config(checkpoint), &random.config);
    checkpoint_close(checkpoint);
    trainee_free(trainee);
    drop_folder(dir);
    random_model_drop(&random);
  }
}

/* A value network of a language model: its head begins at zero and learns. */
static void test_new_value(void **state)
{
  (void)state;
  struct err err = { 0 };
  struct random_model random = make_model(untied_config, 0);
  struct trainee *trainee =
      open_trainee(random.dir, (struct trainee_options){ .kind = TRAINEE_VALUE });
  const struct batch b = some_batch(0);
  struct results got, again;
  char dir[128];
  forward(trainee, NULL, &b, &got);
  for (uint32_t i = 0; i < b.starts[b.n]; i++)
    assert_true(got.value[i] == 0);
  (void)learn(trainee, NULL, 0);
  forward(trainee, NULL, &b, &got);
  snprintf(dir, sizeof dir, "%s/saved", random.dir);
  assert_ok(trainee_save(trainee, dir, &err), err);
  trainee_free(trainee);
  trainee = open_trainee(dir, (struct trainee_options){ .kind = TRAINEE_VALUE });
  forward(trainee, NULL, &b, &again);
  assert_memory_equal(got.value, again.value, b.starts[b.n] * sizeof(float));
  double most = 0;
  for (uint32_t i = 0; i < b.starts[b.n]; i++)
    most = fmax(most, fabs((double)got.value[i]));
  assert_true(most > 1e-3);
  trainee_free(trainee);
  struct checkpoint *checkpoint = checkpoint_open(dir, &err);
  assert_non_null(checkpoint);
  assert_null(trainee_create(manager, checkpoint, NULL, &err));
  assert_int_equal(err.code, ERR_DATA);
  checkpoint_close(checkpoint);
  drop_folder(dir);
  random_model_drop(&random);
}

int main(void)
{
  set_seed();
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_going_on),
    cmocka_unit_test(test_damaged),
    cmocka_unit_test(test_saved),
    cmocka_unit_test(test_new_value),
  };
  return cmocka_run_group_tests(tests, open_device, close_device);
}
