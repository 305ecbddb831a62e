/* Which answers are asked for, when they come in another order and some are there. */
#include <stdlib.h>

#include "policy/kind.h"
#include "run/asking.h"
#include "test.h"

/* ---- a policy whose last question is answered first ---- */

enum { STACK = 3 };

struct stack {
  struct ask asks[STACK];
  size_t n;
  int n_given; /* samples of the topmost ask that were answered */
};

static bool stack_has_room(const struct policy *policy)
{
  return ((const struct stack *)policy->state)->n < STACK;
}

static void stack_ask(struct policy *policy, const struct ask *ask)
{
  struct stack *stack = policy->state;
  assert_true(stack->n < STACK);
  stack->asks[stack->n++] = *ask;
  stack->n_given = 0;
}

static int stack_next(struct policy *policy, struct answered *out, int wait_ms,
                      struct arena *arena, struct err *err)
{
  (void)wait_ms;
  (void)err;
  struct stack *stack = policy->state;
  if (!stack->n)
    return 0;
  const struct ask *ask = &stack->asks[stack->n - 1];
  int sample = ask->sample + stack->n_given++;
  *out = (struct answered){ ask->ticket, sample, reply_empty() };
  out->reply.response = arena_printf(arena, "%.*s/%d", STR_ARG(ask->item->id), sample);
  if (stack->n_given == ask->n_samples) {
    stack->n--;
    stack->n_given = 0;
  }
  return 1;
}

static const struct policy_kind stack_kind = {
  .name = "stack", .has_room = stack_has_room, .ask = stack_ask, .next = stack_next
};

/* ---- a suite with four items of our own ---- */

struct fixture {
  struct arena arena, scratch;
  struct run_settings settings;
  struct run_suite suite;
  struct policy policy;
  struct stack stack;
  struct journal done;
  size_t n_found;
};

static int begin(void **state)
{
  struct fixture *f = mem_alloc(sizeof *f);
  struct err err = { 0 };
  struct arguments arguments = { 0 };
  /* the parser takes main's argv, which it does not write to */
  static const char *const argv[] = { "--data", "builtin", "--limit", "4" };
  *f = (struct fixture){ 0 };
  options_default(run_options, &f->settings, &f->arena);
  assert_ok(options_parse(run_options, &f->settings, 4, (char *const *)argv, &arguments,
                          &f->arena, &err),
            err);
  assert_ok(settings_check(&f->settings, &arguments, &f->arena, &err), err);
  f->settings.suites = (struct texts){ (const char *[]){ "gsm8k" }, 1 };
  assert_ok(run_suite_open(&f->suite, &f->arena, &f->settings, "gsm8k", &err), err);
  f->policy = (struct policy){ .kind = &stack_kind, .group = 2, .state = &f->stack };
  *state = f;
  return 0;
}

static int end(void **state)
{
  struct fixture *f = *state;
  run_suite_close(&f->suite);
  arena_release(&f->scratch);
  arena_release(&f->arena);
  free(f);
  return 0;
}

static void count_found(void *context, const struct record *record)
{
  struct fixture *f = context;
  assert_non_null(record);
  f->n_found++;
}

/* Runs to the end; the records go into `out`, in the order in which they came. */
static size_t run(struct fixture *f, int n_samples, struct record *out)
{
  struct answer_key key = { .suite = &f->suite,
                            .policy = &f->policy,
                            .model = STR("stack") };
  struct asking asking;
  struct answered answered;
  struct err err = { 0 };
  size_t n = 0;
  bool more = true;
  asking_begin(&asking, &key, &f->done, n_samples, 0);
  while (more || asking.n_waiting) {
    while (more && policy_has_room(&f->policy)) {
      more = asking_next(&asking, count_found, f);
      if (more)
        asking_ask(&asking, &f->scratch);
    }
    if (policy_next(&f->policy, &answered, 0, &f->arena, &err) == 1)
      n += asking_settle(&asking, &answered, &out[n], &f->arena);
  }
  assert_true(asking.n_asked <= STACK); /* tickets are used again */
  asking_end(&asking);
  return n;
}

static void answers_find_their_items_in_any_order(void **state)
{
  struct fixture *f = *state;
  struct record records[32];
  bool seen[4][5] = { { false } };
  assert_int_equal(run(f, 5, records), 20);
  assert_int_equal(f->n_found, 0);
  for (size_t i = 0; i < 20; i++) {
    const struct record *r = &records[i];
    struct str said = arena_printf(&f->arena, "%.*s/%d", STR_ARG(r->item), r->sample);
    assert_true(str_equal(said, r->response)); /* its own answer, not another's */
    assert_false(seen[r->index][r->sample]);
    seen[r->index][r->sample] = true;
    assert_int_equal(r->prompt_sha256.len, 64);
  }
  /* and they did come in another order than they were asked in */
  assert_int_equal(records[0].sample, 4);
}

static void what_is_there_is_not_asked_again(void **state)
{
  struct fixture *f = *state;
  struct record records[32];
  /* item 1 whole, of item 2 one sample of a pair */
  struct record there[3];
  const struct record *by_key[3];
  for (int i = 0; i < 3; i++) {
    there[i] = (struct record){ .suite = STR("gsm8k"),
                                .model = STR("stack"),
                                .item = f->suite.chosen[i < 2 ? 1 : 2]->id,
                                .sample = i < 2 ? i : 1 };
    by_key[i] = &there[i];
  }
  f->done = (struct journal){ .records = there, .n_records = 3, .by_key = by_key };
  assert_int_equal(run(f, 2, records), 5);
  assert_int_equal(f->n_found, 3);
  for (size_t i = 0; i < 5; i++) {
    assert_int_not_equal(records[i].index, 1);
    if (records[i].index == 2) /* its pair was asked whole; one of it is wanted */
      assert_int_equal(records[i].sample, 0);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(answers_find_their_items_in_any_order, begin, end),
    cmocka_unit_test_setup_teardown(what_is_there_is_not_asked_again, begin, end),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
