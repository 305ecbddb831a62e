/* The journal file: what is written is read, torn tails go, damage is named, disks fill.
 */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "journal/journal.h"
#include "test.h"

struct folder {
  char dir[64], path[96];
};

static int make_folder(void **state)
{
  struct folder *folder = calloc(1, sizeof *folder);
  snprintf(folder->dir, sizeof folder->dir, "%s", test_folder());
  snprintf(folder->path, sizeof folder->path, "%s/journal.jsonl", folder->dir);
  *state = folder;
  return 0;
}

static int remove_folder(void **state)
{
  struct folder *folder = *state;
  unlink(folder->path);
  rmdir(folder->dir);
  free(folder);
  return 0;
}

static struct record numbered(int i)
{
  static const struct str items[] = { { "a", 1 }, { "b", 1 }, { "c", 1 } };
  return (struct record){
    .suite = STR("gsm8k"),
    .model = STR("m"),
    .item = items[i % 3],
    .index = (size_t)i,
    .sample = i / 3,
    .response = STR("an answer of some length"),
    .reason = STR("r"),
    .verdict = i % 4 == 3 ? VERDICT_ERROR : VERDICT_CORRECT,
    .label = -1,
    .value = NAN,
    .tokens_in = -1,
    .tokens_out = -1,
    .tokens_reasoning = -1,
  };
}

static void append_range(const char *path, size_t valid_bytes, int from, int to)
{
  struct err err = { 0 };
  struct journal_writer *writer = journal_writer_open(path, valid_bytes, &err);
  if (!writer)
    fail_msg("%s", err.msg);
  for (int i = from; i < to; i++) {
    struct record r = numbered(i);
    assert_ok(journal_append(writer, &r, &err), err);
  }
  assert_ok(journal_writer_close(writer, &err), err);
}

static void append_bytes(const char *path, struct str bytes)
{
  int fd = open(path, O_WRONLY | O_APPEND | O_CREAT, 0666);
  assert_true(fd >= 0);
  assert_int_equal(write(fd, bytes.ptr, bytes.len), bytes.len);
  close(fd);
}

static void a_missing_file_is_empty(void **state)
{
  struct folder *f = *state;
  struct arena arena = { 0 };
  struct err err = { 0 };
  struct journal journal;
  assert_ok(journal_load(&journal, &arena, f->path, &err), err);
  assert_int_equal(journal.n_records, 0);
  assert_false(journal.torn);
  struct record key = numbered(0);
  assert_null(journal_find(&journal, &key));
  arena_release(&arena);
}

static void what_is_written_is_read(void **state)
{
  struct folder *f = *state;
  struct arena arena = { 0 };
  struct err err = { 0 };
  struct journal journal;
  append_range(f->path, 0, 0, 20);
  assert_ok(journal_load(&journal, &arena, f->path, &err), err);
  assert_int_equal(journal.n_records, 20);
  assert_int_equal(journal.valid_bytes, fs_size(f->path));
  for (int i = 0; i < 20; i++) {
    struct record key = numbered(i);
    assert_int_equal(journal.records[i].index, i);
    assert_ptr_equal(journal_find(&journal, &key), &journal.records[i]);
  }
  struct record other = numbered(20);
  assert_null(journal_find(&journal, &other));
  arena_release(&arena);
}

/* Cut at every byte: what was whole stays, and appending goes on behind it. */
static void every_torn_tail_is_dropped(void **state)
{
  struct folder *f = *state;
  append_range(f->path, 0, 0, 3);
  int64_t two, three = fs_size(f->path);
  {
    unlink(f->path);
    append_range(f->path, 0, 0, 2);
    two = fs_size(f->path);
  }
  for (int64_t cut = two; cut < three; cut++) {
    struct arena arena = { 0 };
    struct err err = { 0 };
    struct journal journal;
    unlink(f->path);
    append_range(f->path, 0, 0, 3);
    assert_int_equal(truncate(f->path, cut), 0);
    assert_ok(journal_load(&journal, &arena, f->path, &err), err);
    assert_int_equal(journal.n_records, 2);
    assert_int_equal(journal.valid_bytes, two);
    assert_int_equal(journal.torn, cut > two);
    append_range(f->path, journal.valid_bytes, 2, 4);
    assert_ok(journal_load(&journal, &arena, f->path, &err), err);
    assert_int_equal(journal.n_records, 4);
    assert_false(journal.torn);
    arena_release(&arena);
  }
}

static void a_last_line_with_a_bad_crc_is_torn(void **state)
{
  struct folder *f = *state;
  struct arena arena = { 0 };
  struct err err = { 0 };
  struct journal journal;
  append_range(f->path, 0, 0, 2);
  int64_t good = fs_size(f->path);
  append_bytes(f->path, STR("{\"v\":1,\"suite\":\"gsm\0\0\0\0\0\n"));
  assert_ok(journal_load(&journal, &arena, f->path, &err), err);
  assert_int_equal(journal.n_records, 2);
  assert_int_equal(journal.valid_bytes, good);
  assert_true(journal.torn);
  append_range(f->path, journal.valid_bytes, 2, 3);
  assert_ok(journal_load(&journal, &arena, f->path, &err), err);
  assert_int_equal(journal.n_records, 3);
  arena_release(&arena);
}

static void damage_in_the_middle_is_an_error(void **state)
{
  struct folder *f = *state;
  struct arena arena = { 0 };
  struct err err = { 0 };
  struct journal journal;
  append_range(f->path, 0, 0, 1);
  append_bytes(f->path, STR("{\"v\":1,\"half a li\n"));
  append_range(f->path, (size_t)fs_size(f->path), 1, 3);
  assert_int_equal(journal_load(&journal, &arena, f->path, &err), -1);
  assert_int_equal(err.code, ERR_DATA);
  assert_non_null(strstr(err.msg, "line 2"));
  assert_non_null(strstr(err.msg, f->path));
  arena_release(&arena);
}

