/* Words that announce an answer, in several languages: "the answer is x", "Answer: x",
 * "the answer to the question is x", a heading "## Answer" above it, "result = x".
 *
 * A marker is a word, then a connector, then the clause that holds the answer. Which
 * words and connectors count are tables. */
#include "grade/extract.h"
#include "grade/marker_words.h"
#include "grade/scan.h"

enum {
  LIMIT_MARKERS = 3,  /* proposed, from the end */
  LIMIT_LOOKED = 200, /* marker words looked at; most stand in prose without connector */
  LIMIT_CLAUSE = 600, /* bytes */
  LIMIT_BRIDGE = 100, /* bytes of "the answer (to the question ...) is" */
};

/* Which words end in a byte: bit i stands for words[i]. */
struct word_ends {
  const struct str *words;
  uint32_t by_last[256];
};

static void word_ends_init(struct word_ends *ends, const struct str *words, size_t n)
{
  *ends = (struct word_ends){ .words = words };
  for (size_t i = 0; i < n; i++) {
    unsigned char last = (unsigned char)words[i].ptr[words[i].len - 1];
    ends->by_last[last] |= (uint32_t)1 << i;
    if (last >= 'a' && last <= 'z')
      ends->by_last[last - 32] |= (uint32_t)1 << i;
  }
}

static const struct str *word_ending(const struct word_ends *ends, struct str s,
                                     size_t end)
{
  uint32_t mask = ends->by_last[(unsigned char)s.ptr[end - 1]];
  for (size_t i = 0; mask; mask >>= 1, i++) {
    const struct str *word = &ends->words[i];
    if (!(mask & 1) || word->len > end)
      continue;
    char own = word->ptr[word->len - 2], there = s.ptr[end - 2];
    if ((own == there || own == char_lower(there)) && scan_word_ends(s, end, *word))
      return word;
  }
  return NULL;
}

_Static_assert(COUNT(answer_words) <= 32 && COUNT(result_words) <= 32, "a bit each");

static size_t skip(struct str s, size_t i, const char *set)
{
  while (i < s.len && s.ptr[i] && strchr(set, s.ptr[i]))
    i++;
  return i;
}

/* A connector at `i`: the offset behind it, or 0. A word must end there. */
static size_t connector_end(struct str s, size_t i)
{
  for (size_t k = 0; k < COUNT(connectors); k++) {
    struct str c = connectors[k];
    if (!str_starts_nocase(str_slice(s, i, s.len), c))
      continue;
    size_t end = i + c.len;
    bool word = char_is_alpha(c.ptr[c.len - 1]);
    if (word && end < s.len && char_is_alnum(s.ptr[end]))
      continue;
    return end;
  }
  return 0;
}

/* "(in dollars)", "to the question", ", in simplest form,": a bridge to the connector in
 * the same sentence. */
static size_t bridge_end(struct str s, size_t i)
{
  static const struct str first_words[] = {
    WORD("("),      WORD("to "),    WORD("for "),    WORD("of "),   WORD("in "),
    WORD(", "),     WORD("as "),    WORD("we "),     WORD("that "), WORD("rounded"),
    WORD("choice"), WORD("option"), WORD("should "), WORD("must "), WORD("here"),
    WORD("would "), WORD("comes "), WORD("will "),   WORD("can "),  WORD("given "),
  };
  size_t k = 0;
  while (k < COUNT(first_words) && !str_starts(str_slice(s, i, s.len), first_words[k]))
    k++;
  if (k == COUNT(first_words))
    return 0;
  size_t limit = s.len - i > LIMIT_BRIDGE ? i + LIMIT_BRIDGE : s.len;
  for (size_t at = i; at < limit; at++) {
    char c = s.ptr[at];
    if (c == '\n' || (c == '.' && at + 1 < limit && s.ptr[at + 1] == ' '))
      return 0;
    bool boundary = c == ':' || ((c == ' ' || c == ')') && at + 1 < limit);
    size_t begin = c == ':' ? at : at + 1;
    size_t end = boundary ? connector_end(s, begin) : 0;
    if (end)
      return end;
  }
  return 0;
}

/* Is there only a heading before the word on its line ("## Final ", "**", "The ")? */
static bool opens_line(struct str s, size_t at)
{
  static const struct str openers[] = {
    WORD("final"), WORD("the"), WORD("correct"), WORD("short"), WORD("my"),
  };
  size_t from = at;
  while (from > 0 && s.ptr[from - 1] != '\n' && at - from < 40)
    from--;
  if (from > 0 && s.ptr[from - 1] != '\n')
    return false;
  while (from < at) {
    from = skip(s, from, " #*_>-\t");
    size_t k = 0;
    while (k < COUNT(openers) && !str_starts_nocase(str_slice(s, from, at), openers[k]))
      k++;
    if (k == COUNT(openers))
      break;
    from += openers[k].len;
  }
  return from >= at;
}

