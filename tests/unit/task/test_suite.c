/* Suite definitions: the embedded ones, and every way to get one wrong. */
#include "test.h"

#include "base/buf.h"
#include "base/fs.h"
#include "task/suite.h"

/* The smallest definition that is one; tests damage it. */
#define FORMAT "{\"name\":\"f\",\"question\":\"q\",\"answer\":\"a\"}"
#define SOURCE                                                                    \
  "{\"split\":\"test\",\"url\":\"https://example.org/a\",\"file\":\"s/a.jsonl\"," \
  "\"licence\":\"MIT\"}"
#define HEAD                                       \
  "{\"name\":\"s\",\"version\":2,\"title\":\"T\"," \
  "\"licence\":\"MIT\",\"citation\":\"C\","        \
  "\"answer_kind\":\"math\",\"grader\":\"robust\",\"max_tokens\":9,"
#define PROMPT "\"prompt\":\"Q: {question}\","

static struct arena arena;
static struct err err;

static struct suite *parse_ok(const char *json)
{
  struct suite *suite = NULL;
  assert_ok(suite_parse(&suite, &arena, str_from(json), "s.json", &err), err);
  return suite;
}

static void parse_fails(const char *json, const char *message)
{
  struct suite *suite = NULL;
  err = (struct err){ 0 };
  assert_int_equal(suite_parse(&suite, &arena, str_from(json), "s.json", &err), -1);
  assert_int_equal(err.code, ERR_DATA);
  if (!strstr(err.msg, message))
    fail_msg("expected '%s' in '%s'", message, err.msg);
}

static void smallest_definition(void **state)
{
  (void)state;
  struct suite *suite =
      parse_ok(HEAD PROMPT "\"formats\":[" FORMAT "],\"sources\":[" SOURCE
                           "],\"stop\":[\"A\",\"B\"]}");
  assert_str_equal(suite->name, "s");
  assert_int_equal(suite->version, 2);
  assert_int_equal(suite->answer_kind, ANSWER_MATH);
  assert_int_equal(suite->max_tokens, 9);
  assert_int_equal(suite->num_fewshot, 0);
  assert_false(str_present(suite->system));
  assert_int_equal(suite->n_formats, 1);
  assert_str_equal(suite->formats[0].answer, "a");
  assert_int_equal(suite->n_sources, 1);
  assert_str_equal(suite->sources[0].file, "s/a.jsonl");
  assert_false(str_present(suite->sources[0].sha256));
  assert_int_equal(suite->n_stop, 2);
  assert_str_equal(suite->stop[1], "B");
  assert_int_equal(suite->sha256.len, 64);
}

static void wrong_definitions(void **state)
{
  (void)state;
  parse_fails("", "s.json");
  parse_fails("[]", "must be an object");
  parse_fails(HEAD "\"formats\":[" FORMAT "]}", "key 'prompt' is missing");
  parse_fails(HEAD PROMPT "\"promt\":\"x\",\"formats\":[" FORMAT "]}",
              "unknown key 'promt'");
  parse_fails(HEAD "\"prompt\":\"no hole\",\"formats\":[" FORMAT "]}",
              "must contain {question}");
  parse_fails(HEAD "\"prompt\":7,\"formats\":[" FORMAT "]}", "not a number");
  parse_fails(HEAD PROMPT "\"formats\":[]}", "at least one");
  parse_fails(HEAD PROMPT "\"formats\":{}}", "must be an array");
  parse_fails(HEAD PROMPT "\"formats\":[7]}", "formats[0]: must be an object");
  parse_fails(HEAD PROMPT "\"formats\":[" FORMAT ",{\"name\":\"g\",\"question\":\"q\"}]}",
              "formats[1]: says nowhere");
  parse_fails(HEAD PROMPT "\"formats\":[{\"name\":\"g\",\"question\":\"q\","
                          "\"gold_boxed\":true}]}",
              "'solution' is needed");
  parse_fails(HEAD PROMPT "\"formats\":[{\"name\":\"g\",\"question\":\"q\","
                          "\"gold_boxed\":1}]}",
              "true or false");
  parse_fails(HEAD PROMPT "\"num_fewshot\":-1,\"formats\":[" FORMAT "]}", "whole number");
  parse_fails(HEAD PROMPT "\"num_fewshot\":1.5,\"formats\":[" FORMAT "]}",
              "whole number");
  parse_fails(HEAD PROMPT "\"stop\":[\"a\",7],\"formats\":[" FORMAT "]}",
              "list of strings");
  parse_fails(HEAD PROMPT "\"builtin\":{\"generator\":\"g\"},\"formats\":[" FORMAT "]}",
              "key 'version' is missing");
}

