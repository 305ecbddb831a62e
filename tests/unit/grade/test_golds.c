/* The answers of a real competition set: each is itself, and hardly ever another. */
#include "base/json.h"
#include "base/rng.h"
#include "grade/answer.h"
#include "grade/limits.h"
#include "plain_value.h"
#include "test.h"

enum { GOLDS_MAX = 8192, PAIRS = 1000000 };

struct golds {
  struct arena arena;
  struct answer *answers[GOLDS_MAX];
  char *texts[GOLDS_MAX];
  size_t count;
};

static void add_gold(struct golds *golds, struct str line)
{
  struct json_doc doc;
  struct err err;
  if (golds->count == GOLDS_MAX || json_parse(&doc, line, &err) < 0)
    return;
  struct str answer = json_get_string(doc.root, "answer", STR_NONE);
  if (str_present(answer)) {
    struct budget budget = { LIMIT_TICKS };
    char *text = arena_cstr(&golds->arena, answer);
    golds->texts[golds->count] = text;
    golds->answers[golds->count++] = answer_parse(&golds->arena, str_from(text), &budget);
    assert_true(budget.ticks > LIMIT_TICKS / 2);
  }
  json_doc_release(&doc);
}

static int load(void **state)
{
  const char *path = test_data("math/test.jsonl");
  struct golds *golds = calloc(1, sizeof *golds);
  FILE *file = path ? fopen(path, "rb") : NULL;
  char *line = NULL;
  size_t capacity = 0;
  ssize_t len;
  while (file && (len = getline(&line, &capacity, file)) > 0)
    add_gold(golds, (struct str){ line, (size_t)len });
  free(line);
  if (file)
    fclose(file);
  *state = golds;
  return golds ? 0 : -1;
}

static int unload(void **state)
{
  struct golds *golds = *state;
  arena_release(&golds->arena);
  free(golds);
  return 0;
}

static bool same(struct answer *a, struct answer *b, struct arena *arena)
{
  struct budget budget = { LIMIT_TICKS };
  enum grade_reason reason;
  bool verdict = answer_same(a, b, arena, &budget, &reason);
  arena_reset(arena);
  return verdict;
}

/* With a blank in front of every command, so that the texts are not identical. */
static char *spaced(struct arena *arena, const char *text)
{
  char *out = arena_alloc(arena, 2 * strlen(text) + 2), *to = out;
  *to++ = '{';
  for (const char *at = text; *at; at++) {
    bool command = *at == '\\' && at > text && at[-1] != '\\' && at[1] != '!' &&
                   at[1] != ',' && at[-1] != ',' && !strchr("^_{", at[-1]);
    if (command)
      *to++ = ' ';
    *to++ = *at;
  }
  *to++ = '}';
  return out;
}

static void every_gold_equals_itself(void **state)
{
  struct golds *golds = *state;
  if (golds->count == 0)
    skip();
  struct arena scratch = { 0 }, texts = { 0 };
  for (size_t i = 0; i < golds->count; i++) {
    assert_true(same(golds->answers[i], golds->answers[i], &scratch));
    if (strchr(golds->texts[i], '_'))
      continue; /* a numeral in braces is no numeral */
    struct budget budget = { LIMIT_TICKS };
    char *text = spaced(&texts, golds->texts[i]);
    struct answer *other = answer_parse(&texts, str_from(text), &budget);
    if (!same(golds->answers[i], other, &scratch))
      fail_msg("'%s' is not '%s'", golds->texts[i], text);
    arena_reset(&texts);
  }
  arena_release(&scratch);
  arena_release(&texts);
}

static void different_golds_are_different(void **state)
{
  struct golds *golds = *state;
  if (golds->count == 0)
    skip();
  struct arena scratch = { 0 };
  struct rng rng;
  rng_init(&rng, 1, "test golds", 0);
  int unconfirmed = 0, equal = 0;
  for (int i = 0; i < PAIRS; i++) {
    size_t a = rng_below(&rng, golds->count), b = rng_below(&rng, golds->count);
    if (strcmp(golds->texts[a], golds->texts[b]) == 0 ||
        !same(golds->answers[a], golds->answers[b], &scratch))
      continue;
    equal++;
    if (!plain_same(golds->texts[a], golds->texts[b])) {
      printf("called the same: '%s' and '%s'\n", golds->texts[a], golds->texts[b]);
      unconfirmed++;
    }
  }
  printf("%d of %d pairs are the same answer\n", equal, PAIRS);
  assert_int_equal(unconfirmed, 0);
  arena_release(&scratch);
}

/* The gold's conventions aside (percent, bases, choices), order must not matter. */
static void verdicts_are_symmetric(void **state)
{
  struct golds *golds = *state;
  if (golds->count == 0)
    skip();
  struct arena scratch = { 0 };
  struct rng rng;
  rng_init(&rng, 2, "test golds", 0);
  for (int i = 0; i < PAIRS / 4; i++) {
    size_t a = rng_below(&rng, golds->count), b = rng_below(&rng, golds->count);
    bool there = same(golds->answers[a], golds->answers[b], &scratch);
    bool back = same(golds->answers[b], golds->answers[a], &scratch);
    bool convention = strpbrk(golds->texts[a], "%_=") || strpbrk(golds->texts[b], "%_=");
    if (there != back && !convention)
      fail_msg("'%s' and '%s' depend on the order", golds->texts[a], golds->texts[b]);
  }
  arena_release(&scratch);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(every_gold_equals_itself),
    cmocka_unit_test(different_golds_are_different),
    cmocka_unit_test(verdicts_are_symmetric),
  };
  return cmocka_run_group_tests(tests, load, unload);
}
