/* Items: publishers' rows, bad rows, folders, keys, and the real data when it is here. */
#include "test.h"

#include "base/fs.h"
#include "task/item.h"
#include "task/limits.h"

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

static void parse_fails(const char *suite, struct str text, const char *message)
{
  struct item_set set;
  err = (struct err){ 0 };
  assert_int_equal(
      item_set_parse(&set, &arena, suite_of(suite), text, STR("t.jsonl"), STR("t"), &err),
      -1);
  assert_int_equal(err.code, ERR_DATA);
  if (!strstr(err.msg, message))
    fail_msg("expected '%s' in '%s'", message, err.msg);
}

static void problem_is(const struct item_set *set, size_t at, size_t line,
                       const char *what)
{
  assert_true(at < set->n_problems);
  assert_int_equal(set->problems[at].line, line);
  if (str_find(set->problems[at].what, str_from(what)) < 0)
    fail_msg("expected '%s' in '%.*s'", what, STR_ARG(set->problems[at].what));
}

/* ---- publishers' forms ---- */

static void gsm8k_row(void **state)
{
  (void)state;
  struct item_set set =
      parse("gsm8k", "{\"question\": \"How many?\", \"answer\": \"One <<1=1>>1.\\n\\nTwo."
                     "\\n#### 1,234\"}\n");
  assert_int_equal(set.n_items, 1);
  const struct item *item = &set.items[0];
  assert_str_equal(item->id, "t-0");
  assert_str_equal(item->question, "How many?");
  assert_str_equal(item->gold, "1,234");
  assert_int_equal(item->n_steps, 2);
  assert_false(str_present(item->level));
  assert_str_equal(item->row, "{\"question\": \"How many?\", \"answer\": \"One "
                              "<<1=1>>1.\\n\\nTwo.\\n#### 1,234\"}");
  assert_false(set.builtin);
  assert_str_equal(set.source, "t.jsonl");
}

static void math_rows(void **state)
{
  (void)state;
  struct item_set set = parse(
      "math", "{\"problem\":\"p\",\"level\":\"Level 5\",\"type\":\"Algebra\","
              "\"solution\":\"first \\\\boxed{1}, then $\\\\boxed{\\\\frac{1}{2}}$.\"}"
              "\r\n\n"
              "{\"problem\":\"q\",\"level\":\"Level ?\",\"type\":\"Geometry\","
              "\"solution\":\"it is $\\\\boxed 7$\"}\n"
              "{\"problem\":\"r\",\"solution\":\"s\",\"answer\":\"8\",\"subject\":\"X\","
              "\"level\":2,\"unique_id\":\"test/x/1.json\"}\n"
              "{\"problem\":\"u\",\"answer\":9.5}");
  assert_int_equal(set.n_items, 4);
  assert_str_equal(set.items[0].gold, "\\frac{1}{2}");
  assert_str_equal(set.items[0].level, "5");
  assert_str_equal(set.items[0].subject, "Algebra");
  assert_int_equal(set.items[0].n_steps, 0);
  assert_str_equal(set.items[1].gold, "7");
  assert_str_equal(set.items[1].level, "?");
  assert_int_equal(set.items[1].index, 1); /* blank lines are no rows */
  assert_str_equal(set.items[2].id, "test/x/1.json");
  assert_str_equal(set.items[2].level, "2");
  assert_str_equal(set.items[2].subject, "X");
  assert_str_equal(set.items[3].gold, "9.5");
  assert_str_equal(set.items[3].id, "t-3");
}

/* Escaped braces are signs of a set; of several marks the last one counts. */
static void golds(void **state)
{
  (void)state;
  struct item_set set =
      parse("math", "{\"problem\":\"p\",\"level\":1,\"type\":\"x\",\"solution\":"
                    "\"\\\\boxed{\\\\left\\\\{ 1 \\\\right.} and \\\\text{more}\"}");
  assert_str_equal(set.items[0].gold, "\\left\\{ 1 \\right.");
  set = parse("gsm8k", "{\"question\":\"q\",\"answer\":\"not #### 1\\n#### 2\"}");
  assert_str_equal(set.items[0].gold, "2");
}

/* Our own rows carry more, and a simulated student's number is not the gold. */
static void builtin_rows(void **state)
{
  (void)state;
  struct item_set set;
  const char *text =
      "{\"question\":\"a\",\"answer\":\"x\\n#### 5\",\"id\":\"g-1\",\"steps\":3}\n"
      "{\"question\":\"b\",\"answer\":\"x\\n#### 6\",\"id\":\"g-2\",\"steps\":2,"
      "\"student\":4,\"true_answer\":\"7\"}\n";
  assert_ok(item_set_parse(&set, &arena, suite_of("gsm8k"), str_from(text),
                           STR("built-in gsm8k-style v1"), STR("sft"), &err),
            err);
  assert_true(set.builtin);
  assert_str_equal(set.items[0].id, "g-1");
  assert_str_equal(set.items[0].gold, "5");
  assert_int_equal(set.items[0].n_steps, 3);
  assert_str_equal(set.items[1].gold, "7");
}

