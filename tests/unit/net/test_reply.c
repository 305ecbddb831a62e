#include "test.h"

#include "net/reply.h"
#include "net/url.h"

static struct reply read_lines(const char *text)
{
  struct reply reply;
  struct str rest = str_from(text), line;
  reply_init(&reply);
  while (str_present(line = str_next_line(&rest)))
    reply_add_line(&reply, line);
  return reply;
}

static void test_whole_file(void **state)
{
  (void)state;
  struct reply r =
      read_lines("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\nETag: \"v1\"\r\n"
                 "Last-Modified: Tue, 01 Oct 2024 12:00:00 GMT\r\n\r\n");
  assert_int_equal(r.status, 200);
  assert_int_equal(reply_total(&r), 1000);
  assert_int_equal(r.range_start, -1);
  assert_str_equal(reply_validator(&r), "\"v1\"");
}

static void test_nothing_said(void **state)
{
  (void)state;
  struct reply r = read_lines("");
  assert_int_equal(r.status, 0);
  assert_int_equal(reply_total(&r), -1);
  assert_false(str_present(reply_validator(&r)));
  r = read_lines("HTTP/2 200\r\n");
  assert_int_equal(r.status, 200);
}

/* A weak ETag may stand for other bytes; the date is the next best. */
static void test_weak_etag(void **state)
{
  (void)state;
  struct reply r = read_lines("HTTP/1.1 200 OK\netag: W/\"v1\"\n");
  assert_false(str_present(reply_validator(&r)));
  r = read_lines("HTTP/1.1 200 OK\nETAG: W/\"v1\"\nlast-modified:  a day \n");
  assert_str_equal(reply_validator(&r), "a day");
}

static void test_long_etag_is_none(void **state)
{
  (void)state;
  char line[400] = "ETag: \"";
  memset(line + 7, 'x', 300);
  struct reply r;
  reply_init(&r);
  reply_add_line(&r, str_from(line));
  assert_false(str_present(reply_validator(&r)));
}

/* header, start, total */
static const struct {
  const char *line;
  int64_t start, total;
} ranges[] = {
  { "Content-Range: bytes 40-99/100", 40, 100 },
  { "content-range: BYTES 0-0/1", 0, 1 },
  { "Content-Range: bytes 40-99/*", 40, -1 },
  { "Content-Range: bytes */100", -1, 100 },
  { "Content-Range: bytes 99-40/100", -1, -1 },
  { "Content-Range: bytes 40/100", -1, -1 },
  { "Content-Range: bytes -40-99/100", -1, -1 },
  { "Content-Range: bytes 99999999999999999999-1/1", -1, -1 },
  { "Content-Range: bytes 1-2/99999999999999999999", 1, -1 },
  { "Content-Range: lines 1-2/3", -1, -1 },
  { "Content-Range: bytes", -1, -1 },
  { "Content-Range:", -1, -1 },
};

static void test_ranges(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
    struct reply r = read_lines(ranges[i].line);
    if (r.range_start != ranges[i].start || r.range_total != ranges[i].total)
      fail_msg("%s: %lld of %lld", ranges[i].line, (long long)r.range_start,
               (long long)r.range_total);
  }
}

/* The length of a part is not that of the file. */
static void test_total_of_a_part(void **state)
{
  (void)state;
  struct reply r = read_lines("HTTP/1.1 206 P\nContent-Length: 60\n"
                              "Content-Range: bytes 40-99/100\n");
  assert_int_equal(reply_total(&r), 100);
  r = read_lines("HTTP/1.1 206 P\nContent-Length: 60\nContent-Range: bytes 40-99/*\n");
  assert_int_equal(reply_total(&r), -1);
}

static void test_next_reply_starts_anew(void **state)
{
  (void)state;
  struct reply r = read_lines("HTTP/1.1 302 Found\nContent-Length: 7\nETag: \"a\"\n"
                              "Retry-After: 3\n\nHTTP/1.1 503 Busy\n");
  assert_int_equal(r.status, 503);
  assert_int_equal(r.length, -1);
  assert_int_equal(r.retry_after_s, -1);
  assert_false(str_present(reply_validator(&r)));
}

static void test_odd_lines(void **state)
{
  (void)state;
  struct reply r = read_lines("HTTP/1.1\nHTTP/1.1 99999999999 x\n:\nx\n: y\n"
                              "Content-Length: 12x\nRetry-After: Wed, 21 Oct\n");
  assert_int_equal(r.status, 0);
  assert_int_equal(r.length, -1);
  assert_int_equal(r.retry_after_s, -1);
}

static void test_public_addresses(void **state)
{
  (void)state;
  static const char *const pairs[][2] = {
    { "https://a:b@c@host/p@q?x", "https://host/p@q?x" },
    { "http://user@host", "http://host" },
    { "http://host?a@b", "http://host?a@b" },
    { "http://host#a@b", "http://host#a@b" },
    { "file:///a@b", "file:///a@b" },
    { "user:secret@host/x", "host/x" },
    { "", "" },
  };
  char shown[64];
  for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
    url_public(pairs[i][0], shown, sizeof shown);
    assert_string_equal(shown, pairs[i][1]);
  }
  url_public("http://user:secret@host/long", shown, 8);
  assert_string_equal(shown, "http://");
}

static void test_schemes(void **state)
{
  (void)state;
  struct err err = { 0 };
  assert_ok(url_check("HTTPS://host", &err), err);
  assert_ok(url_check("file:///x", &err), err);
  assert_int_equal(url_check("ftp://user:secret@host", &err), -1);
  assert_int_equal(err.code, ERR_USAGE);
  assert_null(strstr(err.msg, "secret"));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_whole_file),
    cmocka_unit_test(test_nothing_said),
    cmocka_unit_test(test_weak_etag),
    cmocka_unit_test(test_long_etag_is_none),
    cmocka_unit_test(test_ranges),
    cmocka_unit_test(test_total_of_a_part),
    cmocka_unit_test(test_next_reply_starts_anew),
    cmocka_unit_test(test_odd_lines),
    cmocka_unit_test(test_public_addresses),
    cmocka_unit_test(test_schemes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
