/* What becomes of requests: answers, other attempts, errors, the end. */
#ifndef HAVE_TEST_SERVER

#include <stdio.h>

int main(void)
{
  fputs("skipped: libmicrohttpd is not here\n", stderr);
  return 77;
}

#else

#include <signal.h>
#include <sys/time.h>

#include "endpoint_fixture.h"

enum { ASKS_MAX = 64 };

/* ---- answers ---- */

static void an_answer_and_what_it_cost(void **state)
{
  struct fixture *f = *state;
  must_open(f, "#m");
  assert_string_equal(policy_kind(f->policy), "endpoint");
  assert_str_equal(policy_label(f->policy), "m");
  assert_str_equal(policy_served(f->policy), "m");
  assert_int_equal(policy_group(f->policy), 1);
  assert_int_equal(policy_max_samples(f->policy), 0);
  assert_null(policy_warning_at(f->policy, 0));
  struct reply reply = answer_to(f, "what is 6 * 7?");
  assert_false(reply.failed);
  assert_str_equal(reply.response, "answer 1");
  assert_int_equal(reply.finish, FINISH_STOP);
  assert_int_equal(reply.tokens_in, 10);
  assert_int_equal(reply.tokens_out, 5);
  assert_int_equal(f->ledger.tokens_in, 10);
  assert_int_equal(f->ledger.tokens_out, 5);
  assert_int_equal(f->ledger.reserved_in + f->ledger.reserved_out, 0);
  assert_string_equal(scripted_last_path(f->server), "/v1/chat/completions");
  assert_string_equal(scripted_last_authorization(f->server), "");
  const char *body = scripted_last_body(f->server);
  expect_words(body, "\"model\":\"m\"");
  expect_words(body, "what is 6 * 7?");
  expect_words(body, "\"max_tokens\":100");
  expect_words(body, "\"seed\":");
  assert_null(strstr(body, "top_p"));
}

static void completions_have_their_own_path(void **state)
{
  struct fixture *f = *state;
  f->opts.shape.api = "completions";
  f->opts.shape.max_tokens = 33;
  must_open(f, "/completions#m");
  expect_answer(f, "answer 1");
  assert_string_equal(scripted_last_path(f->server), "/v1/completions");
  expect_words(scripted_last_body(f->server), "\"max_tokens\":33");
}

static void many_at_once_are_all_answered(void **state)
{
  struct fixture *f = *state;
  bool seen[ASKS_MAX] = { false };
  struct message message = { STR("user"), STR("x") };
  struct prompt prompt = { .messages = &message, .n_messages = 1, .max_tokens = 9 };
  size_t n_asked = 0, n_answered = 0;
  must_open(f, "#m");
  while (n_answered < ASKS_MAX) {
    struct answered answered;
    while (n_asked < ASKS_MAX && policy_has_room(f->policy)) {
      struct ask ask = { .prompt = &prompt, .n_samples = 1, .ticket = n_asked++ };
      policy_ask(f->policy, &ask);
    }
    assert_int_equal(next(f, &answered), 1);
    assert_true(answered.ticket < n_asked);
    assert_false(seen[answered.ticket]);
    seen[answered.ticket] = true;
    n_answered++;
  }
  assert_int_equal(scripted_posts(f->server), ASKS_MAX);
  struct answered none;
  assert_int_equal(policy_next(f->policy, &none, 10000, &f->arena, &f->err), 0);
}

