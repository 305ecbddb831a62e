/* The learning rate: a line up, half a cosine down, at every step of small schedules. */
#include <math.h>

#include "test.h"
#include "train/schedule.h"

static void the_rate_rises_and_falls(void **state)
{
  (void)state;
  struct schedule s = schedule_make(2, 0.5, 0.25, 16);
  assert_int_equal(s.warmup, 4);
  assert_true(schedule_rate(&s, 0) == 0.5);
  assert_true(schedule_rate(&s, 1) == 1);
  assert_true(schedule_rate(&s, 3) == 2);
  assert_true(schedule_rate(&s, 4) == 2);
  /* a third, a half, and all of the way down: cos(pi / 3) = 1/2 */
  assert_true(fabs(schedule_rate(&s, 8) - (0.5 + 1.5 * 0.75)) < 1e-12);
  assert_true(fabs(schedule_rate(&s, 10) - 1.25) < 1e-12);
  assert_true(fabs(schedule_rate(&s, 12) - (0.5 + 1.5 * 0.25)) < 1e-12);
  assert_true(schedule_rate(&s, 16) == 0.5);
  assert_true(schedule_rate(&s, 1000) == 0.5);
  for (uint64_t step = 4; step < 16; step++)
    assert_true(schedule_rate(&s, step) > schedule_rate(&s, step + 1));
}

static void the_ends_of_a_schedule(void **state)
{
  (void)state;
  struct schedule none = schedule_make(1, 0, 0, 10);
  assert_int_equal(none.warmup, 0);
  assert_true(schedule_rate(&none, 0) == 1);
  assert_true(schedule_rate(&none, 9) > 0);
  struct schedule all = schedule_make(1, 0, 1, 10);
  assert_true(schedule_rate(&all, 9) == 1);
  assert_true(schedule_rate(&all, 10) == 0);
  assert_int_equal(schedule_make(1, 0, 0.03, 10).warmup, 1); /* rounded up */
  struct schedule one = schedule_make(3, 0, 0.03, 1);
  assert_true(schedule_rate(&one, 0) == 3);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_rate_rises_and_falls),
    cmocka_unit_test(the_ends_of_a_schedule),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
