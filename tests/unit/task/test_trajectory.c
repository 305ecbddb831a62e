/* Trajectory files: both formats, lines and lists, and every refusal with its place. */
#include "test.h"

#include "base/fs.h"
#include "task/limits.h"
#include "task/trajectory.h"

static struct err err;
static struct arena arena;
static struct trajectory_list list;

static int setup(void **state)
{
  (void)state;
  err = (struct err){ 0 };
  return 0;
}

static int teardown(void **state)
{
  (void)state;
  trajectory_list_release(&list);
  arena_release(&arena);
  return 0;
}

static int parse(const char *text)
{
  return trajectory_parse(&list, &arena, str_from(text), STR("f.jsonl"), &err);
}

static void refuse(const char *text, const char *message)
{
  size_t before = list.count;
  err = (struct err){ 0 };
  assert_int_equal(parse(text), -1);
  assert_int_equal(err.code, ERR_DATA);
  assert_int_equal(list.count, before);
  if (!strstr(err.msg, message))
    fail_msg("'%s' is not in '%s'", message, err.msg);
}

static void answers(void **state)
{
  (void)state;
  assert_ok(parse("\n{\"prompt\":\"p\\n\",\"response\":\" r\",\"reward\":0.25,\"suite\":"
                  "\"gsm8k\",\"item\":17,\"sample\":3,\"policy\":\"sft\",\"steps\":4,"
                  "\"category\":\"c\",\"else\":[1]}\r\n"
                  "{\"prompt\":\"q\",\"response\":\"r\",\"reward\":true,\"sample\":-1,"
                  "\"steps\":1.5}"),
            err);
  assert_int_equal(list.count, 2);
  const struct trajectory *t = list.list;
  assert_str_equal(t->source, "f.jsonl");
  assert_int_equal(t->line, 2);
  assert_str_equal(t->prompt, "p\n");
  assert_str_equal(t->response, " r");
  assert_true(t->reward == 0.25);
  assert_str_equal(t->suite, "gsm8k");
  assert_str_equal(t->item, "17");
  assert_str_equal(t->policy, "sft");
  assert_str_equal(t->category, "c");
  assert_int_equal(t->sample, 3);
  assert_int_equal(t->steps, 4);
  assert_null(t->messages);
  assert_str_equal(trajectory_key(t, 0, &arena), "p\n");
  assert_true(t[1].reward == 1 && !str_present(t[1].suite) && !str_present(t[1].item));
  assert_int_equal(t[1].sample, -1);
  assert_int_equal(t[1].steps, -1);
  assert_int_equal(list.n_files, 1);
  assert_int_equal(list.files[0].n_trajectories, 2);
}

#define TURN(role, content) "{\"role\":\"" role "\",\"content\":\"" content "\"}"

static void agents(void **state)
{
  (void)state;
  assert_ok(
      parse("[{\"conversations\":[" TURN("system", "s") "," TURN("user", "u") "," TURN(
          "assistant",
          "a") "," TURN("user",
                        "o") "," TURN("assistant",
                                      "b") "],\"reward\":1},"
                                           "{\"conversations\":[" TURN(
                                               "user",
                                               "u") "," TURN("assistant",
                                                             "a") "],"
                                                                  "\"reward\":0}]"),
      err);
  assert_int_equal(list.count, 2);
  const struct trajectory *t = list.list;
  assert_int_equal(t->line, 1);
  assert_int_equal(t[1].line, 2);
  assert_int_equal(t->n_messages, 5);
  assert_str_equal(t->messages[3].role, "user");
  assert_str_equal(t->messages[3].content, "o");
  assert_false(str_present(t->prompt));
  assert_str_equal(trajectory_key(t, 0, &arena),
                   "[" TURN("system", "s") "," TURN("user", "u") "]");
  assert_str_equal(trajectory_key(t + 1, 0, &arena), "[" TURN("user", "u") "]");
  assert_int_equal(trajectory_asked(t, 3), 4);
  assert_str_equal(trajectory_key(t, 3, &arena),
                   "[" TURN("system", "s") "," TURN("user", "u") "," TURN(
                       "assistant", "a") "," TURN("user", "o") "]");
  assert_int_equal(trajectory_asked(t + 1, 3), 2);
}

