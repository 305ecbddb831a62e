/* Tests of gen/words, and of the notation of gen/story on a story made for it. */
#include "test.h"

#include "gen/story.h"

static void plurals_and_articles(void **state)
{
  (void)state;
  static const char *const rows[][2] = {
    { "apple", "apples" },
    { "box", "boxes" },
    { "peach", "peaches" },
    { "lily", "lilies" },
    { "toy", "toys" },
    { "child", "children" },
    { "square foot", "square feet" },
    { "shelf", "shelves" },
    { "red fish", "red fish" },
    { "bus", "buses" },
    { "dress", "dresses" },
  };
  struct buf out;
  buf_init(&out, 256);
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    buf_reset(&out);
    word_write_plural(&out, str_from(rows[i][0]));
    assert_str_equal(buf_str(&out), rows[i][1]);
  }
  buf_release(&out);
  assert_string_equal(word_article(STR("apple")), "an");
  assert_string_equal(word_article(STR("box")), "a");
  assert_string_equal(number_word(7), "seven");
  assert_null(number_word(11));
  assert_string_equal(fraction_word(3), "a third");
  assert_null(fraction_word(11));
}

static void names_can_be_taken_out(void **state)
{
  (void)state;
  for (size_t i = 0; i < person_count(); i++) {
    struct str name = str_from(person_at(i)->name);
    assert_true(is_person_name(name));
    assert_false(str_ends(name, STR("s")));
  }
  assert_false(is_person_name(STR("Monday")));
}

static const struct story sample = {
  .name = "sample",
  .draw = "n=2..5 k=3..7/2 a=n*k d={2,3} p=0.5..1/0.5 x:fruit",
  .require = "a>d",
  .ask = { "{N} and {M's} {he}: {a x}, {k times}, {1/d}, {$p}, {An x}. {Xs} [q|q]?" },
  .steps = { STEP(SHARE, "t=a/k", "{His} {= x} of {xs}, {t}."),
             STEP(EACH, "~u=t*p", "It is {=$}.") },
};

static void sets_of_draws_are_all_different(void **state)
{
  (void)state;
  struct recipe recipe;
  recipe_init(&recipe, &sample);
  size_t things;
  assert_non_null(things_of(STR("fruit"), &things));
  assert_int_equal(recipe.n_sets, 4 * 3 * 2 * 2 * things);
  uint64_t hashes[4 * 3 * 2 * 2 * 9];
  for (uint64_t i = 0; i < recipe.n_sets; i++) {
    struct scene scene = { .story = &sample };
    hashes[i] = recipe_draw(&recipe, i, &scene);
    struct values *v = &scene.given;
    assert_true(
        exact_equal(v->of['a' - 'a'], exact_mul(v->of['n' - 'a'], v->of['k' - 'a'])));
    for (uint64_t j = 0; j < i; j++)
      assert_true(hashes[i] != hashes[j]);
  }
}

static void a_scene_is_told(void **state)
{
  (void)state;
  struct recipe recipe;
  recipe_init(&recipe, &sample);
  struct scene scene = { .story = &sample };
  recipe_draw(&recipe, 0, &scene); /* n=2 k=3 a=6 d=2 p=0.5, the first fruit */
  assert_true(scene_is_sensible(&scene));
  scene.people[0] = person_at(0);
  scene.people[1] = person_at(1);
  scene.number_words = true;
  struct rng rng;
  rng_init(&rng, 1, "test", 0);
  struct buf out;
  buf_init(&out, 1024);
  scene_tell(&out, &scene, sample.ask[0], &scene.given, NULL, &rng);
  assert_str_equal(buf_str(&out), "Anna and Ben's she: six apples, 3 times, half, $0.50, "
                                  "An apple. Apples q?");
  buf_reset(&out);
  struct equation equation = { "a/k", exact_int(2) };
  scene_tell(&out, &scene, sample.steps[0].say, &scene.truth, &equation, &rng);
  assert_str_equal(buf_str(&out), "Her 6/3=<<6/3=2>>2 apples of apples, 2.");
  buf_reset(&out);
  scene.spaced = true;
  equation = (struct equation){ "t*p", exact_make(5, 2) };
  scene_tell(&out, &scene, sample.steps[1].say, &scene.truth, &equation, &rng);
  assert_str_equal(buf_str(&out), "It is 2 * 0.5 = $<<2*0.5=2.5>>2.50.");
  buf_release(&out);
}

static void what_makes_no_sense_is_refused(void **state)
{
  (void)state;
  static const struct {
    const char *draw, *require, *formula;
    bool sensible;
  } rows[] = {
    { "a=7..7 b=2..2", NULL, "t=a-b", true },
    { "a=2..2 b=7..7", NULL, "t=a-b", false },
    { "a=7..7 b=2..2", NULL, "t=a/b", false },
    { "a=8..8 b=2..2", NULL, "t=a/b", true },
    { "a=7..7 b=6..6", NULL, "t=a-b", false },
    { "a=7..7 b=2..2", "a<b", "t=a+b", false },
    { "a=900..900 b=900..900", NULL, "t=a*b", false },
  };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    struct story story = { .name = "row",
                           .draw = rows[i].draw,
                           .require = rows[i].require,
                           .ask = { "{a} {b}" },
                           .steps = { { STEP_CALC, rows[i].formula, "", NULL } } };
    struct recipe recipe;
    struct scene scene = { .story = &story };
    recipe_init(&recipe, &story);
    recipe_draw(&recipe, 0, &scene);
    if (scene_is_sensible(&scene) != rows[i].sensible)
      fail_msg("row %zu", i);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(plurals_and_articles),
    cmocka_unit_test(names_can_be_taken_out),
    cmocka_unit_test(sets_of_draws_are_all_different),
    cmocka_unit_test(a_scene_is_told),
    cmocka_unit_test(what_makes_no_sense_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
