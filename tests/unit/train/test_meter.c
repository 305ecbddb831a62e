/* The line of a training in progress, at moments that are made up. */
#include <math.h>

#include "test.h"
#include "train/meter.h"

enum { LINE = 100 };
static const int64_t second = INT64_C(1000000000);

static void the_line_says_how_far_and_how_fast(void **state)
{
  struct meter meter;
  char line[LINE];
  struct step_result result = { .loss = 2, .kl = NAN, .norm = 0.25, .n_tokens = 500 };
  (void)state;
  meter_begin(&meter, 100, 40, true);
  meter_format(&meter, meter.started_ns, line, sizeof line);
  assert_non_null(strstr(line, "40/100  40%"));
  assert_non_null(strstr(line, "ETA ?"));
  for (int i = 0; i < 10; i++)
    meter_add(&meter, &result);
  meter_format(&meter, meter.started_ns + 20 * second, line, sizeof line);
  /* 10 steps in 20 s: 50 more take 100 s */
  assert_string_equal(line,
                      "50/100  50%  loss 2.0000  norm 0.250  250 tokens/s  ETA 1:40");
  result.kl = 0.5;
  meter_add(&meter, &result);
  meter_format(&meter, meter.started_ns + 20 * second, line, sizeof line);
  assert_non_null(strstr(line, "loss 2.0000  KL 0.5000  norm"));
  meter_end(&meter);
}

static void a_long_line_is_cut(void **state)
{
  struct meter meter;
  char line[LINE];
  struct step_result result = { .loss = 1e30, .kl = 1e30, .norm = 1e30, .n_tokens = 1 };
  (void)state;
  meter_begin(&meter, UINT64_MAX / 2, 0, true);
  meter_add(&meter, &result);
  meter_format(&meter, meter.started_ns + second, line, sizeof line);
  assert_true(strlen(line) < sizeof line);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_line_says_how_far_and_how_fast),
    cmocka_unit_test(a_long_line_is_cut),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
