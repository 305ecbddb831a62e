#include "gen/student.h"

#include "base/arena.h"

const char *misconception_name(enum misconception misconception)
{
  static const char *const names[] = {
#define XX(id, name, text) name,
    MISCONCEPTION_MAP(XX)
#undef XX
  };
  return names[misconception];
}

#define B(id) (UINT64_C(1) << MISC_##id)

/* Strong and weak evenly, every misconception held by at least two, so that each shows
 * often enough to be learnt from, and the more is held the lower the skill. */
static const struct student population[] = {
  { "student-01", 0.99, 0.05, 0 },
  { "student-02", 0.97, 0.25, 0 },
  { "student-03", 0.95, 0.10, B(ROUNDS_DOWN) },
  { "student-04", 0.93, 0.00, B(SIXTY_AS_HUNDRED) },
  { "student-05", 0.91, 0.30, B(INVERTS_RATIO) },
  { "student-06", 0.89, 0.10, B(OFF_BY_ONE) | B(SUM_AS_AVERAGE) },
  { "student-07", 0.87, 0.15, B(DROPS_ZERO) },
  { "student-08", 0.85, 0.00, B(CONVERTS_BACKWARD) | B(ROUNDS_UP) },
  { "student-09", 0.82, 0.20, B(DISCOUNT_AS_PRICE) | B(ONE_WAY_ONLY) },
  { "student-10", 0.80, 0.05, B(FORGETS_BORROW) },
  { "student-11", 0.77, 0.10, B(TIMES_AS_PLUS) | B(NUMERATOR_IGNORED) },
  { "student-12", 0.75, 0.35, B(FORGETS_CARRY) | B(DOZEN_AS_TEN) },
  { "student-13", 0.72, 0.00, B(PERCENT_AS_NUMBER) | B(PART_AS_REST) },
  { "student-14", 0.70, 0.15, B(ADDS_FOR_MORE) | B(INVERTS_DIVISION) },
  { "student-15", 0.67, 0.10, B(IGNORES_LAST) | B(OFF_BY_ONE) },
  { "student-16", 0.64, 0.05,
    B(INCREASE_AS_TOTAL) | B(DISCOUNT_AS_PRICE) | B(FEWER_AS_MORE) | B(ONE_WAY_ONLY) },
  { "student-17", 0.60, 0.20,
    B(SUBTRACTS_TO_SHARE) | B(PERCENT_AS_NUMBER) | B(ROUNDS_DOWN) | B(SUM_AS_AVERAGE) },
  { "student-18", 0.56, 0.10,
    B(FORGETS_CARRY) | B(FORGETS_BORROW) | B(FEWER_AS_MORE) | B(CONVERTS_BACKWARD) },
  { "student-19", 0.52, 0.00,
    B(SWAPS_SUBTRACTION) | B(NUMERATOR_IGNORED) | B(INCREASE_AS_TOTAL) | B(DROPS_ZERO) },
  { "student-20", 0.48, 0.25,
    B(ADDS_FOR_EACH) | B(INVERTS_RATIO) | B(PERCENT_AS_NUMBER) | B(SIXTY_AS_HUNDRED) },
  { "student-21", 0.42, 0.10,
    B(TIMES_AS_PLUS) | B(SUBTRACTS_TO_SHARE) | B(PART_AS_REST) | B(DOZEN_AS_TEN) |
        B(INVERTS_DIVISION) },
  { "student-22", 0.36, 0.15,
    B(IGNORES_LAST) | B(ADDS_FOR_MORE) | B(DISCOUNT_AS_PRICE) | B(FORGETS_BORROW) |
        B(INVERTS_DIVISION) },
  { "student-23", 0.30, 0.05,
    B(SWAPS_SUBTRACTION) | B(FORGETS_CARRY) | B(PART_AS_REST) | B(ROUNDS_UP) |
        B(SUM_AS_AVERAGE) | B(INVERTS_RATIO) | B(OFF_BY_ONE) | B(ONE_WAY_ONLY) |
        B(SUBTRACTS_TO_SHARE) | B(NUMERATOR_IGNORED) | B(SIXTY_AS_HUNDRED) },
  { "student-24", 0.24, 0.10,
    B(ADDS_FOR_EACH) | B(TIMES_AS_PLUS) | B(FEWER_AS_MORE) | B(PERCENT_AS_NUMBER) |
        B(DISCOUNT_AS_PRICE) | B(ROUNDS_DOWN) | B(FORGETS_BORROW) | B(IGNORES_LAST) },
};

#undef B

size_t student_count(void)
{
  return COUNT(population);
}

const struct student *student_at(size_t index)
{
  return &population[index];
}

bool student_believes(const struct student *student, enum misconception misconception)
{
  return student->believes >> misconception & 1;
}

bool student_gives_in(const struct student *student, struct rng *rng)
{
  return rng_chance(rng, 0.95 - 0.4 * student->skill);
}

bool student_slips(const struct student *student, struct rng *rng)
{
  return rng_chance(rng, 0.005 + 0.15 * (1.0 - student->skill));
}

bool student_skips(const struct student *student, struct rng *rng)
{
  return rng_chance(rng, student->skip);
}

int64_t student_add_no_carry(int64_t a, int64_t b)
{
  int64_t sum = 0;
  for (int64_t place = 1; a > 0 || b > 0; a /= 10, b /= 10, place *= 10)
    sum += (a % 10 + b % 10) % 10 * place;
  return sum;
}

int64_t student_sub_no_borrow(int64_t a, int64_t b)
{
  int64_t difference = 0;
  for (int64_t place = 1; a > 0 || b > 0; a /= 10, b /= 10, place *= 10) {
    int64_t digit = a % 10 - b % 10;
    difference += (digit < 0 ? -digit : digit) * place;
  }
  return difference;
}

int64_t student_slip_result(int64_t value, struct rng *rng)
{
  /* small numbers go wrong by a little, large ones by a digit somewhere */
  static const int64_t offsets[] = { 1, -1, 2, -2, 10, -10, 100, -100 };
  size_t n = value < 20 ? 4 : value < 500 ? 6 : 8;
  int64_t wrong = value + offsets[rng_below(rng, n)];
  return wrong < 0 ? value + 1 : wrong;
}

int64_t student_misread(int64_t value, struct rng *rng)
{
  int64_t low = value % 10, high = value / 10 % 10;
  int64_t swapped = value - 10 * high - low + 10 * low + high;
  if (value >= 10 && swapped != value && low != 0)
    return swapped;
  int64_t wrong = value + (rng_chance(rng, 0.5) ? 1 : -1);
  return wrong < 1 ? value + 1 : wrong;
}
