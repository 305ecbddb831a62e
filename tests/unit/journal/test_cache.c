/* The cache: what is kept is found, in this process and the next; damage costs the entry
 * that it hit; processes do not disturb each other. */
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>

#include "base/fs.h"
#include "base/rng.h"
#include "journal/cache.h"
#include "test.h"

static char dir[64], path[96];

static int make_folder(void **state)
{
  (void)state;
  snprintf(dir, sizeof dir, "%s", test_folder());
  snprintf(path, sizeof path, "%s/cache.jsonl", dir);
  return 0;
}

static int remove_folder(void **state)
{
  (void)state;
  unlink(path);
  return rmdir(dir);
}

/* ---- short names ---- */

static struct sha256_hex key_of(unsigned i)
{
  return sha256_of((struct str){ (const char *)&i, sizeof i });
}

static struct cache *open_cache(void)
{
  struct err err = { 0 };
  struct cache *cache = cache_open(dir, &err);
  if (!cache)
    fail_msg("%s", err.msg);
  return cache;
}

static void add(struct cache *cache, unsigned i, struct str body)
{
  struct err err = { 0 };
  struct sha256_hex key = key_of(i);
  assert_ok(cache_add(cache, &key, body, &err), err);
}

static struct str find(struct cache *cache, struct arena *arena, unsigned i)
{
  struct err err = { 0 };
  struct sha256_hex key = key_of(i);
  struct str body;
  assert_ok(cache_find(cache, &key, arena, &body, &err), err);
  return body;
}

static void assert_found(struct cache *cache, unsigned i, struct str expected)
{
  struct arena arena = { 0 };
  struct str body = find(cache, &arena, i);
  assert_true(str_present(body) && str_equal(body, expected));
  arena_release(&arena);
}

static void assert_absent(struct cache *cache, unsigned i)
{
  struct arena arena = { 0 };
  assert_false(str_present(find(cache, &arena, i)));
  arena_release(&arena);
}

static void read_file(struct buf *bytes)
{
  struct err err = { 0 };
  buf_init(bytes, BUF_CAP_OWN);
  assert_ok(fs_read(path, bytes, &err), err);
}

/* Not fs_write: its syncing would take most of the tests' time. */
static void write_file(struct str bytes)
{
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  assert_int_equal(fwrite(bytes.ptr, 1, bytes.len, file), bytes.len);
  assert_int_equal(fclose(file), 0);
}

/* ---- keeping and finding ---- */

static const struct str bodies[] = {
  { "{\"id\":\"x\"}\n", 11 },         { "", 0 },
  { "\x01\t\r\n\"\\/\x1f\x7f", 9 },   { "\xc3\xa4 \xe2\x80\xa8 \xf0\x9f\x90\xb8", 11 },
  { "\",\"crc\":\"00000000\"}", 19 },
};

static void what_is_kept_is_found_again(void **state)
{
  (void)state;
  struct cache *cache = open_cache();
  assert_int_equal(cache_entries(cache), 0);
  assert_absent(cache, 0);
  for (int pass = 0; pass < 3; pass++) {
    for (unsigned i = 0; i < COUNT(bodies); i++) {
      add(cache, i, bodies[i]); /* there already, from the second pass on */
      assert_found(cache, i, bodies[i]);
    }
    assert_int_equal(cache_entries(cache), COUNT(bodies));
    assert_absent(cache, 99);
    cache_close(cache);
    cache = open_cache();
  }
  assert_int_equal(cache_damaged(cache), 0);
  add(cache, 0, STR("another answer"));
  assert_found(cache, 0, bodies[0]);
  cache_close(cache);
  struct buf bytes;
  read_file(&bytes);
  size_t lines = 0;
  for (size_t i = 0; i < bytes.len; i++)
    lines += bytes.ptr[i] == '\n';
  assert_int_equal(lines, COUNT(bodies));
  buf_release(&bytes);
}

static void the_format_is_as_documented(void **state)
{
  (void)state;
  struct err err = { 0 };
  struct sha256_hex key;
  for (int i = 0; i < 64; i++)
    key.text[i] = i % 2 ? 'b' : 'a';
  key.text[64] = '\0';
  struct cache *cache = open_cache();
  assert_ok(cache_add(cache, &key, bodies[0], &err), err);
  cache_close(cache);
  struct buf bytes;
  read_file(&bytes);
  assert_str_equal(
      buf_str(&bytes),
      "{\"v\":1,\"key\":\"ababababababababababababababababababababababababababab"
      "ababababab\",\"body\":\"{\\\"id\\\":\\\"x\\\"}\\n\",\"crc\":\"e58c8180\"}"
      "\n");
  buf_release(&bytes);
}

