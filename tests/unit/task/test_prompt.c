/* Prompts: the suite's style, few-shot examples from every source, lm-eval's draws. */
#include "test.h"

#include "base/fs.h"
#include "task/lmeval.h"
#include "task/prompt.h"
#include "task/shots.h"

static struct arena arena;
static struct err err;

static const struct suite *suite_of(const char *name)
{
  struct suite *suite;
  assert_ok(suite_find(&suite, &arena, str_from(name), &err), err);
  return suite;
}

/* `n` questions "q<i>?" with gold <i>. */
static struct item_set make_set(const char *suite, size_t n)
{
  struct buf text;
  buf_init(&text, 1 << 20);
  for (size_t i = 0; i < n; i++)
    buf_printf(&text, "{\"question\":\"q%zu?\",\"answer\":\"a%zu\\n#### %zu\"}\n", i, i,
               i);
  struct item_set set;
  assert_ok(item_set_parse(&set, &arena, suite_of(suite), buf_str(&text), STR("t.jsonl"),
                           STR("t"), &err),
            err);
  buf_release(&text);
  return set;
}

static struct prompt_maker *maker_of(const struct item_set *set, struct prompt_opts opts)
{
  struct prompt_maker *maker;
  assert_ok(prompt_maker_create(&maker, &arena, set, &opts, &err), err);
  return maker;
}

static void create_fails(const struct item_set *set, struct prompt_opts opts,
                         enum err_code code, const char *message)
{
  struct prompt_maker *maker;
  err = (struct err){ 0 };
  assert_int_equal(prompt_maker_create(&maker, &arena, set, &opts, &err), -1);
  assert_int_equal(err.code, code);
  if (!strstr(err.msg, message))
    fail_msg("expected '%s' in '%s'", message, err.msg);
}

/* ---- the suite's own style ---- */

static void zero_shot(void **state)
{
  (void)state;
  struct item_set set = make_set("gsm8k", 2);
  struct prompt_maker *maker = maker_of(&set, (struct prompt_opts){ .num_fewshot = -1 });
  assert_null(prompt_maker_task(maker));
  assert_int_equal(prompt_maker_shots(maker), 0);
  struct prompt prompt = prompt_make(maker, &set.items[1], &arena);
  assert_int_equal(prompt.n_messages, 2);
  assert_str_equal(prompt.messages[0].role, "system");
  assert_str_equal(prompt.messages[1].role, "user");
  assert_str_equal(prompt.messages[1].content, "Question: q1?\nAnswer:");
  assert_true(str_starts(prompt.text, set.suite->system));
  assert_true(str_ends(prompt.text, STR("\n\nQuestion: q1?\nAnswer:")));
  assert_int_equal(prompt.n_stop, 1);
  assert_int_equal(prompt.max_tokens, set.suite->max_tokens);
}

static bool uses(const struct prompt *prompt, const char *text)
{
  return str_find(prompt->text, str_from(text)) >= 0;
}

static void drawn_shots(void **state)
{
  (void)state;
  struct item_set set = make_set("gsm8k", 30);
  struct prompt_maker *maker =
      maker_of(&set, (struct prompt_opts){ .num_fewshot = 3, .fewshot = &set });
  size_t n_first = 0;
  for (size_t i = 0; i < set.n_items; i++) {
    struct prompt prompt = prompt_make(maker, &set.items[i], &arena);
    assert_int_equal(prompt.n_messages, 8);
    assert_str_equal(prompt.messages[2].role, "assistant");
    char own[32];
    snprintf(own, sizeof own, "a%zu\n", i); /* its own solution would be the answer */
    assert_false(uses(&prompt, own));
    for (int shot = 0; shot < 2; shot++)
      assert_false(str_equal(prompt.messages[1 + 2 * shot].content,
                             prompt.messages[3 + 2 * shot].content));
    n_first += uses(&prompt, "a0\n");
    /* a pure function of the item */
    struct prompt again = prompt_make(maker, &set.items[i], &arena);
    assert_true(str_equal(prompt.text, again.text));
  }
  assert_in_range(n_first, 1, 12); /* different items get different examples */
}

/* As many examples as there are questions but its own. */
static void all_shots(void **state)
{
  (void)state;
  struct item_set set = make_set("gsm8k", 4);
  struct prompt_opts opts = { .num_fewshot = 3, .fewshot = &set };
  struct prompt_maker *maker = maker_of(&set, opts);
  struct prompt prompt = prompt_make(maker, &set.items[2], &arena);
  assert_true(uses(&prompt, "a0\n") && uses(&prompt, "a1\n") && uses(&prompt, "a3\n"));
  opts.lm_eval = true;
  prompt = prompt_make(maker_of(&set, opts), &set.items[2], &arena);
  assert_true(uses(&prompt, "a0\n") && uses(&prompt, "a1\n") && uses(&prompt, "a3\n"));
  opts.num_fewshot = 4;
  create_fails(&set, opts, ERR_USAGE,
               "4 few-shot examples are asked for and there are 3");
}

