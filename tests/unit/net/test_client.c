#include "test.h"

#ifndef HAVE_TEST_SERVER
int main(void)
{
  fprintf(stderr, "skipped: built without libmicrohttpd\n");
  return 77;
}
#else

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/time.h>

#include "../../net/caller.h"

static const struct raw_reply fine[] = { { .text = OK } };

static void assert_has(const char *text, const char *part)
{
  if (!strstr(text, part))
    fail_msg("no '%s' in '%s'", part, text);
}

static void assert_has_not(const char *text, const char *part)
{
  if (strstr(text, part))
    fail_msg("'%s' in '%s'", part, text);
}

/* ---- what is sent ---- */

static void test_post(void **state)
{
  struct caller *c = *state;
  static const char *const headers[] = { "X-Team: blue-0123456789", "OpenAI-Beta:  v2" };
  c->opts.headers = headers;
  c->opts.n_headers = 2;
  CALL(c, fine);
  const char *sent = raw_request(c->raw, 0);
  assert_answered(c, 200);
  assert_str_equal(c->got.body, "{}");
  assert_int_equal(strncmp(sent, "POST /v1/x HTTP/1.1\r\n", 21), 0);
  assert_has(sent, "\r\nAuthorization: Bearer " KEY "\r\n");
  assert_has(sent, "\r\nContent-Type: application/json\r\n");
  assert_has(sent, "\r\nAccept: application/json\r\n");
  assert_has(sent, "\r\nX-Team: blue-0123456789\r\n");
  assert_has(sent, "\r\nOpenAI-Beta:  v2\r\n");
  assert_has(sent, "\r\nContent-Length: 13\r\n");
  assert_has(sent, "\r\n\r\n" BODY);
}

static void test_get_and_post_in_turn(void **state)
{
  struct caller *c = *state;
  CALL(c, fine);
  http_client_send(c->client, &(struct http_request){ raw_url(c->raw), STR_NONE, 3 });
  caller_wait(c);
  assert_answered(c, 200);
  const char *sent = raw_request(c->raw, 1);
  assert_int_equal(strncmp(sent, "GET / HTTP/1.1\r\n", 16), 0);
  assert_has(sent, "Authorization: Bearer " KEY);
  assert_has_not(sent, "Content-");
  http_client_send(c->client, &(struct http_request){ raw_url(c->raw), STR(""), 3 });
  caller_wait(c);
  assert_int_equal(strncmp(raw_request(c->raw, 2), "POST / HTTP/1.1\r\n", 17), 0);
  assert_has(raw_request(c->raw, 2), "Content-Length: 0\r\n");
}

/* A server that knows nothing of "100 Continue" would let us wait. */
static void test_long_body(void **state)
{
  struct caller *c = *state;
  size_t size = 1500000;
  char *body = malloc(size);
  memset(body, 'x', size);
  CALL(c, fine);
  http_client_send(c->client, &(struct http_request){ c->url, { body, size }, 3 });
  memset(body, 'y', size); /* it was copied */
  caller_wait(c);
  free(body);
  assert_answered(c, 200);
  const char *sent = raw_request(c->raw, 1);
  assert_has_not(sent, "Expect");
  assert_has_not(sent, "xy");
  assert_has_not(sent, "yy");
  assert_int_equal(strlen(strstr(sent, "\r\n\r\n") + 4), size);
}

static void test_given_header_replaces_ours(void **state)
{
  struct caller *c = *state;
  static const char *const headers[] = { "accept: text/x", "user-agent: me",
                                         "AUTHORIZATION: Basic 0123" };
  c->opts.headers = headers;
  c->opts.n_headers = 3;
  CALL(c, fine);
  const char *sent = raw_request(c->raw, 0);
  assert_has(sent, "accept: text/x\r\n");
  assert_has_not(sent, "Accept: application/json");
  assert_has(sent, "user-agent: me\r\n");
  assert_has_not(sent, "oreo-bench");
  assert_has(sent, "AUTHORIZATION: Basic 0123\r\n");
  assert_has_not(sent, KEY);
}

/* ---- what is not sent, nor said ---- */

