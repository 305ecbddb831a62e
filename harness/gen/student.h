/* student.h - simulated students: who they are, what each gets wrong and how often.
 *
 * For: solutions that go wrong the way people's do, so that policies can be trained on
 * logs with a known first wrong step. A student has a skill in [0, 1], a habit of
 * skipping steps, and a few systematic misconceptions; besides those come random slips.
 * Not here: what a misconception does to a formula (solve.c for word problems; other
 * generators keep their own).
 *
 * The population is a constant table. All chances are functions of the student alone, all
 * draws come from the caller's stream. Nothing fails, nothing is owned. Thread-safe.
 */
#ifndef OREO_GEN_STUDENT_H
#define OREO_GEN_STUDENT_H

#include "base/rng.h"

/* Systematic misconceptions about word problems: id, name in files, what it does. */
#define MISCONCEPTION_MAP(XX)                                                        \
  XX(ADDS_FOR_EACH, "adds-for-each", "adds where 'each' asks to multiply")           \
  XX(TIMES_AS_PLUS, "times-as-plus", "takes '3 times as many' for '3 more'")         \
  XX(SUBTRACTS_TO_SHARE, "subtracts-to-share", "subtracts where parts are equal")    \
  XX(INVERTS_DIVISION, "inverts-division", "divides the wrong way round")            \
  XX(INVERTS_RATIO, "inverts-ratio", "gives the parts of a ratio to the wrong side") \
  XX(PERCENT_AS_NUMBER, "percent-as-number", "takes 20 % for the number 20")         \
  XX(DISCOUNT_AS_PRICE, "discount-as-price", "takes the discount for the new price") \
  XX(PART_AS_REST, "part-as-rest", "takes the part that went for what is left")      \
  XX(INCREASE_AS_TOTAL, "increase-as-total", "takes the increase for the new total") \
  XX(ADDS_FOR_MORE, "adds-for-more", "adds when asked 'how many more'")              \
  XX(SWAPS_SUBTRACTION, "swaps-subtraction", "subtracts the wrong way round")        \
  XX(FEWER_AS_MORE, "fewer-as-more", "mixes up 'fewer than' and 'more than'")        \
  XX(NUMERATOR_IGNORED, "numerator-ignored", "takes 2/3 for 1/3")                    \
  XX(CONVERTS_BACKWARD, "converts-backward", "multiplies units that ask to divide")  \
  XX(SIXTY_AS_HUNDRED, "sixty-as-hundred", "counts 100 minutes to the hour")         \
  XX(DOZEN_AS_TEN, "dozen-as-ten", "counts 10 to the dozen or months to the year")   \
  XX(OFF_BY_ONE, "off-by-one", "forgets the one at the end when counting")           \
  XX(ROUNDS_DOWN, "rounds-down", "drops the last group that is not full")            \
  XX(ROUNDS_UP, "rounds-up", "counts a group that is not full")                      \
  XX(SUM_AS_AVERAGE, "sum-as-average", "gives the sum when the average is asked")    \
  XX(ONE_WAY_ONLY, "one-way-only", "forgets the way back")                           \
  XX(FORGETS_CARRY, "forgets-carry", "adds column by column without carrying")       \
  XX(FORGETS_BORROW, "forgets-borrow", "takes the smaller digit from the larger")    \
  XX(DROPS_ZERO, "drops-zero", "loses the zero at the end of a product")             \
  XX(IGNORES_LAST, "ignores-last-condition", "stops one step early")

enum misconception {
#define XX(id, name, text) MISC_##id,
  MISCONCEPTION_MAP(XX)
#undef XX
      MISC_COUNT
};

const char *misconception_name(enum misconception misconception);

struct student {
  const char *name;  /* as in the files' "student" */
  double skill;      /* 0 to 1, as in "skill" */
  double skip;       /* chance to do two steps in one line */
  uint64_t believes; /* bit set of enum misconception */
};

/* The population; indices below student_count(). */
size_t student_count(void);
const struct student *student_at(size_t index);

/* Does the student hold it? */
bool student_believes(const struct student *student, enum misconception misconception);
/* Does a misconception that the student holds show this time? The skilled catch
 * themselves more often. */
bool student_gives_in(const struct student *student, struct rng *rng);
/* A random slip at this step? */
bool student_slips(const struct student *student, struct rng *rng);
/* Two steps in one line here? */
bool student_skips(const struct student *student, struct rng *rng);

/* ---- flawed arithmetic on whole numbers >= 0 ---- */

/* Column addition with every carry lost: 27 + 58 = 75. */
int64_t student_add_no_carry(int64_t a, int64_t b);
/* Column subtraction, always the smaller digit from the larger: 52 - 38 = 26. */
int64_t student_sub_no_borrow(int64_t a, int64_t b);
/* A product or sum that went a little wrong: never `value`, never negative. */
int64_t student_slip_result(int64_t value, struct rng *rng);
/* A number misread from the page: two digits swapped or one changed; never `value`, and
 * at least 1. */
int64_t student_misread(int64_t value, struct rng *rng);

#endif
