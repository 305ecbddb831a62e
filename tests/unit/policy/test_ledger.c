/* Tokens and money: no order of events passes a budget, nothing overflows, costs add up.
 */
#include <math.h>

#include "base/arena.h"
#include "base/rng.h"
#include "policy/ledger.h"
#include "test.h"

/* ---- a run in any order ---- */

enum { IN_FLIGHT_MAX = 20, STEPS = 3000 };

struct promise {
  int64_t in, out;
};

struct story {
  struct ledger ledger;
  struct rng rng;
  struct promise promises[IN_FLIGHT_MAX];
  size_t n_promises, n_refused, n_settled;
  int64_t spent_in, spent_out; /* counted here as well */
};

static int64_t at_most(struct story *story, int64_t n)
{
  return rng_range(&story->rng, 0, n);
}

static struct promise take_any(struct story *story)
{
  size_t i = (size_t)rng_below(&story->rng, story->n_promises);
  struct promise promise = story->promises[i];
  story->promises[i] = story->promises[--story->n_promises];
  return promise;
}

static void ask(struct story *story)
{
  struct promise promise = { at_most(story, 500), at_most(story, 2000) };
  if (!ledger_fits(&story->ledger, promise.in, promise.out)) {
    story->n_refused++;
    return;
  }
  ledger_reserve(&story->ledger, promise.in, promise.out);
  story->promises[story->n_promises++] = promise;
}

static void answer(struct story *story)
{
  struct promise promise = take_any(story);
  bool silent_in = rng_chance(&story->rng, 0.1),
       silent_out = rng_chance(&story->rng, 0.1);
  int64_t in = at_most(story, promise.in), out = at_most(story, promise.out);
  ledger_settle(&story->ledger, promise.in, promise.out, silent_in ? -1 : in,
                silent_out ? -1 : out);
  story->spent_in += silent_in ? promise.in : in;
  story->spent_out += silent_out ? promise.out : out;
  story->n_settled++;
}

static void lose(struct story *story)
{
  struct promise promise = take_any(story);
  ledger_release(&story->ledger, promise.in, promise.out);
}

/* An earlier process's part, only where it stays within the budget too. */
static void recall(struct story *story)
{
  int64_t in = at_most(story, 50), out = at_most(story, 50);
  if (!ledger_fits(&story->ledger, in, out))
    return;
  ledger_add(&story->ledger, in, out);
  story->spent_in += in;
  story->spent_out += out;
}

static void check(const struct story *story)
{
  const struct ledger *l = &story->ledger;
  struct promise promised = { 0, 0 };
  for (size_t i = 0; i < story->n_promises; i++) {
    promised.in += story->promises[i].in;
    promised.out += story->promises[i].out;
  }
  assert_int_equal(l->reserved_in, promised.in);
  assert_int_equal(l->reserved_out, promised.out);
  assert_int_equal(l->tokens_in, story->spent_in);
  assert_int_equal(l->tokens_out, story->spent_out);
  int64_t in = l->tokens_in + promised.in, out = l->tokens_out + promised.out;
  if (l->max_tokens)
    assert_true(in + out <= l->max_tokens);
  double cost = ((double)in * l->price_in + (double)out * l->price_out) / 1e6;
  if (l->max_cost > 0)
    assert_true(cost <= l->max_cost);
}

static void play(struct story *story)
{
  for (int i = 0; i < STEPS; i++) {
    uint64_t what = rng_below(&story->rng, 10);
    if (what < 5 && story->n_promises < IN_FLIGHT_MAX)
      ask(story);
    else if (what < 8 && story->n_promises)
      answer(story);
    else if (what == 8 && story->n_promises)
      lose(story);
    else if (what == 9)
      recall(story);
    check(story);
  }
}

static void no_order_passes_a_budget(void **state)
{
  (void)state;
  static const struct ledger budgets[] = {
    { .max_tokens = 400000 },
    { .price_in = 0.1, .price_out = 0.7, .max_cost = 0.2 },
    { .price_in = 3, .price_out = 15, .max_cost = 5, .max_tokens = 400000 },
    { .price_in = 0, .price_out = 1.0 / 3, .max_cost = 0.1 },
  };
  for (size_t b = 0; b < COUNT(budgets); b++)
    for (uint64_t seed = 0; seed < 20; seed++) {
      struct story story = { .ledger = budgets[b] };
      rng_init(&story.rng, seed, "test-ledger", b);
      play(&story);
      /* the budget was both used and felt */
      assert_true(story.n_refused > 100 && story.n_settled > 100);
    }
}

/* ---- single rules ---- */

