/* The front door: verdicts with their reasons, profiles by name, hostile input, and the
 * published cases when they are here. */
#include "base/arena.h"
#include "base/fs.h"
#include "base/json.h"
#include "grade/grader.h"
#include "test.h"

static struct grader *open_grader(const char *profile, enum grade_answers answers)
{
  struct err err = { 0 };
  const struct grader_opts opts = { .profile = str_from(profile), .answers = answers };
  struct grader *grader = grader_create(&opts, &err);
  if (!grader)
    fail_msg("%s", err.msg);
  return grader;
}

/* gold, response, verdict and rule */
static const struct grader_case {
  const char *gold, *response;
  enum verdict verdict;
  const char *rule;
} cases[] = {
  { "18", "work\n#### 18", VERDICT_CORRECT, "####" },
  { "18", "work\n#### 19", VERDICT_WRONG, "####" },
  { "\\frac{1}{2}", "so \\boxed{0.5}", VERDICT_CORRECT, "boxed" },
  { "5", "there are 5, so \\boxed{(1,2)}", VERDICT_WRONG, "boxed" },
  { "42", "I decline to answer.", VERDICT_NO_ANSWER, "" },
  { "7", "The answer is 7.\n\nQ: What is 1 + 1?\nA: The answer is 2.", VERDICT_CORRECT,
    "answer is" },
  { "3", "Sure!\nProblem: find x.\nSolution: \\boxed{3}", VERDICT_CORRECT, "boxed" },
  { "\\boxed{42}", "<think> My answer is \\boxed{42} </think> Some other text.",
    VERDICT_WRONG, "last line" },
};

static void responses_get_verdicts(void **state)
{
  (void)state;
  struct grader *grader = open_grader("robust", GRADE_ANYTHING);
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct grade g =
        grader_grade(grader, str_from(cases[i].gold), str_from(cases[i].response),
                     GRADE_RESPONSE, FINISH_STOP);
    if (i + 1 == COUNT(cases)) { /* nothing said after the thoughts is the answer */
      assert_int_not_equal(g.verdict, VERDICT_CORRECT);
      continue;
    }
    if (g.verdict != cases[i].verdict || strcmp(g.rule, cases[i].rule) != 0)
      fail_msg("'%s': got %s by '%s'", cases[i].response, verdict_name(g.verdict),
               g.rule);
  }
  grader_free(grader);
}

static void a_length_limit_is_no_refusal(void **state)
{
  (void)state;
  struct grader *grader = open_grader("robust", GRADE_ANYTHING);
  struct grade g =
      grader_grade(grader, STR("7"), STR("let us see"), GRADE_RESPONSE, FINISH_LENGTH);
  assert_int_equal(g.verdict, VERDICT_TRUNCATED);
  assert_int_equal(g.reason, GRADE_CUT_OFF);
  g = grader_grade(grader, STR("7"), STR(" \n"), GRADE_RESPONSE, FINISH_STOP);
  assert_int_equal(g.verdict, VERDICT_NO_ANSWER);
  assert_int_equal(g.reason, GRADE_NO_RESPONSE);
  g = grader_grade(grader, STR("7"), STR_NONE, GRADE_RESPONSE, FINISH_STOP);
  assert_int_equal(g.reason, GRADE_NO_RESPONSE);
  grader_free(grader);
}

static void bare_answers_are_only_compared(void **state)
{
  (void)state;
  struct grader *grader = open_grader("robust", GRADE_ANYTHING);
  assert_true(grader_same(grader, STR("1/2"), STR("$0.5$")));
  assert_false(grader_same(grader, STR("2"), STR("the answer is 2 or 3")));
  struct grade g = grader_grade(grader, STR("x"), STR("x"), GRADE_BARE, FINISH_STOP);
  assert_int_equal(g.reason, GRADE_SAME_TEXT);
  assert_string_equal(g.rule, "bare");
  grader_free(grader);
}

