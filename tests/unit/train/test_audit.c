/* The audit of a file whose every number is known, of overlaps word by word, and each
 * warning with data that call for it. */
#include "tiny_tokenizer.h"

#include "base/arena.h"
#include "train/audit.h"

static struct err err;

struct fixture {
  struct arena arena;
  struct trajectory_list list;
  struct audit_input input;
  struct audit audit;
};

static int setup(void **state)
{
  *state = calloc(1, sizeof(struct fixture));
  return 0;
}

static int teardown(void **state)
{
  struct fixture *f = *state;
  audit_release(&f->audit);
  trajectory_list_release(&f->list);
  arena_release(&f->arena);
  free(f);
  return 0;
}

static void audit(struct fixture *f, struct str rows)
{
  audit_release(&f->audit);
  trajectory_list_release(&f->list);
  assert_ok(trajectory_parse(&f->list, &f->arena, rows, STR("t.jsonl"), &err), err);
  f->input.trajectories = f->list.list;
  f->input.n_trajectories = f->list.count;
  audit_make(&f->audit, &f->input);
}

static bool warned(const struct fixture *f, const char *words)
{
  for (size_t i = 0; i < f->audit.n_warnings; i++)
    if (str_find(f->audit.warnings[i], str_from(words)) >= 0)
      return true;
  return false;
}

#define ROW(prompt, response, reward, more)                                           \
  "{\"prompt\":\"" prompt "\",\"response\":\"" response "\",\"reward\":" #reward more \
  "}\n"

/* Prompts: A both, B all right, C all wrong and single. */
static const char KNOWN[] = ROW("A", "12345678", 1, ",\"category\":\"x\"")
    ROW("A", "1234", 0, ",\"category\":\"x\"")
        ROW("A", "1234", 0, ",\"category\":\"x\"") /* a duplicate */
    ROW("A", "1234", 1, ",\"category\":\"x\"")     /* and a contradiction */
    ROW("B", "12", 1, ",\"suite\":\"s\"") ROW("B", "123456", 0.75, ",\"suite\":\"s\"")
        ROW("C", "1", 0.25, "");

static void known_numbers(void **state)
{
  struct fixture *f = *state;
  audit(f, str_from(KNOWN));
  const struct audit *a = &f->audit;
  assert_int_equal(a->n, 7);
  assert_int_equal(a->n_solved, 4);
  assert_int_equal(a->n_partial, 2);
  assert_false(a->equal_rewards);
  assert_int_equal(a->n_prompts, 3);
  assert_int_equal(a->n_mixed, 1);
  assert_int_equal(a->n_all_solved, 1);
  assert_int_equal(a->n_all_failed, 1);
  assert_int_equal(a->n_single, 1);
  assert_int_equal(a->n_duplicates, 2);
  assert_int_equal(a->n_contradictions, 1);
  assert_int_equal(a->n_categories, 3);
  assert_str_equal(a->categories[0].name, "x");
  assert_int_equal(a->categories[0].n, 4);
  assert_int_equal(a->categories[0].n_solved, 2);
  assert_str_equal(a->categories[1].name, "s");
  assert_str_equal(a->categories[2].name, "unnamed");
  assert_false(a->in_tokens);
  assert_int_equal(a->solved.n, 4); /* 2, 4, 6, 8 bytes */
  assert_true(a->solved.mean == 5);
  assert_int_equal(a->solved.median, 4);
  assert_int_equal(a->solved.least, 2);
  assert_int_equal(a->solved.most, 8);
  assert_int_equal(a->failed.n, 3); /* 1, 4, 4 */
  assert_true(a->failed.mean == 3);
  assert_true(warned(f, "2 rewards lie between 0 and 1"));
  assert_true(warned(f, "1 responses stand there with two labels"));
  assert_true(warned(f, "28.6 % of the rows say what an earlier one says"));
  assert_int_equal(a->n_warnings, 3);
}

static void as_text(void **state)
{
  struct fixture *f = *state;
  struct buf out;
  buf_init(&out, 1 << 16);
  audit(f, str_from(KNOWN));
  audit_write(&f->audit, &out);
  assert_str_equal(
      buf_str(&out),
      "trajectories   7: 4 solved (57.1 %), 3 failed; 2 rewards between 0 and 1\n"
      "prompts        3: 1 with both, 1 all solved, 1 all failed; 2.3 responses each\n"
      "duplicates     2 rows, 1 of them with another label\n"
      "solved         mean 5.0, median 4, 95 % up to 6, from 2 to 8 bytes\n"
      "failed         mean 3.0, median 4, 95 % up to 4, from 1 to 4 bytes\n"
      "by category\n"
      "       4,  50.0 % solved  x\n"
      "       2, 100.0 % solved  s\n"
      "       1,   0.0 % solved  unnamed\n"
      "overlap        not looked for: no evaluation items given\n"
      "warnings       3\n"
      "  2 rewards lie between 0 and 1: rejection sampling, DPO and KTO take those above "
      "1/2 for successes\n"
      "  1 responses stand there with two labels: the grader, or what it graded by, has "
      "changed\n"
      "  28.6 % of the rows say what an earlier one says\n");
  buf_release(&out);
}