static void a_budget_may_be_used_up_exactly(void **state)
{
  (void)state;
  struct ledger ledger = { .max_tokens = 100 };
  assert_true(ledger_has_budget(&ledger));
  assert_true(ledger_fits(&ledger, 60, 40));
  assert_false(ledger_fits(&ledger, 60, 41));
  ledger_reserve(&ledger, 60, 40);
  assert_true(ledger_fits(&ledger, 0, 0));
  assert_false(ledger_fits(&ledger, 1, 0));
  ledger_release(&ledger, 60, 40);
  assert_true(ledger_fits(&ledger, 60, 40));
  struct ledger money = { .price_in = 1e6, .price_out = 1e6, .max_cost = 100 };
  assert_true(ledger_fits(&money, 60, 40));
  assert_false(ledger_fits(&money, 60, 41));
}

static void without_a_budget_everything_fits(void **state)
{
  (void)state;
  struct ledger ledger = { .price_in = 5, .price_out = 5 };
  assert_false(ledger_has_budget(&ledger));
  assert_true(ledger_fits(&ledger, INT64_MAX, INT64_MAX));
}

static void sums_stay_at_the_largest_number(void **state)
{
  (void)state;
  struct ledger ledger = { .max_tokens = INT64_MAX - 1, .price_in = 1, .max_cost = 1e9 };
  ledger_add(&ledger, INT64_MAX, 5);
  ledger_add(&ledger, INT64_MAX, -1);
  assert_int_equal(ledger.tokens_in, INT64_MAX);
  assert_int_equal(ledger.tokens_out, 5);
  ledger_reserve(&ledger, INT64_MAX, INT64_MAX);
  ledger_reserve(&ledger, INT64_MAX, INT64_MAX);
  assert_int_equal(ledger.reserved_in, INT64_MAX);
  assert_false(ledger_fits(&ledger, INT64_MAX, INT64_MAX));
  assert_false(ledger_fits(&ledger, 0, 0));
  assert_true(isfinite(ledger_cost(&ledger)));
  /* more taken back than was promised: never below 0 */
  ledger_release(&ledger, INT64_MAX, INT64_MAX);
  ledger_release(&ledger, 7, 7);
  assert_int_equal(ledger.reserved_in, 0);
}

static void a_negative_count_is_no_gift(void **state)
{
  (void)state;
  struct ledger ledger = { .max_tokens = 10 };
  ledger_add(&ledger, 10, -1);
  assert_false(ledger_fits(&ledger, 1, INT64_MIN));
  ledger_reserve(&ledger, INT64_MIN, -5);
  assert_int_equal(ledger.reserved_in, 0);
  ledger_settle(&ledger, -3, -3, -1, -1);
  assert_int_equal(ledger.tokens_in, 10);
}

static void costs_add_up(void **state)
{
  (void)state;
  struct ledger ledger = { .price_in = 0.15, .price_out = 0.6 };
  ledger_add(&ledger, 1000000, 0);
  assert_true(fabs(ledger_cost(&ledger) - 0.15) < 1e-15);
  ledger_add(&ledger, 0, 500000);
  assert_true(fabs(ledger_cost(&ledger) - 0.45) < 1e-15);
  /* a token at a time comes to the same: tokens are what is counted, not money */
  struct ledger small = { .price_in = 0.15, .price_out = 0.6 };
  for (int i = 0; i < 1000000; i++)
    ledger_add(&small, 1, i % 2);
  assert_true(ledger_cost(&small) == ledger_cost(&ledger));
}

static void a_refusal_names_the_budget_and_its_option(void **state)
{
  (void)state;
  struct err err = { 0 };
  struct ledger money = { .price_in = 2, .price_out = 4, .max_cost = 1.5 };
  ledger_add(&money, 500000, 100000);
  assert_int_equal(ledger_refuse(&money, &err), -1);
  assert_int_equal(err.code, ERR_INTERRUPTED);
  assert_string_equal(err.msg, "the budget of 1.5 does not suffice for the next request: "
                               "1.4 spent (500000 tokens in prompts, 100000 in answers); "
                               "resume with a larger --max-cost");
  struct ledger tokens = { .max_tokens = 1000 };
  ledger_add(&tokens, 600, 300);
  ledger_refuse(&tokens, &err);
  assert_string_equal(err.msg, "the budget of 1000 tokens does not suffice for the next "
                               "request: 900 spent (600 in prompts, 300 in answers); "
                               "resume with a larger --max-tokens-total");
  /* of two, the one that is nearer its end */
  struct ledger both = { .price_in = 1, .max_cost = 1, .max_tokens = 1000 };
  ledger_add(&both, 900, 0);
  ledger_refuse(&both, &err);
  assert_non_null(strstr(err.msg, "--max-tokens-total"));
  both.max_tokens = 1000000000;
  ledger_add(&both, 990000, 0);
  ledger_refuse(&both, &err);
  assert_non_null(strstr(err.msg, "--max-cost"));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(no_order_passes_a_budget),
    cmocka_unit_test(a_budget_may_be_used_up_exactly),
    cmocka_unit_test(without_a_budget_everything_fits),
    cmocka_unit_test(sums_stay_at_the_largest_number),
    cmocka_unit_test(a_negative_count_is_no_gift),
    cmocka_unit_test(costs_add_up),
    cmocka_unit_test(a_refusal_names_the_budget_and_its_option),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
