/* Tests of the word problems: what is promised of every item is checked on all items of
 * the shipped splits, from the text alone where that is possible: an evaluator of its own
 * reads the <<marks>>. */
#include "test.h"

#include <inttypes.h>

#include "base/arena.h"
#include "base/fs.h"
#include "base/hash.h"
#include "base/json.h"
#include "gen/gsm8k.h"

static const struct shipped {
  const char *split;
  size_t n;
} shipped[] = { { "sft", 20000 }, { "rl", 7500 }, { "dev", 500 }, { "test", 1000 } };

/* ---- an evaluator of marks, in hundred-millionths, apart from gen/formula ---- */

static double eval_sum(const char **at);

static double eval_atom(const char **at)
{
  if (**at == '(') {
    ++*at;
    double value = eval_sum(at);
    assert_int_equal(*(*at)++, ')');
    return value;
  }
  char *end;
  double value = strtod(*at, &end);
  assert_ptr_not_equal(end, *at);
  *at = end;
  return value;
}

static double eval_product(const char **at)
{
  double value = eval_atom(at);
  while (**at == '*' || **at == '/') {
    char sign = *(*at)++;
    double right = eval_atom(at);
    value = sign == '*' ? value * right : value / right;
  }
  return value;
}

static double eval_sum(const char **at)
{
  double value = eval_product(at);
  while (**at == '+' || **at == '-') {
    char sign = *(*at)++;
    double right = eval_product(at);
    value = sign == '+' ? value + right : value - right;
  }
  return value;
}

struct mark {
  double computed, stated; /* of the left and the right side of "=" */
  const char *end;         /* behind ">>" */
};

/* The first mark at or behind `text`; false when there is none. */
static bool next_mark(const char *text, struct mark *mark)
{
  const char *at = strstr(text, "<<");
  if (!at)
    return false;
  at += 2;
  mark->computed = eval_sum(&at);
  assert_int_equal(*at++, '=');
  mark->stated = eval_atom(&at);
  assert_memory_equal(at, ">>", 2);
  mark->end = at + 2;
  return true;
}

static bool near(double a, double b)
{
  double d = a - b;
  return d < 1e-6 && d > -1e-6;
}

/* ---- items ---- */

struct told {
  struct gsm8k_item item;
  struct solution solution;
  struct buf question, answer;
};

static void told_init(struct told *told)
{
  buf_init(&told->question, 65536);
  buf_init(&told->answer, 65536);
}

static void tell(struct told *told, const char *split, size_t index)
{
  buf_reset(&told->question);
  buf_reset(&told->answer);
  gsm8k_make(&told->item, split, index);
  gsm8k_tell(&told->item, &told->question, &told->answer, &told->solution);
}

static void told_release(struct told *told)
{
  buf_release(&told->question);
  buf_release(&told->answer);
}

static double as_double(struct exact value)
{
  return (double)value.num / (double)value.den;
}

static struct exact truth_of(const struct scene *scene, size_t step)
{
  const char *formula = scene->story->steps[step].formula;
  return scene->truth.of[formula[formula[0] == '~'] - 'a'];
}

static void marks_of_true_solutions_hold(void **state)
{
  (void)state;
  struct told told;
  told_init(&told);
  for (size_t i = 0; i < 20000; i++) {
    tell(&told, "rl", i);
    const struct scene *scene = &told.item.scene;
    const char *at = told.answer.ptr;
    size_t n = story_count(scene->story);
    for (size_t step = 0; step < n; step++) {
      struct mark mark;
      assert_true(next_mark(at, &mark));
      if (!near(mark.computed, mark.stated))
        fail_msg("item %zu: a wrong mark in\n%s", i, told.answer.ptr);
      enum step_kind kind = scene->story->steps[step].kind;
      if (kind != STEP_CEIL && kind != STEP_FLOOR)
        assert_true(near(mark.stated, as_double(truth_of(scene, step))));
      at = mark.end;
    }
    assert_null(strstr(at, "<<"));
    const char *last = strstr(at, "\n#### ");
    assert_non_null(last);
    assert_true(near(strtod(last + 6, NULL), as_double(truth_of(scene, n - 1))));
    for (const char *c = last + 6; *c; c++)
      assert_true(char_is_digit(*c));
    assert_true(told.solution.correct && told.solution.first_wrong == 0);
    assert_false(told.item.repeated);
  }
  told_release(&told);
}

/* Line `number` from 0 of a solution. */
static const char *line_at(const char *text, size_t number)
{
  while (number-- > 0)
    text = strchr(text, '\n') + 1;
  return text;
}

/* The first wrong line as the text shows it, by the true results of the steps. */
static size_t first_wrong_in_text(const struct told *told)
{
  const struct scene *scene = &told->item.scene;
  const struct solution *solution = &told->solution;
  for (size_t i = 0; i < solution->n_lines; i++) {
    size_t step = solution->lines[i].step;
    enum step_kind kind = scene->story->steps[step].kind;
    struct mark mark;
    assert_true(next_mark(line_at(told->answer.ptr, i), &mark));
    double value = mark.stated;
    if (kind == STEP_CEIL || kind == STEP_FLOOR)
      value = as_double(solution->lines[i].value);
    if (!near(value, as_double(truth_of(scene, step))))
      return i + 1;
  }
  return solution->correct ? 0 : solution->n_lines + 1;
}

