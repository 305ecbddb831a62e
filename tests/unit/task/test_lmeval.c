/* lm-eval's documents, targets, prompts and hashes. The sums over the real data were
 * compared with lm-eval 0.4.13 itself by tests/peers/lmeval_prompts.py. */
#include "test.h"

#include "task/lmeval.h"
#include "task/prompt.h"

static struct arena arena;
static struct err err;

static const struct suite *suite_of(const char *name)
{
  struct suite *suite;
  assert_ok(suite_find(&suite, &arena, str_from(name), &err), err);
  return suite;
}

static struct item_set parse(const char *suite, const char *text)
{
  struct item_set set;
  assert_ok(item_set_parse(&set, &arena, suite_of(suite), str_from(text), STR("t.jsonl"),
                           STR("t"), &err),
            err);
  return set;
}

static struct str doc_text(const char *task, const struct item *item,
                           enum json_layout layout)
{
  struct buf out;
  struct json_writer w;
  buf_init(&out, 1 << 20);
  json_writer_init(&w, &out, layout);
  lmeval_put_doc(&w, task ? lmeval_task_find(str_from(task)) : NULL, item);
  struct str copy = arena_str(&arena, buf_str(&out));
  buf_release(&out);
  return copy;
}

/* ---- documents and targets ---- */

static void gsm8k_document(void **state)
{
  (void)state;
  struct item_set set =
      parse("gsm8k",
            "{\"extra\":1,\"answer\":\"3\\n#### 3\",\"question\":\"Tom has 3 \\\"big\\\" "
            "apples\\\\pears.\\tHow many caf\\u00e9s?\"}");
  const struct lmeval_task *task = lmeval_task_find(STR("gsm8k"));
  assert_str_equal(
      doc_text("gsm8k", set.items, JSON_INDENT2),
      "{\n  \"question\": \"Tom has 3 \\\"big\\\" apples\\\\pears.\\tHow many "
      "caf\xc3\xa9s?\",\n  \"answer\": \"3\\n#### 3\"\n}");
  assert_str_equal(lmeval_target(&arena, task, set.items), "3\n#### 3");
  struct lmeval_hashes hashes = lmeval_hash(task, set.items, STR("prompt"));
  assert_string_equal(hashes.doc.text,
                      "a5eea431492cc552eb7ad4c1fa292ed8dd5d5b794f1f97c0bd2955027513a7f9");
  assert_string_equal(hashes.target.text, sha256_of(STR("3\n#### 3")).text);
  assert_string_equal(hashes.prompt.text, sha256_of(STR("prompt")).text);
  assert_str_equal(lmeval_target(&arena, lmeval_task_find(STR("gsm8k_cot")), set.items),
                   "3");
}

static void math_documents(void **state)
{
  (void)state;
  struct item_set set = parse(
      "math",
      "{\"idx\":0,\"problem\":\"p\",\"level\":\"Level 1\",\"type\":\"Algebra\","
      "\"solution\":\"$\\\\boxed{x = \\\\frac12\\\\text{ cm}}$\",\"answer\":\"no\"}\n"
      "{\"problem\":\"q\",\"solution\":\"$\\\\boxed{[1,-2]}$\",\"answer\":\"no\","
      "\"subject\":\"S\",\"level\":2,\"unique_id\":\"u\"}\n");
  assert_str_equal(
      doc_text("minerva_math", &set.items[0], JSON_COMPACT),
      "{\"problem\":\"p\",\"level\":\"Level 1\",\"type\":\"Algebra\",\"solution\":"
      "\"$\\\\boxed{x = \\\\frac12\\\\text{ cm}}$\",\"answer\":"
      "\"\\\\frac{1}{2}\"}");
  assert_str_equal(doc_text("minerva_math", &set.items[1], JSON_COMPACT),
                   "{\"problem\":\"q\",\"solution\":\"$\\\\boxed{[1,-2]}$\",\"answer\":"
                   "\"[1,-2]\",\"subject\":\"S\",\"level\":2,\"unique_id\":\"u\"}");
  const struct lmeval_task *task = lmeval_task_find(STR("minerva_math"));
  assert_str_equal(lmeval_target(&arena, task, &set.items[0]), "\\frac{1}{2}");
  assert_str_equal(lmeval_target(&arena, task, &set.items[1]), "[1, -2]");
}

/* lm-eval reads a target that is a Python list and prints it again. */
static void list_targets(void **state)
{
  (void)state;
  static const char *const pairs[][2] = {
    { "[1,2]", "[1, 2]" },
    { "[-10,0,7]", "[-10, 0, 7]" },
    { "[01,2]", "[01,2]" },
    { "[1,2)", "[1,2)" },
    { "[1,x]", "[1,x]" },
    { "[1-2]", "[1-2]" },
    { "[1,2],[3]", "[1,2],[3]" },
    { "[1,]", "[1,]" },
    { "[5]", "[5]" },
  };
  const struct lmeval_task *task = lmeval_task_find(STR("minerva_math"));
  for (size_t i = 0; i < COUNT(pairs); i++) {
    struct item item = { .gold = str_from(pairs[i][0]) };
    assert_str_equal(lmeval_target(&arena, task, &item), pairs[i][1]);
  }
}