#define ITEM "Ann has 3 red apples, and she gives 2 of them to Bob; who has more?"

/* One prompt against one item; what is found. */
static void overlap(struct fixture *f, const char *prompt, const char *item,
                    size_t overlapping, size_t whole)
{
  struct audit_item items[] = { { STR("a-7"), str_from(item) } };
  char row[1024];
  f->input.items = items;
  f->input.n_items = 1;
  snprintf(row, sizeof row, ROW("%s", "r", 1, ""), prompt);
  audit(f, str_from(row));
  if (f->audit.n_overlapping != overlapping || f->audit.n_overlapping_whole != whole)
    fail_msg("'%s' and '%s': %zu, %zu whole", prompt, item, f->audit.n_overlapping,
             f->audit.n_overlapping_whole);
  assert_true(warned(f, "share text with evaluation items") == (overlapping > 0));
}

static void overlaps(void **state)
{
  struct fixture *f = *state;
  overlap(f, ITEM, ITEM, 1, 1);
  overlap(f,
          "Answer this. ANN HAS 3 red apples (and she gives 2 of them to Bob) who has "
          "more? Think.",
          ITEM, 1, 1);
  /* 13 words of the 16 are enough, 12 are not; whichever they are */
  overlap(f, "Ann has 3 red apples and she gives 2 of them to Carl", ITEM, 0, 0);
  overlap(f, "Ann has 3 red apples and she gives 2 of them to Bob", ITEM, 1, 0);
  overlap(f, "3 red apples and she gives 2 of them to Bob who has", ITEM, 1, 0);
  overlap(f, "red apples and she gives 2 of them to Bob who has", ITEM, 0, 0);
  overlap(f, "Ann has 3 red apples, and she gives 5 of them to Bob; who has more?", ITEM,
          0, 0);
  /* short items whole */
  overlap(f, "So: what is 2+2? Say.", "What is 2 + 2?", 1, 1);
  overlap(f, "What is 2 + 3?", "What is 2 + 2?", 0, 0);
  overlap(f, "What now", "What now", 0, 0); /* too short to tell anything */
  assert_int_equal(f->audit.n_items_short, 1);
  overlap(f, "?", ITEM, 0, 0);
  overlap(f, "caf\\u00e9 at the port", "CAF\xc3\xa9 at the port", 1, 1);
}

static void overlaps_are_shown(void **state)
{
  struct fixture *f = *state;
  struct audit_item items[] = { { STR("b"), STR("one two three four five six") },
                                { STR("a"), STR(ITEM) },
                                { STR("c"),
                                  STR("Ann has 3 red apples, and she gives 2 of "
                                      "them to Bob; who has most of all?") } };
  struct buf out;
  buf_init(&out, 1 << 16);
  f->input.items = items;
  f->input.n_items = 3;
  audit(f, STR(ROW("x", "r", 1, "") ROW(
               "Ann has 3 red apples, and she gives 2 of them to Bob; who has most "
               "of all?",
               "r", 0, "") ROW("1 one two three four five six", "r", 1, "")));
  assert_int_equal(f->audit.n_overlapping, 2);
  assert_int_equal(f->audit.n_overlapping_whole, 2);
  audit_write(&f->audit, &out);
  assert_non_null(strstr(out.ptr, "overlap        2 prompts with 3 evaluation items (13 "
                                  "words in a row), 2 whole\n"
                                  "  't.jsonl' line 2 has all of 'c'\n"
                                  "  't.jsonl' line 3 has all of 'b'\n"));
  buf_release(&out);
}

/* Rows "P<i / each>", success where `solved` says so. */
static void many(struct fixture *f, size_t n, size_t each, bool (*solved)(size_t i),
                 const char *failure)
{
  struct buf rows;
  buf_init(&rows, 1 << 20);
  for (size_t i = 0; i < n; i++)
    buf_printf(&rows,
               "{\"prompt\":\"P%zu\",\"response\":\"r%zu%s\",\"reward\":%d,\"category\":"
               "\"c%zu\"}\n",
               i / each, i, solved(i) ? "" : failure, solved(i), i % 80);
  audit(f, buf_str(&rows));
  buf_release(&rows);
}

static bool always(size_t i)
{
  return i < 1000000;
}
static bool every_fourth_prompt(size_t i)
{
  return i / 4 % 4 == 0;
}
static bool first_of_four(size_t i)
{
  return i % 4 == 0;
}
static bool rarely(size_t i)
{
  return i == 0 || i == 8;
}

