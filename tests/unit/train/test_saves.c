/* Checkpoints to go on from: the newest is found, old ones and what a kill left behind
 * go, nothing else is touched, and a progress.json that is none is refused. */
#include "test.h"

#include "base/fs.h"
#include "train/saves.h"

static struct err err;
static struct arena arena;
static char dir[64];

static const char *at(const char *name)
{
  return arena_printf(&arena, "%s/%s", dir, name).ptr;
}

static void put(const char *name, const char *text)
{
  assert_ok(fs_write(at(name), str_from(text), &err), err);
}

static void make(uint64_t step, int64_t keep)
{
  const char *part;
  struct train_progress progress = { .step = step,
                                     .tokens = 10 * step,
                                     .actions = 3 * step,
                                     .seconds = 0.5,
                                     .log_bytes = 77 };
  assert_ok(saves_begin(dir, step, &part, &arena, &err), err);
  assert_ok(fs_write(arena_printf(&arena, "%s/weights", part).ptr, STR("w"), &err), err);
  assert_ok(fs_make_dir(arena_printf(&arena, "%s/value", part).ptr, &err), err);
  assert_ok(fs_write(arena_printf(&arena, "%s/value/weights", part).ptr, STR("v"), &err),
            err);
  assert_ok(saves_commit(dir, part, &progress, keep, &err), err);
}

static int begin(void **state)
{
  (void)state;
  snprintf(dir, sizeof dir, "%s", test_folder());
  return 0;
}

static int end(void **state)
{
  char command[128];
  (void)state;
  arena_release(&arena);
  snprintf(command, sizeof command, "rm -rf '%s'", dir);
  return system(command);
}

static void the_newest_is_found(void **state)
{
  const char *folder;
  struct train_progress progress;
  (void)state;
  assert_ok(saves_last(at("nowhere"), &folder, &arena, &err), err);
  assert_null(folder);
  assert_ok(saves_last(dir, &folder, &arena, &err), err);
  assert_null(folder);
  make(9, 5);
  make(100, 5); /* by number, not by name */
  assert_ok(saves_last(dir, &folder, &arena, &err), err);
  assert_string_equal(folder, at("checkpoint-100"));
  assert_ok(saves_read(folder, &progress, &err), err);
  assert_int_equal(progress.step, 100);
  assert_int_equal(progress.tokens, 1000);
  assert_int_equal(progress.actions, 300);
  assert_int_equal(progress.log_bytes, 77);
  assert_true(progress.seconds == 0.5);
}

static void old_ones_go_and_nothing_else(void **state)
{
  (void)state;
  assert_ok(fs_make_dir(at("checkpoint-7.part"), &err), err);
  put("checkpoint-7.part/half", "");
  assert_ok(fs_make_dir(at("checkpoint-best"), &err), err);
  put("checkpoint-best/weights", "");
  put("checkpoint", "");
  put("log.jsonl", "");
  make(8, 1);
  assert_false(fs_exists(at("checkpoint-7.part")));
  make(16, 1);
  assert_true(fs_exists(at("checkpoint-8")));
  make(24, 1);
  assert_false(fs_exists(at("checkpoint-8")));
  assert_true(fs_exists(at("checkpoint-16/value/weights")));
  assert_ok(saves_prune(dir, 0, &err), err);
  assert_false(fs_exists(at("checkpoint-16")) || fs_exists(at("checkpoint-24")));
  assert_true(fs_exists(at("checkpoint-best/weights")) && fs_exists(at("checkpoint")) &&
              fs_exists(at("log.jsonl")));
}

static void a_part_is_begun_anew_or_dropped(void **state)
{
  const char *part, *folder;
  (void)state;
  assert_ok(saves_begin(dir, 3, &part, &arena, &err), err);
  assert_ok(fs_write(arena_printf(&arena, "%s/old", part).ptr, STR(""), &err), err);
  assert_ok(saves_begin(dir, 3, &part, &arena, &err), err);
  assert_false(fs_exists(arena_printf(&arena, "%s/old", part).ptr));
  assert_ok(saves_last(dir, &folder, &arena, &err), err);
  assert_null(folder);
  saves_drop(part);
  assert_false(fs_exists(part));
}

static void a_progress_that_is_none_is_refused(void **state)
{
  static const char *const bad[] = {
    "",
    "{}",
    "[1]",
    "{\"step\":-1,\"tokens\":1,\"actions\":1,\"log_bytes\":1,\"seconds\":1}",
    "{\"step\":1e300,\"tokens\":1,\"actions\":1,\"log_bytes\":1,\"seconds\":1}",
    "{\"step\":\"1\",\"tokens\":1,\"actions\":1,\"log_bytes\":1,\"seconds\":1}",
    "{\"step\":1,\"tokens\":1,\"actions\":1,\"seconds\":1}",
  };
  struct train_progress progress;
  (void)state;
  for (size_t i = 0; i < COUNT(bad); i++) {
    put("progress.json", bad[i]);
    assert_int_equal(saves_read(dir, &progress, &err), -1);
    assert_int_equal(err.code, ERR_DATA);
    assert_non_null(strstr(err.msg, "progress.json"));
  }
  assert_int_equal(saves_read(at("nowhere"), &progress, &err), -1);
  assert_int_equal(err.code, ERR_ENV);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(the_newest_is_found, begin, end),
    cmocka_unit_test_setup_teardown(old_ones_go_and_nothing_else, begin, end),
    cmocka_unit_test_setup_teardown(a_part_is_begun_anew_or_dropped, begin, end),
    cmocka_unit_test_setup_teardown(a_progress_that_is_none_is_refused, begin, end),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
