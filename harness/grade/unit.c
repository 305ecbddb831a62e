/* unit.c - the table of units. */
#include "grade/unit.h"

#include "base/arena.h"

/* Combinations of dimensions that have units of their own. */
enum kind {
  KIND_CURRENT,
  KIND_CHARGE,
  KIND_EURO,
  KIND_FAHRENHEIT,
  KIND_POUND,
  KIND_FREQUENCY,
  KIND_ENERGY,
  KIND_KELVIN,
  KIND_VOLUME,
  KIND_FORCE,
  KIND_PRESSURE,
  KIND_RUPEE,
  KIND_DOLLAR,
  KIND_VOLTAGE,
  KIND_POWER,
  KIND_AREA,
  KIND_BIT,
  KIND_CELSIUS,
  KIND_LENGTH,
  KIND_TIME,
  KIND_ANGLE,
  KIND_SPEED,
  KIND_MASS,
  KIND_MOLE,
  KIND_RESISTANCE,
  KIND_YEN
};

static const int8_t dimensions[][DIMENSION_COUNT] = {
  [KIND_CURRENT] = { [DIMENSION_CURRENT] = 1 },
  [KIND_CHARGE] = { [DIMENSION_TIME] = 1, [DIMENSION_CURRENT] = 1 },
  [KIND_EURO] = { [DIMENSION_EURO] = 1 },
  [KIND_FAHRENHEIT] = { [DIMENSION_FAHRENHEIT] = 1 },
  [KIND_POUND] = { [DIMENSION_POUND] = 1 },
  [KIND_FREQUENCY] = { [DIMENSION_TIME] = -1 },
  [KIND_ENERGY] = { [DIMENSION_LENGTH] = 2, [DIMENSION_MASS] = 1, [DIMENSION_TIME] = -2 },
  [KIND_KELVIN] = { [DIMENSION_KELVIN] = 1 },
  [KIND_VOLUME] = { [DIMENSION_LENGTH] = 3 },
  [KIND_FORCE] = { [DIMENSION_LENGTH] = 1, [DIMENSION_MASS] = 1, [DIMENSION_TIME] = -2 },
  [KIND_PRESSURE] = { [DIMENSION_LENGTH] = -1,
                      [DIMENSION_MASS] = 1,
                      [DIMENSION_TIME] = -2 },
  [KIND_RUPEE] = { [DIMENSION_RUPEE] = 1 },
  [KIND_DOLLAR] = { [DIMENSION_DOLLAR] = 1 },
  [KIND_VOLTAGE] = { [DIMENSION_LENGTH] = 2,
                     [DIMENSION_MASS] = 1,
                     [DIMENSION_TIME] = -3,
                     [DIMENSION_CURRENT] = -1 },
  [KIND_POWER] = { [DIMENSION_LENGTH] = 2, [DIMENSION_MASS] = 1, [DIMENSION_TIME] = -3 },
  [KIND_AREA] = { [DIMENSION_LENGTH] = 2 },
  [KIND_BIT] = { [DIMENSION_BIT] = 1 },
  [KIND_CELSIUS] = { [DIMENSION_CELSIUS] = 1 },
  [KIND_LENGTH] = { [DIMENSION_LENGTH] = 1 },
  [KIND_TIME] = { [DIMENSION_TIME] = 1 },
  [KIND_ANGLE] = { [DIMENSION_ANGLE] = 1 },
  [KIND_SPEED] = { [DIMENSION_LENGTH] = 1, [DIMENSION_TIME] = -1 },
  [KIND_MASS] = { [DIMENSION_MASS] = 1 },
  [KIND_MOLE] = { [DIMENSION_MOLE] = 1 },
  [KIND_RESISTANCE] = { [DIMENSION_LENGTH] = 2,
                        [DIMENSION_MASS] = 1,
                        [DIMENSION_TIME] = -3,
                        [DIMENSION_CURRENT] = -2 },
  [KIND_YEN] = { [DIMENSION_YEN] = 1 },
};

/* In strict byte order. Names of four letters and more are matched in lower case, short
 * ones as they stand (mL, Pa); a plural "s" is understood. */
