#include "gen/story.h"

#include <assert.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/hash.h"

/* Far above any everyday number in the stories; keeps runaway products out. */
enum { RESULT_MAX = 100000 };
/* Keeps the product of counts from overflowing: one more factor is below 2^16. */
#define SETS_MAX (UINT64_C(1) << 46)

size_t story_count(const struct story *story)
{
  size_t n = 0;
  while (n < STORY_STEPS_MAX && story->steps[n].formula)
    n++;
  return n;
}

/* Is the letter told in a question, as {a}, {$a}, {a box}, {1/a}, {xs}, {an x}, {a x}? */
static bool is_told(const char *ask, char letter)
{
  bool thing = letter >= 'w';
  for (const char *c = strchr(ask, '{'); c; c = strchr(c + 1, '{')) {
    const char *close = strchr(c, '}');
    const char *at = c[1] == '$' ? c + 2 : strncmp(c + 1, "1/", 2) == 0 ? c + 3 : c + 1;
    bool ends_so = close[-1] == letter && (close[-2] == ' ' || close[-2] == '{');
    bool plural = char_lower(at[0]) == letter && at[1] == 's' && at + 2 == close;
    if (thing ? ends_so || plural : *at == letter && (at + 1 == close || at[1] == ' '))
      return true;
  }
  return false;
}

/* All the ways to ask must tell the same; a thing that is not told would make two sets of
 * draws the same question. */
static bool told_in_all(const struct story *story, char letter)
{
  bool told = is_told(story->ask[0], letter);
  for (size_t i = 1; i < STORY_ASKS_MAX && story->ask[i]; i++)
    assert(is_told(story->ask[i], letter) == told);
  assert(told || letter < 'w');
  return told;
}

static const struct values no_values;

static struct exact parse_number(const char **at)
{
  char text[16];
  size_t n = strspn(*at, "0123456789.");
  const char *dots = strstr(*at, "..");
  if (dots && dots < *at + n)
    n = (size_t)(dots - *at);
  assert(n > 0 && n < sizeof text);
  memcpy(text, *at, n);
  text[n] = '\0';
  *at += n;
  return formula_eval(text, &no_values);
}

static void parse_set(struct recipe_draw *draw, const char *at)
{
  draw->is_set = true;
  while (*at++ != '}') {
    assert(draw->count < COUNT(draw->set));
    draw->set[draw->count++] = parse_number(&at);
  }
}

static void parse_range(struct recipe_draw *draw, const char *at)
{
  draw->low = parse_number(&at);
  assert(strncmp(at, "..", 2) == 0);
  at += 2;
  struct exact high = parse_number(&at);
  draw->step = exact_int(1);
  if (*at == '/') {
    at++;
    draw->step = parse_number(&at);
  }
  struct exact steps = exact_div(exact_sub(high, draw->low), draw->step);
  draw->count = (size_t)exact_floor(steps).num + 1;
}

static void parse_draw(struct recipe_draw *draw, struct str text)
{
  draw->letter = text.ptr[0];
  const char *value = text.ptr + 2;
  if (text.ptr[1] == ':') {
    draw->things = things_of(str_slice(text, 2, text.len), &draw->count);
    assert(draw->things);
  } else if (*value == '{') {
    parse_set(draw, value);
  } else if (char_is_digit(*value)) {
    parse_range(draw, value);
  } else {
    int n = snprintf(draw->formula_text, sizeof draw->formula_text, "%.*s",
                     (int)text.len - 2, value);
    assert(n < (int)sizeof draw->formula_text);
    (void)n;
    draw->formula = draw->formula_text;
  }
}

void recipe_init(struct recipe *recipe, const struct story *story)
{
  *recipe = (struct recipe){ .story = story, .n_sets = 1 };
  for (const char *at = story->draw; *at;) {
    size_t n = strcspn(at, " ");
    assert(recipe->n_draws < STORY_DRAWS_MAX);
    struct recipe_draw *draw = &recipe->draws[recipe->n_draws++];
    parse_draw(draw, (struct str){ at, n });
    draw->told = told_in_all(story, draw->letter);
    if (!draw->formula)
      recipe->n_sets *= draw->count;
    assert(recipe->n_sets > 0 && recipe->n_sets < SETS_MAX);
    at += n + (at[n] == ' ');
  }
}

