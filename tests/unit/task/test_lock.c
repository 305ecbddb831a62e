#include "test.h"

#include <sys/wait.h>

#include "base/fs.h"
#include "task/lock.h"

#define SHA_A      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define SHA_B      "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define ENTRY(sha) "{\"url\":\"u\",\"sha256\":\"" sha "\",\"bytes\":5,\"date\":\"d\"}"

static struct lock_entry entry(const char *file, const char *sha256, int64_t bytes)
{
  return (struct lock_entry){ .file = str_from(file),
                              .url = STR("https://example.org/x"),
                              .sha256 = str_from(sha256),
                              .bytes = bytes,
                              .date = STR("2026-01-02T03:04:05Z") };
}

static void remove_folder(const char *folder)
{
  char path[128];
  snprintf(path, sizeof path, "%s/%s", folder, LOCK_FILE_NAME);
  unlink(path);
  assert_int_equal(rmdir(folder), 0);
}

static void test_no_file_is_empty(void **state)
{
  (void)state;
  struct arena arena = { 0 };
  struct err err = { 0 };
  struct lock lock;
  const char *folder = test_folder();
  assert_ok(lock_load(&lock, &arena, folder, &err), err);
  assert_int_equal(lock.n_entries, 0);
  assert_null(lock_find(&lock, STR("x")));
  arena_release(&arena);
  remove_folder(folder);
}

static void test_record_and_load(void **state)
{
  (void)state;
  struct arena arena = { 0 };
  struct err err = { 0 };
  struct lock lock;
  const char *folder = test_folder();
  const char *const files[] = { "m/test.jsonl", "a \"b\".jsonl", "z", "m/test.jsonl" };
  for (size_t i = 0; i < COUNT(files); i++) {
    struct lock_entry e = entry(files[i], i == 3 ? SHA_B : SHA_A, (int64_t)i);
    assert_ok(lock_record(folder, &e, &err), err);
  }
  assert_ok(lock_load(&lock, &arena, folder, &err), err);
  assert_int_equal(lock.n_entries, 3);
  assert_str_equal(lock.entries[0].file, "a \"b\".jsonl");
  assert_str_equal(lock.entries[2].file, "z");
  const struct lock_entry *found = lock_find(&lock, STR("m/test.jsonl"));
  assert_non_null(found);
  assert_str_equal(found->sha256, SHA_B);
  assert_int_equal(found->bytes, 3);
  assert_str_equal(found->url, "https://example.org/x");
  assert_str_equal(found->date, "2026-01-02T03:04:05Z");
  assert_null(lock_find(&lock, STR("m/test.json")));
  arena_release(&arena);
  remove_folder(folder);
}

static void test_file_text(void **state)
{
  (void)state;
  struct err err = { 0 };
  struct buf text;
  char path[128];
  const char *folder = test_folder();
  struct lock_entry e = entry("gsm8k/test.jsonl", SHA_A, 749738);
  assert_ok(lock_record(folder, &e, &err), err);
  snprintf(path, sizeof path, "%s/%s", folder, LOCK_FILE_NAME);
  buf_init(&text, 4096);
  assert_ok(fs_read(path, &text, &err), err);
  assert_str_equal(buf_str(&text), "{\n"
                                   "  \"version\": 1,\n"
                                   "  \"files\": {\n"
                                   "    \"gsm8k/test.jsonl\": {\n"
                                   "      \"url\": \"https://example.org/x\",\n"
                                   "      \"sha256\": \"" SHA_A "\",\n"
                                   "      \"bytes\": 749738,\n"
                                   "      \"date\": \"2026-01-02T03:04:05Z\"\n"
                                   "    }\n"
                                   "  }\n"
                                   "}\n");
  /* sorted, so that a committed lock changes where it changed */
  e.file = STR("a");
  assert_ok(lock_record(folder, &e, &err), err);
  buf_reset(&text);
  assert_ok(fs_read(path, &text, &err), err);
  assert_true(str_find(buf_str(&text), STR("\"a\"")) <
              str_find(buf_str(&text), STR("\"gsm8k/")));
  buf_release(&text);
  remove_folder(folder);
}

/* Somebody may have edited it: the order of the file is of no matter. */
static void test_any_order(void **state)
{
  (void)state;
  struct arena arena = { 0 };
  struct err err = { 0 };
  struct lock lock;
  struct str text = STR("{\"version\":1,\"files\":{\"c\":" ENTRY(SHA_A) ",\"b\":" ENTRY(
      SHA_A) ",\"a\":" ENTRY(SHA_B) "}}");
  assert_ok(lock_parse(&lock, &arena, text, "the.lock", &err), err);
  assert_str_equal(lock.entries[0].file, "a");
  assert_str_equal(lock_find(&lock, STR("a"))->sha256, SHA_B);
  assert_str_equal(lock_find(&lock, STR("c"))->sha256, SHA_A);
  arena_release(&arena);
}

