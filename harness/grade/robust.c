/* The profile `robust`: candidates in the order of the cascade, the first that fits the
 * gold, identity by evaluation. */
#include "grade/extract.h"
#include "grade/limits.h"
#include "grade/profile.h"
#include "grade/scan.h"

enum { LIMIT_CANDIDATES = 48 }; /* parsed for one response */

static enum verdict verdict_of(bool same)
{
  return same ? VERDICT_CORRECT : VERDICT_WRONG;
}

static bool is_category(const struct answer *answer, const char *name)
{
  return strcmp(answer_category(answer), name) == 0;
}

/* "35%" for the gold "35": the question asked for a percentage. Only where the answer was
 * found in a response; bare answers are taken by their word. */
static bool same_percentage(const struct grade_case *c, const struct answer *gold,
                            const struct answer *answer, struct str text,
                            struct budget *budget)
{
  static const struct str signs[] = {
    WORD("\\%"), WORD("%"), WORD("percent"), WORD("pct"), WORD("per cent"),
  };
  if (c->kind != GRADE_RESPONSE || !is_category(gold, "integer") ||
      !is_category(answer, "percent"))
    return false;
  for (size_t i = 0; i < COUNT(signs); i++) {
    if (!str_ends(text, signs[i]))
      continue;
    enum grade_reason reason;
    struct str number = str_trim(str_slice(text, 0, text.len - signs[i].len));
    return answer_same(gold, answer_parse(c->arena, number, budget), c->arena, budget,
                       &reason);
  }
  return false;
}

/* Words around one number and nothing else: where the number stands. */
static bool only_number(struct str text, struct piece *number)
{
  static const char *const scales[] = { "dozen",   "hundred", "thousand",
                                        "million", "billion", "trillion",
                                        "half",    "half-",   "tenth" };
  struct piece last;
  for (size_t i = 0; i < text.len; i++) {
    bool escape =
        text.ptr[i] == '\\' && i + 1 < text.len && strchr("$%", text.ptr[i + 1]);
    if (strchr("=([+*/^_<>,;:&{|!\\", text.ptr[i]) && !escape)
      return false;
  }
  for (size_t i = 0; i < COUNT(scales); i++) {
    if (str_find(text, str_from(scales[i])) >= 0)
      return false;
  }
  return number_first(text, 0, text.len, number) &&
         number_last(text, 0, text.len, &last) && last.from == number->from;
}

/* "36 red jelly beans" for the gold "36": what a gold without a unit counts is in the
 * question, so any words may name it. */
static bool same_count(const struct grade_case *c, const struct answer *gold,
                       struct str text, struct budget *budget)
{
  struct piece number;
  if (c->kind != GRADE_RESPONSE ||
      !(is_category(gold, "integer") || is_category(gold, "decimal")) ||
      !only_number(text, &number))
    return false;
  while (number.from < number.to && !char_is_digit(text.ptr[number.from]) &&
         !strchr("-.", text.ptr[number.from]))
    number.from++; /* a currency sign */
  struct str bare = str_slice(text, number.from, number.to);
  const struct answer *answer = answer_parse(c->arena, bare, budget);
  enum grade_reason reason;
  return answer_same(gold, answer, c->arena, budget, &reason) ||
         same_percentage(c, gold, answer, bare, budget);
}

/* Compares a candidate with the parsed gold; the same characters need no parsing. */
static void compare(const struct grade_case *c, struct str gold_text,
                    const struct answer *gold, struct str text,
                    const struct answer *parsed, struct budget *budget, struct grade *out)
{
  out->extracted = text;
  if (str_equal(gold_text, text)) {
    out->verdict = VERDICT_CORRECT;
    out->reason = GRADE_SAME_TEXT;
    return;
  }
  if (!parsed)
    parsed = answer_parse(c->arena, text, budget);
  enum grade_reason reason = GRADE_DIFFERENT_TEXT;
  bool same = answer_same(gold, parsed, c->arena, budget, &reason);
  if (!same && (same_percentage(c, gold, parsed, text, budget) ||
                same_count(c, gold, text, budget))) {
    same = true;
    reason = GRADE_CONVERTED;
  }
  out->verdict = verdict_of(same);
  out->reason = reason;
}

/* So many words of three letters that are no commands, functions or conjunctions: prose
 * that happens to parse. */
static bool is_prose(struct str s, int enough)
{
  static const char *const known[] = { "and",    "sqrt",   "sin",     "cos",
                                       "tan",    "log",    "exp",     "arcsin",
                                       "arccos", "arctan", "infinity" };
  int words = 0;
  for (size_t i = 0; i < s.len;) {
    size_t from = i, k = 0;
    while (i < s.len && char_is_alpha(s.ptr[i]))
      i++;
    struct str word = str_slice(s, from, i);
    bool command = from > 0 && s.ptr[from - 1] == '\\';
    while (k < COUNT(known) && !str_equal(word, str_from(known[k])))
      k++;
    if (word.len >= 3 && !command && k == COUNT(known))
      words += word.len >= 6 ? 2 : 1; /* no product has six letters */
    i += i == from;
  }
  return words >= enough && str_find(s, STR("\\text")) < 0;
}

