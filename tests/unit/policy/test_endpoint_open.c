/* Addresses, models, keys and the cache. */
#ifndef HAVE_TEST_SERVER

#include <stdio.h>

int main(void)
{
  fputs("skipped: libmicrohttpd is not here\n", stderr);
  return 77;
}

#else

#include "endpoint_fixture.h"

/* ---- the key ---- */

static void the_key_is_in_the_header_alone(void **state)
{
  struct fixture *f = *state;
  const char *headers[] = { "X-Team: team-secret-0123456789" };
  setenv("OREO_TEST_KEY", KEY, 1);
  f->opts.api_key_env = "OREO_TEST_KEY";
  f->opts.headers = (struct texts){ headers, 1 };
  must_open(f, "#m");
  expect_words(policy_warning_at(f->policy, 0), "unencrypted");
  assert_null(strstr(policy_warning_at(f->policy, 0), KEY));
  scripted_push(f->server,
                status(200, "{\"choices\":[{\"message\":{\"content\":"
                            "\"you are " KEY " of team-secret-0123456789\"}}]}"));
  expect_answer(f, "you are *** of ***");
  assert_string_equal(scripted_last_authorization(f->server), "Bearer " KEY);
  assert_null(strstr(scripted_last_body(f->server), KEY));
  scripted_push(f->server,
                status(400, "{\"error\":{\"message\":\"do not like " KEY "\"}}"));
  struct reply reply = answer_to(f, "question");
  assert_true(reply.failed);
  assert_int_equal(str_find(reply.what, STR(KEY)), -1);
  scripted_push(f->server, status(402, "{\"error\":{\"message\":\"pay, " KEY "\"}}"));
  expect_end(f, ERR_REMOTE, "pay, ***");
  assert_null(strstr(f->err.msg, KEY));
}

static void a_user_in_the_address_is_refused(void **state)
{
  struct fixture *f = *state;
  refuses_to_open(f, "http://me:hunter2@localhost/v1#m", ERR_USAGE, "--api-key-file");
  assert_null(strstr(f->err.msg, "hunter2"));
}

/* ---- the address and the model ---- */

static void addresses_are_checked(void **state)
{
  struct fixture *f = *state;
  refuses_to_open(f, "http://#m", ERR_USAGE, "names no host");
  refuses_to_open(f, "http://:80/v1#m", ERR_USAGE, "names no host");
  refuses_to_open(f, "http://local host/v1#m", ERR_USAGE, "no address");
  refuses_to_open(f, "http://127.0.0.1:1/v1#m", ERR_ENV, "is the server running?");
  expect_words(f->err.msg, "http://127.0.0.1:1/v1");
  scripted_set_models(
      f->server, (struct scripted_reply){ .body = "{\"data\":[]}", .end = SCRIPTED_CUT });
  refuses_to_open(f, spec_of(f, "#m"), ERR_REMOTE, "does not answer as it should");
  assert_int_equal(scripted_gets(f->server), 2);
}

static void a_server_that_is_loading_is_waited_for(void **state)
{
  struct fixture *f = *state;
  scripted_set_loading(f->server, 5);
  must_open(f, "#m");
  assert_int_equal(scripted_gets(f->server), 6);
}

static void what_is_behind_the_base_is_cut_off(void **state)
{
  struct fixture *f = *state;
  static const char *const rests[] = { "#m", "/#m", "/chat/completions#m",
                                       "/completions/#m" };
  for (size_t i = 0; i < COUNT(rests); i++) {
    must_open(f, rests[i]);
    answer_to(f, "x");
    assert_string_equal(scripted_last_path(f->server), "/v1/chat/completions");
  }
}

static void offline_needs_no_server(void **state)
{
  struct fixture *f = *state;
  assert_non_null(open_spec(f, "https://nowhere.invalid/v1#org/name", true));
  assert_str_equal(policy_label(f->policy), "org/name");
  assert_false(str_present(policy_served(f->policy)));
  assert_non_null(open_spec(f, "https://nowhere.invalid:8000/v1", true));
  assert_str_equal(policy_label(f->policy), "nowhere.invalid:8000");
  f->opts.shape.api = "chats";
  assert_null(open_spec(f, "https://nowhere.invalid/v1#m", true));
  assert_int_equal(f->err.code, ERR_USAGE);
}

static const char twelve_models[] =
    "{\"data\":[{\"id\":\"a1\"},{\"id\":\"bb\",\"root\":\"org/bb-7b\"},{\"id\":\"c\"},"
    "{\"id\":\"d\"},{\"id\":\"e\"},{\"id\":\"f\"},{\"id\":\"g\"},{\"id\":\"h\"},"
    "{\"id\":\"i\"},{\"id\":\"j\"},{\"id\":\"llama3:latest\"},{\"id\":\"qwen-7b\"}]}";

static void models_are_looked_up(void **state)
{
  struct fixture *f = *state;
  must_open(f, "");
  assert_str_equal(policy_label(f->policy), "m");
  answer_to(f, "x");
  expect_words(scripted_last_body(f->server), "\"model\":\"m\"");
  refuses_to_open(f, spec_of(f, "#other"), ERR_USAGE, "it has one, write http://");
  expect_words(f->err.msg, "/v1#m");
  scripted_set_models(f->server, status(200, twelve_models));
  must_open(f, "#bb");
  assert_str_equal(policy_served(f->policy), "bb (org/bb-7b)");
  must_open(f, "#llama3");
  assert_str_equal(policy_served(f->policy), "llama3:latest");
  refuses_to_open(f, spec_of(f, "#qwen-8b"), ERR_USAGE, "it has 'qwen-7b', ");
  expect_words(f->err.msg, " and 2 more");
  refuses_to_open(f, spec_of(f, ""), ERR_USAGE, "has 12 models: 'a1', ");
  scripted_set_models(f->server, status(200, "{\"data\":[]}"));
  refuses_to_open(f, spec_of(f, "#m"), ERR_USAGE, "has no model loaded");
}