static void first_wrong_step_is_right(void **state)
{
  (void)state;
  struct told told;
  told_init(&told);
  size_t seen[MISC_COUNT + 1] = { 0 }, bad_marks = 0;
  for (size_t i = 0; i < 20000; i++) {
    tell(&told, "sft", i);
    const struct solution *s = &told.solution;
    assert_int_equal(s->first_wrong, first_wrong_in_text(&told));
    const char *last = strstr(told.answer.ptr, "#### ");
    size_t n = story_count(told.item.scene.story);
    double truth = as_double(truth_of(&told.item.scene, n - 1));
    assert_int_equal(near(strtod(last + 5, NULL), truth), s->correct);
    assert_int_equal(s->first_wrong == 0, s->misconception == NULL);
    if (s->first_wrong == 0)
      assert_true(s->correct);
    for (int m = 0; s->misconception && m < MISC_COUNT; m++)
      if (strcmp(s->misconception, misconception_name((enum misconception)m)) == 0) {
        seen[m]++;
        assert_true(student_believes(told.item.student, (enum misconception)m));
      }
    struct mark mark;
    for (const char *at = told.answer.ptr; next_mark(at, &mark); at = mark.end)
      if (mark.computed - mark.stated > 0.006 || mark.stated - mark.computed > 0.006) {
        assert_true(s->first_wrong > 0);
        bad_marks++;
      }
  }
  for (int m = 0; m < MISC_COUNT; m++)
    if (seen[m] < 5)
      fail_msg("'%s' shows only %zu times", misconception_name((enum misconception)m),
               seen[m]);
  assert_true(bad_marks > 100);
  told_release(&told);
}

static void accuracy_rises_with_skill(void **state)
{
  (void)state;
  enum { GROUPS = 4 };
  double right[GROUPS] = { 0 }, all[GROUPS] = { 0 };
  struct told told;
  told_init(&told);
  for (size_t i = 0; i < 8000; i++) {
    tell(&told, "sft", i);
    size_t rank = 0;
    while (student_at(rank) != told.item.student)
      rank++;
    size_t group = rank * GROUPS / student_count();
    all[group]++;
    right[group] += told.solution.correct;
  }
  for (int g = 1; g < GROUPS; g++)
    assert_true(right[g] / all[g] < right[g - 1] / all[g - 1] - 0.05);
  assert_true(right[0] / all[0] > 0.9 && right[GROUPS - 1] / all[GROUPS - 1] < 0.5);
  told_release(&told);
}

/* ---- what stands in the files ---- */

/* The question with names and pronouns taken out. */
static struct str without_names(struct arena *arena, struct str question)
{
  static const char *const pronouns[] = { "he", "she", "him", "her", "his",
                                          "He", "She", "Him", "Her", "His" };
  char *out = arena_cstr(arena, question);
  size_t len = 0;
  for (size_t i = 0; i < question.len;) {
    size_t n = 0;
    while (i + n < question.len && char_is_alpha(question.ptr[i + n]))
      n++;
    struct str word = str_slice(question, i, i + n);
    bool drop = n > 0 && is_person_name(word);
    for (size_t p = 0; p < COUNT(pronouns); p++)
      drop = drop || str_equal(word, str_from(pronouns[p]));
    if (n == 0)
      n = 1;
    if (!drop)
      memmove(out + len, question.ptr + i, n);
    len += drop ? 0 : n;
    i += n;
  }
  return (struct str){ out, len };
}

static void no_question_comes_twice(void **state)
{
  (void)state;
  struct arena arena = { 0 };
  struct strmap whole = { 0 }, anonymous = { 0 }, hashes = { 0 };
  struct told told;
  told_init(&told);
  for (size_t s = 0; s < COUNT(shipped); s++)
    for (size_t i = 0; i < shipped[s].n; i++) {
      tell(&told, shipped[s].split, i);
      bool added;
      struct str question = arena_str(&arena, buf_str(&told.question));
      strmap_put(&whole, question, s, &added);
      if (!added)
        fail_msg("twice: %.*s", STR_ARG(question));
      strmap_put(&anonymous, without_names(&arena, question), s, &added);
      if (!added)
        fail_msg("twice but for the names: %.*s", STR_ARG(question));
      struct str hash = arena_printf(&arena, "%" PRIx64, told.item.hash);
      strmap_put(&hashes, hash, s, &added);
      assert_true(added);
    }
  strmap_release(&whole);
  strmap_release(&anonymous);
  strmap_release(&hashes);
  told_release(&told);
  arena_release(&arena);
}

