/* Recorded answers: each tool's rows, the wrong ones, and the real files when they are
 * here. */
#include "test.h"

#include <math.h>

#include "base/fs.h"
#include "task/limits.h"
#include "task/recorded.h"

static struct arena arena;
static struct err err;

static struct recorded_file parse_field(const char *text, const char *field)
{
  struct recorded_file file;
  assert_ok(recorded_parse(&file, &arena, str_from(text), STR("r.jsonl"), str_from(field),
                           &err),
            err);
  return file;
}

static struct recorded_file parse(const char *text)
{
  return parse_field(text, NULL);
}

static void parse_fails(const char *text, const char *field, enum err_code code,
                        const char *message)
{
  struct recorded_file file;
  err = (struct err){ 0 };
  assert_int_equal(recorded_parse(&file, &arena, str_from(text), STR("r.jsonl"),
                                  str_from(field), &err),
                   -1);
  assert_int_equal(err.code, code);
  if (!strstr(err.msg, message))
    fail_msg("expected '%s' in '%s'", message, err.msg);
}

static void problem_is(const struct recorded_file *file, size_t at, size_t line,
                       const char *what)
{
  assert_true(at < file->n_problems);
  assert_int_equal(file->problems[at].line, line);
  if (str_find(file->problems[at].what, str_from(what)) < 0)
    fail_msg("expected '%s' in '%.*s'", what, STR_ARG(file->problems[at].what));
}

/* ---- one format each ---- */

#define JOURNAL(model, item, sample, response, verdict)                                  \
  "{\"v\":1,\"suite\":\"gsm8k\",\"model\":\"" model "\",\"item\":\"" item                \
  "\",\"index\":4,\"sample\":" sample ",\"response\":" response                          \
  ",\"finish\":\"length\",\"verdict\":\"" verdict                                        \
  "\",\"reason\":\"x\",\"extracted\":\"5\",\"gold\":\"5\",\"label\":null,\"value\":0.5," \
  "\"crc\":\"00000000\"}\n"

static void journal(void **state)
{
  (void)state;
  const char *one = JOURNAL("m", "t-4", "0", "\"so 5\"", "correct")
      JOURNAL("m", "t-4", "1", "\"\"", "no_answer")
          JOURNAL("m", "t-5", "0", "null", "error");
  struct recorded_file file = parse(one);
  assert_int_equal(file.format, RECORDED_JOURNAL);
  assert_int_equal(file.n_answers, 2); /* an error holds no answer */
  assert_int_equal(file.n_problems, 0);
  const struct recorded_answer *a = file.answers;
  assert_str_equal(a->suite, "gsm8k");
  assert_str_equal(a->id, "t-4");
  assert_int_equal(a->doc_id, 4);
  assert_str_equal(a->response, "so 5");
  assert_str_equal(a->filtered, "5");
  assert_int_equal(a->finish, FINISH_LENGTH);
  assert_int_equal(a->label, 1);
  assert_true(a->value == 0.5);
  assert_int_equal(a[1].sample, 1);
  assert_true(str_present(a[1].response));
  assert_int_equal(a[1].response.len, 0);
  assert_int_equal(a[1].label, 0);
}

static void journal_of_two_models(void **state)
{
  (void)state;
  const char *two = JOURNAL("m", "t-4", "0", "\"so 5\"", "correct")
      JOURNAL("n", "t-4", "0", "\"so 6\"", "wrong");
  parse_fails(two, NULL, ERR_USAGE, "append '#' and one of: m, n");
  parse_fails(two, "o", ERR_USAGE, "no answers of 'o'");
  struct recorded_file file = parse_field(two, "n");
  assert_int_equal(file.n_answers, 1);
  assert_str_equal(file.answers[0].response, "so 6");
  assert_int_equal(file.answers[0].label, 0);
}

#define SAMPLES(doc, filter, resps, filtered, hash, score)                               \
  "{\"doc_id\":" doc ",\"doc\":{\"question\":\"q" doc "\",\"answer\":\"a\\n#### 7\"},"   \
  "\"target\":\"a\\n#### 7\",\"arguments\":{\"gen_args_0\":{\"arg_0\":\"Q: \\\"q\\\\\"," \
  "\"arg_1\":{\"until\":[\"]}\"]}}},\"resps\":[" resps "],\"filtered_resps\":[" filtered \
  "],\"filter\":\"" filter "\",\"metrics\":[\"exact_match\"],\"doc_hash\":\"" hash       \
  "\",\"exact_match\":" score "}\n"

