/* The server over real sockets, client and server taking turns in one thread. */
#include "mock/mock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/fs.h"
#include "test.h"

#define GOOD "{\"model\":\"mock\",\"prompt\":\"x\"}"
#define PATH "/v1/completions"

struct fixture {
  char dir[64], log[100];
  struct mock_opts opts;
  struct mock *mock;
  struct buf got; /* by the last talk */
  int error;      /* errno of its end: 0 = in order */
};

static int begin(void **state)
{
  struct fixture *f = calloc(1, sizeof *f);
  struct policy_opts opts = { 0 };
  struct err err = { 0 };
  f->opts = (struct mock_opts){ .host = "localhost", .model_name = "mock" };
  f->opts.stall_s = 0.3;
  f->opts.drip_ms = 60;
  f->opts.huge_mib = 2;
  f->opts.fault_rate = 1;
  f->opts.policy = policy_open(STR("null:forty-two"), &opts, &err);
  assert_non_null(f->opts.policy);
  snprintf(f->dir, sizeof f->dir, "%s", test_folder());
  snprintf(f->log, sizeof f->log, "%s/log", f->dir);
  buf_init(&f->got, 16 << 20);
  *state = f;
  return 0;
}

static int end(void **state)
{
  struct fixture *f = *state;
  mock_close(f->mock);
  policy_close(f->opts.policy);
  buf_release(&f->got);
  unlink(f->log);
  rmdir(f->dir);
  free(f);
  return 0;
}

static void open_mock(struct fixture *f)
{
  struct err err = { 0 };
  f->mock = mock_open(&f->opts, &err);
  if (!f->mock && err.code == ERR_ENV && strstr(err.msg, "libmicrohttpd"))
    skip();
  if (!f->mock)
    fail_msg("%s", err.msg);
}

static void serve(struct fixture *f)
{
  struct err err = { 0 };
  assert_ok(mock_serve(f->mock, 2, &err), err);
}

/* ---- a client ---- */

