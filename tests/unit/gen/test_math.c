/* What must hold of every MATH-style item: determinism, splits, form, students, the
 * frozen bytes. That the answers are right is test_math_truth's business. */
#include "test.h"

#include "base/fs.h"
#include "base/hash.h"
#include "base/json.h"
#include "gen/math.h"

static const char *const split_names[] = { "sft", "rl", "dev", "test" };

/* Calls `visit` on each item of a split of its full size. */
static void each_item(const char *split, void (*visit)(const struct math_item *, void *),
                      void *context)
{
  struct arena arena = { 0 };
  for (size_t i = 0; i < math_split_size(str_from(split)); i++) {
    struct math_item item;
    math_item_make(&item, &arena, str_from(split), i);
    visit(&item, context);
    arena_reset(&arena);
  }
  arena_release(&arena);
}

static void same_index_same_bytes(void **state)
{
  (void)state;
  struct buf forward, backward, one;
  buf_init(&forward, BUF_CAP_OWN);
  buf_init(&backward, BUF_CAP_OWN);
  buf_init(&one, BUF_CAP_OWN);
  for (size_t i = 0; i < 300; i++)
    gen_math_style.write_item(&forward, "sft", i);
  for (size_t i = 300; i-- > 0;) {
    buf_reset(&one);
    gen_math_style.write_item(&one, "sft", i);
    buf_add(&one, buf_str(&backward));
    buf_reset(&backward);
    buf_add(&backward, buf_str(&one));
  }
  assert_true(str_equal(buf_str(&forward), buf_str(&backward)));
  buf_release(&forward);
  buf_release(&backward);
  buf_release(&one);
}

/* ---- one reading of all splits ---- */

struct census {
  struct arena texts;
  struct strmap questions, contents; /* value: the split */
  size_t split, repeated, shared;
  size_t cells[MATH_SUBJECTS][MATH_LEVELS + 1], kinds[MATH_KIND_COUNT];
};

static void count_item(const struct math_item *item, void *context)
{
  struct census *census = context;
  bool added;
  strmap_put(&census->questions, arena_str(&census->texts, item->problem), census->split,
             &added);
  census->repeated += !added;
  size_t *owner = strmap_put(&census->contents, arena_str(&census->texts, item->content),
                             census->split, &added);
  census->shared += *owner != census->split;
  if (census->split == 3) {
    census->cells[item->subject][item->level]++;
    census->kinds[item->kind]++;
  }
}

static void splits_are_disjoint_and_even(void **state)
{
  (void)state;
  struct census census = { 0 };
  for (census.split = 0; census.split < COUNT(split_names); census.split++)
    each_item(split_names[census.split], count_item, &census);
  assert_int_equal(census.questions.n_used, 20000 + 7500 + 500 + 700);
  assert_int_equal(census.repeated, 0);
  assert_int_equal(census.shared, 0);
  for (size_t subject = 0; subject < MATH_SUBJECTS; subject++)
    for (int level = 1; level <= MATH_LEVELS; level++)
      assert_int_equal(census.cells[subject][level], 20);
  for (size_t kind = 0; kind < MATH_KIND_COUNT; kind++)
    if (!census.kinds[kind])
      fail_msg("no answer of kind '%s'", math_kind_name((enum math_kind)kind));
  strmap_release(&census.questions);
  strmap_release(&census.contents);
  arena_release(&census.texts);
}

/* ---- form ---- */

/* What stands in the only \boxed{} of the text; absent when there is none or another. */
static struct str boxed(struct str text)
{
  ptrdiff_t at = str_find(text, STR("\\boxed{"));
  if (at < 0 || at != str_find_last(text, STR("\\boxed{")))
    return STR_NONE;
  size_t from = (size_t)at + strlen("\\boxed{"), i = from;
  for (int depth = 1; i < text.len; i++) {
    bool escaped = text.ptr[i - 1] == '\\';
    depth += escaped ? 0 : (text.ptr[i] == '{') - (text.ptr[i] == '}');
    if (!depth)
      return str_slice(text, from, i);
  }
  return STR_NONE;
}

