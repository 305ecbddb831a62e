/* endpoint_fixture.h - what the tests of endpoints share: a scripted server, an endpoint
 * on it, and questions that are answered, fail, or end it. Included by a test's one file.
 */
#ifndef OREO_TESTS_POLICY_ENDPOINT_FIXTURE_H
#define OREO_TESTS_POLICY_ENDPOINT_FIXTURE_H

#include "policy/policy.h"
#include "test.h"

#include "base/clock.h"
#include "base/fs.h"
#include "net/scripted.h"

/* Long enough to be struck out of bodies too. */
#define KEY "sk-test-0123456789abcdef"

struct fixture {
  struct scripted *server;
  struct endpoint_opts opts;
  struct ledger ledger;
  struct arena arena;
  struct policy *policy;
  struct err err;
};

static inline int set_up(void **state)
{
  struct fixture *f = calloc(1, sizeof *f);
  f->server = scripted_start();
  f->opts = (struct endpoint_opts){
    .shape = { .api = "chat",
               .temperature = 0,
               .top_p = -1,
               .min_p = -1,
               .samples_per_request = 1 },
    .proxy = "",
    .concurrency = 8,
    .max_attempts = 4,
    .retry_wait_ms = 1,
    .max_outage_s = 200,
    .connect_timeout_s = 60,
    .first_byte_timeout_s = 200,
    .timeout_s = 200,
    .max_reply_mib = 1,
  };
  unsetenv("OREO_TEST_KEY");
  *state = f;
  return f->server ? 0 : -1;
}

static inline int tear_down(void **state)
{
  struct fixture *f = *state;
  policy_close(f->policy);
  scripted_stop(f->server);
  arena_release(&f->arena);
  free(f);
  return 0;
}

/* ---- opening ---- */

static inline struct policy *open_spec(struct fixture *f, const char *spec, bool offline)
{
  struct policy_opts opts = { .endpoint = &f->opts,
                              .ledger = &f->ledger,
                              .offline = offline };
  policy_close(f->policy);
  return f->policy = policy_open(str_from(spec), &opts, &f->err);
}

static inline const char *spec_of(struct fixture *f, const char *rest)
{
  return arena_printf(&f->arena, "%s%s", scripted_url(f->server), rest).ptr;
}

static inline void must_open(struct fixture *f, const char *rest)
{
  if (!open_spec(f, spec_of(f, rest), false))
    fail_msg("%s", f->err.msg);
}

static inline void expect_words(const char *text, const char *words)
{
  if (!strstr(text, words))
    fail_msg("'%s' does not say '%s'", text, words);
}

static inline void refuses_to_open(struct fixture *f, const char *spec,
                                   enum err_code code, const char *words)
{
  assert_null(open_spec(f, spec, false));
  expect_words(f->err.msg, words);
  assert_int_equal(f->err.code, code);
}

/* ---- asking ---- */

static inline void ask_sample(struct fixture *f, const char *text, int sample,
                              int n_samples)
{
  struct item item = { .id = STR("item") };
  struct message message = { STR("user"), str_from(text) };
  struct prompt prompt = {
    .text = str_from(text), .messages = &message, .n_messages = 1, .max_tokens = 100
  };
  struct ask ask = { .item = &item,
                     .prompt = &prompt,
                     .sample = sample,
                     .n_samples = n_samples,
                     .seed = 7,
                     .ticket = 40 };
  assert_true(policy_has_room(f->policy));
  policy_ask(f->policy, &ask);
}

/* 1 with an answer or -1 with an error: never longer than a test may take. */
static inline int next(struct fixture *f, struct answered *out)
{
  for (int i = 0; i < 2000; i++) {
    int rc = policy_next(f->policy, out, 100, &f->arena, &f->err);
    if (rc)
      return rc;
  }
  fail_msg("nothing came");
  return 0;
}

static inline struct reply answer_to(struct fixture *f, const char *text)
{
  struct answered answered;
  ask_sample(f, text, 0, 1);
  if (next(f, &answered) < 0)
    fail_msg("%s", f->err.msg);
  assert_int_equal(answered.ticket, 40);
  return answered.reply;
}

static inline void expect_answer(struct fixture *f, const char *text)
{
  struct reply reply = answer_to(f, "question");
  if (reply.failed)
    fail_msg("failed: %.*s", STR_ARG(reply.what));
  assert_str_equal(reply.response, text);
}

static inline void expect_failure(struct fixture *f, const char *words)
{
  struct reply reply = answer_to(f, "question");
  assert_true(reply.failed);
  expect_words(arena_cstr(&f->arena, reply.what), words);
}

static inline void expect_end(struct fixture *f, enum err_code code, const char *words)
{
  struct answered answered;
  ask_sample(f, "question", 0, 1);
  assert_int_equal(next(f, &answered), -1);
  expect_words(f->err.msg, words);
  assert_int_equal(f->err.code, code);
  assert_false(policy_has_room(f->policy));
  /* and it stays so */
  assert_int_equal(policy_next(f->policy, &answered, 0, &f->arena, &f->err), -1);
}

static inline struct scripted_reply status(unsigned code, const char *body)
{
  return (struct scripted_reply){ .status = code, .body = body };
}

static const char error_body[] = "{\"error\":{\"message\":\"overloaded today\"}}";

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