/* ---- lm-eval's ---- */

/* The draws that CPython's Random(1234).sample makes of 7473 rows. */
static void lm_eval_draws(void **state)
{
  (void)state;
  static const unsigned draws[3][5] = { { 6374, 3610, 957, 61, 742 },
                                        { 7462, 6610, 4769, 286, 5501 },
                                        { 5677, 687, 806, 6279, 2905 } };
  struct item_set train = make_set("gsm8k", 7473), set = make_set("gsm8k", 3);
  struct prompt_maker *maker = maker_of(&set, (struct prompt_opts){ .lm_eval = true,
                                                                    .num_fewshot = -1,
                                                                    .fewshot_seed = 1234,
                                                                    .fewshot = &train });
  for (size_t i = 3; i-- > 0;) { /* the order of asking does not matter */
    struct buf text;
    buf_init(&text, 4096);
    for (int k = 0; k < 5; k++)
      buf_printf(&text, "Question: q%u?\nAnswer: a%u\n#### %u\n\n", draws[i][k],
                 draws[i][k], draws[i][k]);
    buf_printf(&text, "Question: q%zu?\nAnswer:", i);
    struct prompt prompt = prompt_make(maker, &set.items[i], &arena);
    assert_string_equal(prompt.text.ptr, text.ptr);
    assert_int_equal(prompt.n_messages, 1);
    assert_true(str_equal(prompt.messages[0].content, prompt.text));
    assert_int_equal(prompt.n_stop, 3);
    assert_int_equal(prompt.max_tokens, LMEVAL_MAX_TOKENS);
    buf_release(&text);
  }
}

/* A bad row in front draws as well: lm-eval would have read it. */
static void lm_eval_draws_by_row(void **state)
{
  (void)state;
  struct item_set train = make_set("gsm8k", 7473), set;
  assert_ok(item_set_parse(&set, &arena, suite_of("gsm8k"),
                           STR("{}\n{\"question\":\"q\",\"answer\":\"#### 1\"}"),
                           STR("t"), STR("t"), &err),
            err);
  struct prompt_maker *maker = maker_of(&set, (struct prompt_opts){ .lm_eval = true,
                                                                    .num_fewshot = -1,
                                                                    .fewshot_seed = 1234,
                                                                    .fewshot = &train });
  struct prompt prompt = prompt_make(maker, &set.items[0], &arena);
  assert_true(str_starts(prompt.text, STR("Question: q7462?")));
}

static void missing_shots(void **state)
{
  (void)state;
  struct item_set set = make_set("gsm8k", 2);
  struct prompt_opts opts = { .lm_eval = true, .num_fewshot = -1 };
  create_fails(&set, opts, ERR_USAGE, "tasks fetch gsm8k");
  opts.lm_eval_task = STR("gsm8k_cot");
  create_fails(&set, opts, ERR_USAGE, "--fewshot-file FILE");
  opts.lm_eval_task = STR("minerva_math");
  create_fails(&set, opts, ERR_USAGE, "is of suite 'math', not of 'gsm8k'");
  opts.lm_eval_task = STR("gsm9k");
  create_fails(&set, opts, ERR_USAGE, "unknown lm-eval task 'gsm9k'");
  opts = (struct prompt_opts){ .num_fewshot = 2 };
  create_fails(&set, opts, ERR_USAGE, "2 few-shot examples");
  opts = (struct prompt_opts){ .lm_eval = true, .num_fewshot = 0 };
  struct prompt prompt = prompt_make(maker_of(&set, opts), set.items, &arena);
  assert_str_equal(prompt.text, "Question: q0?\nAnswer:");
}

static void shots_from_a_file(void **state)
{
  (void)state;
  const char *dir = arena_cstr(&arena, str_from(test_folder()));
  struct buf path;
  buf_init(&path, 4096);
  fs_join(&path, dir, "shots.json");
  assert_ok(fs_write(path.ptr,
                     STR("[{\"question\":\"A?\",\"target\":\"1\"},{\"problem\":\"B?\","
                         "\"solution\":\"2\",\"few_shot\":\"1\"}]"),
                     &err),
            err);
  struct item_set set = make_set("gsm8k", 2);
  struct prompt_opts opts = { .lm_eval = true,
                              .lm_eval_task = STR("gsm8k_cot"),
                              .num_fewshot = 2,
                              .fewshot_file = path.ptr };
  struct prompt prompt = prompt_make(maker_of(&set, opts), set.items, &arena);
  assert_str_equal(prompt.text, "Q: A?\nA: 1\n\nQ: B?\nA: 2\n\nQ: q0?\nA:");
  opts.num_fewshot = -1;
  create_fails(&set, opts, ERR_USAGE,
               "8 few-shot examples are asked for and there are 2");
  unlink(path.ptr);
  create_fails(&set, opts, ERR_ENV, "shots.json");
  rmdir(dir);
  buf_release(&path);
}