static void check_braces(struct str text)
{
  int depth = 0;
  size_t dollars = 0;
  for (size_t i = 0; i < text.len; i++) {
    bool escaped = i && text.ptr[i - 1] == '\\';
    depth += escaped ? 0 : (text.ptr[i] == '{') - (text.ptr[i] == '}');
    dollars += !escaped && text.ptr[i] == '$';
    assert_true(depth >= 0);
  }
  assert_int_equal(depth, 0);
  assert_int_equal(dollars % 2, 0);
}

/* Spellings that no person would write. */
static const char *const odd[] = { "+ -", "- -", "[[", "]]", "@", "\\frac{0}",
                                   " ,",  "..",  "()", "{}", "  " };

static void check_form(const struct math_item *item, void *context)
{
  (void)context;
  assert_true(str_equal(boxed(item->solution), item->answer));
  check_braces(item->problem);
  check_braces(item->solution);
  for (size_t i = 0; i < COUNT(odd); i++)
    if (str_find(item->problem, str_from(odd[i])) >= 0 ||
        (!item->student && str_find(item->solution, str_from(odd[i])) >= 0))
      fail_msg("'%s' in: %.*s\n%.*s", odd[i], STR_ARG(item->problem),
               STR_ARG(item->solution));
  size_t lines = 1;
  for (size_t i = 0; i < item->solution.len; i++)
    lines += item->solution.ptr[i] == '\n';
  assert_int_equal(lines, item->steps);
}

static void every_solution_ends_in_its_answer(void **state)
{
  (void)state;
  for (size_t i = 0; i < COUNT(split_names); i++)
    each_item(split_names[i], check_form, NULL);
}

static void rows_have_their_fields(void **state)
{
  (void)state;
  struct buf line;
  buf_init(&line, BUF_CAP_OWN);
  struct err err;
  for (size_t i = 0; i < 200; i++) {
    struct json_doc doc;
    struct str text;
    bool flawed = i % 2;
    buf_reset(&line);
    gen_math_style.write_item(&line, flawed ? "sft" : "test", i);
    assert_ok(json_parse(&doc, buf_str(&line), &err), err);
    static const char *const names[] = { "problem", "level", "type", "solution", "id" };
    for (size_t k = 0; k < COUNT(names); k++)
      assert_ok(json_need_string(doc.root, names[k], &text, &err), err);
    assert_true(json_get_number(doc.root, "steps", 0) >= 1);
    assert_int_equal(json_type(json_member(doc.root, "student")),
                     flawed ? JSON_STRING : JSON_ABSENT);
    assert_int_equal(json_type(json_member(doc.root, "correct")),
                     flawed ? JSON_BOOL : JSON_ABSENT);
    json_doc_release(&doc);
  }
  buf_release(&line);
}

/* ---- students ---- */

/* All that stands between dollar signs in a line: what remains when wordings differ. */
static struct str formulas(struct arena *arena, struct str line)
{
  char *out = arena_alloc(arena, line.len + 1);
  size_t n = 0;
  bool inside = false;
  for (size_t i = 0; i < line.len; i++) {
    bool dollar = line.ptr[i] == '$' && !(i && line.ptr[i - 1] == '\\');
    inside = dollar ? !inside : inside;
    if (inside)
      out[n++] = line.ptr[i];
  }
  return (struct str){ out, n };
}

struct students {
  size_t n[4], right[4]; /* by skill, in quarters of the population */
  size_t flawed, visible, blind;
};

/* Each line before the first wrong one is a line of the true solution, in order; the
 * first wrong one is not. */
