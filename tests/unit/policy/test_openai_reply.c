/* Replies: the answers in order, what was thought apart, why they ended, what they used;
 * and all that cannot be a reply. */
#include "policy/openai.h"
#include "test.h"

static int begin(void **state)
{
  *state = calloc(1, sizeof(struct arena));
  return *state ? 0 : -1;
}

static int end(void **state)
{
  arena_release(*state);
  free(*state);
  return 0;
}

static struct openai_reply read_as(struct arena *arena, enum openai_api api, int n,
                                   struct str body)
{
  struct openai_reply reply;
  struct err err = { 0 };
  /* a copy of just the body's length: reading past it would show */
  char *exact = malloc(body.len ? body.len : 1);
  assert_non_null(exact);
  memcpy(exact, body.ptr, body.len);
  int rc =
      openai_read_reply(&reply, arena, api, n, (struct str){ exact, body.len }, &err);
  free(exact); /* nothing may point into it */
  if (rc < 0)
    fail_msg("%.*s: %s", STR_ARG(body), err.msg);
  assert_int_equal(reply.n_choices, n);
  return reply;
}

#define CHAT(arena, body) read_as(arena, OPENAI_CHAT, 1, STR(body))
#define TEXT(arena, body) read_as(arena, OPENAI_COMPLETIONS, 1, STR(body))
#define MESSAGE(message)  "{\"choices\":[{\"index\":0,\"message\":{" message "}}]}"

static void a_whole_reply_is_read(void **state)
{
  struct openai_reply reply =
      CHAT(*state, "{\"id\":\"x\",\"object\":\"chat.completion\",\"model\":\"m-2\","
                   "\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\","
                   "\"content\":\"4\",\"reasoning_content\":\"2+2\"},"
                   "\"finish_reason\":\"stop\",\"logprobs\":{\"content\":["
                   "{\"token\":\"4\",\"logprob\":-0.25,\"top_logprobs\":[]},"
                   "{\"token\":\"\",\"logprob\":-1e999},{\"token\":\"\"},7]}}],"
                   "\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":12,"
                   "\"total_tokens\":21,\"completion_tokens_details\":"
                   "{\"reasoning_tokens\":10}}}");
  assert_str_equal(reply.model, "m-2");
  assert_str_equal(reply.choices[0].content, "4");
  assert_str_equal(reply.choices[0].reasoning, "2+2");
  assert_str_equal(reply.choices[0].logprobs, "[-0.25,null,null,null]");
  assert_int_equal(reply.choices[0].finish, FINISH_STOP);
  assert_false(reply.choices[0].filtered);
  assert_int_equal(reply.tokens_in, 9);
  assert_int_equal(reply.tokens_out, 12);
  assert_int_equal(reply.tokens_reasoning, 10);
}

static void what_is_not_said_is_unknown(void **state)
{
  struct openai_reply reply = CHAT(*state, "{\"choices\":[{\"message\":{}}]}");
  assert_str_equal(reply.choices[0].content, "");
  assert_non_null(reply.choices[0].content.ptr);
  assert_false(str_present(reply.choices[0].reasoning));
  assert_false(str_present(reply.choices[0].logprobs));
  assert_false(str_present(reply.model));
  assert_int_equal(reply.choices[0].finish, FINISH_UNKNOWN);
  assert_true(reply.tokens_in == -1 && reply.tokens_out == -1 &&
              reply.tokens_reasoning == -1);
}

static void completions_have_text_and_token_logprobs(void **state)
{
  struct openai_reply reply = TEXT(
      *state, "{\"choices\":[{\"index\":0,\"text\":\" 7\",\"finish_reason\":\"length\","
              "\"logprobs\":{\"tokens\":[\"a\",\"b\"],"
              "\"token_logprobs\":[null,-3]}}]}");
  assert_str_equal(reply.choices[0].content, " 7");
  assert_str_equal(reply.choices[0].logprobs, "[null,-3]");
  assert_int_equal(reply.choices[0].finish, FINISH_LENGTH);
  reply = TEXT(*state, "{\"choices\":[{\"text\":\"<think>a</think>b\"}]}");
  assert_str_equal(reply.choices[0].content, "b");
  assert_str_equal(reply.choices[0].reasoning, "a");
  reply = TEXT(*state, "{\"choices\":[{\"text\":null,\"logprobs\":null}]}");
  assert_str_equal(reply.choices[0].content, "");
}

