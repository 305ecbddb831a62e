/* Numbers as they stand in prose: $1,234.50, -3, 3/4, 2 1/2, 45%, 0.5; not the 2 of "x2".
 */
#include "grade/extract.h"
#include "grade/scan.h"

enum {
  LIMIT_NUMBER = 2000,  /* bytes of one number */
  LIMIT_REFUSED = 2000, /* names such as "x2" that are passed over */
};

/* Length of a fraction character such as one half at `i`, or 0. */
static size_t fraction_char(struct str s, size_t i)
{
  const unsigned char *p = (const unsigned char *)s.ptr + i;
  if (i + 1 < s.len && p[0] == 0xC2 && p[1] >= 0xBC && p[1] <= 0xBE)
    return 2;
  if (i + 2 < s.len && p[0] == 0xE2 && p[1] == 0x85 && p[2] >= 0x90 && p[2] <= 0x9E)
    return 3;
  return 0;
}

static bool digit_at(struct str s, size_t i)
{
  return i < s.len && char_is_digit(s.ptr[i]);
}

/* Behind the digits, thousands and decimals that begin at `i`. A comma counts only before
 * three digits, or, in "0,30", once before another count of digits. */
static size_t digits_end(struct str s, size_t i)
{
  bool point = false;
  while (i < s.len) {
    if (digit_at(s, i)) {
      i++;
    } else if (s.ptr[i] == '.' && !point && digit_at(s, i + 1)) {
      point = true;
      i++;
    } else if (s.ptr[i] == ',' && !point && digit_at(s, i + 1)) {
      i++;
    } else if (str_starts(str_slice(s, i, i + 3), STR("{,}")) && digit_at(s, i + 3)) {
      i += 3;
    } else if (str_starts(str_slice(s, i, i + 3), STR(",\\!")) && digit_at(s, i + 3)) {
      i += 3;
    } else {
      break;
    }
  }
  return i;
}

/* "3/4" and "2 1/2" go on behind the first digits. */
static size_t fraction_end(struct str s, size_t i)
{
  size_t k = i;
  if (k < s.len && s.ptr[k] == ' ' && digit_at(s, k + 1)) {
    size_t numerator = k + 1;
    while (digit_at(s, numerator))
      numerator++;
    if (numerator < s.len && s.ptr[numerator] == '/' && digit_at(s, numerator + 1))
      k = numerator; /* a mixed number; the bar follows */
  }
  if (k < s.len && s.ptr[k] == '/' && digit_at(s, k + 1)) {
    for (k++; digit_at(s, k); k++)
      ;
    return k;
  }
  return i + fraction_char(s, i);
}

/* "1.5 million" is one number; "5e3", "1.5*10^3" too. */
static size_t scale_end(struct str s, size_t i)
{
  static const struct str words[] = { WORD(" hundred"), WORD(" thousand"),
                                      WORD(" million"), WORD(" billion"),
                                      WORD(" trillion") };
  for (size_t k = 0; k < COUNT(words); k++) {
    if (str_starts(str_slice(s, i, s.len), words[k]))
      return i + words[k].len;
  }
  if (i < s.len && (s.ptr[i] == 'e' || s.ptr[i] == 'E')) {
    size_t k = i + 1;
    if (k < s.len && (s.ptr[k] == '-' || s.ptr[k] == '+'))
      k++;
    if (digit_at(s, k)) {
      while (digit_at(s, k))
        k++;
      return k;
    }
  }
  return i;
}

static size_t percent_end(struct str s, size_t i)
{
  if (i < s.len && s.ptr[i] == '%')
    return i + 1;
  if (i + 1 < s.len && s.ptr[i] == '\\' && s.ptr[i + 1] == '%')
    return i + 2;
  return i;
}

/* Does a word go on behind the number, so that it is a name ("5th", "2x", "3D")? Units
 * that are glued on ("10km", "20cm") are none. */
static bool is_name_behind(struct str s, size_t end)
{
  static const char *const names[] = { "th", "st", "nd", "rd", "x", "y", "z",
                                       "n",  "k",  "D",  "a",  "b", "t" };
  size_t n = 0;
  while (end + n < s.len && char_is_alpha(s.ptr[end + n]))
    n++;
  if (end + n < s.len && n && (char_is_digit(s.ptr[end + n]) || s.ptr[end + n] == '_'))
    return true;
  for (size_t i = 0; n && i < COUNT(names); i++) {
    if (str_equal(str_slice(s, end, end + n), str_from(names[i])))
      return true;
  }
  return false;
}

