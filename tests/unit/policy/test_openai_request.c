/* Requests to the byte, and what may not stand in one. */
#include <math.h>

#include "base/json.h"
#include "policy/openai.h"
#include "test.h"

static const struct message messages[] = {
  { { "system", 6 }, { "Be brief.", 9 } },
  { { "user", 4 }, { "1+\"1\"?\n", 7 } },
};
static const struct str stops[] = { { "\n\n", 2 }, { "Q:", 2 } };

static struct prompt a_prompt(void)
{
  return (struct prompt){ .text = STR("1+1="),
                          .messages = (struct message *)messages,
                          .n_messages = 2,
                          .stop = stops,
                          .n_stop = 2,
                          .max_tokens = 64 };
}

static struct openai_params bare(enum openai_api api)
{
  return (struct openai_params){ .api = api,
                                 .model = STR("m"),
                                 .temperature = NAN,
                                 .top_p = NAN,
                                 .min_p = NAN,
                                 .max_tokens = -1 };
}

static void expect(const struct openai_params *params, const struct prompt *prompt, int n,
                   int64_t seed, const char *json)
{
  struct buf out;
  struct json_doc doc;
  struct err err = { 0 };
  buf_init(&out, 1 << 20);
  openai_write_request(&out, params, prompt, n, seed);
  assert_str_equal(buf_str(&out), json);
  assert_ok(json_parse(&doc, buf_str(&out), &err), err);
  json_doc_release(&doc);
  buf_release(&out);
}

static void what_is_absent_is_not_sent(void **state)
{
  (void)state;
  struct prompt prompt = { .text = STR("1+1=") };
  struct openai_params params = bare(OPENAI_CHAT);
  expect(&params, &prompt, 1, -1,
         "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"1+1=\"}]}");
  params.api = OPENAI_COMPLETIONS;
  expect(&params, &prompt, 1, -1, "{\"model\":\"m\",\"prompt\":\"1+1=\"}");
}

static struct openai_params everything(enum openai_api api)
{
  struct openai_params params = bare(api);
  params.temperature = 0.7;
  params.top_p = 0.95;
  params.top_k = 20;
  params.min_p = 0.05;
  params.max_tokens = 512;
  params.logprobs = true;
  return params;
}

static void everything_stands_in_one_order(void **state)
{
  (void)state;
  struct prompt prompt = a_prompt();
  struct openai_params params = everything(OPENAI_CHAT);
  expect(&params, &prompt, 4, 2147483647,
         "{\"model\":\"m\",\"messages\":[{\"role\":\"system\",\"content\":\"Be brief.\"},"
         "{\"role\":\"user\",\"content\":\"1+\\\"1\\\"?\\n\"}],\"max_tokens\":512,"
         "\"temperature\":0.7,\"top_p\":0.95,\"top_k\":20,\"min_p\":0.05,\"n\":4,"
         "\"seed\":2147483647,\"stop\":[\"\\n\\n\",\"Q:\"],\"logprobs\":true}");
  params = everything(OPENAI_COMPLETIONS);
  expect(&params, &prompt, 1, 0,
         "{\"model\":\"m\",\"prompt\":\"1+1=\",\"max_tokens\":512,\"temperature\":0.7,"
         "\"top_p\":0.95,\"top_k\":20,\"min_p\":0.05,\"seed\":0,"
         "\"stop\":[\"\\n\\n\",\"Q:\"],\"logprobs\":1}");
}

static void a_temperature_of_zero_is_sent(void **state)
{
  (void)state;
  struct prompt prompt = { .text = STR("x") };
  struct openai_params params = bare(OPENAI_COMPLETIONS);
  params.temperature = 0;
  expect(&params, &prompt, 1, -1, "{\"model\":\"m\",\"prompt\":\"x\",\"temperature\":0}");
}

static void the_prompts_own_limits_stand_in(void **state)
{
  (void)state;
  struct prompt prompt = a_prompt();
  struct openai_params params = bare(OPENAI_COMPLETIONS);
  params.max_tokens = 0;
  const char *own[] = { "###" };
  params.stop = (struct texts){ own, 1 };
  expect(&params, &prompt, 1, -1,
         "{\"model\":\"m\",\"prompt\":\"1+1=\",\"max_tokens\":64,\"stop\":[\"###\"]}");
}