static void json_array(void **state)
{
  (void)state;
  struct item_set set =
      parse("gsm8k", " [ {\"question\":\"a\",\"answer\":\"#### 1\"},\n 7,\n"
                     "{\"answer\":\"#### 2\",\"question\":\"b\"} ]");
  assert_int_equal(set.n_items, 2);
  assert_str_equal(set.items[1].row, "{\"answer\":\"#### 2\",\"question\":\"b\"}");
  assert_int_equal(set.items[1].index, 2);
  problem_is(&set, 0, 2, "not a number");
}

/* ---- bad rows ---- */

static void bad_rows_do_not_end_a_load(void **state)
{
  (void)state;
  struct item_set set = parse("gsm8k", "{\"question\":\"a\",\"answer\":\"#### 1\"}\n"
                                       "{\"question\":\"b\"\n"
                                       "{\"question\":\"c\"}\n"
                                       "{\"question\":\"  \",\"answer\":\"#### 1\"}\n"
                                       "{\"question\":\"d\",\"answer\":\"no mark\"}\n"
                                       "{\"question\":\"e\",\"answer\":\"#### \"}\n"
                                       "{\"question\":[1],\"answer\":\"#### 1\"}\n"
                                       "[1]\n"
                                       "{\"question\":\"f \xff\",\"answer\":\"#### 1\"}\n"
                                       "{\"question\":\"z\",\"answer\":\"#### 9\"}\n");
  assert_int_equal(set.n_items, 2);
  assert_int_equal(set.items[1].index, 9); /* bad rows keep their number */
  assert_str_equal(set.items[1].id, "t-9");
  assert_int_equal(set.n_problems, 8);
  problem_is(&set, 0, 2, "not JSON");
  problem_is(&set, 1, 3, "field 'answer' is missing; no format of suite 'gsm8k' fits");
  problem_is(&set, 2, 4, "no question text");
  problem_is(&set, 3, 5, "no gold answer (nothing after #### )");
  problem_is(&set, 4, 6, "no gold answer");
  problem_is(&set, 5, 7, "no question text");
  problem_is(&set, 6, 8, "must be a JSON object");
  problem_is(&set, 7, 9, "not valid UTF-8");
}

static void repeated_ids(void **state)
{
  (void)state;
  const char *row =
      "{\"question\":\"a\",\"answer\":\"#### 1\",\"id\":\"x\",\"steps\":1}\n";
  struct buf text;
  buf_init(&text, 4096);
  buf_printf(&text, "%s%s", row, row);
  struct item_set set = parse("gsm8k", text.ptr);
  assert_int_equal(set.n_items, 1);
  problem_is(&set, 0, 2, "id 'x' stands on line 1 too");
  buf_release(&text);
}

static void nothing_usable(void **state)
{
  (void)state;
  parse_fails("gsm8k", STR(""), "'t.jsonl' has no rows");
  parse_fails("gsm8k", STR("\n \n"), "has no rows");
  parse_fails("gsm8k", STR("{}\n"), "no usable row for suite 'gsm8k'; line 1:");
  parse_fails("gsm8k", STR("[{]"), "not JSON");
  parse_fails("math",
              STR("{\"problem\":\"p\",\"level\":1,\"type\":\"x\",\"solution\":"
                  "\"\\\\boxed{}\"}"),
              "no filled \\boxed{}");
}

/* However many rows are bad, the problems stay bounded and say how many there were. */
static void many_problems(void **state)
{
  (void)state;
  struct buf text;
  buf_init(&text, 1 << 20);
  buf_add_cstr(&text, "{\"question\":\"a\",\"answer\":\"#### 1\"}\n");
  for (int i = 0; i < TASK_PROBLEMS_MAX + 7; i++)
    buf_add_cstr(&text, "{}\n");
  struct item_set set = parse("gsm8k", text.ptr);
  assert_int_equal(set.n_problems, TASK_PROBLEMS_MAX + 1);
  problem_is(&set, TASK_PROBLEMS_MAX, TASK_PROBLEMS_MAX + 1, "and 7 more rows");
  buf_release(&text);
}

/* ---- files and folders ---- */

static const char *put_file(const char *dir, const char *name, struct str bytes)
{
  struct buf path;
  buf_init(&path, 4096);
  fs_join(&path, dir, name);
  assert_ok(fs_write(path.ptr, bytes, &err), err);
  const char *copy = arena_cstr(&arena, buf_str(&path));
  buf_release(&path);
  return copy;
}