static void a_suite_may_bring_its_pattern(void **state)
{
  (void)state;
  struct err err = { 0 };
  struct grader_opts opts = { .answer_pattern = STR("RESULT<([^>]*)>") };
  struct grader *grader = grader_create(&opts, &err);
  assert_non_null(grader);
  struct grade g = grader_grade(grader, STR("8"), STR("RESULT<7> RESULT< 8 > and 9"),
                                GRADE_RESPONSE, FINISH_STOP);
  assert_int_equal(g.verdict, VERDICT_CORRECT);
  assert_string_equal(g.rule, "pattern");
  assert_int_equal(g.span_at, 17);
  g = grader_grade(grader, STR("9"), STR("so \\boxed{9}"), GRADE_RESPONSE, FINISH_STOP);
  assert_string_equal(g.rule, "boxed");
  grader_free(grader);
  opts.answer_pattern = STR("(");
  assert_null(grader_create(&opts, &err));
  assert_int_equal(err.code, ERR_DATA);
}

static void profiles_have_names(void **state)
{
  (void)state;
  struct err err = { 0 };
  const struct grade_profile_info *info;
  size_t n = 0;
  for (; (info = grader_profile_at(n)); n++) {
    struct str name = str_from(info->name);
    struct grader *grader = grader_create(&(struct grader_opts){ .profile = name }, &err);
    assert_non_null(grader);
    struct grade g = grader_grade(grader, STR("1"), STR("\\boxed{2} #### 3"),
                                  GRADE_RESPONSE, FINISH_STOP);
    assert_int_not_equal(g.verdict, VERDICT_CORRECT);
    grader_free(grader);
  }
  assert_int_equal(n, 10);
  assert_null(grader_create(&(struct grader_opts){ .profile = STR("qwem") }, &err));
  assert_int_equal(err.code, ERR_USAGE);
  assert_non_null(strstr(err.msg, "'qwen'"));
  assert_null(grader_create(&(struct grader_opts){ .profile = STR("qwen@9") }, &err));
}

static void reasons_have_names(void **state)
{
  (void)state;
  for (int i = 0; i < GRADE_REASON_COUNT; i++) {
    const char *name = grade_reason_name((enum grade_reason)i);
    assert_int_equal(grade_reason_from_name(str_from(name)), i);
    assert_true(strlen(grade_reason_text((enum grade_reason)i)) > 10);
  }
  assert_int_equal(grade_reason_from_name(STR("no such")), -1);
}

/* Every profile survives what has broken other graders. No times are measured here: the
 * test's own limit is far below what any of these takes without a bound. */
static void hostile_input_ends(void **state)
{
  static const char *const pieces[] = {
    "\\boxed{",
    "\\boxed{5} ",
    "\\frac{",
    "$",
    "####",
    "#### \n",
    "(",
    "x",
    "7",
    "1 ",
    "<",
    "</think>",
    "answer ",
    "the answer is: ",
    "**",
    "\\end{align}",
    "\xC3\xFF",
    "\\text{",
    "\n",
    "final answer is $",
    "I hope ",
    "1,",
    "he answer is ",
    "boxed",
    "{",
    "\\sqrt{",
  };
  (void)state;
  enum { SIZE = 1 << 20 };
  char *text = malloc(SIZE);
  assert_non_null(text);
  const struct grade_profile_info *info;
  for (size_t p = 0; (info = grader_profile_at(p)); p++) {
    struct grader *grader = open_grader(info->name, GRADE_ANYTHING);
    for (size_t i = 0; i < COUNT(pieces); i++) {
      size_t len = strlen(pieces[i]), n = 0;
      for (; n + len <= SIZE; n += len)
        memcpy(text + n, pieces[i], len);
      struct str response = { text, n };
      grader_grade(grader, STR("1/2"), response, GRADE_RESPONSE, FINISH_STOP);
      grader_grade(grader, STR("1/2"), response, GRADE_BARE, FINISH_STOP);
      grader_grade(grader, response, STR("\\boxed{1/2}"), GRADE_RESPONSE, FINISH_STOP);
    }
    grader_free(grader);
  }
  free(text);
}