/* "3. " before a line of text numbers that line. */
static bool is_line_number(struct str s, size_t from, size_t end)
{
  size_t i = from;
  while (i > 0 && (s.ptr[i - 1] == ' ' || s.ptr[i - 1] == '*' || s.ptr[i - 1] == '#'))
    i--;
  if (i > 0 && s.ptr[i - 1] != '\n')
    return false;
  if (end + 1 >= s.len || (s.ptr[end] != '.' && s.ptr[end] != ')') ||
      s.ptr[end + 1] != ' ')
    return false;
  for (i = end + 2; i < s.len && s.ptr[i] != '\n'; i++) {
    if (char_is_alnum(s.ptr[i]) || (unsigned char)s.ptr[i] >= 0x80)
      return true;
  }
  return false;
}

/* "2:00" is a time or a ratio, and neither of its numbers is a number by itself. */
static bool is_clock(struct str s, size_t from, size_t end, size_t floor)
{
  bool behind = end + 1 < s.len && s.ptr[end] == ':' && char_is_digit(s.ptr[end + 1]);
  bool before =
      from > floor + 1 && s.ptr[from - 1] == ':' && char_is_digit(s.ptr[from - 2]);
  return behind || before;
}

/* Moves `from` over a currency sign and a minus that is a sign, not an operator. */
static size_t sign_begin(struct str s, size_t from, size_t floor)
{
  size_t i = from;
  if (i > floor && s.ptr[i - 1] == '$')
    i -= i > floor + 1 && s.ptr[i - 2] == '\\' ? 2 : 1;
  else if (i > floor + 1 && (unsigned char)s.ptr[i - 2] == 0xC2 && /* pound, yen */
           ((unsigned char)s.ptr[i - 1] == 0xA3 || (unsigned char)s.ptr[i - 1] == 0xA5))
    i -= 2;
  else if (i > floor + 2 && str_equal(str_slice(s, i - 3, i), STR("\xE2\x82\xAC")))
    i -= 3;
  if (i > floor && (s.ptr[i - 1] == '-' || s.ptr[i - 1] == '+')) {
    char before = i > floor + 1 ? s.ptr[i - 2] : ' ';
    if (!char_is_alnum(before) && before != ')' && before != '-' && before != '}')
      return i - 1;
  }
  /* "- 3" behind "= " or ": " is a sign too */
  if (i > floor + 3 && s.ptr[i - 1] == ' ' && s.ptr[i - 2] == '-' &&
      (s.ptr[i - 4] == '=' || s.ptr[i - 4] == ':') && s.ptr[i - 3] == ' ')
    return i - 2;
  return i;
}

/* The number whose digits begin at `i`; false when it is part of a word. */
static bool number_at(struct str s, size_t i, size_t floor, size_t to, struct piece *out,
                      size_t *end)
{
  s.len = to;
  size_t from = i;
  *end = fraction_char(s, i) ? i + fraction_char(s, i) : digits_end(s, i);
  if (from > floor && s.ptr[from - 1] == '.' &&
      (from - 1 == floor || !char_is_alnum(s.ptr[from - 2])))
    from--; /* ".5" */
  size_t digits = *end;
  *end = fraction_end(s, *end);
  *end = percent_end(s, scale_end(s, *end));
  if (*end - from > LIMIT_NUMBER || is_name_behind(s, *end))
    return false;
  char before = from > floor ? s.ptr[from - 1] : ' ';
  if (char_is_alpha(before) || before == '_' || before == '^' ||
      (before == '.' && from > floor + 1 && char_is_digit(s.ptr[from - 2])))
    return false;
  if (is_line_number(s, from, digits) || is_clock(s, from, digits, floor))
    return false;
  *out = (struct piece){ sign_begin(s, from, floor), *end, STR_NONE };
  return true;
}