static void lm_eval_two_filters(void **state)
{
  (void)state;
  struct recorded_file file =
      parse(SAMPLES("0", "strict", "[\"is 7\"]", "\"7\"", "h0", "1.0")
                SAMPLES("1", "strict", "[\"is 8\"]", "\"[invalid]\"", "h1", "0.0")
                    SAMPLES("0", "loose", "[\"is 7\"]", "\"7\"", "h0", "1.0")
                        SAMPLES("1", "loose", "[\"is 8\"]", "\"8\"", "h1", "0.0"));
  assert_int_equal(file.format, RECORDED_LM_EVAL);
  assert_int_equal(file.n_answers, 4);
  assert_int_equal(file.n_fields, 2);
  assert_str_equal(file.fields[1], "loose");
  const struct recorded_answer *a = file.answers;
  assert_str_equal(a[0].question, "q0");
  assert_false(str_present(a[0].prompt));
  assert_str_equal(a[0].gold, "7");
  assert_str_equal(a[0].filter, "strict");
  assert_str_equal(a[1].filtered, "[invalid]");
  assert_int_equal(a[0].label, 1);
  assert_int_equal(a[1].label, 0);
  assert_true(isnan(a[0].value));
  assert_int_equal(a[3].doc_id, 1);
  assert_int_equal(a[3].line, 4);
  assert_int_equal(a[3].sample, 0);
  assert_str_equal(a[3].filter, "loose");
  assert_str_equal(a[3].question, "q1");
  assert_str_equal(a[3].doc_hash, "h1");
  assert_ptr_equal(a[3].response.ptr, a[1].response.ptr); /* held once */
}

static void lm_eval_one_filter(void **state)
{
  (void)state;
  const char *text = SAMPLES("0", "strict", "[\"is 7\"]", "\"7\"", "h0", "1.0")
      SAMPLES("0", "loose", "[\"is 9\"]", "\"7\"", "h0", "0.0");
  struct recorded_file file = parse_field(text, "loose");
  assert_int_equal(file.n_answers, 1);
  assert_int_equal(file.answers[0].label, 0);
  assert_str_equal(file.answers[0].response, "is 9");
  parse_fails(text, "none", ERR_USAGE, "'none'; append '#' and one of: strict, loose");
}

/* Two tasks' files put together number their documents alike. */
static void lm_eval_two_tasks(void **state)
{
  (void)state;
  struct recorded_file file = parse(
      "{\"doc_id\":0,\"doc\":{\"problem\":\"p\",\"unique_id\":\"u\"},\"target\":\"1\","
      "\"resps\":[[\"same\"]],\"filtered_resps\":[\"x\"],\"doc_hash\":\"h\"}\n"
      "{\"doc_id\":0,\"doc\":{\"question\":\"q\"},\"target\":2,\"resps\":[[\"same\"]],"
      "\"filtered_resps\":[\"y\"],\"doc_hash\":\"i\",\"metrics\":[\"acc\"],\"acc\":1}\n");
  assert_int_equal(file.n_answers, 2);
  assert_str_equal(file.answers[0].question, "p");
  assert_str_equal(file.answers[0].id, "u");
  assert_str_equal(file.answers[1].question, "q");
  assert_false(str_present(file.answers[1].id));
  assert_str_equal(file.answers[1].gold, "2");
  assert_int_equal(file.answers[0].label, -1);
  assert_int_equal(file.answers[1].label, 1);
}

static void lm_eval_samples_and_prompt(void **state)
{
  (void)state;
  struct recorded_file file = parse(
      "{\"doc_id\":3,\"doc\":{\"x\":1},\"target\":\"t\",\"arguments\":[[\"the prompt\","
      "{}]],\"resps\":[[\"a\",\"b\",\"\"]],\"filtered_resps\":[[\"A\",\"B\"]],"
      "\"filter\":\"none\",\"exact_match\":0.5,\"metrics\":[\"exact_match\"]}\n");
  assert_int_equal(file.n_answers, 3);
  assert_str_equal(file.answers[0].prompt, "the prompt");
  assert_int_equal(file.answers[0].label, -1); /* half right is no verdict */
  assert_str_equal(file.answers[1].response, "b");
  assert_str_equal(file.answers[1].filtered, "B");
  assert_int_equal(file.answers[2].sample, 2);
  assert_false(str_present(file.answers[2].filtered));
  file = parse("{\"doc_id\":0,\"doc\":{},\"resps\":[[\"a\",\"b\"]],\"exact_match\":1}");
  assert_int_equal(file.answers[0].label, 1);
  assert_int_equal(file.answers[1].label, -1); /* only the filter's pick was judged */
}