static void wrong_values(void **state)
{
  (void)state;
  parse_fails("{\"name\":\"../s\",\"version\":2,\"title\":\"T\",\"licence\":\"MIT\","
              "\"citation\":\"C\",\"answer_kind\":\"math\",\"grader\":\"robust\","
              "\"max_tokens\":9," PROMPT "\"formats\":[" FORMAT "]}",
              "key 'name'");
  parse_fails("{\"name\":\"s\",\"version\":2,\"title\":\"T\",\"licence\":\"MIT\","
              "\"citation\":\"C\",\"answer_kind\":\"word\",\"grader\":\"robust\","
              "\"max_tokens\":9," PROMPT "\"formats\":[" FORMAT "]}",
              "answer_kind");
  parse_fails("{\"name\":\"s\",\"version\":2,\"title\":\"T\",\"licence\":\"MIT\","
              "\"citation\":\"C\",\"answer_kind\":\"math\",\"grader\":\"robust\","
              "\"max_tokens\":0," PROMPT "\"formats\":[" FORMAT "]}",
              "max_tokens");
}

static void source_fails(const char *members, const char *message)
{
  struct buf json;
  buf_init(&json, 4096);
  buf_printf(&json,
             HEAD PROMPT "\"formats\":[" FORMAT "],\"sources\":[{\"split\":\"test\","
                         "\"licence\":\"MIT\",%s}]}",
             members);
  parse_fails(json.ptr, message);
  buf_release(&json);
}

/* A definition from outside may not reach out of the data folder. */
static void wrong_sources(void **state)
{
  (void)state;
  static const char *const files[] = {
    "/etc/a", "../a", "a/../../b", "a//b", "./a", "a/"
  };
  for (size_t i = 0; i < COUNT(files); i++) {
    char members[128];
    snprintf(members, sizeof members, "\"url\":\"https://x/a\",\"file\":\"%s\"",
             files[i]);
    source_fails(members, "below the data folder");
  }
  source_fails("\"url\":\"ftp://x/a\",\"file\":\"a\"", "must begin with https://");
  source_fails("\"url\":\"http://x/a\",\"file\":\"a\",\"sha256\":\"12\"",
               "64 lower-case");
}

static void embedded_suites(void **state)
{
  (void)state;
  assert_str_equal(suite_name_at(0), "gsm8k");
  assert_str_equal(suite_name_at(1), "math");
  struct str name;
  for (size_t i = 0; str_present(name = suite_name_at(i)); i++) {
    struct suite *suite;
    assert_ok(suite_find(&suite, &arena, name, &err), err);
    assert_true(str_equal(suite->name, name));
    assert_int_equal(suite->builtin.n_splits, 4);
    assert_true(suite->n_sources >= 2);
  }
}

/* What the definition calls frozen is what stands beside it. */
static void frozen_splits(void **state)
{
  (void)state;
  struct str name;
  for (size_t i = 0; str_present(name = suite_name_at(i)); i++) {
    struct suite *suite;
    struct buf sums;
    char path[4096];
    snprintf(path, sizeof path, TEST_SOURCE_DIR "/tasks/%.*s/builtin/SHA256SUMS",
             STR_ARG(name));
    buf_init(&sums, 4096);
    assert_ok(fs_read(path, &sums, &err), err);
    struct str list = arena_str(&arena, buf_str(&sums));
    buf_release(&sums);
    assert_ok(suite_find(&suite, &arena, name, &err), err);
    for (size_t k = 0; k < suite->builtin.n_splits; k++) {
      const struct suite_split *split = &suite->builtin.splits[k];
      char line[256];
      snprintf(line, sizeof line, "%.*s  %.*s.jsonl\n", STR_ARG(split->sha256),
               STR_ARG(split->name));
      if (str_find(list, str_from(line)) < 0)
        fail_msg("%s lacks: %s", path, line);
    }
  }
}

static void find_fails(const char *name, const char *message)
{
  struct suite *suite;
  err = (struct err){ 0 };
  assert_int_equal(suite_find(&suite, &arena, str_from(name), &err), -1);
  assert_int_equal(err.code, ERR_USAGE);
  if (!strstr(err.msg, message))
    fail_msg("expected '%s' in '%s'", message, err.msg);
}

static void unknown_names(void **state)
{
  (void)state;
  find_fails("gsm8", "did you mean 'gsm8k'?");
  find_fails("mathh", "did you mean 'math'?");
  find_fails("something-else", "tasks list");
  find_fails("", "unknown suite");
}

static void definition_in_a_file(void **state)
{
  (void)state;
  struct suite *suite;
  assert_ok(
      suite_find(&suite, &arena, STR(TEST_SOURCE_DIR "/tasks/math/suite.json"), &err),
      err);
  assert_str_equal(suite->name, "math");
  struct suite *embedded;
  assert_ok(suite_find(&embedded, &arena, STR("math"), &err), err);
  assert_true(str_equal(suite->sha256, embedded->sha256));
  assert_int_equal(suite_find(&suite, &arena, STR("/nowhere/x.json"), &err), -1);
  assert_int_equal(err.code, ERR_ENV);
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
    cmocka_unit_test(smallest_definition), cmocka_unit_test(wrong_definitions),
    cmocka_unit_test(wrong_values),        cmocka_unit_test(wrong_sources),
    cmocka_unit_test(embedded_suites),     cmocka_unit_test(frozen_splits),
    cmocka_unit_test(unknown_names),       cmocka_unit_test(definition_in_a_file),
  };
  return cmocka_run_group_tests(tests, NULL, teardown);
}
