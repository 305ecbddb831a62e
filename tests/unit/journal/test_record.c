/* One record as a line, and back. */
#include <math.h>

#include "base/buf.h"
#include "base/hash.h"
#include "journal/journal.h"
#include "test.h"

static struct record full_record(void)
{
  return (struct record){
    .suite = STR("gsm8k"),
    .model = STR("a \"model\""),
    .item = STR("test-7"),
    .index = 7,
    .sample = 3,
    .prompt_sha256 = STR("ab12"),
    .response = STR("line\none\t\xC3\xA9 \\boxed{5}"),
    .finish = FINISH_LENGTH,
    .verdict = VERDICT_WRONG,
    .reason = STR("different number"),
    .extracted = STR("5"),
    .span_at = 19,
    .span_len = 1,
    .rule = STR("boxed"),
    .gold = STR("6"),
    .category = STR("integer"),
    .level = STR("3"),
    .subject = STR("Algebra"),
    .n_steps = 2,
    .label = 0,
    .value = 0.25,
    .tokens_in = 11,
    .tokens_out = 0,
    .tokens_reasoning = 7,
    .reasoning = STR("first\nthen \xC3\xA9"),
    .logprobs = STR("[-0.5,null,-12]"),
  };
}

static void roundtrip(const struct record *in, struct record *out, struct arena *arena)
{
  struct err err = { 0 };
  struct buf line;
  buf_init(&line, BUF_CAP_OWN);
  record_format(&line, in);
  assert_int_equal(line.ptr[line.len - 1], '\n');
  assert_int_equal(str_find_char(buf_str(&line), '\n'), line.len - 1);
  assert_ok(record_parse(out, arena, buf_str(&line), &err), err);
  buf_release(&line);
}

static void every_member_comes_back(void **state)
{
  (void)state;
  struct arena arena = { 0 };
  struct record in = full_record(), out;
  roundtrip(&in, &out, &arena);
  assert_str_equal(out.suite, "gsm8k");
  assert_str_equal(out.model, "a \"model\"");
  assert_str_equal(out.item, "test-7");
  assert_int_equal(out.index, 7);
  assert_int_equal(out.sample, 3);
  assert_str_equal(out.prompt_sha256, "ab12");
  assert_true(str_equal(out.response, in.response));
  assert_int_equal(out.finish, FINISH_LENGTH);
  assert_int_equal(out.verdict, VERDICT_WRONG);
  assert_str_equal(out.reason, "different number");
  assert_str_equal(out.extracted, "5");
  assert_int_equal(out.span_at, 19);
  assert_int_equal(out.span_len, 1);
  assert_str_equal(out.rule, "boxed");
  assert_str_equal(out.gold, "6");
  assert_str_equal(out.category, "integer");
  assert_str_equal(out.level, "3");
  assert_str_equal(out.subject, "Algebra");
  assert_int_equal(out.n_steps, 2);
  assert_int_equal(out.label, 0);
  assert_true(out.value == 0.25);
  assert_int_equal(out.tokens_in, 11);
  assert_int_equal(out.tokens_out, 0);
  assert_int_equal(out.tokens_reasoning, 7);
  assert_str_equal(out.reasoning, "first\nthen \xC3\xA9");
  assert_str_equal(out.logprobs, "[-0.5,null,-12]");
  arena_release(&arena);
}

static void what_is_absent_stays_absent(void **state)
{
  (void)state;
  struct arena arena = { 0 };
  struct record out, in = {
    .suite = STR("s"),
    .model = STR("m"),
    .item = STR("i"),
    .verdict = VERDICT_ERROR,
    .reason = STR("no recorded answer"),
    .finish = FINISH_UNKNOWN,
    .label = -1,
    .value = NAN,
    .tokens_in = -1,
    .tokens_out = -1,
    .tokens_reasoning = -1,
  };
  roundtrip(&in, &out, &arena);
  assert_false(str_present(out.response));
  assert_false(str_present(out.extracted));
  assert_false(str_present(out.rule));
  assert_false(str_present(out.level));
  assert_false(str_present(out.subject));
  assert_int_equal(out.span_len, 0);
  assert_int_equal(out.n_steps, 0);
  assert_int_equal(out.label, -1);
  assert_true(isnan(out.value));
  assert_int_equal(out.tokens_in, -1);
  assert_int_equal(out.tokens_out, -1);
  assert_int_equal(out.tokens_reasoning, -1);
  assert_false(str_present(out.reasoning));
  assert_false(str_present(out.logprobs));
  in.response = STR(""); /* an empty answer is no absent one */
  roundtrip(&in, &out, &arena);
  assert_true(str_present(out.response));
  assert_int_equal(out.response.len, 0);
  arena_release(&arena);
}

/* The lines of version 1 as they were before there were endpoints: the same bytes. */
static void a_line_without_thinking_is_as_it_was(void **state)
{
  (void)state;
  struct record r = full_record();
  struct str old = STR(
      "{\"v\":1,\"suite\":\"gsm8k\",\"model\":\"a \\\"model\\\"\",\"item\":\"test-7\","
      "\"index\":7,\"sample\":3,\"prompt_sha256\":\"ab12\",\"response\":\"5\","
      "\"finish\":\"length\",\"verdict\":\"wrong\",\"reason\":\"different number\","
      "\"extracted\":\"5\",\"span_at\":0,\"span_len\":1,\"rule\":\"boxed\",\"gold\":\"6\","
      "\"category\":\"integer\",\"level\":\"3\",\"subject\":\"Algebra\",\"steps\":2,"
      "\"label\":0,\"value\":0.25,\"tokens_in\":11,\"tokens_out\":0,\"crc\":\"");
  struct buf line;
  buf_init(&line, BUF_CAP_OWN);
  r.response = STR("5");
  r.span_at = 0;
  r.tokens_reasoning = -1;
  r.reasoning = r.logprobs = STR_NONE;
  record_format(&line, &r);
  assert_true(str_starts(buf_str(&line), old));
  assert_int_equal(line.len, old.len + 8 + 3);
  buf_release(&line);
}

