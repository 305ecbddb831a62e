/* Option letters A to J that stand alone: (C), C., **C**, "answer is C". */
#include "grade/extract.h"
#include "grade/scan.h"

/* "A is right": what an option does and a bird does not do alone. */
static bool is_verb(struct str s)
{
  static const struct str verbs[] = {
    WORD("is "),  WORD("was "), WORD("because "), WORD("since "), WORD("as "),
    WORD("and "), WORD("or "),  WORD("must "),    WORD("not "),
  };
  for (size_t i = 0; i < COUNT(verbs); i++) {
    if (str_starts(s, verbs[i]))
      return true;
  }
  return false;
}

/* Is the capital at `i` a word of its own and no article ("A bird"), no pronoun? */
static bool stands_alone(struct str s, size_t i, size_t from, size_t to)
{
  char c = s.ptr[i];
  char before = i > from ? s.ptr[i - 1] : ' ';
  char after = i + 1 < to ? s.ptr[i + 1] : ' ';
  if (c < 'A' || c > 'J' || char_is_alnum(before) || char_is_alnum(after))
    return false;
  if (before == '\\' || before == '_' || before == '^' || before == '\'' ||
      after == '\'' || after == '_' || after == '^')
    return false;
  bool bracketed = before == '(' && after == ')';
  if ((c == 'A' || c == 'I') && !bracketed && after == ' ' && i + 2 < to &&
      char_is_lower(s.ptr[i + 2]) && !is_verb(str_slice(s, i + 2, to)))
    return false;
  return c != 'I' || bracketed;
}

bool letter_first(struct str s, size_t from, size_t to, struct piece *out)
{
  for (size_t i = from; i < to; i++) {
    if (stands_alone(s, i, from, to)) {
      *out = (struct piece){ i, i + 1, STR_NONE };
      return true;
    }
  }
  return false;
}

bool letter_last(struct str s, size_t from, size_t to, struct piece *out)
{
  for (size_t i = to; i-- > from;) {
    if (stands_alone(s, i, from, to)) {
      *out = (struct piece){ i, i + 1, STR_NONE };
      return true;
    }
  }
  return false;
}

/* "A. Because B is not valid": the response opens with its choice. */
void rule_leading_letter(const struct source *source, struct pieces *out)
{
  struct str s = source->tail.s;
  size_t i = 0;
  while (i < s.len && (char_is_space(s.ptr[i]) || strchr("*([", s.ptr[i])))
    i++;
  if (i >= s.len || !stands_alone(s, i, i, s.len))
    return;
  if (i + 1 == s.len || strchr(".):,]*\n", s.ptr[i + 1]))
    pieces_add(out, i, i + 1);
}

void rule_last_letter(const struct source *source, struct pieces *out)
{
  struct piece letter;
  struct str s = source->tail.s;
  /* an option in brackets is surer than a letter */
  for (size_t i = s.len; i-- > 1;) {
    if (s.ptr[i] == ')' && i >= 2 && s.ptr[i - 2] == '(' &&
        stands_alone(s, i - 1, 0, s.len)) {
      pieces_add(out, i - 1, i);
      break;
    }
  }
  size_t reason = s.len; /* "C because A is wrong": what is said of A is no choice */
  for (size_t i = s.len; i-- > 1 && reason == s.len;) {
    struct str rest = str_slice(s, i, s.len);
    if (s.ptr[i] == ' ' && stands_alone(s, i - 1, 0, s.len) &&
        (str_starts(rest, STR(" because")) || str_starts(rest, STR(" since"))))
      reason = i;
  }
  if (letter_last(s, 0, reason, &letter))
    pieces_add(out, letter.from, letter.to);
}