static void what_cannot_come_back_as_it_was_is_not_kept(void **state)
{
  (void)state;
  char *large = mem_alloc(CACHE_BODY_MAX + 1);
  memset(large, '\x01', CACHE_BODY_MAX + 1); /* the longest escape */
  struct cache *cache = open_cache();
  add(cache, 0, (struct str){ large, CACHE_BODY_MAX + 1 });
  add(cache, 1, (struct str){ "a\0b", 3 });
  add(cache, 2, STR("\xff\xfe"));
  add(cache, 3, STR_NONE);
  assert_int_equal(cache_entries(cache), 0);
  add(cache, 4, (struct str){ large, CACHE_BODY_MAX });
  cache_close(cache);
  cache = open_cache();
  assert_int_equal(cache_entries(cache), 1);
  assert_found(cache, 4, (struct str){ large, CACHE_BODY_MAX });
  cache_close(cache);
  free(large);
}

static void a_key_that_is_none_is_absent(void **state)
{
  (void)state;
  struct err err = { 0 };
  struct sha256_hex key = { "ABCDEF" };
  struct arena arena = { 0 };
  struct str body;
  struct cache *cache = open_cache();
  assert_ok(cache_add(cache, &key, STR("x"), &err), err);
  assert_ok(cache_find(cache, &key, &arena, &body, &err), err);
  assert_false(str_present(body));
  assert_int_equal(cache_entries(cache), 0);
  cache_close(cache);
  cache_close(NULL);
}

static void many_entries_are_told_apart(void **state)
{
  (void)state;
  enum { MANY = 3000 };
  char text[32];
  for (int pass = 0; pass < 2; pass++) {
    struct cache *cache = open_cache();
    for (unsigned i = 0; i < MANY; i++) {
      int len = snprintf(text, sizeof text, "answer %u", i);
      add(cache, i, (struct str){ text, (size_t)len });
    }
    for (unsigned i = MANY; i-- > 0;) {
      int len = snprintf(text, sizeof text, "answer %u", i);
      assert_found(cache, i, (struct str){ text, (size_t)len });
    }
    assert_int_equal(cache_entries(cache), MANY);
    cache_close(cache);
  }
}

/* The file is read in pieces of 256 KiB: the end of one line and the beginning of the
 * next are cut at every place. */
static void lines_may_be_cut_by_the_reading(void **state)
{
  (void)state;
  enum { PIECE = 256 << 10, AROUND = 230 };
  char *large = mem_alloc(PIECE);
  memset(large, 'x', PIECE);
  for (size_t len = PIECE - AROUND; len < PIECE; len++) {
    struct cache *cache = open_cache();
    add(cache, 1, (struct str){ large, len });
    add(cache, 2, bodies[0]);
    cache_close(cache);
    cache = open_cache();
    assert_int_equal(cache_entries(cache), 2);
    assert_int_equal(cache_damaged(cache), 0);
    if (len % 16 == 0)
      assert_found(cache, 1, (struct str){ large, len });
    assert_found(cache, 2, bodies[0]);
    cache_close(cache);
    unlink(path);
  }
  free(large);
}

/* ---- damage ---- */

static void write_three(struct buf *bytes)
{
  struct cache *cache = open_cache();
  for (unsigned i = 0; i < 3; i++)
    add(cache, i, bodies[0]);
  cache_close(cache);
  read_file(bytes);
}

/* Any byte of the middle line changed: that entry is gone, the others are not, and it can
 * be kept again for good. */
static void damage_costs_the_entry_that_it_hit(void **state)
{
  (void)state;
  struct buf bytes;
  write_three(&bytes);
  size_t line = bytes.len / 3;
  for (size_t at = line; at < 2 * line - 1; at++)
    for (int bit = 0; bit < 8; bit += 3) {
      bytes.ptr[at] ^= (char)(1 << bit);
      write_file(buf_str(&bytes));
      struct cache *cache = open_cache();
      assert_absent(cache, 1);
      assert_found(cache, 0, bodies[0]);
      assert_found(cache, 2, bodies[0]);
      add(cache, 1, bodies[2]);
      assert_found(cache, 1, bodies[2]);
      cache_close(cache);
      cache = open_cache();
      assert_found(cache, 1, bodies[2]);
      assert_found(cache, 0, bodies[0]);
      cache_close(cache);
      bytes.ptr[at] ^= (char)(1 << bit);
    }
  buf_release(&bytes);
}