static void huge_line(void **state)
{
  (void)state;
  const char *dir = arena_cstr(&arena, str_from(test_folder()));
  size_t n = TASK_LINE_MAX + 100;
  char *bytes = mem_alloc(n);
  memset(bytes, 'x', n);
  memcpy(bytes, "{\"question\":\"a\",\"answer\":\"#### 1\"}\n", 35);
  const char *path = put_file(dir, "huge.jsonl", (struct str){ bytes, n });
  free(bytes);
  struct item_set set;
  assert_ok(item_set_load(&set, &arena, suite_of("gsm8k"), path, &err), err);
  assert_int_equal(set.n_items, 1);
  assert_str_equal(set.split, "huge");
  problem_is(&set, 0, 2, "is longer than 16777216 bytes");
  unlink(path);
  rmdir(dir);
}

static void load_fails(const char *path, enum err_code code, const char *message)
{
  struct item_set set;
  err = (struct err){ 0 };
  assert_int_equal(item_set_load(&set, &arena, suite_of("math"), path, &err), -1);
  assert_int_equal(err.code, code);
  if (!strstr(err.msg, message))
    fail_msg("expected '%s' in '%s'", message, err.msg);
}

static void missing_and_empty_files(void **state)
{
  (void)state;
  const char *dir = arena_cstr(&arena, str_from(test_folder()));
  load_fails("/nowhere/x.jsonl", ERR_ENV, "'/nowhere/x.jsonl'");
  load_fails(dir, ERR_DATA, "has no rows");
  const char *path = put_file(dir, "empty.jsonl", STR(""));
  load_fails(path, ERR_DATA, "'empty.jsonl' has no rows");
  unlink(path);
  rmdir(dir);
}

#define MATH_FILE(answer)                                                       \
  STR("{\n  \"problem\": \"What is " answer "?\",\n  \"level\": \"Level 1\",\n" \
      "  \"type\": \"Algebra\",\n  \"solution\": \"$\\\\boxed{" answer "}$\"\n}\n")

/* One problem a file, as MATH's own archive has it. */
static void folder_of_problems(void **state)
{
  (void)state;
  const char *dir = arena_cstr(&arena, str_from(test_folder()));
  struct buf sub;
  buf_init(&sub, 4096);
  fs_join(&sub, dir, "algebra");
  assert_ok(fs_make_dir(sub.ptr, &err), err);
  const char *files[] = { put_file(sub.ptr, "1.json", MATH_FILE("1")),
                          put_file(sub.ptr, "10.json", MATH_FILE("10")),
                          put_file(sub.ptr, "2.json", STR("{\"problem\":")),
                          put_file(sub.ptr, "readme.txt", STR("no problem")) };
  struct item_set set;
  char with_slash[128];
  snprintf(with_slash, sizeof with_slash, "%s/", dir);
  assert_ok(item_set_load(&set, &arena, suite_of("math"), with_slash, &err), err);
  assert_int_equal(set.n_items, 2);
  assert_str_equal(set.items[0].id, "algebra/1.json");
  assert_str_equal(set.items[1].id, "algebra/10.json");
  assert_str_equal(set.items[1].gold, "10");
  assert_str_equal(
      set.items[1].row,
      "{\"problem\":\"What is 10?\",\"level\":\"Level 1\",\"type\":\"Algebra\","
      "\"solution\":\"$\\\\boxed{10}$\"}");
  problem_is(&set, 0, 3, "'algebra/2.json'");
  struct str first = { set.sha256.text, 64 };
  struct item_set again;
  assert_ok(item_set_load(&again, &arena, suite_of("math"), dir, &err), err);
  assert_true(str_equal(first, str_from(again.sha256.text)));
  put_file(sub.ptr, "10.json", MATH_FILE("11"));
  assert_ok(item_set_load(&again, &arena, suite_of("math"), dir, &err), err);
  assert_false(str_equal(first, str_from(again.sha256.text)));
  for (size_t i = 0; i < COUNT(files); i++)
    unlink(files[i]);
  rmdir(sub.ptr);
  rmdir(dir);
  buf_release(&sub);
}

/* What a file is called does not make it ours. */
static void file_named_as_built_in(void **state)
{
  (void)state;
  const char *dir = arena_cstr(&arena, str_from(test_folder()));
  const char *path = put_file(dir, "built-in gsm8k-style v1",
                              STR("{\"question\":\"q\",\"answer\":\"#### 2\"}"));
  struct item_set set;
  assert_ok(item_set_load(&set, &arena, suite_of("gsm8k"), path, &err), err);
  assert_false(set.builtin);
  unlink(path);
  rmdir(dir);
}

