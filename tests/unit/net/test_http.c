#include "test.h"

#include "net/http.h"

#ifndef HAVE_TEST_SERVER
int main(void)
{
  fprintf(stderr, "skipped: built without libmicrohttpd\n");
  return 77;
}
#else

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "../../net/server.h"
#include "base/arena.h"
#include "base/fs.h"
#include "base/log.h"

enum { BODY_SIZE = 100000 };

/* One server and one folder a test. */
struct fixture {
  struct server *server;
  char folder[64], path[96], part[112], note[112];
  char url[512];
  struct str body;
  struct download want;
  struct downloaded got;
  struct err err;
};

static char *make_body(void)
{
  char *body = mem_alloc(BODY_SIZE);
  for (size_t i = 0; i < BODY_SIZE; i++)
    body[i] = (char)('a' + (i * i / 7 + i) % 26);
  return body;
}

static int set_up_with(void **state, bool tls)
{
  struct fixture *f = calloc(1, sizeof *f);
  f->server = server_start(tls);
  if (!f->server)
    return -1;
  snprintf(f->folder, sizeof f->folder, "%s", test_folder());
  snprintf(f->path, sizeof f->path, "%s/data", f->folder);
  snprintf(f->part, sizeof f->part, "%s.part", f->path);
  snprintf(f->note, sizeof f->note, "%s.part.json", f->path);
  f->body = (struct str){ make_body(), BODY_SIZE };
  server_set_body(f->server, f->body, "\"v1\"");
  f->want = (struct download){ .url = f->url,
                               .path = f->path,
                               .max_bytes = 10 * BODY_SIZE,
                               .connect_timeout_s = 5,
                               .stall_timeout_s = 1,
                               .max_attempts = 3,
                               .retry_wait_ms = 1 };
  *state = f;
  return 0;
}

static int set_up(void **state)
{
  return set_up_with(state, false);
}
static int set_up_tls(void **state)
{
  return set_up_with(state, true);
}

static int tear_down(void **state)
{
  struct fixture *f = *state;
  server_stop(f->server);
  unlink(f->path);
  unlink(f->part);
  unlink(f->note);
  int rc = rmdir(f->folder);
  free((char *)f->body.ptr);
  free(f);
  return rc;
}

static int fetch(struct fixture *f, const char *path)
{
  if (path)
    snprintf(f->url, sizeof f->url, "%s%s", server_url(f->server), path);
  return http_download(&f->want, &f->got, &f->err);
}

static void put(const char *path, struct str bytes)
{
  struct err err = { 0 };
  assert_ok(fs_write(path, bytes, &err), err);
}

/* The file is there, whole, and nothing else is. */
static void assert_fetched(struct fixture *f)
{
  struct buf got;
  buf_init(&got, BUF_CAP_OWN);
  assert_ok(fs_read(f->path, &got, &f->err), f->err);
  assert_true(str_equal(buf_str(&got), f->body));
  buf_release(&got);
  assert_int_equal(f->got.bytes, f->body.len);
  assert_string_equal(f->got.sha256.text, sha256_of(f->body).text);
  assert_false(fs_exists(f->part));
  assert_false(fs_exists(f->note));
}

static void assert_fails(struct fixture *f, const char *path, enum err_code code,
                         const char *says)
{
  if (fetch(f, path) == 0)
    fail_msg("'%s' was fetched", f->url);
  if (f->err.code != code || !strstr(f->err.msg, says))
    fail_msg("expected code %d and '%s', got %d: %s", code, says, f->err.code,
             f->err.msg);
  assert_false(fs_exists(f->path));
}

static void leave_part(struct fixture *f, size_t bytes)
{
  put(f->part, str_slice(f->body, 0, bytes));
}

static void leave_note(struct fixture *f, const char *path, const char *validator)
{
  char note[512];
  snprintf(note, sizeof note, "{\"url\":\"%s%s\",\"validator\":%s}",
           server_url(f->server), path, validator);
  put(f->note, str_from(note));
}