static void warnings(void **state)
{
  struct fixture *f = *state;
  many(f, 40, 4, always, "");
  assert_true(warned(f, "all 40 rewards are equal: OREO, DPO and KTO have nothing"));
  assert_false(warned(f, "no prompt has"));
  many(f, 40, 4, first_of_four, "");
  assert_int_equal(f->audit.n_warnings, 0);
  many(f, 40, 4, every_fourth_prompt, "");
  assert_true(warned(f, "no prompt has a success and a failure"));
  many(f, 40, 1, first_of_four, "");
  assert_true(warned(f, "each prompt has one response"));
  many(f, 100, 4, rarely, "");
  assert_true(warned(f, "2.0 % of the responses are successes"));
  assert_true(warned(f, "only 2 of 25 prompts have a success and a failure"));
  many(f, 80, 4, first_of_four, "aaaaaaaaaaaaaaaaaa");
  assert_true(warned(f, "times as long as successes"));
  many(f, 80, 4, first_of_four, "a");
  assert_false(warned(f, "times as long as successes"));
}

static void categories(void **state)
{
  struct fixture *f = *state;
  many(f, 1600, 4, first_of_four, ""); /* 80 categories of 20, each of one label */
  assert_int_equal(f->audit.n_categories, AUDIT_CATEGORIES_MAX);
  assert_str_equal(f->audit.categories[0].name, "other");
  assert_int_equal(f->audit.categories[0].n, 20 * (80 - (AUDIT_CATEGORIES_MAX - 1)));
  size_t n = 0, n_solved = 0;
  for (size_t i = 0; i < f->audit.n_categories; i++) {
    n += f->audit.categories[i].n;
    n_solved += f->audit.categories[i].n_solved;
  }
  assert_int_equal(n, 1600);
  assert_int_equal(n_solved, 400);
  assert_true(
      warned(f, "63 categories have one label only, the largest 'c0' with 20 of 20"));
}

#define TURN(role, content) "{\"role\":\"" role "\",\"content\":\"" content "\"}"
#define AGENT(task, action, reward)                                                  \
  "{\"conversations\":[" TURN("user", "rules") "," TURN("assistant", "OK") "," TURN( \
      "user",                                                                        \
      task) "," TURN("assistant",                                                    \
                     action) "," TURN("user",                                        \
                                      "seen") "," TURN("assistant",                  \
                                                       "go") "],\"reward\":" #reward \
                                                             "}\n"

static void agents(void **state)
{
  struct fixture *f = *state;
  struct audit_item items[] = { { STR("i"), STR("put the red mug away") } };
  f->input.items = items;
  f->input.n_items = 1;
  static const char rows[] = AGENT("put the red mug away", "look", 1)
      AGENT("put the red mug away", "wait", 0) AGENT("find a pen", "look", 0);
  audit(f, str_from(rows));
  assert_int_equal(f->audit.n_prompts, 1); /* all have the same rules */
  assert_int_equal(f->audit.n_overlapping, 0);
  f->input.first_turn = 3;
  audit(f, str_from(rows));
  assert_int_equal(f->audit.n_prompts, 2);
  assert_int_equal(f->audit.n_mixed, 1);
  assert_int_equal(f->audit.n_duplicates, 0);
  assert_int_equal(f->audit.n_overlapping, 1);
  assert_true(f->audit.solved.mean == 6); /* "look" and "go" */
}

static void with_tokens(void **state)
{
  struct fixture *f = *state;
  struct dataset dataset;
  struct tokenizer *tokenizer = tiny_tokenizer(TINY_CONFIG);
  struct dataset_options options = {
    .tokenizer = tokenizer, .end = -1, .context = 6, .overlong = DATASET_TRUNCATE
  };
  audit(f, STR(ROW("A", "12", 1, "") ROW("A", "123456", 0, "")));
  assert_ok(dataset_build(&dataset, f->list.list, f->list.count, &options, &err), err);
  f->input.dataset = &dataset;
  audit_release(&f->audit);
  audit_make(&f->audit, &f->input);
  assert_true(f->audit.in_tokens);
  assert_true(f->audit.solved.mean == 3); /* with the end */
  assert_true(f->audit.failed.mean == 5); /* cut */
  assert_int_equal(f->audit.n_truncated, 1);
  assert_true(warned(f, "1 sequences lost their end and 0 were left out"));
  f->input.dataset = NULL;
  dataset_release(&dataset);
  tokenizer_free(tokenizer);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(known_numbers, setup, teardown),
    cmocka_unit_test_setup_teardown(as_text, setup, teardown),
    cmocka_unit_test_setup_teardown(overlaps, setup, teardown),
    cmocka_unit_test_setup_teardown(overlaps_are_shown, setup, teardown),
    cmocka_unit_test_setup_teardown(warnings, setup, teardown),
    cmocka_unit_test_setup_teardown(categories, setup, teardown),
    cmocka_unit_test_setup_teardown(agents, setup, teardown),
    cmocka_unit_test_setup_teardown(with_tokens, setup, teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