/* Categories that prose may fall into by being read as a product of letters. */
static bool is_loose_category(const struct answer *answer)
{
  static const char *const loose[] = { "expression", "equation", "inequality",
                                       "tuple",      "list",     "set" };
  for (size_t i = 0; i < COUNT(loose); i++) {
    if (is_category(answer, loose[i]))
      return true;
  }
  return false;
}

/* Stricter than answer_fits, since most of what a rule points at is prose, and prose can
 * be read as a product of letters: for a number no unknowns, and of an equation the right
 * side must fit. */
static bool fits(const struct grade_case *c, const struct answer *gold,
                 const struct answer *answer, struct str text, struct budget *budget)
{
  if (!answer_fits(gold, answer))
    return false;
  if (answer_is_number(gold) && is_category(answer, "expression"))
    return false;
  bool equation = is_category(answer, "equation");
  if (answer_is_math(gold) && is_loose_category(answer) &&
      is_prose(text, answer_is_number(gold) && equation ? 1 : 2))
    return false;
  struct piece first, last;
  if (is_category(answer, "quantity") && !is_category(gold, "quantity") &&
      number_first(text, 0, text.len, &first) && number_last(text, 0, text.len, &last) &&
      first.from != last.from)
    return false; /* "18 dollars in 3 months" */
  if (!equation || is_category(gold, "equation") || !answer_is_math(gold))
    return true;
  size_t right = equals_last(text, 0, text.len);
  if (right == 0)
    return true;
  struct str side = str_trim(str_slice(text, right, text.len));
  const struct answer *value = answer_parse(c->arena, side, budget);
  return answer_fits(gold, value) &&
         !(answer_is_number(gold) && is_category(value, "expression"));
}

struct best {
  struct candidate candidate;
  const struct answer *answer;
  bool found, fits;
};

/* The first candidate that fits, else the first at all. */
static struct best choose(const struct grade_case *c, struct str response,
                          struct str gold_text, const struct answer *gold,
                          struct budget *budget)
{
  struct extraction extraction;
  struct best best = { .found = false };
  struct candidate candidate;
  extract_begin(&extraction, c->arena, response, gold);
  for (int i = 0; i < LIMIT_CANDIDATES && extract_next(&extraction, &candidate); i++) {
    if (candidate.text.len == 0)
      continue;
    const struct answer *answer = NULL;
    bool good = str_equal(candidate.text, gold_text);
    if (!good) {
      answer = answer_parse(c->arena, candidate.text, budget);
      good = fits(c, gold, answer, candidate.text, budget);
    }
    if (best.found && !good)
      continue;
    best = (struct best){ candidate, answer, true, good };
    if (good)
      break;
  }
  return best;
}

/* The span that a suite's own pattern finds: group 1, the last match. */
static bool choose_by_pattern(const struct grade_case *c, struct best *best)
{
  struct pattern_match match;
  if (!c->answer_pattern || !pattern_find_last(c->answer_pattern, c->response, &match))
    return false;
  struct str found = str_present(match.groups[1]) ? match.groups[1] : match.groups[0];
  *best = (struct best){ .found = true, .fits = true };
  best->candidate.text = clean_answer(c->arena, found);
  best->candidate.span_at = (size_t)(found.ptr - c->response.ptr);
  best->candidate.span_len = found.len;
  best->candidate.rule = "pattern";
  return true;
}

static struct best find(const struct grade_case *c, struct str gold_text,
                        const struct answer *gold, struct budget *budget)
{
  struct best best;
  if (choose_by_pattern(c, &best))
    return best;
  size_t thoughts = (size_t)(clean_thoughts(c->response).ptr - c->response.ptr);
  struct str said = str_slice(c->response, thoughts, c->response.len);
  size_t cut = clean_next_question(said);
  best = choose(c, str_slice(c->response, 0, thoughts + cut), gold_text, gold, budget);
  /* A cut that leaves nothing fitting cut off the answer itself, as when the response
   * begins by repeating the question. */
  if (cut < said.len && !best.fits) {
    struct best whole = choose(c, c->response, gold_text, gold, budget);
    best = whole.fits || !best.found ? whole : best;
  }
  return best;
}

static struct grade robust_grade(const struct grade_case *c)
{
  struct budget budget = { LIMIT_TICKS };
  struct str gold_text = clean_answer(c->arena, extract_gold(c->arena, c->gold));
  const struct answer *gold = answer_parse(c->arena, gold_text, &budget);
  struct grade grade = { .verdict = VERDICT_NO_ANSWER,
                         .reason = GRADE_NOTHING_FOUND,
                         .rule = "",
                         .category = answer_category(gold) };
  if (c->kind == GRADE_BARE) {
    struct str text = clean_answer(c->arena, c->response);
    grade.rule = "bare";
    grade.span_len = c->response.len;
    compare(c, gold_text, gold, text, NULL, &budget, &grade);
    return grade;
  }
  struct best best = find(c, gold_text, gold, &budget);
  if (!best.found) {
    if (budget.ticks <= 0)
      grade.reason = GRADE_OVER_BUDGET;
    return grade;
  }
  grade.rule = best.candidate.rule;
  grade.span_at = best.candidate.span_at;
  grade.span_len = best.candidate.span_len;
  compare(c, gold_text, gold, best.candidate.text, best.answer, &budget, &grade);
  return grade;
}

const struct profile profile_robust = {
  .info = { "robust", "1", "docs/GRADING.md",
            "cascade directed by the gold, one grammar, identity by evaluation" },
  .grade = robust_grade,
};