static void test_key_stays_at_its_origin(void **state)
{
  struct caller *c = *state;
  static const char *const headers[] = { "X-Team: blue-0123456789" };
  c->opts.headers = headers;
  c->opts.n_headers = 1;
  c->raw = raw_start(fine, 1);
  c->other = raw_start(fine, 1);
  caller_open(c, raw_url(c->raw));
  caller_post(c, raw_url(c->other), "/x");
  caller_post(c, raw_url(c->raw), "/x");
  caller_post(c, raw_url(c->other), "/x");
  for (size_t i = 0; i < 2; i++) {
    assert_has(raw_request(c->other, i), "Content-Type: application/json\r\n");
    assert_has_not(raw_request(c->other, i), KEY);
    assert_has_not(raw_request(c->other, i), "blue");
  }
  assert_has(raw_request(c->raw, 0), KEY);
  assert_has(raw_request(c->raw, 0), "blue");
}

static const char *const bad_keys[] = {
  "",           "secret-1\n",     "secret-1\r\nX: y", " secret-1",
  "secret-1\t", "secret-1\033[m", "secret-1\177"
};
static const char *const bad_headers[] = { "X: secret-1\r\nY: z",
                                           "X: secret-1\n",
                                           "X: a\033secret-1",
                                           "X:\nsecret-1",
                                           "secret-1",
                                           ": secret-1",
                                           "X Y: secret-1",
                                           "\nX: secret-1",
                                           "X:",
                                           "X:  ",
                                           "X;",
                                           "Host: secret-1",
                                           "content-length: 1",
                                           "Expect: secret-1" };

static void assert_refused(struct caller *c)
{
  c->opts.origin_url = "http://127.0.0.1";
  c->err = (struct err){ 0 };
  assert_null(http_client_open(&c->opts, &c->err));
  assert_int_equal(c->err.code, ERR_USAGE);
  assert_has_not(c->err.msg, "secret");
  assert_has_not(c->err.msg, "\n");
}

static void test_bad_lines_are_refused(void **state)
{
  struct caller *c = *state;
  for (size_t i = 0; i < sizeof bad_keys / sizeof bad_keys[0]; i++) {
    c->opts.bearer = bad_keys[i];
    assert_refused(c);
  }
  c->opts.bearer = NULL;
  for (size_t i = 0; i < sizeof bad_headers / sizeof bad_headers[0]; i++) {
    c->opts.headers = &bad_headers[i];
    c->opts.n_headers = 1;
    assert_refused(c);
  }
}

static void test_bad_origin(void **state)
{
  struct caller *c = *state;
  static const char *const urls[] = { "", "host/v1", "ftp://u:secret-1@host/", "http://",
                                      "http://u:secret-1@ho st/" };
  for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
    c->opts.origin_url = urls[i];
    assert_null(http_client_open(&c->opts, &c->err));
    assert_int_equal(c->err.code, ERR_USAGE);
    assert_has_not(c->err.msg, "secret");
  }
}

/* The server hands the key back where we would show it. */
static void test_reflected_key(void **state)
{
  struct caller *c = *state;
  static const struct raw_reply replies[] = {
    { .text = OK_HEADER "X-Request-Id: " KEY "\r\nContent-Length: 0\r\n\r\n" },
    { .text = "HTTP/1.1 302 Found\r\nLocation: http://" KEY ".example/\r\n"
              "Content-Length: 0\r\n\r\n" },
  };
  CALL(c, replies);
  assert_string_equal(c->got.request_id, "(hidden)");
  caller_post(c, raw_url(c->raw), "/");
  assert_outcome(c, HTTP_REDIRECTED, "(hidden)");
}

/* ---- redirects ---- */

static void test_redirects_within_the_origin(void **state)
{
  (void)state;
  static const char *const lines[] = { "301 A", "302 B", "307 C", "308 D" };
  for (size_t i = 0; i < 4; i++) {
    void *fresh;
    char text[128];
    caller_set_up(&fresh);
    struct caller *c = fresh;
    snprintf(text, sizeof text,
             "HTTP/1.1 %s\r\nLocation: /v2/y?z\r\nContent-Length: 4\r\n\r\ngone",
             lines[i]);
    struct raw_reply replies[] = { { .text = text }, { .text = OK } };
    CALL(c, replies);
    assert_answered(c, 200);
    assert_str_equal(c->got.body, "{}");
    assert_int_equal(strncmp(raw_request(c->raw, 1), "POST /v2/y?z HTTP", 17), 0);
    assert_has(raw_request(c->raw, 1), KEY);
    assert_has(raw_request(c->raw, 1), BODY);
    assert_int_equal(raw_connections(c->raw), 1);
    /* the next request goes where it says, not where the last one ended */
    caller_post(c, raw_url(c->raw), "/v1/x");
    assert_int_equal(strncmp(raw_request(c->raw, 2), "POST /v1/x HTTP", 15), 0);
    caller_tear_down(&fresh);
  }
}

