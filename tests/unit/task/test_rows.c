/* Rows come out the same from memory, from a file and from a pipe. */
#include "test.h"

#include <sys/stat.h>

#include "base/arena.h"
#include "task/limits.h"
#include "task/rows.h"

static struct err err;
static char dir[64], path[96];

static int setup(void **state)
{
  (void)state;
  snprintf(dir, sizeof dir, "%s", test_folder());
  snprintf(path, sizeof path, "%s/rows", dir);
  return 0;
}

static int teardown(void **state)
{
  (void)state;
  unlink(path);
  return rmdir(dir);
}

static void expect(struct rows *rows, enum fs_line status, size_t line, const char *text)
{
  struct str got;
  assert_int_equal(rows_next(rows, &got, &err), status);
  assert_int_equal(rows->line, line);
  if (status == FS_LINE_OK)
    assert_str_equal(got, text);
}

#define TEXT "a\r\n\n \t\nb b\n\nlast"

static void expect_text(struct rows *rows)
{
  assert_false(rows->is_array);
  assert_string_equal(rows->sha256.text, sha256_of(STR(TEXT)).text);
  expect(rows, FS_LINE_OK, 1, "a");
  expect(rows, FS_LINE_OK, 4, "b b");
  expect(rows, FS_LINE_OK, 6, "last");
  struct str none;
  assert_int_equal(rows_next(rows, &none, &err), FS_LINE_END);
  rows_close(rows);
}

static void put(struct str bytes)
{
  assert_ok(fs_write(path, bytes, &err), err);
}

static void memory_and_file(void **state)
{
  (void)state;
  struct rows rows;
  rows_init(&rows, STR(TEXT));
  expect_text(&rows);
  put(STR(TEXT));
  assert_ok(rows_open(&rows, path, &err), err);
  expect_text(&rows);
}

static void pipe_is_held(void **state)
{
  (void)state;
  assert_int_equal(mkfifo(path, 0600), 0);
  pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    FILE *out = fopen(path, "w");
    fputs(TEXT, out);
    fclose(out);
    _exit(0);
  }
  struct rows rows;
  assert_ok(rows_open(&rows, path, &err), err);
  expect_text(&rows);
}

static void arrays(void **state)
{
  (void)state;
  struct rows rows;
  put(STR("\n\n  [ 1,\n2]"));
  assert_ok(rows_open(&rows, path, &err), err);
  assert_true(rows.is_array);
  assert_str_equal(rows.rest, "\n\n  [ 1,\n2]");
  assert_string_equal(rows.sha256.text, sha256_of(rows.rest).text);
  rows_close(&rows);
  rows_init(&rows, STR(" []"));
  assert_true(rows.is_array);
  rows_close(&rows);
}

static void empty(void **state)
{
  (void)state;
  struct rows rows;
  put(STR(""));
  assert_ok(rows_open(&rows, path, &err), err);
  expect(&rows, FS_LINE_END, 0, NULL);
  rows_close(&rows);
  rows_init(&rows, STR(""));
  expect(&rows, FS_LINE_END, 0, NULL);
  rows_close(&rows);
}

static void refusals(void **state)
{
  (void)state;
  struct rows rows;
  assert_int_equal(rows_open(&rows, dir, &err), -1);
  assert_int_equal(err.code, ERR_DATA);
  assert_int_equal(rows_open(&rows, path, &err), -1);
  assert_int_equal(err.code, ERR_ENV);
  assert_non_null(strstr(err.msg, path));
}

static void long_lines(void **state)
{
  (void)state;
  size_t n = TASK_LINE_MAX + 3;
  char *bytes = mem_alloc(n);
  memset(bytes, 'x', n);
  memcpy(bytes + n - 2, "\ny", 2);
  struct rows rows;
  rows_init(&rows, (struct str){ bytes, n });
  expect(&rows, FS_LINE_TOO_LONG, 1, NULL);
  expect(&rows, FS_LINE_OK, 2, "y");
  rows_close(&rows);
  put((struct str){ bytes, n });
  assert_ok(rows_open(&rows, path, &err), err);
  expect(&rows, FS_LINE_TOO_LONG, 1, NULL);
  expect(&rows, FS_LINE_OK, 2, "y");
  rows_close(&rows);
  free(bytes);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(memory_and_file, setup, teardown),
    cmocka_unit_test_setup_teardown(pipe_is_held, setup, teardown),
    cmocka_unit_test_setup_teardown(arrays, setup, teardown),
    cmocka_unit_test_setup_teardown(empty, setup, teardown),
    cmocka_unit_test_setup_teardown(refusals, setup, teardown),
    cmocka_unit_test_setup_teardown(long_lines, setup, teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
