/* Steps and loops over toy networks: packs add up to their batch, the actor sees the
 * values of before the critic's step, a run that was stopped anywhere comes to the same
 * bytes, and numbers that are none stop it with the last checkpoint kept. */
#include "toy_network.h"

#include "train/loop.h"

static struct err err;

struct setting {
  struct recipe recipe;
  struct arena arena;
  struct dataset dataset;
  struct example_list examples;
  struct batch_source source;
  struct trajectory *trajectories;
  struct toy policy, value;
  struct train_loop loop;
};

enum { SEQUENCES = 20 };

static void choose(struct setting *s)
{
  switch (s->recipe.kind) {
  case RECIPE_RFT:
    assert_ok(examples_solved(&s->examples, &s->dataset, &err), err);
    break;
  case RECIPE_DPO:
    assert_ok(examples_pairs(&s->examples, &s->dataset, 6, 1, &err), err);
    break;
  case RECIPE_KTO:
    assert_ok(examples_mismatched(&s->examples, &s->dataset, 64, 1, &err), err);
    break;
  default: assert_ok(examples_all(&s->examples, &s->dataset, &err), err);
  }
}

static void make(struct setting *s, const char *algo, size_t rows)
{
  *s = (struct setting){ .policy = toy_make(), .value = toy_make() };
  options_default(recipe_options, &s->recipe, &s->arena);
  s->recipe.init = s->recipe.out = "x";
  texts_add(&s->recipe.data, "x", &s->arena);
  s->recipe.rate = 0.5;
  s->recipe.epochs = 3;
  assert_ok(recipe_check(&s->recipe, algo, &s->arena, &err), err);
  toy_dataset(&s->dataset, SEQUENCES);
  choose(s);
  s->trajectories = ARENA_NEW(&s->arena, struct trajectory, SEQUENCES);
  for (size_t i = 0; i < SEQUENCES; i++)
    s->trajectories[i] = (struct trajectory){ .source = STR("toy.jsonl"), .line = i + 1 };
  s->source = (struct batch_source){ &s->dataset, &s->examples, 6, rows, 3 };
  s->loop = (struct train_loop){ .recipe = &s->recipe,
                                 .source = &s->source,
                                 .trajectories = s->trajectories,
                                 .policy = toy_network(&s->policy),
                                 .quiet = true };
  if (recipe_needs_value(&s->recipe))
    s->loop.value = toy_network(&s->value);
}

static void drop(struct setting *s)
{
  example_list_release(&s->examples);
  dataset_release(&s->dataset);
  arena_release(&s->arena);
}

static const char *const algos[] = { "sft", "rft", "dpo", "kto", "oreo" };

/* ---- steps ---- */

static struct step_result one_step(struct setting *s, struct step_rates rates)
{
  struct step_maker maker = { .policy = s->loop.policy,
                              .value = s->loop.value,
                              .options = { .objective = recipe_objective(&s->recipe),
                                           .settings = recipe_settings(&s->recipe),
                                           .whole = s->recipe.kind == RECIPE_KTO } };
  struct epoch epoch;
  struct batch batch = { 0 };
  struct step_result result;
  epoch_init(&epoch, &s->source, 0);
  batch_fill(&batch, &s->source, &epoch, 0);
  assert_ok(step_run(&maker, &batch, &rates, &result, &err), err);
  epoch_release(&epoch);
  batch_release(&batch);
  step_maker_release(&maker);
  return result;
}

static void near(double a, double b)
{
  if (isnan(a) && isnan(b))
    return;
  if (!(fabs(a - b) <= 1e-6 * (1 + fabs(a))))
    fail_msg("%.9g and %.9g", a, b);
}

static void packs_add_up_to_their_batch(void **state)
{
  (void)state;
  for (size_t i = 0; i < COUNT(algos); i++) {
    struct setting whole, parts;
    struct step_rates rates = { .policy = 1, .value = 1 };
    make(&whole, algos[i], 4096);
    make(&parts, algos[i], 26);
    struct step_result a = one_step(&whole, rates), b = one_step(&parts, rates);
    assert_int_equal(whole.policy.n_forward, 1);
    assert_true(parts.policy.n_forward > 1);
    assert_true(a.finite && b.finite && a.norm > 0);
    assert_int_equal(a.n_units, b.n_units);
    assert_int_equal(a.n_actions, b.n_actions);
    near(a.loss, b.loss);
    near(a.kl, b.kl);
    near(a.accuracy, b.accuracy);
    near(a.margin, b.margin);
    near(a.value_loss, b.value_loss);
    near(a.norm, b.norm);
    for (int k = 0; k < TOY_IDS; k++) {
      near(whole.policy.weights[k], parts.policy.weights[k]);
      near(whole.value.weights[k], parts.value.weights[k]);
    }
    drop(&whole);
    drop(&parts);
  }
}