/* "See other" is to be fetched: so says HTTP, and so do services that take long. */
static void test_see_other_is_fetched(void **state)
{
  struct caller *c = *state;
  static const struct raw_reply replies[] = {
    { .text = "HTTP/1.1 303 See\r\nLocation: ./y\r\nContent-Length: 0\r\n\r\n" },
    { .text = OK }
  };
  CALL(c, replies);
  assert_answered(c, 200);
  assert_int_equal(strncmp(raw_request(c->raw, 1), "GET /v1/y HTTP/1.1\r\n", 20), 0);
  assert_has(raw_request(c->raw, 1), KEY);
  assert_has_not(raw_request(c->raw, 1), BODY);
  caller_post(c, raw_url(c->raw), "/v1/x");
  assert_has(raw_request(c->raw, 2), BODY);
}

static void test_redirects_without_end(void **state)
{
  struct caller *c = *state;
  static const struct raw_reply replies[] = {
    { .text = "HTTP/1.1 307 A\r\nLocation: /v1/x\r\nContent-Length: 0\r\n\r\n" }
  };
  CALL(c, replies);
  assert_outcome(c, HTTP_REDIRECTED, "too often");
  assert_int_equal(raw_requests(c->raw), 1 + CLIENT_REDIRECTS_MAX);
}

static void test_redirect_elsewhere(void **state)
{
  struct caller *c = *state;
  static const char *const codes[] = { "301", "302", "303", "307", "308" };
  c->other = raw_start(fine, 1);
  for (size_t i = 0; i < 5; i++) {
    char text[256], host[64];
    snprintf(text, sizeof text,
             "HTTP/1.1 %s X\r\nLocation: http://user:pw-123456@%s/p?token=t0\r\n"
             "Content-Length: 0\r\n\r\n",
             codes[i], raw_url(c->other) + 7);
    snprintf(host, sizeof host, "'%s'", raw_url(c->other));
    struct raw_reply replies[] = { { .text = text } };
    CALL(c, replies);
    assert_outcome(c, HTTP_REDIRECTED, host);
    assert_has_not(c->got.detail, "pw-123456");
    assert_has_not(c->got.detail, "token");
    assert_int_equal(raw_requests(c->raw), 1);
    http_client_close(c->client);
    c->client = NULL;
    raw_stop(c->raw);
    c->raw = NULL;
  }
  assert_int_equal(raw_connections(c->other), 0);
}

/* Location, what is said of it; each is refused. */
static const char *const elsewhere[][2] = {
  { "https://127.0.0.1/", "https://127.0.0.1:443" },
  { "http://localhost/", "http://localhost:80" },
  { "//127.0.0.2/", "http://127.0.0.2:80" },
  { "http://127.0.0.1/", "http://127.0.0.1:80" },
  { "ftp://127.0.0.1/", "not one of HTTP" },
  { "file:///etc/passwd", "not one of HTTP" },
  { "", "no usable address" },
};

static void test_other_redirects(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof elsewhere / sizeof elsewhere[0]; i++) {
    void *fresh;
    char text[256];
    caller_set_up(&fresh);
    struct caller *c = fresh;
    snprintf(text, sizeof text, "HTTP/1.1 302 X\r\n%s%s\r\nContent-Length: 0\r\n\r\n",
             elsewhere[i][0][0] ? "Location: " : "X: ", elsewhere[i][0]);
    struct raw_reply replies[] = { { .text = text } };
    CALL(c, replies);
    assert_outcome(c, HTTP_REDIRECTED, elsewhere[i][1]);
    caller_tear_down(&fresh);
  }
}

/* ---- proxies ---- */