static void choices_are_put_in_order(void **state)
{
  struct openai_reply reply = read_as(
      *state, OPENAI_COMPLETIONS, 3,
      STR("{\"choices\":[{\"index\":2,\"text\":\"c\"},{\"index\":0,\"text\":\"a\"},"
          "{\"index\":1,\"text\":\"b\"}]}"));
  assert_str_equal(reply.choices[0].content, "a");
  assert_str_equal(reply.choices[1].content, "b");
  assert_str_equal(reply.choices[2].content, "c");
}

/* content, reasoning (NULL: none), the message's members */
static const struct {
  const char *content, *reasoning, *body;
} said[] = {
  { "b", "a", MESSAGE("\"content\":\"b\",\"reasoning\":\"a\"") },
  { "b", "a",
    MESSAGE("\"content\":\"b\",\"reasoning\":null,\"reasoning_content\":\"a\"") },
  { "", "a", MESSAGE("\"content\":null,\"reasoning_content\":\"a\"") },
  { "b", "a", MESSAGE("\"content\":\"<think>a</think>\\n\\nb\",\"reasoning\":\"\"") },
  { "b", "a", MESSAGE("\"content\":\"<think>a</think>b\",\"reasoning\":{\"x\":1}") },
  { "", "12", MESSAGE("\"content\":\"<think>12\"") },
  { "<think>x", "a", MESSAGE("\"content\":\"<think>x\",\"reasoning\":\"a\"") },
  { "one two", NULL,
    MESSAGE("\"content\":[{\"type\":\"text\",\"text\":\"one \"},"
            "{\"type\":\"image\"},{\"type\":\"text\",\"text\":\"two\"}]") },
  { "b", "a1a2",
    MESSAGE("\"content\":[{\"type\":\"thinking\",\"thinking\":["
            "{\"type\":\"text\",\"text\":\"a1\"},"
            "{\"type\":\"text\",\"text\":\"a2\"}]},"
            "{\"type\":\"text\",\"text\":\"b\"}]") },
  { "", NULL, MESSAGE("\"content\":[]") },
  { "", NULL, MESSAGE("\"content\":[1,null,\"x\",{\"text\":5}]") },
  { "I cannot.", NULL, MESSAGE("\"content\":null,\"refusal\":\"I cannot.\"") },
  { "a\xef\xbf\xbd"
    "b",
    NULL, MESSAGE("\"content\":\"a\\u0000b\"") },
  { "a\xef\xbf\xbd"
    "b",
    NULL, MESSAGE("\"content\":\"a\\ud83db\"") },
  { "\xef\xbf\xbd\xf0\x9f\x98\x80", NULL,
    MESSAGE("\"content\":\"\\ud83d\\uD83D\\uDE00\"") },
  { "\xef\xbf\xbd.", NULL, MESSAGE("\"content\":\"\\uDE00.\"") },
  { "a\\u0000b\\", NULL, MESSAGE("\"content\":\"a\\\\u0000b\\\\\"") },
};

static void what_was_said_and_what_was_thought(void **state)
{
  for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
    struct openai_reply reply = read_as(*state, OPENAI_CHAT, 1, str_from(said[i].body));
    const struct openai_choice *choice = &reply.choices[0];
    if (!str_equal(choice->content, str_from(said[i].content)) ||
        str_present(choice->reasoning) != (said[i].reasoning != NULL) ||
        !str_equal(choice->reasoning, str_from(said[i].reasoning)))
      fail_msg("%s: '%.*s', '%.*s'", said[i].body, STR_ARG(choice->content),
               STR_ARG(choice->reasoning));
  }
}

