#include "gen/math_student.h"

#include "base/arena.h"

const char *math_mis_name(enum math_mis mis)
{
  static const char *const names[] = {
#define XX(id, name, about) name,
    MATH_MIS_MAP(XX)
#undef XX
  };
  return mis >= 0 && mis < MIS_COUNT ? names[mis] : NULL;
}

const char *math_mis_about(enum math_mis mis)
{
  static const char *const abouts[] = {
#define XX(id, name, about) about,
    MATH_MIS_MAP(XX)
#undef XX
  };
  return mis >= 0 && mis < MIS_COUNT ? abouts[mis] : NULL;
}

/* From those who guess to those who hardly err; who skips steps is no matter of skill. */
static const struct math_student students[MATH_STUDENTS] = {
  { "student-01", 120, 100 }, { "student-02", 180, 250 }, { "student-03", 230, 0 },
  { "student-04", 280, 150 }, { "student-05", 320, 50 },  { "student-06", 360, 300 },
  { "student-07", 400, 0 },   { "student-08", 440, 120 }, { "student-09", 480, 200 },
  { "student-10", 520, 60 },  { "student-11", 550, 0 },   { "student-12", 580, 250 },
  { "student-13", 610, 100 }, { "student-14", 640, 30 },  { "student-15", 670, 180 },
  { "student-16", 700, 0 },   { "student-17", 730, 120 }, { "student-18", 760, 300 },
  { "student-19", 790, 50 },  { "student-20", 820, 0 },   { "student-21", 850, 150 },
  { "student-22", 890, 80 },  { "student-23", 930, 200 }, { "student-24", 970, 20 },
};

const struct math_student *math_student_at(size_t i)
{
  return i < MATH_STUDENTS ? &students[i] : NULL;
}

/* Held or not, once and for all. Half of what decides is how widespread the misconception
 * is, half the student's own history; the likelier the lower the skill. */
static bool student_holds(const struct math_student *student, enum math_mis mis)
{
  struct rng common, own;
  rng_init(&common, 0, "math-style/spread", (uint64_t)mis);
  rng_init(&own, (uint64_t)(student - students), "math-style/holds", (uint64_t)mis);
  uint64_t threshold = rng_below(&common, 500) + rng_below(&own, 500);
  return (int)threshold < (1000 - student->skill_permille) * 17 / 20;
}

bool math_student_errs(const struct math_student *student, enum math_mis mis,
                       struct rng *rng)
{
  int lack = 1000 - student->skill_permille;
  int chance = mis == MIS_SLIP               ? 2 + lack * 11 / 100
               : student_holds(student, mis) ? 880
                                             : 4 + lack * 8 / 100;
  return (int)rng_below(rng, 1000) < chance;
}

/* 3 of 47 -> 74; the value itself when both digits are equal. */
static int64_t swap_last_digits(int64_t v)
{
  int64_t low = v % 10, next = v / 10 % 10;
  return v - low - 10 * next + 10 * low + next;
}

int64_t math_student_slip(int64_t right, struct rng *rng)
{
  static const int steps[] = { 1, -1, 1, -1, 2, -2, 10, -10 };
  int64_t size = right < 0 ? -right : right;
  uint64_t way = rng_below(rng, 10);
  int64_t wrong = right + steps[way < COUNT(steps) ? way : 0];
  if (way == 8 && right < 0)
    wrong = -right; /* a minus sign lost */
  if (way == 9 && size >= 10)
    wrong = right < 0 ? -swap_last_digits(size) : swap_last_digits(size);
  bool keeps_sign = (wrong < 0) == (right < 0) || wrong == -right;
  return wrong == right || !keeps_sign ? right + (right < 0 ? -1 : 1) : wrong;
}