/* Somebody's home folder is no folder of problems. */
static void deep_folder(void **state)
{
  (void)state;
  const char *dir = arena_cstr(&arena, str_from(test_folder()));
  char path[256];
  snprintf(path, sizeof path, "%s/1/2/3/4/5", dir);
  assert_ok(fs_make_dir(path, &err), err);
  load_fails(dir, ERR_DATA, "nests deeper than 4 folders");
  for (size_t n = strlen(path); n >= strlen(dir); n -= 2) {
    path[n] = '\0';
    rmdir(path);
  }
}

/* ---- keys ---- */

static void keys(void **state)
{
  (void)state;
  assert_str_equal(item_key(&arena, STR("  a \t\r\n b  ")), "a b");
  assert_str_equal(item_key(&arena, STR("Janet\xe2\x80\x99s \xe2\x80\x9c"
                                        "x\xe2\x80\x9d \xe2\x80\x98y")),
                   "Janet's \"x\" 'y");
  assert_str_equal(item_key(&arena, STR("a\xc2\xa0\xc2\xa0"
                                        "b\xc3\xa9")),
                   "a b\xc3\xa9");
  assert_str_equal(item_key(&arena, STR("")), "");
  assert_str_equal(item_key(&arena, STR(" \n")), "");
  assert_str_equal(item_key(&arena, STR("x\xe2")), "x\xe2"); /* cut in a character */
}

static void index_finds(void **state)
{
  (void)state;
  struct item_set set =
      parse("gsm8k", "{\"question\":\"It\\u2019s  a\",\"answer\":\"#### 1\"}\n"
                     "{\"question\":\"b\",\"answer\":\"#### 2\"}\n"
                     "{\"question\":\"b \",\"answer\":\"#### 3\"}\n");
  struct item_index index;
  item_index_init(&index, &set);
  assert_ptr_equal(item_by_question(&index, STR("It's a\n")), &set.items[0]);
  assert_ptr_equal(item_by_question(&index, STR("b")), &set.items[1]);
  assert_null(item_by_question(&index, STR("c")));
  assert_ptr_equal(item_by_id(&index, STR("t-2")), &set.items[2]);
  assert_null(item_by_id(&index, STR("t-3")));
  item_index_release(&index);
}

/* ---- the real data ---- */

static void check_real(const char *suite, const char *file, const char *split, size_t n,
                       size_t n_problems, const char *sha256)
{
  const char *path = test_data(file);
  if (!path)
    skip();
  struct item_set set;
  assert_ok(item_set_load(&set, &arena, suite_of(suite), path, &err), err);
  assert_int_equal(set.n_items, n);
  assert_int_equal(set.n_problems, n_problems);
  assert_str_equal(set.split, split);
  if (sha256)
    assert_string_equal(set.sha256.text, sha256);
  for (size_t i = 0; i < set.n_items; i++) {
    assert_true(set.items[i].gold.len > 0);
    assert_int_equal(set.items[i].n_steps > 0, strcmp(suite, "gsm8k") == 0);
  }
}

static void real_gsm8k(void **state)
{
  (void)state;
  check_real("gsm8k", "gsm8k/test.jsonl", "test", 1319, 0,
             "3730d312f6e3440559ace48831e51066acaca737f6eabec99bccb9e4b3c39d14");
  check_real("gsm8k", "gsm8k/train.jsonl", "train", 7473, 0,
             "17f347dc51477c50d4efb83959dbb7c56297aba886e5544ee2aaed3024813465");
}

/* Two rows of the train split have an empty box. */
static void real_math(void **state)
{
  (void)state;
  check_real("math", "math/test.jsonl", "test", 5000, 0, NULL);
  check_real("math", "math/train.jsonl", "train", 7498, 2, NULL);
  check_real("math", "math500/math500.jsonl", "math500", 500, 0, NULL);
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
    cmocka_unit_test(gsm8k_row),
    cmocka_unit_test(math_rows),
    cmocka_unit_test(golds),
    cmocka_unit_test(builtin_rows),
    cmocka_unit_test(json_array),
    cmocka_unit_test(bad_rows_do_not_end_a_load),
    cmocka_unit_test(repeated_ids),
    cmocka_unit_test(nothing_usable),
    cmocka_unit_test(many_problems),
    cmocka_unit_test(huge_line),
    cmocka_unit_test(missing_and_empty_files),
    cmocka_unit_test(folder_of_problems),
    cmocka_unit_test(file_named_as_built_in),
    cmocka_unit_test(deep_folder),
    cmocka_unit_test(keys),
    cmocka_unit_test(index_finds),
    cmocka_unit_test(real_gsm8k),
    cmocka_unit_test(real_math),
  };
  return cmocka_run_group_tests(tests, NULL, teardown);
}
