/* The earliest comes first, whatever the order of adding. */
#include "base/rng.h"
#include "mock/timers.h"
#include "test.h"

enum { N = 1000 };

static void come_in_order(void **state)
{
  (void)state;
  struct timers timers = { 0 };
  struct rng rng;
  int64_t due[N], last = -1;
  rng_init(&rng, 1, "timers", 0);
  for (int i = 0; i < N; i++) {
    due[i] = rng_range(&rng, 0, 300);
    timers_add(&timers, due[i], &due[i]);
  }
  for (int i = 0; i < N; i++) {
    int64_t *next = timers_take(&timers, 300);
    assert_non_null(next);
    assert_true(*next >= last);
    last = *next;
  }
  assert_null(timers_take(&timers, INT64_MAX));
  timers_release(&timers);
}

static void only_what_is_due(void **state)
{
  (void)state;
  struct timers timers = { 0 };
  int a, b;
  timers_add(&timers, 2000000, &b);
  timers_add(&timers, 1000000, &a);
  assert_null(timers_take(&timers, 999999));
  assert_ptr_equal(timers_take(&timers, 1000000), &a);
  assert_null(timers_take(&timers, 1999999));
  assert_ptr_equal(timers_take(&timers, 2000000), &b);
  timers_release(&timers);
}

static void says_how_long(void **state)
{
  (void)state;
  struct timers timers = { 0 };
  assert_int_equal(timers_wait_ms(&timers, 0, 70), 70);
  timers_add(&timers, 5000001, &timers);
  assert_int_equal(timers_wait_ms(&timers, 0, 70), 6); /* never too early */
  assert_int_equal(timers_wait_ms(&timers, 0, 3), 3);
  assert_int_equal(timers_wait_ms(&timers, 5000001, 70), 0);
  assert_int_equal(timers_wait_ms(&timers, 9000000, 70), 0);
  timers_release(&timers);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(come_in_order),
    cmocka_unit_test(only_what_is_due),
    cmocka_unit_test(says_how_long),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