static void a_group_is_one_request(void **state)
{
  struct fixture *f = *state;
  f->opts.shape.samples_per_request = 3;
  must_open(f, "#m");
  assert_int_equal(policy_group(f->policy), 3);
  scripted_push(f->server,
                (struct scripted_reply){
                    .body = "{\"choices\":[{\"index\":2,\"message\":{\"content\":\"c\"}},"
                            "{\"index\":0,\"message\":{\"content\":\"a\"}},"
                            "{\"index\":1,\"message\":{\"content\":\"\"},"
                            "\"finish_reason\":\"content_filter\"}],"
                            "\"usage\":{\"prompt_tokens\":50,\"completion_tokens\":8,"
                            "\"completion_tokens_details\":{\"reasoning_tokens\":4}}}" });
  ask_sample(f, "question", 6, 3);
  static const int64_t out[] = { 4, 2, 2 }, in[] = { 50, 0, 0 }, thought[] = { 2, 1, 1 };
  static const char *const texts[] = { "a", "", "c" };
  for (int i = 0; i < 3; i++) {
    struct answered answered;
    assert_int_equal(next(f, &answered), 1);
    assert_int_equal(answered.ticket, 40);
    assert_int_equal(answered.sample, 6 + i);
    assert_int_equal(answered.reply.tokens_in, in[i]);
    assert_int_equal(answered.reply.tokens_out, out[i]);
    assert_int_equal(answered.reply.tokens_reasoning, thought[i]);
    assert_int_equal(answered.reply.failed, i == 1);
    if (i == 1)
      assert_str_equal(answered.reply.what, "withheld by the server's content filter");
    else
      assert_str_equal(answered.reply.response, texts[i]);
  }
  expect_words(scripted_last_body(f->server), "\"n\":3");
  assert_int_equal(scripted_posts(f->server), 1);
  assert_int_equal(f->ledger.tokens_in, 50);
  assert_int_equal(f->ledger.tokens_out, 8);
}

static void seeds_are_keyed_and_may_be_left_out(void **state)
{
  struct fixture *f = *state;
  struct item item = { .id = STR("item") };
  struct ask ask = { .item = &item, .seed = 7 };
  char seed[64];
  must_open(f, "#m");
  expect_answer(f, "answer 1");
  snprintf(seed, sizeof seed, "\"seed\":%u", policy_seed(&ask));
  expect_words(scripted_last_body(f->server), seed);
  const char *omit[] = { "seed" };
  f->opts.shape.omit = (struct texts){ omit, 1 };
  must_open(f, "#m");
  expect_answer(f, "answer 2");
  assert_null(strstr(scripted_last_body(f->server), "seed"));
}

/* ---- another attempt ---- */

static void passing_faults_are_tried_again(void **state)
{
  static const struct scripted_reply faults[] = {
    { .status = 408, .body = error_body },
    { .status = 409, .body = error_body },
    { .status = 425, .body = error_body },
    { .status = 429, .body = error_body },
    { .status = 429, .body = error_body, .header = "Retry-After", .value = "0" },
    { .status = 500, .body = error_body },
    { .status = 502, .body = "<html>bad gateway</html>", .type = "text/html" },
    { .status = 503, .body = "" },
    { .body = "<html>log in</html>", .type = "text/html" },
    { .body = "{\"choices\":[{\"message\":{\"content\":\"trunc" },
    { .body = "{\"choices\":[]}" },
    { .body = "{}" },
    { .body = "" },
    { .body = "{\"choices\":[{\"message\":{\"content\":\"cut\"}}]}",
      .end = SCRIPTED_CUT },
    { .body = "{\"choices\":[{\"message\":{\"content\":\"x\"}}]}", .end = SCRIPTED_HUGE },
    { .status = 307, .body = "", .header = "Location", .value = "http://127.0.0.2:9/" },
  };
  struct fixture *f = *state;
  char text[32];
  must_open(f, "#m");
  for (size_t i = 0; i < COUNT(faults); i++) {
    scripted_push(f->server, faults[i]);
    snprintf(text, sizeof text, "answer %d", 2 * (int)i + 2);
    expect_answer(f, text);
    assert_int_equal(scripted_posts(f->server), 2 * i + 2);
  }
}

static void silence_is_tried_again(void **state)
{
  struct fixture *f = *state;
  f->opts.first_byte_timeout_s = 0.2;
  f->opts.timeout_s = 0.3;
  must_open(f, "#m");
  scripted_push(f->server, (struct scripted_reply){ .body = "x", .end = SCRIPTED_STALL });
  expect_answer(f, "answer 2");
}

static void what_fails_for_ever_is_an_error_of_the_item(void **state)
{
  struct fixture *f = *state;
  must_open(f, "#m");
  for (int i = 0; i < 4; i++)
    scripted_push(f->server, (struct scripted_reply){ .status = 500,
                                                      .body = error_body,
                                                      .header = "x-request-id",
                                                      .value = "req-17" });
  expect_failure(f, "gave up after 4 attempts; the last one: HTTP 500: overloaded today "
                    "(request id req-17)");
  assert_int_equal(scripted_posts(f->server), 4);
  expect_answer(f, "answer 5");
  for (int i = 0; i < 4; i++)
    scripted_push(f->server, (struct scripted_reply){ .body = "nonsense" });
  expect_failure(f, "gave up after 4 attempts");
}

