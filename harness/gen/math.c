#include "gen/math.h"

#include "base/hash.h"
#include "base/json.h"
#include "gen/math_work.h"

enum { MATH_VERSION = 1 };

static const struct math_subject {
  const char *name;
  const struct math_family *families;
} subjects[MATH_SUBJECTS] = {
  { "Algebra", math_algebra },
  { "Counting & Probability", math_counting },
  { "Geometry", math_geometry },
  { "Intermediate Algebra", math_intermediate },
  { "Number Theory", math_number_theory },
  { "Prealgebra", math_prealgebra },
  { "Precalculus", math_precalculus },
};

/* A split owns sixteenths of the contents, told by the first digit of their sha256. */
static const struct math_split {
  const char *name;
  size_t size;
  int first, end;
} splits[] = {
  { "sft", 20000, 0, 9 },
  { "rl", 7500, 9, 13 },
  { "dev", 500, 13, 14 },
  { "test", 700, 14, 16 },
};

const char *math_kind_name(enum math_kind kind)
{
  static const char *const names[] = {
#define XX(id, name) name,
    MATH_KIND_MAP(XX)
#undef XX
  };
  return names[kind];
}

const char *math_subject_name(size_t subject)
{
  return subject < MATH_SUBJECTS ? subjects[subject].name : NULL;
}

static const struct math_family *family_at(size_t subject, int level, size_t i)
{
  for (const struct math_family *f = subjects[subject].families; f->name; f++)
    if (f->level == level && i-- == 0)
      return f;
  return NULL;
}

size_t math_family_count(size_t subject, int level)
{
  size_t n = 0;
  for (const struct math_family *f = subjects[subject].families; f->name; f++)
    n += f->level == level;
  return n;
}

const char *math_family_name(size_t subject, int level, size_t i)
{
  const struct math_family *family = family_at(subject, level, i);
  return family ? family->name : NULL;
}

static const struct math_split *split_find(struct str name)
{
  for (size_t i = 0; i < COUNT(splits); i++)
    if (str_equal(name, str_from(splits[i].name)))
      return &splits[i];
  return NULL;
}

size_t math_split_size(struct str split)
{
  const struct math_split *found = split_find(split);
  return found ? found->size : 0;
}

/* ---- which point of its family's space an item gets ---- */

/* A fixed permutation of [0, space): four Feistel rounds on an even number of bits,
 * walked until the result falls into the range. */
static uint64_t permute(uint64_t value, uint64_t space, uint64_t family_key)
{
  unsigned half = 1;
  while (((uint64_t)1 << (2 * half)) < space)
    half++;
  uint64_t mask = ((uint64_t)1 << half) - 1;
  do {
    uint64_t left = value >> half, right = value & mask;
    for (uint64_t round = 0; round < 4; round++) {
      struct rng rng;
      rng_init(&rng, family_key, "math-style/permute", round << 32 | right);
      uint64_t mixed = left ^ (rng_u64(&rng) & mask);
      left = right;
      right = mixed;
    }
    value = left << half | right;
  } while (value >= space);
  return value;
}

/* What is asked for: one item of one split. */
struct order {
  const struct math_split *split;
  const struct math_family *family;
  size_t subject, index;
  uint64_t family_key;
  uint64_t space; /* points of the family */
};

static void work_init(struct work *w, const struct order *order, struct arena *arena,
                      uint64_t point)
{
  *w = (struct work){ .arena = arena, .point = point, .space = 1 };
  w->pending = w->first_mis = MIS_NONE;
  w->last_error = -1;
  rng_init(&w->beyond, order->family_key, "math-style/beyond", point);
  uint64_t key =
      (uint64_t)order->index * COUNT(splits) + (uint64_t)(order->split - splits);
  rng_init(&w->words, MATH_VERSION, "math-style/words", key);
  rng_init(&w->voice, MATH_VERSION, "math-style/voice", key);
  rng_init(&w->chance, MATH_VERSION, "math-style/chance", key);
  buf_init(&w->problem, BUF_CAP_OWN);
  buf_init(&w->solution, BUF_CAP_OWN);
  buf_init(&w->answer, BUF_CAP_OWN);
}

static void work_release(struct work *w)
{
  buf_release(&w->problem);
  buf_release(&w->solution);
  buf_release(&w->answer);
}

static uint64_t measure_space(const struct order *order, struct arena *arena)
{
  struct work w;
  work_init(&w, order, arena, 0);
  w.measuring = true;
  order->family->make(&w);
  work_release(&w);
  return w.space;
}

static struct str content_of(const struct order *order, const struct work *w)
{
  struct buf text;
  buf_init(&text, BUF_CAP_OWN);
  buf_add_cstr(&text, order->family->name);
  for (size_t i = 0; i < w->n_drawn; i++)
    buf_printf(&text, " %lld", (long long)w->drawn[i]);
  struct str content = arena_str(w->arena, buf_str(&text));
  buf_release(&text);
  return content;
}

static bool split_owns(const struct math_split *split, struct str content)
{
  char digit = sha256_of(content).text[0];
  int sixteenth = digit <= '9' ? digit - '0' : digit - 'a' + 10;
  return sixteenth >= split->first && sixteenth < split->end;
}

/* Solves truly at the first point from `start` on that works out and belongs to the
 * split. An item's own points come first, so that no other item of the split has the
 * same. */
