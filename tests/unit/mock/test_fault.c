/* Which fault strikes which request, and what each makes of a right reply. */
#include "base/arena.h"
#include "mock/fault.h"
#include "test.h"

#define RIGHT "{\"right\":\"reply\"}"

static const struct fault_call call = {
  .n = 12,
  .path = "/v1/completions",
  .retry_after_s = 3,
  .stall_ns = 5000,
  .drip_ns = 700,
  .huge_bytes = 1 << 20,
};

static struct plan struck(enum fault fault, uint64_t seed)
{
  struct plan plan;
  struct rng rng;
  rng_init(&rng, seed, "test", 0);
  plan_init(&plan);
  buf_add_cstr(&plan.body, RIGHT);
  fault_apply(fault, &plan, &call, &rng);
  return plan;
}

/* ---- what each does ---- */

static void none_changes_nothing(void **state)
{
  (void)state;
  struct plan plan = struck(FAULT_NONE, 0);
  assert_int_equal(plan.status, 200);
  assert_str_equal(buf_str(&plan.body), RIGHT);
  assert_int_equal(plan.ending, ENDING_WHOLE);
  assert_int_equal(plan.delay_ns + plan.drip_ns, 0);
  plan_release(&plan);
}

static void refusals_have_their_status(void **state)
{
  (void)state;
  static const struct {
    enum fault fault;
    int status;
    const char *retry_after;
  } cases[] = {
    { FAULT_RATE_LIMIT, 429, "" },
    { FAULT_RATE_LIMIT_AFTER, 429, "3" },
    { FAULT_RATE_LIMIT_DATE, 429, "Thu, 29 Feb 2024 00:00:02 GMT" },
    { FAULT_ERROR_500, 500, "" },
    { FAULT_UNAVAILABLE, 503, "" },
  };
  setenv("SOURCE_DATE_EPOCH", "1709164799", 1); /* 2024-02-28 23:59:59 */
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct plan plan = struck(cases[i].fault, 0);
    assert_int_equal(plan.status, cases[i].status);
    assert_string_equal(plan.retry_after, cases[i].retry_after);
    assert_int_equal(str_find(buf_str(&plan.body), STR("{\"error\":{\"message\":\"")), 0);
    assert_int_equal(plan.ending, ENDING_WHOLE);
    plan_release(&plan);
  }
  unsetenv("SOURCE_DATE_EPOCH");
}

static void resets_come_early_and_late(void **state)
{
  (void)state;
  int n_early = 0, n_late = 0;
  for (uint64_t seed = 0; seed < 64; seed++) {
    struct plan plan = struck(FAULT_RESET, seed);
    assert_int_equal(plan.ending, ENDING_RESET);
    n_early += plan.cut_at == 0;
    n_late += plan.cut_at == strlen(RIGHT) / 2;
    plan_release(&plan);
  }
  assert_int_equal(n_early + n_late, 64);
  assert_true(n_early > 10 && n_late > 10);
}

static void bodies_are_spoiled(void **state)
{
  (void)state;
  struct plan plan = struck(FAULT_TRUNCATED_JSON, 0);
  assert_int_equal(plan.body.len, strlen(RIGHT) / 2);
  assert_int_equal(plan.ending, ENDING_WHOLE);
  plan_release(&plan);
  plan = struck(FAULT_TRUNCATED_BODY, 0);
  assert_int_equal(plan.body.len, strlen(RIGHT)); /* what is announced */
  assert_int_equal(plan.cut_at, strlen(RIGHT) / 2);
  assert_int_equal(plan.ending, ENDING_CUT);
  plan_release(&plan);
  plan = struck(FAULT_DUPLICATE, 0);
  assert_str_equal(buf_str(&plan.body), RIGHT RIGHT);
  plan_release(&plan);
  plan = struck(FAULT_CONTENT_TYPE, 0);
  assert_int_equal(plan.status, 200);
  assert_string_equal(plan.content_type, "text/html; charset=utf-8");
  assert_true(str_starts(buf_str(&plan.body), STR("<!DOCTYPE html>")));
  plan_release(&plan);
  plan = struck(FAULT_HUGE, 0);
  assert_int_equal(plan.filler_bytes, 1 << 20);
  plan_release(&plan);
}

