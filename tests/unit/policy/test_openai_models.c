/* The models that a server lists, in the forms of several. */
#include "policy/openai.h"
#include "test.h"

struct fixture {
  struct arena arena;
  struct openai_model *models;
  size_t n;
};

static int begin(void **state)
{
  *state = calloc(1, sizeof(struct fixture));
  return *state ? 0 : -1;
}

static int end(void **state)
{
  struct fixture *f = *state;
  arena_release(&f->arena);
  free(f);
  return 0;
}

static void must_read(struct fixture *f, const char *body)
{
  struct err err = { 0 };
  assert_ok(openai_read_models(&f->models, &f->n, &f->arena, str_from(body), &err), err);
}

static void expect(const struct fixture *f, size_t at, const char *id, int64_t max_tokens)
{
  assert_true(at < f->n);
  assert_str_equal(f->models[at].id, id);
  assert_int_equal(f->models[at].max_tokens, max_tokens);
}

static void ids_roots_and_contexts_are_read(void **state)
{
  struct fixture *f = *state;
  must_read(f, "{\"object\":\"list\",\"data\":[{\"id\":\"served\",\"object\":\"model\","
               "\"root\":\"org/model-7b\",\"max_model_len\":4096},"
               "{\"id\":\"b\",\"root\":null,\"context_window\":8192},"
               "{\"id\":\"c\",\"meta\":{\"n_ctx\":512,\"n_ctx_train\":9999}},"
               "{\"id\":\"d\",\"meta\":null,\"max_model_len\":-5}]}");
  assert_int_equal(f->n, 4);
  expect(f, 0, "served", 4096);
  assert_str_equal(f->models[0].root, "org/model-7b");
  expect(f, 1, "b", 8192);
  assert_false(str_present(f->models[1].root));
  expect(f, 2, "c", 512);
  expect(f, 3, "d", 0);
}

static void bare_and_empty_lists_are_lists(void **state)
{
  struct fixture *f = *state;
  must_read(f, "[{\"id\":\"x\",\"context_length\":100}]");
  expect(f, 0, "x", 100);
  must_read(f, "{\"object\":\"list\",\"data\":null}");
  assert_int_equal(f->n, 0);
  must_read(f, "{\"data\":[]}");
  assert_int_equal(f->n, 0);
}

/* What is no name is passed over: it could not be asked for, nor shown. */
static void what_is_no_name_is_passed_over(void **state)
{
  struct fixture *f = *state;
  must_read(f, "{\"data\":[1,null,{},{\"id\":5},{\"id\":\"\"},{\"id\":\"a\\u001b[2J\"},"
               "{\"id\":\"ok\",\"max_model_len\":1e300}]}");
  assert_int_equal(f->n, 1);
  expect(f, 0, "ok", 0);
}

static void what_is_no_list_is_an_error(void **state)
{
  static const struct {
    const char *body, *words;
  } bad[] = {
    { "", "is empty" },
    { "{\"data\":5}", "has no 'data'" },
    { "{}", "has no 'data'" },
    { "7", "has no 'data'" },
    { "{\"data\":[", "is not JSON" },
    { "<html><h1>Hi</h1></html>", "a page and no JSON: 'Hi'" },
    { "{\"error\":{\"message\":\"no key\"}}", "does not list its models: no key" },
  };
  struct fixture *f = *state;
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    struct err err = { 0 };
    assert_int_equal(
        openai_read_models(&f->models, &f->n, &f->arena, str_from(bad[i].body), &err),
        -1);
    assert_int_equal(err.code, ERR_REMOTE);
    if (!strstr(err.msg, bad[i].words))
      fail_msg("'%s' does not say '%s'", err.msg, bad[i].words);
    assert_int_equal(f->n, 0);
  }
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void)
{
  const struct CMUnitTest tests[] = {
    TEST(ids_roots_and_contexts_are_read),
    TEST(bare_and_empty_lists_are_lists),
    TEST(what_is_no_name_is_passed_over),
    TEST(what_is_no_list_is_an_error),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