static void without_a_task(void **state)
{
  (void)state;
  struct item_set set =
      parse("math", "{\"x\":[1,2.5],\"problem\":\"p\",\"answer\":\"4\"}");
  assert_str_equal(doc_text(NULL, set.items, JSON_COMPACT),
                   "{\"x\":[1,2.5],\"problem\":\"p\",\"answer\":\"4\"}");
  assert_str_equal(lmeval_target(&arena, NULL, set.items), "4");
}

static void gen_kwargs(void **state)
{
  (void)state;
  static const char *const pairs[][2] = {
    { "gsm8k", "{\"until\":[\"Question:\",\"</s>\",\"<|im_end|>\"],\"do_sample\":false,"
               "\"temperature\":0.0}" },
    { "gsm8k_cot", "{\"until\":[\"Q:\",\"</s>\",\"<|im_end|>\"],\"do_sample\":false}" },
    { "minerva_math",
      "{\"until\":[\"Problem:\"],\"do_sample\":false,\"temperature\":0}" },
  };
  for (size_t i = 0; i < COUNT(pairs); i++) {
    struct buf out;
    struct json_writer w;
    buf_init(&out, 4096);
    json_writer_init(&w, &out, JSON_COMPACT);
    lmeval_put_gen_kwargs(&w, lmeval_task_find(str_from(pairs[i][0])));
    assert_str_equal(buf_str(&out), pairs[i][1]);
    buf_release(&out);
  }
}

static void table(void **state)
{
  (void)state;
  assert_string_equal(lmeval_task_at(0)->name, "gsm8k");
  assert_null(lmeval_task_at(3));
  assert_null(lmeval_task_find(STR("gsm8k_")));
  assert_string_equal(lmeval_task_of_suite(STR("gsm8k"))->name, "gsm8k");
  assert_string_equal(lmeval_task_of_suite(STR("math"))->name, "minerva_math");
  assert_null(lmeval_task_of_suite(STR("other")));
}

/* ---- against lm-eval, on the real data ---- */

static const char *keep_path(const char *name)
{
  const char *path = test_data(name);
  return path ? arena_cstr(&arena, str_from(path)) : NULL;
}

/* lm-eval's own task hash: that of all rows' doc, prompt and target hashes. */
static void check_task_hash(const char *task_name, const char *suite, const char *data,
                            const char *train, const char *expected)
{
  const char *data_path = keep_path(data), *train_path = keep_path(train);
  if (!data_path || !train_path)
    skip();
  struct item_set set, pool;
  assert_ok(item_set_load(&set, &arena, suite_of(suite), data_path, &err), err);
  assert_ok(item_set_load(&pool, &arena, suite_of(suite), train_path, &err), err);
  struct prompt_opts opts = { .lm_eval = true,
                              .lm_eval_task = str_from(task_name),
                              .num_fewshot = -1,
                              .fewshot_seed = 1234,
                              .fewshot = &pool };
  struct prompt_maker *maker;
  assert_ok(prompt_maker_create(&maker, &arena, &set, &opts, &err), err);
  struct sha256 *sha = sha256_create();
  struct arena scratch = { 0 };
  for (size_t i = 0; i < set.n_items; i++) {
    arena_reset(&scratch);
    struct prompt prompt = prompt_make(maker, &set.items[i], &scratch);
    struct lmeval_hashes h =
        lmeval_hash(prompt_maker_task(maker), &set.items[i], prompt.text);
    sha256_add(sha, str_from(h.doc.text));
    sha256_add(sha, str_from(h.prompt.text));
    sha256_add(sha, str_from(h.target.text));
  }
  arena_release(&scratch);
  assert_string_equal(sha256_final(sha).text, expected);
}

static void real_gsm8k(void **state)
{
  (void)state;
  check_task_hash("gsm8k", "gsm8k", "gsm8k/test.jsonl", "gsm8k/train.jsonl",
                  "4702da7a04bd58e8746d2fbd18107b78bcaea71aa4782616b709569195cc61c6");
}

static void real_minerva_math(void **state)
{
  (void)state;
  check_task_hash("minerva_math", "math", "math/test.jsonl", "math/train.jsonl",
                  "ca6ed20cd1c9d73665e60c0c45d223810dae750c419f65d66db6fbcaa42b9327");
}

static void real_minerva_math500(void **state)
{
  (void)state;
  check_task_hash("minerva_math", "math", "math500/math500.jsonl", "math/train.jsonl",
                  "7ef0350a5116feb02aeff0839d0b4e44dd8d075e63407141f4a339fc8611adfd");
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
    cmocka_unit_test(gsm8k_document),       cmocka_unit_test(math_documents),
    cmocka_unit_test(list_targets),         cmocka_unit_test(without_a_task),
    cmocka_unit_test(gen_kwargs),           cmocka_unit_test(table),
    cmocka_unit_test(real_gsm8k),           cmocka_unit_test(real_minerva_math),
    cmocka_unit_test(real_minerva_math500),
  };
  return cmocka_run_group_tests(tests, NULL, teardown);
}
