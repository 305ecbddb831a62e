/* What becomes of a request, without a socket: answers, refusals, faults, the log. */
#include "base/fs.h"
#include "mock/responder.h"
#include "test.h"

#define Q0 "Ann has 3 red apples and buys 4 more. How many apples does Ann have?"
#define Q1 "A train runs 60 km in one hour. How far does it run in 3 hours?"
#define Q2 "Bob sells 5 of his 12 old books. How many books are left to him?"

struct fixture {
  char dir[64], answers[100], script[100], log[100];
  struct arena arena;
  struct item_set set;
  struct mock_opts opts;
  struct responder *responder;
  struct plan plan;
  struct responder_record record;
};

static int begin(void **state)
{
  struct fixture *f = calloc(1, sizeof *f);
  struct err err = { 0 };
  struct suite *suite;
  static const char rows[] = "{\"question\":\"" Q0 "\",\"answer\":\"3+4\\n#### 7\"}\n"
                             "{\"question\":\"" Q1 "\",\"answer\":\"60*3\\n#### 180\"}\n"
                             "{\"question\":\"" Q2 "\",\"answer\":\"12-5\\n#### 7\"}\n";
  assert_ok(suite_find(&suite, &f->arena, STR("gsm8k"), &err), err);
  assert_ok(item_set_parse(&f->set, &f->arena, suite, str_from(rows), STR("three.jsonl"),
                           STR("test"), &err),
            err);
  snprintf(f->dir, sizeof f->dir, "%s", test_folder());
  snprintf(f->answers, sizeof f->answers, "%s/answers.jsonl", f->dir);
  snprintf(f->script, sizeof f->script, "%s/script.jsonl", f->dir);
  snprintf(f->log, sizeof f->log, "%s/log.jsonl", f->dir);
  assert_ok(fs_write(f->answers,
                     STR("{\"question\":\"" Q0 "\",\"response\":\"seven\"}\n"
                         "{\"question\":\"" Q1 "\",\"response\":\"first\"}\n"
                         "{\"question\":\"" Q1 "\",\"response\":\"second\"}\n"
                         "{\"question\":\"" Q1 "\",\"response\":\"third\","
                         "\"finish_reason\":\"length\"}\n"),
                     &err),
            err);
  f->opts = (struct mock_opts){ .model_name = "mock", .set = &f->set };
  f->opts.fail_status = 500;
  *state = f;
  return 0;
}

static int end(void **state)
{
  struct fixture *f = *state;
  plan_release(&f->plan);
  responder_close(f->responder);
  policy_close(f->opts.policy);
  unlink(f->answers);
  unlink(f->script);
  unlink(f->log);
  rmdir(f->dir);
  arena_release(&f->arena);
  free(f);
  return 0;
}

static void open_replay(struct fixture *f)
{
  struct err err = { 0 };
  struct policy_opts opts = { .set = &f->set };
  struct str spec = arena_printf(&f->arena, "replay:%s", f->answers);
  f->opts.policy = policy_open(spec, &opts, &err);
  if (!f->opts.policy)
    fail_msg("%s", err.msg);
  assert_ok(responder_open(&f->responder, &f->opts, &f->arena, &err), err);
}

static void open_null(struct fixture *f)
{
  struct err err = { 0 };
  struct policy_opts opts = { 0 };
  f->opts.set = NULL;
  f->opts.policy = policy_open(STR("null:42"), &opts, &err);
  if (!f->opts.policy)
    fail_msg("%s", err.msg);
  assert_ok(responder_open(&f->responder, &f->opts, &f->arena, &err), err);
}

static void decide(struct fixture *f, const char *method, const char *path,
                   const char *body)
{
  struct responder_call call = { .method = method, .path = path, .body = str_from(body) };
  plan_release(&f->plan);
  responder_decide(f->responder, &call, &f->plan, &f->record);
}