static uint64_t mix(uint64_t hash, uint64_t value)
{
  hash = (hash ^ value) * UINT64_C(0x9E3779B97F4A7C15);
  return hash ^ hash >> 29;
}

/* Undefined, so that the steps are refused, when it is not whole and positive. */
static struct exact computed(const char *formula, const struct values *values)
{
  struct exact value = formula_eval(formula, values);
  return exact_is_integer(value) && value.num > 0 ? value : (struct exact){ 0, 0 };
}

uint64_t recipe_draw(const struct recipe *recipe, uint64_t number, struct scene *scene)
{
  uint64_t hash = crc32_of(str_from(recipe->story->name));
  for (size_t i = 0; i < recipe->n_draws; i++) {
    const struct recipe_draw *draw = &recipe->draws[i];
    size_t index = 0;
    if (!draw->formula) {
      index = number % draw->count;
      number /= draw->count;
    }
    if (draw->things) {
      scene->things[draw->letter - 'a'] = draw->things[index];
      hash = mix(hash, index);
      continue;
    }
    struct exact value;
    if (draw->formula)
      value = computed(draw->formula, &scene->given);
    else if (draw->is_set)
      value = draw->set[index];
    else
      value = exact_add(draw->low, exact_mul(exact_int((int64_t)index), draw->step));
    scene->given.of[draw->letter - 'a'] = value;
    if (draw->told)
      hash = mix(mix(hash, (uint64_t)value.num), (uint64_t)value.den);
  }
  return mix(hash, 0);
}

static bool things_differ(const struct scene *scene)
{
  const char *const *t = scene->things;
  for (char a = 'w'; a <= 'z'; a++)
    for (char b = (char)(a + 1); b <= 'z'; b++)
      if (t[a - 'a'] && t[a - 'a'] == t[b - 'a'])
        return false;
  return true;
}

static bool result_is_sensible(enum step_kind kind, struct exact raw, bool cents)
{
  if (!exact_has2(raw) || exact_compare(raw, exact_int(cents ? 0 : 1)) <= 0 ||
      exact_compare(raw, exact_int(RESULT_MAX)) > 0)
    return false;
  bool rounds = kind == STEP_CEIL || kind == STEP_FLOOR;
  return rounds ? !exact_is_integer(raw) : cents || exact_is_integer(raw);
}

bool scene_is_sensible(struct scene *scene)
{
  if (!things_differ(scene))
    return false;
  const struct story *story = scene->story;
  scene->truth = scene->given;
  struct exact result = { 0, 0 };
  size_t n = story_count(story);
  for (size_t i = 0; i < n; i++) {
    const struct story_step *step = &story->steps[i];
    bool cents = step->formula[0] == '~';
    const char *formula = step->formula + cents;
    struct exact raw = formula_eval(formula + 2, &scene->truth);
    if (!result_is_sensible(step->kind, raw, cents))
      return false;
    result = step->kind == STEP_CEIL    ? exact_ceil(raw)
             : step->kind == STEP_FLOOR ? exact_floor(raw)
                                        : raw;
    if (!cents && result.num <= 1)
      return false;
    scene->truth.of[formula[0] - 'a'] = result;
  }
  return exact_is_integer(result) && formula_holds(story->require, &scene->truth);
}

void scene_cast(struct scene *scene, struct rng *rng)
{
  size_t chosen[STORY_PEOPLE];
  for (size_t i = 0; i < STORY_PEOPLE; i++) {
    bool taken;
    do {
      chosen[i] = rng_below(rng, person_count());
      taken = (i > 0 && chosen[i] == chosen[0]) || (i > 1 && chosen[i] == chosen[1]);
    } while (taken);
    scene->people[i] = person_at(chosen[i]);
  }
  scene->number_words = rng_chance(rng, 0.2);
  scene->spaced = rng_chance(rng, 0.3);
}