static const struct {
  const char *reason; /* JSON */
  enum finish finish;
  bool filtered;
} finishes[] = {
  { "\"stop\"", FINISH_STOP, false },
  { "\"eos\"", FINISH_STOP, false },
  { "\"eos_token\"", FINISH_STOP, false },
  { "\"stop_sequence\"", FINISH_STOP, false },
  { "\"tool_calls\"", FINISH_STOP, false },
  { "\"length\"", FINISH_LENGTH, false },
  { "\"max_tokens\"", FINISH_LENGTH, false },
  { "\"LENGTH\"", FINISH_LENGTH, false },
  { "\"content_filter\"", FINISH_UNKNOWN, true },
  { "\"SAFETY\"", FINISH_UNKNOWN, true },
  { "null", FINISH_UNKNOWN, false },
  { "\"\"", FINISH_UNKNOWN, false },
  { "\"whim\"", FINISH_UNKNOWN, false },
  { "3", FINISH_UNKNOWN, false },
};

static void why_it_ended(void **state)
{
  for (size_t i = 0; i < sizeof finishes / sizeof *finishes; i++) {
    struct str body = arena_printf(*state,
                                   "{\"choices\":[{\"text\":\"\","
                                   "\"finish_reason\":%s}]}",
                                   finishes[i].reason);
    struct openai_reply reply = read_as(*state, OPENAI_COMPLETIONS, 1, body);
    if (reply.choices[0].finish != finishes[i].finish ||
        reply.choices[0].filtered != finishes[i].filtered)
      fail_msg("%s: %s", finishes[i].reason, finish_name(reply.choices[0].finish));
  }
}

static const struct {
  const char *usage;
  int64_t in, out, reasoning;
} usages[] = {
  { "{\"prompt_tokens\":3,\"completion_tokens\":0}", 3, 0, -1 },
  { "{\"prompt_tokens\":-1,\"completion_tokens\":2.5}", -1, -1, -1 },
  { "{\"prompt_tokens\":1e300,\"completion_tokens\":\"7\"}", -1, -1, -1 },
  { "{\"completion_tokens\":5,\"reasoning_tokens\":4}", -1, 5, 4 },
  { "{\"completion_tokens\":5,\"completion_tokens_details\":{\"reasoning_tokens\":6}}",
    -1, 5, -1 },
  { "{\"completion_tokens\":5,\"completion_tokens_details\":null}", -1, 5, -1 },
  { "null", -1, -1, -1 },
  { "[1]", -1, -1, -1 },
};

static void what_it_used(void **state)
{
  for (size_t i = 0; i < sizeof usages / sizeof *usages; i++) {
    struct str body = arena_printf(*state, "{\"choices\":[{\"text\":\"\"}],\"usage\":%s}",
                                   usages[i].usage);
    struct openai_reply reply = read_as(*state, OPENAI_COMPLETIONS, 1, body);
    if (reply.tokens_in != usages[i].in || reply.tokens_out != usages[i].out ||
        reply.tokens_reasoning != usages[i].reasoning)
      fail_msg("%s: %d %d %d", usages[i].usage, (int)reply.tokens_in,
               (int)reply.tokens_out, (int)reply.tokens_reasoning);
  }
}

