/* unit.h - units of measure: what dimension, how many base units.
 *
 * Factors are exact rationals. A word that is no unit ("students", "units") is a label:
 * it says what was counted and takes no part in a comparison.
 */
#ifndef OREO_GRADE_UNIT_H
#define OREO_GRADE_UNIT_H

#include "grade/tree.h"

enum dimension {
  DIMENSION_LENGTH,  /* metre */
  DIMENSION_MASS,    /* gram */
  DIMENSION_TIME,    /* second */
  DIMENSION_CURRENT, /* ampere */
  DIMENSION_KELVIN,
  DIMENSION_CELSIUS, /* scales with another zero are not converted */
  DIMENSION_FAHRENHEIT,
  DIMENSION_DOLLAR,
  DIMENSION_EURO,
  DIMENSION_POUND,
  DIMENSION_YEN,
  DIMENSION_RUPEE,
  DIMENSION_BIT,
  DIMENSION_MOLE,
  DIMENSION_ANGLE, /* degree */
  DIMENSION_COUNT
};

struct unit {
  int8_t dimension[DIMENSION_COUNT];
  int64_t numerator, denominator; /* how many base units it is */
  bool known;                     /* false: only a label */
};

#define UNIT_ONE   ((struct unit){ { 0 }, 1, 1, true })
#define UNIT_LABEL ((struct unit){ { 0 }, 1, 1, false })

/* A word as it stands in text, singular or plural; single letters keep their case. */
bool unit_find(struct str word, struct unit *unit);
/* `unit` times `factor` to the power; an overflow makes it a label. */
void unit_multiply(struct unit *unit, const struct unit *factor, int power);
/* The value of a QUANTITY node in base units, as a tree: nothing is rounded. */
struct node *unit_scaled(struct forest *forest, const struct node *quantity);
bool unit_same_dimension(const struct unit *a, const struct unit *b);

#endif