/* "The final answer", but also "la reponse finale": words behind the marker. */
static size_t skip_adjective(struct str s, size_t i)
{
  static const struct str adjectives[] = {
    WORD("finale"),   WORD("final"),    WORD("correcte"),
    WORD("correcta"), WORD("corretta"), WORD("correct"),
  };
  for (size_t k = 0; k < COUNT(adjectives); k++) {
    if (str_starts_nocase(str_slice(s, i, s.len), adjectives[k]))
      return skip(s, i + adjectives[k].len, "*_ ");
  }
  return i;
}

/* Where the clause begins that the word ending at `end` announces, or 0. */
static size_t clause_begin(struct str s, size_t begin, size_t end)
{
  size_t i = skip(s, end, "*_`\"' ");
  if (str_starts(str_slice(s, i, s.len), STR("(s)")))
    i = skip(s, i + 3, "*_` ");
  i = skip_adjective(s, i);
  size_t next = connector_end(s, i);
  if (!next)
    next = bridge_end(s, i);
  if (!next && opens_line(s, begin)) {
    bool direct = i < s.len && (s.ptr[i] == '$' || s.ptr[i] == '\\' ||
                                char_is_digit(s.ptr[i]) || s.ptr[i] == '(');
    if (direct || (i < s.len && s.ptr[i] == '\n'))
      next = i;
  }
  if (!next)
    return 0;
  for (bool more = true; more;) { /* "is: **", "is therefore", "is equal to" */
    more = false;
    next = skip(s, next, ":= \t\r\n*_");
    for (size_t k = 0; k < COUNT(fillers); k++) {
      if (!str_starts_nocase(str_slice(s, next, s.len), fillers[k]))
        continue;
      size_t behind = next + fillers[k].len;
      if (behind < s.len && char_is_alnum(s.ptr[behind]))
        continue;
      next = behind;
      more = true;
    }
  }
  /* "the answer is not 20" announces nothing */
  return str_starts_nocase(str_slice(s, next, s.len), STR("not ")) ? 0 : next;
}

/* Behind a display that opens at `from`, or `from`. */
static size_t display_end(struct str s, size_t from)
{
  static const struct delimiter {
    const char *open, *close;
  } displays[] = {
    { "\\[", "\\]" }, { "$$", "$$" }, { "\\begin{", "\\end{" },
    { "\\(", "\\)" }, { "$", "$" },   { "`", "`" },
  };
  for (size_t i = 0; i < COUNT(displays); i++) {
    struct str open = str_from(displays[i].open);
    if (!str_starts(str_slice(s, from, s.len), open))
      continue;
    size_t inside = from + open.len;
    ptrdiff_t n = str_find(str_slice(s, inside, inside + LIMIT_CLAUSE),
                           str_from(displays[i].close));
    if (n < 0)
      return from;
    size_t end = inside + (size_t)n + strlen(displays[i].close);
    if (str_equal(open, STR("\\begin{"))) {
      ptrdiff_t brace = str_find_char(str_slice(s, end, end + 20), '}');
      end = brace < 0 ? end : end + (size_t)brace + 1;
    }
    return end;
  }
  return from;
}

/* The clause ends at its line or sentence; a dot before a digit or letter ends nothing.
 */
static size_t clause_end(struct str s, size_t from)
{
  size_t limit = s.len - from > LIMIT_CLAUSE ? from + LIMIT_CLAUSE : s.len;
  for (size_t i = display_end(s, from); i < limit; i++) {
    char c = s.ptr[i], next = i + 1 < s.len ? s.ptr[i + 1] : ' ';
    if (c == '\n')
      return i;
    bool stop = c == '.' || c == '?' || (c == '!' && !char_is_digit(s.ptr[i - (i > 0)]));
    if (stop && (char_is_space(next) || (unsigned char)next >= 0x80))
      return i;
    if (stop && next == '*' && i + 2 < s.len && s.ptr[i + 2] == '*')
      return i;
  }
  return limit;
}

static size_t stop_word(struct str s, size_t from, size_t to)
{
  for (size_t i = from; i < to; i++) {
    if (s.ptr[i] != ' ' && s.ptr[i] != ',')
      continue;
    for (size_t k = 0; k < COUNT(stop_words); k++) {
      if (str_starts(str_slice(s, i, to), stop_words[k]))
        return i;
    }
  }
  return to;
}

