/* The profile `robust`: candidates in the order of the cascade, the first that fits the
 * gold, identity by evaluation. */
#include "grade/extract.h"
#include "grade/limits.h"
#include "grade/profile.h"

enum { LIMIT_CANDIDATES = 48 }; /* parsed for one response */

static enum verdict verdict_of(bool same)
{
  return same ? VERDICT_CORRECT : VERDICT_WRONG;
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
  out->verdict = verdict_of(answer_same(gold, parsed, c->arena, budget, &reason));
  out->reason = reason;
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
    bool fits = str_equal(candidate.text, gold_text);
    if (!fits) {
      answer = answer_parse(c->arena, candidate.text, budget);
      fits = answer_fits(gold, answer);
    }
    if (best.found && !fits)
      continue;
    best = (struct best){ candidate, answer, true, fits };
    if (fits)
      break;
  }
  return best;
}

/* The span that a suite's own pattern finds: group 1, the last match. */
static bool choose_by_pattern(const struct grade_case *c, struct best *best)
{
  struct pattern_match match;
  if (!c->answer_pattern ||
      !pattern_find_last(c->answer_pattern, c->response, &match))
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
  size_t thoughts =
      (size_t)(clean_thoughts(c->response).ptr - c->response.ptr);
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