#define ETAG_V1 "\"\\\"v1\\\"\""

/* ---- whole files ---- */

static void test_whole(void **state)
{
  struct fixture *f = *state;
  assert_ok(fetch(f, "/file"), f->err);
  assert_fetched(f);
  assert_int_equal(server_requests(f->server), 1);
  assert_string_equal(server_last_range(f->server), "");
  assert_int_equal(f->got.resumed_from, 0);
}

static void test_replaces_the_old_file(void **state)
{
  struct fixture *f = *state;
  put(f->path, STR("old"));
  assert_ok(fetch(f, "/plain"), f->err);
  assert_fetched(f);
}

static void test_old_file_survives_a_failure(void **state)
{
  struct fixture *f = *state;
  put(f->path, STR("old"));
  assert_int_equal(fetch(f, "/missing"), -1);
  assert_int_equal(fs_size(f->path), 3);
}

static void test_empty_file(void **state)
{
  struct fixture *f = *state;
  struct str body = f->body;
  server_set_body(f->server, STR(""), "\"v1\"");
  f->body = STR("");
  assert_ok(fetch(f, "/file"), f->err);
  assert_fetched(f);
  f->body = body;
}

static void test_known_hash(void **state)
{
  struct fixture *f = *state;
  struct sha256_hex sha = sha256_of(f->body);
  f->want.sha256 = sha.text;
  assert_ok(fetch(f, "/file"), f->err);
  assert_fetched(f);
}

static void test_wrong_hash_leaves_nothing(void **state)
{
  struct fixture *f = *state;
  struct sha256_hex sha = sha256_of(STR("other"));
  f->want.sha256 = sha.text;
  assert_fails(f, "/file", ERR_DATA, sha.text);
  assert_non_null(strstr(f->err.msg, sha256_of(f->body).text));
  assert_false(fs_exists(f->part));
  assert_false(fs_exists(f->note));
}

static int refuse(void *context, const char *part_path, struct err *err)
{
  assert_int_equal(fs_size(part_path), BODY_SIZE);
  return err_set(err, ERR_DATA, "%s", (const char *)context);
}

static void test_check_refuses(void **state)
{
  struct fixture *f = *state;
  f->want.check = refuse;
  f->want.context = (void *)"no such rows";
  assert_fails(f, "/file", ERR_DATA, "no such rows");
  assert_false(fs_exists(f->part));
}

static void test_local_file(void **state)
{
  struct fixture *f = *state;
  char source[128];
  snprintf(source, sizeof source, "%s/a source", f->folder);
  snprintf(f->url, sizeof f->url, "file://%s/a%%20source", f->folder);
  assert_fails(f, NULL, ERR_ENV, "cannot fetch");
  put(source, f->body);
  leave_part(f, 17); /* of no use here */
  assert_ok(fetch(f, NULL), f->err);
  assert_fetched(f);
  unlink(source);
}

static void count_progress(void *context, int64_t done, int64_t total)
{
  int64_t *last = context;
  assert_true(done > *last);
  assert_int_equal(total, BODY_SIZE);
  *last = done;
}

static void test_progress(void **state)
{
  struct fixture *f = *state;
  int64_t last = 0;
  f->want.progress = count_progress;
  f->want.context = &last;
  assert_ok(fetch(f, "/file"), f->err);
  assert_int_equal(last, BODY_SIZE);
}

/* ---- continuing ---- */

static void test_resumes_with_etag(void **state)
{
  struct fixture *f = *state;
  leave_part(f, 40000);
  leave_note(f, "/file", ETAG_V1);
  assert_ok(fetch(f, "/file"), f->err);
  assert_fetched(f);
  assert_string_equal(server_last_range(f->server), "bytes=40000-");
  assert_string_equal(server_last_if_range(f->server), "\"v1\"");
  assert_int_equal(f->got.resumed_from, 40000);
}