#define OPENAI(a, b)                                                                     \
  "{\"question\":\"q\",\"ground_truth\":\"so\\nA: 18\",\"small\":{\"is_correct\":false," \
  "\"solution\":\"" a "\"},\"large\":{\"is_correct\":true,\"solution\":\"" b "\"}}\n"

static void openai(void **state)
{
  (void)state;
  const char *text = OPENAI("A: 1", "A: 18")
      OPENAI("A: 2", "A: 19") "{\"question\":\"q\",\"small\":"
                              "{\"is_correct\":true,\"solution\":\"s\"}}\n";
  parse_fails(text, NULL, ERR_USAGE, "append '#' and one of: small, large");
  parse_fails(text, "middle", ERR_USAGE, "'middle'; append '#' and one of: small, large");
  struct recorded_file file = parse_field(text, "large");
  assert_int_equal(file.format, RECORDED_OPENAI);
  assert_int_equal(file.n_answers, 2);
  assert_str_equal(file.answers[0].response, "A: 18");
  assert_str_equal(file.answers[0].gold, "18");
  assert_int_equal(file.answers[0].label, 1);
  assert_int_equal(file.answers[0].sample, 0);
  assert_int_equal(file.answers[1].sample, 1); /* the same question again */
  problem_is(&file, 0, 3, "no solution of 'large'");
}

static void qwen(void **state)
{
  (void)state;
  struct recorded_file file =
      parse("{\"idx\":9,\"question\":\"q\",\"gt\":\"4\",\"code\":[\"a\",\"b\",\"c\"],"
            "\"pred\":[\"4\",\"5\",\"\"],\"score\":[true,false],"
            "\"pred_score\":[[0.5,2.5],[-1]],\"finish_reason\":[\"stop\",\"length\"]}\n"
            "{\"idx\":10,\"question\":\"q\",\"code\":[],\"score\":[]}\n"
            "{\"idx\":11,\"question\":\"q\",\"code\":[7],\"score\":[]}\n");
  assert_int_equal(file.format, RECORDED_QWEN);
  assert_int_equal(file.n_answers, 3);
  const struct recorded_answer *a = file.answers;
  assert_int_equal(a[0].doc_id, 9);
  assert_str_equal(a[0].gold, "4");
  assert_int_equal(a[0].label, 1);
  assert_true(a[0].value == 2.5);
  assert_int_equal(a[1].label, 0);
  assert_int_equal(a[1].finish, FINISH_LENGTH);
  assert_int_equal(a[2].sample, 2);
  assert_int_equal(a[2].label, -1);
  assert_true(isnan(a[2].value));
  problem_is(&file, 0, 2, "'code' holds no response");
  problem_is(&file, 1, 3, "'code' must hold");
  parse_fails("{\"code\":[\"a\"],\"pred\":[]}", "x", ERR_USAGE, "leave '#x' off");
}

static void nemo(void **state)
{
  (void)state;
  struct recorded_file file =
      parse("{\"problem\":\"p\",\"expected_answer\":12,\"generation\":\"g\","
            "\"predicted_answer\":\"12\",\"symbolic_correct\":true}\n"
            "{\"problem\":\"p\",\"expected_answer\":12,\"generation\":\"h\"}\n");
  assert_int_equal(file.format, RECORDED_NEMO);
  assert_str_equal(file.answers[0].question, "p");
  assert_str_equal(file.answers[0].gold, "12");
  assert_str_equal(file.answers[0].filtered, "12");
  assert_int_equal(file.answers[0].label, 1);
  assert_int_equal(file.answers[1].sample, 1);
  assert_int_equal(file.answers[1].label, -1);
}

