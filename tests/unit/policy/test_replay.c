/* Recorded answers find their items by question, whatever the order; what does not match
 * is said and is never a wrong answer. */
#include <math.h>

#include "base/fs.h"
#include "policy/policy.h"
#include "test.h"

struct fixture {
  struct arena arena;
  struct suite *suite;
  struct item_set set;
  char dir[64], path[128];
};

#define Q0 "Ann has 3 red apples and buys 4 more. How many apples does Ann have?"
#define Q1 "Bob\xE2\x80\x99s shelf holds 12 old books. He sells 5. How many are left?"
#define Q2 "A train runs 60 km in one hour. How far does it run in 3 hours?"

static int begin(void **state)
{
  struct fixture *f = calloc(1, sizeof *f);
  struct err err = { 0 };
  static const char rows[] = "{\"question\":\"" Q0 "\",\"answer\":\"3+4\\n#### 7\"}\n"
                             "{\"question\":\"" Q1 "\",\"answer\":\"12-5\\n#### 7\"}\n"
                             "{\"question\":\"" Q2 "\",\"answer\":\"60*3\\n#### 180\"}\n";
  assert_ok(suite_find(&f->suite, &f->arena, STR("gsm8k"), &err), err);
  assert_ok(item_set_parse(&f->set, &f->arena, f->suite, str_from(rows),
                           STR("three.jsonl"), STR("test"), &err),
            err);
  snprintf(f->dir, sizeof f->dir, "%s", test_folder());
  *state = f;
  return 0;
}

static int end(void **state)
{
  struct fixture *f = *state;
  unlink(f->path);
  rmdir(f->dir);
  arena_release(&f->arena);
  free(f);
  return 0;
}

/* Writes the recording and opens "replay:<file><suffix>"; NULL with err when it fails. */
static struct policy *open_recording(struct fixture *f, const char *text,
                                     const char *suffix, struct err *err)
{
  snprintf(f->path, sizeof f->path, "%s/answers.jsonl", f->dir);
  assert_ok(fs_write(f->path, str_from(text), err), *err);
  struct str spec = arena_printf(&f->arena, "replay:%s%s", f->path, suffix);
  struct policy_opts opts = { .set = &f->set };
  return policy_open(spec, &opts, err);
}

static struct policy *must_open(struct fixture *f, const char *text, const char *suffix)
{
  struct err err = { 0 };
  struct policy *policy = open_recording(f, text, suffix, &err);
  if (!policy)
    fail_msg("%s", err.msg);
  return policy;
}

static struct reply ask(struct fixture *f, struct policy *policy, size_t item, int sample)
{
  struct prompt prompt = { .text = STR("unused") };
  struct ask wanted = {
    .item = &f->set.items[item], .prompt = &prompt, .sample = sample, .n_samples = 1
  };
  struct answered answered;
  struct err err = { 0 };
  policy_ask(policy, &wanted);
  if (policy_next(policy, &answered, 0, &f->arena, &err) != 1)
    fail_msg("no answer: %s", err.msg);
  return answered.reply;
}

static bool warns(const struct policy *policy, const char *words)
{
  const char *warning;
  for (size_t i = 0; (warning = policy_warning_at(policy, i)); i++)
    if (strstr(warning, words))
      return true;
  return false;
}

static void answers_are_joined_by_question(void **state)
{
  struct fixture *f = *state;
  /* other order, other white space, a straight quote for the curly one */
  struct policy *policy = must_open(
      f,
      "{\"question\":\"" Q2 "\",\"response\":\"#### 180\"}\n"
      "{\"question\":\"  Bob's shelf holds 12 old  books. He sells 5. How many are left? \","
      "\"response\":\"#### 8\"}\n"
      "{\"question\":\"" Q0 "\",\"response\":\"#### 7\"}\n",
      "");
  assert_str_equal(ask(f, policy, 0, 0).response, "#### 7");
  assert_str_equal(ask(f, policy, 1, 0).response, "#### 8");
  assert_str_equal(ask(f, policy, 2, 0).response, "#### 180");
  assert_int_equal(policy_max_samples(policy), 1);
  assert_null(policy_warning_at(policy, 0));
  assert_str_equal(policy_label(policy), "answers");
  assert_string_equal(policy_kind(policy), "replay");
  assert_int_equal(policy_sha256(policy).len, 64);
  policy_close(policy);
}

static void an_item_without_a_recording_fails(void **state)
{
  struct fixture *f = *state;
  struct policy *policy =
      must_open(f, "{\"question\":\"" Q1 "\",\"response\":\"#### 7\"}\n", "");
  struct reply reply = ask(f, policy, 0, 0);
  assert_true(reply.failed);
  assert_non_null(strstr(arena_cstr(&f->arena, reply.what), "no answer"));
  assert_false(ask(f, policy, 1, 0).failed);
  assert_true(ask(f, policy, 1, 1).failed);
  assert_true(warns(policy, "2 of 3 items of 'three.jsonl' have no recorded answer"));
  policy_close(policy);
}