/* A chat about `question`; `more` are further members, with a comma in front. */
static void ask(struct fixture *f, const char *question, const char *more)
{
  char body[1000];
  snprintf(body, sizeof body,
           "{\"model\":\"mock\",\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}]%s}",
           question, more);
  decide(f, "POST", "/v1/chat/completions", body);
}

static bool says(const struct fixture *f, const char *words)
{
  return str_find(buf_str(&f->plan.body), str_from(words)) >= 0;
}

#define assert_says(f, words)                                       \
  do {                                                              \
    if (!says(f, words))                                            \
      fail_msg("no %s in %s", words, buf_str(&(f)->plan.body).ptr); \
  } while (0)

static void assert_refused(const struct fixture *f, int status, const char *words)
{
  assert_int_equal(f->plan.status, status);
  assert_false(f->record.right);
  assert_int_equal(f->record.fault, FAULT_NONE);
  assert_says(f, "{\"error\":{\"message\":");
  assert_says(f, words);
}

/* ---- answers ---- */

static void recordings_answer_their_questions(void **state)
{
  struct fixture *f = *state;
  open_replay(f);
  ask(f, "Q: 1+1?\\nA: 2\\n\\nQ: " Q0 "\\nA:", "");
  assert_int_equal(f->plan.status, 200);
  assert_str_equal(
      buf_str(&f->plan.body),
      "{\"id\":\"chatcmpl-45fe7b408fc56d59fbd06473\",\"object\":\"chat.completion\","
      "\"created\":0,\"model\":\"mock\",\"choices\":[{\"index\":0,\"message\":{\"role\":"
      "\"assistant\",\"content\":\"seven\"},\"logprobs\":null,\"finish_reason\":\"stop\"}"
      "],\"usage\":{\"prompt_tokens\":22,\"completion_tokens\":2,\"total_tokens\":24}}");
  assert_str_equal(f->record.item, "test-0");
  assert_true(f->record.right);
  assert_int_equal(f->record.n, 1);
  ask(f, "What is love?", "");
  assert_refused(f, 400, "no recorded answer");
  assert_false(str_present(f->record.item));
  ask(f, Q2, "");
  assert_refused(f, 400, "no recorded answer");
  assert_str_equal(f->record.item, "test-2");
}

static void seed_and_index_choose_the_recording(void **state)
{
  struct fixture *f = *state;
  open_replay(f);
  ask(f, Q1, ",\"seed\":7,\"n\":4");
  assert_says(f,
              "{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"second\"");
  assert_says(f,
              "{\"index\":1,\"message\":{\"role\":\"assistant\",\"content\":\"third\"");
  assert_says(f,
              "{\"index\":2,\"message\":{\"role\":\"assistant\",\"content\":\"first\"");
  assert_says(f,
              "{\"index\":3,\"message\":{\"role\":\"assistant\",\"content\":\"second\"");
  assert_says(f, "\"content\":\"third\"},\"logprobs\":null,\"finish_reason\":\"length\"");
  assert_says(f, "\"completion_tokens\":8,");
  assert_int_equal(f->record.seed, 7);
}

static void completions_have_their_own_shape(void **state)
{
  struct fixture *f = *state;
  open_replay(f);
  decide(f, "POST", "/v1/completions",
         "{\"model\":\"mock\",\"prompt\":\"" Q0 "\",\"logprobs\":1}");
  assert_says(f, "\"object\":\"text_completion\"");
  assert_says(f, "{\"index\":0,\"text\":\"seven\",\"logprobs\":{\"tokens\":[\"seve\","
                 "\"n\"],\"token_logprobs\":[-");
  assert_says(f, "\"text_offset\":[0,4]");
}

static void tokens_are_whole_characters(void **state)
{
  struct fixture *f = *state;
  struct err err = { 0 };
  assert_ok(fs_write(f->script, STR("{\"content\":\"abc\\u00e9d\"}"), &err), err);
  f->opts.script = f->script;
  open_replay(f);
  decide(f, "POST", "/v1/completions",
         "{\"model\":\"mock\",\"prompt\":\"x\",\"logprobs\":1}");
  assert_says(f, "\"tokens\":[\"abc\xC3\xA9\",\"d\"]");
  assert_says(f, "\"text_offset\":[0,5]");
}