static uint64_t find_point(struct work *w, const struct order *order, struct arena *arena,
                           struct str *content)
{
  size_t families = math_family_count(order->subject, order->family->level);
  uint64_t share = order->split->size / (MATH_SUBJECTS * MATH_LEVELS * families) + 1;
  uint64_t ordinal = order->index / (MATH_SUBJECTS * MATH_LEVELS * families);
  uint64_t own = order->space / share ? order->space / share : 1;
  for (uint64_t tried = 0;; tried++) {
    uint64_t step = tried < own ? tried * share : tried;
    uint64_t point =
        permute((ordinal + step) % order->space, order->space, order->family_key);
    work_init(w, order, arena, point);
    order->family->make(w);
    *content = content_of(order, w);
    if (!w->refused && split_owns(order->split, *content))
      return point;
    work_release(w);
  }
}

/* The same point, worked by a student; what makes no sense is taken back. */
static void solve_as(struct work *w, const struct order *order, struct arena *arena,
                     uint64_t point, const struct math_student *student)
{
  bool taken_back[WORK_DECISIONS_MAX] = { false };
  for (;;) {
    work_init(w, order, arena, point);
    w->student = student;
    memcpy(w->taken_back, taken_back, sizeof taken_back);
    order->family->make(w);
    if (!w->refused)
      return;
    taken_back[w->last_error] = true;
    work_release(w);
  }
}

static void add_student(struct math_item *item, const struct order *order,
                        struct arena *arena, uint64_t point)
{
  struct rng rng;
  rng_init(&rng, MATH_VERSION, "math-style/student", order->index);
  const struct math_student *student = math_student_at(rng_below(&rng, MATH_STUDENTS));
  struct work w;
  solve_as(&w, order, arena, point, student);
  item->true_answer = item->answer;
  item->true_solution = item->solution;
  item->answer = arena_str(arena, buf_str(&w.answer));
  item->solution = arena_str(arena, buf_str(&w.solution));
  item->steps = w.n_steps;
  item->student = student->name;
  item->skill_permille = student->skill_permille;
  item->correct = str_equal(item->answer, item->true_answer);
  item->first_wrong_step = w.first_wrong_step;
  item->misconception = math_mis_name(w.first_mis);
  work_release(&w);
}

void math_item_make(struct math_item *item, struct arena *arena, struct str split,
                    size_t index)
{
  struct order order = { .split = split_find(split), .index = index };
  if (!order.split)
    order.split = &splits[COUNT(splits) - 1];
  order.subject = index % MATH_SUBJECTS;
  int level = (int)(index / MATH_SUBJECTS % MATH_LEVELS) + 1;
  size_t turn = index / (MATH_SUBJECTS * MATH_LEVELS);
  order.family =
      family_at(order.subject, level, turn % math_family_count(order.subject, level));
  struct str name = str_from(order.family->name);
  order.family_key = (uint64_t)MATH_VERSION << 32 | crc32_of(name);
  order.space = measure_space(&order, arena);

  struct work w;
  *item = (struct math_item){ .family = order.family->name,
                              .subject = order.subject,
                              .level = level };
  uint64_t point = find_point(&w, &order, arena, &item->content);
  item->kind = w.kind;
  item->problem = arena_str(arena, buf_str(&w.problem));
  item->solution = arena_str(arena, buf_str(&w.solution));
  item->answer = item->true_answer = arena_str(arena, buf_str(&w.answer));
  item->steps = w.n_steps;
  item->correct = true;
  item->n_drawn = w.n_drawn;
  memcpy(item->drawn, w.drawn, sizeof item->drawn);
  work_release(&w);
  if (order.split == &splits[0])
    add_student(item, &order, arena, point);
}

/* ---- one line ---- */

static void put_student(struct json_writer *json, const struct math_item *item)
{
  json_member_string(json, "student", str_from(item->student));
  json_member_number(json, "skill", item->skill_permille / 1000.0);
  json_member_bool(json, "correct", item->correct);
  json_member_int(json, "first_wrong_step", item->first_wrong_step);
  json_member_string(json, "misconception", str_from(item->misconception));
  json_member_string(json, "true_answer", item->true_answer);
}

static void write_item(struct buf *out, const char *split, size_t index)
{
  struct arena arena = { 0 };
  struct math_item item;
  math_item_make(&item, &arena, str_from(split), index);
  struct json_writer json;
  json_writer_init(&json, out, JSON_COMPACT);
  json_begin_object(&json);
  json_member_string(&json, "problem", item.problem);
  json_member_string(&json, "level", arena_printf(&arena, "Level %d", item.level));
  json_member_string(&json, "type", str_from(math_subject_name(item.subject)));
  json_member_string(&json, "solution", item.solution);
  json_member_string(
      &json, "id",
      arena_printf(&arena, "math-style-%d/%s/%zu", MATH_VERSION, split, index));
  json_member_int(&json, "steps", item.steps);
  if (item.student)
    put_student(&json, &item);
  json_end_object(&json);
  buf_add_char(out, '\n');
  arena_release(&arena);
}

const struct generator gen_math_style = {
  "math-style",
  MATH_VERSION,
  "competition problems of MATH's seven subjects and five levels, in LaTeX",
  write_item,
};
