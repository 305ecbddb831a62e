/* Recipes: defaults by algorithm, what is refused, and what is written down. */
#include <math.h>

#include "test.h"
#include "train/recipe.h"

static struct arena arena;
static struct err err;

/* `options` are words with a space between them. */
static int make(struct recipe *r, const char *name, const char *options)
{
  enum { WORDS_MAX = 16 };
  char *argv[WORDS_MAX];
  int argc = 0;
  struct arguments arguments;
  for (struct str rest = str_from(options); rest.len;) {
    ptrdiff_t space = str_find_char(rest, ' ');
    size_t end = space < 0 ? rest.len : (size_t)space;
    assert_true(argc < WORDS_MAX);
    argv[argc++] = arena_cstr(&arena, str_slice(rest, 0, end));
    rest = str_slice(rest, end + 1, rest.len);
  }
  *r = (struct recipe){ 0 };
  options_default(recipe_options, r, &arena);
  if (options_parse(recipe_options, r, argc, argv, &arguments, &arena, &err) < 0)
    return -1;
  r->init = "base";
  r->out = "out";
  texts_add(&r->data, "rl.jsonl", &arena);
  return recipe_check(r, name, &arena, &err);
}

static void refused(const char *words, const char *name, const char *options)
{
  struct recipe r;
  assert_int_equal(make(&r, name, options), -1);
  assert_int_equal(err.code, ERR_USAGE);
  if (!strstr(err.msg, words))
    fail_msg("'%s' is not in '%s'", words, err.msg);
}

static void algorithms_have_their_own_defaults(void **state)
{
  static const struct {
    const char *name;
    int64_t epochs;
    double rate, beta;
    bool reference, value;
  } wanted[] = {
    { "sft", 3, 2e-5, 0, false, false },   { "rft", 1, 5e-6, 0, false, false },
    { "dpo", 1, 5e-7, 0.1, true, false },  { "kto", 1, 5e-8, 0.1, true, false },
    { "oreo", 1, 5e-6, 0.03, true, true },
  };
  struct recipe r;
  (void)state;
  for (size_t i = 0; i < COUNT(wanted); i++) {
    assert_ok(make(&r, wanted[i].name, ""), err);
    assert_int_equal(r.epochs, wanted[i].epochs);
    assert_true(r.rate == wanted[i].rate && r.beta == wanted[i].beta);
    assert_true(recipe_needs_reference(&r) == wanted[i].reference);
    assert_true(recipe_needs_value(&r) == wanted[i].value);
    assert_true(r.clip == 1 && r.batch == 128 && r.beta2 == 0.95);
  }
  assert_true(r.alpha == 0.01 && r.value_rate == r.rate);
  assert_ok(make(&r, "oreo", "--level step --rate 1e-3"), err);
  assert_true(r.alpha == 0.1 && r.value_rate == 1e-3);
  assert_ok(make(&r, "oreo", "--level=response --value-rate=2e-3"), err);
  assert_true(r.alpha == 0.3 && r.value_rate == 2e-3);
  assert_ok(make(&r, "oreo", "--alpha 0 --beta 0"), err);
  assert_true(r.alpha == 0 && r.beta == 0);
}

static void settings_are_the_papers_unless_told(void **state)
{
  struct recipe r;
  (void)state;
  assert_ok(make(&r, "oreo", ""), err);
  struct objective_settings s = recipe_settings(&r);
  assert_true(s.stop_gradient && !s.one_step && s.level == OREO_TOKEN);
  assert_true(s.reward_times == 1 && s.reward_plus == 0);
  assert_string_equal(recipe_objective(&r)->name, "oreo policy");
  assert_ok(
      make(&r, "oreo",
           "--keep-gradient --one-step --reward-times 2 --reward-plus -1 --level step"),
      err);
  s = recipe_settings(&r);
  assert_true(!s.stop_gradient && s.one_step && s.level == OREO_STEP);
  assert_true(s.reward_times == 2 && s.reward_plus == -1);
  assert_ok(make(&r, "kto", "--desirable 2 --undesirable 0.5"), err);
  s = recipe_settings(&r);
  assert_true(s.desirable == 2 && s.undesirable == 0.5);
  assert_ok(make(&r, "rft", ""), err);
  assert_string_equal(recipe_objective(&r)->name, "sft");
}

static void what_is_wrong_is_named(void **state)
{
  struct recipe r;
  (void)state;
  refused("the nearest is oreo", "oero", "");
  refused("algorithm is missing", NULL, "");
  refused("--algo says 'dpo'", "sft", "--algo dpo");
  refused("--pairs means nothing to oreo", "oreo", "--pairs 3");
  refused("--beta means nothing to sft", "sft", "--beta 1");
  refused("--one-step means nothing to kto", "kto", "--one-step");
  refused("'tokens' is none of token, step, response", "oreo", "--level tokens");
  refused("none of refuse, truncate, drop", "sft", "--overlong cut");
  refused("--epochs 0", "sft", "--epochs 0");
  refused("below 1", "sft", "--beta2 1");
  assert_ok(make(&r, NULL, "--algo dpo"), err);
  assert_int_equal(r.kind, RECIPE_DPO);
}

static void the_record_has_what_shapes(void **state)
{
  struct recipe r;
  struct buf out;
  struct json_writer w;
  (void)state;
  assert_ok(make(&r, "oreo", "--seed 7 --device cpu --keep 3"), err);
  buf_init(&out, BUF_CAP_OWN);
  json_writer_init(&w, &out, JSON_COMPACT);
  json_begin_object(&w);
  recipe_write(&r, &w, &arena);
  json_end_object(&w);
  static const char *const there[] = { "\"algo\":\"oreo\"", "\"seed\":\"7\"",
                                       "\"beta\":\"0.03\"", "\"keep-gradient\":\"false\"",
                                       "\"batch\":\"128\"", "\"epochs\":\"1\"" };
  static const char *const absent[] = { "device", "\"keep\"", "rl.jsonl", "base", "out" };
  for (size_t i = 0; i < COUNT(there); i++)
    assert_non_null(strstr(out.ptr, there[i]));
  for (size_t i = 0; i < COUNT(absent); i++)
    assert_null(strstr(out.ptr, absent[i]));
  buf_release(&out);
}

static int forget(void **state)
{
  (void)state;
  arena_release(&arena);
  return 0;
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_teardown(algorithms_have_their_own_defaults, forget),
    cmocka_unit_test_teardown(settings_are_the_papers_unless_told, forget),
    cmocka_unit_test_teardown(what_is_wrong_is_named, forget),
    cmocka_unit_test_teardown(the_record_has_what_shapes, forget),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