static void a_refusal_of_one_request_is_its_error(void **state)
{
  struct fixture *f = *state;
  must_open(f, "#m");
  static const char too_long[] =
      "{\"error\":{\"message\":\"This model's maximum context length is 2048 tokens\","
      "\"code\":\"context_length_exceeded\"}}";
  scripted_push(f->server, status(400, too_long));
  expect_failure(f, "maximum context length is 2048");
  scripted_push(f->server, status(200, too_long));
  expect_failure(f, "maximum context length is 2048");
  assert_int_equal(scripted_posts(f->server), 2);
  /* words of an answer that was cut are no refusal */
  scripted_push(f->server, status(200, "{\"choices\":[{\"message\":{\"content\":"
                                       "\"context_length_exceeded"));
  expect_answer(f, "answer 4");
}

/* ---- the end ---- */

static void what_concerns_every_request_ends_it(void **state)
{
  static const struct {
    unsigned status;
    const char *body;
    enum err_code code;
    const char *words;
  } cases[] = {
    { 401, "{\"error\":{\"message\":\"bad key\"}}", ERR_ENV, "--api-key" },
    { 403, "{\"error\":{\"message\":\"not yours\"}}", ERR_ENV, "not yours" },
    { 429, "{\"error\":{\"message\":\"out of money\",\"code\":\"insufficient_quota\"}}",
      ERR_REMOTE, "quota" },
    { 400,
      "{\"error\":{\"message\":\"Unsupported parameter: 'seed'\","
      "\"param\":\"seed\",\"code\":\"unsupported_parameter\"}}",
      ERR_REMOTE, "--omit seed" },
    { 404,
      "{\"error\":{\"message\":\"The model `m` does not exist\","
      "\"code\":\"model_not_found\"}}",
      ERR_REMOTE, "model" },
    { 404, "not found", ERR_REMOTE, "/v1" },
  };
  struct fixture *f = *state;
  for (size_t i = 0; i < COUNT(cases); i++) {
    must_open(f, "#m");
    scripted_push(f->server, status(cases[i].status, cases[i].body));
    expect_end(f, cases[i].code, cases[i].words);
    assert_int_equal(scripted_posts(f->server), i + 1);
  }
}

static void a_hiccup_after_answers_is_none(void **state)
{
  struct fixture *f = *state;
  must_open(f, "#m");
  expect_answer(f, "answer 1");
  scripted_push(f->server, status(401, error_body));
  scripted_push(f->server, status(404, "nothing"));
  expect_answer(f, "answer 4");
  /* one request of all: its own fault */
  scripted_push(f->server, status(400, "{\"error\":{\"message\":\"bad\","
                                       "\"param\":\"temperature\"}}"));
  expect_failure(f, "temperature");
  for (int i = 0; i < 4; i++)
    scripted_push(f->server, status(401, error_body));
  expect_end(f, ERR_ENV, "--api-key");
}

static void answers_come_before_the_end(void **state)
{
  struct fixture *f = *state;
  f->opts.concurrency = 2;
  must_open(f, "#m");
  expect_answer(f, "answer 1");
  /* both are on their way at once; one of them is the end */
  scripted_push(f->server, status(402, error_body));
  ask_sample(f, "a", 0, 1);
  ask_sample(f, "b", 1, 1);
  struct answered answered;
  assert_int_equal(next(f, &answered), 1);
  assert_false(answered.reply.failed);
  assert_int_equal(next(f, &answered), -1);
  assert_int_equal(f->err.code, ERR_REMOTE);
}