static void test_resumes_with_date(void **state)
{
  struct fixture *f = *state;
  leave_part(f, 40000);
  leave_note(f, "/dated", "\"Tue, 01 Oct 2024 12:00:00 GMT\"");
  assert_ok(fetch(f, "/dated"), f->err);
  assert_fetched(f);
  assert_int_equal(f->got.resumed_from, 40000);
}

static void test_resumes_without_validator_only_by_hash(void **state)
{
  struct fixture *f = *state;
  struct sha256_hex sha = sha256_of(f->body);
  leave_part(f, 40000);
  assert_ok(fetch(f, "/anonymous"), f->err);
  assert_fetched(f);
  assert_string_equal(server_last_range(f->server), "");
  leave_part(f, 40000);
  f->want.sha256 = sha.text;
  assert_ok(fetch(f, "/anonymous"), f->err);
  assert_fetched(f);
  assert_string_equal(server_last_range(f->server), "bytes=40000-");
}

static void test_another_address_is_not_continued(void **state)
{
  struct fixture *f = *state;
  leave_part(f, 40000);
  leave_note(f, "/other", ETAG_V1);
  assert_ok(fetch(f, "/file"), f->err);
  assert_fetched(f);
  assert_string_equal(server_last_range(f->server), "");
}

static void test_server_ignores_range(void **state)
{
  struct fixture *f = *state;
  leave_part(f, 40000);
  leave_note(f, "/plain", ETAG_V1);
  assert_ok(fetch(f, "/plain"), f->err);
  assert_fetched(f);
  assert_string_equal(server_last_range(f->server), "bytes=40000-");
  assert_int_equal(f->got.resumed_from, 0);
}

static void test_file_changed_meanwhile(void **state)
{
  struct fixture *f = *state;
  put(f->part, STR("of the old file"));
  leave_note(f, "/file", "\"\\\"v0\\\"\"");
  assert_ok(fetch(f, "/file"), f->err);
  assert_fetched(f);
  assert_string_equal(server_last_if_range(f->server), "\"v0\"");
}

/* The bytes that were there are wrong, though the server says that they are of this file.
 */
static void test_bad_part_is_fetched_afresh(void **state)
{
  struct fixture *f = *state;
  struct sha256_hex sha = sha256_of(f->body);
  put(f->part, STR("damaged"));
  leave_note(f, "/file", ETAG_V1);
  f->want.sha256 = sha.text;
  assert_ok(fetch(f, "/file"), f->err);
  assert_fetched(f);
  assert_int_equal(server_requests(f->server), 2);
}

static void test_complete_part(void **state)
{
  struct fixture *f = *state;
  leave_part(f, BODY_SIZE);
  leave_note(f, "/file", ETAG_V1);
  assert_ok(fetch(f, "/file"), f->err);
  assert_fetched(f);
  assert_int_equal(server_requests(f->server), 1);
}

static void test_part_longer_than_file(void **state)
{
  struct fixture *f = *state;
  char *long_part = calloc(1, BODY_SIZE + 5);
  put(f->part, (struct str){ long_part, BODY_SIZE + 5 });
  free(long_part);
  leave_note(f, "/file", ETAG_V1);
  f->want.max_attempts = 1;
  assert_ok(fetch(f, "/file"), f->err);
  assert_fetched(f);
}

static void test_wrong_range_starts_over(void **state)
{
  struct fixture *f = *state;
  leave_part(f, 40000);
  leave_note(f, "/wrong-range", ETAG_V1);
  assert_ok(fetch(f, "/wrong-range"), f->err);
  assert_fetched(f);
  assert_int_equal(server_requests(f->server), 2);
}

static void test_slices_are_put_together(void **state)
{
  struct fixture *f = *state;
  leave_part(f, 20000);
  leave_note(f, "/slices", ETAG_V1);
  assert_ok(fetch(f, "/slices"), f->err);
  assert_fetched(f);
  assert_int_equal(server_requests(f->server),
                   3); /* 20000 + 3 times 30000, the last less */
}