static void oreo(void **state)
{
  (void)state;
  struct recorded_file file =
      parse("{\"prompt\":\"p\",\"response\":\"r\",\"reward\":1,\"suite\":\"gsm8k\","
            "\"item\":\"t-1\",\"sample\":5}\n"
            "{\"prompt\":\"p\",\"response\":\"s\",\"reward\":-1}\n"
            "{\"prompt\":\"p\",\"response\":\"t\",\"reward\":0.25}\n"
            "{\"conversations\":[{\"role\":\"user\",\"content\":\"go\"},"
            "{\"role\":\"assistant\","
            "\"content\":\"x\"},{\"role\":\"user\",\"content\":\"and\"},"
            "{\"role\":\"assistant\","
            "\"content\":\"y\"}],\"reward\":0}\n"
            "{\"conversations\":[],\"reward\":0}\n");
  assert_int_equal(file.format, RECORDED_OREO);
  assert_int_equal(file.n_answers, 4);
  const struct recorded_answer *a = file.answers;
  assert_str_equal(a[0].prompt, "p");
  assert_str_equal(a[0].id, "t-1");
  assert_str_equal(a[0].suite, "gsm8k");
  assert_int_equal(a[0].sample, 5);
  assert_int_equal(a[0].label, 1);
  assert_int_equal(a[1].label, 0);
  assert_int_equal(a[2].label, -1);
  assert_str_equal(a[3].response, "y");
  assert_str_equal(a[3].prompt, "go");
  problem_is(&file, 0, 5, "no assistant's turn");
}

static void plain(void **state)
{
  (void)state;
  struct recorded_file file =
      parse("{\"question\":\"q\",\"response\":\"r\",\"answer\":\"x #### 3\","
            "\"correct\":\"True\"}\n"
            "{\"question\":\"q\",\"response\":\"r2\",\"finish_reason\":\"stop\"}\n"
            "{\"prompt\":\"q\",\"answer\":\"r3\"}\n"
            "{\"id\":7,\"completion\":\"r4\"}\n"
            "{\"question\":\"q\",\"response\":null}\n"
            "{\"question\":\"q\"}\n"
            "{\"doc_id\":3,\"output\":\"\"}\n");
  assert_int_equal(file.format, RECORDED_PLAIN);
  assert_int_equal(file.n_answers, 5);
  const struct recorded_answer *a = file.answers;
  assert_str_equal(a[0].gold, "3");
  assert_int_equal(a[0].label, 1);
  assert_int_equal(a[1].sample, 1);
  assert_int_equal(a[1].finish, FINISH_STOP);
  assert_false(str_present(a[1].gold));
  assert_str_equal(a[2].prompt, "q");
  assert_str_equal(a[2].response, "r3");
  assert_false(str_present(a[2].gold)); /* the answer is the response here */
  assert_str_equal(a[3].id, "7");
  assert_int_equal(a[4].doc_id, 3);
  problem_is(&file, 0, 5, "no string in 'response'");
  problem_is(&file, 1, 6, "no string in 'response'");
}

static void plain_field(void **state)
{
  (void)state;
  struct recorded_file file = parse_field(
      "{\"question\":\"q\",\"a\":\"x\",\"b\":\"y\"}\n{\"question\":\"q\"}\n", "b");
  assert_int_equal(file.n_answers, 1);
  assert_str_equal(file.answers[0].response, "y");
  problem_is(&file, 0, 2, "no string in 'b'");
}

static void json_array(void **state)
{
  (void)state;
  struct recorded_file file = parse("[{\"question\":\"q\",\"response\":\"r\"},\n3]");
  assert_int_equal(file.n_answers, 1);
  problem_is(&file, 0, 2, "not of the file's format (plain {question,response})");
}

/* ---- bad rows and files ---- */

static void bad_rows_do_not_end_a_load(void **state)
{
  (void)state;
  struct recorded_file file =
      parse("\n{\"broken\n"
            "{\"nothing\":\"known\"}\n"
            "{\"question\":\"q\",\"generation\":\"r\"}\r\n"
            "{\"question\":\"q\",\"response\":\"another format\"}\n"
            "[]\n"
            "{\"question\":\"q \xc3\x28\",\"generation\":\"r\"}\n"
            "{\"question\":\"\\u0000\",\"generation\":\"r\"}\n"
            "{\"question\":\"last\",\"generation\":\"\"}");
  assert_int_equal(file.format, RECORDED_NEMO);
  assert_int_equal(file.n_answers, 2);
  assert_int_equal(file.answers[1].line, 9);
  assert_int_equal(file.n_problems, 6);
  problem_is(&file, 0, 2, "not JSON");
  problem_is(&file, 1, 3, "no known format");
  problem_is(&file, 2, 5, "not of the file's format (NeMo-Skills outputs)");
  problem_is(&file, 3, 6, "not of the file's format");
  problem_is(&file, 4, 7, "not valid UTF-8");
  problem_is(&file, 5, 8, "\\u0000");
}