/* A clause that opens with its only mathematics, then words: "$(1,2)$, as required". */
static size_t formula_end(struct str s, size_t from, size_t to)
{
  size_t end = display_end(s, from);
  if (end <= from || end >= to || !strchr(" ,;.", s.ptr[end]))
    return to;
  struct str rest = str_slice(s, end, to);
  bool more = str_find_char(rest, '$') >= 0 || str_find(rest, STR("\\(")) >= 0;
  return more ? to : end;
}

/* "42 is the answer", "I get 42 as the answer": the clause stands before the word that
 * begins at `begin`. */
static bool clause_before(struct str s, size_t begin, size_t *from, size_t *to)
{
  static const struct str joints[] = {
    WORD(" is the "), WORD(" as the "), WORD(" is our "),
    WORD(" as our "), WORD(" as my "),  WORD(" is my "),
  };
  static const struct str verbs[] = {
    WORD(" get "),      WORD(" obtain "),    WORD(" have "), WORD(" find "),
    WORD("Thus "),      WORD("Hence "),      WORD("Thus, "), WORD("Hence, "),
    WORD("So "),        WORD("So, "),        WORD(" that "), WORD(" with "),
    WORD("Therefore "), WORD("Therefore, "),
  };
  struct str head = str_slice(s, begin > LIMIT_CLAUSE ? begin - LIMIT_CLAUSE : 0, begin);
  if (str_ends(head, STR("final ")))
    head.len -= 6;
  size_t base = begin > LIMIT_CLAUSE ? begin - LIMIT_CLAUSE : 0, k = 0;
  while (k < COUNT(joints) && !str_ends(head, joints[k]))
    k++;
  if (k == COUNT(joints))
    return false;
  *to = base + head.len - joints[k].len;
  size_t low = *to;
  while (low > base && s.ptr[low - 1] != '\n' &&
         !(s.ptr[low - 1] == ' ' && low > base + 1 && s.ptr[low - 2] == '.'))
    low--;
  *from = low;
  for (k = 0; k < COUNT(verbs); k++) {
    ptrdiff_t at = str_find_last(str_slice(s, *from, *to), verbs[k]);
    if (at >= 0)
      *from += (size_t)at + verbs[k].len;
  }
  return *from < *to;
}

/* The readings of one clause, most literal first. */
static void add_clause(const struct source *source, struct str s, size_t from, size_t to,
                       struct pieces *out)
{
  struct piece part;
  if (source->wants_choice && letter_first(s, from, to, &part)) {
    pieces_add(out, part.from, part.to);
    pieces_add(out, from, to);
    return;
  }
  size_t formula = formula_end(s, from, to);
  if (formula < to)
    pieces_add(out, from, formula);
  size_t right = equals_last(s, from, to);
  if ((source->wants_words || source->wants_number) && right > from)
    pieces_add(out, right, to);
  pieces_add(out, from, to);
  size_t stop = stop_word(s, from, to);
  if (stop < to)
    pieces_add(out, from, stop);
  if (math_first(s, from, to, &part)) {
    pieces_add(out, part.from, part.to);
    if (source->wants_number)
      pieces_add(out, equals_last(s, part.from, part.to), part.to);
  }
  if (source->wants_number) {
    if (number_first(s, right, to, &part) || number_first(s, from, to, &part))
      pieces_add(out, part.from, part.to);
  } else if (right > from && !source->wants_equation) {
    pieces_add(out, right, to);
  }
}

/* Markers at or behind `floor`, from the end. */
static void find_markers(const struct source *source, const struct str *words, size_t n,
                         size_t floor, struct pieces *out)
{
  struct str s = source->tail.s;
  struct word_ends ends;
  word_ends_init(&ends, words, n);
  int markers_left = LIMIT_MARKERS, looks_left = LIMIT_LOOKED;
  for (size_t end = s.len; end > floor && markers_left && looks_left; end--) {
    if (!ends.by_last[(unsigned char)s.ptr[end - 1]])
      continue;
    const struct str *word = word_ending(&ends, s, end);
    if (!word)
      continue;
    looks_left--;
    size_t from = clause_begin(s, end - word->len, end);
    size_t to = from && from < s.len ? clause_end(s, from) : 0;
    if (to <= from && !clause_before(s, end - word->len, &from, &to))
      continue;
    add_clause(source, s, from, to, out);
    markers_left--;
  }
}

void rule_answer_marker(const struct source *source, struct pieces *out)
{
  find_markers(source, answer_words, COUNT(answer_words), 0, out);
}

void rule_result_marker(const struct source *source, struct pieces *out)
{
  /* "The result is 5" is a step of the working wherever more lines follow. */
  size_t from, to;
  if (last_line(source, &from, &to))
    find_markers(source, result_words, COUNT(result_words), from, out);
}