static const struct {
  const char *name;
  enum kind kind;
  int64_t numerator, denominator;
} rows[] = {
  { "A", KIND_CURRENT, 1, 1 },
  { "C", KIND_CHARGE, 1, 1 },
  { "EUR", KIND_EURO, 1, 1 },
  { "F", KIND_FAHRENHEIT, 1, 1 },
  { "GBP", KIND_POUND, 1, 1 },
  { "Hz", KIND_FREQUENCY, 1, 1 },
  { "J", KIND_ENERGY, 1000, 1 },
  { "K", KIND_KELVIN, 1, 1 },
  { "L", KIND_VOLUME, 1, 1000 },
  { "N", KIND_FORCE, 1000, 1 },
  { "Pa", KIND_PRESSURE, 1000, 1 },
  { "Rs", KIND_RUPEE, 1, 1 },
  { "USD", KIND_DOLLAR, 1, 1 },
  { "V", KIND_VOLTAGE, 1000, 1 },
  { "W", KIND_POWER, 1000, 1 },
  { "acre", KIND_AREA, 40468564224, 10000000 },
  { "amp", KIND_CURRENT, 1, 1 },
  { "ampere", KIND_CURRENT, 1, 1 },
  { "bit", KIND_BIT, 1, 1 },
  { "buck", KIND_DOLLAR, 1, 1 },
  { "byte", KIND_BIT, 8, 1 },
  { "cL", KIND_VOLUME, 1, 100000 },
  { "cc", KIND_VOLUME, 1, 1000000 },
  { "celsius", KIND_CELSIUS, 1, 1 },
  { "cent", KIND_DOLLAR, 1, 100 },
  { "centigrade", KIND_CELSIUS, 1, 1 },
  { "centiliter", KIND_VOLUME, 1, 100000 },
  { "centimeter", KIND_LENGTH, 1, 100 },
  { "centimetre", KIND_LENGTH, 1, 100 },
  { "cl", KIND_VOLUME, 1, 100000 },
  { "cm", KIND_LENGTH, 1, 100 },
  { "coulomb", KIND_CHARGE, 1, 1 },
  { "day", KIND_TIME, 86400, 1 },
  { "decimeter", KIND_LENGTH, 1, 10 },
  { "decimetre", KIND_LENGTH, 1, 10 },
  { "degree", KIND_ANGLE, 1, 1 },
  { "dm", KIND_LENGTH, 1, 10 },
  { "dollar", KIND_DOLLAR, 1, 1 },
  { "euro", KIND_EURO, 1, 1 },
  { "fahrenheit", KIND_FAHRENHEIT, 1, 1 },
  { "feet", KIND_LENGTH, 3048, 10000 },
  { "foot", KIND_LENGTH, 3048, 10000 },
  { "fps", KIND_SPEED, 3048, 10000 },
  { "ft", KIND_LENGTH, 3048, 10000 },
  { "g", KIND_MASS, 1, 1 },
  { "gal", KIND_VOLUME, 3785411784, 1000000000000 },
  { "gallon", KIND_VOLUME, 3785411784, 1000000000000 },
  { "gm", KIND_MASS, 1, 1 },
  { "gms", KIND_MASS, 1, 1 },
  { "gram", KIND_MASS, 1, 1 },
  { "h", KIND_TIME, 3600, 1 },
  { "hectare", KIND_AREA, 10000, 1 },
  { "hertz", KIND_FREQUENCY, 1, 1 },
  { "hour", KIND_TIME, 3600, 1 },
  { "hr", KIND_TIME, 3600, 1 },
  { "in", KIND_LENGTH, 254, 10000 },
  { "inch", KIND_LENGTH, 254, 10000 },
  { "inches", KIND_LENGTH, 254, 10000 },
  { "joule", KIND_ENERGY, 1000, 1 },
  { "kJ", KIND_ENERGY, 1000000, 1 },
  { "kPa", KIND_PRESSURE, 1000000, 1 },
  { "kW", KIND_POWER, 1000000, 1 },
  { "kelvin", KIND_KELVIN, 1, 1 },
  { "kg", KIND_MASS, 1000, 1 },
  { "kilo", KIND_MASS, 1000, 1 },
  { "kilogram", KIND_MASS, 1000, 1 },
  { "kilojoule", KIND_ENERGY, 1000000, 1 },
  { "kilometer", KIND_LENGTH, 1000, 1 },
  { "kilometre", KIND_LENGTH, 1000, 1 },
  { "kilopascal", KIND_PRESSURE, 1000000, 1 },
  { "kilowatt", KIND_POWER, 1000000, 1 },
  { "km", KIND_LENGTH, 1000, 1 },
  { "kmh", KIND_SPEED, 1000, 3600 },
  { "kph", KIND_SPEED, 1000, 3600 },
  { "l", KIND_VOLUME, 1, 1000 },
  { "lb", KIND_MASS, 45359237, 100000 },
  { "lbs", KIND_MASS, 45359237, 100000 },
  { "liter", KIND_VOLUME, 1, 1000 },
  { "litre", KIND_VOLUME, 1, 1000 },
  { "m", KIND_LENGTH, 1, 1 },
  { "mL", KIND_VOLUME, 1, 1000000 },
  { "meter", KIND_LENGTH, 1, 1 },
  { "metre", KIND_LENGTH, 1, 1 },
  { "mg", KIND_MASS, 1, 1000 },
  { "mi", KIND_LENGTH, 1609344, 1000 },
  { "mile", KIND_LENGTH, 1609344, 1000 },
  { "milligram", KIND_MASS, 1, 1000 },
  { "milliliter", KIND_VOLUME, 1, 1000000 },
  { "millilitre", KIND_VOLUME, 1, 1000000 },
  { "millimeter", KIND_LENGTH, 1, 1000 },
  { "millimetre", KIND_LENGTH, 1, 1000 },
  { "millisecond", KIND_TIME, 1, 1000 },
  { "min", KIND_TIME, 60, 1 },
  { "minute", KIND_TIME, 60, 1 },
  { "ml", KIND_VOLUME, 1, 1000000 },
  { "mm", KIND_LENGTH, 1, 1000 },
  { "mol", KIND_MOLE, 1, 1 },
  { "mole", KIND_MOLE, 1, 1 },
  { "mph", KIND_SPEED, 1609344, 3600000 },
  { "ms", KIND_TIME, 1, 1000 },
  { "nanometer", KIND_LENGTH, 1, 1000000000 },
  { "nanometre", KIND_LENGTH, 1, 1000000000 },
  { "newton", KIND_FORCE, 1000, 1 },
  { "nm", KIND_LENGTH, 1, 1000000000 },
  { "ohm", KIND_RESISTANCE, 1000, 1 },
  { "ounce", KIND_MASS, 45359237, 1600000 },
  { "oz", KIND_MASS, 45359237, 1600000 },
  { "pascal", KIND_PRESSURE, 1000, 1 },
  { "pennies", KIND_DOLLAR, 1, 100 },
  { "penny", KIND_DOLLAR, 1, 100 },
  { "pint", KIND_VOLUME, 473176473, 1000000000000 },
  { "pound", KIND_MASS, 45359237, 100000 },
  { "pt", KIND_VOLUME, 473176473, 1000000000000 },
  { "qt", KIND_VOLUME, 946352946, 1000000000000 },
  { "quart", KIND_VOLUME, 946352946, 1000000000000 },
  { "rupee", KIND_RUPEE, 1, 1 },
  { "s", KIND_TIME, 1, 1 },
  { "sec", KIND_TIME, 1, 1 },
  { "second", KIND_TIME, 1, 1 },
  { "tonne", KIND_MASS, 1000000, 1 },
  { "usd", KIND_DOLLAR, 1, 1 },
  { "volt", KIND_VOLTAGE, 1000, 1 },
  { "watt", KIND_POWER, 1000, 1 },
  { "week", KIND_TIME, 604800, 1 },
  { "wk", KIND_TIME, 604800, 1 },
  { "yard", KIND_LENGTH, 9144, 10000 },
  { "yd", KIND_LENGTH, 9144, 10000 },
  { "yen", KIND_YEN, 1, 1 },
};