static void test_file_became_empty(void **state)
{
  struct fixture *f = *state;
  struct str body = f->body;
  leave_part(f, 100);
  leave_note(f, "/file", "\"\\\"v0\\\"\"");
  server_set_body(f->server, STR(""), "\"v1\"");
  f->body = STR("");
  assert_ok(fetch(f, "/file"), f->err);
  assert_fetched(f);
  f->body = body;
}

static void test_damaged_note(void **state)
{
  struct fixture *f = *state;
  static const char *const notes[] = {
    "", "{", "[1]", "{\"url\":7,\"validator\":[]}",
    "{\"url\":\"x\",\"validator\":\"a\\r\\nHost: b\"}"
  };
  for (size_t i = 0; i < COUNT(notes); i++) {
    leave_part(f, 40000);
    put(f->note, str_from(notes[i]));
    assert_ok(fetch(f, "/file"), f->err);
    assert_fetched(f);
    assert_string_equal(server_last_range(f->server), "");
  }
}

static void test_validator_with_line_end_is_never_sent(void **state)
{
  struct fixture *f = *state;
  leave_part(f, 40000);
  leave_note(f, "/file", "\"\\\"v1\\\"\\r\\nX: y\"");
  assert_ok(fetch(f, "/file"), f->err);
  assert_fetched(f);
  assert_string_equal(server_last_if_range(f->server), "");
}

/* ---- trouble on the way ---- */

static void test_cut_is_continued(void **state)
{
  struct fixture *f = *state;
  server_set_cut(f->server, 30000, 2);
  assert_ok(fetch(f, "/cut"), f->err);
  assert_fetched(f);
  assert_int_equal(server_requests(f->server), 3);
  assert_true(server_last_range(f->server)[0]);
}

static void test_cut_for_ever(void **state)
{
  struct fixture *f = *state;
  server_set_cut(f->server, 1000, 100);
  assert_fails(f, "/cut", ERR_REMOTE, "run the same again to continue");
  assert_int_equal(server_requests(f->server), 3);
  assert_true(fs_size(f->part) > 0); /* kept for the next call */
  server_set_cut(f->server, 1000, 0);
  assert_ok(fetch(f, "/cut"), f->err);
  assert_fetched(f);
  assert_true(f->got.resumed_from > 0);
}

static void test_reset_is_retried(void **state)
{
  struct fixture *f = *state;
  server_set_cut(f->server, 30000, 1);
  assert_ok(fetch(f, "/reset"), f->err);
  assert_fetched(f);
  assert_int_equal(server_requests(f->server), 2);
}

static void test_stall_is_given_up(void **state)
{
  struct fixture *f = *state;
  server_set_cut(f->server, 30000, 100);
  f->want.max_attempts = 1;
  assert_fails(f, "/stall", ERR_REMOTE, "cannot fetch");
  assert_true(fs_size(f->part) > 0);
}

static void test_busy_is_retried(void **state)
{
  struct fixture *f = *state;
  assert_ok(fetch(f, "/busy"), f->err);
  assert_fetched(f);
  assert_int_equal(server_requests(f->server), 3);
}

static void test_busy_for_ever(void **state)
{
  struct fixture *f = *state;
  assert_fails(f, "/always-busy", ERR_REMOTE, "503");
  assert_non_null(strstr(f->err.msg, "3 attempts"));
  assert_int_equal(server_requests(f->server), 3);
  assert_false(fs_exists(f->part));
}

static void test_missing_is_not_retried(void **state)
{
  struct fixture *f = *state;
  assert_fails(f, "/missing", ERR_REMOTE, "404");
  assert_int_equal(server_requests(f->server), 1);
  assert_false(fs_exists(f->part));
}

/* An error page must not replace what was fetched so far. */
static void test_error_page_keeps_the_part(void **state)
{
  struct fixture *f = *state;
  leave_part(f, 40000);
  leave_note(f, "/forbidden", ETAG_V1);
  assert_fails(f, "/forbidden", ERR_REMOTE, "403");
  assert_int_equal(fs_size(f->part), 40000);
}