static void a_constant_answers_everything(void **state)
{
  struct fixture *f = *state;
  open_null(f);
  ask(f, "What is love?", ",\"logprobs\":true,\"n\":2");
  assert_int_equal(f->plan.status, 200);
  assert_says(f, "{\"index\":1,\"message\":{\"role\":\"assistant\",\"content\":\"42\"}");
  assert_says(f, "\"logprobs\":{\"content\":[{\"token\":\"42\",\"logprob\":-");
}

static void scripts_come_first(void **state)
{
  struct fixture *f = *state;
  struct err err = { 0 };
  assert_ok(fs_write(f->script,
                     STR("{\"contains\":\"apples\",\"turn\":0,\"content\":\"A!\","
                         "\"reasoning_content\":\"hmmmmm\",\"latency_ms\":3}\n"
                         "{\"contains\":\"train\",\"status\":418,\"error\":\"tea\"}\n"),
                     &err),
            err);
  f->opts.script = f->script;
  f->opts.latency_ms = 9;
  open_replay(f);
  ask(f, "apples", "");
  assert_says(f, "\"content\":\"A!\",\"reasoning_content\":\"hmmmmm\"}");
  assert_says(f, "\"completion_tokens\":3,");
  assert_says(f, "\"completion_tokens_details\":{\"reasoning_tokens\":2}");
  assert_int_equal(f->plan.delay_ns, 3000000);
  ask(f, "train", "");
  assert_refused(f, 418, "\"message\":\"tea\"");
  assert_int_equal(f->plan.delay_ns, 9000000);
  decide(f, "POST", "/v1/chat/completions",
         "{\"model\":\"mock\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"},"
         "{\"role\":\"assistant\",\"content\":\"Ho\"},"
         "{\"role\":\"user\",\"content\":\"" Q0 "\"}]}");
  assert_says(f, "\"content\":\"seven\""); /* the row is for turn 0 */
}

static void same_request_same_bytes(void **state)
{
  struct fixture *f = *state;
  open_null(f);
  ask(f, "x", ",\"logprobs\":true");
  struct str first = arena_str(&f->arena, buf_str(&f->plan.body));
  ask(f, "y", "");
  ask(f, "x", ",\"logprobs\":true");
  assert_true(str_equal(buf_str(&f->plan.body), first));
}

/* ---- refusals ---- */

static void bad_requests_are_refused(void **state)
{
  struct fixture *f = *state;
  const char *refused[] = { "top_k", "min_p" };
  f->opts.refuse = (struct texts){ refused, 2 };
  f->opts.context_tokens = 10;
  open_null(f);
  decide(f, "POST", "/v1/completions", "{\"model\":\"other\",\"prompt\":\"x\"}");
  assert_refused(f, 404, "\"code\":\"model_not_found\"");
  ask(f, "x", ",\"min_p\":0.1");
  assert_refused(f, 400, "\"param\":\"min_p\",\"code\":\"unsupported_parameter\"");
  ask(f, "0123456789012345678901234567890123456789", "");
  assert_int_equal(f->plan.status, 200);
  ask(f, "01234567890123456789012345678901234567890", "");
  assert_refused(f, 400, "\"param\":\"messages\",\"code\":\"context_length_exceeded\"");
  decide(f, "POST", "/v1/completions", "{\"model\":");
  assert_refused(f, 400, "could not parse the JSON");
  decide(f, "POST", "/v1/completions", "");
  assert_refused(f, 400, "could not parse the JSON");
  decide(f, "POST", "/v2/completions", "{}");
  assert_refused(f, 404, "Invalid URL (POST /v2/completions)");
  decide(f, "GET", "/v1/completions", "");
  assert_refused(f, 405, "Not allowed to GET on /v1/completions");
  decide(f, "POST", "/v1/models", "");
  assert_refused(f, 405, "perhaps you meant to GET");
}

