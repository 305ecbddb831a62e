/* math_student.h - flawed solvers of stated skill, who err where they misunderstand.
 *
 * A student holds some misconceptions and errs by them nearly always, errs by others now
 * and then, slips in arithmetic, and leaves steps out. Who holds what is a fixed function
 * of the student's number, so the same student errs in the same way all through a split.
 * All chances are in permille and drawn as integers. Read-only tables, thread-safe.
 */
#ifndef OREO_GEN_MATH_STUDENT_H
#define OREO_GEN_MATH_STUDENT_H

#include "base/rng.h"

/* id, name in files, what the student does */
#define MATH_MIS_MAP(XX)                                                               \
  XX(SIGN_DISTRIBUTE, "sign-error-in-distributing", "-(a - b) becomes -a - b")         \
  XX(SIGN_MOVE, "moves-a-term-without-changing-its-sign", "x + a = b gives x = b + a") \
  XX(FIRST_TERM_ONLY, "distributes-to-the-first-term-only", "a(b + c) = ab + c")       \
  XX(SQUARE_TERMWISE, "powers-a-sum-termwise", "(a + b)^2 = a^2 + b^2")                \
  XX(DROP_MIDDLE, "drops-the-middle-term", "a^2 + ab + b^2 loses ab")                  \
  XX(ROOT_TERMWISE, "takes-a-root-termwise", "sqrt(a^2 + b^2) = a + b")                \
  XX(NEGATIVE_SQUARE, "squares-a-negative-to-a-negative", "(-3)^2 = -9")               \
  XX(CANCEL_TERMS, "cancels-terms", "(a + b)/a = b")                                   \
  XX(ADD_FRACTIONS, "adds-numerators-and-denominators", "a/b + c/d = (a + c)/(b + d)") \
  XX(FORGET_PLUS_MINUS, "forgets-the-plus-minus", "x^2 = 9 gives x = 3 alone")         \
  XX(ROOT_SIGN, "reads-a-root-with-the-wrong-sign", "(x - 3) = 0 gives x = -3")        \
  XX(NO_FLIP, "forgets-to-flip-the-inequality", "-x < 3 gives x < -3")                 \
  XX(INSIDE_OUTSIDE, "takes-the-wrong-side-of-an-inequality", "|x| > a as |x| < a")    \
  XX(INVERT_SLOPE, "inverts-the-slope", "run over rise")                               \
  XX(INVERT_RATIO, "inverts-a-ratio", "b/a for a/b")                                   \
  XX(OFF_BY_ONE, "off-by-one-count", "b - a for b - a + 1")                            \
  XX(ORDER_OF_OPERATIONS, "works-from-left-to-right", "2 + 3 * 4 = 20")                \
  XX(EXPONENT_RULE, "multiplies-exponents-for-adding", "x^a x^b = x^(ab)")             \
  XX(PERCENT_ADD, "adds-percents", "+10% then +10% is +20%")                           \
  XX(PERMUTATION, "permutation-for-combination", "counts orders as different")         \
  XX(ADD_FOR_MULTIPLY, "adds-where-choices-multiply", "a + b for a * b")               \
  XX(REPLACEMENT, "draws-with-replacement", "the second draw as the first")            \
  XX(DOUBLE_COUNT, "counts-the-overlap-twice", "|A| + |B| for the union")              \
  XX(DROP_COEFFICIENT, "drops-the-binomial-coefficient", "p^k q^(n-k) alone")          \
  XX(ODDS, "odds-for-probability", "a/b for a/(a + b)")                                \
  XX(BASE_RATE, "ignores-the-base-rate", "P(A|B) = P(B|A)")                            \
  XX(FORGET_HALF, "forgets-the-factor-of-a-half", "area = base * height")              \
  XX(FORGET_THIRD, "forgets-the-factor-of-a-third", "cone as cylinder")                \
  XX(LINEAR_AREA, "scales-an-area-by-the-ratio-of-lengths", "ratio for its square")    \
  XX(ANGLE_SUM, "uses-the-wrong-angle-sum", "360 for 180")                             \
  XX(WRONG_TURN, "turns-the-wrong-way", "clockwise for counterclockwise")              \
  XX(DIAMETER, "takes-the-radius-for-the-diameter", "or the other way round")          \
  XX(COSINE_SIGN, "wrong-sign-in-the-law-of-cosines", "a^2 + b^2 + 2ab cos C")         \
  XX(SWAP_SIN_COS, "swaps-sin-and-cos", "sin for cos")                                 \
  XX(QUADRANT_SIGN, "ignores-the-quadrants-sign", "cos positive everywhere")           \
  XX(I_SQUARED, "takes-i-squared-for-1", "(bi)(di) = bd")                              \
  XX(CONJUGATE, "multiplies-by-the-wrong-conjugate", "c^2 - d^2 below")                \
  XX(LOG_SUM, "adds-the-arguments-of-logarithms", "log a + log b = log(a + b)")        \
  XX(SERIES_SIGN, "wrong-sign-in-the-series-formula", "a/(1 + r)")                     \
  XX(REVERSE_DIGITS, "reads-the-digits-in-reverse", "remainders from first to last")   \
  XX(PLACE_VALUE, "place-value-one-too-high", "the last digit counts b")               \
  XX(CARRY_TEN, "carries-at-ten-in-another-base", "as if the base were ten")           \
  XX(GCD_LCM, "confuses-gcd-and-lcm", "one for the other")                             \
  XX(DIVISOR_EXPONENT, "multiplies-the-exponents-alone", "abc for (a+1)(b+1)(c+1)")    \
  XX(FIRST_POWER_ONLY, "counts-the-first-power-only", "floor(n/p) alone")              \
  XX(MEAN_OF_RATES, "averages-rates", "(a + b)/2 for the harmonic mean")               \
  XX(COMPARE_DENOMINATORS, "compares-denominators-only", "more parts is more")         \
  XX(DETERMINANT_SIGN, "adds-in-the-determinant", "ad + bc")                           \
  XX(ENTRYWISE, "multiplies-matrices-entry-by-entry", "ae in place of ae + bg")        \
  XX(CROSS_MIDDLE, "wrong-sign-in-the-middle-of-a-cross-product", "-(j) forgotten")    \
  XX(FORGET_NORM, "does-not-divide-by-the-norm", "or not by its square")               \
  XX(FLOOR_TOWARD_ZERO, "rounds-a-negative-toward-zero", "floor(-2.5) = -2")           \
  XX(INVERSE_RECIPROCAL, "takes-the-reciprocal-for-the-inverse", "1/f for f^-1")       \
  XX(FORGET_DOUBLE, "forgets-to-double", "half the chord for the chord")               \
  XX(FOCUS_SIGN, "mixes-ellipse-and-hyperbola", "c^2 = a^2 + b^2")                     \
  XX(SLIP, "slip", "an arithmetic slip anywhere")

enum math_mis {
#define XX(id, name, about) MIS_##id,
  MATH_MIS_MAP(XX)
#undef XX
      MIS_COUNT,
  MIS_NONE = -1,
};

const char *math_mis_name(enum math_mis mis);
/* NULL past the end. */
const char *math_mis_about(enum math_mis mis);

struct math_student {
  const char *name;
  int skill_permille;
  int skip_permille; /* chance to leave a step out */
};

enum { MATH_STUDENTS = 24 };

const struct math_student *math_student_at(size_t i); /* NULL past the end */

/* Does it happen now? Draws exactly once, whatever the answer. */
bool math_student_errs(const struct math_student *student, enum math_mis mis,
                       struct rng *rng);
/* A wrong value near `right`, never equal to it. */
int64_t math_student_slip(int64_t right, struct rng *rng);

#endif