/* What a server sends in their place must not make a line that cannot be read. */
static void logprobs_that_are_none_are_left_out(void **state)
{
  (void)state;
  static const char *const bad[] = {
    "", "[", "{}", "5", "[\"a\"]", "[[1]]", "[1,true]", "[1],\"verdict\":\"correct\""
  };
  for (size_t i = 0; i < COUNT(bad); i++) {
    struct arena arena = { 0 };
    struct record in = full_record(), out;
    in.logprobs = str_from(bad[i]);
    roundtrip(&in, &out, &arena);
    assert_false(str_present(out.logprobs));
    assert_int_equal(out.verdict, VERDICT_WRONG);
    arena_release(&arena);
  }
}

static void too_many_logprobs_are_left_out(void **state)
{
  (void)state;
  struct arena arena = { 0 };
  struct record in = full_record(), out;
  for (size_t extra = 0; extra < 2; extra++) {
    size_t n = 2 * (JOURNAL_LOGPROBS_MAX + extra) + 1;
    char *text = arena_alloc(&arena, n);
    text[0] = '[';
    for (size_t i = 1; i < n; i++)
      text[i] = i % 2 ? '0' : ',';
    text[n - 1] = ']';
    in.logprobs = (struct str){ text, n };
    roundtrip(&in, &out, &arena);
    assert_int_equal(str_present(out.logprobs), extra == 0);
  }
  arena_release(&arena);
}

static void bytes_that_json_cannot_hold_are_replaced(void **state)
{
  (void)state;
  struct arena arena = { 0 };
  struct record out, in = full_record();
  in.response = STR("a\0b\xFF");
  in.span_at = in.span_len = 0;
  roundtrip(&in, &out, &arena);
  assert_str_equal(out.response, "a\xEF\xBF\xBD"
                                 "b\xEF\xBF\xBD");
  arena_release(&arena);
}

static void any_flipped_bit_is_noticed(void **state)
{
  (void)state;
  struct record in = full_record(), out;
  struct buf line;
  buf_init(&line, BUF_CAP_OWN);
  record_format(&line, &in);
  for (size_t i = 0; i + 1 < line.len; i++) {
    struct arena arena = { 0 };
    struct err err = { 0 };
    line.ptr[i] ^= 1;
    assert_int_equal(record_parse(&out, &arena, buf_str(&line), &err), -1);
    assert_int_equal(err.code, ERR_DATA);
    line.ptr[i] ^= 1;
    arena_release(&arena);
  }
  buf_release(&line);
}

/* A line whose CRC is right but whose content is not: written by another program. */
static void expect_refusal(const char *body, const char *words)
{
  struct arena arena = { 0 };
  struct err err = { 0 };
  struct record out;
  struct buf line;
  buf_init(&line, 4096);
  buf_add_cstr(&line, body);
  buf_printf(&line, ",\"crc\":\"%08x\"}", (unsigned)crc32_of(str_from(body)));
  assert_int_equal(record_parse(&out, &arena, buf_str(&line), &err), -1);
  if (!strstr(err.msg, words))
    fail_msg("'%s' does not say '%s'", err.msg, words);
  buf_release(&line);
  arena_release(&arena);
}

static void content_is_checked(void **state)
{
  (void)state;
#define HEAD "{\"v\":1,\"suite\":\"s\",\"model\":\"m\",\"item\":\"i\",\"reason\":\"r\","
#define GOOD HEAD "\"verdict\":\"wrong\",\"index\":0,\"sample\":0"
  expect_refusal("{\"v\":2", "version 2");
  expect_refusal("{\"v\":1", "'suite'");
  expect_refusal("{\"v\":1,\"suite\":5", "'suite'");
  expect_refusal(HEAD "\"verdict\":\"maybe\"", "unknown verdict 'maybe'");
  expect_refusal(HEAD "\"verdict\":\"wrong\"", "'index'");
  expect_refusal(HEAD "\"verdict\":\"wrong\",\"index\":-1", "'index'");
  expect_refusal(HEAD "\"verdict\":\"wrong\",\"index\":0,\"sample\":0.5", "'sample'");
  expect_refusal(HEAD "\"verdict\":\"wrong\",\"index\":0,\"sample\":0,\"label\":2",
                 "'label'");
  expect_refusal(HEAD "\"response\":\"abc\",\"verdict\":\"wrong\",\"index\":0,"
                      "\"sample\":0,\"span_at\":2,\"span_len\":2",
                 "outside the response");
  expect_refusal(GOOD ",\"tokens_reasoning\":-2", "'tokens_reasoning'");
  expect_refusal(GOOD ",\"reasoning\":5", "'reasoning'");
  expect_refusal(GOOD ",\"logprobs\":{}", "'logprobs'");
  expect_refusal(GOOD ",\"logprobs\":[1,\"x\"]", "'logprobs'");
  expect_refusal("[1", "");
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(every_member_comes_back),
    cmocka_unit_test(what_is_absent_stays_absent),
    cmocka_unit_test(a_line_without_thinking_is_as_it_was),
    cmocka_unit_test(logprobs_that_are_none_are_left_out),
    cmocka_unit_test(too_many_logprobs_are_left_out),
    cmocka_unit_test(bytes_that_json_cannot_hold_are_replaced),
    cmocka_unit_test(any_flipped_bit_is_noticed),
    cmocka_unit_test(content_is_checked),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