/* ---- published cases ---- */

struct score {
  size_t n, right, different, accepted;
};

static void score_line(struct grader *grader, struct str line, struct score *score)
{
  struct json_doc doc;
  struct err err = { 0 };
  assert_ok(json_parse(&doc, line, &err), err);
  const struct json *gold = json_member(doc.root, "gold");
  if (json_get_bool(doc.root, "core", true)) {
    bool extraction =
        str_equal(json_get_string(doc.root, "kind", STR("")), STR("extraction"));
    bool equal = json_get_bool(doc.root, "equal", false);
    struct grade g = grader_grade(
        grader, json_string(gold, STR("")), json_get_string(doc.root, "pred", STR("")),
        extraction ? GRADE_RESPONSE : GRADE_BARE, FINISH_UNKNOWN);
    bool said = json_type(gold) == JSON_STRING && g.verdict == VERDICT_CORRECT;
    score->n++;
    score->right += said == equal;
    score->different += !equal;
    score->accepted += !equal && said;
  }
  json_doc_release(&doc);
}

static struct score score_files(struct grader *grader, const char *prefix, bool other)
{
  struct score score = { 0 };
  struct err err = { 0 };
  struct fs_list list;
  char folder[4096], path[4352];
  snprintf(folder, sizeof folder, "%s", test_data("grading"));
  assert_ok(fs_list(&list, folder, &err), err);
  for (size_t i = 0; i < list.count; i++) {
    struct str name = str_from(list.names[i]);
    bool jsonl = str_ends(name, STR(".jsonl"));
    bool outputs = str_starts(name, STR("outputs_")),
         made = str_starts(name, STR("synth"));
    bool wanted = other ? !outputs && !made : str_starts(name, str_from(prefix));
    if (!jsonl || !wanted)
      continue;
    struct fs_lines lines;
    struct str line;
    snprintf(path, sizeof path, "%s/%s", folder, list.names[i]);
    assert_ok(fs_lines_open(&lines, path, 16 << 20, &err), err);
    while (fs_lines_next(&lines, &line, &err) == FS_LINE_OK)
      score_line(grader, line, &score);
    fs_lines_close(&lines);
  }
  fs_list_free(&list);
  return score;
}

static void check_score(const char *what, struct score score, double right)
{
  double share = (double)score.right / (double)score.n;
  double accepted =
      score.different ? (double)score.accepted / (double)score.different : 0;
  print_message("%s: %zu of %zu right (%.2f %%), %zu of %zu different accepted\n", what,
                score.right, score.n, 100 * share, score.accepted, score.different);
  if (share < right || accepted > 0.01)
    fail_msg("%s: below %.2f %%", what, 100 * right);
}

static void published_cases_are_graded_right(void **state)
{
  (void)state;
  if (!test_data("grading"))
    skip();
  struct grader *grader = open_grader("robust", GRADE_ANYTHING);
  struct score outputs = score_files(grader, "outputs_", false);
  struct score made = score_files(grader, "synthetic", false);
  struct score core = score_files(grader, "", true);
  grader_free(grader);
  check_score("outputs of models", outputs, 0.998);
  check_score("rewritten golds", made, 0.995);
  check_score("cases of other graders", core, 0.97);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(responses_get_verdicts),
    cmocka_unit_test(a_length_limit_is_no_refusal),
    cmocka_unit_test(bare_answers_are_only_compared),
    cmocka_unit_test(a_suite_may_bring_its_pattern),
    cmocka_unit_test(profiles_have_names),
    cmocka_unit_test(reasons_have_names),
    cmocka_unit_test(hostile_input_ends),
    cmocka_unit_test(published_cases_are_graded_right),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