bool number_first(struct str s, size_t from, size_t to, struct piece *out)
{
  size_t i = from, end;
  while (i < to) {
    if (!char_is_digit(s.ptr[i]) && !fraction_char(s, i)) {
      i++;
      continue;
    }
    if (number_at(s, i, from, to, out, &end))
      return true;
    i = end > i ? end : i + 1;
  }
  return false;
}

/* Where the run of digits, commas and points that ends at `last` begins. */
static size_t run_begin(struct str s, size_t last, size_t floor)
{
  size_t i = last;
  while (i > floor && last - i < LIMIT_NUMBER) {
    char c = s.ptr[i - 1];
    bool inner = (c == ',' || c == '.') && i > floor + 1 && char_is_digit(s.ptr[i - 2]) &&
                 char_is_digit(s.ptr[i]);
    if (str_ends(str_slice(s, floor, i), STR("{,}")) ||
        str_ends(str_slice(s, floor, i), STR(",\\!")))
      i -= 3;
    else if (char_is_digit(c) || inner)
      i--;
    else
      break;
  }
  return i;
}

/* From the digits at `i` back over "3/" and "2 1/". */
static size_t fraction_begin(struct str s, size_t i, size_t floor)
{
  if (i < floor + 2 || s.ptr[i - 1] != '/' || !char_is_digit(s.ptr[i - 2]))
    return i;
  size_t numerator = run_begin(s, i - 1, floor);
  if (numerator > floor + 1 && s.ptr[numerator - 1] == ' ' &&
      char_is_digit(s.ptr[numerator - 2]))
    return run_begin(s, numerator - 1, floor);
  return numerator;
}

bool number_last(struct str s, size_t from, size_t to, struct piece *out)
{
  size_t i = to, end;
  int refused_left = LIMIT_REFUSED;
  while (i > from && refused_left) {
    unsigned char c = (unsigned char)s.ptr[i - 1];
    if (c < '0' || (c > '9' && c < 0x80)) {
      i--;
      continue;
    }
    size_t half = i >= from + 2 ? fraction_char(s, i - 2) : 0;
    half = half == 0 && i >= from + 3 ? fraction_char(s, i - 3) : half;
    if (!char_is_digit(s.ptr[i - 1]) && !half) {
      i--;
      continue;
    }
    size_t begin = i - half;
    begin = run_begin(s, begin, from);
    begin = fraction_begin(s, begin, from);
    if (number_at(s, begin, from, to, out, &end))
      return true;
    refused_left--;
    i = begin < i ? begin : i - 1;
  }
  return false;
}

/* "\\frac{3}{4}" without delimiters around its last number: all of it. */
static void add_command(struct str s, struct piece number, struct pieces *out)
{
  size_t low = number.from > 60 ? number.from - 60 : 0;
  for (size_t i = number.from; i-- > low;) {
    if (s.ptr[i] != '\\')
      continue;
    size_t at = i + 1;
    while (at < s.len && char_is_alpha(s.ptr[at]))
      at++;
    struct str name = str_slice(s, i + 1, at);
    bool root = str_equal(name, STR("sqrt")), fraction = str_ends(name, STR("frac"));
    if ((!root && !fraction) || at >= s.len || s.ptr[at] != '{')
      continue;
    size_t end = scan_brace(s, at);
    if (fraction && end && end < s.len && s.ptr[end] == '{')
      end = scan_brace(s, end);
    if (end >= number.to)
      pieces_add(out, sign_begin(s, i, low), end);
  }
}

/* The last number of the text, or the mathematics around or behind it. */
void rule_number(const struct source *source, struct pieces *out)
{
  struct str s = source->tail.s;
  struct piece number = { 0 }, math = { 0 };
  size_t outer = 0;
  bool has_number = number_last(s, 0, s.len, &number);
  bool has_math = math_last(s, 0, s.len, &math, &outer);
  if (has_math && (!has_number || number.from < math.to)) {
    pieces_add(out, math.from, math.to);
    pieces_add(out, equals_last(s, math.from, math.to), math.to);
  }
  if (has_number) {
    add_command(s, number, out);
    pieces_add(out, number.from, number.to);
  }
  for (int i = 0; i < 3 && has_math; i++) {
    pieces_add(out, math.from, math.to);
    pieces_add(out, equals_last(s, math.from, math.to), math.to);
    has_math = math_last(s, 0, outer, &math, &outer);
  }
}