static void an_item_depends_on_its_index_alone(void **state)
{
  (void)state;
  struct buf all, one, again;
  buf_init(&all, BUF_CAP_OWN);
  buf_init(&one, BUF_CAP_OWN);
  buf_init(&again, BUF_CAP_OWN);
  generator_write(&gen_gsm8k_style, "sft", 40, &all);
  generator_write(&gen_gsm8k_style, "sft", 39, &one);
  gen_gsm8k_style.write_item(&again, "sft", 39);
  assert_int_equal(all.len, one.len + again.len);
  assert_memory_equal(all.ptr, one.ptr, one.len);
  assert_memory_equal(all.ptr + one.len, again.ptr, again.len);
  buf_release(&all);
  buf_release(&one);
  buf_release(&again);
}

static void rows_have_their_fields(void **state)
{
  (void)state;
  struct buf out;
  struct err err = { 0 };
  buf_init(&out, BUF_CAP_OWN);
  generator_write(&gen_gsm8k_style, "sft", 300, &out);
  generator_write(&gen_gsm8k_style, "dev", 300, &out);
  struct str rest = buf_str(&out);
  for (size_t i = 0; i < 600; i++) {
    struct str line = str_next_line(&rest), text;
    struct json_doc doc;
    double steps, skill;
    const struct json *node;
    assert_ok(json_parse(&doc, line, &err), err);
    assert_ok(json_need_string(doc.root, "question", &text, &err), err);
    assert_true(str_ends(text, STR("?")));
    assert_true(str_find(text, STR("{")) < 0 && str_find(text, STR("[")) < 0);
    assert_true(str_find(text, STR("  ")) < 0 && !char_is_lower(text.ptr[0]));
    assert_ok(json_need_string(doc.root, "answer", &text, &err), err);
    assert_ok(json_need_string(doc.root, "id", &text, &err), err);
    assert_ok(json_need_number(doc.root, "steps", &steps, &err), err);
    assert_true(steps >= 1 && steps <= 6);
    assert_int_equal(json_size(doc.root), i < 300 ? 10 : 4);
    if (i < 300) {
      assert_ok(json_need_number(doc.root, "skill", &skill, &err), err);
      assert_ok(json_need_member(doc.root, "correct", JSON_BOOL, &node, &err), err);
      assert_ok(json_need_string(doc.root, "true_answer", &text, &err), err);
      assert_true(text.len > 0);
    }
    json_doc_release(&doc);
  }
  assert_int_equal(rest.len, 0);
  buf_release(&out);
}

static void there_are_many_stories(void **state)
{
  (void)state;
  size_t by_steps[STORY_STEPS_MAX + 1] = { 0 };
  assert_true(gsm8k_story_count() >= 100);
  for (size_t i = 0; i < gsm8k_story_count(); i++) {
    const struct story *story = gsm8k_story(i);
    by_steps[story_count(story)]++;
    for (size_t j = 0; j < i; j++)
      assert_string_not_equal(story->name, gsm8k_story(j)->name);
  }
  for (int n = 1; n <= 6; n++)
    assert_true(by_steps[n] > 0);
}

static void the_table_has_it(void **state)
{
  (void)state;
  assert_ptr_equal(generator_find(STR("gsm8k-style")), &gen_gsm8k_style);
  assert_ptr_equal(generator_at(0), &gen_gsm8k_style);
  assert_null(generator_find(STR("gsm8k")));
  assert_null(generator_at(99));
  assert_true(gen_is_split(STR("rl")) && !gen_is_split(STR("train")));
}

/* The bytes of each split are those of tasks/gsm8k/builtin. A change of any of them is a
 * new version of the generator. */
static void splits_are_frozen(void **state)
{
  (void)state;
  struct err err = { 0 };
  struct buf sums, out;
  buf_init(&sums, 65536);
  buf_init(&out, BUF_CAP_OWN);
  assert_ok(fs_read(TEST_SOURCE_DIR "/tasks/gsm8k/builtin/SHA256SUMS", &sums, &err), err);
  for (size_t s = 0; s < COUNT(shipped); s++) {
    char line[128];
    buf_reset(&out);
    generator_write(&gen_gsm8k_style, shipped[s].split, shipped[s].n, &out);
    struct sha256_hex sha = sha256_of(buf_str(&out));
    snprintf(line, sizeof line, "%s  %s.jsonl\n", sha.text, shipped[s].split);
    if (str_find(buf_str(&sums), str_from(line)) < 0)
      fail_msg("'%s' is now %s", shipped[s].split, sha.text);
  }
  struct sha256_hex test;
  assert_ok(sha256_file(TEST_SOURCE_DIR "/tasks/gsm8k/builtin/test.jsonl", &test, &err),
            err);
  assert_string_equal(test.text, sha256_of(buf_str(&out)).text);
  buf_release(&sums);
  buf_release(&out);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(marks_of_true_solutions_hold),
    cmocka_unit_test(first_wrong_step_is_right),
    cmocka_unit_test(accuracy_rises_with_skill),
    cmocka_unit_test(no_question_comes_twice),
    cmocka_unit_test(an_item_depends_on_its_index_alone),
    cmocka_unit_test(rows_have_their_fields),
    cmocka_unit_test(there_are_many_stories),
    cmocka_unit_test(the_table_has_it),
    cmocka_unit_test(splits_are_frozen),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