static bool find(struct str word, struct unit *unit)
{
  size_t low = 0, high = COUNT(rows);
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    int order = str_compare(str_from(rows[middle].name), word);
    if (order == 0) {
      *unit = UNIT_ONE;
      unit->numerator = rows[middle].numerator;
      unit->denominator = rows[middle].denominator;
      memcpy(unit->dimension, dimensions[rows[middle].kind], sizeof unit->dimension);
      return true;
    }
    if (order < 0)
      low = middle + 1;
    else
      high = middle;
  }
  return false;
}

bool unit_find(struct str word, struct unit *unit)
{
  enum { LONGEST = 16 };
  char lower[LONGEST];
  if (word.len > LONGEST || word.len == 0)
    return false;
  if (find(word, unit))
    return true;
  if (word.len < 3)
    return false;
  for (size_t i = 0; i < word.len; i++)
    lower[i] = char_lower(word.ptr[i]);
  struct str folded = { lower, word.len };
  bool plural = lower[word.len - 1] == 's';
  return (word.len >= 4 && find(folded, unit)) ||
         (plural && find(str_slice(folded, 0, folded.len - 1), unit));
}

static int64_t gcd(int64_t a, int64_t b)
{
  while (b) {
    int64_t rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

void unit_multiply(struct unit *unit, const struct unit *factor, int power)
{
  int sign = power < 0 ? -1 : 1;
  if (power * sign > 6)
    unit->known = false;
  for (int n = 0; n < power * sign && unit->known; n++) {
    int64_t up = sign > 0 ? factor->numerator : factor->denominator;
    int64_t down = sign > 0 ? factor->denominator : factor->numerator;
    int64_t a = gcd(up, unit->denominator), b = gcd(unit->numerator, down);
    unit->known =
        factor->known &&
        !__builtin_mul_overflow(unit->numerator / b, up / a, &unit->numerator) &&
        !__builtin_mul_overflow(unit->denominator / a, down / b, &unit->denominator);
    for (size_t i = 0; i < DIMENSION_COUNT; i++)
      unit->dimension[i] = (int8_t)(unit->dimension[i] + sign * factor->dimension[i]);
  }
}

bool unit_same_dimension(const struct unit *a, const struct unit *b)
{
  return memcmp(a->dimension, b->dimension, sizeof a->dimension) == 0;
}

struct node *unit_scaled(struct forest *forest, const struct node *quantity)
{
  const struct unit *unit = quantity->unit;
  struct node *factor =
      node_binary(forest, NODE_DIVIDE, node_integer(forest, unit->numerator),
                  node_integer(forest, unit->denominator));
  return node_binary(forest, NODE_MULTIPLY, quantity->children[0], factor);
}