static void nothing_usable(void **state)
{
  (void)state;
  parse_fails("", NULL, ERR_DATA, "'r.jsonl' holds no answers");
  parse_fails("\n\n", NULL, ERR_DATA, "holds no answers");
  parse_fails("text\n", NULL, ERR_DATA, "no usable answers; line 1: byte 0");
  parse_fails("{\"x\":1}\n", NULL, ERR_DATA, "no known format");
  parse_fails("[1", NULL, ERR_DATA, "not JSON");
}

static void files(void **state)
{
  (void)state;
  const char *dir = arena_cstr(&arena, str_from(test_folder()));
  struct recorded_file file;
  assert_int_equal(recorded_load(&file, &arena, dir, STR_NONE, &err), -1);
  assert_non_null(strstr(err.msg, "is a folder"));
  assert_int_equal(recorded_load(&file, &arena, "/nowhere/r.jsonl", STR_NONE, &err), -1);
  assert_int_equal(err.code, ERR_ENV);
  struct buf path;
  buf_init(&path, 4096);
  fs_join(&path, dir, "r.jsonl");
  size_t n = TASK_LINE_MAX + 1000;
  char *bytes = mem_alloc(n);
  memset(bytes, 'x', n);
  const char *row = "\n{\"question\":\"q\",\"response\":\"r\"}\n";
  memcpy(bytes + n - strlen(row), row, strlen(row));
  assert_ok(fs_write(path.ptr, (struct str){ bytes, n }, &err), err);
  assert_ok(recorded_load(&file, &arena, path.ptr, STR_NONE, &err), err);
  assert_int_equal(file.n_answers, 1);
  assert_int_equal(file.answers[0].line, 2);
  problem_is(&file, 0, 1, "is longer than 16777216 bytes");
  assert_string_equal(file.sha256.text, sha256_of((struct str){ bytes, n }).text);
  free(bytes);
  unlink(path.ptr);
  rmdir(dir);
  buf_release(&path);
}

/* ---- the real files ---- */

static int count_label(const struct recorded_file *file, int label)
{
  int n = 0;
  for (size_t i = 0; i < file->n_answers; i++)
    n += file->answers[i].label == label;
  return n;
}

/* The accuracies that OpenAI published, to the item. */
static void real_openai(void **state)
{
  (void)state;
  static const struct {
    const char *field;
    int n_right;
  } models[] = { { "6b_finetuning", 286 },
                 { "6b_verification", 515 },
                 { "175b_finetuning", 458 },
                 { "175b_verification", 742 } };
  const char *path = test_data("gsm8k_outputs/example_model_solutions.jsonl");
  if (!path)
    skip();
  for (size_t i = 0; i < COUNT(models); i++) {
    struct recorded_file file;
    assert_ok(recorded_load(&file, &arena, path, str_from(models[i].field), &err), err);
    assert_int_equal(file.n_answers, 1319);
    assert_int_equal(file.n_problems, 0);
    assert_int_equal(count_label(&file, 1), models[i].n_right);
    assert_int_equal(count_label(&file, 0), 1319 - models[i].n_right);
  }
}

static void real_qwen(void **state)
{
  (void)state;
  const char *path = test_data("math_outputs/math_cot_100.jsonl");
  if (!path)
    skip();
  struct recorded_file file;
  assert_ok(recorded_load(&file, &arena, path, STR_NONE, &err), err);
  assert_int_equal(file.n_answers, 800);
  assert_int_equal(file.n_problems, 0);
  assert_int_equal(count_label(&file, -1), 0);
  for (size_t i = 0; i < file.n_answers; i++) {
    assert_int_equal(file.answers[i].sample, i % 8);
    assert_false(isnan(file.answers[i].value));
    assert_true(str_present(file.answers[i].gold));
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
    cmocka_unit_test(journal),
    cmocka_unit_test(journal_of_two_models),
    cmocka_unit_test(lm_eval_two_filters),
    cmocka_unit_test(lm_eval_one_filter),
    cmocka_unit_test(lm_eval_two_tasks),
    cmocka_unit_test(lm_eval_samples_and_prompt),
    cmocka_unit_test(openai),
    cmocka_unit_test(qwen),
    cmocka_unit_test(nemo),
    cmocka_unit_test(oreo),
    cmocka_unit_test(plain),
    cmocka_unit_test(plain_field),
    cmocka_unit_test(json_array),
    cmocka_unit_test(bad_rows_do_not_end_a_load),
    cmocka_unit_test(nothing_usable),
    cmocka_unit_test(files),
    cmocka_unit_test(real_openai),
    cmocka_unit_test(real_qwen),
  };
  return cmocka_run_group_tests(tests, NULL, teardown);
}