static void the_actor_sees_the_values_of_before(void **state)
{
  struct setting slow, fast;
  (void)state;
  make(&slow, "oreo", 26);
  make(&fast, "oreo", 26);
  one_step(&slow, (struct step_rates){ .policy = 1, .value = 0 });
  one_step(&fast, (struct step_rates){ .policy = 1, .value = 5 });
  assert_memory_equal(slow.policy.weights, fast.policy.weights,
                      sizeof slow.policy.weights);
  assert_memory_not_equal(slow.value.weights, fast.value.weights,
                          sizeof slow.value.weights);
  drop(&slow);
  drop(&fast);
}

static void the_value_network_may_go_alone(void **state)
{
  struct setting s;
  struct toy before = toy_make();
  (void)state;
  make(&s, "oreo", 26);
  struct step_rates rates = { .policy = 1, .value = 1, .value_only = true };
  struct step_result result = one_step(&s, rates);
  assert_memory_equal(s.policy.weights, before.weights, sizeof before.weights);
  assert_memory_not_equal(s.value.weights, before.weights, sizeof before.weights);
  assert_true(isnan(result.norm) && result.value_norm > 0 && result.finite);
  for (int i = 0; i < TOY_IDS; i++) /* nothing is left over for the next step */
    assert_true(s.policy.gradients[i] == 0);
  drop(&s);
}

/* The one-step residual is the policy's alone. */
static void one_step_is_the_policys(void **state)
{
  struct setting sum, one;
  struct step_rates rates = { .policy = 1, .value = 1 };
  (void)state;
  make(&sum, "oreo", 26);
  make(&one, "oreo", 26);
  one.recipe.one_step = true;
  one_step(&sum, rates);
  one_step(&one, rates);
  assert_memory_equal(sum.value.weights, one.value.weights, sizeof sum.value.weights);
  assert_memory_not_equal(sum.policy.weights, one.policy.weights,
                          sizeof sum.policy.weights);
  drop(&sum);
  drop(&one);
}

static void a_step_goes_down(void **state)
{
  (void)state;
  for (size_t i = 0; i < COUNT(algos); i++) {
    struct setting s;
    make(&s, algos[i], 4096);
    struct step_rates rates = { .policy = 0.05, .value = 0.05 };
    double first = one_step(&s, rates).loss, last = first;
    for (int k = 0; k < 30; k++)
      last = one_step(&s, rates).loss;
    if (!(last < first))
      fail_msg("%s: the loss goes from %g to %g", algos[i], first, last);
    drop(&s);
  }
}

/* ---- loops ---- */

static void read_all(struct buf *out, const char *dir, const char *name)
{
  char path[512];
  snprintf(path, sizeof path, "%s/%s", dir, name);
  buf_init(out, 1 << 20);
  assert_ok(fs_read(path, out, &err), err);
}

static void same_file(const char *a, const char *b, const char *name)
{
  struct buf x, y;
  read_all(&x, a, name);
  read_all(&y, b, name);
  assert_int_equal(x.len, y.len);
  assert_memory_equal(x.ptr, y.ptr, x.len);
  buf_release(&x);
  buf_release(&y);
}

static void remove_all(const char *dir)
{
  char command[600];
  snprintf(command, sizeof command, "rm -rf '%s'", dir);
  assert_int_equal(system(command), 0);
}

struct stopper {
  int left; /* steps until it says stop */
};

static bool stop_now(void *context)
{
  struct stopper *stopper = context;
  return stopper->left-- == 0;
}

static int run(struct setting *s, const char *dir, struct train_progress *progress)
{
  s->loop.dir = dir;
  return train_run(&s->loop, progress, &err);
}

static void a_stopped_run_comes_to_the_same_bytes(void **state)
{
  (void)state;
  for (size_t i = 0; i < COUNT(algos); i++) {
    struct setting s;
    struct train_progress done, again;
    char whole[64], parts[64];
    snprintf(whole, sizeof whole, "%s", test_folder());
    make(&s, algos[i], 64);
    assert_ok(run(&s, whole, &done), err);
    assert_int_equal(done.step, train_total(&s.recipe, &s.source));
    drop(&s);
    snprintf(parts, sizeof parts, "%s", test_folder());
    for (int steps = 1, rc = -1; rc < 0; steps = 1 + steps % 3) {
      struct stopper stopper = { steps };
      make(&s, algos[i], 64);
      s.recipe.save_every = 2;
      s.loop.stop = stop_now;
      s.loop.context = &stopper;
      rc = run(&s, parts, &again);
      if (rc < 0)
        assert_int_equal(err.code, ERR_INTERRUPTED);
      drop(&s);
    }
    assert_int_equal(done.tokens, again.tokens);
    assert_int_equal(done.actions, again.actions);
    same_file(whole, parts, "weights");
    same_file(whole, parts, "log.jsonl");
    if (strcmp(algos[i], "oreo") == 0)
      same_file(whole, parts, "value/weights");
    remove_all(whole);
    remove_all(parts);
  }
}

static bool is_there(const char *dir, const char *name)
{
  char path[512];
  snprintf(path, sizeof path, "%s/%s", dir, name);
  return fs_exists(path);
}