static void refusals(void **state)
{
  (void)state;
  refuse("", "'f.jsonl' holds no trajectories");
  refuse("[]", "'f.jsonl' holds no trajectories");
  refuse("\n{\"prompt\":\"p\",\"response\":\"r\"}",
         "'f.jsonl' line 2: there is no 'reward'");
  refuse("{\"prompt\":\"p\",\"response\":\"r\",\"reward\":-1}",
         "line 1: 'reward' is -1; a reward is from 0 to 1");
  refuse("{\"prompt\":\"p\",\"response\":\"r\",\"reward\":1.01}", "'reward' is 1.01");
  refuse("{\"prompt\":\"p\",\"response\":\"r\",\"reward\":\"1\"}", "'reward' is");
  refuse("{\"prompt\":\"p\",\"response\":\"r\",\"reward\":null}", "'reward' is");
  refuse("{\"prompt\":\"p\",\"response\":\" \\n\",\"reward\":1}", "'response' is empty");
  refuse("{\"prompt\":\"p\",\"response\":[],\"reward\":1}", "'response' is no text");
  refuse("{\"prompt\":\"p\",\"reward\":1}", "'response' is missing");
  refuse("{\"prompt\":\"\",\"response\":\"r\",\"reward\":1}", "'prompt' is empty");
  refuse("{\"response\":\"r\",\"reward\":1}", "'prompt' is missing");
  refuse("7", "line 1: is no JSON object");
  refuse("{\"prompt\":", "'f.jsonl' line 1: ");
  refuse("[{\"prompt\":", "'f.jsonl'");
  refuse("{\"conversations\":[" TURN("tool", "x") "],\"reward\":1}",
         "turn 1 of 'conversations' has a 'role' that is none of");
  refuse("{\"conversations\":[" TURN("user", "x") ",{\"role\":\"user\"}],\"reward\":1}",
         "turn 2 of 'conversations' has no text as 'content'");
  refuse(
      "{\"conversations\":[" TURN("user", "x") "," TURN("assistant", " ") "],"
                                                                          "\"reward\":1}",
      "turn 2 of 'conversations' is the assistant's and empty");
  refuse("{\"conversations\":[" TURN("user", "x") "],\"reward\":1}",
         "has no turn of the assistant");
  refuse("{\"conversations\":[" TURN("assistant", "x") "],\"reward\":1}",
         "has no turn of the assistant");
  refuse("{\"conversations\":[3],\"reward\":1}",
         "turn 1 of 'conversations' is no object");
  refuse("{\"conversations\":[" TURN("user", "x") "," TURN("assistant", "x") "]}",
         "there is no 'reward'");
  /* one bad row is enough, and they are counted */
  refuse("{\"prompt\":\"p\",\"response\":\"r\",\"reward\":1}\n{}\n[]\n{}\n",
         "'f.jsonl' line 2: 'prompt' is missing; and 2 more rows are no trajectories");
}

static void files(void **state)
{
  (void)state;
  char dir[64], path[96];
  snprintf(dir, sizeof dir, "%s", test_folder());
  snprintf(path, sizeof path, "%s/t.jsonl", dir);
  assert_int_equal(trajectory_load(&list, &arena, path, &err), -1);
  assert_int_equal(err.code, ERR_ENV);
  assert_ok(
      fs_write(path, STR("{\"prompt\":\"p\",\"response\":\"r\",\"reward\":1}\n"), &err),
      err);
  assert_ok(trajectory_load(&list, &arena, path, &err), err);
  assert_ok(trajectory_load(&list, &arena, path, &err), err);
  assert_int_equal(list.count, 2);
  assert_int_equal(list.n_files, 2);
  assert_str_equal(list.list[1].source, path);
  struct sha256_hex sha;
  assert_ok(sha256_file(path, &sha, &err), err);
  assert_string_equal(list.files[1].sha256.text, sha.text);
  assert_int_equal(trajectory_load(&list, &arena, dir, &err), -1);
  assert_int_equal(list.count, 2);
  unlink(path);
  rmdir(dir);
}

static void long_lines(void **state)
{
  (void)state;
  size_t n = TASK_LINE_MAX + 2;
  char *text = mem_alloc(n + 1);
  memset(text, ' ', n);
  text[0] = '{';
  text[n] = '\0';
  refuse(text, "line 1: is longer than");
  free(text);
}

static void written_and_read(void **state)
{
  (void)state;
  assert_ok(
      parse("{\"prompt\":\"p\\u00e9 \\\"\",\"response\":\"r\\n\",\"reward\":0.1,"
            "\"item\":\"x\",\"sample\":0}\n"
            "{\"conversations\":[" TURN("user", "u") "," TURN(
                "assistant",
                "a") "],"
                     "\"reward\":0,\"policy\":\"o\",\"category\":\"k\",\"steps\":2}"),
      err);
  struct buf out;
  buf_init(&out, 4096);
  trajectory_write(&out, &list.list[0]);
  trajectory_write(&out, &list.list[1]);
  assert_str_equal(buf_str(&out),
                   "{\"prompt\":\"p\xc3\xa9 \\\"\",\"response\":\"r\\n\",\"reward\":0.1,"
                   "\"item\":\"x\",\"sample\":0}\n"
                   "{\"conversations\":[" TURN("user", "u") "," TURN(
                       "assistant", "a") "],\"reward\":0,\"category\":\"k\",\"policy\":"
                                         "\"o\",\"steps\":2}\n");
  buf_release(&out);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(answers, setup, teardown),
    cmocka_unit_test_setup_teardown(agents, setup, teardown),
    cmocka_unit_test_setup_teardown(refusals, setup, teardown),
    cmocka_unit_test_setup_teardown(files, setup, teardown),
    cmocka_unit_test_setup_teardown(long_lines, setup, teardown),
    cmocka_unit_test_setup_teardown(written_and_read, setup, teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
