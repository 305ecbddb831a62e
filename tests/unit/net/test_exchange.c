#include "test.h"

#ifndef HAVE_TEST_SERVER
int main(void)
{
  fprintf(stderr, "skipped: built without libmicrohttpd\n");
  return 77;
}
#else

#include "../../net/caller.h"

/* ---- replies ---- */

static void test_reply(void **state)
{
  struct caller *c = *state;
  static const struct raw_reply replies[] = {
    { .text = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 418 Teapot\r\n"
              "content-type: Text/JSON; x=y\r\nX-Request-Id: req_1\r\n"
              "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n"
              "Retry-After: 9\r\nX-Request-Id: trailer\r\n\r\n" }
  };
  CALL(c, replies);
  assert_answered(c, 418);
  assert_str_equal(c->got.body, "hello");
  assert_string_equal(c->got.content_type, "text/json");
  assert_string_equal(c->got.request_id, "req_1");
  assert_int_equal(c->got.retry_after_ms, -1);
  assert_true(c->got.elapsed_ns > 0);
}

static void test_retry_after(void **state)
{
  struct caller *c = *state;
  static const struct raw_reply replies[] = {
    { .text = "HTTP/1.1 429 No\r\nRetry-After: 3\r\nContent-Length: 0\r\n\r\n" },
    { .text = "HTTP/1.1 503 No\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
              "Retry-After: Sun, 06 Nov 1994 08:49:41 GMT\r\n"
              "Content-Length: 0\r\n\r\n" },
    { .text = "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n" },
  };
  CALL(c, replies);
  assert_answered(c, 429);
  assert_int_equal(c->got.retry_after_ms, 3000);
  assert_str_equal(c->got.body, "");
  caller_post(c, raw_url(c->raw), "/");
  assert_answered(c, 503);
  assert_int_equal(c->got.retry_after_ms, 4000);
  caller_post(c, raw_url(c->raw), "/");
  assert_answered(c, 503);
  assert_int_equal(c->got.retry_after_ms, -1);
}

/* ---- broken ones ---- */

/* what the server sends, how it ends, what that is, and a part of why */
static const struct broken {
  struct raw_reply reply;
  enum http_outcome outcome;
  const char *body;
} brokens[] = {
  { { .text = OK_HEADER "Content-Length: 9\r\n\r\nhalf", .end = RAW_CLOSE },
    HTTP_CUT,
    "half" },
  { { .text = OK_HEADER "Content-Length: 9\r\n\r\nhalf", .end = RAW_RESET },
    HTTP_CUT,
    NULL }, /* a reset may overtake the bytes */
  { { .text = "", .end = RAW_CLOSE }, HTTP_CUT, "" },
  { { .text = "", .end = RAW_RESET }, HTTP_CUT, "" },
  { { .text = OK_HEADER, .end = RAW_RESET }, HTTP_CUT, "" },
  { { .text = OK_HEADER "Transfer-Encoding: chunked\r\n\r\n5\r\nhel", .end = RAW_CLOSE },
    HTTP_CUT,
    "hel" },
  { { .text = OK_HEADER "Transfer-Encoding: chunked\r\n\r\nxyz\r\nhello\r\n",
      .end = RAW_CLOSE },
    HTTP_CUT,
    "" },
  { { .text = "SSH-2.0-OpenSSH_9.2\r\n", .unasked = true, .end = RAW_HOLD },
    HTTP_MALFORMED,
    "" },
  { { .text = "<html>HTTP/0.9</html>\n", .end = RAW_CLOSE }, HTTP_MALFORMED, "" },
  { { .text = "\026\003\001\002", .end = RAW_CLOSE }, HTTP_MALFORMED, "" },
  { { .text = OK_HEADER "Content-Length: 100001\r\n\r\n", .end = RAW_HOLD },
    HTTP_TOO_LARGE,
    "" },
  { { .text = OK_HEADER "\r\n0123456789", .repeats = 20000, .end = RAW_HOLD },
    HTTP_TOO_LARGE,
    NULL },
  { { .text = OK_HEADER "\r\n\r\n\r\n0123456789", .repeats = 20000, .end = RAW_CLOSE },
    HTTP_TOO_LARGE,
    NULL },
};

static void test_broken_replies(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof brokens / sizeof brokens[0]; i++) {
    void *fresh;
    caller_set_up(&fresh);
    struct caller *c = fresh;
    struct raw_reply replies[] = { brokens[i].reply };
    CALL(c, replies);
    if (c->got.outcome != brokens[i].outcome || !c->got.detail[0])
      fail_msg("%zu: outcome %d, '%s'", i, (int)c->got.outcome, c->got.detail);
    if (brokens[i].body)
      assert_str_equal(c->got.body, brokens[i].body);
    assert_int_equal(c->got.status, 0);
    caller_tear_down(&fresh);
  }
}

