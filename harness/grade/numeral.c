/* numeral.c - number literals. */
#include "grade/numeral.h"

#include "grade/limits.h"

static char char_at(struct str s, size_t at)
{
  return at < s.len ? s.ptr[at] : '\0';
}

static size_t skip_digits(struct str s, size_t at)
{
  while (char_is_digit(char_at(s, at)))
    at++;
  return at;
}

static bool starts_at(struct str s, size_t at, struct str prefix)
{
  return str_starts(str_slice(s, at, s.len), prefix);
}

/* Length of a thousands separator; `*kind` is ',' for a bare comma, ' ' for a bare space,
 * 'L' for one that only LaTeX's typists use. */
static size_t separator_extent(struct str s, size_t at, char *kind)
{
  static const struct str latex[] = { { "{,}", 3 }, { "\\,", 2 }, { "{\\,}", 4 },
                                      { "\\!", 2 }, { "\\ ", 2 }, { "\\;", 2 },
                                      { "{ }", 3 }, { "\\:", 2 }, { "~", 1 } };
  size_t from = at;
  *kind = '\0';
  if (char_at(s, at) == ',') {
    *kind = ',';
    at++;
  }
  size_t after_comma = at;
  while (char_at(s, at) == ' ')
    at++;
  for (size_t i = 0; i < COUNT(latex); i++)
    if (starts_at(s, at, latex[i])) {
      at += latex[i].len;
      while (char_at(s, at) == ' ')
        at++;
      *kind = 'L';
      return at - from;
    }
  if (*kind == ',')
    return after_comma - from;
  if (at == from + 1)
    *kind = ' ';
  return at - from;
}

/* End of "d{1,3}(sep ddd)+", all separators alike, or `end` when there is no group. */
static size_t grouped_extent(struct str s, size_t at, size_t end, char *kind)
{
  size_t last = end;
  *kind = '\0';
  if (end - at > 3 || s.ptr[at] == '0')
    return end;
  for (;;) {
    char this_kind;
    size_t separator = separator_extent(s, last, &this_kind);
    size_t next = skip_digits(s, last + separator);
    if (!this_kind || next - last - separator != 3 || (*kind && this_kind != *kind))
      break;
    *kind = this_kind;
    last = next;
  }
  /* "10,100,1000" and "1 000 000 000 0" are lists all the way */
  bool more = char_at(s, last) == ',' && char_is_digit(char_at(s, last + 1));
  if (*kind == ',' && more)
    last = end;
  if (last == end)
    *kind = '\0';
  return last;
}

static size_t ellipsis_extent(struct str s, size_t at)
{
  static const struct str forms[] = {
    { "...", 3 }, { "\\ldots", 6 }, { "\\dots", 5 }, { "\\cdots", 6 }
  };
  for (size_t i = 0; i < COUNT(forms); i++)
    if (starts_at(s, at, forms[i]))
      return forms[i].len;
  return 0;
}

/* Digits that repeat for ever, marked with a bar, a dot or round brackets; 0 = none. */
static size_t repetend_extent(struct str s, size_t at)
{
  static const struct {
    struct str open;
    char close;
  } forms[] = { { { "\\overline{", 10 }, '}' },
                { { "\\bar{", 5 }, '}' },
                { { "\\dot{", 5 }, '}' },
                { { "(", 1 }, ')' },
                { { "\\overline ", 10 }, '\0' } };
  for (size_t i = 0; i < COUNT(forms); i++) {
    if (!starts_at(s, at, forms[i].open))
      continue;
    size_t from = at + forms[i].open.len, to = skip_digits(s, from);
    if (to == from)
      continue;
    if (!forms[i].close)
      return to - at;
    if (char_at(s, to) == forms[i].close)
      return to + 1 - at;
  }
  return 0;
}

static size_t exponent_extent(struct str s, size_t at)
{
  char c = char_at(s, at);
  if (c != 'e' && c != 'E')
    return 0;
  size_t digits = at + 1;
  if (char_at(s, digits) == '-' || char_at(s, digits) == '+')
    digits++;
  size_t end = skip_digits(s, digits);
  return end == digits || end - digits > 6 || char_is_alpha(char_at(s, end)) ? 0
                                                                             : end - at;
}

