/* The key: where it is read from, to whom it may go, and that no message holds it. */
#include <sys/stat.h>

#include "base/arena.h"
#include "base/fs.h"
#include "policy/key.h"
#include "test.h"

#define SECRET    "sk-Zq9_w3rtyuiop-1234567890"
#define ELSEWHERE "https://host.example/v1"
#define OPENAI    "https://api.openai.com/v1"

static char dir[64], path[96];

static int make_file(const char *text, size_t len, int mode)
{
  struct err err = { 0 };
  assert_ok(fs_write(path, (struct str){ text, len }, &err), err);
  return chmod(path, (mode_t)mode);
}

static int set_up(void **state)
{
  (void)state;
  unsetenv("OPENAI_API_KEY");
  unsetenv("TEST_KEY");
  snprintf(dir, sizeof dir, "%s", test_folder());
  snprintf(path, sizeof path, "%s/key", dir);
  return 0;
}

static int tear_down(void **state)
{
  (void)state;
  unlink(path);
  return rmdir(dir);
}

static void assert_key(const char *variable, const char *file, const char *url,
                       const char *expected)
{
  struct err err = { 0 };
  struct key key;
  assert_ok(key_read(&key, variable, file, url, &err), err);
  if (expected) {
    assert_string_equal(key.secret, expected);
    assert_int_equal(key.length, strlen(expected));
  } else {
    assert_null(key.secret);
  }
  key_close(&key);
  assert_null(key.secret);
}

/* Every failure goes through here: none may say a piece of the key. */
static void assert_fails(const char *variable, const char *file, enum err_code code,
                         const char *part)
{
  struct err err = { 0 };
  struct key key;
  assert_int_equal(key_read(&key, variable, file, OPENAI, &err), -1);
  assert_int_equal(err.code, code);
  assert_null(key.secret);
  if (!strstr(err.msg, part))
    fail_msg("'%s' is not in: %s", part, err.msg);
  for (size_t i = 0; i + 6 <= strlen(SECRET); i++) {
    char piece[7];
    snprintf(piece, sizeof piece, "%s", &SECRET[i]);
    assert_null(strstr(err.msg, piece));
  }
}

static void from_a_variable(void **state)
{
  (void)state;
  setenv("TEST_KEY", SECRET, 1);
  assert_key("TEST_KEY", NULL, ELSEWHERE, SECRET);
  setenv("TEST_KEY", " \t" SECRET "\r\n", 1);
  assert_key("TEST_KEY", NULL, ELSEWHERE, SECRET);
  /* a variable that is named goes before the one that is not */
  setenv("OPENAI_API_KEY", "other", 1);
  assert_key("TEST_KEY", NULL, OPENAI, SECRET);
  assert_key("OPENAI_API_KEY", NULL, ELSEWHERE, "other");
}

static void a_variable_without_a_key_is_named(void **state)
{
  (void)state;
  assert_fails("TEST_KEY", NULL, ERR_ENV, "'TEST_KEY' is not set");
  setenv("TEST_KEY", "", 1);
  assert_fails("TEST_KEY", NULL, ERR_ENV, "'TEST_KEY' is not set");
  setenv("TEST_KEY", " \n", 1);
  assert_fails("TEST_KEY", NULL, ERR_DATA, "no key in the variable 'TEST_KEY'");
  /* it falls back on nothing */
  setenv("OPENAI_API_KEY", SECRET, 1);
  unsetenv("TEST_KEY");
  assert_fails("TEST_KEY", NULL, ERR_ENV, "'TEST_KEY' is not set");
}

static void what_is_no_key(void **state)
{
  (void)state;
  static const char *const bad[] = {
    SECRET "\nX-Evil: 1", SECRET "\r\nX: 1", "Bearer " SECRET,   SECRET "\x01",
    SECRET "\x7f" SECRET, "\xc3\xa4" SECRET, SECRET "\t" SECRET,
  };
  for (size_t i = 0; i < COUNT(bad); i++) {
    setenv("TEST_KEY", bad[i], 1);
    assert_fails("TEST_KEY", NULL, ERR_DATA, "what stands in the variable 'TEST_KEY'");
    make_file(bad[i], strlen(bad[i]), 0600);
    assert_fails(NULL, path, ERR_DATA, path);
  }
  make_file(SECRET "\0x", sizeof SECRET + 1, 0600);
  assert_fails(NULL, path, ERR_DATA, path);
}

static void a_key_in_place_of_a_name_is_not_printed(void **state)
{
  (void)state;
  assert_fails(SECRET, NULL, ERR_USAGE, "give the variable's name, not the key");
  assert_fails("hf_Zq9_w3rtyuiop1234567890ABC", NULL, ERR_ENV,
               "the variable of --api-key-env is not set");
  assert_fails("", NULL, ERR_USAGE, "no name");
  assert_fails("A=B", NULL, ERR_USAGE, "no name");
  assert_fails(NULL, SECRET, ERR_ENV, "give a file's path, not the key");
  struct err err = { 0 };
  struct key key;
  assert_int_equal(
      key_read(&key, "hf_AbcdefghijklmnopqrstuvwxyzABCD", NULL, OPENAI, &err), -1);
  assert_null(strstr(err.msg, "hf_"));
}

