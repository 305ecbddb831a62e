#include "gen/gsm8k.h"

#include <assert.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/hash.h"
#include "base/json.h"

enum { VERSION = 1, STORIES_MAX = 256 };

static const struct story_table *const tables[] = {
  &gsm8k_quick,  &gsm8k_shop,   &gsm8k_money,  &gsm8k_percent, &gsm8k_time,
  &gsm8k_travel, &gsm8k_work,   &gsm8k_people, &gsm8k_share,   &gsm8k_measure,
  &gsm8k_nature, &gsm8k_tricky, &gsm8k_long,
};

/* The share of all problems that a split may have, in sixteenths: hashes modulo 16 in
 * [from, to). About as the sizes in which the splits are used. */
static const struct split {
  const char *name;
  uint64_t from, to;
} splits[] = { { "sft", 0, 9 }, { "rl", 9, 13 }, { "dev", 13, 14 }, { "test", 14, 16 } };

static size_t split_find(const char *name)
{
  size_t i = 0;
  while (i + 1 < COUNT(splits) && strcmp(splits[i].name, name) != 0)
    i++;
  assert(strcmp(splits[i].name, name) == 0);
  return i;
}

size_t gsm8k_story_count(void)
{
  size_t n = 0;
  for (size_t i = 0; i < COUNT(tables); i++)
    n += tables[i]->count;
  return n;
}

const struct story *gsm8k_story(size_t index)
{
  size_t i = 0;
  while (index >= tables[i]->count)
    index -= tables[i++]->count;
  return &tables[i]->stories[index];
}

static void purpose_of(char purpose[64], const char *what, const char *split)
{
  snprintf(purpose, 64, "gsm8k-style/%s/%s", what, split);
}

/* The story of an item: every round tells all of them, in its own order. */
static const struct story *story_of(const char *split, size_t index)
{
  uint16_t order[STORIES_MAX];
  size_t n = gsm8k_story_count();
  assert(n <= STORIES_MAX);
  for (size_t i = 0; i < n; i++)
    order[i] = (uint16_t)i;
  char purpose[64];
  struct rng rng;
  purpose_of(purpose, "order", split);
  rng_init(&rng, VERSION, purpose, index / n);
  rng_shuffle(&rng, order, n, sizeof order[0]);
  return gsm8k_story(order[index % n]);
}

/* Number `i` of a fixed shuffled order of 0..n-1: a Feistel network over the next power
 * of four, walked until it lands below n. */
static uint64_t shuffled(uint64_t i, uint64_t n, uint64_t key)
{
  int half = 1;
  while (half < 31 && UINT64_C(1) << 2 * half < n)
    half++;
  uint64_t mask = (UINT64_C(1) << half) - 1;
  do {
    uint64_t left = i >> half, right = i & mask;
    for (uint64_t round = 1; round <= 4; round++) {
      uint64_t mixed = (right + key + round) * UINT64_C(0xD6E8FEB86659FD93);
      uint64_t next = left ^ ((mixed >> 32 ^ mixed >> 47) & mask);
      left = right;
      right = next;
    }
    i = left << half | right;
  } while (i >= n);
  return i;
}

/* Finds the sensible set of draws number `rank` of the split, into item->scene. */
static void find_set(struct gsm8k_item *item, const struct recipe *recipe, size_t s,
                     size_t rank)
{
  uint64_t key = crc32_of(str_from(recipe->story->name));
  size_t seen = 0;
  for (uint64_t i = 0;; i++) {
    if (i == recipe->n_sets) {
      assert(seen > 0);
      item->repeated = true;
      rank %= seen;
      seen = 0;
      i = 0;
    }
    uint64_t number = shuffled(i, recipe->n_sets, key);
    item->hash = recipe_draw(recipe, number, &item->scene);
    uint64_t sixteenth = item->hash % 16;
    if (sixteenth < splits[s].from || sixteenth >= splits[s].to ||
        !scene_is_sensible(&item->scene))
      continue;
    if (seen++ == rank)
      return;
  }
}

void gsm8k_make(struct gsm8k_item *item, const char *split, size_t index)
{
  struct recipe recipe;
  recipe_init(&recipe, story_of(split, index));
  *item = (struct gsm8k_item){ .scene = { .story = recipe.story } };
  find_set(item, &recipe, split_find(split), index / gsm8k_story_count());
  char purpose[64];
  purpose_of(purpose, "item", split);
  rng_init(&item->rng, VERSION, purpose, index);
  scene_cast(&item->scene, &item->rng);
  if (strcmp(split, "sft") == 0)
    item->student = student_at(rng_below(&item->rng, student_count()));
}

void gsm8k_tell(struct gsm8k_item *item, struct buf *question, struct buf *answer,
                struct solution *solution)
{
  const struct story *story = item->scene.story;
  size_t n_asks = 1;
  while (n_asks < STORY_ASKS_MAX && story->ask[n_asks])
    n_asks++;
  const char *ask = story->ask[rng_below(&item->rng, n_asks)];
  scene_tell(question, &item->scene, ask, &item->scene.given, NULL, &item->rng);
  solve(answer, &item->scene, item->student, &item->rng, solution);
}

static void put_student(struct json_writer *w, const struct gsm8k_item *item,
                        const struct solution *solution)
{
  const struct story *story = item->scene.story;
  const char *formula = story->steps[story_count(story) - 1].formula;
  struct buf answer;
  buf_init(&answer, 64);
  exact_write(&answer, item->scene.truth.of[formula[formula[0] == '~'] - 'a'], false);
  json_member_string(w, "student", str_from(item->student->name));
  json_member_number(w, "skill", item->student->skill);
  json_member_bool(w, "correct", solution->correct);
  json_member_int(w, "first_wrong_step", (int64_t)solution->first_wrong);
  json_member_string(w, "misconception", str_from(solution->misconception));
  json_member_string(w, "true_answer", buf_str(&answer));
  buf_release(&answer);
}

static void write_item(struct buf *out, const char *split, size_t index)
{
  /* the longest of our stories takes a fiftieth of that */
  enum { TEXT_CAP = 65536 };
  struct gsm8k_item item;
  struct solution solution;
  struct buf question, answer;
  buf_init(&question, TEXT_CAP);
  buf_init(&answer, TEXT_CAP);
  gsm8k_make(&item, split, index);
  gsm8k_tell(&item, &question, &answer, &solution);
  char id[64];
  snprintf(id, sizeof id, "gsm8k-style-%d/%s/%zu", VERSION, split, index);
  struct json_writer w;
  json_writer_init(&w, out, JSON_COMPACT);
  json_begin_object(&w);
  json_member_string(&w, "question", buf_str(&question));
  json_member_string(&w, "answer", buf_str(&answer));
  json_member_string(&w, "id", str_from(id));
  json_member_int(&w, "steps", (int64_t)story_count(item.scene.story));
  if (item.student)
    put_student(&w, &item, &solution);
  json_end_object(&w);
  buf_add_char(out, '\n');
  buf_release(&question);
  buf_release(&answer);
}

const struct generator gen_gsm8k_style = {
  .name = "gsm8k-style",
  .version = VERSION,
  .about = "grade-school word problems of 1 to 6 steps, with <<a+b=c>> marks",
  .write_item = write_item,
};