#define ONE "{\"index\":0,\"text\":\"a\"}"
static const struct {
  int n;
  const char *body, *words;
} bad[] = {
  { 1, "", "is empty" },
  { 1, " \n", "is empty" },
  { 1, "{\"choices\":[{\"index\":0,\"te", "is not JSON: byte" },
  { 1, "{\"choices\":[" ONE "]}{\"choices\":[" ONE "]}", "text after the JSON value" },
  { 1, "<html><title>Sign in</title></html>", "sent a page and no JSON: 'Sign in'" },
  { 1, "[]", "is an array, not an object" },
  { 1, "\"hello\"", "is a string, not an object" },
  { 1, "null", "is null, not an object" },
  { 1, "{}", "has no 'choices'" },
  { 1, "{\"choices\":null}", "has no 'choices'" },
  { 1, "{\"choices\":[]}", "sent 0 answers, asked for 1" },
  { 1, "{\"choices\":[" ONE "," ONE "]}", "sent 2 answers, asked for 1" },
  { 2, "{\"choices\":[" ONE "]}",
    "sent 1 answer, asked for 2; try --samples-per-request" },
  { 2, "{\"choices\":[" ONE "," ONE "]}", "sent the answer 0 twice" },
  { 2, "{\"choices\":[{\"text\":\"a\"},{\"text\":\"b\"}]}", "has no index below 2" },
  { 1, "{\"choices\":[{\"index\":1,\"text\":\"a\"}]}", "has no index below 1" },
  { 1, "{\"choices\":[{\"index\":0.5,\"text\":\"a\"}]}", "has no index below 1" },
  { 1, "{\"choices\":[{\"index\":1e99,\"text\":\"a\"}]}", "has no index below 1" },
  { 1, "{\"choices\":[5]}", "has no 'text'" },
  { 1, "{\"choices\":[{\"text\":5}]}", "has no 'text'" },
  { 1, "{\"choices\":[{\"text\":\"a\",\"finish_reason\":\"abort\"}]}",
    "gave the answer up" },
  { 1, "{\"error\":{\"message\":\"out\\nof memory\"}}", "with an error: out of memory" },
  { 1, "{\"error\":\"busy\",\"choices\":[" ONE "]}", "with an error: busy" },
  { 1, "{\"object\":\"error\",\"message\":\"m\"}", "with an error: m" },
  { 1, "{\"error\":{}}", "does not say which" },
  { 1, "{\"detail\":\"Not Found\"}", "with an error: Not Found" },
  { 1, "{\"a\":\"\xff\"}", "not valid UTF-8" },
};

static void what_cannot_be_a_reply(void **state)
{
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    struct openai_reply reply;
    struct err err = { 0 };
    assert_int_equal(openai_read_reply(&reply, *state, OPENAI_COMPLETIONS, bad[i].n,
                                       str_from(bad[i].body), &err),
                     -1);
    assert_int_equal(err.code, ERR_REMOTE);
    if (!strstr(err.msg, bad[i].words) || strchr(err.msg, '\n'))
      fail_msg("%s: '%s' does not say '%s'", bad[i].body, err.msg, bad[i].words);
  }
}

static void chat_has_a_message(void **state)
{
  static const char *const bodies[] = { "{\"choices\":[{\"text\":\"a\"}]}",
                                        "{\"choices\":[{\"message\":null}]}",
                                        MESSAGE("\"content\":5"),
                                        MESSAGE("\"content\":{\"text\":\"x\"}") };
  for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
    struct openai_reply reply;
    struct err err = { 0 };
    assert_int_equal(
        openai_read_reply(&reply, *state, OPENAI_CHAT, 1, str_from(bodies[i]), &err), -1);
    assert_int_equal(err.code, ERR_REMOTE);
  }
}

static int read_logprobs_of(struct arena *arena, size_t n, struct err *err)
{
  struct openai_reply reply;
  struct buf body;
  buf_init(&body, 16 << 20);
  buf_add(&body, STR("{\"choices\":[{\"text\":\"\",\"logprobs\":{\"token_logprobs\":[0"));
  for (size_t i = 1; i < n; i++)
    buf_add(&body, STR(",0"));
  buf_add(&body, STR("]}}]}"));
  int rc = openai_read_reply(&reply, arena, OPENAI_COMPLETIONS, 1, buf_str(&body), err);
  buf_release(&body);
  return rc;
}

static void a_million_logprobs_are_enough(void **state)
{
  struct err err = { 0 };
  assert_ok(read_logprobs_of(*state, 1000000, &err), err);
  assert_int_equal(read_logprobs_of(*state, 1000001, &err), -1);
  assert_int_equal(err.code, ERR_REMOTE);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void)
{
  const struct CMUnitTest tests[] = {
    TEST(a_whole_reply_is_read),
    TEST(what_is_not_said_is_unknown),
    TEST(completions_have_text_and_token_logprobs),
    TEST(choices_are_put_in_order),
    TEST(what_was_said_and_what_was_thought),
    TEST(why_it_ended),
    TEST(what_it_used),
    TEST(what_cannot_be_a_reply),
    TEST(chat_has_a_message),
    TEST(a_million_logprobs_are_enough),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
