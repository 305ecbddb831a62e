/* Which policy a spec means, and the constant one. */
#include <math.h>

#include "policy/policy.h"
#include "test.h"

static const struct item_set no_items;
static const struct policy_opts no_opts = { .set = &no_items };

static void null_says_the_same_to_everything(void **state)
{
  (void)state;
  struct err err = { 0 };
  struct arena arena = { 0 };
  struct policy *policy = policy_open(STR("null:the answer is 42: x"), &no_opts, &err);
  assert_non_null(policy);
  struct item item = { 0 };
  struct prompt prompt = { 0 };
  struct ask ask = {
    .item = &item, .prompt = &prompt, .n_samples = 3, .seed = 7, .ticket = 5
  };
  struct answered answered;
  assert_true(policy_has_room(policy));
  assert_int_equal(policy_next(policy, &answered, 0, &arena, &err), 0);
  policy_ask(policy, &ask);
  for (int sample = 0; sample < 3; sample++) {
    assert_false(policy_has_room(policy));
    assert_int_equal(policy_next(policy, &answered, 0, &arena, &err), 1);
    assert_int_equal(answered.ticket, 5);
    assert_int_equal(answered.sample, sample);
    struct reply reply = answered.reply;
    assert_false(reply.failed);
    assert_str_equal(reply.response, "the answer is 42: x");
    assert_int_equal(reply.finish, FINISH_STOP);
    assert_int_equal(reply.label, -1);
    assert_true(isnan(reply.value));
  }
  assert_true(policy_has_room(policy));
  assert_int_equal(policy_next(policy, &answered, 0, &arena, &err), 0);
  assert_str_equal(policy_label(policy), "null:the answer is 42: x");
  assert_string_equal(policy_kind(policy), "null");
  assert_false(str_present(policy_sha256(policy)));
  assert_int_equal(policy_max_samples(policy), 0);
  assert_null(policy_warning_at(policy, 0));
  policy_close(policy);
  arena_release(&arena);
}

static void a_long_label_is_cut_between_characters(void **state)
{
  (void)state;
  struct err err = { 0 };
  struct str text = STR("null:123456789012345678901234567890123456789\xC3\xA9 and on");
  struct policy *policy = policy_open(text, &no_opts, &err);
  assert_non_null(policy);
  assert_str_equal(policy_label(policy), "null:123456789012345678901234567890123456789");
  policy_close(policy);
}

static void expect_code(const char *spec, enum err_code code, const char *words)
{
  struct err err = { 0 };
  assert_null(policy_open(str_from(spec), &no_opts, &err));
  if (err.code != code)
    fail_msg("'%s' has code %d, not %d", err.msg, err.code, code);
  if (!strstr(err.msg, words))
    fail_msg("'%s' does not say '%s'", err.msg, words);
}

static void expect_refusal(const char *spec, const char *words)
{
  expect_code(spec, ERR_USAGE, words);
}

static void what_cannot_be_run_says_what_can(void **state)
{
  (void)state;
  expect_refusal("", "replay:FILE");
  expect_refusal("reply:x.jsonl", "did you mean 'replay:'");
  expect_refusal("oreo", "built-in checkpoint");
  expect_refusal("/proc/self/status", "write replay:/proc/self/status");
  expect_refusal("something", "no known kind");
  expect_refusal(TEST_SOURCE_DIR "/nothing:x", "no known kind");
}

/* Folders and .gguf files are checkpoints; what is amiss with one is said of it. */
static void what_is_no_checkpoint_says_so(void **state)
{
  (void)state;
  expect_code("models/nowhere", ERR_ENV, "there is no such folder or file");
  expect_code("/nonexistent/model.gguf", ERR_ENV, "/nonexistent/model.gguf");
  expect_code("local:/nonexistent/folder", ERR_ENV, "/nonexistent/folder");
  expect_code(TEST_SOURCE_DIR "/tests", ERR_DATA, "config.json");
  char path[96], spec[112];
  const char *dir = test_folder();
  snprintf(path, sizeof path, "%s/config.json", dir);
  fclose(fopen(path, "w"));
  expect_refusal(path, "name the folder that it is in");
  expect_code(dir, ERR_DATA, "config.json");
  snprintf(spec, sizeof spec, "local:%s", dir);
  expect_code(spec, ERR_DATA, "config.json");
  unlink(path);
  rmdir(dir);
}

/* One change to what a draw is keyed by, and the seed is another. */
static void seeds_are_keyed_by_item_sample_turn_and_run(void **state)
{
  (void)state;
  struct item item = { .id = STR("test-17") }, other = { .id = STR("test-18") };
  struct item moved = { .id = STR("test-17"), .index = 9 };
  const struct ask base = { .item = &item, .sample = 1, .turn = 2, .seed = 3 };
  struct ask asks[] = { base, base, base, base, base, base };
  asks[1].item = &other;
  asks[2].sample = 2;
  asks[3].turn = 1;
  asks[4].seed = 4;
  asks[5].item = &moved;
  for (size_t i = 0; i < 5; i++) {
    assert_true(policy_seed(&asks[i]) < UINT32_C(1) << 31);
    for (size_t k = 0; k < i; k++) {
      assert_int_not_equal(policy_seed(&asks[i]), policy_seed(&asks[k]));
      assert_true(policy_key(&asks[i]) != policy_key(&asks[k]));
    }
  }
  assert_int_equal(policy_seed(&asks[5]), policy_seed(&base));
  assert_true(policy_key(&asks[5]) == policy_key(&base));
  assert_true(policy_key(&base) != policy_seed(&base));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(null_says_the_same_to_everything),
    cmocka_unit_test(a_long_label_is_cut_between_characters),
    cmocka_unit_test(what_cannot_be_run_says_what_can),
    cmocka_unit_test(what_is_no_checkpoint_says_so),
    cmocka_unit_test(seeds_are_keyed_by_item_sample_turn_and_run),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
