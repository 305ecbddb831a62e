#include "test.h"

#include "net/origin.h"

/* two addresses; are they of the same origin? NULL: it has none */
static const struct {
  const char *a, *b;
  bool same;
} pairs[] = {
  { "http://host/v1", "http://host", true },
  { "http://host/", "HTTP://HOST:80/x?y#z", true },
  { "https://host/", "https://host:443/", true },
  { "https://host/", "https://host:0443/", true },
  { "http://host/", "http://user:password@host/", true },
  { "http://[::1]:8000/", "http://[::1]:8000/v1", true },
  { "http://host/", "https://host/", false },
  { "http://host:443/", "https://host:443/", false },
  { "http://host/", "http://host:8080/", false },
  { "http://host/", "http://host.example/", false },
  { "http://host/", "http://host@evil/", false },
  { "http://host/", "http://host:80@evil/", false },
  { "http://host/", "http://evil/@host/", false },
  { "http://host/", "http://evil#@host/", false },
  { "http://host/", "http://evil?@host/", false },
  { "http://127.0.0.1/", "http://localhost/", false },
};

static const char *const none[] = { "",
                                    "host",
                                    "host/v1",
                                    "/v1",
                                    "ftp://host/",
                                    "file:///etc/passwd",
                                    "http://",
                                    "http://host:99999/",
                                    "http://a b",
                                    "http://h\n/",
                                    "mailto:a@b",
                                    "://host/",
                                    "http://[::1/v1" };

static void test_pairs(void **state)
{
  const struct libcurl *curl = *state;
  for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
    struct origin a, b;
    if (origin_of(curl, pairs[i].a, &a) < 0 || origin_of(curl, pairs[i].b, &b) < 0)
      fail_msg("%s, %s: no origin", pairs[i].a, pairs[i].b);
    if (origin_equal(&a, &b) != pairs[i].same)
      fail_msg("%s, %s: '%s', '%s'", pairs[i].a, pairs[i].b, a.text, b.text);
    assert_null(strstr(b.text, "password"));
  }
}

static void test_none(void **state)
{
  const struct libcurl *curl = *state;
  for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
    struct origin origin;
    if (origin_of(curl, none[i], &origin) == 0)
      fail_msg("%s: '%s'", none[i], origin.text);
  }
}

static void test_long_host(void **state)
{
  const struct libcurl *curl = *state;
  char url[1024] = "http://";
  struct origin origin;
  memset(url + 7, 'a', 1000);
  assert_int_equal(origin_of(curl, url, &origin), -1);
}

static void test_spelling(void **state)
{
  const struct libcurl *curl = *state;
  struct origin origin;
  assert_int_equal(origin_of(curl, "HTTPS://u:p@Host.Example/v1", &origin), 0);
  assert_string_equal(origin.text, "https://host.example:443");
}

int main(void)
{
  struct libcurl curl;
  struct err err;
  if (libcurl_open(&curl, &err) < 0) {
    fprintf(stderr, "skipped: %s\n", err.msg);
    return 77;
  }
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_prestate(test_pairs, &curl),
    cmocka_unit_test_prestate(test_none, &curl),
    cmocka_unit_test_prestate(test_long_host, &curl),
    cmocka_unit_test_prestate(test_spelling, &curl),
  };
  int failed = cmocka_run_group_tests(tests, NULL, NULL);
  libcurl_close(&curl);
  return failed;
}
