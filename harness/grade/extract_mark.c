/* Marks that announce an answer by their form: "#### x", <answer>x</answer>, "A: x" on
 * the last line, "The final answer is x. I hope it is correct.", **x**, the last line. */
#include "grade/extract.h"
#include "grade/scan.h"

/* A mark that turns out to announce nothing costs a look at a line: only so many. */
enum { LIMIT_MISSES = 20 };

static size_t line_end(struct str s, size_t from)
{
  ptrdiff_t n = str_find_char(str_slice(s, from, from + LIMIT_PIECE), '\n');
  return n < 0 ? (s.len < from + LIMIT_PIECE ? s.len : from + LIMIT_PIECE)
               : from + (size_t)n;
}

/* "#### 2. Add the tax" and "#### Step 2" are headings of Markdown, no answers. */
static bool is_heading(struct str line)
{
  size_t i = 0;
  line = str_trim(line);
  while (i < line.len && char_is_digit(line.ptr[i]))
    i++;
  bool numbered =
      i > 0 && i + 2 < line.len && strchr(".:)", line.ptr[i]) && line.ptr[i + 1] == ' ';
  return numbered || str_starts_nocase(line, STR("step "));
}

/* A number gold also takes the number in the words of a piece, when there is but one:
 * "7 packs and 2 sticks" names two things. */
static void add_with_number(const struct source *source, struct str s, size_t from,
                            size_t to, struct pieces *out)
{
  struct piece number, last;
  pieces_add(out, from, to);
  size_t right = equals_last(s, from, to);
  if (source->wants_number && right > from)
    pieces_add(out, right, to);
  if (source->wants_number && number_first(s, right, to, &number) &&
      number_last(s, right, to, &last) && last.from == number.from)
    pieces_add(out, number.from, number.to);
  if (source->wants_choice && letter_first(s, from, to, &number))
    pieces_add(out, number.from, number.to);
}

void rule_hash(const struct source *source, struct pieces *out)
{
  struct str s = source->full.s;
  struct scan scan = scan_from_end(s, SCAN_FAR);
  int misses_left = LIMIT_MISSES;
  for (ptrdiff_t at; misses_left && (at = scan_back(&scan, '#')) >= 0;) {
    size_t last = (size_t)at;
    if (last < 3 || memcmp(s.ptr + last - 3, "####", 4) != 0)
      continue;
    size_t from = last + 1, to = line_end(s, from);
    misses_left--;
    if (str_trim(str_slice(s, from, to)).len == 0 && to < s.len) { /* "####\n18" */
      from = to + 1;
      to = line_end(s, from);
    }
    if (str_trim(str_slice(s, from, to)).len == 0 || is_heading(str_slice(s, from, to)))
      continue;
    add_with_number(source, s, from, to, out);
    struct piece any;
    if (source->wants_number && !number_first(s, from, to, &any)) {
      out->n = 0; /* "#### Step 2" as a heading of Markdown */
      continue;
    }
    return;
  }
}

void rule_tag(const struct source *source, struct pieces *out)
{
  static const struct str tags[] = {
    WORD("<answer>"),
    WORD("<final_answer>"),
    WORD("<final answer>"),
    WORD("<ans>"),
  };
  struct str s = source->full.s;
  struct scan scan = scan_from_end(s, SCAN_FAR);
  for (ptrdiff_t at; (at = scan_back(&scan, '<')) >= 0;) {
    struct str rest = str_slice(s, (size_t)at, s.len);
    size_t k = 0;
    while (k < COUNT(tags) && !str_starts_nocase(rest, tags[k]))
      k++;
    if (k == COUNT(tags))
      continue;
    size_t from = (size_t)at + tags[k].len;
    ptrdiff_t close = str_find_char(str_slice(s, from, from + LIMIT_PIECE), '<');
    size_t to = close < 0 ? line_end(s, from) : from + (size_t)close;
    if (str_trim(str_slice(s, from, to)).len == 0)
      continue;
    add_with_number(source, s, from, to, out);
    return;
  }
}