static void damage_is_counted(void **state)
{
  (void)state;
  struct buf bytes;
  write_three(&bytes);
  size_t line = bytes.len / 3;
  bytes.ptr[line + 95] ^= 1; /* in the body: seen when it is read */
  bytes.ptr[2 * line + 3] ^= 1;
  buf_add_cstr(&bytes, "\n\nnothing\n");
  write_file(buf_str(&bytes));
  struct cache *cache = open_cache();
  assert_int_equal(cache_damaged(cache), 2);
  assert_int_equal(cache_entries(cache), 2);
  assert_absent(cache, 1);
  assert_int_equal(cache_damaged(cache), 3);
  assert_int_equal(cache_entries(cache), 1);
  assert_absent(cache, 1); /* once is enough */
  assert_int_equal(cache_damaged(cache), 3);
  add(cache, 1, bodies[3]);
  assert_int_equal(cache_entries(cache), 2);
  cache_close(cache);
  buf_release(&bytes);
}

/* Cut at every length: nothing that is there is written over, and the next entry stands
 * on a line of its own. */
static void a_torn_tail_is_left_and_passed(void **state)
{
  (void)state;
  struct buf bytes, after;
  write_three(&bytes);
  size_t line = bytes.len / 3;
  for (size_t cut = 2 * line; cut <= 3 * line; cut++) {
    struct str left = str_slice(buf_str(&bytes), 0, cut);
    bool whole = cut == 2 * line || cut >= 3 * line - 1;
    write_file(left);
    struct cache *cache = open_cache();
    assert_int_equal(cache_damaged(cache), !whole);
    add(cache, 7, bodies[4]);
    assert_found(cache, 7, bodies[4]);
    cache_close(cache);
    cache = open_cache();
    assert_int_equal(cache_damaged(cache), !whole);
    assert_int_equal(cache_entries(cache), cut >= 3 * line - 1 ? 4 : 3);
    assert_found(cache, 1, bodies[0]);
    assert_found(cache, 7, bodies[4]);
    cache_close(cache);
    read_file(&after);
    assert_true(str_starts(buf_str(&after), left));
    buf_release(&after);
  }
  buf_release(&bytes);
}

static void a_file_that_became_shorter_holds_nothing(void **state)
{
  (void)state;
  struct buf bytes;
  write_three(&bytes);
  struct cache *cache = open_cache();
  assert_int_equal(truncate(path, (off_t)bytes.len / 2), 0);
  assert_found(cache, 0, bodies[0]);
  assert_absent(cache, 1);
  assert_absent(cache, 2);
  add(cache, 2, bodies[3]);
  assert_found(cache, 2, bodies[3]);
  cache_close(cache);
  buf_release(&bytes);
}

/* ---- several processes ---- */

enum { EACH = 800, SHARED_KEYS = 100 };

/* The body depends on the key alone, as with a server that is asked at temperature 0. */
static struct str body_of(unsigned i, char *text, size_t size)
{
  struct rng rng;
  rng_init(&rng, 1, "test-cache", i);
  size_t len = (size_t)rng_below(&rng, i % 50 ? 600 : size);
  for (size_t c = 0; c < len; c++)
    text[c] = (char)rng_range(&rng, 1, 126);
  return (struct str){ text, len };
}

static void append_own_and_shared(unsigned who)
{
  enum { BODY_MAX = 100000 };
  char *text = malloc(BODY_MAX);
  struct err err = { 0 };
  struct cache *cache = cache_open(dir, &err);
  int status = !cache;
  for (unsigned i = 0; i < EACH && !status; i++) {
    unsigned id = i < SHARED_KEYS ? i : who * EACH + i;
    struct sha256_hex key = key_of(id);
    status = cache_add(cache, &key, body_of(id, text, BODY_MAX), &err) < 0;
  }
  cache_close(cache);
  free(text);
  _exit(status);
}

static void processes_append_side_by_side(void **state)
{
  (void)state;
  enum { PROCESSES = 3, BODY_MAX = 100000 };
  pid_t pids[PROCESSES];
  for (unsigned who = 0; who < PROCESSES; who++) {
    pids[who] = fork();
    assert_true(pids[who] >= 0);
    if (pids[who] == 0)
      append_own_and_shared(who + 1);
  }
  for (unsigned who = 0; who < PROCESSES; who++) {
    int status;
    assert_int_equal(waitpid(pids[who], &status, 0), pids[who]);
    assert_int_equal(status, 0);
  }
  struct cache *cache = open_cache();
  assert_int_equal(cache_damaged(cache), 0);
  assert_int_equal(cache_entries(cache), PROCESSES * (EACH - SHARED_KEYS) + SHARED_KEYS);
  char *text = malloc(BODY_MAX);
  for (unsigned who = 1; who <= PROCESSES; who++)
    for (unsigned i = 0; i < EACH; i++) {
      unsigned id = i < SHARED_KEYS ? i : who * EACH + i;
      assert_found(cache, id, body_of(id, text, BODY_MAX));
    }
  free(text);
  assert_int_equal(cache_damaged(cache), 0);
  cache_close(cache);
}

static int reader_fd;
static volatile sig_atomic_t reader_is_done;

static void end_reading(int number)
{
  (void)number;
  reader_is_done = 1;
  (void)flock(reader_fd, LOCK_UN);
}

