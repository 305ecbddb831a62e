#include "test.h"

#include <signal.h>
#include <sys/resource.h>

#include "base/arena.h"
#include "base/fs.h"

/* A scratch folder with a path inside it, removed by the test that made files. */
struct place {
  char dir[64], path[128];
};

static struct place new_place(void)
{
  struct place place;
  snprintf(place.dir, sizeof place.dir, "%s", test_folder());
  snprintf(place.path, sizeof place.path, "%s/file", place.dir);
  return place;
}

static void remove_place(struct place *place)
{
  unlink(place->path);
  assert_int_equal(rmdir(place->dir), 0); /* and nothing is left beside it */
}

static void writes_whole_files(void **state)
{
  (void)state;
  struct place place = new_place();
  struct err err = { 0 };
  assert_ok(fs_write(place.path, STR("old"), &err), err);
  assert_ok(fs_write(place.path, STR("new text"), &err), err);
  struct buf bytes;
  buf_init(&bytes, 100);
  assert_ok(fs_read(place.path, &bytes, &err), err);
  assert_str_equal(buf_str(&bytes), "new text");
  assert_int_equal(fs_size(place.path), 8);
  buf_release(&bytes);
  remove_place(&place);
}

static void a_failed_write_keeps_the_old_file(void **state)
{
  (void)state;
  struct place place = new_place();
  struct err err = { 0 };
  assert_ok(fs_write(place.path, STR("old"), &err), err);
  /* no file of ours may grow beyond 2 bytes: what a full disk does */
  struct rlimit limit, small;
  getrlimit(RLIMIT_FSIZE, &limit);
  small = limit;
  small.rlim_cur = 2;
  signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &small);
  int rc = fs_write(place.path, STR("new text"), &err);
  setrlimit(RLIMIT_FSIZE, &limit);
  assert_int_equal(rc, -1);
  assert_int_equal(err.code, ERR_ENV);
  assert_non_null(strstr(err.msg, place.path));
  struct buf bytes;
  buf_init(&bytes, 100);
  assert_ok(fs_read(place.path, &bytes, &err), err);
  assert_str_equal(buf_str(&bytes), "old");
  buf_release(&bytes);
  remove_place(&place);
}

static void too_large_a_file_is_refused(void **state)
{
  (void)state;
  struct place place = new_place();
  struct err err = { 0 };
  assert_ok(fs_write(place.path, STR("0123456789"), &err), err);
  struct buf bytes;
  buf_init(&bytes, 5);
  assert_int_equal(fs_read(place.path, &bytes, &err), -1);
  assert_int_equal(err.code, ERR_DATA);
  buf_release(&bytes);
  remove_place(&place);
}

static void a_folder_is_no_file(void **state)
{
  (void)state;
  struct err err = { 0 };
  struct buf bytes;
  buf_init(&bytes, 5);
  assert_int_equal(fs_read("/tmp", &bytes, &err), -1);
  assert_non_null(strstr(err.msg, "it is a folder"));
  buf_release(&bytes);
}

static void maps(void **state)
{
  (void)state;
  struct place place = new_place();
  struct err err = { 0 };
  struct fs_map map;
  assert_ok(fs_write(place.path, STR(""), &err), err);
  assert_ok(fs_map(&map, place.path, &err), err);
  assert_int_equal(map.bytes.len, 0);
  fs_unmap(&map);
  assert_ok(fs_write(place.path, STR("abc"), &err), err);
  assert_ok(fs_map(&map, place.path, &err), err);
  assert_str_equal(map.bytes, "abc");
  fs_unmap(&map);
  remove_place(&place);
}

static void folders(void **state)
{
  (void)state;
  struct place place = new_place();
  struct err err = { 0 };
  char deep[192], one[160];
  snprintf(one, sizeof one, "%s/a", place.dir);
  snprintf(deep, sizeof deep, "%s/b/", one);
  assert_ok(fs_make_dir(deep, &err), err);
  assert_ok(fs_make_dir(deep, &err), err);
  assert_true(fs_is_dir(deep));
  assert_ok(fs_check_writable(deep, &err), err);
  struct fs_list list;
  assert_ok(fs_list(&list, place.dir, &err), err);
  assert_int_equal(list.count, 1);
  assert_string_equal(list.names[0], "a");
  fs_list_free(&list);
  assert_ok(fs_write(place.path, STR("x"), &err), err);
  snprintf(deep, sizeof deep, "%s/sub", place.path);
  assert_int_equal(fs_make_dir(deep, &err), -1); /* a file stands in the way */
  snprintf(deep, sizeof deep, "%s/b", one);
  rmdir(deep);
  rmdir(one);
  remove_place(&place);
}

static void reads_lines_of_any_length(void **state)
{
  (void)state;
  enum { LONG = 200000, MAX = 100000 };
  struct place place = new_place();
  struct err err = { 0 };
  struct buf text;
  buf_init(&text, 1 << 20);
  buf_add(&text, STR("first\r\n"));
  for (int i = 0; i < LONG; i++)
    buf_add_char(&text, 'x');
  buf_add(&text, STR("\n\nlast"));
  assert_ok(fs_write(place.path, buf_str(&text), &err), err);

  struct fs_lines lines;
  struct str line;
  assert_ok(fs_lines_open(&lines, place.path, MAX, &err), err);
  assert_int_equal(fs_lines_next(&lines, &line, &err), FS_LINE_OK);
  assert_str_equal(line, "first");
  assert_int_equal(fs_lines_next(&lines, &line, &err), FS_LINE_TOO_LONG);
  assert_int_equal(lines.number, 2);
  assert_true(lines.line.capacity <= 4 * MAX); /* the line was not held */
  assert_int_equal(fs_lines_next(&lines, &line, &err), FS_LINE_OK);
  assert_str_equal(line, "");
  assert_int_equal(fs_lines_next(&lines, &line, &err), FS_LINE_OK);
  assert_str_equal(line, "last");
  assert_int_equal(lines.number, 4);
  assert_int_equal(fs_lines_next(&lines, &line, &err), FS_LINE_END);
  fs_lines_close(&lines);
  buf_release(&text);
  remove_place(&place);
}

static void a_missing_file(void **state)
{
  (void)state;
  struct err err = { 0 };
  struct fs_lines lines;
  assert_int_equal(fs_lines_open(&lines, "/nowhere/x", 10, &err), -1);
  assert_string_equal(err.msg, "cannot open '/nowhere/x': No such file or directory");
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(writes_whole_files),
    cmocka_unit_test(a_failed_write_keeps_the_old_file),
    cmocka_unit_test(too_large_a_file_is_refused),
    cmocka_unit_test(a_folder_is_no_file),
    cmocka_unit_test(maps),
    cmocka_unit_test(folders),
    cmocka_unit_test(reads_lines_of_any_length),
    cmocka_unit_test(a_missing_file),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
