/* The key, requests in flight, requests in sixty seconds. */
#include "base/fs.h"
#include "mock/gate.h"
#include "test.h"

#define SECOND INT64_C(1000000000)

static void key_is_asked_for(void **state)
{
  (void)state;
  char path[100];
  snprintf(path, sizeof path, "%s/key", test_folder());
  struct arena arena = { 0 };
  struct err err = { 0 };
  struct refusal refusal;
  struct gate gate;
  struct gate_opts opts = { .key_file = path };
  assert_ok(fs_write(path, STR("sesame\n"), &err), err);
  assert_ok(gate_init(&gate, &opts, &arena, &err), err);
  assert_true(gate_check_key(&gate, "Bearer sesame", &refusal));
  assert_true(gate_check_key(&gate, "bearer  sesame ", &refusal));
  static const char *const wrong[] = {
    NULL, "", "sesame", "Bearer sesam", "Bearer sesame2", "Basic sesame"
  };
  for (size_t i = 0; i < COUNT(wrong); i++) {
    assert_false(gate_check_key(&gate, wrong[i], &refusal));
    assert_int_equal(refusal.status, 401);
    assert_null(strstr(refusal.message, "sesam"));
  }
  assert_ok(fs_write(path, STR(" \n"), &err), err);
  assert_int_equal(gate_init(&gate, &opts, &arena, &err), -1);
  unlink(path);
  assert_int_equal(gate_init(&gate, &opts, &arena, &err), -1);
  assert_int_equal(err.code, ERR_ENV);
  *strrchr(path, '/') = '\0';
  rmdir(path);
  arena_release(&arena);
}

static void no_key_is_needed(void **state)
{
  (void)state;
  struct refusal refusal;
  struct gate gate = { .n_accepted = 0 };
  assert_true(gate_check_key(&gate, NULL, &refusal));
}

static void at_most_so_many_at_a_time(void **state)
{
  (void)state;
  struct arena arena = { 0 };
  struct err err = { 0 };
  struct refusal refusal;
  struct gate gate;
  int64_t retry_after_s;
  assert_ok(gate_init(&gate, &(struct gate_opts){ .max_in_flight = 2 }, &arena, &err),
            err);
  assert_true(gate_admit(&gate, 0, 1, &retry_after_s, &refusal));
  assert_false(gate_admit(&gate, 0, 2, &retry_after_s, &refusal));
  assert_int_equal(refusal.status, 429);
  assert_true(retry_after_s >= 1);
  arena_release(&arena);
}

static void at_most_so_many_a_minute(void **state)
{
  (void)state;
  struct arena arena = { 0 };
  struct err err = { 0 };
  struct refusal refusal;
  struct gate gate;
  int64_t retry_after_s, start = 1000 * SECOND;
  assert_ok(gate_init(&gate, &(struct gate_opts){ .rpm = 3 }, &arena, &err), err);
  for (int i = 0; i < 3; i++)
    assert_true(gate_admit(&gate, start + i * SECOND, 0, &retry_after_s, &refusal));
  assert_false(gate_admit(&gate, start + 10 * SECOND, 0, &retry_after_s, &refusal));
  assert_int_equal(refusal.status, 429);
  assert_int_equal(retry_after_s, 51); /* rounded up, never too early */
  assert_false(gate_admit(&gate, start + 60 * SECOND - 1, 0, &retry_after_s, &refusal));
  assert_true(gate_admit(&gate, start + 60 * SECOND, 0, &retry_after_s, &refusal));
  /* the next place is that of the second request */
  assert_false(gate_admit(&gate, start + 60 * SECOND, 0, &retry_after_s, &refusal));
  assert_true(gate_admit(&gate, start + 61 * SECOND, 0, &retry_after_s, &refusal));
  arena_release(&arena);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(key_is_asked_for),
    cmocka_unit_test(no_key_is_needed),
    cmocka_unit_test(at_most_so_many_at_a_time),
    cmocka_unit_test(at_most_so_many_a_minute),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
