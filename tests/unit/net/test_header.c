#include "test.h"

#include "net/date.h"
#include "net/header.h"
#include "net/url.h"

static struct http_header read_lines(const char *text)
{
  struct http_header reply;
  struct str rest = str_from(text), line;
  http_header_init(&reply);
  while (str_present(line = str_next_line(&rest)))
    http_header_add_line(&reply, line);
  return reply;
}

static void test_whole_file(void **state)
{
  (void)state;
  struct http_header r =
      read_lines("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\nETag: \"v1\"\r\n"
                 "Last-Modified: Tue, 01 Oct 2024 12:00:00 GMT\r\n\r\n");
  assert_int_equal(r.status, 200);
  assert_int_equal(http_header_total(&r), 1000);
  assert_int_equal(r.range_start, -1);
  assert_str_equal(http_header_validator(&r), "\"v1\"");
}

static void test_nothing_said(void **state)
{
  (void)state;
  struct http_header r = read_lines("");
  assert_int_equal(r.status, 0);
  assert_int_equal(http_header_total(&r), -1);
  assert_false(str_present(http_header_validator(&r)));
  r = read_lines("HTTP/2 200\r\n");
  assert_int_equal(r.status, 200);
}

/* A weak ETag may stand for other bytes; the date is the next best. */
static void test_weak_etag(void **state)
{
  (void)state;
  struct http_header r = read_lines("HTTP/1.1 200 OK\netag: W/\"v1\"\n");
  assert_false(str_present(http_header_validator(&r)));
  r = read_lines("HTTP/1.1 200 OK\nETAG: W/\"v1\"\nlast-modified:  a day \n");
  assert_str_equal(http_header_validator(&r), "a day");
}

static void test_long_etag_is_none(void **state)
{
  (void)state;
  char line[400] = "ETag: \"";
  memset(line + 7, 'x', 300);
  struct http_header r;
  http_header_init(&r);
  http_header_add_line(&r, str_from(line));
  assert_false(str_present(http_header_validator(&r)));
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
    struct http_header r = read_lines(ranges[i].line);
    if (r.range_start != ranges[i].start || r.range_total != ranges[i].total)
      fail_msg("%s: %lld of %lld", ranges[i].line, (long long)r.range_start,
               (long long)r.range_total);
  }
}

/* The length of a part is not that of the file. */
static void test_total_of_a_part(void **state)
{
  (void)state;
  struct http_header r = read_lines("HTTP/1.1 206 P\nContent-Length: 60\n"
                                    "Content-Range: bytes 40-99/100\n");
  assert_int_equal(http_header_total(&r), 100);
  r = read_lines("HTTP/1.1 206 P\nContent-Length: 60\nContent-Range: bytes 40-99/*\n");
  assert_int_equal(http_header_total(&r), -1);
}

static void test_next_reply_starts_anew(void **state)
{
  (void)state;
  struct http_header r = read_lines("HTTP/1.1 302 Found\nContent-Length: 7\nETag: \"a\"\n"
                                    "Retry-After: 3\n\nHTTP/1.1 503 Busy\n");
  assert_int_equal(r.status, 503);
  assert_int_equal(r.length, -1);
  assert_int_equal(r.retry_ms, -1);
  assert_false(str_present(http_header_validator(&r)));
}

static void test_odd_lines(void **state)
{
  (void)state;
  struct http_header r =
      read_lines("HTTP/1.1\nHTTP/1.1 99999999999 x\n:\nx\n: y\n"
                 "Content-Length: 12x\nRetry-After: Wed, 21 Oct\nx-request-id: a b\n");
  assert_int_equal(r.status, 0);
  assert_int_equal(r.length, -1);
  assert_int_equal(r.retry_ms, -1);
}