static void test_proxy(void **state)
{
  struct caller *c = *state;
  static const struct raw_reply replies[] = {
    { .text = OK },
    { .text = "HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n" },
  };
  c->raw = raw_start(replies, 2);
  c->opts.proxy = raw_url(c->raw);
  caller_post(c, "http://no-such-host.invalid", "/v1");
  assert_answered(c, 200);
  assert_int_equal(
      strncmp(raw_request(c->raw, 0), "POST http://no-such-host.invalid/v1 HTTP", 40), 0);
  caller_post(c, "http://no-such-host.invalid", "/v1");
  assert_outcome(c, HTTP_PROXY, "407; put its password into the variable");
}

static void test_proxy_for_tls(void **state)
{
  struct caller *c = *state;
  static const struct raw_reply replies[] = {
    { .text = "HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n", .end = RAW_CLOSE },
    { .text = "HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n", .end = RAW_CLOSE },
  };
  c->raw = raw_start(replies, 2);
  c->opts.proxy = raw_url(c->raw);
  caller_post(c, "https://no-such-host.invalid", "/v1");
  assert_outcome(c, HTTP_PROXY, "the proxy answered 403");
  caller_post(c, "https://no-such-host.invalid", "/v1");
  assert_outcome(c, HTTP_PROXY, "407; put its password");
  for (size_t i = 0; i < 2; i++) {
    assert_int_equal(strncmp(raw_request(c->raw, i), "CONNECT ", 8), 0);
    assert_has_not(raw_request(c->raw, i), KEY);
  }
}

static void test_no_such_proxy(void **state)
{
  struct caller *c = *state;
  c->opts.proxy = "http://user:pw-123456@no-such-proxy.invalid";
  caller_post(c, "http://127.0.0.1", "/v1");
  assert_outcome(c, HTTP_PROXY, "no-such-proxy.invalid");
  assert_has_not(c->got.detail, "pw-123456");
}

/* ---- TLS ---- */

static void start_tls(struct caller *c)
{
  c->server = server_start(true);
  if (!c->server) {
    fprintf(stderr, "skipped: no TLS server here\n");
    skip();
  }
}

static void test_unknown_certificate(void **state)
{
  struct caller *c = *state;
  start_tls(c);
  caller_post(c, server_url(c->server), "/echo");
  assert_outcome(c, HTTP_TLS, "--ca-file");
}

static void test_trusted_certificate(void **state)
{
  struct caller *c = *state;
  char path[128], url[64];
  start_tls(c);
  snprintf(path, sizeof path, "%s/ca.pem", test_folder());
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  fputs(server_certificate(c->server), file);
  fclose(file);
  c->opts.ca_file = path;
  caller_post(c, server_url(c->server), "/echo");
  assert_answered(c, 200);
  assert_str_equal(c->got.body, BODY);
  /* the same certificate under a name that it is not for */
  snprintf(url, sizeof url, "https://localhost%s", strrchr(server_url(c->server), ':'));
  caller_post(c, url, "/echo");
  assert_outcome(c, HTTP_TLS, "");
  c->opts.ca_file = "/no/such/file";
  http_client_close(c->client);
  c->client = NULL;
  caller_post(c, server_url(c->server), "/echo");
  assert_outcome(c, HTTP_TLS, "--ca-file");
  unlink(path);
  *strrchr(path, '/') = '\0';
  assert_int_equal(rmdir(path), 0);
}

/* ---- many ---- */

enum { IN_FLIGHT = 256, MANY = 6000 };

static int open_files(void)
{
  DIR *folder = opendir("/proc/self/fd");
  int n = 0;
  if (!folder)
    return -1;
  while (readdir(folder))
    n++;
  closedir(folder);
  return n;
}

/* Each gets the reply to its own body, once. */
static void run_many(struct caller *c, bool *back)
{
  char body[64];
  struct http_reply got;
  snprintf(c->url, sizeof c->url, "%s/echo", server_url(c->server));
  for (size_t sent = 0, done = 0; done < MANY;) {
    while (sent < MANY && http_client_in_flight(c->client) < IN_FLIGHT) {
      int n = snprintf(body, sizeof body, "request %zu", sent);
      http_client_send(c->client,
                       &(struct http_request){ c->url, { body, (size_t)n }, sent++ });
    }
    if (!http_client_next(c->client, MANY_MS, &got))
      continue;
    assert_int_equal(got.outcome, HTTP_ANSWERED);
    assert_int_equal(got.status, 200);
    assert_false(back[got.tag]);
    back[got.tag] = true;
    snprintf(body, sizeof body, "request %zu", got.tag);
    assert_str_equal(got.body, body);
    done++;
  }
}

