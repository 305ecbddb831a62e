/* unit.c - the table of units. */
#include "grade/unit.h"

#include "base/arena.h"

struct row {
  const char *names; /* separated by blanks; a plural "s" is understood */
  int64_t numerator, denominator;
  int8_t m, g, s, a; /* powers of metre, gram, second, ampere */
  int8_t other;      /* one further dimension to the power 1, or -1 */
};

#define MECHANICAL -1
static const struct row rows[] = {
  { "m meter metre", 1, 1, 1, 0, 0, 0, MECHANICAL },
  { "km kilometer kilometre", 1000, 1, 1, 0, 0, 0, MECHANICAL },
  { "dm decimeter decimetre", 1, 10, 1, 0, 0, 0, MECHANICAL },
  { "cm centimeter centimetre", 1, 100, 1, 0, 0, 0, MECHANICAL },
  { "mm millimeter millimetre", 1, 1000, 1, 0, 0, 0, MECHANICAL },
  { "nm nanometer nanometre", 1, 1000000000, 1, 0, 0, 0, MECHANICAL },
  { "in inch inches", 254, 10000, 1, 0, 0, 0, MECHANICAL },
  { "ft foot feet", 3048, 10000, 1, 0, 0, 0, MECHANICAL },
  { "yd yard", 9144, 10000, 1, 0, 0, 0, MECHANICAL },
  { "mi mile", 1609344, 1000, 1, 0, 0, 0, MECHANICAL },
  { "g gram gm gms", 1, 1, 0, 1, 0, 0, MECHANICAL },
  { "kg kilogram kilo", 1000, 1, 0, 1, 0, 0, MECHANICAL },
  { "mg milligram", 1, 1000, 0, 1, 0, 0, MECHANICAL },
  { "tonne", 1000000, 1, 0, 1, 0, 0, MECHANICAL },
  { "lb lbs pound", 45359237, 100000, 0, 1, 0, 0, MECHANICAL },
  { "oz ounce", 45359237, 1600000, 0, 1, 0, 0, MECHANICAL },
  { "s sec second", 1, 1, 0, 0, 1, 0, MECHANICAL },
  { "ms millisecond", 1, 1000, 0, 0, 1, 0, MECHANICAL },
  { "min minute", 60, 1, 0, 0, 1, 0, MECHANICAL },
  { "h hr hour", 3600, 1, 0, 0, 1, 0, MECHANICAL },
  { "day", 86400, 1, 0, 0, 1, 0, MECHANICAL },
  { "week wk", 604800, 1, 0, 0, 1, 0, MECHANICAL },
  { "mph", 1609344, 3600000, 1, 0, -1, 0, MECHANICAL },
  { "kmh kph", 1000, 3600, 1, 0, -1, 0, MECHANICAL },
  { "fps", 3048, 10000, 1, 0, -1, 0, MECHANICAL },
  { "L l liter litre", 1, 1000, 3, 0, 0, 0, MECHANICAL },
  { "mL ml milliliter millilitre cc", 1, 1000000, 3, 0, 0, 0, MECHANICAL },
  { "cL cl centiliter", 1, 100000, 3, 0, 0, 0, MECHANICAL },
  { "gal gallon", 3785411784, 1000000000000, 3, 0, 0, 0, MECHANICAL },
  { "quart qt", 946352946, 1000000000000, 3, 0, 0, 0, MECHANICAL },
  { "pint pt", 473176473, 1000000000000, 3, 0, 0, 0, MECHANICAL },
  { "acre", 40468564224, 10000000, 2, 0, 0, 0, MECHANICAL },
  { "hectare", 10000, 1, 2, 0, 0, 0, MECHANICAL },
  { "Hz hertz", 1, 1, 0, 0, -1, 0, MECHANICAL },
  { "N newton", 1000, 1, 1, 1, -2, 0, MECHANICAL },
  { "J joule", 1000, 1, 2, 1, -2, 0, MECHANICAL },
  { "kJ kilojoule", 1000000, 1, 2, 1, -2, 0, MECHANICAL },
  { "W watt", 1000, 1, 2, 1, -3, 0, MECHANICAL },
  { "kW kilowatt", 1000000, 1, 2, 1, -3, 0, MECHANICAL },
  { "Pa pascal", 1000, 1, -1, 1, -2, 0, MECHANICAL },
  { "kPa kilopascal", 1000000, 1, -1, 1, -2, 0, MECHANICAL },
  { "A ampere amp", 1, 1, 0, 0, 0, 1, MECHANICAL },
  { "C coulomb", 1, 1, 0, 0, 1, 1, MECHANICAL },
  { "V volt", 1000, 1, 2, 1, -3, -1, MECHANICAL },
  { "ohm", 1000, 1, 2, 1, -3, -2, MECHANICAL },
  { "K kelvin", 1, 1, 0, 0, 0, 0, DIMENSION_KELVIN },
  { "celsius centigrade", 1, 1, 0, 0, 0, 0, DIMENSION_CELSIUS },
  { "F fahrenheit", 1, 1, 0, 0, 0, 0, DIMENSION_FAHRENHEIT },
  { "dollar USD usd buck", 1, 1, 0, 0, 0, 0, DIMENSION_DOLLAR },
  { "cent penny pennies", 1, 100, 0, 0, 0, 0, DIMENSION_DOLLAR },
  { "euro EUR", 1, 1, 0, 0, 0, 0, DIMENSION_EURO },
  { "pounds GBP", 1, 1, 0, 0, 0, 0, DIMENSION_POUND },
  { "yen", 1, 1, 0, 0, 0, 0, DIMENSION_YEN },
  { "rupee Rs", 1, 1, 0, 0, 0, 0, DIMENSION_RUPEE },
  { "bit", 1, 1, 0, 0, 0, 0, DIMENSION_BIT },
  { "byte", 8, 1, 0, 0, 0, 0, DIMENSION_BIT },
  { "mol mole", 1, 1, 0, 0, 0, 0, DIMENSION_MOLE },
  { "degree", 1, 1, 0, 0, 0, 0, DIMENSION_ANGLE },
};

/* Short names keep their case (mL, Pa); words of four letters and more do not. */
static bool names_match(struct str name, struct str word)
{
  if (name.len < 4 ? str_equal(name, word) : str_equal_nocase(name, word))
    return true;
  bool plural = word.len == name.len + 1 && word.ptr[name.len] == 's' && name.len >= 2;
  return plural && str_equal_nocase(name, str_slice(word, 0, name.len));
}

static bool row_has(const struct row *row, struct str word)
{
  struct str names = str_from(row->names);
  while (names.len) {
    ptrdiff_t blank = str_find_char(names, ' ');
    size_t len = blank < 0 ? names.len : (size_t)blank;
    if (names_match(str_slice(names, 0, len), word))
      return true;
    names = str_slice(names, len + (blank >= 0), names.len);
  }
  return false;
}

bool unit_find(struct str word, struct unit *unit)
{
  for (size_t i = 0; i < COUNT(rows); i++) {
    if (!row_has(&rows[i], word))
      continue;
    *unit = UNIT_ONE;
    unit->numerator = rows[i].numerator;
    unit->denominator = rows[i].denominator;
    unit->dimension[DIMENSION_LENGTH] = rows[i].m;
    unit->dimension[DIMENSION_MASS] = rows[i].g;
    unit->dimension[DIMENSION_TIME] = rows[i].s;
    unit->dimension[DIMENSION_CURRENT] = rows[i].a;
    if (rows[i].other != MECHANICAL)
      unit->dimension[rows[i].other] = 1;
    return true;
  }
  return false;
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