static void check_first_wrong(const struct math_item *item, struct students *students)
{
  struct arena arena = { 0 };
  struct str rest = item->solution, truth = item->true_solution;
  for (int k = 1; k <= item->steps; k++) {
    struct str said = formulas(&arena, str_next_line(&rest));
    struct str left = truth, line;
    bool found = false;
    while (!found && str_present(line = str_next_line(&left)))
      found = str_equal(formulas(&arena, line), said);
    bool before = !item->first_wrong_step || k < item->first_wrong_step;
    if (before && !found)
      fail_msg(
          "step %d is not a true one, first wrong is said to be %d (%s):\n%.*s\n%.*s", k,
          item->first_wrong_step, item->family, STR_ARG(item->problem),
          STR_ARG(item->solution));
    if (k == item->first_wrong_step) {
      students->flawed++;
      students->visible += !found;
      students->blind += said.len == 0;
      break;
    }
    truth = found ? left : truth;
  }
  arena_release(&arena);
}

static void check_student(const struct math_item *item, void *context)
{
  struct students *students = context;
  size_t quarter = item->skill_permille <= 360   ? 0
                   : item->skill_permille <= 580 ? 1
                   : item->skill_permille <= 760 ? 2
                                                 : 3;
  students->n[quarter]++;
  students->right[quarter] += item->correct;
  assert_true(item->first_wrong_step >= 0 && item->first_wrong_step <= item->steps);
  assert_true((item->misconception == NULL) == (item->first_wrong_step == 0));
  assert_true(item->first_wrong_step || item->correct);
  assert_int_equal(item->correct, str_equal(item->answer, item->true_answer));
  check_first_wrong(item, students);
}

static void students_err_as_recorded(void **state)
{
  (void)state;
  struct students students = { 0 };
  each_item("sft", check_student, &students);
  print_message("flawed %zu, first wrong line differs in %zu, has no formula in %zu\n",
                students.flawed, students.visible, students.blind);
  assert_true(students.visible + students.blind >= students.flawed);
  for (size_t i = 0; i < 4; i++) {
    size_t permille = 1000 * students.right[i] / students.n[i];
    print_message("quarter %zu of skill: %zu of 1000 right\n", i + 1, permille);
    if (i)
      assert_true(permille > 1000 * students.right[i - 1] / students.n[i - 1]);
  }
}

/* ---- frozen ---- */

static void frozen_bytes(void **state)
{
  (void)state;
  struct err err;
  struct buf sums, out;
  buf_init(&sums, 1 << 20);
  buf_init(&out, BUF_CAP_OWN);
  assert_ok(fs_read(TEST_SOURCE_DIR "/tasks/math/builtin/SHA256SUMS", &sums, &err), err);
  size_t checked = 0;
  for (size_t s = 0; s < COUNT(split_names); s++) {
    char line[128];
    buf_reset(&out);
    for (size_t i = 0; i < math_split_size(str_from(split_names[s])); i++)
      gen_math_style.write_item(&out, split_names[s], i);
    snprintf(line, sizeof line, "%s  %s.jsonl\n", sha256_of(buf_str(&out)).text,
             split_names[s]);
    if (str_find(buf_str(&sums), str_from(line)) < 0)
      fail_msg("the bytes of '%s' have changed: %s", split_names[s], line);
    checked++;
  }
  assert_int_equal(checked, 4);
  struct buf committed;
  buf_init(&committed, BUF_CAP_OWN);
  assert_ok(fs_read(TEST_SOURCE_DIR "/tasks/math/builtin/test.jsonl", &committed, &err),
            err);
  assert_true(str_equal(buf_str(&committed), buf_str(&out)));
  buf_release(&committed);
  buf_release(&sums);
  buf_release(&out);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(same_index_same_bytes),
    cmocka_unit_test(splits_are_disjoint_and_even),
    cmocka_unit_test(every_solution_ends_in_its_answer),
    cmocka_unit_test(rows_have_their_fields),
    cmocka_unit_test(students_err_as_recorded),
    cmocka_unit_test(frozen_bytes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