/* Minerva's ending. Between the phrase and "I hope" stand at most 400 bytes. */
void rule_hope(const struct source *source, struct pieces *out)
{
  static const struct str phrase = WORD("final answer is");
  struct str s = source->tail.s;
  struct scan scan = scan_from_end(s, SCAN_NEAR);
  int misses_left = LIMIT_MISSES;
  for (ptrdiff_t at; misses_left && (at = scan_back(&scan, 'I')) >= 0;) {
    size_t end = (size_t)at;
    if (!str_starts(str_slice(s, end, s.len), STR("I hope")))
      continue;
    misses_left--;
    size_t low = end > 400 ? end - 400 : 0;
    for (size_t i = end; i-- > low;) {
      if (!str_starts_nocase(str_slice(s, i, end), phrase))
        continue;
      size_t from = i + phrase.len;
      while (from < end && (s.ptr[from] == ':' || s.ptr[from] == ' '))
        from++;
      add_with_number(source, s, from, end, out);
      return;
    }
  }
}

/* "A: 18" ends the worked solutions of OpenAI's models. */
void rule_last_line_a(const struct source *source, struct pieces *out)
{
  struct str s = source->tail.s;
  size_t end = s.len;
  while (end > 0 && char_is_space(s.ptr[end - 1]))
    end--;
  size_t from = end;
  while (from > 0 && s.ptr[from - 1] != '\n')
    from--;
  if (str_starts(str_slice(s, from, end), STR("A:")))
    add_with_number(source, s, from + 2, end, out);
}

void rule_bold(const struct source *source, struct pieces *out)
{
  struct str s = source->tail.s;
  struct scan scan = scan_from_end(s, SCAN_NEAR);
  int misses_left = LIMIT_MISSES;
  for (ptrdiff_t at; misses_left && (at = scan_back(&scan, '*')) >= 0;) {
    size_t to = (size_t)at;
    if (to == 0 || s.ptr[to - 1] != '*')
      continue;
    to--;
    size_t low = to > 300 ? to - 300 : 0;
    ptrdiff_t open = str_find_last(str_slice(s, low, to), STR("**"));
    misses_left--;
    if (open < 0)
      continue;
    add_with_number(source, s, low + (size_t)open + 2, to, out);
    scan.at = low + (size_t)open;
  }
}

/* Digits or signs, as every formula has. */
static bool has_formula(struct str s)
{
  for (size_t i = 0; i < s.len; i++) {
    if (char_is_digit(s.ptr[i]) || strchr("=\\$^+<>", s.ptr[i]) ||
        (unsigned char)s.ptr[i] >= 0x80)
      return true;
  }
  return false;
}

/* "Let me know if you need more" and its like. */
static bool is_closing(struct str line)
{
  static const struct str openings[] = {
    WORD("Let me know"), WORD("I hope"), WORD("Hope"),      WORD("Feel free"),
    WORD("Please"),      WORD("If you"), WORD("Would you"), WORD("Is there anything"),
  };
  for (size_t i = 0; i < COUNT(openings); i++) {
    if (str_starts(line, openings[i]))
      return true;
  }
  return false;
}

bool last_line(const struct source *source, size_t *from, size_t *to)
{
  enum { LINE_BYTES = 4096, CLOSING_LINES = 3 };
  struct str s = source->tail.s;
  size_t end = s.len, begin = end;
  for (int skipped = 0; skipped <= CLOSING_LINES; skipped++) {
    while (end > 0 && char_is_space(s.ptr[end - 1]))
      end--;
    for (begin = end; begin > 0 && s.ptr[begin - 1] != '\n' && end - begin < LINE_BYTES;)
      begin--;
    struct str line = str_slice(s, begin, end);
    if (source->wants_words ? !is_closing(line) : has_formula(line))
      break;
    if (skipped == CLOSING_LINES)
      return false;
    end = begin;
  }
  *from = begin;
  *to = end;
  return begin < end;
}

enum {
  LIMIT_WHOLE = 200,  /* bytes of a line that may be a bare answer */
  LIMIT_SPELLED = 60, /* bytes of a number in words */
};