static void a_number_that_is_none_stops_it(void **state)
{
  struct setting s;
  struct train_progress progress;
  char dir[64];
  (void)state;
  snprintf(dir, sizeof dir, "%s", test_folder());
  make(&s, "sft", 4096);
  s.recipe.save_every = 2;
  s.dataset.ids[s.dataset.sequences[7].first + 3] = TOY_IDS - 1; /* an action of line 8 */
  s.policy.poisoned = TOY_IDS - 1;
  s.policy.poison_from = 5; /* the second epoch begins with the fifth batch */
  assert_int_equal(run(&s, dir, &progress), -1);
  assert_int_equal(err.code, ERR_DATA);
  assert_non_null(strstr(err.msg, "(epoch 2, batch "));
  assert_non_null(strstr(err.msg, "the loss is not finite, at 'toy.jsonl' line 8;"));
  assert_non_null(strstr(err.msg, "the last good one is checkpoint-"));
  assert_true(progress.step >= 4 && progress.step < 8);
  assert_true(is_there(dir, "checkpoint-4") || is_there(dir, "checkpoint-6"));
  assert_false(is_there(dir, "weights"));
  for (int i = 0; i < TOY_IDS; i++)
    assert_true(isfinite(s.policy.weights[i]));
  drop(&s);
  remove_all(dir);
}

static void a_full_disk_leaves_the_checkpoint_before(void **state)
{
  struct setting s;
  struct train_progress progress;
  char dir[64], whole[64];
  (void)state;
  snprintf(dir, sizeof dir, "%s", test_folder());
  snprintf(whole, sizeof whole, "%s", test_folder());
  make(&s, "oreo", 64);
  s.recipe.save_every = 2;
  s.policy.fail_save_at = 3;
  assert_int_equal(run(&s, dir, &progress), -1);
  assert_int_equal(err.code, ERR_ENV);
  assert_true(is_there(dir, "checkpoint-4/progress.json"));
  assert_false(is_there(dir, "checkpoint-6") || is_there(dir, "checkpoint-6.part"));
  assert_false(is_there(dir, "checkpoint-2"));
  drop(&s);
  make(&s, "oreo", 64);
  assert_ok(run(&s, dir, &progress), err);
  drop(&s);
  make(&s, "oreo", 64);
  assert_ok(run(&s, whole, &progress), err);
  drop(&s);
  same_file(whole, dir, "weights");
  same_file(whole, dir, "value/weights");
  same_file(whole, dir, "log.jsonl");
  remove_all(dir);
  remove_all(whole);
}

static int fail_to_conclude(void *context, const struct train_progress *progress,
                            struct err *why)
{
  (void)context;
  (void)progress;
  return err_set(why, ERR_ENV, "cut off");
}

/* What was cut off at the very end is there when it is done again. */
static void the_last_checkpoint_outlives_the_end(void **state)
{
  struct setting s;
  struct train_progress progress;
  char dir[64];
  (void)state;
  snprintf(dir, sizeof dir, "%s", test_folder());
  make(&s, "sft", 64);
  s.loop.conclude = fail_to_conclude;
  assert_int_equal(run(&s, dir, &progress), -1);
  assert_true(is_there(dir, "checkpoint-12"));
  drop(&s);
  make(&s, "sft", 64);
  assert_ok(run(&s, dir, &progress), err);
  assert_int_equal(s.policy.n_forward, 0);
  assert_int_equal(progress.step, 12);
  assert_false(is_there(dir, "checkpoint-12"));
  drop(&s);
  remove_all(dir);
}

static void old_checkpoints_go(void **state)
{
  struct setting s;
  struct train_progress progress;
  char dir[64];
  (void)state;
  for (int keep = 0; keep < 3; keep++) {
    snprintf(dir, sizeof dir, "%s", test_folder());
    make(&s, "sft", 64);
    s.recipe.save_every = 3;
    s.recipe.keep = keep;
    assert_ok(run(&s, dir, &progress), err);
    assert_int_equal(progress.step, 12);
    assert_true(is_there(dir, "checkpoint-12") == (keep > 0));
    assert_true(is_there(dir, "checkpoint-9") == (keep > 1));
    assert_false(is_there(dir, "checkpoint-6"));
    drop(&s);
    remove_all(dir);
  }
}

static void steps_end_it_before_the_epochs(void **state)
{
  struct setting s;
  (void)state;
  make(&s, "sft", 64);
  assert_int_equal(train_total(&s.recipe, &s.source), 12);
  s.recipe.steps = 5;
  assert_int_equal(train_total(&s.recipe, &s.source), 5);
  s.recipe.steps = 50;
  assert_int_equal(train_total(&s.recipe, &s.source), 12);
  drop(&s);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(packs_add_up_to_their_batch),
    cmocka_unit_test(the_actor_sees_the_values_of_before),
    cmocka_unit_test(the_value_network_may_go_alone),
    cmocka_unit_test(one_step_is_the_policys),
    cmocka_unit_test(a_step_goes_down),
    cmocka_unit_test(a_stopped_run_comes_to_the_same_bytes),
    cmocka_unit_test(a_number_that_is_none_stops_it),
    cmocka_unit_test(a_full_disk_leaves_the_checkpoint_before),
    cmocka_unit_test(the_last_checkpoint_outlives_the_end),
    cmocka_unit_test(old_checkpoints_go),
    cmocka_unit_test(steps_end_it_before_the_epochs),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
