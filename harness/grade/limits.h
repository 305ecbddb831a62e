/* limits.h - every cap of grading, with its reason.
 *
 * Grading reads text from models: it is hostile by accident. Each cap is far above what a
 * real answer needs (the longest of 5000 competition answers has 81 bytes) and low enough
 * that all of them together cost under 2 ms. Past a cap the verdict is "over budget".
 */
#ifndef OREO_GRADE_LIMITS_H
#define OREO_GRADE_LIMITS_H

enum {
  /* A bare answer. Fifty times the longest gold; a page of working is no answer. */
  LIMIT_CANDIDATE_BYTES = 4096,
  /* Brackets, groups, roots in each other. Real answers reach 6; the stack allows 1000s.
   */
  LIMIT_NESTING = 64,
  /* Nodes of all readings of one answer together. A 4x4 matrix of fractions has 60. */
  LIMIT_NODES = 2048,
  /* Elements of a list, cells of a matrix. The longest list among the golds has 9. */
  LIMIT_ELEMENTS = 256,
  /* Elements that are matched in any order: the cost is quadratic. */
  LIMIT_UNORDERED = 64,
  /* Digits of one literal: all of a 3000-bit number, and no quadratic conversion. */
  LIMIT_DIGITS = 1000,
  /* Bits of an exact integer. Beyond this, numbers are compared modulo primes. */
  LIMIT_BITS = 4096,
  /* Decimal exponents and exact powers. */
  LIMIT_EXPONENT = 100000,
  /* n! is a loop of n products modulo a prime. */
  LIMIT_FACTORIAL = 20000,
  /* Terms of a sum or product that is written out with both ends. */
  LIMIT_SUM_TERMS = 512,
  /* Readings of one ambiguous text. */
  LIMIT_READINGS = 4,
  /* Ticks of one parse or one comparison, about 10 ns each: under 2 ms in all. */
  LIMIT_TICKS = 120000,
};

#endif