static void a_budget_is_not_passed(void **state)
{
  struct fixture *f = *state;
  f->ledger.max_tokens = 300;
  must_open(f, "#m");
  ask_sample(f, "question", 0, 1);
  ask_sample(f, "question", 1, 1);
  ask_sample(f, "question", 2, 1);
  int n_answered = 0;
  struct answered answered;
  while (next(f, &answered) == 1 && ++n_answered < 100)
    if (policy_has_room(f->policy))
      ask_sample(f, "question", 3 + n_answered, 1);
  assert_int_equal(f->err.code, ERR_INTERRUPTED);
  expect_words(f->err.msg, "300");
  /* 100 tokens of answer and the prompt's must still fit before each: 10 + 5 a time */
  assert_in_range(n_answered, 10, 13);
  assert_true(f->ledger.tokens_in + f->ledger.tokens_out <= 300);
}

static struct scripted_reply stalled(void)
{
  return (struct scripted_reply){ .body = "x", .end = SCRIPTED_STALL };
}

/* What is reserved for one more request with a prompt of 1000 bytes, which is then left
 * alone. */
static int64_t reserved_for_one_more(struct fixture *f, int64_t *reserved_out)
{
  struct answered answered;
  char text[1001];
  memset(text, 'x', 1000);
  text[1000] = '\0';
  scripted_push(f->server, stalled());
  int64_t in = f->ledger.reserved_in, out = f->ledger.reserved_out;
  ask_sample(f, text, 0, 1);
  for (int before = scripted_posts(f->server); scripted_posts(f->server) == before;)
    assert_int_equal(policy_next(f->policy, &answered, 1, &f->arena, &f->err), 0);
  *reserved_out = f->ledger.reserved_out - out;
  return f->ledger.reserved_in - in;
}

static void reservations_learn_from_what_is_counted(void **state)
{
  struct fixture *f = *state;
  const char *param[] = { "top_p=0.5", "max_tokens=77" };
  int64_t out;
  f->opts.shape.param = (struct texts){ param, 2 };
  must_open(f, "#m");
  /* nothing is known: a token a byte at most, and the template's */
  assert_int_equal(reserved_for_one_more(f, &out), 1000 + 2 * 16);
  assert_int_equal(out, 77);
  policy_close(f->policy);
  f->policy = NULL;
  assert_int_equal(f->ledger.reserved_in + f->ledger.reserved_out, 0);
  must_open(f, "#m");
  for (int i = 0; i < 15; i++)
    answer_to(f, "question"); /* 10 tokens for 8 bytes and 2 * 16 */
  assert_int_equal(reserved_for_one_more(f, &out), 1000 + 2 * 16);
  answer_to(f, "question");
  assert_int_equal(reserved_for_one_more(f, &out), (1032 * 10 * 5 + 159) / (40 * 4));
  /* more than thought: that counts at once */
  scripted_push(f->server, status(200, "{\"choices\":[{\"message\":{\"content\":\"a\"}}],"
                                       "\"usage\":{\"prompt_tokens\":400,"
                                       "\"completion_tokens\":1}}"));
  answer_to(f, "question");
  assert_int_equal(reserved_for_one_more(f, &out), 1032 * 400 / 40 * 5 / 4);
}

static void a_lost_reply_may_have_cost_all_of_it(void **state)
{
  struct fixture *f = *state;
  must_open(f, "#m");
  scripted_push(f->server, status(500, error_body));
  answer_to(f, "question");
  assert_int_equal(f->ledger.tokens_in, 10);
  assert_int_equal(f->ledger.tokens_out, 5);
  scripted_push(f->server, (struct scripted_reply){ .body = "{\"choices\":[{}]}",
                                                    .end = SCRIPTED_CUT });
  answer_to(f, "question");
  assert_int_equal(f->ledger.tokens_in, 20 + 8 + 2 * 16);
  assert_int_equal(f->ledger.tokens_out, 10 + 100);
}

static void little_waits_for_the_window(void **state)
{
  struct fixture *f = *state;
  int n = 0;
  f->opts.concurrency = 64;
  must_open(f, "#m");
  while (policy_has_room(f->policy) && ++n < 64)
    ask_sample(f, "question", n, 1);
  assert_in_range(n, 2, 16);
}

