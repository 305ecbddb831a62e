/* Mathematics inside prose: $..$, $$..$$, \(..\), \[..\], \begin{..}..\end{..}. */
#include "grade/extract.h"
#include "grade/scan.h"

enum {
  LIMIT_MATH = 2000,   /* bytes between delimiters; more is two lone dollars */
  LIMIT_STRETCHES = 4, /* that the rule proposes, from the end */
  LIMIT_LIST = 16,     /* that may make up one list */
};

static bool is_escaped(struct str s, size_t i)
{
  return i > 0 && s.ptr[i - 1] == '\\';
}

/* Two words of three letters or more side by side and no command before them: what stands
 * between two prices, not mathematics. */
static bool is_prose(struct str s)
{
  int words = 0;
  for (size_t i = 0; i < s.len;) {
    if (s.ptr[i] == '\n' && i + 1 < s.len && s.ptr[i + 1] == '\n')
      return true;
    if (s.ptr[i] == '{' && i > 3 && char_is_alpha(s.ptr[i - 1])) { /* \text{...} */
      size_t end = scan_brace(s, i);
      bool text = str_ends(str_slice(s, 0, i), STR("text")) ||
                  str_ends(str_slice(s, 0, i), STR("mbox")) ||
                  str_ends(str_slice(s, 0, i), STR("mathrm"));
      if (text && !end)
        return true; /* cut in the middle */
      i = text ? end : i + 1;
      continue;
    }
    size_t from = i;
    while (i < s.len && char_is_alpha(s.ptr[i]))
      i++;
    bool command = from > 0 && s.ptr[from - 1] == '\\';
    if (i - from >= 3 && !command && ++words >= 2)
      return true;
    if (i == from && s.ptr[i] != ' ')
      words = 0;
    i += i == from;
  }
  return false;
}

/* The stretch that the delimiter ending at `end` closes: its inside and where it opens.
 */
static bool dollar_open(struct str s, size_t floor, size_t end, struct piece *out,
                        size_t *outer)
{
  bool twice = end >= floor + 2 && s.ptr[end - 2] == '$' && !is_escaped(s, end - 2);
  size_t close = end - (twice ? 2 : 1);
  size_t low = close > floor + LIMIT_MATH ? close - LIMIT_MATH : floor;
  for (size_t i = close; i-- > low;) {
    if (s.ptr[i] != '$' || is_escaped(s, i))
      continue;
    if (twice && !(i > low && s.ptr[i - 1] == '$'))
      continue;
    *out = (struct piece){ i + 1, close, STR_NONE };
    *outer = twice ? i - 1 : i;
    return !is_prose(str_slice(s, i + 1, close)) &&
           str_trim(str_slice(s, i + 1, close)).len > 0;
  }
  return false;
}

static bool pair_open(struct str s, size_t floor, size_t end, const char *open,
                      struct piece *out, size_t *outer)
{
  size_t close = end - 2;
  size_t low = close > floor + LIMIT_MATH ? close - LIMIT_MATH : floor;
  ptrdiff_t at = str_find_last(str_slice(s, low, close), str_from(open));
  if (at < 0)
    return false;
  *out = (struct piece){ low + (size_t)at + 2, close, STR_NONE };
  *outer = low + (size_t)at;
  return true;
}

/* Does "\end{name}" end at `end`? Where it begins, and its name. */
static bool environment_ends(struct str s, size_t end, size_t *at, struct str *name)
{
  size_t i = end - 1;
  while (i > 0 && end - i < 20 && (char_is_alpha(s.ptr[i - 1]) || s.ptr[i - 1] == '*'))
    i--;
  if (i < 5 || memcmp(s.ptr + i - 5, "\\end{", 5) != 0)
    return false;
  *at = i - 5;
  *name = str_slice(s, i, end - 1);
  return true;
}

/* Matrices keep their frame, alignments lose it. */
static bool environment_open(struct str s, size_t floor, size_t end, struct piece *out,
                             size_t *outer)
{
  size_t at, low = end > floor + LIMIT_MATH ? end - LIMIT_MATH : floor;
  struct str name;
  if (!environment_ends(s, end, &at, &name) || at < low)
    return false;
  bool matrix = str_find(name, STR("matrix")) >= 0 || str_equal(name, STR("array")) ||
                str_equal(name, STR("cases"));
  bool known = matrix || str_starts(name, STR("align")) || str_starts(name, STR("eq")) ||
               str_starts(name, STR("gather"));
  ptrdiff_t begin = str_find_last(str_slice(s, low, at), STR("\\begin{"));
  if (!known || begin < 0 || !str_starts(str_slice(s, low + (size_t)begin + 7, at), name))
    return false;
  *outer = low + (size_t)begin;
  size_t inside = *outer + 7 + name.len + 1;
  *out = matrix ? (struct piece){ *outer, end, STR_NONE }
                : (struct piece){ inside < at ? inside : at, at, STR_NONE };
  return true;
}