/* A short last line, whole or its right side, may be the bare answer. */
void rule_last_line(const struct source *source, struct pieces *out)
{
  size_t from, to;
  if (!last_line(source, &from, &to) || to - from > LIMIT_WHOLE)
    return;
  size_t right = equals_last(source->tail.s, from, to);
  if (right > from && source->wants_words)
    pieces_add(out, right, to);
  pieces_add(out, from, to);
  if (right > from && !source->wants_equation)
    pieces_add(out, right, to);
}

/* Mathematics without delimiters: no word of two letters that is not a command. */
static bool is_formula(struct str s)
{
  for (size_t i = 1; i < s.len; i++) {
    if (!char_is_alpha(s.ptr[i]) || !char_is_alpha(s.ptr[i - 1]))
      continue;
    size_t begin = i - 1;
    if (begin == 0 || s.ptr[begin - 1] != '\\')
      return false;
    while (i < s.len && char_is_alpha(s.ptr[i]))
      i++;
  }
  return s.len > 0;
}

/* For numbers: the last line, or its right side, when it is a formula and no prose. */
void rule_whole_line(const struct source *source, struct pieces *out)
{
  struct str s = source->tail.s;
  size_t from, to;
  if (!last_line(source, &from, &to) || to - from > LIMIT_WHOLE ||
      str_find_char(str_slice(s, from, to), '$') >= 0)
    return;
  size_t right = equals_last(s, from, to);
  bool latex = str_find_char(str_slice(s, right, to), '\\') >= 0;
  bool formula = is_formula(str_slice(s, from, to));
  if (right > from && (latex || formula) && is_formula(str_slice(s, right, to)))
    pieces_add(out, right, to);
  if (formula)
    pieces_add(out, from, to);
}

/* The whole response is a number in words: "one hundred". */
void rule_spelled(const struct source *source, struct pieces *out)
{
  static const struct str firsts[] = {
    WORD("zero"),    WORD("one"),      WORD("two"),       WORD("three"),
    WORD("four"),    WORD("five"),     WORD("six"),       WORD("seven"),
    WORD("eight"),   WORD("nine"),     WORD("ten"),       WORD("eleven"),
    WORD("twelve"),  WORD("thirteen"), WORD("fourteen"),  WORD("fifteen"),
    WORD("sixteen"), WORD("eighteen"), WORD("nineteen"),  WORD("twenty"),
    WORD("thirty"),  WORD("forty"),    WORD("fifty"),     WORD("sixty"),
    WORD("eighty"),  WORD("ninety"),   WORD("a hundred"), WORD("a thousand"),
    WORD("minus"),   WORD("negative"),
  };
  struct str s = source->tail.s, text = str_trim(s);
  size_t from = (size_t)(text.ptr - s.ptr);
  for (size_t i = 0; i < COUNT(firsts) && text.len <= LIMIT_SPELLED; i++) {
    if (str_starts_nocase(text, firsts[i])) {
      pieces_add(out, from, from + text.len);
      return;
    }
  }
}

/* "Yes, because 4 is even." */
void rule_leading_word(const struct source *source, struct pieces *out)
{
  static const struct str words[] = { WORD("Yes"), WORD("No"), WORD("True"),
                                      WORD("False") };
  struct str s = source->tail.s;
  size_t from = 0;
  while (from < s.len && (char_is_space(s.ptr[from]) || s.ptr[from] == '*'))
    from++;
  for (size_t i = 0; source->wants_words && i < COUNT(words); i++) {
    size_t to = from + words[i].len;
    if (str_starts_nocase(str_slice(s, from, s.len), words[i]) &&
        (to == s.len || strchr(".,;:!*\n", s.ptr[to])))
      pieces_add(out, from, to);
  }
}

/* "Thus, the day is Friday." */
void rule_last_is(const struct source *source, struct pieces *out)
{
  struct str s = source->tail.s;
  size_t from, to;
  if (!last_line(source, &from, &to))
    return;
  ptrdiff_t at = str_find_last(str_slice(s, from, to), STR(" is "));
  if (at >= 0)
    pieces_add(out, from + (size_t)at + 4, to);
}