static void servers_without_a_list_are_asked_all_the_same(void **state)
{
  struct fixture *f = *state;
  scripted_set_models(f->server, status(404, "nothing"));
  must_open(f, "#m");
  expect_words(policy_warning_at(f->policy, 0), "does not list its models");
  assert_false(str_present(policy_served(f->policy)));
  expect_answer(f, "answer 1");
  refuses_to_open(f, spec_of(f, ""), ERR_USAGE, "#NAME");
  scripted_set_models(
      f->server,
      (struct scripted_reply){ .body = "<html>", .type = "text/html; charset=utf-8" });
  refuses_to_open(f, spec_of(f, "#m"), ERR_REMOTE, "web page");
  scripted_set_models(f->server, status(401, error_body));
  refuses_to_open(f, spec_of(f, "#m"), ERR_ENV, "--api-key");
  f->opts.max_outage_s = 0;
  scripted_set_models(f->server, status(503, "{\"error\":{\"message\":\"Loading\"}}"));
  refuses_to_open(f, spec_of(f, "#m"), ERR_REMOTE, "HTTP 503: Loading");
}

static void a_base_without_v1_is_said_to_need_it(void **state)
{
  struct fixture *f = *state;
  struct str url = str_from(scripted_url(f->server));
  struct str root = str_slice(url, 0, url.len - 3);
  const char *spec = arena_printf(&f->arena, "%.*s#m", STR_ARG(root)).ptr;
  refuses_to_open(f, spec, ERR_USAGE, "/v1#m");
  scripted_set_models(f->server, status(404, "nothing"));
  assert_non_null(open_spec(f, spec, false));
  expect_words(policy_warning_at(f->policy, 0), "usually ends in /v1");
}

/* ---- the cache ---- */

static void remove_cache(const char *dir)
{
  struct buf path;
  buf_init(&path, 4096);
  fs_join(&path, dir, "cache.jsonl");
  unlink(path.ptr);
  buf_release(&path);
  rmdir(dir);
}

/* Asks one question of a fresh policy; did it cost a request? */
static bool asks_server(struct fixture *f, const char *text, int sample)
{
  struct answered answered;
  int before = scripted_posts(f->server);
  must_open(f, "#m");
  ask_sample(f, text, sample, 1);
  assert_int_equal(next(f, &answered), 1);
  assert_false(answered.reply.failed);
  return scripted_posts(f->server) > before;
}

static void the_cache_knows_what_determines_an_answer(void **state)
{
  struct fixture *f = *state;
  f->opts.cache = test_folder();
  assert_true(asks_server(f, "a", 0));
  int64_t spent = f->ledger.tokens_in + f->ledger.tokens_out;
  must_open(f, "#m");
  struct reply kept = answer_to(f, "a");
  assert_str_equal(kept.response, "answer 1");
  assert_int_equal(kept.tokens_in, 0);
  assert_int_equal(kept.tokens_out, 0);
  assert_int_equal(scripted_posts(f->server), 1);
  assert_int_equal(f->ledger.tokens_in + f->ledger.tokens_out, spent);
  assert_true(asks_server(f, "b", 0));
  assert_true(asks_server(f, "a", 1));
  f->opts.shape.temperature = 0.5;
  assert_true(asks_server(f, "a", 0));
  assert_false(asks_server(f, "a", 0));
  f->opts.shape.max_tokens = 11;
  assert_true(asks_server(f, "a", 0));
  const char *param[] = { "repetition_penalty=1.1" };
  f->opts.shape.param = (struct texts){ param, 1 };
  assert_true(asks_server(f, "a", 0));
  assert_false(asks_server(f, "a", 0));
  scripted_set_models(f->server, status(200, "{\"data\":[{\"id\":\"m\","
                                             "\"root\":\"other\"}]}"));
  assert_true(asks_server(f, "a", 0));
  assert_false(asks_server(f, "a", 0));
  f->opts.shape.api = "completions";
  assert_true(asks_server(f, "a", 0));
  policy_close(f->policy);
  f->policy = NULL;
  remove_cache(f->opts.cache);
}

static void only_answers_are_kept(void **state)
{
  struct fixture *f = *state;
  f->opts.cache = test_folder();
  f->opts.max_attempts = 1;
  must_open(f, "#m");
  scripted_push(f->server, status(500, error_body));
  expect_failure(f, "gave up after 1 attempt");
  scripted_push(f->server, status(200, "{\"choices\":[]}"));
  expect_failure(f, "gave up after 1 attempt");
  assert_true(asks_server(f, "question", 0));
  assert_false(asks_server(f, "question", 0));
  policy_close(f->policy);
  f->policy = NULL;
  remove_cache(f->opts.cache);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    TEST(the_key_is_in_the_header_alone),
    TEST(a_user_in_the_address_is_refused),
    TEST(addresses_are_checked),
    TEST(a_server_that_is_loading_is_waited_for),
    TEST(what_is_behind_the_base_is_cut_off),
    TEST(offline_needs_no_server),
    TEST(models_are_looked_up),
    TEST(servers_without_a_list_are_asked_all_the_same),
    TEST(a_base_without_v1_is_said_to_need_it),
    TEST(the_cache_knows_what_determines_an_answer),
    TEST(only_answers_are_kept),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

#endif
