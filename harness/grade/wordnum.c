/* wordnum.c - numbers written as English words. */
#include "grade/wordnum.h"

#include "base/arena.h"

enum role { ROLE_UNIT, ROLE_TEN, ROLE_HUNDRED, ROLE_THOUSANDS };

static const struct {
  const char *name, *ordinal;
  int32_t value;
  enum role role;
} words[] = {
  { "zero", "zeroth", 0, ROLE_UNIT },
  { "one", "first", 1, ROLE_UNIT },
  { "two", "second", 2, ROLE_UNIT },
  { "three", "third", 3, ROLE_UNIT },
  { "four", "fourth", 4, ROLE_UNIT },
  { "five", "fifth", 5, ROLE_UNIT },
  { "six", "sixth", 6, ROLE_UNIT },
  { "seven", "seventh", 7, ROLE_UNIT },
  { "eight", "eighth", 8, ROLE_UNIT },
  { "nine", "ninth", 9, ROLE_UNIT },
  { "ten", "tenth", 10, ROLE_UNIT },
  { "eleven", "eleventh", 11, ROLE_UNIT },
  { "twelve", "twelfth", 12, ROLE_UNIT },
  { "thirteen", "thirteenth", 13, ROLE_UNIT },
  { "fourteen", "fourteenth", 14, ROLE_UNIT },
  { "fifteen", "fifteenth", 15, ROLE_UNIT },
  { "sixteen", "sixteenth", 16, ROLE_UNIT },
  { "seventeen", "seventeenth", 17, ROLE_UNIT },
  { "eighteen", "eighteenth", 18, ROLE_UNIT },
  { "nineteen", "nineteenth", 19, ROLE_UNIT },
  { "twenty", "twentieth", 20, ROLE_TEN },
  { "thirty", "thirtieth", 30, ROLE_TEN },
  { "forty", "fortieth", 40, ROLE_TEN },
  { "fifty", "fiftieth", 50, ROLE_TEN },
  { "sixty", "sixtieth", 60, ROLE_TEN },
  { "seventy", "seventieth", 70, ROLE_TEN },
  { "eighty", "eightieth", 80, ROLE_TEN },
  { "ninety", "ninetieth", 90, ROLE_TEN },
  { "hundred", "hundredth", 100, ROLE_HUNDRED },
  { "thousand", "thousandth", 1000, ROLE_THOUSANDS },
  { "million", "millionth", 1000000, ROLE_THOUSANDS },
};

/* What was read so far: total of finished thousands, and the group being built. */
struct sum {
  int64_t total, group;
  int32_t scale;  /* of the last thousands word; must fall */
  bool unit_open; /* a unit (1..19) may still follow */
  bool ten_open;  /* a ten may still follow */
};

static bool add_word(struct sum *sum, size_t index)
{
  int32_t value = words[index].value;
  switch (words[index].role) {
  case ROLE_UNIT:
    if (!sum->unit_open || (value >= 10 && !sum->ten_open))
      return false;
    sum->group += value;
    sum->unit_open = sum->ten_open = false;
    return true;
  case ROLE_TEN:
    if (!sum->ten_open)
      return false;
    sum->group += value;
    sum->ten_open = false;
    return true;
  case ROLE_HUNDRED:
    if (sum->group >= 100)
      return false;
    sum->group = (sum->group ? sum->group : 1) * 100;
    break;
  case ROLE_THOUSANDS:
    if (value >= sum->scale)
      return false;
    sum->total += (sum->group ? sum->group : 1) * value;
    sum->group = 0;
    sum->scale = value;
    break;
  }
  sum->unit_open = sum->ten_open = true;
  return true;
}

static ptrdiff_t find_word(struct str word, bool *ordinal)
{
  for (size_t i = 0; i < COUNT(words); i++) {
    *ordinal = str_equal_nocase(word, str_from(words[i].ordinal));
    if (*ordinal || str_equal_nocase(word, str_from(words[i].name)))
      return (ptrdiff_t)i;
  }
  return -1;
}

bool wordnum_parse(struct str text, int64_t *value)
{
  struct sum sum = { 0, 0, 1000000000, true, true };
  bool any = false, ended = false, negative = false;
  for (size_t at = 0; at < text.len;) {
    size_t end = at;
    while (end < text.len && char_is_alpha(text.ptr[end]))
      end++;
    struct str word = str_slice(text, at, end);
    at = end;
    if (word.len == 0) {
      char c = text.ptr[at++];
      if (!char_is_space(c) && c != '-')
        return false;
      continue;
    }
    if (any && str_equal_nocase(word, STR("and")))
      continue;
    if (!any && !negative &&
        (str_equal_nocase(word, STR("negative")) ||
         str_equal_nocase(word, STR("minus")))) {
      negative = true;
      continue;
    }
    ptrdiff_t index = ended ? -1 : find_word(word, &ended);
    if (index < 0 || !add_word(&sum, (size_t)index))
      return false;
    any = true;
  }
  *value = (negative ? -1 : 1) * (sum.total + sum.group);
  return any;
}