static void getting(void **state)
{
  struct fixture *f = *state;
  open_null(f);
  decide(f, "GET", "/v1/models", "");
  assert_str_equal(buf_str(&f->plan.body),
                   "{\"object\":\"list\",\"data\":[{\"id\":\"mock\",\"object\":\"model\","
                   "\"created\":0,\"owned_by\":\"oreo-bench\"}]}");
  decide(f, "GET", "/health", "");
  assert_str_equal(buf_str(&f->plan.body), "{\"status\":\"ok\"}");
  assert_false(f->record.counts);
}

static void some_questions_fail_for_ever(void **state)
{
  struct fixture *f = *state;
  f->opts.fail_share = 0.25;
  f->opts.fail_status = 502;
  open_null(f);
  int n_failed = 0;
  for (int i = 0; i < 400; i++) {
    char question[32];
    snprintf(question, sizeof question, "question %d", i);
    ask(f, question, "");
    bool failed = f->plan.status == 502;
    n_failed += failed;
    ask(f, question, ",\"seed\":5");
    assert_int_equal(f->plan.status, failed ? 502 : 200);
  }
  assert_in_range(n_failed, 70, 130);
}

static void a_body_too_large_is_refused(void **state)
{
  struct fixture *f = *state;
  open_null(f);
  struct responder_call call = {
    .method = "POST", .path = "/v1/completions", .body = STR(""), .too_large = true
  };
  plan_release(&f->plan);
  responder_decide(f->responder, &call, &f->plan, &f->record);
  assert_refused(f, 413, "larger than 67108864 bytes");
}

static void limits_are_kept(void **state)
{
  struct fixture *f = *state;
  f->opts.rpm = 2;
  open_null(f);
  ask(f, "x", "");
  ask(f, "x", "");
  assert_int_equal(f->plan.status, 200);
  ask(f, "x", "");
  assert_refused(f, 429, "2 requests a minute");
  assert_string_equal(f->plan.retry_after, "61");
}

/* ---- faults ---- */

static void faults_strike_right_answers_only(void **state)
{
  struct fixture *f = *state;
  f->opts.faults = "unavailable";
  f->opts.fault_rate = 1;
  open_null(f);
  ask(f, "x", "");
  assert_int_equal(f->plan.status, 503);
  assert_int_equal(f->record.fault, FAULT_UNAVAILABLE);
  assert_true(f->record.right);
  ask(f, "x", ",\"n\":0");
  assert_refused(f, 400, "'n'");
  decide(f, "POST", "/r/1/v1/completions", "{\"model\":\"mock\",\"prompt\":\"x\"}");
  assert_int_equal(f->plan.status, 200);
  assert_int_equal(f->record.n, 1);
  ask(f, "x", "");
  assert_int_equal(f->record.n, 3); /* what a redirect led to does not count */
}

static void faults_in_a_row_are_bounded(void **state)
{
  struct fixture *f = *state;
  f->opts.faults = "error-500";
  f->opts.fault_rate = 1;
  f->opts.max_faults_in_a_row = 2;
  open_null(f);
  static const int of_x[] = { 500, 500, 200, 500, 500, 200 };
  for (size_t i = 0; i < COUNT(of_x); i++) {
    ask(f, "x", "");
    assert_int_equal(f->plan.status, of_x[i]);
    if (i < 2) {
      ask(f, "y", "");
      assert_int_equal(f->plan.status, 500);
    }
  }
  ask(f, "y", "");
  assert_int_equal(f->plan.status, 200);
}

static void latency_is_drawn_by_number(void **state)
{
  struct fixture *f = *state;
  int64_t low = INT64_MAX, high = 0;
  f->opts.latency_ms = 10;
  f->opts.jitter_ms = 40;
  open_null(f);
  for (int i = 0; i < 200; i++) {
    ask(f, "x", "");
    low = f->plan.delay_ns < low ? f->plan.delay_ns : low;
    high = f->plan.delay_ns > high ? f->plan.delay_ns : high;
  }
  assert_in_range(low, 10000000, 12000000);
  assert_in_range(high, 48000000, 49999999);
}