/* Half of them are asked to come back much later: they hold nobody up. */
static void retries_go_in_the_order_in_which_they_are_due(void **state)
{
  enum { N = 16 };
  struct fixture *f = *state;
  f->opts.concurrency = N;
  f->opts.max_attempts = 2 * N; /* who meets which reply is chance */
  must_open(f, "#m");
  for (int i = 0; i < N; i++)
    scripted_push(f->server,
                  (struct scripted_reply){ .status = 500,
                                           .body = error_body,
                                           .header = i % 2 ? "X-Nothing" : "Retry-After",
                                           .value = "500" });
  struct answered answered;
  int n_asked = 0, n_answered = 0;
  for (int i = 0; i < 3000 && n_answered < N / 2; i++) {
    while (n_asked < N && policy_has_room(f->policy))
      ask_sample(f, "question", n_asked++, 1);
    int rc = policy_next(f->policy, &answered, 10, &f->arena, &f->err);
    assert_true(rc >= 0);
    n_answered += rc;
  }
  assert_int_equal(n_answered, N / 2);
  assert_int_equal(scripted_posts(f->server), N + N / 2);
}

static void on_alarm(int number)
{
  (void)number;
}

static void a_signal_ends_the_wait(void **state)
{
  struct fixture *f = *state;
  struct sigaction action = { .sa_handler = on_alarm }, before;
  struct itimerval soon = { .it_interval = { 0, 20000 }, .it_value = { 0, 20000 } };
  struct itimerval never = { .it_value = { 0, 0 } };
  struct answered answered;
  must_open(f, "#m");
  scripted_push(f->server, stalled());
  f->opts.max_attempts = 1;
  ask_sample(f, "question", 0, 1);
  int64_t start_ns = clock_monotonic_ns();
  sigaction(SIGALRM, &action, &before);
  setitimer(ITIMER_REAL, &soon, NULL);
  int rc = policy_next(f->policy, &answered, 120000, &f->arena, &f->err);
  setitimer(ITIMER_REAL, &never, NULL);
  sigaction(SIGALRM, &before, NULL);
  assert_int_equal(rc, 0); /* the deadlines of fixture would have made it an answer */
  assert_true(clock_monotonic_ns() - start_ns < (int64_t)5 * 1000000000);
}

/* ---- outages ---- */

static void an_outage_is_waited_out(void **state)
{
  struct fixture *f = *state;
  struct answered answered;
  must_open(f, "#m");
  expect_answer(f, "answer 1");
  scripted_pause(f->server);
  ask_sample(f, "question", 0, 1);
  for (int i = 0; i < 20; i++) /* far more attempts than one request has */
    assert_int_equal(policy_next(f->policy, &answered, 5, &f->arena, &f->err), 0);
  assert_true(scripted_resume(f->server));
  assert_int_equal(next(f, &answered), 1);
  assert_false(answered.reply.failed);
  assert_str_equal(answered.reply.response, "answer 2");
}

static void an_outage_that_lasts_ends_it(void **state)
{
  struct fixture *f = *state;
  f->opts.max_outage_s = 0;
  must_open(f, "#m");
  expect_answer(f, "answer 1");
  scripted_pause(f->server);
  expect_end(f, ERR_REMOTE, "no answer from '");
  expect_words(f->err.msg, "--resume");
  assert_int_equal(f->ledger.reserved_in + f->ledger.reserved_out, 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    TEST(an_answer_and_what_it_cost),
    TEST(completions_have_their_own_path),
    TEST(many_at_once_are_all_answered),
    TEST(a_group_is_one_request),
    TEST(seeds_are_keyed_and_may_be_left_out),
    TEST(passing_faults_are_tried_again),
    TEST(silence_is_tried_again),
    TEST(what_fails_for_ever_is_an_error_of_the_item),
    TEST(a_refusal_of_one_request_is_its_error),
    TEST(what_concerns_every_request_ends_it),
    TEST(a_hiccup_after_answers_is_none),
    TEST(answers_come_before_the_end),
    TEST(a_budget_is_not_passed),
    TEST(reservations_learn_from_what_is_counted),
    TEST(a_lost_reply_may_have_cost_all_of_it),
    TEST(little_waits_for_the_window),
    TEST(retries_go_in_the_order_in_which_they_are_due),
    TEST(a_signal_ends_the_wait),
    TEST(an_outage_is_waited_out),
    TEST(an_outage_that_lasts_ends_it),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

#endif