static void test_the_cap_is_exact(void **state)
{
  struct caller *c = *state;
  static const struct raw_reply replies[] = {
    { .text = OK_HEADER "Content-Length: 100000\r\n\r\n0123456789", .repeats = 10000 },
    { .text = OK_HEADER "\r\n0123456789", .repeats = 10000, .end = RAW_CLOSE },
    { .text = OK }
  };
  CALL(c, replies);
  assert_answered(c, 200);
  assert_int_equal(c->got.body.len, 100000);
  caller_post(c, raw_url(c->raw), "/");
  assert_answered(c, 200);
  assert_int_equal(c->got.body.len, 100000);
  caller_post(c, raw_url(c->raw), "/");
  assert_str_equal(c->got.body, "{}");
}

static char *long_header(void)
{
  static const char line[] = "X-Line: 0123456789012345678901234567890123456789\r\n";
  char *text = calloc(1, 8000 * sizeof line);
  char *end = text + sprintf(text, "%s", OK_HEADER);
  for (int i = 0; i < 7900; i++)
    end += sprintf(end, "%s", line);
  return text;
}

static void test_endless_header(void **state)
{
  struct caller *c = *state;
  char *text = long_header();
  struct raw_reply replies[] = { { .text = text, .end = RAW_HOLD } };
  CALL(c, replies);
  assert_true(c->got.outcome != HTTP_ANSWERED && c->got.outcome != HTTP_SLOW);
  raw_stop(c->raw); /* it is sending the text */
  c->raw = NULL;
  free(text);
}

/* ---- late ones ---- */

static void test_no_first_byte(void **state)
{
  struct caller *c = *state;
  static const struct raw_reply replies[] = { { .text = "", .end = RAW_HOLD } };
  c->opts.first_byte_timeout_ms = 250;
  CALL(c, replies);
  assert_outcome(c, HTTP_SLOW, "no reply within 0.25 s");
}

static void test_dripping_body(void **state)
{
  struct caller *c = *state;
  static const struct raw_reply replies[] = {
    { .text = OK_HEADER "Content-Length: 90\r\n\r\n012345678901234567890123456789"
                        "012345678901234567890123456789012345678901234567890123456789",
      .drip_ms = 10 },
  };
  c->opts.total_timeout_ms = 100;
  CALL(c, replies);
  assert_outcome(c, HTTP_SLOW, "no whole reply within 0.1 s");
}

/* The first byte is in time: a slow reply is no failure. */
static void test_slow_but_in_time(void **state)
{
  struct caller *c = *state;
  static const struct raw_reply replies[] = { { .text = OK, .drip_ms = 1 } };
  CALL(c, replies);
  assert_answered(c, 200);
  assert_str_equal(c->got.body, "{}");
}

/* The others are not held up, nor is what comes after it. */
static void test_one_slow_of_two(void **state)
{
  struct caller *c = *state;
  static const struct raw_reply never[] = { { .text = "", .end = RAW_HOLD } };
  static const struct raw_reply soon[] = { { .text = OK } };
  c->raw = raw_start(never, 1);
  c->other = raw_start(soon, 1);
  c->opts.first_byte_timeout_ms = 2000;
  caller_open(c, raw_url(c->raw));
  http_client_send(c->client, &(struct http_request){ raw_url(c->raw), STR(BODY), 1 });
  http_client_send(c->client, &(struct http_request){ raw_url(c->other), STR(BODY), 2 });
  caller_wait(c);
  assert_int_equal(c->got.tag, 2);
  assert_answered(c, 200);
  assert_int_equal(http_client_in_flight(c->client), 1);
  caller_wait(c);
  assert_int_equal(c->got.tag, 1);
  assert_outcome(c, HTTP_SLOW, "no reply");
  assert_int_equal(http_client_in_flight(c->client), 0);
}

/* ---- no connection ---- */

static void test_nobody_listens(void **state)
{
  struct caller *c = *state;
  static const struct raw_reply replies[] = { { .text = OK } };
  c->raw = raw_start(replies, 1);
  char url[64];
  snprintf(url, sizeof url, "%s", raw_url(c->raw));
  raw_stop(c->raw);
  c->raw = NULL;
  caller_post(c, url, "/");
  assert_outcome(c, HTTP_UNREACHABLE, "127.0.0.1");
}

static void test_no_such_host(void **state)
{
  struct caller *c = *state;
  caller_post(c, "http://no-such-host.invalid", "/");
  assert_outcome(c, HTTP_UNRESOLVED, "no-such-host.invalid");
}