static void test_no_server(void **state)
{
  struct fixture *f = *state;
  snprintf(f->url, sizeof f->url, "http://127.0.0.1:1/x");
  assert_fails(f, NULL, ERR_ENV, "--proxy");
}

static void test_no_proxy_there(void **state)
{
  struct fixture *f = *state;
  f->want.proxy = "http://127.0.0.1:1";
  assert_fails(f, "/file", ERR_ENV, "cannot fetch");
  assert_int_equal(server_requests(f->server), 0);
}

/* The server stands in for a proxy: it gets the whole address. */
static void test_proxy_is_used(void **state)
{
  struct fixture *f = *state;
  f->want.proxy = server_url(f->server);
  snprintf(f->url, sizeof f->url, "http://nowhere.invalid/file");
  assert_ok(fetch(f, NULL), f->err);
  assert_fetched(f);
}

static void test_proxy_refuses_tls(void **state)
{
  struct fixture *f = *state;
  f->want.proxy = server_url(f->server);
  snprintf(f->url, sizeof f->url, "https://nowhere.invalid/file");
  assert_fails(f, NULL, ERR_ENV, "the proxy answered 404");
  assert_int_equal(server_requests(f->server), 1);
}

/* ---- what is refused ---- */

static void test_cap(void **state)
{
  struct fixture *f = *state;
  f->want.max_bytes = BODY_SIZE - 1;
  assert_fails(f, "/file", ERR_DATA, "larger than 99999 bytes");
  assert_false(fs_exists(f->part));
  f->want.max_bytes = BODY_SIZE;
  assert_ok(fetch(f, "/file"), f->err);
  assert_fetched(f);
}

static void test_cap_without_length(void **state)
{
  struct fixture *f = *state;
  assert_fails(f, "/long", ERR_DATA, "larger than 1000000 bytes");
  assert_false(fs_exists(f->part));
}

static void test_redirects(void **state)
{
  struct fixture *f = *state;
  assert_ok(fetch(f, "/hop/4"), f->err); /* 5 with the last, to /file */
  assert_fetched(f);
  unlink(f->path);
  assert_fails(f, "/hop/5", ERR_REMOTE, "more than 5");
}

static void test_redirect_to_file(void **state)
{
  struct fixture *f = *state;
  assert_fails(f, "/to?url=file:///etc/hostname", ERR_REMOTE, "no http");
}

static void test_other_schemes(void **state)
{
  struct fixture *f = *state;
  static const char *const urls[] = { "ftp://x/y", "gopher://x", "x.jsonl", "", "//x" };
  for (size_t i = 0; i < COUNT(urls); i++) {
    snprintf(f->url, sizeof f->url, "%s", urls[i]);
    assert_fails(f, NULL, ERR_USAGE, "start with http://");
  }
}

static void test_part_in_use(void **state)
{
  struct fixture *f = *state;
  leave_part(f, 10);
  int fd = open(f->part, O_RDWR);
  assert_int_equal(flock(fd, LOCK_EX), 0);
  assert_fails(f, "/file", ERR_ENV, "another program");
  close(fd);
  assert_int_equal(fs_size(f->part), 10);
}

static void test_part_is_a_link(void **state)
{
  struct fixture *f = *state;
  char target[128];
  snprintf(target, sizeof target, "%s/target", f->folder);
  put(target, STR("precious"));
  assert_int_equal(symlink(target, f->part), 0);
  assert_fails(f, "/file", ERR_ENV, ".part");
  assert_int_equal(fs_size(target), 8);
  unlink(target);
  assert_fails(f, "/file", ERR_ENV, ".part"); /* nor is a file made at its end */
  assert_false(fs_exists(target));
}

static void test_password_is_never_shown(void **state)
{
  struct fixture *f = *state;
  snprintf(f->url, sizeof f->url, "http://me:secret@%s/missing",
           server_url(f->server) + strlen("http://"));
  assert_fails(f, NULL, ERR_REMOTE, "404");
  assert_null(strstr(f->err.msg, "secret"));
}