static int dial(struct fixture *f)
{
  struct sockaddr_in to = { .sin_family = AF_INET };
  int port = 0, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  assert_int_equal(sscanf(mock_url(f->mock), "http://127.0.0.1:%d/v1", &port), 1);
  to.sin_port = htons((uint16_t)port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
  fcntl(fd, F_SETFL, O_NONBLOCK);
  return fd;
}

static void send_all(struct fixture *f, int fd, const char *bytes, size_t n)
{
  while (n) {
    ssize_t sent = send(fd, bytes, n, MSG_NOSIGNAL);
    if (sent > 0) {
      bytes += sent;
      n -= (size_t)sent;
    } else {
      assert_int_equal(errno, EAGAIN);
    }
    serve(f);
  }
}

static void post(struct fixture *f, int fd, const char *path, const char *body)
{
  char text[1000];
  int n = snprintf(text, sizeof text,
                   "POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: %zu\r\n\r\n%s", path,
                   strlen(body), body);
  send_all(f, fd, text, (size_t)n);
}

/* All that was announced is there. */
static bool is_whole(struct str got)
{
  ptrdiff_t head = str_find(got, STR("\r\n\r\n"));
  ptrdiff_t length = str_find(got, STR("Content-Length: "));
  if (head < 0 || length < 0 || length > head)
    return head >= 0 && str_ends(got, STR("\r\n0\r\n\r\n"));
  return got.len >= (size_t)head + 4 + (size_t)atol(got.ptr + length + 16);
}

/* Serves and reads until the reply is whole or the connection ends. */
static void receive(struct fixture *f, int fd)
{
  buf_reset(&f->got);
  f->error = 0;
  for (int turns = 0; turns < 5000 && !is_whole(buf_str(&f->got)); turns++) {
    char *at = buf_reserve(&f->got, 1 << 16);
    assert_non_null(at);
    ssize_t n = recv(fd, at, 1 << 16, 0);
    if (n > 0)
      f->got.len += (size_t)n;
    f->got.ptr[f->got.len] = '\0';
    if (n == 0)
      f->error = ENODATA;
    else if (n < 0 && errno != EAGAIN)
      f->error = errno;
    if (f->error)
      return;
    serve(f);
  }
  assert_true(is_whole(buf_str(&f->got)));
}

static void talk(struct fixture *f, const char *path, const char *body)
{
  int fd = dial(f);
  post(f, fd, path, body);
  receive(f, fd);
  close(fd);
  serve(f);
}

static bool got(const struct fixture *f, const char *words)
{
  return str_find(buf_str(&f->got), str_from(words)) >= 0;
}

/* ---- answers ---- */

static void answers_on_one_connection(void **state)
{
  struct fixture *f = *state;
  open_mock(f);
  int fd = dial(f);
  for (int i = 0; i < 3; i++) {
    post(f, fd, PATH, GOOD);
    receive(f, fd);
    assert_int_equal(f->error, 0);
    assert_true(got(f, "HTTP/1.1 200 OK\r\n"));
    assert_true(got(f, "Content-Type: application/json\r\n"));
    assert_true(got(f, "\"text\":\"forty-two\""));
  }
  close(fd);
}

/* With two requests waiting, the third is one too many: so both did wait at once. */
static void latency_holds_nobody_up(void **state)
{
  struct fixture *f = *state;
  f->opts.latency_ms = 150;
  f->opts.max_in_flight = 2;
  open_mock(f);
  int fd[3], n_good = 0, n_busy = 0;
  for (int i = 0; i < 3; i++)
    fd[i] = dial(f);
  for (int i = 0; i < 3; i++)
    post(f, fd[i], PATH, GOOD);
  for (int i = 0; i < 3; i++) {
    receive(f, fd[i]);
    n_good += got(f, "HTTP/1.1 200 OK");
    n_busy += got(f, "HTTP/1.1 429 ") && got(f, "Retry-After: 1\r\n");
    close(fd[i]);
  }
  assert_int_equal(n_good, 2);
  assert_int_equal(n_busy, 1);
  talk(f, PATH, GOOD); /* and they are no longer in flight */
  assert_true(got(f, "HTTP/1.1 200 OK"));
}

static void no_reply_before_its_time(void **state)
{
  struct fixture *f = *state;
  f->opts.latency_ms = 80;
  open_mock(f);
  int64_t start_ns = clock_monotonic_ns();
  talk(f, PATH, GOOD);
  assert_true(clock_monotonic_ns() - start_ns >= 80000000);
}

static void stops_when_enough_is_answered(void **state)
{
  struct fixture *f = *state;
  f->opts.max_requests = 2;
  open_mock(f);
  talk(f, PATH, GOOD);
  assert_false(mock_done(f->mock));
  talk(f, "/v1/models", ""); /* a POST as well, though refused */
  assert_true(mock_done(f->mock));
}

/* ---- faults on the wire ---- */

static void strike(struct fixture *f, const char *fault)
{
  f->opts.faults = fault;
  mock_close(f->mock);
  f->mock = NULL;
  open_mock(f);
  talk(f, PATH, GOOD);
}

static void resets_are_resets(void **state)
{
  struct fixture *f = *state;
  int n_early = 0, n_late = 0;
  for (int seed = 0; seed < 12; seed++) {
    f->opts.seed = seed;
    strike(f, "reset");
    assert_int_equal(f->error, ECONNRESET);
    n_early += f->got.len == 0;
    n_late += got(f, "HTTP/1.1 200 OK") && !got(f, "finish_reason");
  }
  assert_int_equal(n_early + n_late, 12);
  assert_true(n_early && n_late);
}

static void a_stall_is_silence(void **state)
{
  struct fixture *f = *state;
  int64_t start_ns = clock_monotonic_ns();
  strike(f, "stall");
  assert_int_equal(f->error, ENODATA);
  assert_int_equal(f->got.len, 0);
  assert_true(clock_monotonic_ns() - start_ns >= 300000000);
}

static void bodies_are_cut(void **state)
{
  struct fixture *f = *state;
  strike(f, "truncated-body");
  assert_int_equal(f->error, ENODATA);
  assert_true(got(f, "\"object\":\"text_completion\""));
  assert_false(is_whole(buf_str(&f->got)));
  strike(f, "truncated-json");
  assert_int_equal(f->error, 0);
  assert_false(got(f, "finish_reason"));
}

static void huge_is_as_large_as_asked(void **state)
{
  struct fixture *f = *state;
  strike(f, "huge");
  assert_int_equal(f->error, 0);
  assert_true(f->got.len > 2 << 20);
  assert_true(got(f, "Transfer-Encoding: chunked\r\n"));
}

static void drips_arrive_whole(void **state)
{
  struct fixture *f = *state;
  f->opts.log = f->log;
  int64_t start_ns = clock_monotonic_ns();
  strike(f, "drip");
  assert_int_equal(f->error, 0);
  assert_true(got(f, "\"text\":\"forty-two\""));
  assert_true(got(f, "\"total_tokens\":4}}"));
  assert_true(clock_monotonic_ns() - start_ns >= 50000000);
}

static void headers_are_sent(void **state)
{
  struct fixture *f = *state;
  strike(f, "rate-limit");
  assert_true(got(f, "HTTP/1.1 429 "));
  assert_false(got(f, "Retry-After"));
  f->opts.retry_after_s = 7;
  strike(f, "rate-limit-after");
  assert_true(got(f, "\r\nRetry-After: 7\r\n"));
  strike(f, "rate-limit-date");
  assert_true(got(f, " GMT\r\n"));
  strike(f, "content-type");
  assert_true(got(f, "\r\nContent-Type: text/html"));
  strike(f, "redirect");
  assert_true(got(f, "HTTP/1.1 307 "));
  assert_true(got(f, "\r\nLocation: /r/1" PATH "\r\n"));
  talk(f, "/r/1" PATH, GOOD);
  assert_true(got(f, "\"text\":\"forty-two\""));
}

/* ---- clients of all kinds ---- */

static void who_hangs_up_gets_nothing(void **state)
{
  struct fixture *f = *state;
  struct err err = { 0 };
  struct buf log;
  f->opts.log = f->log;
  f->opts.latency_ms = 60;
  f->opts.max_requests = 1;
  open_mock(f);
  int fd = dial(f);
  post(f, fd, PATH, GOOD);
  serve(f);
  close(fd);
  for (int turns = 0; turns < 5000 && !mock_done(f->mock); turns++)
    serve(f);
  buf_init(&log, 1 << 16);
  assert_ok(fs_read(f->log, &log, &err), err);
  assert_true(str_ends(buf_str(&log), STR("\"status\":200,\"delivered\":false}\n")));
  buf_release(&log);
}

/* A stalled client that gives up is seen long before the stall ends. */
static void a_stall_ends_with_its_client(void **state)
{
  struct fixture *f = *state;
  f->opts.faults = "stall";
  f->opts.stall_s = 3600;
  f->opts.max_requests = 1;
  open_mock(f);
  int fd = dial(f);
  post(f, fd, PATH, GOOD);
  serve(f);
  close(fd);
  for (int turns = 0; turns < 5000 && !mock_done(f->mock); turns++)
    serve(f);
  assert_true(mock_done(f->mock));
}

static void closes_with_replies_under_way(void **state)
{
  struct fixture *f = *state;
  f->opts.latency_ms = 3600000;
  open_mock(f);
  int fd[20];
  for (int i = 0; i < 20; i++) {
    fd[i] = dial(f);
    post(f, fd[i], PATH, GOOD);
  }
  mock_close(f->mock);
  f->mock = NULL;
  for (int i = 0; i < 20; i++)
    close(fd[i]);
}

static void nonsense_is_survived(void **state)
{
  struct fixture *f = *state;
  open_mock(f);
  static const char *const texts[] = {
    "\r\n\r\n",
    "GET\r\n\r\n",
    "POST " PATH " HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    "POST " PATH " HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{\"mod",
    "POST " PATH " HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "\x16\x03\x01\x02\x01\x01\xfc\x03\x03",
  };
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    int fd = dial(f);
    send_all(f, fd, texts[i], strlen(texts[i]));
    serve(f);
    close(fd);
    serve(f);
  }
  talk(f, PATH, GOOD);
  assert_true(got(f, "\"text\":\"forty-two\""));
}

static void a_huge_request_is_refused(void **state)
{
  enum { PIECE = 1 << 20, N_PIECES = 65 };
  struct fixture *f = *state;
  open_mock(f);
  char *piece = mem_alloc(PIECE), head[200];
  memset(piece, ' ', PIECE);
  int fd = dial(f);
  int n = snprintf(head, sizeof head,
                   "POST " PATH " HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n",
                   PIECE * N_PIECES);
  send_all(f, fd, head, (size_t)n);
  for (int i = 0; i < N_PIECES; i++)
    send_all(f, fd, piece, PIECE);
  receive(f, fd);
  assert_true(got(f, "HTTP/1.1 413 "));
  free(piece);
  close(fd);
}

/* ---- starting ---- */

static void wrong_options_are_said(void **state)
{
  struct fixture *f = *state;
  struct err err = { 0 };
  open_mock(f);
  struct mock_opts opts = f->opts;
  opts.port = atoi(strrchr(mock_url(f->mock), ':') + 1);
  assert_null(mock_open(&opts, &err));
  assert_int_equal(err.code, ERR_ENV);
  assert_non_null(strstr(err.msg, "is the port taken?"));
  opts = f->opts;
  opts.host = "example.org";
  assert_null(mock_open(&opts, &err));
  assert_int_equal(err.code, ERR_USAGE);
  opts = f->opts;
  opts.tls_cert = "/dev/null";
  assert_null(mock_open(&opts, &err));
  assert_non_null(strstr(err.msg, "--tls-key"));
  opts = f->opts;
  opts.log = "/nowhere/at/all";
  assert_null(mock_open(&opts, &err));
  assert_int_equal(err.code, ERR_ENV);
}

static void a_full_log_ends_the_server(void **state)
{
  struct fixture *f = *state;
  struct err err = { 0 };
  f->opts.log = "/dev/full";
  open_mock(f);
  int fd = dial(f), rc = 0;
  static const char text[] =
      "POST " PATH " HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}";
  assert_int_equal(send(fd, text, strlen(text), 0), strlen(text));
  for (int turns = 0; turns < 1000 && rc == 0; turns++)
    rc = mock_serve(f->mock, 2, &err);
  assert_int_equal(rc, -1);
  assert_int_equal(err.code, ERR_ENV);
  close(fd);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
  const struct CMUnitTest tests[] = {
    TEST(answers_on_one_connection),
    TEST(latency_holds_nobody_up),
    TEST(no_reply_before_its_time),
    TEST(stops_when_enough_is_answered),
    TEST(resets_are_resets),
    TEST(a_stall_is_silence),
    TEST(bodies_are_cut),
    TEST(huge_is_as_large_as_asked),
    TEST(drips_arrive_whole),
    TEST(headers_are_sent),
    TEST(who_hangs_up_gets_nothing),
    TEST(a_stall_ends_with_its_client),
    TEST(closes_with_replies_under_way),
    TEST(nonsense_is_survived),
    TEST(a_huge_request_is_refused),
    TEST(wrong_options_are_said),
    TEST(a_full_log_ends_the_server),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