/* TLS is a part of connecting. */
static void test_no_handshake(void **state)
{
  struct caller *c = *state;
  static const struct raw_reply replies[] = {
    { .text = "", .unasked = true, .end = RAW_HOLD }
  };
  char url[64];
  c->raw = raw_start(replies, 1);
  snprintf(url, sizeof url, "https%s", raw_url(c->raw) + 4);
  c->opts.connect_timeout_ms = 100;
  caller_post(c, url, "/");
  assert_outcome(c, HTTP_UNREACHABLE, "");
}

static void test_tls_to_a_port_without(void **state)
{
  struct caller *c = *state;
  static const struct raw_reply replies[] = {
    { .text = "HTTP/1.1 400 Bad\r\n\r\n", .unasked = true, .end = RAW_HOLD }
  };
  char url[64];
  c->raw = raw_start(replies, 1);
  snprintf(url, sizeof url, "https%s", raw_url(c->raw) + 4);
  caller_post(c, url, "/");
  assert_outcome(c, HTTP_TLS, "does the server speak TLS");
}

static void test_no_address(void **state)
{
  struct caller *c = *state;
  static const char *const urls[] = {
    "",        "nonsense",    "ftp://127.0.0.1/", "file:///etc/passwd",
    "http://", "http://a b/", "http://h:99999/"
  };
  caller_open(c, "http://127.0.0.1");
  for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
    caller_post(c, urls[i], "");
    assert_outcome(c, HTTP_UNREACHABLE, "address");
  }
  char *longest = calloc(1, 10001);
  memset(longest, 'a', 10000);
  memcpy(longest, "http://127.0.0.1/", 17);
  http_client_send(c->client, &(struct http_request){ longest, STR(BODY), 0 });
  caller_wait(c);
  assert_outcome(c, HTTP_UNREACHABLE, "too long");
  free(longest);
}

/* ---- connections that are kept ---- */

static void test_connection_is_kept(void **state)
{
  struct caller *c = *state;
  static const struct raw_reply replies[] = { { .text = OK } };
  CALL(c, replies);
  for (int i = 0; i < 3; i++)
    caller_post(c, raw_url(c->raw), i % 2 ? "/a" : "/b");
  assert_answered(c, 200);
  assert_int_equal(raw_connections(c->raw), 1);
  assert_int_equal(raw_requests(c->raw), 4);
}

/* A server may close a connection just when it is used again: libcurl sends the request
 * on a fresh one, if no byte of a reply has come. */
static void test_stale_connection(void **state)
{
  struct caller *c = *state;
  static const struct raw_reply replies[] = {
    { .text = OK }, { .text = "", .end = RAW_CLOSE },
    { .text = OK }, { .text = "", .end = RAW_RESET },
    { .text = OK },
  };
  CALL(c, replies);
  for (int i = 0; i < 2; i++) {
    caller_post(c, raw_url(c->raw), "/again");
    assert_answered(c, 200);
  }
  assert_int_equal(raw_connections(c->raw), 3);
  assert_int_equal(raw_requests(c->raw), 5);
  assert_non_null(strstr(raw_request(c->raw, 4), BODY));
}

/* The time libcurl gives up on: the first use of a connection is not repeated. */
static void test_fresh_connection_is_not_retried(void **state)
{
  struct caller *c = *state;
  static const struct raw_reply replies[] = { { .text = "", .end = RAW_CLOSE },
                                              { .text = OK } };
  CALL(c, replies);
  assert_outcome(c, HTTP_CUT, "");
  assert_int_equal(raw_requests(c->raw), 1);
  caller_post(c, raw_url(c->raw), "/again");
  assert_answered(c, 200);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    CALLER_TEST(test_reply),
    CALLER_TEST(test_retry_after),
    cmocka_unit_test(test_broken_replies),
    CALLER_TEST(test_the_cap_is_exact),
    CALLER_TEST(test_endless_header),
    CALLER_TEST(test_no_first_byte),
    CALLER_TEST(test_dripping_body),
    CALLER_TEST(test_slow_but_in_time),
    CALLER_TEST(test_one_slow_of_two),
    CALLER_TEST(test_nobody_listens),
    CALLER_TEST(test_no_such_host),
    CALLER_TEST(test_no_handshake),
    CALLER_TEST(test_tls_to_a_port_without),
    CALLER_TEST(test_no_address),
    CALLER_TEST(test_connection_is_kept),
    CALLER_TEST(test_stale_connection),
    CALLER_TEST(test_fresh_connection_is_not_retried),
  };
  if (!caller_ready())
    return 77;
  return cmocka_run_group_tests(tests, NULL, NULL);
}

#endif