static void from_a_file(void **state)
{
  (void)state;
  make_file("\n " SECRET " \r\n\n", strlen(SECRET) + 6, 0600);
  assert_key(NULL, path, ELSEWHERE, SECRET);
  char *large = mem_alloc(KEY_FILE_MAX + 1);
  memset(large, 'k', KEY_FILE_MAX + 1);
  make_file(large, KEY_FILE_MAX + 1, 0600);
  assert_fails(NULL, path, ERR_DATA, "more than 65536 bytes");
  make_file(large, KEY_FILE_MAX, 0600);
  struct err err = { 0 };
  struct key key;
  assert_ok(key_read(&key, NULL, path, ELSEWHERE, &err), err);
  assert_int_equal(key.length, KEY_FILE_MAX);
  key_close(&key);
  free(large);
  make_file("", 0, 0600);
  assert_fails(NULL, path, ERR_DATA, "there is no key in key file");
  unlink(path);
  assert_fails(NULL, path, ERR_ENV, "cannot open key file");
  assert_fails(NULL, dir, ERR_ENV, "cannot read key file");
}

static void a_file_that_others_may_read_is_flagged(void **state)
{
  (void)state;
  static const struct {
    int mode;
    bool open;
  } cases[] = { { 0600, false }, { 0400, false }, { 0640, true }, { 0604, true } };
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct err err = { 0 };
    struct key key;
    make_file(SECRET, strlen(SECRET), cases[i].mode);
    assert_ok(key_read(&key, NULL, path, ELSEWHERE, &err), err);
    assert_int_equal(key.open_to_others, cases[i].open);
    key_close(&key);
  }
}

static void both_sources_are_refused(void **state)
{
  (void)state;
  setenv("TEST_KEY", SECRET, 1);
  make_file(SECRET, strlen(SECRET), 0600);
  assert_fails("TEST_KEY", path, ERR_USAGE, "both given");
}

static void the_known_variable_goes_to_its_host_only(void **state)
{
  (void)state;
  assert_key(NULL, NULL, OPENAI, NULL); /* no key is no error */
  setenv("OPENAI_API_KEY", SECRET, 1);
  static const char *const its_own[] = {
    OPENAI,
    "https://api.openai.com",
    "HTTPS://API.OpenAI.com/v1",
    "https://api.openai.com:443/v1",
    "https://api.openai.com?x",
  };
  for (size_t i = 0; i < COUNT(its_own); i++)
    assert_key(NULL, NULL, its_own[i], SECRET);
  static const char *const others[] = {
    "http://api.openai.com/v1",
    "https://api.openai.com.evil.example/v1",
    "https://evil.example/api.openai.com",
    "https://evil.example/?https://api.openai.com/",
    "https://api.openai.com@evil.example/v1",
    "https://api.openai.com:443@evil.example/v1",
    "https://x@api.openai.com/v1",
    "https://api.openai.com\\@evil.example/v1",
    "https://api.openai.com:8443/v1",
    "https://xapi.openai.com/v1",
    "https://api.openai.co/v1",
    "https://openai.com/v1",
    "https://",
    "api.openai.com",
    "",
  };
  for (size_t i = 0; i < COUNT(others); i++)
    assert_key(NULL, NULL, others[i], NULL);
  setenv("OPENAI_API_KEY", SECRET " " SECRET, 1);
  assert_fails(NULL, NULL, ERR_DATA, "'OPENAI_API_KEY'");
}

static void an_unencrypted_way_is_warned_of(void **state)
{
  (void)state;
  struct err err = { 0 };
  struct key key;
  setenv("TEST_KEY", SECRET, 1);
  assert_ok(key_read(&key, "TEST_KEY", NULL, ELSEWHERE, &err), err);
  assert_null(key_warning(&key, "https://host.example/v1"));
  const char *text = key_warning(&key, "HTTP://localhost:8000/" SECRET);
  assert_non_null(text);
  assert_null(strstr(text, SECRET));
  key_close(&key);
  assert_null(key_warning(&key, "http://host.example/v1"));
}

int main(void)
{
#define WITH_FILE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
  const struct CMUnitTest all[] = {
    WITH_FILE(from_a_variable),
    WITH_FILE(a_variable_without_a_key_is_named),
    WITH_FILE(what_is_no_key),
    WITH_FILE(a_key_in_place_of_a_name_is_not_printed),
    WITH_FILE(from_a_file),
    WITH_FILE(a_file_that_others_may_read_is_flagged),
    WITH_FILE(both_sources_are_refused),
    WITH_FILE(the_known_variable_goes_to_its_host_only),
    WITH_FILE(an_unencrypted_way_is_warned_of),
  };
  return cmocka_run_group_tests(all, NULL, NULL);
}