static void extras_replace_or_follow_and_omit_wins(void **state)
{
  (void)state;
  struct prompt prompt = a_prompt();
  struct openai_params params = bare(OPENAI_COMPLETIONS);
  struct err err = { 0 };
  const char *extra[] = { "zeta={ \"b\": [1, 2.50], \"a\": null }", "max_tokens=7",
                          "alpha=\"x=y\"", "gone=1" };
  const char *omit[] = { "stop", "gone" };
  params.temperature = 1;
  params.max_tokens = 5;
  params.extra = (struct texts){ extra, 4 };
  params.omit = (struct texts){ omit, 2 };
  assert_ok(openai_check(&params, &err), err);
  expect(&params, &prompt, 1, -1,
         "{\"model\":\"m\",\"prompt\":\"1+1=\",\"max_tokens\":7,\"temperature\":1,"
         "\"zeta\":{\"b\":[1,2.5],\"a\":null},\"alpha\":\"x=y\"}");
}

static void the_other_name_of_max_tokens(void **state)
{
  (void)state;
  struct prompt prompt = { .text = STR("x"), .max_tokens = 9 };
  struct openai_params params = bare(OPENAI_COMPLETIONS);
  struct err err = { 0 };
  const char *extra[] = { "max_completion_tokens=300" }, *omit[] = { "max_tokens" };
  params.max_tokens = 0;
  params.extra = (struct texts){ extra, 1 };
  params.omit = (struct texts){ omit, 1 };
  assert_ok(openai_check(&params, &err), err);
  expect(&params, &prompt, 1, -1,
         "{\"model\":\"m\",\"prompt\":\"x\",\"max_completion_tokens\":300}");
}

static void bad_utf8_makes_no_bad_json(void **state)
{
  (void)state;
  struct prompt prompt = { .text = STR("a\xff") };
  struct openai_params params = bare(OPENAI_COMPLETIONS);
  expect(&params, &prompt, 1, -1, "{\"model\":\"m\",\"prompt\":\"a\xef\xbf\xbd\"}");
}

static void expect_refused(const char *extra, const char *omit, const char *words)
{
  struct openai_params params = bare(OPENAI_CHAT);
  struct err err = { 0 };
  params.extra = (struct texts){ &extra, extra != NULL };
  params.omit = (struct texts){ &omit, omit != NULL };
  assert_int_equal(openai_check(&params, &err), -1);
  assert_int_equal(err.code, ERR_USAGE);
  if (!strstr(err.msg, words))
    fail_msg("'%s' does not say '%s'", err.msg, words);
}

static void what_may_not_stand_in_a_request(void **state)
{
  (void)state;
  expect_refused("seed", NULL, "--param 'seed' is not NAME=JSON");
  expect_refused("=1", NULL, "is not NAME=JSON");
  expect_refused("a b=1", NULL, "is not NAME=JSON");
  expect_refused("reasoning_effort=low", NULL, "reasoning_effort='\"low\"'");
  expect_refused("a=", NULL, "is not JSON");
  expect_refused("a=1 2", NULL, "is not JSON");
  expect_refused("a={\"b\":1,\"b\":2}", NULL, "stands twice");
  expect_refused("stream=true", NULL, "--param cannot change 'stream'");
  expect_refused("stream=false", NULL, "--param cannot change 'stream'");
  expect_refused("model=\"x\"", NULL, "behind the '#'");
  expect_refused("messages=[]", NULL, "it is the prompt");
  expect_refused("n=2", NULL, "--samples-per-request");
  expect_refused("echo=true", NULL, "graded as the answer");
  expect_refused(NULL, "model", "--omit cannot change 'model'");
  expect_refused(NULL, "prompt", "--omit cannot change 'prompt'");
  expect_refused(NULL, "n", "--samples-per-request");
  expect_refused(NULL, "sead", "did you mean 'seed'");
  expect_refused(NULL, "", "no request has such a member");
}

static void an_extra_twice_is_refused(void **state)
{
  (void)state;
  struct openai_params params = bare(OPENAI_CHAT);
  struct err err = { 0 };
  const char *extra[] = { "a=1", "b=2", "a=1" };
  params.extra = (struct texts){ extra, 3 };
  assert_int_equal(openai_check(&params, &err), -1);
  assert_non_null(strstr(err.msg, "'a' is given twice"));
  params.extra.count = 2;
  assert_ok(openai_check(&params, &err), err);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(what_is_absent_is_not_sent),
    cmocka_unit_test(everything_stands_in_one_order),
    cmocka_unit_test(a_temperature_of_zero_is_sent),
    cmocka_unit_test(the_prompts_own_limits_stand_in),
    cmocka_unit_test(extras_replace_or_follow_and_omit_wins),
    cmocka_unit_test(the_other_name_of_max_tokens),
    cmocka_unit_test(bad_utf8_makes_no_bad_json),
    cmocka_unit_test(what_may_not_stand_in_a_request),
    cmocka_unit_test(an_extra_twice_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