/* ---- the log ---- */

static void finish(struct fixture *f, bool whole)
{
  struct err err = { 0 };
  assert_ok(responder_finish(f->responder, &f->record, whole, &err), err);
}

static void each_post_has_a_line(void **state)
{
  struct fixture *f = *state;
  f->opts.faults = "drip,stall";
  f->opts.fault_rate = 1;
  f->opts.log = f->log;
  f->opts.stall_s = 1;
  f->opts.drip_ms = 10;
  open_replay(f);
  struct err err = { 0 };
  struct buf log;
  uint64_t n_stall = 0;
  for (int i = 0; i < 20; i++) {
    ask(f, Q0, ",\"seed\":9");
    finish(f, f->record.fault != FAULT_STALL);
    n_stall += f->record.fault == FAULT_STALL;
  }
  decide(f, "GET", "/v1/models", "");
  finish(f, true);
  ask(f, "What is love?", "");
  finish(f, true);
  assert_int_equal(responder_finished(f->responder), 21);
  buf_init(&log, 1 << 20);
  assert_ok(fs_read(f->log, &log, &err), err);
  struct str rest = buf_str(&log), line;
  uint64_t n_lines = 0, n_silent = 0;
  while (str_present(line = str_next_line(&rest))) {
    bool stall = str_find(line, STR("\"item\":\"test-0\",\"seed\":9,\"fault\":\"stall\","
                                    "\"status\":0,\"delivered\":false}")) > 0;
    bool drip = str_find(line, STR("\"item\":\"test-0\",\"seed\":9,\"fault\":\"drip\","
                                   "\"status\":200,\"delivered\":true}")) > 0;
    bool last = str_find(line, STR("\"item\":null,\"seed\":0,\"fault\":\"none\","
                                   "\"status\":400,\"delivered\":false}")) > 0;
    n_lines++;
    n_silent += stall;
    assert_int_equal(stall + drip + last, 1);
    assert_int_equal(last, n_lines == 21);
    assert_true(str_starts(line, STR("{\"n\":")));
  }
  assert_int_equal(n_lines, 21);
  assert_int_equal(n_silent, n_stall);
  assert_true(n_stall > 2 && n_stall < 18);
  buf_reset(&log);
  responder_summary(f->responder, &log, false);
  char expected[200];
  snprintf(expected, sizeof expected,
           "21 requests: %d answered whole, 1 refused, 20 faults (stall %d, drip %d)",
           20 - (int)n_stall, (int)n_stall, 20 - (int)n_stall);
  assert_string_equal(buf_str(&log).ptr, expected);
  buf_release(&log);
}

static void nothing_to_answer_with(void **state)
{
  struct fixture *f = *state;
  struct err err = { 0 };
  assert_int_equal(responder_open(&f->responder, &f->opts, &f->arena, &err), -1);
  assert_int_equal(err.code, ERR_USAGE);
  assert_non_null(strstr(err.msg, "--script FILE"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
  const struct CMUnitTest tests[] = {
    TEST(recordings_answer_their_questions),
    TEST(seed_and_index_choose_the_recording),
    TEST(completions_have_their_own_shape),
    TEST(tokens_are_whole_characters),
    TEST(a_constant_answers_everything),
    TEST(scripts_come_first),
    TEST(same_request_same_bytes),
    TEST(bad_requests_are_refused),
    TEST(getting),
    TEST(some_questions_fail_for_ever),
    TEST(a_body_too_large_is_refused),
    TEST(limits_are_kept),
    TEST(faults_strike_right_answers_only),
    TEST(faults_in_a_row_are_bounded),
    TEST(latency_is_drawn_by_number),
    TEST(each_post_has_a_line),
    TEST(nothing_to_answer_with),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