/* text, what the error must say */
static const struct {
  const char *text, *says;
} bad[] = {
  { "", "no lock file" },
  { "[]", "expected an object" },
  { "{\"files\":{}}", "version" },
  { "{\"version\":2,\"files\":{}}", "version 2 is unknown" },
  { "{\"version\":1}", "files" },
  { "{\"version\":1,\"files\":[]}", "files" },
  { "{\"version\":1,\"files\":{},\"more\":1}", "unknown key 'more'" },
  { "{\"version\":1,\"files\":{\"x\":1}}", "file 'x'" },
  { "{\"version\":1,\"files\":{\"x\":{}}}", "url" },
  { "{\"version\":1,\"files\":{\"x\":" ENTRY("abc") "}}", "sha256" },
  { "{\"version\":1,\"files\":{\"x\":" ENTRY(SHA_A "a") "}}", "sha256" },
  { "{\"version\":1,\"files\":{\"x\":" ENTRY(SHA_A) ",\"x\":" ENTRY(SHA_B) "}}", "x" },
  { "{\"version\":1,\"files\":{\"x\":{\"url\":\"u\",\"sha256\":\"" SHA_A
    "\",\"bytes\":-1,\"date\":\"d\"}}}",
    "bytes" },
  { "{\"version\":1,\"files\":{\"x\":{\"url\":\"u\",\"sha256\":\"" SHA_A
    "\",\"bytes\":0.5,\"date\":\"d\"}}}",
    "bytes" },
  { "{\"version\":1,\"files\":{\"x\":{\"url\":\"u\",\"sha256\":\"" SHA_A
    "\",\"bytes\":1e300,\"date\":\"d\"}}}",
    "bytes" },
};

static void test_bad_files(void **state)
{
  (void)state;
  struct arena arena = { 0 };
  for (size_t i = 0; i < COUNT(bad); i++) {
    struct err err = { 0 };
    struct lock lock = { 0 };
    if (lock_parse(&lock, &arena, str_from(bad[i].text), "the.lock", &err) == 0)
      fail_msg("accepted %s", bad[i].text);
    assert_int_equal(err.code, ERR_DATA);
    assert_non_null(strstr(err.msg, "the.lock"));
    if (!strstr(err.msg, bad[i].says))
      fail_msg("'%s' does not say '%s'", err.msg, bad[i].says);
  }
  arena_release(&arena);
}

static void test_a_bad_lock_is_not_overwritten(void **state)
{
  (void)state;
  struct err err = { 0 };
  char path[128];
  const char *folder = test_folder();
  snprintf(path, sizeof path, "%s/%s", folder, LOCK_FILE_NAME);
  assert_ok(fs_write(path, STR("damaged"), &err), err);
  struct lock_entry e = entry("x", SHA_A, 1);
  assert_int_equal(lock_record(folder, &e, &err), -1);
  assert_int_equal(fs_size(path), 7);
  remove_folder(folder);
}

static void test_check(void **state)
{
  (void)state;
  struct lock_entry entries[] = { entry("x", SHA_A, 1) };
  struct lock lock = { entries, 1 };
  struct sha256_hex a = { SHA_A }, b = { SHA_B };
  struct suite_source locked = { .file = STR("x") }, fresh = { .file = STR("y") };
  struct suite_source pinned = { .file = STR("x"), .sha256 = STR(SHA_B) };
  struct err err = { 0 };
  assert_ok(lock_check(&lock, &locked, &a, &err), err);
  assert_ok(lock_check(&lock, &fresh, &b, &err), err);
  assert_false(str_present(lock_expected(&lock, &fresh)));
  assert_int_equal(lock_check(&lock, &locked, &b, &err), -1);
  assert_int_equal(err.code, ERR_DATA);
  assert_non_null(strstr(err.msg, LOCK_FILE_NAME));
  /* the definition wins over the lock */
  assert_ok(lock_check(&lock, &pinned, &b, &err), err);
  assert_int_equal(lock_check(&lock, &pinned, &a, &err), -1);
  assert_non_null(strstr(err.msg, "definition"));
}

/* Several programs recording at once: no entry may be lost. */
static void test_concurrent_records(void **state)
{
  (void)state;
  enum { CHILDREN = 8 };
  struct arena arena = { 0 };
  struct err err = { 0 };
  struct lock lock;
  const char *folder = test_folder();
  for (int i = 0; i < CHILDREN; i++) {
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
      char file[16];
      snprintf(file, sizeof file, "file-%d", i);
      struct lock_entry e = entry(file, SHA_A, i);
      _exit(lock_record(folder, &e, &err) < 0);
    }
  }
  for (int i = 0; i < CHILDREN; i++) {
    int status;
    assert_true(wait(&status) > 0);
    assert_int_equal(status, 0);
  }
  assert_ok(lock_load(&lock, &arena, folder, &err), err);
  assert_int_equal(lock.n_entries, CHILDREN);
  arena_release(&arena);
  remove_folder(folder);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_no_file_is_empty),
    cmocka_unit_test(test_record_and_load),
    cmocka_unit_test(test_file_text),
    cmocka_unit_test(test_any_order),
    cmocka_unit_test(test_bad_files),
    cmocka_unit_test(test_a_bad_lock_is_not_overwritten),
    cmocka_unit_test(test_check),
    cmocka_unit_test(test_concurrent_records),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