/* ---- TLS ---- */

static void trust(struct fixture *f, char *ca_file, size_t size)
{
  snprintf(ca_file, size, "%s/ca.pem", f->folder);
  put(ca_file, str_from(server_certificate(f->server)));
  f->want.ca_file = ca_file;
}

static void test_unknown_certificate(void **state)
{
  struct fixture *f = *state;
  assert_fails(f, "/file", ERR_REMOTE, "--ca-file");
}

static void test_trusted_certificate(void **state)
{
  struct fixture *f = *state;
  char ca_file[128];
  trust(f, ca_file, sizeof ca_file);
  assert_ok(fetch(f, "/hop/1"), f->err);
  assert_fetched(f);
  unlink(ca_file);
}

static void test_redirect_to_http(void **state)
{
  struct fixture *f = *state;
  struct server *plain = server_start(false);
  char ca_file[128], path[128];
  assert_non_null(plain);
  trust(f, ca_file, sizeof ca_file);
  snprintf(path, sizeof path, "/to?url=%s/file", server_url(plain));
  assert_fails(f, path, ERR_REMOTE, "without TLS");
  assert_int_equal(server_requests(plain), 0);
  server_stop(plain);
  unlink(ca_file);
}

#define TEST(name)     cmocka_unit_test_setup_teardown(name, set_up, tear_down)
#define TEST_TLS(name) cmocka_unit_test_setup_teardown(name, set_up_tls, tear_down)

int main(void)
{
  const struct CMUnitTest tests[] = {
    TEST(test_whole),
    TEST(test_replaces_the_old_file),
    TEST(test_old_file_survives_a_failure),
    TEST(test_empty_file),
    TEST(test_known_hash),
    TEST(test_wrong_hash_leaves_nothing),
    TEST(test_check_refuses),
    TEST(test_local_file),
    TEST(test_progress),
    TEST(test_resumes_with_etag),
    TEST(test_resumes_with_date),
    TEST(test_resumes_without_validator_only_by_hash),
    TEST(test_another_address_is_not_continued),
    TEST(test_server_ignores_range),
    TEST(test_file_changed_meanwhile),
    TEST(test_bad_part_is_fetched_afresh),
    TEST(test_complete_part),
    TEST(test_part_longer_than_file),
    TEST(test_wrong_range_starts_over),
    TEST(test_slices_are_put_together),
    TEST(test_file_became_empty),
    TEST(test_damaged_note),
    TEST(test_validator_with_line_end_is_never_sent),
    TEST(test_cut_is_continued),
    TEST(test_cut_for_ever),
    TEST(test_reset_is_retried),
    TEST(test_stall_is_given_up),
    TEST(test_busy_is_retried),
    TEST(test_busy_for_ever),
    TEST(test_missing_is_not_retried),
    TEST(test_error_page_keeps_the_part),
    TEST(test_no_server),
    TEST(test_no_proxy_there),
    TEST(test_proxy_is_used),
    TEST(test_proxy_refuses_tls),
    TEST(test_cap),
    TEST(test_cap_without_length),
    TEST(test_redirects),
    TEST(test_redirect_to_file),
    TEST(test_other_schemes),
    TEST(test_part_in_use),
    TEST(test_part_is_a_link),
    TEST(test_password_is_never_shown),
    TEST_TLS(test_unknown_certificate),
    TEST_TLS(test_trusted_certificate),
    TEST_TLS(test_redirect_to_http),
  };
  /* a proxy of this machine must not stand between the test and its own server */
  static const char *const variables[] = { "http_proxy", "https_proxy", "HTTPS_PROXY",
                                           "all_proxy",  "ALL_PROXY",   "no_proxy",
                                           "NO_PROXY" };
  for (size_t i = 0; i < COUNT(variables); i++)
    unsetenv(variables[i]);
  log_set_level(LOG_QUIET);
  return cmocka_run_group_tests(tests, NULL, NULL);
}

#endif