static void test_many_in_flight(void **state)
{
  struct caller *c = *state;
  static bool back[MANY];
  int before = open_files();
  c->server = server_start(false);
  assert_non_null(c->server);
  c->opts.max_connections = IN_FLIGHT;
  caller_open(c, server_url(c->server));
  run_many(c, back);
  if (before > 0) /* both ends of each connection, and what servers and clients have */
    assert_in_range(open_files(), before, before + 2 * IN_FLIGHT + 16);
  http_client_close(c->client);
  c->client = NULL;
  server_stop(c->server);
  c->server = NULL;
  assert_int_equal(open_files(), before);
}

static void test_close_in_flight(void **state)
{
  struct caller *c = *state;
  static const struct raw_reply replies[] = { { .text = "", .end = RAW_HOLD } };
  c->raw = raw_start(replies, 1);
  int before = open_files();
  caller_open(c, raw_url(c->raw));
  for (size_t i = 0; i < 4; i++)
    http_client_send(c->client, &(struct http_request){ raw_url(c->raw), STR(BODY), i });
  assert_false(http_client_next(c->client, 20, &c->got));
  assert_int_equal(http_client_in_flight(c->client), 4);
  http_client_close(c->client);
  c->client = NULL;
  raw_stop(c->raw);
  c->raw = NULL;
  if (before > 0)
    assert_true(open_files() < before);
}

static void test_nothing_in_flight(void **state)
{
  struct caller *c = *state;
  caller_open(c, "http://127.0.0.1");
  assert_false(http_client_next(c->client, 0, &c->got));
  assert_false(http_client_next(c->client, 1, &c->got));
  assert_int_equal(http_client_in_flight(c->client), 0);
}

/* ---- signals ---- */

static volatile sig_atomic_t signals;

static void on_signal(int number)
{
  (void)number;
  signals++;
}

/* Without the signal there would be a reply: that it is too late. */
static void test_signal_ends_the_wait(void **state)
{
  struct caller *c = *state;
  static const struct raw_reply replies[] = { { .text = "", .end = RAW_HOLD } };
  struct sigaction action = { .sa_handler = on_signal }, before;
  struct itimerval soon = { .it_value = { 0, 100000 }, .it_interval = { 0, 100000 } };
  struct itimerval never = { { 0, 0 }, { 0, 0 } };
  c->raw = raw_start(replies, 1);
  c->opts.first_byte_timeout_ms = 20000;
  caller_open(c, raw_url(c->raw));
  http_client_send(c->client, &(struct http_request){ raw_url(c->raw), STR(BODY), 1 });
  sigaction(SIGALRM, &action, &before);
  /* the server's thread is to leave it to this one */
  setitimer(ITIMER_REAL, &soon, NULL);
  bool came = http_client_next(c->client, MANY_MS, &c->got);
  setitimer(ITIMER_REAL, &never, NULL);
  sigaction(SIGALRM, &before, NULL);
  assert_false(came);
  assert_true(signals > 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    CALLER_TEST(test_post),
    CALLER_TEST(test_get_and_post_in_turn),
    CALLER_TEST(test_long_body),
    CALLER_TEST(test_given_header_replaces_ours),
    CALLER_TEST(test_key_stays_at_its_origin),
    CALLER_TEST(test_bad_lines_are_refused),
    CALLER_TEST(test_bad_origin),
    CALLER_TEST(test_reflected_key),
    cmocka_unit_test(test_redirects_within_the_origin),
    CALLER_TEST(test_see_other_is_fetched),
    CALLER_TEST(test_redirects_without_end),
    CALLER_TEST(test_redirect_elsewhere),
    cmocka_unit_test(test_other_redirects),
    CALLER_TEST(test_proxy),
    CALLER_TEST(test_proxy_for_tls),
    CALLER_TEST(test_no_such_proxy),
    CALLER_TEST(test_unknown_certificate),
    CALLER_TEST(test_trusted_certificate),
    CALLER_TEST(test_many_in_flight),
    CALLER_TEST(test_close_in_flight),
    CALLER_TEST(test_nothing_in_flight),
    CALLER_TEST(test_signal_ends_the_wait),
  };
  if (!caller_ready())
    return 77;
  return cmocka_run_group_tests(tests, NULL, NULL);
}

#endif
