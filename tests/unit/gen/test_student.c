/* Tests of gen/student: the population and its flawed arithmetic. */
#include "test.h"

#include "gen/student.h"

static void population_is_stated_and_varied(void **state)
{
  (void)state;
  uint64_t held_by[MISC_COUNT] = { 0 };
  assert_true(student_count() >= 12);
  for (size_t i = 0; i < student_count(); i++) {
    const struct student *s = student_at(i);
    assert_true(s->skill > 0 && s->skill < 1);
    assert_true(s->skip >= 0 && s->skip < 0.5);
    assert_true(i == 0 || s->skill < student_at(i - 1)->skill);
    for (size_t j = 0; j < i; j++)
      assert_string_not_equal(s->name, student_at(j)->name);
    for (int m = 0; m < MISC_COUNT; m++)
      held_by[m] += student_believes(s, (enum misconception)m);
  }
  for (int m = 0; m < MISC_COUNT; m++)
    if (held_by[m] < 2)
      fail_msg("'%s' is held by %d students", misconception_name((enum misconception)m),
               (int)held_by[m]);
}

static void misconceptions_have_distinct_names(void **state)
{
  (void)state;
  for (int i = 0; i < MISC_COUNT; i++) {
    const char *name = misconception_name((enum misconception)i);
    assert_true(strlen(name) > 3);
    assert_string_not_equal(name, "slip");
    for (int j = 0; j < i; j++)
      assert_string_not_equal(name, misconception_name((enum misconception)j));
  }
}

static double share_of(bool (*happens)(const struct student *, struct rng *),
                       size_t index)
{
  struct rng rng;
  rng_init(&rng, 1, "test", index);
  int n = 0;
  for (int i = 0; i < 20000; i++)
    n += happens(student_at(index), &rng);
  return n / 20000.0;
}

static void the_skilled_err_less(void **state)
{
  (void)state;
  size_t last = student_count() - 1;
  assert_true(share_of(student_slips, 0) < 0.02);
  assert_true(share_of(student_slips, last) > 0.08);
  assert_true(share_of(student_gives_in, 0) < share_of(student_gives_in, last) - 0.2);
  double skips = share_of(student_skips, 1);
  assert_true(skips > student_at(1)->skip - 0.02 && skips < student_at(1)->skip + 0.02);
}

static void carries_are_lost(void **state)
{
  (void)state;
  assert_int_equal(student_add_no_carry(27, 58), 75);
  assert_int_equal(student_add_no_carry(12, 34), 46);
  assert_int_equal(student_add_no_carry(999, 1), 990);
  assert_int_equal(student_add_no_carry(0, 0), 0);
}

static void borrows_are_lost(void **state)
{
  (void)state;
  assert_int_equal(student_sub_no_borrow(52, 38), 26);
  assert_int_equal(student_sub_no_borrow(58, 32), 26);
  assert_int_equal(student_sub_no_borrow(100, 1), 101);
}

static void slips_are_wrong_and_never_negative(void **state)
{
  (void)state;
  struct rng rng;
  rng_init(&rng, 2, "test", 0);
  for (int i = 0; i < 20000; i++) {
    int64_t value = (int64_t)rng_below(&rng, i % 2 ? 12 : 5000);
    int64_t wrong = student_slip_result(value, &rng);
    assert_true(wrong != value && wrong >= 0);
    int64_t seen = student_misread(value + 1, &rng);
    assert_true(seen != value + 1 && seen >= 1);
  }
  assert_int_equal(student_misread(36, &rng), 63);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(population_is_stated_and_varied),
    cmocka_unit_test(misconceptions_have_distinct_names),
    cmocka_unit_test(the_skilled_err_less),
    cmocka_unit_test(carries_are_lost),
    cmocka_unit_test(borrows_are_lost),
    cmocka_unit_test(slips_are_wrong_and_never_negative),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