static void shots_fail(const char *json, const char *message)
{
  struct shot_list list;
  err = (struct err){ 0 };
  assert_int_equal(shots_parse(&list, &arena, str_from(json), "f.json", &err), -1);
  assert_int_equal(err.code, ERR_DATA);
  if (!strstr(err.msg, message))
    fail_msg("expected '%s' in '%s'", message, err.msg);
}

static void wrong_shot_files(void **state)
{
  (void)state;
  shots_fail("", "f.json");
  shots_fail("{}", "must be a JSON list");
  shots_fail("[]", "must be a JSON list");
  shots_fail("[7]", "example 1 has no");
  shots_fail(
      "[{\"question\":\"a\",\"target\":\"b\"},{\"question\":\"a\",\"target\":\"\"}]",
      "example 2 has no");
}

/* A train split without the published problems says so. */
static void recipe_needs_its_problems(void **state)
{
  (void)state;
  struct item_set set;
  assert_ok(item_set_parse(&set, &arena, suite_of("math"),
                           STR("{\"problem\":\"p\",\"answer\":\"1\"}"), STR("own.jsonl"),
                           STR("t"), &err),
            err);
  struct prompt_opts opts = { .lm_eval = true, .num_fewshot = -1, .fewshot = &set };
  create_fails(&set, opts, ERR_DATA, "'own.jsonl' lacks a problem");
}

/* The published texts come out, or an error. */
static void recipe_checks_its_result(void **state)
{
  (void)state;
  const char *path = test_data("math/train.jsonl");
  if (!path)
    skip();
  struct item_set set;
  assert_ok(item_set_load(&set, &arena, suite_of("math"), path, &err), err);
  struct prompt_opts opts = { .lm_eval = true, .num_fewshot = -1, .fewshot = &set };
  struct prompt prompt = prompt_make(maker_of(&set, opts), set.items, &arena);
  assert_true(uses(&prompt, "is $24$. I hope it is correct.\n\nProblem:\nTerrell"));
  for (size_t i = 0; i < set.n_items; i++)
    if (str_starts(set.items[i].question, STR("Terrell usually lifts")))
      set.items[i].solution = STR("Sixteen, $\\boxed{16}$.");
  create_fails(&set, opts, ERR_DATA, "is not worded as the published few-shot example");
}

/* ---- the hash of what shapes prompts ---- */

static void hashes(void **state)
{
  (void)state;
  struct item_set set = make_set("gsm8k", 9), other = make_set("gsm8k", 10);
  const struct prompt_opts variants[] = {
    { .num_fewshot = 0 },
    { .num_fewshot = 0, .lm_eval = true },
    { .num_fewshot = 0, .lm_eval = true, .lm_eval_task = STR("gsm8k_cot") },
    { .num_fewshot = 2, .fewshot = &set },
    { .num_fewshot = 3, .fewshot = &set },
    { .num_fewshot = 3, .fewshot = &other },
    { .num_fewshot = 3, .fewshot = &other, .fewshot_seed = 7 },
    { .num_fewshot = 3, .fewshot = &other, .fewshot_seed = 7, .lm_eval = true },
  };
  struct sha256_hex sums[COUNT(variants)];
  for (size_t i = 0; i < COUNT(variants); i++) {
    sums[i] = prompt_maker_hash(maker_of(&set, variants[i]));
    assert_string_equal(sums[i].text,
                        prompt_maker_hash(maker_of(&set, variants[i])).text);
    for (size_t j = 0; j < i; j++)
      assert_string_not_equal(sums[i].text, sums[j].text);
  }
}

static int teardown(void **state)
{
  (void)state;
  arena_release(&arena);
  return 0;
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(zero_shot),
    cmocka_unit_test(drawn_shots),
    cmocka_unit_test(all_shots),
    cmocka_unit_test(lm_eval_draws),
    cmocka_unit_test(lm_eval_draws_by_row),
    cmocka_unit_test(missing_shots),
    cmocka_unit_test(shots_from_a_file),
    cmocka_unit_test(wrong_shot_files),
    cmocka_unit_test(recipe_needs_its_problems),
    cmocka_unit_test(recipe_checks_its_result),
    cmocka_unit_test(hashes),
  };
  return cmocka_run_group_tests(tests, NULL, teardown);
}