/* Another holds the lock that readers share: an append waits until it is given back. */
static void an_append_waits_for_its_turn(void **state)
{
  (void)state;
  struct sigaction action = { .sa_handler = end_reading }, before;
  struct itimerval soon = { .it_value = { .tv_usec = 20000 } };
  struct cache *cache = open_cache();
  reader_fd = open(path, O_RDONLY);
  reader_is_done = 0;
  assert_int_equal(flock(reader_fd, LOCK_SH), 0);
  sigaction(SIGALRM, &action, &before);
  setitimer(ITIMER_REAL, &soon, NULL);
  add(cache, 1, bodies[0]);
  assert_true(reader_is_done);
  sigaction(SIGALRM, &before, NULL);
  close(reader_fd);
  assert_found(cache, 1, bodies[0]);
  cache_close(cache);
}

static void another_process_dies_in_the_middle_of_a_line(void **state)
{
  (void)state;
  struct cache *one = open_cache(), *two = open_cache();
  add(one, 1, bodies[0]);
  int fd = open(path, O_WRONLY | O_APPEND);
  assert_int_equal(write(fd, "{\"v\":1,\"key\":\"00", 16), 16);
  close(fd);
  add(two, 2, bodies[2]);
  add(one, 3, bodies[3]);
  assert_found(one, 1, bodies[0]);
  assert_absent(one, 2); /* it sees what was there when it opened */
  assert_found(one, 3, bodies[3]);
  assert_found(two, 2, bodies[2]);
  cache_close(one);
  cache_close(two);
  one = open_cache();
  assert_int_equal(cache_damaged(one), 1);
  assert_int_equal(cache_entries(one), 3);
  assert_found(one, 2, bodies[2]);
  cache_close(one);
}

/* ---- what the system refuses ---- */

static void a_folder_that_cannot_be(void **state)
{
  (void)state;
  struct err err = { 0 };
  char below[128];
  write_file(STR("not a folder"));
  snprintf(below, sizeof below, "%s/x", path);
  assert_null(cache_open(below, &err));
  assert_int_equal(err.code, ERR_ENV);
  assert_non_null(strstr(err.msg, path));
  unlink(path);
  assert_int_equal(mkdir(path, 0777), 0);
  assert_null(cache_open(dir, &err));
  assert_int_equal(err.code, ERR_ENV);
  rmdir(path);
  snprintf(below, sizeof below, "%s/a/b", dir);
  struct cache *cache = cache_open(below, &err);
  assert_non_null(cache);
  cache_close(cache);
  snprintf(below, sizeof below, "rm -r '%s/a'", dir);
  assert_int_equal(system(below), 0);
}

static void a_full_disk_is_an_error_and_leaves_the_rest(void **state)
{
  (void)state;
  struct err err = { 0 };
  struct cache *cache = open_cache();
  add(cache, 1, bodies[0]);
  struct rlimit before, low;
  assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
  low = before;
  low.rlim_cur = 200;
  signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &low);
  struct sha256_hex key = key_of(2);
  int rc = cache_add(cache, &key, bodies[2], &err);
  setrlimit(RLIMIT_FSIZE, &before);
  signal(SIGXFSZ, SIG_DFL);
  assert_int_equal(rc, -1);
  assert_int_equal(err.code, ERR_ENV);
  assert_absent(cache, 2);
  add(cache, 3, bodies[3]);
  cache_close(cache);
  cache = open_cache();
  assert_found(cache, 1, bodies[0]);
  assert_absent(cache, 2);
  assert_found(cache, 3, bodies[3]);
  assert_int_equal(cache_damaged(cache), 1);
  cache_close(cache);
}

int main(void)
{
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)
  const struct CMUnitTest tests[] = {
    IN_FOLDER(what_is_kept_is_found_again),
    IN_FOLDER(the_format_is_as_documented),
    IN_FOLDER(what_cannot_come_back_as_it_was_is_not_kept),
    IN_FOLDER(a_key_that_is_none_is_absent),
    IN_FOLDER(many_entries_are_told_apart),
    IN_FOLDER(lines_may_be_cut_by_the_reading),
    IN_FOLDER(damage_costs_the_entry_that_it_hit),
    IN_FOLDER(damage_is_counted),
    IN_FOLDER(a_torn_tail_is_left_and_passed),
    IN_FOLDER(a_file_that_became_shorter_holds_nothing),
    IN_FOLDER(processes_append_side_by_side),
    IN_FOLDER(an_append_waits_for_its_turn),
    IN_FOLDER(another_process_dies_in_the_middle_of_a_line),
    IN_FOLDER(a_folder_that_cannot_be),
    IN_FOLDER(a_full_disk_is_an_error_and_leaves_the_rest),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