static void a_key_that_stands_twice_is_an_error(void **state)
{
  struct folder *f = *state;
  struct arena arena = { 0 };
  struct err err = { 0 };
  struct journal journal;
  append_range(f->path, 0, 0, 5);
  append_range(f->path, (size_t)fs_size(f->path), 3, 4);
  assert_int_equal(journal_load(&journal, &arena, f->path, &err), -1);
  assert_non_null(strstr(err.msg, "lines 4 and 6"));
  arena_release(&arena);
}

static void one_writer_at_a_time(void **state)
{
  struct folder *f = *state;
  struct err err = { 0 };
  struct journal_writer *first = journal_writer_open(f->path, 0, &err);
  assert_non_null(first);
  assert_null(journal_writer_open(f->path, 0, &err));
  assert_int_equal(err.code, ERR_ENV);
  assert_non_null(strstr(err.msg, "another process"));
  assert_ok(journal_writer_close(first, &err), err);
}

/* Read, then somebody else writes and ends, then opened: nothing of theirs may be cut. */
static void a_journal_that_grew_is_not_cut(void **state)
{
  struct folder *f = *state;
  struct err err = { 0 };
  append_range(f->path, 0, 0, 2);
  int64_t before = fs_size(f->path);
  append_range(f->path, (size_t)before, 2, 4);
  int64_t after = fs_size(f->path);
  assert_null(journal_writer_open(f->path, (size_t)before, &err));
  assert_int_equal(err.code, ERR_ENV);
  assert_int_equal(fs_size(f->path), after);
}

static void a_full_disk_loses_nothing(void **state)
{
  struct folder *f = *state;
  struct arena arena = { 0 };
  struct err err = { 0 };
  struct rlimit old, small;
  append_range(f->path, 0, 0, 2);
  int64_t good = fs_size(f->path);
  signal(SIGXFSZ, SIG_IGN);
  getrlimit(RLIMIT_FSIZE, &old);
  small = old;
  small.rlim_cur = (rlim_t)good + 40; /* room for part of a line */
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
  struct journal_writer *writer = journal_writer_open(f->path, (size_t)good, &err);
  assert_non_null(writer);
  struct record r = numbered(2);
  assert_int_equal(journal_append(writer, &r, &err), -1);
  setrlimit(RLIMIT_FSIZE, &old);
  assert_int_equal(err.code, ERR_ENV);
  assert_non_null(strstr(err.msg, "--resume"));
  assert_int_equal(fs_size(f->path), good); /* the partial line is cut off again */
  assert_ok(journal_append(writer, &r, &err), err); /* and with room it goes on */
  assert_ok(journal_writer_close(writer, &err), err);
  struct journal journal;
  assert_ok(journal_load(&journal, &arena, f->path, &err), err);
  assert_int_equal(journal.n_records, 3);
  arena_release(&arena);
}

static void dev_full_says_no_space(void **state)
{
  (void)state;
  struct err err = { 0 };
  if (access("/dev/full", W_OK) != 0)
    skip();
  struct journal_writer *writer = journal_writer_open("/dev/full", 0, &err);
  if (!writer)
    fail_msg("%s", err.msg);
  struct record r = numbered(0);
  assert_int_equal(journal_append(writer, &r, &err), -1);
  assert_non_null(strstr(err.msg, "No space left"));
  assert_ok(journal_writer_close(writer, &err), err);
}

static void a_missing_folder_is_named(void **state)
{
  (void)state;
  struct err err = { 0 };
  assert_null(journal_writer_open("/nonexistent/journal.jsonl", 0, &err));
  assert_int_equal(err.code, ERR_ENV);
  assert_non_null(strstr(err.msg, "/nonexistent/journal.jsonl"));
}

static void errors_can_be_dropped(void **state)
{
  struct folder *f = *state;
  struct arena arena = { 0 };
  struct err err = { 0 };
  struct journal journal;
  size_t dropped;
  append_range(f->path, 0, 0, 9); /* numbers 3 and 7 are errors */
  assert_ok(journal_drop_errors(f->path, &dropped, &err), err);
  assert_int_equal(dropped, 2);
  assert_ok(journal_load(&journal, &arena, f->path, &err), err);
  assert_int_equal(journal.n_records, 7);
  for (size_t i = 0; i < journal.n_records; i++)
    assert_int_equal(journal.records[i].verdict, VERDICT_CORRECT);
  assert_ok(journal_drop_errors(f->path, &dropped, &err), err);
  assert_int_equal(dropped, 0);
  arena_release(&arena);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)

int main(void)
{
  const struct CMUnitTest tests[] = {
    IN_FOLDER(a_missing_file_is_empty),
    IN_FOLDER(what_is_written_is_read),
    IN_FOLDER(every_torn_tail_is_dropped),
    IN_FOLDER(a_last_line_with_a_bad_crc_is_torn),
    IN_FOLDER(damage_in_the_middle_is_an_error),
    IN_FOLDER(a_key_that_stands_twice_is_an_error),
    IN_FOLDER(one_writer_at_a_time),
    IN_FOLDER(a_journal_that_grew_is_not_cut),
    IN_FOLDER(a_full_disk_loses_nothing),
    cmocka_unit_test(dev_full_says_no_space),
    cmocka_unit_test(a_missing_folder_is_named),
    IN_FOLDER(errors_can_be_dropped),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