/* the line, what it asks for, ms, at 1994-11-06 08:49:30.500 */
static const struct {
  const char *lines;
  int64_t ms;
} retries[] = {
  { "Retry-After: 0", 0 },
  { "Retry-After: 120", 120000 },
  { "retry-after:  7 ", 7000 },
  { "Retry-After: 1.5", 1500 },
  { "Retry-After: 0.0201", 21 },
  { "Retry-After: 2.050", 2050 },
  { "Retry-After: 1.", -1 },
  { "Retry-After: 1.5s", -1 },
  { "Retry-After: -1", -1 },
  { "Retry-After: soon", -1 },
  { "Retry-After:", -1 },
  { "Retry-After: 99999999999999999999", -1 },
  { "Retry-After: 9\nretry-after-ms: 250", 250 },
  { "retry-after-ms: 250\nRetry-After: 9", 250 },
  { "retry-after-ms: x\nRetry-After: 9", 9000 },
  { "Retry-After: Sun, 06 Nov 1994 08:49:37 GMT", 6500 },
  { "Retry-After: Sunday, 06-Nov-94 08:49:37 GMT", 6500 },
  { "Retry-After: Sun Nov  6 08:49:37 1994", 6500 },
  { "Retry-After: Sun, 06 Nov 1994 08:49:29 GMT", 0 },
  { "Retry-After: Sun, 06 Nov 1994 08:49:37 CET", -1 },
  { "Date: Sun, 06 Nov 1994 08:49:35 GMT\n"
    "Retry-After: Sun, 06 Nov 1994 08:49:37 GMT",
    2000 },
  { "Retry-After: Sun, 06 Nov 1994 08:49:37 GMT\nRetry-After: 3", 3000 },
  { "Retry-After: 3\nRetry-After: Sun, 06 Nov 1994 08:49:37 GMT", 6500 },
};

static void test_retry_after(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof retries / sizeof retries[0]; i++) {
    struct http_header r = read_lines(retries[i].lines);
    int64_t ms = http_header_retry_ms(&r, 784111770500000);
    if (ms != retries[i].ms)
      fail_msg("%s: %lld", retries[i].lines, (long long)ms);
  }
}

static const struct {
  const char *text;
  int64_t seconds;
} dates[] = {
  { "Sun, 06 Nov 1994 08:49:37 GMT", 784111777 },
  { "Thu, 01 Jan 1970 00:00:00 GMT", 0 },
  { "Thu, 29 Feb 2024 23:59:59 GMT", 1709251199 },
  { "Fri, 01 Mar 2024 00:00:00 GMT", 1709251200 },
  { "Tue, 29 Feb 2000 00:00:00 GMT", 951782400 },
  { "Fri, 31 Dec 9999 23:59:59 GMT", 253402300799 },
  { "Monday, 01-Jan-70 00:00:01 GMT", 1 },
  { "Friday, 01-Jan-69 00:00:00 GMT", 3124224000 },
  { "Sun Nov 16 08:49:37 1994", 784975777 },
  { "Wed, 31 Dec 1969 23:59:59 GMT", -1 },
  { "Thu, 29 Feb 2023 00:00:00 GMT", -1 },
  { "Sun, 29 Feb 2100 00:00:00 GMT", -1 },
  { "Sun, 00 Nov 1994 08:49:37 GMT", -1 },
  { "Sun, 31 Nov 1994 08:49:37 GMT", -1 },
  { "Sun, 06 Nov 1994 24:00:00 GMT", -1 },
  { "Sun, 06 Nov 1994 08:60:00 GMT", -1 },
  { "Sun, 06 Nov 1994 08:49:61 GMT", -1 },
  { "Sun, 6 Nov 1994 08:49:37 GMT", -1 },
  { "Sun, 06 nov 1994 08:49:37 GMT", -1 },
  { "Sun, 06 Nov 1994 08:49:37", -1 },
  { "Sun, 06 Nov 1994 08:49:37 GMT+1", -1 },
  { "Sun Nov  6 08:49:37 1994 GMT", -1 },
  { "Sunday Nov  6 08:49:37 1994", -1 },
  { "06 Nov 1994 08:49:37 GMT", -1 },
  { ", 06 Nov 1994 08:49:37 GMT", -1 },
  { "Sun, 06-Nov-1994 08:49:37 GMT", -1 },
  { "Sun,", -1 },
  { "", -1 },
};

static void test_dates(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof dates / sizeof dates[0]; i++) {
    int64_t seconds = http_date_read(str_from(dates[i].text));
    if (seconds != dates[i].seconds)
      fail_msg("%s: %lld", dates[i].text, (long long)seconds);
  }
}

static void test_type_and_request_id(void **state)
{
  (void)state;
  struct http_header r = read_lines("HTTP/1.1 200 OK\nX-Request-Id: req_12-3\n"
                                    "Content-Type: Application/JSON ; charset=utf-8\n");
  assert_string_equal(r.type, "application/json");
  assert_string_equal(r.request_id, "req_12-3");
  r = read_lines("HTTP/1.1 200 OK\nX-Request-Id: a\033[1m\n");
  assert_string_equal(r.type, "");
  assert_string_equal(r.request_id, "");
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
    cmocka_unit_test(test_retry_after),
    cmocka_unit_test(test_dates),
    cmocka_unit_test(test_type_and_request_id),
    cmocka_unit_test(test_public_addresses),
    cmocka_unit_test(test_schemes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