static void a_question_of_other_data_is_not_joined_by_number(void **state)
{
  struct fixture *f = *state;
  struct policy *policy =
      must_open(f,
                "{\"question\":\"" Q0 "\",\"response\":\"a\"}\n"
                "{\"question\":\"What is 2 + 2, said slowly?\",\"response\":\"b\"}\n",
                "");
  assert_true(ask(f, policy, 1, 0).failed);
  assert_true(warns(policy, "1 of 2 recorded answers match no item"));
  assert_true(warns(policy, "line 2"));
  policy_close(policy);
}

static void a_question_is_found_in_its_prompt(void **state)
{
  struct fixture *f = *state;
  /* the first has another item's question as its example: the last one counts */
  struct policy *policy = must_open(
      f,
      "{\"prompt\":\"Question: " Q0 "\\nAnswer: 7\\n\\nQuestion: " Q2 "\\nAnswer:\","
      "\"response\":\"far\",\"reward\":1}\n"
      "{\"prompt\":\"User: " Q1 "\\nLet us think. Assistant:\",\"response\":\"left\","
      "\"reward\":0}\n",
      "");
  assert_true(ask(f, policy, 0, 0).failed);
  assert_str_equal(ask(f, policy, 1, 0).response, "left");
  assert_str_equal(ask(f, policy, 2, 0).response, "far");
  assert_int_equal(ask(f, policy, 1, 0).label, 0);
  assert_int_equal(ask(f, policy, 2, 0).label, 1);
  policy_close(policy);
}

static void samples_keep_their_order(void **state)
{
  struct fixture *f = *state;
  struct policy *policy = must_open(f,
                                    "{\"question\":\"" Q0 "\",\"response\":\"first\"}\n"
                                    "{\"question\":\"" Q1 "\",\"response\":\"only\"}\n"
                                    "{\"question\":\"" Q0 "\",\"response\":\"second\"}\n",
                                    "");
  assert_int_equal(policy_max_samples(policy), 2);
  assert_str_equal(ask(f, policy, 0, 0).response, "first");
  assert_str_equal(ask(f, policy, 0, 1).response, "second");
  struct reply missing = ask(f, policy, 1, 1);
  assert_true(missing.failed);
  assert_non_null(strstr(arena_cstr(&f->arena, missing.what), "1 answers"));
  policy_close(policy);
}

static void a_field_picks_the_model(void **state)
{
  struct fixture *f = *state;
  static const char text[] = "{\"question\":\"" Q0 "\",\"ground_truth\":\"A: 7\","
                             "\"small\":{\"is_correct\":false,\"solution\":\"A: 6\"},"
                             "\"large\":{\"is_correct\":true,\"solution\":\"A: 7\"}}\n";
  struct policy *policy = must_open(f, text, "#large");
  assert_str_equal(policy_label(policy), "large");
  assert_str_equal(ask(f, policy, 0, 0).response, "A: 7");
  assert_int_equal(ask(f, policy, 0, 0).label, 1);
  policy_close(policy);
  struct err err = { 0 };
  assert_null(open_recording(f, text, "#medium", &err));
  assert_non_null(strstr(err.msg, "small"));
}

static void a_recording_of_other_data_is_refused(void **state)
{
  struct fixture *f = *state;
  struct err err = { 0 };
  assert_null(open_recording(
      f, "{\"question\":\"Something else entirely?\",\"response\":\"5\"}\n", "", &err));
  assert_int_equal(err.code, ERR_DATA);
  assert_non_null(strstr(err.msg, "--data"));
}

static void a_missing_file_is_named(void **state)
{
  struct fixture *f = *state;
  struct policy_opts opts = { .set = &f->set };
  struct err err = { 0 };
  assert_null(policy_open(STR("replay:/nonexistent/x.jsonl"), &opts, &err));
  assert_int_equal(err.code, ERR_ENV);
  assert_non_null(strstr(err.msg, "/nonexistent/x.jsonl"));
  assert_null(policy_open(STR("replay:"), &opts, &err));
  assert_int_equal(err.code, ERR_USAGE);
}

#define IN_FIXTURE(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
  const struct CMUnitTest tests[] = {
    IN_FIXTURE(answers_are_joined_by_question),
    IN_FIXTURE(an_item_without_a_recording_fails),
    IN_FIXTURE(a_question_of_other_data_is_not_joined_by_number),
    IN_FIXTURE(a_question_is_found_in_its_prompt),
    IN_FIXTURE(samples_keep_their_order),
    IN_FIXTURE(a_field_picks_the_model),
    IN_FIXTURE(a_recording_of_other_data_is_refused),
    IN_FIXTURE(a_missing_file_is_named),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
