/* The answers of MATH-style problems by a second method. Prealgebra: the stories acted
 * out. */
#include "math_truth.h"

static bool add_fractions(const struct math_item *it)
{
  const int64_t *d = it->drawn;
  return is(it, (double)d[0] / (double)d[1] + (double)d[2] / (double)d[3]);
}

static bool percent(const struct math_item *it)
{
  return is(it, (double)it->drawn[0]);
}

static bool mixed(const struct math_item *it)
{
  const int64_t *d = it->drawn;
  struct eval e = { .at = it->answer.ptr, .end = it->answer.ptr + it->answer.len };
  e.mixed = true;
  double parts =
      (double)(d[0] + d[3]) + (double)d[1] / (double)d[2] + (double)d[4] / (double)d[5];
  return near(eval_sum(&e), parts);
}

static bool score(const struct math_item *it)
{
  const int64_t *d = it->drawn;
  return near(((double)(d[0] + d[1] + d[2]) + ans(it)) / 4, (double)d[3]);
}

static bool decimal(const struct math_item *it)
{
  int64_t n[2];
  numbers(it, n, 2);
  return is(it, (double)n[0] / (double)n[1]) && str_find(it->answer, STR(".")) > 0;
}

static bool share(const struct math_item *it)
{
  const int64_t *d = it->drawn;
  double total = (double)(d[2] * (d[0] + d[1]));
  return near(ans(it) / (total - ans(it)), (double)d[0] / (double)d[1]);
}

static bool discount(const struct math_item *it)
{
  const int64_t *d = it->drawn;
  double cost = 20 * (double)d[0];
  cost -= cost * 5 * (double)d[1] / 100;
  cost += cost * (double)d[2] / 100;
  return is(it, cost);
}

static bool weekday(const struct math_item *it)
{
  static const char *const days[] = { "Monday", "Tuesday",  "Wednesday", "Thursday",
                                      "Friday", "Saturday", "Sunday" };
  int64_t day = it->drawn[0];
  bool told = str_find(it->problem, str_from(days[day])) >= 0;
  for (int64_t i = 0; i < it->drawn[1]; i++)
    day = day == 6 ? 0 : day + 1;
  return told && str_find(it->answer, str_from(days[day])) > 0;
}

static bool greatest(const struct math_item *it)
{
  size_t best = 0;
  for (size_t i = 1; i < 5; i++)
    if ((double)it->drawn[2 * i] / (double)it->drawn[2 * i + 1] >
        (double)it->drawn[2 * best] / (double)it->drawn[2 * best + 1])
      best = i;
  return str_find_char(it->answer, (char)('A' + best)) > 0;
}

static bool round_trip(const struct math_item *it)
{
  double hours = 100 / (double)it->drawn[0] + 100 / (double)it->drawn[1];
  return is(it, 200 / hours);
}

static bool change(const struct math_item *it)
{
  double value = 100;
  value += value * (double)it->drawn[0] / 100;
  value -= value * (double)it->drawn[1] / 100;
  return is(it, value - 100);
}

static bool together(const struct math_item *it)
{
  struct eval e = { .at = it->answer.ptr, .end = it->answer.ptr + it->answer.len };
  e.mixed = true;
  double t = creal(eval_sum(&e));
  return near(t / (double)it->drawn[0] + t / (double)it->drawn[1], 1);
}

static bool mixture(const struct math_item *it)
{
  const int64_t *d = it->drawn;
  double v = (double)d[0], x = ans(it);
  return near((v * (double)d[1] + x * (double)d[2]) / (v + x), (double)d[3]);
}

static bool consecutive(const struct math_item *it)
{
  int64_t n[2], gap = it->drawn[2] == 0 ? 1 : 2;
  numbers(it, n, 2);
  double sum = 0, term = ans(it);
  for (int64_t i = 0; i < n[0]; i++, term -= (double)gap)
    sum += term;
  bool odd = fabs(fmod(ans(it), 2)) == 1;
  return near(sum, (double)n[1]) && (gap == 1 || odd == (it->drawn[2] == 1));
}

static const struct check checks[] = {
  { "add fractions", add_fractions },
  { "order of operations", same_expression },
  { "what percent", percent },
  { "add mixed numbers", mixed },
  { "missing score", score },
  { "fraction to decimal", decimal },
  { "larger share", share },
  { "discount and tax", discount },
  { "day of the week", weekday },
  { "greatest fraction", greatest },
  { "round trip speed", round_trip },
  { "percent change", change },
  { "nested fraction", same_expression },
  { "working together", together },
  { "mixture", mixture },
  { "consecutive numbers", consecutive },
  { NULL, NULL },
};

static void prealgebra_is_right(void **state)
{
  (void)state;
  check_subject(checks, 5);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(prealgebra_is_right),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