static bool stretch_ends(struct str s, size_t floor, size_t end, struct piece *out,
                         size_t *outer)
{
  char c = s.ptr[end - 1];
  char before = end >= floor + 2 ? s.ptr[end - 2] : ' ';
  if (c == '$' && before != '\\')
    return dollar_open(s, floor, end, out, outer);
  if (c == ')' && before == '\\')
    return pair_open(s, floor, end, "\\(", out, outer);
  if (c == ']' && before == '\\')
    return pair_open(s, floor, end, "\\[", out, outer);
  if (c == '}')
    return environment_open(s, floor, end, out, outer);
  return false;
}

bool math_last(struct str s, size_t floor, size_t to, struct piece *out,
               size_t *outer_from)
{
  /* A delimiter without its partner costs a look at LIMIT_MATH bytes: only so many. */
  int misses_left = 40;
  size_t low = to > floor + SCAN_NEAR ? to - SCAN_NEAR : floor;
  for (size_t end = to; end > low && misses_left; end--) {
    char c = s.ptr[end - 1];
    if (c != '$' && c != ')' && c != ']' && c != '}')
      continue;
    if (stretch_ends(s, floor, end, out, outer_from))
      return true;
    size_t at;
    struct str name;
    misses_left -= c == '}' ? environment_ends(s, end, &at, &name)
                            : c == '$' || (end >= 2 && s.ptr[end - 2] == '\\');
  }
  return false;
}

bool math_first(struct str s, size_t from, size_t to, struct piece *out)
{
  static const struct delimiter {
    const char *open, *close;
  } delimiters[] = {
    { "$$", "$$" },
    { "$", "$" },
    { "\\(", "\\)" },
    { "\\[", "\\]" },
  };
  for (size_t i = from; i < to; i++) {
    if (s.ptr[i] != '$' && s.ptr[i] != '\\')
      continue;
    for (size_t k = 0; k < COUNT(delimiters); k++) {
      struct str open = str_from(delimiters[k].open);
      if (!str_starts(str_slice(s, i, to), open) || (k < 2 && is_escaped(s, i)))
        continue;
      struct str rest = str_slice(s, i + open.len, to);
      ptrdiff_t close = str_find(rest, str_from(delimiters[k].close));
      if (close <= 0 || is_prose(str_slice(rest, 0, (size_t)close)))
        break;
      *out = (struct piece){ i + open.len, i + open.len + (size_t)close, STR_NONE };
      return true;
    }
  }
  return false;
}

size_t equals_last(struct str s, size_t from, size_t to)
{
  int depth = 0;
  for (size_t i = to; i-- > from;) {
    char c = s.ptr[i];
    if (c == '}' || c == ')' || c == ']')
      depth++;
    else if (c == '{' || c == '(' || c == '[')
      depth -= depth > 0;
    else if (c == '=' && depth == 0) {
      char before = i > from ? s.ptr[i - 1] : ' ';
      return before == '<' || before == '>' || before == '!' ? from : i + 1;
    }
  }
  return from;
}

/* "$x = 1$ and $x = 2$" is one list of two stretches. */
static void add_list(const struct source *source, struct pieces *out)
{
  struct str s = source->tail.s, joined = STR_NONE;
  size_t outer = s.len, next = s.len, last = 0, n = 0;
  struct piece math;
  while (n < LIMIT_LIST && math_last(s, 0, next, &math, &outer)) {
    size_t close = math.to + 2 < s.len ? math.to + 2 : s.len;
    size_t begin = close < next ? close : next;
    if (n && !joint_between(str_slice(s, math.to + 1, next)) &&
        !joint_between(str_slice(s, begin, next)))
      break;
    struct str inside = str_trim(str_slice(s, math.from, math.to));
    joined =
        n ? arena_printf(source->arena, "%.*s, %.*s", STR_ARG(inside), STR_ARG(joined))
          : inside;
    last = n ? last : math.to;
    next = outer;
    n++;
  }
  if (n < 2 || out->n == LIMIT_PIECES || joined.len > LIMIT_PIECE)
    return;
  out->at[out->n++] = (struct piece){ next, last, joined };
}

void rule_math(const struct source *source, struct pieces *out)
{
  struct str s = source->tail.s;
  size_t outer = s.len;
  struct piece math;
  if (source->wants_list)
    add_list(source, out);
  for (int i = 0; i < LIMIT_STRETCHES && math_last(s, 0, outer, &math, &outer); i++) {
    size_t right = equals_last(s, math.from, math.to);
    if (right > math.from && source->wants_words)
      pieces_add(out, right, math.to);
    pieces_add(out, math.from, math.to);
    if (right > math.from && !source->wants_equation)
      pieces_add(out, right, math.to);
  }
}