static void times_are_spoiled(void **state)
{
  (void)state;
  struct plan plan = struck(FAULT_STALL, 0);
  assert_int_equal(plan.delay_ns, 5000);
  assert_int_equal(plan.ending, ENDING_SILENCE);
  plan_release(&plan);
  plan = struck(FAULT_DRIP, 0);
  assert_int_equal(plan.drip_ns, 700);
  assert_str_equal(buf_str(&plan.body), RIGHT);
  plan_release(&plan);
  plan = struck(FAULT_REDIRECT, 0);
  assert_int_equal(plan.status, 307);
  assert_string_equal(plan.location, "/r/12/v1/completions");
  plan_release(&plan);
}

static void only_two_deliver(void **state)
{
  (void)state;
  for (int i = 0; i < FAULT_COUNT; i++)
    assert_int_equal(fault_delivers((enum fault)i), i == FAULT_DRIP);
  assert_true(fault_delivers(FAULT_NONE));
}

/* ---- names ---- */

static void names_make_a_set(void **state)
{
  (void)state;
  struct fault_set set;
  struct err err = { 0 };
  assert_ok(fault_set_parse(&set, "all", &err), err);
  assert_int_equal(set.n, FAULT_COUNT);
  assert_ok(fault_set_parse(&set, NULL, &err), err);
  assert_int_equal(set.n, 0);
  assert_ok(fault_set_parse(&set, "stall, reset,stall", &err), err);
  assert_int_equal(set.n, 2);
  assert_int_equal(set.at[0], FAULT_STALL);
  assert_int_equal(set.at[1], FAULT_RESET);
  assert_int_equal(fault_set_parse(&set, "reset,stal", &err), -1);
  assert_int_equal(err.code, ERR_USAGE);
  assert_string_equal(err.msg, "--faults: no fault 'stal'; the nearest is 'stall'");
}

/* ---- the schedule ---- */

static void schedule_depends_on_seed_and_number(void **state)
{
  (void)state;
  struct fault_set set;
  struct err err = { 0 };
  struct rng rng;
  size_t seen[FAULT_COUNT + 1] = { 0 }, n_other = 0;
  assert_ok(fault_set_parse(&set, "all", &err), err);
  for (uint64_t n = 1; n <= 10000; n++) {
    enum fault fault = fault_draw(&set, 0.3, 5, n, &rng);
    assert_int_equal(fault_draw(&set, 0.3, 5, n, &rng), fault);
    n_other += fault_draw(&set, 0.3, 6, n, &rng) != fault;
    seen[fault]++;
  }
  assert_in_range(seen[FAULT_NONE], 6800, 7200);
  for (int i = 0; i < FAULT_COUNT; i++)
    assert_in_range(seen[i], 150, 280);
  assert_true(n_other > 3000);
}

static void rates_of_nothing_and_all(void **state)
{
  (void)state;
  struct fault_set set, none = { .n = 0 };
  struct err err = { 0 };
  struct rng rng;
  assert_ok(fault_set_parse(&set, "drip", &err), err);
  for (uint64_t n = 1; n < 100; n++) {
    assert_int_equal(fault_draw(&set, 0, 0, n, &rng), FAULT_NONE);
    assert_int_equal(fault_draw(&set, 1, 0, n, &rng), FAULT_DRIP);
    assert_int_equal(fault_draw(&none, 1, 0, n, &rng), FAULT_NONE);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(none_changes_nothing),
    cmocka_unit_test(refusals_have_their_status),
    cmocka_unit_test(resets_come_early_and_late),
    cmocka_unit_test(bodies_are_spoiled),
    cmocka_unit_test(times_are_spoiled),
    cmocka_unit_test(only_two_deliver),
    cmocka_unit_test(names_make_a_set),
    cmocka_unit_test(schedule_depends_on_seed_and_number),
    cmocka_unit_test(rates_of_nothing_and_all),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