size_t numeral_extent(struct str text, size_t at, unsigned reading, bool bracketed,
                      unsigned *ambiguous)
{
  size_t end = skip_digits(text, at);
  char kind = '\0';
  if (end > at) {
    size_t grouped = grouped_extent(text, at, end, &kind);
    bool as_list =
        bracketed ? !(reading & READING_THOUSANDS) : (reading & READING_LIST_COMMAS) != 0;
    /* "4,000" is no list of 4 and 000 */
    if (kind == ',' && char_at(text, end + 1) != '0')
      *ambiguous |= bracketed ? READING_THOUSANDS : READING_LIST_COMMAS;
    if (kind != ',' || !as_list)
      end = grouped;
  }
  size_t point = end;
  if (char_at(text, end) == '.' && char_at(text, end + 1) != '.') {
    size_t digits = skip_digits(text, end + 1);
    size_t repetend = repetend_extent(text, digits);
    if (digits > end + 1 || repetend)
      end = digits + repetend;
    else if (end + 1 < text.len && char_is_space(text.ptr[end + 1]))
      return end - at; /* the end of a sentence */
  }
  if (end > point)
    end += ellipsis_extent(text, end);
  return end + exponent_extent(text, end) - at;
}

/* What a literal consists of, digits only. */
struct parts {
  char *digits; /* before and after the point */
  size_t count, places;
  char *repetend;
  size_t period;
  int32_t exponent;
  bool point, ellipsis;
};

/* "e-7": at most six digits, see exponent_extent. */
static int32_t exponent_of(struct str text)
{
  int32_t value = 0;
  for (size_t i = 1; i < exponent_extent(text, 0); i++)
    if (char_is_digit(text.ptr[i]))
      value = value * 10 + (text.ptr[i] - '0');
  return char_at(text, 1) == '-' ? -value : value;
}

static bool split(struct arena *arena, struct str literal, struct parts *parts)
{
  *parts = (struct parts){ 0 };
  parts->digits = arena_alloc(arena, literal.len + 1);
  parts->repetend = arena_alloc(arena, literal.len + 1);
  bool repeats = false;
  for (size_t i = 0; i < literal.len; i++) {
    char c = literal.ptr[i];
    if (char_is_digit(c) && repeats)
      parts->repetend[parts->period++] = c;
    else if (char_is_digit(c)) {
      parts->digits[parts->count++] = c;
      parts->places += parts->point;
    } else if (c == '.' && parts->point) {
      parts->ellipsis = true;
    } else if (c == '.') {
      parts->point = true;
    } else if (exponent_extent(literal, i)) {
      parts->exponent = exponent_of(str_slice(literal, i, literal.len));
      break;
    } else if (c == '\\' && ellipsis_extent(literal, i)) {
      parts->ellipsis = true;
      break;
    } else if (parts->point) {
      repeats = repeats || c == '(' || c == 'o' || c == 'b' || c == 'd';
    }
  }
  return parts->count + parts->period <= LIMIT_DIGITS;
}

/* "0.1666...": the shortest period that the last digits show at least twice. */
static void find_period(struct parts *parts)
{
  for (size_t period = 1; 2 * period <= parts->places && period <= 20; period++) {
    const char *end = parts->digits + parts->count;
    if (memcmp(end - period, end - 2 * period, period) != 0)
      continue;
    memcpy(parts->repetend, end - period, period);
    parts->period = period;
    /* the digits that repeat are said once, by the repetend */
    while (parts->places >= period &&
           memcmp(parts->digits + parts->count - period, parts->repetend, period) == 0) {
      parts->count -= period;
      parts->places -= period;
    }
    return;
  }
}

static struct node *literal_node(struct forest *forest, const char *digits, size_t count,
                                 int32_t exponent)
{
  struct node *node = node_new(forest, NODE_NUMBER, 0);
  while (count > 1 && *digits == '0') {
    digits++;
    count--;
  }
  if (count == 0) {
    digits = "0";
    count = 1;
  }
  node->number.digits = (struct str){ digits, count };
  node->number.exponent = exponent;
  node->number.places = -1;
  node->number.small = -1;
  if (count > 18)
    return node;
  node->number.small = 0;
  for (size_t i = 0; i < count; i++)
    node->number.small = node->number.small * 10 + (digits[i] - '0');
  return node;
}

struct node *numeral_node(struct forest *forest, struct str literal)
{
  struct parts parts;
  if (!split(forest->arena, literal, &parts))
    return NULL;
  if (parts.ellipsis && parts.period == 0)
    find_period(&parts);
  int32_t exponent = parts.exponent - (int32_t)parts.places;
  struct node *node = literal_node(forest, parts.digits, parts.count, exponent);
  if (parts.point)
    node->number.places = (int16_t)parts.places;
  if (parts.period == 0)
    return node;
  /* prefix + repetend / (99..9 * 10^places), exactly */
  node->number.places = -1;
  char *nines = arena_alloc(forest->arena, parts.period + 1);
  memset(nines, '9', parts.period);
  struct node *repeating = node_binary(
      forest, NODE_DIVIDE, literal_node(forest, parts.repetend, parts.period, exponent),
      literal_node(forest, nines, parts.period, 0));
  return node_binary(forest, NODE_ADD, node, repeating);
}
