/* Which policy a spec means, and the constant one. */
#include <math.h>

#include "policy/policy.h"
#include "test.h"

static const struct item_set no_items;

static void null_says_the_same_to_everything(void **state)
{
  (void)state;
  struct err err = { 0 };
  struct arena arena = { 0 };
  struct policy *policy = policy_open(STR("null:the answer is 42: x"), &no_items, &err);
  assert_non_null(policy);
  struct item item = { 0 };
  struct prompt prompt = { 0 };
  for (int sample = 0; sample < 3; sample++) {
    struct reply reply = policy_reply(policy, &item, &prompt, sample, 7, &arena);
    assert_false(reply.failed);
    assert_str_equal(reply.response, "the answer is 42: x");
    assert_int_equal(reply.finish, FINISH_STOP);
    assert_int_equal(reply.label, -1);
    assert_true(isnan(reply.value));
  }
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
  struct policy *policy = policy_open(text, &no_items, &err);
  assert_non_null(policy);
  assert_str_equal(policy_label(policy), "null:123456789012345678901234567890123456789");
  policy_close(policy);
}

static void expect_refusal(const char *spec, const char *words)
{
  struct err err = { 0 };
  assert_null(policy_open(str_from(spec), &no_items, &err));
  assert_int_equal(err.code, ERR_USAGE);
  if (!strstr(err.msg, words))
    fail_msg("'%s' does not say '%s'", err.msg, words);
}

static void what_cannot_be_run_says_what_can(void **state)
{
  (void)state;
  expect_refusal("", "replay:FILE");
  expect_refusal("reply:x.jsonl", "did you mean 'replay:'");
  expect_refusal("http://localhost:8000/v1#m", "cannot run an endpoint yet");
  expect_refusal("model.gguf", "cannot run a .gguf file yet");
  expect_refusal("oreo", "built-in checkpoint");
  expect_refusal("/tmp", "folder with a checkpoint");
  expect_refusal("/proc/self/status", "write replay:/proc/self/status");
  expect_refusal("something", "no known kind");
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(null_says_the_same_to_everything),
    cmocka_unit_test(a_long_label_is_cut_between_characters),
    cmocka_unit_test(what_cannot_be_run_says_what_can),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
