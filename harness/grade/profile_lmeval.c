/* lm-evaluation-harness: gsm8k (strict-match, flexible-extract), gsm8k_cot, minerva_math,
 * hendrycks_math. The expressions are those of its task files and run as written. */
#include "grade/answer.h"
#include "grade/limits.h"
#include "grade/profile.h"
#include "grade/rewrite.h"
#include "task/minerva.h"

/* What exact_match removes from both sides, in its order, before it compares strings. */
static struct str exact_normal(struct arena *arena, struct str s)
{
  static const struct replacement rows[] = { { ",", "" }, { "$", "" }, { NULL, NULL } };
  ptrdiff_t mark = str_find_last(s, STR("#### "));
  if (mark >= 0)
    s = str_slice(s, (size_t)mark + 5, s.len);
  s = rewrite_table(arena, s, rows);
  if (s.len && s.ptr[s.len - 1] == '.')
    s.len--;
  return rewrite_lower(arena, s);
}

static struct grade exact_match(const struct grade_case *c, struct str extracted,
                                const char *rule)
{
  bool same = str_present(extracted) && str_equal(exact_normal(c->arena, extracted),
                                                  exact_normal(c->arena, c->gold));
  return profile_verdict(c, extracted, rule, same);
}

/* A filter with the first match, group 1; a bare answer needs no filter. */
static struct grade grade_first(const struct grade_case *c, const char *rule)
{
  struct pattern_match match;
  if (c->kind == GRADE_BARE)
    return exact_match(c, str_trim(c->response), "bare");
  if (!pattern_find(c->patterns[0], c->response, 0, &match))
    return profile_verdict(c, STR_NONE, rule, false);
  return exact_match(c, str_trim(match.groups[1]), rule);
}

static struct grade strict_grade(const struct grade_case *c)
{
  return grade_first(c, "strict-match");
}

static struct grade cot_grade(const struct grade_case *c)
{
  return grade_first(c, "the answer is");
}

/* The last match; of its groups the first that is not empty. */
static struct grade flexible_grade(const struct grade_case *c)
{
  struct pattern_match match;
  if (c->kind == GRADE_BARE)
    return exact_match(c, str_trim(c->response), "bare");
  if (!pattern_find_last(c->patterns[0], c->response, &match))
    return profile_verdict(c, STR_NONE, "flexible-extract", false);
  struct str found = match.groups[1].len ? match.groups[1] : match.groups[2];
  return exact_match(c, str_trim(found), "flexible-extract");
}

/* ---- minerva_math ---- */

/* sympy's LaTeX reader knows expressions and relations only; what it cannot read equals
 * nothing, not even itself. */
static bool is_sympy_readable(const struct grade_case *c, struct str s)
{
  static const char *const unreadable[] = { "tuple",   "point",  "interval", "union",
                                            "matrix",  "vector", "list",     "set",
                                            "text",    "choice", "percent",  "base",
                                            "ratio",   "time",   "currency", "quantity",
                                            "boolean", "unit" };
  struct budget budget = { LIMIT_TICKS };
  const struct answer *answer = answer_parse(c->arena, s, &budget);
  struct str category = str_from(answer_category(answer));
  for (size_t i = 0; i < COUNT(unreadable); i++) {
    if (str_find(category, str_from(unreadable[i])) >= 0)
      return false;
  }
  return answer_is_math(answer);
}

static struct grade minerva_grade(const struct grade_case *c)
{
  static const char tail[] = "I hope it is correct.";
  const size_t n = sizeof tail - 1;
  struct str found = str_trim(c->response);
  if (c->kind == GRADE_RESPONSE) {
    /* the rule appends the tail itself and searches the sum */
    char *text = arena_alloc(c->arena, c->response.len + n + 1);
    memcpy(text, c->response.ptr, c->response.len);
    memcpy(text + c->response.len, tail, n);
    struct pattern_match match;
    struct str sum = { text, c->response.len + n };
    if (!pattern_find(c->patterns[0], sum, 0, &match))
      return profile_verdict(c, STR_NONE, "final answer", false);
    size_t at = (size_t)(match.groups[1].ptr - text);
    found = str_trim(str_slice(c->response, at, at + match.groups[1].len));
  }
  struct str gold_box = rewrite_last_boxed(c->gold);
  struct str gold = minerva_normalise(c->arena, str_present(gold_box) ? gold_box : c->gold);
  struct str answer = minerva_normalise(c->arena, str_slice(found, 0, LIMIT_PEER));
  bool same = is_sympy_readable(c, gold) && is_sympy_readable(c, answer) &&
              profile_same_value(c, gold, answer);
  return profile_verdict(c, found, "final answer", same);
}

/* ---- hendrycks_math ---- */

/* Everything between the first and the last dollar. */
static struct grade dollars_grade(const struct grade_case *c)
{
  struct str found = c->response;
  ptrdiff_t first = str_find_char(found, '$'), last = str_find_last(found, STR("$"));
  if (c->kind == GRADE_RESPONSE && first >= 0 && first < last)
    found = str_slice(found, (size_t)first + 1, (size_t)last);
  struct str gold_box = rewrite_last_boxed(c->gold);
  struct str gold = str_present(gold_box) ? gold_box : c->gold;
  bool same = found.len <= LIMIT_PEER && str_equal(hendrycks_normal(c->arena, found),
                                                   hendrycks_normal(c->arena, gold));
  return profile_verdict(c, found, "dollars", same);
}

const struct profile profile_lmeval_gsm8k_strict = {
  .info = { "lm-eval/gsm8k-strict", "3.0", "lm_eval/tasks/gsm8k/gsm8k.yaml",
            "the first \"#### number\", exact string" },
  .patterns = { { "#### (\\-?[0-9\\.\\,]+)", PATTERN_PLAIN } },
  .grade = strict_grade,
};

const struct profile profile_lmeval_gsm8k_flexible = {
  .info = { "lm-eval/gsm8k-flexible", "3.0", "lm_eval/tasks/gsm8k/gsm8k.yaml",
            "the last thing like a number, exact string" },
  .patterns = { { "(-?[$0-9.,]{2,})|(-?[0-9]+)", PATTERN_PLAIN } },
  .grade = flexible_grade,
};

const struct profile profile_lmeval_gsm8k_cot = {
  .info = { "lm-eval/gsm8k-cot", "3.0", "lm_eval/tasks/gsm8k/gsm8k-cot.yaml",
            "the first \"The answer is number.\", exact string" },
  .patterns = { { "The answer is (\\-?[0-9\\.\\,]+).", PATTERN_PLAIN } },
  .grade = cot_grade,
};

const struct profile profile_lmeval_minerva = {
  .info = { "lm-eval/minerva", "3.0", "lm_eval/tasks/minerva_math/utils.py",
            "\"Final Answer: The final answer is x. I hope it is correct.\" only" },
  .patterns = { { "Final Answer: The final answer is(.*?). I hope it is correct.",
                  PATTERN_PLAIN } },
  .grade = minerva_grade,
};

const struct profile profile_lmeval_hendrycks = {
  .info = { "lm-eval/hendrycks", "1.0", "lm_eval/tasks/hendrycks_math/utils.py",
            "text between the first and last dollar, string normal form" },
  .grade = dollars_grade,
};
